"""Jupyter notebooks and Python files -> what they import, and what their cells install."""

from __future__ import annotations

import ast
import json
import re
import shlex
import warnings
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.text import shortened
from onelist.importing.conda_files import read_match_spec
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.importing.requirements_txt import read_line
from onelist.translation.import_names import is_in_python

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_INSTALL = re.compile(
    r"^(?:[!%]{1,2}|RUN|&&|sudo)?\s*(?:\S*/)?(?:(?:uv|python3?|\{sys\.executable\}|\$\{?sys\.executable\}?)\s+(?:-m\s+)?)?"
    r"(?P<tool>pip3?|conda|mamba|micromamba)\s+install\s+(?P<rest>[^;&|\n]+)"
)
_SHELL = re.compile(r"^(\s*)(?:[%!?].*|(?:[\w.,][\w., \t]*=\s*)?[%!]\s*\w.*|[\w.]+\?{1,2}\s*)$")
"""A line of a cell that is for IPython and not for Python: magics, shell commands, help."""
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "px"})
"""Cell magics whose cell is Python."""
_IMPORT = re.compile(
    r"^\s*(?:import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)|from\s+([\w.]+)\s+import\b)"
)
_OPTIONS_WITH_VALUE = frozenset(
    "-c --channel -n --name -p --prefix -f --find-links -i --index-url --extra-index-url -t --target -r --requirement "
    "--file --constraint --python".split()
)
_PIP = frozenset({"pip", "pip3"})


class Chunk(NamedTuple):
    """A part of a program: a cell or a whole file.

    Attributes:
        place: Where it is.
        source: Its text.
    """

    place: Place
    source: str


class Use(NamedTuple):
    """A module that a program imports.

    Attributes:
        module: The module, with all parts of its name.
        place: Where the first import is: the file or the cell.
        line: The line of the import there, from 1.
    """

    module: str
    place: Place
    line: int


def read_notebook(file: str, text: str, local: Collection[str] = ()) -> ReadFile:
    """Read a Jupyter notebook (nbformat 3 and 4).

    Args:
        file: The name of the file, for places.
        text: Its content.
        local: Modules that lie beside the file.

    Returns:
        What its cells import and install.

    Raises:
        ValueError: It is not a notebook.
    """
    return _read(file, "notebook", chunks_of_notebook(file, text), local)


def read_script(file: str, text: str, local: Collection[str] = ()) -> ReadFile:
    """Read a Python file; see :func:`read_notebook`."""
    return _read(file, "Python file", [Chunk(Place(file), text.removeprefix("\ufeff"))], local)


def read_shell(file: str, text: str) -> ReadFile:
    """Read a script of a shell, or a Dockerfile: what it installs with pip and conda."""
    found, channels = _installs(Chunk(Place(file), text))
    return ReadFile(
        file=file,
        format="script",
        items=tuple(one for one in found if isinstance(one, NamedPackage)),
        channels=tuple(dict.fromkeys(channels)),
        decisions=tuple(one for one in found if isinstance(one, Remark)),
    )


def chunks_of_notebook(file: str, text: str) -> list[Chunk]:
    """Return the code cells of a notebook (https://nbformat.readthedocs.io).

    Raises:
        ValueError: It is not a notebook.
    """
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON, as a notebook is") from error
    sheets = [sheet for sheet in (document, *_list_in(document, "worksheets")) if isinstance(sheet, dict)]
    cells = [cell for sheet in sheets for cell in _list_in(sheet, "cells")]
    if not any("nbformat" in sheet or "cells" in sheet for sheet in sheets):
        raise ValueError("it has no cells, as a notebook has")
    return [
        Chunk(Place(file, f"cell {number}"), source)
        for number, cell in enumerate(cells, start=1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and (source := _source(cell))
    ]


def _list_in(table: object, key: str) -> list[object]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, list) else []


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def modules_used(chunks: Sequence[Chunk], local: Collection[str] = ()) -> list[Use]:
    """Return the modules that a program imports, each once, without parts of Python and modules beside it."""
    found: dict[str, Use] = {}
    for chunk in chunks:
        for module, line in _imports(chunk.source):
            if not is_in_python(module) and module.partition(".")[0] not in local:
                found.setdefault(module, Use(module, chunk.place, line))
    return list(found.values())


def _read(file: str, kind: str, chunks: Sequence[Chunk], local: Collection[str]) -> ReadFile:
    items = [
        NamedPackage(namespace=Namespace.MODULE, name=use.module, place=use.place)
        for use in modules_used(chunks, local)
    ]
    remarks: list[Remark] = []
    channels: dict[str, None] = {}
    for chunk in chunks:
        found, named = _installs(chunk)
        items += [one for one in found if isinstance(one, NamedPackage)]
        remarks += [one for one in found if isinstance(one, Remark)]
        channels |= dict.fromkeys(named)
    return ReadFile(file=file, format=kind, items=tuple(items), channels=tuple(channels), decisions=tuple(remarks))


def _installs(chunk: Chunk) -> tuple[list[NamedPackage | Remark], list[str]]:
    """Return the packages that the lines of a cell or a script install, and the channels that they name."""
    found: list[NamedPackage | Remark] = []
    channels: list[str] = []
    for line in re.sub(r"\\\n\s*", " ", chunk.source).splitlines():
        for command in re.split(r"&&|;", line):
            if match := _INSTALL.match(command.lstrip()):
                packages, named = _installed(match["tool"], match["rest"], chunk.place)
                found += packages
                channels += named
    return found, channels


def _installed(tool: str, rest: str, place: Place) -> tuple[list[NamedPackage | Remark], list[str]]:
    """Return the packages and channels of ``pip install ...`` or ``conda install ...``."""
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        return [Remark(place, f"This command cannot be read: {tool} install {shortened(rest)}")], []
    found: list[NamedPackage | Remark] = []
    channels: list[str] = []
    option = ""
    for word in words:
        if option in {"-c", "--channel"} and tool not in _PIP:
            channels.append(word)
        elif not option and not word.startswith("-"):
            found.append(read_line(word, place) if tool in _PIP else read_match_spec(word, place))
        option = word if word in _OPTIONS_WITH_VALUE and not option else ""
    return found, channels


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield the modules of the import statements of a cell, each with its line from 1."""
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return
    code = "\n".join(_SHELL.sub(r"\1pass", line) for line in source.splitlines())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the code of other people
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from _imports_by_line(source)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((module, node.lineno) for module in _of_from(node))


def _of_from(node: ast.ImportFrom) -> Iterator[str]:
    """Yield ``a.b`` for ``from a import b``: b may be a module of a namespace package, such as google.cloud.storage."""
    for name in node.names:
        yield f"{node.module}.{name.name}" if name.name != "*" else str(node.module)


def _imports_by_line(source: str) -> Iterator[tuple[str, int]]:
    """Yield the modules of a cell that is not valid Python 3, such as one of Python 2."""
    for number, line in enumerate(source.splitlines(), start=1):
        if match := _IMPORT.match(line):
            if match[2]:
                yield match[2], number
            else:
                yield from ((part.split()[0], number) for part in match[1].split(","))
