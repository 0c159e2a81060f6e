"""Whether the whole list installs, for each installer, platform and Python, with the reasons."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.resolving.resolution import ConflictKind, Resolved, Unsatisfiable, by_installer
from onelist.analysis.resolving.verdict import builds_text, verdict
from onelist.core.status import Unknown
from onelist.core.targets import PLATFORMS, in_words, listed, python_words
from onelist.reports.page.states import PageState, state_of_verdict
from onelist.reports.table import size_words, whole_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.resolving.resolution import Conflict, Resolution
    from onelist.core.model import Settings
    from onelist.core.targets import Target
    from onelist.sources.solution import ResolvedPackage


MOST_LINES = 30
"""How many lines of a resolver the page shows at a place."""


class ResolverWords(NamedTuple):
    """What a resolver says.

    Attributes:
        where: For which targets it says so.
        lines: Its words.
    """

    where: str
    lines: tuple[str, ...]


class Reason(NamedTuple):
    """Why the list cannot be installed, or why that is not known.

    Attributes:
        where: The targets in words.
        text: The reason as one sentence.
        words: The words of the resolver, which may differ from target to target; none where the sentence says all.
    """

    where: str
    text: str
    words: tuple[ResolverWords, ...] = ()


class InstallerGrid(NamedTuple):
    """What one installer can do.

    Attributes:
        installer: ``pip`` or ``conda``.
        pythons: The heads of the columns.
        rows: The words of each platform, and a state for each Python.
        reasons: Why it cannot be installed somewhere.
    """

    installer: str
    pythons: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PageState, ...]], ...]
    reasons: tuple[Reason, ...]


class TargetAnswer(NamedTuple):
    """The answer for one platform and Python, with one installer.

    Attributes:
        target: The platform and the Python, such as ``linux-64/3.12``.
        installer: ``pip`` or ``conda``.
        state: The answer.
        text: The answer in one or two sentences.
    """

    target: str
    installer: str
    state: PageState
    text: str


class Whole(NamedTuple):
    """What the resolvers say.

    Attributes:
        lines: The summary, as in the text report.
        grids: For each installer.
        answers: For each target and installer.
        platforms: conda's name and the words of each platform.
        pythons: The Pythons.
        best_python: The newest of those with which the list installs on most targets.
    """

    lines: tuple[str, ...]
    grids: tuple[InstallerGrid, ...]
    answers: tuple[TargetAnswer, ...]
    platforms: tuple[tuple[str, str], ...]
    pythons: tuple[str, ...]
    best_python: str


def whole(resolutions: Sequence[Resolution], settings: Settings) -> Whole:
    """Return what the resolvers say about the whole list."""
    among = list(dict.fromkeys(one.target for one in resolutions))
    platforms = dict.fromkeys(target.platform for target in among)
    groups = dict(by_installer(resolutions))
    works = Counter(one.target.python for one in resolutions if verdict(one.status).installs)
    pythons = sorted({target.python for target in among})
    return Whole(
        lines=tuple(whole_lines(resolutions, settings)),
        grids=tuple(_grid(installer, some, among) for installer, some in groups.items()),
        answers=tuple(
            TargetAnswer(f"{one.target}", installer, _state(one), _answer(installer, one))
            for installer, some in groups.items()
            for one in some
        ),
        platforms=tuple((platform, PLATFORMS[platform].words) for platform in platforms),
        pythons=tuple(python_words(python) for python in pythons),
        best_python=python_words(max(pythons, key=lambda python: (works[python], python))),
    )


def _state(one: Resolution) -> PageState:
    return state_of_verdict(verdict(one.status))


def _grid(installer: str, some: Sequence[Resolution], among: Sequence[Target]) -> InstallerGrid:
    states = {(one.target.platform, one.target.python): _state(one) for one in some}
    pythons = sorted({target.python for target in among})
    rows = tuple(
        (PLATFORMS[platform].words, tuple(states.get((platform, python), PageState.UNASKED) for python in pythons))
        for platform in dict.fromkeys(target.platform for target in among)
    )
    return InstallerGrid(installer, tuple(map(python_words, pythons)), rows, tuple(_reasons(some)))


def _reasons(some: Sequence[Resolution]) -> Iterator[Reason]:
    """Yield each reason once, with the targets that it is about."""
    among = [one.target for one in some]
    found: dict[str, dict[tuple[str, ...], list[Target]]] = {}
    for one in some:
        match one.status:
            case Unsatisfiable(conflicts=conflicts):
                for conflict in conflicts:
                    lines = first_lines(conflict.explanation) if conflict.members else ()
                    found.setdefault(conflict_words(conflict), {}).setdefault(lines, []).append(one.target)
            case Unknown(reason=reason):
                found.setdefault(_unknown(one.request.installer, reason), {}).setdefault((), []).append(one.target)
            case Resolved():
                pass
    for text, by_lines in found.items():
        wanted = {target for targets in by_lines.values() for target in targets}
        words = tuple(ResolverWords(_where(targets, among), lines) for lines, targets in by_lines.items() if lines)
        yield Reason(_where([target for target in among if target in wanted], among), text, words)


def _where(targets: Sequence[Target], among: Sequence[Target]) -> str:
    where = in_words(targets, among, negative=True)
    return f"{where[0].upper()}{where[1:]}"


def first_lines(text: str) -> tuple[str, ...]:
    """Return the first lines of what a resolver says; the JSON report has all of them."""
    lines = text.splitlines()
    rest = len(lines) - MOST_LINES
    return tuple(lines) if rest < 1 else (*lines[:MOST_LINES], f"... and {rest} more lines, in the JSON report")


def conflict_words(conflict: Conflict) -> str:
    """Return a conflict as a clause, such as ``pandas<2 and numpy>=2 cannot be installed together``."""
    if not conflict.members:
        return "no conda channel has this Python for this platform"
    names = listed([member.requirement.text for member in conflict.members])
    if conflict.kind is ConflictKind.UNAVAILABLE:
        return f"{names} {'is' if len(conflict.members) == 1 else 'are'} not available"
    return f"{names} {conflict.kind.value}"


def _size(packages: Sequence[ResolvedPackage]) -> str:
    """Return how much is downloaded, as far as the sizes are known."""
    sizes = [package.size for package in packages if package.size is not None]
    if not sizes:
        return ""
    return f", {'at least ' if len(sizes) < len(packages) else ''}{size_words(sum(sizes))} to download"


def _unknown(installer: str, reason: str) -> str:
    return f"{'the package index' if installer == 'pip' else 'a channel'} {reason}"


def _answer(installer: str, one: Resolution) -> str:
    match one.status:
        case Resolved(packages=packages):
            noun = "package" if len(packages) == 1 else "packages"
            builds = f"; {text}" if (text := builds_text([one.status.builds])) else ""
            unseen = "; mamba, and conda with its default solver, cannot install it" if one.unseen else ""
            return f"Yes, with {installer}: {len(packages)} {noun}{_size(packages)}{builds}{unseen}."
        case Unsatisfiable(conflicts=conflicts):
            return f"No, not with {installer}: {'; '.join(map(conflict_words, conflicts))}."
        case Unknown(reason=reason):
            return f"Unknown with {installer}: {_unknown(installer, reason)}."
