"""What every check gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence

    from onelist.analysis.availability import Evidence
    from onelist.analysis.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
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
    Check = Callable[[Subject], Iterator[Finding]]
    EvidenceCheck = Callable[[Subject, Evidence], Iterator[Finding]]
    ProofCheck = Callable[[Subject, Sequence[Resolution]], Iterator[Finding]]
