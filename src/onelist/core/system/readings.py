"""What is read from channels at this moment, in memory that outlives the process.

rattler reads channels in this process, and an answer can end the process: one that unpacks to more than the memory, or
one that meets a mistake in rattler. ``cli/watcher.py`` then knows what was read, and checks again without it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    import mmap
    from collections.abc import AsyncIterator, Mapping

SIZE = 1 << 16
"""Bytes of the shared memory: for some hundred addresses of channels."""
_LENGTH = 4
"""Bytes of the number in front of the text."""


@dataclass(slots=True, kw_only=True, eq=False)
class Readings:
    """What is read now, and what ended a process before.

    Attributes:
        memory: Where to note it; None in a process that nobody watches.
        suspects: What was read when a process ended. If there are several, they are read one after the other.
        ended: What ended a process, with the name of the signal.
    """

    memory: mmap.mmap | None = None
    suspects: frozenset[str] = frozenset()
    ended: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    _now: list[str] = field(default_factory=list)
    _locks: dict[object, asyncio.Lock] = field(default_factory=dict)

    def begin(self, key: str) -> None:
        """Note that something is read."""
        self._now.append(key)
        self._write()

    def end(self, key: str) -> None:
        """Note that it has been read."""
        self._now.remove(key)
        self._write()

    def lock(self) -> asyncio.Lock:
        """Return the lock for suspects, one for each event loop."""
        import asyncio  # the process that only waits does without it

        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    def _write(self) -> None:
        if self.memory is None:
            return
        text = "\n".join(dict.fromkeys(self._now)).encode(errors="replace")[: SIZE - _LENGTH]
        self.memory[:_LENGTH] = bytes(_LENGTH)  # first, so that half a text is never read
        self.memory[_LENGTH : _LENGTH + len(text)] = text
        self.memory[:_LENGTH] = len(text).to_bytes(_LENGTH, "little")


def noted(memory: mmap.mmap) -> frozenset[str]:
    """Return what was read when the process that wrote into the memory ended."""
    length = int.from_bytes(memory[:_LENGTH], "little")
    return frozenset(filter(None, memory[_LENGTH : _LENGTH + length].decode(errors="replace").split("\n")))


_current = Readings()


def watch_with(readings: Readings) -> None:
    """Note from now on what is read, in a process that is watched."""
    global _current  # noqa: PLW0603 - one for each process
    _current = readings
    readings._write()  # noqa: SLF001 - the former process has left its own


def ended_by(key: str) -> str | None:
    """Return the name of the signal by which a process ended that read this; None if none did."""
    return _current.ended.get(key)


@asynccontextmanager
async def reading(key: str) -> AsyncIterator[None]:
    """Note that something is read, as long as the block runs."""
    if _current.memory is None:
        yield
        return
    one_by_one = len(_current.suspects) > 1 and key in _current.suspects
    if one_by_one:
        await _current.lock().acquire()
    _current.begin(key)
    try:
        yield
    finally:
        _current.end(key)
        if one_by_one:
            _current.lock().release()
