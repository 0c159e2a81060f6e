"""What every check gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence

    from onelist.evidence import Evidence
    from onelist.model import Finding, Project
    from onelist.plan import Plan
    from onelist.resolutions import Resolution


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
