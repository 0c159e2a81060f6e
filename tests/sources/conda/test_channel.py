"""Queries of conda channels: retries, caches that repair themselves and know their age, and no needless request."""

from __future__ import annotations

import asyncio
import datetime
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from onelist.core.status import Absent, Found, Unknown
from onelist.sources.cache import CachePolicy
from onelist.sources.faults import SourceError, SourceErrorKind
from tests.asking import NOWHERE, ask
from tests.channels import Package, compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import Fault, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")
NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_channel(tmp_path_factory.mktemp("channel"), [*interpreters(), *compiled("pandas", "2.2")])


@pytest.fixture
def channel(folder: Path) -> Iterator[Server]:
    with channel_server(folder) as server:
        yield server


# --- retries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffers", ["noarch/repodata_shards", "linux-64/repodata_shards", "linux-64/shards/"])
@pytest.mark.parametrize("fault", [Fault.INTERNAL, Fault.RESET, Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.CUT])
def test_an_error_that_passes_is_retried(channel: Server, fault: Fault, suffers: str) -> None:
    channel.fail(suffers, fault, times=2)
    asked = ask(requirements="pandas", conda_channels=channel.url)
    assert asked.kinds(channel.url) == {Found}


@pytest.mark.parametrize("suffers", ["noarch/repodata_shards", "linux-64/shards/"])
def test_retry_after_is_heeded(channel: Server, suffers: str) -> None:
    """No request is sent twice in the time for which the server limits requests."""
    channel.fail(suffers, Fault.TOO_MANY, seconds=1.8)
    channel.retry_after = "2"
    asked = ask(requirements="pandas", conda_channels=channel.url)
    assert asked.kinds(channel.url) == {Found}
    refused = [request.path for request in channel.asked(suffers) if request.fault and request.method == "GET"]
    assert refused
    assert len(refused) == len(set(refused))


def test_a_retry_after_later_than_the_deadline_ends_the_query(channel: Server) -> None:
    channel.fail("/", Fault.TOO_MANY)
    channel.retry_after = "3600"
    asked = ask(requirements="pandas", conda_channels=channel.url, deadline=3)
    assert asked.kinds(channel.url) == {Unknown}


@pytest.mark.parametrize("kind", [SourceErrorKind.SERVER_ERROR, SourceErrorKind.CONNECTION_CLOSED])
def test_the_error_of_an_attempt_says_more_than_the_deadline_of_the_next(
    monkeypatch: pytest.MonkeyPatch, kind: SourceErrorKind
) -> None:
    async def query(*_: object, retries: int = 0, **__: object) -> SourceError:
        if retries:
            await asyncio.Event().wait()  # until the deadline
        return SourceError(kind=kind)

    monkeypatch.setattr("onelist.sources.conda.gateway.Channels.query", query)
    asked = ask(conda_requirements="pandas", conda_channels=NOWHERE, deadline=0.4)
    (message,) = (text for text in asked.messages("H001") if text.startswith(NOWHERE))
    assert message == f"{NOWHERE} {kind.clause}, so what it has is not known. | {kind.hint}"


def test_after_an_error_of_noarch_the_other_platforms_are_not_queried(channel: Server) -> None:
    channel.fail("/", Fault.FORBIDDEN)
    platforms = "linux-64 linux-aarch64 osx-64 osx-arm64 win-64"
    ask(requirements="pandas", conda_channels=channel.url, platforms=platforms)
    asked = {request.path.split("/")[1] for request in channel.requests}
    assert "noarch" in asked
    assert len(asked) < 1 + len(platforms.split())  # two are queried first, and a third if noarch is the later one


def test_at_most_two_whole_files_are_read_at_a_time(channel: Server) -> None:
    channel.fail("shards", Fault.NOT_FOUND)
    gate = channel.hold("(linux-64|osx-arm64)/repodata.json.zst", methods="GET")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(
            ask, requirements="pandas", conda_channels=channel.url, platforms="linux-64 osx-arm64 win-64", deadline=60
        )
        try:
            gate.wait_for(2)
            time.sleep(0.5)  # a third one would come now
            assert channel.asked("win-64/") == []
        finally:
            gate.open()
        assert Unknown not in asked.result().kinds(channel.url)
    assert channel.asked("win-64/")


def test_sharded_platforms_are_queried_at_the_same_time(channel: Server) -> None:
    """The server answers only after it got the requests for all platforms."""
    platforms = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64"]
    gate = channel.hold(f"({'|'.join(platforms)})/repodata_shards", awaited=len(platforms))
    asked = ask(requirements="pandas", conda_channels=channel.url, platforms=" ".join(platforms), deadline=60)
    assert gate.count == len(platforms)
    assert Unknown not in asked.kinds(channel.url)


# --- caches ------------------------------------------------------------------------------------------------


def test_within_ten_minutes_no_shard_is_fetched_again(channel: Server) -> None:
    ask(requirements="pandas", conda_channels=channel.url, now=NOON)
    before = len(channel.requests)
    later = NOON + datetime.timedelta(minutes=9)
    assert ask(requirements="pandas", conda_channels=channel.url, now=later).kinds(channel.url) == {Found}
    again = [request.path for request in channel.requests[before:]]
    assert [path for path in again if "/shards/" in path] == []


def test_a_new_package_is_seen_if_the_server_sends_no_cache_control(tmp_path: Path) -> None:
    """rattler uses an index without a request for a tenth of its age. For a quiet channel, that is days."""
    members = [*interpreters(), Package("other")]
    folder = write_channel(tmp_path / "channel", members)
    with channel_server(folder, caching=None, modified="Mon, 02 Mar 2026 10:00:00 GMT") as server:
        first = ask(requirements="other new", conda_channels=server.url, now=NOON)
        assert {type(one.status) for one in first.answers(server.url) if one.name == "new"} == {Absent}
        write_channel(folder, [*members, Package("new")])
        later = NOON + datetime.timedelta(minutes=11)
        second = ask(requirements="other new", conda_channels=server.url, now=later)
    assert {type(one.status) for one in second.answers(server.url) if one.name == "new"} == {Found}


def test_refresh_uses_no_cached_response(channel: Server) -> None:
    ask(requirements="pandas", conda_channels=channel.url, now=NOON)
    before = len(channel.asked("linux-64/"))
    ask(requirements="pandas", conda_channels=channel.url, now=NOON, cache_policy=CachePolicy.REFRESH)
    assert len(channel.asked("linux-64/")) > before


@pytest.mark.parametrize("sharded", [True, False], ids=["sharded", "zst"])
def test_offline_the_cached_data_is_used_with_its_time(folder: Path, *, sharded: bool) -> None:
    with channel_server(folder) as server:
        if not sharded:
            server.fail("shards", Fault.NOT_FOUND)
        url = server.url
        ask(requirements="pandas", conda_channels=url, now=NOON)
    later = NOON + datetime.timedelta(days=30)
    asked = ask(requirements="pandas", conda_channels=url, now=later, cache_policy=CachePolicy.OFFLINE)
    assert asked.kinds(url) == {Found}
    facts = asked.availability.lookup.facts.channels[url]
    assert facts.as_of == NOON


def test_offline_a_name_that_was_never_fetched_is_unknown_and_hides_no_other(tmp_path: Path) -> None:
    folder = write_channel(tmp_path / "channel", [*interpreters(), *compiled("pandas"), *compiled("later")])
    with channel_server(folder) as server:
        url = server.url
        ask(requirements="pandas", conda_channels=url, now=NOON)
    asked = ask(requirements="pandas later nothing", conda_channels=url, now=NOON, cache_policy=CachePolicy.OFFLINE)
    kinds = {name: {type(one.status) for one in asked.answers(url) if one.name == name} for name in ("pandas", "later")}
    assert kinds == {"pandas": {Found}, "later": {Unknown}}
    (message,) = (text for text in asked.messages("H001") if text.startswith(url))
    assert "so what it has of later is not known." in message


def test_offline_with_an_empty_cache_everything_is_unknown(folder: Path) -> None:
    asked = ask(requirements="pandas", conda_channels=str(folder), cache_policy=CachePolicy.OFFLINE)
    assert asked.kinds() == asked.kinds(str(folder)) == {Unknown}
    assert [text.partition(" | ")[2] for text in asked.messages("H001")] == [
        "Run the command once without --offline."
    ] * 2


@pytest.mark.parametrize("sharded", [True, False], ids=["sharded", "zst"])
@pytest.mark.parametrize("damage", ["half", "garbage", "empty"])
def test_a_damaged_cache_is_replaced(tmp_path: Path, channel: Server, damage: str, *, sharded: bool) -> None:
    if not sharded:
        channel.fail("shards", Fault.NOT_FOUND)
    ask(requirements="pandas", conda_channels=channel.url, now=NOON)
    files = [path for path in (tmp_path / "onelist-cache").rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert len(files) > 3
    for path in files:
        raw = path.read_bytes()
        path.write_bytes({"half": raw[: len(raw) // 2], "garbage": b"\0garbage\xff" * 9, "empty": b""}[damage])
    assert ask(requirements="pandas", conda_channels=channel.url, now=NOON).kinds(channel.url) == {Found}
    assert ask(requirements="pandas", conda_channels=channel.url, cache_policy=CachePolicy.OFFLINE).kinds(
        channel.url
    ) == {Found}


def test_no_password_is_in_any_name_in_the_cache(tmp_path: Path, channel: Server) -> None:
    address = channel.url.replace("//", "//ada:lovelace@") + "/t/tk-12345678-abcd"
    ask(requirements="pandas", conda_channels=channel.url)
    ask(channels=(address,), requirements="pandas")
    names = [path.name for path in (tmp_path / "onelist-cache").rglob("*")]
    assert names
    assert not any("lovelace" in name or "tk-1234" in name for name in names)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst"])
@pytest.mark.parametrize("target", ["/dev/zero", None], ids=["a device", "a named pipe"])
def test_repodata_of_a_folder_that_is_no_regular_file_is_not_read(
    tmp_path: Path, onelist: Callable[..., Ran], name: str, target: str | None
) -> None:
    """rattler would fill the memory, or wait for ever."""
    channel = write_channel(tmp_path / "channel", [*interpreters(("linux-64",), ("3.14",))], ("linux-64",))
    path = channel / "linux-64" / name
    path.unlink(missing_ok=True)
    if target:
        path.symlink_to(target)
    elif sys.platform != "win32":
        os.mkfifo(path)
    keys = {"platforms": "linux-64", "min_python": "3.14", "requirements": "pandas", "conda_channels": str(channel)}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    with index_server({"pandas": [wheel("pandas", "1.0")]}) as server:
        ran = onelist("check", "--index-url", f"{server.url}/simple/", "--installer", "conda")
    assert "H001" in ran.out
    assert "nothing named pandas" not in ran.out
