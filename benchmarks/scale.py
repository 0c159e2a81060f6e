"""Measure how long many lists take: a first look, a second one with nothing changed, and one with one package changed.

    python -m pip install ".[bench]"
    python benchmarks/scale.py --settings FOLDER --snapshot FOLDER [--lists 200] [--package sentencepiece]

--settings names real settings files, and --snapshot a partial conda-forge, which is served on loopback in place of the
real one. Each list is checked with five Pythons on four platforms. The package index, on loopback too, has one wheel of
each project, so pip can install what it is asked for. Install onelist as users do (not with -e).

Every look is a process of its own. Its CPU time includes that of the resolvers that it starts; the servers run in the
process of this program, on the same cores.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rattler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLATFORMS = "linux-64 linux-aarch64 osx-arm64 win-64"
LOOK = """
import datetime, os, sys
from onelist.cli.main import main
code = main(sys.argv[2:], now=datetime.datetime.fromisoformat(sys.argv[1]))
sys.stdout.flush()
os._exit(code)
"""
DAYS = ("2026-11-25T12:00:00+00:00", "2026-11-26T12:00:00+00:00", "2026-11-27T12:00:00+00:00")
_MEGABYTE = 1024


@cache
def wheel(name: str) -> bytes:
    """Return a wheel without requirements."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        folder = f"{name.replace('-', '_')}-1000.0.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1000.0\n"
        archive.writestr(zipfile.ZipInfo(f"{folder}/METADATA"), metadata)
        archive.writestr(zipfile.ZipInfo(f"{folder}/WHEEL"), "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(zipfile.ZipInfo(f"{folder}/RECORD"), "")
    return content.getvalue()


def index(path: str) -> tuple[bytes, str] | None:
    """Answer as a package index that has one wheel of each project (PEP 691)."""
    if match := re.fullmatch(r"/simple/([a-z0-9-]+)/", path):
        name = match[1]
        file = f"{name.replace('-', '_')}-1000.0-py3-none-any.whl"
        entry = {
            "filename": file,
            "url": f"/files/{name}/{file}",
            "hashes": {"sha256": hashlib.sha256(wheel(name)).hexdigest()},
            "upload-time": "2026-01-01T00:00:00Z",
        }
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": ["1000.0"], "files": [entry]}
        return json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
    if match := re.fullmatch(r"/files/([a-z0-9-]+)/[^/]+", path):
        return wheel(match[1]), "application/octet-stream"
    return None


@contextmanager
def served(answer: Callable[[str], tuple[bytes, str] | None]) -> Iterator[str]:
    """Serve on loopback; the server answers a page that the client knows with "not modified"."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            found = answer(self.path)
            content, kind = found or (b"not found", "text/plain")
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            is_known = self.headers.get("If-None-Match") == tag
            self.send_response_only(304 if is_known else 200 if found else 404)
            self.send_header("ETag", tag)
            self.send_header("Cache-Control", "no-cache")
            if not is_known:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET" and not is_known:
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def channel(folder: Path) -> Callable[[str], tuple[bytes, str] | None]:
    """Return the answers of a channel in a folder."""

    def answer(path: str) -> tuple[bytes, str] | None:
        file = folder / path.lstrip("/")
        return (file.read_bytes(), "application/json") if file.is_file() else None

    return answer


def write_lists(settings: Path, folder: Path, count: int) -> int:
    """Copy real settings files, each with five Pythons and four platforms; return how many different ones there are."""
    files = sorted(settings.glob("*.ini"))
    readable = [path for path in files if is_readable(path)]
    for number in range(count):
        path = readable[number % len(readable)]
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not re.match(r"(min_python|platforms|conda_channels)\s*[=:]", line)]
        kept.insert(kept.index("[DEFAULT]") + 1, f"min_python = 3.11\nplatforms = {PLATFORMS}")
        (folder / f"{number:04}").mkdir(parents=True)
        (folder / f"{number:04}/settings.ini").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return min(len(readable), count)


def is_readable(path: Path) -> bool:
    """Tell whether onelist reads a settings file."""
    command = [sys.executable, "-m", "onelist", "check", "--settings-only", "--format", "json", str(path)]
    ran = subprocess.run(command, capture_output=True, check=False)
    has_section = "[DEFAULT]" in path.read_text(encoding="utf-8", errors="replace").splitlines()
    return has_section and json.loads(ran.stdout)["settings"] is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at all lists.

    Attributes:
        seconds: How long it took.
        processor: The CPU time, that of the resolvers included.
        memory: The memory of the process at its highest, in MB.
        rows: The resolutions of each list.
    """

    seconds: float
    processor: float
    memory: float
    rows: list[list[dict[str, Any]]]

    def proved_again(self) -> int:
        """Return how many lists were resolved in this look, at least for one target."""
        return sum(any(row["proved"] is None for row in rows) for rows in self.rows)

    def answers(self) -> list[list[dict[str, Any]]]:
        """Return the resolutions without the day and the words of the resolvers."""
        left_out = {"proved", "reason"}
        return [[{key: one for key, one in row.items() if key not in left_out} for row in rows] for rows in self.rows]


def look(folder: Path, day: str, index_url: str, environment: dict[str, str]) -> Look:
    """Check all lists once."""
    command = [sys.executable, "-c", LOOK, day, "check", "many", "--format", "json"]
    command += ["--channel", "conda-forge", "--index-url", f"{index_url}/simple/"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as process:
        output = process.stdout.read() if process.stdout else b""
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    results = json.loads(output)["results"]
    return Look(
        seconds=seconds,
        processor=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        memory=usage.ru_maxrss / _MEGABYTE,
        rows=[one["resolutions"] for one in results],
    )


def change(snapshot: Path, package: str) -> None:
    """Add a newer record of a package to the channel."""
    for path in sorted(snapshot.glob("*/repodata.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        found = {file: one for file, one in data["packages.conda"].items() if one["name"] == package}
        if found:
            file, newest = max(found.items(), key=lambda item: item[1]["timestamp"])
            data["packages.conda"][f"newer-{file}"] = newest | {"build_number": newest["build_number"] + 1}
            path.write_text(json.dumps(data), encoding="utf-8")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--snapshot", type=Path, required=True)
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--package", default="sentencepiece")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        different = write_lists(arguments.settings, folder / "many", arguments.lists)
        snapshot = folder / "snapshot"
        shutil.copytree(arguments.snapshot, snapshot, copy_function=shutil.copyfile)
        for path in [snapshot, *snapshot.rglob("*")]:
            path.chmod(0o700)
        config = folder / "config/rattler/config.toml"
        config.parent.mkdir(parents=True)
        base = rattler.Channel("conda-forge").base_url.rstrip("/")
        environment = {
            **os.environ,
            "ONELIST_CACHE_DIR": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        with served(channel(snapshot)) as forge, served(index) as index_url:
            config.write_text(f'[mirrors]\n"{base}" = ["{forge}"]\n', encoding="utf-8")
            first = look(folder, DAYS[0], index_url, environment)
            second = look(folder, DAYS[1], index_url, environment)
            change(snapshot, arguments.package)
            third = look(folder, DAYS[2], index_url, environment)
            shutil.rmtree(folder / "cache")
            fresh = look(folder, DAYS[2], index_url, environment)
    looks = {
        "first look": first,
        "second look, nothing changed": second,
        f"third look, {arguments.package} changed": third,
        "the same without a cache": fresh,
    }
    count = sum(len(rows) for rows in first.rows)
    print(f"{arguments.lists} lists ({different} different ones), {count} answers")
    print(f"| {'':40} | seconds | CPU seconds | memory, MB | lists resolved again | of the first look |")
    print("|---|---|---|---|---|---|")
    for words, one in looks.items():
        print(
            f"| {words:40} | {one.seconds:.1f} | {one.processor:.1f} | {one.memory:.0f} | {one.proved_again()} | "
            f"{one.seconds / first.seconds:.3f} |"
        )
    print(f"the second look says the same: {second.answers() == first.answers()}")
    print(f"the third look says the same as one without a cache: {third.answers() == fresh.answers()}")


if __name__ == "__main__":
    main()
