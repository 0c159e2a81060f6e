"""onelist doctor --share: a report without the names of people and machines, without paths, addresses and secrets."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.machine.sharing import make_anonymous
from onelist.reports.answers.doctor import doctor_json, doctor_lines
from tests.machine.environments import LIST, Home, install, script, site_packages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onelist.machine.look import Diagnosis

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are made as on Linux and macOS")


def shared_text(found: Diagnosis, host: str = "laptop-7.example.net", **variables: str) -> str:
    """Return both reports of a diagnosis as they are shared."""
    shared = make_anonymous(found.facts, variables, host, ("Ana Müller",))
    lines = "\n".join(doctor_lines(found, shared))
    return lines + json.dumps(doctor_json(found, shared), ensure_ascii=False)


def troubled(home: Home) -> Diagnosis:
    """Look at an environment with troubles of many kinds, which all name paths."""
    prefix, other = home.course("cours d'Ana"), home.environment("others/Ana Müller's")
    install(prefix, "beta", "1.0", files={"beta/__init__.py": f"open({str(home.folder / 'Ana data/secret.csv')!r})\n"})
    install(
        prefix, "alpha", "2.0", files={"alpha/__init__.py": "raise OSError('/srv/Ana Müller/x y/file.py, laptop-7')\n"}
    )
    script(other, "pip", other / "bin/python")
    script(other, "jupyter", other / "bin/python")
    kernels = home.folder / ".local/share/jupyter/kernels"
    for name, title in (("r", "Ana's kernel"), ("anas", "e")):
        (kernels / name).mkdir(parents=True)
        content = {"argv": [f"{other}/bin/python"], "display_name": title, "language": "python"}
        (kernels / name / "kernel.json").write_text(json.dumps(content), encoding="utf-8")
    (site_packages(prefix) / "~lpha").mkdir()
    config = home.folder / "pip of Ana.conf"
    config.write_text(
        "[global]\nindex-url = https://ana:geheim@pip.müller.example/simple\nproxy = proxy.müller.example:3128\n",
        encoding="utf-8",
    )
    return home.look(
        prefix,
        other,
        PYTHONPATH="/srv/Ana Müller:/srv/other",
        PIP_CONFIG_FILE=str(config),
        CONDA_PREFIX="/opt/Ana/envs/x",
        CONDA_DEFAULT_ENV="ana-env",
    )


@pytest.mark.parametrize("folder", ["Ana", "Ana Müller", "o'ana", "python", "a/ana.muller"])
def test_nothing_tells_who_the_learner_is(tmp_path: Path, folder: str) -> None:
    home = Home(folder=tmp_path / folder)
    home.folder.mkdir(parents=True)
    found = troubled(home)
    whole = "\n".join(doctor_lines(found))
    assert str(tmp_path) in whole
    text = shared_text(found, USER="ana", HOSTNAME="laptop-7")
    for private in ("ana", "müller", "laptop", "geheim", "/srv", "/opt", str(tmp_path), "secret.csv", "proxy."):
        assert private not in text.lower().replace("<installation>", ""), private
    assert "<environment>/lib/python3" in text
    assert "problem: beta is installed, but cannot be imported: FileNotFoundError" in text
    assert "<kernel 1>" in text


@pytest.mark.parametrize("user", ["python", "pip", "a", "ab", "alpha", LIST, "problem", "folder"])
def test_a_name_that_is_a_word_of_the_report_destroys_no_more_than_itself(tmp_path: Path, user: str) -> None:
    home = Home(folder=tmp_path / user)
    home.folder.mkdir()
    prefix = home.course("env")
    shutil.rmtree(site_packages(prefix) / "beta")
    text = shared_text(home.look(prefix), host="x", USER=user)
    assert "python -m pip install --force-reinstall --no-deps beta==1.0" in text
    assert "<environment>/bin/python" in text
    assert str(tmp_path) not in text


def anonymous(text: str, variables: Mapping[str, str], found: Diagnosis) -> str:
    return make_anonymous(found.facts, variables, "host", ())(text)


def test_each_folder_has_one_name_and_the_names_of_usual_files_stay(tmp_path: Path) -> None:
    home = Home(folder=tmp_path)
    found = home.look(home.environment(), wanted="")
    text = "in /srv/x y/a.py, C:\\Ana\\Data Sets\\b.py, /srv/x y/c.csv, ~ana/d: https://u:p@h.example/a. No."
    assert anonymous(text, {}, found) == (
        "in <folder 1>/a.py, <folder 2>/b.py, <folder 1>/<file>, <folder 3>/<file>: <address>. No."
    )


@pytest.mark.parametrize(
    "secret", ["ghp_0123456789abcdefghij", "hf_0123456789abcdefghij", "AKIA0123456789ABCDEF", "10.11.12.13:3128"]
)
def test_keys_and_addresses_that_a_program_prints_are_left_out(tmp_path: Path, secret: str) -> None:
    home = Home(folder=tmp_path)
    found = home.look(home.environment(), wanted="")
    assert anonymous(f"OSError: {secret} is not valid for numpy 1.2.3.4", {}, found) == (
        "OSError: <secret> is not valid for numpy 1.2.3.4"
    )
