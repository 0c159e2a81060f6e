"""The program ``onelist`` of a test that runs workflows: hands the call to a process of ``tests/warm_server.py``."""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Have the arguments run in this folder, with these variables and streams; return the exit code."""
    address, *arguments = sys.argv[1:]
    call = {"arguments": arguments, "folder": os.getcwd(), "variables": dict(os.environ)}  # noqa: PTH109 - starts fast
    data = json.dumps(call).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [len(data).to_bytes(4, "big")], [0, 1, 2])
        connection.sendall(data)
        code = connection.recv(1)
    return code[0] if code else 1


if __name__ == "__main__":
    sys.exit(main())
