"""The metadata of single releases, read from one file of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from onelist.sources.cache import ResponseCache
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.metadata.file_metadata import FileMetadata
from onelist.sources.pip.pages import PipProject
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.pypi.simple import ProjectFiles
from onelist.sources.session import worker_pool

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from packaging.version import Version

    from onelist.sources.pypi.indexes import IndexData
    from onelist.sources.pypi.listing import Listing
    from onelist.sources.session import SourceSession

    Release = tuple[str, Version]


async def read_releases(releases: Collection[Release], session: SourceSession) -> dict[Release, bytes | SourceError]:
    """Read the metadata of releases.

    Args:
        releases: Normalised names of projects, each with a version.
        session: The clients that ask. The pages of the projects are read again only if they are not known yet.

    Returns:
        For each release its metadata (the content of METADATA), or why it is not known.

    Raises:
        UsageError: Neither pip nor uv names an index, or an address is not valid.
    """
    with worker_pool() as pool:
        client = await IndexClient.open(session, pool)
        data = await client.ask(sorted({name for name, _ in releases}))
        cache = ResponseCache(session.cache_dir / "pages")
        reader = FileMetadata(client.http, cache, client.found.indexes, session.options.now)
        loop = asyncio.get_running_loop()
        found = (loop.run_in_executor(pool, _read, reader, data, release) for release in releases)
        return dict(zip(releases, await asyncio.gather(*found), strict=True))


def _read(reader: FileMetadata, data: Sequence[IndexData], release: Release) -> bytes | SourceError:
    name, version = release
    projects = [index.projects[name] for index in data]
    if error := next((project for project in projects if isinstance(project, SourceError)), None):
        return error
    sources = [(number, project) for number, project in enumerate(projects) if isinstance(project, ProjectFiles)]
    files = PipProject(name, sources).versions.get(version, ())
    if not files:
        return SourceError(kind=SourceErrorKind.NOT_FOUND)
    wheels = [one for one in files if one.is_wheel]
    return reader.of_release(name, version, files, min(wheels, key=_effort, default=None))


def _effort(wheel: Listing) -> tuple[bool, bool, bool]:
    """Return what makes a wheel a worse choice: it is withdrawn, has no metadata beside it, is for some machines."""
    return wheel.file.yanked, not wheel.file.has_metadata, not (wheel.tags or "").endswith("-any")
