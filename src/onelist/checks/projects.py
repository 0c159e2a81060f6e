"""A, H: projects of the package index that are locked, that no one maintains, or that refuse to be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.queries import Role
from onelist.checks.names import edit_to
from onelist.core import rules
from onelist.core.installers import PIP
from onelist.core.model import Requirement
from onelist.core.status import Absent, Cause, Found
from onelist.core.targets import in_words, listed
from onelist.sources.pypi.project_status import StatusMarker
from onelist.sources.pypi.simple import ProjectFiles
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.sources.pypi.indexes import IndexData
    from onelist.sources.pypi.project_status import ProjectStatus


def check(given: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield the findings about the projects of the list on the package indexes."""
    file = given.project.settings.source.file
    indexes = availability.lookup.facts.indexes
    for entry in availability.requirements:
        if entry.query.pip is None or entry.query.pip.role is not Role.DIRECT or not entry.answers_of(PIP):
            continue
        for index in indexes:
            project = index.projects[entry.query.pip.name]
            if isinstance(project, ProjectFiles):
                label = f"The package index {index.label}" if len(indexes) > 1 else "The package index"
                yield from _status(file, entry, label, project.status)
        yield from _on_several(file, entry, indexes)
        yield from _refusal(file, entry, availability)


def _on_several(file: str, entry: ListedRequirement, indexes: Sequence[IndexData]) -> Iterator[Finding]:
    """Yield that pip may take a project from several indexes; an index with copies of another one's files is none."""
    name = entry.query.pip.name if entry.query.pip else ""
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for number, index in enumerate(indexes):
        project = index.projects[name]
        if isinstance(project, ProjectFiles):
            place = _place(number, indexes)
            files = frozenset((one.filename, one.digest or place) for files in project.listed.values() for one in files)
            if not any(files <= others for others in found.values()):
                found = {other: others for other, others in found.items() if not others <= files} | {place: files}
    if len(found) > 1:
        yield rules.ON_SEVERAL_INDEXES.for_requirement(file, entry.requirement, indexes=listed(list(found)))


def _place(number: int, indexes: Sequence[IndexData]) -> str:
    """Return how an index is called; indexes of one server are told apart by their order."""
    label = indexes[number].label
    if sum(index.label == label for index in indexes) == 1:
        return label
    return f"{label} ({f'extra index {number}' if number else 'the main index'})"


def _status(file: str, entry: ListedRequirement, index: str, status: ProjectStatus) -> Iterator[Finding]:
    """Yield what the status of a project means (PEP 792)."""
    said = f" The reason that it gives: {status.reason}" if status.reason else ""
    match status.marker:
        case StatusMarker.QUARANTINED:
            answers = entry.answers_of(PIP)
            found = [answer.target for answer in answers if isinstance(answer.status, Found)]
            yield rules.QUARANTINED.for_requirement(
                file,
                entry.requirement,
                variant="installable" if found else "",
                index=index,
                where=in_words(found, [answer.target for answer in answers]) if found else None,
                said=said,
            )
        case StatusMarker.ARCHIVED | StatusMarker.DEPRECATED:
            yield rules.NOT_MAINTAINED.for_requirement(
                file,
                entry.requirement,
                variant="deprecated" if status.marker is StatusMarker.DEPRECATED else "",
                index=index,
                said=said,
            )
        case StatusMarker.ACTIVE:
            pass


def _refusal(file: str, entry: ListedRequirement, availability: ListAvailability) -> Iterator[Finding]:
    """Yield that the installation of a project always fails, and what to write instead."""
    item, answers = entry.requirement, entry.answers_of(PIP)
    found = [
        answer.target
        for answer in answers
        if isinstance(answer.status, Absent) and answer.status.cause is Cause.REFUSES
    ]
    known = refusal(item.name)
    if not found or known is None or not isinstance(item, Requirement):
        return
    others = {other.requirement.name for other in availability.requirements if _serves(other, entry)}
    is_listed = known.instead in others
    yield rules.REFUSES.for_requirement(
        file,
        item,
        variant=("listed" if is_listed else "") if known.instead else "no_replacement",
        edit=edit_to(item, known.instead, is_listed=is_listed) if known.instead else None,
        where=in_words(found, [answer.target for answer in answers], negative=True),
        instead=known.instead,
        note=known.note,
    )


def _serves(other: ListedRequirement, entry: ListedRequirement) -> bool:
    """Tell whether everyone who gets a requirement gets another one too."""
    return isinstance(other.requirement, Requirement) and other.requirement.key in {
        "requirements",
        entry.requirement.key,
    }
