"""P: do not pin. Whoever installs the list must be able to use it beside everything else they have."""

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


def check(subject: CheckInput) -> Iterator[Finding]:
    """Yield the findings about versions that are bound from above."""
    settings = subject.project.settings
    file = settings.source.file
    allowed = {exception.name: exception for exception in settings.allow_pins}
    pinned: set[str] = set()
    items: list[Requirement | CondaRequirement] = [*settings.pip_side(), *settings.conda_requirements]
    for item in items:
        if clauses := pins.pins(item):
            pinned.add(canonicalize_name(item.name))
            yield from _judge(file, item, clauses, allowed.get(canonicalize_name(item.name)), subject.today)
    for name, exception in allowed.items():
        if name not in pinned:
            yield rules.ALLOWANCE_IDLE.at(
                file,
                f"allow_pins names {name}, which is not pinned.",
                span=exception.span,
                hint="Delete it from allow_pins.",
                edit=Edit(changes=(Remove(span=exception.span),)),
            )


def _judge(
    file: str,
    item: Requirement | CondaRequirement,
    clauses: Sequence[str],
    exception: PinException | None,
    today: datetime.date,
) -> Iterator[Finding]:
    if exception and today <= exception.until:
        return
    exact = any(clause.startswith("=") for clause in clauses)
    rule = rules.PINNED if exact else rules.CAPPED
    said = "pinned" if exact else "held back"
    if item.key not in PLAIN_LISTS:
        rule = rules.EXTRA_PINNED
    bounds = ",".join(clauses)
    message = f"{item.name} is {said} by {bounds}: the list cannot be installed beside what needs another version."
    hint = f"Write {item.name} alone; if it must be, write {item.name}={today.year + 1}-{today:%m}-01 in allow_pins."
    if exception:
        rule = rules.ALLOWANCE_OVER
        message = f"{item.name} was allowed to be {said} by {bounds} until {exception.until}, which is over."
        hint = f"Write {item.name} alone, or give allow_pins a later date if the reason still holds."
    yield rule.for_requirement(
        file,
        item,
        message,
        hint=hint,
        edit=Edit(
            changes=(
                Replace(span=item.span, text=pins.without_pins(item)),
                *([Remove(span=exception.span)] if exception else []),
            )
        ),
    )
