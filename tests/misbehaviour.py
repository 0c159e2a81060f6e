"""Ways in which a server of an index or a channel fails, each with a name; the server of the tests has some more."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import re
import socket
import struct
from typing import TYPE_CHECKING

import zstandard

from tests.servers import JSON_TYPE, LOGIN, Answer, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.servers import Handler, Way

_PAUSE = 0.1
"""Seconds between two bytes of a server that is slow."""
_BOMB = 1 << 34
"""What a bomb unpacks to, in bytes: 16 GiB."""
_ZEROS = bytes(1 << 20)


def status(number: int) -> Way:
    """Return the way to answer with a status and nothing of use."""

    def answer(handler: Handler, _: Answer) -> None:
        handler.begin(number, {"Content-Length": "0"})

    return answer


def body(content: bytes, **headers: str) -> Way:
    """Return the way to answer with other content."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler: Handler, normal: Answer) -> None:
        handler.reply(Answer(content, normal.content_type, named))

    return answer


def raw(content: bytes) -> Way:
    """Return the way to send bytes that need not be HTTP, and to close the connection."""

    def answer(handler: Handler, _: Answer) -> None:
        handler.send(content)
        handler.close_connection = True

    return answer


def changed(change: Callable[[bytes], bytes]) -> Way:
    """Return the way to change the content."""

    def answer(handler: Handler, normal: Answer) -> None:
        handler.reply(Answer(change(normal.content), normal.content_type))

    return answer


def forever(start: bytes, parts: Iterable[bytes], pause: float = 0.0) -> Way:
    """Return the way to send without an end."""

    def answer(handler: Handler, _: Answer) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(start)
            for part in parts:
                handler.wfile.write(part)
                handler.wfile.flush()
                if handler.server.owner.closing.wait(pause):
                    break

    return answer


def _slow_redirects(handler: Handler, _: Answer) -> None:
    handler.server.owner.closing.wait(3 * _PAUSE)
    handler.begin(302, {"Location": handler.path, "Content-Length": "0"})


def _to_login(handler: Handler, _: Answer) -> None:
    if "login" in handler.path:
        handler.reply(Answer(LOGIN, "text/html"))
    else:
        handler.begin(302, {"Location": f"{handler.path}?login", "Content-Length": "0"})


def _partial(handler: Handler, normal: Answer) -> None:
    handler.reply(Answer(normal.content[: len(normal.content) // 2], normal.content_type, status=206))


def _too_short(handler: Handler, normal: Answer) -> None:
    handler.reply(normal, length=max(len(normal.content) - 9, 1))
    handler.close_connection = True


def _closed(handler: Handler, _: Answer) -> None:
    handler.close_connection = True


def _reset_in_the_headers(handler: Handler, _: Answer) -> None:
    handler.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def zstd_bomb(size: int = _BOMB) -> bytes:
    """Return a frame of zstd (RFC 8878) that unpacks to so many zeros: blocks of 128 KiB, each in four bytes."""
    block = 1 << 17
    head = b"\x28\xb5\x2f\xfd" + bytes([0, 7 << 3])  # no size of the content; a window of 128 KiB
    run, last = ((block << 3 | 1 << 1 | end).to_bytes(3, "little") + b"\0" for end in (0, 1))
    return head + run * (size // block - 1) + last


def _gzip_bomb() -> bytes:
    return gzip.compress(_ZEROS * 128, 9)


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :] if content else b"\x00"


WAYS: Mapping[str, Way] = {
    "204": status(204),
    "304 unasked": status(304),
    "400": status(400),
    "402": status(402),
    "407": status(407),
    "410": status(410),
    "418": status(418),
    "451": status(451),
    "502": status(502),
    "504": status(504),
    "511": status(511),
    "redirect to nowhere": status(302),
    "redirect to a login page": _to_login,
    "slow redirects": _slow_redirects,
    "half with 206": _partial,
    "dripping headers": forever(b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X"), _PAUSE),
    "headers without end": forever(b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X-More: y\r\n")),
    "a header without end": forever(b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X" * 4096)),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "closed at once": _closed,
    "reset in the headers": _reset_in_the_headers,
    "length too short": _too_short,
    "length no number": raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{"),
    "length below zero": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{"),
    "chunks that are none": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
    "chunks without end": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
    "gzip that is none": body(b"{}", Content_Encoding="gzip"),
    "gzip bomb": body(_gzip_bomb(), Content_Encoding="gzip"),
    "endless body": forever(
        f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\n\r\n".encode(), itertools.repeat(b" " * (1 << 16))
    ),
    "zeros": body(bytes(3000)),
    "deep brackets": body(b"[" * 100_000),
    "deep braces": body(b'{"a":' * 100_000),
    "null": body(b"null"),
    "a number": body(b"7"),
    "an empty object": body(b"{}"),
    "an empty list": body(b"[]"),
    "an error in JSON": body(b'{"error": "moved"}'),
    "Latin-1": body('{"meta": {"api-version": "1.0"}, "name": "ü", "files": []}'.encode("latin-1")),
    "UTF-16": changed(lambda content: content.decode(errors="replace").encode("utf-16")),
    "a marked section": body(b"<![x["),
    "a byte flipped": changed(_flipped),
    "doubled": changed(lambda content: content + content),
    "an empty frame": body(zstandard.compress(b"")),
    "another project": changed(lambda content: re.sub(rb"f([-_])another", rb"g\1another", content)),
}
"""Each way by its name."""
FAULTS: Mapping[str, Fault | Way] = {**{fault.value: fault for fault in Fault}, **WAYS}
"""All faults by name, those of the server included."""
