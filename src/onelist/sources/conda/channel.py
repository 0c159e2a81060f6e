"""What a conda channel has: each platform asked with patience, nothing taken for an answer that is none."""

from __future__ import annotations

import asyncio
import datetime
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.sources.cache import CacheEntryInfo, CachePolicy, file_path
from onelist.sources.conda.records import NOARCH, ChannelFacts, Freshness, SubdirData, SubdirState, has_new, judged
from onelist.sources.faults import MAX_RETRIES, SourceError, SourceErrorKind
from onelist.sources.http import OK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.sources.cache import FetchTimes
    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.records import PackageRecords
    from onelist.sources.http import HttpClient

SHARDS, ZST, PLAIN = "repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json"
TRUSTED = datetime.timedelta(minutes=10)
"""How long sharded repodata in rattler's cache is taken as it is. Where a server sends no Cache-Control, rattler takes
it for a tenth of its age, which for a quiet channel is days, and a package published since would be called absent."""
_WHOLE_FILES_AT_ONCE = 2
"""How many platforms are read at a time where each is one file: together they would take over a gigabyte."""
_PATIENT = 3
"""How often rattler repeats single requests once a whole query has failed."""
_PAUSE = 0.25
"""Seconds before the first repetition; each further one waits as much longer."""
_MOST_NAMES = 300
"""How many packages of a channel are looked at to see whether anything in it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelClientConfig:
    """What is needed to ask channels.

    Attributes:
        channels: rattler.
        http: The client that looks whether files exist.
        fetch_times: When each platform was last asked.
        pool: Runs what waits, so that nothing else has to.
        answered: Called with the name of a channel when one of its platforms was answered, for the progress line.
        deadline: Seconds for one platform.
        cache_policy: What earlier answers are good for.
        now: The time, in UTC.
        semaphore: Keeps the number of whole files that are read at a time.
    """

    channels: Channels
    http: HttpClient
    fetch_times: FetchTimes
    pool: Executor
    answered: Callable[[str], None]
    deadline: float
    cache_policy: CachePolicy
    now: datetime.datetime
    semaphore: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_WHOLE_FILES_AT_ONCE))


class ChannelClient:
    """Asks one channel."""

    def __init__(self, config: ChannelClientConfig, channel: str, key: str) -> None:
        """Take the channel as settings.ini names it, and what it is remembered by.

        Raises:
            UsageError: It is no channel.
        """
        self._config = config
        self._offline = config.cache_policy is CachePolicy.OFFLINE
        self._channel = channel
        self._place = config.channels.place(channel)
        self._key = key
        self._fetch_times = config.fetch_times.get(key)
        self._sharded: asyncio.Task[bool]
        self._failed: SourceError | None = None

    async def ask(self, platforms: Sequence[str], names: Collection[str]) -> ChannelFacts:
        """Return what the channel has of some names.

        Args:
            platforms: conda's names of the platforms, without ``noarch``.
            names: conda names.

        Returns:
            The facts.
        """
        wanted = sorted(names)
        self._sharded = asyncio.create_task(self._has_shards())
        asked = (NOARCH, *platforms)
        found = await asyncio.gather(*(self._one(subdir, wanted) for subdir in asked))
        await self._sharded
        subdirs = judged(dict(zip(asked, found, strict=True)))
        self._remember(subdirs)
        freshness = None
        if not isinstance(subdirs[NOARCH], SourceError) and not has_new(subdirs, self._config.now.date()):
            freshness = await self._look_around(subdirs)
        return ChannelFacts(subdirs=subdirs, freshness=freshness)

    async def _one(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        try:
            async with self._turn():
                if self._failed:  # noarch did, which comes first, and without it there is no channel
                    return self._failed
                found = await self._in_time(subdir, names)
                if subdir == NOARCH and isinstance(found, SourceError) and found.kind is not SourceErrorKind.NO_SUCH:
                    self._failed = found
                return found
        finally:
            self._config.channels.forget(self._place, subdir)
            self._config.answered(self._channel)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn, or until the channel turns out to be sharded, which needs none."""
        turn = asyncio.create_task(self._config.semaphore.acquire())
        try:
            await asyncio.wait({turn, self._sharded}, return_when=asyncio.FIRST_COMPLETED)
            if not (turn.done() or self._sharded.result()):
                await turn
            yield
        finally:
            if turn.done():
                self._config.semaphore.release()
            turn.cancel()

    async def _in_time(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        try:
            async with asyncio.timeout(self._config.deadline):
                return await self._stock(subdir, names)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)

    async def _stock(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        builds = await self._patiently(subdir, names)
        if isinstance(builds, SourceError):
            if self._offline and builds.kind is SourceErrorKind.NOT_CACHED:
                return await self._from_cache(subdir, names)
            return builds
        if builds or self._offline:
            return SubdirData(builds=builds, as_of=self._as_of(subdir))
        return await self._nothing(subdir, names)

    async def _patiently(self, subdir: str, names: Sequence[str]) -> Mapping[str, PackageRecords] | SourceError:
        """Ask, and ask again after faults that pass; once without the cache after content that cannot be read."""
        query = self._config.channels.query
        fresh = self._wants_fresh(subdir)
        retries = attempt = 0
        result = await query(self._place, subdir, names, fresh=fresh)
        while isinstance(result, SourceError):
            if result.kind is SourceErrorKind.NOT_A_CHANNEL and not fresh and not self._offline:
                fresh = True
            elif attempt >= MAX_RETRIES.get(result.kind, 0) or not await self._waited(result):
                break
            else:
                attempt += 1
                await asyncio.sleep(_PAUSE * attempt)
                retries = _PATIENT if result.kind in {SourceErrorKind.CUT, SourceErrorKind.BROKEN} else 0
            result = await query(self._place, subdir, names, fresh=fresh, retries=retries)
        return result

    async def _waited(self, fault: SourceError) -> bool:
        """Wait for as long as a busy server asks for: rattler does not say, so it is asked for the header alone."""
        if fault.kind is not SourceErrorKind.BUSY:
            return True
        answer = await self._in_thread(lambda: self._config.http.exists(fault.address))
        return not (isinstance(answer, SourceError) and answer.kind is SourceErrorKind.BUSY)

    async def _from_cache(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        """Take what the cache has, name by name: one that was never asked for must not hide the others."""
        stamp = self._fetch_times.get(subdir)
        if stamp and stamp.missing:
            return SubdirData(builds={}, extent=SubdirState.MISSING, as_of=stamp.fetched)
        builds: dict[str, PackageRecords] = {}
        faults: dict[str, SourceError] = {}
        for name in names:
            result = await self._config.channels.query(self._place, subdir, [name])
            if isinstance(result, SourceError):
                faults[name] = result
            else:
                builds.update(result)
        if len(faults) == len(names):
            return faults[names[0]]
        return SubdirData(builds=builds, faults=faults, as_of=self._as_of(subdir))

    async def _nothing(self, subdir: str, names: Sequence[str]) -> SubdirData | SourceError:
        """Look why there is none of the names: they are not there, or the platform is not, or it was no answer."""
        listed = await self._config.channels.names(self._place, subdir)
        if isinstance(listed, SourceError):
            return listed
        if listed:
            contradicts = not listed.isdisjoint(names)  # it lists what it then does not give
            return (
                SourceError(kind=SourceErrorKind.NOT_A_CHANNEL)
                if contradicts
                else SubdirData(builds={}, as_of=self._as_of(subdir))
            )
        present = await self._in_thread(lambda: self._is_there(subdir))
        if isinstance(present, SourceError):
            return present
        if not present:
            return SubdirData(builds={}, extent=SubdirState.MISSING, as_of=self._config.now)
        builds = await self._config.channels.query(self._place, subdir, names, fresh=True)
        if isinstance(builds, SourceError):
            return builds
        return SubdirData(
            builds=builds, extent=SubdirState.NONEMPTY if builds else SubdirState.EMPTY, as_of=self._config.now
        )

    def _is_there(self, subdir: str) -> bool | SourceError:
        """Tell whether the channel has an index for a platform; rattler says "nothing" for "no such platform" too."""
        for name in (SHARDS, ZST):
            for address in self._place.files(subdir, name):
                there = self._exists(address)
                if there:  # also a fault
                    return there
        return self._is_index(self._place.files(subdir, PLAIN)[0])

    def _exists(self, address: str) -> bool | SourceError:
        return file_path(address).exists() if address.startswith("file:") else self._config.http.exists(address)

    def _is_index(self, address: str) -> bool | SourceError:
        """Tell whether there is a repodata.json; rattler takes any JSON object for one."""
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
        try:
            wire = json.loads(content)
        except (ValueError, RecursionError):
            wire = None
        proper = isinstance(wire, dict) and ("packages" in wire or "packages.conda" in wire)
        return proper or SourceError(kind=SourceErrorKind.NOT_A_CHANNEL)

    async def _has_shards(self) -> bool:
        """Tell whether the channel has sharded repodata: it says how to ask, and a wrong answer costs memory only."""
        config = self._config
        if self._offline or not config.channels.uses_shards:
            return False
        stamp = self._fetch_times.get(NOARCH)
        if stamp and config.cache_policy is CachePolicy.NORMAL and abs(config.now - stamp.fetched) < TRUSTED:
            return stamp.sharded
        (address, *_) = self._place.files(NOARCH, SHARDS)
        return await self._in_thread(lambda: self._exists(address)) is True

    def _is_sharded(self, stamp: CacheEntryInfo) -> bool:
        """Tell whether the channel has shards, as far as is known yet."""
        return self._sharded.result() if self._sharded.done() else stamp.sharded

    def _wants_fresh(self, subdir: str) -> bool:
        config = self._config
        if config.cache_policy is not CachePolicy.NORMAL:
            return config.cache_policy is CachePolicy.REFRESH
        stamp = self._fetch_times.get(subdir)
        return stamp is None or (self._is_sharded(stamp) and abs(config.now - stamp.fetched) >= TRUSTED)

    def _as_of(self, subdir: str) -> datetime.datetime | None:
        """Return when the channel said what was just taken: whole files are always asked for changes."""
        stamp = self._fetch_times.get(subdir)
        if self._offline:
            return stamp.fetched if stamp else None
        is_cached = stamp and self._is_sharded(stamp) and not self._wants_fresh(subdir)
        return stamp.fetched if stamp and is_cached else self._config.now

    def _remember(self, subdirs: Mapping[str, SubdirData | SourceError]) -> None:
        if not self._offline:
            fetch_times = {
                subdir: CacheEntryInfo(
                    fetched=one.as_of, missing=one.extent is SubdirState.MISSING, sharded=self._sharded.result()
                )
                for subdir, one in subdirs.items()
                if isinstance(one, SubdirData) and one.as_of
            }
            self._config.fetch_times.put(self._key, fetch_times)

    async def _look_around(self, subdirs: Mapping[str, SubdirData | SourceError]) -> Freshness | None:
        """Look at other packages of a channel in which nothing that was asked for is new."""
        channels = self._config.channels
        nonempty = [
            subdir
            for subdir, one in subdirs.items()
            if isinstance(one, SubdirData) and one.extent is SubdirState.NONEMPTY
        ]
        listed = {subdir: await channels.names(self._place, subdir) for subdir in nonempty}
        names = sorted({name for found in listed.values() if not isinstance(found, SourceError) for name in found})
        some = names[:: max(len(names) // _MOST_NAMES, 1)]
        days: list[datetime.date] = []
        for subdir in nonempty:
            builds = await channels.query(self._place, subdir, some)
            if isinstance(builds, SourceError):
                return None
            days += [build.last for shelf in builds.values() for build in shelf.all() if build.last]
            channels.forget(self._place, subdir)
        return Freshness(newest=max(days, default=None), looked_at=len(some), total=len(names))

    async def _in_thread(self, function: Callable[[], bool | SourceError]) -> bool | SourceError:
        return await asyncio.get_running_loop().run_in_executor(self._config.pool, function)
