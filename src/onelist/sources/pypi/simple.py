"""A project page of a package index (PEP 503, 691, 700) -> what the project offers, or why that is not known."""

from __future__ import annotations

import datetime
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from onelist.sources.cache import CachedResponse, file_path
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.tags import Tag
    from packaging.utils import NormalizedName

    from onelist.sources.http import HttpClient
    from onelist.sources.installers import Index

_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma")
"""The endings of archives that pip installs from (its ``ARCHIVE_EXTENSIONS``)."""
_API = "1"
"""The major version of the simple API that is understood (PEP 629)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """One file of a project: a wheel or an sdist.

    Attributes:
        version: Its version.
        tags: The wheel's tags (PEP 425); None for an sdist, which is for every machine.
        requires_python: The Pythons that it is for (PEP 440), ``""`` for all of them.
        yanked: Whether its authors took it back (PEP 592).
        uploaded: The day; None when the index does not say.
        size: Bytes (PEP 700); None when the index does not say.
    """

    version: Version
    tags: frozenset[Tag] | None
    requires_python: str
    yanked: bool
    uploaded: datetime.date | None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """What one index offers of a project; the files of a version are read when they are looked at.

    Attributes:
        versions: The versions that the names of files tell of.
        read: Returns the wheels and sdists of one of the versions that pip installs from; there may be none.
        as_of: When the index said so.
    """

    versions: tuple[Version, ...]
    read: Callable[[Version], tuple[ProjectFile, ...]] = field(repr=False)
    as_of: datetime.datetime

    def files(self, version: Version) -> tuple[ProjectFile, ...]:
        """Return the files of a version; none when the index has no such version."""
        return self.read(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNotFound:
    """The index answers that it has no such project.

    Attributes:
        as_of: When the index said so.
    """

    as_of: datetime.datetime


def fetch(http: HttpClient, index: Index, name: str) -> CachedResponse | SourceError:
    """Ask an index for the page of a project; may wait, so it is called from threads.

    Args:
        http: The client.
        index: The index.
        name: The name of the project in any spelling.

    Returns:
        The page, with status 200 or 404; or why there is no answer.
    """
    from mousebender.simple import ACCEPT_SUPPORTED, create_project_url

    address = create_project_url(index.address, name)
    return _read_folder(address) if address.startswith("file:") else http.get(address, ACCEPT_SUPPORTED)


def keep(http: HttpClient, index: Index, name: str, page: CachedResponse) -> None:
    """Keep a page that :func:`parse` could read, for the next time."""
    from mousebender.simple import create_project_url

    http.keep(create_project_url(index.address, name), page)


def is_there(http: HttpClient, index: Index) -> bool | SourceError:
    """Tell whether there is an index at an address at all; asked when it had none of the projects."""
    if index.address.startswith("file:"):
        return file_path(index.address).is_dir()
    return http.exists(index.address.rstrip("/") + "/")


def parse(page: CachedResponse, name: str) -> ProjectFiles | ProjectNotFound | SourceError:
    """Read a project page, JSON or HTML.

    ``NotListed`` is not yet a proof: only an index that is there can say so, see :func:`is_there`. Not to be called
    from several threads at once, because of how Python keeps its filters of warnings.

    Args:
        page: The page.
        name: The project that was asked for.

    Returns:
        What it offers, or that it is not listed. A page that is none (a login page, half a page, another content
        type) is a fault, and never an empty offer.
    """
    if page.status == NOT_FOUND:
        return ProjectNotFound(as_of=page.stored)
    found = read(page, name)
    return found if isinstance(found, SourceError) else found[1]


def read(page: CachedResponse, name: str) -> tuple[list[dict[str, Any]], ProjectFiles] | SourceError:
    """Return the files of a project page as they came over the wire, and what they offer; see :func:`parse`."""
    from mousebender.simple import (
        APIVersionWarning,
        UnsupportedAPIVersion,
        UnsupportedMIMEType,
        parse_project_details,
    )

    content_type = page.content_type.partition(";")[0].strip().lower()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", APIVersionWarning)  # a newer minor version says more, nothing else
            details: Any = parse_project_details(page.content.decode(), content_type, name)
        listed = _files(details, name)
        if content_type == "text/html":
            _mark_yanked(listed)
    except UnsupportedMIMEType:
        return SourceError(kind=SourceErrorKind.NOT_A_CHANNEL, detail="not the content type of a project page")
    except (UnsupportedAPIVersion, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return SourceError(kind=SourceErrorKind.NOT_A_CHANNEL)
    offer = _offer(listed, canonicalize_name(name), page.stored)
    if content_type == "text/html" and not _is_whole_page(page.content, offer):
        return SourceError(kind=SourceErrorKind.NOT_A_CHANNEL)
    return listed, offer


def _mark_yanked(listed: list[dict[str, Any]]) -> None:
    """Say in JSON's way what HTML says with an attribute, which need not have a value (PEP 592)."""
    for wire in listed:
        if wire.get("yanked", False) is not False:
            wire["yanked"] = wire["yanked"] or True


def _offer(listed: list[dict[str, Any]], project: str, as_of: datetime.datetime) -> ProjectFiles:
    """Sort files by version, by their names alone: of most of them nothing more is ever asked."""
    groups: dict[Version, list[dict[str, Any]]] = {}
    for wire in listed:
        version = _version(_version_text(wire["filename"], project))
        if version is not None:
            groups.setdefault(version, []).append(wire)

    @cache
    def read(version: Version) -> tuple[ProjectFile, ...]:
        return tuple(file for wire in groups.get(version, ()) if (file := _file(wire, project)))

    return ProjectFiles(versions=tuple(groups), read=read, as_of=as_of)


def _version_text(filename: str, project: str) -> str:
    """Return the version in a file name, ``""`` for a file that is neither wheel nor sdist.

    The parts of such a name are separated by ``-`` and nothing else
    (https://packaging.python.org/en/latest/specifications/binary-distribution-format).
    """
    if filename.endswith(".whl"):
        return filename.split("-", 2)[1] if "-" in filename else ""
    stem = _sdist_stem(filename)
    if stem is None:
        return ""
    if stem.count("-") == 1:
        return stem.partition("-")[2]
    return next((stem[at + 1 :] for at in _dashes(stem) if canonicalize_name(stem[:at]) == project), "")


def _sdist_stem(filename: str) -> str | None:
    """Return the name of an sdist without its ending; None for a file that pip takes for none."""
    return next((filename.removesuffix(ending) for ending in _SDISTS if filename.endswith(ending)), None)


def _dashes(text: str) -> list[int]:
    return [at for at, char in enumerate(text) if char == "-"]


@cache
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion is one; so is what Python says of numbers of thousands of digits
        return None


def _files(details: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401 - as it came over the wire
    """Return the files of a page that says which project and which API it is about.

    Raises:
        ValueError: It is about something else.
        KeyError, TypeError, AttributeError: It is of another shape.
    """
    if str(details["meta"]["api-version"]).partition(".")[0] != _API:
        raise ValueError(details["meta"])
    if canonicalize_name(details["name"]) != canonicalize_name(name):
        raise ValueError(details["name"])
    files = details["files"]
    if not isinstance(files, list) or not all(isinstance(file["filename"], str) for file in files):
        raise TypeError(files)
    return files


def _is_whole_page(content: bytes, offer: ProjectFiles) -> bool:
    """Tell whether HTML is a page of an index, and all of it.

    Any page can be read as one without files: it must have some, or say of itself that it is one (PEP 629). One that
    begins as a document and does not end as one was cut off.
    """
    text = content.lower()
    has_files = any(offer.files(version) for version in offer.versions)
    return (has_files or b"pypi:repository-version" in text) and (b"<html" not in text or b"</html" in text)


def _file(wire: dict[str, Any], project: str) -> ProjectFile | None:
    """Return a file, or None when pip would not install from it, or it belongs to another project."""
    filename = wire["filename"]
    try:
        if filename.endswith(".whl"):
            name, version, _, tags = parse_wheel_filename(filename)
        else:
            name, version, tags = *_sdist(filename, project), None
    except ValueError:  # what packaging raises is one; so are numbers of thousands of digits
        return None
    if name != project:
        return None
    return ProjectFile(
        version=version,
        tags=tags,
        requires_python=str(wire.get("requires-python") or ""),
        yanked=bool(wire.get("yanked")),
        uploaded=_day(wire.get("upload-time")),
        size=size if isinstance(size := wire.get("size"), int) else None,
    )


def _sdist(filename: str, project: str) -> tuple[NormalizedName, Version]:
    """Return the project and the version of an sdist, as pip reads its name.

    Raises:
        ValueError: It is not one of this project.
    """
    text = _version_text(filename, project)
    stem = _sdist_stem(filename) or ""
    return canonicalize_name(stem.removesuffix(f"-{text}")), Version(text)


def _day(text: Any) -> datetime.date | None:  # noqa: ANN401 - as it came over the wire
    try:
        return datetime.datetime.fromisoformat(text).date()
    except (TypeError, ValueError):
        return None


def _read_folder(address: str) -> CachedResponse | SourceError:
    """Return the project page of an index on this disk: index.html in a folder of the project's name, as with pip."""
    path = file_path(address) / "index.html"
    now = datetime.datetime.now(tz=datetime.UTC)
    try:
        return CachedResponse(status=200, content=path.read_bytes(), content_type="text/html", stored=now)
    except FileNotFoundError:
        return CachedResponse(status=NOT_FOUND, content=b"", content_type="", stored=now)
    except OSError as error:
        return SourceError(kind=SourceErrorKind.BROKEN, detail=error.strerror or "")
