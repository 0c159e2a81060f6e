"""The smallest set that cannot be installed together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelist.analysis.resolving.conflicts import minimal_conflict

if TYPE_CHECKING:
    from collections.abc import Sequence


def found(
    things: Sequence[int], clashes: Sequence[set[int]], likely: Sequence[Sequence[int]] = ()
) -> tuple[list[int], int]:
    """Return the smallest part that holds one of some clashes, and how often was asked."""
    asked = 0

    async def fails(part: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        return any(clash <= set(part) for clash in clashes)

    return asyncio.run(minimal_conflict(things, fails, likely)), asked


@given(st.lists(st.sets(st.integers(0, 15), min_size=1, max_size=4), min_size=1, max_size=4))
def test_it_is_one_of_the_clashes_and_nothing_can_be_left_out(clashes: list[set[int]]) -> None:
    part, _ = found(range(16), clashes)
    assert part == sorted(part)
    assert any(clash <= set(part) for clash in clashes)
    for left_out in part:
        assert not any(clash <= set(part) - {left_out} for clash in clashes)


def test_few_questions_find_two_among_many() -> None:
    part, asked = found(range(64), [{5, 60}])
    assert part == [5, 60]
    assert asked < 30


def test_what_fails_with_nothing_has_no_part_to_blame() -> None:
    assert found(range(4), [set()]) == ([], 1)


@pytest.mark.parametrize(
    ("likely", "expected", "questions"),
    [
        ([[5, 60]], [5, 60], 4),
        ([[60, 61]], [60, 61], 4),  # another search finds 5 and 60
        ([[1, 2], [60, 61]], [60, 61], 5),
        ([[5, 7, 60]], [5, 60], None),  # 7 is too much
        ([[1, 2]], [5, 60], None),
    ],
)
def test_a_likely_part_is_the_result_only_if_it_fails_and_holds_nothing_too_much(
    likely: list[list[int]], expected: list[int], questions: int | None
) -> None:
    part, asked = found(range(64), [{5, 60}, {60, 61}], likely)
    assert part == expected
    assert questions in {asked, None}
