"""Which texts name a package; no server is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from onelist.analysis.suggested_name import NameProblem, SuggestedName, suggested_name


@pytest.mark.parametrize("text", ["pandas", " PyYAML ", "zope.interface", "a", "3to2", "scikit-learn", "x" * 200])
def test_a_name_is_taken_as_it_is_written(text: str) -> None:
    assert suggested_name(text) == SuggestedName(name=text.strip())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", NameProblem.EMPTY),
        (" \n\t\u00a0", NameProblem.EMPTY),
        ("pandas numpy", NameProblem.SEVERAL),
        ("pandas, numpy", NameProblem.SEVERAL),
        ("pip install pandas", NameProblem.SEVERAL),
        ("please add pandas!", NameProblem.NOT_A_NAME),
        ("pandas @ https://example.org/x.whl", NameProblem.NOT_A_NAME),
        ("git+https://example.org/x", NameProblem.NOT_A_NAME),
        ("../../etc/passwd", NameProblem.NOT_A_NAME),
        ("-r requirements.txt", NameProblem.NOT_A_NAME),
        ("--help", NameProblem.NOT_A_NAME),
        ("p\u0430ndas", NameProblem.NOT_A_NAME),
        ("\u212aeras", NameProblem.NOT_A_NAME),
        ("pandas\u200f", NameProblem.NOT_A_NAME),
        ("pan\u200bdas", NameProblem.NOT_A_NAME),
        ("pandas\x00", NameProblem.NOT_A_NAME),
        ("x" * 201, NameProblem.NOT_A_NAME),
        ("x" * 60_000, NameProblem.NOT_A_NAME),
        ("x " * 30_000, NameProblem.NOT_A_NAME),
        ("__glibc", NameProblem.NOT_A_NAME),
        ("pandas_", NameProblem.NOT_A_NAME),
        ("pandas-", NameProblem.NOT_A_NAME),
        ("pandas_>=2", NameProblem.NOT_A_NAME),
    ],
)
def test_another_text_has_a_problem_and_is_in_no_part_of_the_result(text: str, problem: NameProblem) -> None:
    assert suggested_name(text) == SuggestedName(problem=problem)


@pytest.mark.parametrize("text", ["pandas>=2", "pandas[all]", "pandas ; python_version > '3'", "pandas == 2.*"])
def test_of_a_requirement_the_name_is_known(text: str) -> None:
    assert suggested_name(text) == SuggestedName(name="pandas", problem=NameProblem.MORE_THAN_A_NAME)


@pytest.mark.parametrize(
    ("text", "problem", "instead", "has_namesake"),
    [
        ("os", NameProblem.PYTHON, "", False),
        ("Typing", NameProblem.PYTHON, "", False),
        ("concurrent", NameProblem.PYTHON, "", False),
        ("sklearn", NameProblem.MODULE, "scikit-learn", False),
        ("yaml", NameProblem.MODULE, "pyyaml", False),
        ("docx", NameProblem.MODULE, "python-docx", True),
        ("opencv", NameProblem.CONDA, "opencv-python", False),
    ],
)
def test_the_name_of_something_else_is_recognised(
    text: str, problem: NameProblem, instead: str, *, has_namesake: bool
) -> None:
    named = SuggestedName(name=text, problem=problem, instead=instead, has_namesake=has_namesake)
    assert suggested_name(text) == named


@given(st.text(max_size=60))
def test_what_is_looked_up_is_a_name_and_nothing_else(text: str) -> None:
    named = suggested_name(text)
    if named.name:
        assert canonicalize_name(named.name, validate=True)
        assert named.name.isascii()
        assert text.strip().startswith(named.name)
    assert named.name or named.problem
