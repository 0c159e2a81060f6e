"""Solved records -> pixi.lock, through rattler's writer, and the addresses that conda and mamba install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rattler

from onelist.core.secrets import public_address
from onelist.core.system.temporary import temporary_folder
from onelist.core.text import redact
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.sources.conda.location import ChannelLocation

_ENVIRONMENT = "default"
"""The environment that pixi installs, if no other is named."""


def stop_at_secret(records: Sequence[rattler.RepoDataRecord]) -> SourceError | None:
    """Return an error if the address of a record holds a secret even without its login."""
    for record in records:
        url = public_address(record.url)
        if redact(url) != url:
            return SourceError(
                kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=f"{record.file_name} has a secret address"
            )
    return None


def pixi_lock(records: Mapping[str, Sequence[rattler.RepoDataRecord]], channels: Sequence[ChannelLocation]) -> str:
    """Return the content of pixi.lock.

    Args:
        records: The records by platform.
        channels: The channels, in the order of the install line.
    """
    platforms = {name: rattler.LockPlatform(name) for name in records}
    lock = rattler.LockFile(list(platforms.values()))
    addresses = [public_address(one.address) for one in channels]
    lock.set_channels(_ENVIRONMENT, [rattler.LockChannel(address) for address in addresses])
    for name, found in records.items():
        for record in sorted(found, key=lambda one: one.file_name):
            record.url, record.channel = public_address(record.url), public_address(record.channel)
            lock.add_conda_package(_ENVIRONMENT, platforms[name], record)
    with temporary_folder() as folder:
        lock.to_path(folder / "pixi.lock")
        return (folder / "pixi.lock").read_text(encoding="utf-8")


def explicit_lines(records: Sequence[rattler.RepoDataRecord], platform: str) -> str:
    """Return the addresses of records, each with its MD5, as conda and mamba read them (conda's "explicit" files).

    Not each version of them reads a SHA-256 there; conda does from 24.9 on.
    """
    lines = [f"# platform: {platform}", "@EXPLICIT"]
    for record in records:
        md5, sha256 = record.md5, record.sha256
        digest = md5.hex() if md5 else f"sha256:{sha256.hex()}" if sha256 else ""
        lines.append(f"{public_address(record.url)}{'#' if digest else ''}{digest}")
    return "\n".join(lines) + "\n"
