"""The records of a conda package -> the version that conda installs on a target, or why there is none; no network.

A build fits a target if the target meets its dependencies on Python, on Python's ABI and on the machine (virtual
packages). Other dependencies do not matter here: only a resolver can say whether everything installs together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from packaging.version import Version

from onelist.core.status import NEWER_CLIENTS, Absent, Cause, ForNewerSystem, Found, Unknown
from onelist.core.targets import PLATFORMS, python_words
from onelist.sources.conda.records import RecordForm
from onelist.translation.outcomes import match_spec

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.core.targets import Target
    from onelist.sources.conda.records import Build, PackageRecords

    _Package = tuple[str, str, str]
    """Name, version and build string."""

_SYSTEM = re.compile(r"(?P<name>__osx|__glibc) *>=(?P<version>\d+(?:\.\d+)*)(?:,[^\[]*)?")
"""A dependency on the oldest system that a build runs on (https://conda.org/learn/ceps/cep-0030)."""
_SYSTEM_WORDS = {"__osx": "macOS", "__glibc": "glibc"}
_INCOMPLETE = "has {name}, but a channel that may have this Python gave no data"
_OTHER_PYTHONS = re.compile(r"_cp\d+t$|pypy|graalpy")
"""Build strings of Pythons that conda installs only on request: without a GIL, or not CPython."""


@dataclass(slots=True, kw_only=True, eq=False)
class PackageCandidates:
    """A package that a channel has for a platform, noarch included. It remembers what it has computed.

    Attributes:
        name: The conda name.
        records: Its records in the subdir of the platform, in noarch, in both, or in neither.
        versions: The versions, the newest first.
    """

    name: str
    records: tuple[PackageRecords, ...]
    versions: tuple[str, ...]
    _matching: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, name: str, records: Sequence[PackageRecords]) -> PackageCandidates:
        """Combine the records of several subdirs."""
        if len(records) <= 1:
            return cls(name=name, records=tuple(records), versions=records[0].versions if records else ())
        from onelist.sources.conda import gateway

        versions = {version for package in records for version in package.versions}
        return cls(name=name, records=tuple(records), versions=tuple(gateway.newest_first(versions)))

    def matching(self, clauses: str) -> tuple[str, ...]:
        """Return the versions that match the version part of a MatchSpec, the newest first."""
        if clauses not in self._matching:
            from onelist.sources.conda import gateway

            matching = (version for version in self.versions if gateway.version_matches(clauses, version))
            self._matching[clauses] = tuple(matching)
        return self._matching[clauses]

    @property
    def newest(self) -> str | None:
        """The newest version that is not only a wheel; None if there is none."""
        for version in self.versions:
            if any(one.form is not RecordForm.WHEEL for one in self.builds(version)):
                return version
        return None

    @property
    def undated(self) -> int:
        """As of a day, how many records say no day."""
        return sum(one.undated for one in self.records)

    @property
    def with_undated(self) -> PackageCandidates:
        """As of a day, the package with the records that say no day."""
        return PackageCandidates.of(self.name, [one.with_undated or one for one in self.records])

    def builds(self, version: str) -> Iterator[Build]:
        """Yield the builds of a version."""
        for package in self.records:
            yield from package.builds(version)


@dataclass(slots=True, kw_only=True, eq=False)
class Interpreters:
    """The Pythons that the channels of one install line have for one platform. It remembers what it has computed.

    Attributes:
        pythons: The package ``python`` of each channel.
        abis: The package ``python_abi`` of each channel.
        complete: Whether all channels of the install line gave their Pythons.
    """

    pythons: tuple[PackageCandidates, ...]
    abis: tuple[PackageCandidates, ...]
    complete: bool
    _met: dict[tuple[tuple[str, ...], Target], bool] = field(default_factory=dict, init=False, repr=False)
    _minors: dict[tuple[int, int], bool] = field(default_factory=dict, init=False, repr=False)
    _fits: dict[tuple[str, Target], frozenset[_Package]] = field(default_factory=dict, init=False, repr=False)
    _environments: dict[Target, tuple[tuple[_Package, ...], tuple[_Package, ...]]] = field(
        default_factory=dict, init=False, repr=False
    )

    _every: Interpreters | None = field(default=None, init=False, repr=False)

    def has(self, python: tuple[int, int]) -> bool:
        """Tell whether any channel has this minor version of Python."""
        if python not in self._minors:
            self._minors[python] = any(True for _ in _of_minor(self.pythons, python))
        return self._minors[python]

    @property
    def undated(self) -> int:
        """As of a day, how many records say no day."""
        return sum(one.undated for one in (*self.pythons, *self.abis))

    @property
    def with_undated(self) -> Interpreters:
        """As of a day, the Pythons with the records that say no day."""
        if self._every is None:
            self._every = Interpreters(
                pythons=tuple(one.with_undated for one in self.pythons),
                abis=tuple(one.with_undated for one in self.abis),
                complete=self.complete,
            )
        return self._every

    def meet(self, requires: tuple[str, ...], target: Target) -> bool:
        """Tell whether a target meets dependencies on Python, its ABI and the machine."""
        key = (requires, target)
        if key not in self._met:
            self._met[key] = self._meet(requires, target)
        return self._met[key]

    def _meet(self, requires: tuple[str, ...], target: Target) -> bool:
        pythons, others = self._environment(target)
        from onelist.sources.conda.conditions import applies

        if not any("when" in spec for spec in requires):  # almost always: no dependency has a condition
            fitting = (self._fitting(spec, target) for spec in requires)
            return bool(frozenset(pythons).intersection(*fitting))

        return any(
            all(python in self._fitting(spec, target) for spec in requires if applies(spec, [python, *others]))
            for python in pythons
        )

    def _fitting(self, spec: str, target: Target) -> frozenset[_Package]:
        """Return the Pythons of a target with which a dependency is met: all or none if it is not on Python."""
        key = (spec, target)
        if key not in self._fits:
            pythons, others = self._environment(target)
            if _is_about_python(spec):
                wanted = _as_python(spec)
                fits = frozenset(python for python in pythons if _is_met(wanted, [python]))
            else:
                fits = frozenset(pythons if _is_met(spec, others) else ())
            self._fits[key] = fits
        return self._fits[key]

    def _environment(self, target: Target) -> tuple[tuple[_Package, ...], tuple[_Package, ...]]:
        """Return the Pythons for a target, and its ABI packages with the virtual packages of the machine."""
        if target not in self._environments:
            pythons = tuple(_of_minor(self.pythons, target.python))
            abis = tuple(_of_minor(self.abis, target.python))
            self._environments[target] = pythons, (*abis, *PLATFORMS[target.platform].virtual_packages)
        return self._environments[target]


def best_candidate(
    package: PackageCandidates, clauses: Iterable[str], target: Target, interpreters: Interpreters
) -> Found | Absent | Unknown:
    """Return the version that conda installs from one channel.

    Args:
        package: The package on the channel.
        clauses: The version part of the MatchSpec.
        target: The platform and Python.
        interpreters: The Pythons of the install line for the platform.

    Returns:
        The newest version that fits, or why there is none. Unknown if the answer depends on the Pythons of a channel
        that gave no data.
    """
    name, spec = package.name, ",".join(clauses)
    if not package.versions:
        return Absent(cause=Cause.NO_NAME, reason=f"has nothing named {name}")
    if not interpreters.has(target.python):
        return _no_interpreter(name, interpreters)
    matching = package.matching(spec)
    fitting = _Fitting(package, matching, interpreters, target)
    if version := fitting.newest(RecordForm.CONDA, RecordForm.V3):
        plain = fitting.newest(RecordForm.CONDA)
        return Found(
            version=version,
            since=fitting.since(version),
            not_for_mamba=plain != version,
            for_mamba=plain if plain != version else None,
            newer=fitting.for_newer_system(until=version),
        )
    if matching and not interpreters.complete:
        return Unknown(reason=_INCOMPLETE.format(name=name))
    newest, wheel = package.newest, fitting.newest(RecordForm.WHEEL)
    if wheel:
        cause, reason = Cause.NO_BUILD, f"has {name} {wheel} as a wheel: {NEWER_CLIENTS}"
    elif newer := fitting.for_newer_system():
        cause, reason = Cause.NO_BUILD, f"has {name} {newer.version} for {newer.system} and newer only"
    elif matching:
        cause, reason = Cause.NO_BUILD, f"has {match_spec(name, [spec])}, but no build for this Python and platform"
    else:
        reason = f"has no {match_spec(name, [spec])}; its newest version is {newest or package.versions[0]}"
        cause = Cause.NO_VERSION
    return Absent(cause=cause if newest else Cause.NO_NAME, reason=reason, not_for_mamba=wheel is not None)


class _Fitting:
    """The builds of a package that fit a target."""

    def __init__(
        self, package: PackageCandidates, versions: Sequence[str], interpreters: Interpreters, target: Target
    ) -> None:
        self._package = package
        self._versions = versions
        self._interpreters = interpreters
        self._target = target

    def newest(self, *forms: RecordForm) -> str | None:
        """Return the newest version that has a build in one of these forms; None if there is none."""
        found = (version for version in self._versions if any(one.form in forms for one in self._of(version)))
        return next(found, None)

    def since(self, version: str) -> datetime.date | None:
        """Return the day of the first build of a version, wheels excepted."""
        days = (one.first for one in self._of(version) if one.form is not RecordForm.WHEEL)
        return min((day for day in days if day), default=None)

    def for_newer_system(self, until: str = "") -> ForNewerSystem | None:
        """Return the newest version that only newer systems install; None if there is none.

        Args:
            until: The version that is not newer any more; ``""`` for none.
        """
        for version in takewhile(until.__ne__, self._versions):
            for build in self._package.builds(version):
                system = self._needed_system(build) if build.form is not RecordForm.WHEEL else None
                if system:
                    return ForNewerSystem(version=version, system=system, since=build.first)
        return None

    def _needed_system(self, build: Build) -> str | None:
        """Return the newer system that a build needs, where nothing else keeps it from being installed."""
        needed = {spec: system for spec in build.requires if (system := _newer_system(spec, self._target))}
        rest = tuple(spec for spec in build.requires if spec not in needed)
        return next(iter(needed.values())) if needed and self._interpreters.meet(rest, self._target) else None

    def _of(self, version: str) -> Iterator[Build]:
        builds = self._package.builds(version)
        return (build for build in builds if self._interpreters.meet(build.requires, self._target))


def machine_status(
    name: str, clauses: Iterable[str], target: Target, interpreters: Interpreters
) -> Found | Absent | Unknown:
    """Return the version of a virtual package that a machine has, or why it has none that fits.

    Other machines of the platform may have a newer version of it, and packages such as ``__cuda``.
    """
    from onelist.sources.conda import gateway

    if not interpreters.has(target.python):
        return _no_interpreter(name, interpreters)
    version = next((version for own, version, _ in PLATFORMS[target.platform].virtual_packages if own == name), None)
    if version is None:
        every = {own for platform in PLATFORMS.values() for own, _, _ in platform.virtual_packages}
        return Absent(cause=Cause.NO_BUILD, reason=f"{'has' if name in every else 'may have'} no {name}")
    if not gateway.version_matches(",".join(clauses), version):
        return Absent(cause=Cause.NO_VERSION, reason=f"may have {name} {version}")
    return Found(version=version)


def _no_interpreter(name: str, interpreters: Interpreters) -> Absent | Unknown:
    if not interpreters.complete:
        return Unknown(reason=_INCOMPLETE.format(name=name))
    return Absent(cause=Cause.NO_TARGET, reason=f"has {name}, but no channel has this Python for this platform")


def is_python_package(builds: Iterable[Build]) -> bool:
    """Tell whether builds depend on Python; a program or library with the same name does not."""
    packages = (build for build in builds if build.form is not RecordForm.WHEEL)
    return any(re.match(r"python", spec) for build in packages for spec in build.requires)


def _newer_system(spec: str, target: Target) -> str | None:
    """Return the system that a dependency on a virtual package asks for, if it is newer than that of a target."""
    match = _SYSTEM.fullmatch(spec)
    own = {name: version for name, version, _ in PLATFORMS[target.platform].virtual_packages}
    if match is None or match["name"] not in own:
        return None
    is_newer = Version(match["version"]) > Version(own[match["name"]])
    return f"{_SYSTEM_WORDS[match['name']]} {match['version']}" if is_newer else None


def _is_about_python(spec: str) -> bool:
    return re.match(r"c?python(?!_abi)", spec) is not None


def _as_python(spec: str) -> str:
    """Return a dependency on ``cpython``, another name of ``python``, as one on that version of ``python``."""
    name, _, version = spec.partition(" ")
    return f"python {version.split()[0]}" if name == "cpython" and version.strip() else spec.removeprefix("c")


def _of_minor(packages: Iterable[PackageCandidates], python: tuple[int, int]) -> Iterator[_Package]:
    """Yield (name, version, build string) of the builds for a minor version of CPython."""
    prefix = python_words(python)
    for package in packages:
        for version in package.versions:
            if version == prefix or version.startswith(prefix + "."):
                for build in package.builds(version):
                    if build.form is not RecordForm.WHEEL and not _OTHER_PYTHONS.search(build.build):
                        yield package.name, version, build.build


def _is_met(spec: str, candidates: Iterable[_Package]) -> bool:
    """Tell whether one of several packages meets a dependency."""
    from onelist.sources.conda import gateway

    return any(gateway.build_matches(spec, *one) for one in candidates)
