"""Text to show: without secrets, without commands to a terminal or a GitHub runner, and in columns."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


_SHORTEST_SECRET = 4
"""How many characters a secret has at least that is looked for in other texts: shorter ones are everywhere."""


@lru_cache(maxsize=4096)
def redact(text: str) -> str:
    """Return ``text`` with passwords and tokens in web addresses replaced by as many ``*``.

    The length stays the same, so that columns still fit. A user name without a password in front of ``@`` is replaced,
    too, unless it is ``git``: it may be a token. In an address, every value after a ``?`` is replaced.
    """
    if not ("@" in text or _has_address(text) or _has_query(text)):
        return text
    from onelist.core.secrets import without_secrets

    return without_secrets(text)


def find_secret(text: str) -> tuple[int, int] | None:
    """Return where in a text a password or token stands, as (start, end); None when there is none.

    A secret is recognised by its place: in front of the ``@`` of an address, or a value after its ``?``. A name such as
    tiktoken is not a secret.
    """
    if not ("@" in text or _has_query(text) or ("#" in text and "=" in text and _has_address(text))):
        return None
    from onelist.core.secrets import secret_span

    return secret_span(text)


def secrets_in(address: str) -> tuple[str, ...]:
    """Return the passwords and tokens in an address, as they are and decoded; those of fewer than 4 characters not."""
    shown = redact(address)
    if shown == address:
        return ()
    from urllib.parse import unquote

    hidden = "".join(char if star == "*" else "\n" for char, star in zip(address, shown, strict=True))
    found = {secret for part in hidden.split("\n") for secret in (part, part.rpartition(":")[2])}
    forms = {form for secret in found for form in (secret, unquote(secret))}
    return tuple(sorted(form for form in forms if len(form) >= _SHORTEST_SECRET))


def has_channel_token(text: str) -> bool:
    """Tell whether the address of a conda channel has a token in it (``/t/TOKEN/``).

    Other addresses with ``/t/`` are fine: many forums use it for their topics, and a folder may have this name.
    """
    if "/t/" not in text.lower():
        return False
    from onelist.core.secrets import CHANNEL_TOKEN

    return CHANNEL_TOKEN.search(text) is not None


def _has_address(text: str) -> bool:
    return "://" in text or "/t/" in text


def _has_query(text: str) -> bool:
    return "=" in text and ("?" in text or "&" in text)


_MOST_SHOWN = 60


def shortened(text: str) -> str:
    """Return a text for a message: without secrets, only its beginning when it is long, in quotes when it is blank."""
    if not text.strip():
        return repr(text)
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
