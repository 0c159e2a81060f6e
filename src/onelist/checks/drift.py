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
    from onelist.analysis.queries import Query
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Requirement, Settings
    from onelist.core.status import Availability
    from onelist.core.targets import Target


def check(subject: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield what the list says that the channels contradict."""
    settings = subject.project.settings
    for question in availability.asked:
        if question.conda and question.requirement.key == "pip_requirements":
            yield from _pip_only(subject, availability, question)
        elif isinstance(question.requirement, CondaRequirement):
            yield from _conda_only(settings, availability, question)
        elif question.conda and question.conda.role is Role.DIRECT:
            yield from _listed(settings, availability, question)


def _pip_only(subject: CheckInput, availability: ListAvailability, question: Query) -> Iterator[Finding]:
    """Yield that a conda channel has what is listed for pip alone."""
    settings = subject.project.settings
    if question.conda is None or question.conda.role is not Role.NOT_INCLUDED or not availability.channels:
        return
    item = question.requirement
    if claim := find_provider(availability, question):
        yield rules.ON_CONDA_TOO.at(
            settings.source.file,
            f"{item.name} is listed for pip alone, but {claim.channel} has it as {claim.name}"
            f"{_since(availability, claim.channel, claim.name)}. Whoever installs with conda or mamba does not get it.",
            span=item.span,
            hint=f"{_move(settings, question)} Also write {item.name}={claim.name} in conda_names.",
            requirement=item.text,
            edit=_moved(item, Append(key="conda_names", text=f"{item.name}={claim.name}")),
        )
        return
    channel = max(availability.channels, key=lambda name: len(_targets(availability, question, name)))
    if _targets(availability, question, channel) and is_trusted(availability, channel, question.conda):
        yield _on_conda(subject, availability, question, channel)


def _on_conda(subject: CheckInput, availability: ListAvailability, question: Query, channel: str) -> Finding:
    """Say that a channel has what is listed for pip alone, for whom, and what to edit."""
    item, settings = question.requirement, subject.project.settings
    name = question.conda.name if question.conda else item.name
    answers = [answer for answer in availability.of(question, channel) if not _has_no_python(answer)]
    targets = _targets(availability, question, channel)
    living = {release.version for release in python_releases() if subject.today <= release.end_of_life}
    served = {target.platform for target in targets if target.python in living}
    whole = served >= {answer.target.platform for answer in answers}
    version = newest_found([answer.status for answer in answers], pip=False)
    hint = _move(settings, question)
    edit: Edit | None = _moved(item)
    if not whole:
        edit = None
        hint = (
            "Once it is there for every platform, move it to requirements; until then conda could not install the list "
            "on the others."
        )
    elif first := _hiding(availability, question, channel):
        edit = None
        hint = f"Put {channel} before {first} in conda_channels, since mamba would look no further than {first}. {hint}"
    where = in_words(targets, [answer.target for answer in answers])
    return (rules.ON_CONDA_TOO if whole else rules.ON_CONDA_IN_PART).at(
        settings.source.file,
        f"{item.name} is listed for pip alone, but {channel} has it{'' if name == item.name else f' as {name}'}"
        f"{_since(availability, channel, name)}; its newest version there is {version}, {where}. Whoever installs with "
        "conda or mamba does not get it.",
        span=item.span,
        hint=hint,
        requirement=item.text,
        edit=edit,
    )


def _moved(item: Requirement | CondaRequirement, *more: Append) -> Edit:
    """Return the edit that gives what is listed for pip alone to conda as well."""
    return Edit(changes=(Remove(span=item.span), Append(key="requirements", text=item.text), *more))


def _targets(availability: ListAvailability, question: Query, channel: str) -> list[Target]:
    """Return for which targets a channel has something."""
    return [answer.target for answer in availability.of(question, channel) if isinstance(answer.status, Found)]


def _hiding(availability: ListAvailability, question: Query, channel: str) -> str | None:
    """Return an earlier channel that has the name too, so that the later one is not looked at; None when none has."""
    priority_results = availability.priority_results(question)
    return next((result.channel for result in priority_results if result.channel not in {None, channel}), None)


def _conda_only(settings: Settings, availability: ListAvailability, question: Query) -> Iterator[Finding]:
    """Yield that the index has what is listed for conda alone, if what conda has is a Python package."""
    item = question.requirement
    if question.pip is None or question.conda is None:
        return
    found = [answer.status for answer in availability.of(question, PIP)]
    version = newest_found(found, pip=True)
    python_package = any(is_trusted(availability, channel, question.conda) for channel in availability.channels)
    if version and python_package:
        name = "" if question.pip.name == item.name else f" as {question.pip.name}"
        yield rules.ON_INDEX_TOO.at(
            settings.source.file,
            f"{item.name} is listed for conda alone, but the package index has it{name} ({version}). Whoever installs "
            "with pip does not get it.",
            span=item.span,
            hint=f"If that is the same, delete it from conda_requirements and write {question.pip.name} in "
            f"requirements{_line(settings, 'requirements')}.",
            requirement=item.text,
        )


def _listed(settings: Settings, availability: ListAvailability, question: Query) -> Iterator[Finding]:
    """Yield that the conda name of a requirement leads nowhere, or perhaps to something else."""
    item, looked_for = question.requirement, question.conda.name if question.conda else ""
    if claim := find_provider(availability, question):
        yield rules.NAME_CONTRADICTED.at(
            settings.source.file,
            f"conda cannot install {item.name}: no channel has {looked_for}, under which it is looked for, but "
            f"{claim.channel} has it as {claim.name}.",
            span=item.span,
            hint=f"Write {item.name}={claim.name} in conda_names{_line(settings, 'conda_names')}.",
            requirement=item.text,
        )
    channel = next((result.channel for result in availability.priority_results(question) if result.channel), None)
    if (
        question.conda
        and channel
        and _is_known(availability, channel)
        and not is_trusted(availability, channel, question.conda)
    ):
        yield rules.PERHAPS_SOMETHING_ELSE.at(
            settings.source.file,
            f"{looked_for} of {channel} does not depend on Python, so it may be another thing than {item.name} of the "
            "package index.",
            span=item.span,
            hint=f"If it is the same, write {item.name}={looked_for} in conda_names{_line(settings, 'conda_names')}, "
            "and this is not said again.",
            requirement=item.text,
        )


def _is_known(availability: ListAvailability, channel: str) -> bool:
    return not any(
        isinstance(subdirs, SourceError)
        for subdirs in availability.availability.facts.channels[channel].subdirs.values()
    )


def _move(settings: Settings, question: Query) -> str:
    """Return the edit that gives a requirement to conda users as well."""
    item = question.requirement
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
