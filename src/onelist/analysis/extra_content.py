"""The metadata of a release -> what its extras bring; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name

from onelist.core.targets import marker_holds
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from packaging.version import Version

    from onelist.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One requirement of an extra.

    Attributes:
        name: Its name as the metadata writes it.
        extras: Its own extras, normalised and sorted.
        by_address: Whether it is required by its address.
        targets: Where the extra brings it.
    """

    name: str
    extras: tuple[str, ...]
    by_address: bool
    targets: tuple[Target, ...]

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What makes it the same requirement as another one."""
        return str(canonicalize_name(self.name)), self.extras

    def __str__(self) -> str:
        return f"{self.name}[{','.join(self.extras)}]" if self.extras else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraContent:
    """What the extras of a requirement bring.

    Attributes:
        version: The newest version that pip installs.
        targets: Where pip installs the requirement.
        brings: What the extras bring in addition to the requirements without them, by name.
        missing: The wanted extras that the version does not have.
        offered: All extras of the version.
    """

    version: str
    targets: tuple[Target, ...]
    brings: tuple[Brought, ...]
    missing: tuple[str, ...]
    offered: tuple[str, ...]


def read_extras(
    text: bytes, release: tuple[str, Version], extras: Collection[str], targets: tuple[Target, ...]
) -> ExtraContent | SourceError:
    """Read in metadata what extras bring.

    Args:
        text: The content of METADATA.
        release: The normalised name of the project, and the version.
        extras: The extras, normalised.
        targets: The machines and Pythons on which markers are evaluated.

    Returns:
        What they bring, or why pip cannot use the metadata.
    """
    from onelist.sources.pip.metadata import RefusedMetadata, judge

    name, version = release
    found: dict[tuple[str, tuple[str, ...]], Brought] = {}
    offered: tuple[str, ...] = ()
    for python in dict.fromkeys(target.python for target in targets):
        judged = judge(text, name=name, version=str(version), python=python)
        if isinstance(judged, RefusedMetadata):
            detail = f"{name} {version}: {judged.reason}"
            return SourceError(kind=SourceErrorKind.PIP_STOPS, detail=detail)
        offered = judged.provides_extra
        requirements = [Pep508(one) for one in judged.requires_dist]
        for target in targets:
            for one in _brought(name, requirements, extras, target) if target.python == python else ():
                known = found.setdefault(one.key, one)
                found[one.key] = replace(known, targets=tuple(dict.fromkeys((*known.targets, target))))
    return ExtraContent(
        version=str(version),
        targets=targets,
        brings=tuple(found[key] for key in sorted(found)),
        missing=tuple(sorted(set(extras) - set(offered))),
        offered=tuple(sorted(offered)),
    )


def _brought(name: str, requirements: Collection[Pep508], extras: Collection[str], target: Target) -> Iterator[Brought]:
    """Yield what extras bring on a target; extras of the project itself are followed, and each is read once."""
    plain = {_required(one, target).key for one in requirements if marker_holds(one.marker, target)}
    conditional = [one for one in requirements if not marker_holds(one.marker, target)]
    to_read, seen = set(extras), set(extras)
    while to_read:
        extra = to_read.pop()
        for one in conditional:
            if not marker_holds(one.marker, target, extra):
                continue
            required = _required(one, target)
            if required.key[0] == name:
                to_read |= set(required.extras) - seen
                seen |= set(required.extras)
            elif required.key not in plain:
                yield required


def _required(item: Pep508, target: Target) -> Brought:
    extras = tuple(sorted(str(canonicalize_name(extra)) for extra in item.extras))
    return Brought(name=item.name, extras=extras, by_address=item.url is not None, targets=(target,))
