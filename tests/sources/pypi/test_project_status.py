"""The status of a project (PEP 792) in every form that servers send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from onelist.sources.pypi.project_status import ACTIVE, ProjectStatus, StatusMarker
from onelist.sources.pypi.simple import ProjectFiles, parse
from tests.servers import HTML_TYPE, JSON_TYPE
from tests.sources.pypi.test_candidates import page

if TYPE_CHECKING:
    from collections.abc import Mapping

ARCHIVED = ProjectStatus(marker=StatusMarker.ARCHIVED, reason="use y")


def of_json(**more: Any) -> ProjectStatus:
    content = {"meta": {"api-version": "1.4"}, "name": "x", "files": [], **more}
    found = parse(page(json.dumps(content).encode(), JSON_TYPE), "x")
    assert isinstance(found, ProjectFiles)
    return found.status


def of_html(head: str) -> ProjectStatus:
    version = '<meta name="pypi:repository-version" content="1.4">'
    found = parse(page(f"<html><head>{version}{head}</head></html>".encode(), HTML_TYPE), "x")
    assert isinstance(found, ProjectFiles)
    return found.status


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, ACTIVE, id="nothing"),
        pytest.param({"project-status": {"status": "archived", "reason": "use y"}}, ARCHIVED, id="an object"),
        pytest.param(
            {"meta": {"api-version": "1.4", "project-status": "archived", "project-status-reason": "use y"}},
            ARCHIVED,
            id="in meta",
        ),
        pytest.param({"project-status": {"status": "active", "reason": "x"}}, ACTIVE._replace(reason="x"), id="active"),
        pytest.param({"project-status": {"status": "frozen"}}, ACTIVE, id="a marker of the future"),
        pytest.param({"project-status": {"status": ["archived"]}}, ACTIVE, id="a list"),
        pytest.param({"project-status": None}, ACTIVE, id="null"),
        pytest.param({"project-status": "archived"}, ACTIVE, id="a word"),
        pytest.param(
            {"project-status": {"status": "deprecated", "reason": 7}},
            ProjectStatus(marker=StatusMarker.DEPRECATED),
            id="a reason that is no text",
        ),
        pytest.param(
            {"project-status": {"status": "archived", "reason": " use\n\n  y "}}, ARCHIVED, id="a reason of many lines"
        ),
    ],
)
def test_the_status_in_json(more: Mapping[str, Any], expected: ProjectStatus) -> None:
    assert of_json(**more) == expected


def test_a_reason_is_cut() -> None:
    reason = of_json(**{"project-status": {"status": "archived", "reason": "a" * 5000}}).reason
    assert reason == "a" * 200 + "..."


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", ACTIVE),
        ('<meta name="pypi:project-status" content="archived">', ARCHIVED._replace(reason="")),
        (
            '<meta name="pypi:project-status" content="archived"><meta content="use y" '
            'name="pypi:project-status-reason"/>',
            ARCHIVED,
        ),
        ('<meta name="pypi:project-status">', ACTIVE),
        ('<a name="pypi:project-status" content="archived">', ACTIVE),
        ('<!-- <meta name="pypi:project-status" content="archived"> -->', ACTIVE),
    ],
)
def test_the_status_in_html(head: str, expected: ProjectStatus) -> None:
    assert of_html(head) == expected
