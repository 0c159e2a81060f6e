"""Measure whole processes: onelist's commands, and the nearest other tools, in turn in one run.

    python -m pip install -e ".[bench]"
    python benchmarks/run.py [--rounds 9] [--files 1000]

Each round starts every command once, so that a noisy machine slows all of them alike; what counts is the ratio of
the medians. Prints a Markdown table.
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
class ResolveRequest:
    """A command that is measured.

    Attributes:
        title: What it does.
        command: The command.
        goal: How long it may take, in seconds; None for tools of others.
        expected: Its exit code.
        times: What was measured, in seconds.
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
    """Write settings files of the size and shape of a real course's list, no two alike."""
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


def resolve_requests(folder: Path, count: int) -> list[ResolveRequest]:
    """Return all cases; the sdist and wheel that other tools get are onelist's own."""
    built = folder / "built"
    subprocess.run([*ONELIST, "build", "-o", str(built)], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = built.glob("*.tar.gz")
    (wheel,) = built.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    others = str(folder / "others")
    found = [
        ResolveRequest("`onelist --help`", [*ONELIST, "--help"], 0.15),
        ResolveRequest("`onelist check --settings-only`", [*ONELIST, "check", "--settings-only"], 0.3),
        ResolveRequest(
            "`onelist build`: wheel, sdist, .conda, recipe", [*ONELIST, "build", "-o", str(folder / "dist")], 0.6
        ),
        ResolveRequest(
            f"`onelist check --settings-only` on {count:,} files",
            [*ONELIST, "check", "--settings-only", *settings_files(folder / "files", count)],
            3.0,
            expected=1,
        ),
        ResolveRequest(
            "`python -m build --no-isolation` on the sdist: wheel, sdist",
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", others, str(source)],
        ),
    ]
    if whl2conda := shutil.which("whl2conda", path=str(Path(sys.executable).parent)):
        convert = [whl2conda, "convert", str(wheel), "--out-dir", others, "--overwrite", "--batch"]
        found.append(ResolveRequest("`whl2conda convert` on the wheel: .conda", convert))
    return found


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--files", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measured = resolve_requests(Path(name), arguments.files)
        for case in measured:
            case.run()  # once without counting: byte code is compiled, files are in memory
            case.times.clear()
        for _ in range(arguments.rounds):
            for case in measured:
                case.run()
    base = next(statistics.median(case.times) for case in measured if "onelist build" in case.title)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {arguments.rounds} rounds\n")
    print("| command | median, s | fastest, s | beside `onelist build` | goal, s |")
    print("|---|---|---|---|---|")
    for case in measured:
        median = statistics.median(case.times)
        goal = f"{case.goal:g}" if case.goal else ""
        print(f"| {case.title} | {median:.2f} | {min(case.times):.2f} | {median / base:.2f} x | {goal} |")


if __name__ == "__main__":
    main()
