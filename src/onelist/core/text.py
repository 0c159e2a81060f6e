"""Text to show: without secrets, without commands to a terminal or a GitHub runner, and in columns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LOGIN = re.compile(
    r"(?<=//)(?!git@)[^\s/\\@:]+(?=@)"  # https://token@...
    r"|(?<=[/\\])[^\s/\\@:]+:(?!\d+(?:[/?#\s]|$))[^\s@]*(?=@)"  # https://user:pass/word@..., and with one slash
    r"|(?<![\w./\\-])(?!mailto:)[A-Za-z][\w.+-]*:[^\s/@:]+(?=@[\w-]+\.[A-Za-z])"  # user:password@example.org
)


_CHANNEL_TOKEN = re.compile(
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


@lru_cache(maxsize=4096)
def redact(text: str) -> str:
    """Return ``text`` with passwords and tokens in web addresses replaced by as many ``*``.

    The length stays the same, so that columns still fit. A user name without a password in front of ``@`` is replaced,
    too, unless it is ``git``: it may be a token. In an address, every value after a ``?`` is replaced.
    """
    if not _may_hold_secret(text):
        return text
    text = _ADDRESS.sub(_redacted, _ODD_LOGIN.sub(_stars, text))
    text = _QUERY_SECRET.sub(_value_hidden, _CHANNEL_TOKEN.sub(_value_hidden, _LOGIN.sub(_stars, text)))
    return _BARE_LOGIN.sub(_stars, text)


def _redacted(match: re.Match[str]) -> str:
    """Return an address without the parts that may be secret."""
    whole, mark, fragment = match[0].partition("#")
    address, question, query = whole.partition("?")
    query = re.sub(r"(?<==)[^&]+", _stars, query)
    fragment = _NAMED.sub(_value_hidden, fragment)
    return _IN_ADDRESS.sub(_stars, address) + question + query + mark + fragment


def find_secret(text: str) -> tuple[int, int] | None:
    """Return where in a text a password or token stands, as (start, end); None when there is none.

    A secret is recognised by its place: in front of the ``@`` of an address, or a value after its ``?``. A name such as
    tiktoken is not a secret.
    """
    if not _may_hold_secret(text):
        return None
    if match := _LOGIN.search(text):
        return match.span()
    match = _QUERY_SECRET.search(text)
    return match.span("value") if match else None


def has_channel_token(text: str) -> bool:
    """Tell whether the address of a conda channel has a token in it (``/t/TOKEN/``).

    Other addresses with ``/t/`` are fine: many forums use it for their topics, and a folder may have this name.
    """
    return _CHANNEL_TOKEN.search(text) is not None


def _may_hold_secret(text: str) -> bool:
    return "@" in text or "://" in text or "/t/" in text or ("=" in text and ("?" in text or "&" in text))


def _value_hidden(match: re.Match[str]) -> str:
    """Return the match with its group ``value`` replaced by as many stars."""
    start, end = (offset - match.start() for offset in match.span("value"))
    return match[0][:start] + "*" * (end - start) + match[0][end:]


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match[0])


_MOST_SHOWN = 60


def shortened(text: str) -> str:
    """Return a text for a message: without secrets, and only its beginning when it is long."""
    text = redact(text)  # first, because a password cannot be recognised in half an address
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."


def printable(text: str) -> str:
    """Return ``text`` without secrets and without commands to a terminal or a runner (see `harmless`)."""
    return harmless(redact(text))


def harmless(text: str) -> str:
    """Return ``text`` without characters that move the cursor of a terminal or change its colours.

    Commands to a GitHub runner are removed, too: ``::`` at the beginning of a line, and ``##[`` anywhere.
    """
    text = text.replace("##[", "##(")
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def aligned(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Return the rows of a table as lines with aligned columns, two blanks apart.

    Args:
        rows: The cells; every row has as many.
        right: The indexes of the columns that are aligned on the right.

    Returns:
        A line for each row, without blanks at its end.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
