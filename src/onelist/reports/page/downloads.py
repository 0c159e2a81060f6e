"""What is installed for each target, what needs it, and its size: as data for the pictures of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.core.text import printable, redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.analysis.resolving.resolution import Resolution


def downloads(resolutions: Sequence[Resolution]) -> dict[str, Any]:
    """Return the packages that would be installed for each installer and target.

    25 targets with 300 packages each take little space: what several targets have in common is there once, and a number
    stands for it.

    Args:
        resolutions: The results of the resolvers.

    Returns:
        ``names``: each name; ``packages``: each package with what it depends on: its name, its version, its bytes (None
        where they are not known) and the names that it depends on; ``roots``: each set of requirements: a name, and the
        requirement as written; ``targets``: by installer, by target such as ``linux-64/3.12``: the numbers of the
        packages, each as the difference from the one before, and the number of the set of requirements.
    """
    data = _Data()
    targets: dict[str, dict[str, tuple[list[int], int]]] = {}
    for installer, some in by_installer(resolutions):
        for one in some:
            if isinstance(one.status, Resolved):
                targets.setdefault(installer, {})[f"{one.target}"] = data.target(one, one.status)
    return {
        "names": [printable(name) for name in data.names],
        "packages": [[name, printable(version), *rest] for name, version, *rest in data.packages],
        "roots": [[[name, printable(redact(text))] for name, text in roots] for roots in data.roots],
        "targets": targets,
    }


class _Data:
    """Names, packages and sets of requirements, each with a number: its place in the order of appearance."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.packages: dict[tuple[int, str, int | None, tuple[int, ...]], int] = {}
        self.roots: dict[tuple[tuple[int, str], ...], int] = {}

    def _name(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def target(self, one: Resolution, status: Resolved) -> tuple[list[int], int]:
        """Add what is installed for one target; return its packages and its requirements."""
        installed = {package.name for package in status.packages}
        found = []
        for package in status.packages:
            needs = tuple(self._name(name) for name in package.requires if name in installed)
            key = (self._name(package.name), package.version, package.size, needs)
            found.append(self.packages.setdefault(key, len(self.packages)))
        found.sort()
        steps = [number - before for before, number in zip([0, *found], found, strict=False)]
        roots = tuple(
            (self._name(member.name), member.requirement.text)
            for member in one.request.members
            if member.name in installed
        )
        return steps, self.roots.setdefault(roots, len(self.roots))
