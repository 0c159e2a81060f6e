"""What the requirements of releases have said about other projects, where pip decides by it and uv does not.

uv keeps metadata in its own cache, so a requirement passes by once and not again: what it says is kept in a file.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core.system.files import write_atomically
from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TELLING = re.compile(r"==|[0-9][._-]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[._-]?[0-9]*", re.IGNORECASE)
"""What a requirement holds that names a version exactly, or a pre-release (PEP 440)."""
_MOST = 200_000
"""How many versions are kept; with more, the file is begun again."""


class RequirementFacts:
    """Versions that some requirement names exactly, and projects of which some requirement names a pre-release.

    Several threads may use it.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; one that cannot be read counts as empty."""
        self._path = path
        self._lock = threading.Lock()
        self._pinned: dict[str, set[Version]] = {}
        self._prereleases: set[str] = set()
        self._changed = False
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            data = json.loads(path.read_bytes())
            self._prereleases = set(map(str, data["prereleases"]))
            self._pinned = {name: set(map(Version, versions)) for name, versions in data["pinned"].items()}

    def learn(self, requirements: Iterable[str]) -> None:
        """Remember what requirements (PEP 508) say."""
        for text in requirements:
            if not _TELLING.search(text):
                continue
            requirement = parse_requirement(text)
            if requirement is None:
                continue
            name = str(canonicalize_name(requirement.name))
            exact = {
                version
                for clause in requirement.specifier
                if clause.operator in {"==", "==="} and (version := _version(clause.version))
            }
            with self._lock:
                if not exact <= self._pinned.get(name, set()):
                    self._pinned.setdefault(name, set()).update(exact)
                    self._changed = True
                if requirement.specifier.prereleases and name not in self._prereleases:
                    self._prereleases.add(name)
                    self._changed = True

    def pinned(self, name: str) -> frozenset[Version]:
        """Return the versions of a project that some requirement names exactly."""
        with self._lock:
            return frozenset(self._pinned.get(name, ()))

    def names_prerelease(self, name: str) -> bool:
        """Tell whether some requirement names a pre-release of a project."""
        with self._lock:
            return name in self._prereleases

    def save(self) -> None:
        """Write the file; a folder that cannot be written is not an error."""
        with self._lock:
            if not self._changed:
                return
            size = sum(map(len, self._pinned.values()))
            pinned = {name: sorted(map(str, versions)) for name, versions in self._pinned.items()}
            data = {"pinned": pinned if size <= _MOST else {}, "prereleases": sorted(self._prereleases)}
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, json.dumps(data).encode())


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # ``1.*``, or not a version
        return None
