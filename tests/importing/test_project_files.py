"""setup.cfg, Poetry, uv and requirements.txt as people write them -> the list, and what the report says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UsageError
from onelist.importing.poetry import versions_of
from onelist.reports.answers.imported import imported_lines
from tests.importing.test_importing import imported

if TYPE_CHECKING:
    from pathlib import Path


SETUP_CFG = """\
[metadata]
name = course-tools
version = attr: course.__version__
author = Ada L.
author_email = ada@example.org
url = https://github.com/ada/course-tools
license = MIT
keywords = data, science course
project_urls =
    Documentation = https://docs.example.org
[options]
install_requires =
    pandas>=1.3  # old
    numpy
[options.extras_require]
Plot = matplotlib; seaborn>=0.11
dev =
    %(Plot)s
    ruff
broken = %(nothing)s
from_file = file: more.txt, gone.txt
"""


def test_a_setup_cfg_is_read_as_setuptools_reads_it(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("scipy\n", encoding="utf-8")
    found = imported(
        tmp_path, setup__cfg=SETUP_CFG.replace("Plot = matplotlib; seaborn", "Plot =\n    matplotlib\n    seaborn")
    )
    assert found.requirements == ("pandas>=1.3", "numpy")
    assert found.extras == {
        "Plot": ("matplotlib", "seaborn>=0.11"),
        "dev": ("matplotlib", "seaborn>=0.11", "ruff"),
        "from_file": ("scipy",),
    }
    assert imported(tmp_path, setup__cfg=SETUP_CFG).extras["Plot"] == ("matplotlib", "seaborn>=0.11")
    assert found.keys == {
        "lib_name": "course-tools",
        "license": "MIT",
        "author": "Ada L.",
        "author_email": "ada@example.org",
        "keywords": "data, science course",
        "git_url": "https://github.com/ada/course-tools",
        "doc_host": "https://docs.example.org",
        "user": "ada",
    }
    assert [remark.text for remark in found.left_out] == [
        "The version stands in another place: attr: course.__version__. Write it into settings.ini."
    ]
    assert [remark.text for remark in found.decisions] == [
        "%(nothing)s is not a requirement. Name the package.",
        "gone.txt is not in this folder. If you have the file, name it with --from too.",
    ]


POETRY = """\
[tool.poetry]
name = "intro"
version = "0.3.1"
authors = ["Ada L. <ada@example.org>", "Grace"]
keywords = ["data", "science course"]
documentation = "https://docs.example.org"
repository = "https://github.com/ada/intro"
[tool.poetry.dependencies]
python = "^3.12"
numpy = "^1.26"
requests = {version = "~2.31", extras = ["socks"], source = "own"}
fastai = {git = "https://github.com/fastai/fastai.git"}
local = {path = "../local"}
tomli = {version = "*", python = "<3.13"}
pywin32 = {version = ">=300", platform = "win32"}
foo = [{version = "^1.0", python = "<3.13"}, {version = "^2.0", python = ">=3.13"}]
psycopg2 = {version = "^2.9", optional = true}
lost = {version = "1", optional = true}
bokeh = "@latest"
[tool.poetry.extras]
sql = ["Psycopg2"]
[[tool.poetry.source]]
name = "own"
url = "https://me:secret@example.org/simple"
[tool.poetry.group.dev.dependencies]
pytest = "^7"
"""


def test_a_pyproject_of_poetry(tmp_path: Path) -> None:
    found = imported(tmp_path, pyproject__toml=POETRY)
    assert found.requirements == ("numpy>=1.26", "requests[socks]>=2.31", "fastai", "foo>=1.0", "bokeh")
    assert found.pip_requirements == ('tomli; python_version < "3.13"', 'pywin32>=300; sys_platform == "win32"')
    assert (found.extras, found.min_python) == ({"sql": ("psycopg2>=2.9",)}, (3, 12))
    assert found.keys == {
        "lib_name": "intro",
        "version": "0.3.1",
        "author": "Ada L., Grace",
        "author_email": "ada@example.org",
        "keywords": "data, science course",
        "git_url": "https://github.com/ada/intro",
        "doc_host": "https://docs.example.org",
        "user": "ada",
    }
    assert [remark.text for remark in found.dropped] == [
        *("numpy>=1.26,<2", "requests>=2.31,<2.32", "foo>=1.0,<2", "foo>=2.0,<3", "psycopg2>=2.9,<3"),
    ]
    assert "A list names no index, so it does not have https://*********@example.org/simple." in [
        remark.text for remark in found.left_out
    ]
    assert [remark.text for remark in found.decisions] == [
        "local is a folder of this machine. Add it if others can install it.",
        "The group optional is left out, because it is not for everybody: lost. --group optional takes it.",
        "The group dev is left out, because it is not for everybody: pytest. --group dev takes it.",
        "fastai comes from https://github.com/fastai/fastai.git. The list takes it from the package index. Look whether "
        "that is the same project.",
        *(
            f"{name} is not for everybody ({marker}). A conda package cannot say that, so it goes to pip_requirements. If "
            "conda users need it, move it to requirements, and delete the marker."
            for name, marker in (("tomli", 'python_version < "3.13"'), ("pywin32", 'sys_platform == "win32"'))
        ),
    ]


VERSIONS = [
    ("^1.2.3", ">=1.2.3,<2"),
    ("^0.3", ">=0.3,<0.4"),
    ("^0.0.3", ">=0.0.3,<0.0.4"),
    ("^0", ">=0,<1"),
    ("~1", ">=1,<2"),
    ("~1.2", ">=1.2,<1.3"),
    ("~=1.2", "~=1.2"),
    ("1.2", "==1.2"),
    ("1.2.*", "==1.2.*"),
    (">= 1.2, <2 ,!=1.5", ">=1.2,<2,!=1.5"),
    (">=1.2 <2", ">=1.2,<2"),
    ("@^1", ">=1,<2"),
    ("*", ""),
    ("^1 || ^2", "^1 || ^2"),
    ("^1.*", ">=1"),
]


@pytest.mark.parametrize(("written", "versions"), VERSIONS)
def test_versions_of_poetry(written: str, versions: str) -> None:
    assert versions_of(written) == versions


UV = """\
[project]
name = "My.Course"
dynamic = ["version"]
dependencies = ["numpy>=2", "torch"]
classifiers = ["Natural Language :: English"]
[project.optional-dependencies]
all = ["my-course[plot,big]"]
plot = ["matplotlib"]
big = ["my_course[plot]", "ray<3"]
[dependency-groups]
test = ["pytest", {include-group = "Typing"}]
typing = ["mypy", {include-group = "test"}]
[tool.uv]
dev-dependencies = ["ruff"]
[tool.uv.sources]
torch = [{index = "cpu"}]
numpy = {git = "https://github.com/numpy/numpy"}
"""


def test_a_pyproject_of_uv(tmp_path: Path) -> None:
    found = imported(tmp_path, "test", pyproject__toml=UV)
    assert found.requirements == ("numpy", "torch", "pytest", "mypy")
    assert found.extras == {"plot": ("matplotlib",), "big": ("ray", "matplotlib"), "all": ("ray", "matplotlib")}
    assert found.keys == {"lib_name": "My.Course", "language": "English"}
    assert [remark.text for remark in found.dropped] == ["ray<3", "ray<3"]
    assert [remark.text for remark in found.left_out] == [
        "The version stands in another place (dynamic). Write it into settings.ini."
    ]
    assert [remark.text for remark in found.decisions] == [
        "The group dev is left out, because it is not for everybody: ruff. --group dev takes it.",
        "The group typing is left out, because it is not for everybody: mypy pytest. --group typing takes it.",
        "numpy comes from https://github.com/numpy/numpy. The list takes it from the package index. Look whether that is "
        "the same project.",
    ]


def test_options_behind_a_requirement_are_left_out_as_pip_reads_them(tmp_path: Path) -> None:
    text = "-i https://me:secret@example.org\n-c old.txt\n-r gone.txt\ntorch==2.1+cpu -f https://example.org\nnumpy --no-binary :all:\n"
    found = imported(tmp_path, requirements__txt=text)
    assert found.requirements == ("torch", "numpy")
    assert [remark.text for remark in found.left_out] == [
        "The option -i is for pip. A list names no index and no file of versions.",
        "The option -c is for pip. A list names no index and no file of versions.",
    ]
    assert [remark.text for remark in found.decisions] == [
        "gone.txt is not in this folder. If you have the file, name it with --from too."
    ]


def test_a_file_that_conda_built_has_its_version_and_no_address(tmp_path: Path) -> None:
    text = "numpy @ file:///croot/numpy_17/dist/numpy-1.26.4-cp311-cp311-linux_x86_64.whl#sha256=00\nattrs @ file:///croot/attrs/work\n"
    found = imported(tmp_path, requirements__txt=text)
    assert ([remark.text for remark in found.dropped], found.decisions) == (["numpy==1.26.4"], ())


def test_an_environment_without_a_name_does_not_get_the_name_null(tmp_path: Path) -> None:
    found = imported(tmp_path, environment__yml="name: null\ndependencies: [numpy, {pip: [-i https://example.org]}]\n")
    assert (found.requirements, found.keys, found.decisions) == (("numpy",), {}, ())


def test_a_target_of_pixi_is_a_marker(tmp_path: Path) -> None:
    text = (
        '[workspace]\nchannels = [{channel = "conda-forge", priority = 1}, "bioconda"]\n[dependencies]\nnumpy = "*"\n'
        '[target.win-64.pypi-dependencies]\ntensorflow-cpu = "*"\nkeras = "*"\n[target.osx-arm64.pypi-dependencies]\n'
        'keras = "*"\nnumpy = "*"\n'
    )
    found = imported(tmp_path, pixi__toml=text)
    assert found.channels == ("conda-forge", "bioconda")
    assert found.requirements == ("numpy",)
    assert found.pip_requirements == (
        'tensorflow-cpu; sys_platform == "win32"',
        'keras; sys_platform == "darwin" or sys_platform == "win32"',
    )


def test_a_part_of_python_is_told_and_not_listed(tmp_path: Path) -> None:
    found = imported(tmp_path, requirements__txt="json\nnumpy\n")
    assert (found.requirements, [remark.text for remark in found.left_out]) == (
        ("numpy",),
        ["json is a part of Python. A list does not need it."],
    )


EXPORT_REMARK = (
    "conda wrote this file from an environment. It also lists what the packages only need themselves, on one operating "
    "system. Delete the names that your course does not use itself. Or import what you have installed yourself: conda env "
    "export --from-history"
)


def test_what_conda_writes_from_an_environment(tmp_path: Path) -> None:
    names = ("numpy", "scipy", "pandas", "seaborn", "tqdm", "pytz", "dask", "bokeh", "sympy", "py-opencv")
    lines = ["_libgcc_mutex=0.1=main", "python=3.12.8=h955ad1f_0", *(f"{name}=1.0=py312_0" for name in names)]
    text = "# platform: linux-64\n" + "\n".join([*lines, "requests=2.31.0=pypi_0\n"])
    found = imported(tmp_path, list__txt=text)
    assert found.requirements == (*names[:-1], "opencv-python", "requests")
    assert (found.conda_requirements, found.min_python) == ((), (3, 12))
    assert [remark.text for remark in found.decisions] == [EXPORT_REMARK]
    found = imported(tmp_path, environment__yml="dependencies:\n" + "".join(f"- {line}\n" for line in lines))
    assert found.requirements == (*names[:-1], "opencv-python")
    assert [remark.text for remark in found.decisions] == [EXPORT_REMARK]
    found = imported(tmp_path, environment__yml="dependencies: [numpy=1.26=py312_0, pandas]\n")
    assert found.decisions == ()


def test_files_of_conda_list_explicit_are_a_lock(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a lock"):
        imported(tmp_path, spec__txt="# platform: linux-64\n@EXPLICIT\nhttps://example.org/numpy-1.0-0.conda\n")


def test_a_marker_about_python_is_decided(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "x"\nrequires-python = ">=3.12"\ndependencies = ["tomli; python_version < \'3.11\'", '
        "\"numpy; python_version >= '3.8'\", \"scipy; python_version >= '3.13'\"]\n"
        "[project.optional-dependencies]\nold = [\"enum34; python_version < '3.4'\"]\n"
    )
    found = imported(tmp_path, pyproject__toml=text)
    assert (found.requirements, found.extras) == (("numpy",), {})
    assert found.pip_requirements == ('scipy; python_version >= "3.13"',)
    assert [remark.text for remark in found.decisions] == [
        'scipy is not for everybody (python_version >= "3.13"). A conda package cannot say that, so it goes to '
        "pip_requirements. If conda users need it, move it to requirements, and delete the marker."
    ]
    assert [remark.text for remark in found.left_out] == [
        'tomli is left out, because it is only for other Pythons: python_version < "3.11"',
        'enum34 is left out, because it is only for other Pythons: python_version < "3.4"',
    ]


def test_a_package_with_a_marker_is_not_called_missing_on_conda_forge(tmp_path: Path) -> None:
    found = imported(tmp_path, requirements__txt="fastbook\npywin32; sys_platform == 'win32'\n")
    assert found.pip_requirements == ("fastbook", 'pywin32; sys_platform == "win32"')
    lines = list(imported_lines(found))
    assert lines[lines.index("Only for pip, because conda-forge has no such package:") :][1:3] == ["  fastbook", ""]


def test_projects_that_bring_the_same_module_are_to_be_decided(tmp_path: Path) -> None:
    found = imported(tmp_path, requirements__txt="opencv-python-headless\nnumpy\nopencv-python\n")
    assert [f"{remark.place.part}: {remark.text}" for remark in found.decisions] == [
        "3: opencv-python, opencv-python-headless bring the same module. Keep one of them."
    ]


def test_a_file_of_the_course_is_no_package_of_the_index(tmp_path: Path) -> None:
    found = imported(tmp_path, lesson__py="import utils, numpy\nfrom src.models import net\n")
    assert found.requirements == ("numpy",)
    assert [remark.text for remark in found.decisions] == [
        "utils is most likely a file of the course. If a package brings it, add that.",
        "src is most likely a file of the course. If a package brings it, add that.",
    ]


def test_the_channel_of_one_package_is_told(tmp_path: Path) -> None:
    text = "channels: [conda-forge]\ndependencies: ['pytorch::pytorch', 'conda-forge::numpy']\n"
    found = imported(tmp_path, environment__yml=text)
    assert (found.requirements, found.channels) == (("torch", "numpy"), ("conda-forge",))
    assert [remark.text for remark in found.left_out] == [
        "pytorch comes from the channel pytorch. In a list, all packages have the same channels."
    ]


def test_values_that_refer_to_each_other_are_not_written_out(tmp_path: Path) -> None:
    lines = [f"v{number} = {f'%(v{number + 1})s' * 100}" for number in range(9)]
    text = "[options]\ninstall_requires = numpy\n[options.extras_require]\n" + "\n".join([*lines, "v9 = x"])
    with pytest.raises(UsageError, match="refers to too many other values"):
        imported(tmp_path, setup__cfg=text)


def test_groups_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    groups = [
        f"g{number} = [{{include-group = 'g{number + 1}'}}, {{include-group = 'g{number + 1}'}}]"
        for number in range(60)
    ]
    text = '[project]\nname = "x"\ndependencies = ["numpy"]\n[dependency-groups]\n' + "\n".join(
        [*groups, "g60 = ['scipy']"]
    )
    assert imported(tmp_path, "g0", pyproject__toml=text).requirements == ("numpy", "scipy")


def test_extras_that_name_each_other_have_a_limit(tmp_path: Path) -> None:
    extras = [f"e{number} = ['x[big]']" for number in range(150)]
    big = ", ".join(f"'p{number}'" for number in range(100))
    text = "[project]\nname = 'x'\ndependencies = ['numpy']\n[project.optional-dependencies]\n" + "\n".join(extras)
    with pytest.raises(UsageError, match="its extras name each other too often"):
        imported(tmp_path, pyproject__toml=f"{text}\nbig = [{big}]\n")
