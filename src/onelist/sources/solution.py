"""The result of a resolver for a whole set of requirements."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Protocol

from onelist.sources.faults import SourceError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from onelist.core.targets import Target


class Compiler(StrEnum):
    """Whether pip needs a compiler to build a package from its source distribution."""

    NO = "no"
    """The source distribution holds no file in a compiled language."""
    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPackage:
    """One package of a solution.

    Attributes:
        name: The normalised name on the index, or the name on the channel.
        version: The version.
        size: The size of the download in bytes; None if it is not known.
        day: The day of publication; None if it is not known.
        compiler: Whether building it needs a compiler, where pip builds it from source; None where it takes a wheel,
            and for conda packages.
        needed_by: The normalised names of the requirements that bring it, where pip builds it and they are known.
        wheels_need: The newer system that its wheels need, such as ``macOS 16``, where pip builds it because of that.
        not_for_mamba: Whether only some conda clients can read it (see :class:`onelist.core.status.Found`).
        channel: The address of its conda channel, perhaps with a token: it must never be shown; None for pip.
        requires: The names of the packages that it depends on, as the resolver saw it; empty where that is not known.
    """

    name: str
    version: str
    size: int | None = None
    day: datetime.date | None = None
    compiler: Compiler | None = None
    needed_by: tuple[str, ...] = field(default=(), compare=False)
    wheels_need: str | None = field(default=None, compare=False)
    not_for_mamba: bool = False
    channel: str | None = field(default=None, repr=False, compare=False)
    requires: tuple[str, ...] = field(default=(), repr=False, compare=False)


shared_package = cache(ResolvedPackage)
"""Makes a package: the same one for the same values, which thousands of solutions share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """Everything can be installed together.

    Attributes:
        packages: All packages to install, indirect dependencies included.
    """

    packages: tuple[ResolvedPackage, ...]

    @property
    def builds(self) -> tuple[ResolvedPackage, ...]:
        """The packages that pip builds from source, because there is no wheel of them for the target."""
        return tuple(package for package in self.packages if package.compiler is not None)

    def of(self, name: str) -> ResolvedPackage | None:
        """Return the package with a name; None if it is not in the solution."""
        return next((package for package in self.packages if package.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSolution:
    """It cannot be installed together.

    Attributes:
        explanation: The resolver's own message; several lines.
    """

    explanation: str


SolveResult = Solved | NoSolution | SourceError
"""The result of one attempt; an error means neither yes nor no."""

if TYPE_CHECKING:
    Solve = Callable[[Sequence[str], Target], Awaitable[SolveResult]]
    """Resolves requirements, written as the resolver reads them, for a target."""


class ResolverInputs(Protocol):
    """What a resolver reads for its results: project pages, or the records of channels."""

    @property
    def identity(self) -> str:
        """The resolver, its version and its sources, without any password."""

    async def names(self, asked: Collection[tuple[str, ...]], target: Target) -> frozenset[str] | None:
        """Return the projects or packages that were read for some sets of requirements.

        Args:
            asked: The sets, each sorted; the resolver was asked about each of them.
            target: The platform and Python.

        Returns:
            The names, those of missing ones included; None if they are not known, or if more than these was read.
        """

    async def fingerprints(self, names: Collection[str], target: Target) -> Mapping[str, str] | None:
        """Return a hash of what the sources have of each name now; None if a source does not answer."""
