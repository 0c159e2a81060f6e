"""One requirement of a list as one record: what is written, what conda gets of it, what to ask, what was answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.queries import make_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onelist.analysis.queries import Query
    from onelist.core.findings import RequirementId
    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.status import Availability
    from onelist.translation.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRequirement:
    """One requirement of a list.

    Attributes:
        translation: What becomes of it for conda.
        query: What to ask the package index and the conda channels about it.
        answers: What they answered: the package index first, then each channel, each with an answer for each target;
            empty before they are asked.
    """

    translation: Outcome
    query: Query
    answers: tuple[Availability, ...] = field(default=(), repr=False)

    @property
    def requirement(self) -> Requirement | CondaRequirement:
        """The requirement as settings.ini lists it."""
        return self.translation.requirement

    @property
    def id(self) -> RequirementId:
        """Which requirement of the list it is."""
        return self.requirement.id

    def answers_of(self, channel: str) -> tuple[Availability, ...]:
        """Return the answers of one channel, or of the package index (``pip``); empty where it was not asked."""
        return tuple(answer for answer in self.answers if answer.channel == channel)


def list_requirements(outcomes: Iterable[Outcome], own_names: Mapping[str, str]) -> tuple[ListedRequirement, ...]:
    """Return a record for each requirement of a list.

    Args:
        outcomes: What becomes of each requirement, from the plan.
        own_names: The user's ``conda_names``.

    Returns:
        The records in the order of the plan, without answers.
    """
    return tuple(ListedRequirement(translation=outcome, query=make_query(outcome, own_names)) for outcome in outcomes)


def find_requirements(requirements: Iterable[ListedRequirement], name: str) -> tuple[ListedRequirement, ...]:
    """Return the requirements with a name.

    Args:
        requirements: All requirements of a list.
        name: A name as a user writes it, of pip or of conda.

    Returns:
        Those that have this name on the package index or on conda.
    """
    normalised = canonicalize_name(name)
    return tuple(
        entry
        for entry in requirements
        if canonicalize_name(entry.requirement.name) == normalised
        or (entry.query.conda is not None and entry.query.conda.name == name.lower())
    )
