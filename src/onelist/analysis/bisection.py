"""Since which day, and by which releases, a list no longer installs: its resolvers are asked as of several days."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from onelist.analysis.lists import ResolveOptions, availability_of, load_list, stop_at_unknown_target
from onelist.analysis.progress import Progress
from onelist.analysis.resolving.conflicts import minimal_conflict
from onelist.analysis.resolving.past_answers import PastAnswers
from onelist.analysis.resolving.requests import TargetFilter, resolve_requests
from onelist.core.errors import UsageError
from onelist.core.installers import ChannelPriority
from onelist.core.system.event_loop import run_async
from onelist.settings.project import find_single, load_project
from onelist.sources.config import NetworkOptions
from onelist.sources.cutoff import Cutoff
from onelist.sources.faults import SourceError
from onelist.sources.session import SourceSession, worker_pool
from onelist.sources.solution import NoSolution, Solved

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.analysis.resolving.resolution import ResolveRequest
    from onelist.core.model import Settings
    from onelist.core.targets import Target
    from onelist.sources.cutoff import ReleaseName
    from onelist.sources.solution import SolveResult

    PathLike = str | os.PathLike[str]

_DAYS_BACK = (*(2**step for step in range(8)), *range(256, 2049, 256))
"""How many days back it is tried whether the list installed. Longer steps would miss a year in which it did."""
_ONE = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectOptions:
    """Where to look.

    Attributes:
        good: A day on which the list installed, in UTC; None to look for one.
        bad: A later day on which it does not install; None for today.
        likely: By installer and target, a day on which it probably installed.
        builds: Whether the list counts as failing, too, where pip builds a part of it from source.
        resolve: For which targets and installers.
        channels: conda channels in place of those of the list; empty for those.
        network: Which servers to ask, and how; with the time that counts as now.
    """

    good: datetime.date | None = None
    bad: datetime.date | None = None
    likely: Mapping[tuple[str, str], datetime.date] = field(default_factory=lambda: MappingProxyType({}))
    builds: bool = False
    resolve: ResolveOptions = field(default_factory=ResolveOptions)
    channels: tuple[str, ...] = ()
    network: NetworkOptions = field(default_factory=NetworkOptions)

    @property
    def first(self) -> datetime.date:
        """The day that is looked at first: the bad one.

        Raises:
            UsageError: A day has not begun, or the days are in the wrong order.
        """
        today = self.network.now.date()
        for words, day in (("good", self.good), ("bad", self.bad)):
            if day and day > today:
                raise UsageError(f"The {words} day, {day}, has not begun.", f"Today is {today} (UTC).")
        bad = self.bad or today
        if self.good and self.good >= bad:
            raise UsageError(f"The good day, {self.good}, is not before the bad day, {bad}.", "Name an earlier day.")
        return bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked of one resolver for some targets.

    Attributes:
        installer: ``pip`` or ``conda``.
        is_strict: Whether it is about strict channel priority, which conda and mamba use only on request.
        targets: The machines.
    """

    installer: str
    is_strict: bool
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstFailure:
    """Since when a list does not install.

    Attributes:
        case: Where.
        day: The first day; on the day before, it installed.
        releases: The releases of that day without which it installs; empty if no set of them explains it.
        explanation: Why it does not install on that day, in the words of the resolver.
    """

    case: Case
    day: datetime.date
    releases: tuple[ReleaseName, ...]
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A list that does not install, or of which that is not known, and since when is not known.

    Attributes:
        case: Where.
        reason: Why nothing more is known; None if it did not install on any day that was tried.
        good: The last day on which it is known to install; None for none.
        bad: The first day after it on which it is known not to install; None for none.
    """

    case: Case
    reason: str | None
    good: datetime.date | None = None
    bad: datetime.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """The result for one list.

    Attributes:
        name: Its name, as settings.ini writes it.
        version: Its version.
        bad: The day that was looked at first.
        builds: Whether it counts as failing, too, where pip builds a part of it from source.
        asked: What was asked of each resolver as of that day.
        failures: Since when it does not install; the earliest day first.
        undecided: Where that could not be found out.
        solves: How many questions were put to a resolver.
    """

    name: str
    version: str
    bad: datetime.date
    builds: bool
    asked: tuple[Case, ...]
    failures: tuple[FirstFailure, ...]
    undecided: tuple[Undecided, ...]
    solves: int


def bisect(
    path: PathLike = ".", options: BisectOptions | None = None, *, progress: Progress | TextIO | None = None
) -> Bisection:
    """Find out since which day a list does not install, and because of which releases.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: Where to look; None for the defaults.
        progress: Where to show what is done; None for nowhere.

    Returns:
        The days.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: The days do not fit, the list has no such target, an address cannot be used, or the index is not
            known.
    """
    options = options or BisectOptions()
    options = replace(options, bad=options.first)  # a wrong day is an error before anything is asked
    one = load_list(load_project(find_single(Path(path))))
    stop_at_unknown_target(options.resolve.targets, [one])
    session = SourceSession(options.network)
    progress = Progress.on(progress)
    (found,) = availability_of(
        {one.project.folder: one}, session, channels=options.channels, progress=progress
    ).values()
    wanted = TargetFilter(targets=frozenset(options.resolve.targets), installers=options.resolve.installers)
    requests = resolve_requests(found, wanted)
    progress.begin("resolving")
    return run_async(_bisect(one.project.settings, requests, session, options, progress))


async def _bisect(
    settings: Settings,
    requests: Sequence[ResolveRequest],
    session: SourceSession,
    options: BisectOptions,
    progress: Progress,
) -> Bisection:
    with worker_pool() as pool:
        search = _Search(PastAnswers(requests, session, pool, progress.tell), options)
        failures, undecided = await search.run()
        return Bisection(
            name=settings.lib_name,
            version=str(settings.version),
            bad=options.first,
            builds=options.builds,
            asked=tuple(_cases(requests)),
            failures=tuple(sorted(_together(failures), key=lambda one: one.day)),
            undecided=tuple(_alike(undecided)),
            solves=search.answers.solves,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bracket:
    """Two days: on the first one a request has a solution, on the second one it has none."""

    good: datetime.date
    bad: datetime.date


class _Search:
    """The search for all requests.

    Attributes:
        answers: The answers of the resolvers.
    """

    def __init__(self, answers: PastAnswers, options: BisectOptions) -> None:
        self.answers = answers
        self._options = options
        self._first = options.first
        self._cutoff = Cutoff(day=self._first)

    async def run(self) -> tuple[list[FirstFailure], list[Undecided]]:
        """Return, for each request that is not known to have a solution, since when, or why that is not known."""
        numbers = [n for n, one in enumerate(self.answers.requests) if one.unknown is None]
        unknown = [
            Undecided(case=_case([one]), reason=one.unknown) for one in self.answers.requests if one.unknown is not None
        ]
        await self.answers.at(self._cutoff, numbers)
        for number in list(numbers):
            strict = await self.answers.with_strict(self._cutoff, number)
            numbers += [] if strict is None else [strict]
        failing = []
        for number, answer in zip(numbers, await self.answers.at(self._cutoff, numbers), strict=True):
            if isinstance(answer, SourceError):
                unknown.append(self._undecided(number, answer.reason))
            elif not self._installs(answer):
                failing.append(number)
        failures, undecided = await self._all_of(failing)
        return failures, [*unknown, *undecided]

    async def _all_of(self, failing: Sequence[int]) -> tuple[list[FirstFailure], list[Undecided]]:
        """Search for each request; a day that is found is first tried for those that are left."""
        failures: list[FirstFailure] = []
        undecided: list[Undecided] = []
        left = list(failing)
        while left:
            number = left.pop(0)
            found = await self._first_failure(number)
            if isinstance(found, Undecided):
                undecided.append(found)
                continue
            failures.append(found)
            for other in list(left):
                if same := await self._same(other, found):
                    failures.append(same)
                    left.remove(other)
        return failures, undecided

    async def _first_failure(self, number: int) -> FirstFailure | Undecided:
        bracket = await self._bracket(number)
        while isinstance(bracket, _Bracket) and bracket.bad - bracket.good > _ONE:
            middle = bracket.good + datetime.timedelta(days=(bracket.bad - bracket.good).days // 2)
            (answer,) = await self.answers.at(Cutoff(day=middle), [number])
            if isinstance(answer, SourceError):
                bracket = self._undecided(number, answer.reason, bracket)
            elif self._installs(answer):
                bracket = replace(bracket, good=middle)
            else:
                bracket = replace(bracket, bad=middle)
        if isinstance(bracket, Undecided):
            return bracket
        return await self._failure(number, bracket.bad, await self._releases(number, bracket.bad))

    async def _bracket(self, number: int) -> _Bracket | Undecided:
        """Look back for a day on which it installed."""
        bad = self._first
        for day in self._days_before(number):
            (answer,) = await self.answers.at(Cutoff(day=day), [number])
            if isinstance(answer, SourceError):
                return replace(self._undecided(number, answer.reason), bad=bad)
            if self._installs(answer):
                return _Bracket(good=day, bad=bad)
            bad = day
        return replace(self._undecided(number, None), bad=bad)

    def _days_before(self, number: int) -> Iterator[datetime.date]:
        request, options = self.answers.requests[number], self._options
        if options.good:
            yield options.good
            return
        likely = options.likely.get((request.installer, str(request.target)), self._first)
        first = min(likely, self._first)
        if first < self._first:
            yield first
        for days in _DAYS_BACK:
            day = self._first - datetime.timedelta(days=days)
            if day < first:
                yield day

    async def _releases(self, number: int, day: datetime.date) -> tuple[ReleaseName, ...]:
        """Return a minimal set of the releases of a day without which it installs; empty if there is none."""
        among = await self.answers.releases_of(day, number)

        async def installs_without(some: Sequence[ReleaseName]) -> bool:
            cutoff = Cutoff(day=day, without=frozenset(some))
            return self._installs((await self.answers.at(cutoff, [number]))[0])

        if not among or not await installs_without(among):
            return ()
        return tuple(await minimal_conflict(among, installs_without))

    async def _same(self, number: int, other: FirstFailure) -> FirstFailure | None:
        """Return the failure of a request, if it begins on the same day by the same releases; None if not."""
        cutoffs = Cutoff(day=other.day - _ONE), Cutoff(day=other.day)
        before, then = [(await self.answers.at(cutoff, [number]))[0] for cutoff in cutoffs]
        if not (self._installs(before) and isinstance(then, NoSolution | Solved) and not self._installs(then)):
            return None
        without = Cutoff(day=other.day, without=frozenset(other.releases))
        (again,) = await self.answers.at(without, [number])
        releases = other.releases if self._installs(again) else await self._releases(number, other.day)
        return await self._failure(number, other.day, releases)

    async def _failure(self, number: int, day: datetime.date, releases: tuple[ReleaseName, ...]) -> FirstFailure:
        (answer,) = await self.answers.at(Cutoff(day=day), [number])
        return FirstFailure(
            case=_case([self.answers.requests[number]]),
            day=day,
            releases=releases,
            explanation=answer.explanation if isinstance(answer, NoSolution) else "",
        )

    def _installs(self, answer: SolveResult) -> bool:
        return isinstance(answer, Solved) and not (self._options.builds and answer.builds)

    def _undecided(self, number: int, reason: str | None, bracket: _Bracket | None = None) -> Undecided:
        good, bad = (bracket.good, bracket.bad) if bracket else (None, None)
        return Undecided(case=_case([self.answers.requests[number]]), reason=reason, good=good, bad=bad)


def _case(requests: Sequence[ResolveRequest]) -> Case:
    return Case(
        installer=requests[0].installer,
        is_strict=requests[0].priority is ChannelPriority.STRICT,
        targets=tuple(one.target for one in requests),
    )


def _cases(requests: Sequence[ResolveRequest]) -> Iterator[Case]:
    for installer in dict.fromkeys(one.installer for one in requests):
        yield _case([one for one in requests if one.installer == installer])


def _together(failures: Sequence[FirstFailure]) -> Iterator[FirstFailure]:
    """Yield one for all targets on which the same begins on the same day."""
    groups: dict[tuple[object, ...], list[FirstFailure]] = {}
    for one in failures:
        groups.setdefault((one.case.installer, one.case.is_strict, one.day, one.releases), []).append(one)
    for some in groups.values():
        yield replace(some[0], case=_joined([one.case for one in some]))


def _alike(undecided: Sequence[Undecided]) -> Iterator[Undecided]:
    groups: dict[tuple[object, ...], list[Undecided]] = {}
    for one in undecided:
        groups.setdefault((one.case.installer, one.case.is_strict, one.reason, one.good, one.bad), []).append(one)
    for some in groups.values():
        yield replace(some[0], case=_joined([one.case for one in some]))


def _joined(cases: Sequence[Case]) -> Case:
    return replace(cases[0], targets=tuple(target for one in cases for target in one.targets))
