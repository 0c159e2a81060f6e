"""The jobs of this repository's own ci.yml: every run block in bash, on a copy of what is committed here."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rattler
import yaml

from tests.channels import Package, interpreters, write_channel
from tests.helpers import ROOT
from tests.runner import GIT, WORKFLOWS, Runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the run blocks are tried on Linux")
NOTES = '''#!{python}
"""Stands for a program that cannot be had here: writes down how it was called."""
import json, os, sys
with open({notes!r}, "a") as file:
    file.write(json.dumps([os.getcwd(), *sys.argv]) + "\\n")
'''


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine with a copy of this repository."""
    listed = subprocess.run([GIT, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout of the repository")
    made = Runner(tmp_path / "github", {"PYTEST_ADDOPTS": "--collect-only -q -o addopts="})
    for name in filter(None, listed.stdout.split("\0")):
        (made.work / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, made.work / name)
    made.commit("All of it", {})
    return made


def stand_in(runner: Runner, path: Path) -> None:
    """Put a program there that writes down how it was called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NOTES.format(python=sys.executable, notes=str(runner.folder / "notes")), encoding="utf-8")
    path.chmod(0o755)


def called(runner: Runner) -> list[list[str]]:
    notes = runner.folder / "notes"
    return [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()] if notes.exists() else []


def test_the_suite_and_the_linters(runner: Runner) -> None:
    """The tests are collected alone: they are running at this moment."""
    missing = [name for name in ("mypy", "ruff") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"the lint extra is not installed: {', '.join(missing)}")
    ran = runner.job("ci.yml", "test")
    assert ran.code == 0, ran.out[-3000:]
    assert "course_meta-" in ran.out
    assert "tests collected in " in ran.out
    assert "All checks passed!" in ran.out
    assert "Success: no issues found in " in ran.out
    (runner.work / "meta.yaml").write_text("package:\n", encoding="utf-8")
    last = yaml.safe_load((WORKFLOWS / "ci.yml").read_text(encoding="utf-8"))["jobs"]["test"]["steps"][-1]
    assert runner.steps([last], "x", {}).code == 1


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
    assert made[1:3] == [str(conda), "create"]
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
