"""What ``pip install`` changes where packages are installed already: pip's own resolver, asked for any machine.

pip resolves with the library resolvelib. Without ``--upgrade`` it keeps an installed version as long as no requirement
excludes it (the strategy "to-satisfy-only"), and later requirements change what was chosen before. uv searches in
another way: it keeps an installed version and takes an older release of the package that excludes it. So this asks
resolvelib, with the decisions of pip 26.3: ``resolution/resolvelib/provider.py``, ``factory.py`` and
``found_candidates.py`` below ``pip/_internal``.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, ResolutionTooDeep, Resolver

from onelist.core.targets import marker_holds
from onelist.settings.tokens import parse_requirement
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pip.metadata import REFUSED
from onelist.sources.pypi.candidates import is_exact
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from packaging.requirements import Requirement
    from packaging.version import Version
    from resolvelib.resolvers import Criterion

    from onelist.core.image import InstalledPackage
    from onelist.core.targets import Target
    from onelist.sources.pip.index import PipIndex
    from onelist.sources.pip.prepared import PreparedProject

_MOST_ROUNDS = 20_000
_PROMOTED_AFTER = 5
"""pip's ``_CONFLICT_PRIORITY_THRESHOLD``."""
_MOST_CAUSES = 6
_THE_LIST = "the list"
"""In place of the name of the package whose requirements are the list; no project has such a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A package that pip has when the installation is finished, as far as the list needs it.

    Attributes:
        key: The normalised name.
        version: The version; None for an installed one that is not known.
        is_installed: Whether it is the installed one, which pip leaves as it is.
        because: What excludes the version that was installed, as clauses: ``pandas 3.0.1 requires numpy>=2``.
    """

    key: str
    version: Version | None
    is_installed: bool
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Need:
    """A requirement, or the base of a candidate with extras (``exactly``)."""

    key: str
    extras: frozenset[str]
    specifier: SpecifierSet
    exactly: _Candidate | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A version of a project, with the extras that are asked for."""

    key: str
    extras: frozenset[str]
    version: Version | None
    is_installed: bool

    def __str__(self) -> str:
        return f"{self.key} {self.version or ''}".strip()


class _UndecidedError(Exception):
    """Something that pip would have to know is not known."""

    def __init__(self, error: SourceError) -> None:
        self.error = error


@dataclass(kw_only=True, eq=False)
class Environment:
    """What pip reads: the index, and what is installed.

    Attributes:
        index: The package index as pip sees it.
        target: The platform and Python.
        installed: The installed packages by normalised name, each with its requirements if they are known.
        seconds: The time limit of one answer, which pip itself does not have.
    """

    index: PipIndex
    target: Target
    installed: Mapping[str, InstalledPackage]
    seconds: float
    _projects: dict[str, PreparedProject | None] = field(default_factory=dict)
    _fitting: dict[tuple[str, bool], Sequence[Version]] = field(default_factory=dict)
    _needs: dict[tuple[str, Version], tuple[Requirement, ...] | None] = field(default_factory=dict)

    async def install(
        self, requirements: Sequence[str], named: Sequence[str] = (), *, seconds: float | None = None
    ) -> tuple[Chosen, ...] | NoSolution | SourceError:
        """Return what pip has after ``pip install`` of a package.

        Args:
            requirements: What the package requires (PEP 508).
            named: Further requirements that the command names.
            seconds: A shorter time limit; None for that of the environment.

        Returns:
            The packages that the requirements need, installed or not; why there is no solution; or an error.
        """
        loop = asyncio.get_running_loop()
        ends = time.monotonic() + min(seconds or self.seconds, self.seconds)
        return await loop.run_in_executor(None, self._install, requirements, named, loop, ends)

    def _install(
        self, requirements: Sequence[str], named: Sequence[str], loop: asyncio.AbstractEventLoop, ends: float
    ) -> tuple[Chosen, ...] | NoSolution | SourceError:
        roots = _parsed(requirements)
        provider = _Provider(self, loop, ends, roots)
        if address := next((one for one in roots if one.url and marker_holds(one.marker, self.target)), None):
            return SourceError(kind=SourceErrorKind.REQUIRES_ADDRESS, detail=address.name)
        resolver: Resolver[_Need, _Candidate, str] = Resolver(provider, BaseReporter())
        try:
            result = resolver.resolve(provider.asked(_parsed(named)), max_rounds=_MOST_ROUNDS)
        except ResolutionImpossible as error:
            clauses = list(dict.fromkeys(_clause(cause.requirement, cause.parent) for cause in error.causes))
            if len(clauses) == 1:  # nothing contradicts it
                clauses = [f"{clauses[0]}, and the package index has no such release for that machine"]
            return NoSolution(explanation="\n".join(clauses[:_MOST_CAUSES]))
        except ResolutionTooDeep:
            return SourceError(kind=SourceErrorKind.RESOLVER_FAILED, detail="pip's resolver found no final result")
        except _UndecidedError as undecided:
            return undecided.error
        return tuple(
            Chosen(
                key=one.key,
                version=one.version,
                is_installed=one.is_installed,
                because=() if one.is_installed else tuple(self._because(one.key, result.criteria)),
            )
            for one in result.mapping.values()
            if not one.extras and one.key != _THE_LIST
        )

    def _because(self, key: str, criteria: Mapping[str, Criterion[_Need, _Candidate]]) -> Iterator[str]:
        """Yield which requirements of the result exclude the installed version of a project."""
        installed = self.installed.get(key)
        version = installed.parsed if installed else None
        if version is None:
            return
        for identifier, criterion in criteria.items():
            if identifier.partition("[")[0] == key:
                for cause in criterion.information:
                    need = cause.requirement
                    if need.exactly is None and not need.specifier.contains(version, prereleases=True):
                        yield _clause(need, cause.parent)

    # What follows runs in the thread of the resolver.

    def project(self, key: str, loop: asyncio.AbstractEventLoop) -> PreparedProject | None:
        """Return a project of the index; None if no index has it."""
        if key not in self._projects:
            found = asyncio.run_coroutine_threadsafe(self.index.project(key), loop).result()
            if isinstance(found, SourceError):
                raise _UndecidedError(found)
            self._projects[key] = found
        return self._projects[key]

    def fitting(self, project: PreparedProject, *, pinned: bool) -> Sequence[Version]:
        """Return the versions of a project with a file for the target, the newest first.

        Args:
            project: The project.
            pinned: Whether yanked files count.
        """
        key = project.project.name, pinned
        if key not in self._fitting:
            versions = project.project.versions
            self._fitting[key] = [one for one in versions if project.pick(one, self.target, pinned=pinned)]
        return self._fitting[key]

    def requires(self, project: PreparedProject, version: Version) -> tuple[Requirement, ...] | None:
        """Return the requirements of a release; None if pip refuses its metadata."""
        key = project.project.name, version
        if key not in self._needs:
            found = read_requirements(self.index, project, version, self.target)
            if isinstance(found, SourceError):
                raise _UndecidedError(found)
            self._needs[key] = None if found is None else _parsed(found)
        return self._needs[key]

    def installed_requires(self, package: InstalledPackage) -> tuple[Requirement, ...]:
        """Return the requirements of an installed package; none where they are not known."""
        return _parsed(package.requires or ())


class _Provider(AbstractProvider["_Need", "_Candidate", str]):
    """The decisions of pip: which version it looks at first, and of which project."""

    def __init__(
        self,
        environment: Environment,
        loop: asyncio.AbstractEventLoop,
        ends: float,
        requirements: Sequence[Requirement],
    ) -> None:
        self._environment = environment
        self._loop = loop
        self._requirements = requirements
        self._order: dict[str, int] = {}
        self._ends = ends
        self._conflicts: defaultdict[str, int] = defaultdict(int)
        self._promoted: set[str] = set()

    def asked(self, named: Sequence[Requirement]) -> list[_Need]:
        """Return what the command names: the list itself, and further requirements."""
        found = [_Need(_THE_LIST, frozenset(), SpecifierSet()), *self.needs(named)]
        self._order = {self.identify(need): number for number, need in reversed(list(enumerate(found)))}
        return found

    def needs(self, requirements: Iterable[Requirement], extras: frozenset[str] = frozenset()) -> Iterator[_Need]:
        """Yield the requirements whose markers hold, without an extra or with one of some."""
        target = self._environment.target
        for one in requirements:
            if any(marker_holds(one.marker, target, extra) for extra in extras or ("",)):
                key, named = canonicalize_name(one.name), frozenset(map(canonicalize_name, one.extras))
                if named and one.specifier:
                    yield _Need(key, frozenset(), one.specifier)
                yield _Need(key, named, one.specifier)

    def identify(self, requirement_or_candidate: _Need | _Candidate) -> str:
        return _identifier(requirement_or_candidate.key, requirement_or_candidate.extras)

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, _Candidate],
        candidates: Mapping[str, Iterator[_Candidate]],  # noqa: ARG002 - of the library
        information: Mapping[str, Iterator[Any]],  # noqa: ARG002
        backtrack_causes: Sequence[Any],
    ) -> Iterable[str]:
        causes = set()
        for cause in backtrack_causes:
            for one in (cause.requirement, cause.parent):
                if one is not None:
                    name = self.identify(one)
                    causes.add(name)
                    if name not in resolutions:
                        self._conflicts[name] += 1
                        if self._conflicts[name] >= _PROMOTED_AFTER:
                            self._promoted.add(name)
        known = list(identifiers)
        return [one for one in known if one in causes] or [one for one in known if one in self._promoted] or known

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, _Candidate],  # noqa: ARG002 - of the library
        candidates: Mapping[str, Iterator[_Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[Any]],
        backtrack_causes: Sequence[Any],  # noqa: ARG002
    ) -> tuple[bool, bool, bool, bool, float, bool, str]:
        needs = [cause.requirement for cause in information[identifier]]
        clauses = [(one.operator, one.version) for need in needs for one in need.specifier]
        return (
            identifier not in self._promoted,
            not any(need.exactly for need in needs),
            not any(operator[:2] == "==" and "*" not in version for operator, version in clauses),
            not any(
                operator in {"<", "<=", "~="} or (operator == "==" and "*" in version) for operator, version in clauses
            ),
            self._order.get(identifier, math.inf),
            not clauses,
            identifier,
        )

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[_Need]],
        incompatibilities: Mapping[str, Iterator[_Candidate]],
    ) -> Callable[[], Iterator[_Candidate]]:
        if time.monotonic() > self._ends:
            raise _UndecidedError(SourceError(kind=SourceErrorKind.TIMED_OUT))
        own = list(requirements[identifier])
        key, extras = own[0].key, own[0].extras
        base = list(requirements.get(key, iter(()))) if extras else []
        refused = set(incompatibilities.get(identifier, iter(())))
        exact = {need.exactly for need in (*own, *base) if need.exactly}
        if exact:
            found = [_Candidate(key, extras, one.version, one.is_installed) for one in exact]
            found = [one for one in found if all(self.is_satisfied_by(need, one) for need in own)]
            return lambda: (one for one in found if one not in refused)
        specifier = SpecifierSet()
        for need in (*own, *base):
            specifier &= need.specifier
        return lambda: (one for one in self._candidates(key, extras, specifier) if one not in refused)

    def _candidates(self, key: str, extras: frozenset[str], specifier: SpecifierSet) -> Iterator[_Candidate]:
        """Yield the versions of a project in the order in which pip tries them: the installed one comes first."""
        if key == _THE_LIST:
            yield _Candidate(key, extras, None, is_installed=False)
            return
        installed = self._environment.installed.get(key)
        if installed and (installed.parsed is None or specifier.contains(installed.parsed, prereleases=True)):
            yield _Candidate(key, extras, installed.parsed, is_installed=True)
            if installed.parsed is None:
                return
        for version in self._versions(key, specifier):
            if installed is None or version != installed.parsed:
                yield _Candidate(key, extras, version, is_installed=False)

    def _versions(self, key: str, specifier: SpecifierSet) -> Iterator[Version]:
        """Yield the versions of a project that pip takes for a specifier, the newest first (PEP 440, PEP 592)."""
        environment = self._environment
        project = environment.project(key, self._loop)
        if project is None:
            return
        found = list(specifier.filter(environment.fitting(project, pinned=False)))
        if not found and is_exact(specifier):
            found = list(specifier.filter(environment.fitting(project, pinned=True)))
        for version in found:
            if environment.requires(project, version) is not None:
                yield version

    def is_satisfied_by(self, requirement: _Need, candidate: _Candidate) -> bool:
        if requirement.exactly:
            base = requirement.exactly
            return (base.key, base.version, base.is_installed) == (
                candidate.key,
                candidate.version,
                candidate.is_installed,
            )
        return candidate.version is None or requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate: _Candidate) -> Iterator[_Need]:
        environment = self._environment
        requires: Sequence[Requirement]
        if candidate.key == _THE_LIST:
            requires = self._requirements
        elif candidate.is_installed:
            requires = environment.installed_requires(environment.installed[candidate.key])
        else:
            project = environment.project(candidate.key, self._loop)
            version = candidate.version
            requires = (environment.requires(project, version) if project and version else None) or ()
        if candidate.extras:
            base = _Candidate(candidate.key, frozenset(), candidate.version, candidate.is_installed)
            yield _Need(candidate.key, frozenset(), SpecifierSet(), exactly=base)
        yield from self.needs(requires, candidate.extras)


def read_requirements(
    index: PipIndex, project: PreparedProject, version: Version, target: Target
) -> tuple[str, ...] | SourceError | None:
    """Return the requirements of a release; None if pip does not take it because of its metadata. It blocks."""
    found = index.read_release(project.project, version, None, target.python)
    if isinstance(found, SourceError):
        return found
    return None if found[0] is REFUSED else found[1]


def _identifier(key: str, extras: frozenset[str]) -> str:
    return f"{key}[{','.join(sorted(extras))}]" if extras else key


def _clause(need: _Need, parent: _Candidate | None) -> str:
    """Return a requirement with what requires it, as a clause."""
    who = str(parent) if parent else "the command"
    what = str(need.exactly) if need.exactly else f"{_identifier(need.key, need.extras)}{need.specifier}"
    return f"{who} requires {what}"


def _parsed(requirements: Iterable[str]) -> tuple[Requirement, ...]:
    return tuple(filter(None, map(parse_requirement, requirements)))
