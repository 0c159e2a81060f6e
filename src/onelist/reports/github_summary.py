"""The result of a check as Markdown, for the summary of a job, an issue or a pull request on GitHub.

Source of the syntax: GitHub Flavored Markdown Spec 0.29. All text of files and channels is shown literally: markup is
escaped, and an invisible character stops GitHub from turning parts of the text into links.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from onelist.core.findings import Severity
from onelist.core.text import printable
from onelist.reports.table import WHOLE_LIST, ages, heading, meanings, table_rows, whole_lines
from onelist.reports.text import summary_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Settings

LONGEST = 60_000
"""Characters of a report; an issue takes 65,536, the summary of a job more."""
MOST_BYTES = 1_000_000
"""Bytes of the summary of a step, in UTF-8; GitHub shows nothing of a summary with more than 1 MiB."""
_MORE = "This report is cut; the log of the job has all of it."
_JOINER = "\u2060"
"""WORD JOINER: no width, no line break, and no letter of a name or an address."""
_PUNCTUATION = str.maketrans({char: f"\\{char}" for char in string.punctuation})
_LINKED = re.compile(r"(?<=[@#])|(?<=\bGH)(?=-\d)|(?<=\bwww)(?=\.)|(?<=:)(?=//)", re.IGNORECASE)
"""Places inside text that GitHub turns into links: user names, issue numbers, URLs."""
_HASH = re.compile(r"\b(?=\d*[a-f])[0-9a-f]{7,}\b", re.IGNORECASE)
"""What may be the hash of a commit, which GitHub turns into a link too."""
_MARKS = {
    Severity.ERROR: "**Error**",
    Severity.WARNING: "**Warning**",
    Severity.UNKNOWN: "**Unknown**",
    Severity.INFO: "Note",
}


def report(
    file: str,
    findings: Sequence[Finding],
    settings: Settings | None = None,
    availability: ListAvailability | None = None,
    resolutions: Sequence[Resolution] = (),
) -> str:
    """Return the result of a check of one file.

    Args:
        file: Its name, for the head.
        findings: The findings to show.
        settings: The settings; None when the file has mistakes.
        availability: The answers of the index and the channels; None when they were not asked.
        resolutions: The results of the resolvers.

    Returns:
        Markdown, no longer than ``LONGEST``: the end of a longer report is left out, and the report says so.
    """
    parts = [f"### {literal(summary_text(file, findings))}", *_findings(findings)]
    if settings and resolutions:
        parts.append("\n".join([f"{WHOLE_LIST}:", "", *_items(whole_lines(resolutions, settings))]))
    if availability:
        parts.append(_table(availability))
    return _cut(parts)


def together(reports: Iterable[str]) -> str:
    """Return the reports of several files as one, no longer than ``MOST_BYTES``; a cut report says so."""
    left = MOST_BYTES
    shown = []
    for one in reports:
        left -= len(one.encode(errors="replace")) + 1
        if left < 0:
            shown.append(f"{_MORE}\n")
            break
        shown.append(one)
    return "\n".join(shown)


def literal(text: str) -> str:
    """Return text in which nothing is markup, and nothing becomes a link."""
    text = _HASH.sub(lambda found: _JOINER.join(re.findall(r".{1,6}", found[0])), printable(text))
    return _LINKED.sub(_JOINER, text).translate(_PUNCTUATION)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    order = list(_MARKS)
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity)):
        place = f", line {finding.span.line}" if finding.span else ""
        lines = [f"- {_MARKS[finding.severity]} {finding.code}{place}: {literal(finding.message)}"]
        if finding.hint:
            lines.append(f"  <br>{literal(finding.hint)}")
        yield "\n".join(lines)


def _items(lines: Sequence[str]) -> list[str]:
    return [f"- {literal(line)}" for line in lines]


def _table(availability: ListAvailability) -> str:
    rows = table_rows(availability)
    heads, *body = [f"| {' | '.join(map(literal, row))} |" for row in rows]
    rule = "|" + " --- |" * len(rows[0])
    notes = [*meanings(rows), *ages(availability)]
    return "\n".join([literal(heading(availability.targets)), "", heads, rule, *body, "", *_items(notes)]).rstrip()


def _cut(parts: Sequence[str]) -> str:
    left = LONGEST
    shown = []
    for part in parts:
        if len(part) + 2 > left:
            shown.append(_MORE)
            break
        shown.append(part)
        left -= len(part) + 2
    return "\n\n".join(shown) + "\n"
