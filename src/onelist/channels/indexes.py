"""What the package indexes have: every name asked of each, side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mousebender.simple  # noqa: F401 - loaded here, before several threads need it at once

from onelist.channels.faults import Fault, FaultKind
from onelist.channels.installers import find_indexes
from onelist.channels.policy import THREADS
from onelist.channels.pypi import NotListed, Offer, fetch, is_there, parse

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from onelist.channels.installers import Index
    from onelist.channels.policy import Policy


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


async def ask_indexes(
    names: Sequence[str], policy: Policy, pool: Executor, progress: Callable[[int, str], None]
) -> tuple[IndexFacts, ...]:
    """Ask every index for every name.

    Args:
        names: Normalised names of projects.
        policy: Whom to ask and how.
        pool: Runs what waits.
        progress: Called with how many questions there are more (negative: answered), and who answers.

    Returns:
        What each index answered, the main one first.

    Raises:
        UsageError: The installers do not say where the index is, or an address cannot be used.
    """
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(pool, find_indexes, policy.index_url, policy.extra_index_urls)
    http = policy.http(found.certificates)
    progress(len(names) * len(found.indexes), "")
    turns = asyncio.Semaphore(THREADS)  # so that waiting for a thread does not count as waiting for the server

    async def page(index: Index, name: str) -> Offer | NotListed | Fault:
        async with turns:
            try:
                async with asyncio.timeout(policy.deadline):
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
