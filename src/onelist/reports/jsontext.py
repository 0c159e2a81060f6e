"""The result of a check as JSON; its schema is docs/schemas/check.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.addresses import redact
from onelist.described import SCHEMA_VERSION, settings_json

if TYPE_CHECKING:
    from onelist.model import Finding, Settings


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": redact(finding.message),
        "file": finding.file,
        "line": finding.span.line if finding.span else None,
        "column": finding.span.column if finding.span else None,
        "requirement": redact(finding.requirement) if finding.requirement is not None else None,
        "hint": redact(finding.hint) if finding.hint is not None else None,
    }


def check_json(settings: Settings | None, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the result of a check as plain data.

    Args:
        settings: The settings; None when they could not be read.
        findings: What was found.

    Returns:
        What docs/schemas/check.json describes.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": settings_json(settings) if settings else None,
        "findings": [finding_json(finding) for finding in findings],
    }
