"""What the public package index refuses is found before an upload, and what has no effect is said."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from onelist.checks.registry import check_settings
from onelist.core.model import TextFile
from onelist.translation.plan import make_plan
from tests.helpers import brief, project

if TYPE_CHECKING:
    from onelist.core.model import Project

CODES = ("S115", "S116", "S117", "S118", "S016", "S206", "C106")


def found(checked: Project) -> list[str]:
    findings = check_settings(checked, make_plan(checked.settings), datetime.date(2026, 9, 1))
    return [brief(finding) for finding in findings if finding.code in CODES]


def with_readme(name: str, text: str) -> Project:
    return replace(project(requirements="pandas"), readme=TextFile(name=name, content=text.encode()))


def test_a_summary_may_have_512_characters() -> None:
    assert found(project(description="x" * 512)) == []
    assert found(project(description="x" * 513)) == [
        "S115 5:15 The description has 513 characters. The public package index refuses more than 512. | Write one "
        "sentence here, and the rest into the README."
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("statistics", "Asyncio", "distutils", "xml", "binhex", "compression", "test"),
        *("concurrent.futures", "xml_etree", "future", "Dummy-Threading"),
    ],
)
def test_the_name_of_a_module_of_python_is_reserved(name: str) -> None:
    (text,) = found(project(lib_name=name))
    assert text.startswith(f"S117 2:12 {name} is the name of a module of Python itself.")


@pytest.mark.parametrize("name", ["statistics-course", "course", "name", "asyncio-futures-course"])
def test_other_names_are_free(name: str) -> None:
    assert found(project(lib_name=name)) == []


def test_a_readme_that_the_index_cannot_show_is_named_with_its_line() -> None:
    pytest.importorskip("readme_renderer")
    assert found(with_readme("README.rst", "Course\n======\n\n.. toctree::\n   intro\n")) == [
        "S116 - README.rst cannot be shown, so the public package index refuses the package: line 4: Unknown directive "
        'type "toctree". | Correct that line, or write the README in Markdown (README.md).'
    ]
    assert found(with_readme("README.rst", "Course\n======\n\nText\n")) == []
    assert found(with_readme("README.md", ".. toctree::\n")) == []


def test_a_readme_is_not_said_to_be_well_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "readme_renderer.rst", None)
    assert found(with_readme("README.rst", "Course\n======\n")) == [
        "S206 - README.rst was not tried: the library readme-renderer is not installed. | Run: python -m pip install "
        "'onelist[readme]'"
    ]


def test_programs_without_code_are_said_to_be_missing() -> None:
    assert found(project(console_scripts="go=course.cli:main")) == [
        "S118 5:1 console_scripts names programs, but the package contains no code, so no one gets them. | Delete "
        "console_scripts. Or write meta_package = true if you know that."
    ]
    assert found(project(console_scripts="go=course.cli:main", meta_package="true")) == []
    assert found(project(console_scripts="")) == []


@pytest.mark.parametrize("text", ["y", "Yes", "on", "TRUE", "n", "no", "Off", "false"])
def test_a_description_that_conda_build_reads_as_true_or_false_is_named(text: str) -> None:
    assert found(project(description=text)) == [
        f"S016 5:15 conda-build reads the description {text} as true or false, not as text. | Write a sentence that "
        "says what the list is for."
    ]
    assert found(project(lib_name=text)) == [
        f"S016 2:12 conda-build does not build a package with the name {text.lower()}: it reads the name as true or "
        f"false. | Write {text}={text.lower()}-list in conda_names, or choose another lib_name."
    ]
    assert found(project(lib_name=text, conda_names=f"{text}={text.lower()}-list")) == []


def test_conda_forge_asks_for_matplotlib_base() -> None:
    said = "The recipe for conda-forge requires matplotlib, and conda-forge asks for matplotlib-base in recipes."
    before = "Before you submit to conda-forge, write"
    assert found(project(requirements="pandas matplotlib>=3")) == [
        f"C106 5:23 {said} | {before} conda_names = matplotlib=matplotlib-base"
    ]
    assert found(project(conda_requirements="matplotlib")) == [
        f"C106 5:22 {said} | {before} matplotlib-base in conda_requirements."
    ]
    assert found(project(requirements="matplotlib", conda_names="matplotlib=matplotlib-base")) == []
    assert found(project(pip_requirements="matplotlib")) == []


@pytest.mark.parametrize(
    ("requirements", "conda_requirements", "said"),
    [
        ("Astropy>=6", "", "C106 5:16 astropy astropy-base | conda_names = astropy=astropy-base"),
        ("", "pytorch-gpu", "C106 5:22 pytorch-gpu pytorch | pytorch in conda_requirements."),
        ("", "build>=1", "C106 5:22 build python-build | python-build in conda_requirements."),
        ("build importlib_metadata torch", "", ""),
        ("pytorch-gpu", "", "C106 5:16 pytorch-gpu pytorch | conda_names = pytorch-gpu=pytorch"),
    ],
)
def test_conda_forge_asks_for_other_packages_too(requirements: str, conda_requirements: str, said: str) -> None:
    keys = {"requirements": requirements, "conda_requirements": conda_requirements}
    messages = found(project(**{key: value for key, value in keys.items() if value}))
    expected, _, hint = said.partition(" | ")
    words = expected.split()
    assert messages == [
        f"{' '.join(words[:2])} The recipe for conda-forge requires {words[2]}, and conda-forge asks for {words[3]} in "
        f"recipes. | Before you submit to conda-forge, write {hint}"
        for _ in [said]
        if said
    ]
