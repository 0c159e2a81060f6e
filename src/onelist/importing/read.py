"""Read the files and folders that a person names: which format each file has, and which files of a folder count."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.system.regular_files import MAX_BYTES, leads_out, read_regular
from onelist.core.text import printable
from onelist.importing.code import read_notebook, read_script, read_shell
from onelist.importing.commands import debian_remark
from onelist.importing.conda_files import read_environment
from onelist.importing.model import Place, ReadFile, Remark
from onelist.importing.requirements_txt import read_requirements
from onelist.importing.setup_cfg import read_setup_cfg
from onelist.importing.toml_files import parse_toml, read_pixi, read_pyproject
from onelist.settings.pyproject import from_pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onelist.settings.editing.template import NewSettings

MOST_BYTES = 1 << 26
"""The largest notebook that is read: 64 MiB. Notebooks hold their pictures. Other files have the usual limit."""
MOST_INCLUDED = 100
"""How many files are read that a file names with ``-r``, and those files in turn."""
MOST_FILES = 2000
"""How many notebooks and Python files of a folder are read."""
FORMATS = (
    "requirements.txt, environment.yml, pixi.toml, pyproject.toml, setup.cfg, Jupyter notebooks (.ipynb), Python files "
    "(.py), and folders, such as one for Binder"
)
_LISTS = (
    *("environment.yml", "environment.yaml", "requirements.txt", "pixi.toml", "pyproject.toml", "setup.cfg"),
    *("apt.txt", "runtime.txt", "postBuild", "start"),
)
"""The files of a folder that count. Binder reads most of them (repo2docker, "Configuration Files")."""
_OF_BINDER = frozenset({"apt.txt", "runtime.txt", "postBuild", "start"})
_OTHER_PEOPLES = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env", "build", "dist"})


def read_sources(paths: Iterable[Path]) -> list[ReadFile]:
    """Read files and folders.

    Args:
        paths: The files and folders, in the order of the call.

    Returns:
        What each file says; a file that is named several times counts once.

    Raises:
        UsageError: A file cannot be read, or has no format from which a list can be made.
    """
    files = {path.resolve(): path for named in paths for path in _files(named)}
    return [read_source(path) for path in files.values()]


def read_source(path: Path) -> ReadFile:
    """Read one file; see :func:`read_sources`."""
    try:
        return _reader(path)(path, read_text(path))
    except RecursionError as error:
        raise UsageError(f"{path} cannot be imported: it is nested too deeply.", "Correct the file.") from error
    except ValueError as error:
        raise UsageError(f"{path} cannot be imported: {printable(str(error))}.", "Correct the file.") from error


def restored_settings(path: Path) -> NewSettings | None:
    """Return the settings.ini from which ``onelist export pyproject`` wrote a file; None for another file."""
    if path.is_dir():
        return None if leads_out(path / "pyproject.toml", path) else restored_settings(path / "pyproject.toml")
    if path.suffix != ".toml" or not path.is_file() or leads_out(path, path.parent):
        return None
    try:
        return from_pyproject(parse_toml(read_text(path)))
    except ValueError:
        return None


def find_sources(folder: Path) -> list[Path]:
    """Return the files of a folder from which a list can be made, without those that only Binder reads."""
    return [path for path in _lists_in(folder) if path.name not in _OF_BINDER]


def code_files(folder: Path) -> list[Path]:
    """Return the notebooks and Python files of a folder and the folders below it.

    Raises:
        UsageError: There are too many.
    """
    found: list[Path] = []
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _OTHER_PEOPLES)
        found += [Path(place) / name for name in sorted(names) if name.endswith((".ipynb", ".py"))]
        if len(found) > MOST_FILES:
            raise UsageError(f"{folder} has more than {MOST_FILES} notebooks and Python files.", "Name some of them.")
    return found


def local_modules(path: Path) -> frozenset[str]:
    """Return the modules that lie beside a notebook or a Python file, and in the folder above it."""
    folders = {path.parent, path.parent.parent} if path.parent != path.parent.parent else {path.parent}
    return frozenset(one.stem for folder in folders for one in _modules_in(folder))


def _modules_in(folder: Path) -> Iterator[Path]:
    try:
        for one in folder.iterdir():
            if one.suffix == ".py" or (one.is_dir() and any(one.glob("*.py"))):
                yield one
    except OSError:  # it may not be read
        return


def _files(path: Path) -> list[Path]:
    """Return the files that a path stands for.

    Raises:
        UsageError: It is a folder without such files, or a link that leads out of its folder and could show any file.
    """
    if not path.is_dir():
        if leads_out(path, path.parent):
            hint = f"If you mean the file that it leads to, name that one: {printable(os.path.realpath(path))}"
            raise UsageError(f"{path} is a link that leads out of its folder.", hint)
        return [path]
    found = _files_in(path)
    if outside := next((one for one in found if leads_out(one, path)), None):
        raise UsageError(f"{outside} is a link that leads out of {path}.", "Put a copy there in place of the link.")
    return found


def _files_in(path: Path) -> list[Path]:
    for name in ("binder", ".binder"):  # Binder ignores the other files then
        if (path / name).is_dir() and (found := _lists_in(path / name)):
            return found
    found = _lists_in(path) or code_files(path)
    if not found:
        raise UsageError(f"{path} has no file to import.", f"A list can be made from {FORMATS}.")
    return found


def _lists_in(folder: Path) -> list[Path]:
    return [path for name in _LISTS if (path := folder / name).is_file()]


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        UsageError: It cannot be read, or is not text.
    """
    try:
        content = read_regular(path, MOST_BYTES if path.suffix == ".ipynb" else MAX_BYTES)
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.", "Look at the name and the folder.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", "Name a file that you may read.") from error
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"  # PowerShell writes UTF-16
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error


_LOCK = re.compile(r"pylock(\.[^.]+)?\.toml|.*\.lock|conda-lock.*\.ya?ml", re.IGNORECASE)
"""The names of locks: pylock.toml (PEP 751), and those of pixi, uv, poetry and conda-lock."""


def _reader(path: Path) -> Callable[[Path, str], ReadFile]:
    """Return the function that reads a file with this name.

    Raises:
        UsageError: A list cannot be made from such a file.
    """
    if _LOCK.fullmatch(path.name):
        raise _lock_error(path)
    by_name: dict[str, Callable[[Path, str], ReadFile]] = {
        "apt.txt": _read_apt,
        "runtime.txt": _read_runtime,
        "postBuild": _read_shell,
        "Dockerfile": _read_shell,
    }
    by_suffix: dict[str, Callable[[Path, str], ReadFile]] = {
        ".txt": _read_txt,
        ".in": _read_txt,
        ".yml": lambda path, text: read_environment(str(path), text, _Includes(path).read),
        ".yaml": lambda path, text: read_environment(str(path), text, _Includes(path).read),
        ".toml": _read_toml,
        ".cfg": lambda path, text: read_setup_cfg(str(path), text, _Includes(path).read),
        ".ipynb": lambda path, text: read_notebook(str(path), text, local_modules(path), _Includes(path).read),
        ".py": lambda path, text: read_script(str(path), text, local_modules(path), _Includes(path).read),
        ".sh": _read_shell,
    }
    by_name["start"] = _read_shell
    named = (
        read for name, read in by_name.items() if path.name.endswith(name) and (name != "start" or path.name == name)
    )
    reader = next(named, by_suffix.get(path.suffix))
    if reader is None:
        raise UsageError(f"{path} is no file that onelist can import.", f"A list can be made from {FORMATS}.")
    return reader


def _lock_error(path: Path) -> UsageError:
    return UsageError(
        f"{path} is a lock: it names each package of one day, and a list names what the course uses.",
        "Name the file from which it was made, such as pixi.toml or pyproject.toml.",
    )


class _Includes:
    """Reads the files that a file names with ``-r``: those below its folder, each once."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._seen = {path.resolve()}

    def read(self, name: str) -> ReadFile | None:
        try:
            path = (self._folder / name).resolve()
            if path in self._seen:
                return ReadFile(file=name, format="requirements.txt")
            if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
                return None
        except (OSError, ValueError):  # no file can have this name
            return None
        if len(self._seen) > MOST_INCLUDED:
            raise ValueError(f"it leads to more than {MOST_INCLUDED} files with -r")
        self._seen.add(path)
        return read_requirements(str(self._folder / name), read_text(path), self.read)


def _read_toml(path: Path, text: str) -> ReadFile:
    document = parse_toml(text)
    if "lock-version" in document:
        raise _lock_error(path)
    is_pyproject = bool({"project", "tool", "build-system", "dependency-groups"} & set(document))
    is_pixi = (
        path.name.endswith("pixi.toml") or not is_pyproject or ("workspace" in document and "tool" not in document)
    )
    return read_pixi(str(path), text) if is_pixi else read_pyproject(str(path), text)


def _read_txt(path: Path, text: str) -> ReadFile:
    """Read a requirements.txt.

    Raises:
        UsageError: It names files, as ``conda list --explicit`` writes them.
    """
    if "@EXPLICIT" in text.splitlines():
        raise _lock_error(path)
    return read_requirements(str(path), text, _Includes(path).read)


def _read_shell(path: Path, text: str) -> ReadFile:
    return read_shell(str(path), text, _Includes(path).read)


def _read_apt(path: Path, text: str) -> ReadFile:
    """Read the apt.txt of Binder: packages of Debian, which neither pip nor conda installs."""
    names = [word for line in text.splitlines() for word in line.partition("#")[0].split()]
    remark = debian_remark(names, Place(str(path)))
    return ReadFile(file=str(path), format="apt.txt", decisions=(remark,) if names else ())


def _read_runtime(path: Path, text: str) -> ReadFile:
    """Read the runtime.txt of Binder: the version of Python, as in ``python-3.10``."""
    match = re.match(r"\s*python-([\d.]+)", text)
    pythons = (Remark(Place(str(path)), f"=={match[1]}"),) if match else ()
    return ReadFile(file=str(path), format="runtime.txt", pythons=pythons)
