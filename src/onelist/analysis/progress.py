"""What a command is doing, how much is done, and how long it has taken: a line on a terminal, or lines of a log."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Self, TextIO

from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_CLEAR = "\r\x1b[K"
"""Go to the beginning of the line, and erase it (ECMA-48: EL)."""
_WIDEST = 100
_NARROWEST = 20
_TICK = 1.0
"""After how many seconds the line on a terminal shows a new time."""
LOG_EVERY = 10.0
"""After how many seconds a log gets a line; a run that is shorter than that leaves none."""


class Progress:
    """The progress of a command, from its start to its end; a context manager that clears the line at the end.

    On a terminal, one line is written again and again. In a log, there is a line every 10 seconds. A terminal that can
    neither go back on a line nor clear it (``TERM=dumb``, terminfo) counts as a log.
    """

    def __init__(self, stream: TextIO | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Store where to show it.

        Args:
            stream: Standard error, a terminal or not; None for nowhere.
            clock: Returns the time in seconds.
        """
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._next_line = self._start + LOG_EVERY
        self._is_terminal = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._doing = ""
        self._verb = ""
        self._last = ""
        self._total = 0
        self._done = 0
        self._is_shown = False
        self._lock = threading.RLock()
        self._ended = threading.Event()

    @classmethod
    def on(cls, target: Progress | TextIO | None) -> Progress:
        """Return a progress as it is; for a stream or None a new one."""
        return target if isinstance(target, Progress) else cls(target)

    def __enter__(self) -> Self:
        """Return itself; from now on the time is shown without further calls."""
        if self._stream:
            threading.Thread(target=self._tick, daemon=True, name="progress").start()
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        self._ended.set()
        with self._lock:
            self._doing = ""
            self.clear()

    def begin(self, doing: str, total: int = 0, verb: str = "answered") -> None:
        """Begin another part of the work.

        Args:
            doing: What it is, such as "looking up".
            total: How many things there are to do; more can be added later. 0 if they are not counted.
            verb: What is true of a thing that is done.
        """
        with self._lock:
            self._doing, self._total, self._verb = printable(doing), total, verb
            self._done, self._last = 0, ""
            self.refresh()

    def tell(self, more: int, who: str) -> None:
        """Count what there is to do, and what is done.

        Args:
            more: The number of new things; negative for the number of those that are done.
            who: What is done, such as the source that answered.
        """
        with self._lock:
            self._total += max(more, 0)
            self._done += max(-more, 0)
            self._last = printable(who) or self._last
            self.refresh()

    def refresh(self) -> None:
        """Show the progress: on a terminal at once, in a log if its next line is due."""
        with self._lock:
            if self._stream is None or not self._doing or self._ended.is_set():
                return
            now = self._clock()
            if self._is_terminal:
                self._write(self._stream, _CLEAR + self._text(now)[: _width(self._stream)])
                self._is_shown = True
            elif now >= self._next_line:
                self._write(self._stream, f"onelist: {self._text(now)}\n")
                self._next_line = now - (now - self._start) % LOG_EVERY + LOG_EVERY

    def clear(self) -> None:
        """Clear the line, before something else is printed; the next second shows it again."""
        with self._lock:
            if self._stream and self._is_shown:
                self._write(self._stream, _CLEAR)
                self._is_shown = False

    def _text(self, now: float) -> str:
        count = f": {self._done} of {self._total} {self._verb}" if self._total else ""
        last = f", last: {self._last}" if self._last else ""
        return f"{self._doing}{count}, {now - self._start:.0f} s{last}"

    def _write(self, stream: TextIO, text: str) -> None:
        """Write a text; a reader who has gone must not stop the work."""
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            self._stream = None

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            self.refresh()


def _width(stream: TextIO) -> int:
    """Return how many columns a line may take: one less than a terminal has, which would begin a new line."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _WIDEST
    return min(max(columns - 1, _NARROWEST), _WIDEST) if columns else _WIDEST
