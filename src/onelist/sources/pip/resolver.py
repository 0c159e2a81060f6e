"""What ``pip install`` installs, for any platform and Python: uv's resolver, on the index as pip sees it.

No source distribution is built, so no code of a package runs. What pip and uv read in different ways is decided in
``pages.py`` and ``metadata.py``; two things need the whole solution and are decided here: withdrawn versions and
pre-releases, which pip takes only if a requirement of the solution names them.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core.targets import marker_holds
from onelist.settings.tokens import parse_requirement
from onelist.sources.cutoff import ReleaseName
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pip import uv
from onelist.sources.pip.index import PipIndex
from onelist.sources.pip.pages import left_out, newer_system
from onelist.sources.pip.prepared import PreparedProject
from onelist.sources.pypi.candidates import is_exact
from onelist.sources.solution import NoSolution, Solved, shared_package

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from packaging.requirements import Requirement

    from onelist.core.targets import Target
    from onelist.sources.pip.index import Watch
    from onelist.sources.pip.modules import Modules
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import ResolvedPackage, SolveResult

_MOST_ROUNDS = 30
"""How often uv is asked again before the resolver counts as failed; one or two rounds are enough in practice."""
_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MOST_REASONS = 3
_REFUSED = re.compile(r"(?m)^hint: Metadata for `[^`]*` \(v[^)]*\) could not be parsed: Invalid version: .*(?:\n|\Z)")
"""What uv says about the metadata that it gets in place of metadata that pip refuses."""
_PRERELEASES = re.compile(r"[Pp]re-releases (?:are|were) available")
"""What uv says if there are only pre-releases; a test asks uv for one."""


class PipResolver:
    """pip, which resolves one set of requirements for one target at a time. It is used in a ``with`` block."""

    def __init__(self, session: SourceSession, index_client: IndexClient, semaphore: asyncio.Semaphore) -> None:
        """Take the settings.

        Args:
            session: The clients of this call.
            index_client: The package indexes.
            semaphore: Limits how many resolvers run at a time.
        """
        self._options = session.options
        self._semaphore = semaphore
        self._index = PipIndex(session, index_client)
        self._environment = uv.environment(session.options)
        self._read: dict[tuple[tuple[str, ...], Target], set[str] | None] = {}
        self._identity = uv.identity([index.label for index in index_client.found.indexes])

    def __enter__(self) -> Self:
        """Begin to answer uv."""
        self._index.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        self._index.__exit__(*exception)

    @property
    def identity(self) -> str:
        """uv, its version, and the package indexes without passwords."""
        return self._identity

    @property
    def index(self) -> PipIndex:
        """The index that uv asks."""
        return self._index

    def releases_of(self, day: datetime.date) -> list[ReleaseName]:
        """Return the releases of which a file was uploaded on a day, of all projects that were read."""
        return [ReleaseName(one.name, version) for one in self._index.projects() for version in one.versions_of(day)]

    def undated(self) -> dict[str, int]:
        """Return how many files of each project that was read were left out because they say no day."""
        return {one.name: one.undated for one in self._index.projects() if one.undated}

    async def names(self, asked: Collection[tuple[str, ...]], target: Target) -> frozenset[str] | None:
        """Return the projects whose pages were read; see :class:`ResolverInputs`."""
        found: set[str] = set()
        for requirements in asked:
            read = self._read.get((requirements, target))
            if read is None:
                return None
            found |= read
        return frozenset(found)

    async def fingerprints(self, names: Collection[str], target: Target) -> Mapping[str, str] | None:  # noqa: ARG002 - a page is for all targets
        """Return a hash of the pages of each project now; see :class:`ResolverInputs`."""
        wanted = sorted(names)
        found = dict(zip(wanted, await asyncio.gather(*map(self._index.project, wanted)), strict=True))
        if any(isinstance(one, SourceError) for one in found.values()):
            return None
        return {name: one.key if isinstance(one, PreparedProject) else "" for name, one in found.items()}

    async def solve(self, requirements: Sequence[str], target: Target) -> SolveResult:
        """Resolve requirements (PEP 508) for a target.

        Args:
            requirements: The requirements.
            target: The platform and Python.

        Returns:
            The packages, why there is no solution, or an error.
        """
        if target.platform not in uv.PLATFORMS:
            return SourceError(kind=SourceErrorKind.PLATFORM_NOT_RESOLVED, detail=target.platform)
        task = _Task(requirements=tuple(requirements), target=target, every_source=False)
        result = await self._solve(task)
        if isinstance(result, NoSolution):
            again = await self._solve(replace(task, every_source=True))
            return self._with_reasons(result, target) if isinstance(again, NoSolution) else again
        return result

    def _with_reasons(self, no_solution: NoSolution, target: Target) -> NoSolution:
        """Add to uv's words why newer versions of the projects in it are not on the page that uv read."""
        words = dict.fromkeys(map(canonicalize_name, _WORDS.findall(no_solution.explanation)))
        projects = filter(None, map(self._index.loaded, words))
        reasons = [reason for project in projects if (reason := left_out(project.project, target))]
        reasons = [*self._index.refused(words, target.python), *reasons]
        more = f"\n({'; '.join(reasons[:_MOST_REASONS])}.)" if reasons else ""
        return NoSolution(explanation=_REFUSED.sub("", no_solution.explanation) + more)

    async def _solve(self, task: _Task) -> SolveResult:
        """Resolve, and again with what the attempt before has shown about pip's rules."""
        self._index.facts.learn(task.requirements)
        prereleases = _Prereleases(allowed=_with_prereleases(task.requirements))
        excluded: set[str] = set()
        for _ in range(_MOST_ROUNDS):
            attempt, stale = await self._attempt(task, excluded, prereleases)
            if isinstance(attempt, SourceError):
                return attempt
            if stale:
                continue
            if isinstance(attempt, NoSolution):
                if prereleases.everywhere or not _PRERELEASES.search(attempt.explanation):
                    return attempt
                prereleases = _Prereleases(allowed=prereleases.allowed, everywhere=True)
                continue
            review = await self._review(attempt, task, prereleases)
            if isinstance(review, Solved | SourceError):
                return review
            excluded |= review.excluded
            prereleases = _Prereleases(
                allowed=prereleases.allowed | review.prereleases, everywhere=prereleases.everywhere
            )
        return SourceError(kind=SourceErrorKind.RESOLVER_FAILED, detail="uv found no final result")

    async def _attempt(
        self, task: _Task, excluded: Collection[str], prereleases: _Prereleases
    ) -> tuple[SolveResult, bool]:
        """Run uv once; also return whether a page has changed since uv read it."""
        watch = self._index.watch()
        proxy = self._index.proxy(watch)
        async with self._semaphore:
            result = await uv.compile_requirements(
                uv.UvCall(
                    requirements=task.requirements,
                    target=task.target,
                    index=self._index.address(task.target.python, every_source=task.every_source),
                    options=prereleases.options(),
                    excluded=excluded,
                    environment={**self._environment, "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy},
                    seconds=self._options.deadline,
                    failed=watch.failed,
                )
            )
        self._note(task, watch)
        if watch.fault:
            return watch.fault, False
        if self._index.has_outdated_pages():
            return result, True
        return _unless_unknown(result, watch.unknown), False

    def _note(self, task: _Task, watch: Watch) -> None:
        """Note which projects were read for a task; None where they are not all that the answer follows from."""
        key = tuple(sorted(set(task.requirements))), task.target
        before = self._read.get(key, set())
        is_lasting = before is not None and watch.is_lasting and not watch.fault
        self._read[key] = before | watch.projects if before is not None and is_lasting else None

    async def _review(self, solved: Solved, task: _Task, prereleases: _Prereleases) -> Solved | _Review | SourceError:
        """Return the packages with file, size and day; or what pip does not take, or takes in a newer version."""
        projects: dict[str, PreparedProject] = {}
        for package in solved.packages:
            project = await self._index.project(package.name)
            if isinstance(project, SourceError):
                return project
            if project:
                projects[package.name] = project
        review = await self._against_pip(solved, task, projects, prereleases)
        if review.excluded or review.prereleases:
            return review
        packages = [self._with_file(package, projects.get(package.name), task.target) for package in solved.packages]
        return await self._with_roots(replace(solved, packages=tuple(await asyncio.gather(*packages))), task)

    async def _with_roots(self, solved: Solved, task: _Task) -> Solved:
        """Return a solution in which each package that pip builds has the requirements that bring it."""
        if not solved.builds:
            return solved
        brought = await self.brought(solved, task.requirements, task.target)
        packages = (
            replace(package, needed_by=tuple(root for root, names in brought.items() if package.name in names))
            if package.compiler
            else package
            for package in solved.packages
        )
        return replace(solved, packages=tuple(packages))

    async def brought(
        self, solved: Solved, requirements: Sequence[str], target: Target
    ) -> Mapping[str, Collection[str]]:
        """Return the packages of a solution that each requirement brings, by its normalised name, itself included."""
        needs = {
            package.name: _parsed(await self._index.requirements(package.name, Version(package.version), target.python))
            for package in solved.packages
        }
        brought: dict[str, set[str]] = {}
        for root in _parsed(requirements):
            if marker_holds(root.marker, target):
                brought.setdefault(canonicalize_name(root.name), set()).update(_brought(root, needs, target))
        return brought

    async def modules(self, package: ResolvedPackage, target: Target) -> Modules | SourceError:
        """Return what a package of a solution brings to import."""
        project = await self._index.project(package.name)
        if not isinstance(project, PreparedProject):
            return project or SourceError(kind=SourceErrorKind.NOT_FOUND)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._index.modules, project, Version(package.version), target)

    async def _against_pip(
        self, solved: Solved, task: _Task, projects: Mapping[str, PreparedProject], prereleases: _Prereleases
    ) -> _Review:
        """Return which yanked versions and pre-releases pip would not take, and which pre-releases it would."""
        versions = {package.name: Version(package.version) for package in solved.packages}
        doubtful = {
            name
            for name, version in versions.items()
            if (project := projects.get(name)) and self._is_doubtful(project, version, prereleases)
        }
        if not doubtful:
            return _Review()
        required = await self._required(versions, task)
        excluded, allowed = set(), set()
        for name in doubtful:
            project, version, specifier = projects[name], versions[name], required.get(name, SpecifierSet())
            yanked = version in project.withdrawn and not is_exact(specifier)
            if yanked or (version.is_prerelease and not _takes_prerelease(project, specifier, task.target)):
                excluded.add(f"{name}!={version}")
            elif specifier.prereleases and name not in prereleases.allowed:
                allowed.add(name)
        return _Review(excluded=frozenset(excluded), prereleases=frozenset(allowed))

    def _is_doubtful(self, project: PreparedProject, version: Version, prereleases: _Prereleases) -> bool:
        name = project.project.name
        named = name not in prereleases.allowed and self._index.facts.names_prerelease(name)
        newest = project.newest_prerelease if named else None
        newer = newest is not None and newest > version
        return newer or version.is_prerelease or version in project.withdrawn

    async def _required(self, versions: Mapping[str, Version], task: _Task) -> Mapping[str, SpecifierSet]:
        """Return the specifiers that the requirements of a whole solution have for each project."""
        texts = list(task.requirements)
        for name, version in versions.items():
            texts += await self._index.requirements(name, version, task.target.python)
        found: dict[str, SpecifierSet] = {}
        for requirement in _parsed(texts):
            name = str(canonicalize_name(requirement.name))
            if "extra" in str(requirement.marker) or marker_holds(requirement.marker, task.target):
                found[name] = found.get(name, SpecifierSet()) & requirement.specifier
        return found

    async def _with_file(
        self, package: ResolvedPackage, project: PreparedProject | None, target: Target
    ) -> ResolvedPackage:
        """Return a package with the size and the day of its file, and whether pip builds it."""
        version = Version(package.version)
        if project is None:  # a requirement with an address
            return package
        pinned = version in self._index.listed_although_yanked(project)
        pick = project.pick(version, target, pinned=pinned)
        if pick is None:
            return package
        compiler, system = None, None
        if pick.is_source:
            system = newer_system(project.project, version, target)
            compiler = await asyncio.get_running_loop().run_in_executor(None, self._index.compiler, project, version)
        return shared_package(
            name=package.name,
            version=package.version,
            size=pick.size,
            day=pick.day,
            compiler=compiler,
            wheels_need=system,
            requires=package.requires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What to resolve.

    Attributes:
        requirements: The requirements (PEP 508).
        target: The platform and Python.
        every_source: Whether old versions may be built with a compiler where newer ones have wheels.
    """

    requirements: tuple[str, ...]
    target: Target
    every_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prereleases:
    """Of which projects uv may take pre-releases; it asks for them in fewer cases than pip."""

    allowed: frozenset[str]
    everywhere: bool = False

    def options(self) -> list[str]:
        """Return the options of uv."""
        some = [f"--prerelease-package={name}=allow" for name in sorted(self.allowed)]
        return [*some, *(["--prerelease=allow"] if self.everywhere else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Review:
    """Where a solution of uv is not that of pip.

    Attributes:
        excluded: Versions that pip does not take, as constraints.
        prereleases: Projects of which pip may take a newer pre-release.
    """

    excluded: frozenset[str] = frozenset()
    prereleases: frozenset[str] = frozenset()


def _parsed(requirements: Iterable[str]) -> tuple[Requirement, ...]:
    return tuple(filter(None, map(parse_requirement, requirements)))


def _brought(root: Requirement, needs: Mapping[str, Collection[Requirement]], target: Target) -> set[str]:
    """Return the packages that a requirement brings: itself, what it needs with its extras, what that needs."""
    found: set[tuple[str, str]] = set()
    new = [root]
    while new:
        one = new.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if name in needs and (name, extra) not in found:
                found.add((name, extra))
                new += (other for other in needs[name] if marker_holds(other.marker, target, extra))
    return {name for name, _ in found}


def _with_prereleases(requirements: Iterable[str]) -> frozenset[str]:
    """Return the projects for which a specifier names a pre-release."""
    named = (one for one in _parsed(requirements) if one.specifier.prereleases)
    return frozenset(str(canonicalize_name(one.name)) for one in named)


def _takes_prerelease(project: PreparedProject, specifier: SpecifierSet, target: Target) -> bool:
    """Tell whether pip takes a pre-release: a specifier names one, or no final release fits."""
    return bool(specifier.prereleases) or not any(
        specifier.contains(version) and project.pick(version, target, pinned=False)
        for version in project.project.versions
        if not version.is_prerelease
    )


def _unless_unknown(result: SolveResult, unknown: Mapping[tuple[str, Version], SourceError]) -> SolveResult:
    """Return an error where pip may take a version whose requirements are not known."""
    if isinstance(result, SourceError):
        return result
    taken = (
        {package.name: Version(package.version) for package in result.packages} if isinstance(result, Solved) else {}
    )
    matters = (error for (name, version), error in unknown.items() if name not in taken or taken[name] < version)
    return next(matters, result)
