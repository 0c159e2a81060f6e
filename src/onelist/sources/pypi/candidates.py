"""The files of a project -> the version that pip installs on a target, or why there is none; no network.

The rules are those of pip's ``package_finder``: the files for this machine and Python; of these, the versions that
match the specifier; pre-releases only if nothing else matches; withdrawn versions (yanked, PEP 592) only for a
requirement of exactly that version.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from onelist.core.status import Absent, Cause, ForNewerSystem, Found
from onelist.core.targets import LATEST_PATCH, needed_system, python_words, wheel_tags
from onelist.sources.pypi.project_status import StatusMarker
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from onelist.core.targets import Target
    from onelist.sources.pypi.simple import ProjectFile, ProjectFiles

    _Usable = tuple["Release", tuple[ProjectFile, ...]]


@dataclass(kw_only=True, eq=False)
class Release:
    """One version of a project. It reads its files once.

    Attributes:
        version: The version.
        sources: The project on each index that has this version.
    """

    version: Version
    sources: tuple[ProjectFiles, ...]

    @cached_property
    def files(self) -> tuple[ProjectFile, ...]:
        """Its wheels and sdists; none if the version has only files that pip cannot install."""
        return tuple(file for project in self.sources for file in project.files(self.version))

    def usable(self, target: Target) -> tuple[ProjectFile, ...]:
        """Return the files for the Python and the machine of a target."""
        return tuple(file for file in self.files if _is_for_python(file, target) and _is_for_machine(file, target))


@dataclass(slots=True, kw_only=True, eq=False)
class ProjectReleases:
    """The releases of one project on all indexes together, as pip sees them. It remembers what it has computed.

    Attributes:
        name: The normalised name of the project.
        releases: The releases, the newest first.
        is_quarantined: Whether an index has locked the project (PEP 792).
    """

    name: str
    releases: tuple[Release, ...]
    is_quarantined: bool = False
    _matching: dict[SpecifierSet, tuple[tuple[Release, ...], tuple[Release, ...]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def release(self, version: Version) -> Release | None:
        """Return the release of a version; None if there is none."""
        return next((one for one in self.releases if one.version == version), None)

    @classmethod
    def of(cls, name: str, projects: Iterable[ProjectFiles]) -> ProjectReleases:
        """Combine the files of a project on several indexes."""
        groups: dict[Version, list[ProjectFiles]] = {}
        pages = tuple(projects)
        for project in pages:
            for version in project.versions:
                groups.setdefault(version, []).append(project)
        newest_first = sorted(groups, reverse=True)
        releases = (Release(version=version, sources=tuple(groups[version])) for version in newest_first)
        locked = any(project.status.marker is StatusMarker.QUARANTINED for project in pages)
        return cls(name=name, releases=tuple(releases), is_quarantined=locked)

    def matching(self, specifier: SpecifierSet) -> tuple[tuple[Release, ...], tuple[Release, ...]]:
        """Return the releases that match a specifier, the newest first.

        Returns:
            The final releases, or all of them if the specifier names a pre-release; then all releases.
        """
        if specifier not in self._matching:
            matching = set(specifier.filter([release.version for release in self.releases], prereleases=True))
            every = tuple(release for release in self.releases if release.version in matching)
            with_prereleases = bool(specifier.prereleases)
            finals = tuple(release for release in every if with_prereleases or not release.version.is_prerelease)
            self._matching[specifier] = finals, every
        return self._matching[specifier]


def best_candidate(project: ProjectReleases, specifier: SpecifierSet, target: Target) -> Found | Absent:
    """Return the version that ``pip install`` takes.

    Args:
        project: The project.
        specifier: The required versions (PEP 440).
        target: The platform and Python.

    Returns:
        The newest version that pip takes, or why there is none.
    """
    for releases in project.matching(specifier):  # pre-releases only if no final release is for this target
        usable = ((release, files) for release in releases if (files := release.usable(target)))
        first = next(usable, None)
        if first:
            found = _found(first, usable, specifier)
            if found is None:
                return _absent(project, specifier, target)
            return _refused(project.name, replace(found, newer=_for_newer_system(releases, found, target)))
    return _absent(project, specifier, target)


def _found(first: _Usable, rest: Iterator[_Usable], specifier: SpecifierSet) -> Found | None:
    """Return the newest release that is not yanked; None if all are."""
    not_yanked = ((release, kept) for release, files in chain([first], rest) if (kept := _not_yanked(files)))
    newest = next(not_yanked, None)
    if newest is None and is_exact(specifier):
        newest = first
    if newest is None:
        return None
    release, files = newest
    source_only = all(file.tags is None for file in files)
    with_wheel = (older for older, kept in not_yanked if any(file.tags is not None for file in kept))
    wheel = next(with_wheel, None) if source_only else None
    return Found(
        version=str(release.version),
        since=_day(files),
        source_only=source_only,
        prerelease=release.version.is_prerelease,
        wheel=str(wheel.version) if wheel else None,
    )


def _for_newer_system(releases: Iterable[Release], found: Found, target: Target) -> ForNewerSystem | None:
    """Return the newest release, up to the one that was found, that only newer systems install; None for none."""
    for release in releases:
        version, files = str(release.version), _not_yanked(release.files)
        if version == found.version and not found.source_only:
            return None
        for file in files:
            system = needed_system(file.tags or (), target) if _is_for_python(file, target) else None
            if system:
                return ForNewerSystem(version=version, system=system, since=_day(files))
        if version == found.version:
            return None
    return None


def _refused(name: str, found: Found) -> Found | Absent:
    """Return what was found, unless its build always fails: pip does not try an older release then."""
    if not found.source_only or refusal(name, found.version) is None:
        return found
    reason = f"has {name} {found.version} as a source that refuses to be installed"
    return Absent(cause=Cause.REFUSES, reason=reason)


def _day(files: Iterable[ProjectFile]) -> datetime.date | None:
    """Return the day of the first upload; None if it is not known."""
    return min((file.uploaded for file in files if file.uploaded), default=None)


def _not_yanked(files: Iterable[ProjectFile]) -> tuple[ProjectFile, ...]:
    return tuple(file for file in files if not file.yanked)


def _absent(project: ProjectReleases, specifier: SpecifierSet, target: Target) -> Absent:
    """Return why there is no version: the first of pip's rules that leaves no file."""
    name = project.name
    newest = next((release.version for release in project.releases if release.files), None)
    if newest is None and project.is_quarantined:
        return Absent(cause=Cause.QUARANTINED, reason=f"has quarantined {name}, and offers no file of it")
    if newest is None:
        return Absent(cause=Cause.NO_FILES, reason=f"lists {name}, but without any file that pip installs from")
    _, matching = project.matching(specifier)
    if not matching:
        return Absent(cause=Cause.NO_VERSION, reason=f"has no {name}{specifier}; its newest version is {newest}")
    available = [file for release in matching for file in release.files if not file.yanked]
    if not available:
        return Absent(
            cause=Cause.WITHDRAWN,
            reason=f"has {name}{specifier} only in versions that its maintainers have withdrawn (yanked)",
        )
    for_python = [file for file in available if _is_for_python(file, target)]
    if not for_python:
        first = available[0]
        return Absent(
            cause=Cause.NO_PYTHON, reason=f"has {name} {first.version} for Python {first.requires_python} only"
        )
    systems = ((file, needed_system(file.tags or (), target)) for file in for_python)
    file, newer = next((one for one in systems if one[1]), (for_python[0], None))
    where = f"{newer} and newer only" if newer else "other machines or Pythons"
    return Absent(
        cause=Cause.NO_WHEEL,
        reason=f"has {name} {file.version} as a wheel for {where}, and no source to build it from",
    )


def is_exact(specifier: SpecifierSet) -> bool:
    """Tell whether a specifier names one version; only then pip takes a yanked one."""
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in specifier
    )


def _is_for_python(file: ProjectFile, target: Target) -> bool:
    return is_for_python(file.requires_python, target.python)


def is_for_python(requires_python: str, python: tuple[int, int]) -> bool:
    """Tell whether Requires-Python (PEP 345) allows a Python; an invalid value allows all, as in pip."""
    return not requires_python or _contains(requires_python, python)


@cache
def _contains(requires_python: str, python: tuple[int, int]) -> bool:
    """Tell whether Requires-Python allows a Python; an invalid value allows all, as in pip."""
    try:
        return SpecifierSet(requires_python).contains(f"{python_words(python)}.{LATEST_PATCH}", prereleases=True)
    except ValueError:  # InvalidSpecifier, and the error for numbers with thousands of digits
        return True


def _is_for_machine(file: ProjectFile, target: Target) -> bool:
    return file.tags is None or not file.tags.isdisjoint(wheel_tags(target))
