"""Whether a whole list can be installed on a target, and with which packages; pure."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.installers import INSTALLERS, PIP, ChannelPriority
from onelist.core.status import Absent, Cause, Found, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.status import ForNewerSystem, Status
    from onelist.core.targets import Target
    from onelist.sources.solution import ResolvedPackage, Solved


_TWO_YEARS = datetime.timedelta(days=730)


class Looser(NamedTuple):
    """A requirement without some of its version bounds.

    Attributes:
        text: What to write in the list; without the marker.
        spec: The same in the syntax of the resolver.
    """

    text: str
    spec: str


class Remedy(NamedTuple):
    """A requirement of a conflict, and with which fewer version bounds there is no conflict.

    Attributes:
        member: The requirement.
        text: What to write instead.
    """

    member: RootRequirement
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRequirement:
    """One requirement as a resolver gets it.

    Attributes:
        requirement: The item of the list.
        name: Its name on the package index, or its conda name.
        spec: The requirement in the syntax of the resolver: PEP 508 or a MatchSpec.
        status: Whether the index or the channels have it for the target.
        strict_status: The same with strict channel priority, where that differs; else None.
        unpinned: The same without its upper bounds, where allow_pins allows them; None where there is nothing to omit.
        looser: The same with fewer version bounds: without the upper ones, then without any; none if it has none.
    """

    requirement: Requirement | CondaRequirement
    name: str
    spec: str
    status: Status
    strict_status: Status | None = None
    unpinned: str | None = None
    looser: tuple[Looser, ...] = ()

    @property
    def lacks_python(self) -> bool:
        """Whether it cannot be installed because no channel has a Python for the target."""
        return isinstance(self.status, Absent) and self.status.cause is Cause.NO_TARGET

    @property
    def unavailable(self) -> str | None:
        """Why it is not available even on its own; None when it is, as far as is known.

        What has only its source is available: pip builds it.
        """
        return self.status.reason if isinstance(self.status, Absent) else None

    @property
    def source_only(self) -> bool:
        """Whether pip must build the newest version, because there is no wheel of it for the target."""
        return isinstance(self.status, Found) and self.status.source_only


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRequest:
    """One solve: a list, for one installer and one target.

    Attributes:
        installer: ``pip`` or ``conda``.
        channels: The channels of the install command; ``("pip",)`` for the index.
        priority: From which of the channels a package is taken, if several have its name; None for pip.
        target: The machine.
        members: What is to be installed together.
    """

    installer: str
    channels: tuple[str, ...]
    priority: ChannelPriority | None = None
    target: Target
    members: tuple[RootRequirement, ...]

    @property
    def unknown(self) -> str | None:
        """Why the resolver cannot be asked: a source could not answer for a member; None when all could."""
        reasons = (member.status.reason for member in self.members if isinstance(member.status, Unknown))
        return next(reasons, None)

    @property
    def strictly(self) -> ResolveRequest:
        """The same with strict channel priority."""
        members = tuple(
            replace(one, status=one.strict_status) if one.strict_status is not None else one for one in self.members
        )
        return replace(self, priority=ChannelPriority.STRICT, members=members)

    def exactly(self, member: RootRequirement, version: str) -> str:
        """Return a requirement for exactly one version of a member, in the syntax of the resolver."""
        return f"{member.name}{'' if self.installer == PIP else ' '}=={version}"


class ConflictKind(Enum):
    """Why members of a list cannot be installed."""

    UNAVAILABLE = "not available"
    """The index or the channels do not have it for the target; the findings about availability say so."""
    NOT_INSTALLABLE = "cannot be installed even on its own"
    """One of its dependencies, direct or indirect, is missing or conflicts with another."""
    INCOMPATIBLE = "cannot be installed together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A minimal set of members that cannot be installed: without any one of them the others can be.

    Attributes:
        members: The members, in the order of the list.
        kind: Why they cannot be installed.
        explanation: The reason in the words of the resolver, or what the channel answered.
        remedies: The members whose own version bounds cause it: without those of one of them, there is no conflict.
    """

    members: tuple[RootRequirement, ...]
    kind: ConflictKind
    explanation: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A member that is installed in an old release, because others hold it back.

    Attributes:
        member: The member.
        package: What is installed.
        newest: The newest version for the target.
        by: The members that hold it back; empty where none of the members does.
        remedies: Those of them whose own version bounds do it.
        fits: Whether the whole list can be installed with ``newest``; the resolver prefers newer releases of others.
    """

    member: RootRequirement
    package: ResolvedPackage
    newest: str
    by: tuple[RootRequirement, ...]
    remedies: tuple[Remedy, ...] = ()
    fits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The whole list can be installed.

    Attributes:
        packages: Every package that would be installed.
        held_back: Members that are installed in an old release.
        unnecessary_pins: Members whose allowed pin changes nothing.
    """

    packages: tuple[ResolvedPackage, ...]
    held_back: tuple[HeldBack, ...] = ()
    unnecessary_pins: tuple[RootRequirement, ...] = ()

    @property
    def download(self) -> int | None:
        """Bytes to download; None when the size of any package is not known."""
        sizes = [one.size for one in self.packages if one.size is not None]
        return sum(sizes) if len(sizes) == len(self.packages) else None

    @property
    def builds(self) -> tuple[ResolvedPackage, ...]:
        """The packages that pip builds from source, because there is no wheel of them for the target."""
        return tuple(one for one in self.packages if one.compiler is not None)

    def package(self, name: str) -> ResolvedPackage | None:
        """Return the package with a name; None when it is not installed."""
        return next((one for one in self.packages if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsatisfiable:
    """The list cannot be installed.

    Attributes:
        conflicts: Why: one or more; none of them is a part of another.
    """

    conflicts: tuple[Conflict, ...]


ResolutionStatus = Resolved | Unsatisfiable | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a resolver says about a whole list on one target.

    Attributes:
        request: The request.
        status: The answer.
        asked: Whether the resolver was asked; it is not where a source could not answer for a member.
        unseen: Packages of the solution that mamba does not see, if mamba cannot install the list without them.
        proved: The day on which the resolver gave the answer, if that was an earlier day; else None.
    """

    request: ResolveRequest
    status: ResolutionStatus
    asked: bool = True
    unseen: tuple[ResolvedPackage, ...] = ()
    proved: datetime.date | None = None

    @property
    def target(self) -> Target:
        """The machine."""
        return self.request.target

    @property
    def is_strict(self) -> bool:
        """Whether it is about strict channel priority, which conda and mamba use only on request."""
        return self.request.priority is ChannelPriority.STRICT


def nearest(machine: Target, resolutions: Iterable[Resolution]) -> Target | None:
    """Return the installable target that is most like a machine; None where no target is installable."""
    well = [one.target for one in resolutions if isinstance(one.status, Resolved)]
    return max(
        well,
        key=lambda one: (one.platform == machine.platform, one.python == machine.python, one.python),
        default=None,
    )


def held_back(request: ResolveRequest, solved: Solved) -> Iterator[tuple[RootRequirement, ResolvedPackage, str]]:
    """Yield each member that is installed in a much older release than the newest: the member, the package, the newest.

    Much older is another major version, or more than two years. A version that has only its source is a version like
    any other: pip takes the newest one, and builds it.
    """
    for member in request.members:
        found, taken = member.status, solved.of(member.name)
        if isinstance(found, Found) and taken and is_much_older(taken, found):
            yield member, taken, found.version


def is_much_older(taken: ResolvedPackage, found: Found | ForNewerSystem) -> bool:
    """Tell whether a package has an older major version than what is available, or is older by more than two years."""
    if taken.version == found.version:
        return False
    major, newest = (re.match(r"(?:\d+!)?(\d*)", version) for version in (taken.version, found.version))
    if major and newest and major[1] and newest[1] and int(major[1]) != int(newest[1]):
        return int(major[1]) < int(newest[1])
    return bool(taken.day and found.since and found.since - taken.day > _TWO_YEARS)


def by_installer(resolutions: Sequence[Resolution]) -> Iterator[tuple[str, list[Resolution]]]:
    """Yield each installer with its resolutions, as it resolves without special options."""
    for installer in INSTALLERS:
        if found := [one for one in resolutions if one.request.installer == installer and not one.is_strict]:
            yield installer, found


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedOnPlatform:
    """A member with a much older release than on another platform with the same Python, or on a newer system.

    Attributes:
        target: The machine.
        member: The member.
        package: What is installed there: the newest release for this platform.
        newest: The newest version for another platform, or for a newer operating system.
        system: The system that newer releases need there, such as ``macOS 16``; None where there are none.
        elsewhere: Whether ``newest`` is for another platform.
    """

    target: Target
    member: RootRequirement
    package: ResolvedPackage
    newest: str
    system: str | None = None
    elsewhere: bool = True


def lags(resolutions: Sequence[Resolution]) -> Iterator[OutdatedOnPlatform]:
    """Yield the members of one installer that are outdated on a platform: by a major version, or by over two years.

    Args:
        resolutions: What its resolver says about every target.

    Yields:
        One for each member and target; none for a member that others hold back.
    """
    newest: dict[tuple[tuple[int, int], str], list[Found]] = {}
    for one in resolutions:
        for member in one.request.members:
            if isinstance(member.status, Found):
                newest.setdefault((one.target.python, member.name), []).append(member.status)
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for member in one.request.members:
                taken, found = one.status.package(member.name), member.status
                if taken and isinstance(found, Found) and found.version == taken.version:
                    others = newest[one.target.python, member.name]
                    ahead = [other for other in others if is_much_older(taken, other)]
                    newer = found.newer if found.newer and is_much_older(taken, found.newer) else None
                    best = max(ahead, key=_day, default=newer)
                    if best:
                        yield OutdatedOnPlatform(
                            target=one.target,
                            member=member,
                            package=taken,
                            newest=best.version,
                            system=newer.system if newer else None,
                            elsewhere=bool(ahead),
                        )


def _day(found: Found) -> datetime.date:
    return found.since or datetime.date.min
