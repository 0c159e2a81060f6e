"""The checks that need only settings.ini: from a project to findings."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from onelist.checks.registry import check_settings
from onelist.translation.plan import make_plan
from tests.helpers import brief, project

if TYPE_CHECKING:
    from onelist.core.findings import Finding
    from onelist.core.model import Project

TODAY = datetime.date(2026, 11, 23)


def check(asked: Project, today: datetime.date = TODAY) -> tuple[Finding, ...]:
    return check_settings(asked, make_plan(asked.settings), today)


def found(letter: str, today: datetime.date = TODAY, **keys: str) -> list[str]:
    return [brief(item) for item in check(project(**keys), today) if item.code.startswith(letter)]


def pinned(clauses: str) -> str:
    return (
        f"a is pinned by {clauses}: the list cannot be installed beside a package that needs another version. | Write only "
        "a. If you need the bound for a time, write a=2027-11-01 in allow_pins."
    )


def capped(clauses: str, left: str = "a") -> str:
    return (
        f"a has the upper bound {clauses}: the list cannot be installed beside a package that needs a newer version. | "
        f"Write only {left}. If you need the bound for a time, write a=2027-11-01 in allow_pins."
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("a", []),
        ("a>=1", []),
        ("a!=1", []),
        ("a>1,!=1.5", []),
        ("a==1", ["P001 5:16 " + pinned("==1")]),
        ("a===1", ["P001 5:16 " + pinned("===1")]),
        ("a==1.*", ["P001 5:16 " + pinned("==1.*")]),
        ("a<2", ["P002 5:16 " + capped("<2")]),
        ("a<=2", ["P002 5:16 " + capped("<=2")]),
        ("a~=1.4", ["P002 5:16 " + capped("~=1.4")]),
        ("a>=1,<2", ["P002 5:16 " + capped("<2", "a>=1")]),  # it said "Write only a"
        ("a[b]<2", ["P002 5:16 " + capped("<2", "a[b]")]),
    ],
)
def test_an_upper_bound_is_reported(item: str, expected: list[str]) -> None:
    assert found("P", requirements=item) == expected
    assert [text.replace("5:20", "5:16") for text in found("P", pip_requirements=item)] == expected


def test_pins_of_conda_requirements_are_reported() -> None:
    assert found("P", conda_requirements="a=1.8") == ["P001 5:22 " + pinned("=1.8")]


@pytest.mark.parametrize(
    ("day", "python", "expected"),
    [
        pytest.param(
            datetime.date(2026, 10, 30),
            "3.10",
            [
                "F102 4:14 min_python is 3.10, but conda-forge builds only for Python 3.11 and newer. So its package of "
                "the list will need Python 3.11. | Write min_python = 3.11 if all learners have that Python."
            ],
            id="dropped by conda-forge, still supported by CPython",
        ),
        pytest.param(
            datetime.date(2026, 10, 31),
            "3.10",
            [
                "F003 4:14 Python 3.10 has had no security updates since 2026-10-31, and fewer and fewer packages support "
                "it: conda-forge builds only for Python 3.11 and newer. | Write min_python = 3.11."
            ],
            id="dropped by both",
        ),
        pytest.param(datetime.date(2026, 10, 31), "3.11", [], id="dropped by nobody"),
    ],
)
def test_a_python_that_conda_forge_has_dropped_is_reported(
    day: datetime.date, python: str, expected: list[str]
) -> None:
    assert found("F", day, requirements="a", min_python=python) == expected


def test_a_pin_in_an_extra_is_only_a_note() -> None:
    assert [text[:4] for text in found("P", dev_requirements="a==1")] == ["P101"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime.date(2026, 12, 31), []),
        (
            datetime.date(2027, 1, 1),
            [
                "P003 5:16 a was allowed to have the upper bound <2 until 2026-12-31. That day has passed. | Write "
                "only a. If you still need the bound, write a later date in allow_pins."
            ],
        ),
    ],
)
def test_a_pin_exception_is_valid_until_its_last_day(day: datetime.date, expected: list[str]) -> None:
    assert found("P", day, requirements="a<2", allow_pins="A=2026-12-31") == expected


def test_a_pin_exception_without_a_pin_is_reported() -> None:
    expected = "P004 6:14 allow_pins names a, which is not pinned. | Delete it from allow_pins."
    assert found("P", requirements="a", allow_pins="a=2026-12-31") == [expected]


def test_a_requirement_for_pip_only_is_reported() -> None:
    assert found("C", requirements="x", pip_requirements="a", dev_requirements="b") == [
        "C101 6:20 a is for pip only: the list does not bring it to conda and mamba users. | Move it to requirements if a conda "
        "channel has it now.",
        "C102 7:20 dev_requirements becomes the extra course-meta[dev] for pip, and conda gets nothing of it. | None",
    ]


def test_a_marker_that_is_never_true_is_reported() -> None:
    assert found("C", requirements="a;python_version<'3.8'") == [
        "C103 5:16 The marker of a is false on Linux, macOS and Windows with Python 3.11 to 3.15, so conda gets "
        "nothing of it. | Delete the requirement if it was for older Pythons, or for a system that no learner uses."
    ]


def test_a_name_that_conda_forge_did_not_have_is_reported() -> None:
    assert found("C", requirements="fastbook") == [
        "C104 5:16 conda-forge had no fastbook in 2026-08, when onelist's table of names was made. | If your "
        "channels do not have it either, move fastbook to pip_requirements."
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"requirements": "pandas dlib-bin torch"},
            "C105 5:23 conda's dlib does not tell pip that it is dlib-bin: where conda-forge's package of the list is "
            "installed, pip check says that dlib-bin is missing. | List the name under which pip sees conda's "
            "dlib, if the package index has it too.",
        ),
        (
            {"requirements": "psycopg2-binary", "conda_names": "psycopg2-binary=psycopg2"},
            "C105 5:16 conda_names says psycopg2 for psycopg2-binary, and nothing says that this conda package carries "
            "psycopg2-binary: where conda-forge's package of the list is installed, pip check may say that "
            "psycopg2-binary is missing. | Nothing to do if psycopg2 does the work of psycopg2-binary. The recipe for "
            "conda-forge leaves pip check out.",
        ),
        (
            {"requirements": "tfp-nightly tensorflow-probability"},
            "C105 5:16 tfp-nightly and tensorflow-probability are the same conda package, tensorflow-probability. It may "
            "carry only one of them, and pip check then says that the other is missing. | List only one of them, if you "
            "can.",
        ),
        (
            {"requirements": "pandas cmake"},
            "C105 5:23 conda's cmake holds nothing that pip sees: where conda-forge's package of the list is installed, pip "
            "check says that cmake is missing. | Nothing to do if conda's cmake is what you mean. The recipe for "
            "conda-forge leaves pip check out.",
        ),
    ],
    ids=["table", "conda_names", "two names", "namesake"],
)
def test_a_conda_package_that_pip_does_not_see_is_reported(keys: dict[str, str], expected: str) -> None:
    assert found("C105", TODAY, **keys) == [expected]


@pytest.mark.parametrize(("name", "code"), [("sklearn", "S120"), ("yaml", "S120"), ("bs4", "S207"), ("ffmpeg", "S207")])
def test_a_name_that_means_another_project_has_one_finding(name: str, code: str) -> None:
    others = {one.split()[0] for one in found("", TODAY, requirements="pandas")}
    assert [one.split()[0] for one in found("", TODAY, requirements=name) if one.split()[0] not in others] == [code]


@pytest.mark.parametrize(
    "keys",
    [
        {"requirements": "graphviz torch opencv-python ray[tune] dask[complete] pyside6 vtk Scikit_Learn"},
        {"requirements": "torch mylist[a]", "conda_names": "torch=pytorch-cpu mylist[a]=mylist"},
        {"pip_requirements": "torch", "conda_requirements": "pytorch"},
    ],
    ids=["table", "conda_names", "paired"],
)
def test_a_conda_package_that_carries_the_distribution_is_not_reported(keys: dict[str, str]) -> None:
    assert found("C105", TODAY, **keys) == []


def test_findings_are_in_the_order_of_the_lines() -> None:
    codes = [item.code for item in check(project(pip_requirements="z", requirements="a==1 b[x] c<2", user="me"))]
    assert codes == ["C101", "P001", "C001", "P002", "S201", "S104", "S105", "S106", "S202"]
