"""Which program comes first on PATH, and which Python runs it; what is said of a place where nothing can be installed."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UnavailableError
from onelist.machine.programs import find_programs, installation_of, interpreter_of, search_path
from onelist.machine.python_trouble import python_troubles
from tests.machine.environments import Home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are made as on Linux and macOS")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_pyenv_is_asked_once_for_all_of_its_shims(tmp_path: Path) -> None:
    root = tmp_path / "pyenv"
    calls = tmp_path / "calls"
    program(root / "bin/pyenv", f"#!/bin/sh\necho $1 $PYENV_ROOT >>'{calls}'\necho 3.9.1:system\n")
    for name in ("python", "pip", "ipython"):
        program(root / "shims" / name, "#!/usr/bin/env bash\nexec pyenv exec\n")
    python = program(root / "versions/3.9.1/bin/python", "")
    program(root / "versions/3.9.1/bin/pip", f"#!{python}\n")
    other = program(tmp_path / "usr/bin/ipython", "#!/usr/bin/python3\n")
    found = find_programs([str(root / "shims"), str(other.parent), "/bin"], {"PATH": "/bin"})
    by_name = {one.name: one.interpreter for one in found if str(root) in one.path}
    assert by_name == {"python": str(python), "pip": str(python), "ipython": "/usr/bin/python3"}
    assert calls.read_text(encoding="utf-8") == f"version-name {root}\n"


@pytest.mark.parametrize(
    ("tail", "python"),
    [
        (b"#!C:\\Python\\python.exe\r\nPK\x03\x04", "C:\\Python\\python.exe"),
        (b'#!"C:\\My Python\\python.exe"\nPK\x03\x04', "C:\\My Python\\python.exe"),
        (b"PK\x03\x04", ""),
    ],
)
def test_a_launcher_of_windows_names_its_python_behind_the_program(tmp_path: Path, tail: bytes, python: str) -> None:
    launcher = tmp_path / "pip.exe"
    launcher.write_bytes(b"MZ" + bytes(300_000) + tail)
    assert interpreter_of(str(launcher), ()) == python


@pytest.mark.parametrize(
    ("variables", "stays"),
    [
        ({}, True),
        ({"UV": "/uv"}, False),
        ({"UV": "/uv", "VIRTUAL_ENV": "/other"}, False),
        ({"UV": "/uv", "VIRTUAL_ENV": "OWN"}, True),
    ],
    ids=["by itself", "uvx", "uvx in an environment", "uv run"],
)
def test_the_folder_that_uvx_puts_in_front_of_path_does_not_count(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: Mapping[str, str],
    stays: bool,  # noqa: FBT001
) -> None:
    own = tmp_path / "own"
    monkeypatch.setattr(sys, "prefix", str(own))
    monkeypatch.setattr(sys, "executable", str(own / "bin/python"))
    chosen = {key: str(own) if value == "OWN" else value for key, value in variables.items()}
    folders = search_path({**chosen, "PATH": f"{own}/bin::/usr/bin"})
    assert folders == ((f"{own}/bin", "/usr/bin") if stays else ("/usr/bin",))


def test_the_python_of_windows_that_opens_the_store_is_passed_over(tmp_path: Path) -> None:
    home = Home(folder=tmp_path)
    prefix = home.environment()
    stub = program(tmp_path / "Microsoft/WindowsApps/python", "#!/bin/sh\nexit 9\n")
    program(tmp_path / "bin/py", f'#!/bin/sh\nexec {prefix}/bin/python "$@"\n')
    found = home.look(wanted="", PATH=f"{stub.parent}:{tmp_path}/bin")
    assert found.facts.python.prefix == str(prefix)
    with pytest.raises(UnavailableError) as caught:
        home.look(wanted="", PATH=str(stub.parent))
    assert str(caught.value) == f"{stub} does not start: it ends with exit code 9"


def test_a_place_where_nothing_can_be_written_or_nearly_nothing_fits(tmp_path: Path) -> None:
    home = Home(folder=tmp_path)
    facts = home.look(home.environment(), wanted="course-meta").facts
    locked = replace(facts.python, can_write=False, can_write_user=False)
    (trouble,) = python_troubles(replace(facts, python=locked))
    assert trouble.code == "no_write_permission"
    assert trouble.message.startswith(f"You may not write in {facts.python.purelib}")
    full = replace(facts.python, free_bytes=123_456_789)
    (trouble,) = python_troubles(replace(facts, python=full))
    assert trouble.message == f"There are only 123 MB left on the disk of {facts.python.purelib}."


def test_a_module_folder_that_python_does_not_look_into(tmp_path: Path) -> None:
    home = Home(folder=tmp_path)
    facts = home.look(home.environment(), wanted="").facts
    path = tuple(entry for entry in facts.python.path if entry != facts.python.purelib)
    (trouble,) = python_troubles(replace(facts, python=replace(facts.python, path=path)))
    assert trouble.code == "site_packages_not_on_path"


def test_a_path_that_no_file_can_have_is_an_installation_of_its_own(tmp_path: Path) -> None:
    python = interpreter_of(str(program(tmp_path / "pip", "#!/a\x00/python\n")), ())
    assert installation_of(python) == "/a\x00/python"
