"""Findings as SARIF, for GitHub's code scanning and other tools that show findings of many programs.

Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from onelist.core.findings import Severity
from onelist.core.rules import RULES
from onelist.core.text import printable, redact
from onelist.core.version import __version__
from onelist.reports.rule_text import plain_explanation, standalone_markdown
from onelist.settings.editing import edits

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from onelist.core.findings import Finding, Source, Span
    from onelist.settings.editing.edits import Replacement

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.UNKNOWN: "note", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifInput:
    """What was found in one file.

    Attributes:
        path: Its path from the root of the repository.
        source: Its text; None when it is none.
        findings: The findings to show.
    """

    path: str
    source: Source | None
    findings: tuple[Finding, ...]


def sarif(
    files: Sequence[SarifInput], code: int, place: Callable[[str], str], as_of: datetime.date | None = None
) -> dict[str, Any]:
    """Return the result of a check as a SARIF log.

    Args:
        files: What was found, file by file.
        code: The exit code.
        place: Turns the file of a finding into its path from the root of the repository.
        as_of: The day as of which the lists were checked, a property of the run (section 3.8); None for now.

    Returns:
        A sarifLog object (section 3.13) with one run. What could not be found out is a note that says so, and makes
        ``executionSuccessful`` false: a kind of its own ("open", section 3.27.9) would not be shown.
    """
    findings = [(one, finding) for one in files for finding in one.findings]
    codes = sorted({finding.code for _, finding in findings})
    unknown = any(finding.severity is Severity.UNKNOWN for _, finding in findings)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "onelist", "semanticVersion": __version__, "rules": [*map(_rule, codes)]},
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": not unknown and code in {0, 1}, "exitCode": code}],
                "results": [_result(one, finding, codes, place) for one, finding in findings],
                **({"properties": {"asOf": as_of.isoformat()}} if as_of else {}),
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    """Return a reportingDescriptor (section 3.49) with help as plain text and as Markdown."""
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": _message(rule.title)},
        "fullDescription": {"text": _message(" ".join(rule.what.split()))},
        "help": {
            "text": "\n".join(map(_message, plain_explanation(rule).splitlines())),
            "markdown": standalone_markdown(rule),
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(one: SarifInput, finding: Finding, codes: Sequence[str], place: Callable[[str], str]) -> dict[str, Any]:
    unknown = "Not known: " if finding.severity is Severity.UNKNOWN else ""
    said = f"{unknown}{finding.message}" + (f" {finding.hint}" if finding.hint else "")
    location = {"uri": quote(os.fsencode(place(finding.file)))}
    result = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(said)},
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": _region(finding.span)}}],
    }
    fix = _fix(one, finding, location)
    return result | ({"fixes": [fix]} if fix else {})


def _message(text: str) -> str:
    """Return text as a plain text message: without links (section 3.11.6) and placeholders (section 3.11.5)."""
    return printable(text).replace("](", "] (").replace("{", "{{").replace("}", "}}")


def _region(span: Span | None) -> dict[str, int]:
    if span is None:
        return {"startLine": 1}
    return {"startLine": span.line, "startColumn": span.column, "endColumn": span.column + span.length}


def _fix(one: SarifInput, finding: Finding, location: dict[str, str]) -> dict[str, Any] | None:
    """Return the edit of a finding (section 3.55); None where there is none, or where it would write a secret."""
    if one.source is None or finding.edit is None or finding.file != one.source.file:
        return None
    parts = edits.replacements(one.source, finding.edit)
    if not parts or any(redact(part.text) != part.text for part in parts):
        return None
    changes = [_replacement(one.source.text, part) for part in parts]
    return {
        "description": {"text": _message(finding.hint or finding.message)},
        "artifactChanges": [{"artifactLocation": location, "replacements": changes}],
    }


def _replacement(text: str, part: Replacement) -> dict[str, Any]:
    """Return a replacement (section 3.57); a region ends in front of its end column (section 3.30.2)."""
    starts = edits.line_starts(text)
    (line, column), (end_line, end_column) = (_position(starts, offset) for offset in (part.start, part.end))
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {"deletedRegion": region} | ({"insertedContent": {"text": part.text}} if part.text else {})


def _position(starts: Sequence[int], offset: int) -> tuple[int, int]:
    number = bisect_right(starts, offset)
    return number, offset - starts[number - 1] + 1
