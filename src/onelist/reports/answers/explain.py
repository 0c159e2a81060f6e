"""What is known about one requirement, in sentences: its place, its names, where it is available, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.placement import PLACES, find_placement, is_found_everywhere, is_refused
from onelist.analysis.providers import find_provider, is_trusted
from onelist.analysis.queries import Role
from onelist.analysis.resolving.verdict import Verdict, verdict
from onelist.core.findings import Severity
from onelist.core.installers import CONDA, INSTALLERS, MACHINE, PIP
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.core.targets import in_words, listed
from onelist.reports.lines import STYLES, Piece, Style, answer_line, line
from onelist.reports.table import ages, heading
from onelist.sources.faults import SourceError
from onelist.translation import names
from onelist.translation.outcomes import MarkerNeverTrue, Untranslatable
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.placement import Placement
    from onelist.analysis.queries import CondaQuery
    from onelist.core.findings import Finding
    from onelist.core.model import CondaRequirement, Settings
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target
    from onelist.reports.lines import Line

_NEVER_INSTALLED = "its marker is false on all of these platforms and Pythons"
_USERS = {
    "requirements": "for pip and conda",
    "pip_requirements": "only for pip",
    "conda_requirements": "only for conda",
}
"""Who gets the items of each list."""
_VERBS = {
    Verdict.INSTALLS: ("finds it", "would find it"),
    Verdict.BUILDS: ("finds it and builds it from source", "would find it and build it from source"),
    Verdict.FAILS: ("cannot install it", "could not install it"),
    Verdict.UNKNOWN: ("unknown", "unknown"),
}
"""What an installer does with a requirement that the list has, and with another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known about one requirement.

    Attributes:
        settings: The list.
        entry: The requirement, with its names and answers.
        is_listed: Whether the list has it; if not, it is explained as an item of ``requirements``.
        similar: The items of the list with the same name but another extra, version or marker, where it is not listed.
        availability: The answers for the list.
        findings: The findings of a check about it.
    """

    settings: Settings
    entry: ListedRequirement
    is_listed: bool
    availability: ListAvailability
    findings: tuple[Finding, ...]
    similar: tuple[Requirement | CondaRequirement, ...] = ()


def story_lines(explanation: Explanation) -> Iterator[Line]:
    """Yield an explanation as lines."""
    for part in (_place(explanation), _names(explanation)):
        yield from map(_line, part)
    yield line()
    yield line(Piece(heading(explanation.availability.targets), Style.HEAD))
    for part in (_channels(explanation), installs(explanation)):
        yield from map(_line, part)
        yield line()
    yield from _advice(explanation)
    yield from map(_line, ages(explanation.availability))


def _line(text: str) -> Line:
    """Return a line; on a narrow terminal, its rest is indented by two columns more."""
    return line(text, indent=len(text) - len(text.lstrip(" ")) + 2)


def _place(explanation: Explanation) -> Iterator[str]:
    item, file = explanation.entry.requirement, explanation.settings.source.file
    if not explanation.is_listed:
        others = [f"line {other.span.line} lists {other.text} in {other.key}" for other in explanation.similar]
        yield f"{item.text} is not listed in {file}{'; ' if others else ''}{listed(others) if others else ''}."
        return
    users = users_of(item, explanation.settings)
    yield f"{file}:{item.span.line}:{item.span.column} lists {item.text} in {item.key}: {users}."


def users_of(item: Requirement | CondaRequirement, settings: Settings) -> str:
    """Return who gets an item of a list."""
    extra = item.key.removesuffix("_requirements")
    key = item.key if settings.has_conda or item.key != "requirements" else "pip_requirements"
    return _USERS.get(key, f"only for pip install {settings.name}[{extra}]")


def _names(explanation: Explanation) -> Iterator[str]:
    """Yield its name on each side, and where the conda name comes from."""
    item, query = explanation.entry.requirement, explanation.entry.query
    if query.pip:
        yield f"Its name on the package index is {query.pip.name}."
    if not explanation.settings.has_conda:
        yield "Only pip installs the list: conda_channels is none."
    elif query.conda is None:
        yield "conda does not install it."
    elif isinstance(item, Requirement):
        yield f"Its name on conda is {query.conda.name}: {_origin(explanation, item, query.conda)}"
    else:
        yield f"Its name on conda is {query.conda.name}: conda_requirements holds conda names."


def _origin(explanation: Explanation, item: Requirement, conda: CondaQuery) -> str:
    known = names.table_entry(item.name)
    match conda.origin:
        case names.Origin.USER:
            span = explanation.settings.spans.get("conda_names")
            own = item.name in explanation.settings.conda_names
            return f"conda_names says so (line {span.line})." if span and own else "the list itself says so."
        case names.Origin.TABLE:
            note = f"; {known.note}" if known and known.note else ""
            return f"onelist's table of names of {names.table_date()} says so{note}."
        case names.Origin.SAME:
            if canonicalize_name(conda.name) != item.name:
                return "conda_requirements lists it under this name."
            if known and known.conda == "-":
                return f"the same name, although conda-forge had no such package in {names.table_date()}."
            return "the same name, because the table of names has no other."


def _channels(explanation: Explanation) -> Iterator[str]:
    """Yield what each channel has, for each platform and Python."""
    availability, entry = explanation.availability, explanation.entry
    if entry.query.pip:
        indexes = availability.lookup.facts.indexes
        yield f"  The package index{'es' if len(indexes) > 1 else ''} ({listed([index.label for index in indexes])}):"
        yield from _statuses(entry.answers_of(PIP))
    elif isinstance(entry.requirement, Requirement):
        yield "  pip installs it from its URL and does not look in a package index."
    if entry.query.conda and entry.query.conda.is_virtual:
        yield "  The machine, because it is a virtual package of conda:"
        yield from _statuses(entry.answers_of(MACHINE))
        return
    for channel in availability.channels if entry.query.conda else ():
        yield f"  {channel}{_doubt(explanation, channel)}:"
        yield from _statuses(entry.answers_of(channel))
    if provider := find_provider(availability, entry):
        yield f"  {provider.channel} has it under another name: {provider.name}."


def _doubt(explanation: Explanation, channel: str) -> str:
    entry, conda = explanation.entry, explanation.entry.query.conda
    found = any(isinstance(answer.status, Found) for answer in entry.answers_of(channel))
    if conda is None or not found or not isinstance(entry.requirement, Requirement):
        return ""
    trusted = is_trusted(explanation.availability, channel, conda)
    return "" if trusted else f" (careful: {conda.name} there does not depend on Python; it may be another package)"


def _statuses(answers: Sequence[Availability]) -> Iterator[str]:
    groups: dict[Status, list[Target]] = {}
    for answer in answers:
        groups.setdefault(answer.status, []).append(answer.target)
    among = [answer.target for answer in answers]
    if not answers:
        yield f"    not looked up: {_NEVER_INSTALLED}"
    for status, targets in groups.items():
        yield f"    {in_words(targets, among)}: {_status(status)}"


def _status(status: Status) -> str:
    match status:
        case Found(version=version, since=since, note=note):
            day = f", since {since}" if since else ""
            return f"{version}{day}" + (f" ({note})" if note else "")
        case Absent(reason=reason):
            return reason
        case Unknown(reason=reason):
            return f"unknown: {reason}"


def installs(explanation: Explanation) -> Iterator[str]:
    """Yield what each install command does with the requirement."""
    name = explanation.settings.name
    item = explanation.entry.requirement
    extra = "" if item.key in PLAIN_LISTS else f"[{item.key.removesuffix('_requirements')}]"
    yield f"pip install {name}{extra}: {_pip_installs(explanation)}."
    if explanation.availability.channels:
        channels = " ".join(f"-c {channel}" for channel in explanation.availability.channels)
        yield f"mamba install {channels} {name}: {_conda_installs(explanation)}."
        yield from _hidden(explanation)
    if explanation.is_listed:
        yield "onelist check says whether the whole list can be installed."


def _pip_installs(explanation: Explanation) -> str:
    entry = explanation.entry
    if not isinstance(entry.requirement, Requirement):
        return "does not install it: the list has it only for conda"
    if entry.query.pip is None:
        return "installs it from its URL"
    statuses = {answer.target: answer.status for answer in entry.answers_of(PIP)}
    return _clauses(statuses, is_listed=explanation.is_listed)


def _conda_installs(explanation: Explanation) -> str:
    entry = explanation.entry
    match entry.translation:
        case MarkerNeverTrue():
            return f"does not install it: {_NEVER_INSTALLED}"
        case Untranslatable():
            return "does not install it: conda cannot express the requirement as it is written"
    if entry.query.conda is None or entry.query.conda.role is Role.NOT_INCLUDED:
        return "does not install it: the list has it only for pip"
    results = explanation.availability.priority_results(entry)
    return _clauses({result.target: _for_mamba(result.status) for result in results}, is_listed=explanation.is_listed)


def _for_mamba(status: Status) -> Status:
    """Return what a channel has for mamba, which does not see every version."""
    if isinstance(status, Found) and status.not_for_mamba and status.for_mamba is None:
        return Absent(cause=Cause.NO_BUILD, reason=status.note or "", not_for_mamba=True)
    return status


def _hidden(explanation: Explanation) -> Iterator[str]:
    """Yield that a later channel has more, where conda installs the requirement."""
    query = explanation.entry.query.conda
    if query is None or query.role is Role.NOT_INCLUDED:
        return
    for result in explanation.availability.priority_results(explanation.entry):
        if result.hidden and isinstance(result.hidden.status, Found):
            first, later = result.strict_channel, result.hidden.channel
            who = "conda, mamba and pixi prefer it to" if later != result.channel else "pixi does not look at"
            yield f"  {first} comes before {later} in the channels: {who} {later} with {result.hidden.status.version}."
            return


def _clauses(statuses: Mapping[Target, Status], *, is_listed: bool) -> str:
    """Return what an installer does with a requirement, from the status for each target.

    Its dependencies and the rest of the list are not part of it: "finds" claims no more than the index or channel says.
    """
    among = list(statuses)
    parts = []
    for kind, verb in _VERBS.items():
        targets = [target for target, status in statuses.items() if verdict(status) is kind]
        if targets:
            parts.append(f"{verb[not is_listed]} {in_words(targets, among, negative=kind is Verdict.FAILS)}")
    return "; ".join(parts) or f"does not install it: {_NEVER_INSTALLED}"


def _advice(explanation: Explanation) -> Iterator[Line]:
    """Yield the findings with their hints; for a name that is not listed, whether and where to list it."""
    worst_first = list(Severity)
    for finding in sorted(explanation.findings, key=lambda one: worst_first.index(one.severity)):
        severity = Piece(str(finding.severity), STYLES[finding.severity])
        yield line(severity, " ", Piece(finding.code, Style.CODE), f": {finding.message}", indent=4)
        yield from (line(f"      {text}", indent=6) for text in (finding.detail or "").splitlines())
        if finding.hint:
            yield answer_line(f"    {finding.hint}")
    if not explanation.is_listed:
        others = [other.text for other in explanation.similar]
        question = f"Should you write it instead of {listed(others)}?" if others else "Should you add it?"
        yield line(f"{question} {should_be_added(explanation)}")
    elif not explanation.findings:
        yield line(Piece("Nothing to fix.", Style.GOOD))


def should_be_added(explanation: Explanation) -> str:
    """Return whether and where to list a name that the list does not have, as an answer to "Should you add it?"."""
    entry, availability = explanation.entry, explanation.availability
    pip = [answer.status for answer in entry.answers_of(PIP)]
    conda = [result.status for result in availability.priority_results(entry)]
    if isinstance(entry.translation, MarkerNeverTrue) or (entry.query.pip and not pip):
        return f"No: {_NEVER_INSTALLED}."
    if any(isinstance(status, Unknown) for status in [*pip, *conda]):
        return "Unknown: a package index or channel gave no usable answer."
    if is_refused(entry):
        return _refused(entry)
    if placement := find_placement(entry, availability):
        return _where_to_add(explanation, placement, pip, conda)
    is_unknown_name = all(isinstance(status, Absent) and status.cause is Cause.NO_NAME for status in (*pip, *conda))
    spelling = " Check the spelling." if is_unknown_name else ""
    return f"No: then neither pip nor conda could install the list.{spelling}"


def _where_to_add(
    explanation: Explanation, placement: Placement, pip: Sequence[Status], conda: Sequence[Status]
) -> str:
    """Return in which list a name belongs, as a sentence."""
    write, installers = f"write {placement.text} in {placement.key}", PLACES[placement.key]
    if len(installers) == len(INSTALLERS):
        yes = "Only if the course needs it" if explanation.similar else "Yes"
        if placement.conda_names:
            return f"{yes}: {write}, and {placement.conda_names} in conda_names."
        if not explanation.settings.has_conda:
            return f"{yes}: {write}.{_then(PIP, pip)}"
        everywhere = is_found_everywhere((*pip, *conda))
        where = "" if everywhere else " where the lines above say so"
        return f"{yes}: {write}. Then pip and conda install it{where}."
    if PIP in installers:
        return f"If the course needs it, {write}.{_then(PIP, pip)} The list then does not bring it to conda users."
    return f"If this is the package that you mean, {write}.{_then(CONDA, conda)}"


def _then(installer: str, statuses: Sequence[Status]) -> str:
    """Return a sentence about an installer that does not find a requirement everywhere; ``""`` if it does."""
    everywhere = is_found_everywhere(statuses)
    return "" if everywhere else f" {installer} then installs it where the lines above say so."


def _refused(entry: ListedRequirement) -> str:
    """Return why a project should not be listed, although its name exists."""
    causes = {answer.status.cause for answer in entry.answers_of(PIP) if isinstance(answer.status, Absent)}
    known = refusal(entry.requirement.name)
    if Cause.QUARANTINED in causes or known is None:
        return "No: the package index has locked the project, because it considers it unsafe."
    return f"No: write {known.instead} instead." if known.instead else f"No. {known.note}"


def has_unknown(explanation: Explanation) -> bool:
    """Tell whether a package index or a channel could not answer about the requirement."""
    facts = explanation.availability.lookup.facts
    errors = any(isinstance(channel.error, SourceError) for channel in facts.channels.values())
    return errors or explanation.availability.has_unknown
