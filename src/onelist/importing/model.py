"""What a file says that a list can be made from, and what it says that a list cannot have."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


MARKER_BY_SYSTEM: Mapping[str, str] = MappingProxyType(
    {"linux": 'sys_platform == "linux"', "osx": 'sys_platform == "darwin"', "win": 'sys_platform == "win32"'}
)
"""The marker (PEP 508) for the operating system of a conda subdir, such as ``osx`` of osx-arm64."""


class Namespace(Enum):
    """Whose names a file uses."""

    PYPI = "the package index"
    CONDA = "conda"
    MODULE = "Python's import"


class Place(NamedTuple):
    """Where something stands.

    Attributes:
        file: The file, as the reader named it.
        part: The line, the cell or the table; ``""`` for the whole file.
    """

    file: str
    part: str = ""

    def __str__(self) -> str:
        """Return ``file:line``, ``file, cell 3`` or ``file [table]``."""
        if self.part.isdigit():
            return f"{self.file}:{self.part}"
        joined = " " if self.part.startswith("[") else ", "
        return f"{self.file}{joined}{self.part}" if self.part else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPackage:
    """One package that a file asks for.

    Attributes:
        namespace: Whose name it is.
        name: The name as written.
        place: Where it stands.
        extras: The extras (PEP 508).
        versions: The versions as written, ``""`` for all.
        marker: The environment marker (PEP 508), ``""`` for none.
        group: The extra or the group that it belongs to, ``""`` for what everybody gets.
    """

    namespace: Namespace
    name: str
    place: Place
    extras: frozenset[str] = frozenset()
    versions: str = ""
    marker: str = ""
    group: str = ""


class Named(NamedTuple):
    """An item with its name in the list.

    Attributes:
        item: The item.
        file: The file that a person named; another one than that of its place, where the file includes others.
        name: Its name in the list.
        is_conda_only: Whether only conda has it.
    """

    item: NamedPackage
    file: str
    name: str
    is_conda_only: bool


class Remark(NamedTuple):
    """Something that a list cannot have, or that a person must decide.

    Attributes:
        place: Where it stands.
        text: A whole sentence.
    """

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What one file says.

    Attributes:
        file: The file, as the reader named it.
        format: What kind of file it is, in the words of its tool.
        items: The packages that it asks for.
        optional_groups: The groups that users can ask for: extras.
        channels: conda channels, the first one first.
        platforms: conda subdirs.
        pythons: Each statement about Python's version, with its place.
        keys: Values of keys of settings.ini, such as ``description``.
        left_out: What is not taken over.
        decisions: What a person must decide.
    """

    file: str
    format: str
    items: tuple[NamedPackage, ...] = ()
    optional_groups: frozenset[str] = frozenset()
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    pythons: tuple[Remark, ...] = ()
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    left_out: tuple[Remark, ...] = ()
    decisions: tuple[Remark, ...] = ()
