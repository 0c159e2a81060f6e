"""A real conda channel, made from what is installed here: enough to build, test and install recipes with no network.

Its ``python`` is a virtual environment in the shape of a package: a link to this very interpreter and a pyvenv.cfg.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from rattler_build import assemble_package

from tests.channels import write_index

VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))
BUILD_TOOLS = ("pip", "hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")
SUBDIR: Literal["linux-64"] = "linux-64"


def make_channel(folder: Path, members: dict[str, str]) -> str:
    """Make a channel with python, pip, hatchling and members.

    Args:
        folder: Where to.
        members: conda name to the PyPI name whose metadata the package holds; all have the version 9.0.

    Returns:
        The address of the channel.
    """
    with tempfile.TemporaryDirectory() as name:
        _python(Path(name, "python"), folder)
        for tool in ("pip", "hatchling"):
            version = importlib.metadata.version(tool)
            assemble_package(tool, version, "noarch", "0", folder / "noarch", noarch="generic", depends=["python"])
        for conda, pypi in members.items():
            _member(Path(name, conda), folder, conda, pypi)
    write_index(folder)
    return folder.as_uri()


def _python(stage: Path, channel: Path) -> None:
    interpreter = Path(sys.executable).resolve()
    (stage / "bin").mkdir(parents=True)
    (stage / "bin/python").symlink_to(interpreter)
    (stage / f"bin/python{MINOR}").symlink_to("python")
    (stage / "pyvenv.cfg").write_text(f"home = {interpreter.parent}\nversion = {VERSION}\n", encoding="utf-8")
    packages = stage / f"lib/python{MINOR}/site-packages"
    for tool in BUILD_TOOLS:
        distribution = importlib.metadata.distribution(tool)
        for file in distribution.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path(str(distribution.locate_file(file))), target)
    folder = channel / SUBDIR
    assemble_package("python", VERSION, SUBDIR, "0_cpython", folder, files_dir=stage, compression_level=1)


def _member(stage: Path, channel: Path, conda: str, pypi: str) -> None:
    info = stage / f"site-packages/{pypi.replace('-', '_')}-9.0.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {pypi}\nVersion: 9.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "RECORD").write_text("", encoding="utf-8")
    assemble_package(
        conda, "9.0", "noarch", "0", channel / "noarch", noarch="python", files_dir=stage, depends=["python"]
    )
