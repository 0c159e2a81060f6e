"""The download size and the number of packages over time, from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.core.installers import INSTALLERS
from onelist.reports.page.headline import day_words
from onelist.reports.table import size_words

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from onelist.reports.page.looks import ListLook, Look

WIDTH, HEIGHT = 300, 60
"""The size of the picture."""
_MARGIN = 4


class Trend(NamedTuple):
    """How one number of an installer went.

    Attributes:
        text: The first and the last value, with their days.
        points: The line, as SVG has it: pairs of x and y.
    """

    text: str
    points: str


class _Point(NamedTuple):
    day: datetime.datetime
    value: int


def trends(history: Sequence[Look], now: ListLook, checked: datetime.datetime) -> tuple[Trend, ...]:
    """Return the download size and the number of packages of each installer, for the target with the most.

    Args:
        history: The earlier runs, the oldest first.
        now: What this run found.
        checked: When this run was.

    Returns:
        The trends of which values of two days or more are known.
    """
    looks = [*((look.time, one) for look in history if (one := look.of(now.name))), (checked, now)]
    return tuple(_trends(looks))


def _trends(looks: Sequence[tuple[datetime.datetime, ListLook]]) -> Iterator[Trend]:
    for installer in INSTALLERS:
        sizes, counts = [], []
        for time, look in looks:
            some = [one for (tool, _), one in look.installs.items() if tool == installer]
            sizes += [_Point(time, max(found))] if (found := [one.size for one in some if one.size]) else []
            counts += [_Point(time, max(found))] if (found := [one.packages for one in some if one.packages]) else []
        if _has_days(sizes):
            first, last = (size_words(one.value) for one in (sizes[0], sizes[-1]))
            was = f"on {day_words(sizes[0].day)} it was {first}"
            yield Trend(f"{installer} downloads at most {last}; {was}.", _line(sizes))
        if _has_days(counts):
            was = f"on {day_words(counts[0].day)} it was {counts[0].value}"
            yield Trend(f"{installer} installs at most {counts[-1].value} packages; {was}.", _line(counts))


def _has_days(points: Sequence[_Point]) -> bool:
    """Tell whether there are values of several days."""
    return len({point.day.date() for point in points}) > 1


def _line(points: Sequence[_Point]) -> str:
    """Return a line through the points: from the first day to the last, from zero to the largest value."""
    start, end = points[0].day, points[-1].day
    seconds = (end - start).total_seconds() or 1
    most = max(point.value for point in points)
    places = []
    for point in points:
        x = _MARGIN + (point.day - start).total_seconds() / seconds * (WIDTH - 2 * _MARGIN)
        y = HEIGHT - _MARGIN - point.value / most * (HEIGHT - 2 * _MARGIN)
        places.append(f"{x:.1f},{y:.1f}")
    return " ".join(places)
