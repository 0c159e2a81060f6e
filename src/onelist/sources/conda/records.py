"""What is known of a conda channel: for each platform what it has, or why that is not known."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


NOARCH = "noarch"
"""The part of a channel that is for every platform, without which there is no channel."""
YEAR = datetime.timedelta(days=365)
"""A channel in which nothing is newer counts as old."""


class SubdirState(Enum):
    """How much a channel has for one platform."""

    NONEMPTY = "some packages"
    EMPTY = "no package at all"
    MISSING = "no such platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubdirData:
    """What a channel has for one platform.

    Attributes:
        builds: conda name to its builds, for the names that were asked for and are there.
        faults: conda name to why nothing is known of it, although the platform answers; only without a network.
        extent: Whether there is anything else.
        as_of: When the channel said so; None when that was before onelist was used.
    """

    builds: Mapping[str, PackageRecords]
    faults: Mapping[str, SourceError] = field(default_factory=dict)
    extent: SubdirState = SubdirState.NONEMPTY
    as_of: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old a channel is where nothing that was asked for is new.

    Attributes:
        newest: The day of the newest build that was seen; None when the channel dates nothing.
        looked_at: How many of its packages were looked at.
        total: How many it has.
    """

    newest: datetime.date | None
    looked_at: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """All that was found out about one channel.

    Attributes:
        subdirs: Platform (``noarch`` included) to what is there, or why that is not known.
        freshness: Its age, where nothing of what was asked for is from the last year; else None.
    """

    subdirs: Mapping[str, SubdirData | SourceError]
    freshness: Freshness | None = None

    @property
    def fault(self) -> SourceError | None:
        """Why nothing at all is known of the channel; None when something is."""
        noarch = self.subdirs[NOARCH]
        return noarch if isinstance(noarch, SourceError) else None

    @property
    def as_of(self) -> datetime.datetime | None:
        """When the oldest of its answers was given; None when that is not known."""
        return min(
            (subdirs.as_of for subdirs in self.subdirs.values() if isinstance(subdirs, SubdirData) and subdirs.as_of),
            default=None,
        )


def judged(found: Mapping[str, SubdirData | SourceError]) -> Mapping[str, SubdirData | SourceError]:
    """Return what was found, where a fault of the whole channel is one of each of its platforms."""
    noarch = found[NOARCH]
    stocks = [subdirs for subdirs in found.values() if isinstance(subdirs, SubdirData)]
    stocked = any(subdirs.extent is SubdirState.NONEMPTY for subdirs in stocks)
    if isinstance(noarch, SourceError):
        lacks_noarch = noarch.kind is SourceErrorKind.NO_SUCH and stocked
        fault = SourceError(kind=SourceErrorKind.NO_NOARCH) if lacks_noarch else noarch
        return dict.fromkeys(found, fault)
    if not stocked:
        return dict.fromkeys(found, SourceError(kind=SourceErrorKind.EMPTY))
    return found


def has_new(subdirs: Mapping[str, SubdirData | SourceError], today: datetime.date) -> bool:
    """Tell whether any of the builds is from the last year; those of the newest versions are looked at first."""
    records = [shelf for one in subdirs.values() if isinstance(one, SubdirData) for shelf in one.builds.values()]
    newest = (build for shelf in records for build in shelf.builds(shelf.versions[0]))
    rest = (build for shelf in records for build in shelf.all())
    return any(build.last and today - build.last <= YEAR for build in chain(newest, rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Builds of one version of a conda package that are alike in all that decides where they fit.

    Attributes:
        build: The build string, for ``python`` and what begins like it, whose builds are kept one by one since
            dependencies ask for them; else ``""``.
        requires: Their dependencies on Python, its ABI and the machine (``python``, ``python_abi``, ``__glibc``, ...).
        first: The day on which the first of them was built; None when the channel does not say.
        last: The same of the last one.
    """

    build: str
    requires: tuple[str, ...]
    first: datetime.date | None
    last: datetime.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecords:
    """All that a channel has of a name for one platform; read when it is looked at.

    Attributes:
        versions: The versions as the channel writes them, the newest first; at least one.
        read: Returns the builds of one of the versions.
    """

    versions: tuple[str, ...]
    read: Callable[[str], tuple[Build, ...]] = field(repr=False)

    def builds(self, version: str) -> tuple[Build, ...]:
        """Return the builds of a version; none when there is no such version."""
        return self.read(version) if version in self.versions else ()

    def all(self) -> Iterator[Build]:
        """Yield the builds of all versions, the newest first."""
        for version in self.versions:
            yield from self.read(version)
