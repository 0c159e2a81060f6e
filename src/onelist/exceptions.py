"""The errors that onelist raises, split by who must act.

Everything here derives from :class:`OnelistError`; the command line turns each into a sentence, a hint
and an exit code in one place (``cli.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onelist.model import Finding, Source


@dataclass(eq=False)
class OnelistError(Exception):
    """Base of all of onelist's errors.

    Attributes:
        message: What is wrong and where, in one or two sentences.
        hint: What to do about it; empty where nothing can be advised.
    """

    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the message alone."""
        return self.message


@dataclass(eq=False)
class UsageError(OnelistError):
    """The call, or the machine it ran on (a folder, a disk), must be mended: exit code 2."""


@dataclass(eq=False)
class SettingsError(OnelistError):
    """A settings.ini must be mended: exit code 2.

    Attributes:
        findings: Every mistake of the file, in the order of its lines, together with its warnings.
        source: The file as it was read, so that a report can show the lines; None if it has no text.
    """

    findings: tuple[Finding, ...] = ()
    source: Source | None = None


@dataclass(eq=False)
class RefusedError(OnelistError):
    """Nothing was built, because what the settings ask for cannot be carried: exit code 1.

    Attributes:
        findings: Why, each with its line.
        source: The settings file, so that a report can show the lines.
    """

    findings: tuple[Finding, ...] = ()
    source: Source | None = None


@dataclass(eq=False)
class UnavailableError(OnelistError):
    """Something outside did not do its part (a server, another program), and nothing is known: exit code 3."""
