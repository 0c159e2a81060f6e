"""Since when a list fails, as sentences and as JSON; the schema is docs/schemas/bisect.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.core.installers import PIP
from onelist.core.model import SCHEMA_VERSION
from onelist.core.targets import in_words, listed
from onelist.core.text import redact
from onelist.reports.page.headline import day_words

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from onelist.analysis.bisection import Bisection, Case, FirstFailure, Undecided
    from onelist.sources.cutoff import ReleaseName

_MOST_RELEASES = 6
"""How many releases a sentence names."""
_MOST_LINES = 12
"""How many lines of an explanation are shown."""


def sentences(found: Bisection) -> tuple[str, ...]:
    """Return the result as sentences, the one that matters most at the end."""
    name = f"{found.name} {found.version}"
    parts = [_undecided(one, name, _where(one.case, found)) for one in found.undecided]
    parts += [_failure(one, name, _where(one.case, found)) for one in reversed(found.failures)]
    return tuple(parts) or (_installs(found, name),)


def explanation_lines(found: Bisection) -> Iterator[str]:
    """Yield why the list does not install on each day that was found, in the words of the resolver."""
    for one in found.failures:
        if one.explanation:
            yield f"{_tool(one.case)} as of {one.day}:"
            yield from (f"    {text}" for text in one.explanation.splitlines()[:_MOST_LINES])


def bisection_json(found: Bisection, file: str) -> dict[str, Any]:
    """Return the result as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "name": found.name,
        "version": found.version,
        "bad": found.bad.isoformat(),
        "asked": [_case_json(one) for one in found.asked],
        "failures": [
            _case_json(one.case)
            | {
                "day": one.day.isoformat(),
                "releases": [{"name": release.name, "version": release.version} for release in one.releases],
                "reason": redact(one.explanation),
            }
            for one in found.failures
        ],
        "undecided": [
            _case_json(one.case)
            | {
                "reason": redact(one.reason) if one.reason else None,
                "good": one.good.isoformat() if one.good else None,
                "bad": one.bad.isoformat() if one.bad else None,
            }
            for one in found.undecided
        ],
        "solves": found.solves,
        "text": [redact(text) for text in sentences(found)],
    }


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "installer": case.installer,
        "strict": case.is_strict,
        "targets": [str(target) for target in case.targets],
    }


def _tool(case: Case) -> str:
    return "pixi (strict channel priority)" if case.is_strict else case.installer


def _installs(found: Bisection, name: str) -> str:
    if not any(case.targets for case in found.asked):
        return f"Nothing was asked about {name}: no installer is asked for these targets."
    tools = listed([f"with {_tool(case)} {in_words(case.targets, case.targets)}" for case in found.asked])
    tools += " without a build from source" if found.builds else ""
    return f"{name} installs {tools} as of {day_words(found.bad)}, so there is no day to look for."


def _where(case: Case, found: Bisection) -> str:
    """Return with what, and on which machines."""
    among = next(one.targets for one in found.asked if one.installer == case.installer)
    how = " without a build from source" if found.builds and case.installer == PIP else ""
    return f"with {_tool(case)} {in_words(case.targets, among, negative=True)}{how}"


def _failure(one: FirstFailure, name: str, where: str) -> str:
    since = f"{name} no longer installs {where} since {day_words(one.day)}"
    if not one.releases:
        return f"{since}. Which release of that day is the reason is not known."
    them = "them" if len(one.releases) > 1 else "it"
    return f"{since}, because of {_releases(one.releases)} of that day: without {them}, the list installs."


def _releases(releases: Sequence[ReleaseName]) -> str:
    names = [f"{release.name} {release.version}" for release in releases]
    more = len(names) - _MOST_RELEASES
    return listed(names if more < 1 else [*names[:_MOST_RELEASES], f"{more} more release{'s' if more > 1 else ''}"])


def _undecided(one: Undecided, name: str, where: str) -> str:
    if one.reason is None:
        return (
            f"{name} does not install {where}, and did not on any day that was tried, back to {_day(one.bad)}. "
            "Perhaps it never did: what was removed or withdrawn since then cannot be seen."
        )
    between = ""
    if one.good:
        between = f" between {day_words(one.good)} and {_day(one.bad)}"
    elif one.bad:
        between = f" before {day_words(one.bad)}"
    source = "the package index" if one.case.installer == PIP else "a channel"
    return f"Whether {name} installs {where} is not known{between}: {source} {one.reason}."


def _day(day: datetime.date | None) -> str:
    return day_words(day) if day else "today"
