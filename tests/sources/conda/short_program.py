"""A short program that uses the library and ends at once: python -m tests.sources.conda.short_program KIND FOLDER CHANNEL."""

from __future__ import annotations

import asyncio
import datetime
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.gather import QueryPlan, gather
from onelist.core.system.event_loop import run_async
from onelist.core.targets import Target
from onelist.sources.conda.local import index
from onelist.sources.conda.solving.resolver import CondaResolver
from onelist.sources.config import NetworkOptions
from onelist.sources.session import SourceSession
from onelist.sources.solution import Solved

if TYPE_CHECKING:
    from onelist.sources.conda.records import ChannelData


def session(folder: Path, deadline: float = 60.0) -> SourceSession:
    environment = {**os.environ, "ONELIST_CACHE_DIR": str(folder / "cache")}
    now = datetime.datetime.now(tz=datetime.UTC)
    return SourceSession(NetworkOptions(environment=environment, deadline=deadline, now=now))


def facts_of(folder: Path, channel: str, deadline: float = 60.0) -> ChannelData:
    plan = QueryPlan(
        projects=frozenset(), channels={channel: frozenset({"pandas", "python"})}, platforms=("linux-64", "win-64")
    )
    return gather(plan, session(folder, deadline), lambda _more, _who: None).channels[channel]


def query(folder: Path, channel: str) -> bool:
    """Read a channel."""
    return facts_of(folder, channel).error is None


def loop(folder: Path, channel: str) -> bool:
    """Read a channel from inside a running event loop, as in Jupyter."""

    async def jupyter() -> bool:
        return query(folder, channel)

    return asyncio.run(jupyter())


def solve(folder: Path, channel: str) -> bool:
    """Resolve, so that the result of the solver is the last thing."""
    own = session(folder)

    async def resolved() -> bool:
        resolver = CondaResolver(own, [channel], asyncio.Semaphore(1))
        return isinstance(await resolver.solve(["pandas"], Target(platform="linux-64", python=(3, 12))), Solved)

    return run_async(resolved())


def write(folder: Path, channel: str) -> bool:
    """Write the index of a channel."""
    copy = folder / "copy"
    shutil.copytree(channel, copy, dirs_exist_ok=True)
    index(copy, ["linux-64"])
    return (copy / "noarch/repodata.json").exists()


def cancel(folder: Path, _: str) -> bool:
    """Ask a server that never answers, and stop waiting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return facts_of(folder, f"http://127.0.0.1:{server.getsockname()[1]}/x", deadline=0.05).error is not None


KINDS = {"query": query, "loop": loop, "solve": solve, "write": write, "cancel": cancel}

if __name__ == "__main__":
    kind, place, address = sys.argv[1:]
    if not KINDS[kind](Path(place), address):
        sys.exit(f"{kind} has no result")
