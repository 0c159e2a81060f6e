"""The metadata files of a source distribution -> what it requires; nothing is run."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from onelist.core.text import printable
from onelist.sources.metadata.setup_script import is_plain_build, read_setup
from onelist.sources.solution import Compiler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

_STATIC = Version("2.2")
"""From this version of the core metadata on, ``Dynamic`` names the fields that a build may change (PEP 643)."""
_LONGEST_NAME = 80
"""How much of a name of a stranger is shown, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """What a source distribution says about itself.

    Attributes:
        name: The name of the project, as its metadata writes it.
        version: The version, as its metadata writes it.
        requires_python: Requires-Python; ``""`` if there is none.
        requires_dist: The requirements (PEP 508), as its metadata writes them; some may be invalid.
        provides_extra: The names of the extras.
        compiler: Whether pip needs a compiler to build it.
    """

    name: str
    version: str
    requires_python: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    compiler: Compiler

    def render(self) -> bytes:
        """Return the metadata as the METADATA file of a wheel (core metadata 2.1), in UTF-8."""
        fields = [("Metadata-Version", "2.1"), ("Name", self.name), ("Version", self.version)]
        if self.requires_python:
            fields.append(("Requires-Python", self.requires_python))
        fields += [("Provides-Extra", extra) for extra in self.provides_extra]
        fields += [("Requires-Dist", requirement) for requirement in self.requires_dist]
        return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in fields).encode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUnknown:
    """Why the metadata of a source distribution is not known.

    Attributes:
        reason: A clause with the source distribution as its subject: "it was cut off by the server".
    """

    reason: str


class _Requirements(NamedTuple):
    """Requirements, the extras that they belong to, and Requires-Python where the same file says it."""

    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    requires_python: str = ""


@dataclass(slots=True, kw_only=True)
class SourceFiles:
    """The metadata files of one source distribution, as far as they have been read.

    Attributes:
        pkg_info: PKG-INFO; None if it has not been read.
        egg_pkg_info: PKG-INFO in the folder ``*.egg-info``.
        requires_txt: ``requires.txt`` in the folder ``*.egg-info``.
        top_level: ``top_level.txt`` in that folder: the modules.
        pyproject: pyproject.toml.
        setup: setup.py.
        setup_config: setup.cfg.
        has_egg_info: Whether there is a folder ``*.egg-info``, which setuptools writes.
        compiled: Whether a file in a compiled language has been seen.
        complete: Whether all files of the archive have been seen.
    """

    pkg_info: str | None = None
    egg_pkg_info: str | None = None
    requires_txt: str | None = None
    top_level: str | None = None
    pyproject: str | None = None
    setup: str | None = None
    setup_config: str | None = None
    has_egg_info: bool = False
    compiled: bool = False
    complete: bool = False
    _static: bool | None = field(default=None, init=False)

    @property
    def is_decided(self) -> bool:
        """Whether no other file can change the requirements."""
        if self.pkg_info is None:
            return False
        if self._static is None:
            self._static = _is_static(_headers(self.pkg_info))
        return self._static or self.requires_txt is not None

    def interpret(self, *, name: str, version: str) -> SourceMetadata | SourceUnknown:
        """Return what the files say.

        Args:
            name: The name of the project, from the file name.
            version: The version, from the file name.

        Returns:
            The metadata, or why it is not known.
        """
        text = self.egg_pkg_info if self.pkg_info is None else self.pkg_info
        if text is None and self._from_setup(_toml(self.pyproject)) is None:
            return SourceUnknown(reason="it has no metadata (PKG-INFO)")
        if text is None:  # a few were uploaded without it; pip builds them all the same
            text = f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n"
        message = _headers(text)
        own_name, own_version = _value(message, "Name"), _value(message, "Version")
        lie = _lie(own_name, own_version, name, version)
        if lie:
            return SourceUnknown(reason=lie)
        pyproject = _toml(self.pyproject)
        project = _table(pyproject, "project")
        found = self._requirements(message, project) or self._from_setup(pyproject)
        if found is None:
            return SourceUnknown(reason="it has no metadata that says its dependencies")
        python = _value(message, "Requires-Python") or _text(project.get("requires-python")) or found.requires_python
        return SourceMetadata(
            name=own_name,
            version=own_version,
            requires_python=python,
            requires_dist=found.requires_dist,
            provides_extra=tuple(dict.fromkeys((*_values(message, "Provides-Extra"), *found.provides_extra))),
            compiler=self._compiler(),
        )

    def _requirements(self, message: Message, project: dict[str, Any]) -> _Requirements | None:
        """Return the requirements from the first file that says them for certain; None if none does."""
        declared = _values(message, "Requires-Dist")
        if _is_static(message):
            return _Requirements(declared, ())
        if self.requires_txt is not None:
            return _from_requires_txt(self.requires_txt)
        if declared:
            return _Requirements(declared, ())
        return _from_pyproject(project) or (_Requirements((), ()) if self.has_egg_info else None)

    def _from_setup(self, pyproject: dict[str, Any] | None) -> _Requirements | None:
        """Return the requirements of a plain setup.py; None if it is none, or if another build backend is named."""
        system = _table(pyproject, "build-system")
        is_plain = is_plain_build(system.get("build-backend"), _texts(system.get("requires")))
        if self.setup is None or pyproject is None or "project" in pyproject or not is_plain:
            return None
        found = read_setup(self.setup, self.setup_config or "")
        if found is None:
            return None
        sections = ((name.partition(":"), lines) for name, lines in found.extras_require)
        groups = [(canonicalize_name(extra.strip()), marker.strip(), lines) for (extra, _, marker), lines in sections]
        requires = list(found.install_requires)
        requires += [_with_marker(line, extra, marker) for extra, marker, lines in groups for line in lines]
        extras = dict.fromkeys(extra for extra, _, _ in groups if extra)
        return _Requirements(tuple(requires), tuple(extras), found.requires_python)

    def _compiler(self) -> Compiler:
        if self.compiled:
            return Compiler.LIKELY
        return Compiler.NO if self.complete else Compiler.UNKNOWN


def _headers(text: str) -> Message:
    return HeaderParser().parsestr(text)


def _value(message: Message, key: str) -> str:
    """Return a field in one line; ``""`` if there is none. Old tools wrote UNKNOWN for "none"."""
    value = " ".join(str(message.get(key, "")).split())
    return "" if value == "UNKNOWN" else value


def _values(message: Message, key: str) -> tuple[str, ...]:
    values = (" ".join(str(value).split()) for value in message.get_all(key, []))
    return tuple(value for value in values if value not in {"", "UNKNOWN"})


def _is_static(message: Message) -> bool:
    """Tell whether Requires-Dist of PKG-INFO is that of every wheel built from it (PEP 643)."""
    try:
        is_new = Version(_value(message, "Metadata-Version")) >= _STATIC
    except InvalidVersion:
        return False
    return is_new and "requires-dist" not in (value.lower() for value in _values(message, "Dynamic"))


def _lie(own_name: str, own_version: str, name: str, version: str) -> str | None:
    """Return how the metadata contradicts the file name; None if it does not."""
    if not own_name or not own_version:
        return "its metadata has no name or no version"
    shown = printable(f"{own_name} {own_version}"[:_LONGEST_NAME])
    if canonicalize_name(own_name) != canonicalize_name(name):
        return f"its metadata is about {shown}, another project"
    try:
        equal = Version(own_version) == Version(version)
    except ValueError:  # InvalidVersion, and the error for numbers with thousands of digits
        equal = own_version == version
    return None if equal else f"its metadata is about {shown}, another version"


def _from_requires_txt(text: str) -> _Requirements:
    """Return the requirements of ``requires.txt``: lines in sections ``[extra:marker]``, as setuptools writes them.

    The rules are those of ``pip._internal.metadata.base`` and of setuptools, which makes METADATA from the file.
    """
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            section, _, marker = line[1:-1].partition(":")
            extra = canonicalize_name(section.strip())
            extras |= {extra: None} if extra else {}
            continue
        requires.append(_with_marker(line, extra, marker.strip()))
    return _Requirements(tuple(requires), tuple(extras))


def _with_marker(line: str, extra: str, marker: str) -> str:
    """Return a line of ``requires.txt`` with the condition of its section."""
    requirement, _, own = line.partition(" ;" if "@" in line else ";")
    conditions = [f"({condition})" if extra else condition for condition in (own.strip(), marker) if condition]
    conditions = [f"({one})" for one in conditions] if len(conditions) > 1 and not extra else conditions
    if extra:
        conditions.append(f'extra == "{extra}"')
    return f"{requirement.strip()} ; {' and '.join(conditions)}" if conditions else requirement.strip()


def _toml(text: str | None) -> dict[str, Any] | None:
    """Return what is in pyproject.toml; None if it cannot be read."""
    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _table(pyproject: dict[str, Any] | None, name: str) -> dict[str, Any]:
    """Return a table of pyproject.toml; an empty one if there is none."""
    table = (pyproject or {}).get(name)
    return table if isinstance(table, dict) else {}


def _from_pyproject(project: dict[str, Any]) -> _Requirements | None:
    """Return the requirements of ``[project]`` (PEP 621); None if it leaves them to the build backend."""
    dynamic = project.get("dynamic", [])
    if not project or not isinstance(dynamic, list) or {"dependencies", "optional-dependencies"} & set(_texts(dynamic)):
        return None
    requires = list(_texts(project.get("dependencies")))
    optional = project.get("optional-dependencies", {})
    groups = optional if isinstance(optional, dict) else {}
    for extra, lines in groups.items():
        requires += [_with_marker(line, canonicalize_name(extra), "") for line in _texts(lines)]
    return _Requirements(tuple(requires), tuple(map(canonicalize_name, groups)))


def _texts(value: object) -> Iterator[str]:
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
