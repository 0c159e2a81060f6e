"""Measure how long onelist check takes to resolve a list with pip for 25 targets, beside a former commit.

    python -m pip install ".[bench]"
    python benchmarks/pip_targets.py --former PYTHON --index FOLDER [--rounds 3] [--only loopback]

--former names the interpreter of an environment with a former commit of onelist; without it, only this one is measured.
--index names a folder for a copy of the parts of the index that the lists need; it is filled by a first run that does
not count. Install onelist as users do (not with -e). Each round runs every benchmark once, in turn: *cold* without
any cache, *second* with the caches of the cold call before it.

The memory is that of onelist's process that does the work at its highest, and of all its processes together at one time
(Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EIGHT = "graphviz pandas requests transformers datasets ipywidgets sentencepiece beautifulsoup4"
SOURCES = f"{EIGHT} docopt sgmllib3k antlr4-python3-runtime<4.10"
"""The same with three members of which the index has only source distributions."""
PLATFORMS = "linux-64 linux-aarch64 osx-64 osx-arm64 win-64"
LISTS = {"8 requirements": EIGHT, "8, and 3 with only a source": SOURCES}
_KILOBYTE = 1024


@dataclass(slots=True)
class Memory:
    """The memory of a process and of its descendants, looked at twenty times a second.

    Attributes:
        own: The most that one process of onelist had, in MB: the one that does the work, without the resolvers.
        tree: The most that all had at one time, in MB. What several processes share counts once (Pss).
    """

    own: float = 0
    tree: float = 0

    def look(self, process: int) -> None:
        """Look once."""
        processes = list(_tree(process))
        self.own = max(self.own, *(_value(one, "status", "VmHWM") for one in processes if _name(one) != "uv"))
        self.tree = max(self.tree, sum(_value(one, "smaps_rollup", "Pss") for one in processes))

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """Look until the process ends."""
        while process.returncode is None:
            with suppress(OSError, ValueError):
                self.look(process.pid)
            time.sleep(0.05)


def _name(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
    return ""


def _value(process: int, file: str, key: str) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/{file}").read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{key}:"):
                return float(line.split()[1]) / _KILOBYTE
    return 0


def _tree(process: int) -> Iterator[int]:
    yield process
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in path.read_text(encoding="utf-8").split():
                yield from _tree(int(child))


@dataclass(slots=True)
class Benchmark:
    """One command.

    Attributes:
        title: The list and the index.
        program: ``now`` or ``former``.
        command: The command.
        seconds: The times of the cold calls, and of the second ones.
        memory: Their memory.
        resolved: How many targets were resolved.
    """

    title: str
    program: str
    command: Sequence[str]
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"cold": [], "second": []})
    memory: Memory = field(default_factory=Memory)
    resolved: str = ""

    def once(self, environment: Mapping[str, str], caches: Path) -> None:
        """Run it without caches, and once more."""
        shutil.rmtree(caches, ignore_errors=True)
        for which, taken in self.seconds.items():
            os.sync()
            began = time.perf_counter()
            rows = self.run(environment)
            taken.append(time.perf_counter() - began)
            states = [row["state"] for row in rows]
            self.resolved = f"{states.count('resolved')} of {len(states)}"
            if "unknown" in states:
                print(f"{self.title}, {self.program}, {which}: {states.count('unknown')} unknown", file=sys.stderr)

    def run(self, environment: Mapping[str, str]) -> list[dict[str, str]]:
        """Run it once; return the resolutions."""
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(self.command, stdout=out, stderr=subprocess.PIPE, env=dict(environment))
            watcher = threading.Thread(target=self.memory.watch, args=(process,), daemon=True)
            watcher.start()
            _, messages = process.communicate()
            watcher.join()
            out.seek(0)
            printed = out.read()
        if not printed:
            raise SystemExit(f"{self.command} ended with {process.returncode}: {messages.decode()[-2000:]}")
        return list(json.loads(printed)["resolutions"] or [])


@contextmanager
def snapshot(folder: Path) -> Iterator[str]:
    """Serve a copy of the index, in a process of its own; give its address."""
    command = [sys.executable, str(Path(__file__).with_name("index_snapshot.py")), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip() if process.stdout else ""
    finally:
        process.communicate("")


def make_benchmarks(folder: Path, former: Path | None, indexes: Mapping[str, str | None]) -> Iterator[Benchmark]:
    """Yield every list on every index, with both programs."""
    programs = {"now": sys.executable} | ({"former": str(former)} if former else {})
    for number, (title, listed) in enumerate(LISTS.items()):
        file = folder / f"list-{number}.ini"
        file.write_text(
            f"[DEFAULT]\nlib_name = bench\nversion = 1\nlicense = mit\nmin_python = 3.11\n"
            f"platforms = {PLATFORMS}\nrequirements = {listed}\n",
            encoding="utf-8",
        )
        for index, address in indexes.items():
            for program, python in programs.items():
                code = "from onelist.cli.main import run; run()"
                command = [python, "-P", "-c", code, "check", str(file), "--installer", "pip", "--format", "json"]
                command += ["--channel", str(folder / "channel"), *(("--index-url", address) if address else ())]
                yield Benchmark(f"{title}, {index}", program, command)


def print_table(benchmarks: Sequence[Benchmark]) -> None:
    """Print the medians, with their ratio to the former commit and to the list without source distributions."""
    by = {(one.title, one.program): one for one in benchmarks}
    print("| 25 targets with pip | commit | resolved | cold, s | ratio | second, s | ratio | own, MB | all, MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for one in benchmarks:
        former = by.get((one.title, "former"))
        cells = [one.title, one.program, one.resolved]
        for which, taken in one.seconds.items():
            compared = former and former is not one and statistics.median(former.seconds[which])
            ratio = f"{statistics.median(taken) / compared:.2f} x" if compared else ""
            cells += [f"{statistics.median(taken):.1f}", ratio]
        print(f"| {' | '.join([*cells, f'{one.memory.own:.0f}', f'{one.memory.tree:.0f}'])} |")
    plain, sources = LISTS
    for one in benchmarks:
        if one.title.startswith(f"{sources}, "):
            base = by[one.title.replace(sources, plain, 1), one.program]
            ratios = (
                f"{which} {statistics.median(taken) / statistics.median(base.seconds[which]):.2f} x"
                for which, taken in one.seconds.items()
            )
            print(f"\n{one.title}, {one.program}, compared with the list of 8: {', '.join(ratios)}.")


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--former", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("real", "loopback"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, snapshot(options.index) as address:
        folder = Path(name)
        (folder / "channel/noarch").mkdir(parents=True)
        (folder / "channel/noarch/repodata.json").write_text('{"packages": {}}', encoding="utf-8")
        indexes = {"the real index": None, "loopback": f"{address}/simple/"}
        if options.only:
            indexes = {key: value for key, value in indexes.items() if options.only in key}
        caches = folder / "caches"
        own = {"ONELIST_CACHE_DIR": str(caches / "onelist"), "UV_CACHE_DIR": str(caches / "uv")}
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | own
        benchmarks = list(make_benchmarks(folder, options.former, indexes))
        if "loopback" in indexes:
            for one in benchmarks:  # fills the copy of the index
                if "loopback" in one.title:
                    one.run(environment)
                    one.memory = Memory()
        for _ in range(options.rounds):
            for one in benchmarks:
                one.once(environment, caches)
        print_table(benchmarks)


if __name__ == "__main__":
    main()
