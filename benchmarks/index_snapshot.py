"""A copy of the parts of a package index that were asked for, served on loopback, so that every run has the same index.

    python benchmarks/index_snapshot.py FOLDER

What FOLDER does not have yet is fetched once from the main index of the installers' settings: pages (PEP 691),
metadata of wheels (PEP 658) and source distributions. The program prints its address, and ends when its input does.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

import urllib3

from onelist.sources.installers import find_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = "application/vnd.pypi.simple.v1+json"
_NOT_FOUND, _NOT_MODIFIED, _OK = 404, 304, 200


class Snapshot:
    """The copy: ``pages/NAME.json`` as the index sent it, and ``files/``."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made if it does not exist."""
        found = find_indexes(None, ())
        self._main = found.indexes[0].address.rstrip("/")
        self._http = urllib3.PoolManager(ca_certs=found.certificates or None, maxsize=16)
        self._folder = folder
        self._addresses: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}
        for place in ("pages", "files"):
            (folder / place).mkdir(parents=True, exist_ok=True)

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """Return the body and the type of what is at a path; None where the index has nothing there."""
        kind, _, rest = path.strip("/").partition("/")
        if path == "/simple/":
            return b'{"meta": {"api-version": "1.0"}, "projects": []}', PAGE
        if kind == "simple" and rest:
            content = self._stored(self._folder / "pages" / f"{rest}.json", f"{self._main}/{rest}/", {"Accept": PAGE})
            return (self._page(content), PAGE) if content else None
        if kind == "files":
            key, _, name = unquote(rest).partition("/")
            metadata = ".metadata" if name.endswith(".metadata") else ""
            address = self._addresses.get(key)
            stored = self._folder / "files" / f"{key}{metadata}"
            content = self._stored(stored, f"{address}{metadata}", {}) if address else b""
            return (content, "application/octet-stream") if content else None
        return None

    def _stored(self, path: Path, address: str, headers: Mapping[str, str]) -> bytes:
        """Return what is stored; fetch it where it is not. Nothing is stored as an empty file."""
        with self._locks.setdefault(str(path), threading.Lock()):
            if not path.is_file():
                response = self._http.request("GET", address, headers=headers)
                if response.status not in {_OK, _NOT_FOUND}:
                    raise OSError(f"the index answered {response.status}")
                path.write_bytes(response.data if response.status == _OK else b"")
            return path.read_bytes()

    def _page(self, content: bytes) -> bytes:
        """Return a page whose files are here."""
        page = json.loads(content)
        base = f"{self._main}/{page['name']}/"
        for file in page["files"]:
            address = urljoin(base, file["url"])
            key = hashlib.sha256(address.encode()).hexdigest()[:24]
            self._addresses[key] = address
            file["url"] = f"/files/{key}/{file['filename']}"
        return json.dumps(page).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_GET(self) -> None:
        """Answer a request."""
        found = self.server.snapshot.answer(self.path)
        if found is None:
            self._send(_NOT_FOUND, b"not found", {})
            return
        content, kind = found
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Content-Type": kind, "Cache-Control": "max-age=600"}
        if self.headers.get("If-None-Match") == tag:
            self._send(_NOT_MODIFIED, b"", headers)
        else:
            self._send(_OK, content, headers)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != _NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status != _NOT_MODIFIED:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no log."""


class _Listener(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def __init__(self, snapshot: Snapshot) -> None:
        """Take what is served."""
        self.snapshot = snapshot
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no news."""


def main() -> None:
    """Serve a folder until the input ends."""
    server = _Listener(Snapshot(Path(sys.argv[1])))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
