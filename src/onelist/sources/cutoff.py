"""The state of the sources at the end of a day: which files and records count, and what is said of those without a day.

An index and a channel say when each file and each record appeared. Those of later days are left out. Two answers are
compared, one without and one with those that say no day: where they differ, the answer is unknown.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import NamedTuple

from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import NoSolution, Solved, SolveResult

_MOST_NAMES = 3
"""How many packages a reason names."""


class ReleaseName(NamedTuple):
    """The name and the version of a release.

    Attributes:
        name: The normalised name on the index, or the name on the channel.
        version: The version.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """A day: what appeared later does not count.

    Attributes:
        day: The day, in UTC. All of it counts.
        without: Releases that do not count either, as far as they appeared on that day.
    """

    day: datetime.date
    without: frozenset[ReleaseName] = frozenset()

    @property
    def last_moment(self) -> datetime.datetime:
        """The last moment that counts, for resolvers with which a record of exactly that moment counts."""
        return datetime.datetime.combine(self.day, datetime.time.max, datetime.UTC)

    @property
    def key(self) -> str:
        """A text that is the same for the same cutoff."""
        return " ".join([self.day.isoformat(), *(f"{name}={version}" for name, version in sorted(self.without))])

    def admits(self, name: str, version: str, day: datetime.date) -> bool:
        """Tell whether something counts that appeared on a day."""
        return day < self.day or (day == self.day and ReleaseName(name, version) not in self.without)


def undated_error(undated: dict[str, int], noun: str) -> SourceError:
    """Return why the state on a day is not known.

    Args:
        undated: How many files or records of each package say no day.
        noun: What they are, as one: ``file`` or ``record``.
    """
    names = sorted(undated)
    more = len(names) - _MOST_NAMES
    parts = [f"{undated[name]} {noun}{'s' if undated[name] > 1 else ''} of {name}" for name in names[:_MOST_NAMES]]
    parts += [f"{noun}s of {more} more package{'s' if more > 1 else ''}"] if more > 0 else []
    return SourceError(kind=SourceErrorKind.UNDATED, detail=", ".join(parts))


def agreed(dated: SolveResult, every: SolveResult, reason: SourceError) -> SolveResult:
    """Return the answer of a resolver as of a day.

    Args:
        dated: The answer without what says no day.
        every: The answer with it.
        reason: What to say where the two differ.

    Returns:
        The first answer, if the second one has the same verdict.
    """
    for one in (dated, every):
        if isinstance(one, SourceError):
            return one
    if isinstance(dated, Solved) and isinstance(every, Solved):
        return dated if bool(dated.builds) == bool(every.builds) else reason
    return every if isinstance(dated, NoSolution) and isinstance(every, NoSolution) else reason
