"""One line on a terminal that shows how many queries are answered, and which source answered last."""

from __future__ import annotations

from typing import Self, TextIO

from onelist.core.text import printable

_CLEAR = "\r\x1b[K"
_WIDEST = 60


class Progress:
    """The line; a context manager that clears it at the end."""

    def __init__(self, stream: TextIO | None, doing: str = "looking up") -> None:
        """Store the terminal, None for no line, and the word for the work."""
        self._stream = stream
        self._doing = doing
        self._asked = 0
        self._answered = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self._stream:
            self._stream.write(_CLEAR)
            self._stream.flush()

    def tell(self, more: int, who: str) -> None:
        """Count the queries and show the line.

        Args:
            more: The number of new queries; negative for the number of answered ones.
            who: The source that answered.
        """
        self._asked += max(more, 0)
        self._answered += max(-more, 0)
        if self._stream:
            last = f", last: {printable(who)}" if who else ""
            line = f"{self._doing}: {self._answered} of {self._asked} answered{last}"
            self._stream.write(_CLEAR + line[:_WIDEST])
            self._stream.flush()
