"""What the commands have in common."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelist.described import SCHEMA_VERSION
from onelist.exceptions import UsageError
from onelist.exits import CLEAN, FINDINGS, UNKNOWN, USAGE
from onelist.project import find_settings, load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from onelist.model import Project

__all__ = ["CLEAN", "FINDINGS", "UNKNOWN", "USAGE"]


def single(path: str) -> Project:
    """Return the one project that a path names."""
    return load_project(single_file(path))


def single_file(path: str) -> Path:
    """Return the one settings file that a path names."""
    found = find_settings([Path(path)])
    if len(found) > 1:
        raise UsageError(f"There are {len(found)} settings files below {path}.", "Name the one that is meant.")
    return found[0]


def today() -> datetime.date:
    """Return the day, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC).date()


def shown(folder: Path) -> str:
    """Return a folder as it is shortest to read: relative to this one where it lies below it."""
    try:
        return folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()


def from_root(environment: Mapping[str, str]) -> Callable[[str], str]:
    """Return what turns a file's path into the one from the root of the repository that a runner of GitHub works in."""
    root = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()

    def place(file: str) -> str:
        try:
            return Path(file).resolve().relative_to(root).as_posix()
        except ValueError:
            return Path(file).as_posix()

    return place


def one_or_several(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one result as it is, and several in an object around them."""
    return results[0] if len(results) == 1 else {"schema_version": SCHEMA_VERSION, "results": results}


def print_json(data: dict[str, Any], *, indent: int | None = 2) -> None:
    """Print data for programs, in ASCII whatever the terminal speaks; what may be long is faster without an indent."""
    sys.stdout.write(json.dumps(data, indent=indent) + "\n")
