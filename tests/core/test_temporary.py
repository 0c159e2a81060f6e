"""What a process leaves behind when it is killed is removed by a later one, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from onelist.core.temporary import remove_leftovers, temporary_folder, temporary_prefix

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot be asked whether a process runs")


def name_of(process: int | str, machine: str = "") -> str:
    prefix = temporary_prefix(Path())
    return f".onelist-{machine or prefix.split('-')[1]}-{process}-abcdefgh"


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_temporary_folder_names_its_process_and_is_removed(tmp_path: Path) -> None:
    with temporary_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(temporary_prefix(tmp_path))
        assert f"-{os.getpid()}-" in folder.name
        (folder / "file").write_text("x", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


@posix
def test_files_and_folders_of_a_process_that_ended_are_removed(tmp_path: Path, ended: int) -> None:
    (tmp_path / name_of(ended)).mkdir()
    (tmp_path / name_of(ended) / "inside").write_text("x", encoding="utf-8")
    (tmp_path / name_of(ended).replace("abc", "xyz")).write_text("x", encoding="utf-8")
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_a_day_old_is_removed_whoever_made_it(tmp_path: Path) -> None:
    old, new = tmp_path / name_of(1, machine="00000000"), tmp_path / name_of(2, machine="00000000")
    for path in (old, new):
        path.write_text("x", encoding="utf-8")
    os.utime(old, (time.time() - 25 * 3600,) * 2)
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [new]


@posix
def test_other_files_stay(tmp_path: Path, ended: int) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("x", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name_of(os.getpid())).mkdir()  # of a process that runs
    (folder / name_of(ended)).symlink_to(outside)
    for name in (".onelist-notes", f"{name_of(ended)}.txt", f"my{name_of(ended)}", "onelist-1-2-abcdefgh"):
        (folder / name).write_text("x", encoding="utf-8")
    before = sorted(folder.iterdir())
    remove_leftovers(folder)
    assert sorted(folder.iterdir()) == before
    assert (outside / "file").exists()
    remove_leftovers(folder / "nothing")


@posix
def test_the_first_temporary_folder_of_a_run_clears_the_folder_of_the_system(tmp_path: Path, ended: int) -> None:
    (tmp_path / name_of(ended).removeprefix(".")).mkdir()
    code = (
        "from onelist.core.temporary import temporary_folder\nwith temporary_folder() as folder: print(folder.parent)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"{tmp_path}\n"
    assert list(tmp_path.iterdir()) == []
    assert tempfile.gettempdir() != str(tmp_path)
