"""A package index: read through its simple API (PEP 503, PEP 691), and uploaded to by ``uv publish``."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from onelist.core.status import Unknown
from onelist.publish.destination import Destination, DestinationKind
from onelist.publish.repository import (
    GITHUB_IDENTITY,
    TRUSTED_PUBLISHING,
    Login,
    Missing,
    RemoteStatus,
    compare,
)
from onelist.publish.upload import run_uploader
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import NOT_FOUND, OK
from onelist.sources.installers import uv_program
from onelist.sources.pypi.simple import index_exists, read_entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.publish.repository import PackageFile
    from onelist.sources.http import HttpClient
    from onelist.sources.installers import Index

_SHA256 = re.compile(r"(?:[0-9a-fA-F]{64})?")
_CREDENTIALS = ("UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD")


@dataclass(slots=True, kw_only=True)
class IndexRepository:
    """A package index.

    Attributes:
        index: The address of its pages.
        project: The normalised name of the project.
        http: A client that does not use cached responses.
        environment: The environment variables, from which uv takes the upload URL and the credentials.
        seconds: The time limit for an upload.
    """

    index: Index
    project: str
    http: HttpClient
    environment: Mapping[str, str] = field(repr=False)
    seconds: float

    @property
    def destination(self) -> Destination:
        """The package index."""
        return Destination(kind=DestinationKind.PYPI)

    @property
    def channel(self) -> str:
        """The empty string, because an install line does not name the index."""
        return ""

    @property
    def login(self) -> Login:
        """Where the credentials come from."""
        given = next(filter(self.environment.get, _CREDENTIALS), "")
        if given:
            return Login(source=given)
        if GITHUB_IDENTITY in self.environment:
            return TRUSTED_PUBLISHING
        if self.environment.get("UV_KEYRING_PROVIDER") == "subprocess":
            return Login(source="the keyring")
        if "@" in self.environment.get("UV_PUBLISH_URL", "") or "NETRC" in self.environment:
            return Login(source="UV_PUBLISH_URL or the netrc file, because UV_PUBLISH_TOKEN is not set")
        return Login(source="none, because UV_PUBLISH_TOKEN is not set", is_missing=True)

    def has_package(self, name: str) -> bool:  # noqa: ARG002
        """Return False: for an index all spellings are one name."""
        return False

    def remote_status(self, file: PackageFile) -> RemoteStatus:
        """Return the status of a file in the index; caches are not used."""
        from mousebender.simple import ACCEPT_SUPPORTED, create_project_url

        url = create_project_url(self.index.address, self.project)
        page = self.http.get(url, ACCEPT_SUPPORTED)
        if isinstance(page, SourceError):
            return Unknown(reason=page.reason)
        if page.status == NOT_FOUND:
            return self._without_project()
        entries = read_entries(page, self.project)
        entry = entries if isinstance(entries, SourceError) else _entry(entries, file.name)
        if isinstance(entry, SourceError):
            return Unknown(reason=entry.reason)
        if entry is None:
            return Missing()
        return compare(entry.sha256, file) if entry.sha256 else self._compare_content(urljoin(url, entry.url), file)

    @property
    def _signs(self) -> bool:
        """Whether to sign the files: with the identity of the runner, which is not used together with a password."""
        return self.login == TRUSTED_PUBLISHING and importlib.util.find_spec("pypi_attestations") is not None

    def _without_project(self) -> RemoteStatus:
        """Return the status for a project without a page: unknown if this is not a package index at all."""
        is_index = index_exists(self.http, self.index)
        if is_index is True:
            return Missing()
        return Unknown(
            reason=is_index.reason if isinstance(is_index, SourceError) else SourceErrorKind.NOT_FOUND.clause
        )

    def _compare_content(self, url: str, file: PackageFile) -> RemoteStatus:
        """Download the file and compare it, for an index that gives no hash."""
        page = self.http.get(urldefrag(url).url, "*/*")
        if isinstance(page, SourceError):
            return Unknown(reason=page.reason)
        if page.status != OK:
            return Unknown(reason="lists the file, but it cannot be downloaded")
        return compare(hashlib.sha256(page.content).hexdigest(), file)

    def upload(self, files: Sequence[PackageFile], output: Path) -> None:
        """Upload files with ``uv publish``; they are signed first if the runner has an identity."""
        paths = [str(file.path) for file in files]
        if self._signs:
            sign = [sys.executable, "-P", "-m", "pypi_attestations", "sign", *paths]
            run_uploader(sign, self.environment, self.seconds)
            paths += [f"{path}.publish.attestation" for path in paths]  # uv uploads only files that are named
        command = [uv_program(), "publish", "--no-config", "--no-progress", "--color", "never", "--", *paths]
        run_uploader(command, self.environment, self.seconds, output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A file on a project page; ``sha256`` is ``""`` if the page gives none."""

    url: str
    sha256: str


def _entry(files: Sequence[Mapping[str, Any]], name: str) -> _Entry | SourceError | None:
    """Return the entry of a file on a project page; None if the page does not list it."""
    listed = next((file for file in files if file["filename"] == name), None)
    if listed is None:
        return None
    try:
        sha256, url = listed.get("hashes", {}).get("sha256") or "", listed["url"]
        urljoin("http://example.org/", url)
        if _SHA256.fullmatch(sha256):
            return _Entry(url=url, sha256=sha256)
    except (KeyError, TypeError, AttributeError, ValueError):
        pass
    return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)
