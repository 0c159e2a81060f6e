"""A channel as it was at the end of a day, as a source of records for rattler's solver.

rattler's own ``exclude_newer`` is faster. But with strict channel priority, a record that it leaves out still counts as
the name of a package in its channel, and it cannot leave out a single release.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import rattler

from onelist.sources.conda.builds import appeared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.cutoff import Cutoff


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedSource:
    """The records of one channel that count as of a day; rattler calls the two methods (``RepoDataSource``).

    Attributes:
        channel: The channel.
        gateway: What reads it.
        names: The names of all its packages.
        cutoff: The day.
        undated: Whether records count that say no day.
    """

    channel: rattler.Channel
    gateway: rattler.Gateway = field(repr=False)
    names: Sequence[str] = field(repr=False)
    cutoff: Cutoff
    undated: bool

    async def fetch_package_records(
        self, platform: rattler.Subdir, name: rattler.PackageName
    ) -> list[rattler.RepoDataRecord]:
        """Return the records of a package in a subdir.

        Raises:
            GatewayError: The channel does not answer.
        """
        (records,) = await self.gateway.query(
            [self.channel], [platform], [name.normalized], recursive=False, channel_relations="disabled"
        )
        return [record for record in records if self._counts(record)]

    def package_names(self, platform: rattler.Subdir) -> list[str]:  # noqa: ARG002 - the names of both subdirs together
        """Return the names of the packages."""
        return list(self.names)

    def _counts(self, record: rattler.RepoDataRecord) -> bool:
        day = appeared(record)
        if day is None or not self.cutoff.without:
            return self.undated if day is None else self.cutoff.admits("", "", day)
        return self.cutoff.admits(record.name.normalized, str(record.version), day)


async def dated_sources(
    gateway: rattler.Gateway,
    locations: Sequence[ChannelLocation],
    subdirs: Sequence[rattler.Subdir],
    cutoff: Cutoff,
    *,
    undated: bool,
) -> list[DatedSource]:
    """Return the channels as they were at the end of a day.

    Raises:
        GatewayError: A channel does not answer.
    """
    found = []
    for location in locations:
        channel = rattler.Channel(location.address)
        names = await gateway.names([channel], list(subdirs), channel_relations="disabled")
        listed = sorted(name.normalized for name in names)
        found.append(DatedSource(channel=channel, gateway=gateway, names=listed, cutoff=cutoff, undated=undated))
    return found
