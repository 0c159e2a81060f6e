"""Measure how long it takes to resolve a whole list, compared with only the resolvers.

    python -m pip install ".[bench]"
    python benchmarks/resolving.py --snapshot FOLDER [--rounds 5]

--snapshot names a partial conda-forge, served on loopback in place of the real one. The pip part asks the index of the
installers' settings. Each round runs every benchmark once, in turn. Caches are warm.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import rattler

from asking import run, started
from onelist.sources.installers import find_indexes

if TYPE_CHECKING:
    from collections.abc import Callable

ONELIST = [sys.executable, "-c", "from onelist.cli.main import run; run()"]
LIST = "graphviz pandas requests transformers datasets ipywidgets sentencepiece"
"""A list that pip can install on all 25 targets."""
HARD = f"fastai>=2.6 {LIST}"
"""A list that pip cannot install on some targets, so that there is a conflict to find."""
PLATFORMS = {
    "linux-64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-64": "x86_64-pc-windows-msvc",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


def bare(environment: dict[str, str], *settings: str) -> None:
    """Run only the same uv commands, two at a time."""

    def one(target: tuple[str, str]) -> None:
        machine, python = target
        command = ["uv", "pip", "compile", "-", *settings, "--quiet", "--only-binary", ":all:", "--no-header"]
        command += ["--no-annotate", "--index-strategy", "unsafe-best-match", "--python", sys.executable]
        command += ["--python-platform", machine, "--python-version", f"{python}.99"]
        subprocess.run(
            command, input=LIST.replace(" ", "\n").encode(), capture_output=True, check=False, env=environment
        )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [(machine, python) for machine in PLATFORMS.values() for python in PYTHONS]))


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, started(options.snapshot) as server:
        folder = Path(name)
        base = rattler.Channel("conda-forge").base_url.rstrip("/")
        (folder / "config/rattler").mkdir(parents=True)
        mirrors = f'[mirrors]\n"{base}" = ["{server}/x"]\n'
        (folder / "config/rattler/config.toml").write_text(mirrors, encoding="utf-8")
        environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "ONELIST_CACHE_DIR": str(folder / "cache"),
            "UV_CACHE_DIR": str(folder / "uv"),
        }
        for stem, listed in (("easy", LIST), ("hard", HARD)):
            (folder / f"{stem}.ini").write_text(
                f"[DEFAULT]\nlib_name = bench\nversion = 1\nlicense = mit\nmin_python = 3.11\n"
                f"platforms = {' '.join(PLATFORMS)}\nrequirements = {listed}\n",
                encoding="utf-8",
            )
        peaks: dict[str, float] = {}

        def ours(title: str, stem: str, *more: str) -> Callable[[], None]:
            def once() -> None:
                command = [*ONELIST, "check", str(folder / f"{stem}.ini"), "--channel", "conda-forge", *more]
                ran = run(command, environment, (0, 1, 3))
                peaks[title] = max(peaks.get(title, 0), ran.megabytes)

            return once

        plain = "check --no-resolve"
        conda, hard = (
            "check --installer conda, 8 requirements, 13 targets unsatisfiable",
            "check --installer pip, the same",
        )
        pip, only_uv, told = (
            "check --installer pip, 7 requirements, no target unsatisfiable",
            "only the same 25 uv commands, two at a time",
            "the same, told that a page is valid for ten minutes",
        )
        # A separate cache: uv stores with each page how long it is valid.
        separate = environment | {"UV_CACHE_DIR": str(folder / "uv-alone")}
        tables = [
            f'[[index]]\nurl = "{index.address}"\ndefault = {str(not number).lower()}\n'
            'cache-control = { api = "max-age=600", files = "max-age=600" }\n'
            for number, index in enumerate(find_indexes(None, ()).indexes)
        ]
        (folder / "uv.toml").write_text("\n".join(tables), encoding="utf-8")
        with_validity = environment | {"UV_CACHE_DIR": str(folder / "uv-holding")}
        benchmarks: dict[str, Callable[[], None]] = {
            plain: ours(plain, "hard", "--no-resolve"),
            conda: ours(conda, "hard", "--installer", "conda"),
            hard: ours(hard, "hard", "--installer", "pip"),
            pip: ours(pip, "easy", "--installer", "pip"),
            only_uv: lambda: bare(separate, "--no-config"),
            told: lambda: bare(with_validity, "--config-file", str(folder / "uv.toml")),
        }
        seconds: dict[str, list[float]] = {title: [] for title in benchmarks}
        for number in range(options.rounds + 1):
            for title, once in benchmarks.items():
                began = time.perf_counter()
                once()
                if number:  # the first round fills the caches
                    seconds[title].append(time.perf_counter() - began)
        base_seconds = statistics.median(seconds[only_uv])
        print(
            "| 25 targets, warm | median, s | fastest, s | at most, MB | compared with only uv |\n|---|---|---|---|---|"
        )
        for title, taken in seconds.items():
            median = statistics.median(taken)
            peak = f"{peaks[title]:.0f}" if title in peaks else ""
            ratio = f"{median / base_seconds:.2f} x" if title in {pip, only_uv, told} else ""
            print(f"| {title} | {median:.2f} | {min(taken):.2f} | {peak} | {ratio} |")


if __name__ == "__main__":
    main()
