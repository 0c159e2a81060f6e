"""Requests -> resolutions: the resolvers run at the same time, and again for parts of what cannot be installed."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.analysis import conflicts
from onelist.analysis.resolution import (
    Conflict,
    ConflictKind,
    HeldBack,
    Remedy,
    Resolution,
    Resolved,
    Unsatisfiable,
    held_back,
)
from onelist.core.event_loop import run_async
from onelist.core.installers import CONDA, PIP, ChannelPriority
from onelist.core.status import Unknown
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.session import worker_pool
from onelist.sources.solution import NoSolution, Solved
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.resolution import ResolutionStatus, ResolveRequest, RootRequirement
    from onelist.core.targets import Target
    from onelist.sources.conda.solver import CondaResolver
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import ResolvedPackage, Solve, SolveResult

    Progress = Callable[[int, str], None]

_PLATFORMS_AT_A_TIME = 2
"""The number of platforms whose conda packages are kept in memory at a time."""
_METADATA = SourceErrorKind.METADATA_UNKNOWN


class UndecidedError(Exception):
    """A resolver could not answer, so the result is unknown."""

    def __init__(self, fault: SourceError) -> None:
        """Store the reason."""
        super().__init__(fault.reason)
        self.kind = fault.kind
        self.reason = fault.reason


def resolve(
    wanted: Sequence[ResolveRequest], session: SourceSession, progress: Progress
) -> tuple[tuple[Resolution, ...], ...]:
    """Run the resolvers.

    Args:
        wanted: The requests of one or more lists.
        session: The clients of the sources.
        progress: Called with the number of new requests (negative: of answered ones), and with the answered request.

    Returns:
        For each request, in order, its resolution; after it that with strict channel priority, where that differs.

    Raises:
        UsageError: A URL cannot be used, or pip and uv have no package index configured.
    """
    return run_async(_resolve(wanted, session, progress))


async def _resolve(
    wanted: Sequence[ResolveRequest], session: SourceSession, progress: Progress
) -> tuple[tuple[Resolution, ...], ...]:
    progress(len(wanted), "")
    semaphore = asyncio.Semaphore(max(os.cpu_count() or 1, 2))
    found: dict[int, tuple[Resolution, ...]] = {
        number: (Resolution(request=request, status=Unknown(reason=request.unknown), asked=False),)
        for number, request in enumerate(wanted)
        if request.unknown is not None
    }
    progress(-len(found), "")

    async def decide(number: int, solve: Solve, others: _Others | None = None) -> None:
        request = wanted[number]
        default = Resolution(request=request, status=await _state(request, solve))
        default = await others.for_mamba(default) if others else default
        other = await others.strictly(default) if others else None
        found[number] = (default, other) if other else (default,)
        progress(-1, f"{request.installer} {request.target}")

    still = [number for number in range(len(wanted)) if number not in found]
    with worker_pool() as pool:
        await asyncio.gather(
            _with_uv([one for one in still if wanted[one].installer == PIP], session, pool, semaphore, decide),
            _with_rattler(
                {one: wanted[one] for one in still if wanted[one].installer == CONDA}, session, semaphore, decide
            ),
        )
    return tuple(found[number] for number in range(len(wanted)))


async def _with_uv(
    numbers: Sequence[int],
    session: SourceSession,
    pool: Executor,
    semaphore: asyncio.Semaphore,
    decide: Callable[[int, Solve], Awaitable[None]],
) -> None:
    if not numbers:
        return
    from onelist.sources.pip.resolver import PipResolver
    from onelist.sources.pypi.indexes import IndexClient

    with PipResolver(session, await IndexClient.open(session, pool), semaphore) as resolver:
        solve = _with_memory(resolver.solve)
        await asyncio.gather(*(decide(number, solve) for number in numbers))


async def _with_rattler(
    wanted: dict[int, ResolveRequest],
    session: SourceSession,
    semaphore: asyncio.Semaphore,
    decide: Callable[[int, Solve, _Others], Awaitable[None]],
) -> None:
    """Solve platform by platform, so that no more than two platforms are in memory."""
    if not wanted:
        return
    from onelist.sources.conda.solver import CondaResolver

    resolvers = {
        line: CondaResolver(session.channels, line, semaphore, session.options.deadline)
        for line in dict.fromkeys(request.channels for request in wanted.values())
    }
    solves = {line: (_with_memory(one.solve), _Others(one)) for line, one in resolvers.items()}
    platforms = asyncio.Semaphore(_PLATFORMS_AT_A_TIME)

    async def on(platform: str) -> None:
        async with platforms:
            some = {number: request for number, request in wanted.items() if request.target.platform == platform}
            await asyncio.gather(*(decide(number, *solves[request.channels]) for number, request in some.items()))
            for resolver in resolvers.values():
                resolver.forget(platform)

    await asyncio.gather(*map(on, dict.fromkeys(request.target.platform for request in wanted.values())))


def _with_memory(solve: Solve) -> Solve:
    """Return a solver that remembers its results, for all lists and parts of lists."""
    known: dict[tuple[tuple[str, ...], Target], asyncio.Task[SolveResult]] = {}

    async def solve_once(specs: Sequence[str], target: Target) -> SolveResult:
        key = tuple(sorted(set(specs))), target
        if key not in known:
            known[key] = asyncio.ensure_future(solve(specs, target))
        return await known[key]

    return solve_once


class _Others:
    """Solves as other clients do, where that can differ: with strict channel priority, and for mamba."""

    def __init__(self, resolver: CondaResolver) -> None:
        self._resolver = resolver
        self._solve = _with_memory(resolver.solve_strictly)

    async def for_mamba(self, default: Resolution) -> Resolution:
        """Return a resolution with what mamba does not see, if mamba cannot install the list without that."""
        packages = default.status.packages if isinstance(default.status, Resolved) else ()
        unseen = tuple(one for one in packages if one.not_for_mamba)
        if not unseen:
            return default
        specs = [member.spec for member in default.request.members]
        attempt = await self._resolver.solve_for_mamba(specs, default.target)
        if isinstance(attempt, SourceError):
            return replace(default, status=Unknown(reason=attempt.reason))
        return replace(default, unseen=unseen) if isinstance(attempt, NoSolution) else default

    async def strictly(self, default: Resolution) -> Resolution | None:
        """Return what strict priority gives; None where it gives the same.

        Strict priority only excludes packages. So what flexible priority cannot install, it cannot install either. And
        a solution without any excluded package is a solution for both.
        """
        request, status = default.request, default.status
        if not isinstance(status, Resolved) or len(request.channels) == 1:
            return None
        same = await self._resolver.is_strict(status.packages, request.target)
        if same is True:
            return None
        request = request.strictly
        if isinstance(same, SourceError):
            return Resolution(request=request, status=Unknown(reason=same.reason, hint=same.kind.hint))
        strict = await _state(request, self._solve)
        if isinstance(strict, Resolved) and set(strict.packages) == set(status.packages):
            return None
        return Resolution(request=request, status=strict)


async def _state(request: ResolveRequest, solve: Solve) -> ResolutionStatus:
    solves = _Solves(request, solve)
    try:
        return await solves.status()
    except UndecidedError as undecided:
        without = await _without_sources(request, solve) if undecided.kind is _METADATA else None
        return without or Unknown(reason=undecided.reason, hint=undecided.kind.hint)


async def _without_sources(request: ResolveRequest, solve: Solve) -> Unsatisfiable | None:
    """Return why a list cannot be installed, although the dependencies of a source distribution are not known.

    What cannot be installed without the members that pip builds cannot be installed with them either.

    Returns:
        Why the other members cannot be installed; None where they can be, or where it is not known.
    """
    rest = tuple(member for member in request.members if not member.source_only)
    if not rest or len(rest) == len(request.members):
        return None
    try:
        status = await _Solves(replace(request, members=rest), solve).status()
    except UndecidedError:
        return None
    return status if isinstance(status, Unsatisfiable) else None


class _Solves:
    """The solves for one request."""

    def __init__(self, request: ResolveRequest, solve: Solve) -> None:
        self._request = request
        self._solve = solve

    async def status(self) -> ResolutionStatus:
        """Solve for the whole list, then, if there is no solution, for its parts.

        The whole list decides. What is not known of its parts does not make the answer unknown.

        Raises:
            UndecidedError: The resolver could not answer for the whole list.
        """
        if self._request.priority is ChannelPriority.STRICT and (hidden := self._hidden()):
            return Unsatisfiable(conflicts=tuple(hidden))
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

    async def _conflicts(self, members: Sequence[RootRequirement], refused: NoSolution) -> list[Conflict]:
        """Return why members that are all available cannot be installed.

        Members that the resolver names are tried first, one by one, then the others without those that fail.
        """
        found: list[Conflict] = []
        rest, attempt = list(members), refused
        while True:
            suspects = [member for member in rest if names(attempt.explanation, member)] or rest
            alone = [conflict for conflict in await asyncio.gather(*map(self._not_installable, suspects)) if conflict]
            if not alone:
                part = await conflicts.minimal_conflict(suspects if await self._fails(suspects) else rest, self._fails)
                return [*found, await self._incompatible(part)]
            found += alone
            blamed = {conflict.members[0].requirement.id for conflict in alone}
            rest = [member for member in rest if member.requirement.id not in blamed]
            again = await self._if_known(rest) if rest else None
            if not isinstance(again, NoSolution):
                return found
            attempt = again

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
            by = [] if fits else await conflicts.minimal_conflict(others, fails)
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
