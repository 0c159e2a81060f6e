"""The Pythons of a list: the lowest that works, the lowest with the newest releases, and the newest; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from onelist.analysis.availability import newest_of
from onelist.analysis.resolving.resolution import Resolved, Unsatisfiable
from onelist.analysis.resolving.verdict import verdict
from onelist.core.installers import PIP
from onelist.core.status import Found, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.resolving.resolution import Conflict, Resolution, RootRequirement
    from onelist.core.findings import RequirementId
    from onelist.core.targets import Target

    Python = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderRelease:
    """A member whose release for one Python is older than its release for a newer Python.

    Attributes:
        member: The member.
        version: The version for this Python.
        newest: The version for a newer Python on the same platform.
        platforms: The platforms on which it is so.
        system: The system that ``newest`` needs there with this Python, such as ``macOS 16``; None for none.
    """

    member: RootRequirement
    version: str
    newest: str
    platforms: tuple[str, ...]
    system: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRange:
    """For which Pythons one installer can install a list.

    Attributes:
        installer: ``pip`` or ``conda``.
        minimum: The lowest Python with which the list can be installed on any platform; None where there is none, or
            where it is not known.
        lowest_possible: The lowest Python for which it is not certain that the list cannot be installed: ``minimum``,
            or another one where that is not known; None where there is none.
        minimum_for_latest: The lowest Python with which the newest releases are installed; None where it is not known.
        conflicts_below: Why the list cannot be installed with the Pythons below ``lowest_possible``: with the next one,
            and as many for the others that each has a reason.
        older_releases: What is older with ``minimum``; empty where that is ``minimum_for_latest``.
        platforms_of_minimum: The platforms on which the list can be installed with ``minimum``.
        latest_on: The targets for which nothing of ``older_releases`` is older.
        newest_unsupported: The newest Python, where the list cannot be installed with it on a platform that an older
            one supports; else None.
        conflicts_above: Why not, with the platform.
        late: Those of them on platforms that the Python before the newest one supports.
    """

    installer: str
    minimum: Python | None
    lowest_possible: Python | None
    minimum_for_latest: Python | None
    conflicts_below: tuple[Conflict, ...] = ()
    older_releases: tuple[OlderRelease, ...] = ()
    platforms_of_minimum: tuple[str, ...] = ()
    latest_on: tuple[Target, ...] = ()
    newest_unsupported: Python | None
    conflicts_above: tuple[tuple[str, Conflict], ...] = ()
    late: tuple[tuple[str, Conflict], ...] = ()


def python_range(installer: str, resolutions: Sequence[Resolution]) -> PythonRange:
    """Return for which Pythons one list can be installed.

    Args:
        installer: ``pip`` or ``conda``.
        resolutions: The results of its resolver for every target.

    Returns:
        The range; None stands for a bound that is not known.
    """
    rows: dict[Python, list[Resolution]] = {}
    for one in sorted(resolutions, key=lambda one: one.target.python):
        rows.setdefault(one.target.python, []).append(one)
    possible = _lowest_possible(rows)
    minimum = possible if possible and _installs(rows[possible]) else None
    newest = _newest(resolutions, pip=installer == PIP)
    supported = [python for python in rows if minimum and python >= minimum]
    last = max(rows, default=None)
    lower = [python for python in rows if possible and python < possible]
    platforms = {one.target.platform for one in resolutions if isinstance(one.status, Resolved)}
    unsupported = [
        (one.target.platform, one.status)
        for one in (rows[last] if last else ())
        if isinstance(one.status, Unsatisfiable) and one.target.platform in platforms
    ]
    before = {one.target.platform for python in list(rows)[-2:-1] for one in _resolved(rows[python])}
    above = tuple((platform, conflict) for platform, status in unsupported for conflict in status.conflicts)
    older = tuple(_older(rows[minimum], newest)) if minimum else ()
    return PythonRange(
        installer=installer,
        minimum=minimum,
        lowest_possible=possible,
        minimum_for_latest=next((python for python in supported if _has_latest(rows[python], newest)), None),
        conflicts_below=_conflicts([rows[python] for python in sorted(lower, reverse=True)]),
        older_releases=older,
        platforms_of_minimum=tuple(one.target.platform for one in _resolved(rows[minimum])) if minimum else (),
        latest_on=tuple(_latest_on(resolutions, older, newest)),
        newest_unsupported=last if unsupported else None,
        conflicts_above=above,
        late=tuple(one for one in above if one[0] in before),
    )


def _lowest_possible(rows: Mapping[Python, Sequence[Resolution]]) -> Python | None:
    """Return the lowest Python for which it is not certain that the list cannot be installed.

    Where it is not known whether the list can be installed with it, each newer Python but the newest must be possible
    too. Otherwise the Python is an exception, and the list cannot be installed for another reason.
    """
    impossible = {python for python, row in rows.items() if all(isinstance(one.status, Unsatisfiable) for one in row)}
    pythons = list(rows)
    for position, python in enumerate(pythons):
        if python not in impossible:
            later = pythons[position + 1 : -1]
            is_certain = _installs(rows[python]) or position == 0
            return python if is_certain or (later and impossible.isdisjoint(later)) else None
    return None


def _installs(row: Iterable[Resolution]) -> bool:
    return any(verdict(one.status).installs for one in row)


def _newest(resolutions: Iterable[Resolution], *, pip: bool) -> Mapping[tuple[str, str], str]:
    """Return the newest version that any Python gets, by platform and name; a pre-release only where there is no other.

    A list is not better with a Python for which a project has only a release candidate yet.
    """
    versions: dict[tuple[str, str], set[str]] = {}
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for member in one.request.members:
                if package := one.status.package(member.name):
                    versions.setdefault((one.target.platform, member.name), set()).add(package.version)
    final = {key: {one for one in found if not _is_prerelease(one)} for key, found in versions.items()}
    return {key: newest_of(final[key] or found, pip=pip) for key, found in versions.items()}


def _is_prerelease(version: str) -> bool:
    """Tell whether a version is a pre-release, which pip takes only if nothing else fits (PEP 440)."""
    try:
        return Version(version).is_prerelease
    except InvalidVersion:  # a version of conda
        return False


def _older(row: Iterable[Resolution], newest: Mapping[tuple[str, str], str]) -> list[OlderRelease]:
    """Return what is older with one Python; once for each pair of versions, because platforms may differ."""
    found: dict[tuple[str | None, ...], OlderRelease] = {}
    for one in row:
        if isinstance(one.status, Resolved):
            for member in one.request.members:
                package, best = one.status.package(member.name), newest.get((one.target.platform, member.name))
                if package and best and package.version != best and not _is_prerelease(package.version):
                    key = member.name, package.version, best, (system := _system(member, best))
                    before = found[key].platforms if key in found else ()
                    platforms = (*before, one.target.platform)
                    found[key] = OlderRelease(
                        member=member, version=package.version, newest=best, platforms=platforms, system=system
                    )
    return list(found.values())


def _system(member: RootRequirement, version: str) -> str | None:
    """Return the newer operating system that a version of a member needs; None if it needs none."""
    newer = member.status.newer if isinstance(member.status, Found) else None
    return newer.system if newer and newer.version == version else None


def _latest_on(
    resolutions: Iterable[Resolution], older: Sequence[OlderRelease], newest: Mapping[tuple[str, str], str]
) -> Iterator[Target]:
    """Yield the targets for which none of some members is older than for another Python."""
    names = {one.member.name for one in older}
    for one in _resolved(resolutions):
        if names.isdisjoint(found.member.name for found in _older([one], newest)):
            yield one.target


def _resolved(resolutions: Iterable[Resolution]) -> list[Resolution]:
    return [one for one in resolutions if isinstance(one.status, Resolved)]


def _has_latest(row: Sequence[Resolution], newest: Mapping[tuple[str, str], str]) -> bool:
    known = not any(isinstance(one.status, Unknown) for one in row)
    return known and any(isinstance(one.status, Resolved) for one in row) and not _older(row, newest)


def _conflicts(rows: Sequence[Sequence[Resolution]]) -> tuple[Conflict, ...]:
    """Return the conflicts of the first row, and those of others for which none of these is a reason.

    A Python that no channel has on some platforms only is no reason: what else is wrong is said of the others.
    """
    found: dict[tuple[RequirementId, ...], Conflict] = {}
    for position, row in enumerate(rows):
        some = [one.status.conflicts for one in row if isinstance(one.status, Unsatisfiable)]
        for conflicts in [one for one in some if any(conflict.members for conflict in one)] or some:
            known = any(_is_named(conflict, found.values()) for conflict in conflicts)
            for conflict in conflicts if position == 0 else conflicts[: 0 if known else 1]:
                found.setdefault(tuple(member.requirement.id for member in conflict.members), conflict)
    return tuple(found.values())


def _is_named(conflict: Conflict, others: Iterable[Conflict]) -> bool:
    """Tell whether the members of other conflicts include those of a conflict; a missing Python has none."""
    named = {member.requirement.id for other in others for member in other.members}
    lacks_python = any(not other.members for other in others)
    return named >= {member.requirement.id for member in conflict.members} if conflict.members else lacks_python
