"""H: the state of channels and indexes themselves."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import rattler

from tests.asking import ask
from tests.channels import Package, compiled, interpreters, write_channel, write_index
from tests.servers import Fault, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server({name: [wheel(name, "1.0")] for name in ("pandas", "shared", "mine")}) as server:
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_channel(
        tmp_path_factory.mktemp("forge"), [*interpreters(), *compiled("pandas", "2.2"), Package("shared", "3.0")]
    )


def test_a_channel_without_new_packages_is_reported(index: Server, forge: Path, tmp_path: Path) -> None:
    old = write_channel(tmp_path / "old", [Package("shared", "4.0", day="2021-01-04"), Package("x", day="2021-05-03")])
    asked = ask(index=index.url, conda_channels=f"{old} {forge}", requirements="shared pandas")
    assert asked.messages("H003") == [
        f"The newest package of {old} is from 2021-05-03 (all packages were checked). mamba install -c {old} -c "
        f"{forge} prefers its packages, even old ones, to those of {forge}. | Put {old} last in conda_channels, or "
        "leave it out."
    ]


def test_an_old_channel_that_comes_last_hides_nothing(index: Server, forge: Path, tmp_path: Path) -> None:
    old = write_channel(tmp_path / "old", [Package("mine", day="2021-05-03")])
    asked = ask(index=index.url, conda_channels=f"{forge} {old}", requirements="mine pandas")
    assert asked.messages("H003") == [
        f"The newest package of {old} is from 2021-05-03 (all packages were checked). | Check whether someone still "
        "maintains it."
    ]


def test_one_new_package_that_is_not_listed_makes_a_channel_new(index: Server, forge: Path, tmp_path: Path) -> None:
    own = write_channel(tmp_path / "own", [Package("mine", day="2021-05-03"), Package("other", day="2026-02-01")])
    asked = ask(index=index.url, conda_channels=f"{forge} {own}", requirements="mine pandas")
    assert "H003" not in asked.codes()


def test_a_part_of_a_large_channel_is_checked(
    index: Server, forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onelist.sources.conda.channel._SAMPLE_SIZE", 4)
    old = write_channel(tmp_path / "old", [Package(f"p{number}", day="2020-01-01") for number in range(20)])
    asked = ask(index=index.url, conda_channels=f"{forge} {old}", requirements="pandas")
    assert "(4 of its 20 packages were checked)" in asked.messages("H003")[0]


def test_a_channel_that_adds_nothing_is_reported(index: Server, forge: Path, tmp_path: Path) -> None:
    own = write_channel(tmp_path / "own", [Package("shared", "3.0")])
    asked = ask(index=index.url, conda_channels=f"{own} {forge}", requirements="shared pandas")
    assert asked.messages("H102") == [
        f"{own} adds nothing to the list: every requirement that it has is also on {forge}, in the same or a newer "
        "version and for the same platforms. | Leave it out of conda_channels, unless the requirements need "
        "another package from it."
    ]


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        pytest.param([Package("mine")], {"requirements": "mine pandas"}, id="a member that no other has"),
        pytest.param([Package("shared", "3.1")], {"requirements": "shared"}, id="a newer one"),
        pytest.param([Package("course-meta")], {"requirements": "shared"}, id="the package itself"),
    ],
)
def test_a_channel_that_adds_something_is_not_reported(
    index: Server, forge: Path, tmp_path: Path, members: list[Package], keys: dict[str, Any]
) -> None:
    own = write_channel(tmp_path / "own", members)
    asked = ask(index=index.url, **keys | {"conda_channels": f"{own} {forge}"})
    assert "H102" not in asked.codes()


def test_a_platform_for_which_a_channel_has_nothing_is_a_note(index: Server, forge: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(forge), requirements="pandas", platforms="linux-64 win-64")
    assert asked.messages("H101") == [
        f"{forge} has no packages for Windows (win-64): only its packages for all platforms (noarch) can be "
        "installed there. | Nothing to do if another channel has what is missing."
    ]


def test_a_channel_that_does_not_exist_is_reported_with_a_hint(index: Server, forge: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    asked = ask(index=index.url, conda_channels=f"{gone} {forge}", requirements="pandas")
    assert asked.messages("H002") == [
        f"{gone} was not found, so what it has is not known. | Check the spelling of its name or address. "
        "If nothing is published there yet, remove it from conda_channels until then."
    ]


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
def test_a_channel_that_denies_access_is_reported_with_a_hint_about_logins(
    index: Server, forge: Path, fault: Fault
) -> None:
    status = fault.value
    with channel_server(forge) as server:
        server.fail("/", fault)
        asked = ask(index=index.url, conda_channels=server.url, requirements="pandas")
    assert asked.messages("H001") == [
        f"{server.url} requires a password or token, or rejects the one that it got (HTTP status {status}), so what "
        "it has is not known. | Give the password or token where conda's newer tools read it: in the file that "
        "RATTLER_AUTH_FILE names, or in ~/.netrc."
    ]


def test_an_index_that_denies_access_is_reported_with_a_hint_about_logins(forge: Path) -> None:
    with index_server({"pandas": []}, login="Basic eDp5") as server:
        host = server.url.removeprefix("http://")
        asked = ask(index=server.url, conda_channels=str(forge), requirements="pandas")
        assert asked.messages("H001") == [
            f"The package index {host} requires a password or token, or rejects the one that it got (HTTP status "
            "401), so what it has is not known. | Give user and password where pip and uv read them: in ~/.netrc, "
            "or in the address in pip's settings or UV_DEFAULT_INDEX."
        ]
        let_in = ask(index=server.url.replace("//", "//x:y@"), conda_channels=str(forge), requirements="pandas")
        assert "H001" not in let_in.codes()


def test_errors_of_the_same_kind_are_one_finding(forge: Path) -> None:
    projects = {f"p{number}": [wheel(f"p{number}", "1")] for number in range(9)}
    with index_server(projects) as server:
        server.fail("/p[1-7]/", Fault.GARBAGE)
        asked = ask(index=server.url, conda_channels=str(forge), pip_requirements=" ".join(projects))
    (message,) = asked.messages("H001")
    assert "so what it has of p1, p2, p3, p4, p5 and 2 more is not known." in message


def with_relations(folder: Path, **relations: str) -> Path:
    """Make a channel that declares other channels (CEP 42), with the real indexer."""
    write_channel(folder, [Package("mine")])
    pairs = ", ".join(f'{kind} = "{other}"' for kind, other in relations.items())
    config = rattler.Config.from_toml(f"[index-config]\nchannel-relations = {{ {pairs} }}\n")
    write_index(folder, config)
    return folder


@pytest.mark.parametrize("left_out", ["", "*shards*", "*shards* *.zst"], ids=["sharded", "zst", "flat"])
def test_a_base_that_the_list_lacks_is_reported_however_the_channel_is_served(
    index: Server, forge: Path, tmp_path: Path, left_out: str
) -> None:
    own = with_relations(tmp_path / "own", base="../forge")
    shutil.copytree(forge, tmp_path / "forge")
    served = shutil.copytree(own, tmp_path / "served", ignore=shutil.ignore_patterns(*left_out.split()))
    with channel_server(served) as server:
        address = f"{server.url}/own"
        shutil.copytree(served, served / "own")
        shutil.copytree(forge, served / "forge")
        asked = ask(index=index.url, conda_channels=f"{address} {forge}", requirements="mine pandas")
        assert asked.messages("H005") == [
            f"{address} builds on the channel {server.url}/forge, which is not in conda_channels. pixi adds it by "
            f"itself; conda and mamba do not. | Write {server.url}/forge before {address} in conda_channels."
        ]
        both = ask(index=index.url, conda_channels=f"{server.url}/forge/ {address}", requirements="mine pandas")
    assert both.messages("H005") == []


def test_the_packages_of_a_base_do_not_count_if_the_list_lacks_it(index: Server, forge: Path, tmp_path: Path) -> None:
    shutil.copytree(forge, tmp_path / "forge")
    own = with_relations(tmp_path / "own", base="../forge")
    asked = ask(index=index.url, conda_channels=str(own), conda_requirements="pandas mine")
    assert set(asked.states("pandas", str(own)).values()) == {"absent: no such package"}


def test_a_channel_that_the_list_needs_as_a_fallback_comes_later(index: Server, forge: Path, tmp_path: Path) -> None:
    label = with_relations(tmp_path / "base/label/rc", overrides="../..")
    asked = ask(index=index.url, conda_channels=f"{label} {forge}", requirements="mine pandas")
    assert asked.messages("H005") == [
        f"{label} replaces packages of the channel {(tmp_path / 'base').as_uri()}, which is not in conda_channels. pixi "
        f"adds it by itself; conda and mamba do not. | Write {(tmp_path / 'base').as_uri()} after {label} in "
        "conda_channels."
    ]


@pytest.mark.parametrize("reference", ["https://elsewhere.example.org/x", "/etc", "base"])
def test_a_reference_that_is_not_relative_is_no_finding(
    index: Server, forge: Path, tmp_path: Path, reference: str
) -> None:
    own = write_channel(tmp_path / "own", [Package("mine")])
    for listing in own.glob("*/repodata.json"):
        for other in (listing.with_name("repodata.json.zst"), listing.with_name("repodata_shards.msgpack.zst")):
            other.unlink(missing_ok=True)
        text = listing.read_text(encoding="utf-8")
        relations = f'"channel_relations":{{"base":"{reference}"}}'
        listing.write_text(text.replace('"info":{', f'"info":{{{relations},', 1), encoding="utf-8")
        assert reference in listing.read_text(encoding="utf-8")
    asked = ask(index=index.url, conda_channels=f"{own} {forge}", requirements="mine pandas")
    assert asked.messages("H005") == []
    assert asked.codes("A") == []
