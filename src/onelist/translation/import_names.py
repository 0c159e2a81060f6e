"""The module that a program imports -> the project of the package index that brings it, from the bundled table."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.utils import InvalidName, canonicalize_name

from onelist.core.data import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE = "import_names.tsv"
_PRIVATE_MODULES = frozenset({"builtins", "google.colab", "kaggle_secrets", "dbutils", "pyodide", "js"})
"""Modules that only one place to run notebooks brings."""


def is_in_python(module: str) -> bool:
    """Tell whether a module is a part of Python, or only there in one place to run notebooks."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or not _PRIVATE_MODULES.isdisjoint(_beginnings(module))


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
    """Return the bundled table: modules whose name is not that of their project."""
    return MappingProxyType(dict(read_rows(_TABLE)))
