"""Make a conda channel of conda-forge's size: about 700,000 records of 30,000 names, as zst and as shards.

    python -m pip install -e ".[bench]"
    python benchmarks/make_channel.py FOLDER [--names 30000] [--records 700000]

The channel is only an index: its packages cannot be installed. It is the same every time, because the random numbers
are seeded. A hundred names have as many records as the largest names of conda-forge; those of MEMBERS are among them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack  # type: ignore[import-untyped]
import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORMS = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
MEMBERS = tuple(f"member-{number}" for number in range(20))
"""The names that the benchmarks ask for. Half of them have builds for each Python and platform, half are noarch."""
LARGE = 100
_DAY = 86_400_000
_NEWEST = 1_790_000_000_000
"""September 2026, in milliseconds since 1970."""


@dataclass(slots=True)
class Subdir:
    """One platform of the channel, before it is written.

    Attributes:
        name: For instance ``linux-64``.
        records: Name to file name to record.
    """

    name: str
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, record: dict[str, Any]) -> None:
        """Add a record."""
        file = f"{record['name']}-{record['version']}-{record['build']}.conda"
        self.records[record["name"]][file] = record


def depends(dice: random.Random, python: str | None) -> list[str]:
    """Return dependencies as real packages have them, one of them on Python."""
    others = [f"library-{dice.randrange(3000)} >={dice.randrange(9)}.{dice.randrange(20)},<{9 + dice.randrange(9)}.0a0"]
    others = others * dice.randrange(2, 9)
    if python is None:
        return [*others, "python >=3.10"]
    minor = int(python.split(".")[1])
    return [*others, f"python >={python},<3.{minor + 1}.0a0", f"python_abi {python}.* *_cp3{minor}"]


def record(name: str, subdir: str, version: str, build: str, age: int) -> dict[str, Any]:
    """Return a record with all fields of conda-forge's records; its size follows from its hash."""
    digest = hashlib.sha256(f"{subdir}/{name}-{version}-{build}".encode()).hexdigest()
    return {
        "build": build,
        "build_number": 0,
        "depends": [],
        "license": "BSD-3-Clause",
        "license_family": "BSD",
        "md5": digest[:32],
        "name": name,
        "sha256": digest,
        "size": int(digest[:6], 16),
        "subdir": subdir,
        "timestamp": _NEWEST - age * _DAY,
        "version": version,
    }


def package(dice: random.Random, name: str, total: int, *, pure: bool) -> Iterator[dict[str, Any]]:
    """Yield the records of a name: about ``total`` records for all platforms together."""
    if pure:
        for number in range(total):
            made = record(name, "noarch", f"{number // 10}.{number % 10}.0", "pyhd8ed1ab_0", total - number)
            made |= {"noarch": "python", "depends": depends(dice, None)}
            yield made
        return
    builds = [(platform, python) for python in reversed(PYTHONS) for platform in PLATFORMS]
    for number in range(total):
        version, (platform, python) = number // len(builds), builds[number % len(builds)]
        build = f"py{python.replace('.', '')}h{dice.randrange(1 << 28):07x}_0"
        made = record(name, platform, f"{version // 10}.{version % 10}.0", build, total - number)
        made["depends"] = depends(dice, python)
        yield made


def pythons() -> Iterator[dict[str, Any]]:
    """Yield the records of python and python_abi."""
    for platform in PLATFORMS:
        for python in PYTHONS:
            for patch in range(12):
                yield record("python", platform, f"{python}.{patch}", "h0_0_cpython", 12 - patch)
    for python in PYTHONS:
        minor = python.split(".")[1]
        made = record("python_abi", "noarch", python, f"8_cp3{minor}", 300)
        yield made | {"noarch": "generic", "constrains": [f"python {python}.* *_cpython"]}


def names(dice: random.Random, count: int, records: int) -> Iterator[tuple[str, int, bool]]:
    """Yield each name with the number of its records and whether it is noarch."""
    is_large = count > LARGE
    for number, name in enumerate(MEMBERS):
        yield name, 60 if number % 2 or not is_large else 1500, bool(number % 2)
    large = LARGE - len(MEMBERS) if is_large else 0
    for number in range(large):
        yield f"large-{number}", 1500, False
    small = count - len(MEMBERS) - large
    mean = max((records - (len(MEMBERS) + large) * 1500) / small, 10)
    for number in range(small):
        pure = dice.random() < 0.5  # noqa: PLR2004 - half of conda-forge is noarch
        size = max(round(dice.expovariate(1 / mean)), 1)
        yield (f"library-{number}" if number < 3000 else f"package-{number}"), size, pure  # noqa: PLR2004 - see depends


def write(subdir: Subdir, folder: Path) -> int:
    """Write repodata.json.zst and the shards (CEP 16) of a platform; return the number of records."""
    shards = folder / "shards"
    shards.mkdir(parents=True)
    compress = zstandard.ZstdCompressor(level=3).compress
    hashes = {}
    for name, files in subdir.records.items():
        packed = {
            file: made | {key: bytes.fromhex(made[key]) for key in ("md5", "sha256")} for file, made in files.items()
        }
        shard = compress(msgpack.packb({"packages": {}, "packages.conda": packed, "removed": []}))
        hashes[name] = hashlib.sha256(shard).digest()
        (shards / f"{hashes[name].hex()}.msgpack.zst").write_bytes(shard)
    info = {"subdir": subdir.name, "base_url": "", "shards_base_url": "./shards/", "created_at": "2026-09-21T00:00:00Z"}
    index = msgpack.packb({"info": info, "shards": hashes})
    (folder / "repodata_shards.msgpack.zst").write_bytes(compress(index))
    whole = {file: made for files in subdir.records.values() for file, made in files.items()}
    text = json.dumps({"info": {"subdir": subdir.name}, "packages": {}, "packages.conda": whole, "repodata_version": 1})
    (folder / "repodata.json.zst").write_bytes(compress(text.encode()))
    return len(whole)


def make(folder: Path, count: int, total: int) -> None:
    """Make the channel."""
    dice = random.Random(700_000)  # noqa: S311 - no secret
    subdirs = {name: Subdir(name) for name in ("noarch", *PLATFORMS)}
    for made in pythons():
        subdirs[made["subdir"]].add(made)
    for name, size, pure in names(dice, count, total):
        for made in package(dice, name, size, pure=pure):
            subdirs[made["subdir"]].add(made)
    seen = {name for subdir in subdirs.values() for name in subdir.records}
    written = sum(write(subdirs.pop(name), folder / name) for name in list(subdirs))
    print(f"{written:,} records of {len(seen):,} names written to {folder}")


def main() -> None:
    """Make the channel that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", type=int, default=30_000)
    parser.add_argument("--records", type=int, default=700_000)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.names, arguments.records)


if __name__ == "__main__":
    main()
