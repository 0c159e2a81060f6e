"""Whether something can be installed: one word for it, which every command and report uses; pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from onelist.analysis.resolving.resolution import Resolved
from onelist.core.status import Absent, Found, Unknown
from onelist.core.targets import listed
from onelist.sources.faults import SourceError
from onelist.sources.solution import Solved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus
    from onelist.core.status import Status
    from onelist.sources.solution import ResolvedPackage, SolveResult

_MOST_NAMES = 3
"""How many packages that pip builds are named in one line."""


class Verdict(Enum):
    """Whether something can be installed."""

    INSTALLS = "can be installed"
    BUILDS = "can be installed, and pip builds a part of it from source"
    """There is no wheel of at least one package for the target. It can be installed all the same."""
    FAILS = "cannot be installed"
    UNKNOWN = "could not be checked"

    @property
    def installs(self) -> bool:
        """Whether it can be installed."""
        return self in {Verdict.INSTALLS, Verdict.BUILDS}

    @property
    def words(self) -> str:
        """The verb of a sentence about a whole list; :func:`builds_text` says what is built."""
        return Verdict.INSTALLS.value if self is Verdict.BUILDS else str(self.value)


def verdict(outcome: ResolutionStatus | SolveResult | Status) -> Verdict:
    """Return the verdict about a whole list, an install line, or one requirement.

    Args:
        outcome: The answer about a list, the result of a resolver, or what the index has of one requirement. The last
            says nothing about the dependencies of the requirement.

    Returns:
        The verdict; unknown is never turned into another one.
    """
    match outcome:
        case Resolved(builds=builds) | Solved(builds=builds):
            return Verdict.BUILDS if builds else Verdict.INSTALLS
        case Found(source_only=source_only):
            return Verdict.BUILDS if source_only else Verdict.INSTALLS
        case Unknown() | SourceError():
            return Verdict.UNKNOWN
        case Absent():
            return Verdict.FAILS
        case _:
            return Verdict.FAILS


def builds_of(resolutions: Sequence[Resolution]) -> str:
    """Return what pip builds of a list on some targets, each name as the list writes it; ``""`` for nothing."""
    members = [member for one in resolutions for member in one.request.members]
    written = {member.name: member.requirement.written_name for member in members}
    return builds_text([one.status.builds for one in resolutions if isinstance(one.status, Resolved)], written)


def builds_text(builds: Sequence[Sequence[ResolvedPackage]], written: Mapping[str, str] | None = None) -> str:
    """Return what pip builds from source, as a clause.

    Args:
        builds: What it builds, for each target.
        written: How the list writes the names of its requirements, by their names on the index; None for these names.

    Returns:
        For instance ``pip builds docopt 0.6.2 from source``; ``""`` where it builds nothing.
    """
    versions: dict[str, list[str]] = {}
    for package in [package for row in builds for package in row]:
        known = versions.setdefault(package.name, [])
        if package.version not in known:
            known.append(package.version)
    if not versions:
        return ""
    texts = [f"{(written or {}).get(name, name)} {' or '.join(found)}" for name, found in versions.items()]
    differ = len({tuple(package.name for package in row) for row in builds}) > 1
    which = " (which of them depends on the platform and Python)" if differ else ""
    return f"pip builds {listed(_few(texts))} from source{which}"


def _few(texts: list[str]) -> list[str]:
    left = len(texts) - _MOST_NAMES
    return texts if left < 1 else [*texts[:_MOST_NAMES], f"{left} more package{'s' if left > 1 else ''}"]
