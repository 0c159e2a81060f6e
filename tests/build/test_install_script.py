"""The script that ``onelist export installer`` writes for macOS and Linux, run for real in HOMEs to throw away."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.learner_machine import MARKER, SITE, Machine, keep, machine_for, made, marker, write_script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash and the tools of macOS and Linux")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_for(tmp_path)


def test_from_nothing_then_again_then_fresh(machine: Machine) -> None:
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    prefix = machine.home / "course-meta-env"
    assert machine.calls() == [
        f"miniforge {prefix}",
        f"mamba install --yes --prefix {prefix} --override-channels --channel=file://{machine.channel} course-meta pip",
        "pip install --upgrade helpers",
    ]
    assert "  works    pandas\n  is there python-graphviz (nothing to import)\n  works    helpers\n" in ran.stdout
    assert f"course-meta is installed in {prefix}, and all of it can be imported." in ran.stdout
    assert f"To use it in a terminal: source {prefix}/bin/activate\n" in ran.stdout
    assert marker(prefix) == {"list": "course-meta", "kind": "miniforge", "state": "complete", "place": str(prefix)}
    assert list(machine.folder.glob("onelist.*")) == []


def test_a_conda_that_is_there_makes_an_environment_in_a_folder_of_its_own(tmp_path: Path) -> None:
    machine = machine_for(tmp_path, "Zoë Ångström 学生's home")
    machine.tool("micromamba")
    ran = machine.run(piped=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    prefix = machine.home / "course-meta-env"
    assert machine.calls()[0].startswith(f"micromamba install --yes --prefix {prefix} --override-channels ")
    assert marker(prefix)["kind"] == "env"
    assert "To use it in a terminal: micromamba activate '" in ran.stdout
    assert f"Its Python: '{prefix}/bin/python'".replace("生's", "生'\\''s") in ran.stdout


def test_a_pip_that_is_missing_is_installed_again(machine: Machine) -> None:
    machine.tool("conda")
    assert machine.run().returncode == 0
    shutil.rmtree(machine.home / "course-meta-env" / SITE / "pip")
    ran = machine.run()
    assert ran.returncode == 0, ran.stderr
    assert machine.calls("conda")[0].startswith("conda install ")
    assert machine.calls("conda")[0].endswith(" course-meta pip")


def test_mamba_comes_before_conda_and_a_broken_one_is_passed_over(machine: Machine) -> None:
    for name in ("micromamba", "conda"):
        machine.tool(name)
        assert f" {machine.bin}/{name} install --yes " in machine.run("--dry-run").stdout
    broken = machine.tool("mamba")
    assert f" {machine.bin}/mamba install --yes " in machine.run("--dry-run").stdout
    assert f" {machine.bin}/micromamba install --yes " in machine.run("--dry-run", "--with=micromamba").stdout
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert f" {machine.bin}/conda install --yes " in machine.run("--dry-run").stdout


def test_miniforge_takes_no_folder_with_a_space(tmp_path: Path) -> None:
    machine = machine_for(tmp_path, "my home")
    ran = machine.run()
    assert ran.returncode == 2
    assert ran.stderr == (
        f"\nMiniforge cannot be installed in a folder with a space in its name: {machine.home}/course-meta-env\n"
        "Name another folder, such as: --prefix /opt/course-meta\n"
    )
    assert machine.calls("curl") == []


@pytest.mark.parametrize("wrong", ["file", "given", "none", "short"])
def test_a_miniforge_with_another_checksum_does_not_run(machine: Machine, wrong: str) -> None:
    listed = machine.miniforge.with_name(machine.miniforge.name + ".sha256")
    options = []
    if wrong == "given":
        options = ["--miniforge-sha256", "0" * 64]
    elif wrong == "none":
        listed.unlink()
    else:
        listed.write_text("0" * 64 if wrong == "file" else machine.checksum[:10], encoding="utf-8")
    ran = machine.run(*options)
    assert ran.returncode == 1
    assert ("does not have the right checksum. It was not run." in ran.stderr) is (wrong != "none")
    assert ("Cannot download" in ran.stderr) is (wrong == "none")
    assert machine.calls() == []
    assert list(machine.home.iterdir()) == []


def test_a_checksum_that_is_given_counts_and_the_one_beside_the_file_does_not(machine: Machine) -> None:
    machine.miniforge.with_name(machine.miniforge.name + ".sha256").unlink()
    machine.run(ONELIST_MINIFORGE_SHA256=machine.checksum.upper(), FAIL="mamba")
    assert len(machine.calls("miniforge")) == 1


def test_without_a_network_it_stops_and_goes_on_when_it_is_back(machine: Machine) -> None:
    for lost in ("curl", "mamba", "pip"):
        ran = machine.run(FAIL=lost)
        assert ran.returncode == 1
        assert "run this again" in ran.stderr
    again = machine.run()
    assert again.returncode == 0, again.stdout + again.stderr
    assert machine.calls("curl", "miniforge") == []


def steps(machine: Machine) -> list[str]:
    """Return the calls of the last run; of those with a temporary name, only the program."""
    lines = machine.notes.read_text(encoding="utf-8").splitlines()
    return [line.partition(" ")[0] if "/onelist." in line else line for line in lines]


def test_killed_at_each_step_it_goes_on_when_it_is_run_again(machine: Machine) -> None:
    """Each run goes on with what the one before has left, and is killed one step later."""
    prefix = machine.home / "course-meta-env"
    assert machine.run().returncode == 0
    every = dict.fromkeys(steps(machine))
    assert len(every) > 10
    shutil.rmtree(prefix)
    killed = {step: machine.run(KILL_AT=step).returncode for step in every if step != "rm"}
    assert killed == dict.fromkeys(killed, -9)
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert marker(prefix)["state"] == "complete"


def test_a_folder_or_an_environment_of_the_user_is_not_taken_over(machine: Machine) -> None:
    machine.tool("conda")
    mine = machine.folder / "mine"
    mine.mkdir()
    (mine / "thesis").touch()
    ran = machine.run("--prefix", mine)
    assert (ran.returncode, ran.stderr) == (
        2,
        f"\n{mine} already exists, and this script did not make it.\nName another folder with --prefix.\n",
    )
    (mine / "conda-meta").mkdir()
    (mine / "conda-meta/history").touch()
    assert machine.run("--prefix", mine).returncode == 0
    assert not (mine / MARKER).exists()
    assert "This script did not make" in machine.run("--prefix", mine, "--fresh", "--yes").stderr
    assert (mine / "thesis").exists()


def test_a_dry_run_prints_every_command_and_does_nothing(machine: Machine) -> None:
    prefix = machine.home / "course-meta-env"
    ran = machine.run("--dry-run")
    assert ran.returncode == 0
    assert machine.notes.read_text(encoding="utf-8") == ""
    assert list(machine.home.iterdir()) == []
    assert ran.stdout.splitlines()[1:] == [
        f"+ mktemp -d {machine.folder}/onelist.XXXXXX",
        f"+ curl --fail --location --progress-bar --retry 2 --connect-timeout 30"
        f" --output {machine.folder}/onelist.XXXXXX/miniforge.sh.part file://{machine.miniforge}",
        f"+ mv -f {machine.folder}/onelist.XXXXXX/miniforge.sh.part {machine.folder}/onelist.XXXXXX/miniforge.sh",
        f"+ curl --fail --location --progress-bar --retry 2 --connect-timeout 30"
        f" --output {machine.folder}/onelist.XXXXXX/miniforge.sh.sha256.part file://{machine.miniforge}.sha256",
        f"+ mv -f {machine.folder}/onelist.XXXXXX/miniforge.sh.sha256.part"
        f" {machine.folder}/onelist.XXXXXX/miniforge.sh.sha256",
        f"+ sha256sum {machine.folder}/onelist.XXXXXX/miniforge.sh",
        f"+ mkdir -p {prefix}",
        f"+ write {prefix}/{MARKER}: miniforge, begun",
        "Installing Miniforge takes a minute.",
        f"+ bash {machine.folder}/onelist.XXXXXX/miniforge.sh -b -f -p {prefix}",
        f"+ write {prefix}/{MARKER}: miniforge, base",
        "+ env CONDA_CHANNEL_PRIORITY=flexible MAMBA_CHANNEL_PRIORITY=flexible"
        f" {prefix}/bin/mamba install --yes --prefix {prefix} --override-channels"
        f" --channel=file://{machine.channel} course-meta pip",
        "+ env PYTHONNOUSERSITE=1 PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0"
        f" {prefix}/bin/python -I -m pip install --upgrade helpers",
        f"+ write {prefix}/{MARKER}: miniforge, complete",
        f"+ {prefix}/bin/python -I - conda:pandas conda:python-graphviz pip:helpers"
        " < (a program that imports each of them)",
    ]


def test_a_dry_run_of_fresh_shows_the_removal_and_asks_nothing(machine: Machine) -> None:
    prefix = made(machine.home / "course-meta-env", kind="miniforge")
    before = keep(machine.home)
    ran = machine.run("--dry-run", "--fresh")
    assert ran.returncode == 0
    assert f"+ find {prefix} -mindepth 1 -maxdepth 1 '!' -name {MARKER} -exec rm -rf '{{}}' +\n" in ran.stdout
    assert "/miniforge.sh -b -f -p " in ran.stdout
    assert keep(machine.home) == before


def test_an_environment_with_a_name_lies_in_the_installation(machine: Machine) -> None:
    assert machine.run("--env", "stats").returncode == 0
    root = machine.home / "course-meta-env"
    assert marker(root)["state"] == "base"
    assert marker(root / "envs/stats") == {
        "list": "course-meta",
        "kind": "env",
        "state": "complete",
        "place": f"{root}/envs/stats",
    }
    ran = machine.run("--env=stats", "--fresh", "--dry-run")
    assert f"+ find {root}/envs/stats " in ran.stdout
    assert "miniforge.sh" not in ran.stdout


def test_pip_alone_makes_a_virtual_environment(tmp_path: Path) -> None:
    machine = machine_for(tmp_path, "my home", requirements="pandas")
    machine.python()
    machine.tool("conda")
    for name in ("course-meta", "pandas", "helpers"):
        machine.package(name)
    shutil.copytree(machine.stand_ins / "index/pandas", machine.stand_ins / "index/course-meta", dirs_exist_ok=True)
    shutil.copytree(machine.stand_ins / "index/helpers", machine.stand_ins / "index/course-meta", dirs_exist_ok=True)
    ran = machine.run("--pip")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert machine.calls() == ["pip install --upgrade course-meta"]
    assert marker(machine.home / "course-meta-env")["kind"] == "venv"
    other = machine.run()
    assert "has another kind of installation (venv)." in other.stderr


def test_a_virtual_environment_whose_python_is_gone_gets_another_one(machine: Machine) -> None:
    machine.python()
    shutil.copytree(machine.stand_ins / "index/helpers", machine.stand_ins / "index/course-meta", dirs_exist_ok=True)
    machine.run("--pip")
    program = machine.home / "course-meta-env/bin/python"
    program.unlink()
    program.symlink_to(machine.home / "removed/python3")
    ran = machine.run("--pip")
    assert f"+ rm -f {program}\n" in ran.stdout
    assert machine.calls()[-1] == "pip install --upgrade course-meta"
    assert program.exists()


def test_a_list_that_only_pip_installs_needs_no_conda(tmp_path: Path) -> None:
    machine = machine_for(tmp_path, conda_channels="none", requirements="helpers", pip_requirements="")
    machine.python()
    machine.tool("conda")
    machine.package("course-meta")
    shutil.copytree(machine.stand_ins / "index/helpers", machine.stand_ins / "index/course-meta", dirs_exist_ok=True)
    assert machine.run().returncode == 0
    assert machine.calls() == ["pip install --upgrade course-meta"]
    ran = machine.run("--env", "stats")
    assert "--env and --with are for conda, and this installs with pip." in ran.stderr


def test_pixi_makes_a_workspace_and_only_with_one_channel(machine: Machine) -> None:
    machine.pixi()
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    prefix = machine.home / "course-meta-env"
    assert machine.calls() == [
        f"pixi init --channel=file://{machine.channel} {prefix}",
        f"pixi add --manifest-path {prefix}/pixi.toml course-meta pip",
        f"pixi update --manifest-path {prefix}/pixi.toml",
        "pip install --upgrade helpers",
    ]
    write_script(machine, conda_channels=f"file://{machine.channel} conda-forge")
    ran = machine.run("--dry-run", "--prefix", machine.folder / "other")
    assert "/miniforge.sh -b -f -p " in ran.stdout


def test_what_cannot_be_imported_is_told_with_what_to_do(machine: Machine) -> None:
    machine.tool("conda")
    machine.package("pandas", code="raise ImportError('libGL.so.1: cannot open shared object file')")
    machine.package("helpers", code="import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    ran = machine.run()
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-5:] == [
        "  FAILED   import pandas (from pandas): ImportError: libGL.so.1: cannot open shared object file",
        "           What to do: install the graphics library. Debian and Ubuntu: sudo apt install libgl1",
        "  is there python-graphviz (nothing to import)",
        "  FAILED   import helpers (from helpers): ended by signal 4",
        "           What to do: this processor is too old for the package. Use another machine.",
    ]
    assert "and some of it does not work: see the lines with FAILED." in ran.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--colour"], "This option is not known: --colour\nAll options: bash install.sh --help"),
        (["--prefix"], "--prefix needs a value."),
        (["--with", "brew"], "--with brew is not known."),
        (["--env", "../x"], "conda environments cannot have the name ../x."),
        (["--with", "pixi", "--env", "x"], "pixi has no environments with names."),
        (["--with", "micromamba"], "micromamba was not found.\nInstall it, or leave out --with."),
        (["--prefix", "a\nb"], "The name of the folder has a line break or a tab."),
    ],
)
def test_a_wrong_call_says_what_is_wrong(machine: Machine, options: list[str], why: str) -> None:
    ran = machine.run(*options)
    assert ran.returncode == 2
    assert why in ran.stderr
    assert list(machine.home.iterdir()) == []
