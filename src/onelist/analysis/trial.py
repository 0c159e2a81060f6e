"""Fresh environments for a trial: made, filled, looked into, and thrown away by whoever made their folder.

What is installed is code of others, and importing it runs it: only :mod:`onelist.commands.trying` comes here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.sources.installers import uv_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


IMPORT_SECONDS = 300
_MODULES = """
import importlib.metadata as metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        found[name] = None
        continue
    tops = set((distribution.read_text("top_level.txt") or "").split())
    for file in distribution.files or ():
        parts = file.parts
        if not tops and parts[0] != ".." and file.suffix in (".py", ".so", ".pyd"):
            found.setdefault(name, set()).add(parts[0].split(".")[0])
    found[name] = sorted(tops or found.get(name, ()))
json.dump(found, open(1, "w"))
"""
"""What tells, inside an environment, which modules a distribution brings: by its top_level.txt, else by its RECORD
(https://packaging.python.org/en/latest/specifications/recording-installed-packages)."""
_NO_MODULES = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"})
"""What distributions bring by mistake, and nobody imports."""
_HARMFUL = ("PYTHON", "UV_", "VIRTUAL_ENV", "CONDA_")
"""Beginnings of variables that would let an environment see more than itself."""


class InstallError(Exception):
    """An installation failed; its text is what the installer said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment on this disk.

    Attributes:
        prefix: Its folder.
    """

    prefix: Path

    @property
    def python(self) -> Path:
        """Its Python."""
        windows = (self.prefix / "Scripts/python.exe", self.prefix / "python.exe")
        return next((path for path in windows if path.exists()), self.prefix / "bin/python")

    def size(self) -> int:
        """Return how many bytes its files have, each counted once."""
        seen: dict[tuple[int, int], int] = {}
        for folder, _, files in os.walk(self.prefix):
            for name in files:
                status = Path(folder, name).lstat()
                seen[status.st_dev, status.st_ino] = status.st_size
        return sum(seen.values())

    def distributions(self, conda_name: str) -> tuple[str, ...]:
        """Return which distributions a conda package has brought, from the record of what it installed."""
        for path in self.prefix.glob(f"conda-meta/{conda_name}-*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.get("name") == conda_name:
                folders = {Path(file).parent.name for file in record.get("files", ()) if file.endswith("METADATA")}
                infos = [folder for folder in folders if folder.endswith(".dist-info")]
                return tuple(sorted(info.removesuffix(".dist-info").rpartition("-")[0] for info in infos))
        return ()

    def modules(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return which modules distributions bring; nothing for one that is not installed."""
        if not names:
            return {}
        ran = self._run(["-c", _MODULES, *names], IMPORT_SECONDS)
        found = json.loads(ran.stdout) if ran.returncode == 0 else {}
        return {name: tuple(filter(_is_module, tops or ())) for name, tops in found.items()}

    def import_error(self, module: str) -> str | None:
        """Import a module in a process of its own; return why that fails, None when it does not."""
        code = "import importlib, sys; importlib.import_module(sys.argv[1])"
        try:
            ran = self._run(["-c", code, module], IMPORT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"was not done after {IMPORT_SECONDS} seconds"
        if ran.returncode == 0:
            return None
        said = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
        if ran.returncode < 0:
            return f"the Python process died of signal {-ran.returncode}"
        return said[-1] if said else f"the Python process ended with {ran.returncode}"

    def problems(self) -> tuple[str, ...]:
        """Return what does not fit together, as ``pip check`` would say it."""
        command = [uv_program(), "pip", "check", "--python", str(self.python), "--no-config", "--color", "never"]
        ran = _run(command, IMPORT_SECONDS, clean_environment(os.environ), self.prefix)
        if ran.returncode == 0:
            return ()
        lines = [line.strip() for line in ran.stderr.splitlines()]
        return tuple(line for line in lines if line and not line.startswith(("Checked ", "Found ", "Using ")))

    def _run(self, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        command = [str(self.python), "-s", *arguments]
        return _run(command, seconds, clean_environment(os.environ), self.prefix)


class Uv:
    """Makes virtual environments and installs into them, as pip would."""

    def __init__(self, variables: Mapping[str, str], seconds: float) -> None:
        """Take the settings.

        Args:
            variables: The environment variables for uv, with the index in them.
            seconds: How long one step may take.
        """
        self._variables = variables
        self._seconds = seconds

    def make(self, prefix: Path, python: str) -> Environment:
        """Make an empty environment with a Python, for instance ``3.12``.

        Raises:
            InstallError: There is no such Python on this machine.
        """
        is_own = python == f"{sys.version_info[0]}.{sys.version_info[1]}"
        # uv looks on PATH, and not where the virtual environment that this runs in has its Python from.
        interpreter = sys.executable if is_own and sys.executable else python
        self._run(prefix.parent, "venv", str(prefix), "--python", interpreter)
        return Environment(prefix=prefix)

    def install(self, environment: Environment, wanted: Iterable[str], *, deps: bool) -> None:
        """Install wheels (paths) and requirements (PEP 508), with what they need unless told otherwise.

        Raises:
            InstallError: It failed.
        """
        options = ["--python", str(environment.prefix), "--index-strategy", "unsafe-best-match"]
        self._run(environment.prefix.parent, "pip", "install", *options, *([] if deps else ["--no-deps"]), *wanted)

    def count(self, environment: Environment) -> int:
        """Return how many distributions are in an environment."""
        listed = self._run(environment.prefix, "pip", "list", "--python", str(environment.prefix), "--format", "json")
        return len(json.loads(listed))

    def _run(self, folder: Path, *arguments: str) -> str:
        command = [uv_program(), *arguments, "--no-config", "--quiet", "--color", "never", "--no-progress"]
        try:
            ran = _run(command, self._seconds, self._variables, folder)
        except subprocess.TimeoutExpired:
            raise InstallError(f"uv was not done after {self._seconds:g} seconds") from None
        if ran.returncode:
            raise InstallError(ran.stderr)
        return ran.stdout


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables without those that would let an environment see more than itself."""
    return {name: value for name, value in variables.items() if not name.startswith(_HARMFUL)}


def _run(
    command: Sequence[str], seconds: float, environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - uv, or the Python of an environment of our own
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
        env=dict(environment),
        cwd=folder,
    )


def _is_module(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_") and name not in _NO_MODULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One module of a requirement.

    Attributes:
        requirement: The requirement, as written.
        module: The module; ``""`` where what is installed of the requirement has none.
        error: Why it cannot be imported; None when it can, or was not tried.
    """

    requirement: str
    module: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One installation.

    Attributes:
        installer: ``pip`` or ``conda``.
        python: The Python, for instance ``3.12``.
        failure: Why nothing was installed; None when it was.
        unknown: Whether that says nothing about the list: a network that failed.
        seconds: How long it took.
        packages: How many packages were installed.
        size: Bytes on disk.
        problems: What does not fit together, in the installer's words.
        imported: What was imported.
    """

    installer: str
    python: str
    failure: str | None = None
    unknown: bool = False
    seconds: float = 0.0
    packages: int = 0
    size: int = 0
    problems: tuple[str, ...] = ()
    imported: tuple[Imported, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all of it went well."""
        return self.failure is None and not self.problems and not any(one.error for one in self.imported)
