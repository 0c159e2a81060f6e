"""The three answers to "does this channel have the requirement for this target?", each with its own type.

No code turns one into another: where a channel did not answer, the status stays ``Unknown`` up to the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.targets import Target


OLDER_CLIENTS = "mamba, and conda with its default solver,"
"""Who does not see a package that only newer conda clients read; the subject of a sentence."""
NEWER_CLIENTS = "pixi, and conda with the rattler solver, see it; mamba does not"
"""Who reads conditional dependencies, extras and wheels in conda channels (https://conda.org/learn/ceps/cep-0048)."""


class Cause(StrEnum):
    """Why a channel that answered does not have a requirement."""

    NO_NAME = "no such package"
    """The channel has nothing of that name; a later channel may."""
    NO_FILES = "no files"
    QUARANTINED = "quarantined"
    """The index has locked the project and offers none of its files (PEP 792)."""
    REFUSES = "refuses to be installed"
    """The build of the version that pip takes always fails: the name is not that of the package that people mean."""
    NO_VERSION = "no matching version"
    WITHDRAWN = "withdrawn"
    """The maintainers withdrew all matching releases (yanked, PEP 592)."""
    NO_PYTHON = "not for this Python"
    NO_WHEEL = "no wheel"
    """There are only wheels for other platforms, and no source to build one from."""
    NO_BUILD = "no build"
    """There are only conda packages for other platforms or Pythons."""
    NO_TARGET = "no Python"
    """No conda channel has this Python for this platform, so nothing can be installed into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForNewerSystem:
    """A release that only machines with a newer operating system than the baseline can install.

    Attributes:
        version: The version.
        system: The oldest system that can install it, such as ``macOS 16``.
        since: The day on which that version appeared; None when it is not known.
    """

    version: str
    system: str
    since: datetime.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The channel has the requirement.

    Attributes:
        version: The newest matching version, as the channel writes it.
        since: The day on which that version appeared there; None when it is not known.
        source_only: Whether pip must build the newest version, because it has no wheel for the target; never for conda.
        prerelease: Whether only pre-releases match.
        wheel: With ``source_only``, the newest version that has a wheel; None when there is none.
        not_for_mamba: Whether only some conda clients can read this version.
        for_mamba: With ``not_for_mamba``, the newest version that all of them can read; None when there is none.
        newer: The newest version that the channel has only for newer operating systems (see ``core/baselines.py``); the
            same version, where only its wheels need one. None when there is none.
        undated: As of a day, what says no day and may have been a newer version, such as ``2 files of numpy``.
    """

    version: str
    since: datetime.date | None = None
    source_only: bool = False
    prerelease: bool = False
    wheel: str | None = None
    not_for_mamba: bool = False
    for_mamba: str | None = None
    newer: ForNewerSystem | None = None
    undated: str = ""

    @property
    def note(self) -> str | None:
        """What users should know about it; None for nothing."""
        return "; ".join(self._notes()) or None

    def _notes(self) -> Iterator[str]:
        if self.source_only:
            yield "source only: pip has to build it, which may need a compiler"
            if self.wheel:
                yield f"the newest version with a wheel is {self.wheel}"
        elif self.not_for_mamba:
            yield f"{NEWER_CLIENTS}, and takes {self.for_mamba}" if self.for_mamba else NEWER_CLIENTS
        elif self.prerelease:
            yield "a pre-release; no final release matches"
        if self.newer:
            what = "its wheels need" if self.newer.version == self.version else f"{self.newer.version} needs"
            yield f"{what} {self.newer.system} or newer"
        if self.undated:
            yield f"there may have been a newer version: {self.undated} without a day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The channel answered, and does not have the requirement.

    Attributes:
        cause: Why.
        reason: The same as a clause that goes on from the name of the channel, for instance ``has no pandas``.
        not_for_mamba: Whether there is a wheel in the channel, which only some conda clients can read.
    """

    cause: Cause
    reason: str
    not_for_mamba: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The channel did not answer.

    Attributes:
        reason: A clause that goes on from the name of the channel, for instance ``did not answer in time``.
        hint: What to do; ``""`` where that depends on the channel.
    """

    reason: str
    hint: str = field(default="", compare=False)


Status = Found | Absent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """The answer of one channel about one requirement on one target.

    Attributes:
        requirement: The requirement.
        channel: ``pip`` for the package index, else the conda channel as settings.ini names it.
        name: The name of the requirement there.
        target: The platform and Python.
        status: The answer.
    """

    requirement: Requirement | CondaRequirement
    channel: str
    name: str
    target: Target
    status: Status
