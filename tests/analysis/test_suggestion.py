"""For which targets a list is resolved to answer a suggestion."""

from __future__ import annotations

import datetime

import pytest

from onelist.analysis.suggestion import probe_targets
from onelist.core.targets import all_targets, python_releases

NEW = datetime.date(2026, 11, 25)
"""A day on which Python 3.15 is a few weeks old."""
OLD = python_releases()[-1].released + datetime.timedelta(days=365)


@pytest.mark.parametrize(
    ("platforms", "floor", "today", "expected"),
    [
        ("linux-64 osx-arm64 win-64", (3, 11), NEW, "linux-64/3.14 osx-arm64/3.14 win-64/3.14"),
        ("linux-64 osx-arm64 win-64", (3, 11), OLD, "linux-64/3.15 osx-arm64/3.15 win-64/3.15"),
        ("linux-aarch64 win-64 linux-64 osx-64 osx-arm64", (3, 14), NEW, "linux-aarch64/3.14 win-64/3.14 osx-64/3.14"),
        ("linux-64", (3, 15), NEW, "linux-64/3.15"),
        ("linux-32 linux-64", (3, 14), NEW, "linux-64/3.14"),
        ("linux-32", (3, 14), NEW, "linux-32/3.14"),
    ],
)
def test_there_is_one_target_for_each_system_with_a_python_that_packages_support(
    platforms: str, floor: tuple[int, int], today: datetime.date, expected: str
) -> None:
    found = probe_targets(all_targets(platforms.split(), floor), today)
    assert " ".join(map(str, found)) == expected
