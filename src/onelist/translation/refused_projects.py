"""Projects that always refuse to be installed, because their name is not that of the package that people mean.

Their source distributions end the build with an error: ``sklearn`` says that you mean ``scikit-learn``. Nothing in the
simple API tells this (PEP 503, 691), so a table with a date has the names and the versions that were tried.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from onelist.core.data import read_rows


class Refusal(NamedTuple):
    """A project whose installation always fails.

    Attributes:
        versions: The versions that fail.
        instead: The name of the project to write instead; None where no single one replaces it.
        note: What to do where none replaces it; ``""`` for nothing.
    """

    versions: SpecifierSet
    instead: str | None
    note: str


def refusal(name: str, version: str | None = None) -> Refusal | None:
    """Return what is known about a project that refuses to be installed.

    Args:
        name: Its normalised name.
        version: One of its versions; None for any.

    Returns:
        The entry of the table; None where it has none, or where it is about other versions.
    """
    found = _table().get(name)
    if found is None or version is None:
        return found
    return found if found.versions.contains(version, prereleases=True) else None


@cache
def _table() -> dict[str, Refusal]:
    return {
        name: Refusal(versions=SpecifierSet(versions), instead=None if instead == "-" else instead, note=note)
        for name, versions, instead, note in read_rows("refusals.tsv")
    }
