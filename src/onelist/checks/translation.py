"""C: what conda cannot take from the list, and what only pip gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core import rules
from onelist.core.baselines import conda_forge_instead
from onelist.core.findings import Edit, Remove
from onelist.core.targets import python_range_words
from onelist.translation import names
from onelist.translation.outcomes import CondaOnly, MarkerNeverTrue, Translated
from onelist.translation.plan import refusals
from onelist.translation.specifiers import order_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Settings
    from onelist.translation.plan import Plan


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield the findings about the translation of the requirements for conda."""
    settings = given.project.settings
    yield from refusals(settings, given.plan)
    pythons = python_range_words(settings.min_python)
    translated = {outcome.conda.name: outcome for outcome in given.plan.outcomes if isinstance(outcome, Translated)}
    for outcome in given.plan.outcomes:
        match outcome:
            case CondaOnly(requirement=item) if item.name in translated and not item.clauses:
                by = translated[item.name].requirement
                yield rules.SUPERFLUOUS_CONDA_REQUIREMENT.for_requirement(
                    settings.source.file,
                    item,
                    edit=Edit(changes=(Remove(span=item.span),)),
                    by=by.written_name,
                    key=by.key,
                    line=by.span.line,
                )
            case MarkerNeverTrue(requirement=requirement):
                yield rules.NEVER_TRUE.for_requirement(settings.source.file, requirement, pythons=pythons)
            case Translated(requirement=requirement, conda=conda) if conda.missing:
                yield rules.NOT_ON_CONDA_FORGE.for_requirement(
                    settings.source.file, requirement, month=names.table_date()
                )
            case _:
                pass
    yield from _other_order(settings, given.plan)
    yield from _not_carried(settings, given.plan)
    yield from _other_in_recipes(settings, given.plan)
    if settings.has_conda:
        yield from _pip_only(settings, given.plan)


def _other_order(settings: Settings, plan: Plan) -> Iterator[Finding]:
    """Yield a finding for each version bound that is not the same set of versions for pip and for conda."""
    for outcome in plan.outcomes:
        if isinstance(outcome, Translated):
            item = outcome.requirement
            for difference in order_differences(item.pep508.specifier):
                takes, lacks = ("conda", "pip") if difference.only_conda else ("pip", "conda")
                yield rules.OTHER_ORDER.for_requirement(
                    settings.source.file,
                    item,
                    clause=difference.clause,
                    version=difference.version,
                    takes=takes,
                    lacks=lacks,
                )


def _not_carried(settings: Settings, plan: Plan) -> Iterator[Finding]:
    for item in plan.not_carried:
        variant = "shared" if item.other else "own" if item.conda.origin is names.Origin.USER else ""
        if not item.other and names.is_only_namesake(item.requirement.name, item.conda.name):
            variant = "namesake"
        other = item.other.written_name if item.other else None
        yield rules.NOT_CARRIED.for_requirement(
            settings.source.file, item.requirement, variant=variant, conda=item.conda.name, other=other
        )


def _other_in_recipes(settings: Settings, plan: Plan) -> Iterator[Finding]:
    """Yield a finding for each conda package that conda-forge's linter wants replaced."""
    instead = conda_forge_instead()
    for outcome in plan.outcomes:
        match outcome:
            case Translated(requirement=item, conda=conda) if conda.name in instead:
                other = instead[conda.name]
                key = names.name_key(item.name, frozenset(item.pep508.extras))
                yield rules.OTHER_IN_RECIPES.for_requirement(
                    settings.source.file, item, conda=conda.name, instead=other, key=key
                )
            case CondaOnly(requirement=item, alone=True) if item.name in instead:
                other = instead[item.name]
                yield rules.OTHER_IN_RECIPES.for_requirement(
                    settings.source.file, item, variant="listed", conda=item.name, instead=other
                )
            case _:
                pass


def _pip_only(settings: Settings, plan: Plan) -> Iterator[Finding]:
    file = settings.source.file
    for requirement in plan.pip_only:
        yield rules.PIP_ONLY.for_requirement(file, requirement)
    for extra, group in settings.extras.items():
        yield rules.PIP_EXTRA.at(
            file,
            span=settings.spans[group[0].key],
            key=group[0].key,
            extra=f"{settings.lib_name}[{extra}]",
        )
