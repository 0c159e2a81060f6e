"""Each file is written whole or not at all, whatever happens in between."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UsageError
from onelist.core.model import Artifact
from onelist.core.system.files import write_all, write_atomically, write_new, write_over
from tests.helpers import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers import Ran

LIMITED = "import resource, sys; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
"""Limits the size of files. Python does not notice byte code that is cut off, and later runs would load it."""
MAIN = "import sys; from onelist.cli.main import main; sys.exit(main(sys.argv[1:]))"


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones as well."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def run(folder: Path, *arguments: str, code: str = MAIN) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_an_error_before_the_renames_leaves_the_former_files(tmp_path: Path) -> None:
    old = [Artifact(kind="x", path=path, content=b"old") for path in ("a", "b/c")]
    write_all(tmp_path, old)
    before = snapshot(tmp_path)

    def stop(staging: Path) -> None:
        assert (staging / "b/c").read_bytes() == b"new"
        raise KeyboardInterrupt

    new = [Artifact(kind="x", path=path, content=b"new") for path in ("a", "b/c")]
    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path, new, before=stop)
    assert snapshot(tmp_path) == before
    write_all(tmp_path, new)
    assert snapshot(tmp_path) == {"a": b"new", "b/c": b"new"}


def test_write_new_never_replaces_an_existing_file(tmp_path: Path) -> None:
    write_new(tmp_path / "x/settings.ini", "one\n")
    with pytest.raises(UsageError, match=r"settings.ini already exists and was not changed\.$"):
        write_new(tmp_path / "x/settings.ini", "two\n")
    assert (tmp_path / "x/settings.ini").read_text() == "one\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_an_atomic_write_sets_the_permissions_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    for mode in (0o600, 0o644):
        write_atomically(tmp_path / "a", b"one", mode=mode)
        assert (tmp_path / "a").stat().st_mode & 0o777 == mode
    write_over(tmp_path / "a", b"one", b"two")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
    assert snapshot(tmp_path) == {"a": b"two"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_new_file_has_the_permissions_of_other_new_files(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x", encoding="utf-8")
    write_new(tmp_path / "new", "x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_atomic_write_that_fails_leaves_the_former_file_and_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/inside").write_bytes(b"one")
    with pytest.raises(OSError, match="taken"):
        write_atomically(tmp_path / "taken", b"two")
    assert snapshot(tmp_path) == {"taken/inside": b"one"}


def test_a_link_stays_a_link_when_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one")
    (tmp_path / "link").symlink_to("file")
    write_over(tmp_path / "link", b"one", b"two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"two"


@pytest.mark.usefixtures("folder")
def test_an_output_folder_that_cannot_be_made_is_named(onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "-o", "settings.ini/out")
    assert (ran.code, ran.out) == (2, "")
    reason = "Not a directory" if sys.platform != "win32" else ".*"
    assert re.fullmatch(
        re.escape(f"onelist: {Path('settings.ini/out')} cannot be written: ") + reason + "[.]\n"
        "    Check the permissions and the free space on the disk, or write to another folder[.] No existing file is "
        "damaged[.]\n",
        ran.err,
    )


@pytest.mark.usefixtures("folder")
def test_an_output_folder_that_is_a_file_is_named(onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "-o", "settings.ini")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "onelist: settings.ini already exists and is not a folder.\n    Name another folder with -o.\n",
    )


FULL = Path("/dev/full")
"""A device on which every write fails as on a full disk (Linux, full(4))."""


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("call", ["export environment", "--help", "check --help", "--version"])
def test_an_output_on_a_full_disk_is_not_called_a_temporary_file(folder: Path, call: str) -> None:
    command = [sys.executable, "-m", "onelist", *call.split()]
    with FULL.open("wb") as full:
        ran = subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (
        2,
        "onelist: The output or a temporary file cannot be read or written: No space left on device.\n"
        "    Free some space on the disk.\n",
    )


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EACCES, "Check its permissions and those of its folder."),
        (errno.ENAMETOOLONG, "Use a shorter name."),
        (errno.ENOSPC, "Free some space on the disk."),
        (errno.EIO, "Check the disk."),
    ],
)
def test_an_error_of_the_disk_says_what_to_do(
    onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number), "place")

    monkeypatch.setattr("onelist.cli.commands.rule.run", fail)
    ran = onelist("rule")
    assert (ran.code, ran.err) == (
        2,
        f"onelist: place cannot be read or written: {os.strerror(number)}.\n    {hint}\n",
    )


@pytest.mark.usefixtures("folder")
def test_a_cache_folder_that_is_a_file_is_named(onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELIST_CACHE_DIR", "settings.ini")
    ran = onelist("check", "--offline")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "onelist: settings.ini is not a folder.\n    Name the folder for the cache in ONELIST_CACHE_DIR.\n",
    )


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="nothing is unwritable for this user")
def test_an_output_folder_without_permission_is_named(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "locked").mkdir(mode=0o500)
    ran = onelist("build", "-o", "locked/out")
    assert ran.code == 2
    assert "locked/out cannot be written: Permission denied." in ran.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount command here")
    command = [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run([shutil.which("umount") or "umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_former_artifacts_whole(folder: Path, small_disk: Path) -> None:
    assert run(folder, "build", "-o", str(small_disk / "dist")).returncode == 0
    before = snapshot(small_disk)
    (folder / "README.md").write_text("".join(f"{number:x} " for number in range(150_000)), encoding="utf-8")
    ran = run(folder, "build", "-o", str(small_disk / "dist"))
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"onelist: {small_disk / 'dist'} cannot be written: No space left on device.\n")
    assert "Traceback" not in ran.stderr
    assert snapshot(small_disk) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes on Windows")
@pytest.mark.parametrize("kind", ["wheel", "sdist", "conda"])
def test_a_builder_that_cannot_write_ends_with_a_message(folder: Path, kind: str) -> None:
    """A limit on the size of files makes the builders' own temporary files fail, as a full disk does."""
    limited = LIMITED.format(size=600) + MAIN
    (folder / "README.md").write_text("x", encoding="utf-8")
    ran = run(folder, "build", "--only", kind, code=limited)
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("onelist: ")
    assert not [path for path in folder.rglob("*") if path.suffix in {".whl", ".gz", ".conda"}]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes on Windows")
def test_a_settings_file_that_cannot_be_written_whole_is_not_left(tmp_path: Path) -> None:
    limited = LIMITED.format(size=100) + MAIN
    ran = run(tmp_path, "init", "--name", "a", "--require", "pandas", code=limited)
    assert ran.returncode == 2
    assert ran.stderr.startswith("onelist: settings.ini cannot be written: File too large.\n")
    assert snapshot(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise on Windows")
@pytest.mark.parametrize("renamed", [0, 1, 4])
def test_an_interrupted_build_leaves_every_artifact_whole(folder: Path, renamed: int) -> None:
    assert run(folder, "build").returncode == 0
    before = snapshot(folder / "dist")
    (folder / "settings.ini").write_text(SETTINGS.replace("pandas", "numpy"), encoding="utf-8")
    assert run(folder, "build", "-o", "new").returncode == 0
    after = snapshot(folder / "new")
    slow = (
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
        "real, done = pathlib.Path.replace, []\n"
        "def replace(*paths):\n"
        f"    if len(done) == {renamed}: print('now', flush=True); time.sleep(30)\n"
        "    done.append(paths); return real(*paths)\n"
        "pathlib.Path.replace = replace\n"
    )
    command = [sys.executable, "-c", slow + MAIN, "build"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert (process.returncode, err) == (130, "\nonelist: interrupted.\n")
    left = snapshot(folder / "dist")
    assert left.keys() == before.keys()
    fresh = [name for name, content in left.items() if content == after[name]]
    assert [name for name in left.keys() - set(fresh) if left[name] != before[name]] == []
    assert len(fresh) == renamed
    assert "manifest.json" not in fresh
