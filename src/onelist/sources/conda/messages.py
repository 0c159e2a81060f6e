"""Messages of rattler's gateway -> errors of a source; rattler has one exception for all of them."""

from __future__ import annotations

import re

from onelist.core.text import printable, shortened
from onelist.sources.faults import SourceError, SourceErrorKind, error_of_status

_STATUS = re.compile(r"\((\d{3})(?: [^)]*)?\) for url \((\S+)\)")
_MESSAGES = (
    (r"no usable repodata cache|is not in the cache", SourceErrorKind.NOT_CACHED),
    (
        r"failed to create|[Pp]ermission denied|[Rr]ead-only file system|[Nn]o space left",
        SourceErrorKind.CACHE_NOT_WRITABLE,
    ),
    (r"[Ff]ile too large", SourceErrorKind.TOO_LARGE),
    (r"too many redirects", SourceErrorKind.REDIRECT_LOOP),
    (r"certificate|UnknownIssuer", SourceErrorKind.CERTIFICATE),
    (r"dns error|tcp connect error|unreachable", SourceErrorKind.UNREACHABLE),
    (r"timed out", SourceErrorKind.TIMED_OUT),
    (r"reading a body|connection error|connection closed|SendRequest", SourceErrorKind.CONNECTION_CLOSED),
    (r"error sending request", SourceErrorKind.UNREACHABLE),
)
"""Parts of rattler's messages. Each other message of it is about a response that it cannot read."""
_SHARD = re.compile(r"/([0-9a-f]{12})[0-9a-f]{52}\.msgpack\.zst")
"""The name of a shard: the SHA-256 of its content (https://conda.org/learn/ceps/cep-0016)."""
_RECORD = re.compile(
    r"(?:(?:missing|duplicate) field|invalid (?:type:|value:|length)|unknown variant|malformed version string)"
    r".*?(?=$| at line \d)",
    re.MULTILINE,
)
"""How rattler says which value of a record it cannot read."""
_NOT_THERE = frozenset({404, 410})
_DETAILS = (("dns error", "no such host"), ("Connection refused", "connection refused"))


def error_of_message(message: str) -> SourceError:
    """Return the error for a message of rattler's gateway."""
    status = _STATUS.search(message)
    if "could not find subdir 'noarch'" in message:
        return SourceError(kind=SourceErrorKind.NOT_FOUND)
    shard = _SHARD.search(message)
    if shard and status and int(status[1]) in _NOT_THERE:
        return SourceError(kind=SourceErrorKind.MISSING_SHARD, detail=f"{shard[1]}...", address=status[2])
    if status:
        return error_of_status(int(status[1]), address=status[2])
    if shard and "decode" in message:
        return SourceError(kind=SourceErrorKind.DAMAGED_SHARD, detail=f"{shard[1]}...")
    record = _RECORD.search(message)
    if record or "failed to extract repodata records" in message:
        detail = shortened(printable(record[0].strip())) if record else ""
        return SourceError(kind=SourceErrorKind.DAMAGED_RECORD, detail=detail)
    kind = next(
        (kind for pattern, kind in _MESSAGES if re.search(pattern, message)), SourceErrorKind.UNEXPECTED_RESPONSE
    )
    return SourceError(kind=kind, detail=next((said for word, said in _DETAILS if word in message), ""))
