"""What the resolvers are asked about a list: a request for each installer and target; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.queries import Role
from onelist.analysis.resolving.resolution import Looser, ResolveRequest, RootRequirement
from onelist.core.installers import CONDA, INSTALLERS, PIP, ChannelPriority
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.targets import WITHOUT_PIP_RESOLVER
from onelist.translation import pins
from onelist.translation.outcomes import CondaOnly, Translated, match_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.queries import CondaQuery
    from onelist.core.model import CondaRequirement
    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFilter:
    """For which targets and installers to resolve.

    Attributes:
        targets: As ``linux-64/3.12``; empty for all.
        installers: ``pip``, ``conda`` or both.
    """

    targets: frozenset[str] = field(default_factory=frozenset)
    installers: tuple[str, ...] = INSTALLERS

    def admits(self, target: Target) -> bool:
        """Tell whether to resolve for a target."""
        return not self.targets or str(target) in self.targets


def resolve_requests(
    availability: ListAvailability, wanted: TargetFilter, allowed: Collection[str] = ()
) -> tuple[ResolveRequest, ...]:
    """Return the solves for one list.

    Args:
        availability: What the index and the channels have of each requirement.
        wanted: The targets and installers.
        allowed: Normalised names of requirements that may be pinned; the resolvers also find out what the pins change.

    Returns:
        For pip, then for conda, a request for each target, in the order of the targets. There are none for conda where
        the list has no channel, and for pip on platforms for which nothing resolves. Extras and URLs are in none of
        them.
    """
    among = [target for target in availability.targets if wanted.admits(target)]
    found: list[ResolveRequest] = []
    if PIP in wanted.installers:
        members = _pip_members(availability, allowed)
        found += (
            ResolveRequest(installer=PIP, channels=(PIP,), target=target, members=tuple(members.get(target, ())))
            for target in among
            if target.platform not in WITHOUT_PIP_RESOLVER
        )
    if CONDA in wanted.installers and availability.channels:
        members = _conda_members(availability, allowed)
        found += (
            ResolveRequest(
                installer=CONDA,
                channels=availability.channels,
                priority=ChannelPriority.FLEXIBLE,
                target=target,
                members=tuple(members.get(target, ())),
            )
            for target in among
        )
    return tuple(found)


def _pip_members(availability: ListAvailability, allowed: Collection[str]) -> Mapping[Target, list[RootRequirement]]:
    found: dict[Target, list[RootRequirement]] = {}
    for entry in availability.requirements:
        item, query = entry.requirement, entry.query.pip
        if query is None or query.role is not Role.DIRECT or item.key not in PLAIN_LISTS:
            continue
        if isinstance(item, Requirement):
            looser = tuple(_looser_for_pip(item))
            for answer in entry.answers_of(PIP):  # no answer where its marker is false
                member = RootRequirement(
                    requirement=item,
                    name=query.name,
                    spec=str(item.pep508),
                    status=answer.status,
                    unpinned=pins.without_pins(item) if _may_be_pinned(item, allowed) else None,
                    looser=looser,
                )
                found.setdefault(answer.target, []).append(member)
    return found


def _conda_members(availability: ListAvailability, allowed: Collection[str]) -> Mapping[Target, list[RootRequirement]]:
    found: dict[Target, list[RootRequirement]] = {}
    for entry in availability.requirements:
        outcome, query = entry.translation, entry.query.conda
        if isinstance(outcome, Translated | CondaOnly) and query:
            looser = tuple(_looser_for_conda(outcome.requirement, query))
            loose = match_spec(query.name, pins.lower_clauses(query.clauses))
            for result in availability.priority_results(entry):
                member = RootRequirement(
                    requirement=outcome.requirement,
                    name=query.name,
                    spec=outcome.spec,
                    status=result.status,
                    strict_status=result.strict_status if result.strict_status != result.status else None,
                    unpinned=loose if _may_be_pinned(outcome.requirement, allowed) else None,
                    looser=looser,
                )
                found.setdefault(result.target, []).append(member)
    return found


def _may_be_pinned(item: Requirement | CondaRequirement, allowed: Collection[str]) -> bool:
    return canonicalize_name(item.name) in allowed and bool(pins.pins(item))


def _looser_for_pip(item: Requirement) -> Iterator[Looser]:
    for one in pins.looser(item):
        marker = f"; {item.pep508.marker}" if item.pep508.marker else ""
        yield Looser(text=one, spec=one + marker)


def _looser_for_conda(item: Requirement | CondaRequirement, query: CondaQuery) -> Iterator[Looser]:
    for one in pins.looser(item):
        clauses = () if one == pins.without_versions(item) else pins.lower_clauses(query.clauses)
        yield Looser(text=one, spec=match_spec(query.name, clauses))
