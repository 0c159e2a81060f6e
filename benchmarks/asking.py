"""Measure the queries to the index and to channels: whole processes with servers on loopback.

    python -m pip install ".[bench]"
    python benchmarks/asking.py [--rounds 7] [--channel FOLDER] [--settings FOLDER --snapshot FOLDER]

FOLDER of --channel is what make_channel.py writes. Without it, the program makes one in a temporary folder (half a
minute). --settings and --snapshot name real settings files and a partial conda-forge, for the part about many lists.
Without them, the program skips that part. Install onelist as users do (not with -e), so that its byte code is compiled.

Servers run in their own process, on the same cores. In each round every benchmark runs once, in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from make_channel import MEMBERS, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PYTHON = [sys.executable, "-c"]
ONELIST = [*PYTHON, "from onelist.cli.main import run; run()"]
FILES_PER_PROJECT = 300
NOT_FOUND, NOT_MODIFIED, OK = 404, 304, 200

BARE = """
import asyncio, json, os, sys, time
import rattler
urls, platforms, names, cache, sharded = json.loads(sys.argv[1])
async def main():
    settings = rattler.SourceConfig(sharded_enabled=sharded)
    gateway = rattler.Gateway(cache_dir=cache, default_config=settings)
    semaphore = asyncio.Semaphore(99 if sharded else 2)
    async def ask(url, platform):
        async with semaphore:
            found = await gateway.query([rattler.Channel(url)], [platform], names, recursive=False)
            gateway.clear_repodata_cache(rattler.Channel(url), [rattler.Subdir(platform)])
            return found
    began = time.perf_counter()
    found = await asyncio.gather(*(ask(url, platform) for url in urls for platform in platforms))
    print(time.perf_counter() - began, sum(len(records) for one in found for records in one))
asyncio.run(main())
sys.stdout.flush()
os._exit(0)
"""
"""Only rattler's own query, with the same names as onelist's query."""

NINE = """
import asyncio, datetime, os, sys, time
from concurrent.futures import ThreadPoolExecutor
import urllib3
from onelist.sources.config import NetworkOptions
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession
async def main():
    client = await IndexClient.open(SourceSession(options), ThreadPoolExecutor(16))
    await client.ask(sys.argv[2:])
now = datetime.datetime.now(tz=datetime.UTC)
options = NetworkOptions(environment=os.environ, index_url=sys.argv[1], now=now)
began = time.perf_counter()
asyncio.run(main())
print(time.perf_counter() - began)
"""
"""onelist asks the index for nine names."""

OURS = """
import datetime, json, os, sys, time
from onelist.analysis.gather import QueryPlan, gather
from onelist.sources.config import NetworkOptions
from onelist.sources.session import SourceSession
import onelist.sources.conda.channel, onelist.sources.conda.gateway, urllib3
urls, platforms, names, cache, sharded = json.loads(sys.argv[1])
os.environ["ONELIST_CACHE_DIR"] = cache
options = NetworkOptions(environment=os.environ, now=datetime.datetime.now(tz=datetime.UTC))
channels = {url: frozenset(names) for url in urls}
plan = QueryPlan(projects=frozenset(), channels=channels, platforms=tuple(platforms[1:]))
began = time.perf_counter()
data = gather(plan, SourceSession(options), lambda more, who: None)
print(time.perf_counter() - began, len(data.channels))
sys.stdout.flush()
os._exit(0)
"""
"""The same through onelist: configuration, retries, the request for shards, and the check of the answers.

Both load their modules before the clock starts. The figures of the whole command include the time for loading."""


class Handler(SimpleHTTPRequestHandler):
    """Serves files with ETags, counts requests at /count, and hides the shards of a channel that must not have them."""

    protocol_version = "HTTP/1.1"
    counts: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path == "/count":
            self.send(OK, json.dumps(dict(self.counts)).encode())
            self.counts.clear()
            return
        self.counts[self.command] += 1
        hides, _, path = self.path.lstrip("/").partition("/")
        file = Path(self.directory) / path
        if file.is_dir():
            file /= "index.json"
        if not file.is_file() or (hides == "zst" and "shards" in path):
            self.send(NOT_FOUND, b"")
            return
        status = file.stat()
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        kind = "application/vnd.pypi.simple.v1+json" if file.name == "index.json" else "application/octet-stream"
        if self.headers.get("If-None-Match") == tag:
            self.send(NOT_MODIFIED, b"", {"ETag": tag})
        else:
            age = 600 if file.name == "index.json" else 0  # as the public index says
            headers = {"ETag": tag, "Content-Type": kind, "Cache-Control": f"max-age={age}"}
            self.send(OK, file.read_bytes(), headers)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status != NOT_MODIFIED:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no log."""


class Server(ThreadingHTTPServer):
    """A server for many connections at the same time."""

    request_queue_size = 256
    daemon_threads = True


def serve(folder: str) -> None:
    """Serve a folder until the process ends; print the port."""

    def handler(*arguments: Any) -> Handler:  # noqa: ANN401 - socketserver passes these
        return Handler(*arguments, directory=folder)

    server = Server(("127.0.0.1", 0), handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


@dataclass(slots=True)
class Process:
    """The result of one run of a process."""

    seconds: float
    megabytes: float
    out: str


def run(command: list[str], environment: dict[str, str], expected: tuple[int, ...] = (0, 1)) -> Process:
    """Run a process; measure its time and its memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode not in expected:
            raise SystemExit(f"{command} ended with {process.returncode}: {err.read().decode()}")
        return Process(seconds, usage.ru_maxrss / 1024, out.read().decode())


@dataclass(slots=True)
class Benchmark:
    """A command to measure; ``before`` prepares the caches."""

    title: str
    command: list[str]
    before: Callable[[], object]
    goal: str = ""
    runs: list[Process] = field(default_factory=list)
    inner: bool = False
    """Whether the process itself prints the seconds that count."""

    def once(self, environment: dict[str, str]) -> None:
        """Run the command once, after the files of the run before it are on the disk."""
        self.before()
        os.sync()
        self.runs.append(run(self.command, environment))

    @property
    def seconds(self) -> float:
        """The median of all runs."""
        return statistics.median(float(one.out.split()[0]) if self.inner else one.seconds for one in self.runs)

    def row(self, bare: Benchmark) -> str:
        """Return a line of the table, with the ratio of this median to the median of ``bare``."""
        fastest = min(float(one.out.split()[0]) if self.inner else one.seconds for one in self.runs)
        memory = max(one.megabytes for one in self.runs)
        ratio = f"{self.seconds / bare.seconds:.2f} x" if bare is not self else ""
        return f"| {self.title} | {self.seconds:.2f} | {fastest:.2f} | {memory:.0f} | {ratio} | {self.goal} |"


def settings_text(urls: list[str], key: str) -> str:
    """Return the text of a settings file with the benchmark's requirements."""
    return (
        "[DEFAULT]\nlib_name = bench\nversion = 1\ndescription = d\nlicense = mit\nmin_python = 3.11\n"
        f"git_url = https://example.org/x\nconda_maintainers = ada\nconda_channels = {' '.join(urls)}\n"
        f"platforms = {' '.join(PLATFORMS)}\n{key} = {' '.join(MEMBERS)}\n"
    )


def write_index(folder: Path, names: list[str]) -> None:
    """Write project pages of the size of those of well-known projects."""
    for name in names:
        files = [
            {
                "filename": f"{name.replace('-', '_')}-{number // 10}.{number % 10}.0-py3-none-any.whl",
                "url": f"{name}-{number}",
                "hashes": {"sha256": f"{number:064x}"},
                "requires-python": ">=3.8",
                "upload-time": "2026-01-01T00:00:00.000000Z",
            }
            for number in range(FILES_PER_PROJECT)
        ]
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": files}
        (folder / "simple" / name).mkdir(parents=True)
        (folder / "simple" / name / "index.json").write_text(json.dumps(page), encoding="utf-8")
    (folder / "simple/index.json").write_text('{"meta": {"api-version": "1.1"}, "projects": []}', encoding="utf-8")


def requests(base: str) -> str:
    """Return the number of requests since the last call, and start counting again."""
    import urllib.request

    counts: dict[str, int] = json.loads(urllib.request.urlopen(f"{base}/count").read())  # noqa: S310 - loopback
    return " + ".join(f"{number} {method}" for method, number in sorted(counts.items())) or "0"


def channel_benchmarks(bases: tuple[str, str, str], cache: Path, settings: Path) -> Iterator[list[Benchmark]]:
    """Yield the benchmarks about channels, in groups that are compared with each other."""
    huge, small, index = bases
    names = [*MEMBERS, "python", "python_abi"]
    empty: Callable[[], object] = lambda: shutil.rmtree(cache, ignore_errors=True)  # noqa: E731 - short
    empty_ours: Callable[[], object] = lambda: shutil.rmtree(cache / "ours", ignore_errors=True)  # noqa: E731
    empty_bare: Callable[[], object] = lambda: shutil.rmtree(cache / "bare", ignore_errors=True)  # noqa: E731
    keep: Callable[[], object] = lambda: None  # noqa: E731
    for kind, goals in (("sharded", ("1.0 s, 150 MB", "0.4 s, 150 MB")), ("zst", ("450 MB", "450 MB"))):
        urls = [f"{small}/{kind}", f"{huge}/{kind}"]
        file = settings / f"{kind}.ini"
        file.write_text(settings_text(urls, "conda_requirements"), encoding="utf-8")
        check = [*ONELIST, "check", str(file), "--no-resolve", "--index-url", f"{index}/x/simple/"]
        asked = json.dumps([urls, ["noarch", *PLATFORMS], names, str(cache / "bare"), kind == "sharded"])
        ours = json.dumps([urls, ["noarch", *PLATFORMS], names, str(cache / "ours"), kind == "sharded"])
        yield [
            Benchmark(f"check, {kind}, cold", check, empty, goals[0]),
            Benchmark(f"check, {kind}, warm", check, keep, goals[1]),
        ]
        yield [
            Benchmark(f"rattler's own query, {kind}, cold", [*PYTHON, BARE, asked], empty_bare, inner=True),
            Benchmark(f"onelist's queries, {kind}, cold", [*PYTHON, OURS, ours], empty_ours, "1.3 x", inner=True),
            Benchmark(f"rattler's own query, {kind}, warm", [*PYTHON, BARE, asked], keep, inner=True),
            Benchmark(f"onelist's queries, {kind}, warm", [*PYTHON, OURS, ours], keep, "1.3 x", inner=True),
        ]


def many_lists(folder: Path, rounds: int, environment: dict[str, str], options: argparse.Namespace) -> None:
    """Print the time of one call for more and more real lists: each further list costs almost nothing."""
    files = sorted(options.settings.glob("*.ini"))
    lists = folder / "lists"
    lists.mkdir()
    for number in range(200):
        source = files[number % len(files)]
        text = source.read_text(encoding="utf-8", errors="replace")
        copy = f"copy-{number // len(files)}-" if number >= len(files) else ""
        (lists / f"{copy}{source.stem}.ini").write_text(text, encoding="utf-8")
    paths = sorted(map(str, lists.glob("*.ini")), key=lambda path: ("fastai__course20.ini" not in path, path))
    words = {word for path in files for word in re.findall(r"[A-Za-z][\w.-]+", path.read_text(encoding="utf-8"))}
    write_index(folder / "many", sorted({re.sub(r"[-_.]+", "-", word).lower().strip("-") for word in words} - {""}))
    again = 200 - len(files)
    print(f"\nThere are {len(files)} real settings files. The row 200 has these and {again} of them a second time.\n")
    print("| lists in one call | cold, s | warm, s | requests cold: index | channel | requests warm: index | channel |")
    print("|---|---|---|---|---|---|---|")
    with started(options.snapshot) as channel, started(folder / "many") as index:
        for count in (1, 10, 100, 200):
            command = [*ONELIST, "check", "--no-resolve", *paths[:count], "--channel", f"{channel}/x"]
            command += ["--index-url", f"{index}/x/simple/", "--format", "json"]
            row: dict[str, list[float]] = {"cold": [], "warm": []}
            seen: dict[str, str] = {}
            for _ in range(rounds):
                shutil.rmtree(environment["ONELIST_CACHE_DIR"], ignore_errors=True)
                for status in ("cold", "warm"):
                    requests(channel), requests(index)
                    row[status].append(run(command, environment, (0, 1, 2)).seconds)
                    seen[status] = f"{requests(index)} | {requests(channel)}"
            cold, warm = (statistics.median(row[status]) for status in ("cold", "warm"))
            print(f"| {count} | {cold:.2f} | {warm:.2f} | {seen['cold']} | {seen['warm']} |")


def only_the_index(folder: Path, rounds: int, environment: dict[str, str]) -> None:
    """Print the time for nine names on the index, and the time for only the same nine requests."""
    names = [f"project-{number}" for number in range(9)]
    write_index(folder / "nine", names)
    (folder / "none/noarch").mkdir(parents=True)
    (folder / "none/noarch/repodata.json").write_text('{"packages": {}}', encoding="utf-8")
    bare = (
        "import sys, time, urllib3; from concurrent.futures import ThreadPoolExecutor;"
        "pool = urllib3.PoolManager(maxsize=16); began = time.perf_counter();"
        "ask = lambda name: pool.request('GET', f'{sys.argv[1]}/{name}/').data;"
        "list(ThreadPoolExecutor(16).map(ask, sys.argv[2:])); print(time.perf_counter() - began)"
    )
    empty = lambda: shutil.rmtree(environment["ONELIST_CACHE_DIR"], ignore_errors=True)  # noqa: E731
    with started(folder / "nine") as index:
        address = f"{index}/x/simple"
        benchmarks = [
            Benchmark("nine pages, only urllib3", [*PYTHON, bare, address, *names], empty, inner=True),
            Benchmark("nine pages, onelist, cold", [*PYTHON, NINE, address, *names], empty, inner=True),
            Benchmark("nine pages, onelist, warm", [*PYTHON, NINE, address, *names], lambda: None, inner=True),
        ]
        counted = {}
        for _ in range(rounds):
            for benchmark in benchmarks:
                requests(index)
                benchmark.once(environment)
                counted[benchmark.title] = requests(index)
    print("\n| asking the index for nine names | median, ms | requests |\n|---|---|---|")
    for benchmark in benchmarks:
        print(f"| {benchmark.title} | {benchmark.seconds * 1000:.0f} | {counted[benchmark.title]} |")


class started:  # noqa: N801 - reads as a word in the with statement
    """A server for a folder, in its own process; gives its address."""

    def __init__(self, folder: Path) -> None:
        """Store the folder."""
        self._folder = folder

    def __enter__(self) -> str:
        """Start the server."""
        command = [sys.executable, __file__, "--serve", str(self._folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return f"http://127.0.0.1:{self._process.stdout.readline().strip() if self._process.stdout else ''}"

    def __exit__(self, *_: object) -> None:
        """End the server."""
        self._process.communicate("")


def make(folder: Path, names: int, records: int) -> None:
    """Make a channel in its own process. Otherwise its memory counts for the processes that start after it."""
    script = Path(__file__).with_name("make_channel.py")
    command = [sys.executable, str(script), str(folder), "--names", str(names), "--records", str(records)]
    subprocess.run(command, check=True)


def main() -> None:
    """Measure everything and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--channel", type=Path)
    parser.add_argument("--settings", type=Path)
    parser.add_argument("--snapshot", type=Path)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["ONELIST_CACHE_DIR"] = str(folder / "cache")
        if options.channel is None:
            options.channel = folder / "huge"
            make(options.channel, 30_000, 700_000)
        make(folder / "small", 100, 2_000)
        write_index(folder / "pages", list(MEMBERS))
        print("| 20 requirements, 2 channels, 5 platforms | median, s | fastest, s | at most, MB | ratio | goal |")
        print("|---|---|---|---|---|---|")
        with started(options.channel) as huge, started(folder / "small") as small, started(folder / "pages") as index:
            for benchmarks in channel_benchmarks((huge, small, index), folder / "cache", folder):
                for _ in range(options.rounds):
                    for benchmark in benchmarks:
                        benchmark.once(environment)
                for number, benchmark in enumerate(benchmarks):
                    print(benchmark.row(benchmarks[number - 1] if number % 2 and benchmark.inner else benchmark))
        only_the_index(folder, options.rounds, environment)
        if options.settings and options.snapshot:
            many_lists(folder, min(options.rounds, 3), environment, options)


if __name__ == "__main__":
    main()
