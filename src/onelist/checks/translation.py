"""C: what conda cannot carry, and what reaches pip alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core import rules
from onelist.core.findings import Edit, Remove
from onelist.translation import names
from onelist.translation.outcomes import CondaOnly, MarkerNeverTrue, Translated
from onelist.translation.plan import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.translation.plan import Plan


def check(subject: CheckInput) -> Iterator[Finding]:
    """Yield the findings about the way from PyPI's requirements to conda's."""
    settings = subject.project.settings
    yield from refusals(settings, subject.plan)
    carried = {outcome.conda.name: outcome for outcome in subject.plan.outcomes if isinstance(outcome, Translated)}
    for outcome in subject.plan.outcomes:
        match outcome:
            case CondaOnly(requirement=item) if item.name in carried and not item.clauses:
                by = carried[item.name].requirement
                yield rules.ALREADY_THERE.for_requirement(
                    settings.source.file,
                    item,
                    f"{item.name} need not be listed for conda: {by.name} in {by.key} (line {by.span.line}) brings it.",
                    hint=f"Delete {item.text} here.",
                    edit=Edit(changes=(Remove(span=item.span),)),
                )
            case MarkerNeverTrue(requirement=requirement):
                yield rules.NEVER_TRUE.for_requirement(
                    settings.source.file,
                    requirement,
                    f"The marker of {requirement.name} is true on no Python from {settings.python_floor} on and on no "
                    "operating system, so conda gets nothing of it.",
                    hint="Delete the requirement, if it was for older versions of Python or a system that nobody has.",
                )
            case Translated(requirement=requirement, conda=conda) if conda.missing:
                yield rules.NOT_ON_CONDA_FORGE.for_requirement(
                    settings.source.file,
                    requirement,
                    f"conda-forge had no {requirement.name} in {names.table_date()}, when the table of names was made.",
                    hint=f"If your channels do not have it either, move {requirement.name} to pip_requirements.",
                )
            case _:
                pass
    yield from _pip_alone(settings, subject.plan)


def _pip_alone(settings: Settings, plan: Plan) -> Iterator[Finding]:
    file = settings.source.file
    for requirement in plan.pip_only:
        yield rules.PIP_ONLY.for_requirement(
            file,
            requirement,
            f"{requirement.name} reaches pip alone: whoever installs with conda or mamba does not get it.",
            hint="Move it to requirements if a conda channel has it by now.",
        )
    for extra, group in settings.extras.items():
        yield rules.PIP_EXTRA.at(
            file,
            f"{group[0].key} becomes the extra {settings.name}[{extra}] for pip; conda has no extras.",
            span=settings.spans[group[0].key],
            hint=None,
        )
