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
        installer, by target such as ``linux-64/3.12``, the numbers of the packages, each as the difference from the one
        before. So 25 targets with 300 packages each take little space.
    """
    numbers: dict[tuple[str, str, int | None], int] = {}
    targets: dict[str, dict[str, list[int]]] = {}
    for installer, some in by_installer(resolutions):
        for one in some:
            if isinstance(one.status, Resolved):
                keys = [(package.name, package.version, package.size) for package in one.status.packages]
                found = sorted(numbers.setdefault(key, len(numbers)) for key in keys)
                targets.setdefault(installer, {})[f"{one.target}"] = [
                    number - before for before, number in zip([0, *found], found, strict=False)
                ]
    packages = [[printable(name), printable(version), size] for name, version, size in numbers]
    return {"packages": packages, "targets": targets}
