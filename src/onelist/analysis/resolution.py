"""Whether a whole list can be installed on a target, and with what: what the resolvers' answers come to; pure."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.queries import Role
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.status import PIP, Absent, Cause, Found, Unknown
from onelist.translation import pins
from onelist.translation.outcomes import CondaOnly, Translated, match_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.core.model import CondaRequirement
    from onelist.core.status import Status
    from onelist.core.targets import Target
    from onelist.sources.solution import ResolvedPackage, Solved


CONDA = "conda"
_TWO_YEARS = datetime.timedelta(days=730)
INSTALLERS = (PIP, CONDA)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRequirement:
    """One requirement as a resolver is asked for it.

    Attributes:
        requirement: The item of the list.
        name: What it is called there.
        spec: It, in the resolver's language: PEP 508 or a MatchSpec.
        answered: What the index or the channels have of it on the target.
        unpinned: The same without its upper bounds, where they are allowed; None where there is none to be left out.
    """

    requirement: Requirement | CondaRequirement
    name: str
    spec: str
    answered: Status
    unpinned: str | None = None

    @property
    def lacks_python(self) -> bool:
        """Whether it cannot be had because there is no Python to install it into."""
        return isinstance(self.answered, Absent) and self.answered.cause is Cause.NO_TARGET

    @property
    def lacking(self) -> str | None:
        """Why it cannot be had even by itself; None when it can, as far as is known."""
        match self.answered:
            case Absent(reason=reason):
                return reason
            case Found(source_only=True, wheel=None):
                return "has its source alone, and no wheel (a package that is ready to use)"
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRequest:
    """What a resolver is to be asked: one list, for one installer and one target.

    Attributes:
        installer: ``pip`` or ``conda``.
        channels: The channels of the install line; ``("pip",)`` for the index.
        target: The machine.
        members: What is to be installed together.
    """

    installer: str
    channels: tuple[str, ...]
    target: Target
    members: tuple[RootRequirement, ...]

    @property
    def unknown(self) -> str | None:
        """Why there is no use in asking: a member could not be asked for; None when all could."""
        reasons = (member.answered.reason for member in self.members if isinstance(member.answered, Unknown))
        return next(reasons, None)

    def exactly(self, member: RootRequirement, version: str) -> str:
        """Return a requirement, in the resolver's language, for one version of a member."""
        return f"{member.name}{'' if self.installer == PIP else ' '}=={version}"


class ConflictKind(Enum):
    """Why members of a list cannot be installed."""

    LACKING = "not to be had"
    """The index or the channels do not have it for the target: the findings about availability tell."""
    ALONE = "cannot be installed even alone"
    """Something that it depends on, directly or not, is missing or clashes."""
    TOGETHER = "cannot be installed together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Some members that cannot be installed, of which none can be left out to say so.

    Attributes:
        members: They, in the order of the list.
        blame: Why.
        explanation: The reason: the resolver's own words, or what the channel answered.
    """

    members: tuple[RootRequirement, ...]
    blame: ConflictKind
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A member of which an old release is taken, because others hold it back.

    Attributes:
        member: The member.
        chosen: What is taken.
        newest: The newest version for the target.
        by: The members that hold it back; empty where it is not a member.
    """

    member: RootRequirement
    chosen: ResolvedPackage
    newest: str
    by: tuple[RootRequirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The whole list can be installed.

    Attributes:
        chosen: Every package that would be installed.
        held: Members of which an old release is taken.
        unnecessary: Members whose allowed pin changes nothing.
    """

    chosen: tuple[ResolvedPackage, ...]
    held: tuple[HeldBack, ...] = ()
    unnecessary: tuple[RootRequirement, ...] = ()

    @property
    def download(self) -> int | None:
        """Bytes to download; None when the size of any package is not said."""
        sizes = [one.size for one in self.chosen if one.size is not None]
        return sum(sizes) if len(sizes) == len(self.chosen) else None

    def of(self, name: str) -> ResolvedPackage | None:
        """Return what is taken of a name; None when that is not among it."""
        return next((one for one in self.chosen if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsatisfiable:
    """The list cannot be installed.

    Attributes:
        conflicts: Why; at least one, and none of them is a part of another.
    """

    conflicts: tuple[Conflict, ...]


ResolutionStatus = Resolved | Unsatisfiable | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a resolver says of a whole list on one target.

    Attributes:
        case: What was asked.
        status: The answer.
        asked: Whether the resolver itself was asked: not where a member could not be.
    """

    case: ResolveRequest
    status: ResolutionStatus
    asked: bool = True

    @property
    def target(self) -> Target:
        """The machine."""
        return self.case.target


def nearest(machine: Target, resolutions: Iterable[Resolution]) -> Target | None:
    """Return the target most like a machine on which the list can be installed; None where there is none."""
    well = [one.target for one in resolutions if isinstance(one.status, Resolved)]
    return max(
        well,
        key=lambda one: (one.platform == machine.platform, one.python == machine.python, one.python),
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFilter:
    """For which targets and installers a call wants resolutions.

    Attributes:
        targets: As ``linux-64/3.12``; empty for all.
        installers: ``pip``, ``conda`` or both.
    """

    targets: frozenset[str] = field(default_factory=frozenset)
    installers: tuple[str, ...] = INSTALLERS

    def admits(self, target: Target) -> bool:
        """Tell whether a target is wanted."""
        return not self.targets or str(target) in self.targets


def resolve_requests(
    availability: ListAvailability, wanted: TargetFilter, allowed: Collection[str] = ()
) -> tuple[ResolveRequest, ...]:
    """Return what the resolvers are to be asked about one list.

    Args:
        availability: What the index and the channels have of each requirement.
        wanted: For which targets and installers.
        allowed: Normalised names of requirements that may be pinned: whether that changes anything is asked as well.

    Returns:
        For pip, then for conda, a case for each target, in the order of the targets. There are none for conda where
        the install line has no channel. Extras and addresses are in none of them.
    """
    among = [target for target in availability.targets if wanted.admits(target)]
    found: list[ResolveRequest] = []
    if PIP in wanted.installers:
        members = _pip_members(availability, allowed)
        found += (
            ResolveRequest(installer=PIP, channels=(PIP,), target=target, members=tuple(members.get(target, ())))
            for target in among
        )
    if CONDA in wanted.installers and availability.channels:
        members = _conda_members(availability, allowed)
        found += (
            ResolveRequest(
                installer=CONDA, channels=availability.channels, target=target, members=tuple(members.get(target, ()))
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
            for answer in entry.answers_of(PIP):  # there is none where its marker does not hold
                member = RootRequirement(
                    requirement=item,
                    name=query.name,
                    spec=str(item.pep508),
                    answered=answer.status,
                    unpinned=pins.without_pins(item) if _may_be_pinned(item, allowed) else None,
                )
                found.setdefault(answer.target, []).append(member)
    return found


def _conda_members(availability: ListAvailability, allowed: Collection[str]) -> Mapping[Target, list[RootRequirement]]:
    found: dict[Target, list[RootRequirement]] = {}
    for entry in availability.requirements:
        outcome, query = entry.translation, entry.query.conda
        if isinstance(outcome, Translated | CondaOnly) and query:
            loose = match_spec(query.name, pins.lower_clauses(query.clauses))
            for result in availability.priority_results(entry):
                member = RootRequirement(
                    requirement=outcome.requirement,
                    name=query.name,
                    spec=outcome.spec,
                    answered=result.status,
                    unpinned=loose if _may_be_pinned(outcome.requirement, allowed) else None,
                )
                found.setdefault(result.target, []).append(member)
    return found


def _may_be_pinned(item: Requirement | CondaRequirement, allowed: Collection[str]) -> bool:
    return canonicalize_name(item.name) in allowed and bool(pins.pins(item))


def held_back(case: ResolveRequest, solved: Solved) -> Iterator[tuple[RootRequirement, ResolvedPackage, str]]:
    """Yield each member of which a much older release is taken than there is, what is taken, and the newest version.

    Much older is another major version, or more than two years. What has its source alone is left out: pip builds it.
    """
    for member in case.members:
        found, taken = member.answered, solved.of(member.name)
        if isinstance(found, Found) and not found.source_only and taken and is_much_older(taken, found):
            yield member, taken, found.version


def is_much_older(taken: ResolvedPackage, found: Found) -> bool:
    """Tell whether what is taken is of an older major version than what there is, or older by more than two years."""
    if taken.version == found.version:
        return False
    major, newest = (re.match(r"(?:\d+!)?(\d*)", version) for version in (taken.version, found.version))
    if major and newest and major[1] and newest[1] and int(major[1]) != int(newest[1]):
        return int(major[1]) < int(newest[1])
    return bool(taken.day and found.since and found.since - taken.day > _TWO_YEARS)


def by_installer(resolutions: Sequence[Resolution]) -> Iterator[tuple[str, list[Resolution]]]:
    """Yield the resolutions of each installer that was asked."""
    for installer in INSTALLERS:
        if some := [one for one in resolutions if one.case.installer == installer]:
            yield installer, some


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedOnPlatform:
    """A member of which a platform gets a much older release than another platform with the same Python.

    Attributes:
        target: The machine.
        member: The member.
        chosen: What is taken there, the newest that is made for it.
        newest: The newest version for another platform.
    """

    target: Target
    member: RootRequirement
    chosen: ResolvedPackage
    newest: str


def lags(resolutions: Sequence[Resolution]) -> Iterator[OutdatedOnPlatform]:
    """Yield the lags of one installer: another major version, or more than two years.

    Args:
        resolutions: What its resolver says of every target.

    Yields:
        A lag for each member and target. What is held back by other members, and what pip builds, is none.
    """
    newest: dict[tuple[tuple[int, int], str], list[Found]] = {}
    for one in resolutions:
        for member in one.case.members:
            if isinstance(member.answered, Found) and not member.answered.source_only:
                newest.setdefault((one.target.python, member.name), []).append(member.answered)
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for member in one.case.members:
                taken = one.status.of(member.name)
                if taken and _is_newest(member, taken):
                    others = newest[one.target.python, member.name]
                    ahead = [other for other in others if is_much_older(taken, other)]
                    if ahead:
                        best = max(ahead, key=lambda found: found.since or datetime.date.min)
                        yield OutdatedOnPlatform(target=one.target, member=member, chosen=taken, newest=best.version)


def _is_newest(member: RootRequirement, taken: ResolvedPackage) -> bool:
    """Tell whether what is taken is the newest that there is for the target."""
    found = member.answered
    return isinstance(found, Found) and not found.source_only and found.version == taken.version
