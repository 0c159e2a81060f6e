"""A command that is killed leaves nothing half done; the nightly workflow tries every command at random moments."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.kills import Kills

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the children of a process are read in /proc")
NOBODY = "http://127.0.0.1:9"
"""The address of an index that no command here asks."""


def test_a_command_is_whole_after_a_run_that_was_killed(tmp_path: Path) -> None:
    Kills(tmp_path, NOBODY).kill("fix", signal.SIGKILL, 0.8)


def test_what_differs_from_a_whole_run_is_seen(tmp_path: Path) -> None:
    kills = Kills(tmp_path, NOBODY)
    kills.whole("fix")[1]["README.md"] = b"another"
    with pytest.raises(AssertionError, match=r"^(README\.md is half: |after the next run these differ: )"):
        kills.kill("fix", signal.SIGKILL, 0.0)
