"""`onelist unlisted`: what notebooks and scripts import, and the list does not bring."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.lists import load_list
from onelist.analysis.unlisted import choose_target
from onelist.core.targets import python_releases
from onelist.reports.answers.unlisted import _some
from onelist.settings.project import load_project
from onelist.sources.pip.modules import declared_modules
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.schemas import validate
from tests.servers import File, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


def brings(name: str, *modules: str, depends: tuple[str, ...] = ()) -> list[File]:
    """Return the files of a project whose wheel holds some modules."""
    wheel = f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    return [File(wheel, depends=depends, modules=tuple((module, "") for module in modules))]


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    projects = {
        "fastai": brings("fastai", "fastai/__init__.py", depends=("torch",)),
        "torch": brings("torch", "torch/__init__.py"),
        "opencv-python-headless": brings("opencv-python-headless", "cv2/__init__.py"),
        "google-cloud-storage": brings("google-cloud-storage", "google/cloud/storage/__init__.py"),
        "idle": brings("idle", "idle.py"),
        "alone": brings("alone", "alone/__init__.py"),
        "other-name": brings("other-name", "elsewhere/__init__.py"),
        "built": [sdist("built", "1.0", modules=(("built.egg-info/top_level.txt", "built_module\n"),))],
        "unsaid": [sdist("unsaid", "1.0")],
        "elsewhere": [
            wheel("elsewhere", "1.0", "cp315-cp315-win_arm64", modules=(("far/__init__.py", ""),)),
            sdist("elsewhere", "1.0"),
        ],
    }
    with index_server(projects) as server:
        yield server


@pytest.fixture
def unlisted(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Compare programs with a list."""
    keys = WELL | {
        "min_python": "3.15",
        "platforms": "linux-64",
        "requirements": "fastai opencv-python-headless google-cloud-storage idle",
        "dev_requirements": "other-name",
    }
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    return lambda *arguments: onelist("unlisted", *arguments, "--index-url", f"{index.url}/simple/")


def notebook(*cells: str) -> str:
    """Return a notebook with a cell of text, and cells of code."""
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# Lesson"}, *code]})


def test_each_import_is_told_with_its_cell_and_its_line(unlisted: Callable[..., Ran], tmp_path: Path) -> None:
    cell = "%matplotlib inline\nimport cv2, json\nfrom google.cloud import storage\nimport torch, alone, yaml\n"
    (tmp_path / "lesson.ipynb").write_text(notebook("1 + 1", cell), encoding="utf-8")
    (tmp_path / "more.py").write_text("import fastai\n\nimport alone.part\n", encoding="utf-8")
    ran = unlisted("lesson.ipynb", "more.py")
    assert ran.out.splitlines() == [
        "error: lesson.ipynb, cell 3, line 4: import alone",
        "    The list does not bring alone. Add alone to requirements.",
        "    Also in more.py:3.",
        "error: lesson.ipynb, cell 3, line 4: import yaml",
        "    The list does not bring yaml. Add pyyaml to requirements.",
        "note: lesson.ipynb, cell 3, line 4: import torch",
        "    torch comes only through fastai, and could be gone with a new version. Add torch to requirements.",
        "note: listed and never imported: idle",
        "    Some packages work without an import, such as jupyter. Remove what your course does not need.",
        "settings.ini for pip on linux-64/3.15: 2 files, 6 imported; 2 not brought, 0 unknown, 1 only through others",
    ]
    assert ran.code == 1


def test_what_nobody_knows_is_not_called_missing(unlisted: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import fastai\nimport nobody_knows\nimport other_name\n", encoding="utf-8")
    ran = unlisted("a.py", "--format", "json")
    report = json.loads(ran.out)
    validate(report, "unlisted")
    assert {one["module"]: one["state"] for one in report["imports"]} == {
        "fastai": "listed",
        "nobody_knows": "unknown",
        "other_name": "extra",
    }
    assert report["imports"][1]["reason"] == (
        "no package of the list brings it, and it is not known which package does"
    )
    assert report["imports"][1]["places"] == [{"file": "a.py", "part": None, "line": 2}]
    assert ran.code == 3


def test_a_source_distribution_and_a_wheel_for_others_say_what_they_bring(
    unlisted: Callable[..., Ran], tmp_path: Path
) -> None:
    settings = tmp_path / "settings.ini"
    before = settings.read_text(encoding="utf-8")
    (tmp_path / "a.py").write_text("import built_module, far, torch\nimport alone\n", encoding="utf-8")
    settings.write_text(before.replace("fastai opencv", "fastai built elsewhere opencv"), encoding="utf-8")
    ran = unlisted("a.py")
    assert ran.out.splitlines()[:2] == [
        "error: a.py:2: import alone",
        "    The list does not bring alone. Add alone to requirements.",
    ]
    assert "4 imported; 1 not brought, 0 unknown, 1 only through others" in ran.out
    settings.write_text(before.replace("fastai opencv", "fastai unsaid opencv"), encoding="utf-8")
    ran = unlisted("a.py")
    assert "brings alone: it is not known what these packages of the list bring to import: unsaid.\n" in ran.out
    assert ran.code == 3


def test_many_requirements_that_bring_a_package_are_counted() -> None:
    assert (_some("abcd"), _some("abcdefg")) == ("a, b, c, d", "a, b, c and 4 others")


def test_an_index_that_does_not_answer_makes_everything_unknown(unlisted: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\nimport fastai\n", encoding="utf-8")
    ran = unlisted("a.py", "--offline")
    assert ran.out.startswith(
        "unknown: a.py:1: import torch\n    It is unknown whether the list brings torch: the list"
    )
    assert "never imported" not in ran.out
    assert ran.code == 3


def test_hostile_files_do_not_cost_the_others(unlisted: Callable[..., Ran], tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (tmp_path / "secret.py").write_text("import secret_of_mine\n", encoding="utf-8")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    (folder / "a.ipynb").write_text("not JSON", encoding="utf-8")
    (folder / "b.ipynb").write_text("[" * 100_000, encoding="utf-8")
    (folder / "c.py").write_bytes(b"\xff\xfe\x00")
    (folder / "d\x1b[31m.py").write_text("import fastai\n", encoding="utf-8")
    (folder / "e.ipynb").write_text(notebook("import \x1b[31m\nimport fastai\nimport ("), encoding="utf-8")
    ran = unlisted("course")
    assert "\x1b" not in ran.out + ran.err
    assert "secret_of_mine" not in ran.out
    assert [line for line in ran.out.splitlines() if line.startswith("unknown: ")] == [
        "unknown: course/a.ipynb cannot be read: it is not JSON, as a notebook is.",
        "unknown: course/b.ipynb cannot be read: it is not JSON, as a notebook is.",
        "unknown: course/c.py is not UTF-8 text.",
        "unknown: course/link.py is a link that leads out of its folder.",
    ]
    assert ran.code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.ipynb"], "onelist: nothing.ipynb does not exist."),
        (["settings.ini"], "onelist: settings.ini is no notebook and no Python file."),
        (["a.py", "--target", "linux-64/3.9"], "onelist: linux-64/3.9 is not a target of the list."),
    ],
)
def test_a_wrong_call_is_refused(
    unlisted: Callable[..., Ran], tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "a.py").write_text("import fastai\n", encoding="utf-8")
    ran = unlisted(*arguments)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", message)


def test_metadata_declares_modules() -> None:
    text = (
        b"Metadata-Version: 2.5\nName: x\nVersion: 1\nImport-Name: a.b\nImport-Name: _c ; private\n\nImport-Name: d\n"
    )
    assert declared_modules(text) == {"a.b", "_c"}


def test_the_newest_python_counts_when_it_is_a_year_old(tmp_path: Path) -> None:
    """In its first year, many packages of a list are not there yet."""
    *_, before, newest = python_releases()
    for floor, after, python in ((before, 1, before), (before, 400, newest), (newest, 1, newest)):
        keys = {"min_python": ".".join(map(str, floor.version)), "platforms": "linux-64"}
        (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        one = load_list(load_project(tmp_path / "settings.ini"))
        day = newest.released + datetime.timedelta(days=after)
        assert choose_target(one, "", day).python == python.version
