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
from onelist.sources.cache import Caching
from onelist.sources.faults import Fault, FaultKind
from onelist.sources.installers import uv_program
from onelist.sources.pypi import candidates
from onelist.sources.pypi.simple import Offer
from onelist.sources.solution import Chosen, NoSolution, Solved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.core.targets import Target
    from onelist.sources.config import Policy
    from onelist.sources.installers import Indexes
    from onelist.sources.pypi.indexes import IndexDesk
    from onelist.sources.pypi.simple import File
    from onelist.sources.solution import Attempt

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
    (r"40[137] |Unauthorized|Forbidden|credentials", FaultKind.DENIED),
    (r"certificate|UnknownIssuer", FaultKind.CERTIFICATE),
    (r"timed out|timeout", FaultKind.TIMED_OUT),
    (r"dns error|Connection refused|unreachable|\(Connect\)", FaultKind.UNREACHABLE),
    (r"network connectivity is disabled|network was disabled", FaultKind.NOT_CACHED),
    (r"error decoding|connection closed|Connection reset|reading a body", FaultKind.CUT),
    (r"too many redirects", FaultKind.REDIRECTS),
)
_MOST_ROUNDS = 30
"""How often what pip would not take is struck out before it is given up."""


class UvResolver:
    """uv, asked for one set of requirements and one target at a time."""

    def __init__(
        self,
        policy: Policy,
        desk: IndexDesk,
        turns: asyncio.Semaphore,
    ) -> None:
        """Take the settings.

        Args:
            policy: Whom to ask and how.
            desk: The package indexes.
            turns: How many resolvers may run at a time.
        """
        self._policy = policy
        self._turns = turns
        self._desk = desk
        others = {key: value for key, value in policy.environment.items() if not key.startswith("UV_")}
        told = settings(policy, desk.found)
        self._environment = (
            others | {key: value for key, value in told.items() if key not in _IN_FILE} | _FEW | _MACHINE
        )
        self._asked: set[str] = set()
        self._pages: dict[str, asyncio.Task[tuple[candidates.Project | None, Fault | None]]] = {}

    async def solve(self, requirements: Sequence[str], target: Target) -> Attempt:
        """Resolve requirements (PEP 508) for a platform and a Python."""
        machine = _MACHINES.get(target.platform)
        if machine is None:
            return Fault(kind=FaultKind.NO_RESOLVER, detail=f"uv has no word for {target.platform}")
        struck: list[str] = []
        for _ in range(_MOST_ROUNDS):
            attempt = await self._attempt(requirements, struck, machine, target)
            if isinstance(attempt, NoSolution):
                return await self._confirmed(attempt, struck)
            if isinstance(attempt, Fault):
                return attempt
            chosen = await self._looked_up(attempt, target)
            if isinstance(chosen, Fault):
                return chosen
            unfit = [f"{name}!={version}" for (name, version), one in chosen.items() if one is None]
            if not unfit:
                return Solved(chosen=tuple(filter(None, chosen.values())))
            struck += unfit
        return Fault(kind=FaultKind.NO_RESOLVER, detail="uv found no end")

    async def _attempt(
        self, requirements: Sequence[str], struck: Sequence[str], machine: str, target: Target
    ) -> Attempt:
        async with self._turns:
            new = self._not_asked_for(requirements)
            with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
                (Path(folder) / "struck.txt").write_text("\n".join(struck), encoding="utf-8")
                holds = None if new or self._policy.caching is Caching.RENEW else HOLDS
                (Path(folder) / "uv.toml").write_text(configuration(self._desk.found, holds), encoding="utf-8")
                command = [
                    *(uv_program(), "pip", "compile", "-", "--constraint", "struck.txt", "--config-file", "uv.toml"),
                    *("--python-platform", machine, "--python-version"),
                    *(f"{python_words(target.python)}.{LATEST_PATCH}", "--python", sys.executable),
                    *("--only-binary", ":all:", "--index-strategy", "unsafe-best-match", "--color", "never"),
                    *("--no-header", "--no-annotate", "--quiet", "--no-progress"),
                    *(_CACHING[self._policy.caching] or [f"--refresh-package={name}" for name in sorted(new)]),
                ]
                text = "\n".join(requirements) + "\n"
                ran = await _run(command, text, folder, self._environment, self._policy.deadline)
            self._asked |= new
        if isinstance(ran, Fault):
            return ran
        code, out, said = ran
        return Solved(chosen=tuple(_chosen(out))) if code == 0 else refusal(said)

    def _not_asked_for(self, requirements: Sequence[str]) -> set[str]:
        """Return the projects that uv has not asked for since the call began."""
        parsed = filter(None, map(parse_requirement, requirements))
        return {str(canonicalize_name(one.name)) for one in parsed} - self._asked

    async def _confirmed(self, refused: NoSolution, struck: Sequence[str]) -> Attempt:
        """Return a refusal, unless it stands on a project that the index did not truly say it lacks."""
        unlisted = {canonicalize_name(one or other) for one, other in _UNLISTED.findall(refused.explanation)}
        for name in sorted(unlisted):
            _, fault = await self._page(name)
            if fault:
                return fault
        if not struck:
            return refused
        words = ", ".join(text.replace("!=", " ") for text in struck)
        return NoSolution(explanation=f"{refused.explanation}\n(Not for this Python, though uv would take it: {words})")

    async def _looked_up(self, solved: Solved, target: Target) -> dict[tuple[str, str], Chosen | None] | Fault:
        """Return what pip takes of it, with size and day; None for what it does not take on the target."""
        pages = await asyncio.gather(*(self._page(one.name) for one in solved.chosen))
        found: dict[tuple[str, str], Chosen | None] = {}
        for one, (project, fault) in zip(solved.chosen, pages, strict=True):
            if fault:
                return fault
            file = _wheel(project, one.version, target) if project else None
            found[one.name, one.version] = replace(one, size=file.size, day=file.uploaded) if file else None
        return found

    async def _page(self, name: str) -> tuple[candidates.Project | None, Fault | None]:
        """Return what the indexes offer of a project, None when none lists it; or why that is not known."""
        if name not in self._pages:
            self._pages[name] = asyncio.create_task(self._fetch(name))
        return await self._pages[name]

    async def _fetch(self, name: str) -> tuple[candidates.Project | None, Fault | None]:
        facts = await self._desk.ask([name])
        offers = [index.offers[name] for index in facts]
        fault = next((offer for offer in offers if isinstance(offer, Fault)), None)
        listed = [offer for offer in offers if isinstance(offer, Offer)]
        return (candidates.Project.of(name, listed) if listed else None), fault


_CACHING: Mapping[Caching, tuple[str, ...]] = {
    Caching.USE: (),
    Caching.ONLY: ("--offline",),
    Caching.RENEW: ("--refresh",),
}


def settings(policy: Policy, indexes: Indexes) -> dict[str, str]:
    """Return the environment variables that tell uv where and how: so no password stands in a list of processes."""
    kept = {key: value for key, value in policy.environment.items() if key in _KEPT}
    main, *others = (index.address for index in indexes.indexes)
    kept |= {"UV_DEFAULT_INDEX": main, "UV_PYTHON_DOWNLOADS": "never"}
    kept.setdefault("UV_CACHE_DIR", str(policy.folder / "uv"))
    kept["UV_HTTP_TIMEOUT"] = str(max(int(policy.deadline), 1))
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
    holding = f'cache-control = {{ api = "{holds}", files = "{holds}" }}\n' if holds else ""
    tables = [
        f"[[index]]\nurl = {json.dumps(address)}\ndefault = {default}\n{holding}"
        for address, default in (*((other, "false") for other in others), (main, "true"))
    ]
    return "\n".join(tables)


async def _run(
    command: Sequence[str], text: str, folder: str, environment: Mapping[str, str], seconds: float
) -> tuple[int, str, str] | Fault:
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
        return Fault(kind=FaultKind.TIMED_OUT)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(errors="replace"), said.decode(errors="replace")


def refusal(said: str) -> NoSolution | Fault:
    """Return what uv's words of failure come to."""
    text = " ".join(said.split())  # uv breaks its lines as it likes
    if _UNCACHED.search(text):
        return Fault(kind=FaultKind.NOT_CACHED)
    if _NO in text:
        return NoSolution(explanation=_tidied(text))
    kind = next((kind for pattern, kind in _KINDS if re.search(pattern, text, re.IGNORECASE)), FaultKind.NO_RESOLVER)
    return Fault(kind=kind)


def _tidied(text: str) -> str:
    """Return uv's reasons alone, each on a line: without its word of failure and without marks of its own."""
    reasons = re.sub(r"^\W*(?:cause:)?\W*", "", text.partition(_NO)[2])
    return re.sub(r" (?=And because |Because |hint: )", "\n", reasons)


def _chosen(printed: str) -> Iterator[Chosen]:
    """Yield what uv prints as requirements: ``name==version``, one a line."""
    for line in printed.splitlines():
        requirement = parse_requirement(line.strip())
        version = next((clause.version for clause in requirement.specifier), None) if requirement else None
        if requirement and version:
            yield Chosen(name=canonicalize_name(requirement.name), version=version)


def _wheel(project: candidates.Project, version: str, target: Target) -> File | None:
    """Return the wheel of a version that pip takes on a target; None when it takes none."""
    release = project.release(Version(version))
    wheels = [file for file in release.usable(target) if file.tags is not None] if release else []
    ranks = wheel_ranks(target)
    return min(wheels, key=lambda file: min(ranks[tag] for tag in file.tags or () if tag in ranks), default=None)
