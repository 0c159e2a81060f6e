"""D: where the channels have moved on and the list has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.availability import newest_found
from onelist.analysis.providers import all_builds, find_provider, is_trusted
from onelist.analysis.queries import Role
from onelist.core import rules
from onelist.core.findings import Append, Edit, Remove
from onelist.core.model import CondaRequirement
from onelist.core.status import PIP, Absent, Cause, Found
from onelist.core.targets import in_words, python_releases
from onelist.sources.faults import SourceError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Requirement, Settings
    from onelist.core.status import Availability
    from onelist.core.targets import Target


def check(subject: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield what the list says that the channels contradict."""
    settings = subject.project.settings
    for entry in availability.requirements:
        if entry.query.conda and entry.requirement.key == "pip_requirements":
            yield from _pip_only(subject, availability, entry)
        elif isinstance(entry.requirement, CondaRequirement):
            yield from _conda_only(settings, availability, entry)
        elif entry.query.conda and entry.query.conda.role is Role.DIRECT:
            yield from _listed(settings, availability, entry)


def _pip_only(subject: CheckInput, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that a conda channel has what is listed for pip alone."""
    settings = subject.project.settings
    if entry.query.conda is None or entry.query.conda.role is not Role.NOT_INCLUDED or not availability.channels:
        return
    item = entry.requirement
    if claim := find_provider(availability, entry):
        yield rules.ON_CONDA_TOO.for_requirement(
            settings.source.file,
            item,
            f"{item.name} is listed for pip alone, but {claim.channel} has it as {claim.name}"
            f"{_since(availability, claim.channel, claim.name)}. Whoever installs with conda or mamba does not get it.",
            hint=f"{_move(settings, entry)} Also write {item.name}={claim.name} in conda_names.",
            edit=_moved(item, Append(key="conda_names", text=f"{item.name}={claim.name}")),
        )
        return
    channel = max(availability.channels, key=lambda name: len(_targets(entry, name)))
    if _targets(entry, channel) and is_trusted(availability, channel, entry.query.conda):
        yield _on_conda(subject, availability, entry, channel)


def _on_conda(subject: CheckInput, availability: ListAvailability, entry: ListedRequirement, channel: str) -> Finding:
    """Say that a channel has what is listed for pip alone, for whom, and what to edit."""
    item, settings = entry.requirement, subject.project.settings
    name = entry.query.conda.name if entry.query.conda else item.name
    answers = [answer for answer in entry.answers_of(channel) if not _has_no_python(answer)]
    targets = _targets(entry, channel)
    living = {release.version for release in python_releases() if subject.today <= release.end_of_life}
    served = {target.platform for target in targets if target.python in living}
    whole = served >= {answer.target.platform for answer in answers}
    version = newest_found([answer.status for answer in answers], pip=False)
    hint = _move(settings, entry)
    edit: Edit | None = _moved(item)
    if not whole:
        edit = None
        hint = (
            "Once it is there for every platform, move it to requirements; until then conda could not install the list "
            "on the others."
        )
    elif first := _hiding(availability, entry, channel):
        edit = None
        hint = f"Put {channel} before {first} in conda_channels, since mamba would look no further than {first}. {hint}"
    where = in_words(targets, [answer.target for answer in answers])
    return (rules.ON_CONDA_TOO if whole else rules.ON_CONDA_IN_PART).for_requirement(
        settings.source.file,
        item,
        f"{item.name} is listed for pip alone, but {channel} has it{'' if name == item.name else f' as {name}'}"
        f"{_since(availability, channel, name)}; its newest version there is {version}, {where}. Whoever installs with "
        "conda or mamba does not get it.",
        hint=hint,
        edit=edit,
    )


def _moved(item: Requirement | CondaRequirement, *more: Append) -> Edit:
    """Return the edit that gives what is listed for pip alone to conda as well."""
    return Edit(changes=(Remove(span=item.span), Append(key="requirements", text=item.text), *more))


def _targets(entry: ListedRequirement, channel: str) -> list[Target]:
    """Return for which targets a channel has something."""
    return [answer.target for answer in entry.answers_of(channel) if isinstance(answer.status, Found)]


def _hiding(availability: ListAvailability, entry: ListedRequirement, channel: str) -> str | None:
    """Return an earlier channel that has the name too, so that the later one is not looked at; None when none has."""
    priority_results = availability.priority_results(entry)
    return next((result.channel for result in priority_results if result.channel not in {None, channel}), None)


def _conda_only(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that the index has what is listed for conda alone, if what conda has is a Python package."""
    item = entry.requirement
    if entry.query.pip is None or entry.query.conda is None:
        return
    found = [answer.status for answer in entry.answers_of(PIP)]
    version = newest_found(found, pip=True)
    python_package = any(is_trusted(availability, channel, entry.query.conda) for channel in availability.channels)
    if version and python_package:
        name = "" if entry.query.pip.name == item.name else f" as {entry.query.pip.name}"
        yield rules.ON_INDEX_TOO.for_requirement(
            settings.source.file,
            item,
            f"{item.name} is listed for conda alone, but the package index has it{name} ({version}). Whoever installs "
            "with pip does not get it.",
            hint=f"If that is the same, delete it from conda_requirements and write {entry.query.pip.name} in "
            f"requirements{_line(settings, 'requirements')}.",
        )


def _listed(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield that the conda name of a requirement leads nowhere, or perhaps to something else."""
    item, looked_for = entry.requirement, entry.query.conda.name if entry.query.conda else ""
    if claim := find_provider(availability, entry):
        yield rules.NAME_CONTRADICTED.for_requirement(
            settings.source.file,
            item,
            f"conda cannot install {item.name}: no channel has {looked_for}, under which it is looked for, but "
            f"{claim.channel} has it as {claim.name}.",
            hint=f"Write {item.name}={claim.name} in conda_names{_line(settings, 'conda_names')}.",
        )
    channel = next((result.channel for result in availability.priority_results(entry) if result.channel), None)
    if (
        entry.query.conda
        and channel
        and _is_known(availability, channel)
        and not is_trusted(availability, channel, entry.query.conda)
    ):
        yield rules.PERHAPS_SOMETHING_ELSE.for_requirement(
            settings.source.file,
            item,
            f"{looked_for} of {channel} does not depend on Python, so it may be another thing than {item.name} of the "
            "package index.",
            hint=f"If it is the same, write {item.name}={looked_for} in conda_names{_line(settings, 'conda_names')}, "
            "and this is not said again.",
        )


def _is_known(availability: ListAvailability, channel: str) -> bool:
    return not any(
        isinstance(subdirs, SourceError) for subdirs in availability.lookup.facts.channels[channel].subdirs.values()
    )


def _move(settings: Settings, entry: ListedRequirement) -> str:
    """Return the edit that gives a requirement to conda users as well."""
    item = entry.requirement
    return (
        f"Move {item.text} from pip_requirements (line {item.span.line}) to requirements"
        f"{_line(settings, 'requirements')}."
    )


def _line(settings: Settings, key: str) -> str:
    span = settings.spans.get(key)
    return f" (line {span.line})" if span else " (a line of its own)"


def _since(availability: ListAvailability, channel: str, name: str) -> str:
    days: list[datetime.date] = [build.first for build in all_builds(availability, channel, name) if build.first]
    return f" since {min(days)}" if days else ""


def _has_no_python(answer: Availability) -> bool:
    return isinstance(answer.status, Absent) and answer.status.cause is Cause.NO_TARGET
