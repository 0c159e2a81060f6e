"""Run another program to its end, so that it and all that it starts end with this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from onelist.core.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()


def run_program(  # noqa: PLR0913 - what a program gets
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: str | None = None,
    together: bool = False,
    own_group: bool = True,
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

    Returns:
        Its exit code and output.

    Raises:
        OSError: There is no such program.
        subprocess.TimeoutExpired: It did not end in time.
    """
    with (
        temporary_folder() as scratch,
        subprocess.Popen(  # noqa: S603 - the callers name the programs
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**(os.environ if environment is None else environment), **with_temporary_files_in(scratch)},
            cwd=folder,
            start_new_session=own_group,
        ) as process,
    ):
        with _lock:
            _running.add(process)
        try:
            output, messages = process.communicate(stdin, timeout=seconds)
        finally:
            _end(process, group=own_group)
            with _lock:
                _running.discard(process)
    return subprocess.CompletedProcess(list(command), process.returncode, output, messages)


def with_temporary_files_in(folder: Path) -> dict[str, str]:
    """Return the environment variables that have a program put its temporary files into a folder.

    A program that is ended leaves them there, so the folder is removed afterwards.
    """
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


def end_programs() -> None:
    """End every program that still runs: those that other threads have started."""
    with _lock:
        for process in _running:
            _end(process, group=_leads_group(process))


def _leads_group(process: subprocess.Popen[str]) -> bool:
    try:
        return sys.platform != "win32" and os.getpgid(process.pid) == process.pid
    except OSError:
        return False


def _end(process: subprocess.Popen[str], *, group: bool) -> None:
    """End a process and, in a group of its own, every process of it."""
    with suppress(OSError):
        if group and sys.platform != "win32":
            kill_group(process.pid)
        else:
            process.kill()


def kill_group(leader: int) -> None:
    """Kill every process of a group; not on Windows.

    Raises:
        OSError: There is none.
    """
    if sys.platform != "win32":
        os.killpg(leader, signal.SIGKILL)
