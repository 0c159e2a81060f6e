"""The HTTP client: retries, cache, credentials, and no secret in any result."""

from __future__ import annotations

import base64
import datetime
import email.utils
import shutil
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
import urllib3

from onelist.sources.cache import CachedResponse, CachePolicy, ResponseCache
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import Access, HttpClient, Limits, access
from onelist.sources.http_errors import error_of_exception
from tests.servers import Answer, Fault, Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)


class StoringClient(HttpClient):
    """A client that stores each response, as the code does that could read it."""

    def get(self, address: str, accept: str) -> CachedResponse | SourceError:
        found = super().get(address, accept)
        if isinstance(found, CachedResponse):
            self.store(address, found)
        return found


def client(
    tmp_path: Path,
    *,
    deadline: float = 10,
    cache_policy: CachePolicy = CachePolicy.NORMAL,
    now: datetime.datetime = NOW,
    entry: Access | None = None,
) -> HttpClient:
    return StoringClient(
        limits=Limits(deadline=deadline, back_off=0.05, size=100_000),
        access=entry or Access(netrc=str(tmp_path / "netrc")),
        cache=ResponseCache(tmp_path / "pages"),
        cache_policy=cache_policy,
        now=lambda: now,
    )


def page(found: CachedResponse | SourceError) -> CachedResponse:
    assert isinstance(found, CachedResponse), found
    return found


def trouble(found: object) -> SourceError:
    assert isinstance(found, SourceError), found
    return found


def serving(content: bytes = b"hello", headers: dict[str, str] | None = None) -> Server:
    return Server(lambda _path, _headers: Answer(content, "text/plain", headers or {}))


# --- retries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.INTERNAL, Fault.RESET, Fault.CUT])
def test_an_error_that_passes_is_retried(tmp_path: Path, fault: Fault) -> None:
    with serving() as server:
        server.fail("/", fault, times=2)
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"hello"
        assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.INTERNAL, Fault.RESET])
def test_after_four_attempts_the_error_is_the_result(tmp_path: Path, fault: Fault) -> None:
    with serving() as server:
        server.fail("/", fault)
        trouble(client(tmp_path).get(server.url, "*/*"))
        assert len(server.requests) == 4


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
def test_denied_access_is_not_retried(tmp_path: Path, fault: Fault) -> None:
    with serving() as server:
        server.fail("/", fault)
        assert trouble(client(tmp_path).get(server.url, "*/*")).kind is SourceErrorKind.ACCESS_DENIED
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_retry_after_in_seconds_is_heeded(tmp_path: Path, fault: Fault) -> None:
    with serving() as server:
        server.fail("/", fault, times=1)
        server.retry_after = "1"
        page(client(tmp_path).get(server.url, "*/*"))
        first, second = server.requests
    assert second.moment - first.moment >= 0.95


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_retry_after_as_a_date_is_heeded(tmp_path: Path, fault: Fault) -> None:
    with serving() as server:
        server.fail("/", fault, times=1)
        date = int(time.time()) + 2
        server.retry_after = email.utils.formatdate(date, usegmt=True)
        page(client(tmp_path).get(server.url, "*/*"))
        assert time.time() >= date - 0.05
        assert len(server.requests) == 2


def test_a_retry_after_later_than_the_deadline_ends_the_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with serving() as server:
        server.fail("/", Fault.TOO_MANY)
        server.retry_after = "3600"
        found = trouble(client(tmp_path, deadline=60).get(server.url, "*/*"))
        assert len(server.requests) == 1
    assert (found.kind, found.wait) == (SourceErrorKind.RATE_LIMITED, 3600)
    assert pauses == []


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP])
def test_the_deadline_ends_a_response_that_does_not_end(tmp_path: Path, fault: Fault) -> None:
    with serving(b"x" * 500) as server:
        server.fail("/", fault)
        assert trouble(client(tmp_path, deadline=0.5).get(server.url, "*/*")).kind is SourceErrorKind.TIMED_OUT


def test_an_error_of_the_server_has_priority_over_a_later_timeout(tmp_path: Path) -> None:
    with serving() as server:
        server.fail("/", Fault.TOO_MANY, times=1)
        server.fail("/", Fault.HANG)
        assert trouble(client(tmp_path, deadline=3).get(server.url, "*/*")).kind is SourceErrorKind.RATE_LIMITED
        assert len(server.requests) == 2


def test_a_response_with_a_too_large_content_length_is_not_read(tmp_path: Path) -> None:
    with serving(b"x" * 200_000) as server:
        assert trouble(client(tmp_path).get(server.url, "*/*")).kind is SourceErrorKind.TOO_LARGE


def test_the_size_limit_is_for_the_decompressed_response(tmp_path: Path) -> None:
    import gzip

    with serving(gzip.compress(b"x" * 50_000), headers={"Content-Encoding": "gzip"}) as server:
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"x" * 50_000
    with serving(gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"}) as server:
        assert trouble(client(tmp_path).get(server.url, "*/*")).kind is SourceErrorKind.TOO_LARGE


@pytest.mark.parametrize(
    ("address", "kind", "detail"),
    [
        ("http://127.0.0.1:9/", SourceErrorKind.UNREACHABLE, "connection refused"),
        ("http://no-such-host.invalid/", SourceErrorKind.UNREACHABLE, "no such host"),
        ("http://[", SourceErrorKind.UNREACHABLE, ""),
    ],
)
def test_an_unreachable_server(tmp_path: Path, address: str, kind: SourceErrorKind, detail: str) -> None:
    found = trouble(client(tmp_path).get(address, "*/*"))
    assert (found.kind, found.detail) == (kind, detail)


def test_exists_does_not_fetch_the_file(tmp_path: Path) -> None:
    with Server(lambda path, _: Answer(b"x") if path == "/there" else None) as server:
        http = client(tmp_path)
        assert http.exists(server.url + "/there") is True
        assert http.exists(server.url + "/nowhere") is False
        assert {request.method for request in server.requests} == {"HEAD"}


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which makes the certificate, is not on PATH")
def test_a_private_certificate_is_trusted_if_it_is_named(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *files], check=True, capture_output=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"https://127.0.0.1:{server.server_port}/"
    assert trouble(client(tmp_path).get(address, "*/*")).kind is SourceErrorKind.CERTIFICATE
    trusting = client(tmp_path, entry=access({"SSL_CERT_FILE": str(certificate)}))
    assert page(trusting.get(address, "*/*")).content == b"secret"
    server.shutdown()
    server.server_close()


def test_pips_certificates_have_priority_over_the_environment() -> None:
    environment = {"SSL_CERT_FILE": "/ssl", "PIP_CERT": "/pip", "NETRC": "/netrc"}
    assert access(environment) == Access(certificates="/pip", netrc="/netrc")
    assert access(environment, "/settings").certificates == "/settings"
    assert access({}) == Access(certificates="", netrc=None)


def test_a_proxy_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(b"by proxy") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//user:word@"))
        assert page(client(tmp_path).get("http://far-away.invalid/x", "*/*")).content == b"by proxy"
        (request,) = proxy.requests
        assert request.path == "http://far-away.invalid/x"
        assert request.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"user:word").decode()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with serving(b"direct") as server:
            assert page(client(tmp_path).get(server.url, "*/*")).content == b"direct"


# --- who gets in -------------------------------------------------------------------------------------------


def test_the_login_in_an_address_is_sent_only_in_a_header(tmp_path: Path) -> None:
    with serving() as server:
        page(client(tmp_path).get(server.url.replace("//", "//us%40er:pass%2Fword@") + "/x", "*/*"))
        (request,) = server.requests
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"us@er:pass/word").decode()
    assert request.path == "/x"
    kept = [*(tmp_path / "pages").rglob("*")]
    assert kept
    assert not any("pass" in path.name or b"pass" in path.read_bytes() for path in kept)


def test_netrc_is_read(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password lovelace\n", encoding="utf-8")
    with serving() as server:
        page(client(tmp_path).get(server.url, "*/*"))
        assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"ada:lovelace").decode()


@pytest.mark.parametrize("content", ["machine", "\0", "machine a login"])
def test_a_damaged_netrc_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "netrc").write_text(content, encoding="utf-8")
    with serving() as server:
        page(client(tmp_path).get(server.url, "*/*"))
        assert "authorization" not in {name.lower() for name in server.requests[0].headers}


def test_a_login_is_not_sent_to_the_target_of_a_redirect(tmp_path: Path) -> None:
    with serving(b"elsewhere") as other:
        away = other.url.replace("127.0.0.1", "localhost") + "/y"
        with Server(lambda _path, _headers: Answer(b"", headers={"Location": away}, status=302)) as server:
            found = client(tmp_path).get(server.url.replace("//", "//user:word@"), "*/*")
        assert page(found).content == b"elsewhere"
        assert "authorization" not in {name.lower() for name in other.requests[0].headers}


# --- the cache ---------------------------------------------------------------------------------------------


def test_a_cached_page_is_requested_with_its_etag(tmp_path: Path) -> None:
    with serving() as server:
        first = page(client(tmp_path).get(server.url, "*/*"))
        later = NOW + datetime.timedelta(days=1)
        second = page(client(tmp_path, now=later).get(server.url, "*/*"))
        assert server.requests[1].headers["if-none-match"] == first.etag
    assert (second.content, second.stored) == (first.content, later)


def test_a_changed_page_replaces_the_cached_one(tmp_path: Path) -> None:
    with serving() as server:
        page(client(tmp_path).get(server.url, "*/*"))
        server.instead["/"] = b"changed"
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"changed"
        assert page(client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(server.url, "*/*")).content == b"changed"


def test_a_fresh_page_is_not_requested(tmp_path: Path) -> None:
    with serving(headers={"Cache-Control": "max-age=600, public", "Age": "100"}) as server:
        page(client(tmp_path).get(server.url, "*/*"))
        page(client(tmp_path, now=NOW + datetime.timedelta(seconds=499)).get(server.url, "*/*"))
        assert len(server.requests) == 1
        page(client(tmp_path, now=NOW + datetime.timedelta(seconds=501)).get(server.url, "*/*"))
        assert len(server.requests) == 2
        page(client(tmp_path, cache_policy=CachePolicy.REFRESH).get(server.url, "*/*"))
        assert len(server.requests) == 3


def test_a_page_with_no_store_is_not_cached(tmp_path: Path) -> None:
    with serving(headers={"Cache-Control": "no-store"}) as server:
        page(client(tmp_path).get(server.url, "*/*"))
        found = client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(server.url, "*/*")
    assert trouble(found).kind is SourceErrorKind.NOT_CACHED


def test_offline_the_cached_page_is_used_with_its_time(tmp_path: Path) -> None:
    with serving() as server:
        address = server.url
        page(client(tmp_path).get(address, "*/*"))
    offline = client(tmp_path, cache_policy=CachePolicy.OFFLINE, now=NOW + datetime.timedelta(days=99))
    assert page(offline.get(address, "*/*")).stored == NOW
    assert trouble(offline.get(address + "/other", "*/*")).kind is SourceErrorKind.NOT_CACHED
    assert trouble(offline.exists(address)).kind is SourceErrorKind.NOT_CACHED
    assert offline.sent == 0


def test_not_found_is_cached_for_offline_use_only(tmp_path: Path) -> None:
    with Server(lambda _path, _headers: None) as server:
        address = server.url
        assert page(client(tmp_path).get(address, "*/*")).status == 404
        assert page(client(tmp_path).get(address, "*/*")).status == 404
        assert len(server.requests) == 2
    assert page(client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(address, "*/*")).status == 404


def test_not_modified_does_not_confirm_not_found(tmp_path: Path) -> None:
    there = False

    def answer(_: str, headers: Mapping[str, str]) -> Answer:
        if "if-modified-since" in headers or "if-none-match" in headers:
            return Answer(b"", "text/plain", status=304)
        return Answer(b"here", "text/plain") if there else Answer(b"no", "text/plain", {"Last-Modified": "x"}, 404)

    with Server(answer) as server:
        assert page(client(tmp_path).get(server.url, "*/*")).status == 404
        there = True
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"here"
        assert page(client(tmp_path, cache_policy=CachePolicy.REFRESH).get(server.url, "*/*")).content == b"here"


def test_an_unreadable_page_is_not_cached(tmp_path: Path) -> None:
    plain = client(tmp_path)
    with serving(b"a login page", {"Cache-Control": "max-age=86400"}) as server:
        page(HttpClient.get(plain, server.url, "*/*"))
        assert (
            trouble(client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(server.url, "*/*")).kind
            is SourceErrorKind.NOT_CACHED
        )


def test_a_page_from_the_future_is_not_fresh(tmp_path: Path) -> None:
    with serving(headers={"Cache-Control": "max-age=500"}) as server:
        page(client(tmp_path, now=NOW + datetime.timedelta(days=9)).get(server.url, "*/*"))
        page(client(tmp_path).get(server.url, "*/*"))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:0], lambda raw: raw[: len(raw) // 2], lambda raw: raw[:-3] + b"abc", bytes.upper],
    ids=["empty", "half", "changed", "capitals"],
)
def test_a_damaged_page_is_fetched_again(tmp_path: Path, damage: object) -> None:
    with serving() as server:
        page(client(tmp_path).get(server.url, "*/*"))
        (file,) = (tmp_path / "pages").iterdir()
        file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
        assert (
            trouble(client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(server.url, "*/*")).kind
            is SourceErrorKind.NOT_CACHED
        )
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"hello"
        assert page(client(tmp_path, cache_policy=CachePolicy.OFFLINE).get(server.url, "*/*")).content == b"hello"


def test_a_cache_that_cannot_be_written_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file where the folder should be", encoding="utf-8")
    with serving() as server:
        assert page(client(tmp_path).get(server.url, "*/*")).content == b"hello"


def test_several_threads_may_start_at_the_same_time(tmp_path: Path) -> None:
    """The first request imports urllib3, and several threads must not do so at the same time."""
    code = (
        "import sys, threading; from pathlib import Path; from onelist.sources.http import *;"
        "from onelist.sources.cache import CachedResponse, ResponseCache;"
        "http = HttpClient(limits=Limits(), access=Access(), cache=ResponseCache(Path(sys.argv[2])));"
        "found = []; ask = lambda n: found.append(http.get(f'{sys.argv[1]}/{n}', '*/*'));"
        "threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)];"
        "[one.start() for one in threads]; [one.join() for one in threads];"
        "assert len(found) == 16 and all(isinstance(one, CachedResponse) for one in found), found"
    )
    import sys

    with serving() as server:
        command = [sys.executable, "-c", code, server.url, str(tmp_path / "pages")]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_deadline_that_ends_a_connection_is_no_connection_that_the_server_closed() -> None:
    """urllib3 puts the error of a connection that could not begin in time into a ProtocolError."""
    error = urllib3.exceptions.ProtocolError("Connection aborted.", TimeoutError("timed out"))
    assert error_of_exception(error).kind is SourceErrorKind.TIMED_OUT
    assert error_of_exception(TimeoutError("timed out")).kind is SourceErrorKind.TIMED_OUT
    closed = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError())
    assert error_of_exception(closed).kind is SourceErrorKind.CONNECTION_CLOSED
