"""The one place that calls rattler's solver and installer, on the channels that gateway.py knows.

rattler is a 0.x library; tests/sources/test_resolvers.py and tests/cli/test_try.py hold each call that is made here.
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
from onelist.sources.conda.gateway import fault_of, to_subdir
from onelist.sources.conda.records import NOARCH
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import NoSolution, ResolvedPackage, Solved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from onelist.core.targets import Target
    from onelist.sources.conda.gateway import Channels, Place
    from onelist.sources.solution import SolveResult


_REFUSED = re.compile(r"Cannot solve the request because of:\s*")
"""How the solver begins when there is no solution."""
_COALESCED = "a coalesced request failed"
"""What rattler says to all but one of those who asked for the same file at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to resolve: from the first channel that has a name (strict priority).

    Attributes:
        places: The channels in the order of the install line.
        subdir: The platform; noarch is always there besides.
        specs: MatchSpecs.
        machine: The virtual packages of the platform, as (name, version, build string).
        seconds: How long the solver may take.
    """

    places: Sequence[Place]
    subdir: str
    specs: Sequence[str]
    machine: Iterable[tuple[str, str, str]]
    seconds: float


def own_platform() -> str:
    """Return the platform that this runs on, by conda's name."""
    return str(rattler.Subdir.current())


def task_for_this_machine(places: Sequence[Place], specs: Sequence[str], seconds: float) -> Task:
    """Return what to resolve for the machine that this runs on, with its own virtual packages."""
    found = [one.into_generic() for one in rattler.VirtualPackage.detect()]
    machine = [(one.name.normalized, str(one.version), str(one.build_string)) for one in found]
    return Task(places=places, subdir=own_platform(), specs=specs, machine=machine, seconds=seconds)


async def solve(channels: Channels, task: Task) -> SolveResult:
    """Resolve.

    Args:
        channels: Who asks the channels.
        task: What to resolve.

    Returns:
        What would be installed, why it cannot be, or a fault of a channel or of the time.
    """
    records = await _records(channels, task)
    return Solved(chosen=tuple(map(_chosen, records))) if isinstance(records, list) else records


async def install(
    channels: Channels, task: Task, prefix: Path, *, packages: Path, only: Collection[str] | None = None
) -> SolveResult:
    """Resolve, and install it into a new environment.

    Args:
        channels: Who asks the channels.
        task: What to resolve.
        prefix: The folder of the environment, which is made.
        packages: Where what is downloaded is kept.
        only: The names to install alone; None for everything that is needed.

    Returns:
        What was installed, why it cannot be, or a fault.
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
        fault = fault_of(str(error))
        if (
            fault.kind is SourceErrorKind.NOT_A_CHANNEL
        ):  # what rattler says of no server: a package is damaged or not there
            return SourceError(kind=SourceErrorKind.NO_PACKAGE, detail=redact(str(error).splitlines()[0]))
        return fault
    return Solved(chosen=tuple(map(_chosen, records)))


async def _records(channels: Channels, task: Task) -> list[rattler.RepoDataRecord] | NoSolution | SourceError:
    try:
        return await rattler.solve(
            [rattler.Channel(place.address) for place in task.places],
            list(task.specs),
            gateway=channels.retrying_gateway,
            platforms=[to_subdir(task.subdir), to_subdir(NOARCH)],
            virtual_packages=[_virtual_package(*one) for one in task.machine],
            timeout=datetime.timedelta(seconds=task.seconds),
            channel_relations="disabled",
        )
    except GatewayError as error:
        if _COALESCED in str(error):  # somebody else's request failed, and why was told to him alone
            return await _records(channels, task)
        return fault_of(str(error))
    except SolverError as error:
        text = str(error)
        if re.search(r"timed? ?out|cancelled", text, re.IGNORECASE) and not _REFUSED.match(text):
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
        return NoSolution(explanation=_REFUSED.sub("", text).strip())


def _virtual_package(name: str, version: str, build: str) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(
        rattler.PackageName(name), rattler.Version(version), rattler.package.BuildString(build)
    )


def _chosen(record: rattler.RepoDataRecord) -> ResolvedPackage:
    return ResolvedPackage(
        name=record.name.normalized,
        version=str(record.version),
        size=record.size,
        day=record.timestamp.date() if record.timestamp else None,
    )


class CondaResolver:
    """One install line.

    What is read of a channel stays in memory until :meth:`forget`; the channels of several lines are shared.
    """

    def __init__(self, channels: Channels, line: Sequence[str], semaphore: asyncio.Semaphore, deadline: float) -> None:
        """Take the channels.

        Args:
            channels: Who asks them.
            line: Their names, in the order of the install line.
            semaphore: How many resolvers may run at a time.
            deadline: Seconds for one attempt.

        Raises:
            UsageError: A name is none of a channel.
        """
        self._channels = channels
        self._places = [channels.place(channel) for channel in line]
        self._semaphore = semaphore
        self._deadline = deadline

    async def solve(self, specs: Sequence[str], target: Target) -> SolveResult:
        """Resolve MatchSpecs for a platform and a Python."""
        task = Task(
            places=self._places,
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
        """Free the memory that a platform takes."""
        for place in self._places:
            self._channels.forget(place, platform)
