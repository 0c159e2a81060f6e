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
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.tags import parse_tag

from onelist.core.targets import PLATFORMS, Target, wheel_ranks, wheel_tags
from onelist.sources.pypi.candidates import is_for_python
from onelist.sources.pypi.simple import sdist_stem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from onelist.sources.pypi.simple import ListedFile, ProjectFiles

    Python = tuple[int, int]

_VIRTUAL = "py30"
"""The Python tag of a virtual wheel. Each tag that a real wheel has ranks before it, and each Python 3 accepts it."""


class Listing(NamedTuple):
    """A file of a project with the index that lists it.

    Attributes:
        source: The number of the index, the main index first.
        file: The file.
    """

    source: int
    file: ListedFile


class PipProject:
    """The files of a project on all indexes, as pip sees them: as if they were on one index.

    Attributes:
        name: The normalised name.
        fingerprint: A hash of its pages: projects with the same pages have the same.
        versions: The files by version, the newest version first; of files with the same name, the first one.
        is_native: Whether it has a wheel that is not for every machine: a part of its code is compiled.
    """

    def __init__(self, name: str, sources: Iterable[tuple[int, ProjectFiles]]) -> None:
        """Take the number of each index that has the project, with its files."""
        self.name = name
        sources = tuple(sources)
        self.fingerprint = "-".join(f"{index}.{files.fingerprint}" for index, files in sources)
        found: dict[Version, dict[str, Listing]] = {}
        for index, project in sources:
            for version, files in project.listed.items():
                names = found.setdefault(version, {})
                for file in files:
                    names.setdefault(file.filename, Listing(index, file))
        self.versions: Mapping[Version, tuple[Listing, ...]] = {
            version: tuple(found[version].values()) for version in sorted(found, reverse=True)
        }
        self.is_native = any(
            is_wheel(one.file) and not one.file.filename.endswith("-any.whl")
            for files in self.versions.values()
            for one in files
        )


def is_wheel(file: ListedFile) -> bool:
    """Tell whether a file is a wheel."""
    return file.filename.endswith(".whl")


def sdist(files: Iterable[Listing]) -> Listing | None:
    """Return the source distribution among the files of a version; None if there is none."""
    found = [listing for listing in files if sdist_stem(listing.file.filename) is not None]
    return next((one for one in found if one.file.filename.endswith(".tar.gz")), found[0] if found else None)


def virtual_name(name: str, version: Version, platforms: Sequence[str]) -> str:
    """Return the file name of a virtual wheel (PEP 427)."""
    return f"{name.replace('-', '_')}-{version}-{_VIRTUAL}-none-{'.'.join(platforms)}.whl"


def is_virtual(filename: str) -> bool:
    """Tell whether a file name is that of a virtual wheel."""
    return f"-{_VIRTUAL}-none-" in filename


def make_page(
    project: PipProject, python: Python, *, prefix: str, pinned: Collection[Version], every_source: bool
) -> bytes:
    """Return the project page (PEP 691) for one Python.

    Args:
        project: The project.
        python: The Python.
        prefix: What the addresses of files begin with; the hash of the file and its name follow.
        pinned: The versions that a requirement names exactly; they are listed even if they are yanked.
        every_source: Whether source distributions that have compiled parts are listed on each platform. Otherwise they
            are listed only on platforms that have no wheel of a newer version.

    Returns:
        The page in JSON.
    """
    entries = [
        {"filename": filename, "url": f"{prefix}{digest}/{filename}", "hashes": {}, "core-metadata": True}
        for filename, digest in _files(project, python, pinned, every_source=every_source)
    ]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": project.name, "files": entries}).encode()


def _files(
    project: PipProject, python: Python, pinned: Collection[Version], *, every_source: bool
) -> Iterator[tuple[str, str]]:
    """Yield the name and the hash of each file of the page, ``-`` for a file without a hash."""
    with_wheel: set[str] = set()  # the platforms with a wheel of a newer version
    for version, files in project.versions.items():
        kept = [one for one in files if _is_taken(one, python, pinned=version in pinned)]
        wheels = [one.file for one in kept if is_wheel(one.file)]
        yield from ((wheel.filename, wheel.digest or "-") for wheel in wheels)
        platforms = frozenset[str]().union(*(_platforms(wheel.filename, python) for wheel in wheels))
        if len(platforms) < len(PLATFORMS) and (source := sdist(kept)):
            missing = PLATFORMS.keys() - platforms
            if not every_source and project.is_native:
                missing -= with_wheel
            if missing:
                yield virtual_name(project.name, version, _virtual_tags(missing)), source.file.digest or "-"
        if not version.is_prerelease:
            with_wheel |= platforms


def _is_taken(listing: Listing, python: Python, *, pinned: bool) -> bool:
    return (pinned or not listing.file.yanked) and is_for_python(listing.file.requires_python, python)


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
def _platforms_of_tags(tags: str, python: Python) -> frozenset[str]:
    """Return the platforms that accept a wheel with these tags; few of them are written differently."""
    try:
        parsed = parse_tag(tags)
    except ValueError:
        return frozenset()
    return frozenset(
        platform
        for platform in PLATFORMS
        if not parsed.isdisjoint(wheel_tags(Target(platform=platform, python=python)))
    )


def _platforms(filename: str, python: Python) -> frozenset[str]:
    """Return the platforms on which a wheel can be installed."""
    parts = filename.removesuffix(".whl").rsplit("-", 3)
    return _platforms_of_tags("-".join(parts[1:]), python)


def left_out(project: PipProject, python: Python) -> str:
    """Return why pip takes the newest version of a project on no platform, as a sentence without a full stop.

    The result is ``""`` if pip may take it.
    """
    version, files = next(iter(project.versions.items()), (None, ()))
    if version is None:
        return ""
    if all(one.file.yanked for one in files):
        return f"{project.name} {version} was withdrawn by its maintainers (yanked)"
    if not any(is_for_python(one.file.requires_python, python) for one in files):
        return f"{project.name} {version} is for Python {files[0].file.requires_python} only"
    return ""


def is_yanked(project: PipProject, version: Version) -> bool:
    """Tell whether all files of a version are yanked (PEP 592)."""
    return all(one.file.yanked for one in project.versions.get(version, ()))


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
    kept = [one for one in project.versions.get(version, ()) if _is_taken(one, target.python, pinned=pinned)]
    wheels = [
        one for one in kept if is_wheel(one.file) and target.platform in _platforms(one.file.filename, target.python)
    ]
    return min(wheels, key=lambda one: _rank(one.file.filename, target), default=None) or sdist(kept)


def _rank(filename: str, target: Target) -> int:
    ranks = wheel_ranks(target)
    tags = parse_tag("-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:]))
    return min(ranks[tag] for tag in tags if tag in ranks)
