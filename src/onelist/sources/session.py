"""What one call keeps open: HTTP clients with their connections, and rattler with the repodata that it has read."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.sources.cache import ResponseCache, prepare_cache
from onelist.sources.conda.records import FailedSubdirs
from onelist.sources.http import HttpClient, Limits, access

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from onelist.sources.conda.gateway import Channels
    from onelist.sources.conda.shard_checks import ShardChecks
    from onelist.sources.config import NetworkOptions
    from onelist.sources.cutoff import Cutoff
    from onelist.sources.installers import Index, Indexes
    from onelist.sources.pypi.simple import ProjectFiles, ProjectNotFound

MAX_WORKERS = 8
"""How many requests to package indexes run at a time. Name servers of small networks drop many more."""


class SourceSession:
    """The clients of one call. All queries of the call share them, so nothing is opened or read twice.

    Attributes:
        options: The settings that each client gets.
        failed_subdirs: The subdirs of channels that gave no data, which the solver does not ask again.
        pages: The project pages that were read in this call, by index and name.
    """

    def __init__(self, options: NetworkOptions) -> None:
        """Take the settings. Each client is made when it is first needed."""
        self.options = options
        self._cache_dir: Path | None = None
        self._channels: Channels | None = None
        self._indexes: Indexes | None = None
        self._clients: dict[str, HttpClient] = {}
        self._shards: ShardChecks | None = None
        self.failed_subdirs = FailedSubdirs()
        self.pages: dict[tuple[Index, str], ProjectFiles | ProjectNotFound] = {}

    def as_of(self, cutoff: Cutoff) -> SourceSession:
        """Return a session for the end of a day, which shares all that this one has opened and read."""
        session = copy.copy(self)
        session.options = replace(self.options, cutoff=cutoff)
        return session

    def requests(self) -> int:
        """Return how many requests its clients for package indexes have sent until now, retries included."""
        return sum(client.sent for client in list(self._clients.values()))

    @property
    def cache_dir(self) -> Path:
        """The folder of the cache, which only this user can read; it is made when it is first needed.

        Raises:
            UsageError: ``ONELIST_CACHE_DIR`` names a file.
        """
        if self._cache_dir is None:
            self._cache_dir = self.options.cache_dir
            prepare_cache(self._cache_dir)
        return self._cache_dir

    @property
    def channels(self) -> Channels:
        """The conda channels.

        Raises:
            UsageError: A configuration file of rattler cannot be read.
        """
        if self._channels is None:
            from onelist.sources.conda.gateway import Channels

            self._channels = Channels(self.options.cache_policy, self.cache_dir / "repodata")
        return self._channels

    @property
    def shards(self) -> ShardChecks:
        """The comparison of the shards of conda channels with their hashes."""
        if self._shards is None:
            from onelist.sources.conda.shard_checks import ShardChecks
            from onelist.sources.conda.shard_hashes import ShardHashes

            hashes = ShardHashes(self.cache_dir / "repodata", self.cache_dir / "channels", self.http())
            self._shards = ShardChecks(self.channels, hashes)
        return self._shards

    @property
    def indexes(self) -> Indexes:
        """The package indexes of the options, or of the settings of pip and uv; both programs are started once at most.

        Raises:
            UsageError: Neither pip nor uv names an index, or an address is not valid.
        """
        if self._indexes is None:
            from onelist.sources.installers import find_indexes

            self._indexes = find_indexes(self.options.index_url, self.options.extra_index_urls)
        return self._indexes

    def http(self, certificates: str = "") -> HttpClient:
        """Return an HTTP client.

        Args:
            certificates: The file of trusted certificates that pip's settings name; ``""`` for none.

        Returns:
            The same client for the same file.
        """
        if certificates not in self._clients:
            self._clients[certificates] = HttpClient(
                limits=Limits(deadline=self.options.deadline),
                access=access(self.options.environment, certificates),
                cache=ResponseCache(self.cache_dir / "pages"),
                cache_policy=self.options.cache_policy,
            )
        return self._clients[certificates]


@contextmanager
def worker_pool() -> Iterator[Executor]:
    """Provide threads for requests that block; at the end, requests that have not started are cancelled."""
    pool = ThreadPoolExecutor(max_workers=MAX_WORKERS)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C the program does not wait for a server
