"""HTTP requests: with a deadline, retries, a cache, and no secret in any result.

rattler fetches the files of conda channels (see ``gateway.py``). This module only tests whether such a file exists.
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
from onelist.sources.faults import MAX_RETRIES, NO_ANSWER, SourceError, SourceErrorKind, error_of_status
from onelist.sources.http_errors import error_of_exception, urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse, PoolManager

    from onelist.sources.cache import ResponseCache

Result = TypeVar("Result")

OK, PARTIAL_CONTENT, NOT_MODIFIED, NOT_FOUND = 200, 206, 304, 404
_METHOD_NOT_ALLOWED = frozenset({405, 501})
EXTRA_TIME = 1.0
"""Seconds after the deadline in which the client may still report an error of its own."""
_CHUNK = 1 << 16
_MOST_REDIRECTS = 8
_TIMED_OUT = SourceError(kind=SourceErrorKind.TIMED_OUT)
_CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""The environment variables in which pip and uv look for certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a request.

    Attributes:
        connect: Seconds to connect, and seconds between two parts of a response.
        deadline: Seconds for one query, retries included.
        size: Bytes of a response, decompressed; the longest project page on the public index has about 20 MB.
        back_off: Seconds before the first retry; each further pause is twice as long.
    """

    connect: float = 20.0
    deadline: float = 120.0
    size: int = 1 << 26
    back_off: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Certificates and credentials.

    Attributes:
        certificates: A file of trusted certificates; ``""`` for those of the system.
        netrc: The netrc file with credentials, as curl, pip and uv read it; None for the one in the home folder.
    """

    certificates: str = ""
    netrc: str | None = None


def access(environment: Mapping[str, str], certificates: str = "") -> Access:
    """Return the certificates and credentials that the environment names.

    Args:
        environment: The environment variables.
        certificates: The file in pip's settings, which has priority; ``""`` for none.

    Returns:
        Certificates and credentials.
    """
    named = [certificates, *(environment.get(name, "") for name in _CERTIFICATES)]
    return Access(certificates=next(filter(None, named), ""), netrc=environment.get("NETRC"))


class HttpClient:
    """An HTTP client. Several threads may use it.

    Attributes:
        sent: How many requests were sent, retries included.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        access: Access,
        cache: ResponseCache,
        cache_policy: CachePolicy = CachePolicy.NORMAL,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(tz=datetime.UTC),
    ) -> None:
        """Take the settings. The first request opens the first connection.

        Args:
            limits: The limits of a request.
            access: Certificates and credentials.
            cache: The cached responses.
            cache_policy: When cached responses are used.
            now: The clock.
        """
        self._limits = limits
        self._access = access
        self._cache = cache
        self._cache_policy = cache_policy
        self._now = now
        self._lock = threading.Lock()
        self._opened: dict[str, PoolManager] = {}
        self._answered: set[str] = set()
        self._down: dict[str, SourceError] = {}
        self.sent = 0

    @property
    def is_offline(self) -> bool:
        """Whether no server is asked."""
        return self._cache_policy is CachePolicy.OFFLINE

    def get(self, address: str, accept: str) -> CachedResponse | SourceError:
        """Return the response for an address.

        Args:
            address: An http or https address, perhaps with user and password.
            accept: The accepted content types (RFC 9110, section 12.5.1).

        Returns:
            The response, with status 200 or 404, or an error. ``CachedResponse.stored`` is the time of the response.
        """
        cached = self._cache.get(address)
        if self.is_offline:
            return cached or SourceError(kind=SourceErrorKind.NOT_CACHED)
        if cached and self._cache_policy is CachePolicy.NORMAL and cached.is_fresh(self._now()):
            return cached
        headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": f"onelist/{__version__}"}
        is_unusable = self._cache_policy is CachePolicy.REFRESH or (cached is not None and cached.status == NOT_FOUND)
        cached = None if is_unusable else cached  # a 304 must not confirm "not found"
        if cached and cached.etag:
            headers["If-None-Match"] = cached.etag
        if cached and cached.modified:
            headers["If-Modified-Since"] = cached.modified
        return self._ask(address, lambda until: self._once(address, headers, cached, until))

    def consume(
        self, address: str, consumer: Callable[[Iterator[bytes]], Result], *, part: tuple[int, int] | None = None
    ) -> Result | SourceError:
        """Read a file while it arrives, without the cache.

        Args:
            address: An http or https address, perhaps with user and password.
            consumer: Gets the bytes in parts and need not take all of them; called again when an attempt is repeated.
            part: The first and the last byte that are wanted (RFC 9110, section 14.2); None for the whole file.

        Returns:
            What the consumer returns, or an error. A server that does not send parts has ``UNEXPECTED_RESPONSE``.
        """
        if self.is_offline:
            return SourceError(kind=SourceErrorKind.NOT_CACHED)
        headers = {"User-Agent": f"onelist/{__version__}", "Accept-Encoding": "identity"}
        if part:
            headers["Range"] = f"bytes={part[0]}-{part[1]}"

        def once(until: float) -> Result | SourceError:
            with closing(self._open("GET", address, headers, until)) as response:
                if response.status == NOT_FOUND:
                    return SourceError(kind=SourceErrorKind.NOT_FOUND)
                if response.status != (PARTIAL_CONTENT if part else OK):
                    return error_of_status(response.status, wait=_retry_after(response))
                return consumer(self._parts(response, until))

        return self._ask(address, once)

    def _parts(self, response: BaseHTTPResponse, until: float) -> Iterator[bytes]:
        while part := response.read1(_CHUNK, decode_content=True):
            yield part
            if time.monotonic() > until:
                raise urllib3().exceptions.TimeoutError

    def exists(self, address: str) -> bool | SourceError:
        """Tell whether there is a file at an address, without fetching it and without the cache."""
        if self.is_offline:
            return SourceError(kind=SourceErrorKind.NOT_CACHED)

        def once(until: float) -> bool | SourceError:
            status = self._status("HEAD", address, until)
            if isinstance(status, int) and status in _METHOD_NOT_ALLOWED:
                status = self._status("GET", address, until)
            return status if isinstance(status, SourceError) else status == OK

        return self._ask(address, once)

    def _status(self, method: str, address: str, until: float) -> int | SourceError:
        with closing(self._open(method, address, {}, until)) as response:
            if response.status in _METHOD_NOT_ALLOWED:
                return response.status
            return _error_of(response) or response.status

    def _ask(self, address: str, once: Callable[[float], Result | SourceError]) -> Result | SourceError:
        """Send a request, unless its server is down: that costs the time limit once, and not once for each request."""
        server = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
        if server in self._down:
            return self._down[server]
        result = self._with_retries(once)
        if not isinstance(result, SourceError) or result.kind not in NO_ANSWER:
            self._answered.add(server)
        elif server not in self._answered:
            self._down[server] = result
        return result

    def _with_retries(self, once: Callable[[float], Result | SourceError]) -> Result | SourceError:
        """Send a request, and send it again after errors that may pass, until the deadline.

        If the deadline ends the last attempt, the error of the attempt before it says more, and is the result.
        """
        until = time.monotonic() + self._limits.deadline
        attempt = 0
        before: SourceError | None = None
        while True:
            result = self._without_exceptions(once, until)
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

    def _without_exceptions(self, once: Callable[[float], Result | SourceError], until: float) -> Result | SourceError:
        try:
            return once(until)
        except (urllib3().exceptions.HTTPError, OSError, ValueError) as error:  # ValueError: not a valid address
            return error_of_exception(error)

    def _once(
        self, address: str, headers: Mapping[str, str], cached: CachedResponse | None, until: float
    ) -> CachedResponse | SourceError:
        with closing(self._open("GET", address, headers, until)) as response:
            if response.status == NOT_MODIFIED and cached:
                result = _revalidated(cached, response, self._now())
            elif error := _error_of(response):
                return error
            else:
                content = self._read(response, until)
                if isinstance(content, SourceError):
                    return content
                result = _response_of(response, content, self._now())
        return replace(result, storable="no-store" not in response.headers.get("Cache-Control", ""))

    def store(self, address: str, response: CachedResponse) -> None:
        """Store a response in the cache. The caller does so after it could read the content."""
        if response.storable:
            self._cache.put(address, response)

    def _open(self, method: str, address: str, headers: Mapping[str, str], until: float) -> BaseHTTPResponse:
        util = urllib3().util
        from onelist.sources.deadline import set_deadline

        set_deadline(until)
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
        """Return the address without user and password, and the header with both."""
        parts = urlsplit(address)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        elif found := self._netrc.get(parts.hostname or ""):
            login = f"{found[0]}:{found[2]}"
        else:
            return bare, {}
        return bare, dict(urllib3().util.make_headers(basic_auth=login))

    @cached_property
    def _netrc(self) -> Mapping[str, tuple[str, str, str]]:
        """The credentials by host, from the netrc file."""
        import netrc

        try:
            found = netrc.netrc(self._access.netrc)
        except (OSError, ValueError, netrc.NetrcParseError):  # ValueError: the file is not text
            return {}
        return {host: (user, account or "", password or "") for host, (user, account, password) in found.hosts.items()}

    def _pool(self, address: str) -> PoolManager:
        """Return the connection pool for an address: direct, or through the proxy in the settings of the system."""
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
        urllib3()
        from urllib3 import PoolManager, ProxyManager
        from urllib3.util import make_headers

        from onelist.sources.deadline import with_deadlines

        certificates = self._access.certificates or None
        if not proxy:
            return with_deadlines(PoolManager(maxsize=16, ca_certs=certificates))
        bare, _, _ = proxy.rpartition("@")
        login = make_headers(proxy_basic_auth=unquote(bare.partition("//")[2])) if bare else None
        return with_deadlines(ProxyManager(proxy, maxsize=16, ca_certs=certificates, proxy_headers=login))


def _error_of(response: BaseHTTPResponse) -> SourceError | None:
    status = response.status
    if status in {OK, NOT_FOUND}:
        return None
    return error_of_status(status, wait=_retry_after(response))


def _retry_after(response: BaseHTTPResponse) -> float | None:
    """Return the seconds of Retry-After (RFC 9110, section 10.2.3), a number or a date; None if there is none."""
    library = urllib3()
    try:
        seconds = library.util.Retry(retry_after_max=86400).get_retry_after(response)
    except library.exceptions.InvalidHeader:
        return None
    return None if seconds is None else float(seconds)


def _response_of(response: BaseHTTPResponse, content: bytes, now: datetime.datetime) -> CachedResponse:
    return CachedResponse(
        status=response.status,
        content=content if response.status == OK else b"",
        content_type=response.headers.get("Content-Type", ""),
        stored=now,
        etag=response.headers.get("ETag", ""),
        modified=response.headers.get("Last-Modified", ""),
        max_age=_max_age(response),
    )


def _revalidated(cached: CachedResponse, response: BaseHTTPResponse, now: datetime.datetime) -> CachedResponse:
    return CachedResponse(
        status=cached.status,
        content=cached.content,
        content_type=cached.content_type,
        stored=now,
        etag=cached.etag,
        modified=cached.modified,
        max_age=_max_age(response),
        is_verified=True,
    )


def _max_age(response: BaseHTTPResponse) -> int:
    control = response.headers.get("Cache-Control", "")
    match = re.search(r"max-age=(\d{1,9})", control)
    if not match or "no-cache" in control:
        return 0
    age = response.headers.get("Age", "0")
    return max(int(match[1]) - int(age if age.isdecimal() else 0), 0)
