"""Fix a list: make the edits that its findings carry, and check it again, until no edit is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from onelist.checks.run import check_lists
from onelist.core.files import write_over
from onelist.core.rules import Evidence, evidence_for
from onelist.settings import edits
from onelist.settings.edit_words import edit_words
from onelist.settings.project import read_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.analysis.progress import Progress
    from onelist.checks.run import CheckOptions, CheckResult
    from onelist.core.findings import Finding

_MAX_ROUNDS = 8
"""How often a list is checked again after edits; one edit may uncover a finding that carries another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixResult:
    """What the edits came to.

    Attributes:
        path: The settings file.
        before: Its content before.
        after: Its content with the edits.
        made: The findings that are fixed.
        changes: What the edit of each of them did, in a few words.
        left: The check of the new content; ``left.shown`` has what is left to you.
    """

    path: Path
    before: bytes
    after: bytes
    made: tuple[Finding, ...]
    changes: tuple[str, ...]
    left: CheckResult


def fix_file(
    path: Path, options: CheckOptions, *, dry_run: bool = False, progress: Progress | None = None
) -> FixResult:
    """Make the edits that findings carry, until no edit is left.

    An unsafe edit, which needs a decision, is made only when ``options.select`` names its whole code.

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
    made: list[Finding] = []
    changes: list[str] = []
    result = _check_content(path, raw, options, progress)
    for _ in range(_MAX_ROUNDS):
        source = result.source
        wanted = [finding for finding in result.findings if source and is_fixed(finding, options.select)]
        if source is None or not wanted:
            break
        changed, done = edits.apply(source, [finding.edit for finding in wanted if finding.edit])
        if changed.text == source.text:
            break
        fixed = [finding for finding in wanted if finding.edit in done]
        changes += [edit_words(source, finding.edit) for finding in fixed if finding.edit]
        made += fixed
        raw = edits.encoded(changed, before)
        result = _check_content(path, raw, options, progress)
    if raw != before and not dry_run:
        write_over(path, before, raw)
    return FixResult(path=path, before=before, after=raw, made=tuple(made), changes=tuple(changes), left=result)


def _check_content(path: Path, raw: bytes, options: CheckOptions, progress: Progress | None) -> CheckResult:
    from onelist.analysis.lists import read_list

    (result,) = check_lists({path: read_list(path, raw)}, options, progress=progress)
    return result


def _needs_sources(select: Sequence[str]) -> bool:
    """Tell whether any of the selected codes needs answers of servers."""
    return evidence_for(select) != {Evidence.SETTINGS}


def is_fixed(finding: Finding, select: Sequence[str]) -> bool:
    """Tell whether to fix a finding; an unsafe edit is only made where the whole code is named."""
    if finding.edit is None or (select and not finding.code.startswith(tuple(select))):
        return False
    return not finding.edit.unsafe or finding.code in select
