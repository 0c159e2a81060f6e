"""What a list requires in one environment, and what of it is installed there: its requirements, and theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from onelist.machine.facts import Distribution

_MOST = 20_000
"""More requirements are not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One requirement, and what is installed of it.

    Attributes:
        name: Its normalised name.
        text: The requirement without its marker, such as ``pandas>=2``.
        required_by: The normalised name of what requires it; ``""`` for the list itself.
        installed: What Python uses; None if nothing is installed.
        fits: Whether that has a version that is wanted; True where its version cannot be read.
        is_older: Whether it is older than the oldest version that is wanted.
        is_unknown: Whether nobody can tell, because its version cannot be read.
    """

    name: str
    text: str
    required_by: str
    installed: Distribution | None
    fits: bool
    is_older: bool = False
    is_unknown: bool = False


def find_needs(
    required: Iterable[str],
    distributions: Mapping[str, tuple[Distribution, ...]],
    markers: Mapping[str, str],
    extras: Iterable[str] = (),
) -> tuple[Need, ...]:
    """Return what a list requires, and what that requires in turn, each requirement once.

    Args:
        required: The requirements of the list (PEP 508); what cannot be read is passed over.
        distributions: What is installed, by normalised name.
        markers: The values of the environment markers of that Python.
        extras: The extras of the list that were asked for.

    Returns:
        The requirements that count there, those of the list first.
    """
    found: dict[tuple[str, str], Need] = {}
    listed = tuple(required)
    waiting = [("", text, extra) for extra in ("", *extras) for text in listed]
    followed: set[tuple[str, str]] = set()
    while waiting and len(found) < _MOST:
        by, text, extra = waiting.pop(0)
        for need, asked in _need(by, text, extra, distributions, markers):
            found.setdefault((need.name, need.text), need)
            if need.installed is None:
                continue
            for one in ("", *asked):
                if (need.name, one) not in followed:
                    followed.add((need.name, one))
                    waiting += [(need.name, each, one) for each in need.installed.requires]
    return tuple(found.values())


def _need(
    by: str, text: str, extra: str, distributions: Mapping[str, tuple[Distribution, ...]], markers: Mapping[str, str]
) -> Iterator[tuple[Need, tuple[str, ...]]]:
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        return
    if not _counts(requirement, extra, markers):
        return
    name = canonicalize_name(requirement.name)
    installed = (distributions.get(name) or (None,))[0]
    requirement.marker = None
    need = Need(
        name=name,
        text=str(requirement),
        required_by=by,
        installed=installed,
        fits=installed is not None and _fits(requirement, installed),
        is_older=installed is not None and _is_older(requirement, installed),
        is_unknown=installed is not None and bool(requirement.specifier) and not _has_version(installed),
    )
    yield need, tuple(sorted(canonicalize_name(one) for one in requirement.extras))


def _counts(requirement: Requirement, extra: str, markers: Mapping[str, str]) -> bool:
    """Tell whether a requirement counts; with an extra only what that extra adds, for the rest is known already."""
    if requirement.marker is None:
        return not extra
    try:
        without = requirement.marker.evaluate({**markers, "extra": ""})
        return requirement.marker.evaluate({**markers, "extra": extra}) and not (extra and without)
    except (ValueError, KeyError, TypeError):  # a marker that compares what cannot be compared
        return False


def is_readable(text: str) -> bool:
    """Tell whether a requirement is one (PEP 508)."""
    try:
        Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        return False
    return True


def _has_version(installed: Distribution) -> bool:
    try:
        Version(installed.version)
    except InvalidVersion:
        return not installed.version  # without one, its metadata is gone, which is told elsewhere
    return True


def _is_older(requirement: Requirement, installed: Distribution) -> bool:
    """Tell whether a version is below a bound; ``==2.*`` and ``===`` count as the version that they name."""
    bounds = [one.version.removesuffix(".*") for one in requirement.specifier if one.operator in _LOWER]
    try:
        return any(Version(installed.version) < Version(bound) for bound in bounds)
    except InvalidVersion:
        return False


_LOWER = frozenset({">=", ">", "==", "~=", "==="})
"""The operators that shut out what is older (PEP 440, "Version specifiers")."""


def _fits(requirement: Requirement, installed: Distribution) -> bool:
    try:
        version = Version(installed.version)
    except InvalidVersion:
        return True
    return requirement.specifier.contains(version, prereleases=True)
