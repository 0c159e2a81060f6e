"""The solves for one request: for the whole list, and for parts of it to find out what prevents the rest."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.analysis.resolving.conflicts import minimal_conflict
from onelist.analysis.resolving.resolution import (
    Conflict,
    ConflictKind,
    HeldBack,
    Remedy,
    Resolved,
    Unsatisfiable,
    held_back,
)
from onelist.core.installers import ChannelPriority
from onelist.sources.faults import SourceError
from onelist.sources.solution import NoSolution, Solved
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus, ResolveRequest, RootRequirement
    from onelist.core.findings import RequirementId
    from onelist.sources.solution import ResolvedPackage, Solve

    Part = frozenset[RequirementId]


class UndecidedError(Exception):
    """A resolver could not answer, so the result is unknown."""

    def __init__(self, fault: SourceError) -> None:
        """Store the reason."""
        super().__init__(fault.reason)
        self.kind = fault.kind
        self.reason = fault.reason


class PendingAnswer:
    """The resolutions for one request, once they are known.

    Attributes:
        default: That with the default channel priority, in a tuple; an answer that is known at once is here as a whole.
        whole: After it that with strict channel priority, where that differs.
    """

    def __init__(self) -> None:
        """Begin without an answer."""
        loop = asyncio.get_running_loop()
        self.default: asyncio.Future[tuple[Resolution, ...]] = loop.create_future()
        self.whole: asyncio.Future[tuple[Resolution, ...]] = loop.create_future()

    def set(self, resolutions: tuple[Resolution, ...]) -> None:
        """Take the whole answer."""
        self.whole.set_result(resolutions)
        if not self.default.done():
            self.default.set_result(resolutions)


class Precedents:
    """What was found for earlier targets of the same list and platform, with other Pythons.

    What prevents the list there is likely to prevent it here. So it is tried first, which needs few solves.
    """

    def __init__(self, earlier: Sequence[PendingAnswer] = ()) -> None:
        """Take the targets.

        Args:
            earlier: The answer for each of them.
        """
        self._earlier = earlier

    async def conflicts(self, request: ResolveRequest) -> list[Part]:
        """Return what is available and cannot be installed there: each set once."""
        return _conflicts(await self._statuses(request))

    async def holding_back(self, request: ResolveRequest, member: RootRequirement) -> list[Part]:
        """Return what holds back a newer release of a member there: each set once."""
        return _holding_back(await self._statuses(request), member)

    async def key(self, request: ResolveRequest) -> str:
        """Return all this as a text, for each priority: with the same text, the same is tried first."""
        found = []
        for one in dict.fromkeys((request.priority, ChannelPriority.STRICT)):
            statuses = await self._statuses(replace(request, priority=one))
            found += [_conflicts(statuses), *(_holding_back(statuses, member) for member in request.members)]
        return hashlib.blake2b(repr([[sorted(part) for part in some] for some in found]).encode()).hexdigest()

    async def _statuses(self, request: ResolveRequest) -> list[ResolutionStatus]:
        is_strict = request.priority is ChannelPriority.STRICT
        parts = [one.whole if is_strict else one.default for one in self._earlier]
        resolutions = [one for found in await asyncio.gather(*parts) for one in found]
        return [one.status for one in resolutions if one.request.priority is request.priority]


def _conflicts(statuses: Iterable[ResolutionStatus]) -> list[Part]:
    found = (conflict for one in statuses if isinstance(one, Unsatisfiable) for conflict in one.conflicts)
    return _parts(one.members for one in found if one.kind is not ConflictKind.UNAVAILABLE)


def _holding_back(statuses: Iterable[ResolutionStatus], member: RootRequirement) -> list[Part]:
    found = (held for one in statuses if isinstance(one, Resolved) for held in one.held_back)
    return _parts(one.by for one in found if one.member.requirement.id == member.requirement.id)


def _likely(members: Sequence[RootRequirement], parts: Iterable[Part]) -> list[list[RootRequirement]]:
    """Return the parts of which each member is there."""
    there = {member.requirement.id for member in members}
    return [[member for member in members if member.requirement.id in part] for part in parts if part <= there]


def _singles(members: Iterable[RootRequirement], parts: Collection[Part]) -> list[RootRequirement]:
    """Return the members that are a part of their own."""
    return [member for member in members if frozenset([member.requirement.id]) in parts]


def _without(members: Iterable[RootRequirement], blamed: Iterable[Conflict]) -> list[RootRequirement]:
    """Return the members that no conflict names."""
    named = {member.requirement.id for conflict in blamed for member in conflict.members}
    return [member for member in members if member.requirement.id not in named]


def _parts(found: Iterable[Iterable[RootRequirement]]) -> list[Part]:
    return list(dict.fromkeys(frozenset(member.requirement.id for member in part) for part in found))


class Solves:
    """The solves for one request."""

    def __init__(
        self, request: ResolveRequest, solve: Solve, precedents: Precedents, proved: frozenset[str] | None = None
    ) -> None:
        """Take the request.

        Args:
            request: The request.
            solve: The resolver.
            precedents: What was found for other targets.
            proved: The names of members that can be installed together, as another solution proves; an empty set for
                Python alone; None where nothing is proved.
        """
        self._request = request
        self._proved = proved
        self._solve = solve
        self._precedents = precedents

    async def status(self) -> ResolutionStatus:
        """Solve for the whole list, then, if there is no solution, for its parts.

        The whole list decides. What is not known of its parts does not make the answer unknown.

        Raises:
            UndecidedError: The resolver could not answer for the whole list.
        """
        if self._request.priority is ChannelPriority.STRICT and (known := self._hidden() or await self._as_before()):
            return Unsatisfiable(conflicts=tuple(known))
        attempt = await self._solve_for(self._request.members)
        if not isinstance(attempt, NoSolution):
            if self._request.priority is ChannelPriority.STRICT:
                return Resolved(packages=attempt.packages)
            held = await asyncio.gather(*(self._held(*one) for one in held_back(self._request, attempt)))
            unnecessary = await asyncio.gather(*(self._unnecessary_pin(one, attempt) for one in self._request.members))
            return Resolved(
                packages=attempt.packages,
                held_back=tuple(one for one in held if one and (one.by or not one.member.source_only)),
                unnecessary_pins=tuple(member for member in unnecessary if member),
            )
        if self._request.priority is ChannelPriority.STRICT and await self._fails([]):
            lacks_python = Conflict(members=(), kind=ConflictKind.NOT_INSTALLABLE, explanation=attempt.explanation)
            return Unsatisfiable(conflicts=(lacks_python,))
        conflicts = [await self._with_remedies(one) for one in _unavailable(self._request, attempt)]
        rest = [member for member in self._request.members if member.unavailable is None]
        if rest and isinstance(refused := await self._if_known(rest), NoSolution):
            conflicts += await self._conflicts(rest, refused)
        return Unsatisfiable(conflicts=tuple(conflicts))

    def _hidden(self) -> list[Conflict]:
        """Return the members for which a channel has the Python, and that are not available even on their own."""
        hidden = tuple(one for one in self._request.members if one.unavailable is not None and not one.lacks_python)
        return _unavailable(replace(self._request, members=hidden), NoSolution(explanation="")) if hidden else []

    async def _as_before(self) -> list[Conflict]:
        """Return why the list cannot be installed, if a member that fails for other targets fails here too."""
        members = self._request.members
        if not await self._alone(_singles(members, await self._precedents.conflicts(self._request))):
            return []
        return [] if await self._fails([]) else await self._conflicts(members, NoSolution(explanation=""))

    async def _conflicts(self, members: Sequence[RootRequirement], refused: NoSolution) -> list[Conflict]:
        """Return why members that are all available cannot be installed.

        Members that fail for other targets are tried first, then those that the resolver names: one by one, then the
        others without those that fail.
        """
        known = await self._precedents.conflicts(self._request)
        found = await self._alone(_singles(members, known))
        rest = _without(members, found)
        attempt = await self._if_known(rest) if found and rest else refused
        while rest and isinstance(attempt, NoSolution):
            suspects = [member for member in rest if names(attempt.explanation, member)] or rest
            alone = await self._alone(suspects)
            if not alone:
                together = suspects if await self._fails(suspects) else rest
                part = await minimal_conflict(together, self._fails, _likely(rest, known))
                return [*found, await self._incompatible(part)]
            found += alone
            rest = _without(rest, alone)
            attempt = await self._if_known(rest)
        return found

    async def _alone(self, suspects: Iterable[RootRequirement]) -> list[Conflict]:
        """Return those that cannot be installed even on their own."""
        return list(filter(None, await asyncio.gather(*map(self._not_installable, suspects))))

    async def _not_installable(self, member: RootRequirement) -> Conflict | None:
        """Return why a member cannot be installed even on its own; None when it can."""
        attempt = await self._if_known([member])
        if not isinstance(attempt, NoSolution):
            return None
        return Conflict(
            members=(member,),
            kind=ConflictKind.NOT_INSTALLABLE,
            explanation=attempt.explanation,
            remedies=await self._remedies([member]),
        )

    async def _incompatible(self, part: Sequence[RootRequirement]) -> Conflict:
        attempt = await self._if_known(part)
        explanation = attempt.explanation if isinstance(attempt, NoSolution) else ""
        return Conflict(
            members=tuple(part),
            kind=ConflictKind.INCOMPATIBLE,
            explanation=explanation,
            remedies=await self._remedies(part),
        )

    async def _with_remedies(self, conflict: Conflict) -> Conflict:
        """Return a conflict with its remedies, if its members have upper bounds: a newer version may be available."""
        capped = [member for member in conflict.members if pins.pins(member.requirement)]
        return replace(conflict, remedies=await self._remedies(capped))

    async def _remedies(self, part: Sequence[RootRequirement], *more: str) -> tuple[Remedy, ...]:
        """Return which members of a conflict cause it by their own version bounds; none for strict priority."""
        if self._request.priority is ChannelPriority.STRICT:
            return ()
        return tuple(filter(None, await asyncio.gather(*(self._remedy(part, member, *more) for member in part))))

    async def _remedy(self, part: Sequence[RootRequirement], member: RootRequirement, *more: str) -> Remedy | None:
        others = [other for other in part if other.requirement.id != member.requirement.id]
        for looser in member.looser:
            if isinstance(await self._if_known(others, looser.spec, *more), Solved):
                return Remedy(member, looser.text)
        return None

    async def _held(self, member: RootRequirement, taken: ResolvedPackage, newest: str) -> HeldBack | None:
        """Find out which members hold back a newer release of another one; None where that is not known."""
        others = self._others(member)
        exact = self._request.exactly(member, newest)

        async def fails(part: Sequence[RootRequirement]) -> bool:
            return isinstance(await self._solve_for(part, exact), NoSolution)

        try:
            fits = not await fails(others)
            likely = _likely(others, await self._precedents.holding_back(self._request, member))
            by = [] if fits else await minimal_conflict(others, fails, likely)
        except UndecidedError:
            return None
        remedies = await self._remedies(by, exact)
        return HeldBack(member=member, package=taken, newest=newest, by=tuple(by), remedies=remedies, fits=fits)

    async def _unnecessary_pin(self, member: RootRequirement, attempt: Solved) -> RootRequirement | None:
        """Return a member whose pin is allowed and changes nothing; None for any other."""
        if member.unpinned is None:
            return None
        without = await self._if_known(self._others(member), member.unpinned)
        if not isinstance(without, Solved) or set(without.packages) != set(attempt.packages):
            return None
        return member

    def _others(self, member: RootRequirement) -> list[RootRequirement]:
        return [other for other in self._request.members if other.requirement.id != member.requirement.id]

    async def _fails(self, members: Sequence[RootRequirement]) -> bool:
        """Tell whether a part is known to fail. A conflict may so have more members than it needs."""
        return isinstance(await self._if_known(members), NoSolution)

    async def _if_known(self, members: Sequence[RootRequirement], *more: str) -> Solved | NoSolution | None:
        if not more and self._proved is not None and all(member.name in self._proved for member in members):
            return None  # as for what is not known: only that there is no solution would count
        try:
            return await self._solve_for(members, *more)
        except UndecidedError:
            return None

    async def _solve_for(self, members: Sequence[RootRequirement], *more: str) -> Solved | NoSolution:
        attempt = await self._solve([*(member.spec for member in members), *more], self._request.target)
        if isinstance(attempt, SourceError):
            raise UndecidedError(attempt)
        return attempt


def names(explanation: str, member: RootRequirement) -> bool:
    """Tell whether the explanation of a resolver names a member as a requirement of the list.

    uv says "you require NAME", rattler begins a line with "NAME ... cannot be installed".
    """
    name = re.escape(member.name)
    required = rf"you require {name}(?![\w.-])|(?m:^{name} .*(?:cannot|can) be installed)|found for {name} "
    return re.search(required, explanation) is not None


def _unavailable(request: ResolveRequest, attempt: NoSolution) -> list[Conflict]:
    """Return the members that are not available; none of them where the reason is a missing Python."""
    if not request.members or all(member.lacks_python for member in request.members):
        explanation = request.members[0].unavailable if request.members else None
        return [Conflict(members=(), kind=ConflictKind.UNAVAILABLE, explanation=explanation or attempt.explanation)]
    return [
        Conflict(members=(member,), kind=ConflictKind.UNAVAILABLE, explanation=reason)
        for member in request.members
        if (reason := member.unavailable) is not None
    ]
