"""The table of projects that refuse to be installed."""

from __future__ import annotations

import pytest

from onelist.core.data import read_table
from onelist.translation.refused_projects import refusal


@pytest.mark.parametrize(
    ("name", "version", "instead"),
    [
        ("sklearn", "0.0.post12", "scikit-learn"),
        ("sklearn", "0.0.post1", "scikit-learn"),
        ("skimage", "0.0", "scikit-image"),
        ("pytorch", "1.0.2", "torch"),
        ("tensorflow-gpu", "2.12.0", "tensorflow"),
    ],
)
def test_a_version_that_fails(name: str, version: str, instead: str) -> None:
    found = refusal(name, version)
    assert found
    assert found.instead == instead


@pytest.mark.parametrize(
    ("name", "version"),
    [
        pytest.param("sklearn", "0.0", id="a version that pip can install"),
        pytest.param("azure", "4.0.0", id="a version before the one that refuses"),
        pytest.param("pytorch", "2.0", id="a version that was published after the table was made"),
        pytest.param("bs4", "0.0.2", id="a placeholder that works"),
        pytest.param("scikit-learn", "1.7", id="the right package"),
    ],
)
def test_a_version_that_works_or_is_not_known(name: str, version: str) -> None:
    assert refusal(name, version) is None


def test_the_table_is_sorted_and_has_a_date_and_an_advice_for_each_project() -> None:
    lines = read_table("refusals.tsv").splitlines()
    assert any(line.startswith("# date: 20") for line in lines)
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    names = [row[0] for row in rows]
    assert names == sorted(set(names))
    assert [name for name, _, instead, note in rows if (instead == "-") != bool(note)] == []
