"""A folder of .conda packages -> a channel that conda, mamba and pixi can use at once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.event_loop import run_async
from onelist.sources.conda.threads import wait_at_exit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def index(folder: Path, platforms: Iterable[str]) -> None:
    """Write the index of a channel (repodata.json, .zst and shards) for noarch and each platform.

    Args:
        folder: The channel; its packages lie in folders named by platform (subdir) below it.
        platforms: Platforms that get an empty index when there is nothing for them, since some installers insist.

    Raises:
        UsageError: The folder cannot be indexed.
    """
    try:
        for platform in platforms:
            (folder / platform).mkdir(parents=True, exist_ok=True)
        run_async(_index(folder))
    except Exception as error:
        raise UsageError(
            f"{folder} cannot be made a channel: {error}",
            "If a file in it is broken, delete that file and build again.",
        ) from error


async def _index(folder: Path) -> None:
    from rattler.index import index_fs

    wait_at_exit()
    await index_fs(folder, force=True)
    shutil.rmtree(folder / ".tmp", ignore_errors=True)  # rattler leaves its own behind
