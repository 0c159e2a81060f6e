"""What ``pip install`` comes to: uv's resolver, for any platform and Python, with wheels alone.

No sdist is built, so no code of a package runs. uv does not look at the upper bounds of Requires-Python, which pip
does; and it takes an index that refuses for one that has nothing. Both are looked at again here, on the index itself.
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

_MACHINES = {
    "linux-64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "linux-riscv64": "riscv64-unknown-linux",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-32": "i686-pc-windows-msvc",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
}
"""conda's names of platforms to those of ``uv --python-platform``, which means the same machines as targets.py."""
_MACHINE = {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS))}
"""What uv cannot be told with an option: which macOS a Mac has (uv takes 13.0 without it)."""
_KEPT = frozenset({"UV_CACHE_DIR", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER"})
"""The settings of uv that say how to reach an index; all others would make another question of it."""
_IN_FILE = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX"})
"""The settings that uv gets from a configuration file instead."""
_FEW = {"UV_CONCURRENT_DOWNLOADS": "4"}
"""How many connections one uv opens. Several of them that open dozens at once are too much for many name servers."""
HOLDS = "max-age=600"
"""How long uv takes an answer of an index to hold, in seconds: what Python's own index says of its pages."""
_NO = "No solution found when resolving dependencies"
"""The only "no" of uv; whatever else it fails with is a fault."""
_UNCACHED = re.compile(r"network was disabled|was not found in the cache")
_UNLISTED = re.compile(
    r"([\w.-]+)(?:\{[^}]*\}|\[[^]]*\])* was not found in the package registry|no versions of ([\w.-]+)"
)
_KINDS = (
    (r"40[137] |Unauthorized|Forbidden|credentials", SourceErrorKind.DENIED),
    (r"certificate|UnknownIssuer", SourceErrorKind.CERTIFICATE),
    (r"timed out|timeout", SourceErrorKind.TIMED_OUT),
    (r"dns error|Connection refused|unreachable|\(Connect\)", SourceErrorKind.UNREACHABLE),
    (r"network connectivity is disabled|network was disabled", SourceErrorKind.NOT_CACHED),
    (r"error decoding|connection closed|Connection reset|reading a body", SourceErrorKind.CUT),
    (r"too many redirects", SourceErrorKind.REDIRECTS),
)
_MOST_ROUNDS = 30
"""How often what pip would not take is struck out before it is given up."""


class UvResolver:
    """uv, asked for one set of requirements and one target at a time."""

    def __init__(
        self,
        network: NetworkOptions,
        index_client: IndexClient,
        semaphore: asyncio.Semaphore,
    ) -> None:
        """Take the settings.

        Args:
            network: Whom to ask and how.
            index_client: The package indexes.
            semaphore: How many resolvers may run at a time.
        """
        self._options = network
        self._semaphore = semaphore
        self._index_client = index_client
        others = {key: value for key, value in network.environment.items() if not key.startswith("UV_")}
        told = settings(network, index_client.found)
        self._environment = (
            others | {key: value for key, value in told.items() if key not in _IN_FILE} | _FEW | _MACHINE
        )
        self._asked: set[str] = set()
        self._pages: dict[str, asyncio.Task[tuple[candidates.ProjectReleases | None, SourceError | None]]] = {}

    async def solve(self, requirements: Sequence[str], target: Target) -> SolveResult:
        """Resolve requirements (PEP 508) for a platform and a Python."""
        machine = _MACHINES.get(target.platform)
        if machine is None:
            return SourceError(kind=SourceErrorKind.NO_RESOLVER, detail=f"uv has no word for {target.platform}")
        excluded: list[str] = []
        for _ in range(_MOST_ROUNDS):
            attempt = await self._attempt(requirements, excluded, machine, target)
            if isinstance(attempt, NoSolution):
                return await self._confirmed(attempt, excluded)
            if isinstance(attempt, SourceError):
                return attempt
            chosen = await self._looked_up(attempt, target)
            if isinstance(chosen, SourceError):
                return chosen
            unfit = [f"{name}!={version}" for (name, version), one in chosen.items() if one is None]
            if not unfit:
                return Solved(chosen=tuple(filter(None, chosen.values())))
            excluded += unfit
        return SourceError(kind=SourceErrorKind.NO_RESOLVER, detail="uv found no end")

    async def _attempt(
        self, requirements: Sequence[str], excluded: Sequence[str], machine: str, target: Target
    ) -> SolveResult:
        async with self._semaphore:
            new = self._not_asked_for(requirements)
            with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
                (Path(folder) / "struck.txt").write_text("\n".join(excluded), encoding="utf-8")
                holds = None if new or self._options.cache_policy is CachePolicy.REFRESH else HOLDS
                (Path(folder) / "uv.toml").write_text(configuration(self._index_client.found, holds), encoding="utf-8")
                command = [
                    *(uv_program(), "pip", "compile", "-", "--constraint", "struck.txt", "--config-file", "uv.toml"),
                    *("--python-platform", machine, "--python-version"),
                    *(f"{python_words(target.python)}.{LATEST_PATCH}", "--python", sys.executable),
                    *("--only-binary", ":all:", "--index-strategy", "unsafe-best-match", "--color", "never"),
                    *("--no-header", "--no-annotate", "--quiet", "--no-progress"),
                    *(_CACHING[self._options.cache_policy] or [f"--refresh-package={name}" for name in sorted(new)]),
                ]
                text = "\n".join(requirements) + "\n"
                ran = await _run(command, text, folder, self._environment, self._options.deadline)
            self._asked |= new
        if isinstance(ran, SourceError):
            return ran
        code, out, said = ran
        return Solved(chosen=tuple(_chosen(out))) if code == 0 else refusal(said)

    def _not_asked_for(self, requirements: Sequence[str]) -> set[str]:
        """Return the projects that uv has not asked for since the call began."""
        parsed = filter(None, map(parse_requirement, requirements))
        return {str(canonicalize_name(one.name)) for one in parsed} - self._asked

    async def _confirmed(self, refused: NoSolution, excluded: Sequence[str]) -> SolveResult:
        """Return a refusal, unless it stands on a project that the index did not truly say it lacks."""
        unlisted = {canonicalize_name(one or other) for one, other in _UNLISTED.findall(refused.explanation)}
        for name in sorted(unlisted):
            _, fault = await self._page(name)
            if fault:
                return fault
        if not excluded:
            return refused
        words = ", ".join(text.replace("!=", " ") for text in excluded)
        return NoSolution(explanation=f"{refused.explanation}\n(Not for this Python, though uv would take it: {words})")

    async def _looked_up(
        self, solved: Solved, target: Target
    ) -> dict[tuple[str, str], ResolvedPackage | None] | SourceError:
        """Return what pip takes of it, with size and day; None for what it does not take on the target."""
        pages = await asyncio.gather(*(self._page(one.name) for one in solved.chosen))
        found: dict[tuple[str, str], ResolvedPackage | None] = {}
        for one, (project, fault) in zip(solved.chosen, pages, strict=True):
            if fault:
                return fault
            file = _wheel(project, one.version, target) if project else None
            found[one.name, one.version] = replace(one, size=file.size, day=file.uploaded) if file else None
        return found

    async def _page(self, name: str) -> tuple[candidates.ProjectReleases | None, SourceError | None]:
        """Return what the indexes offer of a project, None when none lists it; or why that is not known."""
        if name not in self._pages:
            self._pages[name] = asyncio.create_task(self._fetch(name))
        return await self._pages[name]

    async def _fetch(self, name: str) -> tuple[candidates.ProjectReleases | None, SourceError | None]:
        facts = await self._index_client.ask([name])
        offers = [index.offers[name] for index in facts]
        fault = next((offer for offer in offers if isinstance(offer, SourceError)), None)
        listed = [offer for offer in offers if isinstance(offer, ProjectFiles)]
        return (candidates.ProjectReleases.of(name, listed) if listed else None), fault


_CACHING: Mapping[CachePolicy, tuple[str, ...]] = {
    CachePolicy.NORMAL: (),
    CachePolicy.OFFLINE: ("--offline",),
    CachePolicy.REFRESH: ("--refresh",),
}


def settings(network: NetworkOptions, indexes: Indexes) -> dict[str, str]:
    """Return the environment variables that tell uv where and how: so no password stands in a list of processes."""
    kept = {key: value for key, value in network.environment.items() if key in _KEPT}
    main, *others = (index.address for index in indexes.indexes)
    kept |= {"UV_DEFAULT_INDEX": main, "UV_PYTHON_DOWNLOADS": "never"}
    kept.setdefault("UV_CACHE_DIR", str(network.cache_dir / "uv"))
    kept["UV_HTTP_TIMEOUT"] = str(max(int(network.deadline), 1))
    if others:
        kept["UV_INDEX"] = " ".join(others)
    if indexes.certificates:
        kept["SSL_CERT_FILE"] = indexes.certificates
    return kept


def configuration(indexes: Indexes, holds: str | None = None) -> str:
    """Return a configuration file for uv (TOML): the indexes, and how long their answers hold.

    Args:
        indexes: The indexes; the first is the main one, which uv asks last.
        holds: What uv takes each index to say of that (RFC 9111, Cache-Control); None for what it says itself. uv asks
            nothing anew of an index of which this is given, whatever its options say.
    """
    main, *others = (index.address for index in indexes.indexes)
    remote_status = f'cache-control = {{ api = "{holds}", files = "{holds}" }}\n' if holds else ""
    tables = [
        f"[[index]]\nurl = {json.dumps(address)}\ndefault = {default}\n{remote_status}"
        for address, default in (*((other, "false") for other in others), (main, "true"))
    ]
    return "\n".join(tables)


async def _run(
    command: Sequence[str], text: str, folder: str, environment: Mapping[str, str], seconds: float
) -> tuple[int, str, str] | SourceError:
    """Run uv in an empty folder, where no project's settings lie; return its exit code and what it printed."""
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
            out, said = await process.communicate(text.encode())
    except TimeoutError:
        return SourceError(kind=SourceErrorKind.TIMED_OUT)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(errors="replace"), said.decode(errors="replace")


def refusal(said: str) -> NoSolution | SourceError:
    """Return what uv's words of failure come to."""
    text = " ".join(said.split())  # uv breaks its lines as it likes
    if _UNCACHED.search(text):
        return SourceError(kind=SourceErrorKind.NOT_CACHED)
    if _NO in text:
        return NoSolution(explanation=_tidied(text))
    kind = next(
        (kind for pattern, kind in _KINDS if re.search(pattern, text, re.IGNORECASE)), SourceErrorKind.NO_RESOLVER
    )
    return SourceError(kind=kind)


def _tidied(text: str) -> str:
    """Return uv's reasons alone, each on a line: without its word of failure and without marks of its own."""
    reasons = re.sub(r"^\W*(?:cause:)?\W*", "", text.partition(_NO)[2])
    return re.sub(r" (?=And because |Because |hint: )", "\n", reasons)


def _chosen(printed: str) -> Iterator[ResolvedPackage]:
    """Yield what uv prints as requirements: ``name==version``, one a line."""
    for line in printed.splitlines():
        requirement = parse_requirement(line.strip())
        version = next((clause.version for clause in requirement.specifier), None) if requirement else None
        if requirement and version:
            yield ResolvedPackage(name=canonicalize_name(requirement.name), version=version)


def _wheel(project: candidates.ProjectReleases, version: str, target: Target) -> ProjectFile | None:
    """Return the wheel of a version that pip takes on a target; None when it takes none."""
    release = project.release(Version(version))
    wheels = [file for file in release.usable(target) if file.tags is not None] if release else []
    ranks = wheel_ranks(target)
    return min(wheels, key=lambda file: min(ranks[tag] for tag in file.tags or () if tag in ranks), default=None)
