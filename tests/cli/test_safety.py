"""What a list must never do to those who publish it or install it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.helpers import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("requirements", "tiktoken==0.3.3"),
        ("allow_pins", "tiktoken=2027-06-30"),
        ("conda_names", "tiktoken=tiktoken"),
    ],
)
def test_a_name_with_token_in_it_is_no_secret(folder: Path, onelist: Callable[..., Ran], key: str, value: str) -> None:
    lines = [line for line in SETTINGS.splitlines() if not line.startswith(key)]
    (folder / "settings.ini").write_text("\n".join([*lines, f"{key} = {value}", ""]), encoding="utf-8")
    ran = onelist("build", folder)
    assert ran.code == 0, ran.err
    assert "S012" not in onelist("check", "--settings-only", folder).out


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "meta.yaml"])
@pytest.mark.parametrize("command", ["build", "sync", "check --settings-only"])
def test_a_link_out_of_the_folder_is_refused(
    tmp_path: Path, onelist: Callable[..., Ran], name: str, command: str
) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.write_text("the secrets of another", encoding="utf-8")
    (project / "settings.ini").write_text(SETTINGS, encoding="utf-8")
    (project / name).symlink_to(outside)
    ran = onelist(*command.split(), project)
    assert ran.code == 2
    assert "error S014" in ran.out + ran.err
    assert "the secrets of another" not in ran.out + ran.err
    assert not (project / "dist").exists()


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="this system has no /proc")  # noqa: PTH110
def test_the_environment_of_the_process_is_not_published(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "LICENSE").unlink()
    (folder / "LICENSE").symlink_to("/proc/self/environ")
    assert onelist("build", folder).code == 2
    assert not (folder / "dist").exists()


def test_a_link_inside_the_folder_works(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "LICENSE").rename(folder / "COPYING.real")
    (folder / "LICENSE").symlink_to("COPYING.real")
    assert onelist("build", folder, "--verify").code == 0


@pytest.mark.parametrize("place", ["course_meta", "src/course_meta", "lessons"])
@pytest.mark.parametrize("command", ["build", "build --only wheel", "sync", "sync --check", "publish --dry-run"])
def test_code_that_no_wheel_would_hold_stops_everything(
    folder: Path, onelist: Callable[..., Ran], place: str, command: str
) -> None:
    if place == "lessons":
        (folder / "settings.ini").write_text(SETTINGS + "lib_path = lessons\n", encoding="utf-8")
    (folder / place).mkdir(parents=True)
    (folder / place / "core.py").write_text("", encoding="utf-8")
    words = command.split()
    ran = onelist(words[0], folder, *words[1:])
    assert ran.code == 1 or (words[0] == "publish" and ran.code == 2), ran.err
    if words[0] != "publish":
        assert f"error S015: The package would not contain the Python code in {place}" in ran.err
    assert not (folder / "dist").exists()
    assert not (folder / "meta.yaml").exists()
    assert "S015" in onelist("check", "--settings-only", folder).out


@pytest.mark.parametrize("command", ["build", "build --only conda", "sync", "sync --check", "publish --to folder:out"])
def test_a_description_that_conda_build_reads_as_true_stops_what_is_made_for_conda(
    folder: Path, onelist: Callable[..., Ran], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "settings.ini").write_text(SETTINGS.replace("= What the course needs", "= Yes"), encoding="utf-8")
    before = sorted(path.name for path in folder.iterdir())
    ran = onelist(*command.split())
    done = "written" if "sync" in command else "built"
    assert ran.code == 1
    assert "error S016: conda-build reads the description Yes as true or false, not as text." in ran.err
    assert "Write a sentence that says what the list is for." in ran.err
    said = f"Nothing was {done}: conda-build would read a text of settings.ini as true or false.\n    Fix that first"
    assert said in ran.err
    assert sorted(path.name for path in folder.iterdir()) == before
    assert onelist("build", "--only", "wheel").code == 0


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("course_meta.py", id="a module of one file"),
        pytest.param("src/course_meta.py", id="a module of one file in src"),
        pytest.param("course-meta/core.py", id="a folder as pip writes the name"),
        pytest.param("Course_Meta/core.py", id="capitals"),
        pytest.param("course_meta/deep/core.py", id="code deep in the folder"),
        pytest.param("course_meta/fast.pyx", id="Cython"),
        pytest.param("course/meta/core.py", id="a namespace"),
        pytest.param("src/course/meta/core.py", id="a namespace in src"),
    ],
)
def test_code_of_the_package_is_found_in_each_spelling_of_its_name(
    folder: Path, onelist: Callable[..., Ran], place: str
) -> None:
    named = SETTINGS.replace("course-meta", "course.meta") if "/meta/" in place else SETTINGS
    (folder / "settings.ini").write_text(named + "console_scripts = go=course_meta:main\n", encoding="utf-8")
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text("", encoding="utf-8")
    ran = onelist("check", "--settings-only", folder)
    where = place.removesuffix("/core.py").removesuffix("/deep").removesuffix("/fast.pyx")
    assert f"error S015: The package would not contain the Python code in {where}. A" in ran.out
    assert "S118" not in ran.out
    assert onelist("build", folder).code == 1


@pytest.mark.parametrize("place", ["other/core.py", "tests/course_meta/core.py", "course_meta/data.csv", "setup.py"])
def test_other_code_stops_nothing(folder: Path, onelist: Callable[..., Ran], place: str) -> None:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text("", encoding="utf-8")
    assert onelist("build", folder).code == 0


def test_code_that_is_meant_to_be_left_out_stops_nothing(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").write_text(SETTINGS + "meta_package = true\n", encoding="utf-8")
    (folder / "course_meta").mkdir()
    (folder / "course_meta/core.py").write_text("", encoding="utf-8")
    assert onelist("build", folder).code == 0


@pytest.mark.parametrize("lib_path", [".", "..", "/", "../elsewhere"])
def test_a_lib_path_outside_is_not_searched(folder: Path, onelist: Callable[..., Ran], lib_path: str) -> None:
    (folder / "settings.ini").write_text(SETTINGS + f"lib_path = {lib_path}\n", encoding="utf-8")
    (folder / "example.py").write_text("", encoding="utf-8")
    assert onelist("build", folder).code == 0


def test_meta_package_is_true_or_false(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").write_text(SETTINGS + "meta_package = perhaps\n", encoding="utf-8")
    ran = onelist("check", "--settings-only", folder)
    assert ran.code == 2
    assert "S013: perhaps is neither true nor false." in ran.out
