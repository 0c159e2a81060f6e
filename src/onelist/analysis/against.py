"""What the install line of a list would change in an image where packages are installed already, and what it breaks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.image_changes import ImageChanges, compare_image, default_image
from onelist.analysis.progress import Progress
from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN, UsageError
from onelist.core.system.event_loop import run_async
from onelist.core.targets import python_words
from onelist.core.text import shortened
from onelist.importing.image import parse_target, read_image
from onelist.settings.project import find_single, load_project
from onelist.settings.tokens import parse_requirement
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, unexpected_error
from onelist.sources.pip.beside import Environment, read_requirements
from onelist.sources.pip.prepared import PreparedProject
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pip.uv import PLATFORMS
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import MAX_WORKERS, SourceSession, worker_pool
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from onelist.core.image import Image, InstalledPackage
    from onelist.core.model import Project, Settings
    from onelist.core.targets import Target
    from onelist.sources.pip.beside import Chosen
    from onelist.sources.pip.index import PipIndex

    PathLike = str | os.PathLike[str]

_NO_VERSION = "the file does not say its version"
_MOST_TRIED = 12
"""For how many broken packages it is found out whether they can be kept."""
_SEARCH_SECONDS = 10
"""How long pip's own search may take for that. What is not found by then is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An installed package whose requirements are not known.

    Attributes:
        name: Its name and version.
        reason: Why, as a clause.
        matters: Whether the answer could depend on them.
    """

    name: str
    reason: str
    matters: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstResult:
    """What ``pip install`` of a list would do in an image.

    Attributes:
        file: The settings file.
        name: The name of the package that the line installs.
        image: What is installed, with all requirements that are known.
        target: The platform and Python of the image.
        is_assumed: Whether neither the file nor the call says the target, so that it is the default.
        failure: Why pip can install nothing there, or why that is not known; None if it can.
        needs_python: The lowest Python of the list as text, if it is newer than that of the image; ``""`` otherwise.
        changes: What it changes and breaks; None if that is not known.
        unread: The packages whose requirements are not known.
        excluded: The broken packages that cannot be installed beside the list, in any versions of the rest.
        kept_by: What to add to the install line so that nothing that can be kept is broken.
    """

    file: str
    name: str
    image: Image
    target: Target
    is_assumed: bool
    failure: NoSolution | SourceError | None = None
    needs_python: str = ""
    changes: ImageChanges | None = None
    unread: tuple[Unread, ...] = ()
    excluded: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code: that of findings if something breaks, or if pip cannot install the list."""
        if self.needs_python or isinstance(self.failure, NoSolution) or (self.changes and self.changes.broken):
            return FINDINGS
        return UNKNOWN if self.failure or any(one.matters for one in self.unread) else CLEAN


def check_against(
    image: Image | PathLike,
    path: PathLike = ".",
    network: NetworkOptions | None = None,
    *,
    target: str = "",
    progress: Progress | None = None,
) -> AgainstResult:
    """Find out what ``pip install`` of a list would change in an image, and what it would break there.

    Args:
        image: A file with what is installed there: the output of ``pip freeze``, ``pip list --format json`` or
            ``pip inspect``.
        path: A settings.ini, or a folder that holds one.
        network: Which package indexes to ask, and how; None for the defaults.
        target: The platform and Python of the image, as ``linux-64/3.12``; ``""`` for what the file says, or the
            default.
        progress: Where to show what is done; None for nowhere.

    Returns:
        The changes, what breaks, and what is not known.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: A path or the target cannot be used, or pip and uv have no package index configured.
    """
    from onelist.core.image import Image

    file = find_single(Path(path))
    project = load_project(file)
    found = image if isinstance(image, Image) else read_image(Path(image))
    wanted = choose_target(found, target)
    result = AgainstResult(
        file=str(file),
        name=project.settings.lib_name,
        image=found,
        target=wanted,
        is_assumed=not target and found.target is None,
    )
    if wanted.python < project.settings.min_python:
        return replace(result, needs_python=python_words(project.settings.min_python))
    session = SourceSession(network or NetworkOptions())
    return run_async(_look(result, project, session, Progress.on(progress)))


def choose_target(image: Image, wanted: str) -> Target:
    """Return the platform and Python of an image.

    Raises:
        UsageError: There is no such target, or pip cannot be resolved for it.
    """
    found = parse_target(wanted or default_image().target) if wanted or image.target is None else image.target
    if found is None or found.platform not in PLATFORMS:
        raise UsageError(
            f"{shortened(wanted) if wanted else found} is not a target for which onelist can ask pip.",
            f"Write it like {default_image().target}.",
        )
    return found


async def _look(result: AgainstResult, project: Project, session: SourceSession, progress: Progress) -> AgainstResult:
    with worker_pool() as pool:
        client = await IndexClient.open(session, pool)
        with PipResolver(session, client, asyncio.Semaphore(1)) as resolver:
            return await _compared(result, project.settings, resolver, session.options.deadline, progress)


async def _compared(
    result: AgainstResult, settings: Settings, resolver: PipResolver, seconds: float, progress: Progress
) -> AgainstResult:
    """Return the result with all that the index has to tell.

    Args:
        result: The result so far.
        settings: The list.
        resolver: uv, and the index.
        seconds: The time limit for one answer.
        progress: Where to show what is done.
    """
    requirements = _requirements(settings)
    packages, unread = await _with_requirements(result.image, result.target, resolver.index, progress)
    packages = tuple(replace(one, requires=()) if one.key == settings.name else one for one in packages)
    unread.pop(settings.name, None)  # the list itself is replaced
    result = replace(result, image=replace(result.image, packages=packages))
    packages = (*packages, *result.image.tools(result.target.python))
    progress.begin("resolving")
    environment = Environment(
        index=resolver.index,
        target=result.target,
        installed={one.key: one for one in packages if one.key != settings.name},
        seconds=seconds,
    )
    chosen = await _installed(environment, requirements)
    if isinstance(chosen, NoSolution | SourceError):
        return replace(result, failure=chosen, unread=_unread(packages, unread, None))
    changes = compare_image(replace(result.image, packages=packages), chosen, result.target)
    unread |= {one.key: _NO_VERSION for one in packages if one.parsed is None and one.key in changes.reached}
    keeping = _Keeping(environment=environment, resolver=resolver, requirements=requirements)
    excluded, kept_by = await keeping.find(changes)
    return replace(
        result, changes=changes, unread=_unread(packages, unread, changes), excluded=excluded, kept_by=kept_by
    )


def _requirements(settings: Settings) -> list[str]:
    """Return what the install line asks for."""
    return [str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements)]


async def _installed(
    environment: Environment,
    requirements: Sequence[str],
    named: Sequence[str] = (),
    seconds: float | None = None,
) -> tuple[Chosen, ...] | NoSolution | SourceError:
    try:
        return await environment.install(requirements, named, seconds=seconds)
    except Exception as error:  # noqa: BLE001 - an error inside a resolver is no answer about the list
        return unexpected_error(error)


async def _with_requirements(
    image: Image, target: Target, index: PipIndex, progress: Progress
) -> tuple[tuple[InstalledPackage, ...], dict[str, str]]:
    """Return the packages with their requirements, and why those of some are not known, by normalised name."""
    at_a_time = asyncio.Semaphore(MAX_WORKERS)
    wanted = [one for one in image.packages if one.requires is None]
    progress.begin("reading the metadata of what is installed", total=len(wanted), verb="read")
    unread: dict[str, str] = {}

    async def read(package: InstalledPackage) -> InstalledPackage:
        if package.requires is not None:
            found: tuple[str, ...] | str = package.requires
        else:
            async with at_a_time:
                found = await _release(package, target, index)
            progress.tell(-1, package.name)
        if isinstance(found, tuple) and not all(map(parse_requirement, found)):
            found = "pip cannot read them"
        if isinstance(found, str):
            unread[package.key] = found
            return replace(package, requires=None)
        return replace(package, requires=found)

    return tuple(await asyncio.gather(*map(read, image.packages))), unread


async def _release(package: InstalledPackage, target: Target, index: PipIndex) -> tuple[str, ...] | str:
    """Return the requirements of an installed release as the index has them, or why they are not known."""
    version = package.parsed
    if version is None:
        return _NO_VERSION
    try:
        project = await index.project(package.key)
        if not isinstance(project, PreparedProject):
            return f"the package index {project.reason}" if project else "the package index does not have it"
        if version not in project.project.versions:
            return "the package index does not have this version"
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, read_requirements, index, project, version, target)
    except Exception as error:  # noqa: BLE001 - one package must not cost the others
        found = unexpected_error(error)
    if isinstance(found, SourceError):
        return f"the package index {found.reason}"
    return "pip does not accept its metadata" if found is None else found


def _unread(
    packages: Sequence[InstalledPackage], reasons: Mapping[str, str], changes: ImageChanges | None
) -> tuple[Unread, ...]:
    """Return the packages whose requirements are not known; those that are replaced do not count.

    New packages break none that is kept: what it requires is not replaced, or was missing before. A package whose
    version the file does not say may be replaced.
    """
    replaced = {one.name for one in changes.replaced} if changes else set()
    may_be_replaced = changes is not None and any(one.parsed is None and one.key in changes.reached for one in packages)
    return tuple(
        Unread(
            name=str(package),
            reason=reasons[package.key],
            matters=changes is None or bool(replaced) or may_be_replaced or package.key in changes.reached,
        )
        for package in packages
        if package.key in reasons and package.name not in replaced
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """Finds out which broken packages can be kept in their versions.

    Attributes:
        environment: What pip reads.
        resolver: uv, which proves faster than pip's own search that something cannot be installed.
        requirements: The list.
    """

    environment: Environment
    resolver: PipResolver
    requirements: Sequence[str]

    async def find(self, changes: ImageChanges) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return which broken packages cannot be kept, and what to add to the install line to keep the others.

        The second is empty where no such line is known.
        """
        names = dict.fromkeys(one.name for one in changes.broken)
        packages = [self.environment.installed[canonicalize_name(name)] for name in names]
        versions = {one.name: version for one in packages if (version := one.parsed)}
        if not versions or len(versions) > _MOST_TRIED:
            return (), ()
        excluded = [name for name, version in versions.items() if await self._is_excluded(name, version)]
        pins = [f"{name}=={version}" for name, version in versions.items() if name not in excluded]
        kept = await _installed(self.environment, self.requirements, pins, _SEARCH_SECONDS) if pins else None
        return tuple(excluded), tuple(pins) if isinstance(kept, tuple) else ()

    async def _is_excluded(self, name: str, version: Version) -> bool:
        """Tell whether it is proved that a version cannot be installed beside the list."""
        pin = f"{name}=={version}"
        project = await self.environment.index.project(canonicalize_name(name))
        if isinstance(project, PreparedProject) and version in project.project.versions:
            found = await self.resolver.solve([*self.requirements, pin], self.environment.target)
            return isinstance(found, NoSolution)
        tried = await _installed(self.environment, self.requirements, [pin], _SEARCH_SECONDS)
        return isinstance(tried, NoSolution)
