"""Check several lists: collect what the sources say about them, then run the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from onelist.core.errors import FAIL_ON, SettingsError, UsageError, exit_code_of, internal_error
from onelist.core.findings import Severity
from onelist.core.installers import CONDA
from onelist.core.rules import INTERNAL_ERROR, RULES
from onelist.core.status import Unknown

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.lists import ListData, LoadedList, ResolveOptions
    from onelist.analysis.progress import Progress
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Settings
    from onelist.sources.config import NetworkOptions
    from onelist.sources.session import SourceSession


def _network() -> NetworkOptions:
    from onelist.sources.config import NetworkOptions

    return NetworkOptions()


def _resolve() -> ResolveOptions:
    from onelist.analysis.lists import ResolveOptions

    return ResolveOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How to check a list.

    Attributes:
        settings_only: Whether to look at settings.ini and the committed recipes only, and send no request.
        channels: conda channels in place of those of the list; empty for those.
        network: Which servers to ask, and how; with the time that counts as now.
        resolve: For which targets and installers to resolve the whole list.
        select: Beginnings of the codes to show; empty for all.
        ignore: Beginnings of the codes not to show.
        fail_on: The least severity that makes the exit code 1.
    """

    settings_only: bool = False
    channels: tuple[str, ...] = ()
    network: NetworkOptions = field(default_factory=_network)
    resolve: ResolveOptions = field(default_factory=_resolve)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Literal["error", "warning"] = "warning"

    @property
    def today(self) -> datetime.date:
        """The day that counts as today, in UTC."""
        return self.network.today


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found in one settings file.

    Attributes:
        path: The file.
        settings: What it says; None when it has mistakes that must be fixed first.
        source: Its text; None when it is not text.
        findings: All findings, in the order of the file.
        shown: Those findings that the options select.
        fail_on: The least severity that makes the exit code 1.
        availability: What the index and the channels have; None when they were not asked.
        resolutions: What the resolvers say about the whole list; None when they were not asked.
        as_of: The day as of which the list was checked; None for now.
    """

    path: Path
    settings: Settings | None
    source: Source | None
    findings: tuple[Finding, ...]
    shown: tuple[Finding, ...]
    fail_on: str = "warning"
    availability: ListAvailability | None = None
    resolutions: tuple[Resolution, ...] | None = None
    as_of: datetime.date | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the command for this file; what could not be found out counts, shown or not."""
        severities = (finding.severity for finding in self.shown)
        readable = self.settings is not None
        return exit_code_of(severities, FAIL_ON[self.fail_on], readable=readable, unknown=self.has_unknown)

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out, shown or not."""
        unknown = any(finding.severity is Severity.UNKNOWN for finding in self.findings)
        unknown = unknown or any(isinstance(one.status, Unknown) for one in self.resolutions or ())
        return unknown or (self.availability is not None and self.availability.has_unknown)


def _stop_if_for_no_one(lists: Sequence[Settings], options: CheckOptions) -> None:
    """Stop where only conda is asked about lists that only pip installs: an empty answer would look like a good one.

    Raises:
        UsageError: That is so.
    """
    from onelist.build.request import stop_if_only_pip

    if options.resolve.installers == (CONDA,) and lists and not any(settings.has_conda for settings in lists):
        stop_if_only_pip(lists[0], "Leave out --installer conda.")


def check_lists(
    lists: Mapping[Path, LoadedList | SettingsError],
    options: CheckOptions,
    *,
    other_shards: Sequence[LoadedList] = (),
    session: SourceSession | None = None,
    progress: Progress | None = None,
) -> tuple[CheckResult, ...]:
    """Check several lists; each query is sent once.

    Args:
        lists: The lists as :func:`onelist.analysis.lists.read_list` returns them, by their files.
        options: How.
        other_shards: Lists that other shards of the run check; their targets are targets of the run.
        session: The clients of the sources, with the network options of ``options``; None for new ones. With those of
            an earlier check, a source that did not answer is not asked again.
        progress: Where to show what is done; None for nowhere.

    Returns:
        A result for each file, in order.

    Raises:
        UsageError: An option does not fit the lists, or the package index is not known.
    """
    from onelist.analysis.lists import CollectOptions, LoadedList, collect

    readable = {path: one for path, one in lists.items() if isinstance(one, LoadedList)}
    _stop_if_for_no_one([one.project.settings for one in readable.values()], options)
    data: dict[Path, ListData] = {}
    failure = ""
    if readable and not options.settings_only:
        from onelist.sources.session import SourceSession

        collecting = CollectOptions(
            resolve=options.resolve, channels=options.channels, other_shards=tuple(other_shards)
        )
        session = session or SourceSession(options.network)
        try:
            data = collect(readable, session, collecting, progress=progress, meanwhile=_load_checks)
        except BaseException as error:  # noqa: BLE001 - what needs no source is reported all the same
            failure = internal_error(error)
    return tuple(_result(path, one, data.get(path), options, failure) for path, one in lists.items())


def _result(
    path: Path, one: LoadedList | SettingsError, data: ListData | None, options: CheckOptions, failure: str
) -> CheckResult:
    if isinstance(one, SettingsError):
        shown = _shown(one.findings, options)
        return CheckResult(
            path=path, settings=None, source=one.source, findings=one.findings, shown=shown, fail_on=options.fail_on
        )
    findings = _findings(one, data, options.today, failure)
    return CheckResult(
        path=path,
        settings=one.project.settings,
        source=one.project.settings.source,
        findings=findings,
        shown=_shown(findings, options),
        fail_on=options.fail_on,
        availability=data.availability if data else None,
        resolutions=data.resolutions if data else None,
        as_of=options.network.cutoff.day if options.network.cutoff else None,
    )


def _findings(one: LoadedList, data: ListData | None, today: datetime.date, failure: str) -> tuple[Finding, ...]:
    """Return the findings of a list; after an error inside onelist those that are known without the part that failed.

    Args:
        one: The list.
        data: What the sources say; None where they were not asked.
        today: The day.
        failure: The error that happened before; ``""`` for none.
    """
    from onelist.checks.registry import check_all, check_settings

    found: tuple[Finding, ...] | None = None
    try:
        if data:
            found = check_all(one.project, one.plan, today, data.availability, data.resolutions or ())
    except BaseException as error:  # noqa: BLE001 - one list must not cost the others
        failure = internal_error(error)
    found = check_settings(one.project, one.plan, today) if found is None else found
    if not failure:
        return found
    return (*found, INTERNAL_ERROR.at(one.project.settings.source.file, span=None, error=failure))


def _shown(findings: tuple[Finding, ...], options: CheckOptions) -> tuple[Finding, ...]:
    """Return the findings whose codes are selected and not ignored."""
    return tuple(
        finding
        for finding in findings
        if (not options.select or finding.code.startswith(options.select))
        and not (options.ignore and finding.code.startswith(options.ignore))
    )


def _load_checks() -> None:
    """Load what checks and shows, while servers answer."""
    import onelist.checks.registry
    import onelist.sources.conda.candidates  # noqa: F401 - loaded for later


def codes_of(text: str) -> tuple[str, ...]:
    """Return the beginnings of codes that a text names, such as ``P,C001``.

    Raises:
        UsageError: No code begins so.
    """
    prefixes = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise UsageError(f"No rule has a code that begins with {prefix}.", "List all codes with: onelist rule")
    return prefixes
