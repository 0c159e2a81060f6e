"""Requests -> resolutions: the resolvers run at the same time, and again for parts of what cannot be installed."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.analysis.resolving.kept_resolutions import KeptResolutions
from onelist.analysis.resolving.resolution import Resolution, Resolved, Unsatisfiable
from onelist.analysis.resolving.solves import PendingAnswer, Precedents, Solves, UndecidedError
from onelist.analysis.resolving.subsolutions import installable_without
from onelist.core.installers import CONDA, PIP
from onelist.core.status import Unknown
from onelist.core.system.event_loop import run_async
from onelist.core.system.memory import return_free_memory
from onelist.sources.faults import SourceError, SourceErrorKind, unexpected_error
from onelist.sources.session import worker_pool
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.resolving.resolution import ResolutionStatus, ResolveRequest
    from onelist.core.targets import Target
    from onelist.sources.conda.solving.resolver import CondaResolver
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import ResolverInputs, Solve, SolveResult

    Progress = Callable[[int, str], None]

_PLATFORMS_AT_A_TIME = 2
"""The number of platforms whose conda packages are kept in memory at a time, where each has few requests."""
_REQUESTS_AT_A_TIME = 100
"""The number of requests of a resolver that are decided at a time: those of one list for all targets, and more."""
_MANY = 50
"""From so many requests on a platform keeps all processors busy, and is solved without another one in memory."""
_METADATA = SourceErrorKind.METADATA_UNKNOWN


def resolve(
    lists: Sequence[Sequence[ResolveRequest]], session: SourceSession, progress: Progress
) -> list[tuple[Resolution, ...]]:
    """Run the resolvers.

    Args:
        lists: The requests of one or more lists.
        session: The clients of the sources.
        progress: Called with the number of new requests (negative: of answered ones), and with the answered request.

    Returns:
        For each list, the resolutions for its requests, in order; after each of them that with strict channel priority,
        where that differs.

    Raises:
        UsageError: A URL cannot be used, or pip and uv have no package index configured.
    """
    return run_async(_resolve(lists, session, progress))


async def _resolve(
    lists: Sequence[Sequence[ResolveRequest]], session: SourceSession, progress: Progress
) -> list[tuple[Resolution, ...]]:
    wanted = [request for requests in lists for request in requests]
    progress(len(wanted), "")
    semaphore = asyncio.Semaphore(max(os.cpu_count() or 1, 2))
    found = [PendingAnswer() for _ in wanted]
    for answer, request in zip(found, wanted, strict=True):
        if request.unknown is not None:
            answer.set((Resolution(request=request, status=Unknown(reason=request.unknown), asked=False),))
            progress(-1, "")
    precedents = _precedents(lists, found)
    kept = KeptResolutions(session.options)

    async def decide(number: int, solve: Solve, inputs: ResolverInputs, others: _Others | None = None) -> None:
        request = wanted[number]
        before = precedents[number]
        try:
            answer = await kept.find(request, inputs, before)
            if answer is None:
                asked, asking = _noted(solve)
                answer = await _decided(request, asking, others, before, found[number])
                await kept.keep(answer, inputs, asked, before)
        except BaseException as error:  # noqa: BLE001 - one answer that nobody expects must not cost the others
            fault = unexpected_error(error)
            answer = (Resolution(request=request, status=Unknown(reason=fault.reason, hint=fault.kind.hint)),)
        found[number].set(answer)
        progress(-1, f"{request.installer} {request.target}")

    still = [number for number, answer in enumerate(found) if not answer.whole.done()]
    with worker_pool() as pool:
        await asyncio.gather(
            _with_uv([one for one in still if wanted[one].installer == PIP], session, pool, semaphore, decide),
            _with_rattler(
                {one: wanted[one] for one in still if wanted[one].installer == CONDA}, session, semaphore, decide
            ),
        )
    kept.save()
    answers = iter(found)
    return [tuple(one for _ in requests for one in next(answers).whole.result()) for requests in lists]


def _precedents(lists: Iterable[Iterable[ResolveRequest]], answers: Iterable[PendingAnswer]) -> list[Precedents]:
    """Return for each request those before it of the same list, installer and platform."""
    following = iter(answers)
    found: list[Precedents] = []
    for requests in lists:
        earlier: dict[tuple[str, str], tuple[PendingAnswer, ...]] = {}
        for request in requests:
            kind = request.installer, request.target.platform
            found.append(Precedents(earlier.get(kind, ())))
            earlier[kind] = (*earlier.get(kind, ()), next(following))
    return found


async def _decided(
    request: ResolveRequest, solve: Solve, others: _Others | None, precedents: Precedents, answer: PendingAnswer
) -> tuple[Resolution, ...]:
    """Return the resolution of a request, and after it that with strict channel priority, where that differs.

    The first one is a precedent for later targets as soon as it is known.
    """
    failure = others.failure(request) if others else None
    if failure:
        return (Resolution(request=request, status=Unknown(reason=failure.reason), asked=False),)
    default = Resolution(request=request, status=await _state(request, solve, precedents))
    default = await others.for_mamba(default) if others else default
    answer.default.set_result((default,))
    other = await others.strictly(default, precedents) if others else None
    return (default, other) if other else (default,)


async def _with_uv(
    numbers: Sequence[int],
    session: SourceSession,
    pool: Executor,
    semaphore: asyncio.Semaphore,
    decide: Callable[[int, Solve, ResolverInputs], Awaitable[None]],
) -> None:
    if not numbers:
        return
    from onelist.sources.pip.dated import DatedPipResolver
    from onelist.sources.pip.resolver import PipResolver
    from onelist.sources.pypi.indexes import IndexClient

    make = DatedPipResolver if session.options.cutoff else PipResolver
    with make(session, await IndexClient.open(session, pool), semaphore) as resolver:
        solve = _with_memory(resolver.solve)
        await _in_turn(numbers, lambda number: decide(number, solve, resolver))


async def _with_rattler(
    wanted: dict[int, ResolveRequest],
    session: SourceSession,
    semaphore: asyncio.Semaphore,
    decide: Callable[[int, Solve, ResolverInputs, _Others], Awaitable[None]],
) -> None:
    """Solve platform by platform, so that no more than two platforms are in memory; of many requests, only one."""
    if not wanted:
        return
    from onelist.sources.conda.solving.resolver import CondaResolver

    resolvers = {
        line: CondaResolver(session, line, semaphore)
        for line in dict.fromkeys(request.channels for request in wanted.values())
    }
    solves = {line: (_with_memory(one.solve), one, _Others(one)) for line, one in resolvers.items()}
    counts = Counter(request.target.platform for request in wanted.values())
    is_many = min(counts.values()) >= _MANY
    platforms = asyncio.Semaphore(1 if is_many else _PLATFORMS_AT_A_TIME)

    async def on(platform: str) -> None:
        async with platforms:
            some = {number: request for number, request in wanted.items() if request.target.platform == platform}
            await _in_turn(some, lambda number: decide(number, *solves[some[number].channels]))
            for resolver in resolvers.values():
                resolver.forget(platform)
            if is_many:
                return_free_memory()

    await asyncio.gather(*map(on, counts))


async def _in_turn(numbers: Iterable[int], decide: Callable[[int], Awaitable[None]]) -> None:
    """Decide requests in order, a limited number at a time.

    A request may wait for those before it, which have begun. Thousands at a time would take 20 kB of memory each.
    """
    waiting = enumerate(numbers, 1)

    async def work() -> None:
        for position, number in waiting:
            await decide(number)
            if position % _REQUESTS_AT_A_TIME == 0:
                return_free_memory()

    await asyncio.gather(*(work() for _ in range(_REQUESTS_AT_A_TIME)))


def _with_memory(solve: Solve) -> Solve:
    """Return a solver that remembers its results, for all lists and parts of lists."""
    known: dict[tuple[tuple[str, ...], Target], asyncio.Task[SolveResult]] = {}

    async def solve_once(specs: Sequence[str], target: Target) -> SolveResult:
        key = tuple(sorted(set(specs))), target
        if key not in known:
            known[key] = asyncio.ensure_future(solve(specs, target))
        return await known[key]

    return solve_once


def _noted(solve: Solve) -> tuple[set[tuple[str, ...]], Solve]:
    """Return a solver that notes what it is asked, and the notes."""
    asked: set[tuple[str, ...]] = set()

    async def solve_and_note(specs: Sequence[str], target: Target) -> SolveResult:
        asked.add(tuple(sorted(set(specs))))
        return await solve(specs, target)

    return asked, solve_and_note


class _Others:
    """Solves as other clients do, where that can differ: with strict channel priority, and for mamba."""

    def __init__(self, resolver: CondaResolver) -> None:
        self._resolver = resolver
        self._solve = _with_memory(resolver.solve_strictly)

    def failure(self, request: ResolveRequest) -> SourceError | None:
        """Return why a channel gave no data before, which its own finding reports; None if each gave some."""
        return self._resolver.failure(request.target.platform)

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

    async def strictly(self, default: Resolution, precedents: Precedents) -> Resolution | None:
        """Return what strict priority gives; None where it gives the same.

        Strict priority only excludes packages. So what flexible priority cannot install, it cannot install either. And
        a solution without any excluded package is a solution for both.
        """
        request, status = default.request, default.status
        if not isinstance(status, Resolved) or len(request.channels) == 1:
            return None
        excluded = await self._resolver.excluded(status.packages, request.target)
        if not excluded:
            return None
        request = request.strictly
        if isinstance(excluded, SourceError):
            return Resolution(request=request, status=Unknown(reason=excluded.reason, hint=excluded.kind.hint))
        proved = installable_without(excluded, status.packages, [member.name for member in request.members])
        strict = await _state(request, self._solve, precedents, proved)
        if isinstance(strict, Resolved) and set(strict.packages) == set(status.packages):
            return None
        return Resolution(request=request, status=strict)


async def _state(
    request: ResolveRequest, solve: Solve, precedents: Precedents, proved: frozenset[str] | None = None
) -> ResolutionStatus:
    solves = Solves(request, solve, precedents, proved)
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
        status = await Solves(replace(request, members=rest), solve, Precedents()).status()
    except UndecidedError:
        return None
    return status if isinstance(status, Unsatisfiable) else None
