"""The script that ``onelist export installer`` writes for macOS and Linux, run for real in HOMEs to throw away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from onelist.build.exports.installer import install_sh
from tests import helpers
from tests.learner_machine import Machine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash and the tools of macOS and Linux")
MARKER = ".installed-by-onelist"


def machine_for(folder: Path, home: str = "home", **keys: str) -> Machine:
    """Return a machine with the script of a list: pandas and graphviz by conda, helpers only by pip."""
    machine = Machine(folder, home)
    machine.package("pandas")
    machine.package("python-graphviz", code=None)
    machine.package("helpers")
    machine.package("course-meta", ["python", "pandas", "python-graphviz"])
    write_script(machine, **keys)
    return machine


def write_script(machine: Machine, **keys: str) -> None:
    """Write the script of a list."""
    listed = {
        "conda_channels": f"file://{machine.channel}",
        "requirements": "pandas graphviz",
        "pip_requirements": "helpers",
        "conda_requirements": "",
    }
    wanted = listed | keys
    machine.script.write_text(install_sh(helpers.project(**wanted), helpers.plan(**wanted)), encoding="utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_for(tmp_path)


def marker(folder: Path) -> dict[str, str]:
    """Return what the marker in a folder says."""
    _, *lines = (folder / MARKER).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_from_nothing_it_installs_miniforge_and_then_everything(machine: Machine) -> None:
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    prefix = machine.home / "course-meta-env"
    assert machine.calls() == [
        f"miniforge {prefix}",
        f"mamba install --yes --prefix {prefix} --override-channels --channel=file://{machine.channel} course-meta pip",
        "pip install --upgrade helpers",
    ]
    assert "  works    pandas\n  works    helpers\n" in ran.stdout
    assert f"course-meta is installed in {prefix}, and all of it can be imported." in ran.stdout
    assert marker(prefix) == {"list": "course-meta", "kind": "miniforge", "state": "complete", "place": str(prefix)}
    assert list(machine.folder.glob("onelist.*")) == []
