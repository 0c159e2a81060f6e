"""Names of modules -> the project of the package index that is meant, from the bundled table."""

from __future__ import annotations

import sys
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import InvalidName, canonicalize_name

from onelist.core.data import read_rows
from onelist.translation.names import reverse_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE = "import_names.tsv"
_PRIVATE_MODULES = frozenset({"builtins", "google.colab", "kaggle_secrets", "dbutils", "pyodide", "js"})
"""Modules that only one place to run notebooks brings."""

_OFTEN_IMPORTED = frozenset(
    "IPython PIL bokeh bs4 cv2 fastai keras matplotlib mpl_toolkits nltk numpy pandas plotly scipy seaborn skimage "
    "sklearn statsmodels sympy tensorflow torch transformers".split()
)
"""Packages whose parts courses import: ``torch.nn`` is no project. Other names with a dot can be projects."""


class NameKind(Enum):
    """Whose name it is that stands in place of the name of a project."""

    MODULE = "a module"
    CONDA = "a conda package"
    PYTHON = "a part of Python"


class MeantProject(NamedTuple):
    """What a name stands for that is not the name of the project that is meant.

    Attributes:
        kind: Whose name it is.
        project: The normalised name of the project; ``""`` for a part of Python.
        has_namesake: Whether the package index has another project with this name.
        is_namesake_other: Whether it is known that this project does not bring what people mean.
    """

    kind: NameKind
    project: str
    has_namesake: bool
    is_namesake_other: bool = False


def meant_project(name: str) -> MeantProject | None:
    """Return which project is meant by the name of a module or of a conda package.

    Args:
        name: A name that is listed as that of a project, in any spelling.

    Returns:
        The project; None if the name is not known as another one.
    """
    key = canonicalize_name(name)
    if row := _top_modules().get(key):
        project, namesake = row
        kind = NameKind.PYTHON if project == "-" else NameKind.MODULE
        return MeantProject(kind, project.strip("-"), bool(namesake), is_namesake_other=namesake == "other")
    top, dot, _ = name.partition(".")
    if dot and top in sys.stdlib_module_names:  # such as os.path
        return MeantProject(NameKind.PYTHON, "", has_namesake=False)
    if dot and top in _OFTEN_IMPORTED and (meant := project_of(top)):
        return MeantProject(NameKind.MODULE, meant, has_namesake=False)
    entry = reverse_entry(name.lower()) or reverse_entry(key)
    if entry is None or entry.pypi in {"-", key}:
        return None
    return MeantProject(NameKind.CONDA, entry.pypi, entry.has_namesake)


def is_in_python(module: str) -> bool:
    """Tell whether a module is a part of Python, or only there in one place to run notebooks."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or not _PRIVATE_MODULES.isdisjoint(_beginnings(module))


def is_of_any_python(module: str) -> bool:
    """Tell whether a module is a part of any Python, such as urllib2 of Python 2: no project can have its name."""
    if is_in_python(module):
        return True
    return known_beginning(module) not in project_by_module() and _plain(module.partition(".")[0]) in _parts_of_python()


def _plain(name: str) -> str:
    return canonicalize_name(name.strip("_"))


@cache
def _parts_of_python() -> frozenset[str]:
    return frozenset(name for (name,) in read_rows("reserved_names.tsv"))


def project_of(module: str) -> str | None:
    """Return the normalised name of the project that brings a module.

    Args:
        module: The module as it is imported, for instance ``google.cloud.storage.client``.

    Returns:
        The project from the table, by the longest beginning that it has; else the project with the name of the first
        part; None for a part of Python, and where that cannot be a name.
    """
    if is_in_python(module):
        return None
    beginning = known_beginning(module)
    if known := project_by_module().get(beginning):
        return known
    try:
        return canonicalize_name(beginning.strip("_"), validate=True)
    except InvalidName:
        return None


def same_modules(project: str) -> frozenset[str]:
    """Return the projects that bring the same module as a project, without itself, such as opencv-python-headless."""
    return next((row - {project} for row in _rows_of_same_modules() if project in row), frozenset())


@cache
def _rows_of_same_modules() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(projects.split()) for _, projects in read_rows("same_modules.tsv"))


def known_beginning(module: str) -> str:
    """Return the part of a module's name that says which project brings it, for instance ``google.cloud.storage``."""
    table = project_by_module()
    return next((one for one in _beginnings(module) if one in table), module.partition(".")[0])


def _beginnings(module: str) -> list[str]:
    """Return ``a.b.c``, ``a.b`` and ``a`` for ``a.b.c``."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


@cache
def project_by_module() -> Mapping[str, str]:
    """Return the modules of the bundled table whose name is not that of their project."""
    return MappingProxyType({module: project for module, project, _ in read_rows(_TABLE) if project != "-"})


@cache
def shared_namespaces() -> frozenset[str]:
    """Return the first parts of names in the table that several projects share, such as ``google``."""
    return frozenset(module.partition(".")[0] for module in project_by_module() if "." in module)


@cache
def _top_modules() -> Mapping[str, tuple[str, str]]:
    """Return normalised module -> project and whether it has a namesake, for the modules without a dot."""
    rows = read_rows(_TABLE)
    return MappingProxyType(
        {canonicalize_name(module): (project, namesake) for module, project, namesake in rows if "." not in module}
    )
