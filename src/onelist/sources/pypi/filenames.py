"""The names of wheels and sdists -> project, version and extension, as pip reads them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma")
"""The file extensions of source distributions that pip accepts (its ``ARCHIVE_EXTENSIONS``)."""


def version_text(filename: str, project: str) -> str:
    """Return the version in a file name; ``""`` if the file is neither a wheel nor an sdist.

    Only ``-`` separates the parts of such a name
    (https://packaging.python.org/en/latest/specifications/binary-distribution-format).
    """
    if filename.endswith(".whl"):
        return filename.split("-", 2)[1] if "-" in filename else ""
    stem = sdist_stem(filename)
    if stem is None:
        return ""
    if stem.count("-") == 1:
        return stem.partition("-")[2]
    start = _start(project).match(stem)  # to try each "-" would take seconds for a name that has thousands of them
    return stem[start.end() + 1 :] if start and canonicalize_name(start[0]) == project else ""


def sdist_stem(filename: str) -> str | None:
    """Return the name of an sdist without its extension; None if pip does not accept the file as one."""
    return next((filename.removesuffix(suffix) for suffix in _SDISTS if filename.endswith(suffix)), None)


@lru_cache(maxsize=4096)
def _start(project: str) -> re.Pattern[str]:
    """Return the pattern for a name of a project in front of a ``-``, in all of its spellings."""
    return re.compile("[-_.]+".join(map(re.escape, project.split("-"))) + "(?=-)", re.IGNORECASE)


@cache
def version_of(text: str) -> Version | None:
    """Return a version (PEP 440); None if it is not one."""
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, and the error for numbers with thousands of digits
        return None


def sdist_parts(filename: str, project: str) -> tuple[NormalizedName, Version]:
    """Return the project and the version in the name of an sdist, as pip reads it.

    Raises:
        ValueError: The file does not belong to this project.
    """
    text = version_text(filename, project)
    stem = sdist_stem(filename) or ""
    return canonicalize_name(stem.removesuffix(f"-{text}")), Version(text)
