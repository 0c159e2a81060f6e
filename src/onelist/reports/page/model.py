"""What the page is made from, and the states that it shows by glyph, word and colour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from onelist.analysis.resolving.verdict import Verdict
from onelist.core.status import Absent, Found, Unknown

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Settings
    from onelist.core.status import Status


class PageState(StrEnum):
    """What a cell of the page says; the value is also the class of its style."""

    FOUND = "found"
    SOURCE = "source"
    """pip builds it from source, or a part of it."""
    PART = "part"
    """Only for some platforms and Pythons."""
    ABSENT = "absent"
    UNKNOWN = "unknown"
    UNASKED = "unasked"
    """Not asked about: another installer installs it, or the marker of the requirement is false."""

    @property
    def glyph(self) -> str:
        """A sign that tells the states apart without colour."""
        return {"found": "✓", "source": "⚒", "part": "◐", "absent": "✗", "unknown": "?", "unasked": "–"}[self.value]  # noqa: RUF001

    @property
    def words(self) -> str:
        """The state of a requirement in words."""
        return {
            "found": "found",
            "source": "built from source",
            "part": "found in part",
            "absent": "absent",
            "unknown": "unknown",
            "unasked": "not asked",
        }[self.value]

    @property
    def install_words(self) -> str:
        """The same state of a whole list in words."""
        return {
            "found": "installs",
            "source": "from source",
            "part": "installs in part",
            "absent": "fails",
            "unknown": "unknown",
            "unasked": "not checked",
        }[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """The result of a check, as the page shows it.

    Attributes:
        file: The settings file as the run names it.
        checked: When it was checked, in UTC.
        findings: The findings to show.
        hidden: How many findings are not shown, by ``--select`` or ``--ignore``.
        settings: The settings; None where they have mistakes.
        source: Their text; None where the file is not text.
        availability: The answers of the index and the channels; None where they were not asked.
        resolutions: The results of the resolvers; None where they were not asked.
    """

    file: str
    checked: datetime.datetime
    findings: tuple[Finding, ...] = ()
    hidden: int = 0
    settings: Settings | None = None
    source: Source | None = None
    availability: ListAvailability | None = None
    resolutions: tuple[Resolution, ...] | None = None


def state_of(status: Status | None) -> PageState:
    """Return the state of one answer; None stands for a question that was not asked."""
    match status:
        case None:
            return PageState.UNASKED
        case Found(source_only=source_only):
            return PageState.SOURCE if source_only else PageState.FOUND
        case Absent():
            return PageState.ABSENT
        case Unknown():
            return PageState.UNKNOWN


def state_of_verdict(verdict: Verdict | None) -> PageState:
    """Return the state of a verdict about a whole list; None stands for a question that was not asked."""
    match verdict:
        case None:
            return PageState.UNASKED
        case Verdict.INSTALLS:
            return PageState.FOUND
        case Verdict.BUILDS:
            return PageState.SOURCE
        case Verdict.FAILS:
            return PageState.ABSENT
        case Verdict.UNKNOWN:
            return PageState.UNKNOWN


def together(states: Collection[PageState]) -> PageState:
    """Return one state for several; unknown never turns into another one.

    Args:
        states: The states; what was not asked about does not count.

    Returns:
        The state; not asked where there is nothing else.
    """
    asked = set(states) - {PageState.UNASKED}
    if PageState.UNKNOWN in asked:
        return PageState.UNKNOWN
    if PageState.ABSENT in asked:
        return PageState.ABSENT if len(asked) == 1 else PageState.PART
    return next((state for state in (PageState.SOURCE, PageState.FOUND) if state in asked), PageState.UNASKED)
