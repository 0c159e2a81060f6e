"""Whether the whole list can be installed, in a line or two for each installer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from onelist.answers import PIP, Unknown
from onelist.reports.text import printable
from onelist.resolutions import Clash, Resolved, by_installer
from onelist.targets import in_words, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.model import Settings
    from onelist.resolutions import Resolution, State
    from onelist.targets import Target

_KIND, _TEN = 1000, 10
_UNITS = ("kB", "MB", "GB", "TB")


def whole_text(resolutions: Sequence[Resolution], settings: Settings) -> str:
    """Return which targets the whole list can be installed on.

    Args:
        resolutions: What the resolvers say.
        settings: The list.

    Returns:
        Lines.
    """
    lines = ["The whole list at once:", *(f"  {line}" for line in whole_lines(resolutions, settings))]
    return "\n".join(map(printable, lines)) + "\n"


def whole_lines(resolutions: Sequence[Resolution], settings: Settings) -> list[str]:
    """Return the same without its head: one answer a line."""
    lines: list[str] = []
    for installer, some in by_installer(resolutions):
        lines += [f"with {installer}: {text}" for text in _answers(some)]
        if installer == PIP and (addressed := _addressed(settings)):
            lines.append(f"not asked about: {listed(addressed)}, which pip takes from an address")
    return lines


def _addressed(settings: Settings) -> list[str]:
    items = (*settings.requirements, *settings.pip_requirements)
    return [item.name for item in items if item.pep508.url]


def _answers(some: Sequence[Resolution]) -> Iterator[str]:
    among = [one.target for one in some]
    for kind, words in (
        (Resolved, "can be installed"),
        (Clash, "cannot be installed"),
        (Unknown, "not known"),
    ):
        states: dict[Target, State] = {one.target: one.state for one in some if isinstance(one.state, kind)}
        if states:
            yield f"{words} {in_words(states, among)}{_extent(list(states.values()))}"


def _extent(states: Sequence[State]) -> str:
    """Return how much would be installed."""
    resolved = [state for state in states if isinstance(state, Resolved)]
    if not resolved:
        return ""
    counts = sorted(len(state.chosen) for state in resolved)
    sizes = sorted(state.download for state in resolved if state.download is not None)
    packages = f"{counts[0]} to {counts[-1]}" if counts[0] != counts[-1] else f"{counts[0]}"
    noun = "package" if counts[-1] == 1 else "packages"
    if len(sizes) < len(resolved):
        return f" ({packages} {noun})"
    low, high = size_words(sizes[0]), size_words(sizes[-1])
    return f" ({packages} {noun}, {low if low == high else f'{low} to {high}'} to download)"


def size_words(size: float) -> str:
    """Return a number of bytes for people, for instance ``1.2 GB``."""
    power = min(int(math.log10(max(size, _KIND))) // 3, len(_UNITS))
    size /= _KIND**power
    digits = 1 if size < _TEN else 0
    return f"{size:.{digits}f} {_UNITS[power - 1]}"
