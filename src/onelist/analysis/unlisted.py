"""What the notebooks and scripts of a course import, and what of it the list brings."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.lists import load_list
from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN, UsageError
from onelist.core.model import PLAIN_LISTS, Requirement
from onelist.core.system.event_loop import run_async
from onelist.core.targets import recent_python
from onelist.core.text import shortened
from onelist.importing.programs import read_programs
from onelist.settings.project import find_single, load_project
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, unexpected_error
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pip.uv import PLATFORMS
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession, worker_pool
from onelist.sources.solution import NoSolution, Solved
from onelist.translation.import_names import (
    NameKind,
    is_in_python,
    known_beginning,
    meant_project,
    project_by_module,
    project_of,
    shared_namespaces,
)
from onelist.translation.names import pypi_name

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping, Sequence

    from onelist.analysis.lists import LoadedList
    from onelist.core.targets import Target
    from onelist.importing.code import Use
    from onelist.importing.model import Remark
    from onelist.importing.programs import Programs
    from onelist.sources.pip.modules import Modules
    from onelist.sources.solution import ResolvedPackage

    PathLike = str | os.PathLike[str]

_FILES_AT_A_TIME = 8
_MOST_PROVED = 50
"""Of how many modules it is found out whether the project of the same name brings them."""


class Brought(StrEnum):
    """Whether the list brings an imported module."""

    LISTED = "listed"
    THROUGH = "through"
    """Only because another package needs its package today."""
    EXTRA = "extra"
    """Only with an extra of the list."""
    CONDA = "conda"
    """Only for conda: its package is in conda_requirements."""
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModule:
    """A module that programs import.

    Attributes:
        module: The part of its name that says which package brings it.
        uses: Where it is imported: the first place in each file.
        brought: Whether the list brings it.
        package: The normalised name of the package that brings it, or that you have to add; ``""`` if it is not known.
        through: The requirements that bring the package, or the extras that have it.
        reason: Why it is not known whether the list brings it; ``""`` if it is known.
    """

    module: str
    uses: tuple[Use, ...]
    brought: Brought
    package: str = ""
    through: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlistedResult:
    """What programs import, compared with a list.

    Attributes:
        file: The settings file.
        target: The machine for which the list was resolved.
        files: The programs that were read.
        imports: What they import, without the parts of Python, in the order of the files.
        never_imported: Requirements of which they import nothing, as they are written.
        unreadable: Programs that could not be read, with the reason.
    """

    file: str
    target: Target
    files: tuple[str, ...]
    imports: tuple[ImportedModule, ...]
    never_imported: tuple[str, ...]
    unreadable: tuple[Remark, ...] = ()

    def of(self, *kinds: Brought) -> tuple[ImportedModule, ...]:
        """Return the modules of some kinds."""
        return tuple(one for one in self.imports if one.brought in kinds)

    @property
    def exit_code(self) -> int:
        """The exit code: that of findings if the list does not bring a module."""
        if self.of(Brought.MISSING):
            return FINDINGS
        return UNKNOWN if self.unreadable or self.of(Brought.UNKNOWN) else CLEAN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solution:
    """What the list installs.

    Attributes:
        brought: For each requirement the packages that it brings.
        modules: What packages bring to import, or why that is not known, by their names.
        proved: Modules that the list does not bring, and the project of the same name does.
        failure: Why nothing is known; ``""`` if the list was resolved.
    """

    brought: Mapping[str, Collection[str]] = field(default_factory=lambda: MappingProxyType({}))
    modules: Mapping[str, Modules | SourceError] = field(default_factory=lambda: MappingProxyType({}))
    proved: frozenset[str] = frozenset()
    failure: str = ""

    def through(self, package: str) -> tuple[str, ...]:
        """Return the requirements that bring a package."""
        return tuple(root for root, names in self.brought.items() if package in names)

    def package_of(self, module: str) -> str:
        """Return the package that brings a module, a listed one if several do; ``""`` if none is known to."""
        table = project_of(module) or ""
        found = [name for name, one in self.modules.items() if not isinstance(one, SourceError) and one.bring(module)]
        found.sort(key=lambda name: (name not in self.brought, name != table, name))
        if found:
            return found[0]
        return table if isinstance(self.modules.get(table), SourceError) else ""

    @property
    def unread(self) -> tuple[str, ...]:
        """The packages of which it is not known what they bring to import."""
        return tuple(name for name, one in self.modules.items() if isinstance(one, SourceError))


def unlisted(
    programs: Sequence[PathLike], path: PathLike = ".", network: NetworkOptions | None = None, *, target: str = ""
) -> UnlistedResult:
    """Compare what notebooks and scripts import with what a list brings for pip.

    Args:
        programs: Notebooks, Python files, and folders that hold some.
        path: A settings.ini, or a folder that holds one.
        network: Which servers to ask, and how; None for the defaults.
        target: The machine, as ``linux-64/3.12``; ``""`` for this platform and the newest Python of the list that is
            at least a year old.

    Returns:
        Each imported module with its places and whether the list brings it, and what is listed and never imported.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: A path cannot be used, or the list has no such target.
    """
    file = find_single(Path(path))
    one = load_list(load_project(file))
    read, network = read_programs(map(Path, programs)), network or NetworkOptions()
    return compare(one, read, choose_target(one, target, network.now.date()), SourceSession(network), str(file))


def choose_target(one: LoadedList, wanted: str, today: datetime.date) -> Target:
    """Return the machine for which to resolve a list.

    Args:
        one: The list.
        wanted: A target as ``linux-64/3.12``; ``""`` for this platform, if the list has it, and its newest Python, if
            possible one that is at least a year old.
        today: The day.

    Raises:
        UsageError: The list has no such target, or pip cannot be resolved for any of its platforms.
    """
    targets = [target for target in one.targets if target.platform in PLATFORMS]
    if wanted:
        targets = [target for target in targets if str(target) == wanted]
        if not targets:
            raise UsageError(
                f"{shortened(wanted)} is not a target of the list.",
                f"The targets are {', '.join(sorted(map(str, one.targets)))}.",
            )
    if not targets:
        raise UsageError("onelist cannot resolve for pip on the platforms of the list.", "Add one to platforms.")
    from onelist.sources.conda.solving.solver import own_platform  # not at the top: rattler is large

    recent = recent_python(today)
    return max(targets, key=lambda one: (one.platform == own_platform(), one.python != recent, one.python))


def compare(one: LoadedList, programs: Programs, target: Target, session: SourceSession, file: str) -> UnlistedResult:
    """Compare what programs import with what a list brings.

    Args:
        one: The list.
        programs: What the programs import.
        target: The machine for which the list is resolved, for pip.
        session: The clients of the sources.
        file: The settings file.

    Raises:
        UsageError: An address cannot be used, or pip and uv have no package index configured.
    """
    uses = _by_beginning(programs.uses)
    listed = [entry.requirement for entry in one.requirements]
    plain = [item for item in listed if isinstance(item, Requirement) and item.key in PLAIN_LISTS]
    texts = [str(item.pep508) for item in plain]
    solution = run_async(_solve(texts, tuple(uses), target, session)) if uses else _Solution()
    imports = tuple(_judged(beginning, tuple(some), one, solution) for beginning, some in uses.items())
    used = {name for module in imports for name in (module.package, *module.through)}
    is_complete = not any(module.brought is Brought.UNKNOWN for module in imports)
    doubtful = frozenset() if is_complete else frozenset(solution.unread)
    never = [item.text for item in plain if canonicalize_name(item.name) not in used | doubtful]
    return UnlistedResult(
        file=file,
        target=target,
        files=programs.files,
        imports=imports,
        never_imported=() if solution.failure else tuple(never),
        unreadable=programs.unreadable,
    )


def _by_beginning(uses: Sequence[Use]) -> dict[str, list[Use]]:
    """Return the uses by the part of the module that says which package brings it; one place for each file."""
    found: dict[str, dict[str, Use]] = {}
    for use in uses:
        beginning = known_beginning(use.module)
        meant = meant_project(beginning)
        if is_in_python(use.module) or (meant and meant.kind is NameKind.PYTHON):
            continue
        if beginning == use.module.partition(".")[0] and beginning in shared_namespaces():
            beginning = ".".join(use.module.split(".")[:2])
        found.setdefault(beginning, {}).setdefault(use.place.file, use)
    return {beginning: list(files.values()) for beginning, files in found.items()}


def _judged(module: str, uses: tuple[Use, ...], one: LoadedList, solution: _Solution) -> ImportedModule:
    """Return whether the list brings a module."""
    package = solution.package_of(module)
    guess = project_of(module) or ""
    through = solution.through(package) if package else ()
    if package in through or (not package and guess in _listed_names(one, plain=True)):
        return ImportedModule(module=module, uses=uses, brought=Brought.LISTED, package=package or guess)
    if through:
        return ImportedModule(module=module, uses=uses, brought=Brought.THROUGH, package=package, through=through)
    if extras := _extras_with(one, guess):
        return ImportedModule(module=module, uses=uses, brought=Brought.EXTRA, package=guess, through=extras)
    if guess in _conda_names(one):
        return ImportedModule(module=module, uses=uses, brought=Brought.CONDA, package=guess)
    reason = _doubt(module, solution)
    brought = Brought.UNKNOWN if reason else Brought.MISSING
    return ImportedModule(module=module, uses=uses, brought=brought, package=guess, reason=reason)


def _doubt(module: str, solution: _Solution) -> str:
    """Return why it is not known that the list does not bring a module, or which package does; ``""`` if it is."""
    if solution.failure:
        return solution.failure
    if solution.unread:
        return f"it is not known what these packages of the list bring to import: {', '.join(solution.unread)}"
    if known_beginning(module) in project_by_module() or module in solution.proved:
        return ""
    return "no package of the list brings it, and it is not known which package does"


def _listed_names(one: LoadedList, *, plain: bool) -> frozenset[str]:
    items = [entry.requirement for entry in one.requirements]
    return frozenset(
        canonicalize_name(item.name)
        for item in items
        if isinstance(item, Requirement) and (item.key in PLAIN_LISTS) is plain
    )


def _extras_with(one: LoadedList, project: str) -> tuple[str, ...]:
    """Return the keys of the extras that list a project."""
    items = [entry.requirement for entry in one.requirements]
    keys = (
        item.key
        for item in items
        if isinstance(item, Requirement) and item.key not in PLAIN_LISTS and canonicalize_name(item.name) == project
    )
    return tuple(dict.fromkeys(keys))


def _conda_names(one: LoadedList) -> frozenset[str]:
    items = [entry.requirement for entry in one.requirements]
    names = (item.name.lower() for item in items if not isinstance(item, Requirement))
    return frozenset(name for conda in names for name in (conda, pypi_name(conda)) if name)


async def _solve(
    requirements: Sequence[str], modules: Sequence[str], target: Target, session: SourceSession
) -> _Solution:
    """Resolve a list for pip, and read what the packages of the solution bring to import."""
    semaphore = asyncio.Semaphore(max(os.cpu_count() or 1, 2))
    with worker_pool() as pool, PipResolver(session, await IndexClient.open(session, pool), semaphore) as resolver:
        solved = await resolver.solve(requirements, target) if requirements else Solved(packages=())
        if not isinstance(solved, Solved):
            return _Solution(failure=_failure(solved, target))
        brought = await resolver.brought(solved, requirements, target)
        at_a_time = asyncio.Semaphore(_FILES_AT_A_TIME)

        async def read(package: ResolvedPackage) -> Modules | SourceError:
            async with at_a_time:
                try:
                    return await resolver.modules(package, target)
                except Exception as error:  # noqa: BLE001 - one wheel must not cost the others
                    return unexpected_error(error)

        async def brings(module: str) -> bool:
            """Tell whether the project with the name of a module brings it."""
            name = project_of(module)
            alone = await resolver.solve([name], target) if name else None
            package = alone.of(name) if name and isinstance(alone, Solved) else None
            found = await read(package) if package else None
            return found is not None and not isinstance(found, SourceError) and found.bring(module)

        found = await asyncio.gather(*map(read, solved.packages))
        known = {package.name: one for package, one in zip(solved.packages, found, strict=True)}
        solution = _Solution(brought=brought, modules=known)
        doubtful = [one for one in modules if not solution.package_of(one)]
        doubtful = [one for one in doubtful if known_beginning(one) not in project_by_module()][:_MOST_PROVED]
        proofs = zip(doubtful, await asyncio.gather(*map(brings, doubtful)), strict=True)
    return replace(solution, proved=frozenset(module for module, is_so in proofs if is_so))


def _failure(result: NoSolution | SourceError, target: Target) -> str:
    if isinstance(result, NoSolution):
        return f"the list cannot be installed on {target}, as onelist check says"
    return f"the list cannot be resolved for {target}: the package index {result.reason}"
