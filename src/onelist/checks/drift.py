"""D: where the channels have changed and the list has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.availability import newest_found
from onelist.analysis.providers import all_builds, find_provider, is_trusted
from onelist.analysis.queries import Role
from onelist.checks import extras
from onelist.core import rules
from onelist.core.findings import Append, Edit, Remove
from onelist.core.installers import PIP
from onelist.core.model import CondaRequirement, Requirement
from onelist.core.status import Absent, Cause, Found
from onelist.core.targets import in_words, listed, python_releases
from onelist.core.text import shortened
from onelist.sources.conda.records import NOARCH, SubdirData
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.translation.outcomes import Untranslatable

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.core.status import Availability, Status
    from onelist.core.targets import Target

_NO_CHANNEL_YET = frozenset({SourceErrorKind.NOT_FOUND, SourceErrorKind.NO_NOARCH, SourceErrorKind.EMPTY})
"""What a server says of a channel on which nothing has been published."""
_MOST_BROUGHT = 8
"""How many packages of an extra a message names."""


def check(given: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield the findings about a list that does not match the channels."""
    settings = given.project.settings
    for entry in availability.requirements:
        if isinstance(entry.translation, Untranslatable) and entry.translation.finding is rules.NO_EXTRAS:
            of_channel = tuple(_extra(settings, availability, entry))
            yield from of_channel or extras.check(settings, availability, entry)
        elif entry.query.conda and entry.requirement.key == "pip_requirements":
            yield from _pip_only(given, availability, entry)
        elif isinstance(entry.requirement, CondaRequirement):
            yield from _conda_only(settings, availability, entry)
        elif entry.query.conda and entry.query.conda.role is Role.DIRECT:
            yield from _listed(settings, availability, entry)
    yield from _other_spelling(settings, availability)


def _other_spelling(settings: Settings, availability: ListAvailability) -> Iterator[Finding]:
    """Yield a finding for each channel that has the list itself under another spelling of its name."""
    others = [name for name in settings.other_conda_names if name != availability.own_name]
    for channel in availability.channels:
        for other in others:
            if any(True for _ in all_builds(availability, channel, other)):
                yield _spelt(settings, availability, channel, other)
    own = settings.conda_user
    if own in availability.lookup.facts.own_channels and own not in availability.channels:
        found = availability.lookup.facts.own_channels[own].subdirs[NOARCH]
        for other in others:
            error = found if isinstance(found, SourceError) else found.errors.get(other)
            if error and error.kind not in _NO_CHANNEL_YET:
                yield rules.SPELLING_UNKNOWN.at(
                    settings.source.file,
                    span=settings.spans["conda_user"],
                    channel=own,
                    other=other,
                    reason=error.reason,
                    own=availability.own_name,
                    lib_name=settings.lib_name,
                )
            elif isinstance(found, SubdirData) and other in found.records:
                yield _spelt(settings, availability, own, other)


def _spelt(settings: Settings, availability: ListAvailability, channel: str, other: str) -> Finding:
    return rules.OTHER_SPELLING.at(
        settings.source.file,
        span=settings.spans["lib_name"],
        channel=channel,
        other=other,
        own=availability.own_name,
        lib_name=settings.lib_name,
    )


def _extra(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that a channel says what an extra brings for which no conda package is known."""
    item, conda = entry.requirement, entry.query.conda
    if not isinstance(item, Requirement) or conda is None:
        return
    wanted = {str(canonicalize_name(extra)) for extra in item.pep508.extras}
    for channel in availability.channels:
        for build in all_builds(availability, channel, conda.name):
            brought = {str(canonicalize_name(name)): specs for name, specs in build.extras}
            if wanted <= brought.keys():
                specs = sorted({spec for extra in wanted for spec in brought[extra]})
                yield rules.CHANNEL_HAS_EXTRA.for_requirement(
                    settings.source.file,
                    item,
                    asked=f"{item.written_name}[{','.join(sorted(wanted))}]",
                    conda_name=conda.name,
                    channel=channel,
                    brings=listed([shortened(spec) for spec in specs[:_MOST_BROUGHT]]) if specs else "nothing",
                )
                return


def _pip_only(given: CheckInput, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that a conda channel has a requirement that is listed for pip only."""
    settings = given.project.settings
    if entry.query.conda is None or entry.query.conda.role is not Role.NOT_INCLUDED or not availability.channels:
        return
    item = entry.requirement
    if provider := find_provider(availability, entry):
        yield rules.ON_CONDA_TOO.for_requirement(
            settings.source.file,
            item,
            variant="other_name",
            edit=_moved(item, Append(key="conda_names", text=f"{item.written_name}={provider.name}")),
            channel=provider.channel,
            conda_name=provider.name,
            since=_since(availability, provider.channel, provider.name),
            line=item.span.line,
            destination=_destination(settings, "requirements"),
        )
        return
    channel = max(availability.channels, key=lambda name: len(_targets(entry, name)))
    if _targets(entry, channel) and is_trusted(availability, channel, entry.query.conda):
        yield _on_conda(given, availability, entry, channel)


def _on_conda(given: CheckInput, availability: ListAvailability, entry: ListedRequirement, channel: str) -> Finding:
    """Return the finding that a channel has a requirement that is listed for pip only."""
    item, settings = entry.requirement, given.project.settings
    name = entry.query.conda.name if entry.query.conda else item.name
    answers = [answer for answer in entry.answers_of(channel) if not _has_no_python(answer)]
    targets = _targets(entry, channel)
    supported = {release.version for release in python_releases() if given.today <= release.end_of_life}
    platforms = {target.platform for target in targets if target.python in supported}
    on_all = platforms >= {answer.target.platform for answer in answers}
    first = _hiding(availability, entry, channel)
    return (rules.ON_CONDA_TOO if on_all else rules.ON_CONDA_IN_PART).for_requirement(
        settings.source.file,
        item,
        variant="hidden" if on_all and first else "",
        edit=_moved(item) if on_all and not first else None,
        channel=channel,
        conda_name=name,
        since=_since(availability, channel, name),
        version=_versions([answer.status for answer in answers]),
        where=in_words(targets, [answer.target for answer in answers]),
        first=first,
        line=item.span.line,
        destination=_destination(settings, "requirements"),
    )


def _versions(statuses: Sequence[Status]) -> str:
    """Return the version that a channel has; platforms and Pythons may have different ones."""
    found = {status.version for status in statuses if isinstance(status, Found)}
    newest = newest_found(statuses, pip=False)
    return f"version {newest}" if len(found) == 1 else f"versions up to {newest}"


def _moved(item: Requirement | CondaRequirement, *more: Append) -> Edit:
    """Return the edit that moves a requirement for pip only to the list for pip and conda."""
    return Edit(changes=(Remove(span=item.span), Append(key="requirements", text=item.text), *more))


def _targets(entry: ListedRequirement, channel: str) -> list[Target]:
    """Return for which targets a channel has something."""
    return [answer.target for answer in entry.answers_of(channel) if isinstance(answer.status, Found)]


def _hiding(availability: ListAvailability, entry: ListedRequirement, channel: str) -> str | None:
    """Return an earlier channel that has the name, too, and so hides the later one; None when there is none."""
    priority_results = availability.priority_results(entry)
    first = (result.strict_channel for result in priority_results)
    return next((name for name in first if name not in {None, channel}), None)


def _conda_only(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that the index has a requirement that is listed for conda only, if it is a Python package on conda."""
    item = entry.requirement
    if entry.query.pip is None or entry.query.conda is None:
        return
    found = [answer.status for answer in entry.answers_of(PIP)]
    version = newest_found(found, pip=True)
    python_package = any(is_trusted(availability, channel, entry.query.conda) for channel in availability.channels)
    if version and python_package:
        yield rules.ON_INDEX_TOO.for_requirement(
            settings.source.file,
            item,
            project=entry.query.pip.name,
            version=version,
            destination=_destination(settings, "requirements"),
        )


def _listed(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that no channel has the conda name of a requirement, or that it may be another package."""
    item, looked_for = entry.requirement, entry.query.conda.name if entry.query.conda else ""
    if provider := find_provider(availability, entry):
        yield rules.OTHER_CONDA_NAME.for_requirement(
            settings.source.file,
            item,
            looked_for=looked_for,
            channel=provider.channel,
            conda_name=provider.name,
            destination=_destination(settings, "conda_names"),
        )
    channel = next((result.channel for result in availability.priority_results(entry) if result.channel), None)
    if (
        entry.query.conda
        and channel
        and _is_known(availability, channel)
        and not is_trusted(availability, channel, entry.query.conda)
        and not _is_unknown_to_pip(entry)
    ):
        yield rules.MAYBE_ANOTHER_PACKAGE.for_requirement(
            settings.source.file,
            item,
            conda_name=looked_for,
            channel=channel,
            destination=_destination(settings, "conda_names"),
        )


def _is_unknown_to_pip(entry: ListedRequirement) -> bool:
    """Tell whether no index has a project of this name: then there is no other package for which it may be taken."""
    statuses = [answer.status for answer in entry.answers_of(PIP)]
    return bool(statuses) and all(isinstance(one, Absent) and one.cause is Cause.NO_NAME for one in statuses)


def _is_known(availability: ListAvailability, channel: str) -> bool:
    return not any(
        isinstance(subdirs, SourceError) for subdirs in availability.lookup.facts.channels[channel].subdirs.values()
    )


def _destination(settings: Settings, key: str) -> str:
    """Return a key with its line, for messages."""
    span = settings.spans.get(key)
    return f"{key} (line {span.line})" if span else f"{key} (a new line)"


def _since(availability: ListAvailability, channel: str, name: str) -> str:
    days: list[datetime.date] = [build.first for build in all_builds(availability, channel, name) if build.first]
    return f" since {min(days)}" if days else ""


def _has_no_python(answer: Availability) -> bool:
    return isinstance(answer.status, Absent) and answer.status.cause is Cause.NO_TARGET
