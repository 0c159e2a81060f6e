"""Why the solver found no solution, if it is not the list: the shard of a package is another one.

It may be that of another package, so that the solver did not find the package. Or it is an older one.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.sources.conda.by_name import WRONG_SHARD
from onelist.sources.conda.records import NOARCH
from onelist.sources.conda.solving.record_hashes import name_of
from onelist.sources.faults import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.conda.records import PackageRecords
    from onelist.sources.conda.shard_checks import ShardChecks

_MISSING = re.compile(
    r"No candidates were found for (.+?)\.?$|─ (.+), for which no candidates were found", re.MULTILINE
)
"""How the solver says that no package matches a dependency."""
_WORD = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
"""A word of an explanation; the index of the shards tells which of them are packages."""
_SECONDS = 60.0
"""The time limit to compare the shards of one subdir; the deadline of the solve holds too."""


def names_without_candidates(explanation: str) -> frozenset[str]:
    """Return the packages that the solver did not find, by its explanation.

    Virtual packages are left out: no channel has them.
    """
    specs = (spec for match in _MISSING.finditer(explanation) for spec in (match[1] or match[2]).split(" | "))
    return frozenset(name for name in map(name_of, specs) if name and not name.startswith("__"))


class MissingCandidates:
    """Finds out whether channels really lack what the solver did not find, once for each package and subdir.

    Attributes:
        channels: The interface to rattler.
    """

    def __init__(self, channels: Channels, shards: ShardChecks | None = None) -> None:
        """Take the interface to rattler, and the comparison of shards with their hashes; None not to compare them."""
        self.channels = channels
        self._shards = shards
        self._is_sent_again: dict[tuple[str, str, str], bool] = {}
        self._compared: dict[tuple[str, str], set[str]] = {}
        self._wrong_shards: dict[tuple[str, str], dict[str, PackageRecords | SourceError]] = {}
        self._lock = asyncio.Lock()  # many solves at a time lack the same package

    async def check(
        self, locations: Sequence[ChannelLocation], platform: str, explanation: str, *, retries: int
    ) -> bool | SourceError:
        """Look for the packages that the solver did not find.

        Args:
            locations: The channels.
            platform: The platform; noarch is read too.
            explanation: What the solver says.
            retries: The number of retries of the gateway that the solver uses.

        Returns:
            Whether a channel has sent the right shard in place of a wrong one, so that the solver should try again; an
            error if a shard is still wrong.
        """
        names = names_without_candidates(explanation)
        words = frozenset(_WORD.findall(explanation.lower()))
        is_sent_again = False
        async with self._lock:
            for location in locations:
                for subdir in (platform, NOARCH):
                    for found in (
                        await self._check(location, subdir, names, retries),
                        await self._compare(location, subdir, words),
                    ):
                        if isinstance(found, SourceError):
                            return found
                        is_sent_again |= found
        return is_sent_again

    async def compare(
        self, locations: Sequence[ChannelLocation], platform: str, names: Collection[str]
    ) -> bool | SourceError:
        """Compare the shards of the packages of a solution with their hashes, each once.

        Args:
            locations: The channels.
            platform: The platform.
            names: The names of the packages.

        Returns:
            Whether rattler had another shard than the hash names, and has the right one now; an error if one is still
            wrong.
        """
        is_sent_again = False
        async with self._lock:
            for location in locations:
                for subdir in (platform, NOARCH):
                    found = await self._compare(location, subdir, names)
                    if isinstance(found, SourceError):
                        return found
                    is_sent_again |= found
        return is_sent_again

    async def _compare(self, location: ChannelLocation, subdir: str, words: Collection[str]) -> bool | SourceError:
        """Compare the shards of some packages with their hashes, once each.

        Args:
            location: The channel.
            subdir: The subdir.
            words: The packages, and perhaps other words.
        """
        place = location.address, subdir
        compared, wrong = self._compared.setdefault(place, set()), self._wrong_shards.setdefault(place, {})
        if self._shards and (new := set(words) - compared):
            compared |= new
            wrong |= await self._shards.compare(location, subdir, sorted(new), _SECONDS)
        found = [one for name, one in wrong.items() if name in words]
        errors = [one for one in found if isinstance(one, SourceError)]
        return errors[0] if errors else bool(found)

    async def _check(
        self, location: ChannelLocation, subdir: str, names: Collection[str], retries: int
    ) -> bool | SourceError:
        """Look for packages in one subdir: first in the memory of the gateway, then in the list of all packages."""
        keys = {name: (location.address, subdir, name) for name in sorted(names)}
        unchecked = [name for name, key in keys.items() if key not in self._is_sent_again]
        for name in await self._wrong(location, subdir, unchecked, retries):
            if error := await self._error_now(location, subdir, name):
                return error
            self._is_sent_again[keys[name]] = True
            self.channels.forget(location, subdir)
        for name in unchecked:
            self._is_sent_again.setdefault(keys[name], False)
        return any(self._is_sent_again[key] for key in keys.values())

    async def _wrong(self, location: ChannelLocation, subdir: str, names: Sequence[str], retries: int) -> Sequence[str]:
        """Return the packages that a subdir lists and has no records of; none if it does not answer now."""
        if not names:
            return ()
        known = await self.channels.query(location, subdir, names, retries=retries)
        listed = await self.channels.names(location, subdir)
        if isinstance(known, SourceError) or isinstance(listed, SourceError):
            return ()
        return [name for name in names if name in listed and name not in known]

    async def _error_now(self, location: ChannelLocation, subdir: str, name: str) -> SourceError | None:
        """Fetch the shard of a package once more; return why it is not its shard, if it is not."""
        found = {} if self.channels.is_offline else await self.channels.query(location, subdir, [name], refresh=True)
        if isinstance(found, SourceError):
            return found
        return None if name in found else replace(WRONG_SHARD, detail=f"that of {name}")
