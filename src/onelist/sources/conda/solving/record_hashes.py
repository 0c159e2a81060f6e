"""Which records the solver sees for a set of packages, and hashes of them. rattler has them in memory after a solve."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

import rattler
from rattler.exceptions import GatewayError

from onelist.sources.conda.builds import appeared
from onelist.sources.conda.gateway import to_subdir
from onelist.sources.conda.records import NOARCH
from onelist.sources.cutoff import ReleaseName

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.location import ChannelLocation

_NAME = re.compile(r"[^\s\[<>=!~,;|*]+")
"""The name at the beginning of a dependency (MatchSpec)."""


def _is_package(name: str) -> bool:
    """Tell whether a name can be that of a package on a channel: a virtual package is not."""
    return bool(name) and not name.startswith("__")


def name_of(spec: str) -> str:
    """Return the name of the package in a dependency (MatchSpec)."""
    match = _NAME.match(spec.rpartition("::")[2])
    return match[0] if match else ""


class RecordHashes:
    """The packages that can take part in a solution, and a hash of the records of each, for one line of channels."""

    def __init__(self, channels: Channels, locations: Sequence[ChannelLocation]) -> None:
        """Take the channels, in the order of the install line."""
        self._channels = channels
        self._locations = locations
        self._known: dict[tuple[str, str], str] = {}
        self._closures: dict[tuple[str, frozenset[str]], frozenset[str]] = {}
        self._lock = asyncio.Lock()

    async def closure(self, names: Iterable[str], platform: str) -> frozenset[str] | None:
        """Return the names that can take part in a solution, those of missing packages included.

        Args:
            names: The names that are asked for.
            platform: The platform; noarch is read too.

        Returns:
            The names; None if a channel does not answer.
        """
        key = platform, frozenset(names)
        async with self._lock:  # many lists ask for the same names, each for several Pythons
            if key not in self._closures:
                records = await self._query(key[1], platform, recursive=True)
                if records is None:
                    return None
                found = set(key[1])
                for record in records:
                    found.add(record.name.normalized)
                    found.update(map(name_of, record.depends))
                self._closures[key] = frozenset(found)
            return self._closures[key]

    async def undated(self, names: Iterable[str], platform: str) -> dict[str, int]:
        """Return how many records of each package that can take part in a solution say no day."""
        found: dict[str, int] = {}
        for record in await self._query(frozenset(names), platform, recursive=True) or ():
            if appeared(record) is None:
                found[record.name.normalized] = found.get(record.name.normalized, 0) + 1
        return found

    async def releases_of(self, day: datetime.date, names: Iterable[str], platform: str) -> list[ReleaseName]:
        """Return the releases of which a record appeared on a day, of packages that can take part in a solution."""
        records = await self._query(frozenset(names), platform, recursive=True) or ()
        found = (ReleaseName(one.name.normalized, str(one.version)) for one in records if appeared(one) == day)
        return list(dict.fromkeys(found))

    async def fingerprints(self, names: Collection[str], platform: str) -> Mapping[str, str] | None:
        """Return a hash of all records of each name on all channels; None if a channel does not answer."""
        async with self._lock:
            missing = [name for name in names if (platform, name) not in self._known and _is_package(name)]
            if missing and not await self._learn(missing, platform):
                return None
        return {name: self._known.get((platform, name), "") for name in names}

    async def _learn(self, names: Collection[str], platform: str) -> bool:
        """Hash the records of some names; tell whether each channel has answered."""
        records = await self._query(names, platform, recursive=False)
        if records is None:
            return False
        by_name: dict[str, list[str]] = {name: [] for name in names}
        for record in records:
            by_name.setdefault(record.name.normalized, []).append(f"{record.url} {record.to_json()}")
        for name, texts in by_name.items():
            hashed = hashlib.blake2b("\n".join(sorted(texts)).encode(), digest_size=12)
            self._known[platform, name] = hashed.hexdigest()
        return True

    def forget(self, platform: str) -> None:
        """Free the memory of a platform."""
        self._known = {key: one for key, one in self._known.items() if key[0] != platform}
        self._closures = {key: one for key, one in self._closures.items() if key[0] != platform}

    async def _query(
        self, names: Collection[str], platform: str, *, recursive: bool
    ) -> list[rattler.RepoDataRecord] | None:
        try:
            found = await self._channels.retrying_gateway(self._locations).query(
                [rattler.Channel(location.address) for location in self._locations],
                [to_subdir(platform), to_subdir(NOARCH)],
                sorted(name for name in names if _is_package(name)),
                recursive=recursive,
                channel_relations="disabled",
            )
        except GatewayError:
            return None
        return [record for records in found for record in records]
