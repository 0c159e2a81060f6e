"""What spreads many lists over many machines: matrix, the shard of a check, and merge."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.api import LoadedList, codes_of, listed, targets_of
from onelist.cli.shared import CLEAN, one_or_several, print_json
from onelist.core.errors import SettingsError, UsageError
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import harmless, redact
from onelist.core.version import __version__
from onelist.reports import shards
from onelist.reports.shards import merge as merge_reports
from onelist.reports.shards import parse_report
from onelist.settings.project import find_settings, project_of, read_raw

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from onelist.reports.shards import Report

_MOST_BYTES = 512 * 1024 * 1024
"""The largest report that is read: one of 200 lists with all answers has some 50 MB."""
_CALL = ("settings_only", "no_resolve", "target", "installer", "channel", "offline", "select", "ignore", "fail_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One shard of a run.

    Attributes:
        files: Its settings files as they were read, in the order of the run.
        beside: The lists of the other shards.
        shard: Which it is.
        run: The run.
        fail_on: Which findings give exit code 1.
    """

    files: Mapping[Path, LoadedList | SettingsError]
    beside: tuple[LoadedList, ...]
    shard: shards.Shard
    run: shards.Run
    fail_on: str

    def json(self, results: Sequence[dict[str, Any]], texts: Sequence[str]) -> dict[str, Any]:
        """Return the report of the shard as plain data: each result, and the same as lines for people."""
        return {
            "schema_version": SCHEMA_VERSION,
            "shard": {
                "index": self.shard.index,
                "count": self.shard.count,
                "run": self.run.digest,
                "files": list(self.run.files),
                "fail_on": self.fail_on,
            },
            "results": list(results),
            "texts": list(texts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A settings file of a run; ``failure`` is why it stops the shard that has it, None for nothing."""

    raw: bytes | None
    read: LoadedList | SettingsError | None
    failure: UsageError | None = None


def matrix(arguments: argparse.Namespace) -> int:
    """Print the jobs of a matrix; no text of a path or a list is in it."""
    files = [_opened(path) for path in find_settings(map(Path, arguments.paths))]
    count = min(arguments.shards, len(files))
    shares = shards.shares([_work(one) for one in files], count)
    include = [
        {"shard": str(shards.Shard(index=index, count=count)), "index": index, "files": len(share)}
        for index, share in enumerate(shares, start=1)
    ]
    print_json({"include": include}, indent=None)
    return CLEAN


def part_of(arguments: argparse.Namespace) -> Part:
    """Return the shard of a run that a call of check names.

    Raises:
        UsageError: There is no such shard, or a file of it cannot be read.
    """
    shard = shards.parse_shard(arguments.shard)
    files = {path: _opened(path) for path in find_settings(map(Path, arguments.paths))}
    share = set(shards.shares([_work(one) for one in files.values()], shard.count)[shard.index - 1])
    mine: dict[Path, LoadedList | SettingsError] = {}
    beside: list[LoadedList] = []
    for position, (path, one) in enumerate(files.items()):
        if position in share and one.failure:
            raise one.failure
        if position in share and one.read:
            mine[path] = one.read
        elif isinstance(one.read, LoadedList):
            beside.append(one.read)
    contents = {str(path): _contents(one) for path, one in files.items()}
    run = shards.Run(files=tuple(contents), digest=shards.digest(contents, _call(arguments)))
    return Part(files=mine, beside=tuple(beside), shard=shard, run=run, fail_on=arguments.fail_on)


def merge(arguments: argparse.Namespace) -> int:
    """Print the one report of all shards, and return the exit code of a single run."""
    reports = [_report(Path(name)) for name in arguments.reports]
    results, code = merge_reports(reports)
    if arguments.format == "json":
        print_json(one_or_several([dict(result.data) for result in results]), indent=None)
        return code
    for result in results:
        # A report may come from somebody else, so its lines are made as harmless as our own are.
        sys.stdout.write("\n".join(map(harmless, result.text.split("\n"))))
    return code


def _opened(path: Path) -> _Opened:
    """Read a settings file so that what is wrong with it stops nobody but the shard that has it."""
    raw = None
    try:
        raw = read_raw(path)
        return _Opened(raw=raw, read=listed(project_of(path, raw)))
    except SettingsError as error:
        return _Opened(raw=raw, read=error)
    except UsageError as error:
        return _Opened(raw=raw, read=None, failure=error)


def _work(one: _Opened) -> int:
    if not isinstance(one.read, LoadedList):
        return shards.LEAST_WORK
    settings = one.read.project.settings
    names = {canonicalize_name(entry.requirement.name) for entry in one.read.requirements}
    return shards.work(len(names), len(targets_of(settings)))


def _contents(one: _Opened) -> dict[str, bytes]:
    """Return what one list is judged by, besides the call: its settings and the files beside it."""
    contents = {"": one.raw} if one.raw is not None else {}
    if isinstance(one.read, LoadedList):
        project = one.read.project
        contents |= project.committed
        contents |= {file.name: file.content for file in (project.readme, project.license) if file}
    return contents


def _call(arguments: argparse.Namespace) -> dict[str, object]:
    """Return what the results depend on besides the files; passwords of addresses are left out."""
    call: dict[str, object] = {name: getattr(arguments, name) for name in _CALL}
    call |= {"select": codes_of(arguments.select), "ignore": codes_of(arguments.ignore)}
    call["channel"] = [redact(channel) for channel in arguments.channel]
    call["indexes"] = [redact(url) for url in (arguments.index_url or "", *arguments.extra_index_url)]
    return {**call, "version": __version__}


def _report(path: Path) -> Report:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "its name is none"
        raise UsageError(f"{path} cannot be read: {reason}.", "Name the reports of the shards.") from error
    if len(raw) > _MOST_BYTES:
        raise UsageError(f"{path} is larger than 512 MiB, so it is no report.", "Name the reports of the shards.")
    return parse_report(str(path), raw)
