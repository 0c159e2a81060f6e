"""All questions of all lists, each asked once and side by side -> Facts: what everybody answered, or why not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.queries import INTERPRETER_NAMES
from onelist.core.event_loop import run_async
from onelist.sources.cache import CachePolicy, FetchTimes
from onelist.sources.conda.records import NOARCH, ChannelFacts
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.session import worker_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.analysis.listed import ListedRequirement
    from onelist.core.model import Settings
    from onelist.sources.pypi.indexes import IndexFacts
    from onelist.sources.session import SourceSession

_UNDER_WAY = 0.005
"""Seconds after which the questions are on their way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """All that is to be asked.

    Attributes:
        projects: Normalised names of projects on the index.
        channels: Each conda channel, as settings.ini names it, to the conda names to ask it for.
        platforms: conda's names of the platforms.
    """

    projects: frozenset[str]
    channels: Mapping[str, frozenset[str]]
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceData:
    """What everybody answered.

    Attributes:
        indexes: The package indexes, the main one first.
        channels: The conda channels, by their names in settings.ini.
        offline: Whether all of it is from earlier.
    """

    indexes: tuple[IndexFacts, ...] = field(repr=False)
    channels: Mapping[str, ChannelFacts] = field(repr=False)
    offline: bool


def plan_queries(
    lists: Iterable[tuple[Settings, str, Sequence[ListedRequirement]]], channels: Sequence[str]
) -> QueryPlan:
    """Return what to ask for several lists together, each name once.

    Args:
        lists: The settings, the conda name of the package itself, and the requirements of each.
        channels: The channels that the call names; empty for those of each list.

    Returns:
        The questions without their versions: an index and a channel answer for a whole name.
    """
    projects: set[str] = set()
    by_channel: dict[str, set[str]] = {}
    platforms: dict[str, None] = {}
    for settings, own_name, requirements in lists:
        queries = [entry.query for entry in requirements]
        projects |= {query.pip.name for query in queries if query.pip}
        names = {name for query in queries if query.conda for name in (query.conda.name, *query.conda.others)}
        for channel in channels or settings.conda_channels:
            by_channel.setdefault(channel, {own_name, *INTERPRETER_NAMES}).update({own_name}, names)
        platforms |= dict.fromkeys(settings.platforms)
    return QueryPlan(
        projects=frozenset(projects),
        channels={channel: frozenset(names) for channel, names in by_channel.items()},
        platforms=tuple(platforms),
    )


def gather(
    asked: QueryPlan,
    session: SourceSession,
    progress: Callable[[int, str], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> SourceData:
    """Ask.

    Args:
        asked: What.
        session: The clients that ask.
        progress: Called with how many questions there are more (negative: answered), and who answers.
        meanwhile: Called once while everybody is being waited for.

    Returns:
        The answers.

    Raises:
        UsageError: An address cannot be used, or the installers do not say where the index is.
    """
    return run_async(_gather(asked, session, progress, meanwhile))


async def _gather(
    asked: QueryPlan, session: SourceSession, progress: Callable[[int, str], None], meanwhile: Callable[[], None]
) -> SourceData:
    """Start with the channels, whose answers take longest, and load everything else while they are on their way."""
    with worker_pool() as pool:
        channels, indexes = await asyncio.gather(
            _ask_channels(asked, session, pool, progress, meanwhile), _ask_indexes(asked, session, pool, progress)
        )
    return SourceData(indexes=indexes, channels=channels, offline=session.options.cache_policy is CachePolicy.OFFLINE)


async def _ask_indexes(
    asked: QueryPlan, session: SourceSession, pool: Executor, progress: Callable[[int, str], None]
) -> tuple[IndexFacts, ...]:
    if not asked.projects:
        return ()
    await asyncio.sleep(_UNDER_WAY)
    from onelist.sources.pypi.indexes import IndexClient

    index_client = await IndexClient.open(session, pool)
    return await index_client.ask(sorted(asked.projects), progress)


async def _ask_channels(
    asked: QueryPlan,
    session: SourceSession,
    pool: Executor,
    progress: Callable[[int, str], None],
    meanwhile: Callable[[], None],
) -> Mapping[str, ChannelFacts]:
    fetch_times = FetchTimes(session.options.cache_dir / "channels")
    keys = {channel: _key(channel) for channel in asked.channels}
    if session.options.cache_policy is CachePolicy.OFFLINE and not any(fetch_times.get(key) for key in keys.values()):
        fault = SourceError(kind=SourceErrorKind.NOT_CACHED)
        return {channel: ChannelFacts(subdirs=dict.fromkeys((NOARCH, *asked.platforms), fault)) for channel in keys}
    from onelist.sources.conda.channel import ChannelClient, ChannelClientConfig

    means = ChannelClientConfig(
        channels=session.channels,
        http=session.http(),
        fetch_times=fetch_times,
        pool=pool,
        answered=lambda channel: progress(-1, channel),
        deadline=session.options.deadline,
        cache_policy=session.options.cache_policy,
        now=session.options.now,
    )
    clients = {channel: ChannelClient(means, channel, key) for channel, key in keys.items()}
    progress(len(clients) * (len(asked.platforms) + 1), "")
    asyncio.get_running_loop().call_later(2 * _UNDER_WAY, meanwhile)

    async def ask(channel: str) -> tuple[str, ChannelFacts]:
        return channel, await clients[channel].ask(asked.platforms, asked.channels[channel])

    return dict(await asyncio.gather(*map(ask, clients)))


def _key(channel: str) -> str:
    """Return what a channel is remembered by: a folder by its whole path."""
    return str(Path(channel).expanduser().absolute()) if channel.startswith((".", "~", "/")) else channel
