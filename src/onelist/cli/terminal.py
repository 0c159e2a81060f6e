"""Lines and tables on a terminal: colours by what a piece is, codes of rules as links, as wide as the terminal.

rich is loaded only here, and only for a terminal or with ``--color always``: a pipe gets plain text, always the same.
Texts of files and channels are never markup: rich gets ``Text`` objects.
"""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TextIO

from onelist.reports.finding_lines import WIDTH
from onelist.reports.lines import Line, Piece, Style, line, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.table import Table as RichTable
    from rich.text import Text

    from onelist.reports.lines import Block, Table

    BlocksOf = Callable[[int], Iterable[Block]]

_STYLES: Mapping[Style, str] = MappingProxyType(
    {
        Style.PLAIN: "",
        Style.PLACE: "bold",
        Style.CODE: "bold",
        Style.ERROR: "bold red",
        Style.WARNING: "yellow",
        Style.UNKNOWN: "bold magenta",
        Style.NOTE: "bold blue",
        Style.GOOD: "green",
        Style.UNDER: "underline",
        Style.DIM: "dim",
        Style.HEAD: "bold",
        Style.COMMAND: "cyan",
    }
)
"""The style of each piece on a terminal of 16 colours, in the words of rich. The colours are those of its palette
(ECMA-48). Bold yellow and bold cyan are left out: many terminals show them as bright colours, which no one reads on
white."""
STYLES_OF_MANY: Mapping[Style, str] = MappingProxyType(
    {
        **_STYLES,
        Style.ERROR: "bold color(160)",
        Style.WARNING: "color(130)",
        Style.UNKNOWN: "bold color(133)",
        Style.NOTE: "bold color(32)",
        Style.GOOD: "color(28)",
        Style.COMMAND: "color(30)",
    }
)
"""The same on a terminal of 256 colours (xterm). They can be read on a white and on a black ground, which the yellow,
the cyan and the blue of most palettes cannot."""
_DUMB = frozenset({"dumb", "unknown"})
_SOME_TERMINAL = MappingProxyType({"TERM": "xterm-16color"})
"""What rich is told in place of a dumb terminal, to which it would give no colour even if the user wants it."""
_GAP = 2
"""The blanks between two columns."""
_COMMAND_INDENT = 4
"""By how many columns more a command on a line of its own is indented."""
_NARROWEST = 40
"""In how many columns lines are laid out at least."""
_NO_WIDTH = 100_000
"""The columns of a file: nothing in it is wrapped."""
_EXCERPT_HEAD = 15
"""How many columns the line number and the dots around a line of a file take."""


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Tell whether to use colours.

    The first of these that is set decides: the option, ``NO_COLOR`` (no-color.org), ``FORCE_COLOR`` (force-color.org),
    ``TERM=dumb`` (terminfo), whether the output is a terminal. A variable that is empty is not set.

    Args:
        choice: ``always``, ``never`` or ``auto``, from ``--color``.
        environment: The environment variables.
        is_terminal: Whether the output is a terminal.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def show(many: Iterable[BlocksOf], choice: str, environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Print lines and tables.

    Args:
        many: Functions that each return a part of them, for a number of columns that a line of a file may take.
        choice: ``always``, ``never`` or ``auto``, from ``--color``.
        environment: The environment variables.
        stream: Where; None for standard output.
    """
    stream = stream or sys.stdout
    is_terminal = stream.isatty()
    color = wants_color(choice, environment, is_terminal=is_terminal)
    if not color and not is_terminal:
        for blocks_of in many:
            stream.write(plain(blocks_of(WIDTH)))
        return
    printer = _Printer(stream, environment, color=color, is_terminal=is_terminal)
    width = min(WIDTH, printer.width - _EXCERPT_HEAD) if is_terminal else WIDTH
    for blocks_of in many:
        for block in blocks_of(width):
            printer.show(block)
    if is_terminal and printer.first_code and not printer.has_links:
        printer.show(line("To read about a code: ", Piece(f"onelist rule {printer.first_code}", Style.COMMAND)))


class _Printer:
    """A terminal, or a file that gets colours."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str], *, color: bool, is_terminal: bool) -> None:
        """Load rich.

        Args:
            stream: The output.
            environment: The environment variables.
            color: Whether to use colours.
            is_terminal: Whether the output has a width, in which lines and tables have to fit.

        Attributes:
            first_code: The first code of a rule that is shown.
        """
        from rich.console import Console

        self._console = Console(
            file=stream,
            color_system="auto" if color else None,
            no_color=not color,
            force_terminal=color,
            width=None if is_terminal else _NO_WIDTH,
            legacy_windows=None if is_terminal else False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={**os.environ, **_SOME_TERMINAL} if color and environment.get("TERM") in _DUMB else None,
        )
        self._styles = _STYLES if self._console.color_system == "standard" else STYLES_OF_MANY
        self._documents = documents() if color else None
        self.first_code = ""

    @property
    def has_links(self) -> bool:
        """Whether the codes of rules are links to their explanations."""
        return self._documents is not None

    @property
    def width(self) -> int:
        """The columns of the terminal."""
        return max(self._console.width, _NARROWEST)

    def show(self, block: Block) -> None:
        """Print a line or a table."""
        if not isinstance(block, Line):
            self._console.print(self._table(block))
            return
        text = self._text(block)
        if block.indent is None:
            text.truncate(self.width, overflow="ellipsis")
        if block.indent is None or (_has_command(block) and text.cell_len <= self.width):
            self._console.print(text, soft_wrap=True)
        elif _has_command(block):
            self._show_apart(block, block.indent)
        else:
            self._show_wrapped(text, block.indent)

    def _show_apart(self, block: Line, indent: int) -> None:
        """Print a line that is too long: its command stays in one piece, where it fits, else on a line of its own."""
        first = next(number for number, piece in enumerate(block.pieces) if piece.style is Style.COMMAND)
        before, rest = (self._text(Line(pieces=part)) for part in (block.pieces[:first], block.pieces[first:]))
        parts = self._wrapped(before, indent) if before.plain.strip() else []
        if parts and parts[-1].cell_len + 1 + rest.cell_len <= self.width:
            parts[-1].append(" ").append_text(rest)
        else:
            lead = len(before.plain) - len(before.plain.lstrip(" "))
            rest.pad_left(max(lead, indent) + _COMMAND_INDENT if parts else 0)
            parts.append(rest)
        for part in parts:
            self._console.print(part, soft_wrap=True)

    def _show_wrapped(self, text: Text, indent: int) -> None:
        """Print a text in as many lines as it takes."""
        for part in self._wrapped(text, indent):
            self._console.print(part, soft_wrap=True)

    def _wrapped(self, text: Text, indent: int) -> list[Text]:
        """Return the lines of a text; all but the first one are indented."""
        lead = len(text.plain) - len(text.plain.lstrip(" "))
        parts = list(text[lead:].wrap(self._console, self.width - max(lead, indent)))
        for number, part in enumerate(parts):
            part.rstrip()
            part.pad_left(indent if number else lead)
        return parts

    def _text(self, shown: Line) -> Text:
        from rich.text import Text

        text = Text()
        for piece in shown.pieces:
            if piece.style is Style.CODE:
                self.first_code = self.first_code or piece.text
            text.append(piece.text, self._style(piece))
        return text

    def _style(self, piece: Piece) -> str:
        """Return the style of a piece; the code of a rule is a link to its explanation (OSC 8)."""
        style = self._styles[piece.style]
        if piece.style is Style.CODE and self._documents:
            return f"{style} link {self._documents}findings.html#{piece.text.lower()}"
        return style

    def _table(self, block: Table) -> RichTable:
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(box=None, show_header=False, padding=(0, _GAP, 0, 0), pad_edge=False)
        for number in range(len(block.rows[0])):
            justify: Literal["left", "right"] = "right" if number in block.right else "left"
            table.add_column(overflow="fold", no_wrap=number == 0, justify=justify)  # a name in two lines is not found
        for cells, styles in zip(block.rows, block.styles, strict=True):
            table.add_row(*(Text(cell, self._styles[style]) for cell, style in zip(cells, styles, strict=True)))
        return table


def _has_command(line: Line) -> bool:
    """Tell whether a line has a command: that is copied as a whole, so no line end may come between its words."""
    return any(piece.style is Style.COMMAND for piece in line.pieces)


def documents() -> str | None:
    """Return the address of the documents of onelist, with a slash at its end; None if its metadata names none."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        addresses: list[str] = metadata("onelist").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    for one in addresses:
        label, _, address = one.partition(", ")
        if label.lower() == "documentation" and address.startswith("https://"):
            return address.rstrip("/") + "/"
    return None
