"""What the installers install of a list today, as a lock: the very same packages again, on another day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from onelist.analysis.lists import load_list
from onelist.analysis.unlisted import choose_target
from onelist.build.builder import stop_if_refused
from onelist.build.exports.pylock import pylock_toml
from onelist.build.request import stop_if_only_pip
from onelist.core.errors import RefusedError, UnavailableError, UsageError
from onelist.core.lock import LOCK_HEADER, LockedPackage, LockForm
from onelist.core.system.event_loop import run_async
from onelist.settings.project import find_single, load_project
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError
from onelist.sources.pip.locked import lock_release
from onelist.sources.pip.prepared import PreparedProject
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession, worker_pool
from onelist.sources.solution import NoSolution, Solved

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import NoReturn

    import rattler

    from onelist.analysis.lists import LoadedList
    from onelist.core.targets import Target

    PathLike = str | os.PathLike[str]

_AT_A_TIME = 2
"""How many resolvers run at a time."""


def _network() -> NetworkOptions:
    return NetworkOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOptions:
    """What to lock.

    Attributes:
        form: The format.
        targets: The machines, such as ``linux-64/3.12``; empty for this platform and its usual Python.
        channels: conda channels in place of those of the list; empty for those.
        network: Which servers to ask, and how.
    """

    form: LockForm = LockForm.PYLOCK
    targets: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    network: NetworkOptions = field(default_factory=_network)


def lock(path: PathLike = ".", options: LockOptions | None = None) -> str:
    """Return a lock of a list: each package that its installers install today, with its address and its hash.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: What to lock; None for the defaults.

    Returns:
        The content of the file.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: The list cannot be installed there, or conda cannot install a requirement.
        UnavailableError: An index or a channel does not answer, or has no hash of a file.
        UsageError: The options do not fit together, or the list has no such target.
    """
    options = options or LockOptions()
    options = replace(options, form=LockForm(options.form))  # which may be a text
    one = load_list(load_project(find_single(Path(path))))
    today = options.network.today
    targets = tuple(dict.fromkeys(choose_target(one, wanted, today) for wanted in options.targets or ("",)))
    session = SourceSession(options.network)
    if options.form is LockForm.PYLOCK:
        packages = run_async(_packages(one, targets, session))
        text = pylock_toml(packages, targets)
    else:
        _stop_if_not_for_conda(one, targets, options.form)
        text = run_async(_conda(one, targets, session, options))
    return _heading(one, targets, options) + text


def _heading(one: LoadedList, targets: Sequence[Target], options: LockOptions) -> str:
    again = " ".join(["onelist export lock", "--format", options.form, *(f"--target {target}" for target in targets)])
    name = f"{one.project.settings.name} {one.project.settings.version}"
    return f"# {LOCK_HEADER}\n# {name} on {options.network.today}. Make another one with: {again}\n"


def _stop_if_not_for_conda(one: LoadedList, targets: Sequence[Target], form: LockForm) -> None:
    """Stop where a format cannot hold what is asked for.

    Raises:
        UsageError: There is more than one Python, or more than one platform in an explicit file.
        RefusedError: conda cannot install a requirement.
    """
    stop_if_only_pip(one.project.settings, f"Lock it for pip with --format {LockForm.PYLOCK}.")
    stop_if_refused(one.project.settings, one.plan, done="locked", other=f", or use --format {LockForm.PYLOCK}")
    if len({target.python for target in targets}) > 1:
        raise UsageError(f"A lock for {form} has one Python.", "Make a lock for each of them.")
    if form is LockForm.EXPLICIT and len(targets) > 1:
        raise UsageError("An explicit file is for one platform.", "Make one for each platform.")


async def _packages(one: LoadedList, targets: Sequence[Target], session: SourceSession) -> list[LockedPackage]:
    """Return what pip installs."""
    settings = one.project.settings
    requirements = [str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements)]
    with worker_pool() as pool:
        client = await IndexClient.open(session, pool)
        with PipResolver(session, client, asyncio.Semaphore(_AT_A_TIME)) as resolver:
            solving = (resolver.solve(requirements, target) for target in targets)
            by_release: dict[tuple[str, str], list[Target]] = {}
            for target, found in zip(targets, await asyncio.gather(*solving), strict=True):
                if not isinstance(found, Solved):
                    _stop(found, "pip", "package index", target)
                for package in found.packages:
                    by_release.setdefault((package.name, package.version), []).append(target)
            locked: list[LockedPackage] = []
            for (name, version), where in sorted(by_release.items()):
                project = await resolver.index.project(name)
                if not isinstance(project, PreparedProject):
                    raise UnavailableError(f"{name} has no page on the package index, so it cannot be locked.")
                release = lock_release(project, Version(version), where, client.found.indexes)
                if isinstance(release, SourceError):
                    _stop(release, "pip", "package index", where[0])
                locked.append(release)
    return locked


async def _conda(one: LoadedList, targets: Sequence[Target], session: SourceSession, options: LockOptions) -> str:
    """Return what conda installs, in the format of the options."""
    from onelist.sources.conda.solving.lock_file import explicit_lines, pixi_lock, stop_at_secret
    from onelist.sources.conda.solving.resolver import CondaResolver

    channels = options.channels or one.project.settings.conda_channels
    resolver = CondaResolver(session, channels, asyncio.Semaphore(_AT_A_TIME))
    records: dict[str, list[rattler.RepoDataRecord]] = {}
    for target in targets:
        found = await resolver.records(one.plan.run, target)
        error = stop_at_secret(found) if isinstance(found, list) else found
        if error is not None or not isinstance(found, list):
            _stop(error or found, "conda", "channel", target)  # type: ignore[arg-type]
        records[target.platform] = found
    if options.form is LockForm.PIXI:
        return pixi_lock(records, resolver.locations)
    (platform,) = records
    return explicit_lines(records[platform], platform)


def _stop(found: NoSolution | SourceError, installer: str, source: str, target: Target) -> NoReturn:
    """Raise why there is no lock.

    Raises:
        RefusedError: The list cannot be installed.
        UnavailableError: A source gave no answer.
    """
    if isinstance(found, NoSolution):
        raise RefusedError(
            f"{installer} cannot install the list on {target}, so there is nothing to lock.",
            "onelist check says what prevents it.",
        )
    raise UnavailableError(f"Could not lock the list for {target}: the {source} {found.reason}.", found.kind.hint)
