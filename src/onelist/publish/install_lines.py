"""Resolves the install lines of a published version, to show that users can install it."""

from __future__ import annotations

import asyncio
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.analysis.resolving.resolution import by_installer, nearest
from onelist.core.installers import CONDA, PIP
from onelist.core.system.event_loop import run_async
from onelist.core.targets import Target
from onelist.publish.results import InstallLineResult
from onelist.sources.cache import CachePolicy
from onelist.sources.conda.solving.resolver import CondaResolver
from onelist.sources.conda.solving.solver import own_platform
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.core.model import Project, Settings
    from onelist.publish.results import PublishResult
    from onelist.sources.config import NetworkOptions
    from onelist.sources.solution import SolveResult


def check_install_lines(
    project: Project, network: NetworkOptions, result: PublishResult
) -> Iterator[InstallLineResult]:
    """Resolve the install line of each destination with what was published.

    Each line is resolved for this machine; where the check found that the list cannot be installed on it, for the
    target that is most like it.

    Args:
        project: The published list.
        network: How to query the package index and the channels; cached responses are not used.
        result: What was published.

    Yields:
        The result of each line, in the order of the destinations.

    Raises:
        UsageError: The address of the package index, or a configuration file of rattler, cannot be used.
    """
    settings = project.settings
    session = SourceSession(replace(network, index_url=result.index_url, cache_policy=CachePolicy.REFRESH))
    own = Target(platform=own_platform(), python=sys.version_info[:2])
    lowest = Target(platform=settings.platforms[0], python=settings.min_python)
    for channel in result.channels:
        installer = CONDA if channel else PIP
        checked = dict(by_installer(result.check.resolutions or ())).get(installer, [])
        target = nearest(own, checked) or lowest
        if channel:
            channels = tuple(dict.fromkeys([channel, *settings.conda_channels]))
            name = make_plan(settings).name
            line = shlex.join(["mamba", "install", *(word for one in channels for word in ("-c", one)), name])
            outcome = run_async(_resolve_with_rattler(f"{name} =={settings.version}", channels, session, target))
        else:
            line = f"pip install {settings.name}"
            outcome = run_async(_resolve_with_uv(settings, session, target))
        yield InstallLineResult(line=line, target=target, is_this_machine=target == own, outcome=outcome)


async def _resolve_with_rattler(
    spec: str, channels: tuple[str, ...], session: SourceSession, target: Target
) -> SolveResult:
    resolver = CondaResolver(session, channels, asyncio.Semaphore(1))
    return await resolver.solve_for_mamba([spec], target)  # the line is one for mamba


async def _resolve_with_uv(settings: Settings, session: SourceSession, target: Target) -> SolveResult:
    with ThreadPoolExecutor(1) as pool:
        index_client = await IndexClient.open(session, pool)
        with PipResolver(session, index_client, asyncio.Semaphore(1)) as resolver:
            return await resolver.solve([f"{settings.name}=={settings.version}"], target)
