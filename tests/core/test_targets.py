"""Targets: the machines, the values that installers use for them, and their names in words."""

from __future__ import annotations

import platform
import sys
import sysconfig

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, parse_tag, sys_tags

from onelist.core.targets import (
    PLATFORMS,
    Target,
    all_targets,
    in_words,
    listed,
    marker_holds,
    needed_system,
    wheel_tags,
)

LINUX, MAC, WINDOWS = "linux-64", "osx-arm64", "win-64"


def target(name: str) -> Target:
    subdir, _, python = name.partition("/")
    major, minor = python.split(".")
    return Target(platform=subdir, python=(int(major), int(minor)))


def test_the_targets_are_each_platform_with_each_python_from_the_floor_on() -> None:
    found = [str(one) for one in all_targets([LINUX, WINDOWS], (3, 14))]
    assert found == ["linux-64/3.14", "linux-64/3.15", "win-64/3.14", "win-64/3.15"]


@pytest.mark.parametrize(
    ("name", "tag", "expected"),
    [
        ("linux-64/3.12", "cp312-cp312-manylinux_2_17_x86_64", True),
        ("linux-64/3.12", "cp312-cp312-manylinux_2_28_x86_64", True),
        ("linux-64/3.12", "cp312-cp312-manylinux_2_34_x86_64", False),
        ("linux-64/3.12", "cp312-cp312-manylinux2014_x86_64", True),
        ("linux-64/3.12", "cp312-cp312-musllinux_1_2_x86_64", False),
        ("linux-64/3.12", "cp38-abi3-manylinux2014_x86_64", True),
        ("linux-64/3.12", "cp313-cp313-manylinux2014_x86_64", False),
        ("linux-64/3.13", "cp313-cp313t-manylinux2014_x86_64", False),
        ("linux-64/3.12", "py3-none-any", True),
        ("linux-64/3.12", "py2-none-any", False),
        ("linux-64/3.12", "pp310-pypy310_pp73-manylinux2014_x86_64", False),
        ("linux-aarch64/3.12", "cp312-cp312-manylinux_2_17_aarch64", True),
        ("linux-64/3.7", "cp37-cp37m-manylinux1_x86_64", True),
        ("osx-arm64/3.12", "cp312-cp312-macosx_11_0_arm64", True),
        ("osx-arm64/3.12", "cp312-cp312-macosx_11_0_x86_64", False),
        ("osx-arm64/3.12", "cp312-cp312-macosx_10_9_universal2", True),
        ("osx-64/3.12", "cp312-cp312-macosx_10_9_x86_64", True),
        ("osx-64/3.12", "cp312-cp312-macosx_14_0_x86_64", True),
        ("osx-64/3.12", "cp312-cp312-macosx_15_0_x86_64", False),
        ("win-64/3.12", "cp312-cp312-win_amd64", True),
        ("win-64/3.12", "cp312-cp312-win32", False),
        ("win-arm64/3.12", "cp312-cp312-win_arm64", True),
    ],
)
def test_which_wheels_a_target_takes(name: str, tag: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert (Tag(*tag.split("-")) in wheel_tags(target(name))) is expected


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("osx-arm64/3.12", "cp312-cp312-macosx_15_0_arm64", "macOS 15"),
        ("osx-arm64/3.12", "cp39-abi3-macosx_26_0_universal2", "macOS 26"),
        ("osx-arm64/3.12", "cp312-cp312-macosx_15_0_x86_64", None),
        ("osx-arm64/3.12", "cp313-cp313-macosx_15_0_arm64", None),
        ("osx-arm64/3.12", "cp312-cp312-macosx_14_0_arm64", None),
        ("linux-64/3.12", "cp312-cp312-manylinux_2_34_x86_64", "glibc 2.34"),
        ("linux-64/3.12", "cp312-cp312-manylinux_2_34_x86_64.manylinux_2_17_x86_64", None),
        ("linux-64/3.12", "cp312-cp312-manylinux_2_34_aarch64", None),
        ("linux-64/3.12", "cp312-cp312-macosx_15_0_arm64", None),
        ("win-64/3.12", "cp312-cp312-win32", None),
    ],
)
def test_a_wheel_that_needs_a_newer_system_says_which(name: str, tags: str, expected: str | None) -> None:
    assert needed_system(parse_tag(tags), target(name)) == expected


@pytest.mark.skipif(
    sysconfig.get_platform() != "linux-x86_64", reason="what this very machine takes is known for linux-64 alone here"
)
def test_this_machine_takes_what_its_target_takes() -> None:
    """packaging has the same tags for the real machine, except those of its C library."""
    here = {str(tag) for tag in sys_tags() if "linux" not in tag.platform}
    thought = {str(tag) for tag in wheel_tags(Target(platform=LINUX, python=sys.version_info[:2]))}
    assert here <= thought
    assert {tag for tag in thought - here if "linux" not in tag} == set()


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("sys_platform == 'win32'", {WINDOWS}),
        ("platform_system == 'Darwin'", {MAC}),
        ("platform_machine == 'x86_64'", {LINUX}),
        ("platform_machine == 'arm64' and sys_platform == 'darwin'", {MAC}),
        ("python_version < '3.12'", set()),
        ("python_full_version >= '3.12.1'", {LINUX, MAC, WINDOWS}),
        ("implementation_name == 'cpython'", {LINUX, MAC, WINDOWS}),
        ("extra == 'dev'", set()),
    ],
)
def test_where_a_marker_holds(marker: str, expected: set[str]) -> None:
    found = {name for name in (LINUX, MAC, WINDOWS) if marker_holds(Marker(marker), target(f"{name}/3.12"))}
    assert found == expected


def test_a_platform_says_what_the_real_interpreter_says_there() -> None:
    subdir = {("linux", "x86_64"): LINUX, ("darwin", "arm64"): MAC}.get((sys.platform, platform.machine()))
    if subdir is None:
        pytest.skip("this machine is none of the platforms that the test knows")
    here = dict(default_environment())
    for name in ("sys_platform", "platform_system", "os_name", "platform_machine"):
        assert PLATFORMS[subdir].markers[name] == here[name]


ALL = all_targets([LINUX, MAC, WINDOWS], (3, 12))


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        (ALL, "on every platform and Python"),
        ([one for one in ALL if one.platform == WINDOWS], "on Windows"),
        ([one for one in ALL if one.python == (3, 15)], "with Python 3.15"),
        ([one for one in ALL if one.python >= (3, 14)], "with Python 3.14 and 3.15"),
        ([one for one in ALL if one.python >= (3, 13)], "with Python 3.13 to 3.15"),
        ([one for one in ALL if one.python in {(3, 12), (3, 15)}], "with Python 3.12 and 3.15"),
        ([target("win-64/3.15")], "on Windows with Python 3.15"),
        (
            [target("linux-64/3.15"), *(one for one in ALL if one.platform == WINDOWS)],
            "on Linux with Python 3.15, and on Windows",
        ),
        ([one for one in ALL if one.platform != LINUX], "on macOS on Apple silicon and Windows"),
    ],
)
def test_targets_in_words(some: list[Target], expected: str) -> None:
    assert in_words(some, ALL) == expected


@pytest.mark.parametrize(
    ("words", "expected"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_an_enumeration(words: list[str], expected: str) -> None:
    assert listed(words) == expected


def test_each_platform_has_what_conda_expects_of_it() -> None:
    families = {subdir: {name for name, _, _ in one.virtual_packages} for subdir, one in PLATFORMS.items()}
    for subdir, names in families.items():
        assert "__archspec" in names
        assert ("__unix" in names) is not subdir.startswith("win")
        assert ("__glibc" in names) is subdir.startswith("linux")
        assert ("__osx" in names) is subdir.startswith("osx")
        assert "__cuda" not in names
