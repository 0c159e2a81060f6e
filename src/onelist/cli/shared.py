"""What the commands have in common."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelist.core.errors import (
    CLEAN,
    FINDINGS,
    UNKNOWN,
    USAGE,
    RefusedError,
    SettingsError,
    UnavailableError,
    UsageError,
)
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import printable
from onelist.reports import text
from onelist.reports.json_report import FileTotals, check_json
from onelist.settings.project import find_settings, load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from onelist.core.errors import OnelistError
    from onelist.core.model import Project


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


def report(errors: Sequence[OnelistError], *, as_json: bool) -> int:
    """Say what went wrong, and return the exit code.

    With ``as_json`` the findings of settings go to standard output in the form of a check.
    """
    with_findings = [error for error in errors if isinstance(error, SettingsError | RefusedError)]
    if as_json and with_findings:
        print_json(one_or_several([check_json(None, error.findings, _counted(error)) for error in with_findings]))
    for error in errors:
        if isinstance(error, SettingsError | RefusedError) and not as_json:
            sys.stderr.write(text.findings_text(error.findings, error.source))
        sys.stderr.write(printable(f"onelist: {error.message}") + "\n")
        if error.hint:
            sys.stderr.write(printable(f"    {error.hint}") + "\n")
    if any(isinstance(error, SettingsError | UsageError) for error in errors):
        return USAGE
    return UNKNOWN if any(isinstance(error, UnavailableError) for error in errors) else FINDINGS


def _counted(error: SettingsError | RefusedError) -> FileTotals:
    """Return which file an error is about."""
    named = [error.source.file] if error.source else [finding.file for finding in error.findings]
    return FileTotals(file=named[0] if named else "")
