"""Query one conda channel: each subdir with retries, and no response counts as "no packages" that is something else."""

from __future__ import annotations

import asyncio
import datetime
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from onelist.core.system.readings import ended_by, reading
from onelist.sources.cache import CacheEntryInfo, CachePolicy, file_path
from onelist.sources.conda.by_name import (
    QueriesByName,
    doubtful_names,
    may_be_about_one_package,
    only_of_another_platform,
)
from onelist.sources.conda.local import has_unreadable_repodata
from onelist.sources.conda.records import (
    NOARCH,
    ChannelData,
    FailedSubdirs,
    Freshness,
    SubdirData,
    SubdirState,
    has_recent_build,
    is_repodata,
    with_channel_errors,
)
from onelist.sources.conda.shard_hashes import INDEX
from onelist.sources.faults import MAX_RETRIES, NO_ANSWER, SourceError, SourceErrorKind, unexpected_error
from onelist.sources.http import EXTRA_TIME, OK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.sources.cache import FetchTimes
    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.records import PackageRecords
    from onelist.sources.conda.shard_checks import ShardChecks
    from onelist.sources.http import HttpClient

SHARDS, ZST, PLAIN = INDEX, "repodata.json.zst", "repodata.json"
SHARDS_VALID = datetime.timedelta(minutes=10)
"""How long sharded repodata in rattler's cache is used without a request. If a server sends no Cache-Control, rattler
uses it for a tenth of its age. For a quiet channel that is days, and a newly published package would count as absent.
"""
_WHOLE_FILES_AT_ONCE = 2
"""How many subdirs are read at a time when each is one file. Together they would need more than one gigabyte."""
_REQUEST_RETRIES = 3
"""How often rattler repeats single requests after a whole query has failed."""
_DAMAGED = frozenset({
    SourceErrorKind.UNEXPECTED_RESPONSE,
    SourceErrorKind.DAMAGED_SHARD,
    SourceErrorKind.DAMAGED_RECORD,
})  # fmt: skip
"""Errors that a damaged file in the cache may cause."""
_PAUSE = 0.25
"""Seconds before the first retry; each further pause is longer by as much."""
_SAMPLE_SIZE = 300
"""How many packages of a channel are read to find out whether any of them is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelClientConfig:
    """What all channel clients of one call share.

    Attributes:
        channels: The interface to rattler.
        http: The client that tests whether files exist.
        shards: Compares shards with their hashes.
        fetch_times: When each subdir was last fetched.
        pool: The threads for blocking calls.
        answered: Called with the name of a channel when one of its subdirs has an answer, for the progress line.
        deadline: Seconds for one subdir.
        cache_policy: When cached responses are used.
        now: The time, in UTC.
        failed: Gets each subdir that gives no data.
        semaphore: Limits how many whole files are read at a time.
    """

    channels: Channels
    http: HttpClient
    shards: ShardChecks
    fetch_times: FetchTimes
    pool: Executor
    answered: Callable[[str], None]
    deadline: float
    cache_policy: CachePolicy
    now: datetime.datetime
    failed: FailedSubdirs = field(default_factory=FailedSubdirs)
    semaphore: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_WHOLE_FILES_AT_ONCE))


class ChannelClient:
    """Queries one channel."""

    def __init__(self, config: ChannelClientConfig, channel: str, key: str) -> None:
        """Find the channel.

        Args:
            config: What all clients share.
            channel: The channel as settings.ini names it.
            key: Its name in ``fetch_times``.

        Raises:
            UsageError: This is not a channel.
        """
        self._config = config
        self._offline = config.cache_policy is CachePolicy.OFFLINE
        self._channel = channel
        self._location = config.channels.locate(channel)
        self._by_names = QueriesByName(
            channels=config.channels, shards=config.shards, location=self._location, offline=self._offline
        )
        self._key = key
        self._fetch_times = {} if self._location.is_private else config.fetch_times.get(key)
        self._sharded: asyncio.Task[bool]
        self._failed: SourceError | None = None
        self._repeated: dict[str, SourceError] = {}  # why a subdir is asked again, or its packages one by one

    async def ask(
        self,
        platforms: Sequence[str],
        names: Collection[str],
        *,
        required: Collection[str] = (),
        with_age: bool = True,
    ) -> ChannelData:
        """Return what the channel has of some packages.

        Args:
            platforms: The subdirs of the platforms, without ``noarch``.
            names: The conda names.
            required: Those of them of which it matters that the channel has none.
            with_age: Whether to find out how old the newest package is, where none of these is new.

        Returns:
            The data, or an error for each subdir that gave none.
        """
        if name := ended_by(self._channel):
            error = SourceError(kind=SourceErrorKind.READER_ENDED, detail=name)
            return self._without_data(platforms, error)
        before = self._config.failed.error(self._location.address, NOARCH)
        if before and before.kind in NO_ANSWER:
            return self._without_data(platforms, before)
        try:
            async with reading(self._channel):
                found = await self._ask(platforms, names, required)
                return await self._with_age(found) if with_age else found
        except BaseException as error:  # noqa: BLE001 - one channel must not cost the others
            return self._without_data(platforms, unexpected_error(error))

    def _without_data(self, platforms: Sequence[str], error: SourceError) -> ChannelData:
        subdirs = dict.fromkeys((NOARCH, *platforms), error)
        self._config.failed.add(self._location.address, subdirs)
        return ChannelData(subdirs=subdirs, address=self._location.address)

    async def _ask(self, platforms: Sequence[str], names: Collection[str], required: Collection[str]) -> ChannelData:
        wanted = sorted(names)
        self._sharded = asyncio.create_task(self._has_shards())
        asked = (NOARCH, *platforms)
        found = dict(zip(asked, await asyncio.gather(*(self._ask_subdir(one, wanted) for one in asked)), strict=True))
        if await asyncio.shield(self._sharded):
            names_of, checked = doubtful_names(found, required), self._by_names.without_wrong_shards
            right = await asyncio.gather(
                *(checked(*pair, names_of[pair[0]], self._config.deadline) for pair in found.items())
            )
            found = dict(zip(asked, right, strict=True))
        subdirs = with_channel_errors(found)
        self._config.failed.add(self._location.address, subdirs)
        self._store_fetch_times(subdirs)
        return ChannelData(subdirs=subdirs, address=self._location.address)

    async def _with_age(self, data: ChannelData) -> ChannelData:
        """Return the data of a channel with its age, if none of the packages is new."""
        if not data.error and not has_recent_build(data.subdirs, self._config.now.date()):
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.deadline):
                    return replace(data, freshness=await self._sample(data.subdirs))
        return data

    async def _ask_subdir(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        try:
            async with self._slot():
                if self._failed:  # noarch comes first, and without it this is not a channel
                    return self._failed
                found = await self._within_deadline(subdir, names)
                if subdir == NOARCH and isinstance(found, SourceError) and found.kind is not SourceErrorKind.NOT_FOUND:
                    self._failed = found
                if isinstance(found, SubdirData) and found.state is not SubdirState.MISSING:
                    relations = await self._config.channels.relations(self._location, subdir)
                    return replace(found, relations=relations) if relations else found
                return found
        finally:
            self._config.channels.forget(self._location, subdir)
            self._config.answered(self._channel)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Wait for the semaphore, or until the channel turns out to be sharded, which needs no limit."""
        acquired = asyncio.create_task(self._config.semaphore.acquire())
        try:
            await asyncio.wait({acquired, self._sharded}, return_when=asyncio.FIRST_COMPLETED)
            if not (acquired.done() or self._sharded.result()):
                await acquired
            yield
        finally:
            if acquired.done():
                self._config.semaphore.release()
            acquired.cancel()

    async def _within_deadline(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        try:
            async with asyncio.timeout(self._config.deadline):
                return await self._subdir_data(subdir, names)
        except TimeoutError:  # the error of an attempt before the last one says more
            error = self._repeated.get(subdir) or SourceError(kind=SourceErrorKind.TIMED_OUT)
            return await self._by_name(subdir, names, EXTRA_TIME, error)
        except BaseException as error:  # noqa: BLE001 - one answer that nobody expects must not cost the others
            return unexpected_error(error)

    async def _subdir_data(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        if has_unreadable_repodata(self._location.address, subdir):
            return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)
        records = await self._query_with_retries(subdir, names)
        if isinstance(records, SourceError):
            if self._offline and records.kind is SourceErrorKind.NOT_CACHED:
                return await self._from_cache(subdir, names)
            self._repeated[subdir] = records
            if not await may_be_about_one_package(records, self._sharded):
                return records
            return await self._by_name(subdir, names, self._config.deadline, records)
        if records or self._offline:
            return SubdirData(records=records, as_of=self._as_of(subdir))
        return await self._without_records(subdir, names)

    async def _by_name(
        self, subdir: str, names: Collection[str], seconds: float, error: SourceError
    ) -> SubdirData | SourceError:
        """Query the packages one by one; return the error of the query for all of them if that says no more."""
        found = await self._by_names.ask(subdir, names, seconds)
        if found and found.records:
            return SubdirData(records=found.records, errors=found.errors, as_of=self._as_of(subdir))
        is_a_record = found is not None or error.kind is not SourceErrorKind.DAMAGED_RECORD
        return error if is_a_record else SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)

    async def _query_with_retries(
        self, subdir: str, names: Sequence[str]
    ) -> Mapping[str, PackageRecords] | SourceError:
        """Query, and query again after errors that may pass; once without the cache after an unreadable response."""
        query = self._config.channels.query
        refresh = self._must_refresh(subdir)
        retries = attempt = 0
        result = await query(self._location, subdir, names, refresh=refresh)
        while isinstance(result, SourceError):
            if result.kind in _DAMAGED and not refresh and not self._offline:
                refresh = True
            elif attempt >= MAX_RETRIES.get(result.kind, 0) or not await self._wait(result):
                break
            else:
                attempt += 1
                self._repeated[subdir] = result
                await asyncio.sleep(_PAUSE * attempt)
                passes = {SourceErrorKind.CONNECTION_CLOSED, SourceErrorKind.SERVER_ERROR}
                retries = _REQUEST_RETRIES if result.kind in passes else 0
            result = await query(self._location, subdir, names, refresh=refresh, retries=retries)
        other = "" if isinstance(result, SourceError) else only_of_another_platform(result, subdir)
        if other and not await asyncio.shield(self._sharded):
            return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=f"the packages of {other}")
        return result

    async def _wait(self, error: SourceError) -> bool:
        """Wait as long as the server says in Retry-After; tell whether a retry makes sense.

        rattler does not pass that header on, so the HTTP client sends a HEAD request, which heeds it.
        """
        if error.kind is not SourceErrorKind.RATE_LIMITED:
            return True
        answer = await self._in_thread(lambda: self._config.http.exists(error.address))
        return not (isinstance(answer, SourceError) and answer.kind is SourceErrorKind.RATE_LIMITED)

    async def _from_cache(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        """Read the cache name by name, so that a name that was never fetched does not hide the others."""
        entry = self._fetch_times.get(subdir)
        if entry and entry.missing:
            return SubdirData(records={}, state=SubdirState.MISSING, as_of=entry.fetched)
        records: dict[str, PackageRecords] = {}
        errors: dict[str, SourceError] = {}
        for name in names:
            result = await self._config.channels.query(self._location, subdir, [name])
            if isinstance(result, SourceError):
                errors[name] = result
            else:
                records.update(result)
        if len(errors) == len(names):
            return errors[names[0]]
        return SubdirData(records=records, errors=errors, as_of=self._as_of(subdir))

    async def _without_records(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        """Find out why there are no records: no such packages, no such subdir, or not a response of a channel."""
        listed = await self._config.channels.names(self._location, subdir)
        if isinstance(listed, SourceError):
            return listed
        if not listed:
            return await self._without_packages(subdir, names)
        return SubdirData(records={}, as_of=self._as_of(subdir))

    async def _without_packages(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        """Find out why no package is listed: an empty subdir, no such subdir, or not a response of a channel."""
        exists = await self._in_thread(lambda: self._has_repodata(subdir))
        if isinstance(exists, SourceError):
            return exists
        if not exists:
            return SubdirData(records={}, state=SubdirState.MISSING, as_of=self._config.now)
        records = await self._config.channels.query(self._location, subdir, names, refresh=True)
        if isinstance(records, SourceError):
            return records
        state = SubdirState.NONEMPTY if records else SubdirState.EMPTY
        return SubdirData(records=records, state=state, as_of=self._config.now)

    def _has_repodata(self, subdir: str) -> bool | SourceError:
        """Tell whether the channel has repodata for a subdir; rattler's answer for a missing subdir is "no records"."""
        for name in (SHARDS, ZST):
            for address in self._location.files(subdir, name):
                exists = self._exists(address)
                if exists:  # or an error
                    return exists
        return self._is_repodata(self._location.files(subdir, PLAIN)[0])

    def _exists(self, address: str) -> bool | SourceError:
        return file_path(address).exists() if address.startswith("file:") else self._config.http.exists(address)

    def _is_repodata(self, address: str) -> bool | SourceError:
        """Tell whether there is a repodata.json; rattler accepts any JSON object as one."""
        if address.startswith("file:"):
            path = file_path(address)
            content = path.read_bytes() if path.exists() else None
        else:
            page = self._config.http.get(address, "application/json")
            if isinstance(page, SourceError):
                return page
            content = page.content if page.status == OK else None
        if content is None:
            return False
        return is_repodata(content) or SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)

    async def _has_shards(self) -> bool:
        """Tell whether the channel has sharded repodata (CEP 16); a wrong answer costs only memory."""
        config = self._config
        entry = self._fetch_times.get(NOARCH)
        if self._offline or not config.channels.uses_shards:
            return entry is not None and entry.sharded and config.channels.uses_shards
        if entry and config.cache_policy is CachePolicy.NORMAL and abs(config.now - entry.fetched) < SHARDS_VALID:
            return entry.sharded
        (address, *_) = self._location.files(NOARCH, SHARDS)
        return await self._in_thread(lambda: self._exists(address)) is True

    def _is_sharded(self, entry: CacheEntryInfo) -> bool:
        """Tell whether the channel has shards, as far as this is known yet."""
        return self._sharded.result() if self._sharded.done() else entry.sharded

    def _must_refresh(self, subdir: str) -> bool:
        config = self._config
        if config.cache_policy is not CachePolicy.NORMAL:
            return config.cache_policy is CachePolicy.REFRESH
        entry = self._fetch_times.get(subdir)
        return entry is None or (self._is_sharded(entry) and abs(config.now - entry.fetched) >= SHARDS_VALID)

    def _as_of(self, subdir: str) -> datetime.datetime | None:
        """Return the time of the data that was just read; rattler asks for changes of whole files each time."""
        entry = self._fetch_times.get(subdir)
        if self._offline:
            return entry.fetched if entry else None
        is_cached = entry and self._is_sharded(entry) and not self._must_refresh(subdir)
        return entry.fetched if entry and is_cached else self._config.now

    def _store_fetch_times(self, subdirs: Mapping[str, SubdirData | SourceError]) -> None:
        if not (self._offline or self._location.is_private):
            entries = {
                subdir: CacheEntryInfo(
                    fetched=data.as_of, missing=data.state is SubdirState.MISSING, sharded=self._sharded.result()
                )
                for subdir, data in subdirs.items()
                if isinstance(data, SubdirData) and data.as_of
            }
            self._config.fetch_times.put(self._key, entries)

    async def _sample(self, subdirs: Mapping[str, SubdirData | SourceError]) -> Freshness | None:
        """Return the age of a channel in which no requested package is new, from a sample of all its packages."""
        channels = self._config.channels
        nonempty = [
            subdir
            for subdir, data in subdirs.items()
            if isinstance(data, SubdirData) and data.state is SubdirState.NONEMPTY
        ]
        listed = {subdir: await channels.names(self._location, subdir) for subdir in nonempty}
        names = sorted({name for found in listed.values() if not isinstance(found, SourceError) for name in found})
        sample = names[:: max(len(names) // _SAMPLE_SIZE, 1)]
        days: list[datetime.date] = []
        for subdir in nonempty:
            records = await channels.query(self._location, subdir, sample)
            if isinstance(records, SourceError):
                return None
            days += [build.last for package in records.values() for build in package.all_builds() if build.last]
            channels.forget(self._location, subdir)
        return Freshness(newest=max(days, default=None), looked_at=len(sample), total=len(names))

    async def _in_thread(self, function: Callable[[], bool | SourceError]) -> bool | SourceError:
        """Run a request; its own deadline does not hold for the name server, so it is left alone a moment later."""
        try:
            async with asyncio.timeout(self._config.deadline + EXTRA_TIME):
                return await asyncio.get_running_loop().run_in_executor(self._config.pool, function)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
