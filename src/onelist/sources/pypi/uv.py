"""What ``pip install`` installs: uv's resolver, for any platform and Python, with wheels only.

No sdist is built, so no code of a package runs. Two things differ from pip, and are checked here on the index itself:
uv ignores upper bounds of Requires-Python, and it takes an index that denies access for one without the project.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core.targets import LATEST_PATCH, MACOS, python_words, wheel_ranks
from onelist.settings.tokens import parse_requirement
from onelist.sources.cache import CachePolicy
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.installers import uv_program
from onelist.sources.pypi import candidates
from onelist.sources.pypi.simple import ProjectFiles
from onelist.sources.solution import NoSolution, ResolvedPackage, Solved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.core.targets import Target
    from onelist.sources.config import NetworkOptions
    from onelist.sources.installers import Indexes
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.pypi.simple import ProjectFile
    from onelist.sources.solution import SolveResult

_PLATFORMS = {
    "linux-64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "linux-riscv64": "riscv64-unknown-linux",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-32": "i686-pc-windows-msvc",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
}
"""conda's names of platforms to those of ``uv --python-platform``, with the same machines as in targets.py."""
_MACOS = {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS))}
"""The macOS of a Mac, for which uv has no option (uv's own value is 13.0)."""
_KEPT = frozenset({"UV_CACHE_DIR", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER"})
"""The settings of uv for how to reach an index. Every other setting would change the result."""
_IN_FILE = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX"})
"""The settings that uv gets from a configuration file instead of a variable."""
_FEW_DOWNLOADS = {"UV_CONCURRENT_DOWNLOADS": "4"}
"""How many connections one uv opens. Several uv processes with dozens each are too many for some name servers."""
CACHE_CONTROL = "max-age=600"
"""How long uv uses a cached response of an index, in seconds: the public index sends this header itself."""
_NO = "No solution found when resolving dependencies"
"""How uv says that there is no solution; each other failure is an error."""
_UNCACHED = re.compile(r"network was disabled|was not found in the cache")
_UNLISTED = re.compile(
    r"([\w.-]+)(?:\{[^}]*\}|\[[^]]*\])* was not found in the package registry|no versions of ([\w.-]+)"
)
_MESSAGES = (
    (r"40[137] |Unauthorized|Forbidden|credentials", SourceErrorKind.ACCESS_DENIED),
    (r"certificate|UnknownIssuer", SourceErrorKind.CERTIFICATE),
    (r"timed out|timeout", SourceErrorKind.TIMED_OUT),
    (r"dns error|Connection refused|unreachable|\(Connect\)", SourceErrorKind.UNREACHABLE),
    (r"network connectivity is disabled|network was disabled", SourceErrorKind.NOT_CACHED),
    (r"error decoding|connection closed|Connection reset|reading a body", SourceErrorKind.CONNECTION_CLOSED),
    (r"too many redirects", SourceErrorKind.REDIRECT_LOOP),
)
_MOST_ROUNDS = 30
"""How often versions that pip would not install are excluded before the resolver counts as failed."""


class UvResolver:
    """uv, which resolves one set of requirements for one target at a time."""

    def __init__(
        self,
        options: NetworkOptions,
        index_client: IndexClient,
        semaphore: asyncio.Semaphore,
    ) -> None:
        """Take the settings.

        Args:
            options: The network options of this call.
            index_client: The package indexes.
            semaphore: Limits how many resolvers run at a time.
        """
        self._options = options
        self._semaphore = semaphore
        self._index_client = index_client
        others = {key: value for key, value in options.environment.items() if not key.startswith("UV_")}
        own = settings(options, index_client.found)
        self._environment = (
            others | {key: value for key, value in own.items() if key not in _IN_FILE} | _FEW_DOWNLOADS | _MACOS
        )
        self._queried: set[str] = set()
        self._projects: dict[str, asyncio.Task[tuple[candidates.ProjectReleases | None, SourceError | None]]] = {}

    async def solve(self, requirements: Sequence[str], target: Target) -> SolveResult:
        """Resolve requirements (PEP 508) for a target.

        Args:
            requirements: The requirements.
            target: The platform and Python.

        Returns:
            The packages, why there is no solution, or an error.
        """
        platform = _PLATFORMS.get(target.platform)
        if platform is None:
            return SourceError(kind=SourceErrorKind.RESOLVER_FAILED, detail=f"uv has no name for {target.platform}")
        excluded: list[str] = []
        for _ in range(_MOST_ROUNDS):
            attempt = await self._attempt(requirements, excluded, platform, target)
            if isinstance(attempt, NoSolution):
                return await self._confirmed(attempt, excluded)
            if isinstance(attempt, SourceError):
                return attempt
            packages = await self._as_pip_takes(attempt, target)
            if isinstance(packages, SourceError):
                return packages
            unfit = [f"{name}!={version}" for (name, version), package in packages.items() if package is None]
            if not unfit:
                return Solved(packages=tuple(filter(None, packages.values())))
            excluded += unfit
        return SourceError(kind=SourceErrorKind.RESOLVER_FAILED, detail="uv found no final result")

    async def _attempt(
        self, requirements: Sequence[str], excluded: Sequence[str], platform: str, target: Target
    ) -> SolveResult:
        async with self._semaphore:
            new = self._new_projects(requirements)
            with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
                (Path(folder) / "excluded.txt").write_text("\n".join(excluded), encoding="utf-8")
                cache_control = None if new or self._options.cache_policy is CachePolicy.REFRESH else CACHE_CONTROL
                (Path(folder) / "uv.toml").write_text(
                    configuration(self._index_client.found, cache_control), encoding="utf-8"
                )
                refresh = [f"--refresh-package={name}" for name in sorted(new)]
                command = [
                    *(uv_program(), "pip", "compile", "-", "--constraint", "excluded.txt", "--config-file", "uv.toml"),
                    *("--python-platform", platform, "--python-version"),
                    *(f"{python_words(target.python)}.{LATEST_PATCH}", "--python", sys.executable),
                    *("--only-binary", ":all:", "--index-strategy", "unsafe-best-match", "--color", "never"),
                    *("--no-header", "--no-annotate", "--quiet", "--no-progress"),
                    *(_CACHE_OPTIONS[self._options.cache_policy] or refresh),
                ]
                text = "\n".join(requirements) + "\n"
                ran = await _run(command, text, folder, self._environment, self._options.deadline)
            self._queried |= new
        if isinstance(ran, SourceError):
            return ran
        code, output, messages = ran
        return Solved(packages=tuple(_parse_output(output))) if code == 0 else failure(messages)

    def _new_projects(self, requirements: Sequence[str]) -> set[str]:
        """Return the projects of which uv has not fetched the page in this call."""
        parsed = filter(None, map(parse_requirement, requirements))
        return {str(canonicalize_name(one.name)) for one in parsed} - self._queried

    async def _confirmed(self, no_solution: NoSolution, excluded: Sequence[str]) -> SolveResult:
        """Return "no solution", or an error if uv takes a project for missing that the index did not call missing."""
        unlisted = {canonicalize_name(one or other) for one, other in _UNLISTED.findall(no_solution.explanation)}
        for name in sorted(unlisted):
            _, error = await self._project(name)
            if error:
                return error
        if not excluded:
            return no_solution
        versions = ", ".join(text.replace("!=", " ") for text in excluded)
        return NoSolution(
            explanation=f"{no_solution.explanation}\n(Not for this Python, although uv would install it: {versions})"
        )

    async def _as_pip_takes(
        self, solved: Solved, target: Target
    ) -> dict[tuple[str, str], ResolvedPackage | None] | SourceError:
        """Return the packages with size and day; None for a version that pip does not install on the target."""
        projects = await asyncio.gather(*(self._project(package.name) for package in solved.packages))
        found: dict[tuple[str, str], ResolvedPackage | None] = {}
        for package, (project, error) in zip(solved.packages, projects, strict=True):
            if error:
                return error
            file = _wheel(project, package.version, target) if project else None
            found[package.name, package.version] = replace(package, size=file.size, day=file.uploaded) if file else None
        return found

    async def _project(self, name: str) -> tuple[candidates.ProjectReleases | None, SourceError | None]:
        """Return a project of the indexes; (None, None) if no index has it; or an error."""
        if name not in self._projects:
            self._projects[name] = asyncio.create_task(self._fetch(name))
        return await self._projects[name]

    async def _fetch(self, name: str) -> tuple[candidates.ProjectReleases | None, SourceError | None]:
        data = await self._index_client.ask([name])
        found = [index.projects[name] for index in data]
        error = next((project for project in found if isinstance(project, SourceError)), None)
        projects = [project for project in found if isinstance(project, ProjectFiles)]
        return (candidates.ProjectReleases.of(name, projects) if projects else None), error


_CACHE_OPTIONS: Mapping[CachePolicy, tuple[str, ...]] = {
    CachePolicy.NORMAL: (),
    CachePolicy.OFFLINE: ("--offline",),
    CachePolicy.REFRESH: ("--refresh",),
}


def settings(options: NetworkOptions, indexes: Indexes) -> dict[str, str]:
    """Return the settings of uv as environment variables, so that no password is in a list of processes.

    Args:
        options: The network options of this call.
        indexes: The indexes.

    Returns:
        Names and values.
    """
    kept = {key: value for key, value in options.environment.items() if key in _KEPT}
    main, *others = (index.address for index in indexes.indexes)
    kept |= {"UV_DEFAULT_INDEX": main, "UV_PYTHON_DOWNLOADS": "never"}
    kept.setdefault("UV_CACHE_DIR", str(options.cache_dir / "uv"))
    kept["UV_HTTP_TIMEOUT"] = str(max(int(options.deadline), 1))
    if others:
        kept["UV_INDEX"] = " ".join(others)
    if indexes.certificates:
        kept["SSL_CERT_FILE"] = indexes.certificates
    return kept


def configuration(indexes: Indexes, cache_control: str | None = None) -> str:
    """Return a configuration file for uv (TOML): the indexes, and how long their responses are valid.

    Args:
        indexes: The indexes; the first is the main one, which uv queries last.
        cache_control: The header Cache-Control (RFC 9111) that uv uses instead of the one of the index; None for the
            one of the index. With a value, uv refreshes nothing, whatever its options say.
    """
    main, *others = (index.address for index in indexes.indexes)
    control = f'cache-control = {{ api = "{cache_control}", files = "{cache_control}" }}\n' if cache_control else ""
    tables = [
        f"[[index]]\nurl = {json.dumps(address)}\ndefault = {default}\n{control}"
        for address, default in (*((other, "false") for other in others), (main, "true"))
    ]
    return "\n".join(tables)


async def _run(
    command: Sequence[str], text: str, folder: str, environment: Mapping[str, str], seconds: float
) -> tuple[int, str, str] | SourceError:
    """Run uv in an empty folder, without the settings of any project; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            output, messages = await process.communicate(text.encode())
    except TimeoutError:
        return SourceError(kind=SourceErrorKind.TIMED_OUT)
    finally:
        if process.returncode is None:
            await _end(process)
    return process.returncode or 0, output.decode(errors="replace"), messages.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process and wait until it has ended, however often this is cancelled.

    After Ctrl-C the event loop cancels a second time what still runs. A loop that closes before its processes have
    ended says so on standard error.
    """
    cancelled: asyncio.CancelledError | None = None
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    while process.returncode is None:
        try:
            await process.wait()
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled


def failure(messages: str) -> NoSolution | SourceError:
    """Return what the messages of a uv that failed mean."""
    text = " ".join(messages.split())  # uv wraps its lines
    if _UNCACHED.search(text):
        return SourceError(kind=SourceErrorKind.NOT_CACHED)
    if _NO in text:
        return NoSolution(explanation=_reasons(text))
    kinds = (kind for pattern, kind in _MESSAGES if re.search(pattern, text, re.IGNORECASE))
    return SourceError(kind=next(kinds, SourceErrorKind.RESOLVER_FAILED))


def _reasons(text: str) -> str:
    """Return the reasons in uv's message, one on a line, without its heading and symbols."""
    reasons = re.sub(r"^\W*(?:cause:)?\W*", "", text.partition(_NO)[2])
    return re.sub(r" (?=And because |Because |hint: )", "\n", reasons)


def _parse_output(output: str) -> Iterator[ResolvedPackage]:
    """Yield the packages in the output of ``uv pip compile``: ``name==version``, one on a line."""
    for line in output.splitlines():
        requirement = parse_requirement(line.strip())
        version = next((clause.version for clause in requirement.specifier), None) if requirement else None
        if requirement and version:
            yield ResolvedPackage(name=canonicalize_name(requirement.name), version=version)


def _wheel(project: candidates.ProjectReleases, version: str, target: Target) -> ProjectFile | None:
    """Return the wheel of a version that pip installs on a target; None if there is none."""
    release = project.release(Version(version))
    wheels = [file for file in release.usable(target) if file.tags is not None] if release else []
    ranks = wheel_ranks(target)
    return min(wheels, key=lambda file: min(ranks[tag] for tag in file.tags or () if tag in ranks), default=None)
