"""The cache on disk: responses of servers with the time of each, and when each subdir of a channel was last fetched."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from onelist.core.errors import UsageError
from onelist.core.system.files import write_atomically
from onelist.core.system.temporary import (
    clear_system_folder,
    private_folder,
    remove_leftovers,
    remove_leftovers_of_libraries,
)
from onelist.core.text import find_secret, secrets_in

if TYPE_CHECKING:
    from collections.abc import Mapping


_FORMAT = 3
"""Another number makes void what is in the cache: after a change of what counts as a response without a fault."""
_FAST = 1
"""zlib's fastest level. Responses are JSON or HTML, and even this level makes them ten times smaller."""
_NOT_FOUND = 404
_WRITTEN = ("pages", "projects", "channels", "resolutions")
"""The folders of the cache in which onelist writes."""
_FOLDERS = (*_WRITTEN, "repodata", "uv-pip", "pip", "packages")
"""The folders of the cache; rattler, uv and pip write in some of them."""
_OF_LIBRARIES = ("repodata", "repodata/shards-v1", "uv-pip")
"""The folders in which rattler and uv make temporary files."""
_FACTS = "requirements.json"
_INDEX_PAGE = re.compile(r"text/html|application/vnd\.pypi\.simple", re.IGNORECASE)
"""The content types of project pages (PEP 503, PEP 691)."""


class CachePolicy(Enum):
    """When cached responses are used."""

    NORMAL = "normal"
    """As long as the server said that they are valid."""
    OFFLINE = "offline"
    """Always: no server is asked."""
    REFRESH = "refresh"
    """Never: every server is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResponse:
    """A response of a server, from the cache or fit for it.

    Attributes:
        status: The HTTP status: 200, or 404 for "no such page".
        content: The body.
        content_type: The header Content-Type; ``""`` if there was none.
        stored: When the server last confirmed it, in UTC.
        etag: The header ETag; ``""`` if there was none.
        modified: The header Last-Modified; ``""`` if there was none.
        max_age: For how many seconds after ``stored`` the server need not be asked again.
        storable: Whether it is new and the server allows to store it.
        is_verified: Whether the content was read without a fault before: it comes from the cache.
    """

    status: int
    content: bytes
    content_type: str
    stored: datetime.datetime
    etag: str = ""
    modified: str = ""
    max_age: int = 0
    storable: bool = False
    is_verified: bool = False

    def is_fresh(self, now: datetime.datetime) -> bool:
        """Tell whether the server need not be asked (RFC 9111, section 4.2); "not found" is never fresh."""
        age = (now - self.stored).total_seconds()
        return self.status != _NOT_FOUND and 0 <= age < self.max_age  # an age below 0 comes from a wrong clock


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the cache: ``ONELIST_CACHE_DIR``, else the user's cache folder (platformdirs).

    Raises:
        UsageError: ``ONELIST_CACHE_DIR`` names a file.
    """
    if named := environment.get("ONELIST_CACHE_DIR"):
        folder = Path(named)
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is not a folder.", "Name the folder for the cache in ONELIST_CACHE_DIR.")
        return folder
    from platformdirs import user_cache_path

    return user_cache_path("onelist", appauthor=False)


def prepare_cache(folder: Path) -> None:
    """Make the folder of the cache one that only this user can read, and remove what killed processes left.

    A folder that holds other files too is not only a cache, so its own rights stay. A folder that cannot be written is
    not an error.

    Args:
        folder: The folder.
    """
    with suppress(OSError):
        if not folder.exists() or {path.name for path in folder.iterdir()} <= {*_FOLDERS, _FACTS}:
            private_folder(folder)
    for name in _FOLDERS:
        with suppress(OSError):
            private_folder(folder / name)
    clear_system_folder()
    for written in (folder, *(folder / name for name in _WRITTEN)):
        remove_leftovers(written)
    for name in _OF_LIBRARIES:
        remove_leftovers_of_libraries(folder / name)


class ResponseCache:
    """A folder of responses by address. A damaged or unreadable one counts as missing, and is written again."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first response."""
        self._folder = folder

    def get(self, address: str) -> CachedResponse | None:
        """Return the response of an address; None if there is none."""
        try:
            head, _, packed = self._path(address).read_bytes().partition(b"\n")
            fields = json.loads(head)
            content = zlib.decompress(packed)
            return _response(fields, content) if _is_intact(fields, content) else None
        except (OSError, ValueError, zlib.error, KeyError, TypeError, RecursionError, OverflowError):
            return None

    def put(self, address: str, response: CachedResponse) -> None:
        """Store a response, unless it names a secret. A folder that cannot be written is not an error."""
        if _names_secret(address, response):
            return
        head: dict[str, Any] = {
            "format": _FORMAT,
            "status": response.status,
            "content_type": response.content_type,
            "stored": response.stored.isoformat(),
            "etag": response.etag,
            "modified": response.modified,
            "max_age": response.max_age,
        }
        head["sha256"] = _digest(head, response.content)
        _write(self._path(address), json.dumps(head).encode() + b"\n" + zlib.compress(response.content, _FAST))

    def _path(self, address: str) -> Path:
        """Return the file of an address, named by a hash of the address without user and password."""
        parts = urlsplit(address)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return self._folder / f"{_hash_of(bare)}.page"


def _names_secret(address: str, response: CachedResponse) -> bool:
    """Tell whether a response repeats a secret of its address, or is a project page that has secrets in its links."""
    said = response.content + response.etag.encode() + response.content_type.encode()
    if any(secret.encode() in said for secret in secrets_in(address)):
        return True
    if b"?" not in said or not _INDEX_PAGE.match(response.content_type):
        return False
    return find_secret(response.content.decode(errors="replace")) is not None


def _is_intact(fields: dict[str, Any], content: bytes) -> bool:
    """Tell whether the file of a response is as it was written, its head included."""
    head = {key: value for key, value in fields.items() if key != "sha256"}
    return bool(fields["format"] == _FORMAT and fields["sha256"] == _digest(head, content))


def _digest(head: dict[str, Any], content: bytes) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode() + content).hexdigest()


def _response(fields: dict[str, Any], content: bytes) -> CachedResponse:
    return CachedResponse(
        status=int(fields["status"]),
        content=content,
        content_type=str(fields["content_type"]),
        stored=_parse_utc(fields["stored"]),
        etag=str(fields["etag"]),
        modified=str(fields["modified"]),
        max_age=int(fields["max_age"]),
        is_verified=True,
    )


def _parse_utc(text: str) -> datetime.datetime:
    """Return a time that was written with its time zone.

    Raises:
        ValueError: It is not a time, or has no time zone.
    """
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def file_path(address: str) -> Path:
    """Return the path of a ``file://`` address."""
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(address).path))


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntryInfo:
    """What is known of one subdir of a channel from its last fetch.

    Attributes:
        fetched: When the server last answered for it, in UTC.
        missing: Whether the server answered that there is no such subdir.
        sharded: Whether the channel has sharded repodata (CEP 16).
    """

    fetched: datetime.datetime
    missing: bool
    sharded: bool


class FetchTimes:
    """A folder with one small file for each channel; a file that cannot be read counts as missing."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first file."""
        self._folder = folder

    def get(self, channel: str) -> Mapping[str, CacheEntryInfo]:
        """Return what is known of a channel, by subdir."""
        try:
            data = json.loads(self._path(channel).read_bytes())
            return {
                subdir: CacheEntryInfo(
                    fetched=_parse_utc(fields["asked"]),
                    missing=bool(fields["missing"]),
                    sharded=bool(fields["sharded"]),
                )
                for subdir, fields in data.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return {}

    def put(self, channel: str, entries: Mapping[str, CacheEntryInfo]) -> None:
        """Store what is known of some subdirs of a channel; other subdirs keep their entries."""
        data = {
            subdir: {"asked": entry.fetched.isoformat(), "missing": entry.missing, "sharded": entry.sharded}
            for subdir, entry in {**self.get(channel), **entries}.items()
        }
        _write(self._path(channel), json.dumps(data).encode())

    def _path(self, channel: str) -> Path:
        return self._folder / f"{_hash_of(channel)}.json"


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _write(path: Path, content: bytes) -> None:
    """Write a file of the cache; without a writable cache, onelist works more slowly."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
