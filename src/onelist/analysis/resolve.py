"""Requests -> resolutions: the resolvers run at the same time, and again for parts of what cannot be installed."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

from onelist.analysis import conflicts
from onelist.analysis.resolution import (
    CONDA,
    Conflict,
    ConflictKind,
    HeldBack,
    Resolution,
    Resolved,
    Unsatisfiable,
    held_back,
)
from onelist.core.event_loop import run_async
from onelist.core.status import PIP, Unknown
from onelist.sources.faults import SourceError
from onelist.sources.session import worker_pool
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.resolution import ResolutionStatus, ResolveRequest, RootRequirement
    from onelist.core.targets import Target
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import ResolvedPackage, Solve, Solved, SolveResult

    Progress = Callable[[int, str], None]

_PLATFORMS_AT_A_TIME = 2
"""The number of platforms whose conda packages are kept in memory at a time."""


class UndecidedError(Exception):
    """A resolver could not answer, so the result is unknown."""

    def __init__(self, fault: SourceError) -> None:
        """Store the reason."""
        super().__init__(fault.reason)
        self.reason = fault.reason


def resolve(wanted: Sequence[ResolveRequest], session: SourceSession, progress: Progress) -> tuple[Resolution, ...]:
    """Run the resolvers.

    Args:
        wanted: The requests of one or more lists.
        session: The clients of the sources.
        progress: Called with the number of new requests (negative: of answered ones), and with the answered request.

    Returns:
        A resolution for each request, in order.

    Raises:
        UsageError: A URL cannot be used, or pip and uv have no package index configured.
    """
    return run_async(_resolve(wanted, session, progress))


async def _resolve(
    wanted: Sequence[ResolveRequest], session: SourceSession, progress: Progress
) -> tuple[Resolution, ...]:
    progress(len(wanted), "")
    semaphore = asyncio.Semaphore(max(os.cpu_count() or 1, 2))
    found = {
        number: Resolution(case=case, status=Unknown(reason=case.unknown), asked=False)
        for number, case in enumerate(wanted)
        if case.unknown is not None
    }
    progress(-len(found), "")

    async def decide(number: int, solve: Solve) -> None:
        case = wanted[number]
        found[number] = Resolution(case=case, status=await _state(case, solve))
        progress(-1, f"{case.installer} {case.target}")

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
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.pypi.uv import UvResolver

    solve = _remembering(UvResolver(session.options, await IndexClient.open(session, pool), semaphore).solve)
    await asyncio.gather(*(decide(number, solve) for number in numbers))


async def _with_rattler(
    wanted: dict[int, ResolveRequest],
    session: SourceSession,
    semaphore: asyncio.Semaphore,
    decide: Callable[[int, Solve], Awaitable[None]],
) -> None:
    """Solve platform by platform, so that no more than two platforms are in memory."""
    if not wanted:
        return
    from onelist.sources.conda.solver import CondaResolver

    resolvers = {
        line: CondaResolver(session.channels, line, semaphore, session.options.deadline)
        for line in dict.fromkeys(case.channels for case in wanted.values())
    }
    solves = {line: _remembering(resolver.solve) for line, resolver in resolvers.items()}
    platforms = asyncio.Semaphore(_PLATFORMS_AT_A_TIME)

    async def on(platform: str) -> None:
        async with platforms:
            some = {number: case for number, case in wanted.items() if case.target.platform == platform}
            await asyncio.gather(*(decide(number, solves[case.channels]) for number, case in some.items()))
            for resolver in resolvers.values():
                resolver.forget(platform)

    await asyncio.gather(*map(on, dict.fromkeys(case.target.platform for case in wanted.values())))


def _remembering(solve: Solve) -> Solve:
    """Return a solver that remembers its results, for all lists and parts of lists."""
    known: dict[tuple[tuple[str, ...], Target], asyncio.Task[SolveResult]] = {}

    async def remembered(specs: Sequence[str], target: Target) -> SolveResult:
        key = tuple(sorted(set(specs))), target
        if key not in known:
            known[key] = asyncio.ensure_future(solve(specs, target))
        return await known[key]

    return remembered


async def _state(case: ResolveRequest, solve: Solve) -> ResolutionStatus:
    asking = _Asking(case, solve)
    try:
        return await asking.status()
    except UndecidedError as undecided:
        return Unknown(reason=undecided.reason)


class _Asking:
    """The solves for one request."""

    def __init__(self, case: ResolveRequest, solve: Solve) -> None:
        self._case = case
        self._solve = solve

    async def status(self) -> ResolutionStatus:
        """Solve for the whole list, then, if there is no solution, for its parts."""
        attempt = await self._ask(self._case.members)
        if not isinstance(attempt, NoSolution):
            held = await asyncio.gather(*(self._held(*one) for one in held_back(self._case, attempt)))
            unnecessary = await asyncio.gather(*(self._unnecessary_pin(one, attempt) for one in self._case.members))
            return Resolved(
                chosen=attempt.packages,
                held=tuple(held),
                unnecessary=tuple(member for member in unnecessary if member),
            )
        conflicts = _lacking(self._case, attempt)
        rest = [member for member in self._case.members if member.lacking is None]
        if rest and isinstance(attempt := await self._ask(rest), NoSolution):
            conflicts += await self._conflicts(rest, attempt)
        return Unsatisfiable(conflicts=tuple(conflicts))

    async def _conflicts(self, members: Sequence[RootRequirement], refused: NoSolution) -> list[Conflict]:
        """Return why members that are all available cannot be installed.

        Members that the resolver names are tried first, one by one, then the others without those that fail.
        """
        found: list[Conflict] = []
        rest, attempt = list(members), refused
        while True:
            suspects = [member for member in rest if names(attempt.explanation, member)] or rest
            alone = [conflict for conflict in await asyncio.gather(*map(self._alone, suspects)) if conflict]
            if not alone:
                part = await conflicts.minimal_conflict(suspects if await self._fails(suspects) else rest, self._fails)
                return [*found, await self._together(part)]
            found += alone
            blamed = {conflict.members[0].requirement.id for conflict in alone}
            rest = [member for member in rest if member.requirement.id not in blamed]
            again = await self._ask(rest) if rest else None
            if not isinstance(again, NoSolution):
                return found
            attempt = again

    async def _alone(self, member: RootRequirement) -> Conflict | None:
        """Return why a member cannot be installed even on its own; None when it can."""
        attempt = await self._ask([member])
        if not isinstance(attempt, NoSolution):
            return None
        return Conflict(members=(member,), blame=ConflictKind.ALONE, explanation=attempt.explanation)

    async def _together(self, part: Sequence[RootRequirement]) -> Conflict:
        attempt = await self._ask(part)
        explanation = attempt.explanation if isinstance(attempt, NoSolution) else ""
        return Conflict(members=tuple(part), blame=ConflictKind.TOGETHER, explanation=explanation)

    async def _held(self, member: RootRequirement, taken: ResolvedPackage, newest: str) -> HeldBack:
        """Find out which members hold back a newer release of another one."""
        others = self._others(member)
        exact = self._case.exactly(member, newest)

        async def fails(some: Sequence[RootRequirement]) -> bool:
            return isinstance(await self._ask(some, exact), NoSolution)

        by = await conflicts.minimal_conflict(others, fails) if others and await fails(others) else []
        return HeldBack(member=member, chosen=taken, newest=newest, by=tuple(by))

    async def _unnecessary_pin(self, member: RootRequirement, attempt: Solved) -> RootRequirement | None:
        """Return a member whose pin is allowed and changes nothing; None for any other."""
        if member.unpinned is None:
            return None
        without = await self._ask(self._others(member), member.unpinned)
        if isinstance(without, NoSolution) or set(without.packages) != set(attempt.packages):
            return None
        return member

    def _others(self, member: RootRequirement) -> list[RootRequirement]:
        return [other for other in self._case.members if other.requirement.id != member.requirement.id]

    async def _fails(self, members: Sequence[RootRequirement]) -> bool:
        return isinstance(await self._ask(members), NoSolution)

    async def _ask(self, members: Sequence[RootRequirement], *more: str) -> Solved | NoSolution:
        attempt = await self._solve([*(member.spec for member in members), *more], self._case.target)
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


def _lacking(case: ResolveRequest, attempt: NoSolution) -> list[Conflict]:
    """Return the members that are not available; none of them where the reason is a missing Python."""
    if not case.members or all(member.lacks_python for member in case.members):
        explanation = case.members[0].lacking if case.members else None
        return [Conflict(members=(), blame=ConflictKind.LACKING, explanation=explanation or attempt.explanation)]
    return [
        Conflict(members=(member,), blame=ConflictKind.LACKING, explanation=reason)
        for member in case.members
        if (reason := member.lacking) is not None
    ]
