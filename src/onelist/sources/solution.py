"""What a resolver says when it is asked for a whole set of packages at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.sources.faults import SourceError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Awaitable, Callable, Sequence

    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPackage:
    """One package that would be installed.

    Attributes:
        name: Its normalised name on the index, or its name on the channel.
        version: Its version.
        size: Bytes to download; None when that is not said.
        day: The day on which it was published; None when that is not said.
    """

    name: str
    version: str
    size: int | None = None
    day: datetime.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """All of it can be installed together.

    Attributes:
        chosen: Everything that would be installed, what the list does not name included.
    """

    chosen: tuple[ResolvedPackage, ...]

    def of(self, name: str) -> ResolvedPackage | None:
        """Return what is chosen of a name; None when that is not among it."""
        return next((one for one in self.chosen if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSolution:
    """It cannot be installed together: the only "no" of a resolver.

    Attributes:
        explanation: What the resolver says about it, in its own words; several lines.
    """

    explanation: str


SolveResult = Solved | NoSolution | SourceError
"""What comes of one attempt; a fault is neither yes nor no."""

if TYPE_CHECKING:
    Solve = Callable[[Sequence[str], Target], Awaitable[SolveResult]]
    """Asks a resolver for requirements, as it reads them, on a target."""
