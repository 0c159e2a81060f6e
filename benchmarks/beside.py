"""Compare `onelist check --against` with pip itself: what it replaces, and what `pip check` says afterwards.

    python benchmarks/beside.py freeze.txt lists/*.ini --python ENVIRONMENT/bin/python

The environment has nothing but pip, and the Python for which the freeze is. Nothing is installed: the packages of the
freeze are there as metadata only, which is all that pip's resolver reads. Of releases without a wheel pip is told that
there are none, so a list that needs one differs. Settings of pip (PIP_*, pip.conf) do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.against import check_against
from onelist.core.errors import OnelistError
from onelist.importing.image import read_image
from onelist.settings.project import load_project
from onelist.sources.config import NetworkOptions
from onelist.sources.pip.release_metadata import read_releases
from onelist.sources.session import SourceSession

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.analysis.against import AgainstResult

_COURSE = "course_meta_of_benchmark"
_WHEEL = f"{_COURSE}-1.0-py3-none-any.whl"
_SECONDS = 600


def main() -> int:
    """Compare each list, and print how many are the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("freeze", type=Path)
    parser.add_argument("lists", type=Path, nargs="+")
    parser.add_argument("--python", required=True, help="the Python of an environment that has nothing but pip")
    arguments = parser.parse_args()
    network = NetworkOptions()
    version = _run([arguments.python, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]).stdout.strip()
    same = other = 0
    with tempfile.TemporaryDirectory() as name:
        site = Path(name, "site")
        _write_site(site, arguments.freeze, SourceSession(network))
        for file in arguments.lists:
            try:
                result = check_against(arguments.freeze, file, network, target=f"linux-64/{version}")
            except OnelistError as error:
                print(f"left out: {file.name}: {error}")
                continue
            if result.needs_python:
                continue
            differences = _differences(result, file, Path(name), arguments.python)
            same, other = same + (not differences), other + bool(differences)
            print("other" if differences else "same", file.name, *differences, sep="\n    " if differences else " ")
    print(f"{same} same, {other} other")
    return 1 if other else 0


def _differences(result: AgainstResult, file: Path, folder: Path, python: str) -> list[str]:
    """Return where pip differs: in what it replaces, or in what is broken afterwards."""
    settings = load_project(file).settings
    requirements = [str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements)]
    _write_wheel(folder / _WHEEL, requirements)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    options = ("--dry-run", "--quiet", "--report", "-", "--only-binary", ":all:")
    ran = _run([*pip, "install", *options, str(folder / _WHEEL)], PYTHONPATH=str(folder / "site"))
    rows = [row["metadata"] for row in json.loads(ran.stdout)["install"]] if ran.returncode == 0 else []
    theirs = {str(canonicalize_name(row["name"])): row["version"] for row in rows}
    theirs.pop(str(canonicalize_name(_COURSE)), None)
    if result.changes is None or ran.returncode:
        is_same = result.changes is None and ran.returncode != 0
        return [] if is_same else [f"pip: {ran.stderr.strip().splitlines()[-1:] or theirs}, onelist: {result.failure}"]
    ours = {str(canonicalize_name(one.name)): one.after for one in result.changes.changes}
    found = [
        f"{name}: pip {theirs.get(name)}, onelist {ours.get(name)}"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    after = folder / "after"
    shutil.rmtree(after, ignore_errors=True)
    shutil.copytree(folder / "site", after)
    for row in rows:
        for old in after.glob("*.dist-info"):
            if canonicalize_name(old.name.removesuffix(".dist-info").rpartition("-")[0]) == canonicalize_name(
                row["name"]
            ):
                shutil.rmtree(old)
        _write_metadata(after, row["name"], row["version"], row.get("requires_dist", ()))
    checked = _run([*pip, "check"], PYTHONPATH=str(after)).stdout.splitlines()
    broken = {str(canonicalize_name(line.split()[0])) for line in checked if " requires " in line or " has req" in line}
    mine = {str(canonicalize_name(one.name)) for one in (*result.changes.broken, *result.changes.broken_before)}
    return [*found, *(f"pip check differs about {name}" for name in sorted(broken ^ mine))]


def _write_site(site: Path, freeze: Path, session: SourceSession) -> None:
    releases = [(one.key, one.parsed) for one in read_image(freeze).packages if one.parsed]
    found = asyncio.run(read_releases(releases, session))
    for (name, version), metadata in found.items():
        if isinstance(metadata, bytes):
            _write_dist_info(site / f"{name.replace('-', '_')}-{version}.dist-info", metadata)
        else:
            print(f"not in the environment: {name} {version}: {metadata.reason}")


def _write_metadata(site: Path, name: str, version: str, requires: Sequence[str]) -> None:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {one}" for one in requires),
    ]
    folder = site / f"{str(canonicalize_name(name)).replace('-', '_')}-{version}.dist-info"
    _write_dist_info(folder, "\n".join([*lines, ""]).encode())


def _write_dist_info(folder: Path, metadata: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_bytes(metadata)
    (folder / "INSTALLER").write_text("pip\n", encoding="utf-8")
    (folder / "RECORD").touch()


def _write_wheel(path: Path, requirements: Sequence[str]) -> None:
    needs = "".join(f"Requires-Dist: {one}\n" for one in requirements)
    with zipfile.ZipFile(path, "w") as archive:
        place = f"{_COURSE}-1.0.dist-info"
        archive.writestr(f"{place}/METADATA", f"Metadata-Version: 2.1\nName: {_COURSE}\nVersion: 1.0\n{needs}")
        archive.writestr(f"{place}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{place}/RECORD", "")


def _run(command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
    kept: Mapping[str, str] = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment = {**kept, "PIP_CONFIG_FILE": os.devnull, **more}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
