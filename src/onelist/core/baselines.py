"""The oldest operating systems that onelist checks for, and what conda-forge asks of recipes: tables with a date."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.data import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping


class Baseline(NamedTuple):
    """The oldest version of an operating system.

    Attributes:
        version: (major, minor): of macOS, of Windows, and of glibc for Linux.
        reason: Why this one, in a sentence without a full stop.
    """

    version: tuple[int, int]
    reason: str


@cache
def baseline(system: str) -> Baseline:
    """Return the oldest supported version of a system.

    Args:
        system: ``linux``, ``darwin`` or ``win32``, as ``sys.platform`` has it.

    Returns:
        The entry of the table.
    """
    version, reason = next(row[1:] for row in read_rows("baselines.tsv") if row[0] == system)
    major, _, minor = version.partition(".")
    return Baseline((int(major), int(minor or 0)), reason)


@cache
def conda_forge_python_min() -> tuple[int, int]:
    """Return conda-forge's global ``python_min`` (CFEP 25) as (major, minor).

    A recipe that needs a newer Python sets its own; one that asks for less is built with this one all the same.
    """
    values = {key: value for key, value, _ in read_rows("conda_forge.tsv")}
    major, minor = values["python_min"].split(".")
    return int(major), int(minor)


@cache
def conda_forge_instead() -> Mapping[str, str]:
    """Return the conda packages for which conda-forge asks for another one in recipes, by their conda names."""
    return MappingProxyType(dict(read_rows("conda_forge_names.tsv")))
