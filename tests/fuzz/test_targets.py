"""Each fuzz target holds for a few inputs, so that none rots between the nightly runs, which try thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.fuzz.every import TARGETS
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from pathlib import Path

_COSTLY = frozenset({"repodata", "shards-index", "shard", "zst", "words"})
"""What reads channels takes a tenth of a second for each input."""


@pytest.mark.usefixtures("own_caches")
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_a_few_inputs(name: str) -> None:
    few = hypothesis.settings.get_profile("few")
    TARGETS[name].run(hypothesis.settings(few, max_examples=2) if name in _COSTLY else few)


def test_a_run_finds_what_is_wrong_and_shows_the_smallest_input(tmp_path: Path) -> None:
    note = tmp_path / "note"

    def check(number: int) -> None:
        assert number < 1000

    numbers = Target(name="numbers", inputs={"number": hypothesis.strategies.integers()}, check=check)
    with pytest.raises(AssertionError) as caught:
        numbers.run_for(60, note)
    assert "number=1000" in "".join(caught.value.__notes__)
    assert note.read_text(encoding="utf-8") == "{'number': 1000}"


def test_a_run_ends_when_its_time_is_up(tmp_path: Path) -> None:
    none = Target(name="none", inputs={"number": hypothesis.strategies.integers()}, check=lambda **_: None)
    few = hypothesis.settings.get_profile("few")
    assert none.run_for(0, tmp_path / "note") == 0
    assert none.run(few, until=0) == 0
    assert none.run(few) == few.max_examples
