"""Why a channel or an index could not be asked: one kind for each thing that somebody can do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class SourceErrorKind(Enum):
    """What went wrong: the clause that goes on from the name of who was asked, and what to do."""

    UNREACHABLE = (
        "could not be reached",
        "Look at the network and at the address; a proxy is taken from HTTPS_PROXY.",
    )
    TIMED_OUT = ("did not answer in time", "Try again later, or give it longer with --timeout.")
    CUT = ("broke off the connection", "Try again later.")
    CERTIFICATE = (
        "shows a certificate that is not trusted here",
        "If it is a server of your own, name its certificates in SSL_CERT_FILE.",
    )
    DENIED = ("asks for a password or token, or refuses the one that it was given", "")
    NO_SUCH = ("is not there (it answers: not found)", "Look at the spelling of its name or address.")
    BUSY = ("asks to be left alone for a while", "Try again later.")
    BROKEN = ("has a fault of its own", "Try again later; if it stays so, tell those who run it.")
    REDIRECTS = ("sends every question on in a circle", "Look at the address.")
    NOT_A_CHANNEL = (
        "answered with something else than what such a server answers with, perhaps a login page",
        "Look at the address; in a network with a login page, log in first with a browser.",
    )
    TOO_LARGE = ("answered with more than anybody should have to read", "Look at the address.")
    NOT_CACHED = ("was not asked, and no earlier answer is kept", "Leave out --offline once.")
    NO_CACHE = (
        "could not be asked, since nothing can be written into the folder for caches",
        "Name another folder in ONELIST_CACHE_DIR, or look at the space on the disk.",
    )
    NO_NOARCH = (
        "lacks the folder noarch, without which it is no channel",
        "Tell those who run it; conda and mamba refuse it as well.",
    )
    NO_PACKAGE = (
        "lists a package that cannot be had from there",
        "Try again later; if it stays so, tell those who run it.",
    )
    NO_RESOLVER = (
        "could not be put to the test",
        "Tell those who make onelist, with the whole output.",
    )
    EMPTY = (
        "answers, but has no package at all",
        "If nothing has been published there yet, leave it out of conda_channels until then.",
    )

    @property
    def clause(self) -> str:
        """What happened, without a full stop."""
        return str(self.value[0])

    @property
    def hint(self) -> str:
        """What to do about it; ``""`` where that depends on who was asked."""
        return str(self.value[1])


MAX_RETRIES = {
    SourceErrorKind.CUT: 3,
    SourceErrorKind.BUSY: 3,
    SourceErrorKind.BROKEN: 3,
    SourceErrorKind.UNREACHABLE: 1,
}
"""How often a question is put again after the kinds of faults that may be gone a moment later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceError:
    """One failure to find something out.

    Attributes:
        kind: What went wrong.
        detail: More of it for those who look after servers, without secrets; ``""`` for nothing.
        wait: For how many seconds the server asks to be left alone; None when it does not say.
        address: What was asked for, perhaps with a password: never to be shown; ``""`` where nobody needs it.
    """

    kind: SourceErrorKind
    detail: str = ""
    wait: float | None = None
    address: str = field(default="", repr=False)

    @property
    def reason(self) -> str:
        """What happened, as a clause that goes on from the name of who was asked."""
        return f"{self.kind.clause} ({self.detail})" if self.detail else self.kind.clause


def of_status(status: int, *, wait: float | None = None, address: str = "") -> SourceError:
    """Return what an HTTP status (RFC 9110) comes to that is no answer.

    Args:
        status: The status, not 200.
        wait: The seconds of Retry-After, if the server said so.
        address: What was asked for.

    Returns:
        The fault.
    """
    kind = _BY_STATUS.get(status, SourceErrorKind.BROKEN if status >= _SERVER_FAULT else SourceErrorKind.NOT_A_CHANNEL)
    return SourceError(kind=kind, detail=f"HTTP status {status}", wait=wait, address=address)


_BY_STATUS = {
    401: SourceErrorKind.DENIED,
    403: SourceErrorKind.DENIED,
    407: SourceErrorKind.DENIED,
    429: SourceErrorKind.BUSY,
    503: SourceErrorKind.BUSY,
}
_SERVER_FAULT = 500
