"""METADATA is found in a wheel without the list of its files, however the archive is written."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from onelist.sources.metadata.wheel_file import read_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"


def archive(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
        file.comment = comment
    return content


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
@pytest.mark.parametrize("comment", [b"", b"built by x", b"c" * 5000])
def test_it_is_found_with_each_compression_and_comment(method: int, comment: bytes) -> None:
    assert (
        read_metadata(archive({"x.py": b"a", "x-1.0.dist-info/METADATA": TEXT}, method=method, comment=comment)) == TEXT
    )


def test_it_is_found_among_many_files() -> None:
    files = {f"x/{number}.py": b"" for number in range(70_000)}  # more than the directory without Zip64 can count
    assert read_metadata(archive({**files, "x-1.0.dist-info/METADATA": TEXT})) == TEXT


@pytest.mark.parametrize(
    "files",
    [
        {"x.py": b""},
        {"x-1.0.dist-info/METADATA": TEXT, "y-1.0.dist-info/METADATA": TEXT},
        {"vendored/x-1.0.dist-info/METADATA": TEXT},
        {"x-1.0.dist-info/METADATA.txt": TEXT},
        {"x-1.0.dist-info/METADATA": b" " * ((1 << 20) + 1)},
    ],
    ids=["none", "two", "deeper", "another name", "too large"],
)
def test_a_wheel_without_exactly_one_has_none(files: Mapping[str, bytes]) -> None:
    assert read_metadata(archive(files)) == b""


def test_a_name_in_the_data_of_a_file_is_not_taken_for_one() -> None:
    files = {"notes": b"PK\x01\x02" + bytes(42) + b"y-2.0.dist-info/METADATA", "x-1.0.dist-info/METADATA": TEXT}
    assert read_metadata(archive(files, method=zipfile.ZIP_STORED)) == TEXT


def test_a_bomb_is_not_unpacked() -> None:
    content = archive({"x-1.0.dist-info/METADATA": bytes(1 << 26)}).getvalue()
    forged = content.replace((1 << 26).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert len(read_metadata(io.BytesIO(forged))) <= 1 << 20


@pytest.mark.parametrize("content", [b"", b"<html>Log in</html>", b"PK\x05\x06" + bytes(10), b"\x00" * 5000])
def test_what_is_no_archive_is_an_error(content: bytes) -> None:
    with pytest.raises((zipfile.BadZipFile, ValueError, OSError)):
        read_metadata(io.BytesIO(content))


@pytest.mark.parametrize("name", [b"x-1.0.dist-info/METADATA\0.txt", b"x-1.0.dist-info/METADATAPK\x01\x02"])
def test_an_entry_that_the_length_of_another_name_hides_is_not_found(name: bytes) -> None:
    """zipfile goes from entry to entry; so does pip."""
    hidden = archive({"y-1.0.dist-info/METADATA": TEXT}).getvalue()
    at = hidden.index(b"PK\x01\x02")
    wheel = archive({"a" * (len(hidden) - 22 - at): b"", "x" * len(name): b""}, method=zipfile.ZIP_STORED).getvalue()
    wheel = wheel.replace(b"a" * (len(hidden) - 22 - at), hidden[at:-22]).replace(b"x" * len(name), name)
    assert read_metadata(io.BytesIO(wheel)) == b""


def test_what_stands_in_front_of_an_archive_moves_its_directory() -> None:
    """Two archives in one file: zipfile, and so pip, reads the second one."""
    first = archive({"x-1.0.dist-info/METADATA": b"another" + TEXT}, method=zipfile.ZIP_STORED).getvalue()
    second = archive({"x-1.0.dist-info/METADATA": TEXT}, method=zipfile.ZIP_STORED).getvalue()
    assert read_metadata(io.BytesIO(first + second)) == TEXT


def test_rubbish_in_a_wheel_that_zipfile_reads_is_a_bad_archive() -> None:
    wheel = bytearray(archive({"x-1.0.dist-info/METADATA": TEXT * 9}, comment=b"c" * 5000).getvalue())
    at = wheel.index(b"METADATA") + len(b"METADATA")
    wheel[at : at + 8] = b"\xff" * 8
    with pytest.raises(zipfile.BadZipFile):
        read_metadata(io.BytesIO(wheel))


def test_a_wheel_with_a_password_is_a_bad_archive() -> None:
    wheel = bytearray(archive({"x-1.0.dist-info/METADATA": TEXT}, comment=b"c" * 5000).getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        wheel[wheel.index(signature) + flags] |= 1
    with pytest.raises(zipfile.BadZipFile):
        read_metadata(io.BytesIO(wheel))
