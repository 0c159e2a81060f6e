"""Measure whole processes: onelist's commands and the most similar other tools, in turn in one run.

    python -m pip install -e ".[bench]"
    python benchmarks/run.py [--rounds 9] [--files 1000]

Each round starts every command once, so that a busy machine slows all of them in the same way. Compare the ratios of
the medians. The program prints a Markdown table.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONELIST = [str(Path(sys.executable).parent / "onelist")]


@dataclass(slots=True)
class Benchmark:
    """A command to measure.

    Attributes:
        title: What it does.
        command: The command.
        goal: How long it may take, in seconds; None for other tools.
        expected: Its exit code.
        times: The measured times, in seconds.
    """

    title: str
    command: list[str]
    goal: float | None = None
    expected: int = 0
    times: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once."""
        began = time.perf_counter()
        ran = subprocess.run(self.command, capture_output=True, cwd=ROOT, check=False)
        self.times.append(time.perf_counter() - began)
        if ran.returncode != self.expected:
            raise SystemExit(f"{self.command} ended with {ran.returncode}:\n{ran.stderr.decode()}")


def settings_files(folder: Path, count: int) -> list[str]:
    """Write settings files like the list of a real course, each different."""
    folder.mkdir()
    paths = []
    text = (ROOT / "settings.ini").read_text(encoding="utf-8")
    for number in range(count):
        path = folder / f"list-{number}.ini"
        varied = text.replace("lib_name = course-meta", f"lib_name = list-{number}")
        varied = varied.replace("requirements = ", f"requirements = member-{number}>=1.{number} dask[complete] ")
        path.write_text(varied + "pip_requirements = torch>=2,<3 ; python_version >= '3.8'\n", encoding="utf-8")
        paths.append(str(path))
    return paths


def all_benchmarks(folder: Path, count: int) -> list[Benchmark]:
    """Return all benchmarks. The other tools get the sdist and the wheel that onelist builds."""
    built = folder / "built"
    subprocess.run([*ONELIST, "build", "-o", str(built)], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = built.glob("*.tar.gz")
    (wheel,) = built.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    others = str(folder / "others")
    found = [
        Benchmark("`onelist --help`", [*ONELIST, "--help"], 0.15),
        Benchmark("`onelist check --settings-only`", [*ONELIST, "check", "--settings-only"], 0.3),
        Benchmark(
            "`onelist build`: wheel, sdist, .conda, recipe", [*ONELIST, "build", "-o", str(folder / "dist")], 0.6
        ),
        Benchmark(
            f"`onelist check --settings-only` on {count:,} files",
            [*ONELIST, "check", "--settings-only", *settings_files(folder / "files", count)],
            3.0,
            expected=1,
        ),
        Benchmark(
            "`python -m build --no-isolation` on the sdist: wheel, sdist",
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", others, str(source)],
        ),
    ]
    if whl2conda := shutil.which("whl2conda", path=str(Path(sys.executable).parent)):
        convert = [whl2conda, "convert", str(wheel), "--out-dir", others, "--overwrite", "--batch"]
        found.append(Benchmark("`whl2conda convert` on the wheel: .conda", convert))
    return found


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--files", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measured = all_benchmarks(Path(name), arguments.files)
        for benchmark in measured:
            benchmark.run()  # once without counting: this compiles byte code and reads the files into memory
            benchmark.times.clear()
        for _ in range(arguments.rounds):
            for benchmark in measured:
                benchmark.run()
    base = next(statistics.median(benchmark.times) for benchmark in measured if "onelist build" in benchmark.title)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {arguments.rounds} rounds\n")
    print("| command | median, s | fastest, s | compared with `onelist build` | goal, s |")
    print("|---|---|---|---|---|")
    for benchmark in measured:
        median = statistics.median(benchmark.times)
        goal = f"{benchmark.goal:g}" if benchmark.goal else ""
        print(f"| {benchmark.title} | {median:.2f} | {min(benchmark.times):.2f} | {median / base:.2f} x | {goal} |")


if __name__ == "__main__":
    main()
