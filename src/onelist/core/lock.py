"""The nouns of a lock: each package of one day with its files, for certain machines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

    from onelist.core.targets import Target


class LockForm(StrEnum):
    """The format of a lock."""

    PYLOCK = "pylock"
    """pylock.toml (PEP 751), which pip and uv install."""
    PIXI = "pixi"
    """pixi.lock, which pixi installs."""
    EXPLICIT = "explicit"
    """The addresses of all conda packages for one platform (``@EXPLICIT``), which conda and mamba install."""


LOCK_HEADER = "A snapshot by onelist: the packages of one day, not the list."
"""How each lock begins, after the sign of a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A file that pip may install.

    Attributes:
        name: Its name.
        url: Its address, without a login.
        sha256: Its SHA-256 in hexadecimal.
        size: Its size in bytes; None if it is not known.
        is_wheel: Whether it is a wheel; otherwise it is a source distribution.
    """

    name: str
    url: str
    sha256: str
    size: int | None
    is_wheel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """A version of a project that pip installs.

    Attributes:
        name: The normalised name.
        version: The version.
        files: Its files, of which pip chooses one.
        targets: The machines on which it is installed.
    """

    name: str
    version: Version
    files: tuple[LockedFile, ...]
    targets: tuple[Target, ...]
