"""Servers for uploads: a package index (pypiserver), and conda servers with the protocols that rattler-build uses."""

from __future__ import annotations

import base64
import collections
import contextlib
import email
import hashlib
import http.client
import json
import multiprocessing
import random
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from onelist.sources.conda.local import index
from tests.index_program import serve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Gate

USER, PASSWORD = "ada", "correct-horse-battery"
KEY = "key-of-the-channel-4711"
REQUEST, IDENTITY, MINTED = "may-ask-for-an-identity-12", "identity-of-the-runner-34", "pypi-minted-token-56"
"""The steps of trusted publishing: the token to request an identity, the identity, and the token of the index for it."""


@contextlib.contextmanager
def package_index(folder: Path, *options: str) -> Iterator[str]:
    """Start a package index that accepts uploads with a password; yield its URL."""
    folder.mkdir(exist_ok=True)
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    (folder.parent / "htpasswd").write_text(f"{USER}:{{SHA}}{digest}\n", encoding="utf-8")
    port = _free_port()
    arguments = ["run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback"]
    arguments += ["-a", "update", "-P", str(folder.parent / "htpasswd"), *options, str(folder)]
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["pypiserver.__main__"])  # loaded once for all servers
    server = processes.Process(target=serve, args=(arguments,))
    server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        while server.is_alive():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.01)
        yield url
    finally:
        server.terminate()
        server.join()
        server.close()


def _free_port() -> int:
    """Return a port below those that a system gives to servers which ask for any port, so none of them takes it."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("no port between 20000 and 32000 is free")


class _Loopback:
    """A server on loopback; its handler finds it as ``server.owner``.

    Attributes:
        url: Its URL.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], encrypted: ssl.SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.owner = self  # type: ignore[attr-defined]
        if encrypted:
            self._server.socket = encrypted.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"http{'s' if encrypted else ''}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Reading(BaseHTTPRequestHandler):
    """Reads request bodies, and logs nothing."""

    def body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_: Any) -> None:
        pass


class CondaServer(_Loopback):
    """A server that accepts packages by the protocols of anaconda, prefix and quetz servers, and serves the channels.

    Attributes:
        url: Its URL.
        faults: Failures of uploads: (part of the path, status or ``"cut"``), each used once.
        listed_after: The number of requests for one file of the channel before an upload is listed; None: an upload is
            listed by ``list_now`` only.
        uploads: The number of packages that were uploaded.
        gate: Holds uploads back; None for no gate.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gate: Gate | None = None
        self.faults: list[tuple[str, int | str]] = []
        self.listed_after: int | None = 0
        self.uploads = 0
        self._staged: list[tuple[str, Path]] = []
        self._asked: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()
        super().__init__(_Handler)

    def channel(self, name: str) -> Path:
        """Return the folder of a channel."""
        return self.folder / name

    def take(self, channel: str, name: str, content: bytes) -> None:
        """Store a package, and list it now or later."""
        self.uploads += 1
        staged = self.folder / "staged" / name
        staged.parent.mkdir(exist_ok=True)
        staged.write_bytes(content)
        with self._lock:
            self._asked.clear()
            self._staged.append((channel, staged))
        if self.listed_after == 0:
            self.list_now()

    def list_now(self) -> None:
        """List what was uploaded."""
        with self._lock:
            for channel, staged in self._staged:
                target = self.channel(channel) / "noarch" / staged.name
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.rename(target)
                index(self.channel(channel), ["linux-64"])
            self._staged.clear()

    def is_asked(self, path: str) -> None:
        """Count a request, and list what was uploaded after enough of them."""
        self._asked[path] += 1
        if self._staged and self.listed_after is not None and self._asked[path] > self.listed_after:
            self.list_now()


class _Handler(_Reading):
    protocol_version = "HTTP/1.1"

    @property
    def owner(self) -> CondaServer:
        return self.server.owner  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(("/package/", "/release/")):
            self.reply(200, {})
            return
        if path == "/identity":
            is_allowed = self.headers["Authorization"].lower() == f"bearer {REQUEST}"
            self.reply(200 if is_allowed else 403, {"value": IDENTITY} if is_allowed else {})
            return
        self.owner.is_asked(path)
        file = self.owner.folder / path.removeprefix("/get").lstrip("/")
        if file.is_file():
            self.reply(200, file.read_bytes())
        else:
            self.reply(404, b"not found")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def do_POST(self) -> None:
        if self.owner.gate:
            self.owner.gate.enter(self.path)
        for fault in self.owner.faults:
            if fault[0] in self.path:
                self.owner.faults.remove(fault)
                self.fail(fault[1])
                return
        body = self.body()
        if self.path == "/api/oidc/mint_token":
            is_known = json.loads(body) == {"token": IDENTITY}
            self.reply(200 if is_known else 401, MINTED.encode() if is_known else b"")
            return
        if self.path != "/s3" and not re.search(f"{KEY}|{MINTED}", " ".join(self.headers.values())):
            self.reply(401, {"error": "unauthorised"})
            return
        self.route(body)

    do_PATCH = do_POST  # noqa: N815 - the name that http.server looks for

    def route(self, body: bytes) -> None:
        path = self.path.partition("?")[0]
        if match := re.fullmatch(r"/stage/([^/]+)/[^/]+/[^/]+/noarch/([^/]+)", path):
            if (self.owner.channel(match[1]) / "noarch" / match[2]).exists():
                self.reply(409, {"error": "exists"})
                return
            form = {"key": f"{match[1]}/{match[2]}"}
            self.reply(200, {"post_url": f"{self.owner.url}/s3", "form_data": form, "dist_id": "1"})
        elif path == "/s3":
            parts = _parts(self.headers["Content-Type"], body)
            channel, _, name = parts["key"].decode().partition("/")
            self.owner.take(channel, name, parts["file"])
            self.reply(201, {})
        elif match := re.fullmatch(r"/api/v1/upload/([^/]+)", path):
            named = re.search(rb'filename="([^"]+)"', body)
            assert named
            self.new(match[1], named[1].decode(), _parts(self.headers["Content-Type"], body)["file"])
        elif match := re.fullmatch(r"/api/channels/([^/]+)/upload/([^/]+)", path):
            self.new(match[1], match[2], body)
        else:
            self.reply(200, {})

    def new(self, channel: str, name: str, content: bytes) -> None:
        if (self.owner.channel(channel) / "noarch" / name).exists():
            self.reply(409, {"error": "exists"})
            return
        self.owner.take(channel, name, content)
        self.reply(200, {})

    def fail(self, how: int | str) -> None:
        if how == "cut":
            self.rfile.read(100)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.body()
        self.reply(int(how), {"error": f"status {how}"})

    def reply(self, status: int, content: Any) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "max-age=600")  # queries after an upload must not use a cached response
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class FaultyProxy(_Loopback):
    """A proxy in front of an index that can fail, and that trusts the identity of one runner.

    It also replaces the service of GitHub that gives a runner its identity. Source: PyPI's documentation, "Internals and
    Technical Details" of trusted publishing.

    Attributes:
        url: Its URL.
        faults: Failures of uploads: a status or ``"cut"``, each used once, in order.
        hides: The number of requests after an upload for which the index does not list the project.
        hidden: The number of such requests that are left.
        attestations: The uploaded attestations, by the name of the file.
        instead: For a path, another answer than that of the index: (content type, content).
    """

    def __init__(self, index: str, encrypted: ssl.SSLContext | None = None) -> None:
        self.index = index
        self.faults: list[int | str] = []
        self.hides = 0
        self.hidden = 0
        self.attestations: dict[str, Any] = {}
        self.instead: dict[str, tuple[str, bytes]] = {}
        super().__init__(_FaultyProxyHandler, encrypted)


class _FaultyProxyHandler(_Reading):
    @property
    def owner(self) -> FaultyProxy:
        return self.server.owner  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        if "/demo/" in self.path and self.owner.hidden:
            self.owner.hidden -= 1
            self.send_error(404)
        elif self.path in self.owner.instead:
            kind, content = self.owner.instead[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        elif self.path == "/_/oidc/audience":
            self.answer({"audience": "an-index"})
        elif self.path.startswith("/identity"):
            is_allowed = (
                self.headers["Authorization"].lower() == f"bearer {REQUEST}" and "audience=an-index" in self.path
            )
            self.answer({"value": IDENTITY} if is_allowed else {})
        else:
            self.forward(None)

    def answer(self, data: dict[str, Any]) -> None:
        content = json.dumps(data).encode()
        self.send_response(200 if data else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def do_POST(self) -> None:
        how = self.owner.faults.pop(0) if self.owner.faults else None
        if how == "cut":
            self.rfile.read(200)
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = self.body()
        if how is not None:
            self.send_error(int(how))
            return
        if self.path == "/_/oidc/mint-token":
            self.answer({"token": MINTED} if json.loads(body) == {"token": IDENTITY} else {})
            return
        parts = _parts(self.headers["Content-Type"], body)
        if "attestations" in parts:
            named = re.search(rb'filename="([^"]+)"', body)
            assert named
            self.owner.attestations[named[1].decode()] = json.loads(parts["attestations"])
        self.forward(body)
        self.owner.hidden = self.owner.hides

    def forward(self, body: bytes | None) -> None:
        host, _, port = self.owner.index.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        left_out = {"host", "connection", "content-length", "transfer-encoding"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        if headers.get("Authorization") == _basic("__token__", MINTED):
            headers["Authorization"] = _basic(USER, PASSWORD)
        connection.request(self.command, self.path, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        length = response.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _parts(kind: str, body: bytes) -> dict[str, bytes]:
    """Return the parts of a form by name."""
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found = {}
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            found[str(part.get_param("name", header="content-disposition"))] = content
    return found
