"""Fix a list: make the edits that its findings carry, and check it again, until no edit is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from onelist.checks.run import check_lists
from onelist.core.findings import Append
from onelist.core.rules import RULES, Evidence, evidence_for
from onelist.core.system.files import write_over
from onelist.settings.editing import edits
from onelist.settings.editing.edit_words import edit_words
from onelist.settings.project import read_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from onelist.analysis.progress import Progress
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.checks.run import CheckOptions, CheckResult
    from onelist.core.findings import Edit, Finding

_FOR_CONDA = ("requirements", "conda_requirements")
_MAX_ROUNDS = 16
"""How often a list is checked again after edits; one edit may uncover a finding that carries another, and two edits at
one place need two rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixResult:
    """What the edits came to.

    Attributes:
        path: The settings file.
        before: Its content before.
        after: Its content with the edits.
        made: The findings that are fixed.
        changes: What the edit of each of them did, in a few words.
        held: Findings whose edits are not made, because an installer could then no longer install the list.
        left: The check of the new content; ``left.shown`` has what is left to you.
    """

    path: Path
    before: bytes
    after: bytes
    made: tuple[Finding, ...]
    changes: tuple[str, ...]
    left: CheckResult
    held: tuple[Finding, ...] = ()


class _Phase(NamedTuple):
    """Rounds of edits after checks of one kind.

    Attributes:
        options: How to check.
        codes: The codes of the findings to fix, if ``options.select`` has them too.
    """

    options: CheckOptions
    codes: frozenset[str]


class _Edits(NamedTuple):
    """What the phases have come to so far.

    Attributes:
        before: The content of settings.ini before the first of them.
        steps: The rounds of edits.
        held: Findings whose edits are not made, because an installer could then no longer install the list.
    """

    before: bytes
    steps: list[_Step]
    held: list[Finding]


class _Step(NamedTuple):
    """One round of edits.

    Attributes:
        raw: The content with the edits.
        fixed: The findings whose edits are made.
        changes: What each edit did, in a few words.
        result: The check of the new content.
    """

    raw: bytes
    fixed: list[Finding]
    changes: list[str]
    result: CheckResult


def fix_file(
    path: Path, options: CheckOptions, *, dry_run: bool = False, progress: Progress | None = None
) -> FixResult:
    """Make the edits that findings carry, until no edit is left.

    An unsafe edit, which needs a decision, is made only when ``options.select`` names its whole code. So is one that
    gives conda another package, if conda can then no longer install the list for some platform and Python.

    Args:
        path: The settings file.
        options: How to check; ``select`` names the findings to fix.
        dry_run: Whether to write nothing.
        progress: Where to show what is done; None for nowhere.

    Returns:
        The edits that were made, and what is left.

    Raises:
        UsageError: The file cannot be read or written, or changed in the meantime.
    """
    before = raw = read_raw(path)
    options = replace(options, settings_only=options.settings_only or not _needs_sources(options.select))
    found = _Edits(before=before, steps=[], held=[])
    *cheaper, whole = _phases(options)
    for phase in cheaper:
        raw, _ = _edited(path, raw, phase, found, progress)
    raw, result = _edited(path, raw, whole, found, progress)
    if raw != before and not dry_run:
        write_over(path, before, raw)
    return FixResult(
        path=path,
        before=before,
        after=raw,
        made=tuple(finding for step in found.steps for finding in step.fixed),
        changes=tuple(change for step in found.steps for change in step.changes),
        left=result,
        held=tuple(found.held),
    )


def _phases(options: CheckOptions) -> list[_Phase]:
    """Return how the list is checked and edited, from what costs least to the whole check, which has the last word.

    What only settings.ini decides is edited first: the resolvers then do not judge pins that go anyway.
    """
    phases = [_Phase(options, frozenset(RULES))]
    if _needs_no_resolver(options):
        without = replace(options, resolve=replace(options.resolve, enabled=False))
        phases.insert(0, _Phase(without, frozenset(RULES)))
    if not options.settings_only:
        phases.insert(0, _Phase(replace(options, settings_only=True), _settled()))
    return phases


def _edited(
    path: Path, raw: bytes, phase: _Phase, found: _Edits, progress: Progress | None
) -> tuple[bytes, CheckResult]:
    """Make the edits of one phase; return the content then, and its check."""
    check = partial(_check_content, path, options=phase.options, progress=progress)
    result = check(raw)
    for _ in range(_MAX_ROUNDS):
        step = _step(result, phase, found, check)
        if step is None:
            break
        if moves := _breaking(result, step, phase.options.select):
            found.held.extend(moves)
            continue
        found.steps.append(step)
        raw, result = step.raw, step.result
    return raw, result


def _settled() -> frozenset[str]:
    """Return the codes of the findings that no answer of a server brings, or makes superfluous."""
    others = {code: rule for code, rule in RULES.items() if rule.fallback_for or rule.evidence is not Evidence.SETTINGS}
    return frozenset(RULES) - others.keys() - {one.code for rule in others.values() for one in rule.supersedes}


def _step(result: CheckResult, phase: _Phase, found: _Edits, check: Callable[[bytes], CheckResult]) -> _Step | None:
    """Return the next round of edits; None where no edit is left.

    Args:
        result: The check of the content now.
        phase: Which findings to fix.
        found: The edits so far.
        check: Checks a content.
    """
    source, left_out = result.source, {(one.code, one.requirement) for one in found.held}
    wanted = [
        finding
        for finding in result.findings
        if finding.code in phase.codes
        and is_fixed(finding, phase.options.select)
        and (finding.code, finding.requirement) not in left_out
    ]
    if source is None or not wanted:
        return None
    changed, done = edits.apply(source, [finding.edit for finding in wanted if finding.edit])
    if changed.text == source.text:
        return None
    fixed = [finding for finding in wanted if finding.edit in done]
    changes = [edit_words(source, finding.edit) for finding in fixed if finding.edit]
    raw = edits.encoded(changed, found.before)
    return _Step(raw, fixed, changes, check(raw))


def _breaking(result: CheckResult, step: _Step, select: Sequence[str]) -> list[Finding]:
    """Return the findings whose edits give conda another package, if an installer loses the list by the round.

    Args:
        result: The check before the round.
        step: The round.
        select: The codes that are named; an edit whose whole code is named is wanted all the same.
    """
    from onelist.analysis.resolving.verdict import Verdict, verdict  # not at the top: settings alone need no resolver

    installed = {(one.request.installer, one.target) for one in _resolved(result) if verdict(one.status).installs}
    lost = any(
        (one.request.installer, one.target) in installed and verdict(one.status) is Verdict.FAILS
        for one in _resolved(step.result)
    )
    moves = [one for one in step.fixed if one.code not in select and one.edit and _adds(one.edit)]
    return moves if lost else []


def _resolved(result: CheckResult) -> list[Resolution]:
    return [one for one in result.resolutions or () if not one.is_strict]


def _adds(edit: Edit) -> bool:
    """Tell whether an edit adds a requirement for conda."""
    return any(isinstance(change, Append) and change.key in _FOR_CONDA for change in edit.changes)


def _check_content(path: Path, raw: bytes, *, options: CheckOptions, progress: Progress | None) -> CheckResult:
    from onelist.analysis.lists import read_list

    (result,) = check_lists({path: read_list(path, raw)}, options, progress=progress)
    return result


def _needs_no_resolver(options: CheckOptions) -> bool:
    """Tell whether the edits can be made without the resolvers, which take most of the time: they answer at the end.

    So it is where only whole codes are named: their edits are wanted even if an installer loses the list by them. No
    code may be of a finding that the answers of a resolver bring, or make superfluous.
    """
    if options.settings_only or not options.resolve.enabled or not options.select:
        return False
    resolving = [rule for rule in RULES.values() if Evidence.RESOLUTION in {rule.evidence, rule.fallback_for}]
    changed = {rule.code for rule in resolving} | {one.code for rule in resolving for one in rule.supersedes}
    return set(options.select) <= RULES.keys() - changed


def _needs_sources(select: Sequence[str]) -> bool:
    """Tell whether any of the selected codes needs answers of servers."""
    return evidence_for(select) != {Evidence.SETTINGS}


def is_fixed(finding: Finding, select: Sequence[str]) -> bool:
    """Tell whether to fix a finding; an unsafe edit is only made where the whole code is named."""
    if finding.edit is None or (select and not finding.code.startswith(tuple(select))):
        return False
    return not finding.edit.unsafe or finding.code in select
