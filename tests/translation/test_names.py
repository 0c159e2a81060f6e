"""The bundled table of names, and the script that makes it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from onelist.core.data import read_table
from onelist.core.targets import newest_python, python_releases, pythons_from
from onelist.settings.keys import is_conda_name
from onelist.translation import names
from onelist.translation.names import Origin, conda_name
from tests.conftest import SHARED
from tests.helpers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FACTS = SHARED / "data/names"
needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the facts about names are not beside this checkout")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("opencv-contrib-python", "py-opencv"),
        ("pypandoc_binary", "pypandoc"),
        ("psycopg-binary", "psycopg"),
        ("fasttext-wheel", "fasttext"),
        ("tensorflow-intel", "tensorflow"),
        ("tensorflow-macos", "tensorflow"),
        ("faiss-gpu-cu12", "faiss-gpu"),
        ("cupy-cuda11x", "cupy"),
        ("cupy-cuda12x", "cupy"),
        ("python-magic-bin", "python-magic"),
        ("pinecone-client", "pinecone"),
        ("vtk", "vtk"),
        ("pytensor", "pytensor"),
        ("openvino", "openvino"),
        ("soundfile", "pysoundfile"),
        ("graphviz", "python-graphviz"),
        ("tzdata", "python-tzdata"),
        ("docker", "docker-py"),
        ("msgpack", "msgpack-python"),
        ("kaleido", "python-kaleido"),
        ("build", "python-build"),
        ("tables", "pytables"),
        ("torch", "pytorch"),
        ("PyQt5", "pyqt"),
        ("opencv-python", "py-opencv"),
        ("opencv_python.headless", "opencv-python-headless"),
        ("importlib-resources", "importlib_resources"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("huggingface_hub", "huggingface_hub"),
        ("sentencepiece", "sentencepiece"),
        ("matplotlib", "matplotlib"),
        ("dask", "dask"),
        ("something-nobody-knows", "something-nobody-knows"),
    ],
)
def test_names_that_course_authors_meet(name: str, expected: str) -> None:
    found = conda_name(name, frozenset(), {})
    assert found is not None
    assert found.name == expected


def test_the_table_is_well_formed() -> None:
    assert len(names.table()) > 1500
    for pypi, entry in names.table().items():
        bare, _, extras = pypi.partition("[")
        assert canonicalize_name(bare) == bare
        assert entry.conda == "-" or is_conda_name(entry.conda)
        assert entry.source in {"claims", "looked-at", "stand-in", "exception", "meta-package", "extra"}
        assert (entry.source == "extra") == bool(extras)
        assert entry.conda not in entry.others
        assert all(is_conda_name(other) for other in entry.others)
        if entry.conda == pypi and not entry.others and entry.source != "stand-in":
            raise AssertionError(f"{pypi} is itself and needs no line")
    assert names.table_date() == "2026-08"


@pytest.mark.parametrize(
    ("name", "extras", "expected"),
    [
        ("jax", {"cpu"}, "jax"),
        ("modin", {"ray"}, "modin-ray"),
        ("fastapi", {"standard"}, "fastapi"),
        ("gymnasium", {"classic_control"}, "gymnasium-classic-control"),
        ("pandera", {"polars"}, "pandera-polars"),
        ("nbconvert", {"webpdf"}, "nbconvert-webpdf"),
        ("dask", {"array", "dataframe"}, "dask"),
        ("psycopg", {"binary"}, "psycopg"),
    ],
)
def test_extras_that_conda_carries(name: str, extras: set[str], expected: str) -> None:
    found = conda_name(name, extras, {})
    assert found is not None
    assert (found.name, found.origin) == (expected, Origin.TABLE)


@pytest.mark.parametrize(("name", "extras"), [("gymnasium", {"box2d", "mujoco"}), ("dask", {"array", "x"})])
def test_extras_that_need_more_than_one_package_have_no_name(name: str, extras: set[str]) -> None:
    assert conda_name(name, extras, {}) is None


@pytest.mark.parametrize(
    ("name", "carries"),
    [
        ("bs4", False),
        ("sklearn", False),
        ("faiss-cpu", False),
        ("cupy-cuda12x", False),
        ("torch", True),
        ("vtk", True),
        ("pandas", True),
    ],
)
def test_whether_the_conda_package_carries_the_distribution(name: str, carries: bool) -> None:  # noqa: FBT001
    found = conda_name(name, frozenset(), {})
    assert found is not None
    assert found.carries is carries


def test_extras_without_a_package_have_no_name() -> None:
    assert conda_name("black", {"nonsense"}, {}) is None
    assert conda_name("black", {"jupyter", "d"}, {}) is None
    own = conda_name("Black", {"D", "jupyter"}, {"black[d,jupyter]": "black-all"})
    assert own is not None
    assert (own.name, own.origin) == ("black-all", Origin.USER)


@pytest.mark.parametrize(
    ("name", "conda", "expected"),
    [
        ("torch", "pytorch", ("pytorch-cpu",)),
        ("torch", "torchy", ("pytorch", "pytorch-cpu")),
        ("huggingface_hub", "huggingface_hub", ("huggingface-hub", "huggingface.hub")),
        ("some-thing", "some-thing", ("some_thing", "some.thing")),
        ("pandas", "pandas", ()),
        ("numpy", "numpy", ()),
        ("tomli", "tomli", ()),
        ("tzdata", "python-tzdata", ()),
        ("lxml", "lxml", ()),
        ("pip", "pip", ()),
        ("PyQt5", "pyqt", ("pyqt-impl",)),
        ("vtk", "vtk", ("vtk-base",)),
        ("graphviz", "python-graphviz", ()),
    ],
)
def test_under_which_other_names_the_same_may_be_there(name: str, conda: str, expected: tuple[str, ...]) -> None:
    assert names.other_names(name, conda) == expected


@pytest.mark.parametrize(
    ("conda", "expected"),
    [
        ("pytorch", "torch"),
        ("python-graphviz", "graphviz"),
        ("pandas", "pandas"),
        ("Some_Thing", "some-thing"),
        ("graphviz", None),
        ("py-opencv", "opencv-python"),
        ("cupy", "cupy"),
        ("fasttext", "fasttext"),
        ("faiss-cpu", "faiss-cpu"),
        ("tensorflow", "tensorflow"),
        ("beautifulsoup4", "beautifulsoup4"),
        ("lumen", "lumen"),
        ("lumen-anything", None),
        ("conda", "conda"),
        ("zziplib", None),
        ("zzz", "zzz"),
    ],
)
def test_what_pip_calls_a_conda_package(conda: str, expected: str | None) -> None:
    assert names.pypi_name(conda) == expected


def test_the_table_of_conda_names_is_in_order_so_that_a_name_is_found_in_it() -> None:
    lines = read_table("pypi_names.tsv").splitlines()
    rows = [line for line in lines if not line.startswith("#")][1:]
    assert rows == sorted(rows)


@needs_facts
def test_no_name_whose_namesake_is_something_else_comes_out_unmapped() -> None:
    with (FACTS / "same_name_other_thing.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 150
    unmapped = [
        row["pypi"]
        for row in rows
        if (found := conda_name(row["pypi"], frozenset(), {})) is None or found.name == row["pypi"]
        if names.table()[row["pypi"]].source != "meta-package"
    ]
    assert unmapped == []


@needs_facts
def test_every_conda_name_of_the_table_was_in_the_channel() -> None:
    known = {"-", *(FACTS / "conda_forge_names.txt").read_text(encoding="utf-8").split()}
    assert [entry.conda for entry in names.table().values() if entry.conda not in known] == []


@needs_facts
def test_the_script_makes_the_very_table_that_is_bundled(tmp_path: Path) -> None:
    channel = (str(FACTS / "conda_forge_names.txt"), str(SHARED / "data/channel/conda-forge"))
    made = make_names(tmp_path, str(FACTS / "conda_to_pypi_mapping.json"), *channel)
    assert made == (ROOT / "src/onelist/data/names.tsv").read_text(encoding="utf-8")


def make_names(folder: Path, *arguments: str) -> str:
    """Run the script on a copy of the tools, and return the table that it makes."""
    (folder / "src/onelist/data").mkdir(parents=True)
    shutil.copytree(ROOT / "tools", folder / "tools")
    subprocess.run([sys.executable, str(folder / "tools/make_names.py"), *arguments], check=True, capture_output=True)
    return (folder / "src/onelist/data/names.tsv").read_text(encoding="utf-8")


def test_repodata_decides_whether_the_same_name_is_something_else(tmp_path: Path) -> None:
    """A package that brings the carrier is the thing itself; one that brings nothing of it is something else."""
    carried = {"thing-base": ["thing"], "python-tool": ["tool"], "tool": None, "app": ["app", "lib"], "lib": ["lib"]}
    depends = {"thing": ["thing-base >=1"], "tool": ["zlib"]}
    choices = ROOT / "tools/names_choices.tsv"
    needed = {row.split("\t")[1] for row in choices.read_text(encoding="utf-8").splitlines() if row[0] != "#"}
    records = {
        f"{name}-1-0.conda": {"name": name, "version": "1", "depends": depends.get(name, [])}
        for name in {*carried, "thing", *needed}
    }
    (tmp_path / "c/noarch").mkdir(parents=True)
    (tmp_path / "c/noarch/repodata.json").write_text(json.dumps({"packages.conda": records}), encoding="utf-8")
    (tmp_path / "mapping.json").write_text(json.dumps(carried), encoding="utf-8")
    made = make_names(tmp_path / "p", str(tmp_path / "mapping.json"), str(tmp_path / "c"), "--date", "2027-01")
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in made.splitlines() if not line.startswith("#")}
    assert rows["thing"] == ["thing", "claims", "", "thing-base"]
    assert rows["tool"] == ["python-tool", "claims", "conda's tool is something else", ""]
    assert "lib" not in rows
    assert "# date: 2027-01\n" in made


def test_the_table_of_pythons_is_in_order() -> None:
    releases = python_releases()
    assert [item.version for item in releases] == sorted(item.version for item in releases)
    assert all(item.released < item.end_of_life for item in releases)
    assert newest_python() >= (3, 14)
    assert pythons_from((3, 12))[0] == (3, 12)
    assert pythons_from((3, 99)) == [(3, 99)]
