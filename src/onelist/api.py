"""What the commands that judge lists do together: read, ask the channels and the resolvers, judge."""

from __future__ import annotations

import datetime
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import (
    FAIL_ON,
    SettingsError,
    UsageError,
    exit_code_of,
)
from onelist.core.findings import Severity
from onelist.core.status import Unknown
from onelist.core.text import shortened
from onelist.settings.project import load_project, project_of
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.analysis.availability import AvailabilityLookup, ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.resolution import Resolution
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Project, Settings
    from onelist.core.targets import Target
    from onelist.sources.cache import CachePolicy
    from onelist.sources.config import NetworkOptions
    from onelist.sources.session import SourceSession
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedList:
    """A settings file that could be read, with what is to be asked about it."""

    project: Project
    plan: Plan
    requirements: tuple[ListedRequirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A settings file and what was found.

    Attributes:
        path: The file.
        settings: What it says; None when it must be mended first.
        source: Its text; None when it is none.
        findings: Everything that was found.
        availability: What the index and the channels answered; None when nobody was asked.
        resolutions: What the resolvers answered; None when they were not asked.
    """

    path: Path
    settings: Settings | None
    source: Source | None
    findings: tuple[Finding, ...]
    availability: ListAvailability | None = None
    resolutions: tuple[Resolution, ...] | None = None

    def exit_code(self, shown: Sequence[Finding], fail_on: str = "warning") -> int:
        """Return the exit code for it; what could not be found out counts, shown or not."""
        severities = (finding.severity for finding in shown)
        return exit_code_of(severities, FAIL_ON[fail_on], readable=self.settings is not None, unknown=self.has_unknown)

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out, shown or not."""
        unknown = any(finding.severity is Severity.UNKNOWN for finding in self.findings)
        unknown = unknown or any(isinstance(one.status, Unknown) for one in self.resolutions or ())
        return unknown or (self.availability is not None and self.availability.has_unknown)


def check_lists(
    files: Mapping[Path, LoadedList | SettingsError],
    arguments: argparse.Namespace,
    *,
    asking: bool,
    beside: Sequence[LoadedList] = (),
) -> Iterator[CheckResult]:
    """Judge settings files, all that they ask for asked once.

    Args:
        files: The files as they were read.
        arguments: Whom to ask and how.
        asking: Whether to ask the index, the channels and the resolvers.
        beside: Lists that other shards of the run judge; a target of theirs is one of the run.

    Yields:
        Each file, in order.
    """
    lists = [one for one in files.values() if isinstance(one, LoadedList)]
    session = open_session(policy_of(arguments)) if lists and asking else None
    lookup = ask(lists, session, arguments) if session else None
    answers = {id(one): evidence_of(one, lookup, arguments.channel) for one in lists} if lookup else {}
    proofs = resolve([(one, answers[id(one)]) for one in lists], session, arguments, beside) if session else {}
    for path, one in files.items():
        if not isinstance(one, LoadedList):
            yield CheckResult(path=path, settings=None, source=one.source, findings=one.findings)
            continue
        availability, resolutions = answers.get(id(one)), proofs.get(id(one))
        yield CheckResult(
            path=path,
            settings=one.project.settings,
            source=one.project.settings.source,
            findings=judge(one, availability, resolutions or ()),
            availability=availability,
            resolutions=resolutions,
        )


def read(path: Path, raw: bytes | None = None) -> LoadedList | SettingsError:
    """Read a settings file, or other content for it; return what must be mended first where that is so."""
    try:
        return listed(load_project(path) if raw is None else project_of(path, raw))
    except SettingsError as error:
        return error


def listed(project: Project) -> LoadedList:
    """Return a project with what is to be asked about it."""
    from onelist.analysis.listed import list_requirements

    plan = make_plan(project.settings)
    requirements = list_requirements(plan.outcomes, project.settings.conda_names)
    return LoadedList(project=project, plan=plan, requirements=requirements)


def ask(lists: Sequence[LoadedList], session: SourceSession, arguments: argparse.Namespace) -> AvailabilityLookup:
    """Ask everything that several lists want to know, each thing once."""
    from onelist.analysis.availability import AvailabilityLookup
    from onelist.analysis.gather import gather, plan_queries
    from onelist.reports.progress import Progress

    wanted = plan_queries([(one.project.settings, one.plan.name, one.requirements) for one in lists], arguments.channel)
    stream = sys.stderr if sys.stderr.isatty() and not arguments.quiet else None
    with Progress(stream) as progress:
        return AvailabilityLookup(gather(wanted, session, progress.tell, _load))


def _load() -> None:
    """Load what judges and shows, while others answer."""
    for module in ("sources.conda.candidates", "checks.registry", "analysis.availability", "reports.table"):
        import_module(f"onelist.{module}")


def policy_of(arguments: argparse.Namespace, cache_policy: CachePolicy | None = None) -> NetworkOptions:
    """Return whom to ask and how; one for a call, so that connections and what was read serve all its questions.

    Args:
        arguments: The call.
        cache_policy: What earlier answers are good for; None for what the call says.

    Raises:
        UsageError: The call contradicts itself.
    """
    from onelist.sources.config import NetworkOptions

    return NetworkOptions(
        environment=os.environ,
        index_url=arguments.index_url,
        extra_index_urls=tuple(arguments.extra_index_url),
        cache_policy=cache_policy or _caching(arguments),
        deadline=arguments.timeout,
        now=datetime.datetime.now(tz=datetime.UTC),
    )


def open_session(network: NetworkOptions) -> SourceSession:
    """Return the clients of one call, with these options."""
    from onelist.sources.session import SourceSession

    return SourceSession(network)


def _caching(arguments: argparse.Namespace) -> CachePolicy:
    from onelist.sources.cache import CachePolicy

    if arguments.offline and arguments.refresh:
        raise UsageError("--offline asks nobody and --refresh asks everybody anew.", "Leave out one of the two.")
    return (
        CachePolicy.OFFLINE if arguments.offline else CachePolicy.REFRESH if arguments.refresh else CachePolicy.NORMAL
    )


def resolve(
    lists: Sequence[tuple[LoadedList, ListAvailability]],
    session: SourceSession,
    arguments: argparse.Namespace,
    beside: Sequence[LoadedList] = (),
) -> dict[int, tuple[Resolution, ...]]:
    """Ask the resolvers about several lists together; return the resolutions of each."""
    if arguments.no_resolve:
        return {}
    from onelist.analysis import resolve
    from onelist.analysis.resolution import INSTALLERS, TargetFilter, resolve_requests
    from onelist.reports.progress import Progress
    from onelist.translation.pins import allowed_pins

    installers = (arguments.installer,) if arguments.installer else INSTALLERS
    wanted = TargetFilter(targets=frozenset(arguments.target), installers=installers)
    among = {str(target) for _, availability in lists for target in availability.targets}
    among |= {str(target) for one in beside for target in targets_of(one.project.settings)}
    for target in arguments.target:
        if target not in among:
            raise UsageError(f"{shortened(target)} is no target of the list.", f"They are {', '.join(sorted(among))}.")
    asked = {
        id(one): resolve_requests(availability, wanted, allowed_pins(one.project.settings, today()))
        for one, availability in lists
    }
    stream = sys.stderr if sys.stderr.isatty() and not arguments.quiet else None
    with Progress(stream, "resolving") as progress:
        found = iter(resolve.resolve([case for some in asked.values() for case in some], session, progress.tell))
    return {key: tuple(next(found) for _ in some) for key, some in asked.items()}


def targets_of(settings: Settings) -> tuple[Target, ...]:
    """Return every target of a list."""
    from onelist.core.targets import all_targets

    return all_targets(settings.platforms, settings.min_python)


def evidence_of(one: LoadedList, availability: AvailabilityLookup, channels: Sequence[str]) -> ListAvailability:
    """Return what one list is judged by."""
    from onelist.analysis.availability import build_availability

    return build_availability(one.project.settings, one.requirements, one.plan.name, availability, channels)


def judge(
    one: LoadedList, availability: ListAvailability | None, resolutions: Sequence[Resolution] = ()
) -> tuple[Finding, ...]:
    """Return all findings about one list."""
    from onelist.checks.registry import check_all, check_settings

    if availability is None:
        return check_settings(one.project, one.plan, today())
    return check_all(one.project, one.plan, today(), availability, resolutions)


def chosen_of(findings: tuple[Finding, ...], wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return the findings whose codes begin as wanted, and not as unwanted."""
    return tuple(
        finding
        for finding in findings
        if (not wanted or finding.code.startswith(wanted)) and not (unwanted and finding.code.startswith(unwanted))
    )


def codes_of(codes: str) -> tuple[str, ...]:
    """Return the beginnings of codes that an option names.

    Raises:
        UsageError: No code begins so.
    """
    from onelist.core.rules import RULES

    prefixes = tuple(part.strip().upper() for part in codes.split(",") if part.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise UsageError(f"No finding has a code that begins with {prefix}.", "docs/findings.md lists the codes.")
    return prefixes


def today() -> datetime.date:
    """Return the day, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC).date()
