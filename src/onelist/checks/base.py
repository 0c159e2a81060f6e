"""What every check gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """What is judged.

    Attributes:
        project: The project.
        plan: What becomes of each requirement for conda.
        today: The day, for exceptions that end.
    """

    project: Project
    plan: Plan
    today: datetime.date


if TYPE_CHECKING:
    Check = Callable[[CheckInput], Iterator[Finding]]
    AvailabilityCheck = Callable[[CheckInput, ListAvailability], Iterator[Finding]]
    ResolutionCheck = Callable[[CheckInput, Sequence[Resolution]], Iterator[Finding]]
