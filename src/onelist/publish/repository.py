"""The interface of every destination: tell the status of a file, and upload files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from onelist.core.status import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.publish.destination import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file to publish.

    Attributes:
        path: Its path.
        sha256: Its hash, in hexadecimal.
    """

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The file name."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Identical:
    """The destination has this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Different:
    """The destination has a file with this name and other content.

    Attributes:
        sha256: The hash of that file.
    """

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The destination answered, and does not have the file."""


RemoteStatus = Identical | Different | Missing | Unknown


class UploadError(Exception):
    """The destination did not accept a file; the text is the reason, without secrets."""


GITHUB_IDENTITY = "ACTIONS_ID_TOKEN_REQUEST_URL"
"""The variable that GitHub Actions sets when a job may prove its identity (OpenID Connect)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where the credentials for a destination come from.

    Attributes:
        source: A description with the names of variables, never their values.
        is_missing: Whether no credentials are set, so that only a password store can have them. A GitHub runner has
            no password store except files.
    """

    source: str
    is_missing: bool = False


TRUSTED_PUBLISHING = Login(source="the identity of this machine (trusted publishing)")


class Repository(Protocol):
    """One destination."""

    @property
    def destination(self) -> Destination:
        """Its description."""

    @property
    def channel(self) -> str:
        """The channel as an install line names it; ``""`` for the package index."""

    @property
    def login(self) -> Login | None:
        """Where the credentials come from; None if the destination needs none."""

    def remote_status(self, file: PackageFile) -> RemoteStatus:
        """Return the status of a file at the destination; caches are not used."""

    def has_package(self, name: str) -> bool:
        """Tell whether a conda channel lists a package with another name; False where it gave no answer."""

    def upload(self, files: Sequence[PackageFile], output: Path) -> None:
        """Upload files.

        Args:
            files: The files.
            output: A file to which the program that uploads prints meanwhile, if there is one.

        Raises:
            UploadError: The destination did not accept all of them.
        """


def package_file(path: Path) -> PackageFile:
    """Return a file with its hash."""
    return PackageFile(path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def compare(remote_sha256: str | None, file: PackageFile) -> RemoteStatus:
    """Return the status of a file.

    Args:
        remote_sha256: The hash at the destination, in hexadecimal; None if the destination does not have the file.
        file: The local file.

    Returns:
        Missing, Identical or Different.
    """
    if remote_sha256 is None:
        return Missing()
    return Identical() if remote_sha256.lower() == file.sha256 else Different(sha256=remote_sha256)
