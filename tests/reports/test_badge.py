"""`onelist badge`: what it says of a report, as an SVG and as the JSON of shields.io."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from onelist.reports.answers.badge import endpoint_json, make_badge, svg
from tests.channels import interpreters, write_channel
from tests.helpers import WELL, settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran


def result(**states: str) -> dict[str, Any]:
    """Return the result of a check with these states of each installer, each a word."""
    rows = [{"installer": tool, "state": state} for tool, words in states.items() for state in words.split()]
    return {"schema_version": 1, "settings": {}, "resolutions": rows}


@pytest.mark.parametrize(
    ("states", "message", "colour"),
    [
        ({"pip": "resolved resolved", "conda": "resolved"}, "installs", "brightgreen"),
        ({"pip": "clash", "conda": "clash clash"}, "fails", "red"),
        ({"pip": "resolved resolved", "conda": "resolved clash"}, "pip: installs, conda: 1 of 2 install", "yellow"),
        ({"pip": "resolved", "conda": "clash"}, "pip: installs, conda: fails", "red"),
        ({"pip": "unknown", "conda": "unknown"}, "unknown", "lightgrey"),
        (
            {"pip": "resolved unknown", "conda": "clash"},
            "pip: 1 of 2 install, 1 unknown, conda: fails",
            "lightgrey",
        ),
        ({"pip": "resolved"}, "pip: installs, conda: not checked", "lightgrey"),
        ({}, "not checked", "lightgrey"),
    ],
)
def test_what_the_badge_says(states: dict[str, str], message: str, colour: str) -> None:
    assert make_badge([result(**states)]) == ("pip and conda", message, colour)


def test_a_badge_for_one_installer_and_for_several_lists() -> None:
    one, other = result(pip="resolved", conda="clash"), result(pip="resolved clash")
    assert make_badge([one], ["pip"]) == ("pip", "installs", "brightgreen")
    assert make_badge([one | {"settings": {"conda_channels": []}}]) == ("pip", "installs", "brightgreen")
    assert make_badge([one, other], ["pip"]) == ("pip", "2 of 3 install", "yellow")
    broken = {"schema_version": 1, "settings": None}
    assert make_badge([one, broken], ["pip"]) == ("pip", "mistakes in the settings", "red")


def test_strict_channel_priority_does_not_count() -> None:
    one = result(conda="resolved")
    one["resolutions"].append({"installer": "conda", "state": "clash", "priority": "strict"})
    assert make_badge([one], ["conda"]).message == "installs"


def test_the_picture_says_the_same_in_words() -> None:
    badge = make_badge([result(pip="resolved", conda="resolved clash")])
    root = ET.fromstring(svg(badge))  # noqa: S314 - ours
    name = "pip and conda: pip: installs, conda: 1 of 2 install"
    assert (root.get("role"), root.get("aria-label")) == ("img", name)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["pip and conda", "pip: installs, conda: 1 of 2 install"]
    assert endpoint_json(badge) == {
        "schemaVersion": 1,
        "label": "pip and conda",
        "message": "pip: installs, conda: 1 of 2 install",
        "color": "yellow",
    }


@pytest.mark.usefixtures("own_caches")
def test_a_badge_of_a_run_is_that_of_its_report(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    platforms = ["linux-64"]
    forge = write_channel(tmp_path / "forge", interpreters(platforms, ["3.15"]), platforms)
    keys = WELL | {
        "min_python": "3.15",
        "platforms": "linux-64",
        "conda_channels": str(forge),
        "requirements": "pandas",
    }
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    with index_server({"pandas": [wheel("pandas", "2.2")]}) as server:
        index = ("--index-url", f"{server.url}/simple/")
        report = onelist("check", *index, "--format", "json").out
        ran = onelist("badge", *index, "--format", "endpoint")
    (tmp_path / "report.json").write_text(report, encoding="utf-8")
    again = onelist("badge", "--report", "report.json", "--format", "endpoint")
    assert ran.code == again.code == 0
    assert json.loads(ran.out) == json.loads(again.out)
    assert json.loads(ran.out)["message"] == "pip: installs, conda: fails"
    assert onelist("badge", "--report", "report.json", "-o", "new/badge.svg") == ran.__class__(code=0, out="", err="")
    assert (tmp_path / "new/badge.svg").read_text(encoding="utf-8") == onelist("badge", "--report", "report.json").out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"results": []}',
        '{"schema_version": 2, "settings": {}}',
        '{"schema_version": 1, "settings": {}, "resolutions": 3}',
        '{"schema_version": 1, "settings": {}, "resolutions": [{"installer": "pip", "state": "<b>"}]}',
        '{"schema_version": 1, "settings": {}, "resolutions": [{"installer": ["pip"], "state": "resolved"}]}',
        '{"schema_version": 1, "settings": {}, "resolutions": [{"installer": "pip", "state": ["resolved"]}]}',
    ],
)
def test_another_file_is_not_taken_for_a_report(text: str, tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    ran = onelist("badge", "--report", "report.json")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "onelist: report.json is not a JSON report of this version of onelist.\n"
        "    Make one with: onelist check --format json\n",
    )


def test_a_report_about_a_past_day_is_no_badge_about_now(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "report.json").write_text(json.dumps(result(pip="resolved") | {"as_of": "2026-11-01"}), "utf-8")
    ran = onelist("badge", "--report", "report.json")
    assert ran.code == 2
    assert "report.json is about a past day, and a badge is about now." in ran.err
