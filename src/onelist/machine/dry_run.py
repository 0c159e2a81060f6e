"""What an installer would do: the dry run of the one that the learner has."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from onelist.core.system.programs import run_program
from onelist.core.system.temporary import temporary_folder
from onelist.core.text import redact
from onelist.machine.commands import conda_install, conda_verb, pip_install
from onelist.machine.facts import DryRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.machine.facts import Facts

FIRST_PIP_WITH_REPORT = Version("22.2")
"""``pip install --dry-run`` and ``--report`` (pip's changelog, 22.2)."""
FIRST_PIP_THAT_BREAKS = Version("23.0.1")
"""``--break-system-packages`` (pip's changelog, 23.0.1); in a dry run it breaks nothing."""
_NO_NETWORK = re.compile(
    r"(?i)connection (?:error|refused|reset|aborted)|NewConnectionError|Max retries|name resolution|getaddrinfo|"
    r"timed out|Network is unreachable|Temporary failure|CondaHTTPError|CondaConnectionError|Could not fetch URL|"
    r"dns error|error sending request|Failed to (?:connect|fetch|download|resolve)|ProxyError|Could not resolve host|"
    r"unable to access"  # git
)
_MOST_OUTPUT = 1 << 26
"""How much an installer may report, in bytes: pip reports the descriptions of all packages."""
_LONGEST = 600
"""The longest text of an installer that is shown, in characters."""


class Report(NamedTuple):
    """What pip reports about a project (pip, "Installation Report").

    Attributes:
        requires: Its requirements, as written; None if it is not in the report.
        problem: Why there is none; ``""`` if there is one.
    """

    requires: tuple[str, ...] | None
    problem: str


def dry_run(facts: Facts, environment: Mapping[str, str], seconds: float, pip_only: Sequence[str] = ()) -> DryRun:
    """Ask the installer that the learner has what it would do with the list.

    Args:
        facts: What was found.
        environment: The environment variables.
        seconds: The time limit.
        pip_only: The requirements that only pip can install, if nothing else is missing.

    Returns:
        What it said. Nothing is installed, and no cache is written.
    """
    if not pip_only and (facts.wanted in facts.conda or (facts.python.is_conda and facts.channels)):
        return _conda(facts, environment, seconds)
    what = tuple(pip_only) or (facts.wanted_text,)
    if pip := facts.installed("pip"):
        return _pip(facts, pip.version, what, environment, seconds)
    line = pip_install(facts, *what)[-1]
    if uv := facts.program("uv"):
        return _uv(facts, uv.path, line, what, environment, seconds)
    return DryRun(command=line, error="this Python has no pip", is_unknown=True)


def _pip(facts: Facts, version: str, what: Sequence[str], environment: Mapping[str, str], seconds: float) -> DryRun:
    line = pip_install(facts, *what)[-1]
    options: tuple[str, ...] = ()
    if facts.python.is_closed:  # the same Python in a virtual environment, without the packages of the system
        options = ("--break-system-packages", "--ignore-installed")
    if not has_report(version, FIRST_PIP_THAT_BREAKS if options else FIRST_PIP_WITH_REPORT):
        return DryRun(command=line, error=f"pip {version} is too old for a dry run", is_unknown=True)
    ran = _run(pip_report(facts, [*options, *what]), environment, seconds)
    if ran is None:
        return DryRun(command=line, error=f"pip did not answer within {seconds:g} seconds", is_unknown=True)
    if ran.returncode:
        return _failed(line, ran.stderr, "ERROR: ")
    items = _report(ran.stdout)
    names = (f"{canonicalize_name(str(one.get('name', '')))} {one.get('version', '')}" for one in items)
    return DryRun(command=line, would_install=tuple(sorted(names)))


def pip_report(facts: Facts, what: Sequence[str]) -> list[str]:
    """Return the command with which pip reports what it would install; it writes nothing, not even its cache."""
    options = ["--dry-run", "--quiet", "--report", "-", "--no-input", "--disable-pip-version-check"]
    limits = ["--no-cache-dir", "--retries", "1", "--timeout", "10"]
    return [facts.python.executable, "-B", "-m", "pip", "install", *options, *limits, *what]


def ask_for_requirements(facts: Facts, version: str, environment: Mapping[str, str], seconds: float) -> Report:
    """Ask pip what a version of the list requires: what conda installs says only what conda can install."""
    pip = facts.installed("pip")
    if pip is None or not has_report(pip.version):
        return Report(None, "this Python has no pip that can tell (22.2 or newer)")
    ran = _run(
        pip_report(facts, ["--no-deps", "--ignore-installed", f"{facts.wanted}=={version}"]), environment, seconds
    )
    if ran is None or ran.returncode:
        return Report(None, "the package index did not tell what it requires")
    for one in _report(ran.stdout):
        requires = one.get("requires_dist", [])
        return Report(tuple(map(str, requires)) if isinstance(requires, list) else (), "")
    return Report(None, "the package index did not tell what it requires")


def has_report(version: str, first: Version = FIRST_PIP_WITH_REPORT) -> bool:
    """Tell whether a version of pip can do a dry run and report it.

    Args:
        version: The version.
        first: The first version that can do what is needed.
    """
    try:
        return Version(version) >= first
    except InvalidVersion:
        return False


def _report(text: str) -> list[Mapping[str, Any]]:
    """Return the metadata of each package in a report of pip."""
    try:
        items = json.loads(text)["install"]
        return [item["metadata"] for item in items if isinstance(item["metadata"], dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _uv(  # noqa: PLR0913, PLR0917 - what is run, and how
    facts: Facts, uv: str, line: str, what: Sequence[str], environment: Mapping[str, str], seconds: float
) -> DryRun:
    words = [uv, "pip", "install", "--dry-run", "--no-cache", "--color", "never"]
    ran = _run([*words, "--python", facts.python.executable, *what], environment, seconds)
    if ran is None:
        return DryRun(command=line, error=f"uv did not answer within {seconds:g} seconds", is_unknown=True)
    if ran.returncode:
        return _failed(line, ran.stderr, "error: ")
    added = re.findall(r"(?m)^ \+ ([^=\s]+)==(\S+)", ran.stderr)
    return DryRun(command=line, would_install=tuple(sorted(f"{name} {version}" for name, version in added)))


def _conda(facts: Facts, environment: Mapping[str, str], seconds: float) -> DryRun:
    (line,) = conda_install(facts, facts.wanted)
    name = line.split()[0]
    program = facts.program(name)
    if program is None:
        return DryRun(command=line, error="conda, mamba and micromamba are not on PATH", is_unknown=True)
    channels = [word for channel in facts.channels for word in ("-c", channel)]
    words = [program.path, *conda_verb(facts), *channels, "--dry-run", "--json", "-y", facts.wanted]
    with temporary_folder() as cache:  # conda would write what it has read of the channels into its own installation
        ran = _run(words, {**environment, "CONDA_PKGS_DIRS": str(cache)}, seconds)
    if ran is None:
        return DryRun(command=line, error=f"{name} did not answer within {seconds:g} seconds", is_unknown=True)
    try:
        answer = json.loads(ran.stdout)
        actions = answer.get("actions") or {}
        linked = [f"{one['name']} {one['version']}" for one in actions.get("LINK", ())]
        problems = "\n".join(map(str, answer.get("solver_problems") or ()))  # of mamba
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _failed(line, ran.stderr or ran.stdout, "")
    if answer.get("success") is False or ran.returncode:
        return _failed(line, str(problems or answer.get("message") or answer.get("error") or ran.stderr), "")
    return DryRun(command=line, would_install=tuple(sorted(linked)))


def _failed(line: str, text: str, mark: str) -> DryRun:
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    marked = [one.removeprefix(mark) for one in lines if mark and one.startswith(mark)]
    sentence = redact("; ".join(marked) or " ".join(lines[-3:]))[:_LONGEST] or "the installer gives no reason"
    if _NO_NETWORK.search(text):
        return DryRun(command=line, error="there is no connection to the packages", is_unknown=True)
    return DryRun(command=line, error=sentence)


def _run(
    command: Sequence[str], environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str] | None:
    """Run an installer; None if it does not answer in time, or cannot be started."""
    try:
        variables = {**environment, "PYTHONDONTWRITEBYTECODE": "1"}
        return run_program(command, seconds=seconds, environment=variables, kept=_MOST_OUTPUT)
    except (OSError, subprocess.TimeoutExpired):
        return None
