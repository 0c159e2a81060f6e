"""`onelist suggest`: the answer to a suggestion, from a name or from an issue that anybody may have written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelist.analysis.suggested_name import suggested_name
from onelist.importing.issue_form import PACKAGE_FIELD
from onelist.reports.answers.suggestion import as_markdown, name_lines
from tests.channels import Package, interpreters, write_channel
from tests.helpers import WELL, settings_text
from tests.servers import Fault, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    projects = {
        "base": [wheel("base", "2.0", size=1_000_000, depends=("helper",)), wheel("base", "1.0", size=900_000)],
        "helper": [wheel("helper", "1.0", size=50_000)],
        "both": [wheel("both", "1.0", size=2_000_000, depends=("more",))],
        "more": [wheel("more", "1.0", size=3_000_000)],
        "holds": [wheel("holds", "1.0", size=500_000, depends=("base<2",))],
        "clash": [wheel("clash", "1.0", depends=("base>2",))],
        "pip-alone": [wheel("pip-alone", "1.0")],
        "absolv": [wheel("absolv", "1.0")],
        "deadbeef1": [wheel("deadbeef1", "1.0", size=1)],
    }
    with index_server(projects) as server:
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("base", "helper", "both", "holds", "clash", "absolv-base", "deadbeef1")
    members = [*interpreters(("linux-64",), ("3.15",)), *(Package(name) for name in names), Package("tool", depends=())]
    return write_channel(tmp_path_factory.mktemp("forge"), members, ("linux-64",))


@pytest.fixture
def suggest(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Run the command for a list with one requirement; the channel is called FORGE."""
    keys = WELL | {"min_python": "3.15", "platforms": "linux-64", "conda_channels": str(forge), "requirements": "base"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")

    def run(*arguments: str | Path) -> Ran:
        ran = onelist("suggest", *arguments, "--index-url", f"{index.url}/simple/")
        return ran.__class__(code=ran.code, out=ran.out.replace(str(forge), "FORGE"), err=ran.err)

    return run


WHOLE = (
    "The whole list with it. It was checked on one platform of each operating system; onelist check looks at all of "
    "them.\n"
)
ON = "on Linux with Python 3.15"


def test_the_answer_says_who_gets_it_and_what_it_adds(suggest: Callable[..., Ran]) -> None:
    ran = suggest("both")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "both is not in the list yet.\n"
        f"- pip install course-meta: would find it {ON}.\n"
        f"- mamba install -c FORGE course-meta: would find it {ON}.\n"
        f"{WHOLE}"
        f"- with pip {ON}: installs. It adds 2 packages (both and more): 5.0 MB more to download (before: 1.1 MB).\n"
        f"- with conda {ON}: installs. It adds 1 package (both): {SIZE}.\n"
        "Should you add it? Yes: write both in requirements. Then pip and conda install it.\n"
        "To write it into the list: onelist suggest both --to requirements\n"
    ).replace(SIZE, re.search(r"\(both\): (.*)\.\n", ran.out.partition("with conda")[2])[1])  # type: ignore[index]


def test_the_command_names_the_settings_of_the_call(suggest: Callable[..., Ran]) -> None:
    ran = suggest("pip-alone", "--settings", "settings.ini")
    assert ran.out.endswith(": onelist suggest pip-alone --to pip_requirements --settings settings.ini\n")


SIZE = "SIZE"
"""The size of a package that rattler-build has packed depends on its version."""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("helper", f"- with pip {ON}: installs. helper already comes with base. It adds no package to the download.\n"),
        ("holds", f"- with pip {ON}: installs. It adds 1 package (holds): 350 kB more to download (before: 1.1 MB). "),
        ("holds", " Other versions are taken: base 2.0 -> 1.0.\n"),
        ("clash", f"- with pip {ON}: can no longer be installed: clash cannot be installed even on its own.\n"),
        (
            "clash",
            "Should you add it? No: with it, the list can no longer be installed where the lines above say so. If ",
        ),
        ("pip-alone", f"- with pip {ON}: installs. It adds 1 package (pip-alone): how much more is downloaded is not "),
        ("pip-alone", "The list then does not bring it to conda users.\nTo write it into the list: "),
        ("tool", "Should you add it? If this is the package that you mean, write tool in conda_requirements.\n"),
        ("nowhere", "Should you add it? No: then neither pip nor conda could install the list. Check the spelling.\n"),
        ("Base", "Base is in the list already: line 11 of settings.ini lists base in requirements, for pip and conda."),
        ("course_meta", "course_meta cannot be added to the list. It is the name of the list itself.\n"),
        ("python", "python cannot be added to the list. python cannot be listed: min_python says which Python "),
    ],
)
def test_each_case_has_its_sentence(suggest: Callable[..., Ran], name: str, said: str) -> None:
    ran = suggest(name)
    assert ran.code == 0
    assert said in ran.out


def test_a_list_that_cannot_be_installed_anyway_is_no_reason_against_it(
    suggest: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(file.read_text(encoding="utf-8").replace("requirements = base", "requirements = clash"), "utf-8")
    ran = suggest("both")
    assert f"- with pip {ON}: cannot be installed, with it or without it.\n" in ran.out
    assert "Should you add it? Yes: write both in requirements. Then pip and conda install it.\n" in ran.out


def test_a_server_that_does_not_answer_leaves_it_unknown(suggest: Callable[..., Ran], index: Server) -> None:
    index.fail("/simple/unsure/", Fault.GARBAGE)
    ran = suggest("unsure")
    assert ran.code == 3
    assert "Should you add it? Unknown: a package index or channel gave no usable answer.\n" in ran.out
    assert "To write it" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a b"], "A suggestion is about one package. Write one name, and suggest the others separately."),
        (["pandas>=2"], "A suggestion is only a name, without versions, extras and conditions. Write pandas."),
        (["os"], "os is a part of Python. Everyone who has Python has it, so there is nothing to add."),
        ([], "suggest is about one package."),
        (["x", "--event", "y"], "suggest is about one package."),
        (["--event", "y", "--to", "requirements"], "suggest is about one package."),
        (["x", "--conda-name", "y"], "--conda-name is for a package in requirements."),
        (["x y", "--to", "requirements"], "x y is not the name of a package."),
    ],
)
def test_a_wrong_call(suggest: Callable[..., Ran], arguments: list[str], message: str) -> None:
    ran = suggest(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"onelist: {message}\n")


def test_a_list_for_pip_alone_gets_it_as_a_requirement(suggest: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    content = re.sub(r"conda_channels = .*", "conda_channels = none", file.read_text(encoding="utf-8"))
    file.write_text(content, encoding="utf-8")
    ran = suggest("pip-alone")
    assert ran.code == 0
    assert "with conda" not in ran.out
    assert ran.out.endswith(
        "Should you add it? Yes: write pip-alone in requirements.\n"
        "To write it into the list: onelist suggest pip-alone --to requirements\n"
    )


# --- the edit --------------------------------------------------------------------------------------------------


def test_the_edit_is_made_once_and_asks_no_server(suggest: Callable[..., Ran], tmp_path: Path, index: Server) -> None:
    index.requests.clear()
    ran = suggest("both", "--to", "requirements", "--conda-name", "py-both")
    assert (ran.code, ran.out) == (
        0,
        "wrote both into requirements of settings.ini\nIf you commit recipes or exports: onelist sync\n",
    )
    content = (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert "requirements = base both\n" in content
    assert "conda_names = both=py-both\n" in content
    assert suggest("both", "--to", "pip_requirements").out == "both is in settings.ini already.\n"
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == content
    assert index.requests == []


def test_a_list_made_of_other_keys_is_left_as_it_is(suggest: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    content = file.read_text(encoding="utf-8").replace("requirements = base", "all = se\nrequirements = ba%(all)s")
    file.write_text(content, encoding="utf-8")
    ran = suggest("both", "--to", "requirements")
    assert ran.code == 2
    assert ran.err == (
        "onelist: requirements in settings.ini is made of the values of other keys.\n    Write both there by hand.\n"
    )
    assert suggest("both").out == (
        "both cannot be added to the list. requirements in settings.ini is made of the values of other keys.\n"
    )
    assert file.read_text(encoding="utf-8") == content


# --- issues ----------------------------------------------------------------------------------------------------


def write_event(folder: Path, body: object) -> Path:
    event = folder / "event.json"
    event.write_text(json.dumps({"action": "opened", "issue": {"number": 7, "body": body}}), encoding="utf-8")
    return event


def form(package: str, why: str = "Because.") -> str:
    return f"### {PACKAGE_FIELD}\n\n{package}\n\n### Why does the course need it?\n\n{why}"


@pytest.fixture
def answered(
    suggest: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[object], tuple[Ran, dict[str, str]]]:
    """Answer the text of an issue; return what was printed and the outputs of the step."""

    def answer(body: object) -> tuple[Ran, dict[str, str]]:
        output = tmp_path / "output"
        output.write_text("", encoding="utf-8")
        monkeypatch.setenv("GITHUB_OUTPUT", str(output))
        ran = suggest("--event", write_event(tmp_path, body))
        text = output.read_text(encoding="utf-8")
        found = re.findall(r"(?ms)^([a-z-]+)<<(end-[0-9a-f]{32})\n(.*?)\n\2$", text)
        return ran, {name: value for name, _, value in found}

    return answer


def rendered(markdown: str) -> str:
    """Return Markdown as GitHub's own renderer shows it, with raw HTML let through."""
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE))


LINKED = re.compile(r"@\w|#\d|\bGH-\d|\bwww\.|://|\b(?=\d*[a-f])[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub turns into a link by itself."""


def assert_harmless(markdown: str) -> None:
    """Fail if an answer has markup that onelist does not write, a link, or a command to the runner."""
    shown = rendered(markdown)
    assert re.sub(r"</?(?:p|ul|li)>", "", shown).count("<") == 0, shown
    assert LINKED.search(markdown) is None, markdown
    assert not any(line.startswith("::") or "##[" in line for line in markdown.splitlines())
    assert markdown.replace("\n", "").replace("\u2060", "").isprintable()


def test_an_issue_is_answered_in_markdown_with_the_edit_in_parts(answered: Callable[..., Any]) -> None:
    ran, outputs = answered(form("both", "@ada <b>please</b>"))
    assert (ran.code, ran.err) == (0, "")
    assert "both is not in the list yet" in outputs.pop("answer")
    assert outputs == {"name": "both", "key": "requirements", "conda-name": ""}
    assert "Should you add it? Yes: write both in requirements." in rendered(ran.out)
    assert "please" not in ran.out
    assert_harmless(ran.out)
    _, outputs = answered(form("absolv"))
    assert {**outputs, "answer": ""} == {
        "answer": "",
        "name": "absolv",
        "key": "requirements",
        "conda-name": "absolv-base",
    }


NOT_A_NAME = "This is not the name of a package."
BODIES: list[tuple[str, str]] = [
    ("", "The suggestion has no name."),
    ("_No response_", "The suggestion has no name."),
    ("   \t  ", "The suggestion has no name."),
    ("both more", "A suggestion is about one package."),
    ("both, more", "A suggestion is about one package."),
    ("both\nmore", "A suggestion is about one package."),
    ("pip install both", "A suggestion is about one package."),
    ("x" * 60_000, NOT_A_NAME),
    ("x " * 30_000, NOT_A_NAME),
    ("\U0001f600" * 16_000, NOT_A_NAME),
    ("both\u202e", NOT_A_NAME),
    ("\u202eboth", NOT_A_NAME),
    ("bo\u200fth", NOT_A_NAME),
    ("b\u043eth", NOT_A_NAME),
    ("\uff42oth", NOT_A_NAME),
    ("both\x00", NOT_A_NAME),
    ("both\x1b[31m", NOT_A_NAME),
    ("`both`", NOT_A_NAME),
    ("```\nboth\n```", NOT_A_NAME),
    ("@ada", NOT_A_NAME),
    ("both @ada", NOT_A_NAME),
    ("#1", NOT_A_NAME),
    ("<!-- both -->", NOT_A_NAME),
    ("both <!--", NOT_A_NAME),
    ("<script>alert(1)</script>", NOT_A_NAME),
    ("[both](https://example.org)", NOT_A_NAME),
    ("![x](https://example.org/x.png)", NOT_A_NAME),
    ("https://example.org/both", NOT_A_NAME),
    ("both @ https://example.org/both-1.0-py3-none-any.whl", NOT_A_NAME),
    ("git+ssh://git@example.org/both", NOT_A_NAME),
    ("::set-output name=key::requirements", NOT_A_NAME),
    ("both\n::set-output name=key::requirements", NOT_A_NAME),
    ("##[set-output name=key]requirements", NOT_A_NAME),
    ("key<<end\nrequirements\nend", NOT_A_NAME),
    ("$(touch forged)", NOT_A_NAME),
    ("both; touch forged", NOT_A_NAME),
    ("both'\"; touch forged #", NOT_A_NAME),
    ("${{ github.token }}", NOT_A_NAME),
    ("../../etc/passwd", NOT_A_NAME),
    ("/etc/passwd", NOT_A_NAME),
    ("--to=requirements", NOT_A_NAME),
    ("-r requirements.txt", NOT_A_NAME),
    ("%(user)s", NOT_A_NAME),
    ("both\nversion = 9", NOT_A_NAME),
    ("__glibc", NOT_A_NAME),
    ("both>=1,<2", "A suggestion is only a name,"),
    ("both[all]", "A suggestion is only a name,"),
    ("both ; os_name == '@ada'", "A suggestion is only a name,"),
    ("os", "os is a part of Python."),
    ("sklearn", "sklearn is what you import. The name of the package on the package index is scikit-learn."),
    ("docx", "docx is what you import."),
    ("base", "base is in the list already:"),
]


@pytest.mark.parametrize(("package", "begins"), BODIES, ids=range(len(BODIES)))
def test_a_hostile_text_gets_a_friendly_answer_and_nothing_else_happens(
    answered: Callable[..., Any], index: Server, tmp_path: Path, package: str, begins: str
) -> None:
    before = (tmp_path / "settings.ini").read_bytes()
    index.requests.clear()
    ran, outputs = answered(form(package))
    assert (ran.code, ran.err) == (0, "")
    assert outputs["answer"].strip() == ran.out.strip()
    assert {**outputs, "answer": ""} == {"answer": "", "name": "", "key": "", "conda-name": ""}
    assert re.sub(r"\\|\u2060", "", ran.out).startswith(begins)
    assert_harmless(ran.out)
    assert index.requests == []
    assert (tmp_path / "settings.ini").read_bytes() == before


@pytest.mark.parametrize("name", ["www.example.org", "gh-12", "deadbeef1", "a__b__c", "both_more-x.y"])
def test_a_name_that_github_would_link_or_mark_is_shown_literally(answered: Callable[..., Any], name: str) -> None:
    ran, _ = answered(form(name))
    assert ran.code == 0
    assert_harmless(ran.out)
    assert f"<p>{name} is not in the list yet.</p>" in rendered(ran.out).replace("\u2060", "")


@pytest.mark.parametrize("body", ["", "It does not work.", None, "both", f"#### {PACKAGE_FIELD}\n\nboth"])
def test_another_issue_gets_no_answer(answered: Callable[..., Any], body: object) -> None:
    ran, outputs = answered(body)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "The issue was not written with the form for suggestions, so there is no answer.\n"
    assert outputs == {"answer": "", "name": "", "key": "", "conda-name": ""}


HOSTILE = "`*_[]()<>#@!|&~\\$:/-\n\u202e\u200f\x00 abc."


@settings(max_examples=50)
@given(st.one_of(st.text(max_size=40), st.text(HOSTILE, max_size=40)))
def test_no_text_of_an_issue_is_unescaped_in_the_answer(text: str) -> None:
    named = suggested_name(text)
    if named.problem:
        answer = as_markdown(name_lines(named))
        assert_harmless(answer)
        bare = answer.replace("\\", "").replace("\u2060", "")
        own = as_markdown(name_lines(named._replace(name="NAME"))).replace("\\", "").replace("\u2060", "")
        assert bare == own.replace("NAME", named.name)


@settings(max_examples=50)
@given(st.lists(st.one_of(st.text(max_size=40), st.text(HOSTILE, max_size=40)), min_size=1, max_size=4))
def test_no_text_of_a_channel_is_markup_in_the_answer(lines: list[str]) -> None:
    assert_harmless(as_markdown([f"x {line}" for line in lines]))


def test_a_long_answer_is_cut_and_says_so() -> None:
    answer = as_markdown(["x" * 9_000] * 3)
    assert len(answer) < 20_100
    assert answer.endswith("\n\nThe rest is left out.\n")
