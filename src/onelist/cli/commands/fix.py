"""What edits settings.ini: fix and bump."""

from __future__ import annotations

import codecs
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.api import check_lists, codes_of, read, today
from onelist.cli.shared import CLEAN, single_file
from onelist.core import files
from onelist.core.errors import UsageError
from onelist.core.findings import Edit, Replace, Severity
from onelist.core.text import printable
from onelist.reports import text
from onelist.settings import edits
from onelist.settings.project import load_project, read_raw

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.api import CheckResult
    from onelist.core.findings import Finding, Source

_MOST_ROUNDS = 8
"""How often a list is judged anew after edits; one edit may uncover what another one mends."""
_NEED_ASKING = ("A", "D", "H", "R", "F001", "F002", "F101", "P005")
"""Beginnings of the codes of findings that nobody can have without asking."""


def fix(arguments: argparse.Namespace) -> int:
    """Make the edits that findings carry, until none is left that can be made."""
    select = codes_of(arguments.select)
    path = single_file(arguments.path)
    before = raw = read_raw(path)
    asking = not arguments.settings_only and _needs_asking(select)
    made: list[Finding] = []
    judged = _judged(path, raw, arguments, asking=asking)
    for _ in range(_MOST_ROUNDS):
        source = judged.source
        wanted = [finding for finding in judged.findings if source and _is_wanted(finding, select)]
        if source is None or not wanted:
            break
        changed, done = edits.apply(source, [finding.edit for finding in wanted if finding.edit])
        if changed.text == source.text:
            break
        made += [finding for finding in wanted if finding.edit in done]
        raw = _encoded(changed, before)
        judged = _judged(path, raw, arguments, asking=asking)
    _write(path, before, raw, dry_run=arguments.dry_run)
    return _tell(judged, made, select, dry_run=arguments.dry_run)


def bump(arguments: argparse.Namespace) -> int:
    """Write the next version into settings.ini."""
    from onelist.settings.edits import next_version

    path = single_file(arguments.path)
    before = read_raw(path)
    settings = load_project(path).settings
    version = next_version(settings.version, arguments.to, today())
    edit = Edit(changes=(Replace(span=settings.spans["version"], text=str(version)),))
    changed, done = edits.apply(settings.source, [edit])
    if not done:
        raise UsageError(
            f"The version in {path} is put together from other keys.",
            f"Write {version} there by hand, where it belongs.",
        )
    _write(path, before, _encoded(changed, before), dry_run=arguments.dry_run)
    if not arguments.dry_run:
        sys.stdout.write(printable(f"{path}: version {settings.version} is now {version}.") + "\n")
    return CLEAN


def _judged(path: Path, raw: bytes, arguments: argparse.Namespace, *, asking: bool) -> CheckResult:
    return next(iter(check_lists({path: read(path, raw)}, arguments, asking=asking)))


def _needs_asking(select: Sequence[str]) -> bool:
    """Tell whether any of the codes is one that nobody can have without asking."""
    begins = [code.startswith(_NEED_ASKING) for code in select]
    covers = [any(one.startswith(code) for one in _NEED_ASKING) for code in select]
    return not select or any(begins) or any(covers)


def _is_wanted(finding: Finding, select: Sequence[str]) -> bool:
    """Tell whether to mend a finding; what needs judgement only where its whole code is named."""
    if finding.edit is None or (select and not finding.code.startswith(tuple(select))):
        return False
    return not finding.edit.unsafe or finding.code in select


def _encoded(source: Source, before: bytes) -> bytes:
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + source.text.encode()


def _write(path: Path, before: bytes, after: bytes, *, dry_run: bool) -> None:
    if dry_run:
        old, new = (raw.decode("utf-8-sig") for raw in (before, after))
        for line in edits.changed_lines(old, new, str(path)):
            sys.stdout.write(printable(line) + "\n")
    elif after != before:
        files.write_over(path, before, after)


def _tell(judged: CheckResult, made: Sequence[Finding], select: Sequence[str], *, dry_run: bool) -> int:
    """Say what was done and what is left; return the exit code."""
    stream = sys.stderr if dry_run else sys.stdout
    left = [finding for finding in judged.findings if not select or finding.code.startswith(tuple(select))]
    for finding in made:
        place = f"{finding.file}:{finding.span.line}:{finding.span.column}" if finding.span else finding.file
        said = "would mend" if dry_run else "mended"
        stream.write(printable(f"{place}: {said} {finding.code}: {finding.message}") + "\n")
    by_hand = [replace(finding, detail=None) for finding in left if finding.severity is not Severity.INFO]
    if by_hand:
        stream.write(f"{'' if not made else chr(10)}Left to you:\n")
        stream.write(text.findings_text(by_hand, judged.source))
    noun = "edit" if len(made) == 1 else "edits"
    done = f"{len(made)} {noun} {'to make' if dry_run else 'made'}" if made else "no edit to make"
    stream.write(printable(f"{judged.path}: {done}, {len(by_hand)} left to you.") + "\n")
    if made and not dry_run:
        stream.write("Next: onelist sync, which writes the committed recipes anew.\n")
    return judged.exit_code(left)
