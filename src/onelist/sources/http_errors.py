"""Exceptions of urllib3 and of the operating system -> why a server gave no data."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from types import ModuleType

_LOADING = threading.Lock()


def urllib3() -> ModuleType:
    """Return urllib3, which is imported when it is first needed; the lock lets only one thread import it."""
    with _LOADING:
        import urllib3 as library

        return library


def error_of_exception(error: Exception) -> SourceError:
    """Return the error for an exception of urllib3 or of the operating system."""
    import ssl

    exceptions = urllib3().exceptions
    cause: BaseException = error
    if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
        cause = error.reason
    if isinstance(cause, exceptions.ProtocolError):  # urllib3 puts a deadline that ends a connection into one
        cause = next((one for one in cause.args if isinstance(one, TimeoutError)), cause)
    if isinstance(cause, exceptions.ProxyError):
        return SourceError(kind=SourceErrorKind.UNREACHABLE, detail="the proxy refused the connection")
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], SourceErrorKind], ...] = (
        ((exceptions.SSLError, ssl.SSLError), SourceErrorKind.CERTIFICATE),
        (exceptions.ResponseError, SourceErrorKind.REDIRECT_LOOP),
        (exceptions.NewConnectionError, SourceErrorKind.UNREACHABLE),  # before its base class TimeoutError
        ((exceptions.TimeoutError, TimeoutError), SourceErrorKind.TIMED_OUT),
        ((exceptions.DecodeError, exceptions.InvalidHeader), SourceErrorKind.UNEXPECTED_RESPONSE),
        (exceptions.ProtocolError, SourceErrorKind.CONNECTION_CLOSED),
        (OSError, SourceErrorKind.CONNECTION_CLOSED),
    )
    kind = next((kind for types, kind in kinds if isinstance(cause, types)), SourceErrorKind.UNREACHABLE)
    details = {SourceErrorKind.UNREACHABLE: _detail(str(cause))}
    return SourceError(kind=kind, detail=details.get(kind, ""))


def _detail(text: str) -> str:
    """Return the useful part of an error message, never the address, which may hold a secret."""
    for word, detail in (("refused", "connection refused"), ("resolve", "no such host"), ("unreachable", "no network")):
        if word in text.lower():
            return detail
    return ""
