"""What a secret in a text looks like: logins in web addresses, tokens of channels, and values after a ``?``.

These patterns take time to compile, and few texts have an address in them. `onelist.core.text` loads them on need.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_LOGIN = re.compile(
    r"(?<=//)(?!git@)[^\s/\\@:]+(?=@)"  # https://token@...
    r"|(?<=[/\\])[^\s/\\@:]+:(?!\d+(?:[/?#\s]|$))[^\s@]*(?=@)"  # https://user:pass/word@..., and with one slash
    r"|(?<![\w./\\-])(?!mailto:)[A-Za-z][\w.+-]*:[^\s/@:]+(?=@[\w-]+\.[A-Za-z])"  # user:password@example.org
)

CHANNEL_TOKEN = re.compile(
    r"(?:\b(?!file:)[a-z][a-z0-9+.-]*:/{1,2}[^\s\"'<>]*?|(?<![\w./\\-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?)"
    r"/t/(?P<value>[A-Za-z0-9_-]{8,})",
    re.IGNORECASE,
)
"""conda's ``/t/TOKEN/`` after the host of an address; a folder named ``t`` has no host in front of it."""

_ADDRESS = re.compile(r"\b(?!file:)[a-z][a-z0-9+.-]*:/{1,2}[^\s\"'<>]+", re.IGNORECASE)

_IN_ADDRESS = re.compile(
    r"(?<=//)(?!git@[^/?#@]*(?:[/?#]|$))[^/?#]+(?=@)"  # user, password or both, whatever is in them
    r"|(?<=/t/)[^/?#]+"  # conda's /t/TOKEN/
)

_NAMES = r"(?:token|passw(?:or)?d|pass|secret|key|auth|sig|signature)"

_NAMED = re.compile(rf"(?i){_NAMES}[=:](?P<value>[^\s&#\"'/]{{3,}})")

_QUERY_SECRET = re.compile(rf"(?i)[?&#][\w.-]*{_NAMES}=(?P<value>[^\s&#\"'<>]{{4,}})")
"""What follows a ``?`` in an address: ``?access_token=...``. Elsewhere, a word followed by ``=`` is not a secret."""

_BARE_LOGIN = re.compile(r"(?<![\w./\\:@-])[A-Za-z][\w.+-]*:[^\s/@]+(?=@(?:localhost|\d{1,3}(?:\.\d{1,3}){3})\b)")

_ODD_LOGIN = re.compile(r"(?<=//)(?!localhost:)[^\s/?#@:.]+:[^?#@\n]*(?=@)")  # a blank or a slash in the password


def without_secrets(text: str) -> str:
    """Return a text with everything that may be a secret replaced by as many ``*`` (see `onelist.core.text.redact`)."""
    text = _ADDRESS.sub(_redacted, _ODD_LOGIN.sub(_stars, text))
    text = _QUERY_SECRET.sub(_value_hidden, CHANNEL_TOKEN.sub(_value_hidden, _LOGIN.sub(_stars, text)))
    return _BARE_LOGIN.sub(_stars, text)


def public_address(address: str) -> str:
    """Return an address without login, without conda's ``/t/TOKEN``, and without what follows a ``?`` or ``#``."""
    parts = urlsplit(address)
    path = re.sub(r"/t/[A-Za-z0-9_-]{8,}(?=/|$)", "", parts.path) if parts.netloc else parts.path
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def secret_span(text: str) -> tuple[int, int] | None:
    """Return where a login or the value of a query stands in a text, as (start, end); None when there is none."""
    if match := _LOGIN.search(text):
        return match.span()
    match = _QUERY_SECRET.search(text)
    return match.span("value") if match else None


def _redacted(match: re.Match[str]) -> str:
    """Return an address without the parts that may be secret."""
    whole, mark, fragment = match[0].partition("#")
    address, question, query = whole.partition("?")
    query = re.sub(r"(?<==)[^&]+", _stars, query)
    fragment = _NAMED.sub(_value_hidden, fragment)
    return _IN_ADDRESS.sub(_stars, address) + question + query + mark + fragment


def _value_hidden(match: re.Match[str]) -> str:
    """Return the match with its group ``value`` replaced by as many stars."""
    start, end = (offset - match.start() for offset in match.span("value"))
    return match[0][:start] + "*" * (end - start) + match[0][end:]


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match[0])
