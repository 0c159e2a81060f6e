"""How long the rest of a work takes, from what was done lately; nothing where that cannot be told honestly."""

from __future__ import annotations

import math
from collections import deque

_IGNORED = 2.0
"""How much of the beginning does not count, in seconds: what is answered from a cache comes at once."""
_SOONEST = 5.0
"""After how many seconds the rest is told for the first time."""
_WINDOW = 30.0
"""How far back the pace is measured, in seconds: the next part may be slower than the first."""
_FEWEST = 3
"""How many things must be done in that time."""
_LONGEST_PAUSE = 10.0
"""A longer time without a thing done, in seconds, counts as a standstill, if it is also far above the average."""
_MANY = 3.0
"""How many times the average time between two things that is."""


class Pace:
    """What was done, and when."""

    def __init__(self, start: float) -> None:
        """Begin the work.

        Args:
            start: The time, in seconds.
        """
        self._start = start
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """Note how much is done.

        Args:
            now: The time, in seconds.
            done: How many things are done.
        """
        if now - self._start < _IGNORED or (self._seen and self._seen[-1][1] == done):
            return
        self._seen.append((now, done))
        while len(self._seen) > 1 and self._seen[1][0] <= now - _WINDOW:
            self._seen.popleft()

    def left(self, now: float, left: int) -> float | None:
        """Return how long the rest takes, in seconds; None where that is not known.

        Args:
            now: The time, in seconds.
            left: How many things are left.
        """
        if left <= 0 or now - self._start < _SOONEST or not self._seen:
            return None
        (first, before), (last, done) = self._seen[0], self._seen[-1]
        if done - before < _FEWEST:
            return None
        count = done - before
        if now - last > max(_LONGEST_PAUSE, _MANY * (last - first) / count):
            return None
        return (now - first) / count * left


def left_words(seconds: float) -> str:
    """Return how long something still takes, rounded up: ``about 40 s left``."""
    if seconds <= 5:  # noqa: PLR2004 - the first step of the rounding
        return "a few seconds left"
    rounded = 5 * math.ceil(seconds / 5)
    if rounded < 60:  # noqa: PLR2004 - seconds in a minute
        return f"about {rounded} s left"
    minutes = math.ceil(seconds / 60)
    if minutes <= 90:  # noqa: PLR2004 - an hour and a half
        return f"about {minutes} min left"
    return f"about {math.ceil(minutes / 60)} h left"
