"""F: the Pythons of a list: which are too old for it, which get old releases, and whether the newest is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.python_range import python_range
from onelist.analysis.resolution import by_installer
from onelist.checks.availability import recent_python
from onelist.core import rules
from onelist.core.findings import Edit, RaisePython
from onelist.core.targets import PLATFORMS, all_targets, listed, python_releases, python_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.python_range import PythonRange
    from onelist.analysis.resolution import Conflict, Resolution
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding

_MOST_NAMES = 5


def check_age(subject: CheckInput) -> Iterator[Finding]:
    """Yield whether min_python is a Python that gets no more updates."""
    settings = subject.project.settings
    span = settings.spans.get("min_python")
    ended = next((one for one in python_releases() if one.version == settings.min_python), None)
    if span is None or ended is None or ended.end_of_life > subject.today:
        return
    oldest = next((one.version for one in python_releases() if one.end_of_life > subject.today), None)
    if oldest:
        yield rules.END_OF_LIFE.at(
            settings.source.file,
            f"Python {settings.python_floor} has had no security updates since {ended.end_of_life}, and ever fewer "
            "packages are made for it.",
            span=span,
            hint=f"Write min_python = {python_words(oldest)}.",
            edit=Edit(changes=(RaisePython(python=oldest),)),
        )


def check(subject: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield where min_python is too low, and what is not there for the newest Python; not for a part of the targets."""
    settings = subject.project.settings
    every = len(all_targets(settings.platforms, settings.min_python))
    ranges = [python_range(name, some) for name, some in by_installer(resolutions) if len(some) == every]
    for one in ranges:
        yield from _hard(subject, one)
        yield from _fresh(subject, one)
    yield from _ceiling(subject, ranges)


def _hard(subject: CheckInput, found: PythonRange) -> Iterator[Finding]:
    settings = subject.project.settings
    if found.hard is None or found.hard <= settings.min_python:
        return
    yield rules.BELOW_HARD_FLOOR.at(
        settings.source.file,
        f"{found.installer} cannot install the list with any Python below {python_words(found.hard)}"
        f"{_because(found.below)}, but min_python promises it from {settings.python_floor} on.",
        span=settings.spans.get("min_python"),
        hint=f"Write min_python = {python_words(found.hard)}.",
        edit=Edit(changes=(RaisePython(python=found.hard),)) if "min_python" in settings.spans else None,
    )


def _because(conflicts: Sequence[Conflict]) -> str:
    names = [member.requirement.name for conflict in conflicts for member in conflict.members]
    if not names:
        return " (no channel of the list has an older one)"
    return f" (because of {listed(_few(list(dict.fromkeys(names))))})"


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} more"]


def _fresh(subject: CheckInput, found: PythonRange) -> Iterator[Finding]:
    settings = subject.project.settings
    if found.hard is None or found.fresh is None or not found.older or found.fresh <= settings.min_python:
        return
    old = [f"{one.member.requirement.name} {one.taken} in place of {one.newest}" for one in found.older]
    yield rules.BELOW_FRESH_FLOOR.at(
        settings.source.file,
        f"With Python {python_words(found.hard)} {found.installer} installs older releases without a word: "
        f"{listed(_few(old))}. From Python {python_words(found.fresh)} on everybody gets the newest.",
        span=settings.spans.get("min_python"),
        hint=f"If the course needs the newest, write min_python = {python_words(found.fresh)}.",
        edit=Edit(changes=(RaisePython(python=found.fresh),), unsafe=True) if "min_python" in settings.spans else None,
    )


def _ceiling(subject: CheckInput, ranges: Sequence[PythonRange]) -> Iterator[Finding]:
    """Yield, in one finding, what holds the newest Python back while it is new; later on that is one of R or A."""
    newest = recent_python(subject.today)
    parts = [
        f"with {found.installer}: {listed(_few(_holders(found)))}"
        for found in ranges
        if found.ceiling == newest and found.hard is not None and found.above
    ]
    if newest and parts:
        yield rules.CEILING.at(
            subject.project.settings.source.file,
            f"Python {python_words(newest)} is new, and the list cannot be installed everywhere with it yet. What is "
            f"missing is, {'; '.join(parts)}.",
            span=None,
            hint="Nothing to do: it usually comes within a year. Learners take an older Python until then.",
        )


def _holders(found: PythonRange) -> list[str]:
    """Return who holds the newest Python back, with the platforms where it is not all of them."""
    platforms: dict[str, list[str]] = {}
    for platform, conflict in found.above:
        for name in [member.requirement.name for member in conflict.members] or ["Python itself"]:
            platforms.setdefault(name, []).append(platform)
    every = {platform for platform, _ in found.above}
    return [
        name if set(some) == every else f"{name} on {listed([PLATFORMS[one].words for one in dict.fromkeys(some)])}"
        for name, some in platforms.items()
    ]
