"""What conda writes from an environment: ``conda env export`` and ``conda list --export``."""

from __future__ import annotations

import re

from onelist.importing.model import NamedPackage, Namespace, Place, Remark

BUILT = re.compile(r"(?P<name>[\w.-]+)=(?P<version>[^=\s]+)=(?P<build>[^=\s]+)")
"""A package with its version and its build, as ``conda list --export`` and ``conda env export`` write it."""
MOST_BUILT = 10
"""People seldom choose more builds than this."""


def export_remark(file: str) -> Remark:
    """Return what is to be decided about a file that conda wrote from an environment."""
    return Remark(
        Place(file),
        "conda wrote this file from an environment. It also lists what the packages only need themselves, on one "
        "operating system. Delete the names that your course does not use itself. Or import what you have installed "
        "yourself: conda env export --from-history",
    )


def read_built(line: str, place: Place) -> NamedPackage | None:
    """Read a line of ``conda list --export``; the build of what pip has installed begins with ``pypi``.

    Args:
        line: The line.
        place: Where it stands.

    Returns:
        The package; None for another line.
    """
    match = BUILT.fullmatch(line)
    if match is None:
        return None
    namespace = Namespace.PYPI if match["build"].startswith("pypi") else Namespace.CONDA
    versions = ("==" if namespace is Namespace.PYPI else "=") + match["version"]
    return NamedPackage(namespace=namespace, name=match["name"], place=place, versions=versions)
