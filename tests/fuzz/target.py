"""A fuzz target, and how it is run."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

_IN_A_ROUND = 200
"""The inputs of one round; each round begins with other random ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing that reads what others wrote.

    Attributes:
        name: Its name.
        inputs: How each argument of the check is made.
        check: Reads one input; raises an error if onelist does with it what it must not.
    """

    name: str
    inputs: Mapping[str, SearchStrategy[Any]]
    check: Callable[..., None]

    def run(self, settings: hypothesis.settings, *, until: float = math.inf, note: Path | None = None) -> int:
        """Try as many inputs as the settings say; the error of the smallest one that fails is raised.

        Args:
            settings: How to try them.
            until: When the time is up, as ``time.monotonic`` has it.
            note: Where to write each input before it is tried, for one that ends the process; None for nowhere.

        Returns:
            How many inputs were tried.
        """
        inputs, failed = 0, False

        def tried(**made: Any) -> None:
            nonlocal inputs, failed
            if time.monotonic() > until and not failed:
                return  # hypothesis has no limit of time
            inputs += 1
            if note:
                note.write_text(repr(made), encoding="utf-8")
            try:
                self.check(**made)
            except BaseException:
                failed = True
                raise

        settings(given(**self.inputs)(tried))()
        return inputs

    def run_for(self, seconds: float, note: Path) -> int:
        """Try new inputs until the time is up; write each one down before it is tried, and return how many."""
        many = hypothesis.settings(
            max_examples=_IN_A_ROUND,
            deadline=None,
            database=None,
            derandomize=False,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        until, inputs = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            inputs += self.run(many, until=until, note=note)
        return inputs
