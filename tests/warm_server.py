"""A process with all of onelist loaded, which forks for each call: two thirds of a short run are the start of Python.

Each call is still a process of its own, with its own folder, environment variables and streams, and it leaves by the
real entry point. tests/cli starts onelist as users do.
"""

from __future__ import annotations

import contextlib
import importlib
import json
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
    assert len(os.listdir("/proc/self/task")) == 1, "threads do not survive a fork"  # noqa: PTH208
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(connection)
            connection.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:  # earlier calls have ended
                    pass


def _answer(connection: socket.socket) -> NoReturn:
    """Run one call in a further process, and send its exit code."""
    size, streams, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile("rb") as sent:
        call = json.loads(sent.read(int.from_bytes(size, "big")))
    child = os.fork()
    if child == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _run(call["arguments"], call["folder"], call["variables"])
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    connection.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
    os._exit(0)


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
