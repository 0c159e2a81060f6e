"""Something else in place of a wheel, its metadata or a source distribution is unknown, with the file in the reason."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from onelist.core.targets import Target
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession, worker_pool
from onelist.sources.solution import NoSolution, Solved
from tests.servers import LOGIN, Answer, Server, index_server, sdist, wheel, wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.sources.solution import SolveResult

pytestmark = pytest.mark.usefixtures("own_caches")

PROJECTS = {"x": [wheel("x", "1.0", size=99)], "y": [sdist("y", "1.0")]}
WHEEL, COMPANION, SDIST = "x-1.0-py3-none-any.whl", "x-1.0-py3-none-any.whl.metadata", "y-1.0.tar.gz"
METADATA = b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"
WRONG = {
    "login page": LOGIN,
    "rubbish": b"\x00\xff garbage \xfe" * 9,
    "zeros": bytes(3000),
    "brackets": b"[[[",
    "nothing": b"",
}


def solve(server: Server, *requirements: str) -> SolveResult:
    session = SourceSession(NetworkOptions(environment=os.environ, index_url=f"{server.url}/simple/"))

    async def ask() -> SolveResult:
        with worker_pool() as pool:
            client = await IndexClient.open(session, pool)
            resolver = PipResolver(session, client, asyncio.Semaphore(1))
            with resolver:
                return await resolver.solve(requirements, Target(platform="linux-64", python=(3, 12)))

    return asyncio.run(ask())


def with_companion(server: Server, hashes: dict[str, str] | None = None) -> None:
    """Have the index say that it has the metadata beside the wheel (PEP 658)."""
    normal = server.answer

    def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
        found = normal(path, headers)
        if path != "/simple/x/" or found is None:
            return found
        page = json.loads(found.content)
        return Answer(
            json.dumps(page | {"files": [one | {"core-metadata": hashes or True} for one in page["files"]]}).encode(),
            found.content_type,
        )

    server.answer = answer


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("file", [WHEEL, COMPANION])
def test_something_else_in_place_of_a_wheel_or_its_metadata(file: str, content: bytes) -> None:
    with index_server(PROJECTS) as server:
        if file == COMPANION:
            with_companion(server)
        server.instead[f"/files/{file}"] = content
        found = solve(server, "x")
        assert found == SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=file)


def test_metadata_with_another_hash_is_not_that_of_the_wheel() -> None:
    half = METADATA + b"Requires-Dist: not-there-at-all\n"
    with index_server(PROJECTS) as server:
        with_companion(server, {"sha256": hashlib.sha256(half).hexdigest()})
        server.instead[f"/files/{COMPANION}"] = METADATA
        assert solve(server, "x") == SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=COMPANION)
        server.instead[f"/files/{COMPANION}"] = half
        assert isinstance(solve(server, "x"), NoSolution)


@pytest.mark.parametrize("file", [WHEEL, COMPANION])
def test_a_login_page_is_not_kept(file: str) -> None:
    with index_server(PROJECTS) as server:
        if file == COMPANION:
            with_companion(server)
        server.instead[f"/files/{file}"] = LOGIN
        assert isinstance(solve(server, "x"), SourceError)
        server.instead[f"/files/{file}"] = METADATA if file == COMPANION else wheel_bytes(WHEEL)
        assert isinstance(solve(server, "x"), Solved)


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_something_else_in_place_of_a_source_distribution(content: bytes) -> None:
    with index_server(PROJECTS) as server:
        server.instead[f"/files/{SDIST}"] = content
        found = solve(server, "y")
    assert isinstance(found, SourceError)
    assert found.detail.startswith("y 1.0: it ")
