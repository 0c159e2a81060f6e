"""Lines for people, in pieces that say what they are: plain text in a pipe, with colours on a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.findings import Severity
from onelist.core.text import aligned, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Style(Enum):
    """What a piece of a line is. A terminal shows each in its own way; a pipe shows the text only."""

    PLAIN = "plain"
    PLACE = "place"
    """A file, with the line and column."""
    CODE = "code"
    """The code of a rule."""
    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    GOOD = "good"
    """What works."""
    UNDER = "under"
    """The part of a line of a file that a finding is about."""
    DIM = "dim"
    HEAD = "head"
    COMMAND = "command"


STYLES = {
    Severity.ERROR: Style.ERROR,
    Severity.WARNING: Style.WARNING,
    Severity.UNKNOWN: Style.UNKNOWN,
    Severity.INFO: Style.NOTE,
}
"""How a severity is shown."""


class Piece(NamedTuple):
    """A part of a line.

    Attributes:
        text: The part.
        style: What it is.
    """

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. It has no line end, and its text cannot do anything to a terminal.

    Attributes:
        pieces: Its parts.
        indent: By how many columns a terminal that is too narrow indents the rest of it; None where the line is cut
            off, because what is below it has the same columns.
    """

    pieces: tuple[Piece, ...]
    indent: int | None = 0

    @property
    def text(self) -> str:
        """Its text."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with aligned columns.

    Attributes:
        rows: The cells of each row; the first row has the heads.
        styles: How each cell is shown, in the same form.
        right: The numbers of the columns that are aligned on the right.
    """

    rows: tuple[tuple[str, ...], ...]
    styles: tuple[tuple[Style, ...], ...]
    right: frozenset[int] = frozenset()


def table_of(rows: Iterable[tuple[str, ...]], right: Iterable[int] = ()) -> Table:
    """Return a table with plain cells below its heads, whose text cannot do anything to a terminal.

    Args:
        rows: The rows; the first one has the heads.
        right: The numbers of the columns that are aligned on the right.
    """
    shown = tuple(tuple(map(printable, row)) for row in rows)
    styles = tuple(tuple(Style.PLAIN if number else Style.HEAD for _ in row) for number, row in enumerate(shown))
    return Table(rows=shown, styles=styles, right=frozenset(right))


Block = Line | Table
"""A part of what a command prints."""


def line(*pieces: str | Piece, indent: int | None = 0) -> Line:
    """Return a line.

    A part must not begin in the middle of an address or a command: each is made harmless for itself.

    Args:
        *pieces: Its parts. A text is plain.
        indent: See :class:`Line`.
    """
    made = (Piece(piece) if isinstance(piece, str) else piece for piece in pieces)
    shown = tuple(Piece(printable(piece.text), piece.style) for piece in made if piece.text)
    return Line(pieces=shown, indent=indent)


_COMMANDS = r"(?:onelist [a-z]|(?:python -m )?pip install |python -m |py -m |(?:conda|mamba) [a-z])"
_COMMAND = re.compile(rf"(?P<before>.*: | {{6,}})(?P<command>{_COMMANDS}.*)")
_BEGINNING = re.compile(r"(?P<word>error|warning|unknown|note|problem|onelist): ")
_BULLET = "- "


def answer_line(text: str) -> Line:
    """Return a line of the answer of a command: headings, severities and the command at its end stand out.

    Args:
        text: The line. A terminal indents the rest of a long one as its beginning, and below the text of an item.
    """
    body = text.lstrip(" ")
    indent = len(text) - len(body) + (len(_BULLET) if body.startswith(_BULLET) else 0)
    if text.endswith(":") and body == text:
        return line(Piece(text, Style.HEAD))
    found = _COMMAND.fullmatch(text)
    before, command = (found["before"], found["command"]) if found else (text, "")
    word = _BEGINNING.match(before)
    named = word["word"] if word else ""
    styles = {str(severity): style for severity, style in STYLES.items()} | {"note": Style.NOTE, "problem": Style.ERROR}
    pieces = (Piece(named, styles.get(named, Style.PLAIN)), Piece(before[len(named) :]), Piece(command, Style.COMMAND))
    return line(*pieces, indent=indent or 4 * bool(named))


def plain(blocks: Iterable[Block]) -> str:
    """Return lines and tables as text, each line with its end."""
    return "".join(f"{text}\n" for block in blocks for text in _texts(block))


def _texts(block: Block) -> Sequence[str]:
    return [block.text] if isinstance(block, Line) else aligned(block.rows, right=block.right)
