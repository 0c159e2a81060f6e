"""The resolver that conda, mamba and pixi have: rattler's, for the channels of one install line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from onelist.core.installers import ChannelPriority
from onelist.core.system.readings import ended_by, reading
from onelist.core.targets import PLATFORMS, python_words
from onelist.core.text import redact
from onelist.sources.conda.gateway import SOLVER_RETRIES
from onelist.sources.conda.records import NOARCH, RecordForm
from onelist.sources.conda.solving.missing_candidates import MissingCandidates
from onelist.sources.conda.solving.record_hashes import RecordHashes, name_of
from onelist.sources.conda.solving.solver import PACKAGES, Task, solve, solve_records
from onelist.sources.cutoff import agreed, undated_error
from onelist.sources.faults import SourceError, SourceErrorKind, unexpected_error
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping, Sequence

    import rattler

    from onelist.core.targets import Target
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.cutoff import ReleaseName
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import ResolvedPackage, SolveResult


_SOLVABLE = frozenset({SourceErrorKind.EMPTY, SourceErrorKind.NOT_CACHED})
"""Errors of a channel with which there still may be a solution."""


class CondaResolver:
    """Resolves with the channels of one install line.

    The repodata of a channel stays in memory until :meth:`forget`, and several resolvers share it.
    """

    def __init__(self, session: SourceSession, line: Sequence[str], semaphore: asyncio.Semaphore) -> None:
        """Take the channels.

        Args:
            session: The clients of this call.
            line: The names of the channels, in the order of the install line.
            semaphore: Limits how many resolvers run at a time.

        Raises:
            UsageError: A name is not that of a channel.
        """
        self._channels = session.channels
        self._places = [self._channels.locate(channel) for channel in line]
        self._semaphore = semaphore
        self._deadline = session.options.deadline
        self._failed = session.failed_subdirs
        self._cutoff = session.options.cutoff
        self._hashes = RecordHashes(self._channels, self._places)
        self._missing = MissingCandidates(self._channels, session.shards)
        self._key = " ".join(["solve", *line])
        self._identity = f"rattler {version('py-rattler')} {' '.join(redact(one.address) for one in self._places)}"

    @property
    def identity(self) -> str:
        """rattler, its version, and the channels without passwords."""
        return self._identity

    async def names(self, asked: Collection[tuple[str, ...]], target: Target) -> frozenset[str] | None:
        """Return the packages whose records the solver reads; see :class:`ResolverInputs`."""
        if self.failure(target.platform):
            return None
        roots = {name_of(spec) for specs in asked for spec in specs}
        async with reading(self._key):
            return await self._hashes.closure({*roots, "python"}, target.platform)

    async def fingerprints(self, names: Collection[str], target: Target) -> Mapping[str, str] | None:
        """Return a hash of the records of each package now; see :class:`ResolverInputs`."""
        if self.failure(target.platform):
            return None
        async with reading(self._key):
            return await self._hashes.fingerprints(names, target.platform)

    async def solve_for_mamba(self, specs: Sequence[str], target: Target) -> SolveResult:
        """Resolve MatchSpecs for a target with the records that mamba can read."""
        return await self.solve(specs, target, forms=frozenset({RecordForm.CONDA}))

    async def solve_strictly(self, specs: Sequence[str], target: Target) -> SolveResult:
        """Resolve MatchSpecs for a target with strict channel priority."""
        return await self.solve(specs, target, ChannelPriority.STRICT)

    async def excluded(self, packages: Sequence[ResolvedPackage], target: Target) -> frozenset[str] | SourceError:
        """Return the packages of a solution that do not come from the first channel that has their name.

        Strict channel priority excludes them. If there are none, the solution is that of strict priority, too.

        Args:
            packages: A solution of :meth:`solve`.
            target: The platform and Python.

        Returns:
            Their names; an error if a channel does not answer.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._excluded(packages, target)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)

    async def _excluded(self, packages: Sequence[ResolvedPackage], target: Target) -> frozenset[str] | SourceError:
        excluded: set[str] = set()
        addresses = [location.address.rstrip("/") for location in self._places]
        for position, location in enumerate(self._places[:-1]):
            earlier = addresses[: position + 1]
            later = [one.name for one in packages if (one.channel or "").rstrip("/") not in earlier]
            if not later:
                break
            for subdir in (target.platform, NOARCH):
                found = await self._channels.query(location, subdir, later, retries=SOLVER_RETRIES)
                if isinstance(found, SourceError):
                    return found
                excluded.update(found)
        return frozenset(excluded)

    async def solve(
        self,
        specs: Sequence[str],
        target: Target,
        priority: ChannelPriority = ChannelPriority.FLEXIBLE,
        forms: frozenset[RecordForm] = PACKAGES,
    ) -> SolveResult:
        """Resolve MatchSpecs for a target.

        Args:
            specs: The MatchSpecs, without one for Python.
            target: The platform and Python.
            priority: From which channel a package is taken, if several have its name.
            forms: Which records are taken.

        Returns:
            The packages, why there is no solution, or an error.
        """
        if failed := self.failure(target.platform):
            return failed
        task = self._task(specs, target, priority, forms)
        found = await self._solve(task)
        can_differ = isinstance(found, NoSolution) or priority is ChannelPriority.STRICT
        if not self._cutoff or isinstance(found, SourceError) or not can_differ:
            return found  # with flexible priority, more records take nothing from a solution
        return agreed(found, await self._solve(replace(task, undated=True)), await self._undated(task))

    async def records(
        self, specs: Sequence[str], target: Target
    ) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
        """Resolve MatchSpecs for a target to records; their addresses may hold a token."""
        if failed := self.failure(target.platform):
            return failed
        task = self._task(specs, target, ChannelPriority.FLEXIBLE, PACKAGES)
        async with self._semaphore, reading(self._key):
            try:
                async with asyncio.timeout(self._deadline):
                    return await solve_records(self._channels, task, self._missing)
            except TimeoutError:
                return SourceError(kind=SourceErrorKind.TIMED_OUT)
            except BaseException as error:  # noqa: BLE001 - a panic of rattler is no answer
                return unexpected_error(error)

    @property
    def locations(self) -> Sequence[ChannelLocation]:
        """The channels, in the order of the install line."""
        return self._places

    def _task(
        self, specs: Sequence[str], target: Target, priority: ChannelPriority, forms: frozenset[RecordForm]
    ) -> Task:
        return Task(
            locations=self._places,
            subdir=target.platform,
            specs=[*specs, f"python {python_words(target.python)}.*"],
            machine=PLATFORMS[target.platform].virtual_packages,
            seconds=self._deadline,
            priority=priority,
            forms=forms,
            cutoff=self._cutoff,
        )

    async def _solve(self, task: Task) -> SolveResult:
        async with self._semaphore, reading(self._key):
            try:
                async with asyncio.timeout(self._deadline):
                    return await solve(self._channels, task, self._missing)
            except TimeoutError:
                return SourceError(kind=SourceErrorKind.TIMED_OUT)

    async def _undated(self, task: Task) -> SourceError:
        """Return which records say no day, of those that can take part in a solution."""
        undated = await self._hashes.undated(map(name_of, task.specs), task.subdir)
        return undated_error(undated, "record")

    async def releases_of(self, day: datetime.date, specs: Sequence[str], target: Target) -> list[ReleaseName]:
        """Return the releases of which a record appeared on a day, of packages that can take part in a solution."""
        async with reading(self._key):
            return await self._hashes.releases_of(day, [*map(name_of, specs), "python"], target.platform)

    def failure(self, platform: str) -> SourceError | None:
        """Return why a channel gave no data for a platform before; None if each of them gave some, or was not asked.

        To ask again costs the time limit for each Python and platform, and ends in the same way.
        """
        if name := ended_by(self._key):
            return SourceError(kind=SourceErrorKind.READER_ENDED, detail=name)
        errors = (self._failed.error(location.address, platform) for location in self._places)
        return next((error for error in errors if error and error.kind not in _SOLVABLE), None)

    def forget(self, platform: str) -> None:
        """Free the memory of a platform's repodata."""
        self._hashes.forget(platform)
        for location in self._places:
            self._channels.forget(location, platform)
