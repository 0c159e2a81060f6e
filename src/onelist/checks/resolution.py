"""R: whether the whole list can be installed at once, and what prevents it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.analysis.availability import newest_of
from onelist.analysis.python_range import python_range
from onelist.analysis.resolving.explanations import one_sentence
from onelist.analysis.resolving.resolution import ConflictKind, Resolved, Unsatisfiable, by_installer, lags
from onelist.checks.partial import (
    WITHOUT_REMEDY,
    instead,
    partial_advice,
    platform_names,
    raise_python,
    supported_before,
)
from onelist.core import rules
from onelist.core.findings import Edit, Remove, Replace
from onelist.core.installers import CONDA, INSTALLERS, PIP
from onelist.core.status import Unknown
from onelist.core.targets import all_targets, in_words, listed, recent_python
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from onelist.analysis.resolving.resolution import (
        Conflict,
        HeldBack,
        OutdatedOnPlatform,
        Resolution,
        RootRequirement,
    )
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding, RequirementId
    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.targets import Target

    _Key = tuple[RequirementId, ...]

MOST_LINES = 6
"""How many lines of a resolver's explanation are shown."""


def check(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the findings about what cannot be installed together, for each installer."""
    for installer, some in by_installer(resolutions):
        yield from _conflicts(given, installer, some)
        yield from _held_back(given, installer, some)
        yield from _outdated(given, installer, some)
        yield from _unknown(given, installer, some)
    yield from _strict(given, resolutions)
    yield from _unseen(given, resolutions)
    yield from _unnecessary_pins(given, resolutions)


def _conflicts(given: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield each conflict once, with all targets that have it."""
    newest, minimum = recent_python(given.today), python_range(installer, resolutions).lowest_possible
    checked = [
        one for one in resolutions if not _lacks_python(one) and (minimum is None or one.target.python >= minimum)
    ]
    installable = {one.target for one in checked if isinstance(one.status, Resolved)}
    supported = supported_before(installable, [one.target for one in checked], newest)
    settled = [one for one in checked if not (one.target.python == newest and one.target.platform in supported)]
    for found in _grouped(settled):
        among = [one.target for one in checked]
        conflict = next(iter(found.values()))
        if conflict.kind is ConflictKind.NOT_INSTALLABLE or len(conflict.members) == 1:
            yield _not_installable(given, installer, found, among, installable)
        else:
            yield _conflict(given, installer, found, among, installable)


def _grouped(resolutions: Iterable[Resolution]) -> Iterable[Mapping[Target, Conflict]]:
    """Return each conflict by target; what is not available has findings of its own."""
    groups: dict[_Key, dict[Target, Conflict]] = {}
    for one in resolutions:
        if isinstance(one.status, Unsatisfiable):
            for conflict in one.status.conflicts:
                if conflict.kind is not ConflictKind.UNAVAILABLE:
                    key = tuple(member.requirement.id for member in conflict.members)
                    groups.setdefault(key, {})[one.target] = conflict
    return groups.values()


def _unseen(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield what mamba does not see; A013 is about members."""
    conda = [one for installer, some in by_installer(resolutions) if installer == CONDA for one in some]
    groups: dict[tuple[str, ...], list[Target]] = {}
    for one in conda:
        members = {member.name for member in one.request.members}
        names = tuple(package.name for package in one.unseen)
        if names and members.isdisjoint(names):
            groups.setdefault(names, []).append(one.target)
    for names, found in groups.items():
        yield rules.UNSEEN_BY_MAMBA.at(
            given.project.settings.source.file,
            span=None,
            packages=listed(list(names)),
            where=_where(given, found, [one.target for one in conda]),
        )


def _strict(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield what only strict channel priority prevents; A008 is about members of which a channel has no version."""
    strict = [one for one in resolutions if one.is_strict]
    among = [one.target for installer, some in by_installer(resolutions) if installer == CONDA for one in some]
    for found in _grouped(strict):
        conflict = next(iter(found.values()))
        members = conflict.members
        finding = rules.HIDDEN_FROM_PIXI
        file, where = given.project.settings.source.file, _where(given, found, among)
        detail = excerpt(conflict.explanation)
        if not members:
            yield finding.at(file, span=None, variant="nothing", detail=detail, where=where)
            continue
        yield finding.for_requirement(
            file,
            members[0].requirement,
            detail=detail,
            because=one_sentence(conflict.explanation),
            names=listed([member.requirement.text for member in members]),
            where=where,
            lines=_lines(members),
        )
    yield from _unknown(given, "pixi (strict channel priority)", strict)


def _not_installable(
    given: CheckInput,
    installer: str,
    found: Mapping[Target, Conflict],
    among: Sequence[Target],
    installable: AbstractSet[Target],
) -> Finding:
    """Return the finding about a requirement that cannot be installed, not even without the others."""
    conflict = next(iter(found.values()))
    on_all = len(found) == len(among)
    advice = partial_advice(list(found), _relevant(found, among, installable), recent_python(given.today))
    remedies = _remedies(found.values())
    variant = "" if on_all else advice.variant
    hint = "own_bound" if remedies and variant in WITHOUT_REMEDY else variant
    return (rules.NOT_INSTALLABLE if on_all else rules.INSTALLABLE_IN_PART).for_requirement(
        given.project.settings.source.file,
        conflict.members[0].requirement,
        variant="refused" if all(map(_is_refused, found.values())) else "",
        advice=hint,
        detail=excerpt(conflict.explanation) if on_all or not advice.edit else None,
        because=one_sentence(conflict.explanation) if on_all or not advice.edit else None,
        edit=None if on_all else advice.edit,
        installer=installer,
        where=_where(given, found, among),
        remedies=remedies,
        **advice.fields,
    )


def _conflict(
    given: CheckInput,
    installer: str,
    found: Mapping[Target, Conflict],
    among: Sequence[Target],
    installable: AbstractSet[Target],
) -> Finding:
    """Return the finding about requirements that exclude each other."""
    conflict = next(iter(found.values()))
    on_all = len(found) == len(among)
    edit = raise_python(list(found), _relevant(found, among, installable), recent_python(given.today))
    remedies = _remedies(found.values())
    return (rules.CONFLICT if on_all else rules.CONFLICT_IN_PART).for_requirement(
        given.project.settings.source.file,
        conflict.members[0].requirement,
        variant="own_bound" if remedies else "",
        detail=excerpt(conflict.explanation) if on_all or not edit else None,
        because=one_sentence(conflict.explanation) if on_all or not edit else None,
        installer=installer,
        names=listed([member.requirement.text for member in conflict.members]),
        where=_where(given, found, among),
        lines=_lines(conflict.members),
        remedies=remedies,
    )


def _is_refused(conflict: Conflict) -> bool:
    """Tell, from the words of uv, whether pip takes no release of a member because of the metadata of the member."""
    own = f"Because {conflict.members[0].name}=="
    text = conflict.explanation
    return text.startswith(own) and " has invalid metadata" in text and " depends on " not in text


def _relevant(
    found: Mapping[Target, Conflict], among: Sequence[Target], installable: AbstractSet[Target]
) -> list[Target]:
    """Return the targets with this conflict or without any: those with another one say nothing about it."""
    return [target for target in among if target in found or target in installable]


def _where(given: CheckInput, found: Collection[Target], among: Sequence[Target]) -> str:
    """Return where something cannot be installed, also if only a part of the targets was resolved."""
    settings = given.project.settings
    if len(found) == len(among) and {target.platform for target in among} < set(settings.platforms):
        return in_words(found, all_targets(settings.platforms, settings.min_python), negative=True)
    return in_words(found, among, negative=True)


def _lines(members: Sequence[RootRequirement]) -> str:
    """Return the lines of the members in brackets, where they are in more than one."""
    numbers = sorted({member.requirement.span.line for member in members})
    return f" (lines {listed(list(map(str, numbers)))})" if len(numbers) > 1 else ""


def _remedies(found: Iterable[Conflict | HeldBack]) -> str:
    """Return which own version bounds to change, as what to write: upper ones if possible; ``""`` if none helps."""
    every = [{(one.member.requirement.id, one.text): one for one in some.remedies} for some in found]
    common = [one for key, one in every[0].items() if all(key in others for others in every)]
    upper = [one for one in common if pins.pins(one.member.requirement)]
    return instead((one.text, one.member.requirement.asked) for one in upper or common)


def _held_back(given: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the members that others hold back, once for each set of holders; not for a Python that is new."""
    groups: dict[tuple[RequirementId, _Key, bool], dict[Target, HeldBack]] = {}
    for one in resolutions:
        if isinstance(one.status, Resolved):
            for held in one.status.held_back:
                by = tuple(member.requirement.id for member in held.by)
                groups.setdefault((held.member.requirement.id, by, held.fits), {})[one.target] = held
    for found in filter(partial(_matters, given), groups.values()):
        held = next(reversed(found.values()))
        holders = held.by
        remedies = _remedies(found.values())
        chosen = _range([one.package.version for one in found.values()], installer)
        newer = _newer([one.newest for one in found.values()], installer)
        if not holders and not remedies:
            yield rules.OLD_RELEASE.for_requirement(
                given.project.settings.source.file,
                held.member.requirement,
                variant="others" if held.fits else "",
                installer=installer,
                chosen=chosen,
                newer=newer,
                where=_on(given, found),
            )
            continue
        alone = "others" if held.fits else "dependencies"
        several = "several" if len(holders) > 1 else ""
        yield rules.HELD_BACK.for_requirement(
            given.project.settings.source.file,
            held.member.requirement,
            variant=several if holders else alone,
            advice="own_bound" if remedies else "",
            installer=installer,
            chosen=chosen,
            newer=newer,
            where=_on(given, found),
            holders=listed([member.requirement.text for member in holders]) if holders else None,
            remedies=remedies,
        )


def _outdated(given: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the members that have only old releases on some platforms; not for a Python that is new."""
    groups: dict[tuple[RequirementId, str | None, bool], dict[Target, OutdatedOnPlatform]] = {}
    for one in lags(resolutions):
        groups.setdefault((one.member.requirement.id, one.system, one.elsewhere), {})[one.target] = one
    for found in filter(partial(_matters, given), groups.values()):
        outdated = next(reversed(found.values()))
        chosen = _range([one.package.version for one in found.values()], installer)
        newer = _newer([one.newest for one in found.values()], installer)
        if outdated.system:
            yield rules.OLD_RELEASE.for_requirement(
                given.project.settings.source.file,
                outdated.member.requirement,
                variant="system_and_platform" if outdated.elsewhere else "system",
                system=outdated.system,
                installer=installer,
                chosen=chosen,
                newer=newer,
                where=_on(given, found),
            )
            continue
        yield rules.HELD_BACK.for_requirement(
            given.project.settings.source.file,
            outdated.member.requirement,
            variant="platform",
            installer=installer,
            chosen=chosen,
            newer=newer,
            where=_on(given, found),
            platforms=platform_names(dict.fromkeys(target.platform for target in found)),
        )


def _matters(given: CheckInput, found: Iterable[Target]) -> bool:
    """Tell whether something is not only about a Python that is new; packages for it come in the next months."""
    newest = recent_python(given.today)
    return given.project.settings.min_python == newest or any(target.python != newest for target in found)


def _on(given: CheckInput, found: Collection[Target]) -> str:
    """Return for which targets of the list something is so, also if only a part of them was resolved."""
    settings = given.project.settings
    return in_words(found, all_targets(settings.platforms, settings.min_python))


def _range(versions: Sequence[str], installer: str) -> str:
    """Return one version, or the lowest and the highest of several."""
    left = set(versions)
    highest = newest_of(left, pip=installer == PIP)
    while len(left) > 1:
        left.remove(newest_of(left, pip=installer == PIP))
    return highest if highest in left else f"{next(iter(left))} to {highest}"


def _newer(versions: Sequence[str], installer: str) -> str:
    """Return a clause about newer versions; platforms and Pythons may have different ones."""
    found = _range(versions, installer)
    return f"{found} exists" if found in versions else f"newer releases exist ({found})"


def _is_whole(given: CheckInput, resolutions: Sequence[Resolution]) -> bool:
    """Tell whether the list was resolved for each target and each installer, so that none is missing from a claim."""
    settings = given.project.settings
    installers = INSTALLERS if settings.conda_channels else (PIP,)
    wanted = {
        (installer, target)
        for installer in installers
        for target in all_targets(settings.platforms, settings.min_python)
    }
    return wanted <= {(one.request.installer, one.target) for one in resolutions}


def _unnecessary_pins(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield the allowed pins without which the installers choose the same packages for all targets."""
    settings = given.project.settings
    if not _is_whole(given, resolutions):
        return
    needed: set[RequirementId] = set()
    items: dict[RequirementId, Requirement | CondaRequirement] = {}
    for one in resolutions:
        for member in () if one.is_strict else one.request.members:
            if member.unpinned is not None:
                item = member.requirement
                unnecessary = isinstance(one.status, Resolved) and member in one.status.unnecessary_pins
                items[item.id] = item
                if not unnecessary:
                    needed.add(item.id)
    for item in [item for item in items.values() if item.id not in needed]:
        exception = next(one for one in settings.allow_pins if one.name == canonicalize_name(item.name))
        unpinned = pins.without_pins(item)
        yield rules.UNNECESSARY_PIN.for_requirement(
            settings.source.file,
            item,
            edit=Edit(changes=(Replace(span=item.span, text=unpinned), Remove(span=exception.span))),
            unpinned=unpinned,
        )


def _unknown(given: CheckInput, installer: str, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield what the resolvers could not answer; where a channel did not answer, H001 says so."""
    reasons: dict[Unknown, list[Target]] = {}
    for one in resolutions:
        if isinstance(one.status, Unknown) and one.asked:
            reasons.setdefault(one.status, []).append(one.target)
    among = [one.target for one in resolutions]
    for unknown, found in reasons.items():
        yield rules.NOT_RESOLVED.at(
            given.project.settings.source.file,
            span=None,
            installer=installer,
            where="" if len(found) == len(among) else f" {in_words(found, among)}",
            source="the package index" if installer == PIP else "a channel",
            reason=unknown.reason,
            remedy=unknown.hint or "Try again later.",
        )


def _lacks_python(one: Resolution) -> bool:
    return isinstance(one.status, Unsatisfiable) and not one.status.conflicts[0].members


def excerpt(explanation: str) -> str:
    """Return the beginning of an explanation."""
    lines = [line.rstrip() for line in explanation.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES
        lines = [*lines[:MOST_LINES], f"(and {more} more {'line' if more == 1 else 'lines'})"]
    return "\n".join(lines)
