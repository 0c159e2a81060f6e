"""The page that uv reads: what pip takes for one Python, and sources as wheels of the lowest rank."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from onelist.core.targets import PLATFORMS, WITHOUT_PIP_RESOLVER
from onelist.sources.pip import uv
from onelist.sources.pip.pages import PipProject, make_page
from onelist.sources.pypi.simple import ProjectFiles, parse
from tests.servers import JSON_TYPE, project_json, sdist, wheel
from tests.sources.pypi.test_candidates import page

if TYPE_CHECKING:
    from tests.servers import File

LINUX, WINDOWS = "cp312-cp312-manylinux2014_x86_64", "cp312-cp312-win_amd64"


def project(*indexes: list[File], name: str = "x") -> PipProject:
    sources = []
    for number, files in enumerate(indexes):
        found = parse(page(project_json(name, files), JSON_TYPE), name)
        assert isinstance(found, ProjectFiles)
        sources.append((number, found))
    return PipProject(name, sources)


def names(one: PipProject, *, pinned: tuple[str, ...] = (), every_source: bool = False) -> list[str]:
    content = make_page(one, (3, 12), pinned=tuple(map(Version, pinned)), every_source=every_source)
    return [file["filename"] for file in json.loads(content)["files"]]


def test_a_source_without_any_wheel_is_a_wheel_of_the_lowest_rank_for_each_machine() -> None:
    assert names(project([sdist("x", "1.0")])) == ["x-1.0-py30-none-any.whl"]


def test_a_source_with_a_wheel_for_every_machine_is_not_listed() -> None:
    assert names(project([wheel("x", "1.0"), sdist("x", "1.0")])) == ["x-1.0-py3-none-any.whl"]


def test_a_source_is_listed_for_the_machines_without_a_wheel_and_no_tag_is_of_two_platforms() -> None:
    virtual = names(project([wheel("x", "1.0", LINUX), sdist("x", "1.0")]))[1]
    tags = re.fullmatch(r"x-1\.0-py30-none-(.*)\.whl", virtual)
    assert tags
    assert len(tags[1].split(".")) == len(PLATFORMS) - 1
    assert not [tag for tag in tags[1].split(".") if tag in PLATFORMS["linux-64"].wheel_tags]


def test_an_old_source_with_compiled_parts_is_listed_only_where_no_newer_version_has_a_wheel() -> None:
    files = [wheel("x", "2.0", LINUX), wheel("x", "2.0", WINDOWS), sdist("x", "1.0")]
    first, second = (names(project(files), every_source=flag) for flag in (False, True))
    assert "linux_x86_64" not in first[-1]
    assert "win_amd64" not in first[-1]
    assert "win_arm64" in first[-1]
    assert second[-1] == "x-1.0-py30-none-any.whl"


def test_a_newer_source_with_compiled_parts_is_listed_as_pip_takes_it() -> None:
    assert names(project([sdist("x", "2.0"), wheel("x", "1.0", LINUX)]))[0] == "x-2.0-py30-none-any.whl"


@pytest.mark.parametrize("bound", [">=3.13", "<3.12", ">=3.6,<3.8", "!=3.12.*"])
def test_files_that_requires_python_excludes_are_left_out(bound: str) -> None:
    files = [wheel("x", "2.0", requires_python=bound), sdist("x", "1.5", requires_python=bound), wheel("x", "1.0")]
    assert names(project(files)) == ["x-1.0-py3-none-any.whl"]


@pytest.mark.parametrize("bound", ["a>b", ">=3.5.*.*", "3"])
def test_a_requires_python_that_cannot_be_read_is_no_bound(bound: str) -> None:
    assert names(project([wheel("x", "2.0", requires_python=bound)])) == ["x-2.0-py3-none-any.whl"]


def test_a_yanked_version_is_listed_only_if_a_requirement_names_it() -> None:
    files = [wheel("x", "2.0", yanked="broken"), wheel("x", "1.0")]
    assert names(project(files)) == ["x-1.0-py3-none-any.whl"]
    assert names(project(files), pinned=("2.0",)) == ["x-2.0-py3-none-any.whl", "x-1.0-py3-none-any.whl"]


def test_a_file_that_is_yanked_on_one_index_only_is_listed_once() -> None:
    assert names(project([wheel("x", "1.0", yanked=True)], [wheel("x", "1.0")])) == ["x-1.0-py3-none-any.whl"]


def test_a_source_that_always_refuses_is_not_listed() -> None:
    assert names(project([sdist("sklearn", "0.0.post12")], name="sklearn")) == []


def test_the_platforms_for_which_nothing_resolves_are_those_without_a_name_in_uv() -> None:
    assert PLATFORMS.keys() - uv.PLATFORMS.keys() == WITHOUT_PIP_RESOLVER
