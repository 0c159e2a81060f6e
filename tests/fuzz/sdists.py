"""Targets: source distributions: the files with their metadata, and archives (tar, zip) of any structure."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import Any

from hypothesis import strategies as st

from onelist.core.text import harmless
from onelist.sources.metadata.sdist import SdistLimits, SourceMetadata, SourceUnknown, read_tar, read_zip
from onelist.sources.metadata.source_metadata import SourceFiles
from onelist.sources.pip.metadata import RefusedMetadata, judge
from tests.fuzz.inputs import HOSTILE, bytes_damaged, damaged_text
from tests.fuzz.target import Target
from tests.fuzz.wheels import METADATA

REQUIRES = """\
numpy>=1.21,<3
local @ https://example.org/local-1.0.tar.gz

[:python_version < "3.13"]
tomli; sys_platform == "linux"

[test]
pytest>=7

[test:platform_system == "Windows"]
colorama
"""
PYPROJECT = """\
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.9"
dynamic = ["readme"]
dependencies = ["numpy>=1.21"]
[project.optional-dependencies]
test = ["pytest"]
"""
SETUP = """\
from setuptools import setup, find_packages
REQUIRES = ["numpy>=1.21", "six"]
extras = {"test": ["pytest"], ":python_version<'3'": "enum34"}
setup(name="demo", version="1.0", install_requires=REQUIRES, extras_require=extras, python_requires=">=3.9")
"""
CONFIG = """\
[metadata]
name = demo
version = 1.0
[options]
install_requires =
    numpy>=1.21
    six; python_version < "3"
[options.extras_require]
test = pytest
"""
_WORDS = (
    *(
        "[",
        "]",
        ":",
        "[x",
        "[x:y]",
        "[:]",
        "#",
        "=",
        '"""',
        "\n[a]\nb\n",
        "Dynamic: Requires-Dist\n",
        "Metadata-Version: 2.2\n",
    ),
    *(
        "\nRequires-Dist: ",
        "if x:\n",
        "open('x').read()",
        "setup(**x)",
        "lambda: 0",
        "*",
        "%(x)s",
        "%",
        "__import__('os')",
    ),
    *(
        "(" * 300,
        "-" * 300,
        "1" * 5000,
        "\\",
        "\x0c",
        "\x85",
        "\ufeff",
        "\t",
        "[project]\n",
        "dependencies = 1\n",
        "{a = {b",
    ),
    *HOSTILE,
)
_LIMITS = SdistLimits(packed=1 << 20, unpacked=1 << 21, members=50, metadata=1 << 12, directory=1 << 12)
_PLACES = {
    "PKG-INFO": METADATA,
    "demo.egg-info/PKG-INFO": METADATA.replace("2.4", "1.2"),
    "demo.egg-info/requires.txt": REQUIRES,
    "pyproject.toml": PYPROJECT,
    "setup.py": SETUP,
    "setup.cfg": CONFIG,
    "meson.build": "project('demo', 'c')\n",
    "src/demo.c": "",
}


def _check(found: SourceMetadata | SourceUnknown) -> None:
    """What is found can be shown, and read as METADATA of a wheel."""
    if isinstance(found, SourceUnknown):
        assert harmless(found.reason) == found.reason
        return
    judged = judge(found.render(), name="demo", version="1.0", python=(3, 12))
    if isinstance(judged, RefusedMetadata):
        assert harmless(judged.reason) == judged.reason
    else:
        assert len(judged.requires_dist) <= len(found.requires_dist)


def check_files(**texts: str | None) -> None:
    """The metadata files of a source distribution say what it requires, or nothing is known."""
    files = SourceFiles(has_egg_info=texts["requires_txt"] is not None, complete=True)
    for place, text in texts.items():
        if text is not None:
            setattr(files, place, text)
    _check(files.interpret(name="demo", version="1.0"))


def check_tar(archive: bytes, size: int) -> None:
    """An archive is read alike however its bytes come in; nothing is raised."""
    parts = [archive[at : at + size] for at in range(0, len(archive), size)]
    found = read_tar(iter(parts), name="demo", version="1.0", limits=_LIMITS)
    assert found == read_tar(iter([archive]), name="demo", version="1.0", limits=_LIMITS)
    _check(found)


def check_zip(archive: bytes) -> None:
    """An archive is read; nothing is raised."""
    _check(read_zip(io.BytesIO(archive), name="demo", version="1.0", limits=_LIMITS))


@st.composite
def _members(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    """Draw the files of an archive by their paths."""
    folder = draw(
        st.sampled_from(["demo-1.0/", "demo-1.0/", "demo-1.0/", "./demo-1.0/", "", "/", "../", "C:/", "\udc80/"])
    )
    members = []
    for place in draw(st.lists(st.sampled_from(list(_PLACES)), max_size=6)):
        text = draw(damaged_text(_PLACES[place], _WORDS)) if draw(st.integers(0, 3)) == 0 else _PLACES[place]
        content = text.encode("utf-8", "surrogatepass") * draw(st.sampled_from([1, 1, 1, 1, 9]))
        members.append((folder + draw(st.sampled_from([place] * 6 + [f"x/{place}", f"x/../{place}"])), content))
    return members


_LINKS = ("PKG-INFO", "/etc/passwd", "../../x", "setup.py", "", "demo-1.0/PKG-INFO")
_TYPES = (*(tarfile.REGTYPE,) * 8, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE)
_PACKED: Any = (
    bytes,
    gzip.compress,
    gzip.compress,
    bz2.compress,
    lzma.compress,
    lambda one: lzma.compress(one, lzma.FORMAT_ALONE),
)


@st.composite
def _tars(draw: st.DrawFn) -> bytes:
    content = io.BytesIO()
    form = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]))
    with tarfile.open(fileobj=content, mode="w", format=form, errors="surrogateescape") as archive:
        for path, text in draw(_members()):
            member = tarfile.TarInfo(path)
            member.type = draw(st.sampled_from(_TYPES))
            member.linkname = draw(st.sampled_from(_LINKS)) if member.type in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            member.size = len(text) if member.type == tarfile.REGTYPE else 0
            if form == tarfile.PAX_FORMAT and draw(st.integers(0, 5)) == 0:
                keys = st.sampled_from(
                    ["size", "path", "hdrcharset", "GNU.sparse.map", "GNU.sparse.major", "mtime", "x"]
                )
                member.pax_headers = draw(
                    st.dictionaries(keys, st.sampled_from(["1", "-1", "0,1", "x", "BINARY", "1" * 30]))
                )
            archive.addfile(member, io.BytesIO(text))
    packed = draw(st.sampled_from(_PACKED))(draw(bytes_damaged(content.getvalue())))
    return draw(bytes_damaged(packed))


@st.composite
def _zips(draw: st.DrawFn) -> bytes:
    content = io.BytesIO()
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in {path: text for path, text in draw(_members()) if path.isprintable()}.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = draw(st.sampled_from(methods))
            info.external_attr = draw(st.sampled_from([0, 0o100644, 0o120777, 0o010644])) << 16
            archive.writestr(info, text)
    return draw(bytes_damaged(content.getvalue()))


def _or_none(text: str) -> st.SearchStrategy[str | None]:
    """Return how a file is damaged, as it is when it has been decoded."""
    decoded = damaged_text(text, _WORDS).map(lambda one: one.encode(errors="replace").decode())
    return decoded | st.sampled_from([None, text])


TARGETS = (
    Target(
        name="sdist-files",
        inputs={
            "pkg_info": _or_none(METADATA),
            "egg_pkg_info": _or_none(METADATA.replace("2.4", "1.2")),
            "requires_txt": _or_none(REQUIRES),
            "pyproject": _or_none(PYPROJECT),
            "setup": _or_none(SETUP),
            "setup_config": _or_none(CONFIG),
        },
        check=check_files,
    ),
    Target(name="sdist-tar", inputs={"archive": _tars(), "size": st.sampled_from([1, 7, 512, 5000])}, check=check_tar),
    Target(name="sdist-zip", inputs={"archive": _zips()}, check=check_zip),
)
