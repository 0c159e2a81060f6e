"""Parts of a solution that are solutions themselves, so that they need no solve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from onelist.sources.solution import ResolvedPackage

_PYTHON = "python"


def installable_without(
    excluded: Collection[str], packages: Iterable[ResolvedPackage], names: Iterable[str]
) -> frozenset[str] | None:
    """Return the requirements that a conda solution installs without some of its packages.

    A requirement, with all that it depends on in the solution, is a part of the solution in which each dependency is
    met and each constraint holds. So is Python, which every solve requires. If none of the excluded packages is in such
    a part, it is a solution without them; several such parts together are one as well.

    Args:
        excluded: The names of the packages that may not be used.
        packages: The solution.
        names: The conda names of the requirements.

    Returns:
        The names of the requirements that can be installed together, an empty set for Python alone; None where nothing
        is proved. Nothing is proved if a package has optional dependencies or conditions, which only some clients read.
    """
    requires: dict[str, tuple[str, ...]] = {}
    for package in packages:
        if package.not_for_mamba:
            return None
        requires[package.name] = package.requires
    if not _is_without(excluded, _PYTHON, requires):
        return None
    return frozenset(name for name in names if _is_without(excluded, name, requires))


def _is_without(excluded: Collection[str], name: str, requires: Mapping[str, Iterable[str]]) -> bool:
    """Tell whether neither a package nor anything that it depends on is excluded; False if the solution lacks any."""
    seen, left = {name}, [name]
    while left:
        following = left.pop()
        if following in excluded or following not in requires:
            return False
        new = set(requires[following]) - seen
        seen |= new
        left += new
    return True
