"""What the page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Settings
    from onelist.reports.page.looks import ListLook, Look


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """The result of a check, as the page shows it.

    Attributes:
        file: The settings file as the run names it.
        checked: When it was checked, in UTC.
        findings: The findings to show, the worst first.
        as_of: The day as of which it was checked; None for now.
        hidden: How many findings are not shown, by ``--select`` or ``--ignore``.
        settings: The settings; None where they have mistakes.
        source: Their text; None where the file is not text.
        availability: The answers of the index and the channels; None where they were not asked.
        resolutions: The results of the resolvers; None where they were not asked.
        history: Earlier runs, the oldest first.
        index: The file name of the index of all lists; ``""`` where the page stands alone.
        look: What this run adds to them; None where the settings have mistakes, or no history is kept.
    """

    file: str
    checked: datetime.datetime
    as_of: datetime.date | None = None
    findings: tuple[Finding, ...] = ()
    hidden: int = 0
    settings: Settings | None = None
    source: Source | None = None
    availability: ListAvailability | None = None
    resolutions: tuple[Resolution, ...] | None = None
    history: tuple[Look, ...] = ()
    index: str = ""
    look: ListLook | None = None
