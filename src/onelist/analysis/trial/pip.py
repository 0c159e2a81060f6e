"""Real pip in a fresh virtual environment, as a learner runs it, and what its output means when it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from importlib import metadata
from itertools import takewhile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.analysis.trial.environment import Environment, InstallError, clean_environment
from onelist.core.system.programs import run_program
from onelist.core.text import secrets_in
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.installers import uv_program
from onelist.sources.solution import Compiler, NoSolution, ResolvedPackage, Solved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.sources.config import NetworkOptions
    from onelist.sources.installers import Indexes

_RETRIES = "2"
"""How often pip repeats a request. With its own 5, an index that is down takes half a minute for each name."""
_LOG, _REPORT = "pip.log", "pip.json"
"""Files in the environment: pip's log, and its installation report (https://pip.pypa.io/en/stable/reference/
installation-report)."""
_REPORTS_SINCE = Version("22.2")
"""The first pip with the option ``--report``."""
_TROUBLE = re.compile(
    r"Could not fetch URL \S+: (?!404 ).*|HTTP error \d+ while getting .*|Skipping page .* Content-Type.*"
    r"|.*not a trusted or secure host.*|.*DO NOT MATCH THE HASHES.*|.*[Ii]ncomplete(?:Read|[- ]download).*"
    r"|.*(?:Read timed out|ReadTimeoutError|ConnectionError|ProtocolError|ProxyError|SSLError).*"
    r"|Wheel '[^']*' located|Cannot determine archive format|File is not a zip file|not a gzip file"
)
"""What pip's log says about an index that did not answer as it should. Without the log, a page that could not be
fetched is the same to pip as one without files; a page that does not exist (404) is no trouble."""
_KINDS = (
    (r"\b40[137]\b|Unauthorized|Forbidden|[Cc]redentials", SourceErrorKind.ACCESS_DENIED),
    (r"certificate|SSLError|trusted", SourceErrorKind.CERTIFICATE),
    (r"\b(?:429|503)\b", SourceErrorKind.RATE_LIMITED),
    (r"\b50\d\b", SourceErrorKind.SERVER_ERROR),
    (r"[Tt]imed out|Timeout", SourceErrorKind.TIMED_OUT),
    (r"[Rr]edirects", SourceErrorKind.REDIRECT_LOOP),
    (r"[Ii]ncomplete|Protocol|reset by peer|RemoteDisconnected|aborted", SourceErrorKind.CONNECTION_CLOSED),
    (r"onnection|Proxy", SourceErrorKind.UNREACHABLE),
)
_TIME = re.compile(r"(?m)^\d{4}-\d\d-\d\dT[\d:]+,\d+ ")
"""How a line of pip's log begins; the milliseconds are no status of a server."""
_ABOUT_THE_LIST = re.compile(
    r"No matching distribution found|ResolutionImpossible|requires a different Python|Failed to build"
    r"|subprocess-exited-with-error|metadata-generation-failed|Failed building wheel|inconsistent|invalid metadata"
)
"""What pip says when it cannot install the requirements, whatever the network does."""
_MOST_BUILD_LINES = 6
_VERSION = re.compile(r"^pip (\d[\w.]*)", re.MULTILINE)
_ERROR = re.compile(r"\s*error:", re.IGNORECASE)
_NOISE = re.compile(r"\[notice\]|WARNING:")


def environment_for(network: NetworkOptions, indexes: Indexes, cache: Path) -> dict[str, str]:
    """Return the environment variables for pip: only what names the indexes and how to reach them.

    The settings of this machine would change what pip installs, so pip reads none of its configuration files. Addresses
    are here and not in the command, because they may hold a password.

    Args:
        network: The network options of this call.
        indexes: The package indexes.
        cache: The folder in which pip may keep what it downloads. It gets none if the address of an index has a secret,
            because pip writes addresses there.
    """
    main, *others = (index.address for index in indexes.indexes)
    hosts = {urlsplit(address).netloc.rpartition("@")[2] for address in (main, *others) if address.startswith("http:")}
    return clean_environment(network.environment) | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": main,
        "PIP_EXTRA_INDEX_URL": " ".join(others),
        "PIP_TRUSTED_HOST": " ".join(sorted(hosts)),
        **({"PIP_NO_CACHE_DIR": "1"} if any(map(secrets_in, (main, *others))) else {"PIP_CACHE_DIR": str(cache)}),
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_RETRIES": _RETRIES,
        "UV_PYTHON_DOWNLOADS": "never",
        **({"PIP_CERT": indexes.certificates} if indexes.certificates else {}),
    }


class PipInstaller:
    """Creates virtual environments, and installs into them with pip.

    It is the pip beside onelist, which runs with the Python of the environment (``--python``): mostly a newer pip than
    the one that Python brings along, and an environment without pip is made in a fifth of the time. Where there is none
    beside onelist, or it does not run with that Python, the environment gets the pip that Python brings along.
    """

    def __init__(self, variables: Mapping[str, str], seconds: float) -> None:
        """Take the settings.

        Args:
            variables: The environment variables (see :func:`environment_for`).
            seconds: The time limit for one step.
        """
        self._variables = variables
        self._seconds = seconds
        self._pips: dict[Path, Version] = {}

    def create(self, prefix: Path, python: str) -> Environment:
        """Create an empty environment; see the class for pip.

        Args:
            prefix: Its folder.
            python: The version of Python, for instance ``3.12``.

        Returns:
            The environment.

        Raises:
            InstallError: This machine does not have that Python, or it cannot create virtual environments.
        """
        interpreter = self._interpreter(python)
        command = [*interpreter, "-m", "venv", str(prefix)]
        self._run([*command, "--without-pip"], prefix.parent)
        environment = Environment(prefix=prefix, variables=self._variables)
        try:
            own = _own_pip() if interpreter == [sys.executable] else None
            self._pips[prefix] = own or self._pip_version(environment)
        except InstallError:
            self._run([*command, "--clear"], prefix.parent)
        return environment

    def install(
        self, environment: Environment, requirements: Sequence[str], *, dependencies: bool, output: Path
    ) -> Solved:
        """Install packages, and build from source what has no wheel.

        Args:
            environment: The environment.
            requirements: Paths of wheels, and requirements (PEP 508).
            dependencies: Whether to install their dependencies too.
            output: The file to which pip prints.

        Returns:
            What was installed.

        Raises:
            InstallError: It failed.
        """
        before = environment.installed()
        report = environment.prefix / _REPORT
        options = [] if dependencies else ["--no-deps"]
        if (self._pips.get(environment.prefix) or self._pip_version(environment)) >= _REPORTS_SINCE:
            options += ["--report", str(report)]
        log = {"PIP_LOG": str(environment.prefix / _LOG)}
        printed = self._run(
            [*_pip(environment), "install", "--no-color", "--progress-bar", "off", *options, *requirements],
            environment.prefix,
            log,
            output,
        )
        built = _built(report.read_text(encoding="utf-8")) if report.exists() else _built_names(printed)
        packages = (
            ResolvedPackage(name=name, version=version, compiler=Compiler.UNKNOWN if name in built else None)
            for name, version in environment.installed().items()
            if name not in before
        )
        return Solved(packages=tuple(packages))

    def failure(self, environment: Environment, output: str) -> NoSolution | SourceError:
        """Return what the output of a pip that failed means."""
        log = environment.prefix / _LOG
        return failure(output, log.read_text(encoding="utf-8", errors="replace") if log.exists() else "")

    def _interpreter(self, python: str) -> list[str]:
        is_own = python == f"{sys.version_info[0]}.{sys.version_info[1]}"
        # uv searches PATH, which may lack the Python that runs this program.
        if is_own and sys.executable:
            return [sys.executable]
        command = [uv_program(), "python", "find", python, "--system", "--no-config", "--offline", "--color", "never"]
        return [self._run(command, None).strip()]

    def _pip_version(self, environment: Environment) -> Version:
        """Return the version of the pip for an environment.

        Raises:
            InstallError: There is none, or it does not run with the Python of the environment.
        """
        found = _VERSION.search(self._run([*_pip(environment), "--version"], environment.prefix))
        if found is None:
            raise InstallError("pip does not tell its version")
        return Version(found[1])

    def _run(
        self,
        command: Sequence[str],
        folder: Path | None,
        more: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> str:
        variables = {**self._variables, **(more or {})}
        try:
            finished = run_program(
                command,
                seconds=self._seconds,
                environment=variables,
                folder=folder,
                together=True,
                output_file=output,
            )
        except subprocess.TimeoutExpired:
            raise InstallError(f"Read timed out: pip did not end within {self._seconds:g} seconds") from None
        if finished.returncode:
            raise InstallError(finished.stdout)
        return finished.stdout


def failure(output: str, log: str = "") -> NoSolution | SourceError:
    """Return what the output of a pip that failed means.

    Args:
        output: What it printed.
        log: Its log, which also says what an index answered.

    Returns:
        Why the requirements cannot be installed, or an error where an index did not answer as it should: then pip knows
        no better.
    """
    log = _TIME.sub("", log)
    trouble = _TROUBLE.search(log) or _TROUBLE.search(output)
    if trouble:
        kinds = (kind for pattern, kind in _KINDS if re.search(pattern, trouble[0]))
        return SourceError(kind=next(kinds, SourceErrorKind.UNEXPECTED_RESPONSE))
    if _ABOUT_THE_LIST.search(output):
        return NoSolution(explanation="\n".join(_failed_build(output, log) or _reasons(output)))
    return SourceError(kind=SourceErrorKind.RESOLVER_FAILED)


def _reasons(output: str) -> list[str]:
    """Return the lines of the output from the first error on."""
    lines = [line.rstrip() for line in output.splitlines()]
    first = next((number for number, line in enumerate(lines) if _ERROR.match(line)), 0)
    return [line for line in lines[first:] if line.strip() and not _NOISE.match(line.lstrip())]


def _failed_build(output: str, log: str) -> list[str]:
    """Return which build failed, and the last lines that it printed: with a log, pip writes them nowhere else."""
    lines = [line.strip() for line in log.splitlines()]
    ends = [number for number, line in enumerate(lines) if line.endswith("finished with status 'error'")]
    if not ends:
        return []
    end = ends[-1]
    start = next((number for number in range(end, -1, -1) if lines[number].startswith("Running command ")), end)
    printed = [line for line in takewhile(lambda line: "[present-rich]" not in line, lines[start + 1 : end]) if line]
    names = re.findall(r"(?m)^ *(?:Collecting|Building wheel for) ([\w.-]+)", output)
    name = names[-1] if names else "a package"
    return [f"pip could not build {name} from source:", *printed[-_MOST_BUILD_LINES:]]


def _built(report: str) -> set[str]:
    """Return the normalised names of what pip built, from its report: what it did not download as a wheel."""
    return {
        canonicalize_name(one["metadata"]["name"])
        for one in json.loads(report).get("install", ())
        if not urlsplit(one["download_info"]["url"]).path.endswith(".whl")
    }


def _built_names(printed: str) -> set[str]:
    """Return the same from the output of an old pip, which writes no report."""
    lines = re.findall(r"(?m)^Successfully built (.*)$|^\s*Running setup\.py install for (\S+?):", printed)
    return {str(canonicalize_name(name)) for line in lines for part in line for name in part.split()}


def _own_pip() -> Version | None:
    """Return the version of the pip in the folder of this Python's packages, with which it runs; None for none there.

    To ask pip itself takes a fifth of a second.
    """
    folder = sysconfig.get_path("purelib")
    found = next(iter(metadata.distributions(name="pip", path=[folder])), None)
    return Version(found.version) if found else None


def _pip(environment: Environment) -> list[str]:
    """Return the command of the environment's own pip; of the one beside onelist where it has none."""
    own = any((folder / "pip").exists() for folder in environment.site_packages)
    python = str(environment.python)
    return [python, "-m", "pip"] if own else [sys.executable, "-P", "-m", "pip", "--python", python]
