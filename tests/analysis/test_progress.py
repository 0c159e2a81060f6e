"""The progress of a command: one line on a terminal, a line every 10 seconds in a log."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from onelist.analysis.progress import Progress

CLEAR = "\r\x1b[K"
SECRET = "s3cr3t-t0ken"  # noqa: S105 - not a real one


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Return that it is."""
        return True


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


@pytest.fixture(autouse=True)
def able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_shows_what_is_done_what_is_left_and_how_long_it_takes() -> None:
    clock = Clock()
    progress = Progress(stream := Terminal(), clock=clock)
    progress.begin("looking up")
    progress.tell(3, "")
    clock.now += 2
    progress.tell(-1, "conda-forge")
    clock.now += 60
    progress.refresh()
    progress.begin("installing with pip")
    assert stream.getvalue().split(CLEAR)[1:] == [
        "looking up, 0 s",
        "looking up: 0 of 3 answered, 0 s",
        "looking up: 1 of 3 answered, 2 s, last: conda-forge",
        "looking up: 1 of 3 answered, 62 s, last: conda-forge",
        "installing with pip, 62 s",
    ]


def test_the_line_is_cleared_before_other_output_and_at_the_end() -> None:
    with Progress(stream := Terminal()) as progress:
        progress.begin("importing", total=1, verb="imported")
        progress.clear()
        progress.clear()
        progress.tell(-1, "pandas")
    progress.tell(-1, "too late")
    shown = stream.getvalue().split(CLEAR)
    assert shown == ["", "importing: 0 of 1 imported, 0 s", "", "importing: 1 of 1 imported, 0 s, last: pandas", ""]


def test_a_log_gets_a_line_every_ten_seconds_and_none_before() -> None:
    clock = Clock()
    progress = Progress(stream := io.StringIO(), clock=clock)
    progress.begin("resolving", total=100)
    for _ in range(99):
        clock.now += 0.25
        progress.tell(-1, "pip linux-64/3.12")
    assert stream.getvalue().splitlines() == [
        "onelist: resolving: 40 of 100 answered, 10 s, last: pip linux-64/3.12",
        "onelist: resolving: 80 of 100 answered, 20 s, last: pip linux-64/3.12",
    ]
    clock.now += 100
    progress.refresh()
    progress.refresh()
    assert stream.getvalue().count("\n") == 3


def test_a_terminal_that_cannot_clear_a_line_is_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with Progress(stream := Terminal()) as progress:
        progress.begin("looking up")
    assert stream.getvalue() == ""


def test_the_line_shows_no_secret_and_moves_no_cursor() -> None:
    with Progress(stream := Terminal()) as progress:
        progress.begin("asking \x1b[1A")
        progress.tell(1, f"http://u:{SECRET}@h/x\x1b[2J")
    shown = stream.getvalue().replace(CLEAR, "")
    assert SECRET not in shown
    assert shown.isprintable()


def test_a_reader_who_has_gone_stops_the_line_and_not_the_work() -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    with Progress(Gone()) as progress:
        progress.begin("looking up")
        progress.tell(1, "x")


def test_without_a_stream_nothing_is_shown() -> None:
    with Progress.on(None) as progress:
        progress.begin("looking up")
        assert Progress.on(progress) is progress
