"""H: the state of the channels and indexes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.analysis.availability import is_newer
from onelist.analysis.providers import all_builds
from onelist.analysis.queries import Role
from onelist.core import rules
from onelist.core.status import Found
from onelist.core.targets import PLATFORMS, listed
from onelist.core.text import redact, shortened
from onelist.sources.conda.records import NOARCH, YEAR, Relation, SubdirState
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding, Span
    from onelist.core.model import Settings
    from onelist.core.status import Availability
    from onelist.sources.conda.records import ChannelData
    from onelist.sources.pypi.indexes import IndexData

_MOST_NAMED = 5
"""How many names a message spells out."""
_LONGEST_ADDRESS = 300
"""How many characters of an address from a channel a message has in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A channel or an index, as findings name it.

    Attributes:
        name: The beginning of a sentence.
        span: Where the settings name it; None for an index.
        login: The variant of H001 that says how to log in there.
    """

    name: str
    span: Span | None
    login: str

    def failed(self, settings: Settings, error: SourceError, about: str = "what it has") -> Finding:
        missing = error.kind is SourceErrorKind.NOT_FOUND
        return (rules.SOURCE_NOT_FOUND if missing else rules.SOURCE_UNAVAILABLE).at(
            settings.source.file,
            span=self.span,
            variant=self.login if error.kind is SourceErrorKind.ACCESS_DENIED else "",
            source=self.name,
            reason=error.reason,
            about=about,
            advice_of_source=f"{error.kind.hint} {SourceErrorKind.EMPTY.hint}"
            if missing and self.span
            else error.kind.hint,
        )


def check(given: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield the findings about the channels of the list and the index."""
    settings = given.project.settings
    facts = availability.lookup.facts
    projects = {entry.query.pip.name for entry in availability.requirements if entry.query.pip}
    if projects:
        for index in facts.indexes:
            yield from _index(settings, index, projects)
    for position, channel in enumerate(availability.channels):
        found = facts.channels[channel]
        source = _Source(name=channel, span=settings.spans.get("conda_channels"), login="channel_login")
        if found.error:
            yield source.failed(settings, found.error)
            continue
        yield from _platforms(settings, source, found)
        yield from _related(settings, availability, source, found)
        yield from _age(given, availability, position)
        yield from _unused(settings, availability, position)


def _index(settings: Settings, index: IndexData, projects: set[str]) -> Iterator[Finding]:
    source = _Source(name=f"The package index {index.label}", span=None, login="index_login")
    if index.error:
        yield source.failed(settings, index.error)
        return
    failed = {name: offer for name in sorted(projects) if isinstance(offer := index.projects[name], SourceError)}
    yield from _in_groups(settings, source, failed, "what it has of")


def _platforms(settings: Settings, source: _Source, found: ChannelData) -> Iterator[Finding]:
    """Yield the platforms and names about which nothing is known, and the platforms that a channel does not have."""
    failed: dict[str, SourceError] = {}
    failed_names: dict[str, SourceError] = {}
    missing = []
    for subdir in (NOARCH, *settings.platforms):
        subdirs = found.subdirs[subdir]
        if isinstance(subdirs, SourceError):
            failed[_words(subdir)] = subdirs
        else:
            failed_names |= subdirs.errors
            if subdirs.state is SubdirState.MISSING:
                missing.append(_words(subdir))
    yield from _in_groups(settings, source, failed, "what it has for")
    yield from _in_groups(settings, source, failed_names, "what it has of")
    if missing:
        yield rules.NO_PLATFORM.at(
            settings.source.file, span=source.span, channel=source.name, platforms=listed(missing)
        )


def _related(
    settings: Settings, availability: ListAvailability, source: _Source, found: ChannelData
) -> Iterator[Finding]:
    """Yield the channels that a channel declares as related, and that the list does not have."""
    channels = availability.lookup.facts.channels
    listed_addresses = {channels[name].address.rstrip("/") for name in availability.channels}
    for relation, other in found.relations.items():
        if other.address not in listed_addresses:
            yield rules.RELATED_CHANNEL.at(
                settings.source.file,
                span=source.span,
                variant="" if relation is Relation.BASE else "overrides",
                channel=source.name,
                other=redact(other.name) if len(other.name) <= _LONGEST_ADDRESS else shortened(other.name),
            )


def _in_groups(settings: Settings, source: _Source, failed: Mapping[str, SourceError], about: str) -> Iterator[Finding]:
    """Yield one finding for all that failed in the same way."""
    groups: dict[str, dict[str, SourceError]] = {}
    for name, error in failed.items():
        groups.setdefault(error.reason, {})[name] = error
    for errors in groups.values():
        yield source.failed(settings, next(iter(errors.values())), f"{about} {_some(errors)}")


def _age(given: CheckInput, availability: ListAvailability, position: int) -> Iterator[Finding]:
    channel = availability.channels[position]
    freshness = availability.lookup.facts.channels[channel].freshness
    if freshness is None or freshness.newest is None or given.today - freshness.newest <= YEAR:
        return
    part = f"{freshness.looked_at} of its {freshness.total}"
    later = availability.channels[position + 1 :]
    settings = given.project.settings
    yield rules.OLD_CHANNEL.at(
        settings.source.file,
        span=settings.spans.get("conda_channels"),
        variant="first" if later else "",
        channel=channel,
        day=freshness.newest,
        checked="all" if freshness.looked_at == freshness.total else part,
        line=" ".join(f"-c {name}" for name in availability.channels),
        later=listed(list(later)) if later else None,
    )


def _unused(settings: Settings, availability: ListAvailability, position: int) -> Iterator[Finding]:
    """Yield that later channels have all requirements that a channel has, in the same or a newer version."""
    channel, later = availability.channels[position], availability.channels[position + 1 :]
    if not later or channel == settings.conda_user or _has_unknown(availability, (channel, *later)):
        return
    useful = _has_own_package(availability, channel) or any(
        isinstance(answer.status, Found) and not _is_matched(entry, answer, later)
        for entry in availability.requirements
        if entry.query.conda and entry.query.conda.role is not Role.NOT_INCLUDED
        for answer in entry.answers_of(channel)
    )
    if not useful:
        yield rules.UNUSED_CHANNEL.at(
            settings.source.file,
            span=settings.spans.get("conda_channels"),
            channel=channel,
            later=listed(list(later)),
        )


def _has_own_package(availability: ListAvailability, channel: str) -> bool:
    """Tell whether a channel has the package of the list itself, so that it is needed."""
    return any(True for _ in all_builds(availability, channel, availability.own_name))


def _is_matched(entry: ListedRequirement, answer: Availability, channels: Sequence[str]) -> bool:
    """Tell whether any of several channels has the same or something newer for the same target."""
    others = (other for channel in channels for other in entry.answers_of(channel) if other.target == answer.target)
    return any(_equals(other, answer) for other in others)


def _equals(other: Availability, answer: Availability) -> bool:
    """Tell whether a later channel has the same or something newer."""
    found = isinstance(other.status, Found) and isinstance(answer.status, Found)
    return found and not is_newer(answer.status, other.status)


def _has_unknown(availability: ListAvailability, channels: Iterable[str]) -> bool:
    return any(
        isinstance(subdirs, SourceError)
        for channel in channels
        for subdirs in availability.lookup.facts.channels[channel].subdirs.values()
    )


def _some(names: Mapping[str, object]) -> str:
    shown = list(names)[:_MOST_NAMED]
    more = len(names) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


def _words(platform: str) -> str:
    if platform == NOARCH:
        return "all platforms (noarch)"
    return f"{PLATFORMS[platform].words} ({platform})"
