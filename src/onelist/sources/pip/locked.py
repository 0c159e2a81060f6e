"""The files of which pip takes one for a package of a solution, with their hashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from onelist.core.lock import LockedFile, LockedPackage
from onelist.core.secrets import public_address
from onelist.core.targets import wheel_tags
from onelist.core.text import printable, redact
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pypi.listing import sdist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from onelist.core.targets import Target
    from onelist.sources.installers import Index
    from onelist.sources.pip.prepared import PreparedProject
    from onelist.sources.pypi.listing import Listing

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def lock_release(
    project: PreparedProject, version: Version, targets: Sequence[Target], indexes: Sequence[Index]
) -> LockedPackage | SourceError:
    """Return a release with the files that pip takes on some machines.

    Args:
        project: The project.
        version: The version.
        targets: The machines.
        indexes: The package indexes.

    Returns:
        The release with each wheel that fits a machine, and with its source distribution if pip builds it on one; an
        error if the index has no SHA-256 of a file, or only an address with a secret.
    """
    listings: dict[str, Listing] = {}
    files = project.project.versions.get(version, ())
    for target in targets:
        taken = [one for one in files if one.is_taken(target.python, pinned=False)]
        taken = taken or [one for one in files if one.is_taken(target.python, pinned=True)]
        fitting = [one for one in taken if _fits(one, target)]
        source = sdist(taken)
        for one in fitting or ([source] if source else []):
            listings.setdefault(one.file.filename, one)
    locked = [_locked(project.project.name, one, indexes[one.source]) for one in listings.values()]
    if error := next((one for one in locked if isinstance(one, SourceError)), None):
        return error
    if not locked:
        return SourceError(kind=SourceErrorKind.NOT_FOUND, detail=f"{project.project.name} {version}")
    return LockedPackage(
        name=project.project.name,
        version=version,
        files=tuple(one for one in locked if isinstance(one, LockedFile)),
        targets=tuple(targets),
    )


def _fits(listing: Listing, target: Target) -> bool:
    """Tell whether a file is a wheel for a machine, with a name as PEP 427 has it."""
    try:
        return listing.is_wheel and not wheel_tags(target).isdisjoint(parse_wheel_filename(listing.file.filename)[3])
    except ValueError:  # InvalidWheelFilename, and numbers with thousands of digits
        return False


def _is_valid(listing: Listing) -> bool:
    try:
        return listing.is_wheel or bool(parse_sdist_filename(listing.file.filename))
    except ValueError:
        return False


def _locked(project: str, listing: Listing, index: Index) -> LockedFile | SourceError:
    from mousebender.simple import create_project_url

    file = listing.file
    if not _is_valid(listing):
        return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=f"{printable(file.filename)} is no sdist")
    url = public_address(urljoin(create_project_url(index.address, project), file.url))
    if redact(url) != url:
        return SourceError(kind=SourceErrorKind.UNEXPECTED_RESPONSE, detail=f"{file.filename} has a secret address")
    if not _SHA256.fullmatch(file.digest):
        return SourceError(kind=SourceErrorKind.NO_HASH, detail=file.filename)
    return LockedFile(
        name=file.filename, url=url, sha256=file.digest.lower(), size=file.size, is_wheel=listing.is_wheel
    )
