"""What is downloaded for each target, as data for the picture of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.analysis.resolving.resolution import Resolution


def downloads(resolutions: Sequence[Resolution]) -> dict[str, Any]:
    """Return the packages that would be installed for each installer and target.

    Args:
        resolutions: The results of the resolvers.

    Returns:
        ``packages``: each package once, as name, version and bytes (None where they are not known); ``targets``: by
        installer, by target such as ``linux-64/3.12``, a pair: the numbers of the packages, each as the difference from
        the one before, so that 25 targets with 300 packages each take little space; and for each of these packages the
        place in this list of the one that brings it, -1 for none.
    """
    numbers: dict[tuple[str, str, int | None], int] = {}
    targets: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
    for installer, some in by_installer(resolutions):
        for one in some:
            if isinstance(one.status, Resolved):
                targets.setdefault(installer, {})[f"{one.target}"] = _target(one.status, numbers)
    packages = [[printable(name), printable(version), size] for name, version, size in numbers]
    return {"packages": packages, "targets": targets}


def _target(status: Resolved, numbers: dict[tuple[str, str, int | None], int]) -> tuple[list[int], list[int]]:
    """Return the packages of one target; new ones are added to ``numbers``."""
    keys = [(package.name, package.version, package.size) for package in status.packages]
    bring = status.brought_by or (None,) * len(keys)
    found = sorted((numbers.setdefault(key, len(numbers)), key[0], by) for key, by in zip(keys, bring, strict=True))
    places = {name: place for place, (_, name, _) in enumerate(found)}
    steps = [number - before for before, (number, _, _) in zip([0, *(one[0] for one in found)], found, strict=False)]
    return steps, [-1 if by is None else places[by] for _, _, by in found]
