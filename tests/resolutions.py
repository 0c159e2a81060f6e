"""Answers of resolvers, as constructed values: for tests of what onelist makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.resolving.resolution import Resolution, ResolveRequest, RootRequirement
from onelist.core.status import Found
from onelist.core.targets import Target
from onelist.sources.solution import Compiler, ResolvedPackage
from tests.helpers import settings

if TYPE_CHECKING:
    from onelist.analysis.resolving.resolution import ResolutionStatus
    from onelist.core.model import Requirement
    from onelist.core.status import Status


def package(name: str, version: str, compiler: Compiler | None = None) -> ResolvedPackage:
    """Return a package of a solution; with ``compiler``, one that pip builds."""
    return ResolvedPackage(name=name, version=version, compiler=compiler)


def target(text: str) -> Target:
    """Return the target of a text such as ``linux-64/3.12``."""
    platform, _, python = text.partition("/3.")
    return Target(platform=platform, python=(3, int(python)))


def member(
    text: str, status: Status | None = None, *, requirement: Requirement | None = None, installer: str = "pip"
) -> RootRequirement:
    """Return a requirement as a resolver gets it.

    Args:
        text: The requirement as the list writes it.
        status: What the index has of it; None for a wheel of version 1.
        requirement: The item of the list; None for the first one of a list that has nothing else.
        installer: The installer whose syntax and names it has.
    """
    item = requirement or settings(requirements=text).requirements[0]
    return RootRequirement(
        requirement=item,
        name=item.name,
        spec=text if installer == "pip" else item.name,
        status=status or Found(version="1"),
    )


def resolution(
    where: str, status: ResolutionStatus, *, members: tuple[RootRequirement, ...] = (), installer: str = "pip"
) -> Resolution:
    """Return what a resolver says about a list on a target such as ``linux-64/3.12``."""
    channels = ("pip",) if installer == "pip" else ("forge",)
    request = ResolveRequest(installer=installer, channels=channels, target=target(where), members=members)
    return Resolution(request=request, status=status)
