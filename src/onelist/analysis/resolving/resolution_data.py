"""Resolutions as plain data and back, for the cache. Members are numbers: their places in the request."""

from __future__ import annotations

import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from onelist.analysis.resolving.resolution import (
    Conflict,
    ConflictKind,
    HeldBack,
    Remedy,
    Resolution,
    Resolved,
    Unsatisfiable,
)
from onelist.core.installers import ChannelPriority
from onelist.sources.solution import Compiler, ResolvedPackage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onelist.analysis.resolving.resolution import ResolveRequest, RootRequirement


def to_data(resolution: Resolution) -> dict[str, Any] | None:
    """Return a resolution as data for JSON; None for an unknown one, which is never kept."""
    request, status = resolution.request, resolution.status
    places = {member.requirement.id: place for place, member in enumerate(request.members)}

    def numbers(members: Iterable[RootRequirement]) -> list[int]:
        return [places[member.requirement.id] for member in members]

    def remedies(found: Iterable[Remedy]) -> list[list[Any]]:
        return [[places[one.member.requirement.id], one.text] for one in found]

    data: dict[str, Any] = {"strict": request.priority is ChannelPriority.STRICT}
    if isinstance(status, Resolved):
        return data | {
            "packages": [_package_data(one) for one in status.packages],
            "requires": _requires(status),
            "unseen": [one.name for one in resolution.unseen],
            "unnecessary_pins": numbers(status.unnecessary_pins),
            "held_back": [
                {
                    "member": numbers([one.member])[0],
                    "package": one.package.name,
                    "newest": one.newest,
                    "by": numbers(one.by),
                    "remedies": remedies(one.remedies),
                    "fits": one.fits,
                }
                for one in status.held_back
            ],
        }
    if isinstance(status, Unsatisfiable):
        return data | {
            "conflicts": [
                {
                    "members": numbers(one.members),
                    "kind": one.kind.name,
                    "explanation": one.explanation,
                    "remedies": remedies(one.remedies),
                }
                for one in status.conflicts
            ]
        }
    return None


def from_data(data: dict[str, Any], request: ResolveRequest, proved: datetime.date | None) -> Resolution:
    """Return a resolution from its data.

    Args:
        data: What :func:`to_data` gave for the same request.
        request: The request, with the default priority of its installer.
        proved: The day on which the resolver gave it; None for today.

    Returns:
        The resolution.

    Raises:
        ValueError, LookupError, TypeError: This is no such data.
    """
    request = request.strictly if data["strict"] else request
    members = request.members

    def remedies(found: Iterable[tuple[int, str]]) -> tuple[Remedy, ...]:
        return tuple(Remedy(members[place], str(text)) for place, text in found)

    if "conflicts" in data:
        conflicts = tuple(
            Conflict(
                members=tuple(members[place] for place in one["members"]),
                kind=ConflictKind[one["kind"]],
                explanation=str(one["explanation"]),
                remedies=remedies(one["remedies"]),
            )
            for one in data["conflicts"]
        )
        return Resolution(request=request, status=Unsatisfiable(conflicts=conflicts), proved=proved)
    names = [str(one[0]) for one in data["packages"]]
    packages = {
        one[0]: _package(*one[:5], tuple(one[5]), *one[6:], tuple(names[place] for place in places))
        for one, places in zip(data["packages"], data["requires"], strict=True)
    }
    status = Resolved(
        packages=tuple(packages.values()),
        held_back=tuple(
            HeldBack(
                member=members[one["member"]],
                package=packages[one["package"]],
                newest=str(one["newest"]),
                by=tuple(members[place] for place in one["by"]),
                remedies=remedies(one["remedies"]),
                fits=bool(one["fits"]),
            )
            for one in data["held_back"]
        ),
        unnecessary_pins=tuple(members[place] for place in data["unnecessary_pins"]),
    )
    unseen = tuple(packages[name] for name in data["unseen"])
    return Resolution(request=request, status=status, unseen=unseen, proved=proved)


def _requires(status: Resolved) -> list[list[int]]:
    """Return what each package depends on, as places among the packages: numbers are shorter than names."""
    places = {package.name: place for place, package in enumerate(status.packages)}
    return [[places[name] for name in package.requires if name in places] for package in status.packages]


def _package_data(package: ResolvedPackage) -> list[Any]:
    """Return a package as data, without the address of its channel, which may hold a password."""
    return [
        package.name,
        package.version,
        package.size,
        package.day.isoformat() if package.day else None,
        package.compiler.value if package.compiler else None,
        package.needed_by,
        package.wheels_need,
        package.not_for_mamba,
    ]


@cache
def _package(  # noqa: PLR0913, PLR0917 - the fields of a package
    name: str,
    version: str,
    size: int | None,
    day: str | None,
    compiler: str | None,
    needed_by: tuple[str, ...],
    wheels_need: str | None,
    not_for_mamba: bool,  # noqa: FBT001 - a field
    requires: tuple[str, ...],
) -> ResolvedPackage:
    """Return a package: the same one for the same data, which thousands of resolutions share."""
    return ResolvedPackage(
        name=str(name),
        version=str(version),
        size=None if size is None else int(size),
        day=None if day is None else datetime.date.fromisoformat(day),
        compiler=None if compiler is None else Compiler(compiler),
        needed_by=tuple(map(str, needed_by)),
        wheels_need=None if wheels_need is None else str(wheels_need),
        not_for_mamba=bool(not_for_mamba),
        requires=requires,
    )
