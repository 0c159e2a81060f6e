"""The machines that a list supports: each a platform and a Python, with the values that installers use for them.

A platform has conda's name (subdir). It means a machine of the last years; ``data/baselines.tsv`` has the oldest
supported version of each operating system, with the reason.
"""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.baselines import baseline
from onelist.core.data import read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from packaging.markers import Marker
    from packaging.tags import Tag


_OLDEST_GLIBC = 5
_GLIBC_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""Older names of the platform tags ``manylinux_2_X`` (PEP 600)."""
MACOS = baseline("darwin").version
"""The lowest macOS of a Mac, as (major, minor)."""
_GLIBC = baseline("linux").version[1]
"""The lowest glibc 2.X."""
_NEWER = re.compile(r"macosx_(?P<macos>\d+)_\d+_(?P<mac>\w+)|manylinux_2_(?P<glibc>\d+)_(?P<linux>\w+)")
"""Platform tags with the version of the system that they need (PEP 425, PEP 600)."""
LATEST_PATCH = 99
"""The patch number of the latest release of a minor version of Python, for markers and Requires-Python."""
WITHOUT_PIP_RESOLVER = frozenset({"linux-32", "linux-armv6l", "linux-armv7l"})
"""The platforms for which no resolver knows what pip installs: uv has no name for them, and pip resolves only for the
machine on which it runs."""
_LAST_WITH_M = 7
"""Up to Python 3.7 the name of the ABI of CPython ended in ``m``."""
_GRACE_DAYS = 365
"""For how many days after the release of a Python a list need not support it."""


class Platform(NamedTuple):
    """One kind of machine.

    Attributes:
        subdir: Its conda name.
        words: Its common name.
        system: ``linux``, ``darwin`` or ``win32``, as ``sys.platform`` has it.
        machine: The processor, as in ``platform.machine()`` and in wheel tags.
    """

    subdir: str
    words: str
    system: str
    machine: str

    @property
    def baseline(self) -> str:
        """Its common name, with the oldest supported system where wheels depend on it."""
        return self.words.replace("macOS", f"macOS {MACOS[0]} and newer", 1) if self.system == "darwin" else self.words

    @property
    def markers(self) -> dict[str, str]:
        """The environment markers (PEP 508) that depend on the platform."""
        name, kernel = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin"), "win32": ("nt", "Windows")}[
            self.system
        ]
        return {
            "sys_platform": self.system,
            "platform_system": kernel,
            "os_name": name,
            "platform_machine": self.machine,
            "platform_release": "",
            "platform_version": "",
        }

    @property
    def virtual_packages(self) -> tuple[tuple[str, str, str], ...]:
        """Conda's virtual packages of such a machine, as (name, version, build string): https://conda.org/learn/ceps/cep-0030.

        There is no ``__cuda``: most learners have no graphics card for computing.
        """
        processor = ("__archspec", "1", {"AMD64": "x86_64"}.get(self.machine, self.machine))
        match self.system:
            case "linux":
                own = [("__unix", "0", "0"), ("__linux", "5.10", "0"), ("__glibc", f"2.{_GLIBC}", "0")]
            case "darwin":
                own = [("__unix", "0", "0"), ("__osx", ".".join(map(str, MACOS)), "0")]
            case _:
                own = [("__win", str(baseline("win32").version[0]), "0")]
        return (*own, processor)

    @property
    def wheel_tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the best first (PEP 425, 600)."""
        from packaging.tags import mac_platforms

        if self.system == "linux":
            return tuple(self._manylinux())
        if self.system == "darwin":
            return tuple(mac_platforms(MACOS, self.machine))
        return ({"AMD64": "win_amd64", "ARM64": "win_arm64", "x86": "win32"}[self.machine],)

    def _manylinux(self) -> Iterator[str]:
        for minor in range(_GLIBC, _OLDEST_GLIBC - 1, -1):
            yield f"manylinux_2_{minor}_{self.machine}"
            if minor in _GLIBC_NAMES:
                yield f"{_GLIBC_NAMES[minor]}_{self.machine}"
        yield f"linux_{self.machine}"


PLATFORMS: Mapping[str, Platform] = {
    subdir: Platform(subdir=subdir, words=words, system=system, machine=machine)
    for subdir, words, system, machine in (
        ("linux-32", "Linux on old PCs", "linux", "i686"),
        ("linux-64", "Linux", "linux", "x86_64"),
        ("linux-aarch64", "Linux on ARM", "linux", "aarch64"),
        ("linux-armv6l", "Linux on ARMv6", "linux", "armv6l"),
        ("linux-armv7l", "Linux on ARMv7", "linux", "armv7l"),
        ("linux-ppc64le", "Linux on POWER", "linux", "ppc64le"),
        ("linux-riscv64", "Linux on RISC-V", "linux", "riscv64"),
        ("linux-s390x", "Linux on IBM Z", "linux", "s390x"),
        ("osx-64", "macOS on Intel", "darwin", "x86_64"),
        ("osx-arm64", "macOS on Apple silicon", "darwin", "arm64"),
        ("win-32", "Windows on old PCs", "win32", "x86"),
        ("win-64", "Windows", "win32", "AMD64"),
        ("win-arm64", "Windows on ARM", "win32", "ARM64"),
    )
}
"""Every platform for which there is a CPython, by conda's name."""


class Target(NamedTuple):
    """A platform and a Python.

    Attributes:
        platform: conda's name of the platform.
        python: The minor version as (major, minor).
    """

    platform: str
    python: tuple[int, int]

    def __str__(self) -> str:
        """Return it in one word, for instance ``linux-64/3.12``."""
        return f"{self.platform}/{python_words(self.python)}"


def python_words(python: tuple[int, int]) -> str:
    """Return a minor version as text, for instance ``3.12``."""
    return f"{python[0]}.{python[1]}"


def all_targets(platforms: Iterable[str], floor: tuple[int, int]) -> tuple[Target, ...]:
    """Return every target of a list.

    Args:
        platforms: conda's names of the platforms.
        floor: The lowest Python as (major, minor).

    Returns:
        Each platform with each CPython from ``floor`` to the newest released one.
    """
    minors = pythons_from(floor)
    return tuple(Target(platform=platform, python=python) for platform in platforms for python in minors)


@cache
def wheel_tags(target: Target) -> frozenset[Tag]:
    """Return the tags of every wheel that CPython installs on a target (PEP 425)."""
    return frozenset(_ordered_tags(target))


def needed_system(tags: Iterable[Tag], target: Target) -> str | None:
    """Return the newer system that a wheel needs on a target, where nothing else keeps it from being installed there.

    Args:
        tags: The tags of the wheel.
        target: The platform and Python.

    Returns:
        For instance ``macOS 15``, or ``glibc 2.34``; None where the wheel fits, or is for another machine or Python.
    """
    if PLATFORMS[target.platform].system == "win32" or not wheel_tags(target).isdisjoint(tags):
        return None
    kinds = _kinds(target)
    needed = (_newer_system(tag.platform, target) for tag in tags if (tag.interpreter, tag.abi) in kinds)
    return min(filter(None, needed), default=None)


@cache
def _kinds(target: Target) -> frozenset[tuple[str, str]]:
    """Return the interpreters and ABIs of the wheels that a target installs."""
    return frozenset((tag.interpreter, tag.abi) for tag in wheel_tags(target))


def _newer_system(platform_tag: str, target: Target) -> str | None:
    machine = PLATFORMS[target.platform].machine
    match = _NEWER.fullmatch(platform_tag)
    if match is None or PLATFORMS[target.platform].system != ("darwin" if match["mac"] else "linux"):
        return None
    if match["mac"] in {machine, "universal2"} and int(match["macos"]) > MACOS[0]:
        return f"macOS {match['macos']}"
    return f"glibc 2.{match['glibc']}" if match["linux"] == machine and int(match["glibc"]) > _GLIBC else None


@cache
def wheel_ranks(target: Target) -> Mapping[Tag, int]:
    """Return the same, each tag with its rank; the best wheel has the lowest."""
    return {tag: rank for rank, tag in reversed(list(enumerate(_ordered_tags(target))))}


def _ordered_tags(target: Target) -> list[Tag]:
    from packaging.tags import compatible_tags, cpython_tags

    platforms = PLATFORMS[target.platform].wheel_tags
    python = target.python
    interpreter = f"cp{python[0]}{python[1]}"
    abi = interpreter + ("m" if python[1] <= _LAST_WITH_M else "")
    own = cpython_tags(python, abis=[abi], platforms=platforms)
    return [*own, *compatible_tags(python, interpreter=interpreter, platforms=platforms)]


def marker_holds(marker: Marker | None, target: Target, extra: str = "") -> bool:
    """Tell whether a marker (PEP 508) holds on a target; one that requires another extra does not."""
    if marker is None:
        return True
    python = python_words(target.python)
    environment = {
        **PLATFORMS[target.platform].markers,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "implementation_version": f"{python}.{LATEST_PATCH}",
        "python_version": python,
        "python_full_version": f"{python}.{LATEST_PATCH}",
        "extra": extra,
    }
    return marker.evaluate(environment)


def in_words(some: Collection[Target], among: Collection[Target], *, negative: bool = False) -> str:
    """Return targets as people name them.

    Args:
        some: The targets that are meant, not empty.
        among: All targets; ``some`` is a part of them.
        negative: Whether the sentence says that something does not work. "It does not work on every platform" can be
            read in two ways, so all targets are ``on any platform`` there.

    Returns:
        For instance ``on every platform and Python``, ``with Python 3.14 and 3.15``, ``on Windows``, or ``on Windows
        with Python 3.15``.
    """
    if len(some) == len(among):
        if len({target.platform for target in among}) == 1:
            pythons = _python_ranges(sorted({target.python for target in among}))
            return f"on {_platform_words([next(iter(among)).platform])} with Python {pythons}"
        return "on any platform" if negative else "on every platform and Python"
    every_python = {target.python for target in among}
    every_platform = {target.platform for target in among}
    by_pythons: dict[frozenset[tuple[int, int]], list[str]] = {}
    for platform in dict.fromkeys(target.platform for target in among):
        having = frozenset(target.python for target in some if target.platform == platform)
        if having:
            by_pythons.setdefault(having, []).append(platform)
    parts = []
    for minors, platforms in by_pythons.items():
        where = "" if len(platforms) == len(every_platform) else "on " + _platform_words(platforms)
        which = "" if minors == every_python else "with Python " + _python_ranges(sorted(minors))
        parts.append(f"{where} {which}".strip())
    return ", and ".join(parts)


def _platform_words(platforms: Iterable[str]) -> str:
    return listed([PLATFORMS[platform].words for platform in platforms])


def listed(words: list[str], conjunction: str = "and") -> str:
    """Return words as an enumeration: ``a, b and c``."""
    return f" {conjunction} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _python_ranges(minors: list[tuple[int, int]]) -> str:
    runs: list[list[tuple[int, int]]] = []
    for python in minors:
        if runs and python[1] == runs[-1][-1][1] + 1:
            runs[-1].append(python)
        else:
            runs.append([python])
    return listed([part for run in runs for part in _run_words(run)])


def _run_words(run: list[tuple[int, int]]) -> list[str]:
    shortest = 3
    if len(run) >= shortest:
        return [f"{python_words(run[0])} to {python_words(run[-1])}"]
    return [python_words(python) for python in run]


DEFAULT_MIN_PYTHON = (3, 11)
"""The value of min_python when settings.ini does not set it: the oldest CPython that was supported when the table was
made. It is fixed, so that generated files depend only on settings.ini."""


class PythonRelease(NamedTuple):
    """One minor version of CPython.

    Attributes:
        version: (major, minor).
        released: The day of its first final release.
        end_of_life: The day on which its support ends.
    """

    version: tuple[int, int]
    released: datetime.date
    end_of_life: datetime.date


@cache
def python_releases() -> tuple[PythonRelease, ...]:
    """Return all releases of CPython 3 in the table, oldest first."""
    return tuple(
        PythonRelease(
            version=(3, int(minor)),
            released=datetime.date.fromisoformat(released),
            end_of_life=datetime.date.fromisoformat(end_of_life),
        )
        for minor, released, end_of_life in read_rows("cpython.tsv")
    )


def newest_python() -> tuple[int, int]:
    """Return the newest released CPython as (major, minor)."""
    return python_releases()[-1].version


def recent_python(today: datetime.date) -> tuple[int, int] | None:
    """Return the newest Python if it is less than a year old; None otherwise."""
    newest = python_releases()[-1]
    return newest.version if (today - newest.released).days < _GRACE_DAYS else None


def pythons_from(floor: tuple[int, int]) -> list[tuple[int, int]]:
    """Return every minor version from ``floor`` to the newest; only ``floor`` when it is newer than that."""
    last = max(newest_python(), floor)
    return [(3, minor) for minor in range(floor[1], last[1] + 1)]


def python_range_words(floor: tuple[int, int]) -> str:
    """Return all known Pythons from one on, for instance ``Python 3.11 to 3.15``."""
    return f"Python {_python_ranges(pythons_from(floor))}"
