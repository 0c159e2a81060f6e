"""All checks: from a project and the answers of the sources to findings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from onelist.checks import names, pins, python, settings, translation, upload
from onelist.checks.base import CheckInput
from onelist.core.findings import RaisePython
from onelist.core.rules import RULES, Evidence, Scope

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.checks.base import AvailabilityCheck, Check, ResolutionCheck
    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.translation.plan import Plan

SETTINGS: tuple[Check, ...] = (
    settings.check,
    names.check,
    upload.check,
    pins.check,
    python.check_age,
    translation.check,
    settings.check_generated,
)
"""The checks that need only settings.ini and the files beside it."""


def check_settings(project: Project, plan: Plan, today: datetime.date) -> tuple[Finding, ...]:
    """Return the findings that need no network: first of settings.ini in the order of its lines, then of other files.

    Args:
        project: The project.
        plan: What each requirement becomes for conda.
        today: The day, for dates in the list and in tables.

    Returns:
        The findings.
    """
    given = CheckInput(project=project, plan=plan, today=today)
    findings = [finding for check in SETTINGS for finding in check(given)]
    return _sorted(project, without_superseded(findings))


def check_all(
    project: Project,
    plan: Plan,
    today: datetime.date,
    availability: ListAvailability,
    resolutions: Sequence[Resolution] = (),
) -> tuple[Finding, ...]:
    """Return all findings, in the same order.

    Args:
        project: The project.
        plan: What each requirement becomes for conda.
        today: The day, for dates in the list and in tables.
        availability: The answers of the index and the channels.
        resolutions: The answers of the resolvers about the whole list; none where they were not asked.

    Returns:
        The findings, without those that better evidence or another finding makes superfluous.
    """
    from onelist.checks import availability as availabilities
    from onelist.checks import builds, drift, health, projects, resolution  # a build needs only check_settings

    availability_check = partial(
        availabilities.check, decided=builds.decided_targets(resolutions), resolutions=resolutions
    )
    with_availability: tuple[AvailabilityCheck, ...] = (
        availability_check,
        projects.check,
        drift.check,
        health.check,
    )
    with_resolutions: tuple[ResolutionCheck, ...] = (resolution.check, builds.check, python.check)
    given = CheckInput(project=project, plan=plan, today=today)
    findings = [
        finding
        for finding in check_settings(project, plan, today)
        if RULES[finding.code].fallback_for is not Evidence.AVAILABILITY
    ]
    findings += [finding for check in with_availability for finding in check(given, availability)]
    findings += [finding for check in with_resolutions for finding in check(given, resolutions)]
    return _sorted(project, without_superseded(findings))


def without_superseded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings without those that another one makes superfluous (see `Rule.supersedes`)."""
    reasons: dict[tuple[str, Scope], list[Finding]] = {}
    for finding in findings:
        for superseded in RULES[finding.code].supersedes:
            reasons.setdefault((superseded.code, superseded.scope), []).append(finding)
    for finding in findings:
        if not any(_is_covered(finding, scope, reasons.get((finding.code, scope), ())) for scope in Scope):
            yield finding


def _is_covered(finding: Finding, scope: Scope, reasons: Sequence[Finding]) -> bool:
    """Tell whether one of the findings whose rule supersedes that of a finding covers it."""
    match scope:
        case Scope.LIST:
            return bool(reasons)
        case Scope.REQUIREMENT:
            return any(reason.requirement_id == finding.requirement_id for reason in reasons)
        case Scope.MIN_PYTHON:
            proposed = _proposed_python(finding)
            return proposed is not None and any(proposed <= (_proposed_python(reason) or (0, 0)) for reason in reasons)


def _proposed_python(finding: Finding) -> tuple[int, int] | None:
    """Return the min_python that a finding proposes; None where its edit is another one."""
    changes = finding.edit.changes if finding.edit else ()
    return next((change.python for change in changes if isinstance(change, RaisePython)), None)


def _sorted(project: Project, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.file != project.settings.source.file, finding.place)))
