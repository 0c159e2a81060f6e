"""What conda's package of a list depends on, and is not there as it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.machine.facts import CondaNeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from onelist.machine.facts import CondaPackage


def unmet_needs(depends: Iterable[str], conda: Mapping[str, CondaPackage]) -> Iterator[CondaNeed]:
    """Yield the dependencies of which nothing is installed, or another version.

    Virtual packages, whose names begin with ``__``, are the machine itself, and are passed over.

    Args:
        depends: The dependencies (MatchSpecs).
        conda: What conda has installed, by name.
    """
    for spec in depends:
        name = spec.split(" ")[0].partition("[")[0]
        if not name or name.startswith("__"):
            continue
        found = conda.get(name)
        fits = found is not None and _fits(spec, found)
        if not fits:
            yield CondaNeed(spec=spec, name=name, installed=found.version if found else "", is_unknown=fits is None)


def _fits(spec: str, found: CondaPackage) -> bool | None:
    """Tell whether a package is what a dependency asks for; None if rattler cannot compare them."""
    if spec.strip() == found.name:
        return True
    import rattler  # on need: it takes a tenth of a second, and most dependencies have no version
    from rattler.exceptions import InvalidMatchSpecError

    try:
        build = rattler.package.BuildString(found.build)
        record = rattler.PackageRecord(
            name=found.name, version=found.version, build=build, build_number=0, subdir="noarch"
        )
        return bool(rattler.MatchSpec(spec).matches(record))
    except (InvalidMatchSpecError, ValueError, TypeError, RuntimeError):
        return None
