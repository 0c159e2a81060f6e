"""The progress of a command: one line on a terminal, a line every 10 seconds in a log."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from onelist.analysis.pace import Pace, left_words
from onelist.analysis.progress import Progress, Step

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
        "onelist: resolving: 40 of 100 answered, 10 s, about 15 s left, last: pip linux-64/3.12",
        "onelist: resolving: 80 of 100 answered, 20 s, a few seconds left, last: pip linux-64/3.12",
    ]
    clock.now += 100
    progress.refresh()
    progress.refresh()
    assert stream.getvalue().count("\n") == 3


def shown_after(seconds: float, steps: list[Step]) -> str:
    """Return the last line of a terminal while a program comes from step to step, each of which takes some seconds."""
    clock = Clock()
    progress = Progress(stream := Terminal(), clock=clock)
    left = iter(steps)
    progress.begin("installing", watch=lambda: next(left))
    for _ in steps[1:]:
        clock.now += seconds
        progress.refresh()
    return stream.getvalue().split(CLEAR)[-1]


def test_a_program_that_does_the_work_is_looked_at() -> None:
    found = [Step(), Step(note="34 packages found\x1b[2J")]
    assert shown_after(2, found) == "installing: 34 packages found\\x1b[2J, 2 s"
    installed = [Step(note="found")] * 9 + [Step(done=number, total=60, verb="installed") for number in range(21)]
    assert shown_after(1, installed) == "installing: 20 of 60 installed, 29 s, about 40 s left"


def test_a_thing_that_needs_many_requests_shows_how_many_were_sent() -> None:
    sent = iter([7, 7, 8, 127])
    progress = Progress(stream := Terminal(), clock=Clock())
    progress.begin("resolving", total=3, requests=lambda: next(sent))
    progress.refresh()
    progress.tell(-1, "pip linux-64/3.13")
    assert stream.getvalue().split(CLEAR)[1:] == [
        "resolving: 0 of 3 answered, 0 s",
        "resolving: 0 of 3 answered, 1 request sent, 0 s",
        "resolving: 1 of 3 answered, 120 requests sent, 0 s, last: pip linux-64/3.13",
    ]


def test_bytes_are_shown_in_the_unit_of_the_total() -> None:
    small = Step(done=1250, total=3456, verb="sent", in_bytes=True)
    assert shown_after(0, [small]) == "installing: 1.2 of 3.5 kB sent, 0 s"
    large = small._replace(done=1_200_000, total=3_000_000)
    assert shown_after(0, [large]) == "installing: 1.2 of 3.0 MB sent, 0 s"


@pytest.mark.parametrize(
    ("done", "now", "left"),
    [
        ({0.5: 50, 2: 60, 3: 61}, 4.9, None),  # the first seconds
        ({0.5: 50, 2: 50, 7: 52}, 8, None),  # the quick answers of the cache do not count
        ({0.5: 50, 2: 51, 7: 54}, 8, 92),
        ({2: 1, 3: 2, 4: 3}, 6, None),  # too few
        ({2: 1, 3: 2, 4: 3, 5: 4}, 15.1, None),  # a standstill
        ({2: 1, 22: 2, 42: 3, 62: 4, 82: 5}, 83, None),  # two in the last 30 seconds
        ({**{2 + n: n for n in range(40)}, **{41 + 5 * n: 39 + n for n in range(1, 8)}}, 77, 54 * 36 / 7),
        ({2: 1, 3: 99, 4: 100}, 6, None),  # nothing is left
    ],
)
def test_what_is_left_is_told_only_where_the_pace_is_known(
    done: dict[float, int], now: float, left: float | None
) -> None:
    pace = Pace(0)
    for second, number in done.items():
        pace.note(second, number)
    found = pace.left(now, 100 - max(done.values()))
    assert found == (left if left is None else pytest.approx(left, rel=0.02))


def test_what_is_left_is_told_in_plain_words() -> None:
    words = {3: "a few seconds", 6: "about 10 s", 40: "about 40 s", 56: "about 1 min", 61: "about 2 min"}
    assert {seconds: left_words(seconds) for seconds in words} == {
        seconds: f"{text} left" for seconds, text in words.items()
    }
    assert left_words(90 * 60) == "about 90 min left"
    assert left_words(91 * 60) == "about 2 h left"


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
