"""The bundled table of names, and the script that makes it."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

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
        assert entry.source in {"claims", "looked-at", "stand-in", "exception", "extra"}
        assert (entry.source == "extra") == bool(extras)
        assert entry.conda not in entry.others
        assert all(is_conda_name(other) for other in entry.others)
        if entry.conda == pypi and not entry.others:
            raise AssertionError(f"{pypi} is itself and needs no line")
    assert names.table_date() == "2026-08"


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
    ],
)
def test_what_pip_calls_a_conda_package(conda: str, expected: str | None) -> None:
    assert names.pypi_name(conda) == expected


@needs_facts
def test_no_name_whose_namesake_is_something_else_comes_out_unmapped() -> None:
    with (FACTS / "same_name_other_thing.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 150
    unmapped = [
        row["pypi"]
        for row in rows
        if (found := conda_name(row["pypi"], frozenset(), {})) is None or found.name == row["pypi"]
    ]
    assert unmapped == []


@needs_facts
def test_every_conda_name_of_the_table_was_in_the_channel() -> None:
    channel = set((FACTS / "conda_forge_names.txt").read_text(encoding="utf-8").split())
    assert [entry.conda for entry in names.table().values() if entry.conda not in channel | {"-"}] == []


@needs_facts
def test_the_script_makes_the_very_table_that_is_bundled(tmp_path: Path) -> None:
    for name in ("tools/make_names.py", "src/onelist/data/names.tsv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    script = tmp_path / "tools/make_names.py"
    script.write_bytes((ROOT / "tools/make_names.py").read_bytes())
    subprocess.run([sys.executable, str(script), str(FACTS)], check=True, capture_output=True)
    made = (tmp_path / "src/onelist/data/names.tsv").read_bytes()
    assert made == (ROOT / "src/onelist/data/names.tsv").read_bytes()


def test_the_table_of_pythons_is_in_order() -> None:
    releases = python_releases()
    assert [item.version for item in releases] == sorted(item.version for item in releases)
    assert all(item.released < item.end_of_life for item in releases)
    assert newest_python() >= (3, 14)
    assert pythons_from((3, 12))[0] == (3, 12)
    assert pythons_from((3, 99)) == [(3, 99)]
