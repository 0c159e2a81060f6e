"""Run the fuzz targets: python -m tests.fuzz --seconds 60 [TARGET ...]."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.every import TARGETS

_SHRINKING = 360.0
"""Seconds after which a target that found something, or that hangs, is ended; hypothesis shrinks for 300."""


def main() -> int:
    """Run each target in a process of its own; return 1 if any input made onelist do what it must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try inputs that nobody would write.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"by default all: {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each target runs (default: 60)")
    parser.add_argument("--note", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.targets if name not in TARGETS]:
        parser.error(f"no such target: {', '.join(unknown)}")
    if arguments.note:  # this is the process of one target
        inputs = TARGETS[arguments.targets[0]].run_for(arguments.seconds, arguments.note)
        sys.stdout.write(f"{arguments.targets[0]}: {inputs} inputs, clean\n")
        return 0
    ended = [_run(name, arguments.seconds) for name in arguments.targets or TARGETS]
    return int(not all(ended))


def _run(name: str, seconds: float) -> bool:
    """Run a target; tell whether it is clean."""
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note"
        note.touch()
        command = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.fuzz",
            name,
            "--seconds",
            str(seconds),
            "--note",
            str(note),
        ]
        environment = {**os.environ, "ONELIST_CACHE_DIR": f"{folder}/cache", "TMPDIR": folder}
        try:
            code = subprocess.run(command, env=environment, timeout=seconds + _SHRINKING, check=False).returncode
        except subprocess.TimeoutExpired:
            code = -1
        if code:
            last = f"; its last input: {note.read_text(encoding='utf-8')}" if code < 0 else ""
            sys.stdout.write(f"{name}: FAILED, {code}{last}\nMake the input a test of the room that failed.\n")
            sys.stdout.flush()
    return not code


if __name__ == "__main__":
    sys.exit(main())
