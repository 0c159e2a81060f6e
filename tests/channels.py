"""Small conda channels, written with the real libraries: rattler-build packs each package, rattler indexes them."""

from __future__ import annotations

import asyncio
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rattler.index import index_fs
from rattler_build import assemble_package

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
    """

    name: str
    version: str = "1.0"
    subdir: str = "noarch"
    depends: tuple[str, ...] = ("python >=3.10",)
    build: str = "0"
    day: str = "2026-06-01"


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
    """Write packages and their index; return the folder."""
    for subdir in ("noarch", *subdirs):
        (folder / subdir).mkdir(parents=True, exist_ok=True)
    for package in packages:
        assemble_package(
            package.name,
            package.version,
            package.subdir,
            package.build,
            folder / package.subdir,
            depends=list(package.depends),
            noarch="generic" if package.subdir == "noarch" else None,
            timestamp=datetime.datetime.fromisoformat(package.day).replace(tzinfo=datetime.UTC),
            compression_level=1,
        )
    asyncio.run(index_fs(folder, force=True))
    return folder
