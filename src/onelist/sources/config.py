"""The network options of one call: which indexes, how long to wait, and how to use the cache."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.sources.cache import CachePolicy, cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onelist.sources.cutoff import Cutoff


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """Which indexes to query, and how.

    Attributes:
        environment: The environment variables; those of the process by default.
        index_url: The package index of this call; None for the one in the settings of pip or uv.
        extra_index_urls: Further package indexes of this call.
        cache_policy: When cached responses are used.
        deadline: Seconds for one query, retries included.
        now: The time, in UTC; by default the time at which the options are made.
        cutoff: The day as of which the sources are read; None for now.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    cache_policy: CachePolicy = CachePolicy.NORMAL
    deadline: float = 120.0
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(tz=datetime.UTC))
    cutoff: Cutoff | None = None

    @property
    def today(self) -> datetime.date:
        """The day that counts as today, in UTC."""
        return self.cutoff.day if self.cutoff else self.now.date()

    @property
    def cache_dir(self) -> Path:
        """The folder of cached responses."""
        return cache_folder(self.environment)
