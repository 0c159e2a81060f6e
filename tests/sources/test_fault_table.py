"""The fault table: each fault in each protocol, and the state that it must come to.

A fast part runs always. ``ONELIST_ALL_FAULTS=1`` runs all of it; so does a workflow every night.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import zstandard

from onelist.sources.cache import ResponseCache
from onelist.sources.faults import SourceError
from onelist.sources.http import Access, HttpClient, Limits
from onelist.sources.installers import Index
from onelist.sources.metadata.file_metadata import FileMetadata
from onelist.sources.pypi.listing import listing_of
from onelist.sources.pypi.simple import ListedFile
from tests.asking import Asked, ask
from tests.channels import Package, compiled, interpreters, write_channel
from tests.fault_table import PROTOCOLS, SLOW, TABLE, expected, slug
from tests.misbehaviour import FAULTS
from tests.servers import Answer, Fault, Server, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("own_caches"), pytest.mark.slow]

ALL = bool(os.environ.get("ONELIST_ALL_FAULTS"))
DEADLINE = 2.0
"""Seconds for one answer, where nothing else is said."""
FEW = frozenset(
    {"401", "404", "304 unasked", "login page", "garbage", "empty body", "null", "an empty object", "zeros"}
)
"""The faults of whole files of a channel in the fast part: rattler repeats what it cannot read."""
METADATA = b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"
NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)
TARGET = {"min_python": "3.15", "platforms": "linux-64"}
FILES = {
    # what a channel lacks, and which of its files suffers, by which methods
    "sharded index": ("nothing", r"repodata_shards", "GET HEAD"),
    "zst": (r"repodata_shards", r"repodata\.json\.zst", "GET"),
    "json": (r"repodata_shards|\.json\.zst", r"repodata\.json(\?|$)", "GET HEAD"),
}


def rows(protocol: str) -> list[str]:
    """Return the faults to try in a protocol."""
    faults = [fault for fault in TABLE if expected(fault, protocol)]
    if ALL:
        return faults
    few = {"401", "404", "304 unasked", "login page"} if protocol == "zst" else FEW
    return [fault for fault in faults if fault in few or (protocol not in FILES and fault not in SLOW)]


def word(states: Collection[str]) -> str:
    """Return the first word of the only state: found, absent or unknown."""
    (state,) = set(states)
    return re.split(r"\W", state)[0]


def with_time_enough(run: Callable[[float], Mapping[str, str]], protocol: str) -> None:
    """Run with a short deadline, and with a longer one if a machine was too slow for what is not unknown."""
    states = run(DEADLINE)
    if states != {fault: expected(fault, protocol) for fault in states}:
        states = run(5 * DEADLINE)
    assert states == {fault: expected(fault, protocol) for fault in states}
    assert states


@pytest.mark.parametrize("protocol", ["index JSON", "index HTML"])
def test_a_project_page(protocol: str, tmp_path: Path) -> None:
    faults = rows(protocol)
    projects = {name: [wheel(name, "1.0")] for name in ("fine", *map(slug, faults))}
    folder = write_channel(tmp_path / "channel", [Package("nothing")], ["linux-64"])

    def run(deadline: float) -> dict[str, str]:
        with index_server(projects, as_html=protocol == "index HTML") as server:
            for fault in faults:
                server.fail(f"^/simple/{slug(fault)}/", FAULTS[fault])
            asked = ask(
                index=server.url,
                deadline=deadline,
                pip_requirements=" ".join(projects),
                conda_channels=str(folder),
                **TARGET,  # type: ignore[arg-type]
            )
        assert word(asked.states("fine").values()) == "found"
        return {fault: word(asked.states(slug(fault)).values()) for fault in faults}

    with_time_enough(run, protocol)


@pytest.mark.parametrize("protocol", ["wheel", "metadata"])
def test_a_file_of_the_index(protocol: str, tmp_path: Path) -> None:
    faults = rows(protocol)

    def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
        return Answer(METADATA) if path.endswith(".metadata") else files.answer(path, headers)

    def run(deadline: float) -> dict[str, str]:
        with Server(answer) as server, ThreadPoolExecutor(16) as pool:
            for fault in faults:
                end = ".metadata" if protocol == "metadata" else "$"
                server.fail(f"^/files/{slug(fault).replace('-', '_')}-1.0-py3-none-any.whl{end}", FAULTS[fault])
            reader = _reader(server, tmp_path, deadline)
            assert _state(reader, "fine", protocol) == "found"
            found = pool.map(lambda fault: _state(reader, slug(fault), protocol), faults)
            return dict(zip(faults, found, strict=True))

    with index_server({}) as files:
        with_time_enough(run, protocol)


def _reader(server: Server, folder: Path, deadline: float) -> FileMetadata:
    http = HttpClient(
        limits=Limits(deadline=deadline, back_off=0.05),
        access=Access(netrc=str(folder / "netrc")),
        cache=ResponseCache(folder / "pages"),
    )
    index = Index(address=f"{server.url}/simple/")
    return FileMetadata(http, ResponseCache(folder / "files"), [index], NOW)


def _state(reader: FileMetadata, name: str, protocol: str) -> str:
    filename = wheel(name, "1.0").name
    digest = hashlib.sha256(METADATA).hexdigest()[:16]
    file = ListedFile(filename, f"/files/{filename}", "", False, protocol == "metadata", "", None, "", digest)  # noqa: FBT003
    found = reader.of_wheel(name, listing_of(0, file))
    return "found" if isinstance(found, bytes) and b"Version: 1.0" in found else _word_of_error(found)


def _word_of_error(found: bytes | SourceError) -> str:
    return "unknown" if isinstance(found, SourceError) else f"wrong: {found[:60]!r}"


@pytest.mark.parametrize("protocol", FILES)
def test_a_whole_file_of_a_channel(protocol: str, tmp_path: Path) -> None:
    faults = rows(protocol)
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("pandas", "2.2", platforms=["linux-64"])]
    folder = write_channel(tmp_path / "channel", packages, ["linux-64"])
    lacks, suffers, methods = FILES[protocol]

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        file = folder / re.sub(r"^/\d+/", "", path)
        return Answer(file.read_bytes(), headers={"Cache-Control": "max-age=0"}) if file.is_file() else None

    def run(deadline: float) -> dict[str, str]:
        with Server(answer) as server:
            server.fail(lacks, Fault.NOT_FOUND)
            for number, fault in enumerate(faults):
                server.fail(f"^/{number}/linux-64/{suffers}", FAULTS[fault], methods=methods)
            channels = {fault: f"{server.url}/{number}" for number, fault in enumerate(faults)}
            last = f"{server.url}/{len(faults)}"
            asked = _of_channels(deadline, *channels.values(), last)
        assert word(asked.states("pandas", last).values()) == "found"
        return {fault: word(asked.states("pandas", channel).values()) for fault, channel in channels.items()}

    with_time_enough(run, protocol)


def _of_channels(deadline: float, *channels: str, names: str = "pandas") -> Asked:
    return ask(
        deadline=deadline,
        conda_requirements=names,
        conda_channels=" ".join(channels),
        **TARGET,  # type: ignore[arg-type]
    )


def test_a_shard(tmp_path: Path) -> None:
    """Each package of one channel has a shard of its own, and suffers from a fault of its own."""
    faults = rows("shard")
    names = ["fine", *map(slug, faults)]
    packages = [*interpreters(["linux-64"], ["3.15"]), *(Package(name) for name in names)]
    folder = write_channel(tmp_path / "channel", packages, ["linux-64"])
    shards = {name: _shard(folder, name) for name in names}

    def run(deadline: float) -> dict[str, str]:
        with channel_server(folder) as server:
            for fault in faults:
                server.fail(f"/noarch/shards/{shards[slug(fault)]}", FAULTS[fault])
            asked = _of_channels(deadline, server.url, names=" ".join(names))
        assert word(asked.states("fine", server.url).values()) == "found"
        return {fault: word(asked.states(slug(fault), server.url).values()) for fault in faults}

    with_time_enough(run, "shard")


def _shard(folder: Path, name: str) -> str:
    """Return the file name of the shard of a package."""
    for path in sorted(folder.glob("noarch/shards/*")):
        content = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=1 << 20)
        if f"{name}-1.0-0.conda".encode() in content:
            return path.name
    raise LookupError(name)


def test_the_table_has_every_fault_and_a_state_for_each_protocol() -> None:
    assert TABLE.keys() == FAULTS.keys()
    assert {len(row) for row in TABLE.values()} == {len(PROTOCOLS)}
    assert len(TABLE) >= 50
    assert json.loads(json.dumps(TABLE)) == TABLE
