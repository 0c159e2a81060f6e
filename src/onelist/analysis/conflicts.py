"""A minimal set that cannot be installed together (MUS), found with few solves (QuickXplain, Junker 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Item = TypeVar("Item")


async def minimal_conflict(items: Sequence[Item], fails: Callable[[Sequence[Item]], Awaitable[bool]]) -> list[Item]:
    """Return a part of a set that fails, and that no longer fails without any one of its items.

    Args:
        items: A set that fails as a whole; of two possible parts, the one with the earlier items is returned.
        fails: Tells whether a part fails; when a part fails, every larger part fails too.

    Returns:
        The part, in the order of ``items``; empty where even the empty set fails.
    """
    if await fails([]):
        return []
    found = await _explain([], items, fails, is_new=False)
    return [item for item in items if item in found]


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
