"""Processes of this machine (Linux): which ones a process has started, and whether they end."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path


def children(process: int) -> list[int]:
    """Return the processes below a process."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    own = [int(number) for file in files for number in file.read_text(encoding="utf-8").split()]
    return [*own, *(below for child in own for below in children(child))]


def name_of(process: int) -> str:
    """Return the name of a process; ``""`` for one that has ended."""
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def ends(process: int) -> bool:
    """Wait until a process has ended; tell whether it ends within a minute. A killed one ends a moment later."""
    if sys.platform != "linux":
        raise NotImplementedError
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([descriptor], [], [], 60)
        return bool(ready)
    finally:
        os.close(descriptor)
