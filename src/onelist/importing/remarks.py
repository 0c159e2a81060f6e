"""What of a list that was made from files its reader has to know or to decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.importing.model import Named, Remark
from onelist.importing.python_bounds import holds
from onelist.translation.import_names import same_modules
from onelist.translation.names import pypi_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def for_pythons(items: Iterable[Named], lowest: tuple[int, int] | None) -> tuple[list[Named], list[Remark]]:
    """Return items without those that no Python of the list needs, and without markers that hold for each of them."""
    kept: list[Named] = []
    remarks: list[Remark] = []
    for named in items:
        is_needed = holds(named.item.marker, lowest)
        if is_needed is False:
            text = f"{named.item.name} is left out, because it is only for other Pythons: {named.item.marker}"
            remarks.append(Remark(named.item.place, text))
        else:
            kept.append(named._replace(item=replace(named.item, marker="")) if is_needed else named)
    return kept, remarks


def told_same_modules(items: Iterable[Named]) -> Iterator[Remark]:
    """Yield packages that bring the same module: each one overwrites the files of the other."""
    places = {named.name: named.item.place for named in items}
    for name, place in places.items():
        others = [other for other in places if other in same_modules(name)]
        if others and name == min(name, *others):
            yield Remark(place, f"{', '.join([name, *others])} bring the same module. Keep one of them.")


def from_addresses(items: Iterable[Named]) -> Iterator[Remark]:
    """Yield that packages come from an address. Another project of the index may have the name."""
    for named in items:
        if named.item.versions.startswith("@"):
            yield Remark(
                named.item.place,
                f"{named.item.name} comes from {named.item.versions.removeprefix('@ ')}. The list takes it from the "
                "package index. Look whether that is the same project.",
            )


def doubts(by_name: Mapping[str, Sequence[Named]]) -> list[Remark]:
    """Return what is to be decided about names that conda and the package index may use for different programs."""
    return [
        Remark(
            items[0].item.place,
            f"{name} goes to conda_requirements, because the conda package holds no Python package. The package index "
            f"has a project of this name, too. If it is the same program, move {name} to requirements.",
        )
        for name, items in by_name.items()
        if pypi_name(name)
    ]
