"""What was worked out from project pages, kept in the cache: a second look at the same pages need not read them.

Everything here follows from a page and from tables of onelist. So it is valid as long as the hash of the page and
the tables are the same, and a file that is lost or damaged costs only time.
"""

from __future__ import annotations

import datetime
import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.version import Version

from onelist.core.system.files import write_atomically
from onelist.core.targets import PLATFORMS
from onelist.sources.pip.pages import best_file
from onelist.sources.pypi.simple import day_of
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.core.targets import Target
    from onelist.sources.pip.pages import PipProject

_FORMAT = 1
"""Another number makes void what was kept: after a change of how it is worked out."""


class Pick(NamedTuple):
    """The file of a version that pip takes on a target.

    Attributes:
        size: Bytes; None if the page does not say it.
        day: The day of the upload; None if the page does not say it.
        is_source: Whether it is the source distribution, because no wheel fits.
    """

    size: int | None
    day: datetime.date | None
    is_source: bool


@cache
def _tables() -> str:
    """Return what the tables of the oldest systems say: with another, other wheels fit."""
    return " ".join(platform.wheel_tags[0] for platform in PLATFORMS.values())


class PreparedProject:
    """One project, with what was worked out from the same pages before.

    Attributes:
        project: The project.
        key: From what everything about it follows: its pages, and onelist's tables.
    """

    def __init__(self, project: PipProject, folder: Path | None) -> None:
        """Read what is kept; a file that cannot be read, or is of other pages, counts as missing.

        Args:
            project: The project.
            folder: The folder of what is kept; None to keep nothing.
        """
        self.project = project
        self._path = folder / f"{project.name}.json" if folder else None
        self.key = f"{_FORMAT} {project.fingerprint} {_tables()} {refusal(project.name)}"
        self._data: dict[str, Any] = {"key": self.key, "picks": {}}
        self._changed = False
        if self._path is None:
            return
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            data = json.loads(self._path.read_bytes())
            if data["key"] == self.key and isinstance(data["picks"], dict):
                self._data = data

    @property
    def with_yanked(self) -> frozenset[Version]:
        """The versions that have yanked files."""
        return self._versions("with_yanked")

    @property
    def withdrawn(self) -> frozenset[Version]:
        """The versions of which all files are yanked."""
        return self._versions("withdrawn")

    @property
    def newest_prerelease(self) -> Version | None:
        """The newest pre-release; None if there is none."""
        return next(iter(self._versions("newest_prerelease")), None)

    def _versions(self, key: str) -> frozenset[Version]:
        if key not in self._data:
            found = getattr(self.project, key)
            versions = found if isinstance(found, frozenset) else [found] if found else []
            self._data[key] = sorted(map(str, versions))
            self._changed = True
        return frozenset(map(Version, self._data[key]))

    def pick(self, version: Version, target: Target, *, pinned: bool) -> Pick | None:
        """Return the file of a version that pip takes on a target; None if it takes none; see :func:`best_file`."""
        key = f"{version} {target}{' pinned' if pinned else ''}"
        picks = self._data["picks"]
        if key not in picks:
            listing = best_file(self.project, version, target, pinned=pinned)
            day = day_of(listing.file.day) if listing else None
            picks[key] = (
                [listing.file.size, day.isoformat() if day else None, not listing.is_wheel] if listing else None
            )
            self._changed = True
        if picks[key] is None:
            return None
        size, day, is_source = picks[key]
        return Pick(size, datetime.date.fromisoformat(day) if day else None, is_source)

    def save(self) -> None:
        """Keep what was worked out; a folder that cannot be written is not an error."""
        if self._changed and self._path:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, json.dumps(self._data).encode())
