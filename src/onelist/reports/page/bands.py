"""The band of Pythons of each installer: where it begins, from where on releases are new, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.python_range import python_range
from onelist.analysis.resolving.resolution import by_installer
from onelist.analysis.resolving.verdict import verdict
from onelist.core.targets import PLATFORMS, listed, python_words
from onelist.reports.page.states import PageState, state_of_verdict, together
from onelist.reports.page.whole import conflict_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.python_range import PythonRange
    from onelist.analysis.resolving.resolution import Conflict, Resolution


class BandCell(NamedTuple):
    """What one Python gets, over all platforms.

    Attributes:
        state: Whether the list installs with it.
        words: The same in words.
    """

    state: PageState
    words: str


class Band(NamedTuple):
    """The Pythons of one installer.

    Attributes:
        installer: ``pip`` or ``conda``.
        cells: A cell for each Python.
        lines: Why the band begins and ends where it does.
    """

    installer: str
    cells: tuple[BandCell, ...]
    lines: tuple[str, ...]


class Bands(NamedTuple):
    """The Pythons of all installers.

    Attributes:
        pythons: The heads of the columns.
        rows: The installers.
    """

    pythons: tuple[str, ...]
    rows: tuple[Band, ...]


def bands(resolutions: Sequence[Resolution]) -> Bands:
    """Return which Pythons the list supports, for each installer."""
    pythons = sorted({one.target.python for one in resolutions})
    rows = tuple(_band(installer, some, pythons) for installer, some in by_installer(resolutions))
    return Bands(tuple(map(python_words, pythons)), rows)


def _band(installer: str, some: Sequence[Resolution], pythons: Sequence[tuple[int, int]]) -> Band:
    found = python_range(installer, some)
    cells = tuple(_cell([one for one in some if one.target.python == python], found) for python in pythons)
    return Band(installer, cells, tuple(_lines(found)))


def _cell(row: Sequence[Resolution], found: PythonRange) -> BandCell:
    state = together({state_of_verdict(verdict(one.status)) for one in row})
    if state not in {PageState.FOUND, PageState.SOURCE}:
        return BandCell(state, state.install_words)
    latest = found.minimum_for_latest
    source = ", from source" if state is PageState.SOURCE else ""
    if latest is None:
        return BandCell(state, f"installs{source}")
    return BandCell(state, f"{'older' if row[0].target.python < latest else 'newest'} releases{source}")


def _lines(found: PythonRange) -> Iterator[str]:
    lowest = found.lowest_possible
    if lowest and (below := _together(found.conflicts_below)):
        yield f"It begins with Python {python_words(lowest)}. Below that: {below}."
    if found.older_releases and found.minimum:
        names = dict.fromkeys(f"{one.member.requirement.written_name} {one.version}" for one in found.older_releases)
        yield f"With Python {python_words(found.minimum)}, releases are older: {listed(list(names))}."
    if found.newest_unsupported:
        platforms = listed(
            [PLATFORMS[platform].words for platform in dict.fromkeys(p for p, _ in found.conflicts_above)]
        )
        above = _together(conflict for _, conflict in found.conflicts_above)
        yield f"It ends before Python {python_words(found.newest_unsupported)} on {platforms}: {above}."


def _together(conflicts: Iterable[Conflict]) -> str:
    return "; ".join(dict.fromkeys(map(conflict_words, conflicts)))
