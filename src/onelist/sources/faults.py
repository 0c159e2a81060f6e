"""Why a package index or a channel gave no data: one kind of error for each thing that the user can do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from onelist.core.errors import REPORT, internal_error


class SourceErrorKind(Enum):
    """What went wrong: a clause that follows the name of the index or channel, and what to do."""

    UNREACHABLE = (
        "could not be reached",
        "Check the network and the address. If the network needs a proxy, name it in HTTPS_PROXY.",
    )
    TIMED_OUT = ("did not answer in time", "Try again later, or allow more time with --timeout.")
    CONNECTION_CLOSED = ("closed the connection too early", "Try again later.")
    CERTIFICATE = (
        "has a certificate that this computer does not trust",
        "If you know the server, name the file with its certificate in SSL_CERT_FILE.",
    )
    ACCESS_DENIED = ("requires a password or token, or rejects the one that it got", "")
    NOT_FOUND = ("was not found", "Check the spelling of its name or address.")
    RATE_LIMITED = ("limits requests or is overloaded", "Try again later.")
    SERVER_ERROR = ("has an internal error", "Try again later. If the error stays, tell the people who run the server.")
    REDIRECT_LOOP = ("redirects in a loop", "Check the address.")
    UNEXPECTED_RESPONSE = (
        "sent an unexpected response, perhaps a login page",
        "Check the address. In a network with a login page, log in with a browser first.",
    )
    TOO_LARGE = ("sent a response that is too large", "Check the address.")
    NOT_CACHED = ("was not asked, and the cache has no response of it", "Run the command once without --offline.")
    CACHE_NOT_WRITABLE = (
        "could not be read, because the cache folder cannot be written",
        "Name another folder in ONELIST_CACHE_DIR, or free some space on the disk.",
    )
    NO_NOARCH = (
        "has no folder noarch, which each channel must have",
        "Tell the people who run the channel. conda and mamba cannot use it either.",
    )
    MISSING_SHARD = (
        "does not have a shard that it lists, the file with the records of one package",
        "Try again later. If the error stays, tell the people who run the channel.",
    )
    DAMAGED_SHARD = (
        "sent something else in place of a shard, the file with the records of one package",
        "Try again later. If the error stays, tell the people who run the channel.",
    )
    DAMAGED_RECORD = (
        "has a record that cannot be read",
        "Tell the people who run the channel. conda and mamba may not be able to use it either.",
    )
    PACKAGE_NOT_AVAILABLE = (
        "lists a package that cannot be downloaded from it",
        "Try again later. If the error stays, tell the people who run the channel.",
    )
    RESOLVER_FAILED = (
        "could not be checked, because the resolver failed",
        REPORT,
    )
    INTERNAL_ERROR = ("could not be read, because of an error inside onelist or rattler", REPORT)
    READER_ENDED = (
        "could not be read: the process that read it ended, perhaps because an answer needs too much memory",
        REPORT,
    )
    METADATA_UNKNOWN = (
        "has a source distribution whose dependencies are not known without running its code",
        "Nothing helps but a wheel. Ask the maintainers of the package to publish one.",
    )
    REQUIRES_ADDRESS = (
        "has a package that requires another one by its address, which onelist does not follow",
        "Try the list with: onelist try --installer pip.",
    )
    PIP_STOPS = (
        "has a version whose metadata pip cannot use",
        "Exclude the version, for example with package!=1.0, or ask the maintainers of the package to withdraw it.",
    )
    PLATFORM_NOT_RESOLVED = ("is not checked for this platform, because uv has no name for it", "")
    UNDATED = (
        "does not say of all files or records when they appeared, so its state on that day is not known",
        "Check without --as-of.",
    )
    NO_HASH = (
        "has no SHA-256 of a file, and a lock needs it",
        "Use another package index, such as the one from which this one has the file.",
    )
    EMPTY = (
        "has no packages",
        "If nothing is published there yet, remove it from conda_channels until then.",
    )

    @property
    def clause(self) -> str:
        """What happened, without a full stop; it follows words such as "the package index"."""
        return str(self.value[0])

    @property
    def hint(self) -> str:
        """What to do; ``""`` where that depends on the index or channel."""
        return str(self.value[1])


MAX_RETRIES = {
    SourceErrorKind.CONNECTION_CLOSED: 3,
    SourceErrorKind.RATE_LIMITED: 3,
    SourceErrorKind.SERVER_ERROR: 3,
    SourceErrorKind.UNREACHABLE: 1,
}
"""How often a request is sent again after errors that may pass within seconds."""


NO_ANSWER = frozenset({SourceErrorKind.UNREACHABLE, SourceErrorKind.TIMED_OUT, SourceErrorKind.CERTIFICATE})
"""Errors of a server that has said nothing. If it never said anything, it is not asked again in the same call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceError:
    """Why a query has no answer.

    Attributes:
        kind: What went wrong.
        detail: More about it for people who run servers, without secrets; ``""`` for nothing.
        wait: The seconds of Retry-After (RFC 9110, section 10.2.3); None if the server did not send it.
        address: What was requested, perhaps with a password: it must never be shown; ``""`` where no code needs it.
    """

    kind: SourceErrorKind
    detail: str = ""
    wait: float | None = None
    address: str = field(default="", repr=False)

    @property
    def reason(self) -> str:
        """What happened, as a clause that follows words such as "the package index"."""
        return f"{self.kind.clause} ({self.detail})" if self.detail else self.kind.clause


def unexpected_error(error: BaseException) -> SourceError:
    """Return the error of a source for an exception that nobody expects, such as a panic of rattler or a MemoryError.

    Raises:
        BaseException: The same exception, if it has a meaning of its own (see :func:`internal_error`).
    """
    return SourceError(kind=SourceErrorKind.INTERNAL_ERROR, detail=internal_error(error))


def error_of_status(status: int, *, wait: float | None = None, address: str = "") -> SourceError:
    """Return the error for an HTTP status (RFC 9110, section 15).

    Args:
        status: The status, neither 200 nor 404.
        wait: The seconds of Retry-After; None if the server did not send it.
        address: What was requested.

    Returns:
        The error.
    """
    other = SourceErrorKind.SERVER_ERROR if status >= _SERVER_ERROR else SourceErrorKind.UNEXPECTED_RESPONSE
    return SourceError(kind=_BY_STATUS.get(status, other), detail=f"HTTP status {status}", wait=wait, address=address)


_BY_STATUS = {
    401: SourceErrorKind.ACCESS_DENIED,
    403: SourceErrorKind.ACCESS_DENIED,
    407: SourceErrorKind.ACCESS_DENIED,
    429: SourceErrorKind.RATE_LIMITED,
    503: SourceErrorKind.RATE_LIMITED,
}
_SERVER_ERROR = 500
