"""R: whether the whole list can be installed at once, and what stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.python_range import python_range
from onelist.analysis.resolution import ConflictKind, Resolved, Unsatisfiable, by_installer, lags
from onelist.checks.availability import platforms_hint, raise_python, range_hint, recent_python
from onelist.core import rules
from onelist.core.findings import Edit, Remove, Replace
from onelist.core.status import PIP, Unknown
from onelist.core.targets import in_words, listed
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from onelist.analysis.resolution import Conflict, HeldBack, OutdatedOnPlatform, Resolution, RootRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding, RequirementId
    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.targets import Target

    _Key = tuple[RequirementId, ...]

MOST_LINES = 6
"""How many lines of a resolver's explanation are shown."""


def check(subject: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the findings about what cannot be installed together, for each installer."""
    for installer, some in by_installer(resolutions):
        yield from _clashes(subject, installer, some)
        yield from _held(subject, installer, some)
        yield from _lagging(subject, installer, some)
        yield from _unknown(subject, installer, some)
    yield from _idle_pins(subject, resolutions)


def _clashes(subject: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield each conflict once, with all targets that it stands against."""
    newest, hard = recent_python(subject.today), python_range(installer, resolutions).hard
    decided = [one for one in resolutions if not isinstance(one.status, Unknown) and not _lacks_python(one)]
    looked_at = [one for one in decided if hard is None or one.target.python >= hard]
    well = {one.target for one in looked_at if isinstance(one.status, Resolved)}
    served = {target.platform for target in well}
    groups: dict[_Key, dict[Target, Conflict]] = {}
    for one in looked_at:
        if isinstance(one.status, Unsatisfiable) and not (
            one.target.python == newest and one.target.platform in served
        ):
            for conflict in one.status.conflicts:
                if conflict.blame is not ConflictKind.LACKING:
                    key = tuple(member.requirement.id for member in conflict.members)
                    groups.setdefault(key, {})[one.target] = conflict
    for found in groups.values():
        yield _clash(subject, installer, found, [one.target for one in looked_at], well)


def _clash(
    subject: CheckInput,
    installer: str,
    found: Mapping[Target, Conflict],
    among: Sequence[Target],
    well: AbstractSet[Target],
) -> Finding:
    """Return the finding about one conflict: what it stands against, of all that was looked at, and what is well."""
    conflict = next(iter(found.values()))
    everywhere = len(found) == len(among)
    where = "" if everywhere else f" {in_words(found, among)}"
    first = conflict.members[0].requirement
    better, newest = [target for target in among if target in found or target in well], recent_python(subject.today)
    edit = None if everywhere else raise_python(list(found), better, newest)
    if conflict.blame is ConflictKind.ALONE:
        rule = rules.NOT_INSTALLABLE if everywhere else rules.INSTALLABLE_IN_PART
        message = f"{installer} cannot install {first.name}{where}: something that it needs is missing, or clashes."
        hint = f"Leave {first.name} out, or ask its makers."
        if not everywhere:
            hint = range_hint(installer, list(found), better, newest)
    else:
        rule = rules.CLASH if everywhere else rules.CLASH_IN_PART
        names = listed([member.requirement.text for member in conflict.members])
        message = f"{installer} cannot install {names} together{where}{_lines(conflict.members)}."
        hint = _together_hint(conflict.members)
    return rule.for_requirement(
        subject.project.settings.source.file,
        first,
        message,
        hint=hint,
        detail=None if edit else excerpt(conflict.explanation),
        edit=edit if conflict.blame is ConflictKind.ALONE else None,
    )


def _lines(members: Sequence[RootRequirement]) -> str:
    """Say in which lines members stand, where that is more than one."""
    numbers = sorted({member.requirement.span.line for member in members})
    return f" (lines {listed(list(map(str, numbers)))})" if len(numbers) > 1 else ""


def _together_hint(members: Sequence[RootRequirement]) -> str:
    bound = [member.requirement.name for member in members if pins.pins(member.requirement)]
    if bound:
        return f"Write {listed(bound)} alone, without an upper bound; else leave one of them out."
    return "Leave one of them out, or ask the makers of both."


def _held(subject: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    among = [one.target for one in resolutions if isinstance(one.status, Resolved)]
    groups: dict[RequirementId, dict[Target, HeldBack]] = {}
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for held in one.status.held:
                groups.setdefault(held.member.requirement.id, {})[one.target] = held
    for found in groups.values():
        held = next(reversed(found.values()))
        item = held.member.requirement
        blamed = next((one.by for one in found.values() if one.by), ())
        by = (
            f"{listed([member.requirement.text for member in blamed])} {'hold' if len(blamed) > 1 else 'holds'} it back"
            if blamed
            else "what the list needs besides holds it back"
        )
        yield rules.HELD_BACK.for_requirement(
            subject.project.settings.source.file,
            item,
            f"{installer} installs {item.name} {held.chosen.version} {in_words(found, among)}, although there is "
            f"{held.newest}: {by}.",
            hint=_together_hint(blamed) if blamed else "Nothing in the list is wrong; look at it again in a few weeks.",
        )


def _lagging(subject: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the members of which some platforms have old releases alone; not for a Python that is still new."""
    settled = [one for one in resolutions if one.target.python != recent_python(subject.today)]
    among = [one.target for one in settled if isinstance(one.status, Resolved)]
    groups: dict[RequirementId, dict[Target, OutdatedOnPlatform]] = {}
    for lag in lags(settled):
        groups.setdefault(lag.member.requirement.id, {})[lag.target] = lag
    for found in groups.values():
        lag = next(reversed(found.values()))
        item = lag.member.requirement
        yield rules.HELD_BACK.for_requirement(
            subject.project.settings.source.file,
            item,
            f"{installer} installs {item.name} {lag.chosen.version} {in_words(found, among)}, although there is "
            f"{lag.newest} for other platforms: its makers have nothing newer for this one.",
            hint=platforms_hint(list(dict.fromkeys(target.platform for target in found))),
        )


def _idle_pins(subject: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the allowed pins without which the same would be installed everywhere."""
    settings = subject.project.settings
    needed: set[RequirementId] = set()
    items: dict[RequirementId, Requirement | CondaRequirement] = {}
    for one in resolutions:
        for member in one.case.members:
            if member.unpinned is not None:
                item = member.requirement
                unnecessary = isinstance(one.status, Resolved) and member in one.status.unnecessary
                items[item.id] = item
                if not unnecessary:
                    needed.add(item.id)
    for item in [item for item in items.values() if item.id not in needed]:
        exception = next(one for one in settings.allow_pins if one.name == canonicalize_name(item.name))
        yield rules.ALLOWANCE_USELESS.for_requirement(
            settings.source.file,
            item,
            f"{item.text} is allowed by allow_pins, but without it the same would be installed everywhere.",
            hint=f"Write {pins.without_pins(item)}, and delete {exception.name} from allow_pins.",
            edit=Edit(changes=(Replace(span=item.span, text=pins.without_pins(item)), Remove(span=exception.span))),
        )


def _unknown(subject: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield what the resolvers could not answer; where the channels could not, H001 has said so."""
    reasons: dict[str, list[Target]] = {}
    for one in resolutions:
        if isinstance(one.status, Unknown) and one.asked:
            reasons.setdefault(one.status.reason, []).append(one.target)
    among = [one.target for one in resolutions]
    server = "the package index" if installer == PIP else "a channel"
    for reason, found in reasons.items():
        where = "" if len(found) == len(among) else f" {in_words(found, among)}"
        yield rules.NOT_PROVED.at(
            subject.project.settings.source.file,
            f"Could not tell whether {installer} can install the whole list{where}: {server} {reason}.",
            span=None,
            hint="Try again later. --no-resolve leaves this question out.",
        )


def _lacks_python(one: Resolution) -> bool:
    return isinstance(one.status, Unsatisfiable) and not one.status.conflicts[0].members


def excerpt(explanation: str) -> str:
    """Return the beginning of an explanation."""
    lines = [line.rstrip() for line in explanation.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"(and {len(lines) - MOST_LINES} lines more)"]
    return "\n".join(lines)
