"""How Python's process returns memory to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3
"""``M_MMAP_THRESHOLD`` of glibc's malloc.h."""
_SIZE = 1 << 17
"""128 KiB, glibc's own value at the start of a process."""


def return_large_blocks() -> None:
    """Let glibc return each freed block from 128 KiB on to the system at once; elsewhere this does nothing.

    glibc raises the threshold when a large block is freed. The threads that read project pages of megabytes then keep a
    hundred megabytes that nothing uses (benchmarks/README.md has the figures).
    """
    with suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _SIZE)


def return_free_memory() -> None:
    """Let glibc return all memory that nothing uses, with ``malloc_trim(3)``; elsewhere this does nothing.

    rattler solves in several threads. glibc keeps the small blocks that each of them has freed for that thread.
    """
    with suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
