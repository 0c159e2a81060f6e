"""The table of failures: how a real server fails, in which protocol, and what the result must be.

After any failure the result is never "found" and never "absent", because both need a response of the server.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import zstandard

from onelist.core.status import Absent, Found, Unknown
from onelist.sources.cache import CachePolicy
from tests.asking import ask, ask_with_time_enough
from tests.channels import compiled, interpreters, write_channel
from tests.servers import Fault, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from onelist.core.status import Status
    from tests.asking import Asked
    from tests.servers import Server

PROJECTS = {"pandas": [wheel("pandas", "2.2")], "requests": [wheel("requests", "2.31")]}

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_channel(tmp_path_factory.mktemp("channel"), [*interpreters(), *compiled("pandas", "2.2")])


@pytest.fixture
def channel(folder: Path) -> Iterator[Server]:
    with channel_server(folder) as server:
        yield server


# --- the index ---------------------------------------------------------------------------------------------

INDEX_TABLE = [
    # fault, what a project page that suffers from it comes to: the code of the finding and what it says
    (Fault.UNAUTHORIZED, "H001", "requires a password or token"),
    (Fault.FORBIDDEN, "H001", "requires a password or token"),
    (Fault.TOO_MANY, "H001", "limits requests or is overloaded"),
    (Fault.INTERNAL, "H001", "has an internal error"),
    (Fault.UNAVAILABLE, "H001", "limits requests or is overloaded"),
    (Fault.RESET, "H001", "closed the connection too early"),
    (Fault.HANG, "H001", "did not answer in time"),
    (Fault.DRIP, "H001", "did not answer in time"),
    (Fault.CUT, "H001", "closed the connection too early"),
    (Fault.TRUNCATED, "H001", "unexpected response"),
    (Fault.GARBAGE, "H001", "unexpected response"),
    (Fault.NOTHING, "H001", "unexpected response"),
    (Fault.LOGIN_PAGE, "H001", "unexpected response"),
    (Fault.LOOP, "H001", "redirects in a loop"),
    (Fault.HUGE, "H001", "is too large"),
    (Fault.WRONG_TYPE, "H001", "unexpected response"),
]


@pytest.mark.parametrize("as_html", [False, True], ids=["JSON", "HTML"])
@pytest.mark.parametrize(("fault", "code", "said"), INDEX_TABLE, ids=lambda value: getattr(value, "value", None))
def test_a_faulty_project_page_is_unknown(folder: Path, fault: Fault, code: str, said: str, *, as_html: bool) -> None:
    ends = fault not in {Fault.HANG, Fault.DRIP}
    with index_server(PROJECTS, as_html=as_html) as server:
        server.fail("/pandas/", fault)
        asked = ask_with_time_enough(
            lambda asked: asked.is_late("pip", name="requests") or (ends and asked.is_late("pip")),
            index=server.url,
            pip_requirements="pandas requests",
            conda_channels=str(folder),
        )
    assert {type(answer.status) for answer in asked.answers() if answer.name == "pandas"} == {Unknown}
    assert {type(answer.status) for answer in asked.answers() if answer.name == "requests"} == {Found}
    (message,) = asked.messages(code)
    assert message.startswith("The package index 127.0.0.1:")
    assert said in message
    assert "so what it has of pandas is not known." in message


@pytest.mark.parametrize("as_html", [False, True], ids=["JSON", "HTML"])
def test_a_404_of_one_project_page_is_absent(folder: Path, *, as_html: bool) -> None:
    with index_server(PROJECTS, as_html=as_html) as server:
        asked = ask(index=server.url, pip_requirements="nothing-of-the-kind requests", conda_channels=str(folder))
    assert set(asked.states("nothing-of-the-kind").values()) == {"absent: no such package"}
    assert set(asked.states("requests").values()) == {"found 2.31"}


def test_a_404_of_everything_is_unknown(folder: Path) -> None:
    with index_server(PROJECTS) as server:
        server.fail("/", Fault.NOT_FOUND)
        asked = ask(index=server.url, pip_requirements="pandas requests", conda_channels=str(folder))
    assert asked.kinds() == {Unknown}
    (message,) = asked.messages("H002")
    assert "was not found, so what it has is not known." in message


def test_an_index_without_any_of_the_names_can_say_absent(folder: Path) -> None:
    with index_server(PROJECTS) as server:
        asked = ask(index=server.url, pip_requirements="one two", conda_channels=str(folder))
        assert len(server.asked("^/simple/$")) == 1
    assert asked.kinds() == {Absent}


@pytest.mark.parametrize("fault", [Fault.INTERNAL, Fault.FORBIDDEN, Fault.RESET, Fault.HANG, Fault.LOOP])
def test_nothing_is_absent_while_the_index_itself_cannot_be_queried(folder: Path, fault: Fault) -> None:
    with index_server(PROJECTS) as server:
        server.fail("^/simple/$", fault)
        asked = ask(index=server.url, deadline=1.5, pip_requirements="one two", conda_channels=str(folder))
    assert asked.kinds() == {Unknown}


def test_an_unreachable_server_is_unknown() -> None:
    asked = ask(pip_requirements="pandas", conda_channels="http://127.0.0.1:9/x")
    assert asked.kinds() == asked.kinds("http://127.0.0.1:9/x") == {Unknown}
    assert [text.partition(",")[0] for text in asked.messages("H001")] == [
        "http://127.0.0.1:9/x could not be reached (connection refused)",
        "The package index 127.0.0.1:9 could not be reached (connection refused)",
    ]


# --- conda channels ----------------------------------------------------------------------------------------

PROTOCOLS = {
    # what is not served, and which of the other files suffers
    "sharded index": ([], "repodata_shards"),
    "shard": ([], "shards/"),
    "zst": (["repodata_shards"], r"repodata\.json\.zst"),
    "json": (["repodata_shards", r"\.json\.zst"], r"repodata\.json$"),
}
CHANNEL_TABLE = [fault for fault in Fault if fault not in {Fault.WRONG_TYPE, Fault.NOT_FOUND}]
"""The files of a channel have no content type to check; 404 has its own tests below."""


@pytest.mark.slow
@pytest.mark.parametrize("subdir", ["noarch", "linux-64"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", CHANNEL_TABLE, ids=lambda fault: fault.value)
def test_a_faulty_channel_is_unknown(channel: Server, fault: Fault, protocol: str, subdir: str) -> None:
    lacks, suffers = PROTOCOLS[protocol]
    for pattern in lacks:
        channel.fail(pattern, Fault.NOT_FOUND)
    channel.fail(f"/{subdir}/{suffers}", fault, methods="GET" if protocol == "zst" else "GET HEAD")
    asked = ask_with_time_enough(
        lambda asked: (
            not channel.asked(f"/{subdir}/{suffers}")
            or (subdir != "noarch" and asked.is_late(channel.url, platform="osx-arm64"))
        ),
        requirements="pandas",
        conda_channels=channel.url,
    )
    assert len(channel.asked(f"/{subdir}/{suffers}")) > 0
    kinds = by_platform(asked, channel)
    assert kinds["linux-64"] == {Unknown}
    assert kinds["osx-arm64"] == ({Unknown} if subdir == "noarch" else {Found})
    (message,) = (text for text in asked.messages("H001") if text.startswith(channel.url))
    assert "is not known. | " in message


def by_platform(asked: Asked, channel: Server) -> dict[str, set[type[Status]]]:
    return {
        platform: {type(answer.status) for answer in asked.answers(channel.url) if answer.target.platform == platform}
        for platform in ("linux-64", "osx-arm64")
    }


@pytest.mark.parametrize(
    ("pattern", "linux", "mac", "said"),
    [
        pytest.param("/noarch/", Unknown, Unknown, "H001: has no folder noarch", id="no noarch"),
        pytest.param("/linux-64/", Absent, Found, "H101: has no packages for Linux (linux-64)", id="no linux-64"),
        pytest.param("/linux-64/shards/", Unknown, Found, "H001: does not have a shard that it lists", id="no shard"),
        pytest.param("/", Unknown, Unknown, "H002: was not found", id="no channel"),
    ],
)
def test_what_a_404_of_a_channel_means(
    channel: Server, pattern: str, linux: type[Status], mac: type[Status], said: str
) -> None:
    channel.fail(pattern, Fault.NOT_FOUND)
    asked = ask(requirements="pandas", conda_channels=channel.url)
    assert by_platform(asked, channel) == {"linux-64": {linux}, "osx-arm64": {mac}}
    code, _, words = said.partition(": ")
    (message,) = (text for text in asked.messages(code) if text.startswith(channel.url))
    assert words in message


def test_an_error_and_a_404_do_not_make_a_platform_absent(channel: Server) -> None:
    """After an error for the zst file, rattler tries another format, and then takes the platform for missing."""
    channel.fail("shards", Fault.NOT_FOUND)
    channel.fail("linux-64/repodata.json.zst", Fault.UNAVAILABLE)
    channel.fail("linux-64/repodata.json$", Fault.NOT_FOUND)
    asked = ask_with_time_enough(
        lambda asked: asked.is_late(channel.url, platform="osx-arm64"),
        requirements="pandas",
        conda_channels=channel.url,
    )
    assert by_platform(asked, channel) == {"linux-64": {Unknown}, "osx-arm64": {Found}}


@pytest.mark.parametrize("fault", [Fault.NOT_FOUND, *CHANNEL_TABLE])
def test_a_channel_that_always_fails_is_unknown(channel: Server, fault: Fault) -> None:
    channel.fail("/", fault)
    asked = ask_with_time_enough(
        lambda asked: fault is Fault.NOT_FOUND and asked.is_late(channel.url),
        requirements="pandas",
        conda_channels=channel.url,
    )
    assert asked.kinds(channel.url) == {Unknown}
    code = "H002" if fault is Fault.NOT_FOUND else "H001"
    assert code in asked.codes()


def test_an_empty_channel_is_unknown(tmp_path: Path) -> None:
    folder = write_channel(tmp_path / "empty", [])
    asked = ask(requirements="pandas", conda_channels=str(folder))
    assert asked.kinds(str(folder)) == {Unknown}
    assert "has no packages" in asked.messages("H001")[0]


@pytest.mark.parametrize("content", ["{}", '{"error": "moved"}', "[]", "null", "<html>log in</html>", ""])
def test_content_that_is_not_repodata_is_not_an_empty_channel(channel: Server, content: str) -> None:
    """rattler reads any JSON object as an index without packages."""
    channel.fail("linux-64/.*(shards|zst)", Fault.NOT_FOUND)
    channel.instead["/linux-64/repodata.json"] = content.encode()
    asked = ask(requirements="pandas", conda_channels=channel.url)
    kinds = {type(one.status) for one in asked.answers(channel.url) if one.target.platform == "linux-64"}
    assert kinds == {Unknown}


def test_a_platform_without_packages_is_absent_and_not_an_error(tmp_path: Path) -> None:
    folder = write_channel(tmp_path / "c", [*interpreters(["linux-64"]), *compiled("pandas", platforms=["linux-64"])])
    with channel_server(folder) as server:
        asked = ask(requirements="pandas", conda_channels=server.url)
    linux = {str(target) for target in asked.availability.targets if target.platform == "linux-64"}
    states = asked.states("pandas", server.url)
    assert {states[target] for target in linux} == {"found 1.0"}
    assert {status for target, status in states.items() if target not in linux} == {"absent: no such package"}
    assert "H101" not in asked.codes()


def test_an_unreachable_index_is_not_queried_for_each_name(folder: Path) -> None:
    with index_server(PROJECTS) as server:
        server.fail("/", Fault.HANG)
        names = " ".join(f"project-{number}" for number in range(60))
        asked = ask(index=server.url, deadline=0.5, pip_requirements=names, conda_channels=str(folder))
        assert len(server.requests) < 40
    assert asked.kinds() == {Unknown}


def test_a_cache_that_cannot_be_written_is_named_as_the_reason(
    channel: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repodata").write_text("x", encoding="utf-8")  # where rattler's folder should be
    monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path))
    asked = ask(requirements="pandas", conda_channels=channel.url)
    assert asked.kinds(channel.url) == {Unknown}
    (message,) = [text for text in asked.messages("H001") if text.startswith(channel.url)]
    assert "the cache folder cannot be written" in message


def shards_of(folder: Path) -> Mapping[tuple[str, str], Path]:
    """Return the shard of each subdir and package: their names are hashes, so their order says nothing."""
    shards: dict[tuple[str, str], Path] = {}
    for path in folder.glob("*/shards/*"):
        content = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
        file_name = re.search(rb"([a-z_]+)-[0-9.]+-\w+\.conda", content)
        assert file_name
        shards[path.parts[-3], file_name[1].decode()] = path
    return shards


WRONG_SHARDS = [
    # the shards that pandas and python of linux-64 have in place of their own
    pytest.param({"pandas": ("osx-arm64", "pandas")}, id="the same package for another platform"),
    pytest.param({"pandas": ("linux-64", "python")}, id="another package"),
    pytest.param({"pandas": ("osx-arm64", "python")}, id="another package for another platform"),
    pytest.param({"pandas": ("noarch", "python_abi")}, id="a package that is not asked for there"),
    pytest.param(
        {"pandas": ("osx-arm64", "python"), "python": ("noarch", "python_abi")}, id="no package has its own shard"
    ),
]


@pytest.mark.parametrize("wrong", WRONG_SHARDS)
def test_a_wrong_shard_makes_its_package_unknown_and_no_other(
    folder: Path, channel: Server, wrong: Mapping[str, tuple[str, str]]
) -> None:
    shards = shards_of(folder)
    for package, other in wrong.items():
        path = shards["linux-64", package]
        channel.instead["/" + path.relative_to(folder).as_posix()] = shards[other].read_bytes()
    asked = ask(requirements="pandas", conda_channels=channel.url, deadline=5)
    states = asked.states("pandas", channel.url)
    assert {state for target, state in states.items() if target.startswith("osx")} == {"found 2.2"}
    linux = {state for target, state in states.items() if target.startswith("linux-64")}
    assert len(linux) == 1
    assert linux.pop().startswith("unknown: ")


def test_a_wrong_shard_in_the_cache_is_not_absent_offline(folder: Path, channel: Server) -> None:
    """rattler keeps a shard under the hash that it should have."""
    shards = shards_of(folder)
    path = shards["linux-64", "pandas"].relative_to(folder).as_posix()
    channel.instead["/" + path] = shards["noarch", "python_abi"].read_bytes()
    states = [
        ask(requirements="pandas", conda_channels=channel.url, cache_policy=policy).states("pandas", channel.url)
        for policy in (CachePolicy.NORMAL, CachePolicy.OFFLINE)
    ]
    for one in states:
        assert {state.split(":")[0] for target, state in one.items() if target.startswith("linux-64")} == {"unknown"}
        assert {state for target, state in one.items() if target.startswith("osx")} == {"found 2.2"}


def test_shards_in_any_wrong_order_are_never_absent(folder: Path, channel: Server) -> None:
    shards = list(shards_of(folder).values())
    for path, other in zip(shards, [*shards[1:], shards[0]], strict=True):
        channel.instead["/" + path.relative_to(folder).as_posix()] = other.read_bytes()
    asked = ask(requirements="pandas", conda_channels=channel.url, deadline=5)
    assert Absent not in asked.kinds(channel.url)
    assert Unknown in asked.kinds(channel.url)
