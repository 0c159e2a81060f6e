"""A finding as lines: its place and message, the line of the file that it is about, why, and what to do."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from onelist.core.text import redact
from onelist.reports.lines import STYLES, Line, Piece, Style, answer_line, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.core.findings import Finding, Source, Span

WIDTH = 100
"""How much of a line of a file is shown where the width of the terminal is not known."""
_HINT = 4
"""By how many columns a hint is indented."""
_DETAIL = 6
_FIXABLE = " [*]"
"""After the code of a finding that ``onelist fix`` fixes, as in ruff."""


def finding_lines(
    finding: Finding, source: Source | None, lines: Sequence[str], *, verbose: bool = True, width: int = WIDTH
) -> Iterator[Line]:
    """Yield the lines about one finding.

    Args:
        finding: The finding.
        source: The settings file; None if it has no text.
        lines: Its lines.
        verbose: Whether to show all that a resolver explains, or one sentence.
        width: How many columns a line of the file may take.
    """
    yield head_line(finding, finding.message, mark=is_fixable(finding, source, unsafe=False))
    if finding.span and lines and source and finding.file == source.file:
        shown = redact(lines[finding.span.line - 1])
        yield from _excerpt(shown, finding.span, STYLES[finding.severity], width)
    if verbose:
        for text in (finding.detail or "").splitlines():
            yield line(" " * _DETAIL + text, indent=_DETAIL)
    elif finding.because:
        yield line(" " * _HINT, f"The reason: {finding.because}.", indent=_HINT)
    if finding.hint:
        yield answer_line(" " * _HINT + finding.hint)


def all_lines(findings: Iterable[Finding], source: Source | None, width: int = WIDTH) -> Iterator[Line]:
    """Yield all findings, one by one, with all of their lines."""
    lines = source.lines if source else ()
    for finding in findings:
        yield from finding_lines(finding, source, lines, width=width)


def head_line(finding: Finding, message: str, *, mark: bool, has_place: bool = True) -> Line:
    """Return the first line about a finding: the place, the severity, the code and a message.

    Args:
        finding: The finding.
        message: What to say.
        mark: Whether ``onelist fix`` fixes it.
        has_place: Whether to show the line and column.
    """
    span = finding.span if has_place else None
    place = f"{finding.file}:{span.line}:{span.column}" if span else finding.file
    style = STYLES[finding.severity]
    return line(
        Piece(place, Style.PLACE),
        ": ",
        Piece(str(finding.severity), style),
        " ",
        Piece(finding.code, Style.CODE),
        _FIXABLE if mark else "",
        f": {message}",
        indent=_HINT,
    )


def fixable_count(findings: Iterable[Finding], source: Source | None) -> int:
    """Return how many findings ``onelist fix`` fixes without a decision."""
    return sum(is_fixable(finding, source, unsafe=False) for finding in findings)


def is_fixable(finding: Finding, source: Source | None, *, unsafe: bool) -> bool:
    """Tell whether a program can make the edit of a finding, and whether it is one of this kind."""
    edit = finding.edit
    if source is None or edit is None or edit.unsafe != unsafe or finding.file != source.file:
        return False
    from onelist.settings.editing import edits  # not at the top: build prints no findings

    return edits.replacements(source, edit) is not None


def _excerpt(text: str, span: Span, style: Style, width: int) -> Iterator[Line]:
    """Yield a line of a file and carets under the place; of a long line, only the part around the place.

    Args:
        text: The line, with each character of a secret replaced by another.
        span: The place.
        style: How the place is shown.
        width: How many characters of the line are shown.

    Yields:
        Two lines. A character that cannot be printed becomes one ``?``, so that the columns stay right.
    """
    start = span.column - 1
    before = min(start, width * 2 // 5)
    cut = start - before if len(text) > width else 0
    text = text.replace("\t", " ").replace("##[", "##(")
    shown = "".join(char if char.isprintable() else "?" for char in text[cut : cut + width])
    head = f"{span.line:>6} | " + ("..." if cut else "")
    at = start - cut
    meant = shown[at : at + span.length]
    more = "..." if cut + width < len(text) else ""
    pieces = (Piece(head, Style.DIM), Piece(shown[:at]), Piece(meant, Style.UNDER), Piece(shown[at + len(meant) :]))
    yield Line(pieces=(*pieces, Piece(more, Style.DIM)), indent=None)
    pad = " " * (len(head) + _columns(shown[:at]))
    yield Line(pieces=(Piece(pad), Piece("^" * max(_columns(meant), 1), style)), indent=None)


def _columns(text: str) -> int:
    """Return the width of a text in terminal columns."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in text
    )
