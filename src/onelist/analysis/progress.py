"""What a command is doing, how much is done and left, and how long it takes: a line on a terminal or of a log."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Self, TextIO

from onelist.analysis.pace import Pace, left_words
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


class Step(NamedTuple):
    """How far a program has come that does the work.

    Attributes:
        note: What it does, where nothing can be counted.
        done: How many things are done.
        total: How many there are to do; 0 if that is not known.
        verb: What is true of a thing that is done.
        in_bytes: Whether the things are bytes.
    """

    note: str = ""
    done: int = 0
    total: int = 0
    verb: str = ""
    in_bytes: bool = False


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
        self._last = ""
        self._step = Step()
        self._watch: Callable[[], Step] | None = None
        self._requests: Callable[[], int] | None = None
        self._requests_before = 0
        self._pace = Pace(self._start)
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

    def begin(
        self,
        doing: str,
        total: int = 0,
        verb: str = "answered",
        *,
        watch: Callable[[], Step] | None = None,
        requests: Callable[[], int] | None = None,
    ) -> None:
        """Begin another part of the work.

        Args:
            doing: What it is, such as "looking up".
            total: How many things there are to do; more can be added later. 0 if they are not counted.
            verb: What is true of a thing that is done.
            watch: Asked each second how far a program has come that does the work; None if :meth:`tell` says it.
            requests: Returns how many requests were sent until now, where one thing needs many of them.
        """
        with self._lock:
            self._doing, self._step, self._last = printable(doing), Step(total=total, verb=verb), ""
            self._watch, self._pace = watch, Pace(self._clock())
            self._requests, self._requests_before = requests, requests() if requests else 0
            self.refresh()

    def tell(self, more: int, who: str) -> None:
        """Count what there is to do, and what is done.

        Args:
            more: The number of new things; negative for the number of those that are done.
            who: What is done, such as the source that answered.
        """
        with self._lock:
            step = self._step
            self._step = step._replace(total=step.total + max(more, 0), done=step.done + max(-more, 0))
            self._last = printable(who) or self._last
            self.refresh()

    def refresh(self) -> None:
        """Show the progress: on a terminal at once, in a log if its next line is due."""
        with self._lock:
            if self._stream is None or not self._doing or self._ended.is_set():
                return
            now = self._clock()
            self._look(now)
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

    def _look(self, now: float) -> None:
        """See how much is done."""
        if self._watch:
            step = self._watch()
            if (step.total, step.verb) != (self._step.total, self._step.verb):
                self._pace = Pace(now)
            self._step = step
        self._pace.note(now, self._step.done)

    def _text(self, now: float) -> str:
        step = self._step
        sent = self._requests() - self._requests_before if self._requests else 0
        parts = [f"{self._doing}{_count(step)}"]
        parts += [f"{sent} request{'' if sent == 1 else 's'} sent"] if sent else []
        parts += [f"{now - self._start:.0f} s"]
        seconds = self._pace.left(now, step.total - step.done)
        parts += [left_words(seconds)] if seconds is not None else []
        parts += [f"last: {self._last}"] if self._last else []
        return ", ".join(parts)

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


def _count(step: Step) -> str:
    """Return how much is done."""
    if not step.total:
        return f": {printable(step.note)}" if step.note else ""
    if not step.in_bytes:
        return f": {step.done} of {step.total} {step.verb}"
    size, unit = (10**6, "MB") if step.total >= 10**6 else (10**3, "kB")
    return f": {step.done / size:.1f} of {step.total / size:.1f} {unit} {step.verb}"


def _width(stream: TextIO) -> int:
    """Return how many columns a line may take: one less than a terminal has, which would begin a new line."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _WIDEST
    return min(max(columns - 1, _NARROWEST), _WIDEST) if columns else _WIDEST
