"""``--timeout`` holds for every single thing that is asked, and a source that is down costs it once."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.lists import read_list
from onelist.checks.run import CheckOptions, check_lists
from onelist.sources.cache import CachedResponse, ResponseCache
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import Access, HttpClient, Limits
from onelist.sources.pypi.filenames import version_text
from onelist.sources.session import SourceSession
from tests.channels import compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.misbehaviour import FAULTS
from tests.servers import Answer, Fault, Server, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran

DEADLINE = 0.4
"""Seconds. Each of the faults below lasts for many times as long."""
FAR_TOO_LONG = 10.0
"""Seconds; a busy machine needs some."""
TIMED_OUT = SourceError(kind=SourceErrorKind.TIMED_OUT)
SLOW = ("dripping headers", "slow redirects", "slow drip", "hang")
CALLS: dict[str, Callable[[HttpClient, str], object]] = {
    "get": lambda http, address: http.get(address, "*/*"),
    "exists": lambda http, address: http.exists(address),
    "consume": lambda http, address: http.consume(address, b"".join),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(lambda _path, _headers: Answer(b"x" * 1000)) as one:
        for name in SLOW:
            one.fail(f"/{name.replace(' ', '-')}/", FAULTS[name])
        yield one


def client(folder: Path, deadline: float = DEADLINE) -> HttpClient:
    limits = Limits(deadline=deadline, back_off=0.05)
    return HttpClient(limits=limits, access=Access(netrc=str(folder / "netrc")), cache=ResponseCache(folder))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("way", ["dripping headers", "slow redirects", "hang"])
def test_an_answer_that_comes_too_slowly_ends_at_the_deadline(
    tmp_path: Path, server: Server, way: str, call: str
) -> None:
    begun = time.monotonic()
    assert CALLS[call](client(tmp_path), f"{server.url}/{way.replace(' ', '-')}/") == TIMED_OUT
    assert time.monotonic() - begun < FAR_TOO_LONG


def test_a_deadline_holds_for_one_request_and_not_for_the_next(tmp_path: Path, server: Server) -> None:
    http = client(tmp_path)
    assert isinstance(http.get(f"{server.url}/good/", "*/*"), CachedResponse)
    assert http.get(f"{server.url}/hang/", "*/*") == TIMED_OUT
    assert isinstance(http.get(f"{server.url}/good/again", "*/*"), CachedResponse)


def test_a_server_that_never_answered_is_not_asked_again(tmp_path: Path, server: Server) -> None:
    http = client(tmp_path)
    before = len(server.requests)
    assert [CALLS[call](http, f"{server.url}/hang/{call}") for call in CALLS] == [TIMED_OUT] * 3
    assert len(server.requests) - before == 1


@pytest.mark.parametrize("name", ["x", "pandas"])
def test_a_file_name_of_dashes_takes_no_time(name: str) -> None:
    begun = time.process_time()
    names = (f"{name}{'-' * 20_000}{number}.tar.gz" for number in range(50))
    assert {len(version_text(one, "pandas")) for one in names} <= {0, 20_000, 20_001}
    assert time.process_time() - begun < FAR_TOO_LONG


@pytest.mark.parametrize(
    ("filename", "project", "expected"),
    [
        ("pandas-1.0.tar.gz", "pandas", "1.0"),
        ("Zope.Interface-1.0-beta.tar.gz", "zope-interface", "1.0-beta"),
        ("zope__interface-1.0-beta.zip", "zope-interface", "1.0-beta"),
        ("zope--interface-1.0-beta.zip", "zope-interface", "1.0-beta"),
        ("zope-interface-more-1.0.tar.gz", "zope-interface", "more-1.0"),
        ("zope-interfaces-1.0.tar.gz", "zope-interface", ""),
        ("zope-İnterface-1.0.tar.gz", "zope-interface", ""),
    ],
)
def test_the_version_in_the_name_of_a_source_distribution(filename: str, project: str, expected: str) -> None:
    assert version_text(filename, project) == expected


@pytest.mark.usefixtures("own_caches")
@pytest.mark.parametrize("is_first", [True, False])
def test_a_channel_that_is_down_is_told_once_and_not_for_each_platform_and_python(
    tmp_path: Path, onelist: Callable[..., Ran], *, is_first: bool
) -> None:
    packages = [*interpreters(), *compiled("pandas", "2.2")]
    up = str(write_channel(tmp_path / "up", packages))
    with channel_server(tmp_path / "none") as down, index_server({"pandas": [wheel("pandas", "2.2")]}) as index:
        down.fail("/", Fault.HANG)
        channels = " ".join([down.url, up] if is_first else [up, down.url])
        text = settings_text(
            requirements="pandas", conda_channels=channels, min_python="3.12", platforms="linux-64 osx-arm64"
        )
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        asking = ("--index-url", f"{index.url}/simple/", "--installer", "conda", "--timeout", "1")
        ran = onelist("check", *asking, "--select", "H,R")
        asked = [request.path for request in down.requests]
    assert ran.code == 3
    assert ran.out.count(f"unknown H001: {down.url} did not answer in time") == 1
    assert "R006" not in ran.out
    assert "with conda: could not be checked on any platform" in ran.out
    assert len(asked) < 8, asked[:50]  # eight targets, and each request may be repeated


@pytest.mark.usefixtures("own_caches")
def test_a_second_check_with_the_same_session_asks_no_channel_that_was_down(tmp_path: Path) -> None:
    """publish checks again without the channel to which it publishes, if that may not exist yet."""
    with channel_server(tmp_path / "none") as down, index_server({"pandas": [wheel("pandas", "2.2")]}) as index:
        down.fail("/", Fault.HANG)
        text = settings_text(requirements="pandas", conda_channels=down.url, min_python="3.15", platforms="linux-64")
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        network = NetworkOptions(environment=os.environ, index_url=f"{index.url}/simple/", deadline=0.5)
        session = SourceSession(network)
        lists = {tmp_path: read_list(tmp_path / "settings.ini")}
        asked = []
        for _ in range(2):
            (result,) = check_lists(lists, CheckOptions(network=network), session=session)
            assert result.has_unknown
            asked.append(len(down.requests))
    assert asked[0] == asked[1] > 0
