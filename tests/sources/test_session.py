"""A session opens each client once, when it is first needed; the network options stay a plain value."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.sources.config import NetworkOptions
from onelist.sources.session import SourceSession, worker_pool

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)


@pytest.fixture
def session(tmp_path: Path) -> SourceSession:
    return SourceSession(NetworkOptions(environment={"ONELIST_CACHE_DIR": str(tmp_path / "cache")}, now=NOW))


def test_each_client_is_opened_once(session: SourceSession) -> None:
    assert session.channels is session.channels
    assert session.http() is session.http()
    assert session.http("certificates.pem") is session.http("certificates.pem")
    assert session.http() is not session.http("certificates.pem")


def test_the_programs_that_know_the_indexes_are_started_once(
    session: SourceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    found = session.indexes
    assert [index.address for index in found.indexes][:1] == ["http://127.0.0.1:9/simple/"]
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/other/")
    assert session.indexes is found


def test_a_session_that_nothing_uses_writes_no_cache(session: SourceSession) -> None:
    assert not session.options.cache_dir.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_cache_of_a_session_is_made_with_its_first_client_for_this_user_only(session: SourceSession) -> None:
    session.http()
    assert session.options.cache_dir.stat().st_mode & 0o777 == 0o700


def test_network_options_hold_nothing_but_their_fields(session: SourceSession) -> None:
    assert not hasattr(session.options, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        session.options.deadline = 1.0  # type: ignore[misc]


def test_a_worker_pool_ends_with_its_block() -> None:
    with worker_pool() as pool:
        futures = [pool.submit(lambda: 1) for _ in range(3)]
        assert [future.result() for future in futures] == [1, 1, 1]
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(lambda: 1)
