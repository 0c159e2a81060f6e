"""What every place can do: say what it has of some files, and take one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from onelist.core.errors import UsageError
from onelist.core.text import redact, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file to be published.

    Attributes:
        path: Where it lies.
        sha256: Its hash, in hexadecimal.
    """

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Identical:
    """The place has this very file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Different:
    """The place has a file of that name with other bytes.

    Attributes:
        sha256: The hash of what it has.
    """

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The place answered, and does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKnown:
    """It could not be found out.

    Attributes:
        reason: A clause that goes on from the name of the place.
    """

    reason: str


RemoteStatus = Identical | Different | Missing | NotKnown


class SendError(Exception):
    """A file was not taken; its text is why, without secrets."""


IDENTITY = "ACTIONS_ID_TOKEN_REQUEST_URL"
"""The variable by which a runner of GitHub offers to prove who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where the credentials for a place come from.

    Attributes:
        origin: The words for it, with the names of variables alone.
        is_missing: Whether none are given, so that only a store of passwords could have them; of those a runner of
            GitHub has none but files.
    """

    origin: str
    is_missing: bool = False


OF_THE_MACHINE = Login(origin="the identity of this machine (trusted publishing)")


class Repository(Protocol):
    """A place."""

    @property
    def aim(self) -> Destination:
        """Which one."""

    @property
    def address(self) -> str:
        """The channel as an install line names it; ``""`` for the index."""

    @property
    def login(self) -> Login | None:
        """Where the credentials come from; None where none are needed."""

    def remote_status(self, parcel: PackageFile) -> RemoteStatus:
        """Say what it has of a file, past all caches."""

    def send(self, parcels: Sequence[PackageFile]) -> None:
        """Upload files.

        Raises:
            SendError: They were not taken, or not all of them.
        """


def parcel(path: Path) -> PackageFile:
    """Return a file as it is to be published."""
    return PackageFile(path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def compare(found: str | None, parcel: PackageFile) -> RemoteStatus:
    """Return what a hash comes to that a place names for a file; None for a file that it does not have."""
    if found is None:
        return Missing()
    return Identical() if found.lower() == parcel.sha256 else Different(sha256=found)


_NAME = r"\w[\w.-]*"
_HINT = "Write pypi, anaconda:OWNER, anaconda:OWNER/LABEL, prefix:CHANNEL, quetz:https://SERVER/CHANNEL or folder:PATH."


class DestinationKind(StrEnum):
    """The kinds of places."""

    PYPI = "pypi"
    ANACONDA = "anaconda"
    PREFIX = "prefix"
    QUETZ = "quetz"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place.

    Attributes:
        kind: Its kind.
        where: The owner, the channel, or the folder; ``""`` for the index.
        label: The label of a channel on an anaconda server, or the address of a quetz server; ``""`` for none.
    """

    kind: DestinationKind
    where: str = ""
    label: str = ""

    def __str__(self) -> str:
        """Return what may be shown of it."""
        match self.kind:
            case DestinationKind.PYPI:
                return "pypi"
            case DestinationKind.QUETZ:
                return redact(f"quetz:{self.label}/{self.where}")
            case _:
                return redact(f"{self.kind}:{self.where}" + (f"/{self.label}" if self.label else ""))


def parse_destination(text: str) -> Destination:
    """Return the place that ``--to`` names.

    Raises:
        UsageError: It names none.
    """
    kind, _, where = text.partition(":")
    if kind == DestinationKind.PYPI and not where:
        return Destination(kind=DestinationKind.PYPI)
    if kind == DestinationKind.FOLDER and where.strip():
        return Destination(kind=DestinationKind.FOLDER, where=where)
    if kind == DestinationKind.ANACONDA and (match := re.fullmatch(rf"({_NAME})(?:/({_NAME}))?", where)):
        return Destination(kind=DestinationKind.ANACONDA, where=match[1], label=match[2] or "")
    if kind == DestinationKind.PREFIX and re.fullmatch(_NAME, where):
        return Destination(kind=DestinationKind.PREFIX, where=where)
    match = re.fullmatch(rf"(https?://[^\s@?#]+)/({_NAME})", where)
    if kind == DestinationKind.QUETZ and match and _is_address(match[1]):
        return Destination(kind=DestinationKind.QUETZ, where=match[2], label=match[1])
    raise UsageError(f"{shortened(redact(text))} is no place to publish to.", _HINT)


def _is_address(text: str) -> bool:
    """Tell whether a server can have an address: one with a host, and a port that there is."""
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
