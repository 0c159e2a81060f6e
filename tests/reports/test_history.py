"""`check --history`: a line for each run, and what the page says has changed since."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest

from onelist.core.errors import UsageError
from onelist.core.rules import RULES
from onelist.reports import history
from onelist.reports.history import MOST_BYTES, MOST_RUNS, line_of, parse_history, with_line
from onelist.reports.page.changes import MOST_LOOKS, Changes, changes
from onelist.reports.page.looks import CellLook, InstallLook, ListLook, Look
from onelist.reports.page.states import PageState
from onelist.reports.page.trend import trends
from tests.channels import Package, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import WELL, settings_text
from tests.schemas import validate
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

DAY = datetime.timedelta(days=1)


def cell(text: str) -> CellLook:
    state, _, version = text.partition(" ")
    return CellLook(PageState(state), version or None)


def seen(**more: Any) -> ListLook:
    """Return what a check found; ``cells`` and ``installs`` as words."""
    cells = {tuple(key.split(" on ")): cell(text) for key, text in more.get("cells", {}).items()}
    installs = {tuple(key.split(" ")): InstallLook(PageState(state)) for key, state in more.get("installs", {}).items()}
    findings = frozenset(tuple(one.split(" ")) for one in more.get("findings", ()))
    return ListLook(
        name=more.get("name", "course-meta"),
        version=more.get("version", "1"),
        cells=cells,
        installs=installs,
        findings=findings,
    )


def days(*looks: ListLook) -> list[Look]:
    """Return one look a day, the last of them yesterday."""
    first = NOW - len(looks) * DAY
    return [Look(time=first + number * DAY, lists=(one,)) for number, one in enumerate(looks)]


def changed(*looks: ListLook) -> list[str]:
    *before, now = looks
    return [f"{one.word}: {one.text}" for one in changes(days(*before), now).items]


def test_what_appeared_and_vanished() -> None:
    before = seen(
        cells={"a on pip": "absent", "b on forge": "found 1.0", "c on pip": "found 1.0", "d on pip": "part 2"}
    )
    now = seen(cells={"a on pip": "found 2.0", "b on forge": "absent", "c on pip": "found 1.1", "d on pip": "found 2"})
    assert changed(before, now) == [
        "worse: b vanished from forge; the last version was 1.0.",
        "better: a appeared on pip (2.0).",
        "better: d on pip (2): found, before found in part.",
        "other: c on pip: 1.1, before 1.0.",
    ]


def test_an_unknown_answer_is_neither_a_change_nor_the_end_of_one() -> None:
    found, unknown, absent = (seen(cells={"a on pip": text}) for text in ("found 1", "unknown", "absent"))
    assert changed(found, unknown) == []
    assert changed(found, unknown, found) == []
    assert changed(found, unknown, absent) == ["worse: a vanished from pip; the last version was 1."]


def test_what_no_longer_installs_and_since_when() -> None:
    key = "conda linux-64/3.15"
    works, fails, unknown = (seen(installs={key: state}) for state in ("found", "absent", "unknown"))
    assert changed(works, fails) == ["worse: The list no longer installs with conda on Linux with Python 3.15."]
    assert changed(fails, works) == ["better: The list now installs with conda on Linux with Python 3.15."]
    assert changed(works, unknown) == []
    assert changes(days(works, fails, unknown, fails), fails).still == (
        "with conda on Linux with Python 3.15: fails since 22 November 2026",
    )
    assert changes(days(fails, fails), fails).still == (
        "with conda on Linux with Python 3.15: fails since 23 November 2026 or earlier",
    )
    assert changes(days(works), fails).still == ()


def test_what_is_checked_now_and_no_longer() -> None:
    one, two = (seen(installs={f"pip {target}": "found"}) for target in ("linux-64/3.9", "win-64/3.10"))
    assert changed(one, two) == [
        "other: Windows: checked now.",
        "other: Python 3.10: checked now.",
        "other: Linux: no longer checked.",
        "other: Python 3.9: no longer checked.",
    ]
    assert changed(one, seen(), one) == []


def test_what_the_list_asks_for_and_its_findings() -> None:
    before = seen(cells={"a on pip": "found 1"}, findings=["A001 a", "P001 ", "F001 ", "X999 <b>"], version="1")
    now = seen(cells={"b on pip": "found 1"}, findings=["A001 b", "A001 c", "P001 "], version="2")
    assert changed(before, now) == [
        f"worse: New: finding A001 ({RULES['A001'].title}): b and c.",
        f"better: Gone: finding A001 ({RULES['A001'].title}): a.",
        f"better: Gone: finding F001 ({RULES['F001'].title}).",
        "better: Gone: finding X999: <b>.",
        "other: b is new in the list.",
        "other: a is no longer in the list.",
        "other: The version of the list is 2, before 1.",
    ]


def test_findings_are_compared_with_a_run_that_asked_the_same() -> None:
    resolved = seen(cells={"a on pip": "found 1"}, installs={"pip linux-64/3.15": "found"}, findings=["R001 a"])
    without = seen(cells={"a on pip": "found 1"})
    assert changed(resolved, without) == []
    assert changed(resolved, without, resolved) == []


def test_the_download_over_time_is_that_of_the_target_with_the_most() -> None:
    def look(*sizes: int | None) -> ListLook:
        rows = {("pip", f"linux-64/3.{14 + place}"): size for place, size in enumerate(sizes)}
        installs = {key: InstallLook(PageState.FOUND, 10, size) for key, size in rows.items()}
        return dataclasses.replace(seen(), installs=installs)

    found = trends(days(look(10**9, 2 * 10**9), look(None), look(None, 10**9)), look(4 * 10**9), NOW)
    assert [one.text for one in found] == [
        "pip downloads at most 4.0 GB; on 22 November 2026 it was 2.0 GB.",
        "pip installs at most 10 packages; on 22 November 2026 it was 10.",
    ]
    assert found[0].points == "4.0,30.0 198.7,43.0 296.0,4.0"
    assert trends([], look(1), NOW) == trends(days(seen()), look(1), NOW) == ()


def test_the_first_look_and_other_lists() -> None:
    assert changes([], seen()) == changes(days(seen(name="other")), seen()) == Changes(None, (), ())


def test_what_had_changed_at_the_looks_before_and_back_to_which_day() -> None:
    one, two = (seen(cells={"a on pip": f"found {version}"}) for version in "12")
    found = changes(days(one, one, two, two, one), one)
    assert found.items == ()
    assert [(look.time.day, [item.text for item in look.items]) for look in found.earlier] == [
        (24, ["a on pip: 1, before 2."]),
        (22, ["a on pip: 2, before 1."]),
    ]
    assert found.back_to == NOW - 5 * DAY
    assert changes(days(one), two).back_to is None
    unknown = seen(cells={"a on pip": "unknown"})
    (look,) = changes(days(one, unknown, two), two).earlier
    assert (look.time, [item.text for item in look.items]) == (NOW - DAY, ["a on pip: 2, before 1."])


def test_the_looks_before_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = days(*(seen(cells={"a on pip": f"found {number}"}) for number in range(MOST_LOOKS + 9)))
    found = changes(looks, seen())
    assert (len(found.earlier), found.back_to) == (MOST_LOOKS - 1, NOW - MOST_LOOKS * DAY)
    monkeypatch.setattr("onelist.reports.page.changes.MOST_CHANGES", 3)
    found = changes(looks, seen())
    assert (len(found.earlier), found.back_to) == (3, NOW - 4 * DAY)


def test_a_line_comes_back_as_it_was_and_has_the_form_of_the_schema() -> None:
    one = seen(cells={"a on pip": "found 1", "a on forge": "absent"}, installs={"pip linux-64/3.15": "found"})
    look = Look(time=NOW, lists=(one, dataclasses.replace(one, name="other", findings=frozenset({("A001", "a")}))))
    line = line_of(look)
    assert parse_history("h", line.encode()) == (look,)
    validate(json.loads(line), "history")


def test_a_history_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b""
    for number in range(MOST_RUNS + 5):
        raw = with_line(raw, f"{number}")
    assert raw.splitlines()[0] == b"5"
    assert len(raw.splitlines()) == MOST_RUNS
    monkeypatch.setattr(history, "MOST_BYTES", 10)
    assert with_line(b"aaaa\nbbbb\ncc\n", "dddd") == b"cc\ndddd\n"
    assert with_line(b"aaaa\n", "longer than that") == b"longer than that\n"
    assert MOST_BYTES > 10


GOOD: dict[str, Any] = {
    "schema_version": 1,
    "time": "2026-11-27T14:05:00Z",
    "onelist": "0.1",
    "lists": [{"name": "a", "version": "1", "requirements": {}, "installs": {}, "findings": []}],
}


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        json.dumps(GOOD | {"schema_version": 2}),
        json.dumps(GOOD | {"time": "yesterday"}),
        json.dumps(GOOD | {"time": 3}),
        json.dumps(GOOD | {"lists": [3]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"name": 3}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"requirements": {"a": {"pip": ["odd", None]}}}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"requirements": {"a": {"pip": ["found", 3]}}}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"installs": {"pip": {"x": ["found", True, 1]}}}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"installs": {"pip": {"x": ["found", -1, 1]}}}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"installs": {"pip": {"x": ["found", 1, 10**400]}}}]}),
        json.dumps(GOOD | {"lists": [GOOD["lists"][0] | {"findings": [["A001"]]}]}),
    ],
)
def test_another_file_is_not_taken_for_a_history(line: str) -> None:
    with pytest.raises(UsageError, match=r"^h is not a history of onelist: line 2 does not have its form\.$"):
        parse_history("h", f"{json.dumps(GOOD)}\n{line}\n".encode())


@pytest.mark.usefixtures("own_caches")
def test_the_page_shows_what_changed(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    platforms, pythons = ["linux-64"], ["3.15"]
    forge = write_channel(tmp_path / "forge", interpreters(platforms, pythons), platforms)
    keys = WELL | {
        "min_python": "3.15",
        "platforms": "linux-64",
        "conda_channels": str(forge),
        "requirements": "pandas",
    }
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    kept = tmp_path / "history.jsonl"
    with index_server({"pandas": [wheel("pandas", "2.2")]}) as server:

        def check(now: datetime.datetime) -> str:
            calling = ("check", "--index-url", f"{server.url}/simple/", "--format", "html", "--history", kept)
            ran = onelist(*calling, "-o", "page.html", now=now)
            assert ran.code in {0, 1}, ran.err
            return (tmp_path / "page.html").read_text(encoding="utf-8")

        assert "<p>This is the first look.</p>" in check(NOW)
        write_channel(tmp_path / "forge", [Package("pandas", "2.2")], platforms)
        text = check(NOW + DAY)
        again = check(NOW + 2 * DAY)
    assert "Since the last look, on 25 November 2026 12:00 UTC." in text
    assert f"pandas appeared on {forge} (2.2)." in text
    assert "The list now installs with conda on Linux with Python 3.15." in text
    assert "<details open><summary>Before that, since 25 November 2026</summary>\n<h3>26 November 2026 12:00" in again
    assert f"pandas appeared on {forge} (2.2)." in again
    assert len(kept.read_bytes().splitlines()) == 3
    assert "proved today" in text
    ran = onelist("check", "--index-url", f"{server.url}/simple/", "--format", "html", "--offline", now=NOW + DAY)
    assert "proved with earlier answers (--offline)" in ran.out
    assert "proved today" not in ran.out
    assert "Offline: the answers come from the cache: " in ran.out


def test_a_call_that_does_not_fit_changes_nothing(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine\n", encoding="utf-8")
    ran = onelist("check", "--history", "notes.txt")
    assert (ran.code, ran.err) == (
        2,
        "onelist: notes.txt is not a history of onelist: line 1 does not have its form.\n"
        "    Name another file. This one was not changed.\n",
    )
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine\n"
    assert onelist("check", "--history", ".").code == 2
    ran = onelist("check", "--history", "h", "--settings-only")
    assert ran.err.startswith("onelist: --history is about what servers answer, and --settings-only asks none.\n")
    assert not (tmp_path / "h").exists()


def test_no_link_leads_a_report_out_of_the_folder(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """What lies beside settings.ini comes from everybody who may propose a change."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text("", encoding="utf-8")
    (tmp_path / "settings.ini").write_text(settings_text(), encoding="utf-8")
    try:
        (tmp_path / "link").symlink_to(outside)
    except OSError:
        pytest.skip("this system makes no links for this user")
    for arguments in (["--history", "link"], ["--settings-only", "--format", "html", "-o", "link"]):
        ran = onelist("check", *arguments)
        assert ran.code == 2
        assert ran.err.startswith(f"link: error S014: link is a link that leads out of {tmp_path}. ")
    assert outside.read_bytes() == b""
