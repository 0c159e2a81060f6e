"""The states that the page shows by glyph, word and colour."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from onelist.analysis.resolving.verdict import Verdict
from onelist.core.status import Absent, Found, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection

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
            "part": "in part",
            "absent": "fails",
            "unknown": "unknown",
            "unasked": "not checked",
        }[self.value]


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
