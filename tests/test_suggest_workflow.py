"""The workflow that answers a suggestion: each job run for real, with issues that nobody would write in good faith."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from onelist.importing.issue_form import PACKAGE_FIELD
from tests.channels import Package, interpreters, write_channel
from tests.helpers import settings_text
from tests.runner import LIST, Runner
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the workflows run on Linux"),
    pytest.mark.slow,
]
PROJECTS = {
    "tiny-dep": [wheel("tiny-dep", "1.0")],
    "humanize": [wheel("humanize", "4.0", size=2_000_000, depends=("tiny-dep",))],
    "torch": [wheel("torch", "2.0")],
}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started_onelist: Sequence[str]) -> Iterator[Runner]:
    """A repository with a list, an index and a channel; ada may write, and tom may only put labels on."""
    members = [Package("tiny-dep", "1.0"), Package("humanize", "4.0"), Package("pytorch", "2.0")]
    forge = write_channel(tmp_path / "forge", [*interpreters(("linux-64",), ("3.15",)), *members], ("linux-64",))
    monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with index_server(PROJECTS) as index:
        environment = {
            "PIP_INDEX_URL": f"{index.url}/simple/",
            "PIP_CONFIG_FILE": "/dev/null",
            "GH_PERMISSIONS": json.dumps({"ada": "admin", "bob": "write", "tom": "read"}),
        }
        made = Runner(tmp_path / "github", environment, onelist=started_onelist, event="issues")
        keys = LIST | {"conda_channels": str(forge), "min_python": "3.15"}
        made.commit("A list", {"settings.ini": settings_text(**keys), "LICENSE": "x\n"})
        yield made


def issue(package: str, why: str = "Because.", **event: Any) -> dict[str, Any]:
    """Return the event of an issue as the form writes it."""
    body = f"### {PACKAGE_FIELD}\n\n{package}\n\n### Why does the course need it?\n\n{why}"
    return {"action": "opened", "issue": {"number": 7, "body": body}, "sender": {"login": "eve"}} | event


def labelled(package: str, sender: str) -> dict[str, Any]:
    return issue(package, action="labeled", label={"name": "add"}, sender={"login": sender})


def test_an_issue_gets_one_answer_and_a_label_opens_one_pull_request(runner: Runner) -> None:
    runner.payload = issue("humanize")
    looked = runner.job("suggest.yml", "look-up")
    assert looked.code == 0, looked.out
    assert (runner.needs["look-up.name"], runner.needs["look-up.key"]) == ("humanize", "requirements")
    assert "It adds 1 package \\(humanize\\)\\: 2\\.0 MB more to download" in runner.needs["look-up.answer"]
    assert runner.job("suggest.yml", "comment").code == 0
    assert runner.job("suggest.yml", "pull-request").out == ""  # no label yet
    runner.payload = issue("humanize", action="edited")
    assert runner.job("suggest.yml", "look-up").code == 0
    assert runner.job("suggest.yml", "comment").code == 0
    (comment,) = runner.gh["comment"]
    assert comment["issue"] == 7
    assert comment["body"].startswith(runner.needs["look-up.answer"])
    assert "If a maintainer puts the label **add** on this issue" in comment["body"]
    runner.payload = labelled("humanize", "bob")
    assert runner.job("suggest.yml", "look-up").code == 0
    opened = runner.job("suggest.yml", "pull-request")
    assert opened.code == 0, opened.out
    assert "Pull request 1 is already open for this issue" in runner.job("suggest.yml", "pull-request").out
    (pull,) = runner.gh["pr"]
    assert (pull["head"], pull["title"]) == ("onelist-suggest-7", "Add humanize")
    assert pull["body"].startswith("This adds the package that issue #7 suggests. Closes #7.\n\nhumanize is not in the")
    remote = runner.folder / "remote.git"
    assert "requirements = tiny-dep humanize\n" in runner.git(remote, "show", "onelist-suggest-7:settings.ini")
    files = runner.git(remote, "show", "--name-only", "--format=", "onelist-suggest-7").split()
    assert set(files) == {"settings.ini", "meta.yaml", "recipe/LICENSE", "recipe/recipe.yaml"}
    assert runner.log() == ["A list"]


def test_only_somebody_with_write_access_can_have_it_added(runner: Runner) -> None:
    for sender in ("tom", "eve"):
        runner.payload = labelled("humanize", sender)
        assert runner.job("suggest.yml", "look-up").code == 0
        stopped = runner.job("suggest.yml", "pull-request")
        assert stopped.code == 1
        assert "::error title=No pull request::Only somebody with write access" in stopped.out
    assert runner.gh["pr"] == []
    assert runner.git(runner.folder / "remote.git", "branch", "--format=%(refname:short)") == "main\n"


HOSTILE = "pandas`touch forged`$(touch forged)\n::set-output name=key::requirements\n::error::x <!-- @ada -->"


def test_what_cannot_be_added_gets_a_comment_and_nothing_else(runner: Runner) -> None:
    answers = []
    for package in (HOSTILE, "tiny-dep", "not-there"):
        runner.payload = labelled(package, "ada")
        looked = runner.job("suggest.yml", "look-up")
        assert looked.code == 0, looked.out
        assert [runner.needs[f"look-up.{name}"] for name in ("name", "key", "conda-name")] == ["", "", ""]
        assert not any(line.startswith("::") for line in looked.out.splitlines())
        assert runner.job("suggest.yml", "comment").code == 0
        assert runner.job("suggest.yml", "pull-request").out == ""
        answers += [one["body"] for one in runner.gh["comment"]]
    assert [answer.split(" ", 5)[:5] for answer in answers] == [
        ["This", "is", "not", "the", "name"],
        ["tiny\\-dep", "is", "in", "the", "list"],
        ["not\\-there", "is", "not", "in", "the"],
    ]
    assert runner.gh["pr"] == []
    assert not list(runner.folder.rglob("forged"))


def test_other_issues_and_other_labels_start_nothing(runner: Runner) -> None:
    bug = issue("humanize") | {"issue": {"number": 8, "body": "It does not work"}}
    for runner.payload in (bug, issue("humanize", action="labeled", label={"name": "question"})):
        assert runner.job("suggest.yml", "look-up").out == ""
        assert runner.needs["look-up.result"] == "skipped"


def test_the_job_that_may_comment_writes_only_what_onelist_writes(runner: Runner) -> None:
    runner.payload = issue("humanize")
    runner.needs["look-up.key"] = "requirements"
    for answer in ("Look, @ada", "[here](x)", "https://example.org", "<img src=x>", "y" * 25_001):
        runner.needs["look-up.answer"] = answer
        refused = runner.job("suggest.yml", "comment")
        assert refused.code == 1
        assert "::error title=No comment::" in refused.out
    assert runner.gh == {}


def test_the_job_that_may_push_checks_the_edit_once_more(runner: Runner) -> None:
    runner.payload = labelled("humanize", "ada")
    for name, key, conda_name in (
        ("--settings=/etc", "requirements", ""),
        ("$(touch forged)", "requirements", ""),
        ("humanize", "version", ""),
        ("humanize", "requirements", "a b"),
    ):
        runner.needs |= {"look-up.answer": "x", "look-up.name": name, "look-up.key": key}
        runner.needs["look-up.conda-name"] = conda_name
        assert runner.job("suggest.yml", "pull-request").code == 2
    assert runner.gh["pr"] == []
    assert not list(runner.folder.rglob("forged"))
