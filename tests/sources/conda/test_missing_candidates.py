"""A package that the solver does not find because its shard is that of another package is not missing."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import zstandard

from onelist.sources.cache import CachePolicy
from onelist.sources.conda.gateway import Channels
from onelist.sources.conda.solving.missing_candidates import names_without_candidates
from onelist.sources.conda.solving.solver import Task, solve
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import NoSolution, Solved
from tests.channels import Package, interpreters, write_channel
from tests.servers import channel_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onelist.sources.solution import SolveResult
    from tests.servers import Server

PYTHONS = ["3.12"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        Package("app", "1.0", "noarch", ("deep",)),
        Package("deep", "1.0", "noarch", ("python",)),
        Package("other", "1.0", "noarch", ("gone >=2",)),
        Package("newer", "1.0", "noarch", ("deep >=3|>=4,<5",)),
        Package("machine", "1.0", "noarch", ("__cuda",)),
    ]
    return write_channel(
        tmp_path_factory.mktemp("channel"), [*interpreters(["linux-64"], PYTHONS), *packages], ["linux-64"]
    )


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with channel_server(folder) as server:
        yield server


def path_of(folder: Path, package: str) -> Path:
    (found,) = (
        path
        for path in folder.glob("noarch/shards/*")
        if re.search(
            rf"{package}-1.0-\w+\.conda".encode(),
            zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()),
        )
    )
    return found


def exchange(server: Server, folder: Path, package: str, other: str) -> str:
    address = "/" + path_of(folder, package).relative_to(folder).as_posix()
    server.instead[address] = path_of(folder, other).read_bytes()
    return address


def resolve(server: Server, cache: Path, *specs: str, policy: CachePolicy = CachePolicy.NORMAL) -> SolveResult:
    channels = Channels(policy, cache)
    task = Task(
        locations=[channels.locate(server.url)],
        subdir="linux-64",
        specs=[*specs, "python 3.12.*"],
        machine=[("__unix", "0", "0")],
        seconds=20,
    )
    return asyncio.run(solve(channels, task))


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ("gone", {"gone"}),
        ("gone >=2.5", {"gone"}),
        ("other", {"gone"}),
        ("newer", {"deep"}),
        ("deep >=2", {"deep"}),
        ("machine", set()),
    ],
)
def test_the_explanation_of_the_solver_names_what_it_did_not_find(
    server: Server, tmp_path: Path, spec: str, missing: set[str]
) -> None:
    found = resolve(server, tmp_path, spec)
    assert isinstance(found, NoSolution)
    assert names_without_candidates(found.explanation) == missing


def test_a_dependency_with_a_wrong_shard_is_unknown(server: Server, folder: Path, tmp_path: Path) -> None:
    exchange(server, folder, "deep", "newer")
    expected = SourceError(kind=SourceErrorKind.DAMAGED_SHARD, detail="that of deep")
    assert resolve(server, tmp_path, "app") == expected
    assert resolve(server, tmp_path, "app") == expected, "with the wrong shard in the cache"
    assert resolve(server, tmp_path, "app", policy=CachePolicy.OFFLINE) == expected


def test_a_wrong_shard_in_the_cache_is_fetched_once_more(server: Server, folder: Path, tmp_path: Path) -> None:
    address = exchange(server, folder, "deep", "newer")
    assert isinstance(resolve(server, tmp_path, "app"), SourceError)
    del server.instead[address]
    found = resolve(server, tmp_path, "app")
    assert isinstance(found, Solved)
    assert "deep" in {package.name for package in found.packages}


def test_what_no_channel_lists_is_no_error_of_the_channel(server: Server, tmp_path: Path) -> None:
    found = resolve(server, tmp_path, "other")
    assert isinstance(found, NoSolution)
    assert "gone >=2, for which no candidates were found" in found.explanation
