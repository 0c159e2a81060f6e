"""A file of a project on one of several package indexes, and what its name says of a wheel."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from onelist.sources.pypi.candidates import is_for_python
from onelist.sources.pypi.filenames import sdist_stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onelist.sources.pypi.simple import ListedFile

    Python = tuple[int, int]

_TAGS = 3
"""How many tags a wheel has at the end of its name (PEP 425)."""


class Listing(NamedTuple):
    """A file of a project with the index that lists it.

    Attributes:
        source: The number of the index, the main index first.
        file: The file.
        tags: The tags of a wheel as its name writes them; None for a source distribution; ``""`` for any other file.
    """

    source: int
    file: ListedFile
    tags: str | None

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel."""
        return bool(self.tags)

    def is_taken(self, python: Python, *, pinned: bool) -> bool:
        """Tell whether pip takes it for a Python, on a machine that it fits."""
        return (pinned or not self.file.yanked) and is_for_python(self.file.requires_python, python)


def listing_of(source: int, file: ListedFile) -> Listing:
    """Return a file of an index as a listing, with the tags of its name."""
    if file.filename.endswith(".whl"):
        parts = file.filename.removesuffix(".whl").rsplit("-", _TAGS)
        return Listing(source, file, sys.intern("-".join(parts[1:])) if len(parts) > _TAGS else "")
    return Listing(source, file, None if sdist_stem(file.filename) is not None else "")


def sdist(files: Iterable[Listing]) -> Listing | None:
    """Return the source distribution among the files of a version; None if there is none."""
    found = [listing for listing in files if listing.tags is None]
    return next((one for one in found if one.file.filename.endswith(".tar.gz")), found[0] if found else None)
