"""Virtual packages in conda_requirements: the machine answers, not a channel."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests import helpers
from tests.channels import Package, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import settings_text
from tests.servers import channel_server, index_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")

WELL = helpers.WELL | {"platforms": "linux-64 osx-arm64 win-64"}
SUBDIRS = ("linux-64", "osx-arm64", "win-64")


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(SUBDIRS), Package("plain", "1.0")]
    return write_channel(tmp_path_factory.mktemp("forge"), packages, SUBDIRS)


@pytest.fixture
def run(tmp_path: Path, onelist: Callable[..., Ran], forge: Path) -> Callable[..., Ran]:
    """Run a command about a list with these conda_requirements."""

    def call(command: str, *arguments: str, listed: str, channel: str = str(forge), **keys: str) -> Ran:
        (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
        text = settings_text(**WELL | {"conda_channels": channel, "conda_requirements": listed} | keys)
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        more = ("--ignore", "S,H1,G,D,F,P,A1", "--installer", "conda") if command == "check" else ()
        with index_server({}) as index:
            return onelist(command, *arguments, "--index-url", f"{index.url}/simple/", *more, now=NOW)

    return call


@pytest.mark.parametrize(
    ("listed", "platforms"),
    [
        ("__unix plain", "linux-64 osx-arm64"),
        ("__glibc>=2.17 __linux plain", "linux-64"),
        ("__osx>=11.0 plain", "osx-arm64"),
        ("__win plain", "win-64"),
        ("__archspec plain", "linux-64 win-64"),
    ],
)
def test_what_every_machine_of_the_list_has_is_fine(run: Callable[..., Ran], listed: str, platforms: str) -> None:
    ran = run("check", listed=listed, platforms=platforms)
    assert ran.code == 0, ran.out
    assert "  with conda: can be installed " in ran.out
    assert "cannot be installed" not in ran.out


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (
            "__osx plain",
            "warning A007: Because of __osx, conda installs the list only on some machines: the machine has no __osx on "
            "Linux and Windows.",
        ),
        (
            "__unix plain",
            "warning A007: Because of __unix, conda installs the list only on some machines: the machine has no __unix on "
            "Windows.",
        ),
        (
            "__cuda plain",
            "error A006: Because of __cuda, conda installs the list only on some machines: the machine may have no "
            "__cuda.",
        ),
        (
            "__glibc>=2.99 plain",
            "error A006: Because of __glibc>=2.99, conda installs the list only on some machines: the machine may have "
            "__glibc 2.28 (on Linux); the machine has no __glibc (on macOS on Apple silicon and Windows).",
        ),
    ],
)
def test_what_a_machine_lacks_is_said_of_the_machine(run: Callable[..., Ran], listed: str, said: str) -> None:
    ran = run("check", listed=listed)
    assert f"{said}\n" in ran.out
    name = re.split(r"[ >]", listed)[0]
    assert (
        f"    Leave {name} out, or tell learners which machines they need. It is a virtual package: it describes the "
        "machine, and conda cannot install it.\n"
    ) in ran.out
    assert "R00" not in ran.out
    report = json.loads(run("check", "--format", "json", listed=listed).out)
    assert {one["channel"] for one in report["answers"] if one["name"] == name} == {"the machine"}


def test_no_channel_is_asked_for_a_virtual_package(run: Callable[..., Ran], forge: Path) -> None:
    with channel_server(forge) as server:
        ran = run("check", listed="__glibc>=2.17 plain", platforms="linux-64", channel=server.url)
        paths = [request.path for request in server.requests]
    assert ran.code == 0, ran.out
    assert paths
    assert not [path for path in paths if "__" in path]


def test_a_virtual_package_is_explained(run: Callable[..., Ran]) -> None:
    told = run("explain", "__glibc", listed="__glibc>=2.17 plain").out
    assert (
        "  The machine, because it is a virtual package of conda:\n"
        "    on Linux: 2.28\n"
        "    on macOS on Apple silicon and Windows: has no __glibc\n"
    ) in told


def test_a_name_that_is_no_package_and_not_listed_is_still_a_mistake(run: Callable[..., Ran]) -> None:
    ran = run("explain", "__nothing", listed="plain")
    assert (ran.code, ran.err) == (
        2,
        "onelist: __nothing is not the name of a package.\n    Write one name, such as pandas.\n",
    )
