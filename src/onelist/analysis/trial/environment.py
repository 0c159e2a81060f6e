"""Temporary environments for an install test: create one, install into it, inspect it. The caller deletes its folder.

The installed packages are code of other people, and importing them runs that code. Only ``analysis.trial.trial`` and
``analysis.trial.pip`` use this module.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core.modules import declared_modules, is_imported, listed_modules, shipped_modules
from onelist.core.system.programs import run_program
from onelist.sources.installers import uv_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


IMPORT_SECONDS = 300
_METADATA = ("*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info")
"""Where the metadata of installed distributions is; the last two are of setuptools without a wheel."""
_REMOVED_PREFIXES = ("PYTHON", "PIP_", "UV_", "VIRTUAL_ENV", "CONDA_")
"""Prefixes of variables that would give an environment access to other packages, or change what is installed."""


class InstallError(Exception):
    """An installation failed; the text is the output of the installer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment on this machine.

    Attributes:
        prefix: Its folder.
        variables: The environment variables for its processes (see :func:`clean_environment`).
    """

    prefix: Path
    variables: Mapping[str, str] = field(repr=False)

    @property
    def python(self) -> Path:
        """The path of its Python."""
        windows = (self.prefix / "Scripts/python.exe", self.prefix / "python.exe")
        return next((path for path in windows if path.exists()), self.prefix / "bin/python")

    @property
    def site_packages(self) -> tuple[Path, ...]:
        """The folders of its distributions; a virtual environment has one, ``lib64`` is a link to ``lib``."""
        windows = self.prefix / "Lib/site-packages"
        folders = (windows, *sorted(self.prefix.glob("lib/python*/site-packages")))
        return tuple(folder for folder in folders if folder.is_dir())

    def installed(self) -> dict[str, str]:
        """Return the version of each installed distribution, by normalised name.

        They are read from their folders (https://packaging.python.org/en/latest/specifications/
        recording-installed-packages), which is much faster than to start pip.
        """
        found: dict[str, str] = {}
        for path in (file for folder in self.site_packages for pattern in _METADATA for file in folder.glob(pattern)):
            if path.is_file():
                with path.open("rb") as file:
                    head = BytesHeaderParser().parse(file)
                if head["Name"] and head["Version"]:
                    found[canonicalize_name(str(head["Name"]).strip())] = str(head["Version"]).strip()
        return found

    def count(self) -> int:
        """Return how many packages are installed until now, by their records; it takes no time."""
        records = [path for folder in self.site_packages for path in folder.glob("*.dist-info")]
        return len(list(self.prefix.glob("conda-meta/*.json"))) or len(records)

    def size(self) -> int:
        """Return the size of its files in bytes; hard links count once."""
        seen: dict[tuple[int, int], int] = {}
        for folder, _, files in os.walk(self.prefix):
            for name in files:
                status = Path(folder, name).lstat()
                seen[status.st_dev, status.st_ino] = status.st_size
        return sum(seen.values())

    def distributions(self, conda_name: str) -> tuple[str, ...]:
        """Return the distributions that a conda package installed, from its record in conda-meta."""
        for path in self.prefix.glob(f"conda-meta/{conda_name}-*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.get("name") == conda_name:
                folders = {Path(file).parent.name for file in record.get("files", ()) if file.endswith("METADATA")}
                infos = [folder for folder in folders if folder.endswith(".dist-info")]
                return tuple(sorted(info.removesuffix(".dist-info").rpartition("-")[0] for info in infos))
        return ()

    def modules(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the modules of distributions; none for a distribution that is not installed."""
        folders = [str(folder) for folder in self.site_packages]
        return {name: _modules(next(iter(distributions(name=name, path=folders)), None)) for name in names}

    def import_error(self, module: str) -> str | None:
        """Import a module in a separate process; return the error, or None if there is none."""
        code = "import importlib, sys; importlib.import_module(sys.argv[1])"
        try:
            finished = self._run(["-c", code, module], IMPORT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"did not end within {IMPORT_SECONDS} seconds"
        if finished.returncode == 0:
            return None
        lines = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
        if finished.returncode < 0:
            return f"signal {-finished.returncode} ended the Python process"
        return lines[-1] if lines else f"the Python process ended with exit code {finished.returncode}"

    def problems(self) -> tuple[str, ...]:
        """Return the incompatible packages, as ``pip check`` reports them."""
        command = [uv_program(), "pip", "check", "--python", str(self.python), "--no-config", "--color", "never"]
        finished = run_program(command, seconds=IMPORT_SECONDS, environment=self.variables, folder=self.prefix)
        if finished.returncode == 0:
            return ()
        lines = [line.strip() for line in finished.stderr.splitlines()]
        return tuple(line for line in lines if line and not line.startswith(("Checked ", "Found ", "Using ")))

    def _run(self, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        command = [str(self.python), "-s", *arguments]
        return run_program(command, seconds=seconds, environment=self.variables, folder=self.prefix)


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables without those that would give an environment access to other packages."""
    return {name: value for name, value in variables.items() if not name.startswith(_REMOVED_PREFIXES)}


def _modules(found: Distribution | None) -> tuple[str, ...]:
    """Return the modules of a distribution that users import."""
    if found is None:
        return ()
    declared = declared_modules(found.metadata.get_all("Import-Name") or ())
    tops = (found.read_text("top_level.txt") or "").split()
    shipped = shipped_modules(file.as_posix() for file in found.files or ())
    return tuple(filter(is_imported, declared or listed_modules(shipped, tops)))
