"""What the package indexes have: every name asked of each, side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mousebender.simple  # noqa: F401 - loaded here, before several threads need it at once

from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.installers import find_indexes
from onelist.sources.pypi.simple import ProjectFiles, ProjectNotFound, fetch, is_there, keep, parse
from onelist.sources.session import MAX_WORKERS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.sources.installers import Index, Indexes
    from onelist.sources.session import SourceSession


_DEAD = frozenset({SourceErrorKind.UNREACHABLE, SourceErrorKind.TIMED_OUT, SourceErrorKind.CERTIFICATE})
"""Faults of an index that has answered nothing yet after which there is no use in asking it for more."""


_GRACE = 1.0
"""Seconds after the deadline in which the client may still say what the server said; then it hangs in the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """What one package index answered.

    Attributes:
        label: What may be shown of its address.
        offers: Normalised name to what it offers.
        fault: Why nothing at all is known of it; None when something is.
    """

    label: str
    offers: Mapping[str, ProjectFiles | ProjectNotFound | SourceError]
    fault: SourceError | None = None

    @property
    def as_of(self) -> datetime.datetime | None:
        """When the oldest of its answers was given; None when there is none."""
        return min((offer.as_of for offer in self.offers.values() if not isinstance(offer, SourceError)), default=None)


class IndexClient:
    """The package indexes, where any number of names may be asked for; what waits runs in threads."""

    def __init__(self, found: Indexes, session: SourceSession, pool: Executor) -> None:
        """Take the indexes.

        Args:
            found: Where they are.
            session: The clients that ask.
            pool: Runs what waits.
        """
        self.found = found
        self._deadline = session.options.deadline
        self._pool = pool
        self._http = session.http(found.certificates)
        self._semaphore = asyncio.Semaphore(MAX_WORKERS)  # so that waiting for a thread is not waiting for the server
        self._answering: set[Index] = set()
        self._dead: dict[Index, SourceError] = {}

    @classmethod
    async def open(cls, session: SourceSession, pool: Executor) -> IndexClient:
        """Find out where the indexes are.

        Raises:
            UsageError: The installers do not say where the index is, or an address cannot be used.
        """
        loop, options = asyncio.get_running_loop(), session.options
        found = await loop.run_in_executor(pool, find_indexes, options.index_url, options.extra_index_urls)
        return cls(found, session, pool)

    async def ask(
        self, names: Sequence[str], progress: Callable[[int, str], None] = lambda _more, _who: None
    ) -> tuple[IndexFacts, ...]:
        """Ask every index for every name.

        Args:
            names: Normalised names of projects.
            progress: Called with how many questions there are more (negative: answered), and who answers.

        Returns:
            What each index answered, the main one first.
        """
        progress(len(names) * len(self.found.indexes), "")
        return tuple(await asyncio.gather(*(self._ask_one(index, names, progress) for index in self.found.indexes)))

    async def _ask_one(self, index: Index, names: Sequence[str], progress: Callable[[int, str], None]) -> IndexFacts:
        pages = await asyncio.gather(*(self._page(index, name, progress) for name in names))
        offers = dict(zip(names, pages, strict=True))
        if not all(isinstance(offer, ProjectNotFound) for offer in offers.values()):
            return _of_index(index, offers)
        there = await asyncio.get_running_loop().run_in_executor(self._pool, is_there, self._http, index)
        if there is True:
            return IndexFacts(label=index.label, offers=offers)
        fault = there if isinstance(there, SourceError) else SourceError(kind=SourceErrorKind.NO_SUCH)
        return IndexFacts(label=index.label, offers=dict.fromkeys(names, fault), fault=fault)

    async def _page(
        self, index: Index, name: str, progress: Callable[[int, str], None]
    ) -> ProjectFiles | ProjectNotFound | SourceError:
        loop = asyncio.get_running_loop()
        async with self._semaphore:
            if index in self._dead:  # it was not there for the names before, so it is not asked for each of the others
                progress(-1, index.label)
                return self._dead[index]
            try:
                async with asyncio.timeout(self._deadline + _GRACE):
                    got = await loop.run_in_executor(self._pool, fetch, self._http, index, name)
            except TimeoutError:
                got = SourceError(kind=SourceErrorKind.TIMED_OUT)
        progress(-1, index.label)
        if isinstance(got, SourceError):
            if got.kind in _DEAD and index not in self._answering:
                self._dead[index] = got
            return got
        self._answering.add(index)
        parsed = parse(got, name)
        if not isinstance(parsed, SourceError):
            await loop.run_in_executor(self._pool, keep, self._http, index, name, got)
        return parsed


def _of_index(index: Index, offers: Mapping[str, ProjectFiles | ProjectNotFound | SourceError]) -> IndexFacts:
    """Return the facts of an index, where "not listed" counts only beside a page that was read."""
    read = any(isinstance(offer, ProjectFiles) for offer in offers.values())
    faults = [offer for offer in offers.values() if isinstance(offer, SourceError)]
    if read or not faults:
        return IndexFacts(label=index.label, offers=offers)
    return IndexFacts(label=index.label, offers=dict.fromkeys(offers, faults[0]), fault=faults[0])
