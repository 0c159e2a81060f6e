"""The index of the pages of several lists: which of them install, and which of them need a package."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from onelist.analysis.resolving.resolution import by_installer
from onelist.analysis.resolving.verdict import Verdict, verdict
from onelist.core.findings import Severity
from onelist.core.installers import INSTALLERS
from onelist.reports.page.headline import Headline, day_words, time_words
from onelist.reports.page.states import PageState, state_of_verdict, together

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from onelist.analysis.resolving.resolution import Resolution
    from onelist.reports.page.model import PageInput

INDEX = "index.html"
"""The file name of the index."""
_TAKEN = frozenset(
    {"index", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
"""Names that no page can have: that of the index, and those of devices on Windows
(https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file)."""


WORST_FIRST = (
    PageState.ABSENT,
    PageState.PART,
    PageState.UNKNOWN,
    PageState.UNASKED,
    PageState.SOURCE,
    PageState.FOUND,
)
"""The states in the order in which a reader has something to do."""


class IndexCell(NamedTuple):
    """Whether a list installs with one installer.

    Attributes:
        state: The state over all targets.
        words: On how many combinations of platform and Python; ``""`` where no resolver was asked.
    """

    state: PageState
    words: str


class IndexRow(NamedTuple):
    """One list.

    Attributes:
        page: The file name of its page; ``""`` for none.
        name: Its name as written; the file where the settings have mistakes.
        version: Its version; ``""`` where the settings have mistakes.
        cells: For pip and for conda.
        errors: How many errors it has.
        warnings: How many warnings.
        requirements: The names of what it asks for, in lower case.
    """

    page: str
    name: str
    version: str
    cells: tuple[IndexCell, ...]
    errors: int
    warnings: int
    requirements: tuple[str, ...]

    @property
    def rank(self) -> int:
        """The state as a number, the worst first, for sorting."""
        return min(WORST_FIRST.index(cell.state) for cell in self.cells)


def index_row(page: PageInput, file: str) -> IndexRow:
    """Return what the index says of one list.

    Args:
        page: Its result.
        file: The file name of its page.
    """
    resolved = dict(by_installer(page.resolutions or ()))
    cells = tuple(_cell(resolved.get(installer, [])) for installer in INSTALLERS)
    if page.settings is None:
        cells = (IndexCell(PageState.ABSENT, "mistakes in the settings"),) * len(INSTALLERS)
    counts = Counter(finding.severity for finding in page.findings)
    return IndexRow(
        page=file,
        name=page.settings.lib_name if page.settings else page.file,
        version=str(page.settings.version) if page.settings else "",
        cells=cells,
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        requirements=_requirements(page),
    )


def index_headline(
    rows: Sequence[IndexRow], checked: datetime.datetime | None, as_of: datetime.date | None = None
) -> Headline:
    """Return how many of the lists install everywhere, with each installer.

    Args:
        rows: The lists.
        checked: When they were checked; None where that is not known.
        as_of: The day as of which they were checked; None for now.
    """
    works = [
        sum(row.cells[place].state in {PageState.FOUND, PageState.SOURCE} for row in rows)
        for place in range(len(INSTALLERS))
    ]
    unknown = sum(any(cell.state is PageState.UNKNOWN for cell in row.cells) for row in rows)
    tail = f"; {unknown} could not be checked completely" if unknown else ""
    unasked = sum(all(cell.state is PageState.UNASKED for cell in row.cells) for row in rows)
    tail += f"; no resolver was asked about {unasked}" if unasked else ""
    tail += f", as of {day_words(as_of)}" if as_of else ""
    tail += f", checked {time_words(checked)}" if checked else ""
    text = (
        f"{works[0]} of {len(rows)} lists install with {INSTALLERS[0]}, and {works[1]} with {INSTALLERS[1]}, on every "
        f"platform and Python{tail}."
    )
    return Headline(together({cell.state for row in rows for cell in row.cells}), text)


def _cell(some: Sequence[Resolution]) -> IndexCell:
    return index_cell([verdict(one.status) for one in some])


def index_cell(verdicts: Sequence[Verdict]) -> IndexCell:
    """Return whether a list installs with one installer, from the verdict for each target; none if it was not asked."""
    if not verdicts:
        return IndexCell(PageState.UNASKED, "")
    state = together({state_of_verdict(one) for one in verdicts})
    unknown = verdicts.count(Verdict.UNKNOWN)
    words = f"{sum(one.installs for one in verdicts)} of {len(verdicts)}"
    return IndexCell(state, f"{words}, {unknown} unknown" if unknown else words)


def _requirements(page: PageInput) -> tuple[str, ...]:
    """Return the names of all requirements of a list, normalised, as the index and as conda know them."""
    settings = page.settings
    if settings is None:
        return ()
    items = (
        *settings.requirements,
        *settings.pip_requirements,
        *(one for group in settings.extras.values() for one in group),
    )
    names = [item.name for item in items] + [item.name for item in settings.conda_requirements]
    return tuple(sorted({canonicalize_name(name) for name in names}))


def page_names(lists: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """Return a file name for the page of each list: from its name, so that it stays the same from run to run.

    Args:
        lists: The settings file of each list of a run, and its normalised name; None where the settings have mistakes.
    """
    taken = set(_TAKEN)
    found = []
    for file, known in lists:
        text = known or re.sub(r"[^a-z0-9]+", "-", file.lower())
        name = base = text.strip("-") or "list"
        number = 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        found.append(f"{name}.html")
    return tuple(found)
