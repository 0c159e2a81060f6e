"""End the program before it uses up the memory of the machine, where the system holds it to no limit.

That is macOS, and on Linux each command that has no process of its own (see ``watcher.py``): to run it again would not
be safe, and its limits would hold for pip and uv, too. So a thread looks how much memory this process has.
"""

from __future__ import annotations

import _thread
import os
import signal
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
_STDERR = 2
_ending = _thread.allocate_lock()
"""Held from the moment at which the end is certain."""
_held = _thread.allocate_lock()
"""Held until the main thread has stopped."""
_LONGEST_WAIT = 0.05
"""How many seconds the main thread has to stop. rattler does not let it, and then it does nothing else either."""
_LONGEST_END = 60
"""How many seconds the main thread stays stopped at most; the process ends before that."""


def watch_memory(limit: int) -> None:
    """Start to watch the memory of this process; on Windows this does nothing.

    Args:
        limit: How much of it this process may have, in bytes.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGURG, _stop)
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
    """End the programs that this process runs, say why, remove its temporary files, and end it.

    The main thread goes on for a moment, and would take a program that was ended, or a folder that is gone, for a fault
    with another exit code. So before either it can no longer go on: a thread that waits for a program waits for ever,
    and the main thread is stopped.
    """
    from onelist.core.errors import UNKNOWN
    from onelist.core.system.programs import end_programs
    from onelist.core.system.temporary import remove_lasting_folder, remove_own

    with suppress(Exception):  # whatever happens here, the memory is given back
        end_programs(for_good=True)
    _stop_main_thread()
    with suppress(OSError):  # nobody reads it any more; the main thread may hold the lock of sys.stderr
        os.write(_STDERR, _SAID.format(gib=limit / (1 << 30)).encode())
    with suppress(Exception):
        remove_lasting_folder()
        remove_own()
    os._exit(UNKNOWN)


def _stop_main_thread() -> None:
    """Have Python stop the main thread at its next step."""
    _ending.acquire()
    _held.acquire()
    if sys.platform != "win32":
        _thread.interrupt_main(signal.SIGURG)
    _held.acquire(timeout=_LONGEST_WAIT)


def _stop(_: int, __: object) -> None:
    """Stop the main thread, if it is to be stopped: others may send SIGURG too, which means nothing otherwise."""
    if not _ending.locked():
        return
    if _held.locked():
        _held.release()
    until = time.monotonic() + _LONGEST_END
    while time.monotonic() < until:
        with suppress(KeyboardInterrupt):  # of a second signal
            time.sleep(_LONGEST_END)
