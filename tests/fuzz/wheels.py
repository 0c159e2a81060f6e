"""Targets: wheels of any structure, and the METADATA file in them, as pip and uv would read it."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from onelist.core.text import harmless
from onelist.sources.metadata import wheel_file
from onelist.sources.pip.metadata import JudgedMetadata, RefusedMetadata, judge
from tests.fuzz.inputs import HOSTILE, bytes_damaged, damaged_bytes
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

METADATA = """\
Metadata-Version: 2.4
Name: demo
Version: 1.0
Requires-Python: >=3.9
Provides-Extra: test
Requires-Dist: numpy>=1.21,<3
Requires-Dist: requests[socks] (>=2.0) ; python_version < "3.13" and extra == "test"
Requires-Dist: local @ https://example.org/local-1.0.tar.gz ; sys_platform == 'win32'
License-Expression: MIT
Description-Content-Type: text/markdown

# Demo
Requires-Dist: not-a-requirement
"""
_WORDS = (
    *(
        "Requires-Dist: ",
        "Name: x\n",
        "Version: ",
        "\n ",
        "\n\n",
        "\r",
        ";",
        " ; ",
        " @ ",
        "[",
        "]",
        "(",
        ")",
        ",",
        "==",
    ),
    *("python_version", "extra == ", "in '3'", "~= ", "===1", "not in", "implementation_name", "UNKNOWN", "%", "='"),
    *(
        "platform_release >= '5'",
        "os_name",
        "1" * 25,
        "1.*",
        "!=",
        "<0.dev0",
        "=?utf-8?q?x?=",
        "\ufeff",
        "\x0c",
        "\x85",
    ),
    *HOSTILE,
)


def check_metadata(text: bytes) -> None:
    """Metadata is accepted or refused; what is written for uv again is accepted, and says the same."""
    for python in ((3, 9), (3, 15)):
        found = judge(text, name="demo", version="1.0", python=python)
        if isinstance(found, RefusedMetadata):
            assert harmless(found.reason) == found.reason
            assert len(found.reason) < 300
            continue
        again = judge(found.text, name="demo", version="1.0", python=python)
        assert isinstance(again, JudgedMetadata), again
        assert _in_one_line(again.requires_dist) == _in_one_line(found.requires_dist)
        assert again.provides_extra == found.provides_extra
        assert _in_one_line([again.requires_python]) == _in_one_line([found.requires_python])


def _in_one_line(texts: Iterable[str]) -> list[str]:
    return [" ".join(text.split()) for text in texts]


def check_wheel(wheel: bytes) -> None:
    """A wheel is read, or it is said that it cannot be; what is read is what zipfile reads there, as pip does."""
    errors = (OSError, zipfile.BadZipFile, ValueError, NotImplementedError)
    try:
        found = wheel_file.read_metadata(io.BytesIO(wheel))
    except errors:
        return
    with contextlib.suppress(*errors, zlib.error, EOFError, RuntimeError):
        assert found == wheel_file._with_zipfile(io.BytesIO(wheel))  # noqa: SLF001 - the slow way of the same function


@st.composite
def _wheels(draw: st.DrawFn) -> bytes:
    names = st.sampled_from(
        [
            "demo-1.0.dist-info/METADATA",
            "demo-1.0.dist-info/METADATA",
            "other.dist-info/METADATA",
            "demo/x.dist-info/METADATA",
            ".dist-info/METADATA",
            "demo-1.0.dist-info/METADATA.txt",
            "d\u00e9mo.dist-info/METADATA",
            "demo.py",
        ]
    )
    content = io.BytesIO(draw(st.sampled_from([b"", b"", b"#!/bin/sh\n", b"PK\x05\x06"])))
    content.seek(0, io.SEEK_END)
    with zipfile.ZipFile(content, "a") as archive:
        for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
            info = zipfile.ZipInfo(name)
            info.compress_type = draw(
                st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
            )
            info.comment = draw(st.sampled_from([b"", b"PK\x01\x02", b".dist-info/METADATA"]))
            info.extra = draw(st.sampled_from([b"", b"\x01\x00\x00\x00", b"\x99\x99\x02\x00ab"]))
            with archive.open(info, "w", force_zip64=draw(st.booleans())) as member:
                member.write(METADATA.encode() * draw(st.sampled_from([0, 1, 1, 30])))
        archive.comment = draw(st.sampled_from([b"", b"", b"comment", b"PK\x05\x06" + bytes(18), b"x" * 2000]))
    return draw(bytes_damaged(content.getvalue()))


TARGETS = (
    Target(name="metadata", inputs={"text": damaged_bytes(METADATA, _WORDS)}, check=check_metadata),
    Target(name="wheel", inputs={"wheel": _wheels()}, check=check_wheel),
)
