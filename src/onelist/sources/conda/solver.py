"""The interface to rattler's solver and installer, with the channels of gateway.py.

rattler is a 0.x library; tests/sources/test_resolvers.py and tests/cli/test_try.py test each call that is made here.
"""

from __future__ import annotations

import asyncio
import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rattler
import rattler.package
from rattler.exceptions import GatewayError, InstallerError, IoError, LinkError, SolverError, TransactionError

from onelist.core.targets import PLATFORMS, python_words
from onelist.core.text import redact
from onelist.sources.conda.gateway import error_of_message, to_subdir
from onelist.sources.conda.records import NOARCH
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import NoSolution, ResolvedPackage, Solved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from onelist.core.targets import Target
    from onelist.sources.conda.gateway import ChannelLocation, Channels
    from onelist.sources.solution import SolveResult


_NO = re.compile(r"Cannot solve the request because of:\s*")
"""How the message of the solver begins if there is no solution."""
_COALESCED = "a coalesced request failed"
"""rattler's message for all but one of several requests for the same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to resolve. A package comes from the first channel that has its name (strict channel priority).

    Attributes:
        locations: The channels in the order of the install line.
        subdir: The subdir of the platform; noarch is always used too.
        specs: MatchSpecs.
        machine: The virtual packages of the platform, as (name, version, build string).
        seconds: The time limit of the solver.
    """

    locations: Sequence[ChannelLocation]
    subdir: str
    specs: Sequence[str]
    machine: Iterable[tuple[str, str, str]]
    seconds: float


def own_platform() -> str:
    """Return conda's name of the platform that this program runs on."""
    return str(rattler.Subdir.current())


def task_for_this_machine(locations: Sequence[ChannelLocation], specs: Sequence[str], seconds: float) -> Task:
    """Return a task for this machine, with its own virtual packages."""
    found = [one.into_generic() for one in rattler.VirtualPackage.detect()]
    machine = [(one.name.normalized, str(one.version), str(one.build_string)) for one in found]
    return Task(locations=locations, subdir=own_platform(), specs=specs, machine=machine, seconds=seconds)


async def solve(channels: Channels, task: Task) -> SolveResult:
    """Resolve.

    Args:
        channels: The interface to rattler.
        task: What to resolve.

    Returns:
        The packages, why there is no solution, or an error.
    """
    records = await _records(channels, task)
    return Solved(packages=tuple(map(_package, records))) if isinstance(records, list) else records


async def install(
    channels: Channels, task: Task, prefix: Path, *, packages: Path, only: Collection[str] | None = None
) -> SolveResult:
    """Resolve, and install it into a new environment.

    Args:
        channels: The interface to rattler.
        task: What to resolve.
        prefix: The folder of the new environment.
        packages: The folder of downloaded packages.
        only: Install only these names; None for all packages.

    Returns:
        The installed packages, why there is no solution, or an error.
    """
    records = await _records(channels, task)
    if not isinstance(records, list):
        return records
    records = [record for record in records if only is None or record.name.normalized in only]
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


async def _records(channels: Channels, task: Task) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
    try:
        return await rattler.solve(
            [rattler.Channel(location.address) for location in task.locations],
            list(task.specs),
            gateway=channels.retrying_gateway,
            platforms=[to_subdir(task.subdir), to_subdir(NOARCH)],
            virtual_packages=[_virtual_package(*one) for one in task.machine],
            timeout=datetime.timedelta(seconds=task.seconds),
            channel_relations="disabled",
        )
    except GatewayError as error:
        if _COALESCED in str(error):  # another request for the same file failed, and only that one got the reason
            return await _records(channels, task)
        return error_of_message(str(error))
    except SolverError as error:
        text = str(error)
        if re.search(r"timed? ?out|cancelled", text, re.IGNORECASE) and not _NO.match(text):
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
        return NoSolution(explanation=_NO.sub("", text).strip())


def _virtual_package(name: str, version: str, build: str) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(
        rattler.PackageName(name), rattler.Version(version), rattler.package.BuildString(build)
    )


def _package(record: rattler.RepoDataRecord) -> ResolvedPackage:
    return ResolvedPackage(
        name=record.name.normalized,
        version=str(record.version),
        size=record.size,
        day=record.timestamp.date() if record.timestamp else None,
    )


class CondaResolver:
    """Resolves with the channels of one install line.

    The repodata of a channel stays in memory until :meth:`forget`, and several resolvers share it.
    """

    def __init__(self, channels: Channels, line: Sequence[str], semaphore: asyncio.Semaphore, deadline: float) -> None:
        """Take the channels.

        Args:
            channels: The interface to rattler.
            line: The names of the channels, in the order of the install line.
            semaphore: Limits how many resolvers run at a time.
            deadline: Seconds for one attempt.

        Raises:
            UsageError: A name is not that of a channel.
        """
        self._channels = channels
        self._places = [channels.locate(channel) for channel in line]
        self._semaphore = semaphore
        self._deadline = deadline

    async def solve(self, specs: Sequence[str], target: Target) -> SolveResult:
        """Resolve MatchSpecs for a target.

        Args:
            specs: The MatchSpecs, without one for Python.
            target: The platform and Python.

        Returns:
            The packages, why there is no solution, or an error.
        """
        task = Task(
            locations=self._places,
            subdir=target.platform,
            specs=[*specs, f"python {python_words(target.python)}.*"],
            machine=PLATFORMS[target.platform].virtual_packages,
            seconds=self._deadline,
        )
        async with self._semaphore:
            try:
                async with asyncio.timeout(self._deadline):
                    return await solve(self._channels, task)
            except TimeoutError:
                return SourceError(kind=SourceErrorKind.TIMED_OUT)

    def forget(self, platform: str) -> None:
        """Free the memory of a platform's repodata."""
        for location in self._places:
            self._channels.forget(location, platform)
