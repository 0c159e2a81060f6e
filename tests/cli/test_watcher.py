"""A process that reads channels may end by a signal: that costs one channel, not the report and not the machine."""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.cli.watcher import Suspicion
from onelist.core.errors import REPORT
from tests.channels import Package, compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.misbehaviour import body, zstd_bomb
from tests.servers import Server, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process of its own does the work"),
]

MEMORY = 3 << 28
"""The limit in these tests, in bytes: 768 MiB."""
ROW = re.compile(r"(?m)^(pandas) +(\S+) +(\S+) +(\S+)$")


@pytest.fixture(scope="module")
def folder_of_channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("pandas", "2.2", platforms=["linux-64"])]
    return write_channel(tmp_path_factory.mktemp("channel"), [*packages, Package("extra")], ["linux-64"])


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server({"pandas": [wheel("pandas", "2.2")]}) as server:
        yield server


def started(folder: Path, index: Server, *channels: str) -> subprocess.Popen[str]:
    """Start a check, in a process that may use little memory."""
    keys = {"min_python": "3.15", "platforms": "linux-64", "requirements": "pandas"}
    text = settings_text(**keys, conda_channels=" ".join(channels))
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "onelist", "check", str(folder), "--index-url", f"{index.url}/simple/"]
    return subprocess.Popen(
        [*command, "--select", "A,H"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),  # noqa: PLW1509 - no thread yet
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
