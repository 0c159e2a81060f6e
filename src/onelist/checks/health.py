"""H: how the channels and indexes themselves are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.analysis.availability import is_newer
from onelist.analysis.providers import all_builds
from onelist.analysis.queries import Role
from onelist.core import rules
from onelist.core.status import Found
from onelist.core.targets import PLATFORMS, listed
from onelist.sources.conda.records import NOARCH, YEAR, SubdirState
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
_PIP_LOGIN = (
    "Give user and password where pip and uv look for them: in ~/.netrc, or in the address in pip's settings or "
    "UV_DEFAULT_INDEX."
)
_CONDA_LOGIN = (
    "Give the password or token where conda's newer tools look for it: in the file that RATTLER_AUTH_FILE names, or in "
    "~/.netrc."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Who was asked: the beginning of a sentence, where the settings name it, and how to log in there."""

    who: str
    span: Span | None
    login: str

    def failed(self, settings: Settings, fault: SourceError, about: str = "what it has") -> Finding:
        rule = rules.NO_SUCH_CHANNEL if fault.kind is SourceErrorKind.NOT_FOUND else rules.NOT_ASKED
        return rule.at(
            settings.source.file,
            f"{self.who} {fault.reason}, so {about} is not known.",
            span=self.span,
            hint=self._hint(fault),
        )

    def _hint(self, fault: SourceError) -> str:
        if fault.kind is SourceErrorKind.ACCESS_DENIED:
            return self.login
        if fault.kind is SourceErrorKind.NOT_FOUND and self.span:
            return f"{fault.kind.hint} {SourceErrorKind.EMPTY.hint}"
        return fault.kind.hint


def check(subject: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield the findings about the channels of the list and the index."""
    settings = subject.project.settings
    facts = availability.lookup.facts
    projects = {entry.query.pip.name for entry in availability.requirements if entry.query.pip}
    if projects:
        for index in facts.indexes:
            yield from _index(settings, index, projects)
    for position, channel in enumerate(availability.channels):
        found = facts.channels[channel]
        source = _Source(who=channel, span=settings.spans.get("conda_channels"), login=_CONDA_LOGIN)
        if found.error:
            yield source.failed(settings, found.error)
            continue
        yield from _platforms(settings, source, found)
        yield from _age(subject, availability, position)
        yield from _idle(settings, availability, position)


def _index(settings: Settings, index: IndexData, projects: set[str]) -> Iterator[Finding]:
    source = _Source(who=f"The package index {index.label}", span=None, login=_PIP_LOGIN)
    if index.error:
        yield source.failed(settings, index.error)
        return
    failed = {name: offer for name in sorted(projects) if isinstance(offer := index.projects[name], SourceError)}
    yield from _in_groups(settings, source, failed, "what it has of")


def _platforms(settings: Settings, source: _Source, found: ChannelData) -> Iterator[Finding]:
    """Yield the platforms and names of which nothing is known, and the platforms that a channel lacks."""
    failed: dict[str, SourceError] = {}
    forgotten: dict[str, SourceError] = {}
    missing = []
    for subdir in (NOARCH, *settings.platforms):
        subdirs = found.subdirs[subdir]
        if isinstance(subdirs, SourceError):
            failed[_words(subdir)] = subdirs
        else:
            forgotten |= subdirs.errors
            if subdirs.state is SubdirState.MISSING:
                missing.append(_words(subdir))
    yield from _in_groups(settings, source, failed, "what it has for")
    yield from _in_groups(settings, source, forgotten, "what it has of")
    if missing:
        yield rules.NO_PLATFORM.at(
            settings.source.file,
            f"{source.who} has nothing of its own for {listed(missing)}; what it has for all platforms (noarch) counts "
            "there too.",
            span=source.span,
            hint="Nothing to do, as long as another channel has what is missing.",
        )


def _in_groups(settings: Settings, source: _Source, failed: Mapping[str, SourceError], about: str) -> Iterator[Finding]:
    """Yield one finding for all that failed in the same way."""
    groups: dict[str, dict[str, SourceError]] = {}
    for name, fault in failed.items():
        groups.setdefault(fault.reason, {})[name] = fault
    for faults in groups.values():
        yield source.failed(settings, next(iter(faults.values())), f"{about} {_some(faults)}")


def _age(subject: CheckInput, availability: ListAvailability, position: int) -> Iterator[Finding]:
    channel = availability.channels[position]
    freshness = availability.lookup.facts.channels[channel].freshness
    if freshness is None or freshness.newest is None or subject.today - freshness.newest <= YEAR:
        return
    looked = "all" if freshness.looked_at == freshness.total else f"{freshness.looked_at} of its {freshness.total}"
    message = f"The newest package of {channel} is of {freshness.newest} ({looked} packages were looked at)."
    hint = "Look whether it is still looked after."
    if later := availability.channels[position + 1 :]:
        line = " ".join(f"-c {name}" for name in availability.channels)
        message += (
            f" mamba install {line} takes what it has from there first, however old, and not from "
            f"{listed(list(later))}."
        )
        hint = f"Put {channel} last in conda_channels, or leave it out."
    settings = subject.project.settings
    yield rules.OLD_CHANNEL.at(settings.source.file, message, span=settings.spans.get("conda_channels"), hint=hint)


def _idle(settings: Settings, availability: ListAvailability, position: int) -> Iterator[Finding]:
    """Yield that all members of the list that a channel has are in the later ones as well, and no older there."""
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
        yield rules.IDLE_CHANNEL.at(
            settings.source.file,
            f"{channel} adds nothing to the list: every member that it has is in {listed(list(later))} as well, no "
            "older and for the same machines.",
            span=settings.spans.get("conda_channels"),
            hint="Leave it out of conda_channels, unless something that the members need comes from it.",
        )


def _has_own_package(availability: ListAvailability, channel: str) -> bool:
    """Tell whether a channel has the package of the list itself, which is reason enough for it."""
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
