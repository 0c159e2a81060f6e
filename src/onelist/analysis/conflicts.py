"""The smallest set that cannot be installed together, found with few questions (QuickXplain, Junker 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Thing = TypeVar("Thing")


async def minimal_conflict(things: Sequence[Thing], fails: Callable[[Sequence[Thing]], Awaitable[bool]]) -> list[Thing]:
    """Return a part of a set that fails, of which nothing can be left out.

    Args:
        things: A set that fails as a whole, in the order in which they matter: the later ones are kept out if possible.
        fails: Tells whether a part fails; if a part does, so does all that holds it.

    Returns:
        The part, in the order of ``things``; empty where even nothing at all fails.
    """
    if await fails([]):
        return []
    found = await _explain([], things, fails, is_new=False)
    return [thing for thing in things if thing in found]


async def _explain(
    base: Sequence[Thing],
    things: Sequence[Thing],
    fails: Callable[[Sequence[Thing]], Awaitable[bool]],
    *,
    is_new: bool,
) -> list[Thing]:
    """Return which of ``things`` are needed beside ``base`` to fail; ``is_new`` where ``base`` has just grown."""
    if is_new and await fails(base):
        return []
    if len(things) == 1:
        return list(things)
    half = len(things) // 2
    first, second = things[:half], things[half:]
    of_second = await _explain([*base, *first], second, fails, is_new=bool(first))
    of_first = await _explain([*base, *of_second], first, fails, is_new=bool(of_second))
    return [*of_first, *of_second]
