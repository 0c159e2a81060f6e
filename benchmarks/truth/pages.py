"""A package index on loopback: releases as Python values, written as pages (PEP 691), wheels and source distributions.

The source distributions build with a backend of their own, without setuptools and without a network.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import threading
import zipfile
from dataclasses import dataclass, replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PAGE = "application/vnd.pypi.simple.v1+json"
_NOT_FOUND, _NOT_MODIFIED, _OK = 404, 304, 200
_BACKEND = '''"""Builds this source distribution: it reads PKG-INFO and needs nothing."""
import os, zipfile
BROKEN = {broken!r}
METADATA = {metadata!r}
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    if BROKEN:
        raise SystemExit(BROKEN)
    said = dict(line.split(": ", 1) for line in METADATA.splitlines())
    folder = said["Name"].replace("-", "_") + "-" + said["Version"] + ".dist-info"
    os.makedirs(os.path.join(directory, folder))
    with open(os.path.join(directory, folder, "METADATA"), "w") as file:
        file.write(METADATA)
    with open(os.path.join(directory, folder, "WHEEL"), "w") as file:
        file.write("Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return folder
def build_wheel(directory, config_settings=None, metadata_directory=None):
    raise SystemExit("this backend only prepares metadata")
def build_sdist(directory, config_settings=None):
    raise SystemExit("this backend only prepares metadata")
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source distribution.

    Attributes:
        kind: Its archive.
        says: Where it says what it depends on: in ``requires.txt`` of an egg-info as setuptools writes it, in a static
            PKG-INFO (PEP 643), in an egg-info that names no dependency, or nowhere.
        compiled: Whether it holds a C source.
        broken: What its build says before it fails; empty where it does not fail.
        stem: ``NAME-VERSION`` in its file name; empty for the usual one.
        metadata: What it and its build say instead of the right metadata; empty for the right ones.
        content: Its bytes instead of an archive.
        damage: What is wrong with its archive.
    """

    kind: Literal["tar.gz", "zip"] = "tar.gz"
    says: Literal["requires.txt", "static", "nothing"] = "requires.txt"
    compiled: bool = False
    broken: str = ""
    stem: str = ""
    metadata: str = ""
    content: bytes | None = None
    damage: Literal["", "cut off", "a link", "an absolute path", "no metadata"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version of a project.

    Attributes:
        version: The version, as in the file names.
        depends: Its Requires-Dist.
        extras: Its Provides-Extra.
        python: The Requires-Python of the page; None for none.
        metadata_python: The Requires-Python in the metadata; None for the same.
        yanked: Whether it is yanked.
        wheels: The tags of its wheels.
        sources: Its source distributions.
        metadata: Further lines of the metadata, or other ones where it begins with ``Metadata-Version``.
        separate: Whether the index serves the metadata on its own (PEP 658).
        content: The bytes of its wheels instead of right ones.
    """

    version: str
    depends: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    python: str | None = None
    metadata_python: str | None = None
    yanked: bool = False
    wheels: tuple[str, ...] = ("py3-none-any",)
    sources: tuple[Source, ...] = ()
    metadata: str = ""
    separate: bool = True
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of an index.

    Attributes:
        releases: Its versions.
        status: Its PEP 792 status; empty for none.
        spelling: Its name as metadata and file names write it; empty for the usual one.
    """

    releases: tuple[Release, ...] = ()
    status: str = ""
    spelling: str = ""


def metadata_of(name: str, release: Release, version: str = "2.1") -> str:
    """Return the core metadata of a release."""
    if release.metadata.startswith("Metadata-Version"):
        return release.metadata.format(name=name, version=release.version)
    python = release.python if release.metadata_python is None else release.metadata_python
    lines = [f"Metadata-Version: {version}", f"Name: {name}", f"Version: {release.version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    lines += [f"Provides-Extra: {extra}" for extra in release.extras]
    lines += [f"Requires-Dist: {item}" for item in release.depends]
    return "\n".join(lines) + "\n" + release.metadata


def wheel_bytes(name: str, release: Release, tag: str) -> bytes:
    """Return a wheel without modules."""
    if release.content is not None:
        return release.content
    folder = f"{_escaped(name)}-{release.version}.dist-info"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{folder}/METADATA", metadata_of(name, release))
        archive.writestr(f"{folder}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        listed = "".join(f"{folder}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD"))
        archive.writestr(f"{folder}/RECORD", listed)
    return content.getvalue()


def source_bytes(name: str, release: Release, source: Source, folder: str) -> bytes:
    """Return a source distribution, as pip builds it and as setuptools would have written it."""
    if source.content is not None:
        return source.content
    static = source.says == "static"
    lies = source.metadata.format(name=name, version=release.version)
    right = lies or metadata_of(name, release, "2.2" if static else "1.2")
    plain = "\n".join(line for line in right.splitlines() if not line.startswith(("Requires-Dist", "Provides-Extra")))
    backend = _BACKEND.format(broken=source.broken, metadata=right)
    files = {
        "PKG-INFO": right if static else plain + "\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": backend,
    }
    if source.says == "requires.txt":
        egg = f"{_escaped(name)}.egg-info"
        files |= {f"{egg}/PKG-INFO": plain + "\n", f"{egg}/requires.txt": _requires(release.depends)}
    if source.compiled:
        files["source.c"] = "int main(void) { return 0; }\n"
    if source.damage == "no metadata":
        files = {path: text for path, text in files.items() if "PKG-INFO" not in path and "egg-info" not in path}
    placed = {f"{folder}/{path}": text.encode() for path, text in files.items()}
    placed |= {"/absolute.py": b""} if source.damage == "an absolute path" else {}
    content = _archive(source.kind, placed, f"{folder}/setup.cfg" if source.damage == "a link" else "")
    return content[: len(content) // 2] if source.damage == "cut off" else content


def _requires(depends: Iterable[str]) -> str:
    """Return requires.txt as setuptools writes it: a section for each marker."""
    sections: dict[str, list[str]] = {"": []}
    for item in depends:
        requirement, _, marker = item.partition(";")
        extra = marker.partition("extra ==")[2].strip(" '\"")
        section = extra or (f":{marker.strip()}" if marker.strip() else "")
        sections.setdefault(section, []).append(requirement.strip())
    parts = [f"[{section}]\n" * bool(section) + "\n".join(items) for section, items in sections.items()]
    return "\n\n".join(parts).strip() + "\n"


def _archive(kind: str, files: Mapping[str, bytes], link: str = "") -> bytes:
    """Return an archive; ``link`` in it leads out of its folder."""
    content = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as zipped:
            for path, data in files.items():
                zipped.writestr(path, data)
        return content.getvalue()
    with tarfile.open(fileobj=content, mode="w:gz") as tarred:
        if link:
            outside = tarfile.TarInfo(link)
            outside.type, outside.linkname = tarfile.SYMTYPE, "../../../outside"
            tarred.addfile(outside)
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tarred.addfile(member, io.BytesIO(data))
    return content.getvalue()


def write_index(folder: Path, projects: Mapping[str, Project], address: str = "") -> None:
    """Write an index: a page for each project, and its files.

    Args:
        folder: Where. It is served as ``ADDRESS/simple/``.
        projects: Names, and what there is of them.
        address: What ``{url}`` in a dependency is.
    """
    for name, project in projects.items():
        spelled = project.spelling or name
        place = folder / "simple" / canonicalize_name(name)
        place.mkdir(parents=True, exist_ok=True)
        releases = [_placed(release, address) for release in project.releases]
        files = [entry for release in releases for entry in _files(place, spelled, release)]
        page: dict[str, Any] = {"meta": {"api-version": "1.4"}, "name": canonicalize_name(name), "files": files}
        page["versions"] = sorted({release.version for release in project.releases})
        if project.status:
            page["project-status"] = {"status": project.status, "reason": "for a test"}
        (place / "index.json").write_text(json.dumps(page), encoding="utf-8")
    listed = [{"name": path.name} for path in sorted((folder / "simple").iterdir()) if path.is_dir()]
    root = {"meta": {"api-version": "1.4"}, "projects": listed}
    (folder / "simple/index.json").write_text(json.dumps(root), encoding="utf-8")


def _placed(release: Release, address: str) -> Release:
    """Return a release for this index and this Python: other Pythons have other wheel tags."""
    own = f"cp{sys.version_info.major}{sys.version_info.minor}"
    depends = tuple(item.replace("{url}", address) for item in release.depends)
    return replace(release, depends=depends, wheels=tuple(tag.replace("cp311", own) for tag in release.wheels))


def _files(place: Path, name: str, release: Release) -> Iterable[dict[str, Any]]:
    """Write the files of a release, and yield what the page says of them."""
    for tag in release.wheels:
        path = place / f"{_escaped(name)}-{release.version}-{tag}.whl"
        path.write_bytes(wheel_bytes(name, release, tag))
        entry = _entry(path, release)
        if release.separate and release.content is None:
            text = metadata_of(name, release).encode()
            path.with_name(path.name + ".metadata").write_bytes(text)
            entry["core-metadata"] = {"sha256": hashlib.sha256(text).hexdigest()}
        yield entry
    for source in release.sources:
        stem = source.stem or f"{_escaped(name)}-{release.version}"
        path = place / f"{stem}.{source.kind}"
        path.write_bytes(source_bytes(name, release, source, stem))
        yield _entry(path, release)


def _entry(path: Path, release: Release) -> dict[str, Any]:
    content = path.read_bytes()
    entry: dict[str, Any] = {
        "filename": path.name,
        "url": path.name,
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        "size": len(content),
        "upload-time": "2024-03-02T10:00:00.000000Z",
        "yanked": release.yanked,
    }
    return entry | ({"requires-python": release.python} if release.python is not None else {})


def _escaped(name: str) -> str:
    return name.replace("-", "_")


class _Handler(SimpleHTTPRequestHandler):
    """Serves pages with the type that they have."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request."""
        file = self._file()
        if file is None:
            self._send(_NOT_FOUND, b"not found", {})
            return
        content = file.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        kind = PAGE if file.name == "index.json" else "application/octet-stream"
        if self.headers.get("If-None-Match") == tag:
            self._send(_NOT_MODIFIED, b"", {"ETag": tag})
        else:
            self._send(_OK, content, {"ETag": tag, "Content-Type": kind, "Cache-Control": "max-age=600"})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def _file(self) -> Path | None:
        from pathlib import Path

        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.endswith("/"):
            path /= "index.json"
        return path if path.is_file() else None

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != _NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no log."""


class _Listener(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no news."""


class Served:
    """A folder that is served on loopback while it is entered.

    Attributes:
        address: Its address, without a slash at the end.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._server = _Listener(("127.0.0.1", 0), lambda *args: _Handler(*args, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve it."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Serve it no longer."""
        self._server.shutdown()
        self._server.server_close()
