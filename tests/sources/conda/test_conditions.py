"""Conditional dependencies: which conditions hold, as CEP 43 says."""

from __future__ import annotations

import pytest

from onelist.sources.conda.conditions import applies, holds

LINUX = [("python", "3.12.5", "h1_0_cp312"), ("__glibc", "2.28", "0"), ("__unix", "0", "0"), ("__linux", "5.10", "0")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("__unix", True),
        ("__win", False),
        ("python>=3.12", True),
        ("python>=3.8,<3.11", False),
        ("__unix and python>=3.12", True),
        ("__unix and python>=3.13", False),
        ("__win or python>=3.12", True),
        ("__win or python<3.12", False),
        ("__win and python>=3.12 or __unix", True),
        ("__win and (python>=3.12 or __unix)", False),
        ("(__win or __unix) and (python<3.10 or __glibc>=2.17)", True),
        ("(__win or __unix)and(python<3.10 or __glibc>=2.99)", False),
        ('python[version=">=3.12,<4", build="*_cp312"]', True),
        ('python[version=">=3.12", build="*_pypy"] or __win', False),
        ("android or orpheus", False),
        ("numpy>=2", False),
    ],
)
def test_and_binds_stronger_than_or(condition: str, *, expected: bool) -> None:
    assert holds(condition, LINUX) is expected


@pytest.mark.parametrize("condition", ["(__win", "__win)", "or __win", "__win or", "__win and or __win", "()", ""])
def test_a_condition_that_cannot_be_read_holds(condition: str) -> None:
    assert holds(condition, LINUX)


def test_a_condition_of_many_alternatives_ends_at_once() -> None:
    assert holds(" and ".join(["(__win or __osx)"] * 40), LINUX)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("python >=3.14", True),
        ('python >=3.14[when="__win"]', False),
        ('python[version=">=3.14", when="__unix"]', True),
        ("whenever >=1", True),
        ('python >=3.14[when="not __win"]', True),
    ],
)
def test_a_dependency_without_a_condition_applies(spec: str, *, expected: bool) -> None:
    assert applies(spec, LINUX) is expected
