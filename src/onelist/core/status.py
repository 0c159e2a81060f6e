"""The three answers to "does this channel have what is asked for, on this target?", each a type of its own.

Nothing turns one into another: what could not be asked stays ``Unknown`` up to the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.targets import Target

PIP = "pip"
"""What stands for the package index among the channels."""


class Cause(StrEnum):
    """Why a channel that answered does not have what is asked for."""

    NO_NAME = "no such package"
    """The channel has nothing of that name; a later channel may."""
    NO_FILES = "no files"
    NO_VERSION = "no fitting version"
    WITHDRAWN = "withdrawn"
    """All that fits was taken back by its authors (yanked, PEP 592)."""
    NO_PYTHON = "not for this Python"
    NO_WHEEL = "no wheel"
    """Wheels for other machines alone, and no source to build one from."""
    NO_BUILD = "no build"
    """conda packages for other machines or Pythons alone."""
    NO_TARGET = "no Python there"
    """No conda channel has this Python for this platform, so nothing can be installed into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The channel has it.

    Attributes:
        version: The newest version that fits, as the channel writes it.
        since: The day on which that version appeared there; None when the channel does not say.
        source_only: The newest version has no wheel for the target, so pip must build it; never for conda.
        prerelease: Nothing but pre-releases fits.
        wheel: With ``source_only``, the newest version that has a wheel; None when there is none.
    """

    version: str
    since: datetime.date | None = None
    source_only: bool = False
    prerelease: bool = False
    wheel: str | None = None

    @property
    def note(self) -> str | None:
        """What to know about it; None for nothing."""
        if self.source_only:
            older = f"; the newest version with a wheel is {self.wheel}" if self.wheel else ""
            return "source only: pip has to build it, which may need a compiler" + older
        return "a pre-release; there is no final release that fits" if self.prerelease else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The channel answered properly, and does not have it.

    Attributes:
        cause: Why.
        reason: The same as a clause that goes on from the name of the channel, for instance ``has no pandas``.
    """

    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It could not be asked.

    Attributes:
        reason: A clause that goes on from the name of the channel, for instance ``did not answer in time``.
    """

    reason: str


Status = Found | Absent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What one channel says of one requirement on one target.

    Attributes:
        requirement: What is asked for.
        channel: ``pip`` for the package index, else the conda channel as settings.ini names it.
        name: What the requirement is called there.
        target: The machine.
        status: The answer.
    """

    requirement: Requirement | CondaRequirement
    channel: str
    name: str
    target: Target
    status: Status
