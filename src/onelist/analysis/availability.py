"""The data of the sources -> which channel has which requirement, for each target; pure.

One :class:`AvailabilityLookup` serves all lists of a call, so that an answer that several lists need is computed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from onelist.core import targets
from onelist.core.installers import MACHINE, PIP
from onelist.core.model import Requirement
from onelist.core.status import Absent, Availability, Cause, Found, Status, Unknown
from onelist.core.targets import all_targets
from onelist.sources.conda.records import NOARCH
from onelist.sources.cutoff import undated_error
from onelist.sources.faults import SourceError
from onelist.sources.pypi import candidates
from onelist.sources.pypi.dated import DatedFiles
from onelist.sources.pypi.simple import ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.extra_content import ExtraContent
    from onelist.analysis.gather import SourceData
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.queries import CondaQuery, PipQuery
    from onelist.core.findings import RequirementId
    from onelist.core.model import Settings
    from onelist.core.status import Status
    from onelist.core.targets import Target
    from onelist.sources.conda.candidates import Interpreters, PackageCandidates
    from onelist.sources.conda.records import PackageRecords


class AvailabilityLookup:
    """Answers from the data of the sources; each is computed once."""

    def __init__(self, facts: SourceData) -> None:
        """Store the data of the sources."""
        self.facts = facts
        self._states: dict[tuple[object, ...], Status] = {}
        self._projects: dict[str, tuple[candidates.ProjectReleases | None, tuple[str, SourceError] | None]] = {}
        self._with_undated: dict[str, tuple[candidates.ProjectReleases, int] | None] = {}
        self._packages: dict[tuple[str, str, str], PackageCandidates | SourceError] = {}
        self._interpreters: dict[tuple[tuple[str, ...], str], Interpreters] = {}

    def with_answers(
        self, entry: ListedRequirement, channels: Sequence[str], among: Sequence[Target]
    ) -> ListedRequirement:
        """Return a requirement with the answers about it.

        Args:
            entry: The requirement.
            channels: The conda channels of its list in the order of the install command.
            among: The targets of its list.

        Returns:
            The same with the answers of the index, then those of each channel, each in the order of the targets. The
            machine, not a channel, answers about virtual packages.
            Where its marker says that pip does not install it on a target, the index has no answer.
        """
        answers = list(self._of_index(entry, among))
        if entry.query.conda and entry.query.conda.is_virtual:
            answers += self._of_machine(entry, entry.query.conda, tuple(channels), among) if channels else ()
        elif entry.query.conda:
            for channel in channels:
                answers += self._of_channel(entry, entry.query.conda, channel, channels, among)
        return replace(entry, answers=tuple(answers))

    def records(self, channel: str, platform: str, name: str) -> tuple[PackageRecords, ...] | SourceError:
        """Return the records of a conda name in a channel for a platform, noarch included."""
        found: list[PackageRecords] = []
        for subdir in (platform, NOARCH):
            subdirs = self.facts.channels[channel].subdirs[subdir]
            if isinstance(subdirs, SourceError):
                return subdirs
            if name in subdirs.errors:
                return subdirs.errors[name]
            if name in subdirs.records:
                found.append(subdirs.records[name])
        return tuple(found)

    def _package(self, channel: str, platform: str, name: str) -> PackageCandidates | SourceError:
        from onelist.sources.conda.candidates import PackageCandidates

        key = (channel, platform, name)
        if key not in self._packages:
            found = self.records(channel, platform, name)
            self._packages[key] = found if isinstance(found, SourceError) else PackageCandidates.of(name, found)
        return self._packages[key]

    def _of_index(self, entry: ListedRequirement, among: Sequence[Target]) -> Iterator[Availability]:
        requirement, query = entry.requirement, entry.query.pip
        if query is None:
            return
        for target in among:
            if not isinstance(requirement, Requirement) or targets.marker_holds(requirement.pep508.marker, target):
                status = self._pip_state(query.name, query.specifier, target)
                yield Availability(requirement=requirement, channel=PIP, name=query.name, target=target, status=status)

    def _of_channel(
        self,
        entry: ListedRequirement,
        query: CondaQuery,
        channel: str,
        channels: Sequence[str],
        among: Sequence[Target],
    ) -> Iterator[Availability]:
        for target in among:
            status = self._conda_state(query.name, query.clauses, channel, target, tuple(channels))
            yield Availability(
                requirement=entry.requirement, channel=channel, name=query.name, target=target, status=status
            )

    def _of_machine(
        self, entry: ListedRequirement, query: CondaQuery, line: tuple[str, ...], among: Sequence[Target]
    ) -> Iterator[Availability]:
        from onelist.sources.conda.candidates import machine_status

        for target in among:
            status = machine_status(query.name, query.clauses, target, self.interpreters(line, target.platform))
            yield Availability(
                requirement=entry.requirement, channel=MACHINE, name=query.name, target=target, status=status
            )

    def pip_without_versions(self, query: PipQuery, target: Target) -> Status:
        """Return what the indexes have of a name for a target, whatever versions the list asks for."""
        return self._pip_state(query.name, SpecifierSet(), target)

    def conda_without_versions(self, query: CondaQuery, line: tuple[str, ...], target: Target) -> list[Status]:
        """Return what each channel has of a name for a target, whatever versions the list asks for."""
        return [self._conda_state(query.name, (), channel, target, line) for channel in line]

    def _pip_state(self, name: str, specifier: SpecifierSet, target: Target) -> Status:
        key = (name, specifier, target)
        if key not in self._states:
            self._states[key] = self._decide_pip(name, specifier, target)
        return self._states[key]

    def _decide_pip(self, name: str, specifier: SpecifierSet, target: Target) -> Status:
        releases, failure = self._releases(name)
        if releases is not None:
            status: Status = candidates.best_candidate(releases, specifier, target)
            if undated := self._undated(name):
                every, count = undated
                other = candidates.best_candidate(every, specifier, target)
                status = agreed_status(status, other, undated_error({name: count}, "file"))
            if not isinstance(status, Absent) or failure is None:
                return status
        if failure:
            where = f"{failure[0]} " if len(self.facts.indexes) > 1 else ""
            return Unknown(reason=where + failure[1].reason)
        return Absent(cause=Cause.NO_NAME, reason=f"has nothing named {name}")

    def _releases(self, name: str) -> tuple[candidates.ProjectReleases | None, tuple[str, SourceError] | None]:
        """Put the indexes together as pip does, which treats the files of all of them alike.

        Returns:
            The project, None when no index lists it; and the first index that failed with its error, None for none.
        """
        if name not in self._projects:
            offers = [(index.label, index.projects[name]) for index in self.facts.indexes]
            listed = [offer for _, offer in offers if isinstance(offer, ProjectFiles)]
            failed = [(label, offer) for label, offer in offers if isinstance(offer, SourceError)]
            self._projects[name] = (
                candidates.ProjectReleases.of(name, listed) if listed else None,
                failed[0] if failed else None,
            )
        return self._projects[name]

    def _undated(self, name: str) -> tuple[candidates.ProjectReleases, int] | None:
        """Return a project with the files that say no day, and their number; None if there are none, or it is today."""
        if name not in self._with_undated:
            offers = [index.projects[name] for index in self.facts.indexes]
            count = sum(one.undated for one in offers if isinstance(one, DatedFiles))
            listed = [one.with_undated if isinstance(one, DatedFiles) else one for one in offers]
            every = [one for one in listed if isinstance(one, ProjectFiles)]
            self._with_undated[name] = (candidates.ProjectReleases.of(name, every), count) if count else None
        return self._with_undated[name]

    def _conda_state(
        self, name: str, clauses: tuple[str, ...], channel: str, target: Target, line: tuple[str, ...]
    ) -> Status:
        key = (name, clauses, channel, target, line)
        if key not in self._states:
            self._states[key] = self._decide_conda(name, clauses, channel, target, line)
        return self._states[key]

    def _decide_conda(
        self, name: str, clauses: tuple[str, ...], channel: str, target: Target, line: tuple[str, ...]
    ) -> Status:
        package = self._package(channel, target.platform, name)
        if isinstance(package, SourceError):
            return Unknown(reason=package.reason)
        from onelist.sources.conda import candidates

        interpreters = self.interpreters(line, target.platform)
        status = candidates.best_candidate(package, clauses, target, interpreters)
        if not (package.undated or interpreters.undated):
            return status
        every = candidates.best_candidate(package.with_undated, clauses, target, interpreters.with_undated)
        undated = {name: package.undated} if package.undated else {"python": interpreters.undated}
        return agreed_status(status, every, undated_error(undated, "record"))

    def interpreters(self, line: tuple[str, ...], platform: str) -> Interpreters:
        """Return the Pythons that the channels of an install command have for a platform."""
        from onelist.sources.conda.candidates import Interpreters

        key = (line, platform)
        if key not in self._interpreters:
            pythons, abis = (
                [self._package(channel, platform, name) for channel in line] for name in ("python", "python_abi")
            )
            self._interpreters[key] = Interpreters(
                pythons=tuple(package for package in pythons if not isinstance(package, SourceError)),
                abis=tuple(package for package in abis if not isinstance(package, SourceError)),
                complete=not any(isinstance(package, SourceError) for package in (*pythons, *abis)),
            )
        return self._interpreters[key]


def agreed_status(dated: Status, every: Status, reason: SourceError) -> Status:
    """Return the answer as of a day; unknown where it depends on what says no day. A newer version is only noted.

    Args:
        dated: The answer without that.
        every: The answer with it.
        reason: What says no day.
    """
    if isinstance(dated, Found) and isinstance(every, Found) and dated.source_only == every.source_only:
        return dated if dated.version == every.version else replace(dated, undated=reason.detail)
    both_absent = isinstance(dated, Absent) and isinstance(every, Absent)
    return dated if both_absent else Unknown(reason=reason.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPriorityResult:
    """What conda installs of one requirement on one target, with all channels taken together.

    With flexible channel priority, the default of conda and mamba, a package comes from the first channel that has a
    version that fits. With strict channel priority, the default of pixi, it comes from the first channel that has the
    name (https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-channels.html).

    Attributes:
        target: The machine.
        status: The answer with flexible priority.
        channel: The channel that it comes from; where nothing fits, the first that has the name, or None.
        strict_status: The answer with strict priority.
        strict_channel: The first channel that has the name; None when no channel has it.
        hidden: A better answer of a later channel: a version that fits, where strict priority takes none, or a newer
            version than the one that is taken; None where there is none.
    """

    target: Target
    status: Status
    channel: str | None
    strict_status: Status
    strict_channel: str | None
    hidden: Availability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAvailability:
    """Which channels have the requirements of one list.

    Attributes:
        requirements: The requirements, each with its answers.
        channels: The conda channels in the order of the install command.
        targets: All targets of the list.
        lookup: Where the answers come from, for what lies behind them.
        own_name: The conda name of the list's own package.
        extras: What the extras of requirements bring for which no conda package is known, or why that is not known;
            only of those whose release the package index has.
    """

    requirements: tuple[ListedRequirement, ...]
    channels: tuple[str, ...]
    targets: tuple[Target, ...]
    lookup: AvailabilityLookup
    own_name: str
    extras: Mapping[RequirementId, ExtraContent | SourceError] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def answers(self) -> Iterator[Availability]:
        """Every answer, requirement by requirement."""
        return (answer for entry in self.requirements for answer in entry.answers)

    def priority_results(self, entry: ListedRequirement) -> tuple[ChannelPriorityResult, ...]:
        """Return what conda installs of one requirement, for each target."""
        by_target: dict[Target, list[Availability]] = {}
        for channel in (*self.channels, MACHINE):
            for answer in entry.answers_of(channel):
                by_target.setdefault(answer.target, []).append(answer)
        return tuple(_priority_result(row) for row in by_target.values())

    @property
    def has_unknown(self) -> bool:
        """Whether a channel could not answer about any requirement."""
        return any(isinstance(answer.status, Unknown) for answer in self.answers)


def build_availability(
    settings: Settings,
    requirements: Iterable[ListedRequirement],
    own_name: str,
    lookup: AvailabilityLookup,
    channels: Sequence[str],
) -> ListAvailability:
    """Return which channels have the requirements of one list.

    Args:
        settings: The list.
        requirements: Its requirements.
        own_name: The conda name of its own package.
        lookup: The answers.
        channels: The channels that the call names; empty for those of the list.

    Returns:
        The availability.
    """
    line = tuple(dict.fromkeys(channels)) or settings.conda_channels
    among = all_targets(settings.platforms, settings.min_python)
    return ListAvailability(
        requirements=tuple(lookup.with_answers(entry, line, among) for entry in requirements),
        channels=line,
        targets=among,
        lookup=lookup,
        own_name=own_name,
    )


def _priority_result(row: Sequence[Availability]) -> ChannelPriorityResult:
    """Put the answers of all channels for one target together."""
    named = [answer for answer in row if not _lacks_name(answer)]
    if not named and (unread := [answer for answer in row if _not_for_mamba(answer)]):
        named = unread[:1]
    if not named:
        status = Absent(cause=Cause.NO_NAME, reason=f"has nothing named {row[0].name}")
        return ChannelPriorityResult(
            target=row[0].target, status=status, channel=None, strict_status=status, strict_channel=None
        )
    first = named[0]
    taken = next((answer for answer in named if not isinstance(answer.status, Absent)), first)
    return ChannelPriorityResult(
        target=first.target,
        status=taken.status,
        channel=taken.channel,
        strict_status=first.status,
        strict_channel=first.channel,
        hidden=_hidden(first, taken, named),
    )


def _lacks_name(answer: Availability) -> bool:
    return isinstance(answer.status, Absent) and answer.status.cause is Cause.NO_NAME


def _not_for_mamba(answer: Availability) -> bool:
    return isinstance(answer.status, Absent) and answer.status.not_for_mamba


def _hidden(first: Availability, taken: Availability, named: Sequence[Availability]) -> Availability | None:
    """Return a better answer of a later channel; None where there is none, or where it is not known."""
    if not isinstance(taken.status, Found):
        return None
    if taken is not first:
        return taken
    return next((answer for answer in named if is_newer(answer.status, taken.status)), None)


def is_newer(status: Status, than: Status) -> bool:
    """Tell whether the answer of a conda channel has a newer version than another answer."""
    if not (isinstance(status, Found) and isinstance(than, Found)) or status.version == than.version:
        return False
    from onelist.sources.conda import gateway

    return gateway.newest_first([status.version, than.version])[0] == status.version


def newest_found(states: Iterable[Status], *, pip: bool) -> str | None:
    """Return the newest version among statuses; None when none of them is found."""
    return next(iter(versions_found(states, pip=pip)), None)


def versions_found(states: Iterable[Status], *, pip: bool) -> list[str]:
    """Return the versions among statuses, the newest first; targets may get different ones."""
    return newest_first({status.version for status in states if isinstance(status, Found)}, pip=pip)


def newest_of(versions: Collection[str], *, pip: bool) -> str:
    """Return the newest of one or more versions, in the order of pip (PEP 440) or conda."""
    return newest_first(versions, pip=pip)[0]


def newest_first(versions: Collection[str], *, pip: bool) -> list[str]:
    """Return versions in the order of pip (PEP 440) or conda, the newest first."""
    if len(versions) <= 1:
        return list(versions)
    if pip:
        from packaging.version import Version

        return sorted(versions, key=Version, reverse=True)
    from onelist.sources.conda import gateway

    return gateway.newest_first(versions)
