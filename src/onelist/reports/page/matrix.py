"""The matrix of the page: requirement by channel, which opens to platform by Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.availability import newest_found
from onelist.core.installers import MACHINE, PIP
from onelist.core.model import PLAIN_LISTS
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.core.targets import PLATFORMS, in_words, python_words
from onelist.reports.page.states import PageState, state_of, together
from onelist.reports.table import cell, meanings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target


class Cell(NamedTuple):
    """One cell.

    Attributes:
        state: What it says.
        text: The version, or why not, in a few words; ``""`` where the state says all.
        since: The day on which that version appeared, as ``2026-11-27``; ``""`` where it is not known.
        is_partly: Whether pip builds it from source for some targets only.
    """

    state: PageState
    text: str = ""
    since: str = ""
    is_partly: bool = False


class ChannelDetail(NamedTuple):
    """What one channel has of one requirement, for each platform and Python.

    Attributes:
        channel: The channel; ``pip`` for the index.
        name: The name of the requirement there.
        pythons: The heads of the columns.
        rows: The words of each platform, and a cell for each Python.
        notes: Why it is absent or unknown, or what else to know, each with the targets.
    """

    channel: str
    name: str
    pythons: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    notes: tuple[str, ...]


class MatrixRow(NamedTuple):
    """One requirement.

    Attributes:
        text: The requirement as written.
        name: Its name as written.
        key: The list that has it, where that says who gets it; ``""`` for ``requirements``.
        cells: A cell for each channel.
        states: The states of the cells, each once.
        details: What each channel has of it.
    """

    text: str
    name: str
    key: str
    cells: tuple[Cell, ...]
    states: tuple[str, ...]
    details: tuple[ChannelDetail, ...]


class Matrix(NamedTuple):
    """All requirements.

    Attributes:
        columns: The channels.
        rows: The requirements, in the order of the list.
        states: The states that a cell has, in the order of importance.
        meanings: What the words in the cells mean, where they need it.
    """

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    states: tuple[PageState, ...]
    meanings: tuple[str, ...]


def matrix(availability: ListAvailability) -> Matrix:
    """Return what each channel has of each requirement."""
    columns = columns_of(availability)
    rows = tuple(_row(entry, columns, availability.targets) for entry in availability.requirements)
    used = {state for row in rows for state in row.states}
    texts = [[row.text, *(one.text for one in row.cells)] for row in rows]
    return Matrix(
        columns=columns,
        rows=rows,
        states=tuple(state for state in PageState if state.value in used),
        meanings=tuple(text for text in meanings([[], *texts]) if "onelist explain" not in text),  # a row opens
    )


def columns_of(availability: ListAvailability) -> tuple[str, ...]:
    """Return who answers about requirements: the index, each channel, and the machine if there are virtual packages."""
    asked = [*([PIP] if availability.lookup.facts.indexes else []), *availability.channels]
    machine = [MACHINE] if any(answer.channel == MACHINE for answer in availability.answers) else []
    return (*asked, *machine)


def state_of_answers(statuses: Sequence[Status]) -> PageState:
    """Return one state for the answers about all targets."""
    return together({state_of(status) for status in _counted(statuses)})


def _counted(statuses: Sequence[Status]) -> Sequence[Status]:
    """Return those answers that count: where there is no Python, a finding says so once, not for each requirement."""
    return [status for status in statuses if not _has_no_python(status)] or statuses


def _row(entry: ListedRequirement, columns: Sequence[str], among: Sequence[Target]) -> MatrixRow:
    item = entry.requirement
    cells = tuple(_summary(entry, column) for column in columns)
    return MatrixRow(
        text=item.text,
        name=item.written_name,
        key="" if item.key == "requirements" else item.key if item.key in PLAIN_LISTS else f"extra {_extra(item.key)}",
        cells=cells,
        states=tuple(dict.fromkeys(one.state.value for one in cells)),
        details=tuple(_detail(answers, among) for column in columns if (answers := entry.answers_of(column))),
    )


def _extra(key: str) -> str:
    return key.removesuffix("_requirements")


def _summary(entry: ListedRequirement, column: str) -> Cell:
    answers = entry.answers_of(column)
    statuses = [answer.status for answer in answers]
    text = cell(entry, column)
    states = {state_of(status) for status in _counted(statuses)}
    state = together(states)
    return Cell(
        state=state,
        text="" if text == "-" else text,
        since=_since(statuses, pip=column == PIP),
        is_partly=state is PageState.SOURCE and len(states) > 1,
    )


def _has_no_python(status: Status) -> bool:
    """Tell whether there is no Python for a target."""
    return isinstance(status, Absent) and status.cause is Cause.NO_TARGET


def _since(statuses: Sequence[Status], *, pip: bool) -> str:
    """Return the first day of the newest version among some answers."""
    found = [status for status in statuses if isinstance(status, Found)]
    newest = newest_found(found, pip=pip)
    days = [status.since for status in found if status.since and status.version == newest]
    return f"{min(days)}" if days else ""


def _detail(answers: Sequence[Availability], among: Sequence[Target]) -> ChannelDetail:
    by_target = {answer.target: answer.status for answer in answers}
    pythons = sorted({target.python for target in among})
    platforms = list(dict.fromkeys(target.platform for target in among))
    rows = []
    for platform in platforms:
        statuses = [by_target.get(target) for target in among if target.platform == platform]
        rows.append((PLATFORMS[platform].words, tuple(map(_target_cell, statuses))))
    return ChannelDetail(
        channel=answers[0].channel,
        name=answers[0].name,
        pythons=tuple(map(python_words, pythons)),
        rows=tuple(rows),
        notes=tuple(_notes(answers, among)),
    )


def _target_cell(status: Status | None) -> Cell:
    return Cell(state_of(status), status.version if isinstance(status, Found) else "")


def _notes(answers: Sequence[Availability], among: Sequence[Target]) -> Iterator[str]:
    """Yield each reason once, with the targets that it is about."""
    reasons: dict[tuple[str, bool], list[Target]] = {}
    for answer in answers:
        match answer.status:
            case Found(note=str(note)):
                reasons.setdefault((note, False), []).append(answer.target)
            case Absent(reason=reason) | Unknown(reason=reason):
                reasons.setdefault((f"{answer.channel} {reason}", True), []).append(answer.target)
            case _:
                pass
    for (reason, negative), targets in reasons.items():
        where = in_words(targets, among, negative=negative)
        yield f"{where[0].upper()}{where[1:]}: {reason}."
