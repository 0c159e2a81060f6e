"""Folders and settings files on disk -> Project; the only module that reads the files of the user."""

from __future__ import annotations

import codecs
import os
import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core import rules
from onelist.core.errors import SettingsError, UsageError
from onelist.core.findings import Source, Span
from onelist.core.model import EXPORT_FILES, Project, TextFile
from onelist.core.system.regular_files import MAX_BYTES, read_inside, stop_if_outside
from onelist.settings.exported import find_exports
from onelist.settings.parser import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from onelist.core.findings import Finding
    from onelist.core.model import Settings


SETTINGS_NAME = "settings.ini"
IMPORTED_NAMES = ("pyproject.toml", "environment.yml", "environment.yaml", "requirements.txt", "pixi.toml", "setup.cfg")
"""Files from which ``init --from`` makes a settings.ini."""
_IMPORTED_SUFFIXES = frozenset({".toml", ".yml", ".yaml", ".txt", ".ipynb", ".py"})
README_NAMES = ("README.md", "README.rst", "README.txt", "README")
"""The files with the description for the package index. ``README-NAME.md`` and so on, with the lib_name, come first:
they are for a repository whose README is about something else."""
LICENSE_NAMES = (
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENSE.rst",
    "LICENCE",
    "LICENCE.txt",
    "LICENCE.md",
    "COPYING",
    "COPYING.txt",
)
GENERATED_NAMES = ("meta.yaml", "recipe/recipe.yaml")
"""The recipes that ``sync`` writes beside settings.ini."""
_CODE = (".py", ".pyx")
"""How the names of files with Python code end."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "dist", "build", "__pycache__", "site-packages"})


class FolderNames:
    """The names in folders. Each folder is read once, because a thousand lists may lie in one."""

    def __init__(self) -> None:
        """Know no folder."""
        self._known: dict[Path, tuple[str, ...]] = {}

    def of(self, folder: Path) -> tuple[str, ...]:
        """Return the names in a folder, in no order; none if it cannot be read."""
        if folder not in self._known:
            try:
                self._known[folder] = tuple(os.listdir(folder))  # noqa: PTH208 - only the names
            except OSError:
                self._known[folder] = ()
        return self._known[folder]


def find_settings(paths: Iterable[Path]) -> list[Path]:
    """Return the settings files that paths name.

    Args:
        paths: Each a settings file, a folder with a settings.ini, or a folder tree with several below it.

    Returns:
        The files in the order of the paths, each once; a tree is sorted. Hidden folders and folders with build
        output are not searched.

    Raises:
        UsageError: A path does not exist or contains no settings.ini.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_below(path)))
    return list(found)


def find_single(path: Path) -> Path:
    """Return the one settings file that a path names.

    Raises:
        UsageError: There is none, or there are several.
    """
    found = find_settings([path])
    if len(found) > 1:
        raise UsageError(
            f"There are {len(found)} settings files below {_in_words(path)}.", "Name the one that you mean."
        )
    return found[0]


def load_project(path: Path, names: FolderNames | None = None) -> Project:
    """Read a settings file and the files beside it.

    Args:
        path: The settings file.
        names: The names in folders, if several settings files are read together.

    Returns:
        The project.

    Raises:
        SettingsError: The settings contain errors.
        UsageError: A file cannot be read.
    """
    return project_of(path, read_raw(path), names)


def project_of(path: Path, raw: bytes, names: FolderNames | None = None) -> Project:
    """Return the project that a settings file would make with some content.

    Args:
        path: The settings file, whose folder contains the other files.
        raw: Its content.
        names: The names in folders, if several settings files are read together.

    Returns:
        The project.

    Raises:
        SettingsError: The settings contain errors.
    """
    settings = parse_settings(_decode(path, raw))
    license_file = _first(path.parent, LICENSE_NAMES)
    return Project(
        folder=path.parent,
        settings=settings,
        raw=raw,
        readme=_readme(path.parent, settings.lib_name),
        license=license_file,
        committed=_committed(path.parent, license_file),
        exported=_exported(path, settings),
        code=_code_beside(path.parent, settings, names or FolderNames()),
    )


def _below(path: Path) -> Iterator[Path]:
    if not path.exists() and not path.is_symlink():
        raise UsageError(f"{path} does not exist.", "Name a settings.ini, or a folder that contains one.")
    if not path.is_dir():
        _stop_if_imported(path)
        yield path
        return
    if (path / SETTINGS_NAME).is_file():
        yield path / SETTINGS_NAME
        return
    found = sorted(_search(path))
    if not found:
        raise UsageError(f"There is no {SETTINGS_NAME} in {_in_words(path)}.", _how_to_begin(path))
    yield from found


def _stop_if_imported(path: Path) -> None:
    if path.name in IMPORTED_NAMES or path.suffix in _IMPORTED_SUFFIXES:
        raise UsageError(
            f"{path} is not a {SETTINGS_NAME}.",
            f"Make one from it: onelist init{_option(path.parent)} --from {shlex.quote(str(path))}",
        )


def _option(folder: Path) -> str:
    return "" if str(folder) == "." else f" {shlex.quote(str(folder))}"


def _how_to_begin(folder: Path) -> str:
    """Return how to get a settings.ini in a folder, from what is there if possible."""
    there = [name for name in IMPORTED_NAMES if (folder / name).is_file()]
    if not there:
        return "Go to the folder that contains it, name that folder, or create one with: onelist init"
    sources = " ".join(f"--from {shlex.quote(str(folder / name))}" for name in there)
    return f"Make one from what is there: onelist init{_option(folder)} {sources}"


def _in_words(folder: Path) -> str:
    return "this folder" if str(folder) == "." else f"the folder {folder}"


def _search(path: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".") and name not in _SKIPPED_FOLDERS]
        if SETTINGS_NAME in files:
            yield path.__class__(folder, SETTINGS_NAME)


def read_raw(path: Path) -> bytes:
    """Return the content of a settings file.

    Raises:
        SettingsError: It is too large, is a link out of its folder or no regular file, or cannot be read.
        UsageError: It is a folder, or does not exist.
    """
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder, not a settings file.", "Name the file in it, or the folder that contains it."
        )
    stop_if_outside(path, path.parent)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise _unreadable(path, "too_large", None)
    raw = read_inside(path, path.parent)
    if raw is None:
        raise UsageError(f"{path} cannot be read: No such file or directory.", "Check its name.")
    return raw


def _decode(path: Path, raw: bytes) -> Source:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not len(raw) % 2:
        raise _unreadable(path, "utf_16", None)
    if b"\0" in raw:
        line, column = _position(raw, raw.index(b"\0"))
        raise _unreadable(path, "zero_byte", Span(line=line, column=column))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(raw, error.start)
        byte = f"{raw[error.start]:#04x}"
        raise _unreadable(path, "", Span(line=line, column=column), byte=byte) from error
    return Source(file=str(path), text=text)


def _position(raw: bytes, offset: int) -> tuple[int, int]:
    before = raw[:offset].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _unreadable(path: Path, variant: str, span: Span | None, byte: str | None = None) -> SettingsError:
    finding = rules.NOT_TEXT.at(str(path), span=span, variant=variant, byte=byte)
    return SettingsError(message=f"{path} cannot be read as settings.", findings=(finding,))


def _readme(folder: Path, lib_name: str) -> TextFile | None:
    own = [name.replace("README", f"README-{lib_name}") for name in README_NAMES]
    readme = _first(folder, [*own, *README_NAMES])
    if readme is not None:
        try:
            readme.content.decode("utf-8")
        except UnicodeDecodeError as error:
            line, column = _position(readme.content, error.start)
            path = folder / readme.name
            span = Span(line=line, column=column)
            finding = rules.UNUSABLE_FILE.at(str(path), span=span, variant="not_text", path=path)
            raise SettingsError(message=f"{path} cannot be used.", findings=(finding,)) from error
    return readme


def _code_beside(folder: Path, settings: Settings, names: FolderNames) -> str | None:
    """Return the folder or module beside settings.ini with the code of a package of this name; None for none."""
    root = folder.resolve()
    for name in _code_places(folder, settings, names):
        with suppress(OSError):  # no file can have so long a name
            place = (folder / name).resolve()
            if place != root and place.is_relative_to(root) and _has_code(place):
                return name
    return None


def _code_places(folder: Path, settings: Settings, names: FolderNames) -> Iterator[str]:
    """Yield where the code may be: at lib_path, or under the name of the package in any spelling, also in ``src``."""
    if settings.lib_path:
        yield settings.lib_path
    # The pattern only saves time: a folder may contain a thousand lists, and each list looks at all names.
    similar = re.compile(settings.name.replace("-", "[-_.]+") + r"(?:\.py)?", re.IGNORECASE)
    for parent in ("", "src/"):
        entries = names.of(folder / parent)
        if not entries:
            continue
        for entry in sorted(filter(similar.fullmatch, entries)):
            if canonicalize_name(entry.removesuffix(".py")) == settings.name:
                yield f"{parent}{entry}"
        if "." in settings.lib_name:
            yield parent + settings.lib_name.replace(".", "/")  # a package in a namespace


def _has_code(place: Path) -> bool:
    files = [place.name] if place.is_file() else (file for _, _, some in os.walk(place) for file in some)
    return any(file.endswith(_CODE) for file in files)


def _committed(folder: Path, license_file: TextFile | None) -> dict[str, bytes]:
    names = [*GENERATED_NAMES, *([f"recipe/{license_file.name}"] if license_file else [])]
    files = {name: _first(folder, [name]) for name in names}
    return {name: file.content for name, file in files.items() if file}


def _exported(path: Path, settings: Settings) -> dict[str, bytes]:
    """Return the exports of a settings.ini; one with another name has only those that its key ``exports`` names."""
    if path.name == SETTINGS_NAME:
        return find_exports(path.parent, SETTINGS_NAME, settings.exports)
    names = (name for export in settings.exports for name in EXPORT_FILES[export])
    files = filter(None, (_first(path.parent, [name]) for name in names))
    return {file.name: file.content for file in files}


def _first(folder: Path, names: Iterable[str]) -> TextFile | None:
    for name in names:
        content = read_inside(folder / name, folder)
        if content is not None:
            return TextFile(name=name, content=content)
    return None


def code_left_out(project: Project) -> tuple[Finding, ...]:
    """Return a finding where no artifact contains the code beside settings.ini; none where that is intended."""
    if project.lost_code is None:
        return ()
    settings = project.settings
    return (
        rules.CODE_LEFT_OUT.at(
            settings.source.file,
            span=settings.spans["lib_name"],
            folder=project.lost_code,
            name=settings.lib_name,
        ),
    )
