"""Query the packages of a subdir one by one: a damaged file or record of one package must not cost the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from onelist.sources.conda.records import NOARCH, SubdirData, SubdirState
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.conda.records import PackageRecords
    from onelist.sources.conda.shard_checks import ShardChecks

_OF_ONE_PACKAGE = frozenset({
    SourceErrorKind.DAMAGED_SHARD,
    SourceErrorKind.MISSING_SHARD,
    SourceErrorKind.DAMAGED_RECORD,
    SourceErrorKind.SERVER_ERROR,
    SourceErrorKind.ACCESS_DENIED,
})  # fmt: skip
"""Errors that may be about one file or one record only."""
WRONG_SHARD = SourceError(kind=SourceErrorKind.DAMAGED_SHARD, detail="it has no record of this package")
"""The shard is that of another package or subdir."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesByName:
    """What a subdir has of some packages.

    Attributes:
        records: The records of each package that has any.
        errors: Why nothing is known of a package that the subdir lists.
    """

    records: Mapping[str, PackageRecords]
    errors: Mapping[str, SourceError]


async def may_be_about_one_package(error: SourceError, sharded: asyncio.Future[bool]) -> bool:
    """Tell whether an error of a query for several packages may be about one of them only.

    Args:
        error: The error.
        sharded: Whether each package has a file of its own. Otherwise, what cannot be read is the file of all. This is
            waited for where it matters, and goes on if this call is cancelled.
    """
    if error.kind is SourceErrorKind.UNEXPECTED_RESPONSE:
        await asyncio.wait({sharded})
        return sharded.result()
    return error.kind in _OF_ONE_PACKAGE


def of_another_subdir(records: Mapping[str, PackageRecords], subdir: str) -> frozenset[str]:
    """Return the packages whose shard is that of another subdir: its records say so.

    Args:
        records: What a channel with shards has in a subdir.
        subdir: The subdir.
    """
    return frozenset(name for name, one in records.items() if one.subdir not in {"", subdir})


def only_of_another_platform(records: Mapping[str, PackageRecords], subdir: str) -> str:
    """Return the platform whose repodata.json was sent in place of the right one; ``""`` if it is the right one.

    A record names its subdir. Of noarch, that says nothing: some channels keep such packages in another subdir.

    Args:
        records: What a channel without shards has in a subdir.
        subdir: The subdir.
    """
    named = {one.subdir for one in records.values()}
    other = named.pop() if len(named) == 1 else ""
    return other if not {subdir, other} & {NOARCH, ""} and other != subdir else ""


def doubtful_names(
    subdirs: Mapping[str, SubdirData | SourceError], required: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Return the packages of which a channel with shards seems to have nothing: a shard may not be that of its package.

    To read which packages a subdir lists takes longer than to query a few, so this is for required packages that some
    platform would lack.

    Args:
        subdirs: What the channel has in each subdir, or why that is not known; noarch is one of them.
        required: The packages of which it matters.

    Returns:
        The packages to look for, by subdir.
    """
    known = {
        subdir: frozenset((*data.records, *data.errors)) if isinstance(data, SubdirData) else frozenset(required)
        for subdir, data in subdirs.items()
    }
    platforms = [subdir for subdir in subdirs if subdir != NOARCH]
    lacking = {subdir: frozenset(required) - known[subdir] - known[NOARCH] for subdir in platforms}
    everywhere = frozenset().union(*lacking.values()) if platforms else frozenset(required) - known[NOARCH]
    return {**lacking, NOARCH: everywhere}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriesByName:
    """Queries for the packages of a channel, one by one.

    Attributes:
        channels: The interface to rattler.
        shards: Compares shards with their hashes.
        location: The channel.
        offline: Whether nothing is fetched.
    """

    channels: Channels
    shards: ShardChecks
    location: ChannelLocation
    offline: bool

    async def without_wrong_shards(
        self, subdir: str, data: SubdirData | SourceError, doubtful: Collection[str], seconds: float
    ) -> SubdirData | SourceError:
        """Return the data of a subdir with shards, where a package is an error whose shard is not its own.

        Args:
            subdir: The subdir.
            data: What the query for all packages gave.
            doubtful: Packages without records that are looked for.
            seconds: The time limit for one query.

        Returns:
            The data.
        """
        if isinstance(data, SourceError) or data.state is not SubdirState.NONEMPTY:
            return data
        wrong = of_another_subdir(data.records, subdir)
        names = wrong | set(doubtful)
        found = await self.ask(subdir, names, seconds) if names else None
        known = {name: one for name, one in data.records.items() if name not in wrong}
        more, errors = (found.records, found.errors) if found else ({}, dict.fromkeys(wrong, WRONG_SHARD))
        records = {**known, **more}
        compared = await self.shards.compare(self.location, subdir, sorted(records), seconds)
        of_wrong_hash = {name: one for name, one in compared.items() if isinstance(one, SourceError)}
        right = {name: one for name, one in compared.items() if not isinstance(one, SourceError)}
        records = {name: one for name, one in {**records, **right}.items() if name not in of_wrong_hash}
        return replace(data, records=records, errors={**data.errors, **errors, **of_wrong_hash})

    async def ask(self, subdir: str, names: Collection[str], seconds: float) -> PackagesByName | None:
        """Query packages.

        Args:
            subdir: The subdir.
            names: The conda names.
            seconds: The time limit for one query.

        Returns:
            What the subdir has; None if its list of packages cannot be read.
        """
        try:
            async with asyncio.timeout(seconds):
                listed = await self.channels.names(self.location, subdir)
        except TimeoutError:
            return None
        if isinstance(listed, SourceError):
            return None
        wanted = sorted(listed.intersection(names))
        found = await asyncio.gather(*(self._query(subdir, name, seconds) for name in wanted))
        answers = dict(zip(wanted, found, strict=True))
        return PackagesByName(
            records={name: answer for name, answer in answers.items() if not isinstance(answer, SourceError)},
            errors={name: answer for name, answer in answers.items() if isinstance(answer, SourceError)},
        )

    async def _query(self, subdir: str, name: str, seconds: float) -> PackageRecords | SourceError:
        """Query one package that a subdir lists.

        rattler does not compare a shard with the hash that names it. If the shard is that of another package, there
        are no records with the requested name. It stays in rattler's cache, so it is fetched once more.
        """
        try:
            async with asyncio.timeout(seconds):
                for refresh in (False,) if self.offline else (False, True):
                    found = await self.channels.query(self.location, subdir, [name], refresh=refresh)
                    if isinstance(found, SourceError):
                        return _about_a_package(found)
                    if name in found and not of_another_subdir(found, subdir):
                        return found[name]
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
        return WRONG_SHARD


def _about_a_package(error: SourceError) -> SourceError:
    """Return the error of one package: what cannot be read is a record if the list of packages can be read."""
    if error.kind is SourceErrorKind.UNEXPECTED_RESPONSE and not error.address:
        return replace(error, kind=SourceErrorKind.DAMAGED_RECORD)
    return error
