"""A process that reads channels may end by a signal: that costs one channel, not the report and not the machine."""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from onelist.cli.watcher import Suspicion
from onelist.core.errors import REPORT
from tests.channels import Package, compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.misbehaviour import body, zstd_bomb
from tests.servers import Answer, Fault, Server, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Handler

pytestmark = [
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process of its own does the work"),
]

MEMORY = 3 << 28
"""The limit in these tests, in bytes: 768 MiB."""
LARGEST_FILE = 1 << 24
"""The limit in one of them, in bytes: 16 MiB."""
ROW = re.compile(r"(?m)^(pandas) +(\S+) +(\S+) +(\S+)$")


@pytest.fixture(scope="module")
def folder_of_channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("pandas", "2.2", platforms=["linux-64"])]
    return write_channel(tmp_path_factory.mktemp("channel"), [*packages, Package("extra")], ["linux-64"])


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server({"pandas": [wheel("pandas", "2.2")]}) as server:
        yield server


def started(
    folder: Path, index: Server, *channels: str, largest_file: int = resource.RLIM_INFINITY
) -> subprocess.Popen[str]:
    """Start a check, in a process that may use little memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))

    keys = {"min_python": "3.15", "platforms": "linux-64", "requirements": "pandas"}
    text = settings_text(**keys, conda_channels=" ".join(channels))
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "onelist", "check", str(folder), "--index-url", f"{index.url}/simple/"]
    return subprocess.Popen(
        [*command, "--select", "A,H"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=limit,  # noqa: PLW1509 - no thread yet
    )


def test_a_shard_that_unpacks_to_16_gib_costs_its_channel_only(
    tmp_path: Path, folder_of_channel: Path, index: Server
) -> None:
    with channel_server(folder_of_channel) as channel:
        channel.fail("/linux-64/shards/", body(zstd_bomb()))
        process = started(tmp_path, index, str(folder_of_channel), channel.url)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 3, err
    assert ROW.findall(out) == [("pandas", "2.2", "2.2", "unknown")]
    assert f"unknown H001: {channel.url} could not be read: the process that read it ended" in out
    assert "(SIGABRT), so what it has is not known." in out
    assert REPORT in out


def temporary_files() -> list[Path]:
    """Return what rattler has begun to write into the cache."""
    return list(Path(os.environ["ONELIST_CACHE_DIR"]).glob("repodata/.tmp*"))


def test_repodata_that_unpacks_to_16_gib_fills_no_more_of_the_disk_than_the_limit(
    tmp_path: Path, folder_of_channel: Path, index: Server
) -> None:
    written: list[int] = []

    def bomb(handler: Handler, _: Answer) -> None:
        written.extend(path.stat().st_size for path in temporary_files())  # of the attempt before
        handler.reply(Answer(zstd_bomb()))

    with channel_server(folder_of_channel) as channel:
        channel.fail("/linux-64/repodata_shards", Fault.NOT_FOUND)
        channel.fail("/linux-64/repodata.json.zst", bomb, methods="GET")
        process = started(tmp_path, index, str(folder_of_channel), channel.url, largest_file=LARGEST_FILE)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 3, err
    assert ROW.findall(out) == [("pandas", "2.2", "2.2", "unknown")]
    assert f"unknown H001: {channel.url} sent a response that is too large, so what it has for Linux" in out
    assert all(size <= LARGEST_FILE for size in written)
    assert temporary_files() == []


def test_what_rattler_leaves_in_the_cache_when_it_is_killed_is_removed_an_hour_later(
    tmp_path: Path, folder_of_channel: Path, index: Server
) -> None:
    def half(handler: Handler, normal: Answer) -> None:
        handler.begin(200, {"Content-Length": str(len(normal.content))})
        handler.send(normal.content[: len(normal.content) // 2])
        while not temporary_files() and not handler.server.owner.closing.wait(0.01):
            pass
        process.kill()
        handler.connection.recv(1)  # until the connection ends with the process
        handler.close_connection = True

    with channel_server(folder_of_channel) as channel:
        channel.fail("/repodata_shards", Fault.NOT_FOUND)
        channel.fail("/linux-64/repodata.json.zst", half, methods="GET", times=1)
        process = started(tmp_path, index, channel.url)
        process.communicate(timeout=60)
        (left,) = temporary_files()
        process = started(tmp_path, index, channel.url)
        process.communicate(timeout=60)
        assert (process.returncode, temporary_files()) == (0, [left])
        os.utime(left, (left.stat().st_mtime - 3700,) * 2)
        process = started(tmp_path, index, channel.url)
        process.communicate(timeout=60)
        assert (process.returncode, temporary_files()) == (0, [])


def test_the_first_process_passes_a_signal_on(tmp_path: Path, folder_of_channel: Path, index: Server) -> None:
    with channel_server(folder_of_channel) as channel:
        gate = channel.hold("/noarch/")
        process = started(tmp_path, index, channel.url)
        gate.wait_for(1)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, err


def test_nothing_is_left_of_a_first_process_that_is_killed(
    tmp_path: Path, folder_of_channel: Path, index: Server
) -> None:
    with channel_server(folder_of_channel) as channel:
        gate = channel.hold("/")
        process = started(tmp_path, index, channel.url)
        gate.wait_for(1)
        child = os.pidfd_open(child_of(process.pid))
        process.kill()
        process.communicate(timeout=60)
        ended, _, _ = select.select([child], [], [], 60)
        os.close(child)
    assert ended == [child]


def test_on_another_system_only_the_size_of_a_file_is_limited() -> None:
    code = (
        "import resource, sys\n"
        "from onelist.cli import watcher\n"
        "sys.platform = 'darwin'\n"
        "print(watcher.watch(['check']), resource.getrlimit(resource.RLIMIT_FSIZE)[0], watcher.watch(['build']))\n"
        "print(resource.getrlimit(resource.RLIMIT_DATA) == (resource.RLIM_INFINITY,) * 2)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"None {1 << 30} None\nTrue\n"


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param("time.sleep(60)", id="it waits"),
        pytest.param("while True: programs.run_program(['true'], seconds=60, folder=folder)", id="it starts programs"),
        pytest.param("while True: list(os.scandir(folder))", id="it reads a temporary folder"),
    ],
)
def test_a_command_without_a_process_of_its_own_ends_before_it_takes_all_memory(tmp_path: Path, meanwhile: str) -> None:
    """The end takes as long as the main thread needs to see that a program or a folder is gone."""
    code = (
        "import os, threading, time\n"
        "from onelist.cli.memory_watch import most_memory, watch_memory\n"
        "from onelist.core.system import programs, temporary\n"
        "from onelist.core.system.temporary import lasting_folder, temporary_folder\n"
        "remove = temporary.remove_own\n"
        "temporary.remove_own = lambda: (remove(), time.sleep(0.2))\n"
        "def work():\n"
        "    programs.run_program(['sleep', '60'], seconds=60)\n"
        "with temporary_folder() as folder:\n"
        "    lasting_folder()\n"
        "    threading.Thread(target=work, daemon=True).start()\n"
        "    while not programs._running:\n"
        "        time.sleep(0.01)\n"
        "    watch_memory(most_memory() + (16 << 20))\n"
        # Linux counts what the process that started this one had, so more than that is taken.
        "    taken = bytes(1 << 20) * ((most_memory() >> 20) + 64)\n"
        f"    {meanwhile}\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert re.fullmatch(
        r"\nonelist: This run needs more than \d\.\d GiB of memory, so it was ended\.\n"
        r"    This says nothing about your list\. Perhaps a channel sends a small file that unpacks to a huge one\. On Linux, "
        r"onelist check says which channel it is\.\n",
        ran.stderr,
    )
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("command", "watched"), [("publish", True), ("try", True), ("fix", True), ("build", False)])
def test_which_commands_are_watched(command: str, *, watched: bool) -> None:
    code = f"from onelist.cli import watcher\nwatcher.watch_memory = print\nprint(watcher.watch([{command!r}]))\n"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d{10}\nNone\n" if watched else r"None\n", ran.stdout)


def child_of(process: int) -> int:
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:  # noqa: PTH123
        (child,) = file.read().split()
    return int(child)


@pytest.mark.parametrize(
    ("known", "read", "expected"),
    [
        (Suspicion(), {"a"}, Suspicion(ended={"a": "SIGABRT"})),
        (Suspicion(), {"a", "b"}, Suspicion(suspects=frozenset("ab"))),
        (Suspicion(suspects=frozenset("ab")), {"b"}, Suspicion(ended={"b": "SIGABRT"})),
        (Suspicion(suspects=frozenset("ab")), {"a", "b"}, Suspicion(ended={"a": "SIGABRT", "b": "SIGABRT"})),
        (Suspicion(ended={"a": "SIGABRT"}), {"a"}, None),
        (Suspicion(), set(), None),
    ],
)
def test_what_is_known_after_an_end(known: Suspicion, read: set[str], expected: Suspicion | None) -> None:
    assert known.after(frozenset(read), "SIGABRT") == expected
