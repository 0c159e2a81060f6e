"""The oldest operating systems that onelist checks for, from a table with a date and a reason for each."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from onelist.core.data import read_table


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
    lines = [line for line in read_table("baselines.tsv").splitlines() if not line.startswith("#")]
    rows = dict(line.split("\t", 1) for line in lines[1:])
    version, reason = rows[system].split("\t")
    major, _, minor = version.partition(".")
    return Baseline((int(major), int(minor or 0)), reason)
