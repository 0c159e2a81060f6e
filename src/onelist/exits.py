"""The exit codes, and which one a judged list or several of them come to; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.model import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CLEAN, FINDINGS, USAGE, UNKNOWN = 0, 1, 2, 3
"""The exit codes; with findings and unknowns both it is the one of findings."""


FAIL_ON = {
    "error": frozenset({Severity.ERROR}),
    "warning": frozenset({Severity.ERROR, Severity.WARNING}),
}
"""What the option ``--fail-on`` may be, and which findings then give the exit code of findings."""


def exit_code_of(shown: Iterable[Severity], failing: Collection[Severity], *, readable: bool, unknown: bool) -> int:
    """Return the exit code for one list.

    Args:
        shown: How much each finding matters that is shown.
        failing: How much one must matter to count.
        readable: Whether the settings could be read; otherwise they must be mended first.
        unknown: Whether anything could not be found out; that counts, shown or not.

    Returns:
        The code.
    """
    if not readable:
        return USAGE
    if any(severity in failing for severity in shown):
        return FINDINGS
    return UNKNOWN if unknown else CLEAN


def exit_code_of_all(codes: Iterable[int]) -> int:
    """Return the one exit code for several lists; that of no list is the one of a clean list."""
    among = set(codes)
    return next((code for code in (USAGE, FINDINGS, UNKNOWN) if code in among), CLEAN)
