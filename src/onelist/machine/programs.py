"""Which programs come first on PATH, and which Python runs each of them; nothing is run here but pyenv."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelist.core.system.programs import run_program
from onelist.core.system.regular_files import read_regular
from onelist.machine.facts import Kernel, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAMES = ("python", "python3", "py", "pip", "pip3", "ipython", "jupyter", "conda", "mamba", "micromamba", "pixi", "uv")
"""The programs that are looked for."""
_HEAD = 4096
"""The part of a script, in bytes, that says which Python runs it."""
_TAIL = 1 << 17
"""The part of a Windows launcher, in bytes, that has its ``#!`` line and a zip archive (distlib, ``ScriptMaker``)."""
_SECONDS = 5
_LARGEST_KERNEL = 1 << 16
"""A larger kernel.json is not read, in bytes."""


def search_path(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders of PATH, without that of the environment in which ``uvx`` starts onelist.

    ``uvx`` puts it in front, and it is not the Python that learners use. uv tells its own path in ``UV``; an
    environment that people have activated, and that of ``uv run``, is named in ``VIRTUAL_ENV``.
    """
    folders = tuple(filter(None, variables.get("PATH", os.defpath).split(os.pathsep)))
    is_own = sys.prefix != sys.base_prefix and _real(variables.get("VIRTUAL_ENV", "")) != _real(sys.prefix)
    if not (is_own and "UV" in variables):
        return folders
    own = _real(str(Path(sys.executable).parent))
    return tuple(folder for folder in folders if _real(folder) != own)


def find_programs(folders: Sequence[str], variables: Mapping[str, str]) -> tuple[Program, ...]:
    """Return the programs that come first on PATH.

    Args:
        folders: The folders of PATH.
        variables: The environment variables.

    Returns:
        Those that exist, in the order of `NAMES`.
    """
    path = os.pathsep.join(folders)
    found = [(name, place) for name in NAMES if (place := shutil.which(name, path=path))]
    found += [(name, place) for name, place in _of_variables(variables) if name not in {other for other, _ in found}]
    shims = {str(Path(place).parent) for _, place in found if Path(place).parent.name == "shims"}
    behind = {folder: _behind_shims(folder, folders, variables) for folder in shims}
    programs = []
    for name, place in found:
        chosen = behind.get(str(Path(place).parent), "")
        real = (shutil.which(name, path=chosen) or place) if chosen else place
        programs.append(Program(name=name, path=place, interpreter=interpreter_of(real, folders)))
    return tuple(programs)


def _of_variables(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the programs that are functions of the shell, and not on PATH: their variables say where they are."""
    if variables.get("CONDA_EXE"):
        yield "conda", variables["CONDA_EXE"]
    if place := variables.get("MAMBA_EXE"):
        yield "micromamba" if "micromamba" in Path(place).name else "mamba", place


def _behind_shims(shims: str, folders: Sequence[str], variables: Mapping[str, str]) -> str:
    """Return the PATH in which pyenv looks for the program that a shim starts; ``""`` if pyenv does not tell.

    One question answers for all shims, because each start of pyenv takes a tenth of a second (pyenv, "Understanding
    Python version selection").
    """
    root = Path(shims).parent
    others = [folder for folder in folders if folder != shims]
    pyenv = shutil.which("pyenv", path=os.pathsep.join((*others, str(root / "bin"))))
    if pyenv is None:
        return ""
    try:
        own = {**variables, "PYENV_ROOT": str(root)}  # a shim has that of its own folder in it
        ran = run_program([pyenv, "version-name"], seconds=_SECONDS, environment=own)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    versions = [version for version in ran.stdout.strip().split(":") if version]
    places = [others if version == "system" else [str(root / "versions" / version / "bin")] for version in versions]
    return os.pathsep.join(place for some in places for place in some)


def interpreter_of(path: str, folders: Sequence[str]) -> str:
    """Return the Python that runs a program.

    Args:
        path: The program: a Python, a script with a ``#!`` line, or a launcher of Windows.
        folders: The folders of PATH, for ``#!/usr/bin/env python3``.

    Returns:
        Its path; ``""`` if that cannot be told, or the program needs no Python.
    """
    if re.fullmatch(r"python[\d.]*(?:\.exe)?", Path(path).name):
        return path
    words = _command_of(path)
    if not words:
        return ""
    if os.path.basename(words[0]) == "env":  # noqa: PTH119 - a path of another system is only text here
        name = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
        return (shutil.which(name, path=os.pathsep.join(folders)) or "") if name.startswith("python") else ""
    return words[0] if "python" in os.path.basename(words[0]) else ""  # noqa: PTH119


def _command_of(path: str) -> list[str]:
    """Return the words with which a script is started, such as its Python; empty if there are none."""
    try:
        if not Path(path).is_file():  # to open a pipe would wait for a writer
            return []
        with Path(path).open("rb") as file:
            head = file.read(_HEAD)
            if head.startswith(b"MZ"):
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _TAIL))
                tail = file.read(_TAIL)
                head = tail[tail.rfind(b"#!") :] if b"#!" in tail else b""
    except OSError:
        return []
    if not head.startswith(b"#!"):
        return []
    first, _, rest = (os.fsdecode(part).strip() for part in head[2:].partition(b"\n"))
    words = first.split()
    if words and words[0].endswith("/sh") and (match := _THROUGH_SHELL.match(rest)):
        return [_through_shell(path, match[1])]
    whole = first.strip('"')
    # A path with blanks stands alone in the line; pip writes no options there.
    return [whole] if first.startswith('"') or os.path.isfile(whole) else words  # noqa: PTH113


_THROUGH_SHELL = re.compile(r"'''exec' (.+) \"\$0\" \"\$@\"")
"""What pip and uv write where the path of the Python has blanks, or is too long for the system."""


def _through_shell(path: str, written: str) -> str:
    """Return the Python that a script starts through a shell.

    Args:
        path: The script.
        written: The words between ``exec`` and ``"$0"``: a path, in quotes of one kind or another. uv writes
            ``"$(dirname -- "$(realpath -- "$0")")"/'python'`` in an environment that can be moved.

    Returns:
        The path.
    """
    start, mark, name = written.rpartition(')")"/')
    if mark and start.startswith('"$(dirname'):
        return str(Path(path).resolve().parent / name.strip("'\""))
    try:
        words = shlex.split(written)
    except ValueError:
        words = []
    return words[0] if len(words) == 1 else written.strip("'\"")


def installation_of(interpreter: str) -> str:
    """Return what tells whether two Pythons are the same: the folder of an environment, or the real program.

    A virtual environment (PEP 405) and a conda environment are known by a file in their folder. Elsewhere links and
    names with versions, such as ``python3`` and ``python3.11``, lead to one program.

    Args:
        interpreter: The path of a Python.

    Returns:
        A path that is only compared.
    """
    if not interpreter:
        return ""
    folder = Path(resolved(str(Path(interpreter).parent)))
    for prefix in (folder.parent, folder):
        if (prefix / "pyvenv.cfg").is_file() or (prefix / "conda-meta").is_dir():
            return _real(str(prefix))
    return _real(interpreter)


def _real(path: str) -> str:
    return os.path.normcase(resolved(path))


def resolved(path: str) -> str:
    """Return a path without links; the path itself where no file can have it, such as one with a NUL."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def find_kernels(prefixes: Sequence[str], variables: Mapping[str, str], home: str) -> tuple[Kernel, ...]:
    """Return the kernels that Jupyter offers, the first of each name.

    Args:
        prefixes: The folders of the installations that may run Jupyter.
        variables: The environment variables.
        home: The home folder.

    Returns:
        The kernels, in the order in which Jupyter looks for them (jupyter-core, ``jupyter_path``).
    """
    found: dict[str, Kernel] = {}
    for folder in _data_folders(prefixes, variables, home):
        try:
            names = sorted(os.listdir(Path(folder, "kernels")))  # noqa: PTH208 - only the names
        except OSError:
            continue
        for name in names:
            file = Path(folder, "kernels", name, "kernel.json")
            if name.lower() not in found and file.is_file():
                found[name.lower()] = _kernel(name, file)
    return tuple(found.values())


def _data_folders(prefixes: Sequence[str], variables: Mapping[str, str], home: str) -> Iterator[str]:
    yield from filter(None, variables.get("JUPYTER_PATH", "").split(os.pathsep))
    if variables.get("JUPYTER_DATA_DIR"):
        yield variables["JUPYTER_DATA_DIR"]
    elif sys.platform == "win32":
        yield str(Path(variables.get("APPDATA", home), "jupyter"))
    elif sys.platform == "darwin":
        yield str(Path(home, "Library/Jupyter"))
    else:
        yield str(Path(variables.get("XDG_DATA_HOME") or Path(home, ".local/share"), "jupyter"))
    yield from (str(Path(prefix, "share/jupyter")) for prefix in prefixes)
    if sys.platform == "win32":
        yield str(Path(variables.get("PROGRAMDATA", "C:/ProgramData"), "jupyter"))
    else:
        yield from ("/usr/local/share/jupyter", "/usr/share/jupyter")


def _kernel(name: str, file: Path) -> Kernel:
    content: dict[str, Any] = {}
    try:
        read = json.loads(read_regular(file, _LARGEST_KERNEL))
        content = read if isinstance(read, dict) else {}
    except (OSError, ValueError, RecursionError):
        pass
    argv = content.get("argv")
    program = str(argv[0]) if isinstance(argv, list) and argv else ""
    is_own = program in {"python", "python3"} or re.fullmatch(r"python3\.\d+", program) is not None
    interpreter = "" if is_own or not program else program
    return Kernel(
        name=name,
        title=str(content.get("display_name", name)),
        file=str(file),
        program=program,
        interpreter=interpreter,
        is_python=str(content.get("language", "")).lower() == "python",
        exists=is_own or bool(program and (shutil.which(program) or os.path.isfile(program))),  # noqa: PTH113
    )
