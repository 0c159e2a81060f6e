"""What needs a newer macOS or glibc than the baseline: each finding about it names the system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.asking import ask
from tests.channels import PYTHONS, Package, interpreters, write_channel
from tests.checks.test_sentences import LINUX, MAC, binary
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

MAC_16, GLIBC = "macosx_16_0_arm64", "manylinux_2_39_x86_64"
ALL = range(11, 16)
PROJECTS = {
    "torch": [*binary("torch", "2.15.0", f"{LINUX} {MAC_16}", ALL), *binary("torch", "2.14.0", f"{LINUX} {MAC}", ALL)],
    "major": [*binary("major", "2.0", f"{LINUX} {MAC_16}", ALL), *binary("major", "1.0", f"{LINUX} {MAC}", ALL)],
    "both": [*binary("both", "2.0", f"{MAC_16} {GLIBC}", ALL), *binary("both", "1.0", f"{LINUX} {MAC}", ALL)],
    "from-313": [
        *binary("from-313", "1.2", f"{LINUX} {MAC_16}", range(12, 13)),
        *binary("from-313", "1.2", f"{LINUX} {MAC}", range(13, 16)),
        *binary("from-313", "1.0", f"{LINUX} {MAC}", ALL),
    ],
    "source": [sdist("source", "2.0"), *binary("source", "2.0", f"{LINUX} {MAC_16}", ALL)],
    "nowhere": [sdist("nowhere", "2.0"), *binary("nowhere", "2.0", MAC_16, ALL)],
    "needs-newest": [wheel("needs-newest", "1.0", depends=("torch>=2.15",))],
    "needs-source": [wheel("needs-source", "1.0", depends=("source",))],
    "older-only": [*binary("older-only", "2.0", "win_amd64", ALL), *binary("older-only", "1.0", MAC_16, ALL)],
}


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def check(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., str]:
    """Check a list for pip; return what it prints."""

    def run(*arguments: str, **keys: str) -> str:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL | keys), encoding="utf-8")
        return onelist("check", "--index-url", f"{index.url}/simple/", "--installer", "pip", *arguments).out

    return run


def messages(out: str) -> list[str]:
    return re.findall(r"(?m)^settings\.ini\S* \w+ (\w\d{3}(?: \[\*\])?: .*)$", out)


def test_r103_names_the_system_where_other_platforms_have_more(check: Callable[..., str]) -> None:
    """It said "Its maintainers have published nothing newer there"."""
    out = check("--select", "R", requirements="major")
    assert messages(out) == [
        "R103: pip installs major 1.0 on macOS on Apple silicon, although 2.0 exists for other platforms. What is newer "
        "there needs macOS 16 or newer."
    ]
    assert (
        "\n    The list is fine. If the course needs a newer release, tell learners that it needs macOS 16.\n"
    ) in out


def test_r103_names_the_system_where_every_platform_needs_a_newer_one(check: Callable[..., str]) -> None:
    """It said nothing: no platform had the newer release."""
    assert messages(check("--select", "R", requirements="both")) == [
        "R103: pip installs both 1.0 on Linux, although 2.0 exists: that needs glibc 2.39 or newer there.",
        "R103: pip installs both 1.0 on macOS on Apple silicon, although 2.0 exists: that needs macOS 16 or newer "
        "there.",
    ]


def test_r005_is_silent_about_a_release_that_is_little_older(check: Callable[..., str]) -> None:
    assert messages(check("--select", "R,F", requirements="torch")) == []


def test_f002_names_the_system(check: Callable[..., str]) -> None:
    assert messages(check("--select", "F002", requirements="from-313")) == [
        "F002: With Python 3.12, pip silently installs older releases: from-313 1.0 instead of 1.2 (on macOS on Apple "
        "silicon, where 1.2 needs macOS 16 with this Python). It installs the newer ones on Linux, and on macOS on "
        "Apple silicon with Python 3.13 to 3.15."
    ]
    assert messages(check("--select", "F002", requirements="from-313", platforms="osx-arm64")) == [
        "F002: With Python 3.12, pip silently installs older releases: from-313 1.0 instead of 1.2 (1.2 needs macOS 16 "
        "with this Python). It installs the newer ones with Python 3.13 to 3.15."
    ]


def test_r007_names_the_system_of_the_wheels(check: Callable[..., str]) -> None:
    """It said that the index has no wheel "there"; a Mac with macOS 16 gets one."""
    assert messages(check("--select", "R", requirements="source")) == [
        "R007: pip builds source 2.0 from source on macOS on Apple silicon: the wheels (packages that are ready to "
        "install) of this version need macOS 16 or newer there. The build probably needs a compiler."
    ]
    assert messages(check("--select", "R", requirements="needs-source")) == [
        "R007: pip builds source 2.0, which needs-source needs, from source on macOS on Apple silicon: the wheels "
        "(packages that are ready to install) of this version need macOS 16 or newer there. The build probably needs "
        "a compiler."
    ]


def test_a004_names_the_system_of_the_wheels(check: Callable[..., str]) -> None:
    assert messages(check("--no-resolve", "--select", "A004", requirements="source nowhere")) == [
        "A004: pip must build source 2.0 from source on macOS on Apple silicon, which may need a compiler: the wheels "
        "(packages that are ready to install) of it need macOS 16 or newer there.",
        "A004: pip must build nowhere 2.0 from source on every platform and Python, which may need a compiler: the "
        "package index has no wheel (a package that is ready to install) of it there, or only for macOS 16 and newer.",
    ]


def test_r003_names_the_system_of_a_dependency(check: Callable[..., str]) -> None:
    assert ("\n      (torch 2.15.0 has wheels for macOS 16 and newer only.)\n") in check(
        "--select", "R", requirements="needs-newest"
    )


def test_a003_names_the_version_whose_wheels_need_a_newer_system(check: Callable[..., str]) -> None:
    """It named the newest version, which has wheels for Windows only."""
    (found,) = messages(check("--select", "A002", requirements="older-only", platforms="osx-arm64"))
    assert "has older-only 1.0 as a wheel for macOS 16 and newer only, and no source to build it from" in found


def test_explain_names_the_system(check: Callable[..., str], index: Server, onelist: Callable[..., Ran]) -> None:
    check("--settings-only", requirements="torch source")
    out = onelist("explain", "--index-url", f"{index.url}/simple/", "torch").out
    assert "on macOS on Apple silicon: 2.14.0, since 2026-01-01 (2.15.0 needs macOS 16 or newer)\n" in out
    out = onelist("explain", "--index-url", f"{index.url}/simple/", "source").out
    assert "which may need a compiler; its wheels need macOS 16 or newer)\n" in out


def for_systems(name: str, version: str, *systems: str) -> list[Package]:
    """Return builds for macOS that need one of the systems, and one for Linux."""
    made = []
    for python in PYTHONS:
        minor = int(python.partition(".")[2])
        bounds = (f"python >={python},<3.{minor + 1}.0a0",)
        made += [Package(name, version, "osx-arm64", (*bounds, one), f"py3{minor}h{one[-1]}_0") for one in systems]
        made.append(Package(name, version, "linux-64", (*bounds, "__glibc >=2.17,<3.0.a0"), f"py3{minor}h_0"))
    return made


def test_conda_releases_for_a_newer_macos(index: Server, tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    packages = [
        *for_systems("major", "2.0", "__osx >=16.1"),
        *for_systems("major", "1.0", "__osx >=11.0"),
        *for_systems("torch", "2.15.0", "__osx >=16.1"),
    ]
    forge = write_channel(tmp_path / "forge", [*interpreters(), *packages])
    (found,) = ask(
        index=index.url, requirements="torch", conda_names="torch=torch", conda_channels=str(forge)
    ).messages("A007")
    assert found.startswith(
        f"conda cannot install torch on macOS on Apple silicon: {forge} has torch 2.15.0 for macOS 16.1 and newer only."
    )
    keys = WELL | {"requirements": "major", "conda_channels": str(forge)}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    arguments = ("check", "--index-url", f"{index.url}/simple/", "--installer", "conda", "--select", "R")
    assert messages(onelist(*arguments).out) == [
        "R103: conda installs major 1.0 on macOS on Apple silicon, although 2.0 exists for other platforms. What is "
        "newer there needs macOS 16.1 or newer."
    ]
