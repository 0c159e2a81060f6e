"""The page as text: the answer on top, what is proved, and nothing hostile in it as markup."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.resolving.resolution import Conflict, ConflictKind, Resolved, Unsatisfiable
from onelist.core.findings import Edit, Finding, Replace, Severity, Source, Span
from onelist.core.status import Unknown
from onelist.core.text import printable
from onelist.reports.page.bands import bands
from onelist.reports.page.headline import headline, next_steps
from onelist.reports.page.index import index_headline, index_row
from onelist.reports.page.install_lines import install_lines
from onelist.reports.page.model import PageInput
from onelist.reports.page.render import render
from onelist.reports.page.states import PageState, together
from onelist.reports.page.whole import whole
from onelist.sources.solution import Compiler
from tests.conftest import NOW
from tests.helpers import parse, settings_text
from tests.reports.test_github import HOSTILE
from tests.resolutions import member, package, resolution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus
    from tests.helpers import Ran

WORKS = Resolved(packages=(package("pandas", "2.2"),))
BUILDS = Resolved(packages=(package("pandas", "2.2", Compiler.LIKELY),))
CLASH = Conflict(members=(member("pandas"),), kind=ConflictKind.NOT_INSTALLABLE, explanation="because\nof it")
FAILS = Unsatisfiable(conflicts=(CLASH,))
OPEN = Unknown(reason="did not answer in time")
TEXT = settings_text(platforms="linux-64 win-64 osx-64 osx-arm64", conda_user="ada", conda_channels="conda-forge")


def page(*resolutions: Resolution, text: str = TEXT, findings: tuple[Finding, ...] = ()) -> PageInput:
    settings = parse(text)
    return PageInput(
        file="settings.ini",
        checked=NOW,
        findings=findings,
        settings=settings,
        source=settings.source,
        resolutions=resolutions or None,
    )


def finding(message: str, *, severity: Severity = Severity.ERROR, **more: object) -> Finding:
    one = Finding(code="A001", severity=severity, message=message, file="settings.ini")
    return dataclasses.replace(one, **more)  # type: ignore[arg-type]


# --- the answer ----------------------------------------------------------------------------------------------


def test_the_answer_counts_the_combinations_of_each_installer() -> None:
    some = [
        resolution("linux-64/3.14", WORKS),
        resolution("linux-64/3.15", BUILDS),
        resolution("linux-64/3.14", WORKS, installer="conda"),
        resolution("linux-64/3.15", FAILS, installer="conda"),
    ]
    assert headline(page(*some)) == (
        PageState.PART,
        "course-meta 0.1.0 installs with pip on 2 of 2 and with conda on 1 of 2 combinations of platform and Python, "
        "checked 25 November 2026 12:00 UTC.",
    )


def test_what_could_not_be_checked_is_neither_yes_nor_no() -> None:
    found = headline(page(resolution("linux-64/3.14", WORKS), resolution("linux-64/3.15", OPEN)))
    assert found.state is PageState.UNKNOWN
    assert found.text.startswith(
        "course-meta 0.1.0 installs with pip on 1 of 2 combinations of platform and Python; 1 could not be checked, "
    )


def test_without_a_resolver_there_is_no_answer() -> None:
    assert headline(page()) == (
        PageState.UNASKED,
        "Whether course-meta 0.1.0 installs was not checked: only the settings were looked at, checked 25 November "
        "2026 12:00 UTC.",
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("found found", "found"),
        ("found unasked", "found"),
        ("found source", "source"),
        ("found absent", "part"),
        ("absent unasked", "absent"),
        ("found unknown", "unknown"),
        ("absent unknown", "unknown"),
        ("unasked", "unasked"),
        ("", "unasked"),
    ],
)
def test_several_states_together(states: str, expected: str) -> None:
    assert together({PageState(one) for one in states.split()}) is PageState(expected)


def test_the_three_things_to_do_are_those_that_matter_most() -> None:
    span = Span(line=1, column=1, length=1)
    edit = Edit(changes=(Replace(span=Span(line=3, column=11, length=5), text="0.2.0"),))
    findings = (
        finding("note", severity=Severity.INFO, hint="read"),
        finding("warning", severity=Severity.WARNING, hint="weigh"),
        finding("an error without a hint"),
        finding("error", hint="correct", span=span),
        finding("the same", hint="correct", span=span, edit=edit),
    )
    steps = next_steps(page(findings=findings))
    assert steps == (
        ("Run onelist fix. It makes the edit of one finding below.", "", None),
        ("correct", "error", 4),
        ("weigh", "warning", 2),
    )


# --- the install lines ---------------------------------------------------------------------------------------


def lines(*resolutions: Resolution) -> dict[tuple[str, str], tuple[str, str]]:
    found = install_lines(page(*resolutions))
    return {(one.system, line.tool): (line.state.value, line.words) for one in found for line in one.lines}


def test_the_commands_are_those_of_each_system() -> None:
    found = {(one.system, line.tool): line.command for one in install_lines(page()) for line in one.lines}
    assert list(found) == [
        (system, tool) for system in ("Windows", "macOS", "Linux") for tool in ("pip", "conda", "mamba")
    ]
    assert found["Windows", "pip"] == "py -m pip install course-meta"
    assert found["macOS", "pip"] == "python3 -m pip install course-meta"
    assert found["Linux", "mamba"] == "mamba install -c ada -c conda-forge course-meta"


def test_a_channel_runs_nothing_in_a_shell_of_windows() -> None:
    channels = "https://example.org/a&calc https://example.org/;$(calc)`n%%20! conda-forge"
    own = dataclasses.replace(page(), settings=parse(settings_text(conda_channels=channels, platforms="win-64")))
    (windows,) = install_lines(own)
    assert [line.command for line in windows.lines if line.tool == "conda"] == [
        'conda install -c "https://example.org/a&calc" -c "https://example.org/;%24(calc)%60n%20%21" -c conda-forge '
        "course-meta"
    ]


def test_a_command_is_proved_only_by_a_resolver() -> None:
    assert set(lines().values()) == {("unasked", "not proved: no resolver was asked")}
    found = lines(
        resolution("win-64/3.15", WORKS),
        resolution("linux-64/3.15", BUILDS),
        resolution("osx-64/3.15", FAILS),
        resolution("osx-arm64/3.15", WORKS),
        resolution("win-64/3.15", FAILS, installer="conda"),
        resolution("linux-64/3.15", OPEN, installer="conda"),
        resolution("osx-64/3.15", OPEN, installer="conda"),
        resolution("osx-arm64/3.15", WORKS, installer="conda"),
    )
    assert found["Windows", "pip"] == ("found", "proved today")
    assert found["Linux", "pip"] == ("source", "proved today, with packages that pip builds")
    assert found["macOS", "pip"] == (
        "part",
        "proved today on macOS on Apple silicon; known to fail on macOS on Intel",
    )
    assert found["Windows", "conda"] == found["Windows", "mamba"] == ("absent", "known to fail")
    assert found["Linux", "mamba"] == ("unknown", "not proved: the index or a channel did not answer")
    assert found["macOS", "conda"] == (
        "unknown",
        "proved today on macOS on Apple silicon; not proved on macOS on Intel",
    )


def test_an_answer_of_an_earlier_day_is_proved_on_that_day() -> None:
    earlier = dataclasses.replace(resolution("win-64/3.15", WORKS), proved=datetime.date(2026, 11, 20))
    words = "proved on 2026-11-20, and nothing has changed since"
    assert lines(earlier)["Windows", "pip"] == ("found", words)


def test_what_mamba_does_not_see_fails_with_mamba_and_conda() -> None:
    one = dataclasses.replace(resolution("win-64/3.15", WORKS, installer="conda"), unseen=(package("pandas", "2.2"),))
    assert lines(one)["Windows", "mamba"] == lines(one)["Windows", "conda"] == ("absent", "known to fail")


def test_the_band_of_pythons_says_where_it_begins_and_what_ends_it() -> None:
    old, new = (Resolved(packages=(package("pandas", version),)) for version in ("1.5", "2.2"))
    pandas = (member("pandas"),)
    some = [
        resolution("linux-64/3.11", FAILS, members=pandas),
        resolution("linux-64/3.12", old, members=pandas),
        resolution("linux-64/3.13", new, members=pandas),
        resolution("linux-64/3.14", new, members=pandas),
        resolution("linux-64/3.15", FAILS, members=pandas),
        resolution("linux-64/3.15", OPEN, members=pandas, installer="conda"),
    ]
    pip, conda = bands(some).rows
    assert bands(some).pythons == ("3.11", "3.12", "3.13", "3.14", "3.15")
    assert [(cell.state.value, cell.words) for cell in pip.cells] == [
        ("absent", "fails"),
        ("found", "older releases"),
        ("found", "newest releases"),
        ("found", "newest releases"),
        ("absent", "fails"),
    ]
    assert pip.lines == (
        "It begins with Python 3.12. Below that: pandas cannot be installed even on its own.",
        "With Python 3.12, releases are older: pandas 1.5.",
        "It ends before Python 3.15 on Linux: pandas cannot be installed even on its own.",
    )
    assert [cell.words for cell in conda.cells] == ["not checked"] * 4 + ["unknown"]
    assert conda.lines == ()


def test_the_answer_for_one_computer() -> None:
    sized = dataclasses.replace(package("torch", "2"), size=2 * 10**9)
    answers: dict[str, ResolutionStatus] = {
        "Yes, with pip: 1 package.": WORKS,
        "Yes, with pip: 1 package, 2.0 GB to download.": Resolved(packages=(sized,)),
        "Yes, with pip: 2 packages, at least 2.0 GB to download.": Resolved(packages=(sized, package("pandas", "2.2"))),
        "Yes, with pip: 1 package; pip builds pandas 2.2 from source.": BUILDS,
        "No, not with pip: pandas cannot be installed even on its own.": FAILS,
        "Unknown with pip: the package index did not answer in time.": OPEN,
    }
    for text, status in answers.items():
        (one,) = whole([resolution("linux-64/3.15", status)], parse(TEXT)).answers
        assert one.text == text


def test_a_reason_is_there_once_with_the_words_of_the_resolver_for_each_target() -> None:
    def fails(words: str) -> Unsatisfiable:
        return Unsatisfiable(conflicts=(dataclasses.replace(CLASH, explanation=words),))

    some = [resolution(f"linux-64/3.{minor}", fails(words)) for minor, words in ((13, "a"), (14, "a"), (15, "b"))]
    ((reason,),) = [grid.reasons for grid in whole([*some, resolution("win-64/3.15", WORKS)], parse(TEXT)).grids]
    assert (reason.where, reason.text) == ("On Linux", "pandas cannot be installed even on its own")
    assert [(one.where, one.lines) for one in reason.words] == [
        ("On Linux with Python 3.13 and 3.14", ("a",)),
        ("On Linux with Python 3.15", ("b",)),
    ]


# --- what is hostile -----------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Reads a page: its elements with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.wild: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.wild.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def hostile_page(text: str) -> Reader:
    """Return a page that shows a text in each place that a server or a list can fill."""
    findings = tuple(
        finding(text, hint=f"{text}{number}", detail=text, span=Span(line=1, column=2, length=3)) for number in range(3)
    )
    return read(render(page(resolution("linux-64/3.15", Unknown(reason=text)), findings=findings)))


def test_no_text_becomes_markup() -> None:
    calm = hostile_page("calm").elements
    for text in HOSTILE:
        found = hostile_page(text)
        assert [tag for tag, _ in found.elements] == [tag for tag, _ in calm]
        assert [set(attributes) for _, attributes in found.elements] == [set(attributes) for _, attributes in calm]
        assert found.wild == []
        assert "".join(found.texts).count(printable(text)) >= 6


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    text = render(page())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    digests = []
    for name in ("script", "style"):
        (content,) = re.findall(rf"(?s)<{name}>(.+?)</{name}>", text)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        digests.append(f"{name}-src &#39;sha256-{digest}&#39;")
    assert policy == (
        f"default-src &#39;none&#39;; {'; '.join(digests)}; base-uri &#39;none&#39;; form-action &#39;none&#39;"
    )
    attributes = {name for _, found in read(text).elements for name in found}
    assert [name for name in attributes if name.startswith("on") or name in {"src", "style", "srcset"}] == []
    hrefs = [found["href"] for tag, found in read(text).elements if tag == "a"]
    assert all(href and href.startswith("#") for href in hrefs)


# --- the command ---------------------------------------------------------------------------------------------


def test_the_page_goes_to_standard_output_or_into_a_file(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(TEXT + "requirements = pandas pandas\n", encoding="utf-8")
    ran = onelist("check", "--settings-only", "--format", "html")
    assert ran.out.startswith("<!DOCTYPE html>\n")
    assert ran.err == ""
    assert ran.code == onelist("check", "--settings-only").code == 1
    (tmp_path / "new").mkdir()
    for _ in range(2):  # the second one replaces the first
        again = onelist("check", "--settings-only", "--format", "html", "-o", "new/report.html")
        assert (again.code, again.out) == (1, "")
        assert again.err == "settings.ini: 4 warnings, 2 notes. The page is new/report.html.\n"
    assert (tmp_path / "new/report.html").read_text(encoding="utf-8") == ran.out
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]


def test_settings_with_mistakes_have_a_page_too(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text("[DEFAULT]\nlib_name = x y\n", encoding="utf-8")
    ran = onelist("check", "--format", "html")
    assert ran.code == 2
    assert "settings.ini has mistakes that must be fixed first; nothing else was asked, checked 25 Nov" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-o x.html", "--output is for the page of --format html."),
        ("--format html --shard 1/2", "The pages of a shard need a folder."),
        ("--format html one two", "The pages of 2 lists need a folder."),
        ("--format html --settings-only one -o one", "one already exists and is not a file."),
    ],
)
def test_a_call_that_does_not_fit(arguments: str, message: str, tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.ini").write_text(TEXT, encoding="utf-8")
    (tmp_path / "settings.ini").write_text(TEXT, encoding="utf-8")
    ran = onelist("check", *arguments.split())
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"onelist: {message}")


def test_the_edit_of_a_finding_is_a_diff() -> None:
    edit = Edit(changes=(Replace(span=Span(line=3, column=11, length=5), text="0.2.0"),))
    source = Source(file="settings.ini", text=TEXT)
    assert source.lines[2] == "version = 0.1.0"
    text = render(page(findings=(finding("m", edit=edit, span=Span(line=3, column=11, length=5)),)))
    assert '<span class="removed">-version = 0.1.0</span>\n<span class="added">+version = 0.2.0</span>' in text
    assert "version = <mark>0.1.0</mark>" in text


# --- several lists -------------------------------------------------------------------------------------------


def test_several_lists_have_pages_and_an_index(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    names = {"a": "course-meta", "b": "Index", "c": "Course_Meta", "d": "x y"}
    for folder, name in names.items():
        (tmp_path / "lists" / folder).mkdir(parents=True)
        text = settings_text(lib_name=name, requirements="pandas", conda_requirements="nodejs")
        (tmp_path / "lists" / folder / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("check", "lists", "--settings-only", "--format", "html", "-o", "site")
    index = tmp_path / "site/index.html"
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "The pages of 4 lists are in site. Their index is site/index.html.\n"
    written = index.read_text(encoding="utf-8")
    found = [found["href"] for tag, found in read(written).elements if tag == "a" and found["href"] != "#main"]
    assert found == ["lists-d-settings-ini.html", "course-meta-2.html", "index-2.html", "course-meta.html"]
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == sorted(["index.html", *map(str, found)])
    assert '<a href="index.html">All lists</a>' in (tmp_path / "site/course-meta.html").read_text(encoding="utf-8")
    answer = (
        "0 of 4 lists install with pip, and 0 with conda, on every platform and Python; no resolver was asked about 3"
    )
    assert f"{answer}, checked 25 November 2026 12:00 UTC." in written
    assert written.count('data-needs=" nodejs pandas "') == 3


def test_the_index_says_which_lists_install() -> None:
    wide, broken = (
        page(resolution("linux-64/3.15", WORKS), resolution("linux-64/3.15", OPEN, installer="conda")),
        page(),
    )
    broken = dataclasses.replace(broken, settings=None, file="b/settings.ini")
    half = page(resolution("linux-64/3.14", WORKS), resolution("linux-64/3.15", FAILS), findings=(finding("m"),))
    rows = [index_row(one, "x.html") for one in (wide, half, broken)]
    assert [[(cell.state.value, cell.words) for cell in row.cells] for row in rows] == [
        [("found", "1 of 1"), ("unknown", "0 of 1, 1 unknown")],
        [("part", "1 of 2"), ("unasked", "")],
        [("absent", "mistakes in the settings")] * 2,
    ]
    assert [(row.name, row.version, row.errors) for row in rows] == [
        ("course-meta", "0.1.0", 0),
        ("course-meta", "0.1.0", 1),
        ("b/settings.ini", "", 0),
    ]
    assert index_headline(rows, NOW) == (
        PageState.UNKNOWN,
        "1 of 3 lists install with pip, and 0 with conda, on every platform and Python; 1 could not be checked "
        "completely, checked 25 November 2026 12:00 UTC.",
    )
