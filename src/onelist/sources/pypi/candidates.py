"""What indexes offer of a project -> which version pip takes on a target, or why there is none; no network in here.

The order of the questions is pip's (its ``package_finder``): which files are for this machine and Python, which of
their versions fit the specifier, pre-releases only where nothing else fits, and what was taken back (yanked, PEP 592)
only for those who ask for that very version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from onelist.core.status import Absent, Cause, Found
from onelist.core.targets import LATEST_PATCH, python_words, wheel_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from onelist.core.targets import Target
    from onelist.sources.pypi.simple import ProjectFile, ProjectFiles

    _Usable = tuple["Release", tuple[ProjectFile, ...]]


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of a project.

    Attributes:
        version: The version.
        offers: Who offers it.
    """

    version: Version
    offers: tuple[ProjectFiles, ...]

    @cached_property
    def files(self) -> tuple[ProjectFile, ...]:
        """Its wheels and sdists; none where the names of files tell of a version that pip cannot install."""
        return tuple(file for offer in self.offers for file in offer.files(self.version))

    def usable(self, target: Target) -> tuple[ProjectFile, ...]:
        """Return the files that are for a target's Python and machine."""
        return tuple(file for file in self.files if _is_for_python(file, target) and _is_for_machine(file, target))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReleases:
    """All that the indexes offer of one project, which pip takes together.

    Attributes:
        name: Its normalised name.
        releases: Its versions, the newest first.
        known: The versions that fit a specifier, from earlier calls, and those of them that pip looks at first.
    """

    name: str
    releases: tuple[Release, ...]
    known: dict[SpecifierSet, tuple[tuple[Release, ...], tuple[Release, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def release(self, version: Version) -> Release | None:
        """Return one version; None when there is no such."""
        return next((one for one in self.releases if one.version == version), None)

    @classmethod
    def of(cls, name: str, offers: Iterable[ProjectFiles]) -> ProjectReleases:
        """Put offers together by version."""
        groups: dict[Version, list[ProjectFiles]] = {}
        for offer in offers:
            for version in offer.versions:
                groups.setdefault(version, []).append(offer)
        releases = (Release(version=version, offers=tuple(groups[version])) for version in sorted(groups, reverse=True))
        return cls(name=name, releases=tuple(releases))

    def matching(self, specifier: SpecifierSet) -> tuple[tuple[Release, ...], tuple[Release, ...]]:
        """Return the versions that fit a specifier, the newest first.

        Returns:
            Those that are no pre-releases, unless the specifier asks for some; and all.
        """
        if specifier not in self.known:
            fitting = set(specifier.filter([release.version for release in self.releases], prereleases=True))
            every = tuple(release for release in self.releases if release.version in fitting)
            wanted = bool(specifier.prereleases)
            finals = tuple(release for release in every if wanted or not release.version.is_prerelease)
            self.known[specifier] = finals, every
        return self.known[specifier]


def best_candidate(project: ProjectReleases, specifier: SpecifierSet, target: Target) -> Found | Absent:
    """Return what ``pip install`` takes.

    Args:
        project: The project.
        specifier: The versions that are asked for (PEP 440).
        target: The machine.

    Returns:
        The newest version that pip takes, or why there is none.
    """
    for releases in project.matching(specifier):  # pre-releases only where no final version is for this target
        usable = ((release, files) for release in releases if (files := release.usable(target)))
        first = next(usable, None)
        if first:
            return _found(first, usable, specifier) or _absent(project, specifier, target)
    return _absent(project, specifier, target)


def _found(first: _Usable, rest: Iterator[_Usable], specifier: SpecifierSet) -> Found | None:
    """Return the newest version that was not taken back; None when all were."""
    standing = ((release, kept) for release, files in chain([first], rest) if (kept := _not_yanked(files)))
    newest = next(standing, None)
    if newest is None and _is_exact(specifier):
        newest = first
    if newest is None:
        return None
    release, files = newest
    source_only = all(file.tags is None for file in files)
    with_wheel = (older for older, kept in standing if any(file.tags is not None for file in kept))
    wheel = next(with_wheel, None) if source_only else None
    return Found(
        version=str(release.version),
        since=min((file.uploaded for file in files if file.uploaded), default=None),
        source_only=source_only,
        prerelease=release.version.is_prerelease,
        wheel=str(wheel.version) if wheel else None,
    )


def _not_yanked(files: Iterable[ProjectFile]) -> tuple[ProjectFile, ...]:
    return tuple(file for file in files if not file.yanked)


def _absent(project: ProjectReleases, specifier: SpecifierSet, target: Target) -> Absent:
    """Return why nothing fits: what the first question was that left nothing over."""
    name = project.name
    newest = next((release.version for release in project.releases if release.files), None)
    if newest is None:
        return Absent(cause=Cause.NO_FILES, reason=f"lists {name}, but without any file that pip installs from")
    _, matching = project.matching(specifier)
    if not matching:
        return Absent(cause=Cause.NO_VERSION, reason=f"has no {name}{specifier}; its newest version is {newest}")
    standing = [file for release in matching for file in release.files if not file.yanked]
    if not standing:
        return Absent(
            cause=Cause.WITHDRAWN,
            reason=f"has {name}{specifier} only in versions that its authors have withdrawn (yanked)",
        )
    for_python = [file for file in standing if _is_for_python(file, target)]
    if not for_python:
        first = standing[0]
        return Absent(
            cause=Cause.NO_PYTHON, reason=f"has {name} {first.version} for Python {first.requires_python} only"
        )
    return Absent(
        cause=Cause.NO_WHEEL,
        reason=f"has {name} {for_python[0].version} as a wheel for other machines or Pythons, and no source to build "
        "it from",
    )


def _is_exact(specifier: SpecifierSet) -> bool:
    """Tell whether a specifier asks for one version, which is when pip takes a yanked one."""
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in specifier
    )


def _is_for_python(file: ProjectFile, target: Target) -> bool:
    return not file.requires_python or _contains(file.requires_python, target.python)


@cache
def _contains(requires_python: str, python: tuple[int, int]) -> bool:
    """Tell whether Requires-Python allows a Python; one that nobody can read allows all, as with pip."""
    try:
        return SpecifierSet(requires_python).contains(f"{python_words(python)}.{LATEST_PATCH}", prereleases=True)
    except ValueError:  # InvalidSpecifier is one; so is what Python says of numbers of thousands of digits
        return True


def _is_for_machine(file: ProjectFile, target: Target) -> bool:
    return file.tags is None or not file.tags.isdisjoint(wheel_tags(target))
