"""Settings files as they were read, and what the sources say about several of them, each query sent once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from onelist.analysis.listed import list_requirements
from onelist.core.errors import SettingsError, UsageError
from onelist.core.installers import INSTALLERS
from onelist.core.targets import all_targets
from onelist.core.text import shortened
from onelist.settings.project import FolderNames, load_project, project_of
from onelist.translation.pins import allowed_pins
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.progress import Progress
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.model import Project
    from onelist.core.targets import Target
    from onelist.sources.session import SourceSession
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedList:
    """A settings file that could be read.

    Attributes:
        project: The project.
        plan: What becomes of each requirement for conda.
        requirements: Each requirement with its translation and its query, without answers.
    """

    project: Project
    plan: Plan
    requirements: tuple[ListedRequirement, ...]

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every platform and Python of the list."""
        settings = self.project.settings
        return all_targets(settings.platforms, settings.min_python)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """For which targets and installers to resolve the whole list.

    Attributes:
        enabled: Whether to resolve at all.
        targets: Targets such as ``linux-64/3.12``; empty for all of each list.
        installers: ``pip``, ``conda`` or both.
    """

    enabled: bool = True
    targets: tuple[str, ...] = ()
    installers: tuple[str, ...] = INSTALLERS


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectOptions:
    """What to ask about several lists.

    Attributes:
        resolve: For which targets and installers to resolve.
        channels: Channels in place of those of each list; empty for those.
        other_shards: Lists that other shards of the run check; their targets are targets of the run.
    """

    resolve: ResolveOptions
    channels: tuple[str, ...] = ()
    other_shards: tuple[LoadedList, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListData:
    """What the sources say about one list.

    Attributes:
        availability: What the index and the channels have of each requirement.
        resolutions: What the resolvers say about the whole list; None when they were not asked.
    """

    availability: ListAvailability
    resolutions: tuple[Resolution, ...] | None


def read_list(path: Path, raw: bytes | None = None) -> LoadedList | SettingsError:
    """Read a settings file.

    Args:
        path: The file.
        raw: Other content for it; None for its own.

    Returns:
        The list; or its mistakes, where there are any.

    Raises:
        UsageError: The file cannot be read.
    """
    try:
        return load_list(load_project(path) if raw is None else project_of(path, raw))
    except SettingsError as error:
        return error


def read_lists(paths: Iterable[Path]) -> dict[Path, LoadedList | SettingsError]:
    """Read several settings files (see `read_list`); the folders beside them are looked at once.

    Raises:
        UsageError: A file cannot be read.
    """
    names = FolderNames()
    found: dict[Path, LoadedList | SettingsError] = {}
    for path in paths:
        try:
            found[path] = load_list(load_project(path, names))
        except SettingsError as error:
            found[path] = error
    return found


def load_list(project: Project) -> LoadedList:
    """Return a project with its plan and its requirements."""
    plan = make_plan(project.settings)
    requirements = list_requirements(plan.outcomes, project.settings.conda_names)
    return LoadedList(project=project, plan=plan, requirements=requirements)


def collect(
    lists: Mapping[Path, LoadedList],
    session: SourceSession,
    options: CollectOptions,
    *,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[Path, ListData]:
    """Ask the index, the channels and the resolvers about several lists, and send each query once.

    Args:
        lists: The lists by their files.
        session: The clients that ask.
        options: What to ask.
        progress: Where to show what is done; None for nowhere.
        meanwhile: Called once while the servers answer.

    Returns:
        The data of each list, in order.

    Raises:
        UsageError: A target is in none of the lists, an address cannot be used, or the index is not known.
    """
    resolve = options.resolve
    stop_at_unknown_target(resolve.targets, [*lists.values(), *options.other_shards])
    availability = availability_of(lists, session, channels=options.channels, progress=progress, meanwhile=meanwhile)
    resolutions = _resolutions(lists, availability, session, resolve, progress) if resolve.enabled else {}
    return {path: ListData(availability=availability[path], resolutions=resolutions.get(path)) for path in lists}


def availability_of(
    lists: Mapping[Path, LoadedList],
    session: SourceSession,
    *,
    channels: Sequence[str] = (),
    progress: Progress | TextIO | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[Path, ListAvailability]:
    """Ask the index and the channels what they have of several lists.

    Args:
        lists: The lists by their files.
        session: The clients that ask.
        channels: Channels in place of those of each list; empty for those.
        progress: Where to show what is done; None for nowhere.
        meanwhile: Called once while the servers answer.

    Returns:
        The answers for each list, in order.

    Raises:
        UsageError: An address cannot be used, or the index is not known.
    """
    from onelist.analysis.availability import AvailabilityLookup, build_availability
    from onelist.analysis.extras import with_extras
    from onelist.analysis.gather import gather, plan_queries
    from onelist.analysis.progress import Progress

    if not isinstance(progress, Progress):
        with Progress(progress) as own:
            return availability_of(lists, session, channels=channels, progress=own, meanwhile=meanwhile)
    wanted = plan_queries([(one.project.settings, one.plan.name, one.requirements) for one in lists.values()], channels)
    progress.begin("looking up")
    lookup = AvailabilityLookup(gather(wanted, session, progress.tell, meanwhile))
    found = {
        path: build_availability(one.project.settings, one.requirements, one.plan.name, lookup, channels)
        for path, one in lists.items()
    }
    return with_extras(found, session)


def _resolutions(
    lists: Mapping[Path, LoadedList],
    availability: Mapping[Path, ListAvailability],
    session: SourceSession,
    resolving: ResolveOptions,
    progress: Progress | None,
) -> dict[Path, tuple[Resolution, ...]]:
    """Ask the resolvers about several lists together."""
    from onelist.analysis.progress import Progress
    from onelist.analysis.resolving import resolve
    from onelist.analysis.resolving.requests import TargetFilter, resolve_requests

    wanted = TargetFilter(targets=frozenset(resolving.targets), installers=resolving.installers)
    today = session.options.today
    requests = {
        path: resolve_requests(availability[path], wanted, allowed_pins(one.project.settings, today))
        for path, one in lists.items()
    }
    progress = Progress.on(progress)
    progress.begin("resolving", requests=session.requests)
    found = resolve.resolve(list(requests.values()), session, progress.tell)
    return dict(zip(requests, found, strict=True))


def stop_at_unknown_target(targets: Iterable[str], lists: Iterable[LoadedList]) -> None:
    """Stop at a target that none of the lists has.

    Raises:
        UsageError: There is one.
    """
    known = {str(target) for one in lists for target in one.targets}
    for target in targets:
        if target not in known:
            raise UsageError(
                f"{shortened(target)} is not a target of the list.", f"The targets are {', '.join(sorted(known))}."
            )
