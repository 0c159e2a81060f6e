"""Which packages have a wrong shard: it is fetched once more, and is an error if its hash is still another one."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from onelist.sources.conda.shard_hashes import WRONG_HASH, ShardState
from onelist.sources.faults import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.conda.records import PackageRecords
    from onelist.sources.conda.shard_hashes import Shard, ShardHashes

_AT_ONCE = 8
"""How many shards are fetched at a time."""


class ShardChecks:
    """Compares the shards of a call; several channels and resolvers share it."""

    def __init__(self, channels: Channels, hashes: ShardHashes) -> None:
        """Take the interface to rattler, and the hashes of what it has read."""
        self._channels = channels
        self._hashes = hashes
        self._pool = ThreadPoolExecutor(max_workers=_AT_ONCE)

    async def compare(
        self, location: ChannelLocation, subdir: str, names: Iterable[str], seconds: float
    ) -> Mapping[str, PackageRecords | SourceError]:
        """Compare the shards of some packages with their hashes.

        Args:
            location: The channel.
            subdir: The subdir, which was queried before.
            names: The conda names.
            seconds: The time limit. What is not compared by then stays as it is.

        Returns:
            The packages whose shard was wrong: the records of the right shard, or an error if it is still wrong.
        """
        found: dict[str, PackageRecords | SourceError] = {}
        if not location.address.startswith("http"):
            return found  # a folder has no shards
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for name in await self._not_right(location, subdir, names):
                    found[name] = WRONG_HASH
                for name in found if not self._channels.is_offline else ():
                    found[name] = await self._again(location, subdir, name)
        return found

    async def _not_right(self, location: ChannelLocation, subdir: str, names: Iterable[str]) -> list[str]:
        """Return the packages of which rattler has, or the server sends, another shard than the hash names."""
        loop = asyncio.get_running_loop()
        doubtful = await loop.run_in_executor(self._pool, self._hashes.doubtful, location, subdir, names)
        if not doubtful:
            return []

        def state(name: str, shard: Shard) -> ShardState:
            if self._channels.is_offline:
                was_wrong = self._hashes.was_wrong(location, subdir, name, shard)
                return ShardState.WRONG if was_wrong else ShardState.UNTOLD
            return self._hashes.compare(location, subdir, name, shard)

        states = await asyncio.gather(*(loop.run_in_executor(self._pool, state, *pair) for pair in doubtful.items()))
        await loop.run_in_executor(self._pool, self._hashes.keep, location)
        wrong = {ShardState.WRONG, ShardState.OTHER}
        return [name for name, one in zip(doubtful, states, strict=True) if one in wrong]

    async def _again(self, location: ChannelLocation, subdir: str, name: str) -> PackageRecords | SourceError:
        """Have rattler fetch the shard of a package again, and compare it."""
        self._channels.forget(location, subdir)
        records = await self._channels.query(location, subdir, [name], refresh=True)
        self._channels.forget(location, subdir)  # the solver reads it again
        if isinstance(records, SourceError):
            return records
        is_right = name in records and not await self._not_right(location, subdir, [name])
        return records[name] if is_right else WRONG_HASH
