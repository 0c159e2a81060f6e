"""A project page of a package index (PEP 503, 691, 700) -> the files of the project, or why they are not known."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import canonicalize_name, parse_wheel_filename

from onelist.sources.cache import CachedResponse, file_path
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import NOT_FOUND
from onelist.sources.pypi.filenames import sdist_parts, version_of, version_text
from onelist.sources.pypi.project_status import ProjectStatus, status_of_html, status_of_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from packaging.tags import Tag
    from packaging.version import Version

    from onelist.sources.http import HttpClient
    from onelist.sources.installers import Index

_DAY = len("2026-11-27")
_LONGEST_DIGEST = 16
"""How many digits of a hash of metadata are kept: against accidents, not forgers, and a page may have 3,000 of them."""
_LARGEST = 1 << 50
"""Bytes of a file. What is larger is a mistake of the index, and a sum of such numbers is no float."""
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_API = "1"
"""The supported major version of the simple API (PEP 629)."""
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
"""What the parsers raise for text that is not what it claims to be; html.parser has AssertionError for ``<![x[``."""


class ListedFile(NamedTuple):
    """A file as a project page lists it; its name is not read further.

    Attributes:
        filename: Its name.
        url: Its address, perhaps relative to the page, perhaps with a password: it must never be shown.
        requires_python: Requires-Python (PEP 345); ``""`` for all Pythons.
        yanked: Whether its maintainers withdrew it (PEP 592).
        has_metadata: Whether the index has its metadata as a file of its own (PEP 658, PEP 714).
        day: The day on which it was uploaded (PEP 700), as in ``2026-11-27``; ``""`` if the page does not say it.
        size: Bytes (PEP 700); None if the page does not say it.
        digest: A hash of the file in hexadecimal; ``""`` if the page has none.
        metadata_digest: The beginning of the SHA-256 of its metadata (PEP 714); ``""`` if the page has none.
    """

    filename: str
    url: str
    requires_python: str
    yanked: bool
    has_metadata: bool
    day: str
    size: int | None
    digest: str
    metadata_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """One file of a project: a wheel or an sdist.

    Attributes:
        version: Its version.
        tags: The tags of the wheel (PEP 425); None for an sdist, which is for all machines.
        requires_python: Requires-Python (PEP 345), a version specifier; ``""`` for all Pythons.
        yanked: Whether its maintainers withdrew it (PEP 592).
        uploaded: The day of the upload; None if the index does not say it.
        size: Bytes (PEP 700); None if the index does not say it.
    """

    version: Version
    tags: frozenset[Tag] | None
    requires_python: str
    yanked: bool
    uploaded: datetime.date | None
    size: int | None = None


class PageContent(NamedTuple):
    """What a project page says.

    Attributes:
        listed: The files by version, as the page lists them.
        status: The status of the project (PEP 792).
    """

    listed: Mapping[Version, tuple[ListedFile, ...]]
    status: ProjectStatus


class ProjectFiles:
    """The files of a project on one index. The page, and the files of a version, are read when they are needed.

    Attributes:
        name: The normalised name of the project.
        fingerprint: A hash of the page: equal pages have equal ones.
        as_of: The time of the data.
    """

    def __init__(
        self, project: str, load: Callable[[], PageContent], *, fingerprint: str, as_of: datetime.datetime
    ) -> None:
        """Take the normalised name of the project, and a function that reads its page."""
        self.fingerprint = fingerprint
        self.as_of = as_of
        self.name = project
        self._load = load
        self._files: dict[Version, tuple[ProjectFile, ...]] = {}

    @cached_property
    def _content(self) -> PageContent:
        content = self._load()
        self._load = lambda: content  # frees the text of the page
        return content

    @property
    def listed(self) -> Mapping[Version, tuple[ListedFile, ...]]:
        """The files by version, as the page lists them."""
        return self._content.listed

    @property
    def status(self) -> ProjectStatus:
        """The status of the project there (PEP 792)."""
        return self._content.status

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions in the names of the files."""
        return tuple(self._content.listed)

    def files(self, version: Version) -> tuple[ProjectFile, ...]:
        """Return the wheels and sdists of a version that pip can install; there may be none."""
        if version not in self._files:
            listed = self._content.listed.get(version, ())
            self._files[version] = tuple(file for one in listed if (file := _file(one, self.name)))
        return self._files[version]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNotFound:
    """The index says that it has no such project.

    Attributes:
        as_of: The time of the data.
    """

    as_of: datetime.datetime


def fetch(http: HttpClient, index: Index, name: str) -> CachedResponse | SourceError:
    """Fetch the page of a project from an index. This blocks, so it runs in threads.

    Args:
        http: The client.
        index: The index.
        name: The name of the project; it need not be normalised.

    Returns:
        The page, with status 200 or 404, or an error.
    """
    from mousebender.simple import ACCEPT_SUPPORTED, create_project_url

    address = create_project_url(index.address, name)
    return _read_folder(address) if address.startswith("file:") else http.get(address, ACCEPT_SUPPORTED)


def store(http: HttpClient, index: Index, name: str, page: CachedResponse) -> None:
    """Store a page in the cache, after :func:`parse` could read it."""
    from mousebender.simple import create_project_url

    http.store(create_project_url(index.address, name), page)


def index_exists(http: HttpClient, index: Index) -> bool | SourceError:
    """Tell whether there is an index at the address; asked if it has none of the projects."""
    if index.address.startswith("file:"):
        return file_path(index.address).is_dir()
    return http.exists(index.address.rstrip("/") + "/")


def parse(page: CachedResponse, name: str) -> ProjectFiles | ProjectNotFound | SourceError:
    """Read a project page, JSON or HTML.

    ``ProjectNotFound`` proves nothing by itself: the address may not be an index, see :func:`index_exists`. Do not call
    this from several threads at a time, because Python's filters for warnings are global.

    Args:
        page: The page.
        name: The requested project.

    Returns:
        The files, or "not found". A response that is not a project page (a login page, half a page, another content
        type) is an error, and never a project without files.
    """
    if page.status == NOT_FOUND:
        return ProjectNotFound(as_of=page.stored)
    if page.is_verified:
        return _project_files(name, lambda: _content_again(page, name), page)
    content = _content(page, name)
    return content if isinstance(content, SourceError) else _project_files(name, lambda: content, page)


def _content_again(page: CachedResponse, name: str) -> PageContent:
    """Return the content of a page that could be read before."""
    content = _content(page, name)
    if isinstance(content, SourceError):
        raise TypeError(content.reason)  # the format of the cache was not changed together with this module
    return content


def _project_files(name: str, load: Callable[[], PageContent], page: CachedResponse) -> ProjectFiles:
    fingerprint = hashlib.blake2b(page.content, digest_size=12).hexdigest()
    return ProjectFiles(canonicalize_name(name), load, fingerprint=fingerprint, as_of=page.stored)


def _content(page: CachedResponse, name: str) -> PageContent | SourceError:
    details = _details(page, name, _or_listed)
    if isinstance(details, SourceError):
        return details
    files = [_listed_file(file) if isinstance(file, dict) else file for file in details["files"]]
    content = PageContent(_by_version(files, canonicalize_name(name)), details["status"])
    if details["is_html"] and not _is_whole_page(page.content, _project_files(name, lambda: content, page)):
        return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)
    return content


def read_entries(page: CachedResponse, name: str) -> list[dict[str, Any]] | SourceError:
    """Return the entries of the files on a project page as they are; see :func:`parse`."""
    if isinstance(content := _content(page, name), SourceError):
        return content
    details = _details(page, name, None)
    if isinstance(details, SourceError):
        return details
    entries: list[dict[str, Any]] = details["files"]
    return entries


def _or_listed(data: dict[str, Any]) -> dict[str, Any] | ListedFile:
    """Return a JSON object, or the row in its place: the objects of a page with thousands of files need much memory."""
    return _listed_file(data) if isinstance(data.get("filename"), str) and "url" in data else data


def _details(
    page: CachedResponse, name: str, hook: Callable[[dict[str, Any]], object] | None
) -> dict[str, Any] | SourceError:
    """Return the files of a page, the status of the project, and whether the page is HTML."""
    from mousebender.simple import (
        ACCEPT_JSON_V1,
        APIVersionWarning,
        UnsupportedAPIVersion,
        UnsupportedMIMEType,
        parse_project_details,
    )

    content_type = page.content_type.partition(";")[0].strip().lower()
    is_html = content_type == "text/html"
    try:
        if content_type == ACCEPT_JSON_V1:
            details: Any = json.loads(page.content.decode(), object_hook=hook)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", APIVersionWarning)  # a newer minor version only adds data (PEP 629)
                details = parse_project_details(page.content.decode(), content_type, name)
        files = _files(details, name)
        if is_html:
            _mark_yanked(files)
        status = status_of_html(page.content) if is_html else status_of_json(details)
    except UnsupportedMIMEType:
        return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail="not the content type of a project page")
    except (UnsupportedAPIVersion, *_MALFORMED):
        return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE)
    return {"files": files, "status": status, "is_html": is_html}


def _mark_yanked(listed: list[dict[str, Any]]) -> None:
    """Write the HTML attribute data-yanked, which may have no value, as JSON does (PEP 592)."""
    for entry in listed:
        if entry.get("yanked", False) is not False:
            entry["yanked"] = entry["yanked"] or True


def _by_version(listed: Iterable[ListedFile], project: str) -> dict[Version, tuple[ListedFile, ...]]:
    """Group the files by the version in their names. Most files are never read further."""
    groups: dict[Version, list[ListedFile]] = {}
    for file in listed:
        version = version_of(version_text(file.filename, project))
        if version is not None:
            groups.setdefault(version, []).append(file)
    return {version: tuple(files) for version, files in groups.items()}


def _listed_file(entry: dict[str, Any]) -> ListedFile:
    """Return an entry of a page; a value that is not of its type counts as missing."""
    upload_time, size = entry.get("upload-time"), entry.get("size")
    metadata = entry.get("core-metadata") or entry.get("dist-info-metadata")
    return ListedFile(
        filename=entry["filename"],
        url=str(entry.get("url") or ""),
        requires_python=sys.intern(str(entry.get("requires-python") or "")),
        yanked=bool(entry.get("yanked")),
        has_metadata=bool(metadata),
        day=sys.intern(upload_time[:_DAY]) if isinstance(upload_time, str) else "",
        size=size if type(size) is int and 0 <= size <= _LARGEST else None,
        digest=_digest(entry.get("hashes")),
        metadata_digest=_sha256(metadata)[:_LONGEST_DIGEST].lower(),
    )


def _sha256(hashes: Any) -> str:  # noqa: ANN401 - data of a server
    """Return the SHA-256 of a file in hexadecimal; ``""`` if there is none."""
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    return digest if isinstance(digest, str) and _SHA256.fullmatch(digest) else ""


def _digest(hashes: Any) -> str:  # noqa: ANN401 - data of a server
    """Return the SHA-256 of a file, or its first other hash."""
    if not isinstance(hashes, dict):
        return ""
    digest = hashes.get("sha256") or next(iter(hashes.values()), "")
    return digest if isinstance(digest, str) and digest.isalnum() else ""


def _files(details: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401 - data of a server
    """Return the entries of the files on a page.

    Raises:
        ValueError: The page is for another project or another major version of the API.
        KeyError, TypeError, AttributeError: The data has another structure.
    """
    if str(details["meta"]["api-version"]).partition(".")[0] != _API:
        raise ValueError(details["meta"])
    if canonicalize_name(details["name"]) != canonicalize_name(name):
        raise ValueError(details["name"])
    files = details["files"]
    if not isinstance(files, list) or not all(
        isinstance(file, ListedFile) or isinstance(file["filename"], str) for file in files
    ):
        raise TypeError(files)
    return files


def _is_whole_page(content: bytes, project: ProjectFiles) -> bool:
    """Tell whether HTML is a complete project page.

    Any HTML can be read as a project page without files. So the page must have files, or must name its API version
    (PEP 629) and have no files of another project, whose page it is then. A page with a tag <html> and without </html>
    is incomplete.
    """
    text = content.lower()
    listed = [file.filename for files in project.listed.values() for file in files]
    is_page = any(project.files(version) for version in project.versions) or (
        b"pypi:repository-version" in text and not any(_parts(filename, project.name) for filename in listed)
    )
    return is_page and (b"<html" not in text or b"</html" in text)


def _parts(filename: str, project: str) -> tuple[str, Version, frozenset[Tag] | None] | None:
    """Return the project, the version and the tags in the name of a file; None if pip cannot install such a file."""
    try:
        if filename.endswith(".whl"):
            name, version, _, tags = parse_wheel_filename(filename)
            return name, version, tags
        return *sdist_parts(filename, project), None
    except ValueError:  # the errors of packaging, and the error for numbers with thousands of digits
        return None


def _file(listed: ListedFile, project: str) -> ProjectFile | None:
    """Return a file; None if pip cannot install it, or if it belongs to another project."""
    parts = _parts(listed.filename, project)
    if parts is None or parts[0] != project:
        return None
    _, version, tags = parts
    return ProjectFile(
        version=version,
        tags=tags,
        requires_python=listed.requires_python,
        yanked=listed.yanked,
        uploaded=day_of(listed.day),
        size=listed.size,
    )


def day_of(text: str) -> datetime.date | None:
    """Return the day of a time as a page writes it (ISO 8601); None if it is not one."""
    try:
        return datetime.datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _read_folder(address: str) -> CachedResponse | SourceError:
    """Return the project page of a local index: index.html in a folder named after the project, as pip reads it."""
    path = file_path(address) / "index.html"
    now = datetime.datetime.now(tz=datetime.UTC)
    try:
        return CachedResponse(status=200, content=path.read_bytes(), content_type="text/html", stored=now)
    except FileNotFoundError:
        return CachedResponse(status=NOT_FOUND, content=b"", content_type="", stored=now)
    except OSError as error:
        return SourceError(kind=SourceErrorKind.SERVER_ERROR, detail=error.strerror or "")
