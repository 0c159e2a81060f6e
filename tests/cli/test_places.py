"""The files for places to run: sync writes them, check compares them, and nothing that a person wrote is replaced."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.settings.project import load_project
from tests.helpers import settings_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

ALL = "binder colab devcontainer docker"
FILES = [
    "binder/environment.yml",
    "colab.ipynb",
    ".devcontainer/devcontainer.json",
    ".devcontainer/Dockerfile",
    "Dockerfile",
]
"""What a list without an address gets, in the order of the key."""
WITH_ADDRESS = '"tools @ git+https://example.org/tools"'


def write(folder: Path, **keys: str) -> None:
    lines = {"requirements": "pandas", "conda_maintainers": "ada", "exports": ALL} | keys
    (folder / "settings.ini").write_text(settings_text(**lines), encoding="utf-8")


def generated(onelist: Callable[..., Ran]) -> list[tuple[str, str, str]]:
    findings = json.loads(onelist("check", "--settings-only", "--format", "json").out)["findings"]
    return [(item["code"], item["message"], item["hint"]) for item in findings if item["code"].startswith("G")]


def wrote(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [line.removeprefix("wrote ") for line in ran.out.splitlines() if line.startswith("wrote ")]


def test_sync_writes_the_files_of_all_places_and_check_names_each_that_is_missing(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder)
    assert [message for _, message, _ in generated(onelist)] == [
        f"{file} is missing, and the key exports names it." for file in FILES
    ]
    assert wrote(onelist("sync"))[-5:] == FILES
    assert (onelist("sync", "--check").code, generated(onelist)) == (0, [])
    write(folder, requirements="polars")
    stale = [file for file in FILES if file not in {"colab.ipynb", ".devcontainer/devcontainer.json"}]
    assert generated(onelist) == [
        ("G002", f"{file} does not match settings.ini.", "Run: onelist sync")
        for file in ["meta.yaml", "recipe/recipe.yaml", *stale]
    ]
    ran = onelist("sync", "--check")
    assert (
        ran.code,
        ran.out.count("-  - pandas\n+  - polars\n"),
        ran.out.count("-    pandas \\\n+    polars \\\n"),
    ) == (
        1,
        1,
        2,
    )
    assert wrote(onelist("sync"))[-3:] == stale
    assert (onelist("sync", "--check").code, generated(onelist)) == (0, [])


@pytest.mark.parametrize("file", FILES)
def test_no_file_of_a_person_is_replaced_and_nothing_else_is_written_then(
    folder: Path, onelist: Callable[..., Ran], file: str
) -> None:
    write(folder)
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("mine\n", encoding="utf-8")
    place = {"colab.ipynb": "colab", "Dockerfile": "docker"}.get(file) or file.split("/", maxsplit=1)[0].strip(".")
    message = f"{file} was not written by onelist, and the key exports names it."
    assert ("G003", message, f"Delete {file}, or delete {place} in exports.") in generated(onelist)
    ran = onelist("sync")
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"onelist: {message}")
    ran = onelist("export", place, "-o", ".")
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"onelist: {file} was not written by onelist.")
    assert (folder / file).read_text(encoding="utf-8") == "mine\n"
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == sorted(
        [
            "LICENSE",
            "README.md",
            "settings.ini",
            file.rpartition("/")[2],
        ]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission")
def test_post_build_is_a_program_for_everyone_who_may_read_it(folder: Path, onelist: Callable[..., Ran]) -> None:
    write(folder, exports="binder", pip_requirements=WITH_ADDRESS)
    before = os.umask(0o027)
    try:
        assert wrote(onelist("sync"))[-2:] == ["binder/environment.yml", "binder/postBuild"]
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((folder / "binder" / name).stat().st_mode) for name in ("environment.yml", "postBuild")]
    assert modes == [0o640, 0o750]


def test_a_post_build_without_work_is_emptied_where_it_stands_and_not_made_elsewhere(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder, exports="binder", pip_requirements=WITH_ADDRESS)
    onelist("sync")
    write(folder, exports="binder", pip_requirements="tools")
    assert ("G002", "binder/postBuild does not match settings.ini.", "Run: onelist sync") in generated(onelist)
    assert "binder/postBuild" in wrote(onelist("sync"))
    assert (folder / "binder/postBuild").read_text(encoding="utf-8") == (
        "#!/bin/bash\n# Written by onelist from settings.ini: change that file, then run: onelist export binder\nset -e\n"
    )
    assert generated(onelist) == []
    (folder / "binder/postBuild").unlink()
    assert generated(onelist) == []


def test_an_environment_yml_of_the_list_becomes_that_of_binder_where_the_key_says_so(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder, exports="environment")
    onelist("export", "environment", "-o", "binder/environment.yml")
    onelist("sync")
    write(folder, exports="environment binder")
    assert wrote(onelist("sync")) == ["binder/environment.yml"]
    assert "- python =3.11\n" in (folder / "binder/environment.yml").read_text(encoding="utf-8")
    assert "- python >=3.11\n" in (folder / "environment.yml").read_text(encoding="utf-8")
    assert (onelist("sync", "--check").code, generated(onelist)) == (0, [])


def test_files_of_places_are_kept_in_other_folders_too_and_those_with_a_foreign_name_are_not(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder, exports="")
    for place in ALL.split():
        onelist("export", place, "-o", "other")
    (folder / "other/Dockerfile").rename(folder / "other/course.Dockerfile")
    (folder / "other/.devcontainer/Dockerfile").rename(folder / "other/.devcontainer/own.Dockerfile")
    onelist("sync")
    write(folder, exports="", requirements="polars")
    assert sorted(wrote(onelist("sync"))[2:]) == ["other/binder/environment.yml", "other/course.Dockerfile"]
    own = (folder / "other/.devcontainer/own.Dockerfile").read_text(encoding="utf-8")
    assert ("pandas" in own, "polars" in own) == (True, False)
    assert "polars" in (folder / "other/course.Dockerfile").read_text(encoding="utf-8")
    assert "polars" in (folder / "other/binder/environment.yml").read_text(encoding="utf-8")


def test_a_list_for_pip_is_kept_in_all_places(folder: Path, onelist: Callable[..., Ran]) -> None:
    write(folder, conda_channels="none", conda_maintainers="")
    assert wrote(onelist("sync")) == FILES
    assert (onelist("sync", "--check").code, generated(onelist)) == (0, [])
    assert "FROM python:3.11\n" in (folder / "Dockerfile").read_text(encoding="utf-8")


def test_a_place_that_cannot_have_the_list_any_more_is_named(folder: Path, onelist: Callable[..., Ran]) -> None:
    write(folder, exports="docker binder")
    onelist("sync")
    write(folder, exports="docker binder", conda_channels="./channel conda-forge")
    reason = "cannot use the channel ./channel: a folder of this machine is not there."
    advice = "Publish the channel, and name its address in conda_channels."
    found = [(code, message) for code, message, _ in generated(onelist)]
    assert found == [
        ("G002", f"Dockerfile cannot be made from settings.ini any more. docker {reason}"),
        ("G002", f"binder/environment.yml cannot be made from settings.ini any more. binder {reason}"),
    ]
    ran = onelist("sync")
    assert (ran.code, ran.err) == (2, f"onelist: docker {reason}\n    {advice}\n")


def test_what_conda_cannot_carry_stops_the_places_with_conda_and_not_the_cell(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder, requirements="a[x]")
    for place in ("binder", "devcontainer", "docker"):
        ran = onelist("export", place)
        assert (ran.code, ran.out) == (1, "")
        assert "onelist: Nothing was exported: conda cannot carry one requirement of settings.ini." in ran.err
    assert onelist("export", "colab").out.endswith("%pip install course-meta\n")


def test_the_badges_come_on_standard_error_and_open_the_branch_of_the_key(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    write(folder, git_url="https://github.com/ada/course", branch="lessons")
    ran = onelist("export", "binder", "-o", "out")
    assert ran.out == "wrote out/binder/environment.yml\n"
    badge = "[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/ada/course"
    assert ran.err == f"For the README:\n{badge}/lessons)\n"
    assert f"{badge}/v1)\n" in onelist("export", "binder", "--branch", "v1").err
    assert "?src=https://github.com/ada/course/blob/lessons/colab.ipynb)" in onelist("export", "colab").err
    write(folder, branch="lessons")
    assert onelist("export", "binder").err == ""


def test_settings_with_another_name_have_the_places_of_their_key(folder: Path, onelist: Callable[..., Ran]) -> None:
    write(folder)
    (folder / "settings.ini").rename(folder / "other.ini")
    assert load_project(folder / "other.ini").exported == {}
    assert wrote(onelist("sync", "other.ini"))[-5:] == FILES
    assert list(load_project(folder / "other.ini").exported) == FILES
