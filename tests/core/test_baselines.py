"""The oldest operating systems that onelist checks for."""

from __future__ import annotations

import pytest

from onelist.core.baselines import baseline
from onelist.core.targets import PLATFORMS


@pytest.mark.parametrize("system", sorted({platform.system for platform in PLATFORMS.values()}))
def test_each_system_has_a_baseline_with_a_reason(system: str) -> None:
    assert baseline(system).version >= (2, 28)
    assert len(baseline(system).reason.split()) > 5


def test_conda_and_pip_get_the_same_baselines() -> None:
    machines = {name: {one: version for one, version, _ in PLATFORMS[name].virtual_packages} for name in PLATFORMS}
    assert machines["linux-64"]["__glibc"] == "2.28"
    assert PLATFORMS["linux-64"].wheel_tags[0] == "manylinux_2_28_x86_64"
    assert machines["osx-arm64"]["__osx"] == "14.0"
    assert PLATFORMS["osx-arm64"].wheel_tags[0] == "macosx_14_0_arm64"
    assert machines["win-64"]["__win"] == "10"
