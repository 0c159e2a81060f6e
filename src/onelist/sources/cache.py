"""What servers answered before: a folder of pages, each with its day and what is needed to ask "has it changed?"."""

from __future__ import annotations

import datetime
import hashlib
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from onelist.core.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping


_FORMAT = 2
_FAST = 1
"""zlib's fastest level: pages are JSON or HTML and come to a tenth even so."""


class CachePolicy(Enum):
    """What earlier answers are good for."""

    NORMAL = "use"
    """They spare questions as long as the server said that they hold."""
    OFFLINE = "only"
    """Nobody is asked; they are all there is."""
    REFRESH = "renew"
    """Everybody is asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResponse:
    """One answer that is kept.

    Attributes:
        status: 200, or 404 for "there is no such page".
        content: The body.
        content_type: As the server named it, ``""`` when it did not.
        stored: When the server last said this, in UTC.
        etag: What to ask with, ``""`` for nothing.
        modified: The same for servers that date their pages.
        max_age: For how many seconds from ``stored`` on the server need not be asked again.
        lasting: Whether it is new and may be kept.
    """

    status: int
    content: bytes
    content_type: str
    stored: datetime.datetime
    etag: str = ""
    modified: str = ""
    max_age: int = 0
    lasting: bool = False

    def is_fresh(self, now: datetime.datetime) -> bool:
        """Tell whether the server need not be asked (RFC 9111, freshness); only good answers are ever fresh."""
        age = (now - self.stored).total_seconds()
        return self.status != 404 and 0 <= age < self.max_age  # noqa: PLR2004 - a day in the future is that of a wrong clock


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where onelist keeps what it was told: ``ONELIST_CACHE_DIR``, else the user's place for caches."""
    if named := environment.get("ONELIST_CACHE_DIR"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("onelist", appauthor=False)


class ResponseCache:
    """A folder of pages by address. A damaged or unreadable one counts as not there, and is written anew."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is first put in."""
        self._folder = folder

    def get(self, address: str) -> CachedResponse | None:
        """Return the page of an address, or None."""
        try:
            head, _, packed = self._path(address).read_bytes().partition(b"\n")
            fields = json.loads(head)
            content = zlib.decompress(packed)
            return _page(fields, content) if _whole(fields, content) else None
        except (OSError, ValueError, zlib.error, KeyError, TypeError, RecursionError, OverflowError):
            return None

    def put(self, address: str, page: CachedResponse) -> None:
        """Keep a page; a folder that cannot be written is no reason to stop."""
        head: dict[str, Any] = {
            "format": _FORMAT,
            "status": page.status,
            "content_type": page.content_type,
            "stored": page.stored.isoformat(),
            "etag": page.etag,
            "modified": page.modified,
            "max_age": page.max_age,
        }
        head["sha256"] = _digest(head, page.content)
        with suppress(OSError):
            write_whole(self._path(address), json.dumps(head).encode() + b"\n" + zlib.compress(page.content, _FAST))

    def _path(self, address: str) -> Path:
        """Return the file of an address: named by a hash of it, without user and password."""
        parts = urlsplit(address)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return self._folder / (hashlib.sha256(bare.encode()).hexdigest()[:40] + ".page")


def _whole(fields: dict[str, Any], content: bytes) -> bool:
    """Tell whether a page is as it was written, its head included."""
    head = {key: value for key, value in fields.items() if key != "sha256"}
    return bool(fields["format"] == _FORMAT and fields["sha256"] == _digest(head, content))


def _digest(head: dict[str, Any], content: bytes) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode() + content).hexdigest()


def _page(fields: dict[str, Any], content: bytes) -> CachedResponse:
    return CachedResponse(
        status=int(fields["status"]),
        content=content,
        content_type=str(fields["content_type"]),
        stored=in_utc(fields["stored"]),
        etag=str(fields["etag"]),
        modified=str(fields["modified"]),
        max_age=int(fields["max_age"]),
    )


def in_utc(text: str) -> datetime.datetime:
    """Return a moment that was written with its zone.

    Raises:
        ValueError: It is none, or has no zone.
    """
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def path_of(address: str) -> Path:
    """Return the path that a ``file://`` address means."""
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(address).path))


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntryInfo:
    """What is remembered of one platform of a channel.

    Attributes:
        asked: When the server last answered for it, in UTC.
        missing: Whether it answered that there is no such platform.
        sharded: Whether the channel has sharded repodata (CEP 16).
    """

    asked: datetime.datetime
    missing: bool
    sharded: bool


class FetchTimes:
    """A folder with a small file for each channel; what cannot be read counts as not there."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is first put in."""
        self._folder = folder

    def get(self, channel: str) -> Mapping[str, CacheEntryInfo]:
        """Return the stamps of a channel by platform."""
        try:
            wire = json.loads(self._path(channel).read_bytes())
            return {
                subdir: CacheEntryInfo(
                    asked=in_utc(fields["asked"]),
                    missing=bool(fields["missing"]),
                    sharded=bool(fields["sharded"]),
                )
                for subdir, fields in wire.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return {}

    def put(self, channel: str, fetch_times: Mapping[str, CacheEntryInfo]) -> None:
        """Remember the stamps of a channel, beside those of other platforms."""
        wire = {
            subdir: {"asked": stamp.asked.isoformat(), "missing": stamp.missing, "sharded": stamp.sharded}
            for subdir, stamp in {**self.get(channel), **fetch_times}.items()
        }
        with suppress(OSError):
            write_whole(self._path(channel), json.dumps(wire).encode())

    def _path(self, channel: str) -> Path:
        return self._folder / (hashlib.sha256(channel.encode()).hexdigest()[:40] + ".json")
