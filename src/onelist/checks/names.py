"""S120, S207 and A001: names of modules and of conda packages in place of the names of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.requirements import Requirement as Pep508

from onelist.core import rules
from onelist.core.findings import Edit, Remove, Replace
from onelist.core.installers import PIP
from onelist.core.model import Requirement
from onelist.core.status import Absent, Cause
from onelist.translation.import_names import NameKind, meant_project
from onelist.translation.refused_projects import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Settings


class Correction(NamedTuple):
    """The right name for a requirement.

    Attributes:
        variant: How a rule words it: ``meant``, ``meant_listed``, ``python`` or ``python_namesake``.
        fields: The values of the fields of the message and the hint.
        edit: The change of settings.ini.
        has_namesake: Whether the package index has another project with the name, one that can be installed.
        is_namesake_other: Whether it is known that this project does not bring what people mean.
    """

    variant: str
    fields: Mapping[str, Any]
    edit: Edit
    has_namesake: bool
    is_namesake_other: bool = False


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield a finding for each name that is known as one of a module, of a conda package, or of a part of Python."""
    settings = given.project.settings
    for item in settings.pip_side():
        found = correction(settings, item)
        if found is None:
            continue
        is_note = found.has_namesake and not found.is_namesake_other and found.variant != "python_namesake"
        rule = rules.PERHAPS_ANOTHER if is_note else rules.NOT_A_PROJECT
        variant = {"meant": "", "meant_listed": "listed"}.get(found.variant, found.variant)
        if found.is_namesake_other:
            variant = f"namesake{variant and '_'}{variant}"
        edit = found.edit._replace(unsafe=found.has_namesake)
        yield rule.for_requirement(settings.source.file, item, variant=variant, edit=edit, **found.fields)


def is_misnamed(settings: Settings, entry: ListedRequirement) -> bool:
    """Tell whether no index has the name of a requirement, and the right name is known."""
    item = entry.requirement
    statuses = [answer.status for answer in entry.answers_of(PIP)]
    is_absent = bool(statuses) and all(isinstance(one, Absent) and one.cause is Cause.NO_NAME for one in statuses)
    return is_absent and isinstance(item, Requirement) and correction(settings, item) is not None


def correction(settings: Settings, item: Requirement) -> Correction | None:
    """Return the right name for a requirement; None where its name is not known as another one."""
    known = meant_project(item.written_name)
    if item.pep508.url:
        return None
    if known is None:
        return _of_refused(settings, item)
    if known.kind is NameKind.PYTHON:
        if known.has_namesake and item.pep508.marker:
            return None  # such as dataclasses; python_version < "3.7"
        variant = "python_namesake" if known.has_namesake else "python"
        return Correction(variant, {}, Edit(changes=(Remove(span=item.span),)), known.has_namesake)
    fields = {"kind": known.kind.value, "instead": known.project}
    refused = refusal(item.name)
    has_namesake = known.has_namesake and not (refused and refused.instead == known.project)
    is_listed = any(other.name == known.project and other.key == item.key for other in settings.pip_side())
    return Correction(
        "meant_listed" if is_listed else "meant",
        fields,
        edit_to(item, known.project, is_listed=is_listed),
        has_namesake,
        known.is_namesake_other,
    )


def _of_refused(settings: Settings, item: Requirement) -> Correction | None:
    """Return the project in place of one whose newest version always fails to be installed."""
    refused = refusal(item.name)
    if refused is None or refused.instead is None or item.pep508.specifier:
        return None
    is_listed = any(other.name == refused.instead and other.key == item.key for other in settings.pip_side())
    return Correction(
        "meant_listed" if is_listed else "meant",
        {"kind": "a project that pip can no longer install", "instead": refused.instead},
        edit_to(item, refused.instead, is_listed=is_listed),
        has_namesake=False,
    )


def edit_to(item: Requirement, instead: str, *, is_listed: bool) -> Edit:
    """Return the edit that writes another project; versions and extras of the wrong one mean nothing there.

    Args:
        item: The requirement.
        instead: The project.
        is_listed: Whether the project is listed already.
    """
    if is_listed:
        return Edit(changes=(Remove(span=item.span),))
    marker = f" ; {item.pep508.marker}" if item.pep508.marker else ""
    return Edit(changes=(Replace(span=item.span, text=str(Pep508(instead + marker))),))
