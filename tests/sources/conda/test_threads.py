"""A program that uses the library ends as every other program: rattler's threads do not crash it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from onelist.sources.conda.threads import foreign_threads
from tests.channels import compiled, interpreters, write_channel
from tests.sources.conda.short_program import KINDS

ROOT = Path(__file__).parents[3]
TIMES = 5
"""How often each program runs. Without the wait at exit, one in two to one in seven of these runs crashes."""


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        *interpreters(["linux-64"], ["3.12"]),
        *compiled("pandas", "2.1", pythons=["3.12"], platforms=["linux-64"]),
    ]
    return write_channel(tmp_path_factory.mktemp("channel"), packages, ["linux-64"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_program_that_uses_the_library_ends_without_a_crash(kind: str, channel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.sources.conda.short_program", kind, str(tmp_path), str(channel)]
    ends = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) for _ in range(TIMES)]
    assert [(end.returncode, end.stderr) for end in ends] == [(0, "")] * TIMES


def test_a_thread_of_python_is_not_foreign() -> None:
    before = foreign_threads()
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert foreign_threads() == before
    finally:
        end.set()
        thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pthread_create")
def test_a_thread_that_python_did_not_start_is_foreign_only_while_it_is_inside_the_interpreter() -> None:
    """A thread of the C library enters the interpreter with PyGILState_Ensure, as a thread of rattler does."""
    inside, end = threading.Event(), threading.Event()

    def work(_: int | None) -> None:
        inside.set()
        end.wait()

    start = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(work)
    before = foreign_threads()
    thread = ctypes.c_void_p()
    posix = ctypes.CDLL(None)
    assert posix.pthread_create(ctypes.byref(thread), None, start, None) == 0
    inside.wait()
    during = foreign_threads()
    end.set()
    posix.pthread_join(thread, None)
    assert (during, foreign_threads()) == (before + 1, before)
