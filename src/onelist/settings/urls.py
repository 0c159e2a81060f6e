"""A web address in settings.ini -> the address, or a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist.core import rules

if TYPE_CHECKING:
    from onelist.settings.context import ParseContext

_LONGEST_LABEL = 63
"""Characters between two dots of a host name (RFC 1035, section 2.3.4)."""
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*|\d{1,3}(?:\.\d{1,3}){3}")


def address(parsing: ParseContext, key: str) -> str:
    """Return the web address that a key holds.

    Args:
        parsing: The file; findings go there.
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
    rule = rules.BAD_ADDRESS if key == "sdist_url" else rules.ADDRESS_LEFT_OUT
    similar = _similar_address(text)
    parsing.report(rule, "similar" if similar else "", span=option.value_span, key=key, suggestion=similar)
    return ""


def _similar_address(text: str) -> str | None:
    """Return the web address that was probably meant; None where nothing is close."""
    ssh = re.fullmatch(r"(?:ssh://)?git@([^:/\s]+)[:/](\S+?)(?:\.git)?", text)
    guess = f"https://{ssh[1]}/{ssh[2]}" if ssh else f"https://{text}"
    return guess if is_web_address(guess) else None


def is_web_address(text: str) -> bool:
    """Tell whether ``text`` is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        if not host.isascii() or any(len(label) > _LONGEST_LABEL for label in host.split(".")):
            host = host.encode("idna").decode()  # its codec is loaded only when it is needed
        _ = parts.port  # raises ValueError for what is not a number
    except ValueError:  # UnicodeError is one
        return False
    named = host == "localhost" or _HOST.fullmatch(host) is not None
    return parts.scheme in {"http", "https"} and named and not re.search(r"[\s<>\"\\^`{|}@]", text)
