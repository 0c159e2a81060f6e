"""What conda channels have of a name -> which version conda takes on a target, or why there is none; no network here.

A build fits a target when what it asks of Python, of Python's ABI and of the machine (virtual packages) is met there.
What else it depends on is not looked at: that all of it installs together is for a resolver to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.answers import Absent, Cause, Found, Unknown
from onelist.channels import gateway
from onelist.outcomes import match_spec
from onelist.targets import PLATFORMS, python_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from onelist.channels.gateway import Build
    from onelist.targets import Target

_OTHER_PYTHONS = re.compile(r"_cp\d+t$|pypy|graalpy")
"""Build strings of Pythons that nobody gets who does not ask for them: without a GIL, or not CPython."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreters:
    """The Pythons that the channels of one install line have for one platform.

    Attributes:
        pythons: The builds of ``python``.
        abis: The builds of ``python_abi``.
        complete: Whether all channels of the install line could be asked for them.
        known: What was decided before.
    """

    pythons: tuple[Build, ...]
    abis: tuple[Build, ...]
    complete: bool
    known: dict[tuple[tuple[str, ...], Target], bool] = field(default_factory=dict, compare=False, repr=False)

    def has(self, python: tuple[int, int]) -> bool:
        """Tell whether there is such a Python at all."""
        return any(True for _ in _of_minor(self.pythons, python))

    def meet(self, requires: tuple[str, ...], target: Target) -> bool:
        """Tell whether dependencies on Python, its ABI and the machine are met on a target."""
        key = (requires, target)
        if key not in self.known:
            self.known[key] = self._meet(requires, target)
        return self.known[key]

    def _meet(self, requires: tuple[str, ...], target: Target) -> bool:
        there = [("python", build.version, build.build) for build in _of_minor(self.pythons, target.python)]
        abis = [("python_abi", build.version, build.build) for build in _of_minor(self.abis, target.python)]
        machine = PLATFORMS[target.platform].virtual_packages
        of_python = [spec for spec in requires if re.match(r"python(?!_abi)", spec)]
        others = [spec for spec in requires if spec not in of_python]
        return _all_met(of_python, there) and all(_all_met([spec], [*abis, *machine]) for spec in others)


def fit(
    builds: Sequence[Build], name: str, clauses: Iterable[str], target: Target, interpreters: Interpreters
) -> Found | Absent | Unknown:
    """Return what conda takes from one channel.

    Args:
        builds: All builds of the name that the channel has for the platform, those in noarch included.
        name: The conda name, for the reason.
        clauses: The version part of the MatchSpec.
        target: The machine.
        interpreters: The Pythons of the install line for the platform.

    Returns:
        The newest version that fits, or why there is none; unknown where that depends on Pythons of a channel that
        could not be asked.
    """
    spec = ",".join(clauses)
    if not builds:
        return Absent(cause=Cause.NO_NAME, reason=f"has nothing named {name}")
    if not interpreters.has(target.python):
        return _no_interpreter(name, interpreters)
    matching = [build for build in builds if gateway.version_matches(spec, build.version)]
    if not matching:
        newest = gateway.newest(build.version for build in builds)
        return Absent(
            cause=Cause.NO_VERSION, reason=f"has no {match_spec(name, [spec])}; its newest version is {newest}"
        )
    fitting = [build for build in matching if interpreters.meet(build.requires, target)]
    if not fitting:
        return Absent(cause=Cause.NO_BUILD, reason=f"has {name}, but no build for this Python and platform")
    newest = gateway.newest(build.version for build in fitting)
    days = [build.first for build in fitting if build.version == newest and build.first]
    return Found(version=newest, since=min(days, default=None))


def _no_interpreter(name: str, interpreters: Interpreters) -> Absent | Unknown:
    if not interpreters.complete:
        return Unknown(reason=f"has {name}, but a channel that may have the Python for it could not be asked")
    return Absent(cause=Cause.NO_TARGET, reason=f"has {name}, but no channel has this Python for this platform")


def is_python_package(builds: Iterable[Build]) -> bool:
    """Tell whether builds depend on Python, which a program or library of the same name does not."""
    return any(re.match(r"python", spec) for build in builds for spec in build.requires)


def _of_minor(builds: Iterable[Build], python: tuple[int, int]) -> Iterable[Build]:
    prefix = python_words(python)
    return (
        build
        for build in builds
        if (build.version == prefix or build.version.startswith(prefix + "."))
        and not _OTHER_PYTHONS.search(build.build)
    )


def _all_met(specs: Sequence[str], candidates: Iterable[tuple[str, str, str]]) -> bool:
    """Tell whether one candidate meets all dependencies."""
    return not specs or any(all(gateway.build_matches(spec, *one) for spec in specs) for one in candidates)
