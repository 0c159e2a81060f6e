"""Source distributions are read without running them: what they require, and whether a compiler is likely."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from email.parser import HeaderParser
from typing import TYPE_CHECKING, BinaryIO

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onelist.sources.metadata.sdist import (
    SdistLimits,
    SourceMetadata,
    SourceUnknown,
    modules_of_tar,
    modules_of_zip,
    read_tar,
    read_zip,
)
from onelist.sources.solution import Compiler
from tests.sources.metadata.archives import NEW, OLD, chunks, link, pkg_info, real_archive, tar, tar_gz, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EGG = "course.egg-info/"
SETUPTOOLS = {"PKG-INFO": pkg_info(), "setup.py": "setup()", EGG + "PKG-INFO": pkg_info(), EGG + "SOURCES.txt": ""}
SMALL = SdistLimits(packed=200_000, unpacked=400_000, members=50, metadata=2_000, directory=20_000)


def from_tar(files: Mapping[str, str]) -> SourceMetadata | SourceUnknown:
    return read_tar(chunks(tar_gz(files)), name="course", version="1.0")


def from_zip(files: Mapping[str, str]) -> SourceMetadata | SourceUnknown:
    return read_zip(zipped(files), name="course", version="1.0")


@pytest.fixture(params=[from_tar, from_zip], ids=["tar", "zip"])
def read(request: pytest.FixtureRequest) -> Callable[[Mapping[str, str]], SourceMetadata | SourceUnknown]:
    function: Callable[[Mapping[str, str]], SourceMetadata | SourceUnknown] = request.param
    return function


def requires(found: SourceMetadata | SourceUnknown) -> tuple[str, ...]:
    assert isinstance(found, SourceMetadata), found
    return found.requires_dist


def reason(found: SourceMetadata | SourceUnknown) -> str:
    assert isinstance(found, SourceUnknown), found
    return found.reason


# --- where the requirements are written, in the order in which they count -----------------------------------------


ORDER = [
    pytest.param(
        {
            "PKG-INFO": pkg_info(NEW, "Requires-Dist: one"),
            EGG + "requires.txt": "two\n",
            "pyproject.toml": '[project]\ndependencies = ["three"]',
        },
        ("one",),
        id="PKG-INFO of metadata 2.2 or newer is certain",
    ),
    pytest.param({"PKG-INFO": pkg_info(NEW)}, (), id="and certain that there are none"),
    pytest.param(
        {"PKG-INFO": pkg_info(NEW, "Dynamic: requires-dist", "Requires-Dist: one"), EGG + "requires.txt": "two\n"},
        ("two",),
        id="unless it says that they are dynamic",
    ),
    pytest.param(
        {"PKG-INFO": pkg_info(OLD, "Requires-Dist: one"), EGG + "requires.txt": "two\n"},
        ("two",),
        id="requires.txt before an old PKG-INFO",
    ),
    pytest.param(
        {**SETUPTOOLS, "PKG-INFO": pkg_info(OLD, "Requires-Dist: one (>=1)", "Requires-Dist:\n  two")},
        ("one (>=1)", "two"),
        id="an old PKG-INFO that has some",
    ),
    pytest.param(
        {"PKG-INFO": pkg_info(), "pyproject.toml": '[project]\nname = "course"\ndependencies = ["three"]'},
        ("three",),
        id="pyproject.toml",
    ),
    pytest.param(
        {"PKG-INFO": pkg_info(), "pyproject.toml": '[project]\nname = "course"'}, (), id="pyproject.toml without any"
    ),
    pytest.param(SETUPTOOLS, (), id="a folder egg-info without requires.txt"),
    pytest.param(
        {"PKG-INFO": pkg_info(), "lib/course.egg-info/requires.txt": "two\n"}, ("two",), id="egg-info in a folder"
    ),
]


@pytest.mark.parametrize(("files", "expected"), ORDER)
def test_the_first_file_that_is_certain_counts(files: dict[str, str], expected: tuple[str, ...]) -> None:
    backwards = dict(reversed(files.items()))
    assert requires(from_tar(files)) == requires(from_tar(backwards)) == requires(from_zip(files)) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"PKG-INFO": pkg_info(), "setup.py": "setup()"},
        {"PKG-INFO": pkg_info(), "setup.cfg": "[metadata]\nname = course\n"},
        {"PKG-INFO": pkg_info(), "pyproject.toml": '[project]\nname = "course"\ndynamic = ["dependencies"]'},
        {"PKG-INFO": pkg_info(), "pyproject.toml": "[project\n"},
        {"PKG-INFO": pkg_info(), "pyproject.toml": "[tool.flit]\n"},
        {"PKG-INFO": pkg_info(), "pyproject.toml": "project = 1\n"},
        {"PKG-INFO": pkg_info(), "tests/course.egg-info/requires.txt": "two\n"},
        {"PKG-INFO": pkg_info(), "other.egg-info/requires.txt": "two\n"},
        {"PKG-INFO": pkg_info(), "a/b/course.egg-info/requires.txt": "two\n"},
    ],
)
def test_what_no_file_says_is_unknown(
    read: Callable[..., SourceMetadata | SourceUnknown], files: dict[str, str]
) -> None:
    assert reason(read(files)) == "it has no metadata that says its dependencies"


def test_sections_of_requires_txt_become_markers_as_setuptools_makes_them() -> None:
    text = (
        "six>=1.0\n# no\n\n[:python_version < '3']\nfutures\n\n[Dev_Tools]\npytest; python_version > '3'\n"
        '[Dev_Tools:sys_platform == "win32" or os_name == "nt"]\ncolorama\n\n[empty]\n\n[:a]\nb @ https://c/d;e\n'
        "[:sys_platform == 'linux']\nx;python_version<'4'\n"
    )
    found = from_tar({**SETUPTOOLS, EGG + "requires.txt": text})
    assert requires(found) == (
        "six>=1.0",
        "futures ; python_version < '3'",
        "pytest ; (python_version > '3') and extra == \"dev-tools\"",
        'colorama ; (sys_platform == "win32" or os_name == "nt") and extra == "dev-tools"',
        "b @ https://c/d;e ; a",
        "x ; (python_version<'4') and (sys_platform == 'linux')",
    )
    assert isinstance(found, SourceMetadata)
    assert found.provides_extra == ("dev-tools", "empty")


def test_extras_of_pyproject_become_markers() -> None:
    text = '[project]\nrequires-python = ">=3.9"\noptional-dependencies = {Full = ["a>1; os_name == \'nt\'"], no = 3}'
    found = from_tar({"PKG-INFO": pkg_info(), "pyproject.toml": text})
    assert requires(found) == ("a>1 ; (os_name == 'nt') and extra == \"full\"",)
    assert isinstance(found, SourceMetadata)
    assert (found.provides_extra, found.requires_python) == (("full", "no"), ">=3.9")


def test_the_metadata_of_real_layouts(read: Callable[..., SourceMetadata | SourceUnknown]) -> None:
    lines = ("Requires-Python: >=3.8", "Provides-Extra: test", 'Requires-Dist: pytest; extra == "test"')
    hatchling = {
        "src/course/__init__.py": "",
        "tests/native.c": "",
        "pyproject.toml": "[project]\ndynamic=['version']",
        "PKG-INFO": pkg_info(NEW, *lines, "Requires-Dist: six", "", "# Course", "Name: other"),
    }
    flit = {"course.py": "", "pyproject.toml": "", "PKG-INFO": pkg_info(OLD, *lines, "Requires-Dist: six")}
    expected = SourceMetadata(
        name="course",
        version="1.0",
        requires_python=">=3.8",
        requires_dist=('pytest; extra == "test"', "six"),
        provides_extra=("test",),
        compiler=Compiler.NO,
    )
    assert read(hatchling) == read(flit) == expected


def test_the_metadata_is_rendered_as_that_of_a_wheel() -> None:
    found = from_tar(
        {"PKG-INFO": pkg_info(NEW, "Requires-Python: >=3.8", "Requires-Dist: é;\n os_name == 'nt'", "A: b")}
    )
    assert isinstance(found, SourceMetadata)
    message = HeaderParser().parsestr(found.render().decode())
    assert message.items() == [
        ("Metadata-Version", "2.1"),
        ("Name", "course"),
        ("Version", "1.0"),
        ("Requires-Python", ">=3.8"),
        ("Requires-Dist", "é; os_name == 'nt'"),
    ]


# --- compilers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("src/course/fast.c", "", Compiler.LIKELY),
        ("course/fast.PYX", "", Compiler.LIKELY),
        ("fast.f90", "", Compiler.LIKELY),
        ("rust/Cargo.toml", "", Compiler.LIKELY),
        ("CMakeLists.txt", "", Compiler.LIKELY),
        ("meson.build", "project('course', 'c', 'cython', version: '1')", Compiler.LIKELY),
        ("meson.build", "project(\n  'course', ['cpp'])", Compiler.LIKELY),
        ("meson.build", "project('course', version: '1')", Compiler.NO),
        ("meson.build", "project('course')\nadd_languages('fortran')", Compiler.LIKELY),
        ("setup.py", "setup(ext_modules=[x])", Compiler.LIKELY),
        ("setup.py", "setup(**{'ext_modules': y})", Compiler.LIKELY),
        ("setup.py", "e = setuptools.Extension('x', [])", Compiler.LIKELY),
        ("setup.py", "setup(ext_modules = cythonize('x'))", Compiler.LIKELY),
        ("setup.py", "setup(ext_modules=[])  # ext_modules=y", Compiler.NO),
        ("setup.py", "setup(ext_modules=None)", Compiler.NO),
        ("setup.py", "from setuptools import Extension, setup", Compiler.NO),
        ("course/setup.py", "setup(ext_modules=[x])", Compiler.NO),
        ("tests/data/fast.c", "", Compiler.NO),
        ("docs/fast.c", "", Compiler.NO),
        ("Examples/x/CMakeLists.txt", "", Compiler.NO),
        ("course/data.h", "", Compiler.NO),
        ("course/fast.c.txt", "", Compiler.NO),
    ],
)
def test_a_compiler_is_likely_where_native_sources_are_built(
    read: Callable[..., SourceMetadata | SourceUnknown], path: str, text: str, expected: Compiler
) -> None:
    found = read({**SETUPTOOLS, path: text})
    assert isinstance(found, SourceMetadata)
    assert found.compiler is expected


def test_a_package_that_is_called_demo_builds_its_own_folder() -> None:
    files = {"PKG-INFO": pkg_info(NEW, name="demo"), "demo/x.c": ""}
    found = read_tar(chunks(tar_gz(files, root="demo-1.0/")), name="demo", version="1.0")
    assert isinstance(found, SourceMetadata)
    assert found.compiler is Compiler.LIKELY


# --- names and versions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("other", "1.0", "its metadata is about other 1.0, another project"),
        ("course", "2.0", "its metadata is about course 2.0, another version"),
        ("course", "no", "its metadata is about course no, another version"),
        ("course", "9" * 5000, f"its metadata is about course {'9' * 73}, another version"),
        ("\x1b[2J", "1.0", "its metadata is about \\x1b[2J 1.0, another project"),
        ("course", "", "its metadata has no name or no version"),
        ("UNKNOWN", "1.0", "its metadata has no name or no version"),
    ],
)
def test_metadata_about_something_else_is_unknown(
    read: Callable[..., SourceMetadata | SourceUnknown], name: str, version: str, expected: str
) -> None:
    assert reason(read({"PKG-INFO": pkg_info(NEW, name=name, version=version)})) == expected


@pytest.mark.parametrize(
    ("name", "version", "asked"),
    [
        ("My.Course", "1.0", ("my-course", "1.0.0")),
        ("my_course", "1.14.19-2", ("My-Course", "1.14.19.post2")),
        ("course", "2004d", ("course", "2004d")),
    ],
)
def test_the_same_name_and_version_may_be_written_in_another_way(
    name: str, version: str, asked: tuple[str, str]
) -> None:
    content = tar_gz({"PKG-INFO": pkg_info(NEW, name=name, version=version)}, root="whatever/")
    found = read_tar(chunks(content), name=asked[0], version=asked[1])
    assert isinstance(found, SourceMetadata)
    assert (found.name, found.version) == (name, version)


# --- bad input -----------------------------------------------------------------------------------------------------


def test_an_archive_without_metadata_is_unknown(read: Callable[..., SourceMetadata | SourceUnknown]) -> None:
    expected = "it has no metadata (PKG-INFO)"
    assert reason(read({"setup.py": "raise SystemExit"})) == expected
    assert reason(read({"course/PKG-INFO": pkg_info(NEW)})) == expected


def test_a_plain_setup_py_is_enough_where_there_is_no_metadata(
    read: Callable[..., SourceMetadata | SourceUnknown],
) -> None:
    script = "from setuptools import setup\nsetup(name='course', version='1.0', install_requires=['six'])\n"
    found = read({"setup.py": script, "course/__init__.py": ""})
    assert isinstance(found, SourceMetadata)
    assert (found.name, found.version, found.requires_dist) == ("course", "1.0", ("six",))


def test_only_the_metadata_of_egg_info_is_enough() -> None:
    assert requires(from_tar({EGG + "PKG-INFO": pkg_info(), EGG + "requires.txt": "six"})) == ("six",)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("size", [1, 511, 1 << 20])
def test_each_compression_is_read_from_chunks_of_each_size(compress: Callable[[bytes], bytes], size: int) -> None:
    content = compress(tar(SETUPTOOLS))
    assert requires(read_tar(chunks(content, size), name="course", version="1.0")) == ()


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_was_cut_off_is_unknown_wherever_it_was_cut(compress: Callable[[bytes], bytes]) -> None:
    content = compress(tar({"course/x.py": "x = 1\n" * 50, **SETUPTOOLS}))
    end = len(content.rstrip(b"\0"))
    for length in range(1, end, 97):
        found = read_tar(iter([content[:length]]), name="course", version="1.0")
        assert reason(found) in {"it was cut off by the server", "it cannot be read as an archive"}
    found = read_tar(iter([content[: end // 2]]), name="course", version="1.0")
    assert reason(found) == "it was cut off by the server"


def test_the_error_of_a_connection_is_left_to_who_has_the_connection() -> None:
    def broken() -> Iterator[bytes]:
        yield tar_gz(SETUPTOOLS)[:100]
        raise ConnectionResetError

    class Broken(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        read_tar(broken(), name="course", version="1.0")
    with pytest.raises(ConnectionResetError):
        read_zip(Broken(zipped(SETUPTOOLS).getvalue()), name="course", version="1.0")


def test_a_zip_file_that_was_cut_off_is_unknown() -> None:
    cut = io.BytesIO(zipped(SETUPTOOLS).getvalue()[:-30])
    assert reason(read_zip(cut, name="course", version="1.0")) == "it was cut off by the server"


@pytest.mark.parametrize("content", [b"", b"<html>Log in</html>", b"\x1f\x8brubbish", b"BZh9rubbish"])
def test_rubbish_is_no_archive(content: bytes) -> None:
    expected = "it cannot be read as an archive"
    assert reason(read_tar(iter([content] if content else []), name="course", version="1.0")) in {
        expected,
        "it was cut off by the server",
    }
    assert reason(read_zip(io.BytesIO(content), name="course", version="1.0")) == expected


def test_a_damaged_header_is_not_taken_for_the_end() -> None:
    content = tar({**SETUPTOOLS, EGG + "requires.txt": "six"})
    damaged = content.replace(b"course-1.0/course.egg-info/requires.txt", b"course-1.0/course.egg-info/requires.tar")
    for packed in (damaged, gzip.compress(damaged)):
        found = read_tar(chunks(packed), name="course", version="1.0")
        assert reason(found) == "it cannot be read as an archive"


DAMAGED = [tar_gz(SETUPTOOLS), tar(SETUPTOOLS), bz2.compress(tar(SETUPTOOLS)), zipped(SETUPTOOLS).getvalue()]


@given(st.sampled_from(DAMAGED), st.integers(0, 20_000), st.binary(max_size=600), st.integers(0, 600))
def test_whatever_is_damaged_the_answer_is_a_value(content: bytes, place: int, put: bytes, removed: int) -> None:
    place %= len(content)
    damaged = content[:place] + put + content[place + removed :]
    from_stream = read_tar(chunks(damaged), name="course", version="1.0")
    from_file = read_zip(io.BytesIO(damaged), name="course", version="1.0")
    assert {type(from_stream), type(from_file)} <= {SourceMetadata, SourceUnknown}


def test_a_compressed_bomb_is_not_unpacked() -> None:
    member = tarfile.TarInfo("course-1.0/zeros")
    member.size = 10 << 30
    start = member.tobuf() + b"\0" * 3_000_000
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        found = read_tar(iter([compress(start)]), name="course", version="1.0", limits=SMALL)
        assert reason(found) == "it is larger than 400000 bytes when it is unpacked"


def test_what_is_read_is_bounded_by_default_too() -> None:
    assert SdistLimits() == (64 << 20, 256 << 20, 20_000, 1 << 20, 4 << 20)
    member = tarfile.TarInfo("course-1.0/zeros")
    member.size = 500 << 20
    found = read_tar(iter([gzip.compress(member.tobuf())]), name="course", version="1.0")
    assert reason(found) == "it is larger than 256 MB when it is unpacked"


def test_a_huge_file_is_read_up_to_the_limit_only() -> None:
    count = 0

    def endless() -> Iterator[bytes]:
        nonlocal count
        big = tarfile.TarInfo("course-1.0/noise")
        big.size = 300_000
        yield big.tobuf()
        while True:
            count += 1000
            yield b"x" * 1000

    found = read_tar(endless(), name="course", version="1.0", limits=SMALL)
    assert reason(found) == "it is larger than 200000 bytes"
    assert count < 250_000


def test_what_was_certain_before_a_limit_holds_but_the_compiler_is_unknown() -> None:
    big = tarfile.TarInfo("course-1.0/zeros")
    big.size = 1 << 30
    content = tar_gz({"PKG-INFO": pkg_info(NEW, "Requires-Dist: six")}, special=[big])
    found = read_tar(chunks(content), name="course", version="1.0", limits=SMALL)
    assert isinstance(found, SourceMetadata)
    assert (found.requires_dist, found.compiler) == (("six",), Compiler.UNKNOWN)


def test_reading_stops_when_all_is_known() -> None:
    def first() -> Iterator[bytes]:
        yield tar({"PKG-INFO": pkg_info(NEW), "x.c": "", "y.py": "x" * 200_000})[:150_000]
        raise AssertionError

    found = read_tar(first(), name="course", version="1.0")
    assert isinstance(found, SourceMetadata)
    assert found.compiler is Compiler.LIKELY


def test_the_number_of_files_is_bounded() -> None:
    files = {f"{number}.py": "" for number in range(51)} | SETUPTOOLS
    expected = "it holds more than 50 files"
    assert reason(read_tar(chunks(tar_gz(files)), name="course", version="1.0", limits=SMALL)) == expected
    assert reason(read_zip(zipped(files), name="course", version="1.0", limits=SMALL)) == expected


def test_each_metadata_file_is_bounded() -> None:
    files = {"PKG-INFO": pkg_info(NEW, "Summary: " + "x" * 2000)}
    expected = "its PKG-INFO is larger than 2000 bytes"
    assert reason(read_tar(chunks(tar_gz(files)), name="course", version="1.0", limits=SMALL)) == expected
    assert reason(read_zip(zipped(files), name="course", version="1.0", limits=SMALL)) == expected


def test_the_directory_of_a_zip_file_is_bounded() -> None:
    files = {f"{'x' * 5000}{number}": "" for number in range(9)}
    found = read_zip(zipped(files), name="course", version="1.0", limits=SMALL)
    assert reason(found) == "its directory is larger than 20000 bytes"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.py", "course-1.0/../../x.py", "C:/x.py", "\\\\host\\x.py"])
def test_a_path_out_of_the_archive_is_refused(path: str) -> None:
    expected = "it holds a file whose path leads out of its folder"
    assert reason(read_zip(zipped({path: "", **SETUPTOOLS}, root=""), name="course", version="1.0")) == expected
    content = tar_gz({path: "", **SETUPTOOLS}, root="")
    assert reason(read_tar(chunks(content), name="course", version="1.0")) == expected


@pytest.mark.parametrize(
    ("path", "target", "kind"),
    [
        ("course-1.0/x", "/etc/passwd", tarfile.SYMTYPE),
        ("course-1.0/x", "../../etc/passwd", tarfile.SYMTYPE),
        ("course-1.0/x", "../etc/passwd", tarfile.LNKTYPE),
        ("course-1.0/PKG-INFO", "/proc/self/environ", tarfile.SYMTYPE),
    ],
)
def test_a_link_out_of_the_archive_is_refused(path: str, target: str, kind: bytes) -> None:
    content = tar_gz({"setup.py": ""}, special=[link(path, target, kind)])
    found = read_tar(chunks(content), name="course", version="1.0")
    assert reason(found) == "it holds a link to a place outside of it"


def test_a_link_inside_the_archive_is_not_followed() -> None:
    inside = [link("course-1.0/README", "docs/README")]
    assert requires(read_tar(chunks(tar_gz(SETUPTOOLS, special=inside)), name="course", version="1.0")) == ()
    content = tar_gz({"metadata": pkg_info(NEW)}, special=[link("course-1.0/PKG-INFO", "metadata")])
    found = read_tar(chunks(content), name="course", version="1.0")
    assert reason(found) == "its PKG-INFO is not a regular file"


def test_a_link_in_a_zip_file_is_not_followed() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("course-1.0/PKG-INFO")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert reason(read_zip(content, name="course", version="1.0")) == "its PKG-INFO is not a regular file"


def test_headers_that_would_fill_the_memory_are_refused() -> None:
    long = tarfile.TarInfo("x")
    long.type = tarfile.GNUTYPE_LONGNAME
    long.size = 100 << 20
    pax = tarfile.TarInfo("x")
    pax.type = tarfile.XHDTYPE
    pax.size = 100 << 20
    chained = b"".join(
        link(f"x{number}", "", tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) for number in range(5000)
    )
    for content in (long.tobuf() + b"a" * 1_000_000, pax.tobuf() + b"9" * 1_000_000, chained):
        found = read_tar(chunks(content), name="course", version="1.0")
        assert reason(found) in {"it cannot be read as an archive", "it was cut off by the server"}


def test_a_zip_method_without_bounds_and_a_password_are_not_read() -> None:
    files = {"PKG-INFO": pkg_info(NEW, "Summary: " + "x" * 200)}
    for content in (zipped(files, method=zipfile.ZIP_BZIP2), zipped(files, method=zipfile.ZIP_LZMA), _locked(files)):
        assert reason(read_zip(content, name="course", version="1.0")) == "it cannot be read as an archive"


def _locked(files: Mapping[str, str]) -> BinaryIO:
    content = bytearray(zipped(files, method=zipfile.ZIP_STORED).getvalue())
    content[6] |= 1  # the flag "encrypted" of the file
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of its entry in the directory
    return io.BytesIO(bytes(content))


def test_other_top_folders_do_not_count() -> None:
    files = {"__MACOSX/PKG-INFO": "", "._course-1.0": "", "course-1.0/PKG-INFO": pkg_info(NEW), "other/x.c": ""}
    for found in (
        read_tar(chunks(tar_gz(files, root="")), name="course", version="1.0"),
        read_zip(zipped(files, root=""), name="course", version="1.0"),
        read_tar(chunks(tar_gz(files, root="./")), name="course", version="1.0"),
    ):
        assert isinstance(found, SourceMetadata)
        assert found.compiler is Compiler.NO


def test_text_that_is_not_utf8_is_read() -> None:
    content = tar_gz({"PKG-INFO": pkg_info(NEW, "Author: ?", "Requires-Dist: six")})
    latin = gzip.compress(gzip.decompress(content).replace(b"?", b"\xe9"))
    assert requires(read_tar(chunks(latin), name="course", version="1.0")) == ("six",)


# --- real ones -----------------------------------------------------------------------------------------------------


TEXTRACT = (
    *("argcomplete~=1.10.0", "beautifulsoup4~=4.8.0", "chardet==3.*", "docx2txt~=0.8", "extract-msg<=0.29.*"),
    *("pdfminer.six==20191110", "python-pptx~=0.6.18", "six~=1.12.0", "SpeechRecognition~=3.8.1", "xlrd~=1.2.0"),
    'pocketsphinx==0.1.15 ; extra == "pocketsphinx"',
)
REAL = [
    ("docopt", "0.6.2", (), Compiler.NO),
    ("antlr4-python3-runtime", "4.9.3", ('typing ; python_version < "3.5"',), Compiler.NO),
    ("mysqlclient", "2.2.7", (), Compiler.LIKELY),
    ("seqeval", "1.2.2", ("numpy>=1.14.0", "scikit-learn>=0.21.3"), Compiler.NO),
    ("num2words", "0.5.9", ("docopt>=0.6.2",), Compiler.NO),
    ("textract", "1.6.5", TEXTRACT, Compiler.NO),
    ("markupsafe", "3.0.2", (), Compiler.LIKELY),
]


@pytest.mark.index
@pytest.mark.parametrize(("name", "version", "expected", "compiler"), REAL)
def test_real_source_distributions(name: str, version: str, expected: tuple[str, ...], compiler: Compiler) -> None:
    content = real_archive(name, version)
    found = read_tar(chunks(content, 1 << 16), name=name, version=version)
    assert isinstance(found, SourceMetadata)
    assert (found.requires_dist, found.compiler) == (expected, compiler)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (SETUPTOOLS | {EGG + "top_level.txt": "course\n_course\n"}, {"course", "_course"}),
        (SETUPTOOLS | {"src/" + EGG + "top_level.txt": "course\n"}, {"course"}),
        (SETUPTOOLS | {EGG + "top_level.txt": "\n"}, set()),
        (SETUPTOOLS | {"tests/" + EGG + "top_level.txt": "course\n"}, None),
        (SETUPTOOLS | {"other.egg-info/top_level.txt": "other\n"}, None),
        (SETUPTOOLS, None),
        ({"../" + EGG + "top_level.txt": "course\n"}, None),
    ],
)
def test_the_modules_are_those_that_setuptools_names(files: dict[str, str], expected: set[str] | None) -> None:
    assert modules_of_tar(chunks(tar_gz(files)), name="course") == expected
    assert modules_of_zip(zipped(files), name="course") == expected


@pytest.mark.parametrize("content", [b"", b"<html>Log in</html>", b"\x1f\x8brubbish"])
def test_rubbish_names_no_modules(content: bytes) -> None:
    assert modules_of_tar(chunks(content), name="course") is None
    assert modules_of_zip(io.BytesIO(content), name="course") is None
