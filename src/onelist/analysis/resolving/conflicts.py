"""A minimal set that cannot be installed together (MUS), found with few solves (QuickXplain, Junker 2004)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

Item = TypeVar("Item")


async def minimal_conflict(
    items: Sequence[Item],
    fails: Callable[[Sequence[Item]], Awaitable[bool]],
    likely: Iterable[Sequence[Item]] = (),
) -> list[Item]:
    """Return a part of a set that fails, and that no longer fails without any one of its items.

    Args:
        items: A set that fails as a whole; of two possible parts, the one with the earlier items is returned.
        fails: Tells whether a part fails; when a part fails, every larger part fails too.
        likely: Parts to try first, in the order of ``items``. The first one that is a result is the result.

    Returns:
        The part, in the order of ``items``; empty where even the empty set fails.
    """
    if await fails([]):
        return []
    for part in likely:
        if await fails(part) and not any(await asyncio.gather(*map(fails, _without_one(part)))):
            return list(part)
    found = await _explain([], items, fails, is_new=False)
    return [item for item in items if item in found]


def _without_one(part: Sequence[Item]) -> list[list[Item]]:
    """Return a part without its first item, without its second item, and so on."""
    return [[*part[:at], *part[at + 1 :]] for at in range(len(part))]


async def _explain(
    base: Sequence[Item],
    items: Sequence[Item],
    fails: Callable[[Sequence[Item]], Awaitable[bool]],
    *,
    is_new: bool,
) -> list[Item]:
    """Return which of ``items`` are needed together with ``base`` to fail; ``is_new`` where ``base`` has just grown."""
    if is_new and await fails(base):
        return []
    if len(items) == 1:
        return list(items)
    half = len(items) // 2
    first, second = items[:half], items[half:]
    of_second = await _explain([*base, *first], second, fails, is_new=bool(first))
    of_first = await _explain([*base, *of_second], first, fails, is_new=bool(of_second))
    return [*of_first, *of_second]
