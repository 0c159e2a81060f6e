"""Messages of rattler's gateway -> errors of a source; rattler has one exception for all of them."""

from __future__ import annotations

import re

from onelist.sources.faults import SourceError, SourceErrorKind, error_of_status

_STATUS = re.compile(r"\((\d{3})(?: [^)]*)?\) for url \((\S+)\)")
_MESSAGES = (
    (r"no usable repodata cache|is not in the cache", SourceErrorKind.NOT_CACHED),
    (
        r"failed to create|[Pp]ermission denied|[Rr]ead-only file system|[Nn]o space left",
        SourceErrorKind.CACHE_NOT_WRITABLE,
    ),
    (r"too many redirects", SourceErrorKind.REDIRECT_LOOP),
    (r"certificate|UnknownIssuer", SourceErrorKind.CERTIFICATE),
    (r"dns error|tcp connect error|unreachable", SourceErrorKind.UNREACHABLE),
    (r"timed out", SourceErrorKind.TIMED_OUT),
    (r"reading a body|connection error|connection closed|SendRequest", SourceErrorKind.CONNECTION_CLOSED),
    (r"error sending request", SourceErrorKind.UNREACHABLE),
)
"""Parts of rattler's messages. Each other message of it is about a response that it cannot read."""
_DETAILS = (("dns error", "no such host"), ("Connection refused", "connection refused"))


def error_of_message(message: str) -> SourceError:
    """Return the error for a message of rattler's gateway."""
    status = _STATUS.search(message)
    if "could not find subdir 'noarch'" in message:
        return SourceError(kind=SourceErrorKind.NOT_FOUND)
    if status:
        return error_of_status(int(status[1]), address=status[2])
    kind = next(
        (kind for pattern, kind in _MESSAGES if re.search(pattern, message)), SourceErrorKind.UNEXPECTED_RESPONSE
    )
    return SourceError(kind=kind, detail=next((said for word, said in _DETAILS if word in message), ""))
