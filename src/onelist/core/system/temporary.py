"""Temporary files and folders with names that tell which process made them, so that a later run can remove them.

A process that is killed (SIGKILL, or a power cut) leaves its temporary files behind.
"""

from __future__ import annotations

import _thread
import atexit
import hashlib
import math
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"\.?onelist-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[a-z0-9_]{8}")
"""The name of a temporary file: hidden beside the files of a user, else not."""
_PLACES: set[Path] = set()
"""The folders in which this process makes temporary files."""
making = _thread.allocate_lock()
"""Held while a temporary file is made."""
PRIVATE_FOLDER = 0o700
"""The permissions of a folder that only the user may read and write."""
_FOREIGN = re.compile(r"\.tmp[0-9A-Za-z]{6}")
"""The name of a temporary file of rattler and uv; it does not tell which process made it."""
_HOUR = 3600
"""After so many seconds without a change such a file is left over: a request lasts as long as ``--timeout``."""
_DAY = 24 * 3600
"""After so many seconds a temporary file is left over, whoever made it: no command runs for a day."""


@contextmanager
def temporary_folder(beside: Path | None = None) -> Iterator[Path]:
    """Provide a folder that only this user can read, and remove it at the end.

    Args:
        beside: The folder in which it is made, with a hidden name; None for the one of the system.

    Yields:
        The folder.
    """
    if beside is None:
        clear_system_folder()
    prefix = temporary_prefix(beside)
    with making:
        # A thread of a library may still write when an interruption ends the block: a later run removes the rest.
        folder = tempfile.TemporaryDirectory(prefix=prefix, dir=beside, ignore_cleanup_errors=True)
    with folder as name:
        yield Path(name)


def temporary_prefix(beside: Path | None) -> str:
    """Return how the name of a temporary file of this process begins; ``tempfile`` adds eight characters.

    Args:
        beside: The folder in which it is made, with a hidden name; None for the one of the system.
    """
    _PLACES.add(beside or Path(tempfile.gettempdir()))
    return f"{'.' if beside else ''}onelist-{_machine()}-{os.getpid()}-"


def remove_own() -> None:
    """Remove all temporary files of this process, at its end.

    An interruption may come between the making of a file and the block that removes it, or while it is removed. From
    now on, other threads make none: they wait.
    """
    making.acquire(timeout=1)
    for place in list(_PLACES):
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                match = _NAME.fullmatch(entry.name)
                if match and (match["machine"], match["process"]) == (_machine(), str(os.getpid())):
                    _remove(entry)


def remove_leftovers(folder: Path) -> None:
    """Remove what a process that was killed left in a folder; what cannot be removed stays.

    That is each file and folder of this user with such a name, if its process no longer runs, or if it is a day old.
    Links are not followed.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name)
            if match and _is_left_over(entry, match["machine"], int(match["process"])):
                _remove(entry)


def remove_leftovers_of_libraries(folder: Path) -> None:
    """Remove what rattler and uv left in a folder of the cache when their process was killed.

    That is each file and folder of this user with such a name that has not changed for an hour and that, as far as
    the system can tell, no process has open. Links are not followed.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _FOREIGN.fullmatch(entry.name) and _age(entry) > _HOUR and not _is_open(entry):
                _remove(entry)


@cache
def lasting_folder() -> Path:
    """Return a folder that only this user can read; it lasts as long as the process, and is the same in each call."""
    clear_system_folder()
    folder = Path(tempfile.mkdtemp(prefix=temporary_prefix(None)))
    atexit.register(remove_lasting_folder)
    return folder


def remove_lasting_folder() -> None:
    """Remove the folder of :func:`lasting_folder`; for a process that does not end the interpreter."""
    if lasting_folder.cache_info().currsize:
        shutil.rmtree(lasting_folder(), ignore_errors=True)
        lasting_folder.cache_clear()


@contextmanager
def temporary_files_together() -> Iterator[None]:
    """Let libraries make their temporary files in a folder of this process, which may be ended at any moment.

    hatchling makes the wheel in a file such as ``tmpab12cd34.whl``. What it leaves there after an interruption has a
    name that says nothing. It holds for all threads, so only the command line does this, and not the library.
    """
    before = tempfile.tempdir
    with temporary_folder() as folder:
        tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before


def private_folder(folder: Path) -> None:
    """Make a folder that only this user can read; take the rights of others away where it exists and is this user's.

    Raises:
        OSError: It cannot be made, or is a file.
    """
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    status = folder.stat()
    if hasattr(os, "getuid") and status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(PRIVATE_FOLDER)


@cache
def clear_system_folder() -> None:
    """Remove, once in a process, what processes that were killed left in the folder of the system."""
    remove_leftovers(Path(tempfile.gettempdir()))


def _is_left_over(entry: os.DirEntry[str], machine: str, process: int) -> bool:
    age = _age(entry)
    return age > _DAY or (age > -math.inf and machine == _machine() and not _runs(process))


def _age(entry: os.DirEntry[str]) -> float:
    """Return how many seconds ago a file was changed; minus infinity for one of another user."""
    status = entry.stat(follow_symlinks=False)
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return -math.inf
    return time.time() - status.st_mtime


def _is_open(entry: os.DirEntry[str]) -> bool:
    """Tell whether a process has a file open to write to it; where the system cannot tell, none has.

    Linux grants a lease for reading only on a file that nobody has open for writing (fcntl(2), F_SETLEASE).
    """
    if sys.platform != "linux" or not entry.is_file(follow_symlinks=False):
        return False
    import fcntl

    handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file system without leases
        return False
    finally:
        os.close(handle)
    return False


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
        with suppress(OSError):
            Path(entry.path).unlink()


def _runs(process: int) -> bool:
    """Tell whether a process of this machine may run; on Windows, ``os.kill`` cannot be asked."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to another user
        return True
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """Tell whether a process has ended but keeps its number, because its parent has not asked yet how it ended.

    A zombie (wait(2)): in a container without an init program, nobody ever asks. Its pidfd is readable (pidfd_open(2)).
    """
    if sys.platform != "linux":
        return False
    import select

    try:
        descriptor = os.pidfd_open(process)
    except OSError:  # it is gone now, or a sandbox forbids to ask
        return False
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    finally:
        os.close(descriptor)


@cache
def _machine() -> str:
    """Return a name of this machine, or of this container: the numbers of processes are its own (pid_namespaces(7))."""
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - this is no path
    return hashlib.sha256(f"{name} {space}".encode()).hexdigest()[:8]
