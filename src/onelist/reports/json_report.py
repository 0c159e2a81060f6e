"""The result of a check as JSON; its schema is docs/schemas/check.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from onelist.analysis.python_range import python_range
from onelist.analysis.resolving.resolution import Resolved, Unsatisfiable, by_installer
from onelist.core.model import SCHEMA_VERSION, settings_to_json
from onelist.core.status import Absent, Found, Unknown
from onelist.core.targets import python_words
from onelist.core.text import redact
from onelist.sources.solution import Compiler

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.python_range import PythonRange
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.core.status import Availability
    from onelist.sources.solution import ResolvedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """What the exit code and the summary line of a file need, in addition to the findings that are shown.

    Attributes:
        file: The settings file as the run names it.
        hidden: How many findings are not shown, by ``--select`` or ``--ignore``.
        unknown: Whether any answer is unknown, shown or not.
        as_of: The day as of which the list was checked; None for now.
    """

    file: str
    hidden: int = 0
    unknown: bool = False
    as_of: datetime.date | None = None


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": redact(finding.message),
        "file": finding.file,
        "line": finding.span.line if finding.span else None,
        "column": finding.span.column if finding.span else None,
        "length": finding.span.length if finding.span else None,
        "requirement": redact(finding.requirement) if finding.requirement is not None else None,
        "hint": redact(finding.hint) if finding.hint is not None else None,
        "detail": redact(finding.detail) if finding.detail is not None else None,
    }


def answer_json(answer: Availability) -> dict[str, Any]:
    """Return an answer as plain data."""
    version: str | None = None
    since: str | None = None
    match answer.status:
        case Found(note=reason):
            status, version = "found", answer.status.version
            since = answer.status.since.isoformat() if answer.status.since else None
        case Absent(reason=reason):
            status = "absent"
        case Unknown(reason=reason):
            status = "unknown"
        case _:
            assert_never(answer.status)
    return {
        "requirement": redact(answer.requirement.text),
        "channel": redact(answer.channel),
        "name": answer.name,
        "target": str(answer.target),
        "state": status,
        "version": version,
        "since": since,
        "reason": redact(reason) if reason is not None else None,
    }


def resolution_json(resolution: Resolution) -> dict[str, Any]:
    """Return a resolution as plain data."""
    status, clash, reason = "unknown", [], None
    chosen: dict[str, str] | None = None
    download: int | None = None
    builds: list[dict[str, str]] | None = None
    match resolution.status:
        case Resolved():
            status = "resolved"
            chosen = {one.name: one.version for one in resolution.status.packages}
            download = resolution.status.download
            builds = [_build_json(one) for one in resolution.status.builds]
        case Unsatisfiable(conflicts=conflicts):
            status = "clash"
            clash = [[redact(member.requirement.text) for member in conflict.members] for conflict in conflicts]
            reason = "\n\n".join(redact(conflict.explanation) for conflict in conflicts)
        case Unknown(reason=unknown):
            reason = redact(unknown)
        case _:
            assert_never(resolution.status)
    return {
        "installer": resolution.request.installer,
        "channels": [redact(channel) for channel in resolution.request.channels],
        "priority": resolution.request.priority.value if resolution.request.priority else None,
        "target": str(resolution.target),
        "state": status,
        "packages": len(chosen) if chosen is not None else None,
        "download_bytes": download,
        "versions": chosen,
        "builds": builds,
        "clash": clash,
        "reason": reason,
        "proved": resolution.proved.isoformat() if resolution.proved else None,
    }


def _build_json(package: ResolvedPackage) -> dict[str, str]:
    """Return a package that pip builds from source as plain data."""
    compiler = package.compiler or Compiler.UNKNOWN
    return {"name": package.name, "version": package.version, "compiler": compiler.value}


def floors_json(found: PythonRange) -> dict[str, Any]:
    """Return the range of Pythons of one installer as plain data."""
    holders = [member.requirement.text for _, conflict in found.conflicts_above for member in conflict.members]
    return {
        "hard": python_words(found.minimum) if found.minimum else None,
        "fresh": python_words(found.minimum_for_latest) if found.minimum_for_latest else None,
        "ceiling": python_words(found.newest_unsupported) if found.newest_unsupported else None,
        "held_back_by": list(dict.fromkeys(map(redact, holders))),
    }


def check_json(
    settings: Settings | None,
    findings: tuple[Finding, ...],
    counted: FileTotals,
    availability: ListAvailability | None = None,
    resolutions: Sequence[Resolution] | None = None,
) -> dict[str, Any]:
    """Return the result of a check as plain data.

    Args:
        settings: The settings; None when they could not be read.
        findings: The findings to show.
        counted: The file, and what is not shown of it.
        availability: The answers of the index and the channels; None when they were not asked.
        resolutions: The results of the resolvers for the whole list; None when they were not asked.

    Returns:
        What docs/schemas/check.json describes.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "file": counted.file,
        "hidden": counted.hidden,
        "unknown": counted.unknown,
        "as_of": counted.as_of.isoformat() if counted.as_of else None,
        "settings": settings_to_json(settings) if settings else None,
        "findings": [finding_json(finding) for finding in findings],
        "answers": [answer_json(answer) for answer in availability.answers] if availability else None,
        "resolutions": None if resolutions is None else [resolution_json(one) for one in resolutions],
        "floors": None
        if resolutions is None
        else {installer: floors_json(python_range(installer, some)) for installer, some in by_installer(resolutions)},
    }
