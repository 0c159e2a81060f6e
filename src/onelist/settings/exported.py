"""The exports that stand in the repository: files with the header of onelist, wherever they lie."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.model import EXPORT_FILES, EXPORT_HEADER, Export
from onelist.core.system.regular_files import read_inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENDS = (".yml", ".yaml", ".txt", ".toml", ".ipynb", "Dockerfile", "devcontainer.json", "postBuild", ".sh", ".ps1")
"""How the names of files end that can be exports."""
_HEAD = 1024
"""The part of a file, in bytes, in which the header has to be."""
_OTHER_PEOPLES = frozenset({".git", ".pixi", "node_modules", "dist", "build", "__pycache__", "site-packages"})
_ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
"""What a folder contains that is a virtual environment or a conda environment."""
_LINE = re.compile(rf'(?P<mark>#|//|"onelist": ")\s*{re.escape(EXPORT_HEADER)}(?P<export>[a-z-]+)"?,?')
"""The line with the header: a comment, or in a notebook, which has none, an entry of its metadata."""
_HEAD_OF_NOTEBOOK = 4
"""The lines of a notebook in which the header has to be. A program that saves the notebook writes the cells first, so
that a notebook with cells of a person is no export any more."""


def find_exports(folder: Path, settings_name: str, wanted: Iterable[Export]) -> dict[str, bytes]:
    """Return the exports that belong to a settings.ini.

    Args:
        folder: The folder of settings.ini. Folders below it with a settings.ini of their own are left out. Links are
            not followed, except for the exports that are wanted.
        settings_name: The name of a settings.ini.
        wanted: The exports that stand beside settings.ini, also where they have no header.

    Returns:
        Path relative to the folder, with ``/``, to content, sorted by path.

    Raises:
        SettingsError: An export cannot be used: a wanted one, or a file with the header.
    """
    named = [name for export in dict.fromkeys(wanted) for name in EXPORT_FILES[export]]
    found = {}
    with_header = filter(_has_header, _candidates(folder, settings_name))
    for path in (*(folder / name for name in named), *with_header):
        content = read_inside(path, folder)
        if content is not None:
            found[path.relative_to(folder).as_posix()] = content
    return dict(sorted(found.items()))


def export_of(content: bytes) -> Export | None:
    """Return the format that the header of a file names; None for a file without the header."""
    for number, line in enumerate(content[:_HEAD].decode("utf-8-sig", errors="replace").splitlines()):
        match = _LINE.fullmatch(line.strip())
        if match and match["export"] in list(Export) and (number < _HEAD_OF_NOTEBOOK or match["mark"] in {"#", "//"}):
            return Export(match["export"])
    return None


def _candidates(folder: Path, settings_name: str) -> Iterator[Path]:
    for place, below, files in os.walk(folder):
        here = Path(place)
        if here != folder and (settings_name in files or _ENVIRONMENT_MARKS.intersection((*files, *below))):
            below.clear()
            continue
        below[:] = [name for name in below if name not in _OTHER_PEOPLES]
        yield from (here / name for name in files if name.endswith(_ENDS))


def _has_header(path: Path) -> bool:
    """Tell whether a file that is no link begins with the header; one that cannot be read does not."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return export_of(file.read(_HEAD)) is not None
    except OSError:
        return False
