"""What a conda channel has: each platform asked with patience, nothing taken for an answer that is none."""

from __future__ import annotations

import asyncio
import datetime
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.sources.cache import Caching, Stamp, path_of
from onelist.sources.conda.records import NOARCH, ChannelFacts, Extent, Freshness, Stock, has_new, judged
from onelist.sources.faults import REPETITIONS, Fault, FaultKind
from onelist.sources.http import OK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.sources.cache import Stamps
    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.records import Shelf
    from onelist.sources.http import Http

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
class Means:
    """What is needed to ask channels.

    Attributes:
        channels: rattler.
        http: The client that looks whether files exist.
        stamps: When each platform was last asked.
        pool: Runs what waits, so that nothing else has to.
        answered: Called with the name of a channel when one of its platforms was answered, for the progress line.
        deadline: Seconds for one platform.
        caching: What earlier answers are good for.
        now: The time, in UTC.
        turns: Keeps the number of whole files that are read at a time.
    """

    channels: Channels
    http: Http
    stamps: Stamps
    pool: Executor
    answered: Callable[[str], None]
    deadline: float
    caching: Caching
    now: datetime.datetime
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_WHOLE_FILES_AT_ONCE))


class Asker:
    """Asks one channel."""

    def __init__(self, means: Means, channel: str, key: str) -> None:
        """Take the channel as settings.ini names it, and what it is remembered by.

        Raises:
            UsageError: It is no channel.
        """
        self._means = means
        self._offline = means.caching is Caching.ONLY
        self._channel = channel
        self._place = means.channels.place(channel)
        self._key = key
        self._stamps = means.stamps.get(key)
        self._sharded: asyncio.Task[bool]
        self._failed: Fault | None = None

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
        subdirs = (NOARCH, *platforms)
        found = await asyncio.gather(*(self._one(subdir, wanted) for subdir in subdirs))
        await self._sharded
        stock = judged(dict(zip(subdirs, found, strict=True)))
        self._remember(stock)
        freshness = None
        if not isinstance(stock[NOARCH], Fault) and not has_new(stock, self._means.now.date()):
            freshness = await self._look_around(stock)
        return ChannelFacts(stock=stock, freshness=freshness)

    async def _one(self, subdir: str, names: Sequence[str]) -> Stock | Fault:
        try:
            async with self._turn():
                if self._failed:  # noarch did, which comes first, and without it there is no channel
                    return self._failed
                found = await self._in_time(subdir, names)
                if subdir == NOARCH and isinstance(found, Fault) and found.kind is not FaultKind.NO_SUCH:
                    self._failed = found
                return found
        finally:
            self._means.channels.forget(self._place, subdir)
            self._means.answered(self._channel)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn, or until the channel turns out to be sharded, which needs none."""
        turn = asyncio.create_task(self._means.turns.acquire())
        try:
            await asyncio.wait({turn, self._sharded}, return_when=asyncio.FIRST_COMPLETED)
            if not (turn.done() or self._sharded.result()):
                await turn
            yield
        finally:
            if turn.done():
                self._means.turns.release()
            turn.cancel()

    async def _in_time(self, subdir: str, names: Sequence[str]) -> Stock | Fault:
        try:
            async with asyncio.timeout(self._means.deadline):
                return await self._stock(subdir, names)
        except TimeoutError:
            return Fault(kind=FaultKind.TIMED_OUT)

    async def _stock(self, subdir: str, names: Sequence[str]) -> Stock | Fault:
        builds = await self._patiently(subdir, names)
        if isinstance(builds, Fault):
            if self._offline and builds.kind is FaultKind.NOT_CACHED:
                return await self._from_cache(subdir, names)
            return builds
        if builds or self._offline:
            return Stock(builds=builds, as_of=self._as_of(subdir))
        return await self._nothing(subdir, names)

    async def _patiently(self, subdir: str, names: Sequence[str]) -> Mapping[str, Shelf] | Fault:
        """Ask, and ask again after faults that pass; once without the cache after content that cannot be read."""
        query = self._means.channels.query
        fresh = self._wants_fresh(subdir)
        retries = attempt = 0
        result = await query(self._place, subdir, names, fresh=fresh)
        while isinstance(result, Fault):
            if result.kind is FaultKind.NOT_A_CHANNEL and not fresh and not self._offline:
                fresh = True
            elif attempt >= REPETITIONS.get(result.kind, 0) or not await self._waited(result):
                break
            else:
                attempt += 1
                await asyncio.sleep(_PAUSE * attempt)
                retries = _PATIENT if result.kind in {FaultKind.CUT, FaultKind.BROKEN} else 0
            result = await query(self._place, subdir, names, fresh=fresh, retries=retries)
        return result

    async def _waited(self, fault: Fault) -> bool:
        """Wait for as long as a busy server asks for: rattler does not say, so it is asked for the header alone."""
        if fault.kind is not FaultKind.BUSY:
            return True
        answer = await self._in_thread(lambda: self._means.http.exists(fault.address))
        return not (isinstance(answer, Fault) and answer.kind is FaultKind.BUSY)

    async def _from_cache(self, subdir: str, names: Sequence[str]) -> Stock | Fault:
        """Take what the cache has, name by name: one that was never asked for must not hide the others."""
        stamp = self._stamps.get(subdir)
        if stamp and stamp.missing:
            return Stock(builds={}, extent=Extent.MISSING, as_of=stamp.asked)
        builds: dict[str, Shelf] = {}
        faults: dict[str, Fault] = {}
        for name in names:
            result = await self._means.channels.query(self._place, subdir, [name])
            if isinstance(result, Fault):
                faults[name] = result
            else:
                builds.update(result)
        if len(faults) == len(names):
            return faults[names[0]]
        return Stock(builds=builds, faults=faults, as_of=self._as_of(subdir))

    async def _nothing(self, subdir: str, names: Sequence[str]) -> Stock | Fault:
        """Look why there is none of the names: they are not there, or the platform is not, or it was no answer."""
        listed = await self._means.channels.names(self._place, subdir)
        if isinstance(listed, Fault):
            return listed
        if listed:
            contradicts = not listed.isdisjoint(names)  # it lists what it then does not give
            return Fault(kind=FaultKind.NOT_A_CHANNEL) if contradicts else Stock(builds={}, as_of=self._as_of(subdir))
        present = await self._in_thread(lambda: self._is_there(subdir))
        if isinstance(present, Fault):
            return present
        if not present:
            return Stock(builds={}, extent=Extent.MISSING, as_of=self._means.now)
        builds = await self._means.channels.query(self._place, subdir, names, fresh=True)
        if isinstance(builds, Fault):
            return builds
        return Stock(builds=builds, extent=Extent.STOCKED if builds else Extent.EMPTY, as_of=self._means.now)

    def _is_there(self, subdir: str) -> bool | Fault:
        """Tell whether the channel has an index for a platform; rattler says "nothing" for "no such platform" too."""
        for name in (SHARDS, ZST):
            for address in self._place.files(subdir, name):
                there = self._exists(address)
                if there:  # also a fault
                    return there
        return self._is_index(self._place.files(subdir, PLAIN)[0])

    def _exists(self, address: str) -> bool | Fault:
        return path_of(address).exists() if address.startswith("file:") else self._means.http.exists(address)

    def _is_index(self, address: str) -> bool | Fault:
        """Tell whether there is a repodata.json; rattler takes any JSON object for one."""
        if address.startswith("file:"):
            path = path_of(address)
            content = path.read_bytes() if path.exists() else None
        else:
            page = self._means.http.get(address, "application/json")
            if isinstance(page, Fault):
                return page
            content = page.content if page.status == OK else None
        if content is None:
            return False
        try:
            wire = json.loads(content)
        except (ValueError, RecursionError):
            wire = None
        proper = isinstance(wire, dict) and ("packages" in wire or "packages.conda" in wire)
        return proper or Fault(kind=FaultKind.NOT_A_CHANNEL)

    async def _has_shards(self) -> bool:
        """Tell whether the channel has sharded repodata: it says how to ask, and a wrong answer costs memory only."""
        means = self._means
        if self._offline or not means.channels.uses_shards:
            return False
        stamp = self._stamps.get(NOARCH)
        if stamp and means.caching is Caching.USE and abs(means.now - stamp.asked) < TRUSTED:
            return stamp.sharded
        (address, *_) = self._place.files(NOARCH, SHARDS)
        return await self._in_thread(lambda: self._exists(address)) is True

    def _is_sharded(self, stamp: Stamp) -> bool:
        """Tell whether the channel has shards, as far as is known yet."""
        return self._sharded.result() if self._sharded.done() else stamp.sharded

    def _wants_fresh(self, subdir: str) -> bool:
        means = self._means
        if means.caching is not Caching.USE:
            return means.caching is Caching.RENEW
        stamp = self._stamps.get(subdir)
        return stamp is None or (self._is_sharded(stamp) and abs(means.now - stamp.asked) >= TRUSTED)

    def _as_of(self, subdir: str) -> datetime.datetime | None:
        """Return when the channel said what was just taken: whole files are always asked for changes."""
        stamp = self._stamps.get(subdir)
        if self._offline:
            return stamp.asked if stamp else None
        return stamp.asked if stamp and self._is_sharded(stamp) and not self._wants_fresh(subdir) else self._means.now

    def _remember(self, stock: Mapping[str, Stock | Fault]) -> None:
        if not self._offline:
            stamps = {
                subdir: Stamp(asked=one.as_of, missing=one.extent is Extent.MISSING, sharded=self._sharded.result())
                for subdir, one in stock.items()
                if isinstance(one, Stock) and one.as_of
            }
            self._means.stamps.put(self._key, stamps)

    async def _look_around(self, stock: Mapping[str, Stock | Fault]) -> Freshness | None:
        """Look at other packages of a channel in which nothing that was asked for is new."""
        channels = self._means.channels
        subdirs = [subdir for subdir, one in stock.items() if isinstance(one, Stock) and one.extent is Extent.STOCKED]
        listed = {subdir: await channels.names(self._place, subdir) for subdir in subdirs}
        names = sorted({name for found in listed.values() if not isinstance(found, Fault) for name in found})
        some = names[:: max(len(names) // _MOST_NAMES, 1)]
        days: list[datetime.date] = []
        for subdir in subdirs:
            builds = await channels.query(self._place, subdir, some)
            if isinstance(builds, Fault):
                return None
            days += [build.last for shelf in builds.values() for build in shelf.all() if build.last]
            channels.forget(self._place, subdir)
        return Freshness(newest=max(days, default=None), looked_at=len(some), total=len(names))

    async def _in_thread(self, function: Callable[[], bool | Fault]) -> bool | Fault:
        return await asyncio.get_running_loop().run_in_executor(self._means.pool, function)
