"""What there is to say of one requirement, in sentences: where it is listed, what it is called, who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.analysis.providers import claimant, is_trusted
from onelist.analysis.queries import Role
from onelist.core.model import Requirement
from onelist.core.status import PIP, Absent, Found, Unknown
from onelist.core.targets import in_words, listed
from onelist.core.text import printable
from onelist.reports.table import ages, heading
from onelist.sources.faults import Fault
from onelist.translation import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import Evidence
    from onelist.analysis.queries import CondaQuestion, Question
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.core.status import Answer, State
    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a story is about.

    Attributes:
        settings: The list.
        question: The requirement, with its names.
        is_listed: Whether the list has it; else it is told as if it stood in ``requirements``.
        evidence: The answers.
        findings: What a check finds about it.
    """

    settings: Settings
    question: Question
    is_listed: bool
    evidence: Evidence
    findings: tuple[Finding, ...]


def story_text(telling: Telling) -> str:
    """Return the story as lines of text."""
    lines = [
        *_place(telling),
        *_names(telling),
        "",
        heading(telling.evidence.among),
        *_channels(telling),
        "",
        *_who(telling),
        "",
        *_advice(telling),
        *ages(telling.evidence),
    ]
    return "\n".join(map(printable, lines)) + "\n"


def _place(telling: Telling) -> Iterator[str]:
    item, file = telling.question.requirement, telling.settings.source.file
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


def _names(telling: Telling) -> Iterator[str]:
    """Yield what it is called on each side and who says so; traps are named."""
    question = telling.question
    if question.pip:
        yield f"On the package index it is called {question.pip.name}."
    conda = question.conda
    if conda is None:
        if isinstance(question.requirement, Requirement):
            yield "conda has no part in it."
        return
    if not isinstance(question.requirement, Requirement):
        yield f"On conda it is called {conda.name}: names in conda_requirements are conda's own."
        return
    yield f"On conda it is looked for as {conda.name}: {_origin(telling, question.requirement, conda)}"


def _origin(telling: Telling, item: Requirement, conda: CondaQuestion) -> str:
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


def _channels(telling: Telling) -> Iterator[str]:
    evidence, question = telling.evidence, telling.question
    if question.pip:
        indexes = evidence.availability.facts.indexes
        yield f"  The package index{'es' if len(indexes) > 1 else ''} ({listed([index.label for index in indexes])}):"
        yield from _states(evidence.of(question, PIP))
    elif isinstance(question.requirement, Requirement):
        yield "  pip installs it from its address, and no index is asked."
    for channel in evidence.channels if question.conda else ():
        yield f"  {channel}{_doubt(telling, channel)}:"
        yield from _states(evidence.of(question, channel))
    if claim := claimant(evidence, question):
        yield f"  {claim.channel} has it under another name: {claim.name}."


def _doubt(telling: Telling, channel: str) -> str:
    conda = telling.question.conda
    found = any(isinstance(answer.state, Found) for answer in telling.evidence.of(telling.question, channel))
    if conda is None or not found or not isinstance(telling.question.requirement, Requirement):
        return ""
    trusted = is_trusted(telling.evidence, channel, conda)
    return "" if trusted else f" (careful: {conda.name} there does not depend on Python, so it may be something else)"


def _states(answers: Sequence[Answer]) -> Iterator[str]:
    groups: dict[State, list[Target]] = {}
    for answer in answers:
        groups.setdefault(answer.state, []).append(answer.target)
    among = [answer.target for answer in answers]
    if not answers:
        yield "    nobody asks for it: its marker holds on none of these machines"
    for state, targets in groups.items():
        yield f"    {in_words(targets, among)}: {_state(state)}"


def _state(state: State) -> str:
    match state:
        case Found(version=version, since=since, note=note):
            day = f", there since {since}" if since else ""
            return f"{version}{day}" + (f" ({note})" if note else "")
        case Absent(reason=reason):
            return reason
        case Unknown(reason=reason):
            return f"unknown: it {reason}"


def _who(telling: Telling) -> Iterator[str]:
    """Yield who gets it with either line, and who does not."""
    question, evidence, name = telling.question, telling.evidence, telling.settings.name
    would = "" if telling.is_listed else "would "
    if question.pip and question.pip.role is Role.LISTED and isinstance(question.requirement, Requirement):
        states = {answer.target: answer.state for answer in evidence.of(question, PIP)}
        extra = question.requirement.key.removesuffix("_requirements")
        extra = "" if question.requirement.key in {"requirements", "pip_requirements"} else f"[{extra}]"
        yield f"With pip install {name}{extra}: {_gets(states, would)}"
    elif question.pip is None and isinstance(question.requirement, Requirement):
        yield f"With pip install {name}: whoever can reach that address."
    else:
        yield f"With pip install {name}: nobody gets it, since the list has it for conda alone."
    if not evidence.channels:
        return
    line = f"With mamba install {' '.join(f'-c {channel}' for channel in evidence.channels)} {name}"
    if question.conda is None or question.conda.role is Role.ASIDE:
        refused = question.requirement.key == "requirements"
        why = "conda cannot carry it as it is written" if refused else "the list has it for pip alone"
        yield f"{line}: nobody gets it, since {why}."
        return
    verdicts = evidence.verdicts(question)
    yield f"{line}: {_gets({verdict.target: verdict.state for verdict in verdicts}, would)}"
    for verdict in verdicts:
        if verdict.hidden and verdict.channel:
            yield f"  {verdict.channel} comes first and hides that {verdict.hidden.channel} has more to offer."
            break


def _gets(states: dict[Target, State], would: str) -> str:
    """Return who gets something, from what is known of each target."""
    among = list(states)
    parts = []
    for kind, of_all, of_some in (
        (Found, f"everybody {would or ''}gets it", f"those {{}} {would}get it"),
        (Absent, f"nobody {would or ''}gets it", f"those {{}} {'would' if would else 'do'} not"),
        (Unknown, "it is not known who gets it", "of those {} it is not known"),
    ):
        some = [target for target, state in states.items() if isinstance(state, kind)]
        if some:
            where = in_words(some, among)
            parts.append(of_all if where == "everywhere" else of_some.format(where))
    text = "; ".join(parts) or "nobody asks for it, for its marker holds nowhere"
    return text.replace("would gets", "would get") + "."


def _advice(telling: Telling) -> Iterator[str]:
    """Yield the findings with their edits; for something that is not listed, whether and where to list it."""
    for finding in telling.findings:
        yield f"{finding.severity} {finding.code}: {finding.message}"
        if finding.hint:
            yield f"    {finding.hint}"
    if not telling.is_listed:
        yield _should_be_added(telling)
    elif not telling.findings:
        yield "There is nothing to mend."


def _should_be_added(telling: Telling) -> str:
    question, evidence = telling.question, telling.evidence
    item = question.requirement.name
    states = [answer.state for answer in evidence.of(question, PIP)]
    conda = [verdict.state for verdict in evidence.verdicts(question)] if evidence.channels else []
    if any(isinstance(state, Unknown) for state in [*states, *conda]):
        return "Should you add it? That cannot be said before all have answered."
    by_pip = any(isinstance(state, Found) for state in states)
    by_conda = any(isinstance(state, Found) for state in conda)
    claim = claimant(evidence, question)
    if by_pip and claim:
        return f"Should you add it? Yes: {item} in requirements, and {item}={claim.name} in conda_names."
    if by_pip and by_conda:
        return f"Should you add it? Yes: write {item} in requirements, and both sides get it."
    if by_pip:
        return f"Should you add it? If the course needs it, write {item} in pip_requirements: conda users go without."
    if by_conda and question.conda:
        return f"Should you add it? If it is what you mean, write {question.conda.name} in conda_requirements."
    return "Should you add it? No: nobody could install the list any more. Look at the spelling."


def has_unknown(telling: Telling) -> bool:
    """Tell whether anything about the requirement could not be found out."""
    answers = telling.evidence.answers
    faults = any(isinstance(channel.fault, Fault) for channel in telling.evidence.availability.facts.channels.values())
    return faults or any(isinstance(answer.state, Unknown) for answer in answers)
