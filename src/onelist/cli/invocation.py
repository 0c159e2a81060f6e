"""What a command takes from its surroundings, gathered once: the time, the environment and the parser."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One start of the program.

    Attributes:
        now: The time, in UTC.
        make_parser: Returns the parser of all commands.
        environment: The environment variables.
    """

    now: datetime.datetime
    make_parser: Callable[[], argparse.ArgumentParser] = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def today(self) -> datetime.date:
        """The day, in UTC."""
        return self.now.date()
