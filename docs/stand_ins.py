"""A small package index and a small conda-forge on loopback, for the commands that the documents show.

The names, versions, days and sizes are those of real packages in November 2026, rounded; those that begin with
``course-`` are made up. Only what a check reads is there: no package can be installed from them. So each command gives
the same output everywhere and at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import rattler
import zstandard
from tests.servers import channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import File

PLATFORMS = ("linux-64", "linux-aarch64", "osx-arm64", "win-64")
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


@dataclass(frozen=True)
class Project:
    """One version of a project, on the index, on conda-forge or on both.

    Attributes:
        name: Its name on the index.
        version: The version.
        size: The size of a file in kB.
        depends: What it requires, by names of the index, with bounds after a blank.
        conda: Its name on conda-forge; None where conda-forge does not have it.
        since: The day on which conda-forge got it.
        pythons: The Pythons that conda-forge has it for; none where one file serves all of them.
    """

    name: str
    version: str
    size: int
    depends: tuple[str, ...] = ()
    conda: str | None = ""
    since: str = "2018-03-01"
    pythons: tuple[str, ...] = ()


PROJECTS = (
    Project("numpy", "2.3.5", 16_000),
    Project("pandas", "2.3.3", 12_000, ("numpy", "python-dateutil")),
    Project("python-dateutil", "2.9.0", 230, ("six",)),
    Project("six", "1.17.0", 11),
    Project("scipy", "1.16.3", 36_000, ("numpy",)),
    Project("scikit-learn", "1.7.2", 9_500, ("numpy", "scipy", "joblib")),
    Project("joblib", "1.5.2", 308),
    Project("matplotlib", "3.10.7", 8_700, ("numpy", "pillow")),
    Project("pillow", "12.0.0", 7_000),
    Project("graphviz", "0.21", 47, conda="python-graphviz"),
    Project("sentencepiece", "0.2.1", 1_400, since="2019-11-04", pythons=PYTHONS),
    Project("requests", "2.32.5", 65),
    Project("ipywidgets", "8.1.8", 140),
    Project("course-helpers", "1.4", 30, ("pandas",), conda=None),
    Project("course-plots", "1.0", 60, ("numpy",)),
    Project("course-plots", "2.0", 70, ("numpy >=2",)),
    Project("course-stats", "5.0", 80, ("numpy <2",)),
    Project("numpy", "1.26.4", 17_000),
)


def _record(
    project: Project, name: str, depends: list[str], *, day: str = "2026-10-01", build: str = "0"
) -> tuple[str, object]:
    """Return the name of a file of a channel, and its entry in repodata.json."""
    file = f"{name}-{project.version}-{build}.conda"
    when = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return file, {
        "name": name,
        "version": project.version,
        "build": build,
        "build_number": 0,
        "depends": depends,
        "size": project.size * 1000,
        "sha256": hashlib.sha256(file.encode()).hexdigest(),
        "timestamp": int(when.timestamp() * 1000),
    }


def _for_python(python: str) -> list[str]:
    return [f"python >={python},<3.{int(python[2:]) + 1}.0a0", f"python_abi {python}.* *_cp3{python[2:]}"]


def _records(subdir: str) -> Iterator[tuple[str, object]]:
    """Yield the records of a subdir."""
    names = {project.name: project.conda or project.name for project in PROJECTS}
    for project in PROJECTS:
        if project.conda is None:
            continue
        name = names[project.name]
        depends = [" ".join([names[one.split()[0]], *one.split()[1:]]) for one in project.depends]
        if not project.pythons and subdir == "noarch":
            yield _record(project, name, ["python >=3.11", *depends])
        for python in project.pythons if subdir != "noarch" else ():
            yield _record(project, name, _for_python(python), build=f"py3{python[2:]}h_0")
        if project.pythons and subdir == "linux-64":
            yield _record(replace(project, version="0.1.0"), name, ["python"], day=project.since)
    for python in PYTHONS:
        if subdir == "noarch":
            yield _record(Project("", python, 7), "python_abi", [], build=f"8_cp3{python[2:]}")
        else:
            yield _record(Project("", f"{python}.2", 30_000), "python", [], build=f"h1_0_cp3{python[2:]}")


def _write_channel(folder: Path) -> None:
    for subdir in ("noarch", *PLATFORMS):
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": dict(_records(subdir))}
        (folder / subdir).mkdir(parents=True)
        text = json.dumps(content).encode()
        (folder / subdir / "repodata.json").write_bytes(text)
        (folder / subdir / "repodata.json.zst").write_bytes(zstandard.compress(text))


@contextlib.contextmanager
def sources(folder: Path) -> Iterator[str]:
    """Serve the index and conda-forge.

    Args:
        folder: An empty folder, for the channel and for the configuration of rattler. XDG_CONFIG_HOME must be its
            folder ``config``.

    Yields:
        The address of the index.
    """
    _write_channel(folder / "channel")
    files: dict[str, list[File]] = {}
    for one in PROJECTS:
        file = wheel(one.name, one.version, depends=one.depends, size=one.size * 1000)
        files.setdefault(one.name, []).append(file)
    base = rattler.Channel("conda-forge").base_url.rstrip("/")
    with index_server(files) as index, channel_server(folder / "channel") as channel:
        (folder / "config/rattler").mkdir(parents=True)
        mirror = f'[mirrors]\n"{base}" = ["{channel.url}"]\n'
        (folder / "config/rattler/config.toml").write_text(mirror, encoding="utf-8")
        yield f"{index.url}/simple/"
