"""When each platform of a conda channel was last asked: rattler keeps the repodata, but not for us that date."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.channels.pages import in_utc, write_whole

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What is remembered of one platform of a channel.

    Attributes:
        asked: When the server last answered for it, in UTC.
        missing: Whether it answered that there is no such platform.
        sharded: Whether the channel has sharded repodata (CEP 16).
    """

    asked: datetime.datetime
    missing: bool
    sharded: bool


class Stamps:
    """A folder with a small file for each channel; what cannot be read counts as not there."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is first put in."""
        self._folder = folder

    def get(self, channel: str) -> Mapping[str, Stamp]:
        """Return the stamps of a channel by platform."""
        try:
            wire = json.loads(self._path(channel).read_bytes())
            return {
                subdir: Stamp(
                    asked=in_utc(fields["asked"]),
                    missing=bool(fields["missing"]),
                    sharded=bool(fields["sharded"]),
                )
                for subdir, fields in wire.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return {}

    def put(self, channel: str, stamps: Mapping[str, Stamp]) -> None:
        """Remember the stamps of a channel, beside those of other platforms."""
        wire = {
            subdir: {"asked": stamp.asked.isoformat(), "missing": stamp.missing, "sharded": stamp.sharded}
            for subdir, stamp in {**self.get(channel), **stamps}.items()
        }
        with suppress(OSError):
            write_whole(self._path(channel), json.dumps(wire).encode())

    def _path(self, channel: str) -> Path:
        return self._folder / (hashlib.sha256(channel.encode()).hexdigest()[:40] + ".json")
