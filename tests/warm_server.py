"""A process with all of onelist loaded, which forks for each call: two thirds of a short run are the start of Python.

Each call is still a process of its own, with its own folder, environment variables and streams, and it leaves by the
real entry point. tests/cli starts onelist as users do.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import pkgutil
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADED_LATE = ("hatchling.builders.sdist", "hatchling.builders.wheel", "mousebender.simple", "trove_classifiers")
"""What onelist imports only where it needs it, besides its own modules."""


@contextlib.contextmanager
def warm_onelist() -> Iterator[list[str]]:
    """Start the process; yield the command that stands for ``onelist`` as long as it runs."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:  # a short path: that of a socket has 108 bytes at most
        address = f"{folder}/socket"
        command = [sys.executable, "-P", __file__, address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdout
            assert server.stdout.readline() == b"ready\n"
            yield [sys.executable, "-I", "-S", str(Path(__file__).with_name("warm_client.py")), address]
            server.communicate()  # it ends when its input does


def _serve(address: str) -> None:
    import onelist

    for module in pkgutil.walk_packages(onelist.__path__, "onelist."):
        if module.name != "onelist.__main__":  # which would run
            importlib.import_module(module.name)
    for name in _LOADED_LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a call need not look for garbage in what is loaded
    assert len(os.listdir("/proc/self/task")) == 1, "threads do not survive a fork"  # noqa: PTH208
    calls: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor of the process: its number, and who waits
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([listener, sys.stdin, *calls], [], [])
            if sys.stdin in ready:
                return
            for ended in calls.keys() & set(ready):
                _end(ended, *calls.pop(ended))
            if listener in ready:
                connection, _ = listener.accept()
                process = _start(connection)
                calls[os.pidfd_open(process)] = process, connection


def _start(connection: socket.socket) -> int:
    """Run a call in a process of its own; return its number."""
    size, streams, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile("rb") as sent:
        call = marshal.loads(sent.read(int.from_bytes(size, "big")))  # noqa: S302 - from warm_client.py
    process = os.fork()
    if process == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        _run(*call)
    for stream in streams:
        os.close(stream)
    return process


def _end(descriptor: int, process: int, connection: socket.socket) -> None:
    """Send the exit code of a process that has ended."""
    _, status = os.waitpid(process, 0)
    os.close(descriptor)
    with connection, contextlib.suppress(OSError):  # the client may have gone
        connection.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _run(arguments: list[str], folder: str, variables: dict[str, str]) -> NoReturn:
    from onelist.cli.main import run

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv[1:] = arguments
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww"))
    run()


if __name__ == "__main__":
    _serve(sys.argv[1])
