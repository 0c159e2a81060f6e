"""The table of a check, with a row for each requirement and a column for each channel, and the meaning of its words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from onelist.analysis.availability import versions_found
from onelist.analysis.queries import Role
from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.analysis.resolving.verdict import Verdict, builds_of, verdict
from onelist.core.installers import CONDA, PIP
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.core.targets import PLATFORMS, WITHOUT_PIP_RESOLVER, in_words, listed, python_words
from onelist.core.text import printable
from onelist.reports.lines import Piece, Style, Table, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus
    from onelist.core.model import Settings
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target
    from onelist.reports.lines import Block, Line


_WIDEST = 40
_ABSENT = {
    Cause.NO_NAME: "not found",
    Cause.NO_FILES: "no files",
    Cause.QUARANTINED: "quarantined",
    Cause.REFUSES: "refuses",
    Cause.NO_VERSION: "no matching version",
    Cause.WITHDRAWN: "yanked",
    Cause.NO_PYTHON: "not for these Pythons",
    Cause.NO_WHEEL: "no wheel",
    Cause.NO_BUILD: "no matching build",
    Cause.NO_TARGET: "no Python",
}
_LEGEND = {
    " to ": "to: the version depends on platform and Python; onelist explain NAME shows who gets which one",
    "in part": "in part: only for some platforms and Pythons of the list; onelist explain NAME shows which ones",
    "unknown": "unknown: the package index or channel gave no usable answer; the findings give the reason",
    "source only": "source only: no wheel fits, so pip builds it; the findings say whether it may need a compiler",
    "quarantined": "quarantined: the index has locked the project, because it considers it unsafe",
    "refuses": "refuses: its installation always ends with an error; the findings say what to do instead",
    "not for mamba": "not for mamba: pixi, and conda with the rattler solver, see it; mamba does not",
    "yanked": "yanked: its maintainers withdrew every release that fits (PEP 592), and pip does not install them",
    "*": "*: available, but the list does not install it from there",
}


def table_blocks(availability: ListAvailability) -> Iterator[Block]:
    """Yield what each channel has of each requirement.

    Args:
        availability: The answers.

    Yields:
        The platforms and Pythons of the list, the table, and the meaning of the words in it.
    """
    shown = table_rows(availability)
    yield line(Piece(heading(availability.targets), Style.HEAD))
    yield Table(
        rows=tuple(map(tuple, shown)),
        styles=tuple(_row_styles(shown, availability)),
    )
    for text in meanings(shown):
        yield line(Piece(f"  {text}", Style.DIM), indent=4)
    for text in ages(availability):
        yield line(Piece(text, Style.DIM))


def _row_styles(shown: Sequence[Sequence[str]], availability: ListAvailability) -> Iterator[tuple[Style, ...]]:
    """Yield how the cells of each row are shown; what an installer does not get from the list is no error there."""
    head, *rows = shown
    yield (Style.HEAD,) * len(head)
    for entry, (_, *cells) in zip(availability.requirements, rows, strict=True):
        key = entry.requirement.key
        styles = (
            Style.DIM
            if key == ("conda_requirements" if column == PIP else "pip_requirements")
            and _cell_style(text) is Style.ERROR
            else _cell_style(text)
            for column, text in zip(head[1:], cells, strict=True)
        )
        yield (Style.PLAIN, *styles)


def _cell_style(text: str) -> Style:
    """Return how a cell is shown: what is missing, what is unknown, what only some learners get."""
    if text in _ABSENT.values() or text == "not for mamba":
        return Style.ERROR
    if "unknown" in text:
        return Style.UNKNOWN
    if " (" in text:
        return Style.WARNING
    return Style.DIM if text == "-" or text.endswith(" *") else Style.GOOD


def table_rows(availability: ListAvailability) -> list[list[str]]:
    """Return the cells of the table; the first row holds the column heads; long texts are cut."""
    columns = [*([PIP] if availability.lookup.facts.indexes else []), *availability.channels]
    rows = [["requirement", *columns]]
    rows += [[_label(entry), *(cell(entry, column) for column in columns)] for entry in availability.requirements]
    return [[_cut(printable(text)) for text in row] for row in rows]


def meanings(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the meaning of those words in a table that need one."""
    return [meaning for word, meaning in _LEGEND.items() if any(_has(word, row[1:]) for row in rows[1:])]


def heading(among: Sequence[Target]) -> str:
    """Return the platforms and Pythons of a list."""
    platforms = dict.fromkeys(target.platform for target in among)
    words = [f"{PLATFORMS[platform].baseline} ({platform})" for platform in platforms]
    pythons = sorted({target.python for target in among})
    last = "" if len(pythons) == 1 else f" to {python_words(pythons[-1])}"
    return f"Python {python_words(pythons[0])}{last} on {listed(words)}:"


def cell(entry: ListedRequirement, column: str) -> str:
    """Return what one channel has of one requirement, over all targets."""
    answers = entry.answers_of(column)
    if not answers:
        return _not_looked_up(entry, column)
    side = entry.query.pip if column == PIP else entry.query.conda
    text = _summary(answers, pip=column == PIP)
    found = any(isinstance(answer.status, Found) for answer in answers)
    if side and found:
        text += f" as {side.name}" if side.name != entry.requirement.name else ""
        text += " *" if side.role is Role.NOT_INCLUDED else ""
    return text


def _summary(answers: Sequence[Availability], *, pip: bool) -> str:
    states = [answer.status for answer in answers if not _has_no_python(answer.status)] or [answers[-1].status]
    versions = versions_found(states, pip=pip)
    unknown = any(isinstance(status, Unknown) for status in states)
    if not versions:
        absent = [status for status in states if isinstance(status, Absent)]
        causes = sorted((status.cause for status in absent), key=lambda cause: cause is Cause.NO_NAME)
        newer = any(status.not_for_mamba for status in absent)
        return "unknown" if unknown else "not for mamba" if newer else _ABSENT[causes[0]]
    version = versions[0] if len(versions) == 1 else f"{versions[-1]} to {versions[0]}"
    if unknown:
        return f"{version} (partly unknown)"
    if not all(isinstance(status, Found) for status in states):
        return f"{version} (in part)"
    if all(isinstance(status, Found) and status.source_only for status in states):
        return f"{version} (source only)"
    return version


def _has_no_python(status: Status) -> bool:
    """Tell whether there is no Python for a target; a finding says so once, not for each requirement."""
    return isinstance(status, Absent) and status.cause is Cause.NO_TARGET


def _not_looked_up(entry: ListedRequirement, column: str) -> str:
    item = entry.requirement
    if column == PIP and isinstance(item, Requirement) and item.pep508.url:
        return "from its URL"
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
    """Yield the day as of which the answers are (``--as-of``), and their age if they come from the cache."""
    facts = availability.lookup.facts
    if facts.as_of:
        yield f"As of the end of {facts.as_of} (UTC): what appeared later does not count."
        statuses = (answer.status for answer in availability.answers)
        undated = dict.fromkeys(one.undated for one in statuses if isinstance(one, Found) and one.undated)
        if undated:
            yield f"There may have been newer versions: {', '.join(undated)} without a day."
    if not facts.offline:
        return
    days = {index.label: index.as_of for index in facts.indexes}
    days |= {channel: facts.channels[channel].as_of for channel in availability.channels}
    parts = [f"{source} from {day:%Y-%m-%d %H:%M} UTC" for source, day in days.items() if day]
    yield f"Offline: the answers come from the cache: {'; '.join(parts)}." if parts else "Offline: the cache is empty."


WHOLE_LIST = "Installing the whole list"
"""The head of the resolution summary."""
_KILO, _TEN = 1000, 10
_UNITS = ("kB", "MB", "GB", "TB")


def whole_blocks(resolutions: Sequence[Resolution], settings: Settings) -> Iterator[Line]:
    """Yield on which targets the whole list can be installed.

    Args:
        resolutions: The results of the resolvers.
        settings: The list.

    Yields:
        Lines.
    """
    yield line(Piece(f"{WHOLE_LIST}:", Style.HEAD))
    for text in whole_lines(resolutions, settings):
        found = next((one for one in Verdict if f": {one.words}" in text), None)
        words = found.words if found else ""
        before, _, after = text.partition(words) if words else (text, "", "")
        yield line(f"  {before}", Piece(words, _VERDICT_STYLES[found] if found else Style.PLAIN), after, indent=4)


_VERDICT_STYLES = {
    Verdict.INSTALLS: Style.GOOD,
    Verdict.BUILDS: Style.GOOD,
    Verdict.FAILS: Style.ERROR,
    Verdict.UNKNOWN: Style.UNKNOWN,
}


def whole_lines(resolutions: Sequence[Resolution], settings: Settings) -> list[str]:
    """Return the same without its head, with one answer in each line."""
    lines: list[str] = []
    for installer, some in by_installer(resolutions):
        lines += [f"with {installer}: {text}" for text in _answers(some)]
        if unseen := [one for one in some if one.unseen]:
            lines.append(f"with mamba: {_unseen_answer(unseen, [one.target for one in some])}")
        strict = [one for one in resolutions if one.is_strict and installer == CONDA]
        if strict:
            lines.append(
                f"with pixi (strict channel priority): {_strict_answers(strict, [one.target for one in some])}"
            )
        if installer == PIP and (platforms := [one for one in settings.platforms if one in WITHOUT_PIP_RESOLVER]):
            lines.append(f"with pip: not checked on {listed([PLATFORMS[one].words for one in platforms])}")
        if installer == PIP and (from_urls := _from_urls(settings)):
            lines.append(f"not checked: {listed(from_urls)}, which pip installs from a URL")
    if earlier := [one.proved for one in resolutions if one.proved]:
        days = " to ".join(dict.fromkeys(f"{day}" for day in (min(earlier), max(earlier))))
        count = f"All {len(earlier)}" if len(earlier) == len(resolutions) else f"{len(earlier)} of {len(resolutions)}"
        lines.append(
            f"{count} answers are of {days}. Nothing that they depend on has changed since. --refresh asks again."
        )
    return lines


def _from_urls(settings: Settings) -> list[str]:
    items = (*settings.requirements, *settings.pip_requirements)
    return [item.written_name for item in items if item.pep508.url]


def _answers(some: Sequence[Resolution]) -> Iterator[str]:
    among = [one.target for one in some]
    for kind in Verdict:
        found = [one for one in some if verdict(one.status) is kind]
        if found:
            where = in_words([one.target for one in found], among, negative=not kind.installs)
            builds = f"; {text}" if (text := builds_of(found)) else ""
            yield f"{kind.words} {where}{_amount([one.status for one in found])}{builds}"


def _unseen_answer(unseen: Sequence[Resolution], among: Sequence[Target]) -> str:
    """Return, in one line, where mamba cannot install the list, and what it does not see."""
    names = dict.fromkeys(package.name for one in unseen for package in one.unseen)
    where = in_words([one.target for one in unseen], among, negative=True)
    return f"{Verdict.FAILS.words} {where}: it does not see {listed(list(names))}"


def _strict_answers(strict: Sequence[Resolution], among: Sequence[Target]) -> str:
    """Return, in one line, where strict channel priority gives another answer, and which."""
    parts = []
    for kind in Verdict:
        if found := [one.target for one in strict if verdict(one.status) is kind]:
            words = "installs other versions" if kind.installs else kind.words
            parts.append(f"{words} {in_words(found, among, negative=not kind.installs)}")
    return "; ".join(parts)


def _amount(states: Sequence[ResolutionStatus]) -> str:
    """Return the number and size of the packages that would be installed."""
    resolved = [status for status in states if isinstance(status, Resolved)]
    if not resolved:
        return ""
    counts = sorted(len(status.packages) for status in resolved)
    sizes = sorted(status.download for status in resolved if status.download is not None)
    packages = f"{counts[0]} to {counts[-1]}" if counts[0] != counts[-1] else f"{counts[0]}"
    noun = "package" if counts[-1] == 1 else "packages"
    if len(sizes) < len(resolved):
        return f" ({packages} {noun})"
    low, high = size_words(sizes[0]), size_words(sizes[-1])
    return f" ({packages} {noun}, {low if low == high else f'{low} to {high}'} to download)"


def size_words(size: float) -> str:
    """Return a number of bytes in words, for instance ``1.2 GB``."""
    power = min(int(math.log10(max(size, _KILO))) // 3, len(_UNITS))
    size /= _KILO**power
    digits = 1 if size < _TEN else 0
    return f"{size:.{digits}f} {_UNITS[power - 1]}"
