"""A web address in settings.ini -> the address, or a complaint; and secrets kept out of every output."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist import catalogue

if TYPE_CHECKING:
    from onelist.parsing import Parsing

_LOGIN = re.compile(
    r"(?<=//)(?!git@)[^\s/\\@:]+(?=@)"  # https://token@...
    r"|(?<=[/\\])[^\s/\\@:]+:(?!\d+(?:[/?#\s]|$))[^\s@]*(?=@)"  # https://user:pass/word@..., and with one slash
    r"|(?<![\w./\\-])(?!mailto:)[A-Za-z][\w.+-]*:[^\s/@:]+(?=@[\w-]+\.[A-Za-z])"  # user:password@example.org
)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*|\d{1,3}(?:\.\d{1,3}){3}")
_CHANNEL_TOKEN = re.compile(
    r"(?:\b(?!file:)[a-z][a-z0-9+.-]*:/{1,2}[^\s\"'<>]*?|(?<![\w./\\-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?)"
    r"/t/(?P<value>[A-Za-z0-9_-]{8,})",
    re.IGNORECASE,
)
"""conda's ``/t/TOKEN/`` behind the host of an address; a folder named ``t`` has no host in front of it."""
_ADDRESS = re.compile(r"\b(?!file:)[a-z][a-z0-9+.-]*:/{1,2}[^\s\"'<>]+", re.IGNORECASE)
_IN_ADDRESS = re.compile(
    r"(?<=//)(?!git@[^/?#@]*(?:[/?#]|$))[^/?#]+(?=@)"  # user, password or both, whatever is in them
    r"|(?<=/t/)[^/?#]+"  # conda's /t/TOKEN/
)
_NAMES = r"(?:token|passw(?:or)?d|pass|secret|key|auth|sig|signature)"
_NAMED = re.compile(rf"(?i){_NAMES}[=:](?P<value>[^\s&#\"'/]{{3,}})")
_QUERY_SECRET = re.compile(rf"(?i)[?&#][\w.-]*{_NAMES}=(?P<value>[^\s&#\"'<>]{{4,}})")
"""What follows a ``?`` in an address: ``?access_token=...``. A word with ``=`` behind it is no secret elsewhere."""
_BARE_LOGIN = re.compile(r"(?<![\w./\\:@-])[A-Za-z][\w.+-]*:[^\s/@]+(?=@(?:localhost|\d{1,3}(?:\.\d{1,3}){3})\b)")
_ODD_LOGIN = re.compile(r"(?<=//)(?!localhost:)[^\s/?#@:.]+:[^?#@\n]*(?=@)")  # a blank or a slash in the password


@lru_cache(maxsize=4096)
def redact(text: str) -> str:
    """Return ``text`` with passwords and tokens in web addresses replaced by as many ``*``.

    The length is kept so that columns still fit. A user name alone in front of ``@`` goes as well, unless it is
    ``git``: it may be a token. Of an address every value behind a ``?`` goes, whatever it is called.
    """
    if not _may_hold_secret(text):
        return text
    text = _ADDRESS.sub(_redacted, _ODD_LOGIN.sub(_stars, text))
    text = _QUERY_SECRET.sub(_value_hidden, _CHANNEL_TOKEN.sub(_value_hidden, _LOGIN.sub(_stars, text)))
    return _BARE_LOGIN.sub(_stars, text)


def _redacted(match: re.Match[str]) -> str:
    """Return an address without what may be secret in it."""
    whole, mark, fragment = match[0].partition("#")
    address, question, query = whole.partition("?")
    query = re.sub(r"(?<==)[^&]+", _stars, query)
    fragment = _NAMED.sub(_value_hidden, fragment)
    return _IN_ADDRESS.sub(_stars, address) + question + query + mark + fragment


def find_secret(text: str) -> tuple[int, int] | None:
    """Return where in a text a password or token stands, as (start, end); None when there is none.

    A secret is told by its place: in front of the ``@`` of an address, or as a value behind its ``?``. A name such as
    tiktoken is none, whatever follows it.
    """
    if not _may_hold_secret(text):
        return None
    if match := _LOGIN.search(text):
        return match.span()
    match = _QUERY_SECRET.search(text)
    return match.span("value") if match else None


def has_channel_token(text: str) -> bool:
    """Tell whether the address of a conda channel has a token in it (``/t/TOKEN/``).

    Elsewhere that is how many forums name their topics, and a folder may be named so.
    """
    return _CHANNEL_TOKEN.search(text) is not None


def _may_hold_secret(text: str) -> bool:
    return "@" in text or "://" in text or "/t/" in text or ("=" in text and ("?" in text or "&" in text))


def _value_hidden(match: re.Match[str]) -> str:
    """Return what was found with its group ``value`` replaced by as many stars."""
    start, end = (offset - match.start() for offset in match.span("value"))
    return match[0][:start] + "*" * (end - start) + match[0][end:]


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match[0])


def address(parsing: Parsing, key: str) -> str:
    """Return the web address that a key holds.

    Args:
        parsing: The file; complaints go there.
        key: A key whose value is an address.

    Returns:
        The address; ``""`` when the key is not set or its value cannot be used.
    """
    option = parsing.option(key)
    if option is None:
        return ""
    text = option.text.strip()
    if is_web_address(text):
        return text
    needed = key == "sdist_url"
    parsing.complain(
        catalogue.BAD_ADDRESS if needed else catalogue.ADDRESS_LEFT_OUT,
        f"{key} is not a web address" + ("." if needed else ", so it is left out."),
        span=option.value_span,
        hint=_meant(text),
    )
    return ""


def _meant(text: str) -> str:
    ssh = re.fullmatch(r"(?:ssh://)?git@([^:/\s]+)[:/](\S+?)(?:\.git)?", text)
    guess = f"https://{ssh[1]}/{ssh[2]}" if ssh else f"https://{text}"
    if is_web_address(guess):
        return f"Did you mean {guess}?"
    return "Write the whole address, beginning with https://"


def is_web_address(text: str) -> bool:
    """Tell whether ``text`` is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        _ = parts.port  # refuses what is no number
    except ValueError:  # UnicodeError is one
        return False
    named = host == "localhost" or _HOST.fullmatch(host) is not None
    return parts.scheme in {"http", "https"} and named and not re.search(r"[\s<>\"\\^`{|}@]", text)
