"""What every check gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


class CheckInput(NamedTuple):
    """The list that is checked.

    Attributes:
        project: The project.
        plan: What each requirement becomes for conda.
        today: The day, for dates in the list and in tables.
    """

    project: Project
    plan: Plan
    today: datetime.date


if TYPE_CHECKING:
    Check = Callable[[CheckInput], Iterator[Finding]]
    AvailabilityCheck = Callable[[CheckInput, ListAvailability], Iterator[Finding]]
    ResolutionCheck = Callable[[CheckInput, Sequence[Resolution]], Iterator[Finding]]
