"""What a release brings to import: what its metadata declares (PEP 794), or the modules in its wheel."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, NamedTuple

from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pip.pages import best_file
from onelist.translation.import_names import shared_namespaces

if TYPE_CHECKING:
    from packaging.version import Version

    from onelist.core.targets import Target
    from onelist.sources.metadata.file_metadata import FileMetadata
    from onelist.sources.pip.pages import PipProject
    from onelist.sources.pypi.listing import Listing


class Modules(NamedTuple):
    """What a release brings to import.

    Attributes:
        names: The names that begin the imports, such as ``fastai`` and ``google.cloud.storage``.
        is_declared: Whether the metadata names them; otherwise the wheel has them.
    """

    names: frozenset[str]
    is_declared: bool

    def bring(self, module: str) -> bool:
        """Tell whether a module is among them, or a namespace that one of them is in."""
        return any(f"{module}.".startswith(f"{name}.") or name.startswith(f"{module}.") for name in self.names)


def read_modules(reader: FileMetadata, project: PipProject, version: Version, target: Target) -> Modules | SourceError:
    """Read what a release brings to import.

    Args:
        reader: Reads files of the index.
        project: The project.
        version: The version.
        target: The platform and Python: each may have a wheel of its own.

    Returns:
        What the metadata declares; else the modules of the wheel; where no wheel fits, those of a wheel for another
        machine, or those that the source distribution names; or why none is known.
    """
    listing = best_file(project, version, target, pinned=True)
    if listing is None:
        return SourceError(kind=SourceErrorKind.NOT_FOUND)
    if not listing.is_wheel:
        return _modules_without_wheel(reader, project, version, listing)
    text = reader.of_wheel(project.name, listing)
    if isinstance(text, bytes) and (declared := declared_modules(text)):
        return Modules(declared, is_declared=True)
    found = reader.modules_of_wheel(project.name, listing)
    return found if isinstance(found, SourceError) else Modules(found, is_declared=False)


def _modules_without_wheel(
    reader: FileMetadata, project: PipProject, version: Version, source: Listing
) -> Modules | SourceError:
    """Return what a release brings that pip builds."""
    other = next((one for one in project.versions.get(version, ()) if one.is_wheel), None)
    found = reader.modules_of_wheel(project.name, other) if other else reader.modules_of_sdist(project.name, source)
    if isinstance(found, SourceError):
        return found
    if not other and not found.isdisjoint(shared_namespaces()):  # it names google, and not what it has in it
        return SourceError(kind=SourceErrorKind.METADATA_UNKNOWN)
    return Modules(found, is_declared=False)


def declared_modules(metadata: bytes) -> frozenset[str]:
    """Return what metadata declares to import (core metadata, ``Import-Name``, PEP 794).

    Args:
        metadata: The content of METADATA.

    Returns:
        The names, those of private modules included: they are there all the same. Empty if it declares none.
    """
    message = BytesHeaderParser().parsebytes(metadata)
    lines = message.get_all("Import-Name", [])
    return frozenset(name for line in lines if (name := str(line).partition(";")[0].strip()))
