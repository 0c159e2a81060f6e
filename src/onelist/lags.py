"""Platforms for which a member of a list has old releases alone, though others have newer ones; pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.answers import Found
from onelist.resolutions import Resolved, is_much_older

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.resolutions import Member, Resolution
    from onelist.solutions import Chosen
    from onelist.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """A member of which a platform gets a much older release than another platform with the same Python.

    Attributes:
        target: The machine.
        member: The member.
        chosen: What is taken there, the newest that is made for it.
        newest: The newest version for another platform.
    """

    target: Target
    member: Member
    chosen: Chosen
    newest: str


def lags(resolutions: Sequence[Resolution]) -> Iterator[Lag]:
    """Yield the lags of one installer: another major version, or more than two years.

    Args:
        resolutions: What its resolver says of every target.

    Yields:
        A lag for each member and target. What is held back by other members, and what pip builds, is none.
    """
    newest: dict[tuple[tuple[int, int], str], list[Found]] = {}
    for one in resolutions:
        for member in one.case.members:
            if isinstance(member.answered, Found) and not member.answered.source_only:
                newest.setdefault((one.target.python, member.name), []).append(member.answered)
    for one in resolutions:
        if isinstance(one.state, Resolved):
            for member in one.case.members:
                taken = one.state.of(member.name)
                if taken and _is_newest(member, taken):
                    others = newest[one.target.python, member.name]
                    ahead = [other for other in others if is_much_older(taken, other)]
                    if ahead:
                        best = max(ahead, key=lambda found: found.since or datetime.date.min)
                        yield Lag(target=one.target, member=member, chosen=taken, newest=best.version)


def _is_newest(member: Member, taken: Chosen) -> bool:
    """Tell whether what is taken is the newest that there is for the target."""
    found = member.answered
    return isinstance(found, Found) and not found.source_only and found.version == taken.version
