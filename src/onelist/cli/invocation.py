"""What a command takes from its surroundings, gathered once: the time, the environment and the parser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Callable, Mapping


class Invocation(NamedTuple):
    """One start of the program.

    Attributes:
        now: The time, in UTC.
        make_parser: Returns the parser of all commands.
        environment: The environment variables.
    """

    now: datetime.datetime
    make_parser: Callable[[], argparse.ArgumentParser]
    environment: Mapping[str, str] = os.environ

    @property
    def today(self) -> datetime.date:
        """The day, in UTC."""
        return self.now.date()
