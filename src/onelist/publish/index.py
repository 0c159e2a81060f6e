"""A package index: asked by its simple API (PEP 503, PEP 691), filled by ``uv publish``."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from onelist.publish.destination import (
    IDENTITY,
    OF_THE_MACHINE,
    Destination,
    DestinationKind,
    Login,
    Missing,
    NotKnown,
    RemoteStatus,
    compare,
)
from onelist.publish.upload import upload
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import NOT_FOUND, OK
from onelist.sources.installers import uv_program
from onelist.sources.pypi.simple import is_there, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.publish.destination import PackageFile
    from onelist.sources.http import HttpClient
    from onelist.sources.installers import Index

_SHA256 = re.compile(r"(?:[0-9a-fA-F]{64})?")
_CREDENTIALS = ("UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRepository:
    """A package index.

    Attributes:
        index: Where its pages are.
        project: The normalised name of the project.
        http: The client; it has to ask everything anew.
        environment: The environment variables: uv takes the address and the credentials for uploads from there.
        seconds: How long an upload may take.
    """

    index: Index
    project: str
    http: HttpClient
    environment: Mapping[str, str] = field(repr=False)
    seconds: float

    @property
    def aim(self) -> Destination:
        """Which one: there is one index."""
        return Destination(kind=DestinationKind.PYPI)

    @property
    def address(self) -> str:
        """Nothing, since an install line does not name it."""
        return ""

    @property
    def login(self) -> Login:
        """Where the credentials come from."""
        given = next(filter(self.environment.get, _CREDENTIALS), "")
        if given:
            return Login(origin=given)
        if IDENTITY in self.environment:
            return OF_THE_MACHINE
        if self.environment.get("UV_KEYRING_PROVIDER") == "subprocess":
            return Login(origin="the keyring")
        elsewhere = "@" in self.environment.get("UV_PUBLISH_URL", "") or "NETRC" in self.environment
        return Login(origin="nowhere, for UV_PUBLISH_TOKEN is not set", is_missing=not elsewhere)

    def remote_status(self, parcel: PackageFile) -> RemoteStatus:
        """Say what it has of a file, past all caches."""
        from mousebender.simple import ACCEPT_SUPPORTED, create_project_url

        address = create_project_url(self.index.address, self.project)
        page = self.http.get(address, ACCEPT_SUPPORTED)
        if isinstance(page, SourceError):
            return NotKnown(reason=page.reason)
        if page.status == NOT_FOUND:
            return self._without_project()
        found = read(page, self.project)
        entry = found if isinstance(found, SourceError) else _entry(found[0], parcel.name)
        if isinstance(entry, SourceError):
            return NotKnown(reason=entry.reason)
        if entry is None:
            return Missing()
        return compare(entry.sha256, parcel) if entry.sha256 else self._fetched(urljoin(address, entry.url), parcel)

    @property
    def _signs(self) -> bool:
        """Whether the files are to be signed: with the runner's identity, which is not used beside a password."""
        return self.login == OF_THE_MACHINE and importlib.util.find_spec("pypi_attestations") is not None

    def _without_project(self) -> RemoteStatus:
        """Say what it comes to that the project has no page: nothing where there is no index at all."""
        there = is_there(self.http, self.index)
        if there is True:
            return Missing()
        return NotKnown(reason=there.reason if isinstance(there, SourceError) else SourceErrorKind.NO_SUCH.clause)

    def _fetched(self, address: str, parcel: PackageFile) -> RemoteStatus:
        """Compare the file itself, where the index names no hash."""
        page = self.http.get(urldefrag(address).url, "*/*")
        if isinstance(page, SourceError):
            return NotKnown(reason=page.reason)
        if page.status != OK:
            return NotKnown(reason="lists the file and does not give it")
        return compare(hashlib.sha256(page.content).hexdigest(), parcel)

    def send(self, parcels: Sequence[PackageFile]) -> None:
        """Upload files with ``uv publish``, signed by the runner's identity where there is one."""
        files = [str(parcel.path) for parcel in parcels]
        if self._signs:
            upload([sys.executable, "-P", "-m", "pypi_attestations", "sign", *files], self.environment, self.seconds)
            files += [f"{file}.publish.attestation" for file in files]  # uv takes those alone that are named
        command = [uv_program(), "publish", "--no-config", "--no-progress", "--color", "never", "--", *files]
        upload(command, self.environment, self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What a project page says of a file; ``sha256`` is ``""`` where it names none."""

    url: str
    sha256: str


def _entry(files: Sequence[Mapping[str, Any]], name: str) -> _Entry | SourceError | None:
    """Return what a project page says of a file, from all its files; None when it does not list it."""
    wire = next((file for file in files if file["filename"] == name), None)
    if wire is None:
        return None
    try:
        sha256, url = wire.get("hashes", {}).get("sha256") or "", wire["url"]
        urljoin("http://example.org/", url)
        if _SHA256.fullmatch(sha256):
            return _Entry(url=url, sha256=sha256)
    except (KeyError, TypeError, AttributeError, ValueError):
        pass
    return SourceError(kind=SourceErrorKind.NOT_A_CHANNEL)
