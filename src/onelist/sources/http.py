"""The one place that asks servers by itself: with a deadline, patience, a cache, and no secret in what comes out.

(conda channels are asked by rattler, see ``gateway.py``; this module only looks there whether a file exists.)
"""

from __future__ import annotations

import datetime
import random
import re
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from onelist.core.version import __version__
from onelist.sources.cache import CachedResponse, CachePolicy
from onelist.sources.faults import MAX_RETRIES, SourceError, SourceErrorKind, of_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from urllib3 import BaseHTTPResponse, PoolManager

    from onelist.sources.cache import ResponseCache

Result = TypeVar("Result")

OK, NOT_MODIFIED, NOT_FOUND = 200, 304, 404
_NO_SUCH_METHOD = frozenset({405, 501})
_CHUNK = 1 << 16
_MOST_REDIRECTS = 8
_TIMED_OUT = SourceError(kind=SourceErrorKind.TIMED_OUT)
_CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that the installers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much.

    Attributes:
        connect: Seconds until a connection must stand, and between two pieces of an answer.
        deadline: Seconds for one question with all its repetitions.
        size: Bytes of an answer, unpacked; the longest project page on the public index has some 20 MB.
        back_off: Seconds before the first repetition; doubled for each further one.
    """

    connect: float = 20.0
    deadline: float = 120.0
    size: int = 1 << 26
    back_off: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What lets a client in.

    Attributes:
        certificates: A file of certificates to trust; ``""`` for those of the system.
        netrc: The file of logins that curl, pip and uv read as well; None for the usual one.
    """

    certificates: str = ""
    netrc: str | None = None


def access(environment: Mapping[str, str], certificates: str = "") -> Access:
    """Return what the environment says about access.

    Args:
        environment: The environment variables.
        certificates: The file that pip's own settings name, which goes first; ``""`` for none.

    Returns:
        What to use.
    """
    named = [certificates, *(environment.get(name, "") for name in _CERTIFICATES)]
    return Access(certificates=next(filter(None, named), ""), netrc=environment.get("NETRC"))


_LOADING = threading.Lock()


def _urllib3() -> ModuleType:
    """Return urllib3, loaded when it is first needed: several threads that do that at once would block one another."""
    with _LOADING:
        import urllib3

        return urllib3


class HttpClient:
    """A client for index pages. Its methods may be called from several threads.

    Attributes:
        sent: How many requests were sent, repetitions included.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        access: Access,
        pages: ResponseCache,
        cache_policy: CachePolicy = CachePolicy.NORMAL,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(tz=datetime.UTC),
    ) -> None:
        """Take the settings; nothing is opened before something is asked.

        Args:
            limits: How long and how much.
            access: Certificates and logins.
            pages: What was answered before.
            cache_policy: What ``pages`` is good for.
            now: The clock.
        """
        self._limits = limits
        self._access = access
        self._pages = pages
        self._caching = cache_policy
        self._now = now
        self._lock = threading.Lock()
        self._opened: dict[str, PoolManager] = {}
        self.sent = 0

    def get(self, address: str, accept: str) -> CachedResponse | SourceError:
        """Return what an address answers.

        Args:
            address: An http or https address, perhaps with user and password.
            accept: The content types that are understood (RFC 9110, Accept).

        Returns:
            The page, with status 200 or 404; or why there is no answer. ``Page.stored`` tells when the server said so.
        """
        kept = self._pages.get(address)
        if self._caching is CachePolicy.OFFLINE:
            return kept or SourceError(kind=SourceErrorKind.NOT_CACHED)
        if kept and self._caching is CachePolicy.NORMAL and kept.is_fresh(self._now()):
            return kept
        headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": f"onelist/{__version__}"}
        asks_anew = self._caching is CachePolicy.REFRESH or (kept is not None and kept.status == NOT_FOUND)
        kept = None if asks_anew else kept  # a 304 must not make "not found" new again
        if kept and kept.etag:
            headers["If-None-Match"] = kept.etag
        if kept and kept.modified:
            headers["If-Modified-Since"] = kept.modified
        return self._patiently(lambda until: self._once(address, headers, kept, until))

    def exists(self, address: str) -> bool | SourceError:
        """Tell whether there is a file at an address, without fetching it; never from the cache."""
        if self._caching is CachePolicy.OFFLINE:
            return SourceError(kind=SourceErrorKind.NOT_CACHED)

        def once(until: float) -> bool | SourceError:
            status = self._status("HEAD", address, until)
            if isinstance(status, int) and status in _NO_SUCH_METHOD:
                status = self._status("GET", address, until)
            return status if isinstance(status, SourceError) else status == OK

        return self._patiently(once)

    def _status(self, method: str, address: str, until: float) -> int | SourceError:
        with closing(self._open(method, address, {}, until)) as response:
            if response.status in _NO_SUCH_METHOD:
                return response.status
            return _fault_of(response) or response.status

    def _patiently(self, once: Callable[[float], Result | SourceError]) -> Result | SourceError:
        """Ask, and ask again after faults that pass, as long as the deadline allows.

        A last attempt that the deadline cuts short says less about the server than the fault before it, which is kept.
        """
        until = time.monotonic() + self._limits.deadline
        attempt = 0
        before: SourceError | None = None
        while True:
            result = self._explained(once, until)
            if before is not None and result == _TIMED_OUT and time.monotonic() >= until:
                return before
            if not isinstance(result, SourceError) or attempt >= MAX_RETRIES.get(result.kind, 0):
                return result
            before = result
            attempt += 1
            pause = result.wait if result.wait is not None else self._pause(attempt)
            if time.monotonic() + pause >= until:
                return result
            time.sleep(pause)

    def _pause(self, attempt: int) -> float:
        return float(self._limits.back_off * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))  # noqa: S311 - no secret

    def _explained(self, once: Callable[[float], Result | SourceError], until: float) -> Result | SourceError:
        try:
            return once(until)
        except (_urllib3().exceptions.HTTPError, OSError, ValueError) as error:  # ValueError: an address that is none
            return fault_of_error(error)

    def _once(
        self, address: str, headers: Mapping[str, str], kept: CachedResponse | None, until: float
    ) -> CachedResponse | SourceError:
        with closing(self._open("GET", address, headers, until)) as response:
            if response.status == NOT_MODIFIED and kept:
                page = _renewed(kept, response, self._now())
            elif fault := _fault_of(response):
                return fault
            else:
                content = self._read(response, until)
                if isinstance(content, SourceError):
                    return content
                page = _page(response, content, self._now())
        return replace(page, storable="no-store" not in response.headers.get("Cache-Control", ""))

    def keep(self, address: str, page: CachedResponse) -> None:
        """Keep a page for the next time; only whoever has read it knows that it is worth keeping."""
        if page.storable:
            self._pages.put(address, page)

    def _open(self, method: str, address: str, headers: Mapping[str, str], until: float) -> BaseHTTPResponse:
        util = _urllib3().util
        bare, login = self._login(address)
        wait = max(min(self._limits.connect, until - time.monotonic()), 0.1)
        with self._lock:
            self.sent += 1
        return self._pool(bare).urlopen(
            method,
            bare,
            headers={**headers, **login},
            preload_content=False,
            retries=util.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=_MOST_REDIRECTS),
            timeout=util.Timeout(connect=wait, read=wait),
        )

    def _read(self, response: BaseHTTPResponse, until: float) -> bytes | SourceError:
        size = self._limits.size
        if int(response.headers.get("Content-Length") or 0) > size:
            return SourceError(kind=SourceErrorKind.TOO_LARGE)
        parts = []
        while part := response.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size -= len(part)
            if size < 0:
                return SourceError(kind=SourceErrorKind.TOO_LARGE)
            if time.monotonic() > until:
                return _TIMED_OUT
        return b"".join(parts)

    def _login(self, address: str) -> tuple[str, dict[str, str]]:
        """Return the address without user and password, and the header that carries them."""
        parts = urlsplit(address)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        elif found := self._netrc.get(parts.hostname or ""):
            login = f"{found[0]}:{found[2]}"
        else:
            return bare, {}
        return bare, dict(_urllib3().util.make_headers(basic_auth=login))

    @cached_property
    def _netrc(self) -> Mapping[str, tuple[str, str, str]]:
        """The logins by host, from the file that curl, pip and uv read as well."""
        import netrc

        try:
            found = netrc.netrc(self._access.netrc)
        except (OSError, ValueError, netrc.NetrcParseError):  # ValueError: it is not text
            return {}
        return {host: (user, account or "", password or "") for host, (user, account, password) in found.hosts.items()}

    def _pool(self, address: str) -> PoolManager:
        """Return the connections for an address: direct, or through the proxy that the system's settings name."""
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(address)
        proxies = getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
        if proxy and proxy_bypass(parts.hostname or ""):
            proxy = ""
        with self._lock:
            if proxy not in self._opened:
                self._opened[proxy] = self._new_pool(proxy)
            return self._opened[proxy]

    def _new_pool(self, proxy: str) -> PoolManager:
        _urllib3()
        from urllib3 import PoolManager, ProxyManager
        from urllib3.util import make_headers

        certificates = self._access.certificates or None
        if not proxy:
            return PoolManager(maxsize=16, ca_certs=certificates)
        bare, _, _ = proxy.rpartition("@")
        login = make_headers(proxy_basic_auth=unquote(bare.partition("//")[2])) if bare else None
        return ProxyManager(proxy, maxsize=16, ca_certs=certificates, proxy_headers=login)


def fault_of_error(error: Exception) -> SourceError:
    """Return what an exception of urllib3 or of the operating system comes to."""
    import ssl

    exceptions = _urllib3().exceptions
    cause: BaseException = error
    if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
        cause = error.reason
    if isinstance(cause, exceptions.ProxyError):
        return SourceError(kind=SourceErrorKind.UNREACHABLE, detail="the proxy did not let it through")
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], SourceErrorKind], ...] = (
        ((exceptions.SSLError, ssl.SSLError), SourceErrorKind.CERTIFICATE),
        (exceptions.ResponseError, SourceErrorKind.REDIRECTS),
        (exceptions.NewConnectionError, SourceErrorKind.UNREACHABLE),  # before TimeoutError, which is a base of it
        (exceptions.TimeoutError, SourceErrorKind.TIMED_OUT),
        ((exceptions.DecodeError, exceptions.InvalidHeader), SourceErrorKind.NOT_A_CHANNEL),
        (exceptions.ProtocolError, SourceErrorKind.CUT),
        (OSError, SourceErrorKind.CUT),
    )
    kind = next((kind for types, kind in kinds if isinstance(cause, types)), SourceErrorKind.UNREACHABLE)
    details = {SourceErrorKind.UNREACHABLE: _network_words(str(cause))}
    return SourceError(kind=kind, detail=details.get(kind, ""))


def _network_words(text: str) -> str:
    """Return the part of an error that helps, never the address, which may hold a secret."""
    for word, said in (("refused", "connection refused"), ("resolve", "no such host"), ("unreachable", "no network")):
        if word in text.lower():
            return said
    return ""


def _fault_of(response: BaseHTTPResponse) -> SourceError | None:
    status = response.status
    if status in {OK, NOT_FOUND}:
        return None
    return of_status(status, wait=_retry_after(response))


def _retry_after(response: BaseHTTPResponse) -> float | None:
    """Return the seconds of Retry-After (RFC 9110), a number or a date; None when there is none."""
    urllib3 = _urllib3()
    try:
        seconds = urllib3.util.Retry(retry_after_max=86400).get_retry_after(response)
    except urllib3.exceptions.InvalidHeader:
        return None
    return None if seconds is None else float(seconds)


def _page(response: BaseHTTPResponse, content: bytes, now: datetime.datetime) -> CachedResponse:
    return CachedResponse(
        status=response.status,
        content=content if response.status == OK else b"",
        content_type=response.headers.get("Content-Type", ""),
        stored=now,
        etag=response.headers.get("ETag", ""),
        modified=response.headers.get("Last-Modified", ""),
        max_age=_max_age(response),
    )


def _renewed(kept: CachedResponse, response: BaseHTTPResponse, now: datetime.datetime) -> CachedResponse:
    return CachedResponse(
        status=kept.status,
        content=kept.content,
        content_type=kept.content_type,
        stored=now,
        etag=kept.etag,
        modified=kept.modified,
        max_age=_max_age(response),
    )


def _max_age(response: BaseHTTPResponse) -> int:
    control = response.headers.get("Cache-Control", "")
    match = re.search(r"max-age=(\d{1,9})", control)
    if not match or "no-cache" in control:
        return 0
    age = response.headers.get("Age", "0")
    return max(int(match[1]) - int(age if age.isdecimal() else 0), 0)
