"""What conda channels have of a name -> which version conda takes on a target, or why there is none; no network here.

A build fits a target when what it asks of Python, of Python's ABI and of the machine (virtual packages) is met there.
What else it depends on is not looked at: that all of it installs together is for a resolver to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.core.targets import PLATFORMS, python_words
from onelist.translation.outcomes import match_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.core.targets import Target
    from onelist.sources.conda.records import Build, PackageRecords

_OTHER_PYTHONS = re.compile(r"_cp\d+t$|pypy|graalpy")
"""Build strings of Pythons that nobody gets who does not ask for them: without a GIL, or not CPython."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCandidates:
    """All that a channel has of a name for a platform, what is in noarch included.

    Attributes:
        name: The conda name.
        records: Where it is: for the platform, in noarch, on both, or nowhere.
        versions: The versions, the newest first.
        known: The versions that fit a version part of a MatchSpec, from earlier calls.
    """

    name: str
    records: tuple[PackageRecords, ...]
    versions: tuple[str, ...]
    known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, records: Sequence[PackageRecords]) -> PackageCandidates:
        """Put shelves together."""
        if len(records) <= 1:
            return cls(name=name, records=tuple(records), versions=records[0].versions if records else ())
        from onelist.sources.conda import gateway

        versions = {version for shelf in records for version in shelf.versions}
        return cls(name=name, records=tuple(records), versions=tuple(gateway.newest_first(versions)))

    def matching(self, clauses: str) -> tuple[str, ...]:
        """Return the versions that fit, the newest first."""
        if clauses not in self.known:
            from onelist.sources.conda import gateway

            fitting = (version for version in self.versions if gateway.version_matches(clauses, version))
            self.known[clauses] = tuple(fitting)
        return self.known[clauses]

    def builds(self, version: str) -> Iterator[Build]:
        """Yield the builds of a version."""
        for shelf in self.records:
            yield from shelf.builds(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreters:
    """The Pythons that the channels of one install line have for one platform.

    Attributes:
        pythons: What each channel has of ``python``.
        abis: The same of ``python_abi``.
        complete: Whether all channels of the install line could be asked for them.
        known: What was decided before.
    """

    pythons: tuple[PackageCandidates, ...]
    abis: tuple[PackageCandidates, ...]
    complete: bool
    known: dict[tuple[tuple[str, ...], Target], bool] = field(default_factory=dict, compare=False, repr=False)
    minors: dict[tuple[int, int], bool] = field(default_factory=dict, compare=False, repr=False)

    def has(self, python: tuple[int, int]) -> bool:
        """Tell whether there is such a Python at all."""
        if python not in self.minors:
            self.minors[python] = any(True for _ in _of_minor(self.pythons, python))
        return self.minors[python]

    def meet(self, requires: tuple[str, ...], target: Target) -> bool:
        """Tell whether dependencies on Python, its ABI and the machine are met on a target."""
        key = (requires, target)
        if key not in self.known:
            self.known[key] = self._meet(requires, target)
        return self.known[key]

    def _meet(self, requires: tuple[str, ...], target: Target) -> bool:
        there = list(_of_minor(self.pythons, target.python))
        others = [*_of_minor(self.abis, target.python), *PLATFORMS[target.platform].virtual_packages]
        of_python = [_as_python(spec) for spec in requires if re.match(r"c?python(?!_abi)", spec)]
        rest = [spec for spec in requires if not re.match(r"c?python(?!_abi)", spec)]
        return _all_met(of_python, there) and all(_all_met([spec], others) for spec in rest)


def best_candidate(
    package: PackageCandidates, clauses: Iterable[str], target: Target, interpreters: Interpreters
) -> Found | Absent | Unknown:
    """Return what conda takes from one channel.

    Args:
        package: What the channel has of the name.
        clauses: The version part of the MatchSpec.
        target: The machine.
        interpreters: The Pythons of the install line for the platform.

    Returns:
        The newest version that fits, or why there is none; unknown where that depends on Pythons of a channel that
        could not be asked.
    """
    name, spec = package.name, ",".join(clauses)
    if not package.versions:
        return Absent(cause=Cause.NO_NAME, reason=f"has nothing named {name}")
    if not interpreters.has(target.python):
        return _no_interpreter(name, interpreters)
    matching = package.matching(spec)
    if not matching:
        return Absent(
            cause=Cause.NO_VERSION,
            reason=f"has no {match_spec(name, [spec])}; its newest version is {package.versions[0]}",
        )
    for version in matching:
        if fitting := [build for build in package.builds(version) if interpreters.meet(build.requires, target)]:
            return Found(version=version, since=min((build.first for build in fitting if build.first), default=None))
    return Absent(cause=Cause.NO_BUILD, reason=f"has {name}, but no build for this Python and platform")


def _no_interpreter(name: str, interpreters: Interpreters) -> Absent | Unknown:
    if not interpreters.complete:
        return Unknown(reason=f"has {name}, but a channel that may have the Python for it could not be asked")
    return Absent(cause=Cause.NO_TARGET, reason=f"has {name}, but no channel has this Python for this platform")


def is_python_package(builds: Iterable[Build]) -> bool:
    """Tell whether builds depend on Python, which a program or library of the same name does not."""
    return any(re.match(r"python", spec) for build in builds for spec in build.requires)


def _as_python(spec: str) -> str:
    """Return a dependency on ``cpython`` as one on the version of ``python``, of which it is another name."""
    name, _, version = spec.partition(" ")
    return f"python {version.split()[0]}" if name == "cpython" and version.strip() else spec.removeprefix("c")


def _of_minor(packages: Iterable[PackageCandidates], python: tuple[int, int]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, version, build string) of what is of a minor version of the usual Python."""
    prefix = python_words(python)
    for package in packages:
        for version in package.versions:
            if version == prefix or version.startswith(prefix + "."):
                for build in package.builds(version):
                    if not _OTHER_PYTHONS.search(build.build):
                        yield package.name, version, build.build


def _all_met(specs: Sequence[str], candidates: Iterable[tuple[str, str, str]]) -> bool:
    """Tell whether one candidate meets all dependencies."""
    from onelist.sources.conda import gateway

    return not specs or any(all(gateway.build_matches(spec, *one) for spec in specs) for one in candidates)
