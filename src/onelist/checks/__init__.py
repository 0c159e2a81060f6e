"""The checks: pure functions from a project, and from what the channels answered, to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist import catalogue
from onelist.checks import availability, drift, generated, health, pins, remarks, translation
from onelist.checks.interface import Subject

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from onelist.checks.interface import Check, EvidenceCheck
    from onelist.evidence import Evidence
    from onelist.model import Finding, Project
    from onelist.plan import Plan

SETTINGS: tuple[Check, ...] = (remarks.check, pins.check, translation.check, generated.check)
"""What is judged with nobody asked."""
EVIDENCE: tuple[EvidenceCheck, ...] = (availability.check, drift.check, health.check)
"""What is judged by the answers of the index and the channels."""


def check_settings(project: Project, plan: Plan, today: datetime.date) -> tuple[Finding, ...]:
    """Return what can be judged with nobody asked: of settings.ini in the order of its lines, then of other files.

    Args:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end.

    Returns:
        The findings.
    """
    subject = Subject(project=project, plan=plan, today=today)
    return _sorted(project, (finding for check in SETTINGS for finding in check(subject)))


def check_all(project: Project, plan: Plan, today: datetime.date, evidence: Evidence) -> tuple[Finding, ...]:
    """Return all findings, in the same order.

    Args:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end and for what is old.
        evidence: What the index and the channels answered.

    Returns:
        The findings; what the channels say replaces what the bundled table remembers.
    """
    subject = Subject(project=project, plan=plan, today=today)
    answered = [finding for check in EVIDENCE for finding in check(subject, evidence)]
    on_conda = {
        finding.span
        for finding in answered
        if finding.code in {catalogue.ON_CONDA_TOO.code, catalogue.ON_CONDA_IN_PART.code}
    }
    before = (
        finding
        for finding in check_settings(project, plan, today)
        if finding.code != catalogue.NOT_ON_CONDA_FORGE.code
        and not (finding.code == catalogue.PIP_ONLY.code and finding.span in on_conda)
    )
    return _sorted(project, [*before, *answered])


def _sorted(project: Project, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.file != project.settings.source.file, finding.place)))
