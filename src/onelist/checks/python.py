"""F: the Pythons of a list: which are too old, which get old releases, and whether the newest is supported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core import rules
from onelist.core.baselines import conda_forge_python_min
from onelist.core.findings import Edit, RaisePython
from onelist.core.installers import INSTALLERS, PIP
from onelist.core.targets import (
    PLATFORMS,
    WITHOUT_PIP_RESOLVER,
    all_targets,
    in_words,
    listed,
    python_releases,
    python_words,
    recent_python,
)
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.python_range import OlderRelease, PythonRange
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding

_MOST_NAMES = 5


def check_age(given: CheckInput) -> Iterator[Finding]:
    """Yield that min_python is a Python without security updates, or one that conda-forge has dropped before."""
    settings = given.project.settings
    span = settings.spans.get("min_python")
    ended = next((one for one in python_releases() if one.version == settings.min_python), None)
    if span is None or ended is None:
        return
    dropped = settings.min_python < conda_forge_python_min()
    floor = python_words(conda_forge_python_min())
    if ended.end_of_life > given.today:
        if dropped:
            yield rules.CONDA_FORGE_PYTHON.at(
                settings.source.file, span=span, python=settings.python_floor, floor=floor
            )
        return
    oldest = next((one.version for one in python_releases() if one.end_of_life > given.today), None)
    if oldest:
        yield rules.END_OF_LIFE.at(
            settings.source.file,
            span=span,
            edit=Edit(changes=(RaisePython(python=oldest),), unsafe=True),
            variant="conda_forge" if dropped else "",
            floor=floor,
            python=settings.python_floor,
            day=ended.end_of_life,
            oldest=python_words(oldest),
        )


def check(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield that min_python is too low, and what is missing for the newest Python, if all targets were resolved."""
    from onelist.analysis.python_range import python_range  # not at the top: a build needs only check_age
    from onelist.analysis.resolving.resolution import by_installer

    settings = given.project.settings
    every = all_targets(settings.platforms, settings.min_python)
    resolvable = [target for target in every if target.platform not in WITHOUT_PIP_RESOLVER]
    ranges = [
        python_range(name, some)
        for name, some in by_installer(resolutions)
        if len(some) == len(resolvable if name == PIP else every)
    ]
    for one in ranges:
        yield from _minimum(given, one, ranges)
        yield from _minimum_for_latest(given, one)
    yield from _newest(given, ranges)


def _takes_from_no_one(given: CheckInput, lowest: tuple[int, int], ranges: Sequence[PythonRange]) -> bool:
    """Tell whether no one installs the list with a Python below one: no installer does, and all of them were asked."""
    installers = INSTALLERS if given.project.settings.has_conda else (PIP,)
    possible = {one.installer: one.lowest_possible for one in ranges}
    return all(lowest <= (possible.get(installer) or (0, 0)) for installer in installers)


def _minimum(given: CheckInput, found: PythonRange, ranges: Sequence[PythonRange]) -> Iterator[Finding]:
    """Yield that min_python is too low; to raise it is unsafe where another installer may do with an older Python."""
    settings = given.project.settings
    lowest = found.lowest_possible
    if lowest is None or lowest <= settings.min_python:
        return
    conflicts = found.conflicts_below
    names = list(dict.fromkeys(one.requirement.written_name for conflict in conflicts for one in conflict.members))
    lacks_python = any(not conflict.members for conflict in conflicts)
    names = [*_few(names), *(["Python itself"] if names and lacks_python else [])]
    yield rules.MIN_PYTHON_TOO_LOW.at(
        settings.source.file,
        span=settings.spans.get("min_python"),
        variant="" if names else "no_python",
        edit=Edit(changes=(RaisePython(python=lowest),), unsafe=not _takes_from_no_one(given, lowest, ranges))
        if "min_python" in settings.spans
        else None,
        installer=found.installer,
        python=python_words(lowest),
        names=listed(names) if names else None,
        min_python=settings.python_floor,
    )


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} more"]


def _minimum_for_latest(given: CheckInput, found: PythonRange) -> Iterator[Finding]:
    settings = given.project.settings
    if (
        found.minimum is None
        or found.minimum_for_latest is None
        or not found.older_releases
        or found.minimum_for_latest <= settings.min_python
    ):
        return
    older = [
        f"{one.member.requirement.written_name} {one.version} instead of {one.newest}{_on(one, found)}"
        for one in found.older_releases
    ]
    yield rules.MIN_PYTHON_GETS_OLD_RELEASES.at(
        settings.source.file,
        span=settings.spans.get("min_python"),
        edit=Edit(changes=(RaisePython(python=found.minimum_for_latest),), unsafe=True)
        if "min_python" in settings.spans
        else None,
        python=python_words(found.minimum),
        installer=found.installer,
        older=listed(_few(older)),
        where=in_words(found.latest_on, all_targets(settings.platforms, settings.min_python)),
        fresh=python_words(found.minimum_for_latest),
    )


def _on(older: OlderRelease, found: PythonRange) -> str:
    """Return in brackets the platforms of an old release, where there are others, and the system that keeps it old."""
    on_all = set(older.platforms) == set(found.platforms_of_minimum)
    where = "" if on_all else f"on {listed([PLATFORMS[one].words for one in older.platforms])}"
    why = f"{older.newest} needs {older.system} with this Python" if older.system else ""
    return f" ({', where '.join(filter(None, [where, why]))})" if where or why else ""


def _newest(given: CheckInput, ranges: Sequence[PythonRange]) -> Iterator[Finding]:
    """Yield, in one finding, which requirements do not support a new Python. After a year, R and A report them."""
    newest = recent_python(given.today)
    parts = [
        f"with {found.installer}: {listed(_few(_without_support(found)))}"
        for found in ranges
        if found.newest_unsupported == newest and found.minimum is not None and found.late
    ]
    conflicts = [conflict for found in ranges if found.newest_unsupported == newest for _, conflict in found.late]
    blamed = [remedy.member.requirement for conflict in conflicts for remedy in conflict.remedies]
    bound = list(dict.fromkeys(item.written_name for item in blamed if pins.pins(item)))
    if newest and parts:
        yield rules.NEWEST_PYTHON_UNSUPPORTED.at(
            given.project.settings.source.file,
            span=None,
            variant="bound" if bound else "",
            python=python_words(newest),
            parts="; ".join(parts),
            bound=listed(bound) if bound else None,
        )


def _without_support(found: PythonRange) -> list[str]:
    """Return the requirements that do not support the newest Python, each with its platforms if not all."""
    platforms: dict[str, list[str]] = {}
    for platform, conflict in found.late:
        for name in [member.requirement.written_name for member in conflict.members] or ["Python itself"]:
            platforms.setdefault(name, []).append(platform)
    every = {platform for platform, _ in found.late}
    return [
        name if set(some) == every else f"{name} on {listed([PLATFORMS[one].words for one in dict.fromkeys(some)])}"
        for name, some in platforms.items()
    ]
