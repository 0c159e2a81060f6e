"""What there is to say of one requirement, in sentences: where it is listed, what it is called, who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.analysis.providers import find_provider, is_trusted
from onelist.analysis.queries import Role
from onelist.core.model import Requirement
from onelist.core.status import PIP, Absent, Found, Unknown
from onelist.core.targets import in_words, listed
from onelist.core.text import printable
from onelist.reports.table import ages, heading
from onelist.sources.faults import SourceError
from onelist.translation import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.queries import CondaQuery
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a story is about.

    Attributes:
        settings: The list.
        entry: The requirement, with its names.
        is_listed: Whether the list has it; else it is told as if it stood in ``requirements``.
        availability: The answers.
        findings: What a check finds about it.
    """

    settings: Settings
    entry: ListedRequirement
    is_listed: bool
    availability: ListAvailability
    findings: tuple[Finding, ...]


def story_text(telling: Explanation) -> str:
    """Return the story as lines of text."""
    lines = [
        *_place(telling),
        *_names(telling),
        "",
        heading(telling.availability.targets),
        *_channels(telling),
        "",
        *_who(telling),
        "",
        *_advice(telling),
        *ages(telling.availability),
    ]
    return "\n".join(map(printable, lines)) + "\n"


def _place(telling: Explanation) -> Iterator[str]:
    item, file = telling.entry.requirement, telling.settings.source.file
    if not telling.is_listed:
        yield f"{item.name} is not listed in {file}."
        return
    who = {
        "requirements": "for pip and conda",
        "pip_requirements": "for pip alone",
        "conda_requirements": "for conda alone",
    }
    extra = item.key.removesuffix("_requirements")
    whom = who.get(item.key, f"for those who ask pip for {telling.settings.name}[{extra}]")
    yield f"{file}:{item.span.line}:{item.span.column} lists {item.text} in {item.key}: {whom}."


def _names(telling: Explanation) -> Iterator[str]:
    """Yield what it is called on each side and who says so; traps are named."""
    entry = telling.entry
    if entry.query.pip:
        yield f"On the package index it is called {entry.query.pip.name}."
    conda = entry.query.conda
    if conda is None:
        if isinstance(entry.requirement, Requirement):
            yield "conda has no part in it."
        return
    if not isinstance(entry.requirement, Requirement):
        yield f"On conda it is called {conda.name}: names in conda_requirements are conda's own."
        return
    yield f"On conda it is looked for as {conda.name}: {_origin(telling, entry.requirement, conda)}"


def _origin(telling: Explanation, item: Requirement, conda: CondaQuery) -> str:
    entry = names.table().get(item.name)
    match conda.origin:
        case names.Origin.USER:
            span = telling.settings.spans.get("conda_names")
            own = item.name in telling.settings.conda_names
            return f"conda_names says so (line {span.line})." if span and own else "the list itself says so."
        case names.Origin.TABLE:
            note = f"; {entry.note}" if entry and entry.note else ""
            return f"onelist's table of names, of {names.table_date()}, says so{note}."
        case names.Origin.SAME:
            if entry and entry.conda == "-":
                return f"the same name, although conda-forge had no such package in {names.table_date()}."
            return "the same name, for the table of names knows no other."


def _channels(telling: Explanation) -> Iterator[str]:
    availability, entry = telling.availability, telling.entry
    if entry.query.pip:
        indexes = availability.lookup.facts.indexes
        yield f"  The package index{'es' if len(indexes) > 1 else ''} ({listed([index.label for index in indexes])}):"
        yield from _states(entry.answers_of(PIP))
    elif isinstance(entry.requirement, Requirement):
        yield "  pip installs it from its address, and no index is asked."
    for channel in availability.channels if entry.query.conda else ():
        yield f"  {channel}{_doubt(telling, channel)}:"
        yield from _states(entry.answers_of(channel))
    if claim := find_provider(availability, entry):
        yield f"  {claim.channel} has it under another name: {claim.name}."


def _doubt(telling: Explanation, channel: str) -> str:
    conda = telling.entry.query.conda
    found = any(isinstance(answer.status, Found) for answer in telling.entry.answers_of(channel))
    if conda is None or not found or not isinstance(telling.entry.requirement, Requirement):
        return ""
    trusted = is_trusted(telling.availability, channel, conda)
    return "" if trusted else f" (careful: {conda.name} there does not depend on Python, so it may be something else)"


def _states(answers: Sequence[Availability]) -> Iterator[str]:
    groups: dict[Status, list[Target]] = {}
    for answer in answers:
        groups.setdefault(answer.status, []).append(answer.target)
    among = [answer.target for answer in answers]
    if not answers:
        yield "    nobody asks for it: its marker holds on none of these machines"
    for status, targets in groups.items():
        yield f"    {in_words(targets, among)}: {_state(status)}"


def _state(status: Status) -> str:
    match status:
        case Found(version=version, since=since, note=note):
            day = f", there since {since}" if since else ""
            return f"{version}{day}" + (f" ({note})" if note else "")
        case Absent(reason=reason):
            return reason
        case Unknown(reason=reason):
            return f"unknown: it {reason}"


def _who(telling: Explanation) -> Iterator[str]:
    """Yield who gets it with either line, and who does not."""
    entry, availability, name = telling.entry, telling.availability, telling.settings.name
    would = "" if telling.is_listed else "would "
    if entry.query.pip and entry.query.pip.role is Role.DIRECT and isinstance(entry.requirement, Requirement):
        states = {answer.target: answer.status for answer in entry.answers_of(PIP)}
        extra = entry.requirement.key.removesuffix("_requirements")
        extra = "" if entry.requirement.key in {"requirements", "pip_requirements"} else f"[{extra}]"
        yield f"With pip install {name}{extra}: {_gets(states, would)}"
    elif entry.query.pip is None and isinstance(entry.requirement, Requirement):
        yield f"With pip install {name}: whoever can reach that address."
    else:
        yield f"With pip install {name}: nobody gets it, since the list has it for conda alone."
    if not availability.channels:
        return
    line = f"With mamba install {' '.join(f'-c {channel}' for channel in availability.channels)} {name}"
    if entry.query.conda is None or entry.query.conda.role is Role.NOT_INCLUDED:
        refused = entry.requirement.key == "requirements"
        why = "conda cannot carry it as it is written" if refused else "the list has it for pip alone"
        yield f"{line}: nobody gets it, since {why}."
        return
    priority_results = availability.priority_results(entry)
    yield f"{line}: {_gets({result.target: result.status for result in priority_results}, would)}"
    for result in priority_results:
        if result.hidden and result.channel:
            yield f"  {result.channel} comes first and hides that {result.hidden.channel} has more to offer."
            break


def _gets(states: dict[Target, Status], would: str) -> str:
    """Return who gets something, from what is known of each target."""
    among = list(states)
    parts = []
    for kind, of_all, of_some in (
        (Found, f"everybody {would or ''}gets it", f"those {{}} {would}get it"),
        (Absent, f"nobody {would or ''}gets it", f"those {{}} {'would' if would else 'do'} not"),
        (Unknown, "it is not known who gets it", "of those {} it is not known"),
    ):
        some = [target for target, status in states.items() if isinstance(status, kind)]
        if some:
            parts.append(of_all if len(some) == len(among) else of_some.format(in_words(some, among)))
    text = "; ".join(parts) or "nobody asks for it, for its marker holds nowhere"
    return text.replace("would gets", "would get") + "."


def _advice(telling: Explanation) -> Iterator[str]:
    """Yield the findings with their edits; for something that is not listed, whether and where to list it."""
    for finding in telling.findings:
        yield f"{finding.severity} {finding.code}: {finding.message}"
        if finding.hint:
            yield f"    {finding.hint}"
    if not telling.is_listed:
        yield _should_be_added(telling)
    elif not telling.findings:
        yield "There is nothing to mend."


def _should_be_added(telling: Explanation) -> str:
    entry, availability = telling.entry, telling.availability
    item = entry.requirement.name
    states = [answer.status for answer in entry.answers_of(PIP)]
    conda = [result.status for result in availability.priority_results(entry)] if availability.channels else []
    if any(isinstance(status, Unknown) for status in [*states, *conda]):
        return "Should you add it? That cannot be said before all have answered."
    by_pip = any(isinstance(status, Found) for status in states)
    by_conda = any(isinstance(status, Found) for status in conda)
    claim = find_provider(availability, entry)
    if by_pip and claim:
        return f"Should you add it? Yes: {item} in requirements, and {item}={claim.name} in conda_names."
    if by_pip and by_conda:
        return f"Should you add it? Yes: write {item} in requirements, and both sides get it."
    if by_pip:
        return f"Should you add it? If the course needs it, write {item} in pip_requirements: conda users go without."
    if by_conda and entry.query.conda:
        return f"Should you add it? If it is what you mean, write {entry.query.conda.name} in conda_requirements."
    return "Should you add it? No: nobody could install the list any more. Look at the spelling."


def has_unknown(telling: Explanation) -> bool:
    """Tell whether anything about the requirement could not be found out."""
    answers = telling.availability.answers
    faults = any(
        isinstance(channel.error, SourceError) for channel in telling.availability.lookup.facts.channels.values()
    )
    return faults or any(isinstance(answer.status, Unknown) for answer in answers)
