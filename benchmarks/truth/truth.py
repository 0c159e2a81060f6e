"""Compare what onelist check says about whole lists with runs of only uv and rattler.

    python -m pip install ".[bench]"
    python benchmarks/truth/truth.py --settings FOLDER --snapshot FOLDER [--files 60] [--pip-files 25]

--settings names real settings files. --snapshot names a partial conda-forge, which is served on loopback in place of
the real one. The program builds the wheel and the .conda of each file, and gives *their* requirements directly to the
resolvers, without onelist's own reading of the list. The package index is that of the installers' settings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from email.parser import Parser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import rattler
import rattler.package
from packaging.requirements import Requirement
from rattler.exceptions import GatewayError, SolverError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ONELIST = [sys.executable, "-m", "onelist"]
CONDA_TARGETS = ("linux-64/3.10", "linux-64/3.13", "osx-arm64/3.12", "win-64/3.11")
PIP_TARGETS = ("linux-64/3.12", "win-64/3.11")
UV_PLATFORMS = {"linux-64": "x86_64-manylinux_2_28", "win-64": "x86_64-pc-windows-msvc"}
MACHINES = {
    "linux-64": (("__unix", "0"), ("__linux", "5.10"), ("__glibc", "2.28"), ("__archspec", "1", "x86_64")),
    "osx-arm64": (("__unix", "0"), ("__osx", "14.0"), ("__archspec", "1", "arm64")),
    "win-64": (("__win", "10"), ("__archspec", "1", "x86_64")),
}
GOOD = "fastai pandas requests transformers datasets ipywidgets sentencepiece numpy scipy matplotlib pillow".split()
"""Names that the snapshot has, for good lists. Real files have many names that it lacks."""
BAD = ("pytorch=2.8", "pandas<2", "numpy<2", "transformers<4.45")
"""Requirements that are known not to resolve in the snapshot, on some Pythons."""


Case = tuple[Path, str]
"""A settings file and a target."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Write no log."""


class Listener(ThreadingHTTPServer):
    """A server for many connections at the same time."""

    request_queue_size = 256
    daemon_threads = True


def serve(folder: Path) -> str:
    """Serve a folder until the process ends; return its address."""
    server = Listener(("127.0.0.1", 0), lambda *args: Quiet(*args, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def made_lists(folder: Path, number: int) -> list[Path]:
    """Write lists of names that the snapshot has; every second list has a requirement that is known not to resolve."""
    chosen = random.Random(7)  # noqa: S311 - the same lists every time
    found = []
    for count in range(number):
        items = chosen.sample(GOOD, chosen.randint(2, 6))
        bad = chosen.choice(BAD) if count % 2 else ""
        path = folder / f"made-{count}.ini"
        path.write_text(
            f"[DEFAULT]\nlib_name = made-{count}\nversion = 1\nlicense = mit\nmin_python = 3.10\n"
            f"requirements = {' '.join(items)}\nconda_requirements = {bad}\n",
            encoding="utf-8",
        )
        found.append(path)
    return found


def built(path: Path, folder: Path) -> tuple[list[str], list[str]] | None:
    """Build a list; return the requirements of its wheel and of its .conda, or None if the list has errors."""
    output = folder / path.stem
    ran = subprocess.run(
        [*ONELIST, "build", str(path), "-o", str(output), "--only", "wheel", "conda"], capture_output=True, check=False
    )
    if ran.returncode:
        return None
    (wheel,) = output.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        asked = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    plain = [text for text in asked if "extra ==" not in text]
    (conda,) = (output / "conda/noarch").glob("*.conda")
    return plain, list(rattler.IndexJson.from_package_archive(conda).depends)


def said(arguments: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
    """Return what onelist check prints as JSON."""
    command = [*ONELIST, "check", "--format", "json", *arguments]
    ran = subprocess.run(command, capture_output=True, env=environment, check=False, text=True)
    data: dict[str, Any] = json.loads(ran.stdout)
    return data


def said_by_check(
    paths: Sequence[Path], environment: dict[str, str], installer: str, targets: Sequence[str]
) -> dict[Case, str]:
    """Return the state that onelist check reports for each file and target."""
    found: dict[Case, str] = {}
    for path in paths:
        settings = said([str(path), "--settings-only"], environment)["settings"]
        lowest = int(settings["min_python"].partition(".")[2])
        wanted = [target for target in targets if target.partition("/")[0] in settings["platforms"]]
        wanted = [target for target in wanted if int(target.rpartition(".")[2]) >= lowest]
        if not wanted:
            continue
        narrowed = [part for target in wanted for part in ("--target", target)]
        command = [
            *ONELIST,
            "check",
            str(path),
            "--channel",
            "conda-forge",
            "--format",
            "json",
            "--installer",
            installer,
        ]
        ran = subprocess.run([*command, *narrowed], capture_output=True, env=environment, check=False, text=True)
        data = json.loads(ran.stdout)
        for one in data["resolutions"] or ():
            found[path, one["target"]] = one["state"]
    return found


async def by_rattler(gateway: rattler.Gateway, specs: Sequence[str], target: str) -> bool | None:
    """Tell whether rattler's solver finds a solution."""
    platform, python = target.split("/")
    machine = [
        rattler.GenericVirtualPackage(
            rattler.PackageName(name), rattler.Version(version), rattler.package.BuildString(build[0] if build else "0")
        )
        for name, version, *build in MACHINES[platform]
    ]
    try:
        await rattler.solve(
            [rattler.Channel("conda-forge")],
            [*specs, f"python {python}.*"],
            gateway=gateway,
            platforms=[platform, "noarch"],  # type: ignore[list-item]
            virtual_packages=machine,
        )
    except SolverError:
        return False
    except GatewayError:
        return None
    return True


def by_uv(requirements: Sequence[str], target: str) -> bool | None:
    """Tell whether uv finds a solution."""
    platform, python = target.split("/")
    command = ["uv", "pip", "compile", "-", "--no-config", "-q", "--only-binary", ":all:", "-p", sys.executable]
    command += ["--python-version", f"{python}.99", "--python-platform", UV_PLATFORMS[platform]]
    text = "\n".join(str(Requirement(one)) for one in requirements) + "\n"
    ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return True
    return False if "No solution found" in ran.stderr else None


def compared(said: dict[Case, str], truth: dict[Case, bool | None]) -> Iterator[tuple[str, Case]]:
    """Yield for each case whether onelist is right."""
    for key, status in said.items():
        real = truth[key]
        if status == "unknown" or real is None:
            yield "unknown", key
        elif (status == "resolved") is real:
            yield "right: can be installed" if real else "right: cannot be installed", key
        else:
            yield "FALSE GREEN" if status == "resolved" else "FALSE RED", key


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--snapshot", type=Path, required=True)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--pip-files", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = rattler.Channel("conda-forge").base_url.rstrip("/")
        mirrors = f'[mirrors]\n"{base}" = ["{serve(options.snapshot)}"]\n'
        (folder / "config/rattler").mkdir(parents=True)
        (folder / "config/rattler/config.toml").write_text(mirrors, encoding="utf-8")
        environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "ONELIST_CACHE_DIR": str(folder / "cache"),
        }
        real = sorted(options.settings.glob("*.ini"))
        random.Random(7).shuffle(real)  # noqa: S311 - the same files every time
        made = made_lists(folder, 30)
        asked = {path: found for path in [*made, *real] if (found := built(path, folder / "built"))}
        paths = [*made, *(path for path in real if path in asked)][: options.files + len(made)]
        paths = [path for path in paths if path in asked]
        gateway = rattler.Gateway.from_config(rattler.Config.from_toml(mirrors))
        rows = []
        said_of_conda = said_by_check(paths, environment, "conda", CONDA_TARGETS)

        async def solved() -> dict[Case, bool | None]:
            return {key: await by_rattler(gateway, asked[key[0]][1], key[1]) for key in said_of_conda}

        rows.append(("conda, rattler", list(compared(said_of_conda, asyncio.run(solved())))))
        few = [path for path in paths if path not in made][: options.pip_files]
        said_of_pip = said_by_check(few, environment, "pip", PIP_TARGETS)
        truth = {key: by_uv(asked[key[0]][0], key[1]) for key in said_of_pip}
        rows.append(("pip, uv", list(compared(said_of_pip, truth))))
        print_table(rows)


def print_table(rows: Sequence[tuple[str, list[tuple[str, Case]]]]) -> None:
    """Print how often onelist is right, and each case in which it is wrong."""
    columns = ["right: can be installed", "right: cannot be installed", "FALSE GREEN", "FALSE RED", "unknown"]
    print(f"| | cases | {' | '.join(columns)} |\n|---|---|{'---|' * len(columns)}")
    for title, cases in rows:
        counts = Counter(result for result, _ in cases)
        print(f"| {title} | {len(cases)} | {' | '.join(str(counts[column]) for column in columns)} |")
    for title, cases in rows:
        for result, (path, target) in cases:
            if not result.startswith("right"):
                print(f"\n{title}: {result}: {path.name} on {target}")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
