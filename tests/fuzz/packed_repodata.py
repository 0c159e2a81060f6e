"""Targets: repodata as servers send it: packed (repodata.json.zst), and in shards (CEP 16), an index and its files."""

from __future__ import annotations

import copy
import datetime
import hashlib
import itertools
import struct
from typing import TYPE_CHECKING, Any

import zstandard
from hypothesis import strategies as st

from tests.fuzz.inputs import bytes_damaged, damaged_data, damaged_json
from tests.fuzz.repodata import REPODATA, check_channel, server
from tests.fuzz.target import Target
from tests.servers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

_INDEX = "repodata_shards.msgpack.zst"
_NUMBERS = itertools.count()
_LARGEST = 1 << 64
"""The first number that msgpack cannot hold."""


def msgpack(value: Any) -> bytes:
    """Return data in MessagePack, in the longest form of each type (https://github.com/msgpack/msgpack, spec.md)."""
    if isinstance(value, list):
        return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(msgpack, value))
    if isinstance(value, dict):
        items = b"".join(msgpack(key) + msgpack(item) for key, item in value.items())
        return struct.pack(">BI", 0xDF, len(value)) + items
    if isinstance(value, str | bytes):
        content = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        return struct.pack(">BI", 0xC6 if isinstance(value, bytes) else 0xDB, len(content)) + content
    return _scalar(value)


def _scalar(value: Any) -> bytes:
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, bool) or value is None:
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if not -(_LARGEST >> 1) <= value < _LARGEST:
        return msgpack(str(value))
    return struct.pack(">Bq", 0xD3, value) if value < 0 else struct.pack(">BQ", 0xCF, value)


def _shard(name: str) -> dict[str, Any]:
    """Return the shard of a package; it holds hashes as bytes, where repodata.json has them in hexadecimal."""
    shard: dict[str, Any] = {"removed": []}
    for table in ("packages", "packages.conda"):
        records = {file: record for file, record in copy.deepcopy(REPODATA[table]).items() if record["name"] == name}  # type: ignore[attr-defined]
        for record in records.values():
            record |= {key: bytes.fromhex(record[key]) for key in ("md5", "sha256")}
        shard[table] = records
    return shard


def _packed(content: bytes) -> bytes:
    return zstandard.compress(content, 1)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


SHARDS = {name: _packed(msgpack(_shard(name))) for name in ("python", "demo", "other")}
_TIME = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC).isoformat()


def index_of(subdir: str, shards: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the index of a subdir."""
    info = {"subdir": subdir, "base_url": "", "shards_base_url": "./shards/", "created_at": _TIME}
    return {"info": info, "shards": {name: _digest(content) for name, content in shards.items()}}


def _check(files: Mapping[str, bytes]) -> dict[str, bool]:
    """Serve a channel, each in a folder of its own; see :func:`tests.fuzz.repodata.check_channel`."""
    folder = f"/{next(_NUMBERS)}"
    served = {f"{folder}/{path}": Answer(content) for path, content in files.items()}
    server().answer = lambda path, _: served.get(path)
    server().requests.clear()
    return check_channel(server().url + folder)


def _sharded(index: bytes, shards: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a channel with shards."""
    return {
        f"noarch/{_INDEX}": _packed(msgpack(index_of("noarch", {}))),
        f"linux-64/{_INDEX}": index,
        **{f"linux-64/shards/{_digest(content).hex()}.msgpack.zst": content for content in shards.values()},
    }


def check_index(index: bytes) -> None:
    """The index of a subdir is damaged, and all shards are what they were."""
    _check(_sharded(index, SHARDS))


def check_shard(shard: bytes, listed: bool) -> None:  # noqa: FBT001 - hypothesis calls it by name
    """A shard is damaged; the index has its hash, or that of the shard as it was. That never costs another package."""
    files = _sharded(_packed(msgpack(index_of("linux-64", {**SHARDS, "demo": shard} if listed else SHARDS))), SHARDS)
    digest = _digest(shard if listed else SHARDS["demo"])
    assert _check({**files, f"linux-64/shards/{digest.hex()}.msgpack.zst": shard})["other"]


def check_zst(content: bytes) -> None:
    """repodata.json.zst is damaged; there is nothing else in its subdir."""
    _check(
        {
            "noarch/repodata.json.zst": _packed(b'{"packages": {}, "packages.conda": {}}'),
            "linux-64/repodata.json.zst": content,
        }
    )


def _frames(content: SearchStrategy[bytes], *, damaged: int = 10) -> SearchStrategy[bytes]:
    """Return how content is packed: in one frame, in two, without the size of the content, or damaged.

    Args:
        content: The content.
        damaged: Of how many of 20 inputs the packed bytes may be damaged.
    """
    packed = st.one_of(
        content.map(_packed),
        content.map(lambda one: _packed(one[: len(one) // 2]) + _packed(one[len(one) // 2 :])),
        content.map(lambda one: zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(one)),
    )
    return st.integers(0, 19).flatmap(lambda number: packed.flatmap(bytes_damaged) if number < damaged else packed)


def _damaged(seed: Any) -> SearchStrategy[bytes]:
    """Return how data in MessagePack is damaged and packed."""
    data = damaged_data(seed).map(msgpack)
    return _frames(data | data.flatmap(bytes_damaged))


TARGETS = (
    Target(name="shards-index", inputs={"index": _damaged(index_of("linux-64", SHARDS))}, check=check_index),
    Target(name="shard", inputs={"shard": _damaged(_shard("demo")), "listed": st.booleans()}, check=check_shard),
    Target(
        name="zst",
        inputs={"content": _frames(damaged_json(REPODATA), damaged=1)},  # rattler asks four times, with pauses
        check=check_zst,
    ),
)
