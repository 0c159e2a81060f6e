"""P: do not pin. People must be able to install the list beside everything else that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core import rules
from onelist.core.findings import Edit, Remove, Replace
from onelist.core.model import PLAIN_LISTS
from onelist.translation import pins

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import CondaRequirement, PinException, Requirement


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield the findings about versions that are bound from above."""
    settings = given.project.settings
    file = settings.source.file
    allowed = {exception.name: exception for exception in settings.allow_pins}
    pinned: set[str] = set()
    items: list[Requirement | CondaRequirement] = [*settings.pip_side(), *settings.conda_requirements]
    for item in items:
        if clauses := pins.pins(item):
            pinned.add(canonicalize_name(item.name))
            exception = allowed.get(canonicalize_name(item.name))
            if exception and given.today <= exception.until:
                continue
            yield _pinned(file, item, clauses, exception, given.today)
    for name, exception in allowed.items():
        if name not in pinned:
            yield rules.PIN_EXCEPTION_UNUSED.at(
                file, span=exception.span, edit=Edit(changes=(Remove(span=exception.span),)), name=name
            )


def _pinned(
    file: str,
    item: Requirement | CondaRequirement,
    clauses: Sequence[str],
    exception: PinException | None,
    today: datetime.date,
) -> Finding:
    """Return the finding about a requirement that is bound from above and not, or no longer, allowed to be.

    Its edit is unsafe in an extra: the pin of a tool is often intended, and without it the tool may fail.
    """
    exact = any(clause.startswith("=") for clause in clauses)
    rule, variant = (rules.PINNED if exact else rules.CAPPED), ""
    if exception or item.key not in PLAIN_LISTS:
        rule = rules.PIN_EXCEPTION_OVER if exception else rules.EXTRA_PINNED
        variant = "" if exact else "capped"
    removed = [Remove(span=exception.span)] if exception else []
    return rule.for_requirement(
        file,
        item,
        variant=variant,
        edit=Edit(
            changes=(Replace(span=item.span, text=pins.without_pins(item)), *removed),
            unsafe=item.key not in PLAIN_LISTS,
        ),
        bounds=",".join(clauses),
        unpinned=pins.looser(item)[0],
        until=exception.until if exception else None,
        date=f"{today.year + 1}-{today:%m}-01",
    )
