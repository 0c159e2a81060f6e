"""Small conda channels, written with the real libraries: rattler-build packs each package, rattler indexes them."""

from __future__ import annotations

import asyncio
import datetime
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard
from rattler.index import index_fs
from rattler_build import FileEntry, assemble_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import rattler

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
PLATFORMS = ("linux-64", "osx-arm64")


@dataclass(frozen=True)
class Package:
    """One package of a channel.

    Attributes:
        name: Its conda name.
        version: Its version.
        subdir: Its platform, or ``noarch``.
        depends: Its dependencies.
        build: Its build string.
        day: When it was built.
        files: What it holds, as (path, text); a script (``#!``) is made executable.
    """

    name: str
    version: str = "1.0"
    subdir: str = "noarch"
    depends: tuple[str, ...] = ("python >=3.10",)
    build: str = "0"
    day: str = "2026-06-01"
    files: tuple[tuple[str, str], ...] = ()


def compiled(name: str, version: str = "1.0", *, pythons: Iterable[str] = PYTHONS, **more: Any) -> list[Package]:
    """Return a package that is built for each platform and Python, as conda-forge does it."""
    made = []
    for subdir in more.pop("platforms", PLATFORMS):
        for python in pythons:
            major, minor = python.split(".")
            depends = (f"python >={python},<{major}.{int(minor) + 1}.0a0", f"python_abi {python}.* *_cp{major}{minor}")
            build = f"py{major}{minor}h_0"
            made.append(Package(name, version, subdir, depends, build, **more))
    return made


def interpreters(platforms: Iterable[str] = PLATFORMS, pythons: Iterable[str] = PYTHONS) -> list[Package]:
    """Return Pythons and their ABIs."""
    made = []
    for python in pythons:
        abi = f"cp{python.replace('.', '')}"
        made += [Package("python", f"{python}.5", subdir, (), f"h1_0_{abi}") for subdir in platforms]
        made.append(Package("python_abi", python, "noarch", (), f"8_{abi}"))
    return made


def write_channel(folder: Path, packages: Iterable[Package], subdirs: Iterable[str] = PLATFORMS) -> Path:
    """Write packages and their index; return the folder. The files of the same channel are made only once."""
    packages, subdirs = tuple(packages), tuple(subdirs)
    for subdir in ("noarch", *subdirs):
        (folder / subdir).mkdir(parents=True, exist_ok=True)
    if any(path.is_file() for path in folder.rglob("*")):
        _make_channel(folder, packages)
        return folder
    for name, content in _files_of_channel(packages, subdirs).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@cache
def _files_of_channel(packages: tuple[Package, ...], subdirs: tuple[str, ...]) -> Mapping[str, bytes]:
    """Return the content of each file of a new channel, by its path in the channel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for subdir in ("noarch", *subdirs):
            (folder / subdir).mkdir()
        _make_channel(folder, packages)
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _make_channel(folder: Path, packages: Iterable[Package]) -> None:
    for package in packages:
        with tempfile.TemporaryDirectory() as content:
            _assemble(folder, package, Path(content))
    write_index(folder)


def write_index(folder: Path, config: rattler.Config | None = None) -> None:
    """Write the index of a channel with rattler, and pack it: rattler takes ten times as long to pack a small one."""
    asyncio.run(index_fs(folder, force=True, write_zst=False, config=config))
    for path in folder.glob("*/repodata.json"):
        packed = zstandard.ZstdCompressor(level=1).compress(path.read_bytes())
        path.with_name("repodata.json.zst").write_bytes(packed)


def runnable_python(subdir: str, micro: int = 5) -> Package:
    """Return a Python that runs: a script that starts the Python of this test for its own environment."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    home = f'$(cd "$(dirname "$0")/.." && pwd)/lib/python{version}/site-packages'
    script = f'#!/bin/sh\nexport PYTHONPATH="{home}"\nexec "{sys.executable}" -S "$@"\n'
    build = f"h1_0_cp{version.replace('.', '')}"
    return Package("python", f"{version}.{micro}", subdir, (), build, files=(("bin/python", script),))


def with_module(name: str, module: str, text: str, subdir: str) -> Package:
    """Return a package with one module, for the Python that runs this test."""
    site = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    info = f"{module}-1.0.dist-info"
    files = (
        (f"{site}/{module}.py", text),
        (f"{site}/{info}/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n"),
        (f"{site}/{info}/RECORD", f"{module}.py,,\n{info}/METADATA,,\n{info}/RECORD,,\n"),
    )
    return Package(name, "1.0", subdir, ("python",), files=files)


def _assemble(folder: Path, package: Package, content: Path) -> None:
    entries = []
    for path, text in package.files:
        source = content / path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        source.chmod(0o755 if text.startswith("#!") else 0o644)
        entries.append(FileEntry.from_paths(str(source), path))
    assemble_package(
        package.name,
        package.version,
        package.subdir,
        package.build,
        folder / package.subdir,
        depends=list(package.depends),
        files=entries,
        noarch="generic" if package.subdir == "noarch" else None,
        timestamp=datetime.datetime.fromisoformat(package.day).replace(tzinfo=datetime.UTC),
        compression_level=1,
    )
