"""Source distributions made in memory, as setuptools, hatchling and flit lay them out, and broken ones."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import pytest

from onelist.sources.installers import find_indexes
from tests.servers import JSON_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OLD = "Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n"
NEW = "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"


def pkg_info(template: str = OLD, *more: str, name: str = "course", version: str = "1.0") -> str:
    """Return the text of a PKG-INFO with some more lines."""
    return template.format(name=name, version=version) + "".join(f"{line}\n" for line in more)


def tar(files: Mapping[str, str], *, root: str = "course-1.0/", special: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """Return a tar file that is not compressed.

    Args:
        files: The content of each file, by its path below the top folder.
        root: The top folder.
        special: Further members, such as links.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(root + path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        for member in special:
            archive.addfile(member)
    return content.getvalue()


def tar_gz(files: Mapping[str, str], *, root: str = "course-1.0/", special: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """Return a tar file that gzip has compressed."""
    return gzip.compress(tar(files, root=root, special=special), 1)


def zipped(files: Mapping[str, str], *, root: str = "course-1.0/", method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """Return a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for path, text in files.items():
            archive.writestr(root + path, text)
    content.seek(0)
    return content


def link(path: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """Return a link for a tar file."""
    member = tarfile.TarInfo(path)
    member.type = kind
    member.linkname = target
    return member


def chunks(content: bytes, size: int = 1000) -> Iterator[bytes]:
    """Yield the content in pieces, as a server sends it."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def real_archive(name: str, version: str) -> bytes:
    """Return a source distribution of the package index; skip the test if the index cannot be reached."""
    page = find_indexes(None, []).indexes[0].address.rstrip("/") + f"/{name}/"
    try:
        with urlopen(Request(page, headers={"Accept": JSON_TYPE}), timeout=30) as response:  # noqa: S310 - the installers' own
            files = json.load(response)["files"]
        endings = (f"-{version}.tar.gz", f"-{version}.zip")
        address = next(urljoin(page, file["url"]) for file in files if file["filename"].endswith(endings))
        with urlopen(address, timeout=60) as response:  # noqa: S310 - where the index sends pip
            content: bytes = response.read()
    except (OSError, ValueError):
        pytest.skip("the package index cannot be reached")
    return content
