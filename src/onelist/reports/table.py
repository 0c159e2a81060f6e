"""The table of a check: a row a requirement, a column a channel; and what its words mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from onelist.analysis.availability import newest_found
from onelist.analysis.queries import Role
from onelist.analysis.resolution import Resolved, Unsatisfiable, by_installer
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.status import PIP, Absent, Cause, Found, Unknown
from onelist.core.targets import PLATFORMS, in_words, listed, python_words
from onelist.core.text import aligned, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.resolution import Resolution, ResolutionStatus
    from onelist.core.model import Settings
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target


_WIDEST = 40
_ABSENT = {
    Cause.NO_NAME: "not there",
    Cause.NO_FILES: "no files",
    Cause.NO_VERSION: "no fitting version",
    Cause.WITHDRAWN: "withdrawn",
    Cause.NO_PYTHON: "not for these Pythons",
    Cause.NO_WHEEL: "no wheel",
    Cause.NO_BUILD: "no fitting build",
    Cause.NO_TARGET: "no Python",
}
_LEGEND = {
    "in part": "in part: not for every machine and Python of the list; onelist explain NAME tells for which",
    "unknown": "unknown: could not be found out, neither there nor missing; the findings say why",
    "source only": "source only: pip has to build it itself, which may need a compiler",
    "withdrawn": "withdrawn: its authors took it back (yanked), and pip leaves it alone",
    "*": "*: there, but the list does not give it to that side",
}


def table_text(availability: ListAvailability) -> str:
    """Return what each channel has of each requirement.

    Args:
        availability: The answers.

    Returns:
        Lines: for whom the list is, the table, and the meaning of those words in it that need one.
    """
    shown = table_rows(availability)
    lines = [
        printable(heading(availability.targets)),
        *aligned(shown),
        *(f"  {meaning}" for meaning in meanings(shown)),
    ]
    return "\n".join([*lines, *map(printable, ages(availability))]) + "\n"


def table_rows(availability: ListAvailability) -> list[list[str]]:
    """Return the cells of the table, the first row its heads; long ones are cut."""
    columns = [*([PIP] if availability.lookup.facts.indexes else []), *availability.channels]
    rows = [["requirement", *columns]]
    rows += [[_label(entry), *(cell(entry, column) for column in columns)] for entry in availability.requirements]
    return [[_cut(printable(text)) for text in row] for row in rows]


def meanings(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what those words in a table mean that need to be told."""
    return [meaning for word, meaning in _LEGEND.items() if any(_has(word, row[1:]) for row in rows)]


def heading(among: Sequence[Target]) -> str:
    """Return for which machines a list is looked at."""
    platforms = dict.fromkeys(target.platform for target in among)
    words = [f"{PLATFORMS[platform].baseline} ({platform})" for platform in platforms]
    pythons = sorted({target.python for target in among})
    last = "" if len(pythons) == 1 else f" to {python_words(pythons[-1])}"
    return f"Python {python_words(pythons[0])}{last} on {listed(words)}:"


def cell(entry: ListedRequirement, column: str) -> str:
    """Return what one channel has of one requirement, over all targets."""
    answers = entry.answers_of(column)
    if not answers:
        return _not_asked(entry, column)
    side = entry.query.pip if column == PIP else entry.query.conda
    text = _summary(answers, pip=column == PIP)
    found = any(isinstance(answer.status, Found) for answer in answers)
    if side and found:
        text += f" as {side.name}" if side.name != entry.requirement.name else ""
        text += " *" if side.role is Role.NOT_INCLUDED else ""
    return text


def _summary(answers: Sequence[Availability], *, pip: bool) -> str:
    states = [answer.status for answer in answers if not _is_beside_the_point(answer.status)] or [answers[-1].status]
    version = newest_found(states, pip=pip)
    unknown = any(isinstance(status, Unknown) for status in states)
    if version is None:
        absent = [status for status in states if isinstance(status, Absent)]
        causes = sorted((status.cause for status in absent), key=lambda cause: cause is Cause.NO_NAME)
        return "unknown" if unknown else _ABSENT[causes[0]]
    if unknown:
        return f"{version} (partly unknown)"
    if not all(isinstance(status, Found) for status in states):
        return f"{version} (in part)"
    if all(isinstance(status, Found) and status.source_only for status in states):
        return f"{version} (source only)"
    return version


def _is_beside_the_point(status: Status) -> bool:
    """Tell whether nothing at all can be installed there, which is said once and not of each requirement."""
    return isinstance(status, Absent) and status.cause is Cause.NO_TARGET


def _not_asked(entry: ListedRequirement, column: str) -> str:
    item = entry.requirement
    if column == PIP and isinstance(item, Requirement) and item.pep508.url:
        return "from its address"
    return "-"


def _label(entry: ListedRequirement) -> str:
    item = entry.requirement
    extra = "" if item.key in PLAIN_LISTS else f" [{item.key.removesuffix('_requirements')}]"
    return item.text + extra


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _has(word: str, cells: Sequence[str]) -> bool:
    return any(text.endswith(" *") if word == "*" else word in text for text in cells)


def ages(availability: ListAvailability) -> Iterator[str]:
    """Yield of what day the answers are, where nobody was asked."""
    facts = availability.lookup.facts
    if not facts.offline:
        return
    days = {index.label: index.as_of for index in facts.indexes}
    days |= {channel: facts.channels[channel].as_of for channel in availability.channels}
    parts = [f"{who} of {day:%Y-%m-%d %H:%M} UTC" for who, day in days.items() if day]
    yield "Nobody was asked (--offline)." + (f" What is kept: {'; '.join(parts)}." if parts else " Nothing is kept.")


_KIND, _TEN = 1000, 10
_UNITS = ("kB", "MB", "GB", "TB")


def whole_text(resolutions: Sequence[Resolution], settings: Settings) -> str:
    """Return which targets the whole list can be installed on.

    Args:
        resolutions: What the resolvers say.
        settings: The list.

    Returns:
        Lines.
    """
    lines = ["The whole list at once:", *(f"  {line}" for line in whole_lines(resolutions, settings))]
    return "\n".join(map(printable, lines)) + "\n"


def whole_lines(resolutions: Sequence[Resolution], settings: Settings) -> list[str]:
    """Return the same without its head: one answer a line."""
    lines: list[str] = []
    for installer, some in by_installer(resolutions):
        lines += [f"with {installer}: {text}" for text in _answers(some)]
        if installer == PIP and (addressed := _addressed(settings)):
            lines.append(f"not asked about: {listed(addressed)}, which pip takes from an address")
    return lines


def _addressed(settings: Settings) -> list[str]:
    items = (*settings.requirements, *settings.pip_requirements)
    return [item.name for item in items if item.pep508.url]


def _answers(some: Sequence[Resolution]) -> Iterator[str]:
    among = [one.target for one in some]
    for kind, words in (
        (Resolved, "can be installed"),
        (Unsatisfiable, "cannot be installed"),
        (Unknown, "not known"),
    ):
        states: dict[Target, ResolutionStatus] = {
            one.target: one.status for one in some if isinstance(one.status, kind)
        }
        if states:
            where = in_words(states, among, negative=kind is not Resolved)
            yield f"{words} {where}{_extent(list(states.values()))}"


def _extent(states: Sequence[ResolutionStatus]) -> str:
    """Return how much would be installed."""
    resolved = [status for status in states if isinstance(status, Resolved)]
    if not resolved:
        return ""
    counts = sorted(len(status.chosen) for status in resolved)
    sizes = sorted(status.download for status in resolved if status.download is not None)
    packages = f"{counts[0]} to {counts[-1]}" if counts[0] != counts[-1] else f"{counts[0]}"
    noun = "package" if counts[-1] == 1 else "packages"
    if len(sizes) < len(resolved):
        return f" ({packages} {noun})"
    low, high = size_words(sizes[0]), size_words(sizes[-1])
    return f" ({packages} {noun}, {low if low == high else f'{low} to {high}'} to download)"


def size_words(size: float) -> str:
    """Return a number of bytes for people, for instance ``1.2 GB``."""
    power = min(int(math.log10(max(size, _KIND))) // 3, len(_UNITS))
    size /= _KIND**power
    digits = 1 if size < _TEN else 0
    return f"{size:.{digits}f} {_UNITS[power - 1]}"
