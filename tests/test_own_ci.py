"""The jobs of this repository's own ci.yml: every run block in bash, on a copy of the committed files.

The suite and the linters are stand-ins that record how they are called: ``.ci/run`` and CI itself run the real ones.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rattler
import yaml

from tests.channels import Package, interpreters, write_channel
from tests.helpers import ROOT
from tests.runner import GIT, WORKFLOWS, Runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the run blocks are tried on Linux")
NOTES = '''#!{python}
"""A stand-in for a program: records how it is called."""
import json, os, sys
with open({notes!r}, "a") as file:
    file.write(json.dumps([os.getcwd(), *sys.argv]) + "\\n")
'''


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with the files of this one, in one commit."""
    listed = subprocess.run([GIT, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a checkout of the repository")
    made = Runner(tmp_path_factory.mktemp("copied") / "github")
    for name in filter(None, listed.stdout.split("\0")):
        (made.work / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, made.work / name)
    made.commit("All of it", {})
    remote = made.folder / "remote.git"
    made.git(remote, "repack", "-q", "-a", "-d")  # one file, so that a clone is cheap
    return remote


@pytest.fixture
def runner(tmp_path: Path, copied: Path) -> Runner:
    """A machine with a copy of this repository, in which ``python -m pytest`` is a stand-in."""
    made = Runner(tmp_path / "github", origin=copied)
    stand_in(made, made.folder / "suite/pytest")
    python = made.folder / "tools/python"
    suite = f'[ "$1 $2" = "-m pytest" ] && shift 2 && exec "{made.folder}/suite/pytest" "$@"\n'
    python.write_text(python.read_text(encoding="utf-8").replace("exec", f"{suite}exec", 1), encoding="utf-8")
    return made


def stand_in(runner: Runner, path: Path) -> None:
    """Put a program there that records how it is called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NOTES.format(python=sys.executable, notes=str(runner.folder / "notes")), encoding="utf-8")
    path.chmod(0o755)


def called(runner: Runner) -> list[list[str]]:
    """Return the calls of the stand-ins: the folder, the program without its folder, and the arguments."""
    notes = runner.folder / "notes"
    lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    return [[folder, Path(program).name, *rest] for folder, program, *rest in map(json.loads, lines)]


def test_the_job_builds_and_then_runs_the_suite_and_the_linters(runner: Runner) -> None:
    for name in ("ruff", "mypy"):
        stand_in(runner, runner.folder / "tools" / name)
    ran = runner.job("ci.yml", "test")
    assert ran.code == 0, ran.out[-3000:]
    assert "course_meta-" in ran.out
    work = str(runner.work)
    assert called(runner) == [
        [work, "pytest"],
        [work, "ruff", "check", "."],
        [work, "ruff", "format", "--check", "."],
        [work, "mypy"],
    ]


@pytest.mark.parametrize("failing", ["ruff", "mypy"])
def test_the_job_fails_with_a_linter(runner: Runner, failing: str) -> None:
    for name in ("ruff", "mypy"):
        stand_in(runner, runner.folder / "tools" / name)
    (runner.folder / "tools" / failing).write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    lint = step("Lint")
    assert runner.steps([lint], "x", {}).code == 7


def test_the_job_fails_with_settings_that_have_a_warning(runner: Runner) -> None:
    (runner.work / "meta.yaml").write_text("package:\n", encoding="utf-8")
    assert runner.steps([step("Check the settings")], "x", {}).code == 1


def step(name: str) -> dict[str, Any]:
    """Return a step of the job that runs the suite."""
    steps = yaml.safe_load((WORKFLOWS / "ci.yml").read_text(encoding="utf-8"))["jobs"]["test"]["steps"]
    (found,) = [one for one in steps if one.get("name") == name]
    return dict(found)


def test_the_linters_of_the_workflows(runner: Runner) -> None:
    if shutil.which("actionlint") is None:  # it has to be fetched from GitHub
        stand_in(runner, runner.folder / "tools/actionlint")
    ran = runner.job("ci.yml", "workflows")
    assert ran.code == 0, ran.out[-3000:]
    assert "No findings to report" in ran.out


def test_conda_build_is_called_on_the_top_level(runner: Runner) -> None:
    conda = runner.folder / "conda/bin/conda"
    stand_in(runner, conda)
    runner.environment["CONDA"] = str(runner.folder / "conda")
    ran = runner.job("ci.yml", "conda-build")
    assert ran.code == 0, ran.out[-3000:]
    made, built = called(runner)
    assert made[1:3] == ["conda", "create"]
    assert made[-1] == "conda-build"
    assert built[0] == str(runner.work)
    assert built[-4:] == ["--override-channels", "--channel", "conda-forge", "."]
    assert (runner.work / "meta.yaml").is_file()


def test_mamba_is_given_a_channel_that_has_the_package(runner: Runner, tmp_path: Path) -> None:
    stand_in(runner, runner.folder / "conda/bin/conda")
    runner.environment["CONDA"] = str(runner.folder / "conda")
    ran = runner.job("ci.yml", "mamba")
    assert ran.code == 0, ran.out[-3000:]
    *_, last = called(runner)
    options = last[last.index("mamba", 4) :]
    channel, forge = (options[place + 1] for place, word in enumerate(options) if word == "--channel")
    assert (forge, options[-1]) == ("conda-forge", "course-meta")
    repodata = json.loads((Path(channel.removeprefix("file://")) / "noarch/repodata.json").read_bytes())
    (record,) = repodata["packages.conda"].values()
    names = {depends.split()[0] for depends in record["depends"]} - {"python"}
    beside = write_channel(tmp_path / "forge", [*interpreters(), *(Package(name, "9.0") for name in sorted(names))])
    records = asyncio.run(
        rattler.solve([channel, str(beside)], ["course-meta"], platforms=["linux-64", "noarch"]),
    )
    assert {one.name.source for one in records} >= {"course-meta", *names}


def test_the_install_scripts_are_run_from_nothing_again_and_from_scratch(runner: Runner) -> None:
    for name in ("bash", "powershell", "pwsh"):
        stand_in(runner, runner.folder / "tools" / name)
    ran = runner.job("ci.yml", "install-scripts")
    assert ran.code == 0, ran.out
    script = (runner.work / "tried/install.sh").read_text(encoding="utf-8")
    assert f"CHANNELS=(\n    {(runner.work / 'tried/dist/conda').as_uri()}\n    conda-forge\n)\n" in script
    assert list((runner.work / "tried/dist/conda/noarch").glob("tried-meta-*.conda"))
    calls = [arguments for _, program, *arguments in called(runner) if program == "bash"]
    again, fresh = ["tried/install.sh"], ["tried/install.sh", "--fresh", "--yes", "--with", "miniforge"]
    assert calls == [["tried/install.sh", "--with", "miniforge"], again, fresh]
    runner.environment["RUNNER_OS"] = "Windows"
    job = yaml.safe_load((WORKFLOWS / "ci.yml").read_text(encoding="utf-8"))["jobs"]["install-scripts"]
    assert runner.steps(job["steps"][-3:], "install-scripts", {}).code == 0
    place = ["-File", "tried/install.ps1", "-Prefix", r"C:\tried"]
    bypass = ["powershell", "-ExecutionPolicy", "Bypass", *place]
    *windows, seven, analyzer = [call[1:] for call in called(runner)[len(calls) :]]
    assert windows == [
        [*bypass, "-With", "miniforge"],
        bypass,
        [*bypass, "-Fresh", "-Yes", "-With", "miniforge"],
    ]
    assert seven == ["pwsh", *place]
    assert analyzer[:2] == ["pwsh", "-Command"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_false_verdict_fails_the_nightly_job_which_shows_the_table(runner: Runner, code: int) -> None:
    program = f"import json, sys\nprint('| oracle |', json.dumps(sys.argv))\nsys.exit({code})\n"
    runner.commit("A stand-in", {"benchmarks/truth/truth.py": program})
    ran = runner.job("truth.yml", "truth")
    assert ran.code == code
    cache = str(runner.folder / "temp/truth")
    arguments = ["benchmarks/truth/truth.py", "--cache", cache, "--settings", ".", "--seconds", "7200"]
    assert ran.out == ran.summary == f"| oracle | {json.dumps(arguments)}\n"


def test_the_nightly_job_tries_every_fault(runner: Runner) -> None:
    program = '#!/bin/sh\necho "all: $ONELIST_ALL_FAULTS, of $*"\n'
    (runner.folder / "suite/pytest").write_text(program, encoding="utf-8")
    ran = runner.job("faults.yml", "faults")
    assert ran.code == 0, ran.out
    assert ran.out.endswith("all: 1, of tests/sources/test_fault_table.py\n")
    assert (runner.work / "tests/sources/test_fault_table.py").is_file()


def test_the_nightly_job_tries_each_fuzz_target_and_kills(runner: Runner) -> None:
    program = "import json, sys\nprint(json.dumps([__name__, *sys.argv[1:]]), __spec__.name)\n"
    runner.commit("Stand-ins", {"tests/fuzz/__main__.py": program, "tests/fuzz/kills.py": program})
    ran = runner.job("fuzz.yml", "fuzz")
    assert ran.code == 0, ran.out
    first, second = ran.out.splitlines()[-2:]
    assert first == '["__main__", "--seconds", "60"] tests.fuzz.__main__'
    assert second == '["__main__", "--seconds", "120"] tests.fuzz.kills'
