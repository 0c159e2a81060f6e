"""Real servers on loopback: a package index and conda channels, which answer normally or fail on command."""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import re
import socket
import struct
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

JSON_TYPE, HTML_TYPE = "application/vnd.pypi.simple.v1+json", "text/html"
LOGIN = b"<!DOCTYPE html><html><body><h1>Welcome to the campus network</h1><a href='/login'>Log in</a></body></html>"


class Fault(Enum):
    """How a server fails."""

    NOT_FOUND = "404"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    INTERNAL = "500"
    UNAVAILABLE = "503"
    RESET = "reset"
    HANG = "hang"
    DRIP = "slow drip"
    TRUNCATED = "truncated"
    CUT = "cut in the middle"
    GARBAGE = "garbage"
    NOTHING = "empty body"
    LOGIN_PAGE = "login page"
    LOOP = "redirect loop"
    HUGE = "huge page"
    WRONG_TYPE = "wrong content type"


Way = Callable[["Handler", "Answer"], None]
"""Another way to fail: a function that answers in place of the server (``tests/misbehaviour.py`` has many)."""

STATUS = {
    Fault.NOT_FOUND: 404,
    Fault.UNAUTHORIZED: 401,
    Fault.FORBIDDEN: 403,
    Fault.TOO_MANY: 429,
    Fault.INTERNAL: 500,
    Fault.UNAVAILABLE: 503,
}


@dataclass(frozen=True)
class Answer:
    """One normal response.

    Attributes:
        content: The body.
        content_type: What it is.
        headers: Further headers.
        status: The status.
    """

    content: bytes
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Gate:
    """Holds requests back until so many paths are asked for at the same time, or until a test opens it."""

    def __init__(self, awaited: int | None) -> None:
        self._awaited = awaited
        self._paths: set[str] = set()
        self._changed = threading.Condition()
        self._is_open = awaited == 0

    @property
    def count(self) -> int:
        """How many paths have been asked for."""
        return len(self._paths)

    def enter(self, path: str) -> None:
        """Wait in the server, for a request, until the gate is open."""
        with self._changed:
            self._paths.add(path)
            self._is_open = self._is_open or self.count == self._awaited
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_open)

    def wait_for(self, count: int) -> None:
        """Wait in a test until so many paths are asked for.

        Raises:
            TimeoutError: They are not asked for within a minute.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.count >= count, timeout=60):
                raise TimeoutError(f"{self.count} of {count} paths were asked for")

    def open(self) -> None:
        """Let all requests pass, from now on."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()


@dataclass
class Rule:
    """A fault for some paths.

    Attributes:
        pattern: Which paths.
        fault: How the server fails; None where it only waits at a gate.
        times: How often; None for always.
        seconds: For how long, from the first request that suffers; None for always.
        methods: For which methods.
        gate: Where a request waits before it is answered.
    """

    pattern: str
    fault: Fault | Way | None
    times: int | None = None
    seconds: float | None = None
    methods: str = "GET HEAD"
    gate: Gate | None = None
    since: float | None = None

    def fits(self, method: str, path: str) -> bool:
        """Tell whether it holds for a request, now."""
        if method not in self.methods.split() or re.search(self.pattern, path) is None:
            return False
        if self.since is None:
            self.since = time.monotonic()
        is_over = self.times == 0 or (self.seconds is not None and time.monotonic() > self.since + self.seconds)
        return not is_over


@dataclass(frozen=True)
class Request:
    """One request that came in.

    Attributes:
        method: Its method.
        path: Its path.
        moment: When it came, in seconds on the clock of ``time.monotonic``.
        headers: Its headers, their names in small letters.
        fault: What it suffered from; None for a normal response.
    """

    method: str
    path: str
    moment: float
    headers: Mapping[str, str]
    fault: Fault | Way | None = None


class Server:
    """A server; used as a context manager.

    Attributes:
        url: Its address, without a slash at the end.
        rules: How it fails; the first one that matches counts.
        requests: What came in.
        instead: Path to what is answered there in place of what belongs there.
        retry_after: What it tells whom it sends away for a while, in seconds.
    """

    def __init__(self, answer: Callable[[str, Mapping[str, str]], Answer | None]) -> None:
        self.answer = answer
        self.closing = threading.Event()
        self.rules: list[Rule] = []
        self.requests: list[Request] = []
        self.instead: dict[str, bytes] = {}
        self.retry_after: str | None = None
        self._server = _Listener(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for rule in self.rules:
            if rule.gate:
                rule.gate.open()
        self._server.shutdown()
        self._server.server_close()

    def fail(
        self,
        pattern: str,
        fault: Fault | Way,
        *,
        times: int | None = None,
        seconds: float | None = None,
        methods: str = "GET HEAD",
    ) -> None:
        """Misbehave from now on, perhaps for some times only, or for some seconds from the first request on."""
        self.rules.append(Rule(pattern, fault, times, seconds, methods))

    def hold(self, pattern: str, *, awaited: int | None = None, methods: str = "GET HEAD") -> Gate:
        """Hold requests back until so many paths are asked for at the same time, or until the gate is opened."""
        gate = Gate(awaited)
        self.rules.append(Rule(pattern, None, methods=methods, gate=gate))
        return gate

    def asked(self, pattern: str) -> list[Request]:
        """Return the requests for some paths."""
        return [request for request in self.requests if re.search(pattern, request.path)]

    def rule(self, method: str, path: str) -> Rule | None:
        """Return the rule for a request; None for a normal response."""
        for rule in self.rules:
            if rule.fits(method, path):
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers one connection of a server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and content in one packet: else the other side waits 40 ms before it confirms the first
    server: _Listener

    def do_GET(self) -> None:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        rule = owner.rule(self.command, self.path)
        fault = rule.fault if rule else None
        owner.requests.append(Request(self.command, self.path, time.monotonic(), headers, fault))
        if rule and rule.gate:
            rule.gate.enter(self.path)
        answer = owner.answer(self.path, headers) or Answer(b"not found", "text/plain", status=404)
        if self.path in owner.instead:
            answer = Answer(owner.instead[self.path])
        if fault is None:
            self.reply(answer)
        elif callable(fault):
            fault(self, answer)
        elif fault in _WAYS:
            _WAYS[fault](self, answer)
        else:
            self.reply(self.wrong(fault, answer))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def reply(self, answer: Answer, *, length: int | None = None) -> None:
        tag = f'"{hashlib.sha256(answer.content).hexdigest()[:16]}"'
        if answer.status == 200 and self.headers.get("If-None-Match") == tag:
            self.begin(304, {"ETag": tag})
            return
        headers = {"Content-Type": answer.content_type, "Content-Length": str(length or len(answer.content))}
        self.begin(answer.status, {**headers, "ETag": tag, **answer.headers})
        if self.command != "HEAD":
            self.send(answer.content)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, content: bytes) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(content)
            self.wfile.flush()

    def wrong(self, fault: Fault, answer: Answer) -> Answer:
        """Return a whole answer that is not the right one."""
        if fault in STATUS:
            again = self.server.owner.retry_after
            return Answer(b"no", "text/plain", {"Retry-After": again} if again else {}, STATUS[fault])
        return {
            Fault.TRUNCATED: Answer(_half(answer), answer.content_type),
            Fault.GARBAGE: Answer(b"\x00\xff garbage \xfe" * 9, answer.content_type),
            Fault.NOTHING: Answer(b"", answer.content_type),
            Fault.LOGIN_PAGE: Answer(LOGIN, "text/html"),
            Fault.WRONG_TYPE: Answer(answer.content, "image/png"),
            Fault.LOOP: Answer(b"", headers={"Location": self.path}, status=302),
        }[fault]

    def reset(self, _: Answer) -> None:
        linger = struct.pack("ii", 1, 0)  # what is closed like this is reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def hang(self, _: Answer) -> None:
        self.server.owner.closing.wait(30)
        self.close_connection = True

    def cut(self, answer: Answer) -> None:
        self.reply(Answer(_half(answer), answer.content_type), length=len(answer.content) + 1)
        self.close_connection = True

    def drip(self, answer: Answer) -> None:
        self.begin(200, {"Content-Type": answer.content_type, "Content-Length": str(len(answer.content))})
        for byte in answer.content:
            if self.server.owner.closing.wait(0.1):
                break
            self.send(bytes([byte]))
        self.close_connection = True

    def huge(self, answer: Answer) -> None:
        """Send 128 MiB, if the client really reads all of it."""
        self.begin(200, {"Content-Type": answer.content_type, "Connection": "close"})
        with contextlib.suppress(OSError):
            for _ in range(1 << 11):
                self.wfile.write(b" " * (1 << 16))
        self.close_connection = True

    def finish(self) -> None:
        """Flush; the other side may have gone."""
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        pass


_WAYS: Mapping[Fault, Callable[[Handler, Answer], None]] = {
    Fault.RESET: Handler.reset,
    Fault.HANG: Handler.hang,
    Fault.CUT: Handler.cut,
    Fault.DRIP: Handler.drip,
    Fault.HUGE: Handler.huge,
}


def _half(answer: Answer) -> bytes:
    return answer.content[: max(len(answer.content) // 2, 1)]


class _Listener(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def __init__(self, owner: Server) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is no news."""


def channel_server(folder: Path, *, caching: str | None = "max-age=0", modified: str | None = None) -> Server:
    """Return a server for a conda channel that lies in a folder.

    Args:
        folder: The channel.
        caching: What it says of caching, if anything.
        modified: When it says that its files were changed, if it does.
    """
    sent = {"Cache-Control": caching, "Last-Modified": modified}
    headers = {name: value for name, value in sent.items() if value}

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        file = folder / path.lstrip("/")
        return Answer(file.read_bytes(), headers=headers) if file.is_file() else None

    return Server(answer)


@dataclass(frozen=True)
class File:
    """A file of a project on the index."""

    name: str
    requires_python: str | None = None
    yanked: bool | str = False
    uploaded: str | None = "2024-03-02T10:00:00.000000Z"
    depends: tuple[str, ...] = ()
    size: int | None = None
    modules: tuple[tuple[str, str], ...] = ()
    extras: tuple[str, ...] = ()
    is_hashed: bool = False

    @property
    def entry(self) -> dict[str, Any]:
        content = wheel_bytes(self.name, self.depends, self.modules, self.extras) if self.is_hashed else b""
        optional = {"requires-python": self.requires_python, "upload-time": self.uploaded, "size": self.size}
        return {
            "filename": self.name,
            "url": f"/files/{self.name}",
            "hashes": {"sha256": hashlib.sha256(content).hexdigest()} if self.is_hashed else {},
            "yanked": self.yanked,
            **{key: value for key, value in optional.items() if value is not None},
        }


def wheel(name: str, version: str, tag: str = "py3-none-any", **more: Any) -> File:
    """Return a wheel."""
    return File(f"{name.replace('-', '_')}-{version}-{tag}.whl", **more)


def sdist(name: str, version: str, **more: Any) -> File:
    """Return an sdist."""
    return File(f"{name.replace('-', '_')}-{version}.tar.gz", **more)


def sdist_bytes(file: File) -> bytes:
    """Return an sdist with its metadata, as setuptools writes it, and its modules."""
    stem = file.name.removesuffix(".tar.gz")
    name, _, version = stem.rpartition("-")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    members = [
        ("PKG-INFO", metadata),
        (f"{name}.egg-info/PKG-INFO", metadata),
        (f"{name}.egg-info/requires.txt", "".join(f"{one}\n" for one in file.depends)),
        *file.modules,
    ]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in members:
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def wheel_bytes(
    filename: str,
    depends: Iterable[str] = (),
    modules: Iterable[tuple[str, str]] = (),
    extras: Iterable[str] = (),
) -> bytes:
    """Return a wheel that holds its metadata, and modules as (path, code)."""
    name, version, *_ = filename.split("-")
    tag = filename.removesuffix(".whl").split("-", 2)[2]
    asked = "".join(f"Provides-Extra: {extra}\n" for extra in extras)
    asked += "".join(f"Requires-Dist: {item}\n" for item in depends)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        folder = f"{name}-{version}.dist-info"
        archive.writestr(
            zipfile.ZipInfo(f"{folder}/METADATA"), f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{asked}"
        )
        archive.writestr(zipfile.ZipInfo(f"{folder}/WHEEL"), f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        for path, code in modules:
            archive.writestr(zipfile.ZipInfo(path), code)
        listed = [path for path, _ in modules] + [f"{folder}/{file}" for file in ("METADATA", "WHEEL", "RECORD")]
        archive.writestr(zipfile.ZipInfo(f"{folder}/RECORD"), "".join(f"{path},,\n" for path in listed))
    return content.getvalue()


def project_json(name: str, files: list[File], status: Mapping[str, str] | None = None) -> bytes:
    """Return a project page (PEP 691, 700, 792)."""
    page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": [file.entry for file in files]}
    return json.dumps(page | ({"project-status": status} if status else {})).encode()


def project_html(name: str, files: list[File], status: Mapping[str, str] | None = None) -> bytes:
    """Return a project page (PEP 503, 592, 792)."""
    links = []
    for file in files:
        python = f' data-requires-python="{html.escape(file.requires_python)}"' if file.requires_python else ""
        yanked = ' data-yanked=""' if file.yanked else ""
        links.append(f'<a href="/files/{file.name}#sha256=00"{python}{yanked}>{file.name}</a><br/>')
    head = f'<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"><title>{name}</title>'
    for key, value in (status or {}).items():
        field = "pypi:project-status" + ("" if key == "status" else f"-{key}")
        head += f'<meta name="{field}" content="{html.escape(value)}">'
    return f"{head}</head><body>{''.join(links)}</body></html>".encode()


def index_server(
    projects: Mapping[str, list[File]],
    *,
    as_html: bool = False,
    login: str | None = None,
    statuses: Mapping[str, Mapping[str, str]] | None = None,
) -> Server:
    """Return a server for a package index at /simple/.

    Args:
        projects: Normalised name to files.
        as_html: Whether it sends only HTML.
        login: What the header ``Authorization`` must be, if anything.
        statuses: Normalised name to the status of the project and its reason (PEP 792).
    """

    def known(name: str) -> File | None:
        return next((file for files in projects.values() for file in files if file.name == name), None)

    def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
        if login and headers.get("authorization") != login:
            return Answer(b"who are you?", "text/plain", status=401)
        if file := re.fullmatch(r"/files/([^/]+\.whl)", path):
            name = unquote(file[1])
            held = known(name) or File(name)
            return Answer(wheel_bytes(name, held.depends, held.modules, held.extras))
        if file := re.fullmatch(r"/files/([^/]+\.tar\.gz)", path):
            source = known(unquote(file[1]))
            return Answer(sdist_bytes(source)) if source else None
        match = re.fullmatch(r"/simple/(?:([a-z0-9-]+)/)?", path)
        if match is None or (match[1] and match[1] not in projects):
            return None
        if match[1] is None:
            return Answer(b"<!DOCTYPE html><html><body></body></html>", HTML_TYPE)
        render, kind = (project_html, HTML_TYPE) if as_html else (project_json, JSON_TYPE)
        return Answer(render(match[1], projects[match[1]], (statuses or {}).get(match[1])), kind)

    return Server(answer)
