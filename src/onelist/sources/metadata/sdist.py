"""A source distribution -> its metadata, without running it and without unpacking it to disk.

Only the names of the files and some small files are read. Links, absolute paths and ``..`` are not followed: a file
counts only if it is a regular file at a known place below the top folder.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from functools import partial
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from packaging.utils import canonicalize_name

from onelist.sources.metadata.archive_files import (
    BLOCK,
    CUT_OFF,
    NOT_AN_ARCHIVE,
    Bounded,
    Chunks,
    Forward,
    LimitError,
    SdistLimits,
    TransferError,
    UnreadableError,
    decompressed,
    in_words,
)
from onelist.sources.metadata.source_metadata import SourceFiles, SourceMetadata, SourceUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


__all__ = ["SdistLimits", "SourceMetadata", "SourceUnknown", "modules_of_tar", "modules_of_zip", "read_tar", "read_zip"]

_LIMITS = SdistLimits()
_NATIVE = frozenset({
    *(".c", ".cc", ".cpp", ".cxx", ".c++", ".pyx", ".pxd", ".m", ".mm", ".cu", ".rs", ".pyf"),
    *(".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08"),
})  # fmt: skip
"""The extensions of files that a compiler reads, or that a tool such as Cython or f2py turns into such files."""
_NATIVE_BUILDS = frozenset({"cargo.toml", "cmakelists.txt"})
_BESIDE = frozenset(
    "test tests testing testdata test_data tests_data testsuite doc docs documentation example examples sample samples "
    "demo demos bench benchmark benchmarks fixtures tutorial tutorials".split()
)
"""Folders whose files are not built."""
_BUILDS_EXTENSIONS = re.compile(
    r"\b(?:ext_modules|cffi_modules|rust_extensions)\s*=(?!\s*(?:None|\[\s*\]))"
    r"|[\"'](?:ext_modules|cffi_modules|rust_extensions)[\"']\s*[\]:]"
    r"|\b(?:\w*Extension|cythonize)\("
)
"""What a setup.py with compiled extensions says."""
_MESON_LANGUAGES = re.compile(
    r"\b(?:project\s*\(\s*'[^']*'\s*,[\s\[]*|add_languages\s*\(\s*)"
    r"'(?:c|cpp|cuda|cython|d|fortran|objc|objcpp|rust|swift|vala|nasm|masm)'"
)
"""A language in ``project()`` or ``add_languages()`` of a meson.build."""


_ERRORS = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError),
    *(ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError),
)
"""What the archive modules of the standard library raise for rubbish; a password and recursion: RuntimeError."""


def read_tar(
    chunks: Iterator[bytes], *, name: str, version: str, limits: SdistLimits = _LIMITS
) -> SourceMetadata | SourceUnknown:
    """Read a .tar.gz, .tar.bz2, .tar.xz or .tar file while it is downloaded; stop when all is known.

    Args:
        chunks: The bytes of the file.
        name: The name of the project, from the file name.
        version: The version, from the file name.
        limits: How much is read.

    Returns:
        The metadata, or why it is not known.

    Raises:
        OSError: The source of the bytes raised it.
    """
    reader = _Reader(name, limits)
    return reader.result(version, lambda: reader.read_tar(chunks))


def read_zip(
    file: BinaryIO, *, name: str, version: str, limits: SdistLimits = _LIMITS
) -> SourceMetadata | SourceUnknown:
    """Read a .zip file.

    Args:
        file: The file; it must be seekable.
        name: The name of the project, from the file name.
        version: The version, from the file name.
        limits: How much is read.

    Returns:
        The metadata, or why it is not known.

    Raises:
        OSError: The source of the bytes raised it.
    """
    reader = _Reader(name, limits)
    return reader.result(version, lambda: reader.read_zip(file))


def modules_of_tar(chunks: Iterator[bytes], *, name: str, limits: SdistLimits = _LIMITS) -> frozenset[str] | None:
    """Read which modules a source distribution brings, as setuptools wrote it into ``top_level.txt``; see read_tar.

    Returns:
        The names that begin the imports; None if no such file says them.
    """
    reader = _Reader(name, limits, wants_modules=True)
    return reader.modules(lambda: reader.read_tar(chunks))


def modules_of_zip(file: BinaryIO, *, name: str, limits: SdistLimits = _LIMITS) -> frozenset[str] | None:
    """Read which modules a .zip file brings; see :func:`modules_of_tar`."""
    reader = _Reader(name, limits, wants_modules=True)
    return reader.modules(lambda: reader.read_zip(file))


class _Reader:
    """Reads one archive: the names of all files, and the content of the metadata files."""

    def __init__(self, name: str, limits: SdistLimits, *, wants_modules: bool = False) -> None:
        self._name = name
        self._wants_modules = wants_modules
        self._canonical = canonicalize_name(name)
        self._limits = limits
        self._files = SourceFiles()
        self._root: str | None = None

    def result(self, version: str, read: Callable[[], None]) -> SourceMetadata | SourceUnknown:
        """Read the archive, and return what it says or why nothing is known."""
        try:
            read()
        except TransferError as carrier:
            raise carrier.error from None
        except LimitError as error:
            if not self._files.is_decided:
                return SourceUnknown(reason=str(error))
        except UnreadableError as error:
            return SourceUnknown(reason=str(error))
        return self._files.interpret(name=self._name, version=version)

    def modules(self, read: Callable[[], None]) -> frozenset[str] | None:
        """Read the archive, and return its modules; None if it does not say them."""
        try:
            read()
        except TransferError as carrier:
            raise carrier.error from None
        except UnreadableError:
            return None
        return None if self._files.top_level is None else frozenset(self._files.top_level.split())

    @property
    def _is_done(self) -> bool:
        if self._wants_modules:
            return self._files.top_level is not None
        return self._files.is_decided and self._files.compiled

    def read_tar(self, chunks: Iterator[bytes]) -> None:
        """Read a tar file from its beginning, and stop when all is known."""
        source = io.BufferedReader(Chunks(chunks, self._limits.packed), BLOCK)
        file = None
        try:
            is_packed, unpacked = decompressed(source)
            file = Forward(unpacked, self._limits.unpacked, is_packed=is_packed)
            with tarfile.TarFile(fileobj=cast("IO[bytes]", file), mode="r") as archive:
                for number, member in enumerate(archive, 1):
                    self._check_count(number)
                    self._see_tar_member(member, file)
                    if self._is_done:
                        return
            file.finish()
        except EOFError:
            raise UnreadableError(CUT_OFF) from None
        except _ERRORS:
            is_cut = file is not None and file.is_cut
            raise UnreadableError(CUT_OFF if is_cut else NOT_AN_ARCHIVE) from None
        self._files.complete = True

    def _see_tar_member(self, member: tarfile.TarInfo, file: Forward) -> None:
        if member.issym() or member.islnk():
            folder = posixpath.dirname(member.name) if member.issym() else ""
            target = posixpath.normpath(posixpath.join(folder, member.linkname))
            if target.startswith(("/", "../")) or target == "..":
                raise UnreadableError("it holds a link to a place outside of it")
        if not member.isdir():
            is_regular = member.isreg() and not member.issparse()
            self._see(member.name, is_regular=is_regular, read=partial(_content, file, member))

    def read_zip(self, file: BinaryIO) -> None:
        """Read the directory of a zip file, and the metadata files that it names."""
        source = Bounded(file, self._limits)
        try:
            with zipfile.ZipFile(source) as archive:
                self._check_count(len(archive.infolist()))
                for info in archive.infolist():
                    if not info.is_dir():
                        read = partial(_zip_content, archive, info)
                        self._see(info.filename, is_regular=_is_regular(info), read=read)
        except zipfile.BadZipFile:
            raise UnreadableError(CUT_OFF if source.starts_as_zip() else NOT_AN_ARCHIVE) from None
        except _ERRORS:
            raise UnreadableError(NOT_AN_ARCHIVE) from None
        self._files.complete = True

    def _check_count(self, count: int) -> None:
        if count > self._limits.members:
            raise LimitError(f"it holds more than {self._limits.members:,} files")

    def _see(self, path: str, *, is_regular: bool, read: Callable[[int], bytes]) -> None:
        """Take notice of a file."""
        parts = [part for part in path.split("/") if part not in {"", "."}]
        if path.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", path):
            raise UnreadableError("it holds a file whose path leads out of its folder")
        if len(parts) == 1 or parts[0].startswith((".", "__MACOSX")):
            return
        self._root = self._root or parts[0]
        if parts[0] != self._root:
            return
        inner = parts[1:]
        if self._is_native(inner):
            self._files.compiled = True
        if place := self._place(inner):
            if not is_regular:
                raise UnreadableError(f"its {inner[-1]} is not a regular file")
            self._keep(place, inner[-1], read)

    def _is_native(self, inner: Sequence[str]) -> bool:
        """Tell whether a file is source text for a compiler, unless it lies beside the package."""
        *folders, file = (part.lower() for part in inner)
        if any(folder in _BESIDE and canonicalize_name(folder) != self._canonical for folder in folders):
            return False
        return posixpath.splitext(file)[1] in _NATIVE or file in _NATIVE_BUILDS

    def _place(self, inner: Sequence[str]) -> str | None:
        """Return what a path below the top folder is for; None for a file that is not read."""
        if len(inner) == 1:
            return _TOP.get(inner[0])
        *folders, egg_info, file = inner
        if len(folders) > 1 or not egg_info.endswith(".egg-info") or (folders and folders[0].lower() in _BESIDE):
            return None
        if canonicalize_name(egg_info.removesuffix(".egg-info")) != self._canonical:
            return None
        self._files.has_egg_info = True
        if self._wants_modules:
            return "top_level" if file == "top_level.txt" else None
        return _EGG_INFO.get(file)

    def _keep(self, place: str, name: str, read: Callable[[int], bytes]) -> None:
        """Read a metadata file."""
        most = self._limits.metadata
        content = read(most + 1)
        if len(content) > most:
            raise UnreadableError(f"its {name} is larger than {in_words(most)}")
        text = content.decode("utf-8-sig", errors="replace")
        if place == "meson":
            self._files.compiled |= bool(_MESON_LANGUAGES.search(text))
            return
        if place == "setup":
            self._files.compiled |= bool(_BUILDS_EXTENSIONS.search(re.sub(r"(?m)#.*$", "", text)))
        setattr(self._files, place, text)


_TOP = {
    "PKG-INFO": "pkg_info",
    "pyproject.toml": "pyproject",
    "setup.py": "setup",
    "setup.cfg": "setup_config",
    "meson.build": "meson",
}
_EGG_INFO = {"PKG-INFO": "egg_pkg_info", "requires.txt": "requires_txt"}


def _content(file: Forward, member: tarfile.TarInfo, most: int) -> bytes:
    file.seek(member.offset_data)
    left = min(member.size, most)
    blocks = []
    while left > 0:
        block = file.read(min(left, BLOCK))
        if not block:
            raise EOFError
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnreadableError(NOT_AN_ARCHIVE)  # the other decompressors of zipfile have no bound
    with archive.open(info) as file:
        return file.read(most)


def _is_regular(info: zipfile.ZipInfo) -> bool:
    return stat.S_IFMT(info.external_attr >> 16) in {0, stat.S_IFREG}
