"""Where to publish: the destinations that ``--to`` and settings.ini name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist.core.errors import UsageError
from onelist.core.text import redact, shortened

if TYPE_CHECKING:
    from onelist.core.model import Settings

_NAME = r"\w[\w.-]*"
_HINT = "Write pypi, anaconda:OWNER, anaconda:OWNER/LABEL, prefix:CHANNEL, quetz:https://SERVER/CHANNEL or folder:PATH."


class DestinationKind(StrEnum):
    """The kinds of destinations."""

    PYPI = "pypi"
    ANACONDA = "anaconda"
    PREFIX = "prefix"
    QUETZ = "quetz"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One destination.

    Attributes:
        kind: Its kind.
        name: The owner of the channel (anaconda), the name of the channel (prefix, quetz) or the path of the folder;
            ``""`` for the package index.
        label: The label on an anaconda server, ``""`` for the main one.
        server: The URL of a quetz server, ``""`` for other kinds.
    """

    kind: DestinationKind
    name: str = ""
    label: str = ""
    server: str = ""

    def __str__(self) -> str:
        """Return the destination as ``--to`` takes it, without secrets."""
        if self.kind is DestinationKind.PYPI:
            return "pypi"
        server = f"{self.server}/" if self.server else ""
        label = f"/{self.label}" if self.label else ""
        return redact(f"{self.kind}:{server}{self.name}{label}")


def parse_destination(text: str) -> Destination:
    """Return the destination that ``--to`` names.

    Raises:
        UsageError: It is not one of the five forms.
    """
    kind, _, name = text.partition(":")
    if kind == DestinationKind.PYPI and not name:
        return Destination(kind=DestinationKind.PYPI)
    if kind == DestinationKind.FOLDER and name.strip():
        return Destination(kind=DestinationKind.FOLDER, name=name)
    if kind == DestinationKind.ANACONDA and (match := re.fullmatch(rf"({_NAME})(?:/({_NAME}))?", name)):
        return Destination(kind=DestinationKind.ANACONDA, name=match[1], label=match[2] or "")
    if kind == DestinationKind.PREFIX and re.fullmatch(_NAME, name):
        return Destination(kind=DestinationKind.PREFIX, name=name)
    match = re.fullmatch(rf"(https?://[^\s@?#]+)/({_NAME})", name)
    if kind == DestinationKind.QUETZ and match and _is_url(match[1]):
        return Destination(kind=DestinationKind.QUETZ, name=match[2], server=match[1])
    raise UsageError(f"{shortened(redact(text))} is not a destination to publish to.", _HINT)


def default_destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return the destinations of a list for which ``--to`` names none: the package index, and its own conda channel.

    A list that only pip installs goes to the package index alone, because settings.ini says so.

    Raises:
        UsageError: settings.ini names no channel.
    """
    if not settings.has_conda:
        return (parse_destination("pypi"),)
    if not settings.conda_user:
        raise UsageError(
            # the release workflow searches for "does not say to which conda channel"
            f"{settings.source.file} does not say to which conda channel the list is published.",
            "Add a line conda_user = with the name of your channel. For a list that only pip installs, write "
            "conda_channels = none. Or name a destination, such as --to pypi.",
        )
    return parse_destination("pypi"), parse_destination(f"anaconda:{settings.conda_user}")


def _is_url(text: str) -> bool:
    """Tell whether a URL has a host and a valid port."""
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
