"""Folders and settings files on disk -> Project; the only place that reads what the user has written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from onelist.core import rules
from onelist.core.errors import SettingsError, UsageError
from onelist.core.findings import Source, Span
from onelist.core.model import Project, TextFile
from onelist.settings.ini import MAX_BYTES
from onelist.settings.parser import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from onelist.core.findings import Finding
    from onelist.core.model import Settings


SETTINGS_NAME = "settings.ini"
README_NAMES = ("README.md", "README.rst", "README.txt", "README")
"""Where the description for the package index is taken from; before these, ``README-NAME.md`` and so on with the
lib_name, for a repository whose README is about something else."""
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
"""The recipes that ``sync`` keeps beside settings.ini."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "dist", "build", "__pycache__", "site-packages"})


def find_settings(paths: Iterable[Path]) -> list[Path]:
    """Return the settings files that paths name.

    Args:
        paths: Each a settings file, a folder with a settings.ini, or a folder tree with several below it.

    Returns:
        The files in the order of the paths, each once; a tree is sorted. Hidden folders and folders of built
        things are not searched.

    Raises:
        UsageError: A path does not exist or there is no settings.ini in it.
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
        raise UsageError(f"There are {len(found)} settings files below {path}.", "Name the one that you mean.")
    return found[0]


def load_project(path: Path) -> Project:
    """Read a settings file and what lies beside it.

    Args:
        path: The settings file.

    Returns:
        The project.

    Raises:
        SettingsError: The settings must be mended first.
        UsageError: A file cannot be read.
    """
    return project_of(path, read_raw(path))


def project_of(path: Path, raw: bytes) -> Project:
    """Return the project that a settings file would make with some content.

    Args:
        path: The settings file, beside which the other files lie.
        raw: Its content.

    Returns:
        The project.

    Raises:
        SettingsError: The settings must be mended first.
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
        code=_code_folder(path.parent, settings),
    )


def _below(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise UsageError(f"{path} does not exist.", "Name a settings.ini, or a folder that holds one.")
    if not path.is_dir():
        yield path
        return
    if (path / SETTINGS_NAME).is_file():
        yield path / SETTINGS_NAME
        return
    found = sorted(_search(path))
    if not found:
        raise UsageError(
            f"There is no {SETTINGS_NAME} in {'this folder' if str(path) == '.' else f'the folder {path}'}.",
            "Go to the folder that holds it, name it, or make one with: onelist init",
        )
    yield from found


def _search(path: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".") and name not in _SKIPPED_FOLDERS]
        if SETTINGS_NAME in files:
            yield path.__class__(folder, SETTINGS_NAME)


def read_raw(path: Path) -> bytes:
    """Return the content of a settings file.

    Raises:
        SettingsError: It is too large to be one.
        UsageError: It cannot be read.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a settings file.", "Name the file in it, or the folder around it.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file that can be read as settings.", "Name a settings.ini.")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Look at the name and the permissions."
        ) from error
    if len(raw) > MAX_BYTES:
        raise _unreadable(
            path, "The file is larger than 1 MiB, so it is no settings.ini.", None, hint="Name the right file."
        )
    return raw


def _decode(path: Path, raw: bytes) -> Source:
    if b"\0" in raw:
        line, column = _position(raw, raw.index(b"\0"))
        raise _unreadable(path, "The file is not text: there is a zero byte in it.", Span(line=line, column=column))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(raw, error.start)
        raise _unreadable(
            path,
            f"The file is not UTF-8: byte {raw[error.start]:#04x} is no character.",
            Span(line=line, column=column),
        ) from error
    return Source(file=str(path), text=text)


def _position(raw: bytes, offset: int) -> tuple[int, int]:
    before = raw[:offset].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _unreadable(
    path: Path, message: str, span: Span | None, hint: str = "Save the file as plain text in the encoding UTF-8."
) -> SettingsError:
    finding = rules.NOT_TEXT.at(str(path), message, span=span, hint=hint)
    return SettingsError(message=f"{path} cannot be read as settings.", findings=(finding,))


def _readme(folder: Path, lib_name: str) -> TextFile | None:
    own = [name.replace("README", f"README-{lib_name}") for name in README_NAMES]
    readme = _first(folder, [*own, *README_NAMES])
    if readme is not None:
        try:
            readme.content.decode("utf-8")
        except UnicodeDecodeError as error:
            line, column = _position(readme.content, error.start)
            raise UsageError(
                f"{folder / readme.name}:{line}:{column}: The file is not UTF-8.",
                "Save it as plain text in the encoding UTF-8; it becomes the description on the package index.",
            ) from error
    return readme


def _stop_if_outside(folder: Path, path: Path) -> None:
    """Raise where a file beside settings.ini is a link to something that does not lie in the folder.

    What it leads to would be packed and published: another project's file, or the environment of the process with the
    upload keys in it (``/proc/self/environ``).
    """
    if path.resolve().is_relative_to(folder.resolve()):
        return
    finding = rules.OUTSIDE.at(
        str(path),
        f"{path} is a link that leads out of the folder of settings.ini, so what it leads to would be published.",
        span=None,
        hint="Put a copy of the file there, or delete the link.",
    )
    raise SettingsError(message=f"{path} leads out of the folder of settings.ini.", findings=(finding,))


def _code_folder(folder: Path, settings: Settings) -> str | None:
    """Return the folder beside settings.ini with the code of a package of this name; None where there is none."""
    module = settings.name.replace("-", "_")
    names = filter(None, (settings.lib_path, module, f"src/{module}"))
    for name in dict.fromkeys(names):
        place = folder / name
        inside = place.resolve() != folder.resolve() and place.resolve().is_relative_to(folder.resolve())
        if inside and any(file.endswith(".py") for _, _, files in os.walk(place) for file in files):
            return name
    return None


def _committed(folder: Path, license_file: TextFile | None) -> dict[str, bytes]:
    names = [*GENERATED_NAMES, *([f"recipe/{license_file.name}"] if license_file else [])]
    files = {name: _first(folder, [name]) for name in names}
    return {name: file.content for name, file in files.items() if file}


def _first(folder: Path, names: Iterable[str]) -> TextFile | None:
    for name in names:
        path = folder / name
        if path.is_file():
            _stop_if_outside(folder, path)
            try:
                return TextFile(name=name, content=path.read_bytes())
            except OSError as error:
                raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    return None


def code_left_out(project: Project) -> tuple[Finding, ...]:
    """Return a finding where code lies beside settings.ini that no artifact holds; none where that is meant."""
    if project.lost_code is None:
        return ()
    settings = project.settings
    return (
        rules.CODE_LEFT_OUT.at(
            settings.source.file,
            f"There is Python code in {project.lost_code}, and the package would not hold it: a release would replace "
            f"the package {settings.name} by an empty one.",
            span=settings.spans["lib_name"],
            hint="If the package is meant to hold the list and no code, write meta_package = true; else build it with "
            "other tools.",
        ),
    )
