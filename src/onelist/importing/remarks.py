"""What of a list that was made from files its reader has to know or to decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.markers import InvalidMarker, Marker

from onelist.core.targets import DEFAULT_MIN_PYTHON
from onelist.importing.model import Named, Remark
from onelist.translation.import_names import same_modules
from onelist.translation.markers import MarkerResult, evaluate
from onelist.translation.names import pypi_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def for_pythons(items: Iterable[Named], lowest: tuple[int, int] | None) -> tuple[list[Named], list[Remark]]:
    """Return items without those that no Python of the list needs, and without markers that hold for each of them."""
    kept: list[Named] = []
    remarks: list[Remark] = []
    for named in items:
        result = _result(named.item.marker, lowest or DEFAULT_MIN_PYTHON)
        if result is MarkerResult.NEVER:
            text = f"{named.item.name} is left out, because it is only for other Pythons: {named.item.marker}"
            remarks.append(Remark(named.item.place, text))
        else:
            is_for_all = result is MarkerResult.ALWAYS
            kept.append(named._replace(item=replace(named.item, marker="")) if is_for_all else named)
    return kept, remarks


def _result(marker: str, lowest: tuple[int, int]) -> MarkerResult | None:
    """Return for which Pythons and operating systems of a list a marker holds; None without a valid marker."""
    try:
        return evaluate(Marker(marker), lowest).result if marker else None
    except InvalidMarker:
        return None


def not_for_everybody(name: str, items: Sequence[Named], marker: str) -> Remark:
    """Return what is to be decided about a package with a marker, which the package for conda cannot have."""
    return Remark(
        items[0].item.place,
        f"{name} is not for everybody ({marker}). A conda package cannot say that, so it goes to pip_requirements. If "
        "conda users need it, move it to requirements, and delete the marker.",
    )


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
