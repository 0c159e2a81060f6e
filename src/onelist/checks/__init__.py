"""The checks that need no network: each a pure function of the project, its plan and the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.checks import generated, pins, remarks, translation
from onelist.checks.interface import Subject

if TYPE_CHECKING:
    import datetime

    from onelist.checks.interface import Check
    from onelist.model import Finding, Project
    from onelist.plan import Plan

OFFLINE: tuple[Check, ...] = (remarks.check, pins.check, translation.check, generated.check)


def check_offline(project: Project, plan: Plan, today: datetime.date) -> tuple[Finding, ...]:
    """Return what can be judged with no network: first of settings.ini in the order of its lines, then of other files.

    Args:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end.

    Returns:
        The findings.
    """
    subject = Subject(project=project, plan=plan, today=today)
    found = (finding for check in OFFLINE for finding in check(subject))
    return tuple(sorted(found, key=lambda finding: (finding.file != project.settings.source.file, finding.place)))
