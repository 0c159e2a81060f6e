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
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core.system.programs import run_program
from onelist.sources.installers import uv_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


IMPORT_SECONDS = 300
_MODULES = """
import importlib.metadata as metadata, json, sys

def declared(distribution):
    lines = distribution.metadata.get_all("Import-Name") or []
    parts = [[part.strip() for part in line.split(";")] for line in lines]
    return [name for name, *rest in parts if name and "private" not in rest]

def shipped(distribution):
    files = [file.parts for file in distribution.files or () if file.suffix in (".py", ".so", ".pyd")]
    files = [parts for parts in files if ".." not in parts and all(part.isidentifier() for part in parts[:-1])]
    packages = {parts[:-1] for parts in files if parts[-1].split(".")[0] == "__init__"}
    found = {parts[0].split(".")[0] for parts in files if len(parts) == 1}
    for parts in files:
        depths = [depth for depth in range(1, len(parts)) if parts[:depth] in packages]
        found.update(".".join(parts[:depth]) for depth in depths[:1])
    return found or {parts[0] for parts in files}

found = {}
for name in sys.argv[1:]:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        found[name] = None
        continue
    tops = set((distribution.read_text("top_level.txt") or "").split())
    modules = shipped(distribution)
    listed = {module for module in modules if module.split(".")[0] in tops}
    found[name] = declared(distribution) or sorted(listed or tops or modules)
json.dump(found, open(1, "w"))
"""
"""Runs inside an environment and prints the modules of distributions: those of Import-Name (PEP 794), else those of
RECORD (https://packaging.python.org/en/latest/specifications/recording-installed-packages) that top_level.txt does not
exclude. A namespace package (PEP 420) is followed down to the first package. A folder such as ``faiss_cpu.libs`` holds
libraries and no module."""
_METADATA = ("*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info")
"""Where the metadata of installed distributions is; the last two are of setuptools without a wheel."""
_NOT_IMPORTED = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"})
"""Modules that distributions contain by mistake; users do not import them."""
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
        if not names:
            return {}
        finished = self._run(["-c", _MODULES, *names], IMPORT_SECONDS)
        found = json.loads(finished.stdout) if finished.returncode == 0 else {}
        return {name: tuple(filter(_is_module, tops or ())) for name, tops in found.items()}

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


def _is_module(name: str) -> bool:
    parts = name.split(".")
    are_public = all(part.isidentifier() and not part.startswith("_") for part in parts)
    return are_public and parts[0] not in _NOT_IMPORTED
