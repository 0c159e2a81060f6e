"""onelist's own answers: whole processes of ``onelist check --format json`` and ``onelist build``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING, Any

import rattler
from answers import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

ONELIST = [sys.executable, "-m", "onelist"]
AT_A_TIME = 20
"""How many lists one call gets."""
STATES = {"resolved": "installs", "clash": "cannot", "unknown": "unknown"}
SECONDS = 3600
Row = tuple[str, str, str | None]
"""A file, a target and a priority of channels."""


def environment_of(folder: Path, mirrors: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for onelist: a cache of its own, and channels that are served in place of real ones.

    Args:
        folder: A folder for cache and configuration.
        mirrors: The address of a channel, and where it is served.
    """
    place = folder / "config/rattler"
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.toml").write_text(mirrors_toml(mirrors), encoding="utf-8")
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "ONELIST_CACHE_DIR": str(folder / "cache")}
    return {**os.environ, **own}


def mirrors_toml(mirrors: Mapping[str, str]) -> str:
    """Return rattler's configuration for what is served in place of channels."""
    lines = [f'"{channel}" = ["{address}"]' for channel, address in mirrors.items()]
    return "[mirrors]\n" + "\n".join(lines) + "\n"


def said(files: Sequence[Path], options: Sequence[str], environment: Mapping[str, str]) -> dict[Row, Answer]:
    """Return onelist's answers.

    Args:
        files: Settings files; those with errors get no answer.
        options: Further options of check.
        environment: See ``environment_of``.

    Returns:
        An answer for each file, target and priority.
    """
    found: dict[Row, Answer] = {}
    for start in range(0, len(files), AT_A_TIME):
        some = files[start : start + AT_A_TIME]
        for report in _reports([*ONELIST, "check", "--format", "json", *options, *map(str, some)], environment):
            for row in report["resolutions"] or ():
                found[report["file"], row["target"], row.get("priority")] = _answer(row)
    return found


def _reports(command: Sequence[str], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    ran = subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, timeout=SECONDS, check=False, encoding="utf-8"
    )
    if not ran.stdout.startswith(("{", "[")):
        raise SystemExit(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    data = json.loads(ran.stdout)
    return list(data["results"]) if "results" in data else [data]


def _answer(row: Mapping[str, Any]) -> Answer:
    builds = row.get("builds")
    return Answer(
        verdict=STATES[row["state"]],  # type: ignore[arg-type]
        versions=row["versions"] or {},
        builds=None if builds is None else tuple(sorted(one["name"] for one in builds)),
        compilers={one["name"]: one["compiler"] for one in builds or ()},
        reason=row["reason"] or "",
    )


def write_list(path: Path, requirements: Iterable[str], conda: Iterable[str] = ()) -> Path:
    """Write a settings file for all Pythons that onelist knows; return its path."""
    listed = "\n    ".join(requirements)
    lines = ["[DEFAULT]", f"lib_name = list-{path.stem}", "version = 1", "license = mit", "min_python = 3.9"]
    lines += [f"requirements =\n    {listed}", f"conda_requirements = {' '.join(conda)}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def built(path: Path, folder: Path, kind: str) -> Path | None:
    """Build the wheel or the .conda of a list; return its path, or None where the list has errors."""
    output = folder / f"{path.stem}-{kind}"
    ran = subprocess.run(
        [*ONELIST, "build", str(path), "-o", str(output), "--only", kind], capture_output=True, check=False
    )
    pattern = "*.whl" if kind == "wheel" else "conda/noarch/*.conda"
    return next(iter(output.glob(pattern)), None) if ran.returncode == 0 else None


def wheel_requirements(wheel: Path) -> tuple[str, ...]:
    """Return what a wheel requires, without its extras."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        listed = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    return tuple(text for text in listed if "extra ==" not in text)


def conda_requirements(package: Path) -> tuple[str, ...]:
    """Return what a .conda depends on."""
    return tuple(rattler.IndexJson.from_package_archive(package).depends)


def targets_of(files: Sequence[Path]) -> Iterator[tuple[Path, frozenset[str], int]]:
    """Yield each file without errors with its platforms and the minor version of its lowest Python."""
    command = [*ONELIST, "check", "--settings-only", "--format", "json", *map(str, files)]
    for path, report in zip(files, _reports(command, os.environ), strict=True):
        if settings := report["settings"]:
            yield path, frozenset(settings["platforms"]), int(settings["min_python"].partition(".")[2])
