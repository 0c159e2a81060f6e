"""What an installation changes in an image, and what it breaks there; pure.

A package is broken if pip would say so in ``pip check``: one of its requirements is missing, or is installed in a
version that it excludes (``check_package_set`` in ``pip/_internal/operations/check.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from onelist.core.data import read_heading, read_rows
from onelist.core.targets import marker_holds
from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from onelist.core.image import Image, InstalledPackage
    from onelist.core.targets import Target
    from onelist.sources.pip.beside import Chosen

_ANY_KERNEL = "kernel"


class DefaultImage(NamedTuple):
    """The platform and Python that count where a file does not say them.

    Attributes:
        target: Both, as ``linux-64/3.12``.
        place: Which place has them, and since when that is known: ``Colab in 2026-04``.
    """

    target: str
    place: str


@cache
def default_image() -> DefaultImage:
    """Return what the table of places says."""
    (place, platform, python), *_ = read_rows("images.tsv")
    return DefaultImage(target=f"{platform}/{python}", place=f"{place} in {read_heading('images.tsv').date}")


class ChangeKind(StrEnum):
    """What becomes of a package."""

    NEW = "new"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A package that the installation brings, or replaces. pip removes none.

    Attributes:
        name: The name as the image has it, or the normalised name of a new one.
        kind: What becomes of it.
        before: The version in the image; ``""`` for a new one.
        after: The version afterwards.
        because: Which requirements exclude the version in the image, as clauses.
        is_loaded: Whether a fresh kernel has imported the replaced version already.
    """

    name: str
    kind: ChangeKind
    before: str
    after: str
    because: tuple[str, ...] = ()
    is_loaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """A requirement of an installed package that does not hold.

    Attributes:
        name: The installed package.
        version: Its version.
        requirement: The requirement.
        found: The version of the required package; ``""`` if it is missing.
    """

    name: str
    version: str
    requirement: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChanges:
    """What the installation changes, and what it breaks.

    Attributes:
        changes: The packages that are replaced, then the new ones.
        broken: The requirements that no longer hold.
        broken_before: Those that did not hold before either.
        repaired: Those that hold now, and did not before.
        reached: The packages of the image on which the list depends.
    """

    changes: tuple[Change, ...]
    broken: tuple[Breakage, ...]
    broken_before: tuple[Breakage, ...]
    repaired: tuple[Breakage, ...]
    reached: frozenset[str]

    @property
    def replaced(self) -> tuple[Change, ...]:
        """The packages of the image that are replaced."""
        return tuple(one for one in self.changes if one.kind is not ChangeKind.NEW)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The replaced packages because of which the kernel has to be restarted."""
        return tuple(one.name for one in self.changes if one.is_loaded)


def compare_image(image: Image, chosen: Sequence[Chosen], target: Target) -> ImageChanges:
    """Return what an installation changes in an image.

    Args:
        image: The image; requirements that are not known are None.
        chosen: What pip has afterwards, as far as the list needs it.
        target: The platform and Python.

    Returns:
        The changes. A package whose requirements are not known is never called broken, and says nothing about others.
    """
    installed = {one.key: one for one in image.packages}
    loaded = loaded_packages(image)
    changes = [_change(one, installed.get(one.key), loaded) for one in chosen if not one.is_installed]
    changes.sort(key=lambda one: (one.kind is ChangeKind.NEW, canonicalize_name(one.name)))
    before = {key: one.parsed for key, one in installed.items()}
    after = before | {one.key: one.version for one in chosen if not one.is_installed}
    replaced = {one.key for one in chosen if not one.is_installed}
    kept = [one for one in image.packages if one.key not in replaced]
    was, now = (list(_broken(kept, versions, target)) for versions in (before, after))
    known = {(one.name, one.requirement) for one in was}
    still = {(one.name, one.requirement) for one in now}
    return ImageChanges(
        changes=tuple(changes),
        broken=tuple(one for one in now if (one.name, one.requirement) not in known),
        broken_before=tuple(one for one in now if (one.name, one.requirement) in known),
        repaired=tuple(one for one in was if (one.name, one.requirement) not in still),
        reached=frozenset(one.key for one in chosen if one.is_installed),
    )


def loaded_packages(image: Image) -> frozenset[str]:
    """Return what a fresh kernel of an image has imported: what the file says, or what the table says."""
    if image.loaded is not None:
        return image.loaded
    names = {one.key for one in image.packages}
    return frozenset(package for package, host in _kernel_imports() if host == _ANY_KERNEL or host in names)


@cache
def _kernel_imports() -> tuple[tuple[str, str], ...]:
    return tuple((package, host) for package, host in read_rows("kernel_imports.tsv"))


def _change(chosen: Chosen, before: InstalledPackage | None, loaded: frozenset[str]) -> Change:
    if before is None:
        return Change(name=chosen.key, kind=ChangeKind.NEW, before="", after=str(chosen.version))
    old, new = before.parsed, chosen.version
    is_older = old is not None and new is not None and new < old
    return Change(
        name=before.name,
        kind=ChangeKind.DOWNGRADE if is_older else ChangeKind.UPGRADE,
        before=before.version,
        after=str(new),
        because=chosen.because,
        is_loaded=before.key in loaded,
    )


def _broken(
    packages: Iterable[InstalledPackage], versions: Mapping[str, Version | None], target: Target
) -> Iterator[Breakage]:
    """Yield the requirements of some packages that do not hold with some versions; a version is None if unknown."""
    for package in packages:
        for text in package.requires or ():
            requirement = parse_requirement(text)
            if requirement is None or not marker_holds(requirement.marker, target):
                continue
            key = canonicalize_name(requirement.name)
            version = versions.get(key)
            is_there = key in versions
            if is_there and (version is None or requirement.specifier.contains(version, prereleases=True)):
                continue
            requirement.marker = None
            yield Breakage(
                name=package.name,
                version=package.version,
                requirement=str(requirement),
                found=str(version) if is_there else "",
            )
