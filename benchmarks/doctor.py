"""Measure `onelist doctor` in an environment as a learner has it, and what of it the imports take.

    python -m pip install .
    python benchmarks/doctor.py [--rounds 5] [PACKAGE ...]

The packages come from the package index, and lie in a virtual environment that is removed at the end. Both the time on
the clock and the CPU time of all processes are printed: on a busy machine only the second one can be compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONELIST = str(Path(sys.executable).parent / "onelist")
PACKAGES = ("jupyterlab", "pandas", "matplotlib", "scikit-learn", "nbdev")
MODULES = ("jupyterlab", "pandas", "matplotlib", "sklearn", "nbdev")
METADATA = "Metadata-Version: 2.1\nName: course-meta\nVersion: 1.0\n"


def make_environment(folder: Path, packages: list[str]) -> dict[str, str]:
    """Make the environment and the list in it; return the environment variables in which it comes first."""
    uv = shutil.which("uv") or "uv"
    subprocess.run([uv, "venv", "--quiet", "--seed", str(folder)], check=True)
    python = folder / "bin/python"
    subprocess.run([uv, "pip", "install", "--quiet", "--compile", "--python", str(python), *packages], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    info = site / "course_meta-1.0.dist-info"
    info.mkdir()
    lines = "".join(f"Requires-Dist: {package}\n" for package in packages)
    (info / "METADATA").write_text(METADATA + lines, encoding="utf-8")
    (info / "INSTALLER").write_text("pip\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{info.name}/{name},,\n" for name in ("METADATA", "INSTALLER", "RECORD")))
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}


def measure(command: list[str], variables: dict[str, str], rounds: int) -> tuple[float, float]:
    """Return the medians of the time on the clock and of the CPU time, in seconds."""
    clock, cpu = [], []
    for _ in range(rounds + 1):
        before, began = os.times(), time.perf_counter()
        subprocess.run(command, env=variables, check=True, capture_output=True)
        after = os.times()
        clock.append(time.perf_counter() - began)
        cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return statistics.median(clock[1:]), statistics.median(cpu[1:])


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        variables = make_environment(Path(name) / "course", arguments.packages)
        rows = [
            ("`onelist doctor`: the Python only", [ONELIST, "doctor"]),
            ("`onelist doctor course-meta`: the whole look", [ONELIST, "doctor", "course-meta"]),
        ]
        if tuple(arguments.packages) == PACKAGES:
            python = str(Path(name) / "course/bin/python")
            rows.append(("the bare imports in one process", [python, "-B", "-c", f"import {', '.join(MODULES)}"]))
        print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores\n")
        print("| command | clock, s | CPU, s |")
        print("|---|---|---|")
        for title, command in rows:
            clock, cpu = measure(command, variables, arguments.rounds)
            print(f"| {title} | {clock:.2f} | {cpu:.2f} |")


if __name__ == "__main__":
    main()
