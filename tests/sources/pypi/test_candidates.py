"""What pip takes: the decision is compared with pip itself, which asks a real index on loopback."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from onelist.core.status import Absent, Cause, Found
from onelist.core.targets import Target
from onelist.sources.cache import CachedResponse
from onelist.sources.pypi.candidates import ProjectReleases, best_candidate
from onelist.sources.pypi.simple import ProjectFiles, ProjectNotFound, parse
from tests.asking import TODAY
from tests.servers import HTML_TYPE, JSON_TYPE, File, index_server, project_html, project_json, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINUX = Target(platform="linux-64", python=(3, 12))
MANY, MAC = "cp312-cp312-manylinux2014_x86_64", "cp312-cp312-macosx_11_0_arm64"


def page(content: bytes, content_type: str, status: int = 200) -> CachedResponse:
    stored = datetime.datetime.combine(TODAY, datetime.time(), tzinfo=datetime.UTC)
    return CachedResponse(status=status, content=content, content_type=content_type, stored=stored)


def offered(files: list[File], render: Callable[[str, list[File]], bytes] = project_json) -> ProjectReleases:
    content_type = JSON_TYPE if render is project_json else HTML_TYPE
    offer = parse(page(render("x", files), content_type), "x")
    assert isinstance(offer, ProjectFiles)
    return ProjectReleases.of("x", [offer])


CASES = [
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0")], "", "2.0", id="the newest"),
    pytest.param([wheel("x", "1.9"), wheel("x", "1.10")], "", "1.10", id="numbers, not letters"),
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0")], "<2", "1.0", id="an upper bound"),
    pytest.param([wheel("x", "1.0")], ">=2", None, id="nothing fits"),
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0rc1")], "", "1.0", id="no pre-release beside a release"),
    pytest.param([wheel("x", "1.0rc1"), wheel("x", "1.0rc2")], "", "1.0rc2", id="only pre-releases"),
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0rc1")], ">=2.0rc1", "2.0rc1", id="a pre-release asked for"),
    pytest.param(
        [wheel("x", "1.0", MAC), wheel("x", "2.0rc1", MANY)], "", "2.0rc1", id="a pre-release for this machine"
    ),
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0", yanked="broken")], "", "1.0", id="yanked"),
    pytest.param([wheel("x", "1.0"), wheel("x", "2.0", yanked="")], "", "2.0", id="yanked for no reason is not yanked"),
    pytest.param([wheel("x", "2.0", yanked=True)], "", None, id="all yanked"),
    pytest.param([wheel("x", "2.0", yanked=True)], "==2.0", "2.0", id="yanked and asked for by its version"),
    pytest.param([wheel("x", "2.0", yanked=True)], "==2.*", None, id="yanked and asked for by its series"),
    pytest.param(
        [wheel("x", "1.0", yanked=True), wheel("x", "2.0rc1")], "", None, id="a yanked release, a pre-release"
    ),
    pytest.param(
        [wheel("x", "1.0", requires_python=">=3.8"), wheel("x", "2.0", requires_python=">=3.13")],
        "",
        "1.0",
        id="Requires-Python",
    ),
    pytest.param([wheel("x", "2.0", requires_python="<3.12")], "", None, id="an upper bound of Requires-Python"),
    pytest.param([wheel("x", "2.0", requires_python="a>b")], "", "2.0", id="an invalid Requires-Python"),
    pytest.param([wheel("x", "1.0", MANY), wheel("x", "2.0", MAC)], "", "1.0", id="wheels for other machines"),
    pytest.param([wheel("x", "2.0", "cp38-abi3-manylinux2014_x86_64")], "", "2.0", id="the stable ABI"),
    pytest.param([wheel("x", "2.0", "py2-none-any")], "", None, id="Python 2"),
    pytest.param([wheel("x", "1.0.post1"), wheel("x", "1.0")], "==1.0", "1.0", id="a post-release is another one"),
    pytest.param([wheel("x", "1.0+cu1"), wheel("x", "1.0")], "", "1.0+cu1", id="a local version"),
    pytest.param([wheel("x", "1!1.0"), wheel("x", "2.0")], "", "1!1.0", id="an epoch"),
]


@pytest.mark.parametrize("render", [project_json, project_html], ids=["JSON", "HTML"])
@pytest.mark.parametrize(("files", "specifier", "expected"), CASES)
def test_the_best_candidate(
    files: list[File], specifier: str, expected: str | None, render: Callable[[str, list[File]], bytes]
) -> None:
    status = best_candidate(offered(files, render), SpecifierSet(specifier), LINUX)
    assert (status.version if isinstance(status, Found) else None) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("files", "specifier", "expected"), CASES)
def test_pip_takes_the_same_candidate(
    tmp_path: Path, files: list[File], specifier: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    platforms = ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "linux_x86_64"]
    with index_server({"x": files}) as server:
        command = [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"),
            *("--report", "-", "--index-url", f"{server.url}/simple/", "--only-binary", ":all:", "--no-cache-dir"),
            *("--target", str(tmp_path), "--python-version", "3.12.99", "--implementation", "cp"),
            *(word for name in platforms for word in ("--platform", name)),
            f"x{specifier}",
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = json.loads(ran.stdout)["install"][0]["metadata"]["version"] if ran.returncode == 0 else None
    assert taken == expected, ran.stderr


@pytest.mark.parametrize(
    ("files", "specifier", "cause", "reason"),
    [
        ([], "", Cause.NO_FILES, "lists x, but without any file that pip installs from"),
        ([wheel("x", "1")], ">=9", Cause.NO_VERSION, "has no x>=9; its newest version is 1"),
        (
            [wheel("x", "1", yanked=True)],
            "",
            Cause.WITHDRAWN,
            "has x only in versions that its maintainers have withdrawn (yanked)",
        ),
        ([wheel("x", "1", requires_python=">=3.99")], "", Cause.NO_PYTHON, "has x 1 for Python >=3.99 only"),
        (
            [wheel("x", "1", MAC)],
            "",
            Cause.NO_WHEEL,
            "has x 1 as a wheel for other machines or Pythons, and no source to build it from",
        ),
        (
            [wheel("x", "1", "cp312-cp312-manylinux_2_34_x86_64"), wheel("x", "1", MAC)],
            "",
            Cause.NO_WHEEL,
            "has x 1 as a wheel for glibc 2.34 and newer only, and no source to build it from",
        ),
    ],
)
def test_why_there_is_none(files: list[File], specifier: str, cause: Cause, reason: str) -> None:
    assert best_candidate(offered(files), SpecifierSet(specifier), LINUX) == Absent(cause=cause, reason=reason)


def test_a_source_distribution_without_a_wheel_is_found_and_marked() -> None:
    status = best_candidate(
        offered([sdist("x", "2.0"), wheel("x", "1.5", MANY), wheel("x", "1.0", MANY)]), SpecifierSet(), LINUX
    )
    assert isinstance(status, Found)
    assert (status.version, status.source_only, status.wheel) == ("2.0", True, "1.5")
    assert status.note == (
        "source only: pip has to build it, which may need a compiler; the newest version with a wheel is 1.5"
    )
    both = best_candidate(offered([sdist("x", "2.0"), wheel("x", "2.0", MANY)]), SpecifierSet(), LINUX)
    assert isinstance(both, Found)
    assert both.note is None


def test_the_day_is_the_one_of_the_version() -> None:
    days = [wheel("x", "2", uploaded="2024-05-02T00:00:00Z"), sdist("x", "2", uploaded="2024-05-01T23:59:59.5Z")]
    status = best_candidate(offered(days), SpecifierSet(), LINUX)
    assert isinstance(status, Found)
    assert str(status.since) == "2024-05-01"
    undated = best_candidate(offered([wheel("x", "2", uploaded=None)]), SpecifierSet(), LINUX)
    assert undated == Found(version="2", since=None)


def test_files_that_pip_cannot_install_do_not_count() -> None:
    files = [
        File("x-1.0.exe"),
        File("x-1.0-py3.12.egg"),
        File("other-3.0.tar.gz"),
        File("x-1.0.rpm"),
        sdist("x", "0.5"),
    ]
    assert best_candidate(offered(files), SpecifierSet(), LINUX) == best_candidate(
        offered([sdist("x", "0.5")]), SpecifierSet(), LINUX
    )


@pytest.mark.parametrize("name", ["x-1.0.tar.bz2", "x-1.0.tgz", "x-1.0.tar.xz", "X-1.0-0.zip", "x-1.0.tar"])
def test_each_archive_that_pip_can_build_counts(name: str) -> None:
    status = best_candidate(offered([File(name)]), SpecifierSet(), LINUX)
    assert isinstance(status, Found)
    assert status.source_only


def test_a_requires_python_with_thousands_of_digits_is_ignored() -> None:
    status = best_candidate(offered([wheel("x", "1.0", requires_python=">=" + "9" * 5000)]), SpecifierSet(), LINUX)
    assert isinstance(status, Found)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"meta": {"api-version": "2.0"}, "name": "x", "files": []}',
        b'{"meta": {"api-version": "1.0"}, "name": "y", "files": []}',
        b'{"meta": {"api-version": "1.0"}, "name": "x", "files": {}}',
        b'{"meta": {"api-version": "1.0"}, "name": "x", "files": [1]}',
        b'{"meta": {"api-version": "1.0"}, "name": "x", "files": [{"filename": null}]}',
        b"[" * 100_000,
        "{}é".encode("latin-1"),
    ],
)
def test_json_that_is_not_a_project_page_is_an_error(content: bytes) -> None:
    assert not isinstance(parse(page(content, JSON_TYPE), "x"), ProjectFiles | ProjectNotFound)


def test_a_newer_minor_version_of_the_api_is_read_without_a_warning() -> None:
    content = project_html("x", [wheel("x", "1")]).replace(b'content="1.0"', b'content="1.9"')
    assert isinstance(parse(page(content, "text/html; charset=utf-8"), "x"), ProjectFiles)


@pytest.mark.parametrize("size", [-1, True, 1.5, "7", (1 << 50) + 1, 10**400], ids=range(6))
def test_a_size_that_no_file_has_is_not_known(size: object) -> None:
    content = project_json("x", [wheel("x", "2.0", size=size), wheel("x", "1.0", size=0)])
    found = parse(page(content, JSON_TYPE), "x")
    assert isinstance(found, ProjectFiles)
    assert [file.size for version in found.versions for file in found.files(version)] == [None, 0]
