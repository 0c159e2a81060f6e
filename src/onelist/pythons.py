"""The CPython releases that there are, from a bundled dated table."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from importlib import resources

DEFAULT_FLOOR = (3, 11)
"""What min_python is taken for when settings.ini does not say: the oldest CPython that was supported when the
table was made. A fixed value, so that what is generated depends on settings.ini alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One minor version of CPython.

    Attributes:
        version: (major, minor).
        released: The day of its first final release.
        end_of_life: The day on which its support ends.
    """

    version: tuple[int, int]
    released: datetime.date
    end_of_life: datetime.date


@cache
def releases() -> tuple[Release, ...]:
    """Return all releases of CPython 3 in the table, oldest first."""
    text = resources.files("onelist.data").joinpath("cpython.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        Release(
            version=(3, int(minor)),
            released=datetime.date.fromisoformat(released),
            end_of_life=datetime.date.fromisoformat(end_of_life),
        )
        for minor, released, end_of_life in rows[1:]
    )


def newest() -> tuple[int, int]:
    """Return the newest released CPython as (major, minor)."""
    return releases()[-1].version


def supported_from(floor: tuple[int, int]) -> list[tuple[int, int]]:
    """Return every minor version from ``floor`` to the newest; ``floor`` alone when it is newer than that."""
    last = max(newest(), floor)
    return [(3, minor) for minor in range(floor[1], last[1] + 1)]
