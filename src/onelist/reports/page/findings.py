"""The findings of the page, each with its line, what to do, and the edit as a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.core.rules import RULES
from onelist.core.text import redact
from onelist.reports.page.whole import first_lines
from onelist.reports.rule_text import plain_explanation
from onelist.settings.editing import edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.core.findings import Finding, Source
    from onelist.reports.page.model import PageInput


class DiffLine(NamedTuple):
    """One line of a diff.

    Attributes:
        kind: ``added``, ``removed``, or ``same``.
        text: The line, with its sign.
    """

    kind: str
    text: str


class PageFinding(NamedTuple):
    """One finding.

    Attributes:
        number: Its number on the page, from 1.
        code: The code of its rule.
        title: The title of the rule.
        severity: ``error``, ``warning``, ``unknown`` or ``info``.
        place: The file, with the line and the column where there are any.
        message: What is wrong.
        line: The line of the settings file: the text before, at and after the place; none where there is none.
        reason: Why, as a clause; ``""`` where the message says it.
        hint: What to do; ``""`` for nothing.
        detail: More lines.
        diff: The edit; none where a program cannot make it.
        unsafe: Whether the edit needs a decision.
    """

    number: int
    code: str
    title: str
    severity: str
    place: str
    message: str
    line: tuple[str, str, str] | None
    reason: str
    hint: str
    detail: tuple[str, ...]
    diff: tuple[DiffLine, ...]
    unsafe: bool


class PageRule(NamedTuple):
    """A rule that a finding is about.

    Attributes:
        code: Its code.
        title: Its title.
        paragraphs: Its explanation.
    """

    code: str
    title: str
    paragraphs: tuple[str, ...]


def page_rules(page: PageInput) -> tuple[PageRule, ...]:
    """Return the rules of the findings, each once, by their codes."""
    rules = (RULES[code] for code in sorted({finding.code for finding in page.findings}))
    return tuple(PageRule(rule.code, rule.title, tuple(plain_explanation(rule).splitlines())) for rule in rules)


def page_findings(page: PageInput) -> tuple[PageFinding, ...]:
    """Return the findings, the worst first; those of the same severity in the order of the file."""
    return tuple(_finding(number, finding, page.source) for number, finding in enumerate(page.findings, 1))


def _finding(number: int, finding: Finding, source: Source | None) -> PageFinding:
    span = finding.span
    rule = RULES[finding.code]
    own = source if source and source.file == finding.file else None
    return PageFinding(
        number=number,
        code=finding.code,
        title=rule.title,
        severity=finding.severity.value,
        place=f"{finding.file}, line {span.line}, column {span.column}" if span else finding.file,
        message=finding.message,
        line=_excerpt(finding, own) if own else None,
        reason=finding.because or "",
        hint=finding.hint or "",
        detail=first_lines(finding.detail or ""),
        diff=tuple(_diff(finding, own)) if own else (),
        unsafe=finding.edit is not None and finding.edit.unsafe,
    )


def _excerpt(finding: Finding, source: Source) -> tuple[str, str, str] | None:
    """Return the line of a finding in three parts; secrets keep their length, so that the place stays right."""
    span = finding.span
    if span is None or not span.line <= len(source.lines):
        return None
    line = redact(source.lines[span.line - 1])
    start, end = span.column - 1, span.column - 1 + span.length
    return line[:start], line[start:end], line[end:]


def _diff(finding: Finding, source: Source) -> Iterator[DiffLine]:
    """Yield the lines of the edit of a finding, without the heads of a diff."""
    if finding.edit is None:
        return
    changed, made = edits.apply(source, [finding.edit])
    if not made:
        return
    for line in list(edits.changed_lines(source.text, changed.text, source.file))[2:]:
        kind = {"+": "added", "-": "removed"}.get(line[:1], "same")
        if not line.startswith("@@"):
            yield DiffLine(kind, redact(line))
