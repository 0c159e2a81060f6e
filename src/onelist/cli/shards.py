"""Which lists a shard of a run checks: matrix and check --shard decide it in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.analysis.lists import LoadedList, load_list
from onelist.core.errors import SettingsError, UsageError
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import redact
from onelist.core.version import __version__
from onelist.reports import shards
from onelist.settings.project import project_of, read_raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from onelist.checks.run import CheckOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFile:
    """A settings file of a run.

    Attributes:
        raw: Its content; None if it cannot be read.
        read: The list, or its mistakes; None if it cannot be read.
        failure: Why the shard that has it cannot go on; None if it can.
    """

    raw: bytes | None
    read: LoadedList | SettingsError | None
    failure: UsageError | None = None

    @property
    def work(self) -> int:
        """How much work it is to check it: distinct names times targets."""
        if not isinstance(self.read, LoadedList):
            return shards.LEAST_WORK
        names = {canonicalize_name(entry.requirement.name) for entry in self.read.requirements}
        return shards.work(len(names), len(self.read.targets))

    @property
    def contents(self) -> dict[str, bytes]:
        """What the check of it depends on, besides the options: settings.ini (``""``) and the files beside it."""
        contents = {"": self.raw} if self.raw is not None else {}
        if isinstance(self.read, LoadedList):
            project = self.read.project
            contents |= {**project.committed, **project.exported}
            contents |= {file.name: file.content for file in (project.readme, project.license) if file}
        return contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One shard of a run.

    Attributes:
        lists: Its lists as they were read, in the order of the run.
        other_shards: The lists of the other shards.
        shard: Which shard it is.
        run: The run.
        fail_on: The least severity that gives exit code 1.
        names: Each file of the run with the normalised name of its list; None where its settings have mistakes.
    """

    lists: Mapping[Path, LoadedList | SettingsError]
    other_shards: tuple[LoadedList, ...]
    shard: shards.Shard
    run: shards.Run
    fail_on: str
    names: Mapping[str, str | None]

    def to_json(self, results: Sequence[dict[str, Any]], texts: Sequence[str]) -> dict[str, Any]:
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


def read_files(paths: Iterable[Path]) -> dict[Path, ShardFile]:
    """Read settings files so that a mistake in one only stops the shard that has it."""
    return {path: read_file(path) for path in paths}


def read_part(paths: Iterable[Path], shard_text: str, options: CheckOptions) -> Part:
    """Return one shard of a run.

    Args:
        paths: The settings files of the whole run.
        shard_text: Which shard, such as ``2/4``.
        options: The options of the check.

    Returns:
        The shard.

    Raises:
        UsageError: There is no such shard, or a file of it cannot be read.
    """
    shard = shards.parse_shard(shard_text)
    files = read_files(paths)
    share = set(shards.shares([one.work for one in files.values()], shard.count)[shard.index - 1])
    lists: dict[Path, LoadedList | SettingsError] = {}
    other_shards: list[LoadedList] = []
    for position, (path, one) in enumerate(files.items()):
        if position in share and one.failure:
            raise one.failure
        if position in share and one.read:
            lists[path] = one.read
        elif isinstance(one.read, LoadedList):
            other_shards.append(one.read)
    contents = {str(path): one.contents for path, one in files.items()}
    run = shards.Run(files=tuple(contents), digest=shards.digest(contents, _call(options)))
    names = {
        str(path): one.read.project.settings.name if isinstance(one.read, LoadedList) else None
        for path, one in files.items()
    }
    return Part(
        lists=lists, other_shards=tuple(other_shards), shard=shard, run=run, fail_on=options.fail_on, names=names
    )


def read_file(path: Path) -> ShardFile:
    """Read a settings file; a mistake in it is a part of the result."""
    raw = None
    try:
        raw = read_raw(path)
        return ShardFile(raw=raw, read=load_list(project_of(path, raw)))
    except SettingsError as error:
        return ShardFile(raw=raw, read=error)
    except UsageError as error:
        return ShardFile(raw=raw, read=None, failure=error)


def _call(options: CheckOptions) -> dict[str, object]:
    """Return what the results depend on besides the files; passwords in addresses are left out."""
    network, resolve = options.network, options.resolve
    return {
        "settings_only": options.settings_only,
        "no_resolve": not resolve.enabled,
        "target": list(resolve.targets),
        "installer": list(resolve.installers),
        "channel": [redact(channel) for channel in options.channels],
        "as_of": network.cutoff.day.isoformat() if network.cutoff else "",
        "cache_policy": network.cache_policy.value,
        "select": list(options.select),
        "ignore": list(options.ignore),
        "fail_on": options.fail_on,
        "indexes": [redact(url) for url in (network.index_url or "", *network.extra_index_urls)],
        "version": __version__,
    }
