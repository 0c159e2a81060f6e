"""Jupyter notebooks and Python files -> what they import, and what their cells install."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
import warnings
from typing import TYPE_CHECKING, NamedTuple

from onelist.importing.commands import read_commands
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.translation.import_names import is_of_any_python

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_SHELL = re.compile(r"^(\s*)(?:[%!?].*|(?:[\w.,][\w., \t]*=\s*)?[%!]\s*\w.*|[\w.]+\?{1,2}\s*)$")
"""A line of a cell that is for IPython and not for Python: magics, shell commands, help."""
_WRITTEN = re.compile(r"\s*%%(?:write)?file\s+(?:-a\s+)?(?:\S*/)?(\w+)\.py\s")
"""A cell that writes a module."""
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "px"})
"""Cell magics whose cell is Python."""
_IMPORT = re.compile(
    r"^\s*(?:import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)|from\s+([\w.]+)\s+import\b)"
)
FILES_OF_COURSES = frozenset(
    "app common config constants exercise exercises functions helper helpers lesson lessons lib main model models "
    "my_module mymodule scripts settings solution solutions src student students test tests tools util utils".split()
)
"""Names that people give to their own files."""
_RUNS = frozenset({"system", "run", "check_call", "check_output", "call", "Popen", "getoutput"})
"""Functions of subprocess, os and IPython that run a command."""


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


def _no_file(_name: str) -> None:
    """Read no file."""


def read_notebook(
    file: str, text: str, local: Collection[str] = (), include: Callable[[str], ReadFile | None] = _no_file
) -> ReadFile:
    """Read a Jupyter notebook (nbformat 3 and 4).

    Args:
        file: The name of the file, for places.
        text: Its content.
        local: Modules that lie beside the file.
        include: Reads the file that ``pip install -r`` names, relative to this one; returns None if it cannot be read.

    Returns:
        What its cells import and install.

    Raises:
        ValueError: It is not a notebook.
    """
    return _read(file, "notebook", chunks_of_notebook(file, text), local, include)


def read_script(
    file: str, text: str, local: Collection[str] = (), include: Callable[[str], ReadFile | None] = _no_file
) -> ReadFile:
    """Read a Python file; see :func:`read_notebook`."""
    return _read(file, "Python file", [Chunk(Place(file), text.removeprefix("\ufeff"))], local, include)


def read_shell(file: str, text: str, include: Callable[[str], ReadFile | None] = _no_file) -> ReadFile:
    """Read a script of a shell, or a Dockerfile: what it installs with pip and conda."""
    found = read_commands(text, Place(file), include)
    return ReadFile(
        file=file,
        format="script",
        items=tuple(found.packages),
        channels=tuple(dict.fromkeys(found.channels)),
        decisions=tuple(found.remarks),
    )


def chunks_of_notebook(file: str, text: str) -> list[Chunk]:
    """Return the code cells of a notebook (https://nbformat.readthedocs.io); none of a notebook in another language.

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
    if not _is_in_python(document):
        return []
    return [
        Chunk(Place(file, f"cell {number}"), source)
        for number, cell in enumerate(cells, start=1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and (source := _source(cell))
    ]


def _is_in_python(document: object) -> bool:
    """Tell whether a notebook is written in Python, as far as it says."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    tables = [metadata.get(key) for key in ("language_info", "kernelspec")] if isinstance(metadata, dict) else []
    names = [one.get("name" if key == 0 else "language") for key, one in enumerate(tables) if isinstance(one, dict)]
    language = next((name for name in names if isinstance(name, str) and name), "python")
    return "python" in language.lower()


def _list_in(table: object, key: str) -> list[object]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, list) else []


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def modules_used(chunks: Sequence[Chunk], local: Collection[str] = ()) -> list[Use]:
    """Return the modules that a program imports, each once, without parts of Python, and files of the course.

    The files of the course are the modules beside a program, and those with a name such as ``utils``: the package index
    has projects with such names, and no course means them.
    """
    found: dict[str, Use] = {}
    local = {*local, *(match[1] for chunk in chunks if (match := _WRITTEN.match(chunk.source)))}
    for chunk in chunks:
        for module, line in _imports(chunk.source):
            top = module.partition(".")[0]
            if not is_of_any_python(module) and top not in local and top.lower() not in FILES_OF_COURSES:
                found.setdefault(module, Use(module, chunk.place, line))
    return list(found.values())


def _read(
    file: str,
    kind: str,
    chunks: Sequence[Chunk],
    local: Collection[str],
    include: Callable[[str], ReadFile | None],
) -> ReadFile:
    items = [
        NamedPackage(namespace=Namespace.MODULE, name=use.module, place=use.place)
        for use in modules_used(chunks, local)
    ]
    remarks = list(_own_files(chunks, local))
    channels: dict[str, None] = {}
    for chunk in chunks:
        for text in (chunk.source, "\n".join(_commands_run(chunk.source))):
            found = read_commands(text, chunk.place, include)
            items += found.packages
            remarks += found.remarks
            channels |= dict.fromkeys(found.channels)
    return ReadFile(file=file, format=kind, items=tuple(items), channels=tuple(channels), decisions=tuple(remarks))


def _own_files(chunks: Sequence[Chunk], local: Collection[str]) -> Iterator[Remark]:
    """Yield the modules that are most likely files of the course, and that do not lie beside the program."""
    for chunk in chunks:
        tops = dict.fromkeys(module.partition(".")[0] for module, _ in _imports(chunk.source))
        for top in tops:
            if top.lower() in FILES_OF_COURSES and top not in local and not is_of_any_python(top):
                yield Remark(
                    chunk.place, f"{top} is most likely a file of the course. If a package brings it, add that."
                )


def _tree(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell without its lines for IPython; None if the rest is not valid Python 3."""
    code = "\n".join(_SHELL.sub(r"\1pass", line) for line in source.splitlines())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the code of other people
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _commands_run(source: str) -> Iterator[str]:
    """Yield the commands that a program runs with subprocess, os or IPython, each as a line of a shell."""
    if "install" not in source:
        return
    for node in ast.walk(_tree(source) or ast.Module([], [])):
        if isinstance(node, ast.Call) and node.args and getattr(node.func, "attr", "") in _RUNS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.List | ast.Tuple):
                words = [one.value if isinstance(one, ast.Constant) else "{sys.executable}" for one in first.elts]
                yield shlex.join(map(str, words))


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield the modules of the import statements of a cell, each with its line from 1."""
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return
    tree = _tree(source)
    if tree is None:
        yield from _imports_by_line(source)
        return
    needless = set(_needless(tree))
    for node in ast.walk(tree):
        if node in needless:
            continue
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((module, node.lineno) for module in _of_from(node))


def _needless(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the imports that stand in for a part of Python: those below ``except`` where ``try`` only imports parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and (
            tried := [one for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
        ):
            modules = [module for one in tried for module in _modules_of(one)]
            if all(module.partition(".")[0] in sys.stdlib_module_names for module in modules):
                yield from (inner for one in node.handlers if _is_for_imports(one) for inner in ast.walk(one))


def _is_for_imports(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or "ImportError" in ast.unparse(handler.type).replace("ModuleNotFound", "Import")


def _modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [name.name for name in node.names] if isinstance(node, ast.Import) else [node.module or "."]


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
