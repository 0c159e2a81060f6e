"""An environment marker (PEP 508) -> whether it is true on every platform and Python of a noarch package."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.targets import pythons_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.markers import Marker

_SYSTEMS = (
    {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"},
    {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin"},
    {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"},
)
_BY_SYSTEM = frozenset(_SYSTEMS[0])
_BY_PYTHON = frozenset({"python_version", "python_full_version"})
_PATCHES = ("0", "99")
"""The first and a late patch release of a minor version: a marker may be true for only one of them."""


class MarkerResult(Enum):
    """The result of a marker for a package that is the same on all platforms and Pythons."""

    ALWAYS = "always"
    NEVER = "never"
    BY_SYSTEM = "by operating system"
    BY_PYTHON = "by Python version"
    BY_OTHER = "by something else"


class MarkerEvaluation(NamedTuple):
    """The result of a marker, and the variables in it.

    Attributes:
        result: Whether the marker is true.
        variables: The variables in it, for a message.
    """

    result: MarkerResult
    variables: tuple[str, ...]


def evaluate(marker: Marker, floor: tuple[int, int]) -> MarkerEvaluation:
    """Evaluate a marker on linux, darwin and win32, and for every minor Python from ``floor`` on.

    Args:
        marker: The marker.
        floor: The lowest Python as (major, minor).

    Returns:
        ALWAYS or NEVER when the result is the same for all of them, else what it depends on.
    """
    variables = _variables(marker)
    if set(variables) - _BY_SYSTEM - _BY_PYTHON - {"extra"}:
        return MarkerEvaluation(result=MarkerResult.BY_OTHER, variables=variables)
    versions = _versions(str(marker), floor)
    table = [[marker.evaluate(environment) for environment in row] for row in _environments(versions)]
    outcomes = {outcome for row in table for outcome in row}
    if len(outcomes) == 1:
        result = MarkerResult.ALWAYS if outcomes.pop() else MarkerResult.NEVER
    elif any(row != table[0] for row in table):
        result = MarkerResult.BY_SYSTEM
    else:
        result = MarkerResult.BY_PYTHON
    return MarkerEvaluation(result=result, variables=variables)


def asks_for_extra(marker: Marker) -> bool:
    """Tell whether a marker contains ``extra``, which has no meaning in a list that is not an extra."""
    return "extra" in _variables(marker)


def _variables(marker: Marker) -> tuple[str, ...]:
    outside_quotes = re.sub(r"\"[^\"]*\"|'[^']*'", " ", str(marker))
    words = re.findall(r"[a-z_]+", outside_quotes)
    return tuple(dict.fromkeys(word for word in words if word not in {"and", "or", "in", "not"}))


def _versions(marker: str, floor: tuple[int, int]) -> list[str]:
    """Return full versions of every minor: its first, a late one, and the neighbours of those that the marker names."""
    minors = pythons_from(floor)
    versions = [f"{major}.{minor}.{patch}" for major, minor in minors for patch in _PATCHES]
    for minor, patch in re.findall(r"\b3\.(\d{1,3})\.(\d{1,3})", marker):
        if (3, int(minor)) in minors:
            versions += [f"3.{minor}.{near}" for near in (int(patch) - 1, int(patch), int(patch) + 1) if near >= 0]
    return versions


def _environments(versions: Iterable[str]) -> Iterator[list[dict[str, str]]]:
    """Yield a row of environments for each operating system, with a column for each Python."""
    for system in _SYSTEMS:
        yield [
            {
                **system,
                "python_version": version.rpartition(".")[0],
                "python_full_version": version,
                "extra": "",
            }
            for version in versions
        ]
