"""What a check found, in the short form that a history keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from onelist.reports.page.states import PageState


class CellLook(NamedTuple):
    """What one channel had of one requirement.

    Attributes:
        state: Whether it had it.
        version: The newest version that fits; None if there was none.
    """

    state: PageState
    version: str | None = None


class InstallLook(NamedTuple):
    """What a resolver said about the whole list on one target.

    Attributes:
        state: Whether it could be installed.
        packages: How many packages would be installed; None if it could not be installed.
        size: How many bytes would be downloaded; None if that was not known.
    """

    state: PageState
    packages: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLook:
    """What a check found about one list.

    Attributes:
        name: The normalised name of the list, by which it is found again.
        version: Its version.
        cells: By requirement, as written, and channel.
        installs: By installer and target, such as ``linux-64/3.12``; empty if no resolver was asked.
        findings: The code of each finding and the requirement it is about, ``""`` for none.
    """

    name: str
    version: str
    cells: Mapping[tuple[str, str], CellLook]
    installs: Mapping[tuple[str, str], InstallLook]
    findings: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One run.

    Attributes:
        time: When, in UTC.
        lists: What it found about each list whose settings can be read.
    """

    time: datetime.datetime
    lists: tuple[ListLook, ...]

    def of(self, name: str) -> ListLook | None:
        """Return what it found about the list with a name; None if it did not check that list."""
        return next((one for one in self.lists if one.name == name), None)
