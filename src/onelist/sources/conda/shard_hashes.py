"""Compare shards with the hashes that name them (CEP 16): rattler does not, and uses an older shard as if it were new.

rattler keeps each shard unpacked, so its hash cannot be computed from the cache. A shard is fetched once more, hashed,
unpacked, and compared with what rattler has. The result is kept: the next look asks only for shards that have changed.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.system.files import write_atomically
from onelist.core.system.temporary import lasting_folder
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.http import HttpClient

INDEX = "repodata_shards.msgpack.zst"
"""The file that lists the shards of a subdir (https://conda.org/learn/ceps/cep-0016)."""
WRONG_HASH = SourceError(
    kind=SourceErrorKind.DAMAGED_SHARD, detail="its SHA-256 is not the one that the channel lists for it"
)
_MAGIC = b"SHARD-CACHE-V1"
"""How rattler's copy of an index begins; the length of its HTTP headers and these follow, then the unpacked index."""
_LONGEST_HEAD = 1 << 20
_DIGEST = 32
"""The bytes of a SHA-256."""
_FIXED, _BYTE = 32, 256
"""Texts below these lengths have a head of one byte, or of two (MessagePack, "str format family")."""
_BASE = b"\xafshards_base_url"
_WRONG = "!"
"""Stands before the seal of a shard that was not the right one."""
_MOST_BYTES = 1 << 26
"""The largest shard that is compared, packed and unpacked: 64 MiB."""


class ShardState(Enum):
    """What the comparison says."""

    RIGHT = "rattler has what the hash names"
    OTHER = "the server sends what the hash names, and rattler has something else"
    WRONG = "the server sends something else"
    UNTOLD = "there is nothing to compare"


class Shard(NamedTuple):
    """A shard in rattler's cache.

    Attributes:
        file: The unpacked shard.
        digest: The SHA-256 of the packed shard, in hexadecimal: its name.
        addresses: From where it can be fetched.
    """

    file: Path
    digest: str
    addresses: tuple[str, ...]


class ShardHashes:
    """The shards in rattler's cache, and which of them are known to be right. Several threads may use it."""

    def __init__(self, repodata: Path, kept: Path, http: HttpClient) -> None:
        """Take the folders.

        Args:
            repodata: The folder in which rattler keeps repodata.
            kept: The folder in which the results are kept.
            http: Fetches shards.
        """
        self._repodata = repodata
        self._kept = kept
        self._http = http
        self._right: dict[str, dict[str, str]] = {}

    def doubtful(self, location: ChannelLocation, subdir: str, names: Iterable[str]) -> Mapping[str, Shard]:
        """Return those shards in the cache of which it is not known that they are right.

        Args:
            location: The channel.
            subdir: The subdir.
            names: The conda names; a name that the subdir does not list has no shard.

        Returns:
            The shards by name.
        """
        if not location.address.startswith(("https://", "http://")):
            return {}
        index = self._index(location, subdir)
        known = self._known(location)
        found = {name: shard for name in names if index and (shard := self._shard(location, subdir, index, name))}
        return {
            name: shard
            for name, shard in found.items()
            if (content := _content(shard.file)) is not None and known.get(f"{subdir}/{name}") != _seal(shard, content)
        }

    def compare(self, location: ChannelLocation, subdir: str, name: str, shard: Shard) -> ShardState:
        """Fetch a shard, and compare it with what rattler has."""
        sent = self._fetch(shard)
        content = _content(shard.file)
        if sent is None or content is None:
            return ShardState.UNTOLD
        is_sent = hashlib.sha256(sent).hexdigest() == shard.digest
        state = (ShardState.RIGHT if _unpacks_to(sent, content) else ShardState.OTHER) if is_sent else ShardState.WRONG
        mark = "" if state is ShardState.RIGHT else _WRONG
        self._known(location)[f"{subdir}/{name}"] = mark + _seal(shard, content)
        return state

    def was_wrong(self, location: ChannelLocation, subdir: str, name: str, shard: Shard) -> bool:
        """Tell whether the same shard in the cache was wrong in an earlier comparison."""
        content = _content(shard.file)
        return content is not None and self._known(location).get(f"{subdir}/{name}") == _WRONG + _seal(shard, content)

    def keep(self, location: ChannelLocation) -> None:
        """Keep which shards of a channel are right, unless its address has a password."""
        if not location.is_private:
            with suppress(OSError):  # without a writable cache, onelist works more slowly
                self._kept.mkdir(parents=True, exist_ok=True)
                write_atomically(self._file(location), json.dumps(dict(self._known(location))).encode())

    def _known(self, location: ChannelLocation) -> dict[str, str]:
        """Return the right shards of a channel: ``subdir/name`` to the seal of the shard."""
        if location.address not in self._right:
            found: object = None
            with suppress(OSError, ValueError, RecursionError):
                found = None if location.is_private else json.loads(self._file(location).read_bytes())
            self._right[location.address] = found if isinstance(found, dict) else {}
        return self._right[location.address]

    def _file(self, location: ChannelLocation) -> Path:
        return self._kept / f"{hashlib.sha256(location.address.encode()).hexdigest()[:40]}-shards.json"

    def _folder(self, location: ChannelLocation) -> Path:
        return lasting_folder() if location.is_private else self._repodata

    def _index(self, location: ChannelLocation, subdir: str) -> bytes:
        """Return the unpacked index of the shards of a subdir, as rattler keeps it; ``b""`` if there is none."""
        address = f"{location.address.rstrip('/')}/{subdir}/{INDEX}".encode()
        for path in self._folder(location).glob("*.shards-cache-v1"):
            with suppress(OSError), path.open("rb") as file:
                start = file.read(len(_MAGIC) + 4)
                head = file.read(min(int.from_bytes(start[len(_MAGIC) :], "little"), _LONGEST_HEAD))
                if start.startswith(_MAGIC) and _text(address) in head:
                    return file.read()
        return b""

    def _shard(self, location: ChannelLocation, subdir: str, index: bytes, name: str) -> Shard | None:
        """Return the shard of a package; None if the index has no SHA-256 after its name."""
        key = _text(name.encode()) + b"\xc4\x20"  # then 32 bytes (MessagePack, "bin format family")
        start = index.find(key) + len(key)
        digest = index[start : start + _DIGEST].hex()
        if start < len(key) or len(digest) != 2 * _DIGEST:
            return None
        base = _value_after(index, _BASE)
        places = (base,) if "://" in base else location.files(subdir, base.removeprefix("./").rstrip("/"))
        addresses = tuple(f"{place.rstrip('/')}/{digest}.msgpack.zst" for place in places)
        return Shard(self._folder(location) / "shards-v1" / f"{digest}.msgpack", digest, addresses)

    def _fetch(self, shard: Shard) -> bytes | None:
        """Return the shard that the server sends now; None if it sends none."""
        for address in shard.addresses:
            sent = self._http.consume(address, _joined)
            if not isinstance(sent, SourceError):
                return sent
        return None


def _joined(parts: Iterator[bytes]) -> bytes:
    """Return a body; what is too large is cut off, and so has another hash."""
    found = bytearray()
    for part in parts:
        found += part
        if len(found) > _MOST_BYTES:
            break
    return bytes(found)


def _text(text: bytes) -> bytes:
    """Return a text in the shortest form of MessagePack."""
    size = len(text)
    if size < _FIXED:
        return bytes([0xA0 | size]) + text
    return (b"\xd9" + bytes([size]) if size < _BYTE else b"\xda" + size.to_bytes(2, "big")) + text


def _value_after(index: bytes, key: bytes) -> str:
    """Return the text that follows a key."""
    start = index.find(key) + len(key)
    kind = index[start] if start >= len(key) else 0xA0
    width = {0xD9: 1, 0xDA: 2}.get(kind, 0)
    size = int.from_bytes(index[start + 1 : start + 1 + width], "big") if width else kind & 0x1F
    return index[start + 1 + width : start + 1 + width + size].decode(errors="replace")


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.stat().st_size <= _MOST_BYTES else None
    except OSError:
        return None


def _seal(shard: Shard, content: bytes) -> str:
    """Return a hash of the name of a shard and of what it unpacks to."""
    return hashlib.blake2b(content, digest_size=16, key=bytes.fromhex(shard.digest)).hexdigest()


def _unpacks_to(packed: bytes, content: bytes) -> bool:
    """Tell whether a packed shard has this content; no more of it is unpacked."""
    import zstandard

    try:
        return zstandard.ZstdDecompressor().stream_reader(BytesIO(packed)).read(len(content) + 1) == content
    except zstandard.ZstdError:
        return False
