"""The nouns of ``check --against``: an image, which is a Python with packages, and each package in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """A package that is installed in an image.

    Attributes:
        name: The name as the file writes it.
        key: The normalised name (PEP 503).
        version: The version as text; ``""`` if the file does not say it.
        requires: Its requirements (Requires-Dist); None if the file does not say them.
    """

    name: str
    key: str
    version: str = ""
    requires: tuple[str, ...] | None = None

    @property
    def parsed(self) -> Version | None:
        """The version (PEP 440); None for one that is not known, or is no such version."""
        try:
            return Version(self.version)
        except ValueError:  # InvalidVersion, and numbers with thousands of digits
            return None

    def __str__(self) -> str:
        """Return name and version."""
        return f"{self.name} {self.version}".strip()


_SETUPTOOLS_UNTIL = (3, 12)
"""From this Python on, ``pip freeze`` lists setuptools and wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A Python environment as a file describes it.

    Attributes:
        packages: What is installed, each normalised name once.
        target: The platform and Python; None if the file does not say them.
        day: The day of the file, as ``2026-11-28``; ``""`` if it does not say it.
        loaded: The normalised names of the packages that a fresh kernel has imported; None if the file does not say it.
        unread: The lines that say nothing about a package, as they are written.
        without_tools: Whether the file leaves out pip, as ``pip freeze`` does.
    """

    packages: tuple[InstalledPackage, ...]
    target: Target | None = None
    day: str = ""
    loaded: frozenset[str] | None = None
    unread: tuple[str, ...] = ()
    without_tools: bool = False

    def tools(self, python: tuple[int, int]) -> tuple[InstalledPackage, ...]:
        """Return what the file leaves out and is installed all the same; none of it requires other packages."""
        if not self.without_tools:
            return ()
        known = {one.key for one in self.packages}
        names = ("pip",) if python >= _SETUPTOOLS_UNTIL else ("pip", "setuptools", "wheel")
        return tuple(InstalledPackage(name=name, key=name, requires=()) for name in names if name not in known)
