"""Pins: the upper bounds of requirements, and requirements without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement as Pep508
from packaging.specifiers import SpecifierSet

from onelist.core.model import CondaRequirement, Requirement
from onelist.translation.specifiers import is_pin

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from onelist.core.model import Settings


def pins(item: Requirement | CondaRequirement) -> Sequence[str]:
    """Return the clauses of a requirement that set an upper bound, as written."""
    if isinstance(item, CondaRequirement):
        return item.pins
    specifiers = sorted(item.pep508.specifier, key=str)
    return [str(specifier) for specifier in specifiers if is_pin(specifier.operator)]


def without_pins(item: Requirement | CondaRequirement) -> str:
    """Return a requirement as written but without upper bounds, for instance ``pandas>=2`` for ``pandas>=2,<3``."""
    if isinstance(item, CondaRequirement):
        return item.name + ",".join(lower_clauses(item.clauses))
    left = Pep508(str(item.pep508))
    kept = [str(specifier) for specifier in left.specifier if not is_pin(specifier.operator)]
    left.specifier = SpecifierSet(",".join(kept))
    return str(left)


def without_versions(item: Requirement | CondaRequirement) -> str:
    """Return a requirement without versions and marker, for instance ``ray[tune]`` for ``ray[tune]>=2``."""
    if isinstance(item, CondaRequirement):
        return item.written_name
    extras = f"[{','.join(sorted(item.pep508.extras))}]" if item.pep508.extras else ""
    return item.written_name + extras


def looser(item: Requirement | CondaRequirement) -> tuple[str, ...]:
    """Return a requirement with fewer version bounds: without the upper ones, then without any; none if it has none.

    The marker is left out.
    """
    if isinstance(item, CondaRequirement):
        every, lower = item.clauses, lower_clauses(item.clauses)
    else:
        every = tuple(map(str, item.pep508.specifier))
        lower = tuple(sorted(str(one) for one in item.pep508.specifier if not is_pin(one.operator)))
    if not every:
        return ()
    bare = without_versions(item)
    return (bare + ",".join(lower), bare) if lower and len(lower) < len(every) else (bare,)


def lower_clauses(clauses: Sequence[str]) -> tuple[str, ...]:
    """Return the clauses of a MatchSpec that are not upper bounds."""
    return tuple(clause for clause in clauses if clause.startswith((">", "!=")))


def allowed_pins(settings: Settings, today: datetime.date) -> frozenset[str]:
    """Return the normalised names of the requirements that allow_pins allows on a day."""
    return frozenset(exception.name for exception in settings.allow_pins if today <= exception.until)
