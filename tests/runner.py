"""A small GitHub runner: run blocks in bash, step outputs, a summary, and a `gh` that keeps its data in a file."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.helpers import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WORKFLOWS = ROOT / ".github/workflows"
GIT = shutil.which("git") or "git"
BASH = shutil.which("bash") or "bash"
LIST = {
    "lib_name": "demo",
    "version": "1.0",
    "license": "apache2",
    "description": "d",
    "git_url": "https://example.org/demo",
    "conda_maintainers": "ada",
    "min_python": "3.11",
    "platforms": "linux-64",
    "requirements": "tiny-dep",
}
"""A list that can be published once it has channels."""
ARTIFACT = "https://github.com/ada/list/actions/runs/77/artifacts/1"
GH = '''#!{python}
"""A stand-in for GitHub's command line that keeps issues and pull requests in a file."""
import json, os, pathlib, sys
import jq
state = pathlib.Path(os.environ["GH_STATE"])
data = json.loads(state.read_text()) if state.exists() else {{"issue": [], "pr": [], "calls": []}}
what, verb, *rest = sys.argv[1:]
data["calls"].append(sys.argv[1:])
if not os.environ.get("GH_TOKEN"):
    sys.exit("gh: set the GH_TOKEN environment variable")
def option(name):
    return rest[rest.index(name) + 1] if name in rest else None
def body():
    return open(option("--body-file")).read() if "--body-file" in rest else option("--body")
if verb == "list":
    wanted = {{"open": ["OPEN"], "all": ["OPEN", "CLOSED", "MERGED"]}}[option("--state")]
    found = [one for one in reversed(data[what]) if one["state"] in wanted and one["repo"] == option("--repo")]
    found = [one for one in found if option("--head") in (None, one["head"])]
    found = [{{key: one[key] for key in option("--json").split(",")}} for one in found[: int(option("--limit"))]]
    for value in jq.all(option("--jq"), found):
        print(value if isinstance(value, str) else json.dumps(value))
elif verb == "create" and what in ("issue", "pr"):
    number = len(data[what]) + 1
    new = {{"number": number, "state": "OPEN", "isCrossRepository": False, "body": body()}}
    new |= {{key: option("--" + key) for key in ("title", "head", "repo")}}
    new["head"] = new["head"] or os.popen("git branch --show-current").read().strip()
    data[what].append(new)
elif verb in ("edit", "close"):
    (one,) = [one for one in data[what] if one["number"] == int(rest[0])]
    if verb == "close":
        one["state"] = "CLOSED"
    else:
        one.update({{key: value for key, value in (("body", body()), ("title", option("--title"))) if value}})
    if what == "pr":  # GitHub keeps the commits of a pull request, even if its branch changes
        os.system("git fetch -q origin " + one["head"])
        os.system("git push -q --force origin FETCH_HEAD:refs/pull/" + rest[0] + "/head")
    if "--delete-branch" in rest:
        os.system("git push -q origin --delete " + one["head"])
elif verb == "comment":
    one = {{"issue": int(rest[0]), "body": body()}}
    mine = [one for one in data.setdefault("comment", []) if one["issue"] == int(rest[0])]
    if "--edit-last" in rest and mine:
        mine[-1].update(one)
    elif "--edit-last" not in rest or "--create-if-none" in rest:
        data["comment"].append(one)
elif what == "api":
    people = json.loads(os.environ.get("GH_PERMISSIONS", "{{}}"))
    print(*jq.all(option("--jq"), {{"permission": people.get(verb.split("/")[-2], "none")}}))
elif what == "release":
    folder = pathlib.Path(os.environ["GH_STATE"]).parent / "releases" / rest[0]
    if verb == "view":
        sys.exit(not folder.is_dir())
    folder.mkdir(parents=True)
    for name in rest[rest.index("--notes") + 2:]:
        (folder / pathlib.Path(name).name).write_bytes(pathlib.Path(name).read_bytes())
elif verb == "fork":
    clone = rest[0].split("/")[1]
    os.system("git clone -q " + os.environ["GH_FEEDSTOCK"] + " " + clone)
    os.system("git -C " + clone + " remote add upstream " + os.environ["GH_UPSTREAM"])
state.write_text(json.dumps(data))
'''


@dataclass
class Runner:
    """One repository, checked out from a bare one, and the machine that runs its workflows.

    Attributes:
        folder: The folder of everything.
        environment: Environment variables of every step, in addition to those of the runner.
        needs: Outputs of jobs, as ``job.output``, and their results, as ``job.result``.
        matrix: The values of a matrix for the job that runs.
        workflows: The folder of the workflows.
        onelist: The command that runs onelist.
        origin: A bare repository to begin with; None for an empty one.
        event: What started the workflow.
        variables: The variables of the repository (``vars``).
        has_room: Whether artifacts can be stored.
        cached: What a cache restores: the path of a file, and its content.
        used: The steps that use an action and were not skipped.
        payload: The event itself, as the runner has it in a file.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    workflows: Path = WORKFLOWS
    matrix: dict[str, Any] = field(default_factory=dict)
    onelist: Sequence[str] = (sys.executable, "-m", "onelist")
    origin: Path | None = None
    event: str = "push"
    variables: dict[str, str] = field(default_factory=dict)
    has_room: bool = True
    cached: dict[str, bytes] = field(default_factory=dict)
    used: list[dict[str, Any]] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)
    _sha: str = field(default="", init=False)

    def __post_init__(self) -> None:
        tools = self.folder / "tools"
        tools.mkdir(parents=True)
        (self.folder / "temp").mkdir()  # RUNNER_TEMP, which GitHub's runner creates for each job
        (tools / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
        (tools / "onelist").write_text(f'#!/bin/sh\nexec {shlex.join(self.onelist)} "$@"\n', encoding="utf-8")
        (tools / "python").write_text(
            '#!/bin/sh\ncase "$*" in\n*"-m pip install"*) exit 0;;\n'  # onelist is already installed
            '"-P -m venv "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && exit 0;;\nesac\n'
            f'exec "{sys.executable}" "$@"\n',
            encoding="utf-8",
        )
        for tool in tools.iterdir():
            tool.chmod(0o755)
        if self.origin:
            self.git(self.folder, "clone", "-q", "--bare", str(self.origin), "remote.git")
        else:
            self.git(self.folder, "init", "-q", "--bare", "-b", "main", "remote.git")
        self.git(self.folder, "clone", "-q", "remote.git", "work")
        self.git(self.work, "checkout", "-q", "-B", "main")
        self._sha = self.git(self.work, "rev-parse", "HEAD").strip() if self.origin else ""

    @property
    def work(self) -> Path:
        """The checkout."""
        return self.folder / "work"

    @property
    def gh(self) -> dict[str, Any]:
        """The issues, pull requests and calls that the stand-in for `gh` has recorded."""
        status = self.folder / "gh.json"
        return json.loads(status.read_text(encoding="utf-8")) if status.exists() else {}

    def adapt(self, line: str) -> None:
        """Run a line of shell before onelist."""
        tool = self.folder / "tools/onelist"
        tool.write_text(tool.read_text(encoding="utf-8").replace("exec", f"{line}\nexec"), encoding="utf-8")

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git with a name and an e-mail address."""
        who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        ran = subprocess.run([GIT, *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return ran.stdout

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        """Write files and push them, as an edit in the browser does."""
        if self._sha:
            self.checkout()
        for name, content in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(content, encoding="utf-8")
        self.git(self.work, "add", "-A")
        self.git(self.work, "commit", "-q", "-m", message)
        self.git(self.work, "push", "-q", "origin", "main")
        self._sha = self.git(self.work, "rev-parse", "HEAD").strip()

    def log(self, branch: str = "main") -> list[str]:
        """Return the messages of the commits that were pushed."""
        remote = self.folder / "remote.git"
        heads = self.git(remote, "branch", "--format=%(refname:short)").split()
        return self.git(remote, "log", "--format=%s", branch).splitlines() if branch in heads else []

    def checkout(self) -> None:
        """Reset the checkout to the pushed files of the default branch, and delete all other files."""
        self.git(self.work, "fetch", "-q", "origin", "main")
        self.git(self.work, "checkout", "-q", "--force", "-B", "main", "FETCH_HEAD")
        self.git(self.work, "clean", "-q", "-ffdx")
        self._sha = self.git(self.work, "rev-parse", "HEAD").strip()

    def job(self, workflow: str, name: str, **secrets: str) -> Step:
        """Run the steps of a job up to the first that fails; return the result."""
        job = yaml.safe_load((self.workflows / workflow).read_text(encoding="utf-8"))["jobs"][name]
        self.needs[f"{name}.result"] = "skipped"
        if not self._is_wanted(job.get("if"), {}):
            return Step(code=0, out="", summary="", outputs={})
        ran = self.steps(job["steps"], name, secrets)
        self.needs[f"{name}.result"] = "failure" if ran.code else "success"
        return ran

    def steps(self, steps: list[dict[str, Any]], name: str, secrets: Mapping[str, str]) -> Step:
        """Run some steps; after one that fails, only those that ask not to be skipped then."""
        outputs: dict[str, str] = {}
        said, summary, code = "", "", 0
        for step in steps:
            if code and "!cancelled()" not in step.get("if", ""):
                continue
            if "uses" in step and self._is_wanted(step.get("if"), outputs):
                self.used.append(step)
            if step.get("uses", "").startswith("actions/checkout@"):
                self.checkout()
            if step.get("uses", "").startswith("actions/setup-python@"):
                outputs[f"{step.get('id')}.python-path"] = str(self.folder / "tools/python")
            if step.get("uses", "").startswith("actions/cache@") and (kept := self.cached.get(step["with"]["path"])):
                (self.work / step["with"]["path"]).write_bytes(kept)
            if step.get("uses", "").startswith("actions/upload-artifact@") and step["with"].get("archive") is False:
                assert (self.work / step["with"]["path"]).is_file()
                outputs[f"{step.get('id')}.artifact-url"] = ARTIFACT if self.has_room else ""
            if "run" not in step or not self._is_wanted(step.get("if"), outputs):
                continue
            variables = {key: self._value(str(value), secrets, outputs) for key, value in step.get("env", {}).items()}
            ran, new, shown = self._step(step["run"], variables)
            said += ran.stdout
            summary += shown
            outputs |= {f"{step.get('id')}.{key}": value for key, value in new.items()}
            code = code or ran.returncode
        if code:
            return Step(code=code, out=said, summary=summary, outputs=outputs)
        self.needs |= {f"{name}.{key.partition('.')[2]}": value for key, value in outputs.items()}
        return Step(code=0, out=said, summary=summary, outputs=outputs)

    def _is_wanted(self, condition: str | None, outputs: Mapping[str, str]) -> bool:
        known = {f"steps.{key}": value for key, value in outputs.items()}
        known |= {f"needs.{key}": value for key, value in self.needs.items()}
        known["github.ref"] = "refs/heads/main"
        known |= {
            f"inputs.{key.removeprefix('INPUT_')}": value
            for key, value in self.environment.items()
            if key.startswith("INPUT_")
        }
        known["runner.os"] = self.environment.get("RUNNER_OS", "Linux")
        known["github.event_name"] = self.event
        known |= {f"github.event.{path}": self._in_payload(path) for path in ("action", "label.name")}
        branch = "" if self.event == "schedule" else "main"  # the event of a schedule names no repository
        known["format('refs/heads/{0}', github.event.repository.default_branch)"] = f"refs/heads/{branch}"

        def value(term: str) -> str | None:
            if term.startswith("'"):
                return term[1:-1]
            if term.startswith("vars."):
                return self.variables.get(term.removeprefix("vars."), "")
            if term == "steps.run.outputs.sarif-file":  # a command other than check has no outputs
                return known.get("steps.run.sarif-file", "")
            return known.get(term, "skipped") if term.endswith(".result") else known[term.replace(".outputs.", ".")]

        def holds(term: str) -> bool:
            if term == "!cancelled()":
                return True
            if found := re.fullmatch(r"startsWith\(github\.event\.([\w.]+), '(.*)'\)", term):
                return self._in_payload(found[1]).lower().startswith(found[2].lower())
            left, sign, right = term.partition(" != " if " != " in term else " == ")
            assert sign, term
            return (value(left) == value(right)) is (sign == " == ")

        whole = (condition or "!cancelled()").removeprefix("${{ ").removesuffix(" }}")
        return any(all(map(holds, some.split(" && "))) for some in whole.split(" || "))

    def _in_payload(self, path: str) -> str:
        """Return a value of the event as an expression has it; ``""`` for none."""
        value: Any = self.payload
        for key in path.split("."):
            value = (value or {}).get(key)
        return "" if value is None else str(value)

    def _value(self, text: str, secrets: Mapping[str, str], outputs: Mapping[str, str]) -> str:
        """Return a value of ``env`` with its expressions put in."""

        def put(found: re.Match[str]) -> str:
            kind, _, name = found[1].partition(".")
            known = {"github.token": "ghs-token", "github.repository": "ada/list"}
            known |= {f"github.event.{path}": self._in_payload(path) for path in ("issue.number", "sender.login")}
            if kind == "secrets":
                return secrets.get(name, "")
            if kind == "steps":
                return outputs[name.replace(".outputs.", ".")]
            if kind == "matrix":
                return str(self.matrix[name])
            if kind == "needs":
                return self.needs[name.replace(".outputs.", ".")]
            if kind == "inputs":
                return self.environment[f"INPUT_{name}"]
            return known[found[1]]

        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", put, text)

    def _step(
        self, script: str, variables: Mapping[str, str]
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
        output, summary, event = (self.folder / name for name in ("output", "summary", "event.json"))
        event.write_text(json.dumps(self.payload), encoding="utf-8")
        output.write_text("", encoding="utf-8")
        summary.write_text("", encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_"))}
        environment |= self.environment | {
            "PATH": f"{self.folder / 'tools'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_ID": "77",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "RUNNER_OS": "Linux",
            "GITHUB_SHA": self._sha,
            "GH_STATE": str(self.folder / "gh.json"),
            "HOME": str(self.folder / "home"),
            **variables,
        }
        ran = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return ran, _outputs(output.read_text(encoding="utf-8")), summary.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Step:
    """The result of a job: the exit code, what it printed, its summary and its outputs."""

    code: int
    out: str
    summary: str
    outputs: Mapping[str, str]


def _outputs(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does: ``name=value``, or ``name<<END``, lines, ``END``."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        if mark and "=" not in name:
            value = []
            for more in lines:
                if more == end:
                    break
                value.append(more)
            found[name] = "\n".join(value)
        elif line:
            name, _, plain = line.partition("=")
            found[name] = plain
    return found
