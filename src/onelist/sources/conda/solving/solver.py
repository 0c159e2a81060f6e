"""The interface to rattler's solver and installer, with the channels of gateway.py.

rattler is a 0.x library; tests/sources/test_resolvers.py and tests/cli/test_try.py test each call that is made here.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rattler
import rattler.package
from rattler.exceptions import GatewayError, InstallerError, IoError, LinkError, SolverError, TransactionError

from onelist.core.installers import ChannelPriority
from onelist.core.text import redact
from onelist.sources.conda.gateway import SOLVER_RETRIES, to_subdir
from onelist.sources.conda.messages import error_of_message
from onelist.sources.conda.record_form import form_of
from onelist.sources.conda.records import NOARCH, RecordForm
from onelist.sources.conda.solving.dated import DatedSource, dated_sources
from onelist.sources.conda.solving.missing_candidates import MissingCandidates
from onelist.sources.conda.solving.record_hashes import name_of
from onelist.sources.faults import SourceError, SourceErrorKind, unexpected_error
from onelist.sources.solution import NoSolution, ResolvedPackage, Solved, shared_package

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.cutoff import Cutoff
    from onelist.sources.solution import SolveResult


_NO = re.compile(r"Cannot solve the request because of:\s*")
"""How the message of the solver begins if there is no solution."""
_EXCLUDED = "Of {names} there are records that pixi, and conda with the rattler solver, see; mamba does not.\n"
"""What a message of the solver must say first if records are excluded."""
PACKAGES = frozenset({RecordForm.CONDA, RecordForm.V3})
"""The records that are conda packages."""
_PRIORITIES = {
    ChannelPriority.FLEXIBLE: rattler.ChannelPriority.Flexible,
    ChannelPriority.STRICT: rattler.ChannelPriority.Strict,
}
_COALESCED = "a coalesced request failed"
"""rattler's message for all but one of several requests for the same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to resolve.

    Attributes:
        locations: The channels in the order of the install line.
        subdir: The subdir of the platform; noarch is always used too.
        specs: MatchSpecs.
        machine: The virtual packages of the platform, as (name, version, build string).
        seconds: The time limit of the solver.
        priority: From which channel a package is taken, if several have its name.
        forms: Which records are taken.
        cutoff: The day as of which to resolve; None for now.
        undated: As of a day, whether records count that say no day.
    """

    locations: Sequence[ChannelLocation]
    subdir: str
    specs: Sequence[str]
    machine: Iterable[tuple[str, str, str]]
    seconds: float
    priority: ChannelPriority = ChannelPriority.FLEXIBLE
    forms: frozenset[RecordForm] = PACKAGES
    cutoff: Cutoff | None = None
    undated: bool = False


def own_platform() -> str:
    """Return conda's name of the platform that this program runs on."""
    return str(rattler.Subdir.current())


def task_for_this_machine(locations: Sequence[ChannelLocation], specs: Sequence[str], seconds: float) -> Task:
    """Return a task for this machine, with its own virtual packages."""
    found = [one.into_generic() for one in rattler.VirtualPackage.detect()]
    machine = [(one.name.normalized, str(one.version), str(one.build_string)) for one in found]
    return Task(locations=locations, subdir=own_platform(), specs=specs, machine=machine, seconds=seconds)


async def solve(channels: Channels, task: Task, missing: MissingCandidates | None = None) -> SolveResult:
    """Resolve.

    Args:
        channels: The interface to rattler.
        task: What to resolve.
        missing: Looks for packages that the solver does not find.

    Returns:
        The packages, why there is no solution, or an error.
    """
    try:
        records = await solve_records(channels, task, missing or MissingCandidates(channels))
    except BaseException as error:  # noqa: BLE001 - a panic of rattler must not cost the other solves
        return unexpected_error(error)
    return Solved(packages=tuple(map(_package, records))) if isinstance(records, list) else records


async def install(
    missing: MissingCandidates,
    task: Task,
    prefix: Path,
    *,
    packages: Path,
    choose: Callable[[frozenset[str]], Collection[str]],
) -> SolveResult:
    """Resolve, and install it into a new environment.

    Args:
        missing: Looks for packages that the solver does not find.
        task: What to resolve.
        prefix: The folder of the new environment.
        packages: The folder of downloaded packages.
        choose: Called with the names of all packages before one is downloaded; returns those to install.

    Returns:
        The installed packages, why there is no solution, or an error.
    """
    try:
        records = await solve_records(missing.channels, task, missing)
        if not isinstance(records, list):
            return records
        chosen = choose(frozenset(record.name.normalized for record in records))
        wanted = [record for record in records if record.name.normalized in chosen]
        return await _install(missing.channels, wanted, prefix, packages)
    except BaseException as error:  # noqa: BLE001 - a panic of rattler must not cost the trial with pip
        return unexpected_error(error)


async def _install(
    channels: Channels, records: list[rattler.RepoDataRecord], prefix: Path, packages: Path
) -> SolveResult:
    try:
        await rattler.install(
            records, prefix, cache_dir=packages, client=channels.client(retries=3), show_progress=False
        )
    except (InstallerError, IoError, LinkError, TransactionError) as error:
        found = error_of_message(str(error))
        if (
            found.kind is SourceErrorKind.UNEXPECTED_RESPONSE
        ):  # not a message about a server: a package is damaged or missing
            return SourceError(kind=SourceErrorKind.PACKAGE_NOT_AVAILABLE, detail=redact(str(error).splitlines()[0]))
        return found
    return Solved(packages=tuple(map(_package, records)))


async def solve_records(
    channels: Channels, task: Task, missing: MissingCandidates
) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
    """Resolve to records in certain forms, in the order in which they are installed.

    rattler takes wheels only if the channel is sharded. A solution with them is not the answer: their versions are
    excluded, until there is none in the solution.
    """
    excluded: dict[str, str] = {}
    while True:
        records = await _solve_again(channels, task, list(excluded.values()), missing)
        if isinstance(records, NoSolution) and excluded:
            names = ", ".join(sorted(excluded))
            return NoSolution(explanation=_EXCLUDED.format(names=names) + records.explanation)
        if not isinstance(records, list):
            return records
        newer = {one.name.normalized for one in records if form_of(one, one.depends) not in task.forms}
        if not newer - set(excluded):
            return records
        try:
            excluded |= {name: await _constraint(channels, task, name) for name in newer - set(excluded)}
        except GatewayError as error:
            return error_of_message(str(error))


async def _constraint(channels: Channels, task: Task, name: str) -> str:
    """Return a MatchSpec that only those records of a package match that have one of the forms.

    Raises:
        GatewayError: A channel does not answer.
    """
    found = await channels.retrying_gateway(task.locations).query(
        [rattler.Channel(location.address) for location in task.locations],
        [to_subdir(task.subdir), to_subdir(NOARCH)],
        [name],
        recursive=False,
        channel_relations="disabled",
    )
    plain: set[tuple[str, str]] = set()
    newer: set[tuple[str, str]] = set()
    for record in (one for records in found for one in records):
        readable = form_of(record, record.depends) in task.forms
        (plain if readable else newer).add((str(record.version), str(record.build)))
    versions, builds = {version for version, _ in plain}, {build for _, build in plain}
    if not plain:
        return f'{name}[build="none-that-these-clients-read"]'
    excluded = ",".join(f"!={version}" for version in sorted({version for version, _ in newer} - versions))
    mixed = sorted({build for version, build in newer if version in versions} - builds)
    keys = [f'version="{excluded}"'] if excluded else []
    keys += [f'build="^(?!({"|".join(map(re.escape, mixed))})$).*$"'] if mixed else []
    return f"{name}[{','.join(keys)}]" if keys else name


async def _solve_again(
    channels: Channels, task: Task, constraints: Sequence[str], missing: MissingCandidates
) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
    """Resolve, and once more if a channel had sent a wrong shard for a package that decides the answer."""
    found = await _solve(channels, task, constraints)
    is_sent_again = await _compare(found, task, missing)
    if isinstance(is_sent_again, SourceError):
        return is_sent_again
    if not is_sent_again:
        return found
    found = await _solve(channels, task, constraints)
    left = await _compare(found, task, missing) if isinstance(found, list) else False
    return left if isinstance(left, SourceError) else found


async def _compare(
    found: list[rattler.RepoDataRecord] | NoSolution | SourceError, task: Task, missing: MissingCandidates
) -> bool | SourceError:
    """Tell whether a shard that an answer depends on was a wrong one and is right now; an error if one is wrong."""
    if isinstance(found, SourceError):
        return found
    if isinstance(found, NoSolution):
        return await missing.check(task.locations, task.subdir, found.explanation, retries=SOLVER_RETRIES)
    return await missing.compare(task.locations, task.subdir, {record.name.normalized for record in found})


async def _solve(
    channels: Channels, task: Task, constraints: Sequence[str]
) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
    """Resolve to any records.

    With strict priority each package is also required by its bare name. rattler does not read the records that no
    requirement matches. Then it would not see that a channel has the name, and would use the next channel.
    """
    strict = task.priority is ChannelPriority.STRICT
    bare = dict.fromkeys(spec.split()[0] for spec in task.specs) if strict else ()
    gateway = channels.retrying_gateway(task.locations)
    subdirs = [to_subdir(task.subdir), to_subdir(NOARCH)]
    sources: Sequence[rattler.Channel | DatedSource]
    sources = [rattler.Channel(location.address) for location in task.locations]
    cutoff = task.cutoff
    try:
        if cutoff and (strict or cutoff.without):
            sources = await dated_sources(gateway, task.locations, subdirs, cutoff, undated=task.undated)
            cutoff = None
        return await rattler.solve(
            sources,
            [*task.specs, *bare],
            gateway=gateway,
            platforms=subdirs,
            virtual_packages=[_virtual_package(*one) for one in task.machine],
            timeout=datetime.timedelta(seconds=task.seconds),
            channel_priority=_PRIORITIES[task.priority],
            constraints=constraints,
            channel_relations="disabled",
            exclude_newer=cutoff.last_moment if cutoff else None,
            timestamp_policy="allow-missing" if task.undated else "require-timestamp",
        )
    except GatewayError as error:
        if _COALESCED in str(error):  # another request for the same file failed, and only that one got the reason
            return await _solve(channels, task, constraints)
        return error_of_message(str(error))
    except SolverError as error:
        text = str(error)
        if re.search(r"timed? ?out|cancelled", text, re.IGNORECASE) and not _NO.match(text):
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
        return NoSolution(explanation=redact(_NO.sub("", text).strip()))


def _virtual_package(name: str, version: str, build: str) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(
        rattler.PackageName(name), rattler.Version(version), rattler.package.BuildString(build)
    )


def _package(record: rattler.RepoDataRecord) -> ResolvedPackage:
    depends = record.depends
    return shared_package(
        name=record.name.normalized,
        version=str(record.version),
        size=record.size,
        day=record.timestamp.date() if record.timestamp else None,
        channel=record.channel,
        requires=tuple(dict.fromkeys(name for name in map(name_of, depends) if not name.startswith("__"))),
        not_for_mamba=form_of(record, depends) is not RecordForm.CONDA,
    )
