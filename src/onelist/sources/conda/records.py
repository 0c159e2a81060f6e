"""The data of a conda channel: for each subdir the packages that it has, or why that is not known."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from onelist.sources.cutoff import Cutoff


NOARCH = "noarch"
"""The subdir for all platforms. A channel without it is not a channel."""
YEAR = datetime.timedelta(days=365)
"""A channel without a newer build counts as old."""


class RecordForm(Enum):
    """Which conda clients can read a record."""

    CONDA = "all clients"
    V3 = "pixi, and conda with the rattler solver"
    """It has conditional dependencies, extras or flags (https://conda.org/learn/ceps/cep-0048); libmamba, which mamba
    uses and conda by default, does not read it."""
    WHEEL = "the same, if the channel has sharded repodata"
    """It is a wheel. rattler reads wheels from shards, and leaves them out of repodata.json."""


class SubdirState(Enum):
    """How much a channel has for one platform."""

    NONEMPTY = "some packages"
    EMPTY = "no packages"
    MISSING = "no such subdir"


class Relation(Enum):
    """What a channel declares another channel to be (https://conda.org/learn/ceps/cep-0042)."""

    BASE = "base"
    """It builds on the other channel, which comes first."""
    OVERRIDES = "overrides"
    """It replaces packages of the other channel, which comes later."""


class RelatedChannel(NamedTuple):
    """A channel that another channel declares.

    Attributes:
        name: Its name as settings.ini has it: the short one where there is one, else the address.
        address: Its address, perhaps with a token: it must never be shown.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubdirData:
    """The packages that one subdir of a channel has.

    Attributes:
        records: The records of each requested conda name that is there.
        errors: Why nothing is known of a requested name, although the subdir is known.
        state: How much the subdir has.
        as_of: When the channel said so; None if that was before onelist asked for the first time.
        relations: Other channels that it declares.
    """

    records: Mapping[str, PackageRecords]
    errors: Mapping[str, SourceError] = field(default_factory=lambda: MappingProxyType({}))
    state: SubdirState = SubdirState.NONEMPTY
    as_of: datetime.datetime | None
    relations: Mapping[Relation, RelatedChannel] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The age of a channel in which no requested package is new.

    Attributes:
        newest: The day of the newest build in the sample; None if the channel gives no days.
        looked_at: How many of its packages are in the sample.
        total: How many packages it has.
    """

    newest: datetime.date | None
    looked_at: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelData:
    """The data of one channel.

    Attributes:
        subdirs: For each subdir (``noarch`` included) its packages, or why they are not known.
        freshness: The age of the channel if no requested package is from the last year; else None.
        address: Its address, perhaps with a token: it must never be shown.
    """

    subdirs: Mapping[str, SubdirData | SourceError]
    freshness: Freshness | None = None
    address: str = field(default="", repr=False)

    @property
    def relations(self) -> Mapping[Relation, RelatedChannel]:
        """Other channels that any of its subdirs declares."""
        found: dict[Relation, RelatedChannel] = {}
        for subdir in self.subdirs.values():
            found |= subdir.relations if isinstance(subdir, SubdirData) else {}
        return found

    @property
    def error(self) -> SourceError | None:
        """Why nothing is known of the channel; None if something is known."""
        noarch = self.subdirs[NOARCH]
        return noarch if isinstance(noarch, SourceError) else None

    @property
    def as_of(self) -> datetime.datetime | None:
        """The time of the oldest data; None if it is not known."""
        return min(
            (subdir.as_of for subdir in self.subdirs.values() if isinstance(subdir, SubdirData) and subdir.as_of),
            default=None,
        )


def channel_until(data: ChannelData, cutoff: Cutoff) -> ChannelData:
    """Return the data of a channel as of a day; packages of which each record is newer are left out."""
    subdirs = {
        name: subdir if isinstance(subdir, SourceError) else replace(subdir, records=_records_until(subdir, cutoff))
        for name, subdir in data.subdirs.items()
    }
    return replace(data, subdirs=subdirs)


def _records_until(subdir: SubdirData, cutoff: Cutoff) -> Mapping[str, PackageRecords]:
    found = {name: records.until(cutoff) for name, records in subdir.records.items()}
    return {name: one for name, one in found.items() if one.versions or one.undated}


class FailedSubdirs:
    """The subdirs of channels that gave no data in a call."""

    def __init__(self) -> None:
        """Begin without any."""
        self._errors: dict[tuple[str, str], SourceError] = {}

    def add(self, address: str, subdirs: Mapping[str, SubdirData | SourceError]) -> None:
        """Take those subdirs of a channel that gave no data."""
        self._errors |= {(address, name): data for name, data in subdirs.items() if isinstance(data, SourceError)}

    def error(self, address: str, platform: str) -> SourceError | None:
        """Return why a channel gave no data for a platform or for noarch; None if it did, or was not asked."""
        return self._errors.get((address, NOARCH)) or self._errors.get((address, platform))


def with_channel_errors(found: Mapping[str, SubdirData | SourceError]) -> Mapping[str, SubdirData | SourceError]:
    """Return the data of the subdirs, where an error of the whole channel replaces the data of each subdir."""
    noarch = found[NOARCH]
    data = [subdir for subdir in found.values() if isinstance(subdir, SubdirData)]
    has_packages = any(subdir.state is SubdirState.NONEMPTY for subdir in data)
    if isinstance(noarch, SourceError):
        lacks_noarch = noarch.kind is SourceErrorKind.NOT_FOUND and has_packages
        error = SourceError(kind=SourceErrorKind.NO_NOARCH) if lacks_noarch else noarch
        return dict.fromkeys(found, error)
    if not has_packages:
        return dict.fromkeys(found, SourceError(kind=SourceErrorKind.EMPTY))
    return found


def has_recent_build(subdirs: Mapping[str, SubdirData | SourceError], today: datetime.date) -> bool:
    """Tell whether any build is from the last year; the builds of the newest versions are read first."""
    data = [subdir for subdir in subdirs.values() if isinstance(subdir, SubdirData)]
    packages = [package for subdir in data for package in subdir.records.values()]
    newest = (build for package in packages for build in package.builds(package.versions[0]))
    rest = (build for package in packages for build in package.all_builds())
    return any(build.last and today - build.last <= YEAR for build in chain(newest, rest))


Extras = tuple[tuple[str, tuple[str, ...]], ...]
"""The extras of a record, each with the MatchSpecs that it brings (``extra_depends``, CEP 44)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The builds of one version of a conda package that fit the same Pythons and machines.

    Attributes:
        build: The build string for ``python`` and names that begin with it, because dependencies name it. ``""`` for
            all other packages.
        form: Which clients can read them.
        requires: Their dependencies on Python, its ABI and the machine (``python``, ``python_abi``, ``__glibc``, ...).
        first: The day of the first of these builds; None if the channel does not say it.
        last: The day of the last of these builds; None if the channel does not say it.
        extras: The names of their extras, each with the MatchSpecs that it brings (CEP 44).
    """

    build: str
    form: RecordForm = RecordForm.CONDA
    requires: tuple[str, ...]
    first: datetime.date | None
    last: datetime.date | None
    extras: Extras = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecords:
    """The records of one package in one subdir. The builds of a version are read when they are needed.

    Attributes:
        versions: The versions as the channel writes them, the newest first; at least one.
        read: Returns the builds of one of the versions.
        until: Returns the same as of a day. It may have no version then.
        subdir: The subdir that a record names; a shard of another subdir names that one.
        with_undated: As of a day, the same with the records that say no day; else None.
        undated: As of a day, how many records say no day.
    """

    versions: tuple[str, ...]
    read: Callable[[str], tuple[Build, ...]] = field(repr=False)
    until: Callable[[Cutoff], PackageRecords] = field(repr=False)
    subdir: str = ""
    with_undated: PackageRecords | None = field(default=None, repr=False)
    undated: int = 0

    def builds(self, version: str) -> tuple[Build, ...]:
        """Return the builds of a version; none if there is no such version."""
        return self.read(version) if version in self.versions else ()

    def all_builds(self) -> Iterator[Build]:
        """Yield the builds of all versions, the newest version first."""
        for version in self.versions:
            yield from self.read(version)


def is_repodata(content: bytes) -> bool:
    """Tell whether the content of a repodata.json has a table of packages."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and ("packages" in data or "packages.conda" in data)
