"""What the install line of a list would change in an image where packages are installed already, and what it breaks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.image_changes import DEFAULT_TARGET, ImageChanges, compare_image
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
from onelist.sources.pip.index import PipIndex
from onelist.sources.pip.prepared import PreparedProject
from onelist.sources.pip.uv import PLATFORMS
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import MAX_WORKERS, SourceSession, worker_pool
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping, Sequence

    from onelist.core.image import Image, InstalledPackage
    from onelist.core.model import Project, Settings
    from onelist.core.targets import Target
    from onelist.sources.pip.beside import Chosen

    PathLike = str | os.PathLike[str]

_MOST_TRIED = 12
"""For how many broken packages it is found out whether they can be kept."""


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
    found = parse_target(wanted or DEFAULT_TARGET) if wanted or image.target is None else image.target
    if found is None or found.platform not in PLATFORMS:
        raise UsageError(
            f"{shortened(wanted) if wanted else found} is not a target for which onelist can ask pip.",
            f"Write it like {DEFAULT_TARGET}.",
        )
    return found


async def _look(result: AgainstResult, project: Project, session: SourceSession, progress: Progress) -> AgainstResult:
    own = project.settings.name
    requirements = _requirements(project.settings)
    with worker_pool() as pool:
        index = PipIndex(session, await IndexClient.open(session, pool))
        packages, unread = await _with_requirements(result.image, result.target, index, progress)
        packages = tuple(replace(one, requires=()) if one.key == own else one for one in packages)
        unread.pop(own, None)  # the list itself is replaced
        image = replace(result.image, packages=packages)
        progress.begin("resolving")
        environment = Environment(
            index=index,
            target=result.target,
            installed={one.key: one for one in packages if one.key != own},
            seconds=session.options.deadline,
        )
        chosen = await _installed(environment, requirements)
        if isinstance(chosen, NoSolution | SourceError):
            return replace(result, image=image, failure=chosen, unread=_unread(packages, unread, None))
        changes = compare_image(image, chosen, result.target)
        excluded, kept_by = await _kept(environment, requirements, changes)
    return replace(
        result,
        image=image,
        changes=changes,
        unread=_unread(packages, unread, changes),
        excluded=excluded,
        kept_by=kept_by,
    )


def _requirements(settings: Settings) -> list[str]:
    """Return what the install line asks for."""
    return [str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements)]


async def _installed(
    environment: Environment, requirements: Sequence[str], named: Sequence[str] = ()
) -> tuple[Chosen, ...] | NoSolution | SourceError:
    try:
        return await environment.install(requirements, named)
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
        return "the file does not say its version"
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

    New packages break none that is kept: what it requires is not replaced, or was missing before.
    """
    replaced = {one.name for one in changes.replaced} if changes else set()
    return tuple(
        Unread(
            name=str(package),
            reason=reasons[package.key],
            matters=changes is None or bool(replaced) or package.key in changes.reached,
        )
        for package in packages
        if package.key in reasons and package.name not in replaced
    )


async def _kept(
    environment: Environment, requirements: Sequence[str], changes: ImageChanges
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find out which broken packages can be kept in their versions.

    Returns:
        The broken packages that cannot be installed beside the list; and what to add to the install line so that
        the others are kept, empty where no such line is known.
    """
    pins = {one.name: f"{one.name}=={one.version}" for one in changes.broken if one.version}
    if not pins or len(pins) > _MOST_TRIED:
        return (), ()
    excluded: list[str] = []
    if not await _keeps(environment, requirements, pins.values()):
        for name, pin in pins.items():
            if isinstance(await _installed(environment, requirements, [pin]), NoSolution):
                excluded.append(name)
        rest = [pin for name, pin in pins.items() if name not in excluded]
        if not excluded or not rest or not await _keeps(environment, requirements, rest):
            return tuple(excluded), ()
    return tuple(excluded), tuple(pin for name, pin in pins.items() if name not in excluded)


async def _keeps(environment: Environment, requirements: Sequence[str], pins: Collection[str]) -> bool:
    """Tell whether pip can install a list together with some versions."""
    return isinstance(await _installed(environment, requirements, [*pins]), tuple)
