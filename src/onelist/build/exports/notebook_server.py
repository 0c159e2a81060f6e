"""The start-up script of a notebook server whose disk is wiped: one folder keeps pip's user installs and dot-files."""

from __future__ import annotations

import re
import shlex
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.core.model import Settings

_INSTALLS = ".local"
"""Where pip's user installs are: Python's user base on Linux (https://docs.python.org/3/library/site.html)."""
_KNOWN: Mapping[str, str] = MappingProxyType({
    _INSTALLS: "folder open",
    ".ssh": "folder private",
    ".config": "folder open",
    ".ipython": "folder open",
    ".jupyter": "folder open",
    ".kaggle": "folder private",
    ".gitconfig": "file open",
    ".git-credentials": "file private",
    ".bash_history": "file open",
    ".aws": "folder private",
    ".conda": "folder open",
    ".fastai": "folder open",
    ".gnupg": "folder private",
    ".netrc": "file private",
})  # fmt: skip
"""Dot-files of which is known whether they are folders or files, and whether other users must not read them."""
DEFAULT_NAMES = (
    *(".ssh", ".config", ".ipython", ".jupyter", ".kaggle", ".gitconfig", ".git-credentials", ".bash_history"),
)
"""What is kept beside pip's user installs, unless others are named."""
_OWN = ".onelist-"
"""What the names of the files of the script contain."""
_PLACE = re.compile(r"@([a-z]+)@")


def start_script(settings: Settings, storage: str, names: Sequence[str] = DEFAULT_NAMES) -> str:
    """Return the script that a notebook server runs at each start (POSIX sh).

    Args:
        settings: The list, which the script installs.
        storage: The folder that the host keeps: an absolute path of that machine.
        names: Files and folders of HOME that are kept beside pip's user installs. The name of a folder may end with
            ``/``.

    Raises:
        UsageError: The folder or a name cannot be used.
    """
    folder = _absolute(storage)
    wanted = dict.fromkeys((f"{_INSTALLS}/", *map(_checked, names)))
    kept = {name.rstrip("/"): _kind(name) for name in wanted}
    command = ["onelist", "export", "notebook-server", "--storage", folder]
    if tuple(names) != DEFAULT_NAMES:
        command += ["--keep", *names]
    values = {
        "command": shlex.join(command),
        "keep": "\n".join(f"    keep {shlex.quote(name)} {kind}" for name, kind in kept.items()),
        "list": shlex.quote(settings.name),
        "storage": shlex.quote(folder),
    }
    return _PLACE.sub(lambda place: values[place[1]], _template())


def _template() -> str:
    return resources.files("onelist.data").joinpath("notebook_server", "start.sh").read_text(encoding="utf-8")


def _absolute(storage: str) -> str:
    """Return the path of the storage folder in its shortest form."""
    parts = [part for part in storage.split("/") if part not in {"", "."}]
    if not storage.startswith("/") or not parts or ".." in parts or not storage.isprintable():
        raise UsageError(
            f"{printable(storage)!r} cannot be the storage folder.",
            "Name the folder that the host keeps, by its absolute path there: --storage /storage",
        )
    return "/" + "/".join(parts)


def _checked(name: str) -> str:
    """Return a name that may stand in HOME."""
    bare = name.removesuffix("/")
    if bare in {"", ".", ".."} or "/" in bare or not name.isprintable() or _OWN in name:
        raise UsageError(
            f"{printable(name)!r} cannot be kept.",
            "Write the name of one file or folder of HOME, such as .gitconfig or .fastai/",
        )
    return name


def _kind(name: str) -> str:
    """Return what a name stands for, in the words of the script."""
    return _KNOWN.get(name.rstrip("/"), "folder open" if name.endswith("/") else "any open")
