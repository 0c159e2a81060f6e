"""What has changed since the last look, and since which day something fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.rules import RULES
from onelist.core.targets import PLATFORMS, Target, in_words, listed, python_words
from onelist.reports.page.headline import day_words
from onelist.reports.page.states import PageState

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from onelist.reports.page.looks import CellLook, ListLook, Look

_INSTALLS = frozenset({PageState.FOUND, PageState.SOURCE})
MOST_LOOKS = 60
"""How many earlier looks the page compares."""
MOST_CHANGES = 300
"""How many of their changes it shows, about; each has less than 200 bytes."""
_RANK = {PageState.ABSENT: 0, PageState.PART: 1, PageState.SOURCE: 2, PageState.FOUND: 3}
"""How good a state is; what is not in it is neither better nor worse."""


class Change(NamedTuple):
    """One change.

    Attributes:
        state: Its colour and sign: found for better, absent for worse, not asked for neither.
        word: The same in a word.
        text: The change as a sentence.
    """

    state: PageState
    word: str
    text: str


class EarlierLook(NamedTuple):
    """What an earlier look found that the one before it had not.

    Attributes:
        time: When it was.
        items: The changes, the bad ones first.
    """

    time: datetime.datetime
    items: tuple[Change, ...]


class Changes(NamedTuple):
    """What has changed.

    Attributes:
        last: The time of the last look; None if this is the first one.
        items: The changes, the bad ones first.
        still: What fails, and since which day.
        earlier: The looks before at which something had changed, the latest first.
        back_to: The time since which these are all; None where there is no look before the last one.
    """

    last: datetime.datetime | None
    items: tuple[Change, ...]
    still: tuple[str, ...]
    earlier: tuple[EarlierLook, ...] = ()
    back_to: datetime.datetime | None = None


def changes(history: Sequence[Look], now: ListLook) -> Changes:
    """Return what has changed since the last look at a list.

    What was unknown at an earlier look does not count: the look before that is compared.

    Args:
        history: The earlier runs, the oldest first.
        now: What the check found.
    """
    looks = [(look.time, one) for look in history if (one := look.of(now.name))]
    if not looks:
        return Changes(None, (), ())
    earlier: list[EarlierLook] = []
    back_to, left = None, MOST_CHANGES
    for place in range(len(looks) - 1, max(len(looks) - MOST_LOOKS, 0), -1):
        if left <= 0:
            break
        (time, one), back_to = looks[place], looks[place - 1][0]
        if items := _items([before for _, before in looks[:place]], one):
            earlier.append(EarlierLook(time, items))
            left -= len(items)
    items = _items([one for _, one in looks], now)
    return Changes(looks[-1][0], items, tuple(_still(looks, now)), tuple(earlier), back_to)


def _items(lists: Sequence[ListLook], now: ListLook) -> tuple[Change, ...]:
    """Return what one look found that the ones before it had not, the bad changes first."""
    found = [*_installs(lists, now), *_cells(lists, now), *_listed(lists[-1], now), *_findings(lists, now)]
    order = ["worse", "better", "other"]
    return tuple(sorted(found, key=lambda one: order.index(one.word)))


def _worse(text: str) -> Change:
    return Change(PageState.ABSENT, "worse", text)


def _better(text: str) -> Change:
    return Change(PageState.FOUND, "better", text)


def _other(text: str) -> Change:
    return Change(PageState.UNASKED, "other", text)


def _installs(lists: Sequence[ListLook], now: ListLook) -> Iterator[Change]:
    """Yield for which targets the list installs now and did not, or the other way round."""
    broken: dict[str, list[Target]] = {}
    fixed: dict[str, list[Target]] = {}
    for (installer, text), look in now.installs.items():
        earlier = (one.installs[installer, text].state for one in reversed(lists) if (installer, text) in one.installs)
        before = next((state for state in earlier if state in _RANK), None)
        target = _target(text)
        if target and before in _INSTALLS and look.state is PageState.ABSENT:
            broken.setdefault(installer, []).append(target)
        elif target and before is PageState.ABSENT and look.state in _INSTALLS:
            fixed.setdefault(installer, []).append(target)
    for installer, targets in broken.items():
        yield _worse(f"The list no longer installs with {installer} {_where(targets, installer, now)}.")
    for installer, targets in fixed.items():
        yield _better(f"The list now installs with {installer} {_where(targets, installer, now)}.")


def _where(targets: Sequence[Target], installer: str, now: ListLook) -> str:
    among = [target for tool, text in now.installs if tool == installer and (target := _target(text))]
    return in_words(targets, among, negative=False)


def _target(text: str) -> Target | None:
    """Return the target of a text such as ``linux-64/3.12``; None for another text."""
    match = re.fullmatch(r"([\w-]+)/3\.(\d{1,3})", text)
    return Target(platform=match[1], python=(3, int(match[2]))) if match and match[1] in PLATFORMS else None


def _cells(lists: Sequence[ListLook], now: ListLook) -> Iterator[Change]:
    """Yield what appeared, vanished, or has another version on a channel."""
    for key, cell in now.cells.items():
        earlier = (one.cells[key] for one in reversed(lists) if key in one.cells)
        before = next((one for one in earlier if one.state in _RANK), None)
        if before and cell.state in _RANK and (change := _cell(*key, before, cell)):
            yield change


def _cell(requirement: str, channel: str, before: CellLook, cell: CellLook) -> Change | None:
    """Return the change of one requirement on one channel; None for none."""
    version = f" ({cell.version})" if cell.version else ""
    if cell.state is before.state:
        if cell.version == before.version:
            return None
        return _other(f"{requirement} on {channel}: {cell.version}, before {before.version}.")
    if before.state is PageState.ABSENT:
        return _better(f"{requirement} appeared on {channel}{version}.")
    if cell.state is PageState.ABSENT:
        return _worse(f"{requirement} vanished from {channel}; the last version was {before.version}.")
    text = f"{requirement} on {channel}{version}: {cell.state.words}, before {before.state.words}."
    return _better(text) if _RANK[cell.state] > _RANK[before.state] else _worse(text)


def _listed(last: ListLook, now: ListLook) -> Iterator[Change]:
    """Yield which requirements the list has now and had not, or the other way round."""
    names, before = ({requirement: 0 for requirement, _ in one.cells} for one in (now, last))
    if names and before:
        yield from (_other(f"{name} is new in the list.") for name in names if name not in before)
        yield from (_other(f"{name} is no longer in the list.") for name in before if name not in names)
    targets, earlier = ([target for _, text in one.installs if (target := _target(text))] for one in (now, last))
    if targets and earlier:
        yield from (_other(f"{words}: checked now.") for words in _sorts(targets) if words not in _sorts(earlier))
        yield from (_other(f"{words}: no longer checked.") for words in _sorts(earlier) if words not in _sorts(targets))
    if last.version != now.version:
        yield _other(f"The version of the list is {now.version}, before {last.version}.")


def _sorts(targets: Sequence[Target]) -> dict[str, None]:
    """Return the platforms and the Pythons of targets in words, in their order."""
    platforms = (PLATFORMS[target.platform].words for target in targets)
    pythons = (f"Python {python_words(python)}" for python in sorted({target.python for target in targets}))
    return dict.fromkeys((*platforms, *pythons))


def _findings(lists: Sequence[ListLook], now: ListLook) -> Iterator[Change]:
    """Yield which findings are new, and which are gone; compared with the last look that asked the same sources."""
    asked = (bool(now.cells), bool(now.installs))
    before = next((one for one in reversed(lists) if (bool(one.cells), bool(one.installs)) == asked), None)
    if before is None:
        return
    yield from (_worse(f"New: {text}.") for text in _by_code(now.findings - before.findings))
    yield from (_better(f"Gone: {text}.") for text in _by_code(before.findings - now.findings))


def _by_code(findings: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Yield each code with the title of its rule, and the requirements that its findings are about."""
    for code in sorted({code for code, _ in findings}):
        about = sorted(requirement for other, requirement in findings if other == code and requirement)
        title = f" ({RULES[code].title})" if code in RULES else ""
        yield f"finding {code}{title}{f': {listed(about)}' if about else ''}"


def _still(looks: Sequence[tuple[datetime.datetime, ListLook]], now: ListLook) -> Iterator[str]:
    """Yield where the list fails now and failed before, and since which day."""
    since: dict[tuple[str, str], list[Target]] = {}
    for (installer, text), look in now.installs.items():
        target = _target(text)
        if target and look.state is PageState.ABSENT and (words := _since(looks, (installer, text))):
            since.setdefault((installer, words), []).append(target)
    for (installer, words), targets in since.items():
        yield f"with {installer} {_where(targets, installer, now)}: fails since {words}"


def _since(looks: Sequence[tuple[datetime.datetime, ListLook]], key: tuple[str, str]) -> str:
    """Return the day of the first of those looks up to now that all saw a failure; ``""`` if the last one did not."""
    known = [(time, one.installs[key].state) for time, one in looks if key in one.installs]
    known = [(time, state) for time, state in known if state in _RANK]
    first = None
    for time, state in reversed(known):
        if state is not PageState.ABSENT:
            return day_words(first) if first else ""
        first = time
    return f"{day_words(first)} or earlier" if first else ""
