"""What ``--to`` may be: the places to which a version is published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from onelist.addresses import redact
from onelist.exceptions import UsageError
from onelist.parsing import shortened

_NAME = r"\w[\w.-]*"
_HINT = "Write pypi, anaconda:OWNER, anaconda:OWNER/LABEL, prefix:CHANNEL, quetz:https://SERVER/CHANNEL or folder:PATH."


class Kind(StrEnum):
    """The kinds of places."""

    PYPI = "pypi"
    ANACONDA = "anaconda"
    PREFIX = "prefix"
    QUETZ = "quetz"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One place.

    Attributes:
        kind: Its kind.
        where: The owner, the channel, or the folder; ``""`` for the index.
        label: The label of a channel on an anaconda server, or the address of a quetz server; ``""`` for none.
    """

    kind: Kind
    where: str = ""
    label: str = ""

    def __str__(self) -> str:
        """Return what may be shown of it."""
        match self.kind:
            case Kind.PYPI:
                return "pypi"
            case Kind.QUETZ:
                return redact(f"quetz:{self.label}/{self.where}")
            case _:
                return redact(f"{self.kind}:{self.where}" + (f"/{self.label}" if self.label else ""))


def parse_aim(text: str) -> Aim:
    """Return the place that ``--to`` names.

    Raises:
        UsageError: It names none.
    """
    kind, _, where = text.partition(":")
    if kind == Kind.PYPI and not where:
        return Aim(kind=Kind.PYPI)
    if kind == Kind.FOLDER and where.strip():
        return Aim(kind=Kind.FOLDER, where=where)
    if kind == Kind.ANACONDA and (match := re.fullmatch(rf"({_NAME})(?:/({_NAME}))?", where)):
        return Aim(kind=Kind.ANACONDA, where=match[1], label=match[2] or "")
    if kind == Kind.PREFIX and re.fullmatch(_NAME, where):
        return Aim(kind=Kind.PREFIX, where=where)
    match = re.fullmatch(rf"(https?://[^\s@?#]+)/({_NAME})", where)
    if kind == Kind.QUETZ and match and _is_address(match[1]):
        return Aim(kind=Kind.QUETZ, where=match[2], label=match[1])
    raise UsageError(f"{shortened(redact(text))} is no place to publish to.", _HINT)


def _is_address(text: str) -> bool:
    """Tell whether a server can have an address: one with a host, and a port that there is."""
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
