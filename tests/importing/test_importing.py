"""The files that people have -> one list: what is taken over, under which name, and what the report says."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from onelist.build.exports.lists import pyproject_toml
from onelist.core.errors import OnelistError, UsageError
from onelist.core.findings import Source
from onelist.importing.combine import combine
from onelist.importing.new_settings import new_settings
from onelist.importing.read import read_sources
from onelist.reports.answers.imported import imported_lines
from onelist.settings.editing.template import settings_ini
from onelist.settings.parser import parse_settings
from onelist.settings.project import load_project
from onelist.settings.pyproject import from_pyproject
from onelist.translation.plan import make_plan
from tests.conftest import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from onelist.core.model import Settings
    from onelist.importing.combine import ImportedList
    from tests.helpers import Ran

REAL_LISTS = sorted((SHARED / "data/settings").glob("*.ini"))


def imported(folder: Path, *groups: str, **files: str) -> ImportedList:
    """Write files, of which ``__`` is a dot in the name, and make a list from them in this order."""
    paths = []
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return combine(read_sources(paths), groups)


def notebook(*cells: str) -> str:
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]})


REQUIREMENTS = [
    # a line of a requirements.txt, the requirements of the list
    ("numpy", ["numpy"]),
    ("numpy==1.26.4", ["numpy"]),
    ("numpy~=1.26 # the newest", ["numpy"]),
    ("numpy>=1.26,<2", ["numpy>=1.26"]),
    ("numpy >= 1.26, != 1.27", ["numpy>=1.26,!=1.27"]),
    ("ray[tune,default]==2.9", ["ray[default,tune]"]),
    ("pywin32 ; sys_platform == 'win32'", ['pywin32; sys_platform == "win32"']),
    ("numpy==1.26.4 \\\n    --hash=sha256:00ff \\\n    --hash=sha256:11ff", ["numpy"]),
    ("tools @ git+https://example.org/tools@v1", ["tools"]),
    ("git+https://example.org/tools.git#egg=tools", ["tools"]),
    ("https://example.org/tools-1.0-py3-none-any.whl", ["tools"]),
    ("./wheels/tools-1.0.tar.gz", ["tools"]),
    ("numpy @ file:///croot/numpy_1700000000/built/numpy-1.26.4-py3-none-any.whl", ["numpy"]),
    ("-e git+https://example.org/tools.git#egg=tools", ["tools"]),
    ("-e .", []),
    ("--index-url https://example.org/simple", []),
    ("-c constraints.txt", []),
    ("# only a comment", []),
    ("json", []),
]


@pytest.mark.parametrize(("line", "expected"), REQUIREMENTS)
def test_a_line_of_requirements_txt(tmp_path: Path, line: str, expected: list[str]) -> None:
    found = imported(tmp_path, requirements__txt=line + "\nlast\n")
    assert [*found.pip_requirements, *found.requirements] == [*expected, "last"]


CONDA = [
    # a dependency of an environment.yml, then requirements and conda_requirements of the list
    ("numpy", ["numpy"], []),
    ("numpy=1.26", ["numpy"], []),
    ("numpy==1.26.4", ["numpy"], []),
    ("numpy 1.26.*", ["numpy"], []),
    ("numpy>=1.26,<2", ["numpy>=1.26"], []),
    ("numpy >=1.26", ["numpy>=1.26"], []),
    ("tensorflow>=2.17.0=cuda12*", ["tensorflow>=2.17.0"], []),
    ("numpy=1.26.4=py312h00_0", ["numpy"], []),
    ("\"numpy[version='>=1.26']\"", ["numpy>=1.26"], []),
    ("conda-forge::numpy", ["numpy"], []),
    ("numpy  # [not win]", ["numpy"], []),
    ("pytorch", ["torch"], []),
    ("pytorch-cpu", ["torch"], []),
    ("python-graphviz", ["graphviz"], []),
    ("graphviz", [], ["graphviz"]),
    ("matplotlib-base", ["matplotlib"], []),
    ("py-xgboost", ["xgboost"], []),
    ("rpy2", ["rpy2"], []),
    ("opencv", ["opencv-python"], []),
    ("r-ggplot2", [], ["r-ggplot2"]),
    ("cudatoolkit=11.8", [], ["cudatoolkit"]),
    ("nb_conda_kernels", ["nb-conda-kernels"], []),
    ("pip", [], []),
]


@pytest.mark.parametrize(("spec", "both", "conda"), CONDA)
def test_a_dependency_of_environment_yml(tmp_path: Path, spec: str, both: list[str], conda: list[str]) -> None:
    found = imported(tmp_path, environment__yml=f"dependencies:\n  - {spec}\n")
    assert (list(found.requirements), list(found.conda_requirements)) == (both, conda)


def test_an_environment_yml_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("urlextract==1.8\n", encoding="utf-8")
    found = imported(
        tmp_path,
        environment__yml="""
name: course
channels: [fastchan, conda-forge, nodefaults]
dependencies:
  - python=3.13
  - graphviz
  - python-graphviz
  - pip:
    - duckduckgo_search
    - sentencepiece==0.2
    - -r more.txt
""",
    )
    assert found.requirements == ("graphviz", "sentencepiece", "urlextract")
    assert found.pip_requirements == ("duckduckgo_search",)  # the table of names knows that conda-forge has none
    assert found.conda_requirements == ("graphviz",)
    assert found.channels == ("fastchan", "conda-forge")
    assert found.min_python == (3, 13)
    assert found.keys == {"lib_name": "course"}
    assert [remark.text for remark in found.left_out] == [
        "python=3.13 becomes min_python = 3.13. A list takes every newer Python, so it does not say python=3.13."
    ]


PIXI = """
[workspace]
name = "course"
channels = ["conda-forge"]
platforms = ["linux-64", "win-64", "emscripten-wasm32"]
[dependencies]
python = ">=3.12"
numpy = ">=1.26,<2"
pytorch = { version = "*", build = "*cuda*" }
[pypi-dependencies]
keras-tuner = { version = ">=1", extras = ["bayesian"] }
mine = { path = "." }
[target.win-64.dependencies]
pywin32 = "*"
[feature.lint.dependencies]
ruff = "*"
"""


def test_a_pixi_toml(tmp_path: Path) -> None:
    found = imported(tmp_path, pixi__toml=PIXI)
    assert found.requirements == ("numpy>=1.26", "torch", "keras-tuner[bayesian]>=1")
    assert found.pip_requirements == ('pywin32; sys_platform == "win32"',)
    assert (found.platforms, found.min_python) == (("linux-64", "win-64"), (3, 12))
    file = tmp_path / "pixi.toml"
    assert [f"{remark.place}: {remark.text}" for remark in found.decisions] == [
        f"{file} [pypi-dependencies]: mine does not come from an index or a channel. Add it if others can install it.",
        f"{file} [feature.lint.dependencies]: The group lint is left out, because it is not for everybody: ruff. "
        "--group lint takes it.",
        f'{file} [target.win-64.dependencies]: pywin32 is not for everybody (sys_platform == "win32"). A conda package '
        "cannot say that, so it goes to pip_requirements. If conda users need it, move it to requirements, and delete the "
        "marker.",
    ]
    assert "ruff" in imported(tmp_path, "lint", pixi__toml=PIXI).requirements


PYPROJECTS = [
    # tables of a pyproject.toml, requirements of the list, extras of the list
    ('[project]\nname = "x"\ndependencies = ["numpy<2", "tomli; python_version < \'3.13\'"]', 1, {}),
    ('[project]\nname = "x"\ndependencies = ["numpy"]\noptional-dependencies.dev = ["ruff==1"]', 1, {"dev": ("ruff",)}),
    ('[project]\nname = "x"\ndependencies = ["numpy"]\n[dependency-groups]\ntest = ["pytest"]', 1, {}),
    ('[dependency-groups]\nlessons = ["numpy", "pandas"]', 2, {}),
    ('[tool.poetry.dependencies]\npython = "^3.12"\nnumpy = "^1.26"\nray = {version = "*", extras = ["tune"]}', 2, {}),
    ('[tool.poetry.dependencies]\nnumpy = "1.26"\n[tool.poetry.group.dev.dependencies]\npytest = "*"', 1, {}),
    ('[tool.pixi.workspace]\nname = "x"\n[tool.pixi.dependencies]\nnumpy = "*"', 1, {}),
]


@pytest.mark.parametrize(("text", "count", "extras"), PYPROJECTS)
def test_a_pyproject_toml(tmp_path: Path, text: str, count: int, extras: Mapping[str, tuple[str, ...]]) -> None:
    found = imported(tmp_path, pyproject__toml=text)
    assert (len(found.requirements), found.extras) == (count, extras)
    assert not any(pin in str(found.requirements) for pin in ("<2", "==", "~=", "^"))


def test_the_pyproject_toml_of_nbdev(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        pyproject__toml="""
[project]
name = "my-course"
dynamic = ["version"]
description = "What the course needs"
requires-python = ">=3.12"
license = {text = "Apache-2.0"}
authors = [{name = "Ada", email = "ada@example.org"}]
keywords = ["nbdev", "course"]
dependencies = ["fastai"]
[project.urls]
Repository = "https://github.com/ada/my-course"
Documentation = "https://ada.github.io/my-course/"
[tool.nbdev]
""",
    )
    assert found.keys == {
        "lib_name": "my-course",
        "description": "What the course needs",
        "license": "Apache-2.0",
        "keywords": "nbdev course",
        "author": "Ada",
        "author_email": "ada@example.org",
        "git_url": "https://github.com/ada/my-course",
        "doc_host": "https://ada.github.io/my-course/",
        "user": "ada",
    }


@pytest.mark.parametrize(
    ("listed", "line", "kept", "told"),
    [
        ('"deep learning", "fastai"', "deep learning, fastai", ("deep learning", "fastai"), []),
        ('"deep learning"', "deep learning,", ("deep learning",), []),
        (
            '"a, b", "c d"',
            "a, b, c d",
            ("a", "b", "c d"),
            ['The keyword "a, b" becomes several, because settings.ini separates keywords by commas.'],
        ),
    ],
)
def test_a_keyword_of_two_words_stays_one(
    tmp_path: Path, listed: str, line: str, kept: tuple[str, ...], told: list[str]
) -> None:
    found = imported(
        tmp_path, pyproject__toml=f'[project]\nname = "x"\ndependencies = ["fastai"]\nkeywords = [{listed}]\n'
    )
    new, _ = new_settings(found, "x")
    text = settings_ini(new)
    assert f"\nkeywords = {line}\n" in text
    assert parse_settings(Source(file="settings.ini", text=text)).keywords == kept
    assert [one.text for one in found.left_out] == told


def test_a_list_does_not_get_the_name_of_a_package_that_it_requires(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    source = tmp_path / "environment.yml"
    source.write_text("name: pandas\ndependencies:\n  - pandas>=2\n  - numpy\n", encoding="utf-8")
    ran = onelist("init", "new", "--from", str(source), "--name", "Pandas")
    assert (ran.code, ran.err) == (
        2,
        "onelist: The list would have the name of a package that it requires: Pandas.\n"
        "    Give it another name, for instance: --name pandas-course\n",
    )
    assert not (tmp_path / "new").exists()
    ran = onelist("init", "new", "--from", str(source))
    assert (ran.code, ran.err) == (
        0,
        "onelist: The list has the name pandas-course, because it requires pandas. --name gives another.\n",
    )
    assert load_project(tmp_path / "new/settings.ini").settings.lib_name == "pandas-course"


def test_a_setup_cfg(tmp_path: Path) -> None:
    text = (
        "[metadata]\nname = x\nversion = attr: x.__version__\n[options]\npython_requires = >=3.12\n"
        "install_requires =\n    numpy>=1\n    pywin32; sys_platform == 'win32'\n"
        "[options.extras_require]\ndev = ruff\n"
    )
    found = imported(tmp_path, setup__cfg=text)
    assert found.requirements == ("numpy>=1",)
    assert found.pip_requirements == ('pywin32; sys_platform == "win32"',)
    assert (found.extras, found.min_python, found.keys) == ({"dev": ("ruff",)}, (3, 12), {"lib_name": "x"})


CELLS = [
    # a cell of a notebook, the requirements of the list
    ("import numpy as np, cv2\nfrom PIL import Image", ["numpy", "opencv-python", "pillow"]),
    ("from sklearn.linear_model import Ridge", ["scikit-learn"]),
    ("from google.cloud import storage", ["google-cloud-storage"]),
    ("import os, json, sys", []),
    ("from . import lesson\nfrom .lesson import x", []),
    ("%matplotlib inline\nimport yaml", ["pyyaml"]),
    ("if True:\n    !ls\n    import yaml", ["pyyaml"]),
    ("files = !ls\nimport bs4\nbs4?", ["beautifulsoup4"]),
    ("print 'Python 2'\nimport dotenv", ["python-dotenv"]),
    ("%%bash\nimport nothing", []),
    ("%%time\nimport skimage", ["scikit-image"]),
    ("!pip install -q fastai==2.7 'ray[tune]>=2'", ["fastai", "ray[tune]>=2"]),
    ("%pip install --upgrade fastai", ["fastai"]),
    ("!{sys.executable} -m pip install fastai", ["fastai"]),
    ("%conda install -y -c fastai -c conda-forge fastai python-graphviz", ["fastai", "graphviz"]),
    ("!mamba install --channel x fastai && pip install nbdev", ["fastai", "nbdev"]),
    ("!pip install \\\n    fastai \\\n    nbdev", ["fastai", "nbdev"]),
    ("!pip install -r requirements.txt", []),
    ("!pip --version\n!apt install graphviz", []),
    ("import google.colab", []),
    ("!pip install --upgrade pip setuptools wheel", []),
    ("!pip -q install --progress-bar off fastai", ["fastai"]),
    ("!CUDA=1 sudo -H pip3 install fastai", ["fastai"]),
    ("!pip uninstall -y nbdev; pip install fastai | tail -1", ["fastai"]),
    ("!pip install 'fastai; python_version>\"3\"'  # all", ["fastai"]),
    ("!pip install git+https://example.org/tools.git#egg=tools", ["tools"]),
    ("!if true; then uv pip install --system fastai; fi", ["fastai"]),
    ("!pip install -r more.txt -qrgone.txt --requirement=more.txt", ["scipy"]),
    ("import os\nos.system('pip install fastai')\nprint('pip install nothing')", ["fastai"]),
    ("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'fastai'])", ["fastai"]),
    ("!pip install opencv-python-headless\nimport cv2", ["opencv-python-headless"]),
    ("try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib", []),
    ("try:\n    import google.colab\nexcept ImportError:\n    import fastai", ["fastai"]),
    ("try:\n    import os\n    os.x()\nexcept OSError:\n    import fastai", ["fastai"]),
    ("import urllib2, ConfigParser, Tkinter, distutils.version\nprint 1", []),
    ("import numpy\n" + "!pip install x " * 1000, ["numpy"]),
]


@pytest.mark.parametrize(("cell", "expected"), CELLS)
def test_a_cell_of_a_notebook(tmp_path: Path, cell: str, expected: list[str]) -> None:
    (tmp_path / "more.txt").write_text("scipy\n", encoding="utf-8")
    found = imported(tmp_path, lesson__ipynb=notebook(cell))
    assert list(found.requirements) == expected


def test_modules_beside_a_notebook_are_not_packages(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/__init__.py").write_text("", encoding="utf-8")
    found = imported(tmp_path, lesson__py="import helpers\nfrom tools import x\nimport pandas\n")
    assert found.requirements == ("pandas",)


def test_a_module_that_a_cell_writes_is_no_package(tmp_path: Path) -> None:
    text = notebook("%%writefile -a code/lesson_tools.py\nimport fastai", "import lesson_tools, numpy")
    assert imported(tmp_path, lesson__ipynb=text).requirements == ("numpy",)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"kernelspec": {"language": "julia"}}, ()),
        ({"kernelspec": {"language": "python"}, "language_info": {"name": "R"}}, ()),
        ({"kernelspec": {"name": "python3"}, "language_info": {"name": "ipython"}}, ("fastai",)),
        ({"kernelspec": "odd"}, ("fastai",)),
        ("odd", ("fastai",)),
    ],
)
def test_a_notebook_in_another_language_imports_no_modules(
    tmp_path: Path, metadata: object, expected: tuple[str, ...]
) -> None:
    text = json.dumps(json.loads(notebook("import fastai")) | {"metadata": metadata})
    assert imported(tmp_path, lesson__ipynb=text).requirements == expected


def test_a_folder_for_binder_goes_before_the_files_around_it(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("not-me\n", encoding="utf-8")
    binder = tmp_path / "binder"
    binder.mkdir()
    (binder / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (binder / "runtime.txt").write_text("python-3.13\n", encoding="utf-8")
    (binder / "apt.txt").write_text("ffmpeg\ngit\n", encoding="utf-8")
    (binder / "postBuild").write_text("#!/bin/bash\nset -e\npip install fastai\n", encoding="utf-8")
    found = combine(read_sources([tmp_path]))
    assert (found.requirements, found.min_python) == (("numpy", "fastai"), (3, 13))
    assert [remark.text for remark in found.decisions] == [
        "ffmpeg git: these are packages of Debian. If a conda channel has them, add them to conda_requirements."
    ]


def test_a_folder_of_notebooks(tmp_path: Path) -> None:
    (tmp_path / "week1").mkdir()
    (tmp_path / "week1/a.ipynb").write_text(notebook("import pandas"), encoding="utf-8")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints/a.ipynb").write_text(notebook("import nothing"), encoding="utf-8")
    assert combine(read_sources([tmp_path])).requirements == ("pandas",)


def test_the_output_of_pip_freeze_is_told_from_a_list(tmp_path: Path) -> None:
    found = imported(tmp_path, requirements__txt="".join(f"package-{number}==1.{number}\n" for number in range(40)))
    (remark,) = found.decisions
    assert remark.text == (
        "All 40 packages have an exact version, as pip freeze writes them. It also lists what they only need "
        "themselves. Delete the names that your course does not use itself."
    )


def test_what_an_included_file_lists_is_listed_by_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("numpy==1.26\npandas\n", encoding="utf-8")
    found = imported(
        tmp_path,
        environment__yml="dependencies: [pip, pip: [-r more.txt]]\n",
        lesson__ipynb=notebook("import numpy, seaborn"),
    )
    assert (found.requirements, found.only_used) == (("numpy", "pandas", "seaborn"), ("seaborn",))
    both = imported(tmp_path, environment__yml="dependencies: [pip: [-r more.txt]]\n", other__txt="numpy>=2\n")
    assert dict(both.missing) == {str(tmp_path / "other.txt"): ("pandas",)}
    assert [one.name for one in both.differences] == ["numpy"]


def test_programs_of_other_channels_are_to_be_decided(tmp_path: Path) -> None:
    """bucky of bioconda is a program, and that of the package index is something else."""
    text = "channels: [conda-forge, bioconda, nodefaults, eaton-lab]\ndependencies: [bucky]\n"
    (remark,) = imported(tmp_path, environment__yml=text).decisions
    assert remark.text == (
        "It names bioconda and eaton-lab, and onelist knows the names of conda-forge only. A program of such a channel "
        "may have the name of another project on the package index. Move it to conda_requirements."
    )
    assert (
        imported(tmp_path, environment__yml=text.replace("bioconda, ", "").replace(", eaton-lab", "")).decisions == ()
    )


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert len(read_sources([tmp_path, tmp_path / "requirements.txt"])) == 1


def test_the_report_says_what_differs_between_files(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        environment__yml="dependencies: [python=3.9, numpy=1.26, pandas, python-graphviz, ffmpeg]\n",
        requirements__txt="numpy>=1.20\nPandas\nkeras==3\n",
        lesson__ipynb=notebook("import numpy, seaborn"),
    )
    text = "\n".join(imported_lines(found)).replace(str(tmp_path) + "/", "")
    assert text.split("\n\n", 1)[1] == (
        """\
Other names in the list:
  python-graphviz is graphviz on the package index (environment.yml:1)

Only for conda, because it is no Python package:
  ffmpeg

Other versions in other files:
  numpy: =1.26 (environment.yml:1), >=1.20 (requirements.txt:1); the list has numpy>=1.20

Not in environment.yml, but in another file:
  keras

Not in requirements.txt, but in another file:
  graphviz

Used by the code, and on no list:
  seaborn

Left out: these versions, because a list must work beside everything else:
  numpy=1.26 keras==3

Changed or left out:
  environment.yml:1: python=3.9 becomes min_python = 3.11. Older Pythons get no updates any more.

You decide:
  environment.yml:1: ffmpeg goes to conda_requirements, because the conda package holds no Python package. The \
package index has a project of this name, too. If it is the same program, move ffmpeg to requirements."""
    )
    assert found.requirements == ("numpy>=1.20", "Pandas", "graphviz", "keras", "seaborn")


def test_bounds_for_other_machines_do_not_exclude_each_other(tmp_path: Path) -> None:
    text = "torch>=2.6; python_version >= '3.13'\ntorch>=2.2; python_version < '3.13'\n"
    assert imported(tmp_path, requirements__txt=text).requirements == ("torch>=2.2",)


BAD_FILES = [
    ("environment.yml", "dependencies: [numpy", "cannot be imported: it is not YAML in line 1"),
    ("environment.yml", "- numpy\n", "cannot be imported: it has no keys"),
    ("environment.yml", "name: x\n", "cannot be imported: it has no key dependencies"),
    ("pyproject.toml", "[project\n", "cannot be imported: it is not TOML"),
    ("pyproject.toml", "[tool.black]\n", "cannot be imported: it has no [project]"),
    ("pixi.toml", "[tasks]\n", "cannot be imported: it has no [workspace]"),
    ("setup.cfg", "[flake8]\n", "cannot be imported: it has no section [options]"),
    ("setup.cfg", "x", "cannot be imported: it is not a setup.cfg"),
    ("lesson.ipynb", "{}", "cannot be imported: it has no cells"),
    ("lesson.ipynb", "x", "cannot be imported: it is not JSON"),
    ("devcontainer.json", "{}", "is no file that onelist can import"),
    ("requirements.txt", b"\xff\xfa\x00", "is not UTF-8 text"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES)
def test_a_file_that_cannot_be_imported(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        read_sources([path])
    assert message in caught.value.message
    assert caught.value.hint


def test_utf_16_of_powershell_is_read(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==1\r\n", encoding="utf-16")
    assert combine(read_sources([path])).requirements == ("numpy",)


def test_init_writes_a_list_that_check_accepts(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [pytorch, tomli>=2]\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("tomli; python_version < '3.12'\nray[tune]\n", encoding="utf-8")
    ran = onelist("check", str(tmp_path))
    hint = f"onelist init {tmp_path} --from {tmp_path}/environment.yml --from {tmp_path}/requirements.txt"
    assert (ran.code, hint in ran.err) == (2, True)
    ran = onelist(*hint.split()[1:], "--name", "course")
    assert ran.code == 0, ran.err
    assert f"\nTo check it: onelist check {tmp_path}\nTo build the packages: onelist build {tmp_path}\n" in ran.out
    settings = load_project(tmp_path / "settings.ini").settings
    assert [str(item.pep508) for item in settings.requirements] == ["torch", "tomli>=2", "ray[tune]"]


def test_init_says_when_no_file_asks_for_a_package(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "lesson.py").write_text("import os\n", encoding="utf-8")
    ran = onelist("init", str(tmp_path / "new"), "--from", str(tmp_path / "lesson.py"))
    assert (ran.code, ran.err) == (
        2,
        f"onelist: {tmp_path}/lesson.py asks for no package.\n    Name other files, or use --require.\n",
    )
    assert not (tmp_path / "new").exists()


def test_init_says_which_file_is_missing_when_no_file_asks_for_a_package(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [{pip: [-r gone.txt]}]\n", encoding="utf-8")
    ran = onelist("init", str(tmp_path / "new"), "--from", str(tmp_path / "environment.yml"))
    assert (ran.code, ran.out.splitlines()[-2:]) == (
        2,
        [
            f"  {tmp_path}/environment.yml:1: gone.txt is not in this folder. If you have the file, name it with --from too.",
            "",
        ],
    )


def test_init_says_which_groups_there_are(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = (
        '[project]\nname = "x"\ndependencies = ["numpy"]\n[dependency-groups]\ntest = ["pytest"]\ndocs = ["sphinx"]\n'
    )
    source = tmp_path / "pyproject.toml"
    source.write_text(text, encoding="utf-8")
    ran = onelist("init", str(tmp_path / "new"), "--from", str(source), "--group", "tset")
    assert (ran.code, ran.err) == (2, "onelist: No file has a group tset.\n    The groups are: docs, test.\n")
    ran = onelist("init", str(tmp_path / "new"), "--from", str(tmp_path / "gone.txt"))
    assert ran.err == f"onelist: {tmp_path}/gone.txt does not exist.\n    Look at the name and the folder.\n"


def essence(settings: Settings) -> dict[str, Any]:
    """Return what settings say, without places and warnings; a requirement that is repeated counts once."""
    found: dict[str, Any] = {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(settings)
        if field.name not in {"source", "spans", "warnings"}
    }
    for key in ("requirements", "pip_requirements"):
        found[key] = list(dict.fromkeys(str(item.pep508) for item in found[key]))
    found["extras"] = {
        extra: list(dict.fromkeys(str(item.pep508) for item in items)) for extra, items in settings.extras.items()
    }
    found["conda_requirements"] = [item.text for item in settings.conda_requirements]
    found["allow_pins"] = [(one.name, one.until) for one in settings.allow_pins]
    return found


@pytest.mark.skipif(not REAL_LISTS, reason="the real settings files are not beside the repository")
def test_each_real_list_is_the_same_after_pyproject_toml(tmp_path: Path) -> None:
    compared = 0
    for number, path in enumerate(REAL_LISTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(path, folder / "settings.ini")
        try:
            project = load_project(folder / "settings.ini")
        except OnelistError:
            continue
        new = from_pyproject(tomllib.loads(pyproject_toml(project, make_plan(project.settings))))
        assert new
        again = parse_settings(Source(file="settings.ini", text=settings_ini(new)))
        assert essence(again) == essence(project.settings), path.name
        compared += 1
    assert compared > 100


EVERY_KEY = """\
[DEFAULT]
lib_name = My.Course
version = 1.2
description = 100 %% of it
keywords = deep learning,
author = Ada, Grace
author_email = ada@example.org, grace@example.org
user = ada
git_url = https://github.com/ada/course
doc_host = https://ada.github.io
doc_baseurl = /course/
license = mit
status = 3
audience = Developers
language = English
min_python = 3.12
requirements = pandas>=2 "tomli; python_version < '3.13'" ray[tune]
pip_requirements = pandas>=2 tools
conda_requirements = ffmpeg graphviz>=3
dev_requirements = nbdev
conda_user = fastchan
conda_channels = fastchan conda-forge
platforms = linux-64 osx-arm64
conda_names = tools=their-tools ray[tune]=ray-tune
conda_maintainers = ada grace
allow_pins = pandas=2027-01-01
sdist_url = https://example.org/My.Course-1.2.tar.gz
exports = environment pixi
meta_package = true
lib_path = course
branch = lessons
"""


def test_every_key_is_the_same_after_pyproject_toml(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(EVERY_KEY, encoding="utf-8")
    before = load_project(tmp_path / "settings.ini").settings
    assert onelist("export", "pyproject", str(tmp_path), "-o", str(tmp_path / "new.toml")).code == 0
    ran = onelist("init", str(tmp_path / "new"), "--from", str(tmp_path / "new.toml"))
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"{tmp_path}/new.toml was written from a settings.ini, which is restored.\n")
    assert essence(load_project(tmp_path / "new/settings.ini").settings) == essence(before)


ODD_FILES = [
    # a file with a structure that nobody writes, and what the message says
    ("environment.yml", "[" * 2000, "cannot be imported: it is nested too deeply"),
    (
        "environment.yml",
        "dependencies:\n - " + "[" * 900 + "a" + "]" * 900,
        "cannot be imported: it is nested too deeply",
    ),
    ("requirements.txt", "# " + "x" * (1 << 20), "cannot be read: File too large"),
    ("lesson.ipynb", '{"worksheets": 5}', "cannot be imported: it has no cells"),
]


@pytest.mark.parametrize(("name", "content", "message"), ODD_FILES)
def test_a_file_that_is_too_deep_or_too_large_has_a_sentence(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_sources([tmp_path / name])
    assert message in caught.value.message


DIGITS = "9" * 5000
ODD_VALUES = [
    ("pyproject.toml", '[project]\nauthors = 3\ndependencies = ["numpy"]\n'),
    ("pyproject.toml", f'[project]\nversion = "{DIGITS}"\ndependencies = ["numpy"]\n'),
    ("pixi.toml", '[dependencies]\nnumpy = "*"\n[feature]\nx = 3\n[target]\ny = 3\n'),
    ("environment.yml", f"dependencies: [numpy, 'python >=3.{DIGITS}']\n"),
    ("requirements.txt", f"numpy>={DIGITS}\n"),
    ("lesson.ipynb", '{"cells": [5, {"cell_type": "code", "source": "import numpy"}], "worksheets": 5}'),
    ("requirements.txt", f"-r {'x' * 5000}\n-r x\0\nnumpy\n"),
    ("start.sh", "pip install numpy install\n"),
    ("environment.yml", "channels: ['https://e::x.org/a']\ndependencies: [numpy]\n"),
    ("setup.cfg", "[metadata]\ndescription = \x1b[31mred\u202e\n[options]\ninstall_requires = numpy\n"),
    ("setup.cfg", "[options]\ninstall_requires = numpy\n[options.extras_require]\nplots = numpy install\n"),
]


@pytest.mark.parametrize(("name", "content"), ODD_VALUES)
def test_an_odd_value_does_not_cost_the_others(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = combine(read_sources([tmp_path / name]))
    new, _ = new_settings(found, "x")
    assert new.requirements == ("numpy",)
    assert parse_settings(Source(file="settings.ini", text=settings_ini(new))).requirements


def test_what_settings_ini_cannot_have_is_told(tmp_path: Path) -> None:
    text = "channels: ['https://ada:hunter2@e::x.org/a', own]\ndependencies: [numpy]\n"
    new, remarks = new_settings(imported(tmp_path, environment__yml=text), "x")
    assert new.channels == ("own",)
    assert [remark.text for remark in remarks] == ["https://***********@e::x.org/a is not a channel. It is left out."]


BLANKS = " " * 200_000
LONG_LINES = [
    # a search that tries each part of the line takes hours: its time grows with the square or the cube of the length
    ("lesson.py", f"{BLANKS}x\nimport numpy\n"),
    ("start.sh", f"{BLANKS}x\npip install numpy\n"),
    ("environment.yml", f"dependencies: ['{'[' * 200_000}', numpy]\n"),
    ("environment.yml", f"dependencies: ['numpy a{BLANKS}b', 'python >=3.11{BLANKS}b']\n"),
]


@pytest.mark.parametrize(("name", "content"), LONG_LINES)
def test_a_long_line_takes_no_long_time(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert combine(read_sources([tmp_path / name])).requirements == ("numpy",)


def test_aliases_that_stand_for_billions_of_words_are_not_written_out(tmp_path: Path) -> None:
    lists = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 12))
    found = imported(tmp_path, environment__yml=f"{lists}dependencies: [numpy, {{pip: [*a11]}}]\nchannels: [*a11]\n")
    assert found.requirements == ("numpy",)
    assert [remark.text for remark in found.decisions] == ["... is not a requirement. Name the package."]


def test_files_that_lead_to_many_others_have_a_limit(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"r{number}.txt").write_text(f"-r r{number + 1}.txt\n", encoding="utf-8")
    with pytest.raises(UsageError, match="leads to more than 100 files with -r"):
        read_sources([tmp_path / "r0.txt"])


@pytest.mark.parametrize("name", ["requirements.txt", "apt.txt", "lesson.py", "binder"])
def test_a_link_in_a_folder_does_not_show_a_file_outside(
    tmp_path: Path, name: str, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside" / "requirements.txt"
    secret.write_text("numpy\nmachine x password hunter2\n", encoding="utf-8")
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / name).symlink_to(secret.parent if name == "binder" else secret)
    ran = onelist("init", str(tmp_path / "new"), "--from", str(folder))
    assert (ran.code, "hunter2" in ran.out + ran.err) == (2, False)
    assert f"is a link that leads out of {folder}." in ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "lesson.ipynb"])
def test_a_link_that_is_named_shows_no_file_outside_of_its_folder(
    tmp_path: Path, name: str, onelist: Callable[..., Ran]
) -> None:
    """Whoever names a file of a repository does not mean what somebody lets it lead to."""
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside" / "secret"
    secret.write_text("TOKEN=hunter2\n", encoding="utf-8")
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / name).symlink_to(secret)
    ran = onelist("init", str(tmp_path / "new"), "--from", str(folder / name))
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        f"onelist: {folder / name} is a link that leads out of its folder.\n"
        f"    If you mean the file that it leads to, name that one: {secret}\n",
    )
    assert not (tmp_path / "new").exists()


def test_a_link_that_stays_inside_its_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "course/lists").mkdir(parents=True)
    (tmp_path / "course/lists/all.txt").write_text("numpy\n", encoding="utf-8")
    (tmp_path / "course/requirements.txt").symlink_to("lists/all.txt")
    (tmp_path / "link").symlink_to("course")
    for named in ("course/requirements.txt", "course", "link", "link/requirements.txt"):
        assert combine(read_sources([tmp_path / named])).requirements == ("numpy",), named


def test_the_name_of_an_extra_begins_no_other_key(tmp_path: Path) -> None:
    text = '[project]\ndependencies = ["numpy"]\n[project.optional-dependencies]\n"x_requirements = evil\\ny" = ["scipy"]\n'
    new, remarks = new_settings(imported(tmp_path, pyproject__toml=text), "x")
    assert "evil" not in settings_ini(new)
    assert "is left out, because its name is not valid: scipy." in remarks[-1].text


def test_what_a_group_that_is_left_out_has_is_not_missing_in_its_file(tmp_path: Path) -> None:
    pixi = tmp_path / "pixi.toml"
    pixi.write_text('[dependencies]\npandas = "*"\n[feature.dev.dependencies]\npytest = "*"\n', encoding="utf-8")
    other = tmp_path / "requirements.txt"
    other.write_text("pandas\npytest\nnumpy\n", encoding="utf-8")
    both = combine(read_sources([pixi, other]))
    assert dict(both.missing) == {str(pixi): ("numpy",)}
    assert both.requirements == ("pandas", "pytest", "numpy")
