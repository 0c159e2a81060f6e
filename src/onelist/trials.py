"""A list installed for real into a fresh environment that is thrown away: what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One module of a requirement.

    Attributes:
        requirement: The requirement, as written.
        module: The module; ``""`` where what is installed of the requirement has none.
        error: Why it cannot be imported; None when it can, or was not tried.
    """

    requirement: str
    module: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One installation.

    Attributes:
        installer: ``pip`` or ``conda``.
        python: The Python, for instance ``3.12``.
        failure: Why nothing was installed; None when it was.
        unknown: Whether that says nothing about the list: a network that failed.
        seconds: How long it took.
        packages: How many packages were installed.
        size: Bytes on disk.
        problems: What does not fit together, in the installer's words.
        imported: What was imported.
    """

    installer: str
    python: str
    failure: str | None = None
    unknown: bool = False
    seconds: float = 0.0
    packages: int = 0
    size: int = 0
    problems: tuple[str, ...] = ()
    imported: tuple[Imported, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether all of it went well."""
        return self.failure is None and not self.problems and not any(one.error for one in self.imported)
