"""The files of a project -> the project page that leads uv to the files that pip takes; no network.

pip and uv read the same page in different ways (docs/design.md, "How uv answers as pip does"). This page has only what
both read alike:

- Files whose Requires-Python excludes the Python are left out, and the others carry no Requires-Python: uv ignores
  upper bounds, and skips files whose value cannot be read.
- Withdrawn files (yanked, PEP 592) are left out, except for versions that a requirement names exactly.
- A source distribution for which there is no wheel is listed as a wheel with the lowest rank (a "virtual wheel"), so
  that uv takes it only where no real wheel fits. Its metadata is that of the source distribution.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from packaging.tags import parse_tag

from onelist.core.targets import PLATFORMS, Target, needed_system, wheel_ranks, wheel_tags
from onelist.sources.pypi.candidates import is_for_python
from onelist.sources.pypi.dated import DatedFiles
from onelist.sources.pypi.listing import listing_of, sdist
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from packaging.tags import Tag
    from packaging.version import Version

    from onelist.sources.pypi.listing import Listing
    from onelist.sources.pypi.simple import ProjectFiles

    Python = tuple[int, int]

_VIRTUAL = "py30"
"""The Python tag of a virtual wheel. Each tag that a real wheel has ranks before it, and each Python 3 accepts it."""


class PipProject:
    """The files of a project on all indexes, as pip sees them: as if they were on one index.

    Attributes:
        name: The normalised name.
        fingerprint: A hash of its pages: projects with the same pages have the same.
    """

    def __init__(self, name: str, sources: Iterable[tuple[int, ProjectFiles]]) -> None:
        """Take the number of each index that has the project, with its files."""
        self.name = name
        self._sources = tuple(sources)
        self.fingerprint = "-".join(f"{index}.{files.fingerprint}" for index, files in self._sources)

    @property
    def undated(self) -> int:
        """How many files were left out because they say no day, where only those of a day count."""
        return sum(files.undated for _, files in self._sources if isinstance(files, DatedFiles))

    @cached_property
    def versions(self) -> Mapping[Version, tuple[Listing, ...]]:
        """The files by version, the newest version first; of equal files on several indexes, the first one.

        Source distributions whose build always ends in an error (``refusals.py``) are left out.
        """
        found: dict[Version, dict[tuple[str, str, bool], Listing]] = {}
        for index, project in self._sources:
            for version, files in project.listed.items():
                listings = found.setdefault(version, {})
                for file in files:
                    key = file.filename, file.requires_python, file.yanked
                    if key not in listings:
                        listings[key] = listing_of(index, file)
        return {
            version: tuple(one for one in found[version].values() if one.tags is not None or not self._refuses(version))
            for version in sorted(found, reverse=True)
        }

    def versions_of(self, day: datetime.date) -> list[str]:
        """Return the versions of which a file was uploaded on a day."""
        text = day.isoformat()
        return [str(version) for version, files in self.versions.items() if any(one.file.day == text for one in files)]

    def _refuses(self, version: Version) -> bool:
        return refusal(self.name, str(version)) is not None

    @cached_property
    def is_native(self) -> bool:
        """Whether it has a wheel that is not for every machine: a part of its code is compiled."""
        listings = (one for files in self.versions.values() for one in files)
        return any(one.tags and not one.tags.endswith("-any") for one in listings)

    @cached_property
    def with_yanked(self) -> frozenset[Version]:
        """The versions that have yanked files."""
        return frozenset(version for version, files in self.versions.items() if any(one.file.yanked for one in files))

    @cached_property
    def withdrawn(self) -> frozenset[Version]:
        """The versions of which all files are yanked."""
        return frozenset(
            version for version in self.with_yanked if all(one.file.yanked for one in self.versions[version])
        )

    @cached_property
    def newest_prerelease(self) -> Version | None:
        """The newest pre-release; None if there is none."""
        return next((version for version in self.versions if version.is_prerelease), None)

    @cached_property
    def blocks(self) -> Mapping[Version, _Block]:
        """The files of each version as pages list them, the newest version first."""
        return {version: _block(self.name, files) for version, files in self.versions.items()}


class _Block(NamedTuple):
    """The files of one version, which are the same on the page of each Python that takes them.

    Attributes:
        files: The files.
        requires_python: Requires-Python of all files; None if they differ, or if some are yanked.
        entries: The entries of the wheels for a page in JSON, with commas between them.
        tags: The tags of the wheels.
        source: The hash of the source distribution; ``""`` without one.
    """

    files: tuple[Listing, ...]
    requires_python: str | None
    entries: str
    tags: tuple[str, ...]
    source: str

    def part(self, name: str, python: Python, *, pinned: bool) -> _Block | None:
        """Return what pip takes of it for a Python; None for nothing."""
        if self.requires_python is not None:
            return self if is_for_python(self.requires_python, python) else None
        kept = tuple(one for one in self.files if one.is_taken(python, pinned=pinned))
        return _block(name, kept) if kept else None


def _block(name: str, files: tuple[Listing, ...]) -> _Block:
    bounds = {one.file.requires_python for one in files}
    wheels = {one.file.filename: one for one in reversed(files) if one.tags}.values()  # each name once
    source = sdist(files)
    return _Block(
        files=files,
        requires_python=bounds.pop() if len(bounds) == 1 and not any(one.file.yanked for one in files) else None,
        entries=",".join(_entry(name, one.file.filename, one.file.digest) for one in wheels),
        tags=tuple(one.tags for one in wheels if one.tags),
        source=(source.file.digest or "-") if source else "",
    )


def virtual_name(name: str, version: Version, platforms: Iterable[str]) -> str:
    """Return the file name of a virtual wheel (PEP 427)."""
    return f"{name.replace('-', '_')}-{version}-{_VIRTUAL}-none-{'.'.join(platforms)}.whl"


def is_virtual(filename: str) -> bool:
    """Tell whether a file name is that of a virtual wheel."""
    return f"-{_VIRTUAL}-none-" in filename


def make_page(project: PipProject, python: Python, *, pinned: Collection[Version], every_source: bool) -> bytes:
    """Return the project page (PEP 691) for one Python.

    The address of each file is relative: ``../-/PROJECT/HASH/FILENAME``.

    Args:
        project: The project.
        python: The Python.
        pinned: The versions that a requirement names exactly; they are listed even if they are yanked.
        every_source: Whether source distributions that have compiled parts are listed on each platform. Otherwise they
            are listed only on platforms that have no wheel of a newer version.

    Returns:
        The page in JSON.
    """
    entries = ",".join(_entries(project, python, pinned, every_source=every_source))
    return f'{{"meta":{{"api-version":"1.0"}},"name":{json.dumps(project.name)},"files":[{entries}]}}'.encode()


def _entry(name: str, filename: str, digest: str) -> str:
    url = f"../-/{name}/{digest or '-'}/{filename}"
    return json.dumps({"filename": filename, "url": url, "hashes": {}, "core-metadata": True})


def _entries(project: PipProject, python: Python, pinned: Collection[Version], *, every_source: bool) -> Iterator[str]:
    with_wheel: frozenset[str] = frozenset()  # the platforms with a wheel of a newer version
    for version, whole in project.blocks.items():
        block = whole.part(project.name, python, pinned=version in pinned)
        if block is None:
            continue
        if block.entries:
            yield block.entries
        platforms = _platforms_of_all(block.tags, python)
        if block.source and len(platforms) < len(PLATFORMS):
            missing = PLATFORMS.keys() - platforms
            if not every_source and project.is_native:
                missing -= with_wheel
            if missing:
                yield _entry(project.name, virtual_name(project.name, version, _virtual_tags(missing)), block.source)
        if not version.is_prerelease:
            with_wheel |= platforms


@cache
def _platforms_of_all(tags: tuple[str, ...], python: Python) -> frozenset[str]:
    """Return the platforms that accept one of several wheels."""
    return frozenset[str]().union(*(_platforms(one, python) for one in tags))


def _virtual_tags(platforms: Collection[str]) -> list[str]:
    """Return the platform tags of a virtual wheel: one for each platform, or ``any`` for all."""
    if len(platforms) == len(PLATFORMS):
        return ["any"]
    return [_own_tag(platform) for platform in PLATFORMS if platform in platforms]


@cache
def _own_tag(platform: str) -> str:
    """Return a platform tag that only the machines of one platform accept."""
    tags = PLATFORMS[platform].wheel_tags
    return tags[-1] if platform.startswith("linux-") else tags[0]


@cache
def _platforms(tags: str, python: Python) -> frozenset[str]:
    """Return the platforms that accept a wheel with these tags; few sets of tags are written differently."""
    parsed = _parsed(tags)
    targets = [Target(platform=platform, python=python) for platform in PLATFORMS]
    return frozenset(target.platform for target in targets if not parsed.isdisjoint(wheel_tags(target)))


def newer_system(project: PipProject, version: Version, target: Target) -> str | None:
    """Return the newer system that the wheels of a version need on a target; None if it has none for the machine."""
    files = (one for one in project.versions.get(version, ()) if one.tags and one.is_taken(target.python, pinned=False))
    return next(filter(None, (needed_system(_parsed(one.tags or ""), target) for one in files)), None)


@cache
def _parsed(tags: str) -> frozenset[Tag]:
    """Return the tags of a wheel, as its name writes them; none if they cannot be read."""
    try:
        return parse_tag(tags)
    except ValueError:
        return frozenset()


def left_out(project: PipProject, target: Target) -> str:
    """Return why pip does not take the newest version of a project on a target, as a sentence without a full stop.

    The result is ``""`` if pip may take it.
    """
    version, files = next(iter(project.versions.items()), (None, ()))
    if version is None:
        return ""
    if not files:
        return f"{project.name} {version} always ends its installation with an error"
    if version in project.withdrawn:
        return f"{project.name} {version} was withdrawn by its maintainers (yanked)"
    if not any(is_for_python(one.file.requires_python, target.python) for one in files):
        return f"{project.name} {version} is for Python {files[0].file.requires_python} only"
    system = None if best_file(project, version, target, pinned=False) else newer_system(project, version, target)
    return f"{project.name} {version} has wheels for {system} and newer only" if system else ""


def best_file(project: PipProject, version: Version, target: Target, *, pinned: bool) -> Listing | None:
    """Return the file of a version that pip takes on a target; None if it takes none.

    Args:
        project: The project.
        version: The version.
        target: The platform and Python.
        pinned: Whether a requirement names exactly this version; then it may be yanked.

    Returns:
        The best wheel (PEP 425); the source distribution where no wheel fits.
    """
    kept = [one for one in project.versions.get(version, ()) if one.is_taken(target.python, pinned=pinned)]
    fitting = [one for one in kept if one.tags and target.platform in _platforms(one.tags, target.python)]
    return min(fitting, key=lambda one: _rank(one.tags or "", target), default=None) or sdist(kept)


@cache
def _rank(tags: str, target: Target) -> int:
    ranks = wheel_ranks(target)
    return min(ranks[tag] for tag in parse_tag(tags) if tag in ranks)
