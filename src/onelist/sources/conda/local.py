"""Make a folder of .conda packages a channel that conda, mamba and pixi can use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.system.event_loop import run_async
from onelist.core.system.files import write_atomically
from onelist.core.system.regular_files import stop_if_outside
from onelist.sources.cache import file_path
from onelist.sources.conda.threads import wait_at_exit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_REPODATA = (
    "repodata_shards.msgpack.zst",
    "repodata.json.zst",
    "repodata.json.bz2",
    "repodata.json",
)
"""The files that rattler looks for in a subdir."""
_LEVEL = 19
"""The level of zstd with which rattler packs repodata."""
_READABLE = 0o644
"""Permissions for everybody who reads the channel."""


def index(folder: Path, platforms: Iterable[str]) -> None:
    """Write the index of a channel (repodata.json, .zst and shards) for noarch and each platform.

    Args:
        folder: The channel; its packages are in subfolders named after the subdir.
        platforms: Subdirs that get an index even if they have no package, because some installers need one.

    Raises:
        SettingsError: A link in the folder leads out of it.
        UsageError: The folder cannot be indexed.
    """
    stop_if_links_lead_out(folder)
    try:
        for platform in platforms:
            (folder / platform).mkdir(parents=True, exist_ok=True)
        run_async(_index(folder))
        for path in folder.glob("*/repodata.json"):
            _pack(path)
    except Exception as error:
        raise UsageError(
            f"The index of the channel {folder} cannot be written: {error}",
            "If a package in it is damaged, delete that file and build again.",
        ) from error


def stop_if_links_lead_out(folder: Path) -> None:
    """Raise if a link in a channel leads out of it: rattler follows each one when it writes the index.

    Args:
        folder: The channel; it need not exist.

    Raises:
        SettingsError: With the finding.
    """
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        if path.is_symlink():
            stop_if_outside(path, folder)


def has_unreadable_repodata(address: str, subdir: str) -> bool:
    """Tell whether a subdir of a local channel has repodata that is no regular file.

    A program that reads a named pipe or a device may wait for ever, or fill the memory.

    Args:
        address: The address of a channel; only one with ``file:`` is local.
        subdir: The subdir.
    """
    if not address.startswith("file:"):
        return False
    paths = (file_path(address) / subdir / name for name in _REPODATA)
    return any(path.exists() and not path.is_file() for path in paths)


async def _index(folder: Path) -> None:
    from rattler.index import index_fs

    wait_at_exit()
    await index_fs(folder, force=True, write_zst=False)
    shutil.rmtree(folder / ".tmp", ignore_errors=True)  # rattler does not delete its temporary folder


def _pack(path: Path) -> None:
    """Write the packed form of repodata.

    rattler packs a stream of unknown length, for which zstd fills 80 MB of tables first. It takes ten times as long as
    all the rest of a small index.
    """
    import zstandard

    content = path.read_bytes()
    packed = path.with_name(path.name + ".zst")
    write_atomically(packed, zstandard.ZstdCompressor(level=_LEVEL).compress(content), mode=_READABLE)
