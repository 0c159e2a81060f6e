"""Connections of urllib3 that end at a deadline.

The time limits of urllib3 hold for one operation of a socket each: a server that sends a byte of its headers every
second, or one redirect after the other, is never too late for them. Here each connection and each read takes only the
time that is left to the thread that waits for it.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
from typing import TYPE_CHECKING

import urllib3
import urllib3.connection

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

_SHORTEST = 0.001
"""Seconds; a socket with a limit of 0 would not wait at all."""


class _Deadline(threading.local):
    """When the request of a thread must have ended.

    Attributes:
        until: A time of ``time.monotonic``.
    """

    until = float("inf")

    def left(self, limit: float | None) -> float:
        """Return the seconds that are left, or a limit if that is shorter.

        Raises:
            TimeoutError: Nothing is left.
        """
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return max(seconds if limit is None else min(seconds, limit), _SHORTEST)


_DEADLINE = _Deadline()


def set_deadline(until: float) -> None:
    """Set when the requests of this thread must have ended, as a time of ``time.monotonic``."""
    _DEADLINE.until = until


class _Reader(io.RawIOBase):
    """The bytes of a socket, for as long as there is time."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._connection = connection
        self._limit = connection.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._connection.settimeout(_DEADLINE.left(self._limit))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response of which the headers, too, arrive in time or not at all."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp: io.BufferedReader = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        self.timeout = _DEADLINE.left(self.timeout)
        super().connect()


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        self.timeout = _DEADLINE.left(self.timeout)
        super().connect()


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


def with_deadlines(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return a manager whose connections end at the deadline of the thread that uses them."""
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return manager
