"""The metadata of a file on a package index, without the file where that is possible."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import asdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from onelist.core.text import printable
from onelist.sources.cache import CachedResponse, file_path
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.http import NOT_FOUND
from onelist.sources.metadata.sdist import (
    SourceMetadata,
    SourceUnknown,
    modules_of_tar,
    modules_of_zip,
    read_tar,
    read_zip,
)
from onelist.sources.metadata.wheel_file import read_metadata, read_modules
from onelist.sources.pypi.listing import sdist
from onelist.sources.solution import Compiler

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO
    from urllib.parse import SplitResult

    from packaging.version import Version

    from onelist.sources.cache import ResponseCache
    from onelist.sources.http import HttpClient
    from onelist.sources.installers import Index
    from onelist.sources.pypi.listing import Listing

_T = TypeVar("_T")
_LARGEST_FILE = 1 << 27
"""The largest file that is read as a whole: 128 MiB."""
_SMALL = 1 << 18
"""The size of a file that is not worth reading in parts: 256 KiB."""
_TAIL = 1 << 16
"""How much is read from the end of a file at once; the metadata of most wheels is in it."""
_BLOCK = 1 << 16
_IS_METADATA = re.compile(rb"(?mi)^Metadata-Version[ \t]*:")
"""The field that each metadata file has (core metadata specification); a login page has no such line."""
_PROJECT = re.compile(rb"(?mi)^Name[ \t]*:[ \t]*(\S+)")
"""The field with the name of the project."""
_FOREVER = 10 * 365 * 24 * 3600
_FORMAT = "metadata-2"
"""Part of the key of cached results; another number makes old results void."""
_MODULES_FORMAT = "modules-1"
"""The same for the modules of a wheel."""


class _RemoteError(OSError):
    """A part of a file could not be read."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error.reason)
        self.error = error


class FileMetadata:
    """Reads the metadata of files. It blocks, so it is used in threads."""

    def __init__(
        self, http: HttpClient, cache: ResponseCache, indexes: Sequence[Index], now: datetime.datetime
    ) -> None:
        """Take the settings.

        Args:
            http: The HTTP client.
            cache: Where what was read from source distributions is kept.
            indexes: The package indexes, the main one first.
            now: The time.
        """
        self._http = http
        self._cache = cache
        self._indexes = indexes
        self._now = now
        self._asked: set[str] = set()

    def of_wheel(self, project: str, listing: Listing) -> bytes | SourceError:
        """Return the METADATA file of a wheel.

        Args:
            project: The normalised name of the project.
            listing: The wheel.

        Returns:
            The content of the file; ``b""`` if the wheel has none; or an error.
        """
        address = self._address(project, listing)
        if listing.file.has_metadata:
            found = self._companion(address, project, listing.file.metadata_digest)
            if not (isinstance(found, SourceError) and found.kind is SourceErrorKind.NOT_FOUND):
                return found

        def read() -> bytes | SourceError:
            content = self._unpacked(address, listing, read_metadata)
            if isinstance(content, bytes) and _is_of_another(content, project):  # an old answer, or that of a proxy
                return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=listing.file.filename)
            return content

        return self._remembered(address, listing, read)

    def modules_of_wheel(self, project: str, listing: Listing) -> frozenset[str] | SourceError:
        """Return the modules of a wheel; see :func:`~onelist.sources.metadata.wheel_file.read_modules`."""
        address = self._address(project, listing)

        def read() -> bytes | SourceError:
            return self._unpacked(address, listing, lambda file: "\n".join(sorted(read_modules(file))).encode())

        content = self._remembered(address, listing, read, _MODULES_FORMAT)
        return content if isinstance(content, SourceError) else frozenset(content.decode().split("\n")) - {""}

    def modules_of_sdist(self, project: str, listing: Listing) -> frozenset[str] | SourceError:
        """Return the modules of a source distribution, if setuptools wrote them into it."""
        address = self._address(project, listing)

        def read() -> bytes | SourceError:
            found = self._from_archive(
                address, listing, partial(modules_of_zip, name=project), partial(modules_of_tar, name=project)
            )
            if isinstance(found, SourceError):
                return found
            if found is None:
                return SourceError(kind=SourceErrorKind.METADATA_UNKNOWN)
            return "\n".join(sorted(found)).encode()

        content = self._remembered(address, listing, read, _MODULES_FORMAT)
        return content if isinstance(content, SourceError) else frozenset(content.decode().split("\n")) - {""}

    def _remembered(
        self, address: str, listing: Listing, read: Callable[[], bytes | SourceError], form: str = _FORMAT
    ) -> bytes | SourceError:
        """Return what was read from a file. It is kept: for files with a hash, and for ``--offline``.

        The address is a part of the key: the hash is what a page says, and only the server of the file answers for it.
        """
        key = f"{address}#{form}:{listing.file.digest}"
        if (listing.file.digest or self._http.is_offline) and (known := self._cache.get(key)):
            return known.content
        content = read()
        if isinstance(content, bytes):
            response = CachedResponse(
                status=200, content=content, content_type="text/plain", stored=self._now, max_age=_FOREVER
            )
            self._cache.put(key, response)
        return content

    def _unpacked(self, address: str, listing: Listing, read: Callable[[BinaryIO], bytes]) -> bytes | SourceError:
        try:
            with self._open(address, listing.file.size) as file:
                return read(file)
        except _RemoteError as error:
            return error.error
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
            return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=listing.file.filename)

    def _companion(self, address: str, project: str, digest: str) -> bytes | SourceError:
        """Return the metadata that the index has beside a wheel (PEP 658). It is asked for once.

        As for pip, metadata with another hash than the page has is not that metadata: half of it may look whole. Where
        the page has no hash, metadata of another project is not that metadata either.
        """
        if address.startswith("file:"):
            path = file_path(address)
            return _read(path.with_name(f"{path.name}.metadata"))
        companion = f"{address.partition('#')[0]}.metadata"
        if companion in self._asked and (known := self._cache.get(companion)):
            return known.content
        response = self._http.get(companion, "*/*")
        if isinstance(response, SourceError):
            return response
        if response.status == NOT_FOUND:
            return SourceError(kind=SourceErrorKind.NOT_FOUND)
        is_right = hashlib.sha256(response.content).hexdigest().startswith(digest)
        is_right = is_right and bool(digest or not _is_of_another(response.content, project))
        if not is_right or not _IS_METADATA.search(response.content):
            filename = companion.rpartition("/")[2]
            return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=printable(unquote(filename)))
        self._http.store(companion, response)
        self._asked.add(companion)
        return response.content

    def of_sdist(
        self, project: str, version: Version, listing: Listing
    ) -> SourceMetadata | SourceUnknown | SourceError:
        """Return what a source distribution says about itself."""
        found: SourceMetadata | SourceUnknown | SourceError | None = None

        def read() -> bytes | SourceError:
            nonlocal found
            found = self._read_sdist(project, version, listing)
            if isinstance(found, SourceMetadata):
                return _to_json(found)
            return found if isinstance(found, SourceError) else SourceError(kind=SourceErrorKind.METADATA_UNKNOWN)

        content = self._remembered(self._address(project, listing), listing, read)
        if isinstance(content, bytes):
            return _from_json(content)
        return found if isinstance(found, SourceUnknown) else content

    def of_release(
        self, project: str, version: Version, files: Sequence[Listing], wheel: Listing | None
    ) -> bytes | SourceError:
        """Return the metadata of a wheel; of the source distribution; or, if it says too little, of another wheel.

        Args:
            project: The normalised name of the project.
            version: The version.
            files: Its files.
            wheel: The wheel among them; None for the source distribution.

        Returns:
            The metadata as in METADATA, or why it is not known.
        """
        if wheel:
            return self.of_wheel(project, wheel)
        source = sdist(files)
        if source is None:
            return SourceError(kind=SourceErrorKind.NOT_FOUND)
        found = self.of_sdist(project, version, source)
        if isinstance(found, SourceUnknown):
            if other := next((one for one in files if one.is_wheel), None):
                return self.of_wheel(project, other)
            detail = f"{project} {version}: {found.reason}"
            return SourceError(kind=SourceErrorKind.METADATA_UNKNOWN, detail=detail)
        return found if isinstance(found, SourceError) else found.render()

    def _read_sdist(
        self, project: str, version: Version, listing: Listing
    ) -> SourceMetadata | SourceUnknown | SourceError:
        return self._from_archive(
            self._address(project, listing),
            listing,
            partial(read_zip, name=project, version=str(version)),
            partial(read_tar, name=project, version=str(version)),
        )

    def _from_archive(
        self, address: str, listing: Listing, of_zip: Callable[[BinaryIO], _T], of_tar: Callable[[Iterator[bytes]], _T]
    ) -> _T | SourceError:
        """Return what a function reads from a source distribution."""
        if listing.file.filename.endswith(".zip"):
            try:
                with self._open(address, listing.file.size) as file:
                    return of_zip(file)
            except _RemoteError as error:
                return error.error
        if not address.startswith("file:"):
            return self._http.consume(address, of_tar)
        try:
            with file_path(address).open("rb") as local:
                return of_tar(iter(lambda: local.read(_BLOCK), b""))
        except OSError as error:
            return SourceError(kind=SourceErrorKind.SERVER_ERROR, detail=error.strerror or "")

    def _open(self, address: str, size: int | None) -> BinaryIO:
        """Open a file for reading at any place: in parts where the server sends parts, else as a whole.

        Raises:
            OSError: The file cannot be read.
        """
        if address.startswith("file:"):
            return file_path(address).open("rb")
        if size is not None and size > _SMALL:
            remote = _RemoteFile(self._http, address, size)
            if remote.has_parts:
                return cast("BinaryIO", remote)
        whole = self._http.consume(address, _whole)
        if isinstance(whole, SourceError):
            raise _RemoteError(whole)
        return whole

    def _address(self, project: str, listing: Listing) -> str:
        """Return the address of a file.

        The login of an index holds for its own scheme, host and port only, so no other server gets it.
        """
        from mousebender.simple import create_project_url

        index = self._indexes[listing.source].address
        address = urljoin(create_project_url(index, project), listing.file.url)
        base, parts = urlsplit(index), urlsplit(address)
        if parts.username is None and _origin(parts) == _origin(base):
            parts = parts._replace(netloc=base.netloc)
        return urlunsplit(parts._replace(fragment=""))


class _RemoteFile(io.RawIOBase):
    """A file on a server, read in parts (RFC 9110, section 14)."""

    def __init__(self, http: HttpClient, address: str, size: int) -> None:
        super().__init__()
        self._http = http
        self._address = address
        self._at = 0
        self._size = size
        self._tail = b""

    @cached_property
    def has_parts(self) -> bool:
        """Whether the server sends parts; a server may send the whole file instead. The end is read for the answer."""
        first = max(self._size - _TAIL, 0)
        found = self._http.consume(self._address, _at_most(_TAIL), part=(first, self._size - 1))
        self._tail = b"" if isinstance(found, SourceError) else found
        return bool(self._tail)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        last = min(self._at + len(buffer), self._size) - 1
        if last < self._at:
            return 0
        start = self._size - len(self._tail)
        whole = self._at >= start
        content = self._tail[self._at - start : last - start + 1] if whole else self._part(self._at, last)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _part(self, first: int, last: int) -> bytes:
        found = self._http.consume(self._address, _at_most(last - first + 1), part=(first, last))
        if isinstance(found, SourceError):
            raise _RemoteError(found)
        return found


def _is_of_another(metadata: bytes, project: str) -> bool:
    """Tell whether metadata names another project."""
    found = _PROJECT.search(metadata)
    return found is not None and canonicalize_name(found[1].decode(errors="replace")) != project


def _origin(address: SplitResult) -> tuple[str, str]:
    """Return what must be equal for a login to hold: the scheme, and the host with the port."""
    return address.scheme, address.netloc.rpartition("@")[2].lower()


def _at_most(size: int) -> Callable[[Iterator[bytes]], bytes]:
    """Return a consumer that keeps the first bytes."""

    def consume(parts: Iterator[bytes]) -> bytes:
        found = bytearray()
        for part in parts:
            found += part
            if len(found) >= size:
                break
        return bytes(found[:size])

    return consume


def _whole(parts: Iterator[bytes]) -> BinaryIO | SourceError:
    """Return a whole file, on the disk and not in memory; or an error if it is too large."""
    with ExitStack() as open_files:
        found = open_files.enter_context(tempfile.TemporaryFile(prefix="onelist-"))
        for part in parts:
            found.write(part)
            if found.tell() > _LARGEST_FILE:
                return SourceError(kind=SourceErrorKind.TOO_LARGE)
        found.seek(0)
        open_files.pop_all()  # the caller closes it
        return cast("BinaryIO", found)


def _read(path: Path) -> bytes | SourceError:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return SourceError(kind=SourceErrorKind.NOT_FOUND)
    except OSError as error:
        return SourceError(kind=SourceErrorKind.SERVER_ERROR, detail=error.strerror or "")


def _to_json(found: SourceMetadata) -> bytes:
    return json.dumps(asdict(found)).encode()


def _from_json(content: bytes) -> SourceMetadata:
    data = json.loads(content)
    return SourceMetadata(
        name=data["name"],
        version=data["version"],
        requires_python=data["requires_python"],
        requires_dist=tuple(data["requires_dist"]),
        provides_extra=tuple(data["provides_extra"]),
        compiler=Compiler(data["compiler"]),
    )
