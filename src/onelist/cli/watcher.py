"""Run a command in a process of its own, so that its end by a signal costs one channel and not the report.

rattler, which reads channels, is a library in Rust: if there is not enough memory, or after some of its mistakes, it
ends the process (SIGABRT). So on Linux, this process only waits for another one that does the work within limits of
memory and of the size of a file. The two share a page of memory that says what is being read.

Elsewhere, the size of a file is limited, and ``memory_watch.py`` watches the memory. macOS does not hold a process to
a limit of memory (RLIMIT_DATA, RLIMIT_AS), and what its libraries do after fork(2) is not defined. Windows has neither.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli.memory_watch import watch_memory

if TYPE_CHECKING:
    import mmap
    from collections.abc import Mapping

_COMMANDS = frozenset({"check", "bisect", "explain", "suggest"})
"""The commands that can be run again: they read channels and change nothing (suggest --to reads none)."""
_READING = _COMMANDS | {"draft", "feedstock", "fix", "publish", "try"}
"""The commands that read what servers send."""
_GIB = 1 << 30
_MOST_MEMORY, _LEAST_MEMORY = 4 * _GIB, 2 * _GIB
"""Between which limits of memory a process runs; a channel of 700,000 records needs a quarter of that."""
_LARGEST_FILE = _GIB
"""The largest file that is written to the cache; the longest repodata.json has 0.4 GB."""
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_MOST_RUNS = 8
_FROM_SIGNAL = 128
"""The exit code after a signal is higher by this than its number, as shells have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What may end a process.

    Attributes:
        suspects: What was read when a process ended, if that was more than one thing.
        ended: What ended a process, with the name of the signal.
    """

    suspects: frozenset[str] = frozenset()
    ended: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, read: frozenset[str], name: str) -> Suspicion | None:
        """Return what is known after one more end.

        Args:
            read: What was read.
            name: The name of the signal.

        Returns:
            What is known now; None if a further run would end in the same way.
        """
        found = read - self.ended.keys()
        if not found or len(self.ended) >= _MOST_RUNS:
            return None
        if len(found) > 1 and found != self.suspects:
            return replace(self, suspects=found)
        return Suspicion(ended={**self.ended, **dict.fromkeys(found, name)})


def watch(arguments: list[str]) -> int | None:
    """Start the process that does the work, and wait for it, if the command reads channels.

    Args:
        arguments: The arguments of the command line.

    Returns:
        In the process that does the work, None; in one that waited for it, the exit code.
    """
    if not arguments or arguments[0] not in _READING or "--settings-only" in arguments:
        return None
    if arguments[0] in _COMMANDS and sys.platform == "linux":
        return _watch()
    if arguments[0] in _COMMANDS and sys.platform != "win32":
        _set_limits(with_memory=False)
    watch_memory(_memory())
    return None


def _watch() -> int | None:
    import mmap

    from onelist.core.system.readings import SIZE, noted

    memory = mmap.mmap(-1, SIZE)
    suspicion = Suspicion()
    while True:
        process = _start(memory, suspicion)
        if process is None:
            return None
        status = _wait(process)
        if status >= 0:
            return status
        name = signal.Signals(-status).name
        if name in _FORWARDED:
            return _FROM_SIGNAL - status
        known = suspicion.after(noted(memory), name)
        if known is None:
            return _told(name)
        suspicion = known


def _start(memory: mmap.mmap, suspicion: Suspicion) -> _Process | None:
    """Start a process; None in the new one."""
    from onelist.core.system.readings import Readings, watch_with

    ours, theirs = os.pipe()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in _FORWARDED])
    process = os.fork()
    if process:
        os.close(ours)
        return _Process(number=process, pipe=theirs, mask=frozenset(mask))
    os.close(theirs)
    os.setpgid(0, 0)  # Ctrl-C goes to the first process, which sends it on: once, and not twice
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    _end_with(ours)
    _set_limits(with_memory=True)
    watch_with(Readings(memory=memory, suspects=suspicion.suspects, ended=suspicion.ended))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """A process that does the work.

    Attributes:
        number: Its number.
        pipe: The end of a pipe; the process ends when this is closed.
        mask: The signals that were blocked before it was started. Until this process passes signals on, all are.
    """

    number: int
    pipe: int
    mask: frozenset[signal.Signals | int]


def _wait(process: _Process) -> int:
    """Wait for a process, and send signals on to it; return its exit code, or a signal as a number below zero."""

    def send(number: int, _: object) -> None:
        os.kill(process.number, number)

    before = {}
    for name in _FORWARDED:
        number = getattr(signal, name)
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, send)
    signal.pthread_sigmask(signal.SIG_SETMASK, process.mask)
    try:
        _, status = os.waitpid(process.number, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(process.pipe)
    return os.waitstatus_to_exitcode(status)


def _end_with(pipe: int) -> None:
    """End this process, and the programs that it runs, when the first process has ended."""
    import threading

    def wait() -> None:
        os.read(pipe, 1)
        from onelist.core.system.programs import end_programs

        end_programs()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True, name="watched").start()


def _set_limits(*, with_memory: bool) -> None:
    """Limit what this process may use (getrlimit(2)): files, no dump of the memory, and memory that it writes to."""
    import resource

    wanted = {resource.RLIMIT_FSIZE: _LARGEST_FILE, resource.RLIMIT_CORE: 0}
    if with_memory:
        wanted[resource.RLIMIT_DATA] = _memory()
    for kind, limit in wanted.items():
        soft, hard = resource.getrlimit(kind)
        limits = [one for one in (soft, hard, limit) if one != resource.RLIM_INFINITY]
        resource.setrlimit(kind, (min(limits), hard))


def _memory() -> int:
    """Return how much memory this process may use: three quarters of what is free, within limits."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - pathlib takes a millisecond to import
            free = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return _MOST_MEMORY
    return max(min(free // 4 * 3, _MOST_MEMORY), _LEAST_MEMORY)


def _told(name: str) -> int:
    """Say that the process has ended, where nothing else can be said; return the exit code."""
    from onelist.core.errors import REPORT, UNKNOWN

    sys.stderr.write(f"onelist: Internal error ({name}). This says nothing about your list.\n    {REPORT}\n")
    sys.stderr.flush()
    return UNKNOWN
