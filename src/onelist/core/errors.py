"""The errors that onelist raises, split by who must act.

All of them derive from :class:`OnelistError`. The command line turns each into a sentence, a hint and an exit code in
one place (``cli/main.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from onelist.core.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from onelist.core.findings import Finding, Source


@dataclass(eq=False)
class OnelistError(Exception):
    """Base of all of onelist's errors.

    Attributes:
        message: What is wrong and where, in one or two sentences.
        hint: What to do about it; empty where there is no advice.
    """

    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Return only the message."""
        return self.message


class UsageError(OnelistError):
    """The call is wrong, or something on this machine is (a folder, a disk): exit code 2."""


@dataclass(eq=False)
class SettingsError(OnelistError):
    """A settings.ini has errors: exit code 2.

    Attributes:
        findings: Every mistake of the file, in the order of its lines, together with its warnings.
        source: The file as it was read, so that a report can show the lines; None if it has no text.
    """

    findings: tuple[Finding, ...] = ()
    source: Source | None = None


@dataclass(eq=False)
class RefusedError(OnelistError):
    """Nothing was built, because conda cannot express what the settings require: exit code 1.

    Attributes:
        findings: Why, each with its line.
        source: The settings file, so that a report can show the lines.
    """

    findings: tuple[Finding, ...] = ()
    source: Source | None = None


class UnavailableError(OnelistError):
    """Something outside did not do its part (a server, another program), and nothing is known: exit code 3."""


REPORT = "Please report it in the issues of the repository of onelist, with this message and the settings.ini."
"""What to do about an error inside onelist or a library that it uses."""
_EXPECTED = (OnelistError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit)
"""Exceptions that have a meaning of their own: for the user, for the machine, or to end the program."""


def internal_error(error: BaseException) -> str:
    """Return the kind and the place of an error inside onelist or a library: ``KeyError at x.py:3``.

    The text of the error may hold a password, so it is left out. A panic of rattler is no subclass of Exception.

    Raises:
        BaseException: The same error, if it is none of these.
    """
    if isinstance(error, _EXPECTED):  # first: a Ctrl-C may have left asyncio half imported
        raise error
    from onelist.core.system.event_loop import (
        is_cancellation,  # asyncio takes long to import; many commands do without it
    )

    if is_cancellation(error):
        raise error
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{PurePath(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} at {place}"


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
        readable: Whether the settings could be read; otherwise the exit code is that of wrong settings.
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
