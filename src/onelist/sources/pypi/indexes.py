"""Query the package indexes: each index for each name, several at a time."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mousebender.simple  # noqa: F401 - imported before several threads need it at the same time

from onelist.core.system.memory import return_large_blocks
from onelist.sources.faults import NO_ANSWER, SourceError, SourceErrorKind, unexpected_error
from onelist.sources.http import EXTRA_TIME
from onelist.sources.pypi.dated import DatedFiles
from onelist.sources.pypi.simple import ProjectFiles, ProjectNotFound, fetch, index_exists, parse, store
from onelist.sources.session import MAX_WORKERS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.sources.cache import CachedResponse
    from onelist.sources.installers import Index, Indexes
    from onelist.sources.session import SourceSession


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexData:
    """The data of one package index.

    Attributes:
        label: Its address in a form that may be shown.
        projects: For each requested name the files, "not found", or why neither is known.
        error: Why nothing is known of the index; None if something is known.
    """

    label: str
    projects: Mapping[str, ProjectFiles | ProjectNotFound | SourceError]
    error: SourceError | None = None

    @property
    def as_of(self) -> datetime.datetime | None:
        """The time of the oldest data; None if there is none."""
        return min(
            (project.as_of for project in self.projects.values() if not isinstance(project, SourceError)), default=None
        )


class IndexClient:
    """Queries the package indexes. Requests run in threads, because they block.

    Attributes:
        found: The indexes.
        http: The HTTP client for them.
    """

    def __init__(self, found: Indexes, session: SourceSession, pool: Executor) -> None:
        """Take the indexes.

        Args:
            found: The indexes.
            session: The clients of this call.
            pool: The threads for requests.
        """
        return_large_blocks()
        self.found = found
        self._deadline = session.options.deadline
        self._pool = pool
        self.http = session.http(found.certificates)
        self._semaphore = asyncio.Semaphore(MAX_WORKERS)  # the deadline does not include the wait for a thread
        self._answering: set[Index] = set()
        self._failed: dict[Index, SourceError] = {}
        self._pages = session.pages
        self._cutoff = session.options.cutoff
        self._undated = False

    @classmethod
    async def open(cls, session: SourceSession, pool: Executor) -> IndexClient:
        """Find the indexes in the options and in the settings of pip and uv.

        Args:
            session: The clients of this call.
            pool: The threads for requests.

        Returns:
            The client.

        Raises:
            UsageError: Neither pip nor uv names an index, or an address is not valid.
        """
        found = await asyncio.get_running_loop().run_in_executor(pool, lambda: session.indexes)
        return cls(found, session, pool)

    def with_undated(self) -> IndexClient:
        """Return a client with which, as of a day, files count that say no day."""
        client = copy.copy(self)
        client._undated = True  # noqa: SLF001 - an object of this class
        return client

    async def ask(
        self, names: Sequence[str], progress: Callable[[int, str], None] = lambda _more, _who: None
    ) -> tuple[IndexData, ...]:
        """Query each index for each name.

        Args:
            names: Normalised names of projects.
            progress: Called with the number of further queries (negative: answered ones), and the index.

        Returns:
            The data of each index, the main index first.
        """
        progress(len(names) * len(self.found.indexes), "")
        return tuple(await asyncio.gather(*(self._ask_index(index, names, progress) for index in self.found.indexes)))

    async def _ask_index(self, index: Index, names: Sequence[str], progress: Callable[[int, str], None]) -> IndexData:
        found = await asyncio.gather(*(self._project(index, name, progress) for name in names))
        projects = {name: self._as_of(name, one) for name, one in zip(names, found, strict=True)}
        if not all(isinstance(project, ProjectNotFound) for project in projects.values()):
            return _index_data(index, projects)
        if any(known == index and isinstance(page, ProjectFiles) for (known, _), page in self._pages.items()):
            return IndexData(label=index.label, projects=projects)  # it has shown before that it is an index
        exists = await self._exists(index)
        if exists is True:
            return IndexData(label=index.label, projects=projects)
        error = exists if isinstance(exists, SourceError) else SourceError(kind=SourceErrorKind.NOT_FOUND)
        return IndexData(label=index.label, projects=dict.fromkeys(names, error), error=error)

    def _as_of(
        self, name: str, project: ProjectFiles | ProjectNotFound | SourceError
    ) -> ProjectFiles | ProjectNotFound | SourceError:
        """Return a project as it was on the day of the options; "not found" if each file is newer."""
        if self._cutoff is None or not isinstance(project, ProjectFiles):
            return project
        dated = DatedFiles(name, project, self._cutoff)
        if project.listed and not dated.with_undated.listed:
            return ProjectNotFound(as_of=project.as_of)
        return dated.with_undated if self._undated else dated

    async def _exists(self, index: Index) -> bool | SourceError:
        try:
            async with asyncio.timeout(self._deadline + EXTRA_TIME):
                return await asyncio.get_running_loop().run_in_executor(self._pool, index_exists, self.http, index)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)

    async def _project(
        self, index: Index, name: str, progress: Callable[[int, str], None]
    ) -> ProjectFiles | ProjectNotFound | SourceError:
        if known := self._pages.get((index, name)):
            progress(-1, index.label)
            return known
        loop = asyncio.get_running_loop()
        async with self._semaphore:
            if index in self._failed:
                progress(-1, index.label)
                return self._failed[index]
            try:
                async with asyncio.timeout(self._deadline + EXTRA_TIME):
                    response = await loop.run_in_executor(self._pool, fetch, self.http, index, name)
            except TimeoutError:
                response = SourceError(kind=SourceErrorKind.TIMED_OUT)
            except BaseException as error:  # noqa: BLE001 - one page must not cost the others
                response = unexpected_error(error)
        progress(-1, index.label)
        if isinstance(response, SourceError):
            if response.kind in NO_ANSWER and index not in self._answering:
                self._failed[index] = response
            return response
        self._answering.add(index)
        project = _parse(response, name)
        if not isinstance(project, SourceError):
            self._pages[index, name] = project
            await loop.run_in_executor(self._pool, store, self.http, index, name, response)
        return project


def _parse(response: CachedResponse, name: str) -> ProjectFiles | ProjectNotFound | SourceError:
    try:
        return parse(response, name)
    except BaseException as error:  # noqa: BLE001 - one page must not cost the others
        return unexpected_error(error)


def _index_data(index: Index, projects: Mapping[str, ProjectFiles | ProjectNotFound | SourceError]) -> IndexData:
    """Return the data of an index. "Not found" counts only if the index also gave the files of some project."""
    has_files = any(isinstance(project, ProjectFiles) for project in projects.values())
    errors = [project for project in projects.values() if isinstance(project, SourceError)]
    if has_files or not errors:
        return IndexData(label=index.label, projects=projects)
    return IndexData(label=index.label, projects=dict.fromkeys(projects, errors[0]), error=errors[0])
