"""The notebooks and scripts of a course -> what they import, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.core.errors import UsageError
from onelist.core.system.regular_files import leads_out
from onelist.core.text import printable
from onelist.importing.code import Chunk, Use, chunks_of_notebook, modules_used
from onelist.importing.model import Place, Remark
from onelist.importing.read import code_files, local_modules, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ENDINGS = (".ipynb", ".py")


class Programs(NamedTuple):
    """The programs of a course.

    Attributes:
        files: Those that could be read.
        uses: What they import, each module once for each file.
        unreadable: Those that could not be read, with the reason.
    """

    files: tuple[str, ...]
    uses: tuple[Use, ...]
    unreadable: tuple[Remark, ...]


def read_programs(paths: Iterable[Path]) -> Programs:
    """Read notebooks and Python files.

    Args:
        paths: Files and folders, in the order of the call.

    Returns:
        What they import. A file that cannot be read does not cost the others.

    Raises:
        UsageError: A path is no notebook, no Python file and no folder with any.
    """
    files: list[str] = []
    uses: list[Use] = []
    unreadable: list[Remark] = []
    for path in dict.fromkeys(one for named in paths for one in _files(named)):
        try:
            uses += _uses(path)
            files.append(str(path))
        except UsageError as error:
            unreadable.append(Remark(Place(str(path)), error.message))
    return Programs(tuple(files), tuple(uses), tuple(unreadable))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        if found := code_files(path):
            return found
        raise UsageError(f"{path} has no notebook and no Python file.", "Name a notebook (.ipynb) or a script (.py).")
    if not path.exists():
        raise UsageError(f"{path} does not exist.", "Name a notebook (.ipynb), a script (.py) or a folder with them.")
    if path.suffix not in _ENDINGS:
        raise UsageError(
            f"{path} is no notebook and no Python file.", "Name a notebook (.ipynb), a script (.py) or a folder."
        )
    return [path]


def _uses(path: Path) -> list[Use]:
    """Return what a program imports.

    Raises:
        UsageError: It cannot be read.
    """
    if leads_out(path, path.parent):
        raise UsageError(f"{path} is a link that leads out of its folder.")
    text, file = read_text(path), str(path)
    try:
        is_notebook = path.suffix == ".ipynb"
        chunks = chunks_of_notebook(file, text) if is_notebook else [Chunk(Place(file), text)]
        return modules_used(chunks, local_modules(path))
    except ValueError as error:
        raise UsageError(f"{path} cannot be read: {printable(str(error))}.") from error
