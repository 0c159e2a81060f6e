"""The index that uv asks: who may ask it, what it fetches in parts, and whom it gives a password."""

from __future__ import annotations

import asyncio
import base64
import datetime
import io
import os
import re
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import urllib3

from onelist.sources.cache import ResponseCache
from onelist.sources.config import NetworkOptions
from onelist.sources.installers import Index
from onelist.sources.metadata.file_metadata import FileMetadata
from onelist.sources.pip.index import HOST, PipIndex
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.pypi.listing import Listing
from onelist.sources.pypi.simple import ListedFile
from onelist.sources.session import SourceSession
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_caches")

NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)
TEXT = b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"


def with_index(ask: Callable[[str], list[int]]) -> list[int]:
    """Run a function, with the address of the proxy, in a thread beside the index."""
    with index_server({"x": [wheel("x", "1.0")]}) as server:
        session = SourceSession(NetworkOptions(environment=os.environ, index_url=f"{server.url}/simple/", now=NOW))

        async def run() -> list[int]:
            with ThreadPoolExecutor(2) as pool, PipIndex(session, await IndexClient.open(session, pool)) as index:
                return await asyncio.to_thread(ask, index.proxy(index.watch()))

        return asyncio.run(run())


def status(proxy: str, address: str, login: str | None = None, etag: str = "") -> urllib3.BaseHTTPResponse:
    """Ask through a proxy as uv does."""
    parts = urlsplit(proxy)
    own = f"{parts.username}:{parts.password}" if login is None else login
    headers = {"Proxy-Authorization": f"Basic {base64.b64encode(own.encode()).decode()}"} if own else {}
    with urllib3.ProxyManager(f"http://{parts.hostname}:{parts.port}", proxy_headers=headers) as pool:
        return pool.request("GET", address, headers={"If-None-Match": etag} if etag else {}, retries=False)


PAGE = f"http://{HOST}/1/3.12/x/"


@pytest.mark.parametrize("login", ["", "r0:", "r0:guess", "r9:guess", ":"])
def test_without_the_password_of_this_call_nothing_is_answered(login: str) -> None:
    assert with_index(lambda proxy: [status(proxy, PAGE, login).status]) == [407]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/1/3.12/x/",
        f"http://{HOST}/1/2.7/x/",
        f"http://{HOST}/1/3.12/../../x/",
        f"http://{HOST}/1/3.12/-/x/-/x-1.0-py3-none-any.whl",
        f"http://{HOST}/1/3.12/nothing/",
    ],
)
def test_it_answers_for_nothing_but_pages_and_metadata(address: str) -> None:
    assert with_index(lambda proxy: [status(proxy, address).status]) == [404]


def test_a_page_that_uv_has_is_not_sent_again() -> None:
    def ask(proxy: str) -> list[int]:
        first = status(proxy, PAGE)
        return [
            first.status,
            status(proxy, PAGE, etag=first.headers["ETag"]).status,
            status(proxy, PAGE, etag='"o"').status,
        ]

    assert with_index(ask) == [200, 304, 200]


class Files:
    """A server of one file; it notes the ranges and the logins that it gets."""

    def __init__(self, content: bytes, *, has_parts: bool) -> None:
        self.ranges: list[str] = []
        self.logins: list[str | None] = []
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                files.ranges.append(wanted or "")
                files.logins.append(self.headers.get("Authorization"))
                match = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted or "")
                part = content[int(match[1]) : int(match[2]) + 1] if match and has_parts else content
                self.send_response(206 if match and has_parts else 200)
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                self.wfile.write(part)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def serving(content: bytes, *, has_parts: bool = True) -> Iterator[Files]:
    files = Files(content, has_parts=has_parts)
    thread = threading.Thread(target=files.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield files
    finally:
        files.server.shutdown()
        thread.join()
        files.server.server_close()


def big_wheel(*, first: bool) -> bytes:
    """Return a wheel of 600 kB, with METADATA at its beginning or at its end."""
    members = [("x/data.bin", os.urandom(600_000)), ("x-1.0.dist-info/METADATA", TEXT)]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in reversed(members) if first else members:
            archive.writestr(name, data)
    return content.getvalue()


def reader(tmp_path: Path, index: str) -> FileMetadata:
    session = SourceSession(NetworkOptions(environment=os.environ, now=NOW))
    return FileMetadata(session.http(), ResponseCache(tmp_path / "pages"), [Index(address=index)], NOW)


def listing(url: str, size: int, digest: str = "") -> Listing:
    name = "x-1.0-py3-none-any.whl"
    return Listing(0, ListedFile(name, url, "", False, False, "", size, digest), "py3-none-any")  # noqa: FBT003 - a row


@pytest.mark.parametrize("first", [True, False])
def test_a_large_wheel_is_read_in_parts(tmp_path: Path, first: bool) -> None:  # noqa: FBT001 - a table
    content = big_wheel(first=first)
    with serving(content) as files:
        asked = listing(f"http://{files.address}/x.whl", len(content))
        assert reader(tmp_path, f"http://{files.address}/simple/").of_wheel("x", asked) == TEXT
    assert "" not in files.ranges
    assert len(files.ranges) == (3 if first else 1)


def test_a_server_that_sends_no_parts_is_asked_for_the_whole_file(tmp_path: Path) -> None:
    content = big_wheel(first=True)
    with serving(content, has_parts=False) as files:
        asked = listing(f"http://{files.address}/x.whl", len(content))
        assert reader(tmp_path, f"http://{files.address}/simple/").of_wheel("x", asked) == TEXT
    assert files.ranges[-1] == ""


def test_a_file_with_a_hash_is_read_once_for_each_server(tmp_path: Path) -> None:
    content = big_wheel(first=False)
    with serving(content) as one, serving(content) as other:
        for files, times in ((one, 1), (one, 1), (other, 1)):
            asked = listing(f"http://{files.address}/x.whl", len(content), digest="ab12")
            assert reader(tmp_path, f"http://{files.address}/simple/").of_wheel("x", asked) == TEXT
            assert len(files.ranges) == times


def test_the_login_of_an_index_goes_to_its_own_server_only(tmp_path: Path) -> None:
    content = big_wheel(first=False)
    with serving(content) as own, serving(content) as stranger:
        index = f"http://me:secret@{own.address}/simple/"
        for files in (own, stranger):
            reader(tmp_path, index).of_wheel("x", listing(f"http://{files.address}/x.whl", len(content)))
    assert own.logins == [f"Basic {base64.b64encode(b'me:secret').decode()}"]
    assert stranger.logins == [None]
