"""install.ps1, where there is a PowerShell: Windows PowerShell 5.1 and PowerShell 7 of the CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.build.exports.installer import install_ps1
from tests import helpers
from tests.learner_machine import MARKER, keep, made

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = [name for name in ("powershell", "pwsh") if shutil.which(name)]
pytestmark = pytest.mark.skipif(not SHELLS, reason="there is no PowerShell here")
CASES = {
    "home": "is your home folder, or above it. Nothing was removed.",
    "here": "Go to another folder first: cd",
    "no marker": "This script did not make",
    "marker of another place": "This script did not make",
    "other list": "was made for other-meta, and not for course-meta. Nothing was removed.",
    "no installation": "does not look like an installation. Nothing was removed.",
    "notebooks": "has files of yours in it: notes.ipynb. Nothing was removed.",
    "link": "Nothing was removed.",
}
PARSE = (
    "$errors = $null; $null = [System.Management.Automation.Language.Parser]::ParseFile($env:SCRIPT, [ref] $null, "
    "[ref] $errors); foreach ($one in $errors) { $one.ToString() }"
)


class Windows:
    """A machine with a script of a list.

    Attributes:
        folder: Everything is below it; its name has a space and letters that are not Latin.
        home: The user folder.
    """

    def __init__(self, folder: Path, shell: str) -> None:
        self.folder = folder / "Zoë 学生"
        self.home = self.folder / "home"
        self.home.mkdir(parents=True)
        self.shell = shell
        self.script = self.folder / "install.ps1"
        keys = {"requirements": "pandas", "pip_requirements": "helpers", "conda_channels": "ada conda-forge"}
        self.script.write_text(install_ps1(helpers.project(**keys), helpers.plan(**keys)), encoding="utf-8")

    def run(self, *options: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        bypass = ["-ExecutionPolicy", "Bypass"] if sys.platform == "win32" else []
        command = [self.shell, "-NoProfile", *bypass, "-File", str(self.script), *map(str, options)]
        return self.call(command, cwd)

    def call(self, command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the user folder of this machine."""
        variables = {**os.environ, "HOME": str(self.home), "USERPROFILE": str(self.home), "SCRIPT": str(self.script)}
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=variables,
            input="",
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )


@pytest.fixture(params=SHELLS)
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Windows:
    return Windows(tmp_path, request.param)


def test_it_has_no_mistake_in_its_syntax(machine: Windows) -> None:
    ran = machine.call([machine.shell, "-NoProfile", "-Command", PARSE])
    assert (ran.returncode, ran.stdout.strip(), ran.stderr.strip()) == (0, "", "")


def test_a_dry_run_prints_every_command_and_does_nothing(machine: Windows) -> None:
    prefix = machine.folder.parent / "place"
    ran = machine.run("-DryRun", "-With", "miniforge", "-Prefix", prefix)
    assert (ran.returncode, ran.stderr.strip()) == (0, "")
    shown = ran.stdout.replace("'", "")
    assert "+ Invoke-WebRequest -UseBasicParsing -Uri " in shown
    assert "Miniforge3-Windows-x86_64.exe.sha256" in shown
    assert f"/InstallationType=JustMe /RegisterPython=0 /AddToPath=0 /S /D={prefix}" in shown
    assert "+ $env:CONDA_CHANNEL_PRIORITY = flexible" in shown
    assert f"install --yes --prefix {prefix} --override-channels --channel=ada --channel=conda-forge" in shown
    assert "-I -m pip install --upgrade helpers" in shown
    assert not prefix.exists()


def test_miniforge_takes_no_folder_with_a_space(machine: Windows) -> None:
    ran = machine.run("-With", "miniforge", "-Prefix", machine.folder / "place")
    assert ran.returncode == 2
    assert "Miniforge takes no folder with a space" in ran.stderr
    assert list(machine.home.iterdir()) == []


@pytest.mark.parametrize("case", CASES)
def test_fresh_never_removes(machine: Windows, case: str) -> None:
    place = made(machine.folder / "place")
    named, cwd = place, machine.folder
    match case:
        case "home":
            named = made(machine.home)
        case "here":
            cwd = place
        case "no marker":
            (place / MARKER).unlink()
        case "marker of another place":
            named = shutil.copytree(place, machine.folder / "copy")
        case "other list":
            made(place, list="other-meta")
        case "no installation":
            (place / "conda-meta").rmdir()
        case "notebooks":
            (place / "notes.ipynb").touch()
        case _:
            named = machine.folder / "link"
            try:
                named.symlink_to(place, target_is_directory=True)
            except OSError:
                pytest.skip("this user may not make links")
    before = keep(machine.folder)
    ran = machine.run("-Fresh", "-Yes", "-Prefix", named, cwd=cwd)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert CASES[case] in ran.stderr
    assert keep(machine.folder) == before


def test_fresh_shows_what_it_removes(machine: Windows) -> None:
    """It shows that the refusals above do not have another reason."""
    place = made(machine.folder.parent / "place")
    ran = machine.run("-Fresh", "-DryRun", "-With", "miniforge", "-Prefix", place)
    assert ran.returncode == 0, ran.stderr
    assert " and everything in it" in ran.stdout
    assert (place / "precious").exists()
