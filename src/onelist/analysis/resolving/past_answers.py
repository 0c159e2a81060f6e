"""What the resolvers say of requests as of several days; each question is asked once."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from onelist.core.installers import PIP, ChannelPriority
from onelist.sources.cutoff import Cutoff
from onelist.sources.solution import Solved

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.resolving.resolution import ResolveRequest
    from onelist.sources.conda.solving.resolver import CondaResolver
    from onelist.sources.cutoff import ReleaseName
    from onelist.sources.pip.dated import DatedPipResolver
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import SolveResult


class PastAnswers:
    """The answers of one call. Pages and repodata are read once for all days.

    Attributes:
        requests: The requests; a number stands for one of them.
        solves: How many questions were put to a resolver.
    """

    def __init__(
        self,
        requests: Sequence[ResolveRequest],
        session: SourceSession,
        pool: Executor,
        told: Callable[[int, str], None],
    ) -> None:
        """Take what all days share.

        Args:
            requests: The requests.
            session: The clients of the sources.
            pool: The threads for requests to the package indexes.
            told: Called with the number of new questions (negative: of answered ones), and with what is asked.
        """
        self.requests = list(requests)
        self.solves = 0
        self._session = session
        self._pool = pool
        self._told = told
        self._semaphore = asyncio.Semaphore(max(os.cpu_count() or 1, 2))
        self._known: dict[tuple[int, Cutoff], SolveResult] = {}

    async def at(self, cutoff: Cutoff, numbers: Sequence[int]) -> list[SolveResult]:
        """Return the answers to some requests as of a day."""
        new = [number for number in numbers if (number, cutoff) not in self._known]
        of_pip = [number for number in new if self.requests[number].installer == PIP]
        of_conda = [number for number in new if self.requests[number].installer != PIP]
        self._told(len(new), "")
        self.solves += len(new)
        if of_pip:
            await self._ask_pip(cutoff, of_pip)
        await asyncio.gather(*(self._ask_conda(cutoff, number) for number in of_conda))
        return [self._known[number, cutoff] for number in numbers]

    async def _ask_pip(self, cutoff: Cutoff, numbers: Sequence[int]) -> DatedPipResolver:
        """Ask uv, and return the resolver, which has read all that the answers depend on."""
        from onelist.sources.pip.dated import DatedPipResolver
        from onelist.sources.pypi.indexes import IndexClient

        session = self._session.as_of(cutoff)
        client = await IndexClient.open(session, self._pool)

        async def ask(number: int) -> None:
            request = self.requests[number]
            specs = [member.spec for member in request.members]
            self._keep(number, cutoff, await resolver.solve(specs, request.target))

        with DatedPipResolver(session, client, self._semaphore) as resolver:
            await asyncio.gather(*map(ask, numbers))
        return resolver

    async def _ask_conda(self, cutoff: Cutoff, number: int) -> None:
        request = self.requests[number]
        specs = [member.spec for member in request.members]
        priority = request.priority or ChannelPriority.FLEXIBLE
        self._keep(number, cutoff, await self._conda(cutoff, request).solve(specs, request.target, priority))

    def _conda(self, cutoff: Cutoff, request: ResolveRequest) -> CondaResolver:
        from onelist.sources.conda.solving.resolver import CondaResolver

        return CondaResolver(self._session.as_of(cutoff), request.channels, self._semaphore)

    def _keep(self, number: int, cutoff: Cutoff, answer: SolveResult) -> None:
        request = self.requests[number]
        self._known[number, cutoff] = answer
        self._told(-1, f"{request.installer} {request.target} as of {cutoff.day}")

    async def with_strict(self, cutoff: Cutoff, number: int) -> int | None:
        """Return the number of the same request with strict channel priority; None where it cannot differ.

        It can only exclude packages of a solution that do not come from the first channel that has their name.
        """
        request = self.requests[number]
        (answer,) = await self.at(cutoff, [number])
        if request.installer == PIP or len(request.channels) == 1 or not isinstance(answer, Solved):
            return None
        excluded = await self._conda(cutoff, request).excluded(answer.packages, request.target)
        if not excluded:
            return None
        self.requests.append(request.strictly)
        return len(self.requests) - 1

    async def releases_of(self, day: datetime.date, number: int) -> list[ReleaseName]:
        """Return the releases that appeared on a day, of all packages that the answer of that day may depend on.

        Returns:
            Those that the list names itself come first.
        """
        request, cutoff = self.requests[number], Cutoff(day=day)
        if request.installer == PIP:
            found = (await self._ask_pip(cutoff, [number])).releases_of(day)
        else:
            specs = [member.spec for member in request.members]
            found = await self._conda(cutoff, request).releases_of(day, specs, request.target)
        own = {member.name for member in request.members}
        return sorted(found, key=lambda one: (one.name not in own, one))
