"""The interface to uv: its command line, its environment, and what its output means.

uv is a program of its own; tests/sources/test_resolvers.py tests each option that is used here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core.system.programs import kill_group, with_temporary_files_in
from onelist.core.system.temporary import temporary_folder
from onelist.core.targets import LATEST_PATCH, MACOS, python_words
from onelist.settings.tokens import parse_requirement
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.installers import uv_program
from onelist.sources.solution import NoSolution, ResolvedPackage, Solved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from onelist.core.targets import Target
    from onelist.sources.config import NetworkOptions
    from onelist.sources.solution import SolveResult

PLATFORMS = {
    "linux-64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "linux-ppc64le": "powerpc64le-unknown-linux-gnu",
    "linux-riscv64": "riscv64-unknown-linux",
    "linux-s390x": "s390x-unknown-linux-gnu",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-32": "i686-pc-windows-msvc",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
}
"""conda's names of platforms to those of ``uv --python-platform``, with the same machines as in targets.py."""
_SYSTEM = frozenset(
    "PATH HOME USERPROFILE HOMEDRIVE HOMEPATH LOCALAPPDATA APPDATA PROGRAMDATA SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC "
    "PATHEXT TMPDIR TEMP TMP LD_LIBRARY_PATH DYLD_LIBRARY_PATH LANG LC_ALL LC_CTYPE".split()
)
"""The variables without which programs do not run. Every other variable could change what uv answers."""
_CONNECTIONS = "8"
"""How many connections one uv opens."""
_NO = "No solution found when resolving dependencies"
"""How uv says that there is no solution; each other failure is an error."""
_MESSAGES = (
    (r"timed out|timeout", SourceErrorKind.TIMED_OUT),
    (r"[Nn]o space left|[Rr]ead-only file system|[Pp]ermission denied", SourceErrorKind.CACHE_NOT_WRITABLE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UvCall:
    """One run of ``uv pip compile``.

    Attributes:
        requirements: The requirements (PEP 508).
        target: The platform, one of :data:`PLATFORMS`, and the Python.
        index: The address of the package index.
        options: More options.
        excluded: Constraints.
        environment: The environment variables; they may hold a password.
        seconds: The time limit.
        failed: When it is set, uv is stopped, and its answer does not count.
    """

    requirements: Sequence[str]
    target: Target
    index: str
    options: Sequence[str]
    excluded: Collection[str]
    environment: Mapping[str, str] = field(repr=False)
    seconds: float
    failed: asyncio.Event


async def compile_requirements(call: UvCall) -> SolveResult:
    """Run uv in an empty folder, without the settings of any project.

    Returns:
        The packages by name and version, why there is no solution, or an error.
    """
    with temporary_folder() as folder:
        (folder / "excluded.txt").write_text("\n".join(sorted(call.excluded)), encoding="utf-8")
        command = [
            *(uv_program(), "pip", "compile", "-", "--constraint", "excluded.txt", "--no-config"),
            *("--python-platform", PLATFORMS[call.target.platform], "--python-version"),
            *(f"{python_words(call.target.python)}.{LATEST_PATCH}", "--python", sys.executable),
            *("--only-binary", ":all:", "--color", "never"),
            *("--no-header", "--annotation-style", "line", "--quiet", "--no-progress", *call.options),
        ]
        ran = await _run(command, folder, call)
    if isinstance(ran, SourceError):
        return ran
    code, output, messages = ran
    return parse_output(output) if code == 0 else failure(messages)


def identity(indexes: Sequence[str]) -> str:
    """Return a text that is the same for the same uv with the same package indexes.

    Args:
        indexes: The indexes in a form that may be shown.
    """
    program = Path(uv_program()).stat()
    return f"uv {program.st_size} {program.st_mtime_ns} {' '.join(indexes)}"


def environment(options: NetworkOptions) -> dict[str, str]:
    """Return the environment of uv: nothing in it but what each program needs, and what onelist sets.

    What a user sets for uv, pip, a compiler or a proxy would change the answer.
    """
    kept = {key: value for key, value in options.environment.items() if key.upper() in _SYSTEM}
    return kept | {
        "UV_CACHE_DIR": str(options.cache_dir / "uv-pip"),
        "UV_HTTP_TIMEOUT": str(max(int(options.deadline), 1)),
        "UV_HTTP_RETRIES": "0",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CONCURRENT_DOWNLOADS": _CONNECTIONS,
        "MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS)),
        "NO_PROXY": "",
    }


async def _run(command: Sequence[str], folder: Path, call: UvCall) -> tuple[int, str, str] | SourceError:
    """Run uv; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**call.environment, **with_temporary_files_in(folder), "UV_DEFAULT_INDEX": call.index},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        umask=0o077,  # what it caches is for this user only
        start_new_session=True,  # so that the Python that it asks about itself ends with it
    )
    stop = asyncio.create_task(_kill_when(process, call.failed))
    try:
        async with asyncio.timeout(call.seconds):
            output, messages = await process.communicate(("\n".join(call.requirements) + "\n").encode())
    except TimeoutError:
        return SourceError(kind=SourceErrorKind.TIMED_OUT)
    finally:
        stop.cancel()
        if process.returncode is None:
            await _end(process)
    return process.returncode or 0, output.decode(errors="replace"), messages.decode(errors="replace")


async def _kill_when(process: asyncio.subprocess.Process, failed: asyncio.Event) -> None:
    await failed.wait()
    kill(process)


def kill(process: asyncio.subprocess.Process) -> None:
    """Kill a process and what it has started, unless it has ended."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):  # it has ended, or been reaped, just now
            process.kill() if sys.platform == "win32" else kill_group(process.pid)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process and wait until it has ended, however often this is cancelled.

    After Ctrl-C the event loop cancels a second time what still runs. A loop that closes before its processes have
    ended says so on standard error.
    """
    cancelled: asyncio.CancelledError | None = None
    kill(process)
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
    if _NO in text:
        return NoSolution(explanation=_reasons(text))
    kinds = (kind for pattern, kind in _MESSAGES if re.search(pattern, text, re.IGNORECASE))
    return SourceError(kind=next(kinds, SourceErrorKind.RESOLVER_FAILED))


def _reasons(text: str) -> str:
    """Return the reasons in uv's message, one on a line, without its heading and symbols."""
    reasons = re.sub(r"^\W*(?:cause:)?\W*", "", text.partition(_NO)[2])
    return re.sub(r" (?=And because |Because |hint: )", "\n", reasons)


def parse_output(output: str) -> Solved:
    """Return the packages in the output of ``uv pip compile --annotation-style line``.

    A line is ``name==version``, for most packages with a comment: ``# via`` and the packages that need it.
    """
    versions: dict[str, str] = {}
    requires: dict[str, list[str]] = {}
    for line in output.splitlines():
        text, _, comment = line.partition(" # via ")
        requirement = parse_requirement(text.strip())
        version = next((clause.version for clause in requirement.specifier), None) if requirement else None
        if requirement and version:
            name = str(canonicalize_name(requirement.name))
            versions[name] = version
            for parent in comment.split(", "):
                requires.setdefault(parent.partition("[")[0], []).append(name)
    packages = (
        ResolvedPackage(name=name, version=version, requires=_shared(tuple(requires.get(name, ()))))
        for name, version in versions.items()
    )
    return Solved(packages=tuple(packages))


@cache
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same names as the same object, which thousands of solutions share."""
    return names
