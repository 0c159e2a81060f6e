"""Measure what the second channel priority costs: check with two channels, where strict priority cannot differ or does.

    python -m pip install ".[bench]"
    python benchmarks/priorities.py --snapshot FOLDER [--rounds 4]

--snapshot names a partial conda-forge, read from its folder. A small own channel comes before it in the list. It has
nothing that the list needs; an older version of a requirement; or an older version of a dependency. Each round runs
every benchmark once, in turn, with warm caches, but without the resolutions of the rounds before.
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
import time
from pathlib import Path

LIST = "pandas>=1 requests transformers datasets ipywidgets"
PLATFORMS = "linux-64 osx-arm64 win-64 linux-aarch64"
OWN = {"nothing of the list": "zzz", "an older requirement": "pandas", "an older dependency": "python-dateutil"}
"""What the own channel has, and its name."""


def write_channel(folder: Path, name: str) -> None:
    """Write a channel with one package, in an old version."""
    record = {
        "name": name,
        "version": "0.1",
        "build": "0",
        "build_number": 0,
        "depends": [],
        "subdir": "noarch",
        "sha256": "00" * 32,
        "size": 1,
    }
    (folder / "noarch").mkdir(parents=True)
    repodata = {"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": {f"{name}-0.1-0.conda": record}}
    (folder / "noarch/repodata.json").write_text(json.dumps(repodata), encoding="utf-8")


def once(folder: Path) -> tuple[float, list[str]]:
    """Check once; return the seconds, and the states with strict priority, where it differs."""
    shutil.rmtree(folder / "cache/resolutions", ignore_errors=True)
    code = "from onelist.cli.main import run; run()"
    command = [sys.executable, "-c", code, "check", str(folder), "--installer", "conda", "--format", "json"]
    command += ["--index-url", "http://127.0.0.1:9/simple/"]
    environment = {**os.environ, "ONELIST_CACHE_DIR": str(folder / "cache")}
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    seconds = time.perf_counter() - began
    return seconds, [row["state"] for row in json.loads(ran.stdout)["resolutions"] if row["priority"] == "strict"]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    taken: dict[str, list[float]] = {words: [] for words in OWN}
    differs: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        for package in OWN.values():
            folder = Path(name) / package
            write_channel(folder / "own", package)
            text = f"[DEFAULT]\nlib_name = x\nversion = 1\nlicense = mit\nmin_python = 3.10\nplatforms = {PLATFORMS}\n"
            text += f"conda_channels = {folder / 'own'} {arguments.snapshot}\nrequirements = {LIST}\n"
            (folder / "settings.ini").write_text(text, encoding="utf-8")
        for number in range(arguments.rounds + 1):
            for words, package in OWN.items():
                seconds, strict = once(Path(name) / package)
                differs[words] = len(strict)
                if number:  # the first round fills the caches
                    taken[words].append(seconds)
    base = statistics.median(taken["nothing of the list"])
    print("| the own channel has | strict priority differs for | median, s | ratio |")
    print("|---|---|---|---|")
    for words, measured in taken.items():
        median = statistics.median(measured)
        print(f"| {words} | {differs[words]} targets | {median:.2f} | {median / base:.2f} x |")


if __name__ == "__main__":
    main()
