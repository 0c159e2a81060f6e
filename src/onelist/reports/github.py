"""Findings as annotations of a GitHub workflow: commands on standard output that the runner reads.

Source of the form: GitHub's documentation, "Workflow commands for GitHub Actions", and how its toolkit escapes values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core.findings import Severity
from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onelist.core.findings import Finding

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.UNKNOWN: "notice",
    Severity.INFO: "notice",
}
"""Severity to the level of GitHub, the most serious first: GitHub shows only ten annotations of a level in a step."""


def annotate(findings: Iterable[Finding], place: Callable[[str], str]) -> str:
    """Return findings as annotations.

    Args:
        findings: The findings.
        place: Turns the file of a finding into its path from the root of the repository.

    Returns:
        One line for each finding, the most serious first; ``""`` when there are none.
    """
    ordered = sorted(findings, key=lambda finding: list(_LEVELS).index(finding.severity))
    return "".join(_annotation(finding, place(finding.file)) + "\n" for finding in ordered)


def remark(text: str) -> str:
    """Return a line for the log that GitHub never reads as a command."""
    return f"onelist: {printable(text)}\n"


def _annotation(finding: Finding, path: str) -> str:
    properties = {"file": path}
    if finding.span:
        properties |= {
            "line": str(finding.span.line),
            "col": str(finding.span.column),
            "endColumn": str(finding.span.column + max(finding.span.length - 1, 0)),
        }
    unknown = "unknown: " if finding.severity is Severity.UNKNOWN else ""
    properties["title"] = f"{unknown}{finding.code}"
    lines = [finding.message, *([finding.hint] if finding.hint else [])]
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {shown}::{_data(chr(10).join(map(printable, lines)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
