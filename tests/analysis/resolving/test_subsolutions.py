"""A part of a solution that avoids some packages is a solution, and is not solved for again."""

from __future__ import annotations

import pytest

from onelist.analysis.resolving.subsolutions import installable_without
from onelist.sources.solution import ResolvedPackage


def package(name: str, *requires: str, not_for_mamba: bool = False) -> ResolvedPackage:
    return ResolvedPackage(name=name, version="1.0", requires=requires, not_for_mamba=not_for_mamba)


SOLUTION = [
    package("python", "openssl"),
    package("openssl"),
    package("pandas", "python", "dateutil"),
    package("dateutil", "python", "six"),
    package("six", "python"),
    package("datasets", "pandas"),
    package("requests", "python", "idna"),
    package("idna", "requests"),
]
LIST = ["pandas", "datasets", "requests"]


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [
        ("dateutil", ["requests"]),
        ("six", ["requests"]),
        ("pandas", ["requests"]),
        ("idna", ["pandas", "datasets"]),
        ("datasets", ["pandas", "requests"]),
    ],
)
def test_what_depends_on_an_excluded_package_is_not_proved_and_all_else_is(excluded: str, expected: list[str]) -> None:
    assert installable_without({excluded}, SOLUTION, LIST) == frozenset(expected)


def test_nothing_is_proved_if_python_itself_depends_on_an_excluded_package() -> None:
    assert installable_without({"openssl"}, SOLUTION, LIST) is None


def test_python_alone_is_proved_though_no_requirement_is() -> None:
    assert installable_without({"six", "idna"}, SOLUTION, LIST) == frozenset()


def test_a_dependency_that_the_solution_lacks_proves_nothing_of_what_depends_on_it() -> None:
    some = [one for one in SOLUTION if one.name != "six"]
    assert installable_without({"other"}, some, [*LIST, "unknown"]) == frozenset(["requests"])


def test_nothing_is_proved_of_a_solution_with_optional_dependencies() -> None:
    v3 = package("new", "python", not_for_mamba=True)
    assert installable_without({"dateutil"}, [*SOLUTION, v3], LIST) is None
