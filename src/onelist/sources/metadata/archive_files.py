"""Archives of strangers as files from which only so much is read."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

_MB = 1 << 20


class SdistLimits(NamedTuple):
    """How much of a source distribution is read.

    Attributes:
        packed: Bytes of the archive.
        unpacked: Bytes of the files in it, those included that are only skipped.
        members: Files in it.
        metadata: Bytes of one metadata file.
        directory: Bytes of the directory of a .zip file.
    """

    packed: int = 64 * _MB
    unpacked: int = 256 * _MB
    members: int = 20_000
    metadata: int = _MB
    directory: int = 4 * _MB


BLOCK = 1 << 16
"""How much is read at once, in bytes; also the most that a header of a tar file may hold."""
CUT_OFF = "it was cut off by the server"
NOT_AN_ARCHIVE = "it cannot be read as an archive"


class UnreadableError(Exception):
    """Ends the reading; the text is the reason, with the source distribution as its subject."""


class TransferError(Exception):
    """Carries an ``OSError`` of the connection past the archive modules, which raise such errors themselves."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class LimitError(UnreadableError):
    """Ends the reading at a limit; what has been read holds."""


def in_words(limit: int) -> str:
    """Return a limit in words: ``64 MB``."""
    return f"{limit // _MB} MB" if limit >= _MB else f"{limit} bytes"


class Readable(Protocol):
    """A file of which so many bytes can be read; fewer only at its end."""

    def read(self, size: int, /) -> bytes:
        """Read bytes."""


def decompressed(source: io.BufferedReader[Chunks]) -> tuple[bool, Readable]:
    """Return whether a file is compressed, and a file with the content. Each reads only as much as it is asked for."""
    start = source.peek(6)[:6]
    if start.startswith(b"\x1f\x8b"):
        return True, gzip.GzipFile(fileobj=source)
    if start.startswith(b"BZh"):
        return True, bz2.BZ2File(source)
    if start.startswith((b"\xfd7zXZ", b"]\x00\x00")):
        return True, lzma.LZMAFile(source)
    return False, source


class Chunks(io.RawIOBase):
    """A file that is made of chunks while they come in."""

    def __init__(self, chunks: Iterator[bytes], limit: int) -> None:
        super().__init__()
        self._chunks = chunks
        self._pending = b""
        self._limit = limit
        self._count = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer; only at the end of the file, some of it stays empty."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (self._pending or self._fetch()):
            part = self._pending[: len(view) - filled]
            view[filled : filled + len(part)] = part
            self._pending = self._pending[len(part) :]
            filled += len(part)
        return filled

    def _fetch(self) -> bool:
        try:
            self._pending = next((chunk for chunk in self._chunks if chunk), b"")
        except OSError as error:
            raise TransferError(error) from None
        self._count += len(self._pending)
        if self._count > self._limit:
            raise LimitError(f"it is larger than {in_words(self._limit)}")
        return bool(self._pending)


class Forward:
    """A file for tarfile that is read once, from its beginning, in small pieces."""

    def __init__(self, file: Readable, limit: int, *, is_packed: bool) -> None:
        self._file = file
        self._limit = limit
        self._is_packed = is_packed
        self._is_short = False
        self._position = 0
        self._last = b""

    @property
    def is_cut(self) -> bool:
        """Whether it ended inside a tar file. A compressed file says by itself that it was cut off."""
        return self._is_short and self._position > 0 and not self._is_packed

    def finish(self) -> None:
        """Read what follows the tar file.

        Raises:
            EOFError: The end is missing.
            UnreadableError: Something else than the end follows the last file. tarfile takes it for the end.
        """
        if self.is_cut:
            raise EOFError
        if self._last.strip(b"\0"):
            raise UnreadableError(NOT_AN_ARCHIVE)
        with contextlib.suppress(OSError):  # rubbish at the end harms nobody
            while self._is_packed and self.read(BLOCK):
                pass

    def tell(self) -> int:
        """Return how many bytes have been read."""
        return self._position

    def seek(self, position: int) -> None:
        """Skip bytes; there is no way back."""
        if position < self._position:
            raise UnreadableError(NOT_AN_ARCHIVE)
        self._check(position)
        while self._position < position and self.read(min(position - self._position, BLOCK)):
            pass

    def read(self, size: int) -> bytes:
        """Read bytes."""
        if not 0 <= size <= BLOCK:  # a header of the archive that would fill the memory
            raise UnreadableError(NOT_AN_ARCHIVE)
        self._check(self._position + size)
        content = self._file.read(size)
        self._position += len(content)
        self._is_short |= len(content) < size
        self._last = content
        return content

    def _check(self, position: int) -> None:
        if position > self._limit:
            raise LimitError(f"it is larger than {in_words(self._limit)} when it is unpacked")


class Bounded:
    """A file for zipfile of which only so much is read."""

    def __init__(self, file: BinaryIO, limits: SdistLimits) -> None:
        self._file = file
        self._limits = limits
        self._count = 0

    def seekable(self) -> bool:
        """Tell that there is a way back."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a position."""
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """Read bytes; without a size, up to the end of the file."""
        most = self._limits.directory
        content = self._read(most + 1 if size < 0 else min(size, most + 1))
        self._count += len(content)
        if len(content) > most:
            raise UnreadableError(f"its directory is larger than {in_words(most)}")
        if self._count > self._limits.packed:
            raise LimitError(f"more than {in_words(self._limits.packed)} of it would have to be read")
        return content

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise TransferError(error) from None

    def starts_as_zip(self) -> bool:
        """Tell whether the first bytes are those of a file in a zip file."""
        self._file.seek(0)
        return self._file.read(4) == b"PK\x03\x04"
