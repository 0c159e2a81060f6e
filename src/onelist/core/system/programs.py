"""Run another program to its end, so that it and all that it starts end with this process.

If this process is killed (SIGKILL), it cannot end anything. So beside each program a shell waits for the end of a pipe
that only this process holds open: the system closes it, however this process ends. Then the shell kills the program.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from typing import IO, TYPE_CHECKING, Any

from onelist.core.system.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_running: set[_Program] = set()
_lock = threading.Lock()
"""Held while a process is started or ended, and while one is reaped that has ended."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.05
"""Between two looks whether a program has ended, in seconds; those of ``subprocess``."""
_PART, _LAST_SECONDS = 1 << 16, 1.0
"""How much output is read at a time, in bytes, and how long the last of it may take, in seconds."""
_SHELL = "/bin/sh"
_DESCRIPTORS = "/dev/fd"
_GUARD = '(exec <"$0" || exit; read -r line || kill -KILL {killed}) </dev/null >/dev/null 2>&1 & exec "$@"'
"""Becomes a program, after it has started a process that waits for a line: at the end of the pipe there is none.

``$0`` is the pipe. That process is in the group of the program, so a group (``kill 0``) has its number as long as that
process runs. A program without a group of its own is killed by its number (``$$``).
"""


def run_program(  # noqa: PLR0913 - what a program gets
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: str | None = None,
    together: bool = False,
    own_group: bool = True,
    kept: int | None = None,
    output_file: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program.

    Args:
        command: The program and its arguments, none of them a secret.
        seconds: The time limit.
        environment: Its environment variables; None for those of this process.
        folder: The folder in which it runs; None for the current one.
        stdin: Its standard input; None for an empty one.
        together: Whether its errors are part of its output, in the order in which it printed both.
        own_group: Whether to end also what it has started and left behind. Such a program cannot ask on the terminal.
        kept: The largest part of its output and of its errors that is kept, from the end, in bytes; None for all. A
            program without standard input may print as much as it likes then, and leave behind what it likes.
        output_file: A file to which its output goes, so that it can be read while the program runs; None for none.

    Returns:
        Its exit code and output.

    Raises:
        OSError: There is no such program.
        subprocess.TimeoutExpired: It did not end in time.
    """
    variables = os.environ if environment is None else environment
    with (
        temporary_folder() as scratch,
        _guarded(command, variables, own_group=own_group) as (guarded, pipe),
        nullcontext(subprocess.PIPE) if output_file is None else output_file.open("wb") as stdout,
    ):
        with _lock:
            process = _Program(
                guarded,
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=stdout,
                stderr=subprocess.STDOUT if together else subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env={**variables, **with_temporary_files_in(scratch)},
                cwd=folder,
                pass_fds=pipe,
                start_new_session=own_group,
            )
            _running.add(process)
        with process:
            try:
                if kept is None:
                    output, messages = process.communicate(stdin, timeout=seconds)
                else:
                    output, messages = _last_output(process, seconds, kept)
            finally:
                with _lock:
                    process.end()
                    _running.discard(process)
    if output_file is not None:
        output = output_file.read_text(encoding="utf-8", errors="replace")
    return subprocess.CompletedProcess(list(command), process.returncode, output, messages)


def _last_output(process: _Program, seconds: float, kept: int) -> tuple[str, str]:
    """Wait for a program, and return the end of its output and of its errors.

    Raises:
        subprocess.TimeoutExpired: It did not end in time; with the end of its output.
    """
    output, messages = (_Tail(stream, kept) for stream in (process.stdout, process.stderr))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        with _lock:
            process.end()
        raise subprocess.TimeoutExpired(error.cmd, seconds, output.text().encode()) from error
    return output.text(), messages.text()


class _Tail:
    """The end of what a program prints, read in a thread of its own, so that the program never has to wait.

    What the program has left behind can hold the other end of the pipe, so nobody waits for its end for long.
    """

    def __init__(self, stream: IO[str] | None, kept: int) -> None:
        self._kept = kept
        self._parts: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._read, args=(os.dup(stream.fileno()),) if stream else (), daemon=True
        )
        if stream:
            self._thread.start()

    def text(self) -> str:
        """Return the text that has come until now, once the pipe is at its end."""
        if self._thread is not None:
            self._thread.join(_LAST_SECONDS)
        with self._lock:
            content = b"".join(self._parts)[-self._kept :]
        return content.decode("utf-8", errors="replace")

    def _read(self, descriptor: int) -> None:
        size = 0
        with suppress(OSError):
            while part := os.read(descriptor, _PART):
                with self._lock:
                    self._parts.append(part)
                    size += len(part)
                    while size - len(self._parts[0]) >= self._kept:
                        size -= len(self._parts.popleft())
        os.close(descriptor)


@contextmanager
def _guarded(
    command: Sequence[str], variables: Mapping[str, str], *, own_group: bool
) -> Iterator[tuple[Sequence[str], tuple[int, ...]]]:
    """Provide a command that ends with this process, and the descriptor that it needs.

    That is the command itself on Windows, and where there is no shell or no file for each descriptor.

    Raises:
        FileNotFoundError: There is no such program.
    """
    if sys.platform == "win32" or not (os.access(_SHELL, os.X_OK) and os.path.isdir(_DESCRIPTORS)):  # noqa: PTH112
        yield command, ()
        return
    if shutil.which(command[0], path=os.pathsep.join(os.get_exec_path(variables))) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
    ours, theirs = os.pipe()
    try:
        script = _GUARD.format(killed="0" if own_group else "$$")
        yield [_SHELL, "-c", script, f"{_DESCRIPTORS}/{ours}", *command], (ours,)
    finally:
        if not own_group:  # it has ended, and its number may be that of another process by now
            os.write(theirs, b"\n")
        os.close(ours)
        os.close(theirs)


def with_temporary_files_in(folder: Path) -> dict[str, str]:
    """Return the environment variables that have a program put its temporary files into a folder.

    A program that is ended leaves them there, so the folder is removed afterwards.
    """
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


def end_programs(*, for_good: bool = False) -> None:
    """End every program that still runs: those that other threads have started.

    Args:
        for_good: Whether this process ends now: the threads that wait for those programs do not go on.
    """
    _lock.acquire()
    try:
        for process in _running:
            process.end()
    finally:
        if not for_good:
            _lock.release()


def kill_group(leader: int) -> None:
    """Kill every process of a group; not on Windows.

    Args:
        leader: The number of a child of this process that leads the group. The group has the same number, which the
            system gives to no other as long as the child is not reaped (POSIX.1, "Process ID Reuse").

    Raises:
        OSError: There is none, or it has been reaped, so the number may be that of another group by now.
    """
    if sys.platform != "win32":
        if _CAN_LOOK:
            os.waitid(os.P_PID, leader, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        os.killpg(leader, signal.SIGKILL)


_CAN_LOOK = hasattr(os, "waitid")
"""Whether one can see that a child has ended without reaping it; on macOS since Python 3.13."""


class _Program(subprocess.Popen[str]):
    """A process that may lead a group. What it leaves behind ends with it, except where :data:`_CAN_LOOK` is false."""

    def __init__(self, command: Sequence[str], *, start_new_session: bool, **options: Any) -> None:  # noqa: ANN401
        """Start it, with the options of :class:`subprocess.Popen`."""
        self._leads_group = start_new_session and sys.platform != "win32"
        super().__init__(command, start_new_session=start_new_session, **options)

    def end(self) -> None:
        """Kill the process and, if it leads a group, every process of that."""
        with suppress(OSError):
            if self._leads_group:
                kill_group(self.pid)
            else:
                self.kill()

    def _wait(self, timeout: float | None) -> int:
        """Wait until the process has ended, kill what it has left behind, and only then reap it.

        Every method of ``Popen`` that waits calls this one, also ``communicate`` when Ctrl-C interrupts it.
        """
        if self._leads_group and _CAN_LOOK and self.returncode is None:
            self._wait_for_end(timeout)
            with _lock:
                self.end()
                return self._reap(timeout)
        return self._reap(timeout)

    def _reap(self, timeout: float | None) -> int:
        code: int = super()._wait(timeout)  # type: ignore[misc]
        return code

    def _wait_for_end(self, timeout: float | None) -> None:
        """Wait without reaping.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        if sys.platform == "win32":
            return
        until = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_PAUSE
        with suppress(ChildProcessError):  # another one has reaped it
            while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                if until is not None and time.monotonic() >= until:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
