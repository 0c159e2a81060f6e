"""What to ask the package index and the conda channels about a requirement; pure, nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from packaging.specifiers import SpecifierSet

from onelist.core.model import PLAIN_LISTS
from onelist.translation import names, specifiers
from onelist.translation.outcomes import (
    CondaOnly,
    MarkerNeverTrue,
    PipOnly,
    SplitName,
    Substituted,
    Translated,
    Untranslatable,
)
from onelist.translation.specifiers import UntranslatableSpecifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.translation.outcomes import Outcome

INTERPRETER_NAMES = ("python", "python_abi")
"""conda names that every channel is asked for: the Pythons that exist decide which builds match."""


class Role(Enum):
    """What a requirement is to one side, pip or conda."""

    DIRECT = "listed"
    """That side installs it because of this item of the list."""
    VIA_OTHER = "elsewhere"
    """That side installs it because of another item."""
    NOT_INCLUDED = "aside"
    """That side does not install it; the query finds out whether it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipQuery:
    """What to ask the index.

    Attributes:
        name: The normalised name of the project.
        specifier: The versions that the list allows.
        role: What it is to pip.
    """

    name: str
    specifier: SpecifierSet
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaQuery:
    """What to ask conda channels.

    Attributes:
        name: The conda name.
        clauses: The version part of a MatchSpec.
        role: What it is to conda.
        origin: Where the conda name comes from.
        others: Other conda names that may be the same package; they matter where no channel has ``name``.
    """

    name: str
    clauses: tuple[str, ...]
    role: Role
    origin: names.Origin
    others: tuple[str, ...] = ()

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual package, which the machine has or lacks (https://conda.org/learn/ceps/cep-0030)."""
        return self.name.startswith("__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to ask about one requirement.

    Attributes:
        pip: What to ask the index; None where the index does not matter (a URL, a conda program).
        conda: What to ask the channels; None for extras, which conda does not have.
    """

    pip: PipQuery | None
    conda: CondaQuery | None


def make_query(outcome: Outcome, own_names: Mapping[str, str]) -> Query:
    """Return what to ask about a requirement.

    Args:
        outcome: What becomes of the requirement, from the plan.
        own_names: The user's ``conda_names``.

    Returns:
        The query.
    """
    query: CondaQuery | None
    match outcome:
        case CondaOnly(requirement=item):
            return Query(pip=_reverse(outcome), conda=_listed(item))
        case Translated(requirement=item, conda=conda, clauses=clauses):
            query = _conda(item, conda, clauses, Role.DIRECT)
        case Substituted(requirement=item, by=by):
            conda = names.CondaName(name=by.name, origin=names.Origin.USER)
            query = _conda(item, conda, by.clauses, Role.VIA_OTHER)
        case SplitName(requirement=item, conda=paired):
            conda = names.CondaName(name=paired.name, origin=names.Origin.SAME)
            query = _conda(item, conda, _clauses(item), Role.VIA_OTHER)
        case PipOnly(requirement=item) | Untranslatable(requirement=item):
            conda = conda_name(item, own_names)
            query = _conda(item, conda, _clauses(item), Role.NOT_INCLUDED) if item.key in PLAIN_LISTS else None
        case MarkerNeverTrue(requirement=item):
            query = None
        case _:
            assert_never(outcome)
    return Query(pip=_pip(item), conda=query)


def _pip(item: Requirement) -> PipQuery | None:
    if item.pep508.url:
        return None
    return PipQuery(name=item.name, specifier=item.pep508.specifier, role=Role.DIRECT)


def _listed(item: CondaRequirement) -> CondaQuery:
    return CondaQuery(name=item.name, clauses=item.clauses, role=Role.DIRECT, origin=names.Origin.SAME)


def _reverse(outcome: CondaOnly) -> PipQuery | None:
    """Return the query for a package that the list has only for conda, by the name that pip may know."""
    listed = outcome.alone and not outcome.requirement.name.startswith("__")
    name = names.pypi_name(outcome.requirement.name) if listed else None
    return PipQuery(name=name, specifier=SpecifierSet(), role=Role.NOT_INCLUDED) if name else None


def conda_name(item: Requirement, own_names: Mapping[str, str]) -> names.CondaName:
    """Return the conda name of a requirement; that of the bare name where no package is known for its extras."""
    extras = frozenset(item.pep508.extras)
    found = names.conda_name(item.pep508.name, extras, own_names)
    found = found or names.conda_name(item.pep508.name, frozenset(), own_names)
    return found or names.CondaName(name=item.name, origin=names.Origin.SAME)


def _conda(item: Requirement, conda: names.CondaName, clauses: tuple[str, ...], role: Role) -> CondaQuery:
    by_extra = role is Role.DIRECT and item.pep508.extras  # the package without the extra would not be the same
    others = () if role is Role.VIA_OTHER or by_extra else names.other_names(item.name, conda.name)
    return CondaQuery(name=conda.name, clauses=clauses, role=role, origin=conda.origin, others=others)


def _clauses(item: Requirement) -> tuple[str, ...]:
    clauses = specifiers.translate(item.pep508.specifier)
    return () if isinstance(clauses, UntranslatableSpecifier) else clauses
