"""A program that a signal ends takes its children with it, and leaves nothing behind; what SIGKILL leaves goes later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from onelist.core.system.temporary import clear_system_folder
from tests.channels import write_channel
from tests.cli.test_try import source_of
from tests.helpers import settings_text
from tests.processes import children, ends, name_of
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the children of a process are read in /proc"),
    pytest.mark.usefixtures("own_caches"),
]

TERMINATED = 128 + signal.SIGTERM
LOGIN = "user:s3cret-of-the-index"
INTERRUPTED = "\nonelist: interrupted.\n"
STOPS_AT_A_RENAME = """
import pathlib
real = pathlib.Path.replace
def replace(*paths):
    print("now", flush=True)
    signal.pause()
pathlib.Path.replace = replace
"""
"""Stops `build` when all artifacts are in their hidden folder and none is in its place."""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary files of the program."""
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def start(folder: Path, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    heard = "signal.signal(signal.SIGHUP, signal.SIG_DFL)"  # nohup ignores it for the suite, and so for this
    code = f"import signal, sys\n{heard}\n{before}\nfrom onelist.cli.main import run\nrun()\n"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def leftovers(*folders: Path) -> list[str]:
    """Return the names of the files and folders that onelist has left; its cache is there to stay."""
    left = (path.name for folder in folders for path in folder.rglob("*onelist-*"))
    return [name for name in left if name != "onelist-cache"]


@pytest.mark.parametrize("ignored", [False, True], ids=["in the foreground", "in the background"])
def test_sigterm_ends_a_check_and_its_uv(tmp_path: Path, temporary: Path, *, ignored: bool) -> None:
    """uv waits for a page that never comes."""
    projects = {"first": [wheel("first", "1.0", depends=("second",))], "second": [wheel("second", "1.0")]}
    text = settings_text(requirements="first", conda_channels=str(tmp_path / "channel"), platforms="linux-64")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    write_channel(tmp_path / "channel", [])
    before = "signal.signal(signal.SIGINT, signal.SIG_IGN)" if ignored else ""
    with index_server(projects) as server:
        gate = server.hold("/simple/second/")
        url = f"{server.url.replace('://', f'://{LOGIN}@')}/simple/"
        with start(
            tmp_path, "check", "--installer", "pip", "--index-url", url, "--timeout", "3600", before=before
        ) as process:
            gate.wait_for(1)
            below = children(process.pid)
            names = {name_of(child) for child in below}
            assert "uv" in names
            files = [path for path in temporary.rglob("*") if path.is_file()]
            assert [path for path in files if LOGIN[5:].encode() in path.read_bytes()] == []
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate()
    assert (process.returncode, err) == (TERMINATED, INTERRUPTED)
    assert all(map(ends, below))
    assert list(temporary.iterdir()) == []
    assert leftovers(tmp_path) == []


def test_sigterm_ends_pip_and_the_build_that_it_runs(tmp_path: Path, temporary: Path) -> None:
    """The build of a source distribution says its number, and then waits for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    first = f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()"
    projects: dict[str, Any] = {"slow": [sdist("slow", "1.0")]}
    (tmp_path / "settings.ini").write_text(settings_text(requirements="slow"), encoding="utf-8")
    with index_server(projects) as server:
        server.instead["/files/slow-1.0.tar.gz"] = source_of("slow", first)
        options = ("--installer", "pip", "--index-url", f"{server.url}/simple/", "--timeout", "3600")
        with start(tmp_path, "try", *options) as process:
            build = int(pipe.read_text(encoding="utf-8"))
            below = children(process.pid)
            assert build in below
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate()
    assert (process.returncode, err) == (TERMINATED, INTERRUPTED)
    assert all(map(ends, below))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, TERMINATED), (signal.SIGHUP, 128 + signal.SIGHUP), (signal.SIGINT, 130)]
)
def test_a_signal_leaves_no_temporary_file_beside_the_artifacts(
    folder: Path, temporary: Path, number: signal.Signals, code: int
) -> None:
    stops = STOPS_AT_A_RENAME + "signal.signal(signal.SIGINT, signal.default_int_handler)"
    with start(folder, "build", before=stops) as process:
        assert process.stdout
        assert process.stdout.readline() == "now\n"
        assert len(leftovers(folder / "dist")) == 1
        process.send_signal(number)
        _, err = process.communicate()
    assert (process.returncode, err) == (code, INTERRUPTED)
    assert leftovers(folder / "dist", temporary) == []


ONCE = """
import os, shutil, tempfile
signal.signal(signal.SIGINT, signal.default_int_handler)
def interrupted(module, name, before):
    real = getattr(module, name)
    def call(path, *arguments, **options):
        is_it = "dist/.onelist-" in os.fspath(path)
        setattr(module, name, real if is_it else call)
        if is_it and before:
            signal.raise_signal(signal.SIGINT)
        done = real(path, *arguments, **options)
        if is_it:
            signal.raise_signal(signal.SIGINT)
        return done
    setattr(module, name, call)
"""


@pytest.mark.parametrize("moment", ["os, 'mkdir', False", "shutil, 'rmtree', True"], ids=["made", "removed"])
def test_a_signal_at_the_moment_when_a_temporary_folder_is_made_or_removed_leaves_none(
    folder: Path, temporary: Path, moment: str
) -> None:
    with start(folder, "build", before=f"{ONCE}\ninterrupted({moment})") as process:
        _, err = process.communicate()
    assert (process.returncode, err) == (130, INTERRUPTED)
    assert leftovers(folder / "dist", temporary) == []


def test_a_signal_that_the_caller_ignores_stays_ignored(folder: Path, temporary: Path) -> None:
    """``nohup`` ignores SIGHUP."""
    before = "signal.signal(signal.SIGHUP, signal.SIG_IGN)\nsignal.raise_signal(signal.SIGHUP)"
    stops = "from onelist.cli import parser\nreal = parser.make_parser\ndef make_parser(command):\n"
    stops += "    signal.raise_signal(signal.SIGHUP)\n    return real(command)\nparser.make_parser = make_parser"
    with start(folder, "rule", "A005", before=f"{before}\n{stops}") as process:
        process.communicate()
    assert process.returncode == 0
    assert list(temporary.iterdir()) == []


def test_a_signal_inside_a_finaliser_is_not_lost(folder: Path, temporary: Path) -> None:
    """Python prints an exception of a finaliser, and goes on."""
    finaliser = "class Finalised:\n    def __del__(self): signal.raise_signal(signal.SIGTERM)\n"
    finaliser += "from onelist.cli import parser\nreal = parser.make_parser\ndef make_parser(command):\n"
    finaliser += "    Finalised()\n    return real(command)\nparser.make_parser = make_parser"
    with start(folder, "rule", "A005", before=finaliser) as process:
        _, err = process.communicate()
    assert (process.returncode, err) == (TERMINATED, INTERRUPTED)
    assert list(temporary.iterdir()) == []


def test_a_second_signal_does_not_stop_the_cleanup(folder: Path, temporary: Path) -> None:
    again = """
import shutil
remove = shutil.rmtree
def remove_interrupted(*arguments, **options):
    signal.raise_signal(signal.SIGTERM)
    return remove(*arguments, **options)
def replace(*paths):
    shutil.rmtree = remove_interrupted
    print("now", flush=True)
    signal.pause()
pathlib.Path.replace = replace
"""
    stops = STOPS_AT_A_RENAME + again
    with start(folder, "build", before=stops) as process:
        assert process.stdout
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    assert (process.returncode, err) == (TERMINATED, INTERRUPTED)
    assert leftovers(folder / "dist", temporary) == []


@pytest.mark.parametrize("command", ["build", "sync"])
def test_what_sigkill_leaves_is_cleared_by_the_next_run(
    folder: Path, temporary: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    place = folder / "dist" if command == "build" else folder
    with start(folder, command, before=STOPS_AT_A_RENAME) as process:
        assert process.stdout
        assert process.stdout.readline() == "now\n"
        process.kill()
    assert len([name for name in leftovers(place) if name.startswith(".")]) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))  # this process has read TMPDIR before
    clear_system_folder.cache_clear()  # and has perhaps cleared that folder
    assert onelist(command, folder).code == 0
    assert leftovers(place, temporary) == []
