"""From which Python on a list can be installed, from which on with its newest releases, and up to which one; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.analysis.availability import newest_of
from onelist.analysis.resolution import Resolved, Unsatisfiable
from onelist.core.status import PIP, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from onelist.analysis.resolution import Conflict, Resolution, RootRequirement
    from onelist.core.findings import RequirementId

    Python = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderRelease:
    """A member of which a Python gets an older release than a newer Python does.

    Attributes:
        member: The member.
        taken: The version that is taken.
        newest: The version that a newer Python gets.
    """

    member: RootRequirement
    taken: str
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRange:
    """What one installer can do with each Python of a list.

    Attributes:
        installer: ``pip`` or ``conda``.
        hard: The lowest Python with which the list can be installed on any platform; None where there is none, or
            where it is not known.
        fresh: The lowest Python with which the newest releases are installed; None where that is not known.
        below: Why the list cannot be installed with the Python below ``hard``.
        older: What is older with ``hard``; empty where that is the fresh floor.
        ceiling: The newest Python, where the list cannot be installed with it on a platform on which it can be with an
            older one; else None.
        above: Why not.
    """

    installer: str
    hard: Python | None
    fresh: Python | None
    below: tuple[Conflict, ...] = ()
    older: tuple[OlderRelease, ...] = ()
    ceiling: Python | None
    above: tuple[tuple[str, Conflict], ...] = ()


def python_range(installer: str, resolutions: Sequence[Resolution]) -> PythonRange:
    """Return the floors and the ceiling of one list.

    Args:
        installer: ``pip`` or ``conda``.
        resolutions: What its resolver says of every target.

    Returns:
        The floors. Where one could not be found out there is none.
    """
    rows: dict[Python, list[Resolution]] = {}
    for one in sorted(resolutions, key=lambda one: one.target.python):
        rows.setdefault(one.target.python, []).append(one)
    hard = _hard(rows)
    newest = _newest(resolutions, pip=installer == PIP)
    fresh = next((python for python in rows if hard and python >= hard and _is_fresh(rows[python], newest)), None)
    last = max(rows, default=None)
    served = {one.target.platform for one in resolutions if isinstance(one.status, Resolved)}
    clashes = [one for one in rows[last] if isinstance(one.status, Unsatisfiable)] if last else []
    clashes = [one for one in clashes if one.target.platform in served]
    return PythonRange(
        installer=installer,
        hard=hard,
        fresh=fresh,
        below=_conflicts(rows[max(lower)]) if hard and (lower := [python for python in rows if python < hard]) else (),
        older=tuple(_older(rows[hard], newest)) if hard else (),
        ceiling=last if clashes else None,
        above=tuple(
            (one.target.platform, conflict)
            for one in clashes
            if isinstance(one.status, Unsatisfiable)
            for conflict in one.status.conflicts
        ),
    )


def _hard(rows: Mapping[Python, Sequence[Resolution]]) -> Python | None:
    for python, row in rows.items():
        if any(isinstance(one.status, Resolved) for one in row):
            return python
        if any(isinstance(one.status, Unknown) for one in row):
            return None
    return None


def _newest(resolutions: Iterable[Resolution], *, pip: bool) -> Mapping[tuple[str, str], str]:
    """Return the newest version that any Python gets, by platform and name."""
    versions: dict[tuple[str, str], set[str]] = {}
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for member in one.case.members:
                if taken := one.status.of(member.name):
                    versions.setdefault((one.target.platform, member.name), set()).add(taken.version)
    return {key: newest_of(some, pip=pip) for key, some in versions.items()}


def _older(row: Iterable[Resolution], newest: Mapping[tuple[str, str], str]) -> list[OlderRelease]:
    found: dict[str, OlderRelease] = {}
    for one in row:
        if isinstance(one.status, Resolved):
            for member in one.case.members:
                taken, best = one.status.of(member.name), newest.get((one.target.platform, member.name))
                if taken and best and taken.version != best:
                    found.setdefault(member.name, OlderRelease(member=member, taken=taken.version, newest=best))
    return list(found.values())


def _is_fresh(row: Sequence[Resolution], newest: Mapping[tuple[str, str], str]) -> bool:
    known = not any(isinstance(one.status, Unknown) for one in row)
    return known and any(isinstance(one.status, Resolved) for one in row) and not _older(row, newest)


def _conflicts(row: Iterable[Resolution]) -> tuple[Conflict, ...]:
    found: dict[tuple[RequirementId, ...], Conflict] = {}
    for one in row:
        if isinstance(one.status, Unsatisfiable):
            for conflict in one.status.conflicts:
                found.setdefault(tuple(member.requirement.id for member in conflict.members), conflict)
    return tuple(found.values())
