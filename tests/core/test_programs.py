"""Programs end with the one that has started them, and so does what they have started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from onelist.core.system import programs
from onelist.core.system.programs import end_programs, kill_group, run_program
from tests.processes import ends

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are read in /proc")
WAITS = "import signal; signal.pause()"
STARTS_ANOTHER = (
    "import os, subprocess, sys\n"
    f"child = subprocess.Popen([sys.executable, '-S', '-c', {WAITS!r}])\n"
    "with open(sys.argv[1], 'w') as pipe: pipe.write(f'{os.getpid()} {child.pid}')\n"
    "child.wait()\n"
)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe through which a program says that it runs."""
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("own_group", [True, False])
def test_the_end_of_programs_ends_what_other_threads_have_started(pipe: Path, *, own_group: bool) -> None:
    code = STARTS_ANOTHER if own_group else f"open({str(pipe)!r}, 'w').write(str(__import__('os').getpid()))\n{WAITS}"
    command = [sys.executable, "-S", "-c", code, str(pipe)]
    ended: list[int] = []
    thread = threading.Thread(
        target=lambda: ended.append(run_program(command, seconds=3600, own_group=own_group).returncode)
    )
    thread.start()
    processes = [int(number) for number in pipe.read_text(encoding="utf-8").split()]
    end_programs()
    thread.join()
    assert ended == [-9]
    assert all(map(ends, processes))


def test_a_program_that_takes_too_long_ends_with_what_it_has_started(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with pytest.raises(subprocess.TimeoutExpired):
        run_program([sys.executable, "-S", "-c", STARTS_ANOTHER, str(notes)], seconds=1)
    assert all(ends(int(number)) for number in notes.read_text(encoding="utf-8").split())


def test_a_program_gets_what_it_is_given(tmp_path: Path) -> None:
    code = "import os, sys; print(input(), os.getcwd(), os.environ['X']); print('e', file=sys.stderr); sys.exit(3)"
    ran = run_program(
        [sys.executable, "-S", "-c", code], seconds=60, environment={"X": "y"}, folder=tmp_path, stdin="in\n"
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, f"in {tmp_path} y\n", "e\n")
    together = run_program([sys.executable, "-S", "-c", "raise SystemExit('e')"], seconds=60, together=True)
    assert (together.returncode, together.stdout) == (1, "e\n")


@pytest.mark.parametrize("own_group", [True, False])
def test_a_program_ends_with_a_process_that_is_killed(pipe: Path, *, own_group: bool) -> None:
    code = STARTS_ANOTHER if own_group else f"open({str(pipe)!r}, 'w').write(str(__import__('os').getpid()))\n{WAITS}"
    runs = (
        "import sys; from onelist.core.system.programs import run_program;"
        f"run_program([sys.executable, '-S', '-c', {code!r}, {str(pipe)!r}], seconds=3600, own_group={own_group})"
    )
    with subprocess.Popen([sys.executable, "-c", runs]) as process:
        processes = [int(number) for number in pipe.read_text(encoding="utf-8").split()]
        process.kill()
    assert all(map(ends, processes))


def test_a_system_without_a_shell_runs_programs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_SHELL", "/never/there")
    assert run_program([sys.executable, "-S", "-c", "print(1)"], seconds=60).stdout == "1\n"


def test_a_program_without_a_group_of_its_own_leaves_no_guard(tmp_path: Path) -> None:
    code = "import os, sys; print(open(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read())"
    ran = run_program([sys.executable, "-S", "-c", code], seconds=60, own_group=False)
    assert all(map(ends, map(int, ran.stdout.split())))
    with pytest.raises(FileNotFoundError, match="never-there"):
        run_program([str(tmp_path / "never-there")], seconds=60)


LEAVES_ANOTHER = STARTS_ANOTHER.replace("child.wait()", "os._exit(int(sys.argv[2]))")


def test_what_a_program_leaves_behind_ends_while_its_number_cannot_be_that_of_another_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    kill = os.killpg
    killed: list[int] = []

    def watched(group: int, number: int) -> None:
        ended = os.waitid(os.P_PID, group, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # raises if it has been reaped
        killed.append(group)
        assert ended is not None
        kill(group, number)

    monkeypatch.setattr(os, "killpg", watched)
    code = LEAVES_ANOTHER.replace("])", "], stdout=-3, stderr=-3)", 1)  # subprocess.DEVNULL
    ran = run_program([sys.executable, "-S", "-c", code, str(notes), "3"], seconds=60)
    leader, left = map(int, notes.read_text(encoding="utf-8").split())
    assert ran.returncode == 3
    assert killed == [leader]
    assert ends(left)


def test_ctrl_c_ends_what_a_program_has_left_behind(pipe: Path) -> None:
    """The one that is left holds the output open, so that onelist still waits for more of it."""
    left: list[int] = []
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        leader, other = map(int, pipe.read_text(encoding="utf-8").split())
        left.append(other)
        os.waitid(os.P_PID, leader, os.WEXITED | os.WNOWAIT)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_program([sys.executable, "-S", "-c", LEAVES_ANOTHER, str(pipe), "0"], seconds=3600)
    finally:
        signal.signal(signal.SIGINT, before)
        thread.join()
    assert all(map(ends, left))


def test_a_group_whose_leader_has_been_reaped_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""], start_new_session=True) as process:
        process.wait()
    monkeypatch.setattr(os, "killpg", lambda *_: pytest.fail("another group may have that number"))
    with pytest.raises(ChildProcessError):
        kill_group(process.pid)


def test_the_output_of_a_program_can_be_read_while_it_runs(tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    script = f"import sys; print('é', flush=True); sys.exit(open({str(output)!r}, encoding='utf-8').read() + 'read')"
    finished = run_program(
        [sys.executable, "-c", script], seconds=30, environment={"PYTHONUTF8": "1"}, together=True, output_file=output
    )
    assert (finished.returncode, finished.stdout) == (1, "é\né\nread\n")
