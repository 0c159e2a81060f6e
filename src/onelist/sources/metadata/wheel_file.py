"""A wheel -> its METADATA file, without reading the list of all its other files; and the modules among these.

zipfile makes an object for each of the files of a wheel, of which some have 10,000. That took a quarter of the time of
a first look at a list. So the one entry that is wanted is looked for in the directory (APPNOTE.TXT of
PKWARE, sections 4.3.7, 4.3.12 and 4.3.16); zipfile reads what is written in an unusual way.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import BinaryIO

_LARGEST = 1 << 20
"""The largest metadata that is read: 1 MiB. Real ones have 1 to 100 KiB, most of it the README."""
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LENGTHS, _LENGTHS_AT = struct.Struct("<3H"), 28
"""The lengths of the name, the extra fields and the comment of an entry, and where they stand in it."""
_LOCAL = struct.Struct("<4s5H3L2H")
_MOST_COMMENT = 1 << 10
"""How long a comment at the end may be to be read here."""
_NAME = b".dist-info/METADATA"
_LARGE = 0xFFFFFFFF
"""The value that stands for a number in the larger format (Zip64)."""


_RUBBISH = (zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError)
"""What zipfile raises besides the errors of :func:`read_metadata`; RuntimeError for a file with a password."""


class _Entry(NamedTuple):
    """Where a file is in the archive: how it is compressed, its sizes, and the place of its header."""

    method: int
    packed: int
    size: int
    offset: int


def read_metadata(file: BinaryIO) -> bytes:
    """Return the METADATA file of a wheel (PEP 427).

    Args:
        file: The wheel; it must be seekable.

    Returns:
        The content; ``b""`` if the wheel does not have exactly one such file, or if it is too large.

    Raises:
        OSError, zipfile.BadZipFile, ValueError, NotImplementedError: The file cannot be read.
    """
    entry = _find(file)
    if entry is None:
        return _with_zipfile(file)
    if entry.size > _LARGEST or entry.packed > _LARGEST:
        return b""
    file.seek(entry.offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile
    *_, name, extra = _LOCAL.unpack(head)
    file.seek(entry.offset + _LOCAL.size + name + extra)
    packed = file.read(entry.packed)
    if entry.method == zipfile.ZIP_STORED:
        return packed
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _LARGEST)
    except zlib.error as error:
        raise zipfile.BadZipFile from error


def _find(file: BinaryIO) -> _Entry | None:
    """Return the entry of METADATA; None if it is not in the usual form."""
    length = file.seek(0, 2)
    start = max(length - _END.size - _MOST_COMMENT, 0)
    file.seek(start)
    end = file.read(length - start)
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) - at < _END.size:
        return None
    *_, size, offset, _ = _END.unpack_from(end, at)
    if _LARGE in {size, offset} or offset + size != start + at:  # zipfile knows what something in front moves
        return None
    file.seek(offset)
    directory = file.read(size)
    found = _entries(directory)
    if found is None or len(found) != 1:
        return None
    return found[0] if found[0].method in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} else None


def _entries(directory: bytes) -> list[_Entry] | None:
    """Return the entries of the METADATA files in the directory of an archive; None if it is not as usual.

    Only the length of each entry is read, to find the next one: a name may also stand in a comment.
    """
    found = []
    at = 0
    while directory.startswith(b"PK\x01\x02", at) and len(directory) - at >= _ENTRY.size:
        lengths = _LENGTHS.unpack_from(directory, at + _LENGTHS_AT)
        start = at + _ENTRY.size
        name = directory[start : start + lengths[0]]
        if b"\0" in name:  # zipfile takes it for the end of the name
            return None
        if name.endswith(_NAME) and name.count(b"/") == 1:
            fields = _ENTRY.unpack_from(directory, at)
            found.append(_Entry(method=fields[4], packed=fields[8], size=fields[9], offset=fields[16]))
        at = start + sum(lengths)
    return found if at == len(directory) else None


def _with_zipfile(file: BinaryIO) -> bytes:
    name = _NAME.decode()
    try:
        with zipfile.ZipFile(file) as archive:
            found = [one for one in archive.infolist() if one.filename.count("/") == 1 and one.filename.endswith(name)]
            if len(found) != 1 or found[0].file_size > _LARGEST:
                return b""
            with archive.open(found[0]) as member:
                return member.read(_LARGEST)
    except _RUBBISH as error:
        raise zipfile.BadZipFile from error


def read_modules(file: BinaryIO) -> frozenset[str]:
    """Return the modules of a wheel (binary distribution format, "File contents").

    Args:
        file: The wheel; it must be seekable.

    Returns:
        The names that begin the import of everything in it: ``fastai``, and ``google.cloud.storage`` where the folders
        above are namespace packages, which hold no ``__init__.py``.

    Raises:
        OSError, zipfile.BadZipFile, ValueError, NotImplementedError: The file cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except _RUBBISH as error:
        raise zipfile.BadZipFile from error
    files = [parts for name in names if (parts := _in_site_packages(name))]
    packages = {parts[:-1] for parts in files if parts[-1].partition(".")[0] == "__init__"}
    found = set()
    for parts in files:
        depths = (depth for depth in range(1, len(parts)) if parts[:depth] in packages)
        depth = next(depths, 0)
        found.add(".".join(parts[:depth]) if depth else ".".join((*parts[:-1], parts[-1].partition(".")[0])))
    return frozenset(found)


def _in_site_packages(name: str) -> tuple[str, ...]:
    """Return the parts of the path of a module in the folder that Python searches; none for any other file."""
    parts = tuple(name.split("/"))
    if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in {"purelib", "platlib"}:  # noqa: PLR2004
        parts = parts[2:]
    stem = parts[-1].partition(".")[0]
    is_module = parts[-1].endswith((".py", ".so", ".pyd")) and stem.isidentifier()
    return parts if is_module and all(part.isidentifier() for part in parts[:-1]) else ()
