"""What a process leaves behind when it is killed is removed by a later one, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from onelist.core.system.temporary import (
    remove_leftovers,
    remove_leftovers_of_libraries,
    temporary_folder,
    temporary_prefix,
)

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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that a process has ended and keeps its number")
def test_files_of_a_process_that_ended_are_removed_though_nobody_asked_how_it_ended(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""], stdout=subprocess.PIPE) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        os.kill(process.pid, 0)
        (tmp_path / name_of(process.pid)).mkdir()
        (tmp_path / name_of(os.getpid())).mkdir()
        remove_leftovers(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [name_of(os.getpid())]


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


def make_old(path: Path) -> None:
    os.utime(path, (time.time() - 3700,) * 2, follow_symlinks=False)


@posix
def test_what_a_killed_rattler_or_uv_left_is_removed_after_an_hour(tmp_path: Path) -> None:
    (tmp_path / ".tmpAbC12x").write_text("x", encoding="utf-8")
    (tmp_path / ".tmpFolder").mkdir()
    (tmp_path / ".tmpFolder/inside").write_text("x", encoding="utf-8")
    for path in tmp_path.iterdir():
        make_old(path)
    (tmp_path / ".tmpNew123").write_text("x", encoding="utf-8")
    for name in (".tmp", ".tmpAbC12xy", ".tmpAb-12x", "tmpAbC12x", "x.tmpAbC12x"):
        (tmp_path / name).write_text("x", encoding="utf-8")
        make_old(tmp_path / name)
    (tmp_path / ".tmpLink12").symlink_to(tmp_path / "x.tmpAbC12x")
    make_old(tmp_path / ".tmpLink12")
    before = sorted(tmp_path.iterdir())
    remove_leftovers_of_libraries(tmp_path)
    gone = {tmp_path / ".tmpAbC12x", tmp_path / ".tmpFolder"}
    assert sorted(tmp_path.iterdir()) == sorted(set(before) - gone)
    remove_leftovers_of_libraries(tmp_path / "nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether a file is open")
def test_a_file_that_a_living_process_writes_is_not_removed_however_old_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".tmpAbC12x"
    with path.open("wb"):
        make_old(path)
        remove_leftovers_of_libraries(tmp_path)
        assert path.exists()
    remove_leftovers_of_libraries(tmp_path)
    assert not path.exists()


@posix
def test_the_first_temporary_folder_of_a_run_clears_the_folder_of_the_system(tmp_path: Path, ended: int) -> None:
    (tmp_path / name_of(ended).removeprefix(".")).mkdir()
    code = "from onelist.core.system.temporary import temporary_folder\nwith temporary_folder() as folder: print(folder.parent)"
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
