"""End the program before it uses up the memory of the machine, where the system holds it to no limit.

That is macOS, and on Linux each command that has no process of its own (see ``watcher.py``): to run it again would not
be safe, and its limits would hold for pip and uv, too. So a thread looks how much memory this process has.
"""

from __future__ import annotations

import _thread
import os
import sys
import time
from contextlib import suppress

_PAUSE = 0.1
"""Seconds between two looks: rattler unpacks less than 1 GiB in them."""
_UNITS = {"darwin": 1}
"""In what getrusage(2) counts memory, in bytes; elsewhere, in KiB."""
_KIB = 1024
_SAID = """
onelist: This run needs more than {gib:.1f} GiB of memory, so it was ended.
    This says nothing about your list. Perhaps a channel sends a small file that unpacks to a huge one. On Linux, \
onelist check says which channel it is.
"""


def watch_memory(limit: int) -> None:
    """Start to watch the memory of this process; on Windows this does nothing.

    Args:
        limit: How much of it this process may have, in bytes.
    """
    if sys.platform != "win32":
        _thread.start_new_thread(_watch, (max(limit, most_memory()),))


def most_memory() -> int:
    """Return the most memory that this process ever had, in bytes; on Linux, also the one that started it."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNITS.get(sys.platform, _KIB)


def _watch(limit: int) -> None:
    while most_memory() <= limit:
        time.sleep(_PAUSE)
    _end(limit)


def _end(limit: int) -> None:
    """Say why, end the programs that this process runs, remove its temporary files, and end it."""
    from onelist.core.errors import UNKNOWN
    from onelist.core.programs import end_programs
    from onelist.core.temporary import remove_lasting_folder, remove_own

    with suppress(OSError, ValueError):  # nobody reads it any more
        sys.stderr.write(_SAID.format(gib=limit / (1 << 30)))
        sys.stderr.flush()
    with suppress(Exception):  # whatever happens here, the memory is given back
        end_programs(for_good=True)
        remove_lasting_folder()
        remove_own()
    os._exit(UNKNOWN)
