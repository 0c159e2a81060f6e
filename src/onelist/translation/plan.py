"""Settings -> what each requirement becomes for conda, and the one run list that every recipe has.

Nothing is dropped: each requirement is carried, or named with the reason why it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from onelist.core.findings import Append, Edit, Remove
from onelist.core.rules import NO_EXTRAS, NO_LOCAL_VERSION, NO_URLS, OS_MARKER, OTHER_MARKER, PYTHON_MARKER
from onelist.translation import markers, names, specifiers
from onelist.translation.markers import MarkerResult
from onelist.translation.outcomes import (
    CondaOnly,
    MarkerNeverTrue,
    Outcome,
    PipOnly,
    SplitName,
    Substituted,
    Translated,
    Untranslatable,
    match_spec,
)
from onelist.translation.specifiers import UntranslatableSpecifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onelist.core.findings import Finding
    from onelist.core.model import CondaRequirement, Requirement, Settings
    from onelist.translation.names import CondaName


class NotCarried(NamedTuple):
    """A requirement whose conda package does not carry its distribution, or is not known to: pip does not see it.

    Attributes:
        requirement: The requirement.
        conda: Its conda name.
        other: The requirement that has the same conda package; None where the package is not known to carry this
            distribution at all.
    """

    requirement: Requirement
    conda: CondaName
    other: Requirement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a whole list.

    Attributes:
        name: The conda name of the package itself.
        outcomes: One for each requirement, in the order of settings.ini.
        run: The run list of every recipe: ``python >=X.Y``, then the rest in the order of settings.ini.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    run: tuple[str, ...]

    @property
    def refused(self) -> tuple[Untranslatable, ...]:
        """The requirements that stop every conda artifact."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Untranslatable))

    @property
    def pip_only(self) -> tuple[Requirement, ...]:
        """The requirements of ``pip_requirements`` that only pip installs."""
        outcomes = (outcome for outcome in self.outcomes if isinstance(outcome, PipOnly))
        return tuple(outcome.requirement for outcome in outcomes if outcome.requirement.key == "pip_requirements")

    @property
    def not_carried(self) -> tuple[NotCarried, ...]:
        """The requirements whose conda package does not carry their distribution, in the order of settings.ini."""
        return tuple(_not_carried(self.outcomes))

    @property
    def is_whole(self) -> bool:
        """Whether ``pip check`` passes where conda installed the list.

        It does not where a requirement of the wheel is only for pip, is replaced by another, or has a conda package
        that does not carry the distribution.
        """
        return not (self.pip_only or self.not_carried) and not any(
            isinstance(outcome, Substituted | Untranslatable) for outcome in self.outcomes
        )


def refusals(settings: Settings, plan: Plan) -> tuple[Finding, ...]:
    """Return a finding for each requirement that conda cannot express."""
    file = settings.source.file
    return tuple(
        outcome.finding.for_requirement(file, outcome.requirement, edit=_edit(outcome), **outcome.fields)
        for outcome in plan.refused
    )


def _edit(outcome: Untranslatable) -> Edit | None:
    """Return the edit for extras without one conda package for all of them.

    Where onelist knows a conda package for each of them, one takes the place of the requirement, and the others are
    listed. Otherwise only pip gets it. It is unsafe: conda's users may get less.
    """
    item, others = outcome.requirement, outcome.fields.get("others", "").split()
    if outcome.finding is not NO_EXTRAS or item.key != "requirements":
        return None
    if not others:
        return Edit(changes=(Remove(span=item.span), Append(key="pip_requirements", text=item.text)), unsafe=True)
    pair = Append(key="conda_names", text=f"{outcome.fields['asked']}={outcome.fields['conda']}")
    return Edit(changes=(pair, *(Append(key="conda_requirements", text=other) for other in others)), unsafe=True)


def make_plan(settings: Settings) -> Plan:
    """Decide what becomes of each requirement.

    Args:
        settings: The settings.

    Returns:
        The plan. Where ``refused`` is not empty, no conda artifact may be built.
    """
    if settings.has_conda:
        outcomes = tuple(_outcomes(settings))
    else:
        outcomes = tuple(PipOnly(requirement=requirement) for requirement in settings.pip_side())
    own = names.conda_name(settings.lib_name, frozenset(), settings.conda_names)
    return Plan(
        name=own.name if own else settings.name,
        outcomes=outcomes,
        run=(f"python >={settings.python_floor}", *_run_list(outcomes)),
    )


def _not_carried(outcomes: Iterable[Outcome]) -> Iterator[NotCarried]:
    """Yield the requirements whose conda package does not carry them, and all but one of those that share a package."""
    installed = [
        (outcome.requirement, outcome.conda) for outcome in outcomes if isinstance(outcome, Translated | SplitName)
    ]
    owners: dict[str, Requirement] = {}
    for requirement, conda in sorted(installed, key=lambda one: canonicalize_name(one[1].name) != one[0].name):
        if conda.carries:
            owners.setdefault(conda.name, requirement)
    for requirement, conda in installed:
        owner = owners.get(conda.name)
        if not conda.carries or names.is_only_namesake(requirement.name, conda.name):
            yield NotCarried(requirement=requirement, conda=conda)
        elif owner is not None and owner.name != requirement.name:
            yield NotCarried(requirement=requirement, conda=conda, other=owner)


def _run_list(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield the MatchSpecs, each name once with the clauses of all its requirements."""
    merged: dict[str, list[str]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Translated):
            merged.setdefault(outcome.conda.name, []).extend(outcome.clauses)
        elif isinstance(outcome, CondaOnly):
            merged.setdefault(outcome.requirement.name, []).extend(outcome.requirement.clauses)
    for name, clauses in merged.items():
        yield match_spec(name, specifiers.ordered(clauses))


def _outcomes(settings: Settings) -> Iterator[Outcome]:
    by_conda_name = {item.name: item for item in settings.conda_requirements}
    clauses = {item.name: set(item.clauses) for item in settings.conda_requirements}
    for_pip_too: set[str] = set()
    for requirement in settings.requirements:
        outcome = _outcome(requirement, settings)
        if isinstance(outcome, Untranslatable) and (by := _substitute(requirement, settings, by_conda_name)):
            outcome = Substituted(requirement=requirement, by=by)
        if isinstance(outcome, Translated):
            for_pip_too.add(outcome.conda.name)
            clauses.setdefault(outcome.conda.name, set()).update(outcome.clauses)
        elif isinstance(outcome, Substituted):
            for_pip_too.add(outcome.by.name)
        yield outcome
    for requirement in settings.pip_requirements:
        conda = _split_name(requirement, settings, clauses)
        if conda:
            for_pip_too.add(conda.name)
            yield SplitName(requirement=requirement, conda=conda)
        else:
            yield PipOnly(requirement=requirement)
    for item in settings.conda_requirements:
        yield CondaOnly(requirement=item, alone=item.name not in for_pip_too)
    for group in settings.extras.values():
        for requirement in group:
            yield PipOnly(requirement=requirement)


def _split_name(requirement: Requirement, settings: Settings, clauses: dict[str, set[str]]) -> CondaName | None:
    """Return the conda name in the run list that satisfies an item of ``pip_requirements``; None for none."""
    pep508 = requirement.pep508
    conda = names.conda_name(pep508.name, frozenset(pep508.extras), settings.conda_names)
    if conda is None or conda.name not in clauses or pep508.url or pep508.marker:
        return None
    wanted = specifiers.translate(pep508.specifier)
    if isinstance(wanted, UntranslatableSpecifier) or not clauses[conda.name].issuperset(wanted):
        return None
    return conda


def _substitute(
    requirement: Requirement, settings: Settings, by_conda_name: dict[str, CondaRequirement]
) -> CondaRequirement | None:
    pep508 = requirement.pep508
    for extras in (frozenset(pep508.extras), frozenset[str]()):
        conda = names.conda_name(pep508.name, extras, settings.conda_names)
        if conda and conda.name in by_conda_name:
            return by_conda_name[conda.name]
    return None


def _outcome(requirement: Requirement, settings: Settings) -> Outcome:
    pep508 = requirement.pep508
    if pep508.marker:
        evaluation = markers.evaluate(pep508.marker, settings.min_python)
        if evaluation.result is MarkerResult.NEVER:
            return MarkerNeverTrue(requirement=requirement)
        if evaluation.result is not MarkerResult.ALWAYS:
            return _refuse_marker(requirement, evaluation)
    if pep508.url:
        return Untranslatable(requirement=requirement, finding=NO_URLS, fields={})
    conda = names.conda_name(pep508.name, frozenset(pep508.extras), settings.conda_names)
    if conda is None:
        return _refuse_extras(requirement, settings)
    clauses = specifiers.translate(pep508.specifier)
    if isinstance(clauses, UntranslatableSpecifier):
        return Untranslatable(
            requirement=requirement,
            finding=NO_LOCAL_VERSION,
            fields={"clause": clauses.clause, "reason": clauses.reason},
        )
    return Translated(requirement=requirement, conda=conda, clauses=clauses)


def _refuse_extras(requirement: Requirement, settings: Settings) -> Untranslatable:
    pep508 = requirement.pep508
    asked = f"{requirement.name}[{','.join(sorted(pep508.extras))}]"
    bare = names.conda_name(pep508.name, frozenset(), settings.conda_names)
    conda = bare.name if bare else requirement.name
    fields = {"asked": asked, "conda": conda}
    each = [names.conda_name(pep508.name, {extra}, settings.conda_names) for extra in sorted(pep508.extras)]
    known = list(dict.fromkeys(one.name for one in each if one))
    if all(each) and len(known) > 1:
        fields |= {"variant": "several", "conda": known[0], "others": " ".join(known[1:])}
    return Untranslatable(requirement=requirement, finding=NO_EXTRAS, fields=fields)


def _refuse_marker(requirement: Requirement, evaluation: markers.MarkerEvaluation) -> Untranslatable:
    by_result = {MarkerResult.BY_SYSTEM: OS_MARKER, MarkerResult.BY_PYTHON: PYTHON_MARKER}
    return Untranslatable(
        requirement=requirement,
        finding=by_result.get(evaluation.result, OTHER_MARKER),
        fields={"variables": " and ".join(evaluation.variables)},
    )
