"""Whom to ask and how, for one call of the program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from onelist.sources.cache import CachePolicy, ResponseCache, cache_folder
from onelist.sources.http import HttpClient, Limits, access

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path

    from onelist.sources.conda.gateway import Channels

THREADS = 8
"""How many questions are put to package indexes at a time; name servers of small networks drop what is much more."""


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """Whom to ask and how.

    Attributes:
        environment: The environment variables.
        index_url: The index that the call names; None for the installers' own settings.
        extra_index_urls: Further ones that the call names.
        cache_policy: What earlier answers are good for.
        deadline: Seconds for one question.
        now: The time, in UTC.
    """

    environment: Mapping[str, str]
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    cache_policy: CachePolicy = CachePolicy.NORMAL
    deadline: float = 120.0
    now: datetime.datetime

    @property
    def folder(self) -> Path:
        """Where earlier answers are kept."""
        return cache_folder(self.environment)

    @cached_property
    def channels(self) -> Channels:
        """The conda channels, the same for all that is asked in one call: what was read of them is not read again.

        Raises:
            UsageError: A configuration file of rattler's cannot be read.
        """
        from onelist.sources.conda.gateway import Channels

        return Channels(self.cache_policy, self.folder / "repodata")

    def http(self, certificates: str = "") -> HttpClient:
        """Return a client, the same for all of a call; ``certificates`` is the file that pip's own settings name."""
        if certificates not in self._clients:
            self._clients[certificates] = HttpClient(
                limits=Limits(deadline=self.deadline),
                access=access(self.environment, certificates),
                pages=ResponseCache(self.folder / "pages"),
                cache_policy=self.cache_policy,
            )
        return self._clients[certificates]

    @cached_property
    def _clients(self) -> dict[str, HttpClient]:
        return {}
