"""What ``onelist export installer`` writes: both scripts, and how values of settings.ini stand in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.build.exports.installer import install_ps1, install_sh
from onelist.cli.main import main
from onelist.core.model import EXPORT_HEADER
from tests import helpers

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {
    "lib_name": "course-meta",
    "conda_channels": "file:///a&b;c\u2019d/`y`$HOME conda-forge",
    "requirements": "pandas",
    "pip_requirements": "helpers>=1,<2; sys_platform != 'win32' tools@https://example.org/a'b$(x)\u2019\u201c&c.zip",
}
"""Values in which a shell or PowerShell would see something to run."""


def scripts(**keys: str) -> tuple[str, str]:
    """Return install.sh and install.ps1 of a list."""
    project, plan = helpers.project(**keys), helpers.plan(**keys)
    return install_sh(project, plan), install_ps1(project, plan)


def test_both_name_their_source_and_their_command_at_the_top() -> None:
    for script in scripts(requirements="pandas"):
        assert script.splitlines()[1] == f"# {EXPORT_HEADER}installer"


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    """One list, as it takes nearly a second; the scripts of others differ in the names."""
    program = shutil.which("shellcheck", path=f"{sys.prefix}/bin") or shutil.which("shellcheck")
    assert program, "shellcheck comes with the test extra"
    script = tmp_path / "install.sh"
    script.write_text(scripts(requirements="pandas", pip_requirements="helpers")[0], encoding="utf-8")
    ran = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert ran.stdout + ran.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
def test_bash_reads_hostile_values_as_they_are() -> None:
    script, _ = scripts(**HOSTILE)
    data = script.partition("\nLIST=")[2].partition("\nMARKER=")[0]
    shown = f"LIST={data}" + '\nprintf "%s\\n" "$LIST" "${CHANNELS[@]}" "${PIP_ONLY[@]}" "${CONDA_CHECKS[@]}"'
    ran = subprocess.run(["bash", "-uc", shown], capture_output=True, text=True, check=True, encoding="utf-8")  # noqa: S607
    assert ran.stdout.splitlines() == [
        "course-meta",
        "file:///a&b;c\u2019d/`y`$HOME",
        "conda-forge",
        'helpers<2,>=1; sys_platform != "win32"',
        "tools @ https://example.org/a'b$(x)\u2019\u201c&c.zip",
        "conda:pandas",
        'pip:helpers; sys_platform != "win32"',
        "pip:tools",
    ]


def test_powershell_reads_hostile_values_as_they_are() -> None:
    """In a string in single quotes, PowerShell reads any two of its five single quotation marks as the second one."""
    _, script = scripts(**HOSTILE)
    found = re.search(r"(?ms)^\$Channels = @\((.*?)^\)\n\$PipOnly = @\((.*?)^\)$", script)
    assert found
    assert found[1] == "\n    'file:///a&b;c\u2019\u2019d/`y`$HOME'\n    'conda-forge'\n"
    assert found[2] == (
        "\n    'helpers<2,>=1; sys_platform != ''win32'''\n"
        "    'tools @ https://example.org/a''b$(x)\u2019\u2019\u201c&c.zip'\n"
    )


def test_the_own_channel_of_the_list_comes_first() -> None:
    """That is where ``publish`` uploads the meta-package."""
    own, _ = scripts(requirements="pandas", conda_user="ada", conda_channels="conda-forge")
    assert "CHANNELS=(\n    ada\n    conda-forge\n)\n" in own
    listed, _ = scripts(requirements="pandas", conda_user="ada", conda_channels="conda-forge ada")
    assert "CHANNELS=(\n    ada\n    conda-forge\n)\n" in listed


def test_windows_powershell_can_read_the_script() -> None:
    """5.1 takes a script without a mark for the code page of the machine, and knows less than 7."""
    _, script = scripts(requirements="pandas")
    assert script.startswith("\ufeff#Requires -Version 5.1\n")
    code = script.partition("$ImportProgram = @'\n")
    program, end, rest = code[2].partition("\n'@\n")
    assert end
    assert program.isascii()
    assert "\n'@" not in program
    assert re.findall(r"\?\?|\?\.|&&|\|\||::new\(| \? ", code[0] + rest) == []


def test_the_program_that_imports_is_the_same_in_both() -> None:
    shell, powershell = scripts(requirements="pandas")
    program = shell.partition("<<'PROGRAM'\n")[2].partition("\nPROGRAM\n")[0]
    assert program
    assert f"@'\n{program}\n'@" in powershell
    compile(program, "imports", "exec")


def test_export_writes_both_and_sync_keeps_them_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "settings.ini"
    settings.write_text(helpers.settings_text(requirements="pandas", conda_channels="ada", license="mit"), "utf-8")
    assert main(["export", "installer", "-o", "docs"]) == 0
    assert capsys.readouterr().out == "wrote docs/install.sh\nwrote docs/install.ps1\n".replace("/", os.sep)
    settings.write_text(helpers.settings_text(requirements="numpy", conda_channels="ada", license="mit"), "utf-8")
    assert main(["sync"]) == 0
    for name in ("install.sh", "install.ps1"):
        script = (tmp_path / "docs" / name).read_bytes().decode("utf-8")
        assert "conda:numpy" in script
        assert "conda:pandas" not in script
    assert not (tmp_path / "install.sh").exists()


def test_a_script_of_a_person_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "settings.ini").write_text(helpers.settings_text(requirements="pandas"), "utf-8")
    (tmp_path / "install.sh").write_text("#!/bin/sh\nmake\n", "utf-8")
    assert main(["export", "installer", str(tmp_path)]) == 2
    assert "install.sh was not written by onelist." in capsys.readouterr().err
    assert not (tmp_path / "install.ps1").exists()
