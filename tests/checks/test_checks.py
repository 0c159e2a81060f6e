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


def capped(clauses: str) -> str:
    return (
        f"a has the upper bound {clauses}: the list cannot be installed beside a package that needs a newer version. | "
        "Write only a. If you need the bound for a time, write a=2027-11-01 in allow_pins."
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
        ("a>=1,<2", ["P002 5:16 " + capped("<2")]),
    ],
)
def test_an_upper_bound_is_reported(item: str, expected: list[str]) -> None:
    assert found("P", requirements=item) == expected
    assert [text.replace("5:20", "5:16") for text in found("P", pip_requirements=item)] == expected


def test_pins_of_conda_requirements_are_reported() -> None:
    assert found("P", conda_requirements="a=1.8") == ["P001 5:22 " + pinned("=1.8")]


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
        "C102 7:20 dev_requirements becomes the extra course-meta[dev] for pip; conda has no extras. | None",
    ]


def test_a_marker_that_is_never_true_is_reported() -> None:
    assert found("C", requirements="a;python_version<'3.8'") == [
        "C103 5:16 The marker of a is false on every operating system with Python 3.11 or newer, so conda gets "
        "nothing of it. | Delete the requirement if it was for older Pythons, or for a system that no learner uses."
    ]


def test_a_name_that_conda_forge_did_not_have_is_reported() -> None:
    assert found("C", requirements="fastbook") == [
        "C104 5:16 conda-forge had no fastbook in 2026-08, when onelist's table of names was made. | If your "
        "channels do not have it either, move fastbook to pip_requirements."
    ]


def test_findings_are_in_the_order_of_the_lines() -> None:
    codes = [item.code for item in check(project(pip_requirements="z", requirements="a==1 b[x] c<2", user="me"))]
    assert codes == ["C101", "P001", "C001", "P002", "S201", "S104", "S105", "S106", "S202"]
