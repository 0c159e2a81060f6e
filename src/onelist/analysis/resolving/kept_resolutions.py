"""Resolutions of earlier calls, which still stand where nothing that the resolver read has changed.

A resolution is kept with the names of all projects or packages that its resolver read, and a hash over their pages or
records. It stands as long as the question, the resolver and that hash are the same (docs/design.md, "A second look").
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import time
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from onelist.analysis.resolving.resolution import Resolved, Unsatisfiable
from onelist.analysis.resolving.resolution_data import from_data, to_data
from onelist.core.system.files import write_atomically
from onelist.core.targets import PLATFORMS
from onelist.core.version import __version__
from onelist.sources.cache import CachePolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from onelist.analysis.resolving.resolution import Resolution, ResolveRequest
    from onelist.analysis.resolving.solves import Precedents
    from onelist.sources.config import NetworkOptions
    from onelist.sources.solution import ResolverInputs

_FORMAT = 4
"""Another number makes void what was kept: after a change of how a resolution is found, or of these files."""
_DAYS = 60
"""A file that nobody has needed for so many days is removed."""
_ERRORS = (OSError, ValueError, LookupError, TypeError, zlib.error, RecursionError)
"""What a damaged file leads to. It counts as missing, and costs only time."""


class KeptResolutions:
    """The resolutions in the cache: a file for each set of members, installer and platform."""

    def __init__(self, options: NetworkOptions) -> None:
        """Take the options of the call; ``CachePolicy.REFRESH`` proves everything again."""
        self._folder = options.cache_dir / "resolutions"
        self._today = options.now.date()
        self._as_of = options.cutoff.key if options.cutoff else ""
        self._is_refresh = options.cache_policy is CachePolicy.REFRESH
        self._files: dict[str, _File] = {}

    async def find(
        self, request: ResolveRequest, inputs: ResolverInputs, precedents: Precedents
    ) -> tuple[Resolution, ...] | None:
        """Return the resolutions for a request that still stand.

        Args:
            request: The request.
            inputs: What the resolver reads.
            precedents: What was found for earlier targets: a set that was searched for depends on them.

        Returns:
            The resolution, and after it that with strict channel priority, where that differs; None if it must be
            proved again.
        """
        if self._is_refresh:
            return None
        file = self._file(request, inputs)
        try:
            kept = file.entries[_question(request)]
            names = file.names[kept["names"]]
            day = datetime.date.fromisoformat(kept["proved"])
            rows = json.loads(zlib.decompress(base64.b85decode(kept["rows"])))
            found = tuple(from_data(row, request, day if day != self._today else None) for row in rows)
        except _ERRORS:
            return None
        if kept["inputs"] != await _hash_of_inputs(inputs, names, request):
            return None
        if kept["precedents"] is not None and kept["precedents"] != await precedents.key(request):
            return None
        return found

    async def keep(
        self,
        resolutions: Sequence[Resolution],
        inputs: ResolverInputs,
        asked: Collection[tuple[str, ...]],
        precedents: Precedents,
    ) -> None:
        """Keep what was proved, if all that the resolver read is known.

        Args:
            resolutions: The resolution of a request, and after it that with strict channel priority, where it differs.
            inputs: What the resolver reads.
            asked: The sets of requirements that it was asked about.
            precedents: What was found for earlier targets.
        """
        request = resolutions[0].request
        rows = [row for one in resolutions if (row := to_data(one)) is not None]
        if len(rows) != len(resolutions):
            return
        names = await inputs.names(asked, request.target)
        if names is None or (hashed := await _hash_of_inputs(inputs, names, request)) is None:
            return
        file = self._file(request, inputs)
        file.entries[_question(request)] = {
            "rows": base64.b85encode(zlib.compress(json.dumps(rows).encode(), 1)).decode(),  # thousands are in memory
            "proved": self._today.isoformat(),
            "names": file.number(sorted(names)),
            "inputs": hashed,
            "precedents": await precedents.key(request) if any(map(_was_searched, resolutions)) else None,
        }
        file.changed = True

    def save(self) -> None:
        """Write the files that have changed; a folder that cannot be written is not an error."""
        changed = [(key, file) for key, file in self._files.items() if file.changed]
        if not changed:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for key, file in changed:
                write_atomically(self._path(key), zlib.compress(json.dumps(file.data()).encode(), 1))
            oldest = time.time() - _DAYS * 24 * 3600
            for path in self._folder.iterdir():
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _file(self, request: ResolveRequest, inputs: ResolverInputs) -> _File:
        names = sorted({member.name for member in request.members})
        parts = [_FORMAT, __version__, inputs.identity, self._as_of, request.installer, request.target.platform, names]
        key = _hash(repr(parts))
        if key not in self._files:
            self._files[key] = _File.read(self._path(key))
        return self._files[key]

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json.z"


class _File:
    """One file: resolutions by question, and the sets of names that they share."""

    def __init__(self, names: list[list[str]], entries: dict[str, dict[str, Any]]) -> None:
        self.names = names
        self.entries = entries
        self.changed = False

    @classmethod
    def read(cls, path: Path) -> _File:
        """Return what a file holds; nothing for one that does not exist or is damaged."""
        try:
            data = json.loads(zlib.decompress(path.read_bytes()))
            return cls(list(data["names"]), dict(data["entries"]))
        except _ERRORS:
            return cls([], {})

    def number(self, names: list[str]) -> int:
        """Return the number of a set of names, which is added if it is new."""
        if names not in self.names:
            self.names.append(names)
        return self.names.index(names)

    def data(self) -> dict[str, Any]:
        return {"names": self.names, "entries": self.entries}


def _question(request: ResolveRequest) -> str:
    """Return a hash of all that a request asks; the status of each member is a part of it."""
    members = [
        (one.requirement.id, one.name, one.spec, one.status, one.strict_status, one.unpinned, one.looser)
        for one in request.members
    ]
    parts = (request.channels, request.priority, request.target, PLATFORMS[request.target.platform], members)
    return _hash(repr(parts))


async def _hash_of_inputs(inputs: ResolverInputs, names: Collection[str], request: ResolveRequest) -> str | None:
    found = await inputs.fingerprints(names, request.target)
    return None if found is None else _hash(repr(sorted(found.items())))


def _was_searched(resolution: Resolution) -> bool:
    """Tell whether a resolution names sets of members that were searched for: there may be other such sets."""
    status = resolution.status
    return isinstance(status, Unsatisfiable) or (isinstance(status, Resolved) and bool(status.held_back))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
