"""Real virtual environments with small packages in them, made to be broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.machine.look import DoctorOptions, diagnose
from onelist.sources.installers import uv_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from onelist.machine.look import Diagnosis
    from onelist.machine.trouble import Trouble

LIST = "course-meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home folder with environments, and nothing of this machine on PATH.

    Attributes:
        folder: The home folder.
    """

    folder: Path

    def environment(self, name: str = "course", python: str = sys.executable) -> Path:
        """Make a virtual environment; return its folder."""
        prefix = self.folder / name
        subprocess.run(
            [uv_program(), "venv", "--quiet", "--no-project", "--python", python, str(prefix)],
            check=True,
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        )
        return prefix

    def course(self, name: str = "course", python: str = sys.executable) -> Path:
        """Make an environment with the list, and with alpha and beta, which it requires."""
        prefix = self.environment(name, python)
        install(prefix, LIST, "1.0", requires=["alpha>=2", "beta", 'gamma; sys_platform == "plan9"'], files={})
        install(prefix, "alpha", "2.0")
        install(prefix, "beta", "1.0")
        return prefix

    def variables(self, *prefixes: Path, **more: str) -> dict[str, str]:
        """Return environment variables in which the programs of these environments come first."""
        path = os.pathsep.join(str(prefix / "bin") for prefix in prefixes)
        return {"HOME": str(self.folder), "PATH": path, "LANG": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull, **more}

    def look(
        self, *prefixes: Path, wanted: str = LIST, python: str = "", seconds: float = 20, **more: str
    ) -> Diagnosis:
        """Look at the first of these environments; nothing is asked over the network."""
        return diagnose(
            DoctorOptions(
                wanted=wanted,
                python=python,
                environment=self.variables(*prefixes, **more),
                folder=str(self.folder),
                offline=True,
                seconds=seconds,
            )
        )


def site_packages(prefix: Path) -> Path:
    """Return the folder of the packages of an environment."""
    (found,) = prefix.glob("lib/python3*/site-packages")
    return found


def install(  # noqa: PLR0913 - what a package has
    prefix: Path,
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    files: Mapping[str, str] | None = None,
    installer: str = "pip",
) -> Path:
    """Put a package into an environment, as pip does; return the folder of its metadata."""
    folder = site_packages(prefix)
    written = {f"{name}/__init__.py": "value = 1\n"} if files is None else dict(files)
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    written[f"{info}/METADATA"] = "\n".join(lines) + "\n"
    written[f"{info}/INSTALLER"] = f"{installer}\n"
    written[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*written, f"{info}/RECORD"])
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder / info


def script(prefix: Path, name: str, interpreter: Path) -> Path:
    """Write a program that a Python runs, as pip writes it."""
    path = prefix / "bin" / name
    path.write_text(f"#!{interpreter}\nprint('{name}')\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def remove_module(prefix: Path, name: str) -> None:
    """Delete the modules of a package, and leave its metadata."""
    shutil.rmtree(site_packages(prefix) / name)


def codes(diagnosis: Diagnosis) -> list[str]:
    """Return what is said, as weight and code."""
    return [f"{one.weight} {one.code}" for one in diagnosis.troubles]


def only(diagnosis: Diagnosis) -> Trouble:
    """Return the one thing that is said."""
    (trouble,) = diagnosis.troubles
    return trouble
