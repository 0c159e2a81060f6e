"""The result of a check as JSON; its schema is docs/schemas/check.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from onelist.addresses import redact
from onelist.answers import Absent, Found, Unknown
from onelist.described import SCHEMA_VERSION, settings_json

if TYPE_CHECKING:
    from onelist.answers import Answer
    from onelist.evidence import Evidence
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


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data."""
    version: str | None = None
    since: str | None = None
    match answer.state:
        case Found(note=reason):
            state, version = "found", answer.state.version
            since = answer.state.since.isoformat() if answer.state.since else None
        case Absent(reason=reason):
            state = "absent"
        case Unknown(reason=reason):
            state = "unknown"
        case _:
            assert_never(answer.state)
    return {
        "requirement": redact(answer.requirement.text),
        "channel": redact(answer.channel),
        "name": answer.name,
        "target": str(answer.target),
        "state": state,
        "version": version,
        "since": since,
        "reason": redact(reason) if reason is not None else None,
    }


def check_json(
    settings: Settings | None, findings: tuple[Finding, ...], evidence: Evidence | None = None
) -> dict[str, Any]:
    """Return the result of a check as plain data.

    Args:
        settings: The settings; None when they could not be read.
        findings: What was found.
        evidence: What the index and the channels answered; None when nobody was asked.

    Returns:
        What docs/schemas/check.json describes.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": settings_json(settings) if settings else None,
        "findings": [finding_json(finding) for finding in findings],
        "answers": [answer_json(answer) for answer in evidence.answers] if evidence else None,
    }
