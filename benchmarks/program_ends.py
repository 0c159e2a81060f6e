"""Do programs that use the library end well while the machine is busy? Runs many of them one after the other.

    python benchmarks/program_ends.py [--runs 200] [--load 12]

Prints each bad end (an exit code that is not 0, or any output on standard error), then a summary. The exit code is 1 if
there was a bad end.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.channels import compiled, interpreters, write_channel  # noqa: E402
from tests.sources.conda.short_program import KINDS  # noqa: E402

BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200, help="how many programs (default: %(default)s)")
    parser.add_argument("--load", type=int, default=12, help="how many busy processes (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = [*interpreters(["linux-64"], ["3.12"]), *compiled("pandas", pythons=["3.12"])]
        channel = write_channel(folder / "channel", packages)
        busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(arguments.load)]
        began = time.monotonic()
        try:
            bad = run_all(arguments.runs, folder, channel)
        finally:
            for process in busy:
                process.kill()
                process.wait()
    seconds = time.monotonic() - began
    print(f"{arguments.runs} programs, {arguments.load} busy processes, {seconds:.0f} s: {bad} bad ends")
    return 1 if bad else 0


def run_all(runs: int, folder: Path, channel: Path) -> int:
    """Run the programs; return how many of them ended badly."""
    bad = 0
    for _, kind in zip(range(runs), itertools.cycle(KINDS), strict=False):
        command = [sys.executable, "-m", "tests.sources.conda.short_program", kind, str(folder), str(channel)]
        end = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if end.returncode or end.stderr:
            bad += 1
            print(f"{kind}: exit code {end.returncode}\n{end.stderr}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main())
