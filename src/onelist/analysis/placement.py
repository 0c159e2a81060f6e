"""Where a package belongs that a list does not have: in which key of settings.ini, and by which name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.providers import find_provider
from onelist.analysis.queries import Role
from onelist.core.errors import UsageError
from onelist.core.findings import Append, Edit, RequirementId, Span
from onelist.core.installers import CONDA, INSTALLERS, PIP
from onelist.core.model import Requirement
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.settings.editing import edits
from onelist.settings.project import project_of
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.requirements import Requirement as Pep508

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.core.model import CondaRequirement, Project
    from onelist.core.status import Status

PLACES = {"requirements": INSTALLERS, "pip_requirements": (PIP,), "conda_requirements": (CONDA,)}
"""The keys in which a package can be placed, with the installers that then install it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a package belongs.

    Attributes:
        key: The key of settings.ini.
        text: What to write there.
        conda_names: What to write into ``conda_names``, such as ``torch=pytorch``; ``""`` for nothing.
    """

    key: str
    text: str
    conda_names: str = ""

    @property
    def edit(self) -> Edit:
        """The change of settings.ini."""
        changes = [Append(key=self.key, text=self.text)]
        if self.conda_names:
            changes.append(Append(key="conda_names", text=self.conda_names))
        return Edit(changes=tuple(changes))


def find_placement(entry: ListedRequirement, availability: ListAvailability) -> Placement | None:
    """Return where a package belongs, from what the index and the channels have of it.

    Args:
        entry: The package as an item of ``requirements``, which the list does not have.
        availability: The answers.

    Returns:
        The place; None where the package should not be listed, and where a server gave no usable answer.
    """
    item, conda_query = entry.requirement, entry.query.conda
    pip = [answer.status for answer in entry.answers_of(PIP)]
    conda = [result.status for result in availability.priority_results(entry)]
    if any(isinstance(status, Unknown) for status in (*pip, *conda)) or is_refused(entry):
        return None
    by_pip, by_conda = (any(isinstance(status, Found) for status in side) for side in (pip, conda))
    is_translated = conda_query is not None and conda_query.role is not Role.NOT_INCLUDED
    provider = find_provider(availability, entry)
    if by_pip and not availability.channels:  # a list for pip alone
        return Placement(key="requirements", text=item.text)
    if by_pip and is_translated and (provider or by_conda):
        name = f"{item.written_name}={provider.name}" if provider else ""
        return Placement(key="requirements", text=item.text, conda_names=name)
    if by_pip:
        return Placement(key="pip_requirements", text=item.text)
    if by_conda and conda_query:
        return Placement(key="conda_requirements", text=conda_query.name)
    return None


def is_refused(entry: ListedRequirement) -> bool:
    """Tell whether a project should not be listed, although its name exists: the index has locked it, or it refuses."""
    pip = [answer.status for answer in entry.answers_of(PIP)]
    causes = {status.cause for status in pip if isinstance(status, Absent)}
    refuses = Cause.REFUSES in causes and refusal(entry.requirement.name) is not None
    return Cause.QUARANTINED in causes or refuses


def is_found_everywhere(statuses: Sequence[Status]) -> bool:
    """Tell whether an installer finds a package on every platform and Python of a list."""
    return all(isinstance(status, Found) for status in statuses)


def with_placement(project: Project, placement: Placement) -> Project:
    """Return a project as it would be with a package more.

    Args:
        project: The project.
        placement: The package, and where it belongs.

    Returns:
        The project with the new content of settings.ini in ``raw``; nothing is written.

    Raises:
        SettingsError: The settings would have a mistake.
        UsageError: A program cannot make the edit.
    """
    source, made = edits.apply(project.settings.source, [placement.edit])
    if not made:
        raise UsageError(
            f"{placement.key} in {source.file} is made of the values of other keys.",
            f"Write {placement.text} there by hand.",
        )
    return project_of(Path(source.file), edits.encoded(source, project.raw))


def as_if_listed(project: Project, wanted: Pep508, similar: Sequence[Requirement | CondaRequirement] = ()) -> Project:
    """Return a project with a requirement at the end of ``requirements``, in place of similar ones there."""
    settings = project.settings
    listed = settings.requirements
    last = RequirementId(key="requirements", number=1 + max((one.id.number for one in listed), default=0))
    nowhere = Span(line=len(settings.source.lines) + 1, column=1)
    item = Requirement(id=last, text=str(wanted), span=nowhere, pep508=wanted)
    replaced = {other.id for other in similar}
    settings = replace(
        settings,
        requirements=(*(one for one in listed if one.id not in replaced), item),
        pip_requirements=tuple(one for one in settings.pip_requirements if one.id not in replaced),
    )
    return replace(project, settings=settings)
