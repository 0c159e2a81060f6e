"""What a list would be with one more package: who gets it, what it adds, and whether the list still installs.

The cost is bounded: the whole list is resolved on one target for each operating system, without and with the package.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from onelist.analysis.listed import find_requirements
from onelist.analysis.lists import CollectOptions, ResolveOptions, availability_of, collect, load_list
from onelist.analysis.placement import PLACES, as_if_listed, find_placement, with_placement
from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.core.errors import SettingsError, UsageError
from onelist.core.installers import CONDA, PIP
from onelist.core.status import Unknown
from onelist.core.targets import PLATFORMS, WITHOUT_PIP_RESOLVER, recent_python
from onelist.settings.project import load_project
from onelist.sources.session import SourceSession

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.placement import Placement
    from onelist.analysis.progress import Progress
    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus
    from onelist.core.model import Settings
    from onelist.core.targets import Target
    from onelist.sources.config import NetworkOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What is known about a package that somebody suggests for a list.

    Attributes:
        name: The package, as it is written.
        settings: The list.
        listed: The items of the list with this name; if there are any, nothing else was looked up.
        entry: The package as an item of the list, with the answers; None if no server was asked.
        availability: The answers; None if no server was asked.
        placement: Where it belongs; None if it should not be added, or if that is not known.
        refused: Why settings.ini cannot have it there; ``""`` if it can.
        before: Whether the list installs without it, on one target for each operating system.
        after: Whether it installs with it, on the same targets.
    """

    name: str
    settings: Settings
    listed: tuple[ListedRequirement, ...] = ()
    entry: ListedRequirement | None = None
    availability: ListAvailability | None = None
    placement: Placement | None = None
    refused: str = ""
    before: tuple[Resolution, ...] = field(default=(), repr=False)
    after: tuple[Resolution, ...] = field(default=(), repr=False)

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out."""
        unknown = any(isinstance(one.status, Unknown) for one in (*self.before, *self.after))
        return unknown or (self.availability is not None and self.availability.has_unknown)


class Effect(NamedTuple):
    """What the package changes for one installer on one target.

    Attributes:
        installer: ``pip`` or ``conda``.
        target: The machine.
        name: What the installer calls the package.
        roots: The same for the requirements of the list without it.
        before: The result for the list without it.
        after: The result for the list with it.
    """

    installer: str
    target: Target
    name: str
    roots: tuple[str, ...]
    before: ResolutionStatus
    after: ResolutionStatus


def suggestion(
    name: str,
    path: Path,
    network: NetworkOptions,
    *,
    channels: Sequence[str] = (),
    progress: Progress | None = None,
) -> Suggestion:
    """Find out what a package would mean for a list.

    Args:
        name: A plain name (see :func:`onelist.analysis.suggested_name.suggested_name`).
        path: The settings file.
        network: Which servers to ask, and how.
        channels: conda channels in place of those of the list; empty for those.
        progress: Where to show what is done; None for nowhere.

    Returns:
        What is known.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: The file cannot be read, or an address cannot be used.
    """
    project = load_project(path)
    one = load_list(project)
    settings = project.settings
    if canonicalize_name(name) == canonicalize_name(settings.name):
        return Suggestion(name=name, settings=settings, refused="It is the name of the list itself.")
    if listed := find_requirements(one.requirements, name):
        return Suggestion(name=name, settings=settings, listed=listed)
    session = SourceSession(network)
    tried = load_list(as_if_listed(project, Requirement(name)))
    only = replace(tried, requirements=find_requirements(tried.requirements, name))
    availability = availability_of({path: only}, session, channels=channels, progress=progress)[path]
    (entry,) = availability.requirements
    placement = find_placement(entry, availability)
    found = Suggestion(name=name, settings=settings, entry=entry, availability=availability, placement=placement)
    if placement is None:
        return found
    try:
        placed = load_list(with_placement(project, placement))
    except (SettingsError, UsageError) as error:
        return replace(found, placement=None, refused=_reason(error))
    targets = probe_targets(one.targets, network.now.date())
    resolve = ResolveOptions(targets=tuple(map(str, targets)), installers=PLACES[placement.key])
    without, having = Path("without"), Path("with")
    options = CollectOptions(resolve=resolve, channels=tuple(channels))
    data = collect({without: one, having: placed}, session, options, progress=progress)
    return replace(found, before=data[without].resolutions or (), after=data[having].resolutions or ())


def _reason(error: SettingsError | UsageError) -> str:
    """Return why a list cannot have a package, as a sentence."""
    findings = error.findings if isinstance(error, SettingsError) else ()
    return next((finding.message for finding in findings), str(error))


def probe_targets(among: Sequence[Target], today: datetime.date) -> tuple[Target, ...]:
    """Return one target for each operating system of a list.

    Args:
        among: The targets of the list.
        today: The day.

    Returns:
        The first platform of each system in the order of the list, with the newest Python; not with one that is less
        than a year old, unless the list has no other.
    """
    recent = recent_python(today)
    pythons = {target.python for target in among}
    python = max(pythons - {recent} or pythons)
    first: dict[str, Target] = {}
    for target in among:
        if target.python == python and target.platform not in WITHOUT_PIP_RESOLVER:
            first.setdefault(PLATFORMS[target.platform].system, target)
    return tuple(first.values()) or tuple(target for target in among if target.python == python)[:1]


def effects(found: Suggestion) -> Iterator[Effect]:
    """Yield what the package changes for each installer on each target that was resolved."""
    query = found.entry.query if found.entry else None
    names = {PIP: query.pip.name if query and query.pip else "", CONDA: _conda_name(found)}
    without = {(one.request.installer, one.target): one for _, some in by_installer(found.before) for one in some}
    for installer, some in by_installer(found.after):
        for one in some:
            if before := without.get((installer, one.target)):
                roots = tuple(member.name for member in before.request.members)
                yield Effect(installer, one.target, names[installer], roots, before.status, one.status)


def _conda_name(found: Suggestion) -> str:
    if found.placement and found.placement.conda_names:
        return found.placement.conda_names.partition("=")[2]
    return found.entry.query.conda.name if found.entry and found.entry.query.conda else ""


def bringing(effect: Effect) -> str:
    """Return which requirement of the list brings the package already; ``""`` if none does, or if that is not known."""
    if not isinstance(effect.before, Resolved):
        return ""
    requires = {package.name: package.requires for package in effect.before.packages}
    return next((root for root in effect.roots if effect.name in _reached(root, requires)), "")


def _reached(root: str, requires: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names that a package brings, its own included."""
    found, left = {root}, [root]
    while left:
        new = set(requires.get(left.pop(), ())) - found
        found |= new
        left += new
    return found
