"""What one list is judged by: its questions, their answers, and what these come to for whoever installs it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from onelist.answers import Absent, Cause, Found, Unknown
from onelist.targets import targets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from onelist.answers import Answer, State
    from onelist.availability import Availability
    from onelist.model import Settings, Span
    from onelist.questions import Question
    from onelist.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What ``mamba install`` comes to for one requirement on one target, all channels taken together.

    With strict channel priority, which mamba has and conda-forge recommends, the first channel that has a name at all
    is the only one from which it is taken (https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/
    manage-channels.html).

    Attributes:
        target: The machine.
        state: The answer.
        channel: Which channel decided; None when no channel has the name.
        hidden: What a later channel has and nobody gets: something that fits, or something newer; None for nothing.
    """

    target: Target
    state: State
    channel: str | None
    hidden: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Questions and answers of one list.

    Attributes:
        asked: The questions.
        answers: Every answer.
        channels: The conda channels in the order of the install line.
        among: All targets of the list.
        availability: Where the answers come from, for what lies behind them.
        own_name: The conda name of the list's own package.
    """

    asked: tuple[Question, ...]
    answers: tuple[Answer, ...]
    channels: tuple[str, ...]
    among: tuple[Target, ...]
    availability: Availability
    own_name: str

    def of(self, question: Question, channel: str) -> Sequence[Answer]:
        """Return the answers of one channel (or ``pip``) to one question, in the order of the targets."""
        return self._by_place.get((question.requirement.span, channel), ())

    def verdicts(self, question: Question) -> tuple[Verdict, ...]:
        """Return what conda users get of one requirement, for each target."""
        columns = [self.of(question, channel) for channel in self.channels]
        return tuple(_verdict(row) for row in zip(*columns, strict=True))

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out."""
        return any(isinstance(answer.state, Unknown) for answer in self.answers)

    @cached_property
    def _by_place(self) -> Mapping[tuple[Span, str], list[Answer]]:
        found: dict[tuple[Span, str], list[Answer]] = {}
        for answer in self.answers:
            found.setdefault((answer.requirement.span, answer.channel), []).append(answer)
        return found


def weigh(
    settings: Settings, asked: Sequence[Question], own_name: str, availability: Availability, channels: Sequence[str]
) -> Evidence:
    """Put together what one list is judged by.

    Args:
        settings: The list.
        asked: Its questions.
        own_name: The conda name of its own package.
        availability: The answers.
        channels: The channels that the call names; empty for those of the list.

    Returns:
        The evidence.
    """
    line = tuple(dict.fromkeys(channels)) or settings.conda_channels
    among = targets(settings.platforms, settings.min_python)
    return Evidence(
        asked=tuple(asked),
        answers=availability.answers(asked, line, among),
        channels=line,
        among=among,
        availability=availability,
        own_name=own_name,
    )


def _verdict(row: Sequence[Answer]) -> Verdict:
    """Put the answers of all channels for one target together."""
    for position, answer in enumerate(row):
        if isinstance(answer.state, Absent) and answer.state.cause is Cause.NO_NAME:
            continue
        decided = not isinstance(answer.state, Unknown)
        return Verdict(
            target=answer.target,
            state=answer.state,
            channel=answer.channel,
            hidden=_hidden(answer.state, row[position + 1 :]) if decided else None,
        )
    state = Absent(cause=Cause.NO_NAME, reason=f"has nothing named {row[0].name}")
    return Verdict(target=row[0].target, state=state, channel=None)


def _hidden(state: State, later: Iterable[Answer]) -> Answer | None:
    found = [answer for answer in later if isinstance(answer.state, Found)]
    if not isinstance(state, Found):
        return next(iter(found), None)
    return next((answer for answer in found if is_newer(answer.state, state)), None)


def is_newer(state: State, than: State) -> bool:
    """Tell whether a conda channel's answer is a newer version than another's."""
    if not (isinstance(state, Found) and isinstance(than, Found)) or state.version == than.version:
        return False
    from onelist.channels import gateway

    return gateway.newest_first([state.version, than.version])[0] == state.version


def newest_found(states: Iterable[State], *, pip: bool) -> str | None:
    """Return the newest version among answers; None when none of them found anything."""
    versions = {state.version for state in states if isinstance(state, Found)}
    return newest_of(versions, pip=pip) if versions else None


def newest_of(versions: Collection[str], *, pip: bool) -> str:
    """Return the newest of some versions, at least one, as pip (PEP 440) or conda orders them."""
    if len(versions) == 1:
        return next(iter(versions))
    if pip:
        from packaging.version import Version

        return max(versions, key=Version)
    from onelist.channels import gateway

    return gateway.newest_first(versions)[0]
