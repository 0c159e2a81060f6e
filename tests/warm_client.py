"""The program ``onelist`` of a test that runs workflows: hands the call to the process of ``tests/warm_server.py``."""

import _socket  # the modules socket and json take longer to load than all that happens here
import marshal
import os
import sys


def main() -> int:
    """Have the arguments run in this folder, with these variables and streams; return the exit code."""
    address, *arguments = sys.argv[1:]
    data = marshal.dumps((arguments, os.getcwd(), dict(os.environ)))  # noqa: PTH109
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
    connection = _socket.socket(_socket.AF_UNIX)
    connection.connect(address)
    connection.sendmsg([len(data).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    connection.sendall(data)
    code = connection.recv(1)
    return code[0] if code else 1


if __name__ == "__main__":
    sys.exit(main())
