"""The checks that need no network: each a pure function of the project, its plan and the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.checks import generated, pins, remarks, translation
from onelist.model import Span

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator

    from onelist.model import Finding, Project
    from onelist.plan import Plan

    Check = Callable[[Project, Plan, datetime.date], Iterator[Finding]]

OFFLINE: tuple[Check, ...] = (remarks.check, pins.check, translation.check, generated.check)


def check_offline(project: Project, plan: Plan, today: datetime.date) -> tuple[Finding, ...]:
    """Return what can be judged with no network, in the order of the lines.

    Args:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end.

    Returns:
        The findings.
    """
    found = (finding for check in OFFLINE for finding in check(project, plan, today))
    last = Span(line=1 << 30, column=1)
    settings_file = project.settings.source.file
    return tuple(sorted(found, key=lambda finding: (finding.file != settings_file, finding.span or last, finding.code)))
