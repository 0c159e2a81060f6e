"""The index from JSON reports says what that of a single run says, and takes nothing else for a report."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from onelist.core.findings import Finding, Severity
from onelist.core.status import Unknown
from onelist.reports.json_report import FileTotals, check_json
from onelist.reports.page.index import index_row
from onelist.reports.page.merged import name_of_result, row_of_result
from onelist.reports.page.model import PageInput
from tests.conftest import NOW
from tests.helpers import parse, settings_text
from tests.reports.page.test_page import BUILDS, FAILS, WORKS
from tests.resolutions import resolution

SETTINGS = parse(
    settings_text(
        lib_name="course-meta",
        requirements="Zope.Interface>=1 own[more] @ https://example.org/own-1.0.tar.gz",
        pip_requirements="pandas",
        conda_requirements="nodejs>=2",
        dev_requirements="pytest",
    )
)
PAGE = PageInput(
    file="settings.ini",
    checked=NOW,
    settings=SETTINGS,
    findings=tuple(
        Finding(code="A001", severity=severity, message="m", file="settings.ini")
        for severity in (Severity.ERROR, Severity.WARNING, Severity.WARNING, Severity.INFO)
    ),
    resolutions=(
        resolution("linux-64/3.14", WORKS),
        resolution("linux-64/3.15", BUILDS),
        resolution("linux-64/3.14", FAILS, installer="conda"),
        resolution("linux-64/3.15", Unknown(reason="did not answer in time"), installer="conda"),
    ),
)


def result(page: PageInput) -> dict[str, Any]:
    return check_json(page.settings, page.findings, FileTotals(file=page.file), None, page.resolutions)


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        dataclasses.replace(PAGE, resolutions=None),
        dataclasses.replace(PAGE, settings=None, file="a/settings.ini"),
    ],
    ids=["resolved", "not resolved", "mistakes"],
)
def test_a_row_from_a_report_is_that_of_a_single_run(page: PageInput) -> None:
    assert row_of_result(result(page), "x.html") == index_row(page, "x.html")
    assert name_of_result(result(page)) == (page.settings.name if page.settings else None)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("settings",), "x"),
        (("settings", "version"), 1),
        (("settings", "extras"), []),
        (("settings", "requirements"), [1]),
        (("findings", 0, "severity"), "worst"),
        (("resolutions", 0, "state"), "fine"),
        (("resolutions", 0, "state"), []),
        (("resolutions",), 1),
    ],
)
def test_a_wrong_value_is_an_error(place: tuple[str | int, ...], wrong: object) -> None:
    data = inner = result(PAGE)
    for key in place[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[place[-1]] = wrong  # type: ignore[index]
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        row_of_result(data, "")


@pytest.mark.parametrize("name", ["../x", "javascript:x", "A", "", 1])
def test_a_name_is_no_path_and_no_address(name: object) -> None:
    data = result(PAGE)
    data["settings"]["name"] = name
    with pytest.raises((ValueError, TypeError)):
        name_of_result(data)
