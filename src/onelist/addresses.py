"""A web address in settings.ini -> the address, or a complaint; and secrets kept out of every output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist import catalogue

if TYPE_CHECKING:
    from onelist.parsing import Parsing

_USERINFO = re.compile(r"(?<=://)[^\s/?#@]*:?[^\s/?#]*@")
_TOKEN = re.compile(r"(?<=/t/)[A-Za-z0-9_-]{8,}")
_QUERY = re.compile(r"(?i)([?&](?:[a-z_-]*token|[a-z_-]*key|password|secret|auth)=)([^\s&#]+)")
_SSH_USER = "git@"


def redact(text: str) -> str:
    """Return ``text`` with passwords and tokens in web addresses replaced by as many ``*``.

    The length is kept so that columns still fit. A user name alone in front of ``@`` goes as well: it may be
    a token.
    """
    if "://" not in text:
        return text
    return _TOKEN.sub(lambda match: "*" * len(match[0]), _without_login(text))


def has_secret(text: str, *, channel: bool = False) -> bool:
    """Tell whether a text holds an address with a password or a token in it.

    Args:
        text: The text.
        channel: Whether it is a conda channel, whose addresses carry tokens as ``/t/TOKEN/``; elsewhere that is
            how many forums name their topics.
    """
    return (redact(text) if channel else _without_login(text)) != text


def _without_login(text: str) -> str:
    text = _USERINFO.sub(lambda match: match[0] if match[0] == _SSH_USER else "*" * (len(match[0]) - 1) + "@", text)
    return _QUERY.sub(lambda match: match[1] + "*" * len(match[2]), text)


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
    if has_secret(text):
        parsing.complain(
            catalogue.BAD_ADDRESS,
            f"{key} has a password or token in it, which everybody could read in what is built.",
            span=option.value_span,
            hint="Delete the part between // and @, and have that password changed if this file was ever published.",
        )
        return ""
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
    if is_web_address(guess) and not has_secret(guess):
        return f"Did you mean {guess}?"
    return "Write the whole address, beginning with https://"


def is_web_address(text: str) -> bool:
    """Tell whether ``text`` is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # refuses what is no number
    except ValueError:
        return False
    labels = host.split(".")
    named = host == "localhost" or (len(labels) > 1 and all(labels))
    return parts.scheme in {"http", "https"} and named and not re.search(r"[\s<>\"\\^`{|}]", text)
