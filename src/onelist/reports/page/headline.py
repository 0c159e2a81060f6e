"""The top of the page: the answer in one sentence, and the three things to do next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.resolving.resolution import by_installer
from onelist.analysis.resolving.verdict import Verdict, verdict
from onelist.core.findings import Severity
from onelist.core.targets import listed
from onelist.reports.finding_lines import fixable_count
from onelist.reports.page.states import PageState, state_of_verdict, together

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from onelist.reports.page.model import PageInput

MOST_STEPS = 3


class Headline(NamedTuple):
    """The answer.

    Attributes:
        state: The answer as a state.
        text: The answer as a sentence.
    """

    state: PageState
    text: str


class Step(NamedTuple):
    """One thing to do.

    Attributes:
        action: What to do.
        reason: Why; ``""`` where the action says it.
        finding: The number of the finding on the page, from 1; None where it is about several.
    """

    action: str
    reason: str = ""
    finding: int | None = None


def headline(page: PageInput) -> Headline:
    """Return whether the list installs, with which installer, on how many combinations of platform and Python."""
    checked = f"checked {time_words(page.checked)}"
    checked = f"as of {day_words(page.as_of)}, {checked}" if page.as_of else checked
    settings = page.settings
    if settings is None:
        return Headline(
            PageState.ABSENT, f"{page.file} has mistakes that must be fixed first; nothing else was asked, {checked}."
        )
    name = f"{settings.lib_name} {settings.version}"
    if not page.resolutions:
        what = "only the settings were looked at" if page.availability is None else "no resolver was asked"
        return Headline(PageState.UNASKED, f"Whether {name} installs was not checked: {what}, {checked}.")
    parts, states, unknown = [], set(), 0
    for installer, some in by_installer(page.resolutions):
        verdicts = [verdict(one.status) for one in some]
        states |= {state_of_verdict(one) for one in verdicts}
        unknown += verdicts.count(Verdict.UNKNOWN)
        parts.append(f"with {installer} on {sum(one.installs for one in verdicts)} of {len(some)}")
    tail = f"; {unknown} could not be checked" if unknown else ""
    text = f"{name} installs {listed(parts)} combinations of platform and Python{tail}, {checked}."
    return Headline(together(states), text)


def time_words(time: datetime.datetime) -> str:
    """Return a time as people write it, such as ``27 November 2026 14:05 UTC``."""
    return f"{day_words(time)} {time:%H:%M} UTC"


def day_words(day: datetime.date) -> str:
    """Return a day as people write it, in English on every machine, such as ``27 November 2026``."""
    months = "January February March April May June July August September October November December".split()
    return f"{day.day} {months[day.month - 1]} {day.year}"


def next_steps(page: PageInput) -> tuple[Step, ...]:
    """Return what to do next: first what ``onelist fix`` does, then the findings that matter most; at most three."""
    return tuple(_steps(page))[:MOST_STEPS]


def _steps(page: PageInput) -> Iterator[Step]:
    count = fixable_count(page.findings, page.source)
    if count:
        noun = "the edit of one finding" if count == 1 else f"the edits of {count} findings"
        yield Step(f"Run onelist fix. It makes {noun} below.")
    numbered = sorted(enumerate(page.findings, 1), key=lambda one: list(Severity).index(one[1].severity))
    seen: Counter[str] = Counter()
    for number, finding in numbered:
        if finding.hint and not seen[finding.hint]:
            seen[finding.hint] += 1
            yield Step(finding.hint, finding.message, number)
