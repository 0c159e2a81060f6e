"""The queries of all lists, each sent once and all at the same time -> the data of the sources, or their errors."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.analysis.queries import INTERPRETER_NAMES, Role
from onelist.core.system.event_loop import run_async
from onelist.sources.cache import CachePolicy, FetchTimes
from onelist.sources.conda.records import NOARCH, ChannelData, channel_until
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.session import worker_pool

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.listed import ListedRequirement
    from onelist.core.model import Settings
    from onelist.sources.pypi.indexes import IndexData
    from onelist.sources.session import SourceSession

OWNER = r"\w[\w.-]*"
"""The name of a channel on the default server, as ``conda_user`` and the destination ``anaconda:`` have it."""
_SENT_AFTER = 0.005
"""Seconds after which the first queries have been sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """The queries for several lists.

    Attributes:
        projects: Normalised names of projects on the index.
        channels: Each conda channel, as settings.ini names it, to the conda names to look up in it.
        platforms: The platforms by their conda names (subdirs).
        required: The conda names that the lists install from channels, and Python.
        own_channels: Each channel to which a list is published and from which it installs nothing, to the other
            spellings of the list's name. Packages of lists are noarch.
    """

    projects: frozenset[str]
    channels: Mapping[str, frozenset[str]]
    platforms: tuple[str, ...]
    required: frozenset[str] = frozenset()
    own_channels: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceData:
    """What the sources answered.

    Attributes:
        indexes: The package indexes, the main one first.
        channels: The conda channels, by their names in settings.ini.
        offline: Whether all of it comes from the cache.
        as_of: The day as of which it is; None for now.
        own_channels: What the channels have to which the lists are published, only noarch and only other spellings.
    """

    indexes: tuple[IndexData, ...] = field(repr=False)
    channels: Mapping[str, ChannelData] = field(repr=False)
    offline: bool
    as_of: datetime.date | None = None
    own_channels: Mapping[str, ChannelData] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def plan_queries(
    lists: Iterable[tuple[Settings, str, Sequence[ListedRequirement]]], channels: Sequence[str]
) -> QueryPlan:
    """Return the queries for several lists together, each name once.

    Args:
        lists: The settings, the conda name of the package itself, and the requirements of each.
        channels: The channels that the call names; empty for those of each list.

    Returns:
        The queries, without versions: an index and a channel answer for all versions of a name.
    """
    projects: set[str] = set()
    required: set[str] = {"python"}
    by_channel: dict[str, set[str]] = {}
    own_channels: dict[str, set[str]] = {}
    platforms: dict[str, None] = {}
    for settings, own_name, requirements in lists:
        queries = [entry.query for entry in requirements]
        projects |= {query.pip.name for query in queries if query.pip}
        looked_up = [query.conda for query in queries if query.conda and not query.conda.is_virtual]
        names = {name for query in looked_up for name in (query.name, *query.others)}
        names.update(settings.other_conda_names)
        required |= {query.name for query in looked_up if query.role is Role.DIRECT}
        for channel in channels or settings.conda_channels:
            by_channel.setdefault(channel, {own_name, *INTERPRETER_NAMES}).update({own_name}, names)
        own = settings.conda_user
        if not channels and own not in settings.conda_channels and re.fullmatch(OWNER, own):
            own_channels.setdefault(own, set()).update(settings.other_conda_names)
        platforms |= dict.fromkeys(settings.platforms)
    return QueryPlan(
        projects=frozenset(projects),
        channels={channel: frozenset(names) for channel, names in by_channel.items()},
        platforms=tuple(platforms),
        required=frozenset(required),
        own_channels={channel: frozenset(names) for channel, names in own_channels.items() if names},
    )


def gather(
    plan: QueryPlan,
    session: SourceSession,
    progress: Callable[[int, str], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> SourceData:
    """Send the queries.

    Args:
        plan: The queries.
        session: The clients that send them.
        progress: Called with the number of new queries (negative: of answered ones), and with the source that answered.
        meanwhile: Called once while the servers answer.

    Returns:
        The answers.

    Raises:
        UsageError: A URL cannot be used, or pip and uv have no package index configured.
    """
    return run_async(_gather(plan, session, progress, meanwhile))


async def _gather(
    plan: QueryPlan, session: SourceSession, progress: Callable[[int, str], None], meanwhile: Callable[[], None]
) -> SourceData:
    """Start with the channels, which take longest to answer, and do everything else meanwhile."""
    with worker_pool() as pool:
        (channels, own_channels), indexes = await asyncio.gather(
            _query_channels(plan, session, pool, progress, meanwhile), _query_indexes(plan, session, pool, progress)
        )
    return SourceData(
        indexes=indexes,
        channels=channels,
        offline=session.options.cache_policy is CachePolicy.OFFLINE,
        as_of=session.options.cutoff.day if session.options.cutoff else None,
        own_channels=own_channels,
    )


async def _query_indexes(
    plan: QueryPlan, session: SourceSession, pool: Executor, progress: Callable[[int, str], None]
) -> tuple[IndexData, ...]:
    if not plan.projects:
        return ()
    await asyncio.sleep(_SENT_AFTER)
    from onelist.sources.pypi.indexes import IndexClient

    index_client = await IndexClient.open(session, pool)
    return await index_client.ask(sorted(plan.projects), progress)


async def _query_channels(
    plan: QueryPlan,
    session: SourceSession,
    pool: Executor,
    progress: Callable[[int, str], None],
    meanwhile: Callable[[], None],
) -> tuple[Mapping[str, ChannelData], Mapping[str, ChannelData]]:
    """Return what the channels of the lists have, and what the channels have to which the lists are published."""
    fetch_times = FetchTimes(session.cache_dir / "channels")
    keys = {channel: _key(channel) for channel in (*plan.channels, *plan.own_channels)}
    if session.options.cache_policy is CachePolicy.OFFLINE and not any(fetch_times.get(key) for key in keys.values()):
        fault = SourceError(kind=SourceErrorKind.NOT_CACHED)
        failed = ChannelData(subdirs=dict.fromkeys((NOARCH, *plan.platforms), fault))
        return dict.fromkeys(plan.channels, failed), dict.fromkeys(plan.own_channels, failed)
    from onelist.sources.conda.channel import ChannelClient, ChannelClientConfig

    config = ChannelClientConfig(
        channels=session.channels,
        http=session.http(),
        shards=session.shards,
        fetch_times=fetch_times,
        pool=pool,
        answered=lambda channel: progress(-1, channel),
        deadline=session.options.deadline,
        cache_policy=session.options.cache_policy,
        now=session.options.now,
        failed=session.failed_subdirs,
    )
    clients = [(ChannelClient(config, channel, keys[channel]), plan.channels[channel]) for channel in plan.channels]
    own = [(ChannelClient(config, channel, keys[channel]), plan.own_channels[channel]) for channel in plan.own_channels]
    progress(len(clients) * (len(plan.platforms) + 1) + len(own), "")
    asyncio.get_running_loop().call_later(2 * _SENT_AFTER, meanwhile)
    cutoff = session.options.cutoff
    found = await asyncio.gather(
        *(
            client.ask(plan.platforms, names, required=plan.required, with_age=cutoff is None)
            for client, names in clients
        ),
        *(client.ask((), names, with_age=False) for client, names in own),
    )
    if cutoff:
        found = [channel_until(one, cutoff) for one in found]
    return (
        dict(zip(plan.channels, found[: len(clients)], strict=True)),
        dict(zip(plan.own_channels, found[len(clients) :], strict=True)),
    )


def _key(channel: str) -> str:
    """Return the key of a channel in the cache: for a folder, its absolute path."""
    return str(Path(channel).expanduser().absolute()) if channel.startswith((".", "~", "/")) else channel
