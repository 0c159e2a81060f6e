"""One line on a terminal that tells how many questions are answered, and who answered last."""

from __future__ import annotations

from typing import Self, TextIO

from onelist.core.text import printable

_CLEAR = "\r\x1b[K"
_WIDEST = 60


class Progress:
    """The line; used as a context manager, which wipes it away at the end."""

    def __init__(self, stream: TextIO | None, doing: str = "asking") -> None:
        """Take the terminal; None for no line at all; and the word for what is being done."""
        self._stream = stream
        self._doing = doing
        self._asked = 0
        self._answered = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the line away."""
        if self._stream:
            self._stream.write(_CLEAR)
            self._stream.flush()

    def tell(self, more: int, who: str) -> None:
        """Count and show.

        Args:
            more: How many questions there are more; negative for how many were answered.
            who: Who answered.
        """
        self._asked += max(more, 0)
        self._answered += max(-more, 0)
        if self._stream:
            last = f", last: {printable(who)}" if who else ""
            line = f"{self._doing}: {self._answered} of {self._asked} answered{last}"
            self._stream.write(_CLEAR + line[:_WIDEST])
            self._stream.flush()
