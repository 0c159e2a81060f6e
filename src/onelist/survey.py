"""All questions of all lists, each asked once and side by side -> Facts: what everybody answered, or why not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.channels.faults import Fault, FaultKind
from onelist.channels.http import Http, Limits, access
from onelist.channels.installers import find_indexes
from onelist.channels.pages import Caching, Pages, cache_folder
from onelist.channels.pypi import NotListed, Offer, fetch, is_there, parse
from onelist.channels.stamps import Stamps
from onelist.channels.stock import NOARCH, ChannelFacts
from onelist.questions import INTERPRETER_NAMES

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from onelist.channels.installers import Index
    from onelist.model import Settings
    from onelist.questions import Question

_THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
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
class Access:
    """Whom to ask and how.

    Attributes:
        environment: The environment variables.
        index_url: The index that the call names; None for the installers' own settings.
        extra_index_urls: Further ones that the call names.
        caching: What earlier answers are good for.
        deadline: Seconds for one question.
        now: The time, in UTC.
    """

    environment: Mapping[str, str]
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    caching: Caching = Caching.USE
    deadline: float = 120.0
    now: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """What one package index answered.

    Attributes:
        label: What may be shown of its address.
        offers: Normalised name to what it offers.
        fault: Why nothing at all is known of it; None when something is.
    """

    label: str
    offers: Mapping[str, Offer | NotListed | Fault]
    fault: Fault | None = None

    @property
    def as_of(self) -> datetime.datetime | None:
        """When the oldest of its answers was given; None when there is none."""
        return min((offer.as_of for offer in self.offers.values() if not isinstance(offer, Fault)), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What everybody answered.

    Attributes:
        indexes: The package indexes, the main one first.
        channels: The conda channels, by their names in settings.ini.
        offline: Whether all of it is from earlier.
    """

    indexes: tuple[IndexFacts, ...] = ()
    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)
    offline: bool = False


def inquiry(lists: Iterable[tuple[Settings, str, Sequence[Question]]], channels: Sequence[str]) -> Inquiry:
    """Return what to ask for several lists together, each name once.

    Args:
        lists: The settings, the conda name of the package itself, and the questions of each.
        channels: The channels that the call names; empty for those of each list.

    Returns:
        The questions without their versions: an index and a channel answer for a whole name.
    """
    projects: set[str] = set()
    by_channel: dict[str, set[str]] = {}
    platforms: dict[str, None] = {}
    for settings, own_name, asked in lists:
        projects |= {question.pip.name for question in asked if question.pip}
        conda = [question.conda for question in asked if question.conda]
        names = {name for one in conda for name in (one.name, *one.others)}
        for channel in channels or settings.conda_channels:
            by_channel.setdefault(channel, {own_name, *INTERPRETER_NAMES}).update({own_name}, names)
        platforms |= dict.fromkeys(settings.platforms)
    return Inquiry(
        projects=frozenset(projects),
        channels={channel: frozenset(names) for channel, names in by_channel.items()},
        platforms=tuple(platforms),
    )


def survey(asked: Inquiry, how: Access, progress: Callable[[int, str], None]) -> Facts:
    """Ask.

    Args:
        asked: What.
        how: Whom and how.
        progress: Called with how many questions there are more (negative: answered), and who answers.

    Returns:
        The answers.

    Raises:
        UsageError: An address cannot be used, or the installers do not say where the index is.
    """
    return asyncio.run(_survey(asked, how, progress))


async def _survey(asked: Inquiry, how: Access, progress: Callable[[int, str], None]) -> Facts:
    pool = ThreadPoolExecutor(max_workers=_THREADS)
    try:
        indexes, channels = await asyncio.gather(
            _ask_indexes(asked, how, pool, progress), _ask_channels(asked, how, pool, progress)
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C nobody waits for a server
    return Facts(indexes=indexes, channels=channels, offline=how.caching is Caching.ONLY)


def _http(how: Access, certificates: str = "") -> Http:
    return Http(
        limits=Limits(deadline=how.deadline),
        access=access(how.environment, certificates),
        pages=Pages(cache_folder(how.environment) / "pages"),
        caching=how.caching,
    )


async def _ask_indexes(
    asked: Inquiry, how: Access, pool: ThreadPoolExecutor, progress: Callable[[int, str], None]
) -> tuple[IndexFacts, ...]:
    if not asked.projects:
        return ()
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(pool, find_indexes, how.index_url, how.extra_index_urls)
    http = _http(how, found.certificates)
    names = sorted(asked.projects)
    progress(len(names) * len(found.indexes), "")

    turns = asyncio.Semaphore(_THREADS)  # so that waiting for a thread does not count as waiting for the server

    async def page(index: Index, name: str) -> Offer | NotListed | Fault:
        async with turns:
            try:
                async with asyncio.timeout(how.deadline):
                    got = await loop.run_in_executor(pool, fetch, http, index, name)
            except TimeoutError:
                got = Fault(kind=FaultKind.TIMED_OUT)
        progress(-1, index.label)
        return got if isinstance(got, Fault) else parse(got, name)

    async def one(index: Index) -> IndexFacts:
        offers = dict(zip(names, await asyncio.gather(*(page(index, name) for name in names)), strict=True))
        if not all(isinstance(offer, NotListed) for offer in offers.values()):
            return _of_index(index, offers)
        there = await loop.run_in_executor(pool, is_there, http, index)
        if there is True:
            return IndexFacts(label=index.label, offers=offers)
        fault = there if isinstance(there, Fault) else Fault(kind=FaultKind.NO_SUCH)
        return IndexFacts(label=index.label, offers=dict.fromkeys(names, fault), fault=fault)

    return tuple(await asyncio.gather(*map(one, found.indexes)))


def _of_index(index: Index, offers: Mapping[str, Offer | NotListed | Fault]) -> IndexFacts:
    """Return the facts of an index, where "not listed" counts only beside a page that was read."""
    read = any(isinstance(offer, Offer) for offer in offers.values())
    faults = [offer for offer in offers.values() if isinstance(offer, Fault)]
    if read or not faults:
        return IndexFacts(label=index.label, offers=offers)
    return IndexFacts(label=index.label, offers=dict.fromkeys(offers, faults[0]), fault=faults[0])


async def _ask_channels(
    asked: Inquiry, how: Access, pool: ThreadPoolExecutor, progress: Callable[[int, str], None]
) -> Mapping[str, ChannelFacts]:
    stamps = Stamps(cache_folder(how.environment) / "channels")
    keys = {channel: _key(channel) for channel in asked.channels}
    if how.caching is Caching.ONLY and not any(stamps.get(key) for key in keys.values()):
        fault = Fault(kind=FaultKind.NOT_CACHED)
        return {channel: ChannelFacts(stock=dict.fromkeys((NOARCH, *asked.platforms), fault)) for channel in keys}
    from onelist.channels.conda import Asker, Means
    from onelist.channels.gateway import Channels, settle

    means = Means(
        channels=Channels(how.caching),
        http=_http(how),
        stamps=stamps,
        pool=pool,
        answered=lambda channel: progress(-1, channel),
        deadline=how.deadline,
        caching=how.caching,
        now=how.now,
    )
    askers = {channel: Asker(means, channel, key) for channel, key in keys.items()}
    progress(len(askers) * (len(asked.platforms) + 1), "")
    found = await asyncio.gather(
        *(asker.ask(asked.platforms, asked.channels[channel]) for channel, asker in askers.items())
    )
    await settle()
    return dict(zip(askers, found, strict=True))


def _key(channel: str) -> str:
    """Return what a channel is remembered by: a folder by its whole path."""
    return str(Path(channel).expanduser().absolute()) if channel.startswith((".", "~", "/")) else channel
