"""A PyPI name -> the conda name: from ``conda_names``, then from the bundled table, else the same name."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from onelist.core.data import read_heading, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping


_TABLE = "names.tsv"
_REVERSE_TABLE = "pypi_names.tsv"
_REVERSE_HEADING = "conda\tpypi\tnamesake"

STAND_IN = "stand-in"
"""The source of a line of the table whose conda package does not carry the distribution: no conda package does."""


class Origin(StrEnum):
    """Where a conda name comes from."""

    USER = "conda_names"
    TABLE = "table"
    SAME = "same"


class CondaName(NamedTuple):
    """The conda name of a PyPI name.

    Attributes:
        name: The conda name.
        origin: Where the name comes from.
        note: A remark from the table, ``""`` for none.
        missing: Whether the table says that conda-forge had no such package when the table was made.
        carries: Whether the conda package is known to carry the distribution: it has the same name, or the table knows
            it. pip does not see a distribution that a conda package only stands in for.
    """

    name: str
    origin: Origin
    note: str = ""
    missing: bool = False
    carries: bool = True


class Entry(NamedTuple):
    """One line of the bundled table.

    Attributes:
        conda: The conda name; ``-`` when conda-forge had none.
        source: The data that it is based on.
        note: A remark, ``""`` for none.
        others: Further conda packages that contain the same distribution, the most likely first.
    """

    conda: str
    source: str
    note: str
    others: tuple[str, ...]


def table() -> Mapping[str, Entry]:
    """Return the bundled table, by normalised PyPI name or ``name[extra]``."""
    return MappingProxyType({pypi: _entry(row) for pypi, row in _rows().items()})


def table_entry(key: str) -> Entry | None:
    """Return what the bundled table says of a name.

    Args:
        key: A normalised PyPI name, or ``name[extra]``.

    Returns:
        The line of the table; None if it has none. Only this line is parsed: the table has thousands.
    """
    row = _rows().get(key)
    return None if row is None else _entry(row)


@cache
def table_date() -> str:
    """Return the month in which the facts of the bundled table were collected, for instance ``2026-08``."""
    return read_heading(_TABLE).date


def conda_name(name: str, extras: set[str] | frozenset[str], own: Mapping[str, str]) -> CondaName | None:
    """Return the conda name of a requirement.

    Args:
        name: The PyPI name in any spelling.
        extras: The extras of the requirement.
        own: The mapping of the user, from ``conda_names``.

    Returns:
        The conda name; None when no conda package is known for the extras.
    """
    key = name_key(name, extras)
    if key in own:
        return CondaName(name=own[key], origin=Origin.USER, carries=_carries(name, key, own[key]))
    entry = table_entry(key)
    if entry is not None and entry.conda == "-":
        return CondaName(name=canonicalize_name(name), origin=Origin.SAME, note=entry.note, missing=True)
    if entry is not None:
        return CondaName(
            name=entry.conda, origin=Origin.TABLE, note=entry.note, carries=_carries(name, key, entry.conda)
        )
    return _of_extras(name, extras) if extras else CondaName(name=canonicalize_name(name), origin=Origin.SAME)


def _of_extras(name: str, extras: set[str] | frozenset[str]) -> CondaName | None:
    """Return the conda package that stands for each one of several extras; None where they need more than one."""
    if len(extras) == 1:
        return None
    found = {conda_name(name, {extra}, {}) for extra in extras}
    return found.pop() if len(found) == 1 else None


def _carries(name: str, key: str, conda: str) -> bool:
    """Return whether a conda package is known to carry a distribution.

    Args:
        name: The PyPI name in any spelling.
        key: The same name with the extras of the requirement (``name_key``).
        conda: The conda name.

    Returns:
        True where the names are equal, and where the table has the conda package for the name, in whatever column;
        False for a stand-in.
    """
    normal = canonicalize_name(name)
    entries = [entry for entry in map(table_entry, (normal, key)) if entry is not None]
    if any(entry.source == STAND_IN and entry.conda == conda for entry in entries):
        return False
    return canonicalize_name(conda) == normal or any(conda in {entry.conda, *entry.others} for entry in entries)


def other_names(name: str, conda: str) -> tuple[str, ...]:
    """Return other names under which a conda channel may have the same distribution.

    Args:
        name: The PyPI name in any spelling.
        conda: The conda name that was chosen for it, which is left out.

    Returns:
        The name from the table, where the user chose another; other packages that contain the distribution; other
        spellings, which are different names on conda. Never a name of another distribution in the table.
    """
    normal = canonicalize_name(name)
    entry = table_entry(normal)
    found = [normal, normal.replace("-", "_"), normal.replace("-", ".")]
    if entry is not None and entry.conda != "-":
        own = found if canonicalize_name(entry.conda) == normal else []
        found = [entry.conda, *entry.others, *own]
    return tuple(dict.fromkeys(other for other in found if other != conda))


def pypi_name(conda: str) -> str | None:
    """Return the PyPI name of a conda package.

    Args:
        conda: The conda name.

    Returns:
        The normalised PyPI name: that of the distribution in the package, according to the table, else the same name;
        None if the package has no distribution, and no project of the package index can be the same program.
    """
    entry = reverse_entry(conda)
    if entry is None:
        return canonicalize_name(conda)
    if entry.pypi != "-":
        return entry.pypi
    return canonicalize_name(conda) if entry.has_namesake else None


def has_distribution(conda: str) -> bool:
    """Tell whether a conda package holds a distribution of the package index, as far as the table knows."""
    entry = reverse_entry(conda)
    return entry is None or entry.pypi != "-"


def is_only_namesake(name: str, conda: str) -> bool:
    """Tell whether the conda package of the same name holds no distribution, such as cmake, the program.

    Args:
        name: The normalised PyPI name.
        conda: The conda name that was chosen for it.

    Returns:
        False also for a meta-package, which brings the package with the distribution: the table of names has those.
    """
    return canonicalize_name(conda) == name and table_entry(name) is None and not has_distribution(conda)


class ReverseEntry(NamedTuple):
    """One line of the reverse table.

    Attributes:
        pypi: The normalised PyPI name; ``-`` for a package without a distribution.
        has_namesake: Whether the package index has a project with the name of the conda package.
    """

    pypi: str
    has_namesake: bool


def reverse_entry(conda: str) -> ReverseEntry | None:
    """Return what the reverse table says of a conda package; None if its PyPI name is the same."""
    first, hyphen, _ = conda.partition("-")
    line = _reverse_line(conda) or (_reverse_line(f"{first}-*") if hyphen else "")
    if not line:
        return None
    pypi, _, namesake = line.partition("\t")
    return ReverseEntry(pypi, bool(namesake))


def _reverse_line(name: str) -> str:
    """Return the line of the reverse table that begins with a name, without it; ``""`` if there is none."""
    rows = _reverse_rows()
    place = bisect_left(rows, f"{name}\t")
    found, _, rest = rows[place].partition("\t") if place < len(rows) else ("", "", "")
    return rest if found == name else ""


@cache
def _reverse_rows() -> tuple[str, ...]:
    """Return the lines of the reverse table, which are in order, without its headings."""
    lines = read_table(_REVERSE_TABLE).splitlines()
    return tuple(lines[lines.index(_REVERSE_HEADING) + 1 :])


@cache
def _rows() -> Mapping[str, str]:
    """Return the lines of the table without their first column, by that column."""
    rows = dict(line.split("\t", 1) for line in _lines() if not line.startswith("#"))
    del rows["pypi"]  # the heading
    return MappingProxyType(rows)


def _entry(row: str) -> Entry:
    conda, source, note, others = row.split("\t")
    return Entry(conda=conda, source=source, note=note, others=tuple(others.split()))


@cache
def _lines() -> tuple[str, ...]:
    return tuple(read_table(_TABLE).splitlines())


def name_key(name: str, extras: set[str] | frozenset[str] = frozenset()) -> str:
    """Return the key of a name with extras: ``name`` or ``name[a,b]``, normalised and sorted."""
    inside = ",".join(sorted(canonicalize_name(extra) for extra in extras))
    return canonicalize_name(name) + (f"[{inside}]" if inside else "")
