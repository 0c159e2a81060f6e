"""What the tests of feedstocks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers import Answer, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Serve the sdist that was built last."""

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        file = tmp_path / "dist" / path.lstrip("/")
        return Answer(file.read_bytes(), "application/gzip") if file.is_file() else None

    with Server(answer) as started:
        yield started
