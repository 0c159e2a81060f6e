"""The checks: pure functions from a project, and from what the channels answered, to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.checks import availability, drift, health, pins, python, resolution, settings, translation
from onelist.checks.base import CheckInput
from onelist.core import rules
from onelist.core.findings import RaisePython

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolution import Resolution
    from onelist.checks.base import AvailabilityCheck, Check, ResolutionCheck
    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.translation.plan import Plan

SETTINGS: tuple[Check, ...] = (
    settings.check,
    pins.check,
    python.check_age,
    translation.check,
    settings.check_generated,
)
"""What is judged with nobody asked."""
EVIDENCE: tuple[AvailabilityCheck, ...] = (availability.check, drift.check, health.check)
"""What is judged by the answers of the index and the channels."""
_MOOT = frozenset(
    rule.code
    for rule in (
        rules.PIP_IN_PART,
        rules.SOURCE_ONLY,
        rules.CONDA_IN_PART,
        rules.NO_PYTHON,
        rules.INSTALLABLE_IN_PART,
    )
)
PROOF: tuple[ResolutionCheck, ...] = (resolution.check, python.check)
"""What is judged by the resolvers."""


def check_settings(project: Project, plan: Plan, today: datetime.date) -> tuple[Finding, ...]:
    """Return what can be judged with nobody asked: of settings.ini in the order of its lines, then of other files.

    Args:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end.

    Returns:
        The findings.
    """
    subject = CheckInput(project=project, plan=plan, today=today)
    return _sorted(project, (finding for check in SETTINGS for finding in check(subject)))


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
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end and for what is old.
        availability: What the index and the channels answered.
        resolutions: What the resolvers say of the whole list; none where they were not asked.

    Returns:
        The findings; what the channels say replaces what the bundled table remembers, and what the resolvers say of
        the newest Python what the channels say of it.
    """
    subject = CheckInput(project=project, plan=plan, today=today)
    proved = [finding for check in PROOF for finding in check(subject, resolutions)]
    above = any(finding.code == rules.CEILING.code for finding in proved)
    answered = [
        finding
        for check in EVIDENCE
        for finding in check(subject, availability)
        if not (above and finding.code == rules.NOT_YET.code)
    ]
    on_conda = {
        finding.requirement_id
        for finding in answered
        if finding.code in {rules.ON_CONDA_TOO.code, rules.ON_CONDA_IN_PART.code}
    }
    before = (
        finding
        for finding in check_settings(project, plan, today)
        if finding.code != rules.NOT_ON_CONDA_FORGE.code
        and not (finding.code == rules.PIP_ONLY.code and finding.requirement_id in on_conda)
    )
    return _sorted(project, _without_moot([*before, *answered, *proved]))


def _without_moot(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings without those that are about Pythons below the hard floor alone: F001 has said all about them."""
    python_range = [_raised(finding) for finding in findings if finding.code == rules.BELOW_HARD_FLOOR.code]
    hard = max((floor for floor in python_range if floor), default=None)
    for finding in findings:
        raised = _raised(finding)
        if finding.code in _MOOT and hard and raised and raised <= hard:
            continue
        yield finding


def _raised(finding: Finding) -> tuple[int, int] | None:
    """Return what a finding would raise min_python to, if that is what mends it."""
    changes = finding.edit.changes if finding.edit else ()
    return next((change.python for change in changes if isinstance(change, RaisePython)), None)


def _sorted(project: Project, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.file != project.settings.source.file, finding.place)))
