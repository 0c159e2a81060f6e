"""The findings of a check as a screen: errors first, like ones together, notes counted, and what to do next at the end.

The order of other formats is that of the file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.core.findings import Severity
from onelist.core.installers import INSTALLERS
from onelist.core.rules import RULES
from onelist.reports.finding_lines import WIDTH, finding_lines, head_line, is_fixable
from onelist.reports.lines import Line, Piece, Style, line
from onelist.reports.text import summary_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from onelist.core.findings import Finding, Source

MANY = 4
"""From how many findings of one rule on they are shown together."""
_NAMES = 160
"""How many characters the names in such a group take; those of errors are all shown."""
_INDENT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A command that is useful now.

    Attributes:
        purpose: What it does, as the end of a sentence that begins with "To".
        command: The command, as it is typed.
    """

    purpose: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a screen about one file needs.

    Attributes:
        file: The file, as the user named it.
        source: Its text; None when it is not text.
        findings: The findings to show.
        hidden: How many more there are, which options hide.
        verbose: Whether to show each finding with all of its lines, and the notes.
        next_steps: The commands that are useful now.
        show_all: Returns the command that shows all about the findings of some codes; of all codes with none.
        fix: The same for the command that fixes those of one code.
    """

    file: str
    source: Source | None
    findings: Sequence[Finding]
    hidden: int
    verbose: bool
    next_steps: Sequence[NextStep]
    show_all: Callable[[str], str]
    fix: Callable[[str], str]


def finding_blocks(screen: Screen, width: int = WIDTH) -> Iterator[Line]:
    """Yield the findings, the number of the notes, the summary and the commands that are useful now.

    Args:
        screen: What to show.
        width: How many columns a line of the file may take.
    """
    by_severity = {kind: [one for one in screen.findings if one.severity is kind] for kind in Severity}
    notes = by_severity[Severity.INFO]
    shown = [one for one in by_severity if screen.verbose or one is not Severity.INFO]
    for severity in shown:
        yield from _of_one_severity(screen, by_severity[severity], width)
    if any(by_severity[severity] for severity in shown):
        yield line()
    if notes and not screen.verbose:
        count, them = ("1 note", "it") if len(notes) == 1 else (f"{len(notes)} notes", "them")
        yield line(Piece(count, Style.NOTE), f". To see {them}: ", Piece(screen.show_all(""), Style.COMMAND))
    yield _summary(screen)
    yield from step_lines(screen.next_steps)


def step_lines(steps: Iterable[NextStep]) -> Iterator[Line]:
    """Yield the commands that are useful now."""
    for step in steps:
        yield line(f"To {step.purpose}: ", Piece(step.command, Style.COMMAND))


def _of_one_severity(screen: Screen, findings: Sequence[Finding], width: int) -> Iterator[Line]:
    lines = screen.source.lines if screen.source else ()
    for some in _groups(findings, apart=screen.verbose):
        if len(some) > 1:
            yield from _group(screen, some)
        else:
            yield from finding_lines(some[0], screen.source, lines, verbose=screen.verbose, width=width)


def left_blocks(screen: Screen, width: int = WIDTH) -> Iterator[Line]:
    """Yield the findings that ``onelist fix`` leaves to a person, without the notes.

    Args:
        screen: What to show.
        width: How many columns a line of the file may take.
    """
    for severity in Severity:
        yield from _of_one_severity(screen, [one for one in screen.findings if one.severity is severity], width)


def made_lines(findings: Sequence[Finding], done: str) -> Iterator[Line]:
    """Yield the findings that ``onelist fix`` has fixed; many of one rule in one line.

    Args:
        findings: The findings.
        done: What happened to them, such as "fixed".
    """
    for some in _groups(findings, apart=False):
        first, spans = some[0], [one.span for one in some if one.span]
        if len(some) > 1:
            place, message = first.file, f"{RULES[first.code].title} ({len(some)} times)"
            message += f"{_lines_text([one.line for one in spans])}."
        else:
            place = f"{first.file}:{spans[0].line}:{spans[0].column}" if spans else first.file
            message = first.message
        yield line(
            Piece(place, Style.PLACE), f": {done} ", Piece(first.code, Style.CODE), f": {message}", indent=_INDENT
        )


def _summary(screen: Screen) -> Line:
    text = summary_text(screen.file, screen.findings, screen.hidden)
    return line(Piece(text, Style.HEAD if screen.findings else Style.GOOD))


def _groups(findings: Sequence[Finding], *, apart: bool) -> Iterable[list[Finding]]:
    """Return the findings of each rule and file that has many, at the place of the first, and the others one by one."""
    counts = Counter((one.code, one.file) for one in findings)
    groups: dict[tuple[str, str] | int, list[Finding]] = {}
    for number, one in enumerate(findings):
        key = (one.code, one.file)
        together = not apart and counts[key] >= MANY
        groups.setdefault(key if together else number, []).append(one)
    return groups.values()


def _group(screen: Screen, some: Sequence[Finding]) -> Iterator[Line]:
    """Yield the lines about several findings of one rule."""
    first, rule = some[0], RULES[some[0].code]
    fixable = any(is_fixable(one, screen.source, unsafe=False) for one in some)
    count = len({one.requirement_id or one.span for one in some})
    message = (
        rule.many.format(count=count, by=_installer(some))
        if rule.many and count > 1
        else f"{rule.title} ({len(some)} times)"
    )
    where = _lines_text([one.span.line for one in some if one.span])
    yield head_line(first, f"{message}{where}.", mark=fixable, has_place=False)
    if names := _names(some):
        yield line(" " * _INDENT + names, indent=_INDENT)
    if hint := _common_hint(some):
        yield line(" " * _INDENT + hint, indent=_INDENT)
    if any(is_fixable(one, screen.source, unsafe=unsafe) for one in some for unsafe in (False, True)):
        yield line(" " * _INDENT, "To fix them: ", Piece(screen.fix(first.code), Style.COMMAND))
    yield line(" " * _INDENT, "To see each of them: ", Piece(screen.show_all(first.code), Style.COMMAND))


def _installer(some: Iterable[Finding]) -> str:
    """Return the installer that all findings are about, such as `` with conda``; ``""`` if they are about several."""
    first = {one.message.partition(" ")[0] for one in some}
    return f" with {first.pop()}" if len(first) == 1 and first <= set(INSTALLERS) else ""


def _names(some: Sequence[Finding]) -> str:
    """Return the requirements that findings are about; of warnings only as many as fit on two lines."""
    names = list(dict.fromkeys(one.requirement for one in some if one.requirement))
    shown: list[str] = []
    left = len(names) * _NAMES if some[0].severity is Severity.ERROR else _NAMES
    for name in names:
        left -= len(name) + 2
        if shown and left < 0:
            break
        shown.append(name)
    more = f", and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return ", ".join(shown) + more


def _common_hint(some: Sequence[Finding]) -> str:
    """Return the sentences that the hints of all findings have: those without the name of a requirement."""
    first, *others = ((one.hint or "").split(". ") for one in some)
    sentences = [one for one in first if one and all(one in other for other in others)]
    text = ". ".join(sentences).removesuffix(".")
    return text if not text or ": onelist " in sentences[-1] else f"{text}."  # a dot would be a part of the command


def _lines_text(numbers: Sequence[int]) -> str:
    """Return line numbers in short form, such as `` (lines 4, 7-9)``."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    if not ranges:
        return ""
    words = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges]
    noun = "line" if words == [f"{ranges[0][0]}"] else "lines"
    return f" ({noun} {', '.join(words)})"
