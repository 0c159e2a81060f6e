"""Real pip as an oracle: ``pip install --dry-run --report`` in virtual environments of its own."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from answers import Answer
from packaging.utils import canonicalize_name

from onelist.sources.installers import find_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NEWEST, FORMER = "pip", "pip==24.3.1"
"""The newest pip, and the one of two years ago."""
SECONDS = 600
"""How long one pip may take: it may build a dozen source distributions to read their metadata."""
_SUBDIRS = {
    ("Linux", "x86_64"): "linux-64",
    ("Linux", "aarch64"): "linux-aarch64",
    ("Darwin", "x86_64"): "osx-64",
    ("Darwin", "arm64"): "osx-arm64",
    ("Windows", "AMD64"): "win-64",
}
_BREAKS = re.compile(
    r"metadata-generation-failed|subprocess-exited-with-error|did not run successfully|has inconsistent|"
    r"installing build dependencies|BackendUnavailable|is invalid|has an invalid|not a zip file|Cannot unpack|"
    r"Could not unpack|Invalid member in the tar|outside target directory|EOFError|"
    r"invalid wheel|InvalidWheel|requires a different|build-backend|BadZipFile|ReadError"
)
_UNREACHED = re.compile(
    r"ConnectionError|timed out|Temporary failure|Max retries|HTTP error 5|IncompleteRead|No space left"
)
_CANNOT = re.compile(
    r"ResolutionImpossible|No matching distribution found|resolution-too-deep|not a supported wheel|HTTP error 4"
)


def machine() -> str:
    """Return the target of this machine, for instance ``linux-64/3.12``."""
    subdir = _SUBDIRS[platform.system(), platform.machine()]
    return f"{subdir}/{sys.version_info.major}.{sys.version_info.minor}"


def index_settings(address: str | None = None, *others: str) -> dict[str, str]:
    """Return the environment for pip: everything else that could change its answer is off.

    Args:
        address: The main index; None for those of this machine's settings.
        others: The extra indexes.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}
    found = find_indexes(address, others)
    main, *extra = (index.address for index in found.indexes)
    kept |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": main, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    kept |= {"PIP_NO_INPUT": "1", "PIP_DEFAULT_TIMEOUT": "60", "NO_PROXY": "127.0.0.1"}
    if extra:
        kept["PIP_EXTRA_INDEX_URL"] = " ".join(extra)
    if found.certificates:
        kept["PIP_CERT"] = found.certificates
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Pip:
    """One pip.

    Attributes:
        python: The interpreter of its environment.
        version: Its version.
        cache: The folder for what it downloads; None for no cache.
    """

    python: Path
    version: str
    cache: Path | None = None

    @classmethod
    def made(cls, requirement: str, folder: Path) -> Pip:
        """Return a pip in an environment in a folder; make it where there is none.

        Args:
            requirement: For instance ``pip==24.3.1``; ``pip`` for the newest.
            folder: The folder of all environments. Remove it to get a newer pip.
        """
        place = folder / re.sub(r"\W+", "-", requirement)
        python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (place / "done").is_file():
            venv.create(place, with_pip=True, clear=True)
            command = [str(python), "-P", "-m", "pip", "install", "--quiet", "--upgrade", requirement]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            (place / "done").touch()
        return cls.at(python, folder / "pip-cache")

    @classmethod
    def at(cls, python: Path, cache: Path | None = None) -> Pip:
        """Return the pip of an interpreter."""
        asked = "import importlib.metadata; print(importlib.metadata.version('pip'))"
        ran = subprocess.run([str(python), "-P", "-c", asked], check=True, capture_output=True, text=True)
        return cls(python=python, version=ran.stdout.strip(), cache=cache)

    @property
    def release(self) -> tuple[int, ...]:
        """Its version as numbers."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2])

    def install(
        self, requirements: Sequence[str], environment: Mapping[str, str], *, sources: bool, leave: str = ""
    ) -> Answer:
        """Return what it would install into an empty environment.

        Args:
            requirements: Requirements, or paths of wheels.
            environment: See ``index_settings``.
            sources: Whether it may take source distributions; their build backends run.
            leave: The name of the list itself, which is not a part of the answer.
        """
        cache = ["--cache-dir", str(self.cache)] if self.cache else ["--no-cache-dir"]
        command = [str(self.python), "-P", "-m", "pip", "install", "--dry-run", "--ignore-installed", *cache]
        command += ["--quiet", "--report", "-", *(() if sources else ("--only-binary", ":all:")), *requirements]
        try:
            ran = subprocess.run(
                command,
                env=dict(environment),
                capture_output=True,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer(verdict="unknown", reason=f"pip needs more than {SECONDS} seconds")
        messages = ran.stderr.decode(errors="replace")
        if ran.returncode:
            return _failure(messages)
        return _success(json.loads(ran.stdout.decode()), leave)


def _success(report: Mapping[str, Any], leave: str) -> Answer:
    versions: dict[str, str] = {}
    built = []
    for item in report["install"]:
        name = canonicalize_name(item["metadata"]["name"])
        if name != canonicalize_name(leave or "-"):
            versions[name] = item["metadata"]["version"]
            if not item["download_info"]["url"].partition("#")[0].endswith(".whl"):
                built.append(name)
    return Answer(verdict="installs", versions=versions, builds=tuple(sorted(built)))


def _failure(messages: str) -> Answer:
    """Return what pip's messages mean; the last lines that are errors are the reason."""
    errors = [line for line in messages.splitlines() if re.match(r"\s*(ERROR|error|hint|\w+Error\b)", line)]
    reason = "\n".join(errors[:12]) or messages[-800:]
    for verdict, pattern in (("unknown", _UNREACHED), ("breaks", _BREAKS), ("cannot", _CANNOT)):
        if pattern.search(messages):
            return Answer(verdict=verdict, reason=reason)  # type: ignore[arg-type]
    return Answer(verdict="unknown", reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipMode:
    """A pip with or without source distributions.

    Attributes:
        pip: The pip.
        sources: Whether it may take them.
        decides: Whether onelist is to say the same. It speaks of a current pip.
    """

    pip: Pip
    sources: bool
    decides: bool = True

    def __str__(self) -> str:
        """Return its name in the table."""
        return f"pip {self.pip.version}, {'with sources' if self.sources else 'wheels only'}"
