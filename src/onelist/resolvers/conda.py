"""What ``mamba install`` comes to: rattler's solver on the channels of an install line, with strict priority."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from onelist.channels import solver
from onelist.channels.faults import Fault, FaultKind
from onelist.targets import PLATFORMS, python_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.channels.gateway import Channels
    from onelist.solutions import Attempt
    from onelist.targets import Target


class CondaResolver:
    """One install line.

    What is read of a channel stays in memory until :meth:`forget`; the channels of several lines are shared.
    """

    def __init__(self, channels: Channels, line: Sequence[str], turns: asyncio.Semaphore, deadline: float) -> None:
        """Take the channels.

        Args:
            channels: Who asks them.
            line: Their names, in the order of the install line.
            turns: How many resolvers may run at a time.
            deadline: Seconds for one attempt.

        Raises:
            UsageError: A name is none of a channel.
        """
        self._channels = channels
        self._places = [channels.place(channel) for channel in line]
        self._turns = turns
        self._deadline = deadline

    async def solve(self, specs: Sequence[str], target: Target) -> Attempt:
        """Resolve MatchSpecs for a platform and a Python."""
        task = solver.Task(
            places=self._places,
            subdir=target.platform,
            specs=[*specs, f"python {python_words(target.python)}.*"],
            machine=PLATFORMS[target.platform].virtual_packages,
            seconds=self._deadline,
        )
        async with self._turns:
            try:
                async with asyncio.timeout(self._deadline):
                    return await solver.solve(self._channels, task)
            except TimeoutError:
                return Fault(kind=FaultKind.TIMED_OUT)

    def forget(self, platform: str) -> None:
        """Free the memory that a platform takes."""
        for place in self._places:
            self._channels.forget(place, platform)
