"""The result of a check in each format."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.shared import from_root, one_or_several, print_json
from onelist.reports import text
from onelist.reports.json_report import FileTotals, check_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.api import CheckResult
    from onelist.cli.commands.shards import Part
    from onelist.core.findings import Finding

    Shown = tuple[CheckResult, tuple[Finding, ...]]
    """A settings file, and those of its findings that are to be shown."""


def as_text(one: CheckResult, findings: tuple[Finding, ...]) -> str:
    """Return one file as lines for people."""
    parts = []
    if one.availability and one.settings:
        from onelist.reports.table import table_text, whole_text

        parts.append(table_text(one.availability) + "\n")
        if one.resolutions:
            parts.append(whole_text(one.resolutions, one.settings) + "\n")
    parts.append(text.findings_text(findings, one.source))
    hidden = len(one.findings) - len(findings)
    parts.append(text.summary_text(str(one.path), findings, hidden) + "\n")
    return "".join(parts)


def _as_json(shown: Sequence[Shown], _: int, part: Part | None) -> None:
    results = []
    for one, findings in shown:
        hidden = len(one.findings) - len(findings)
        counted = FileTotals(file=str(one.path), hidden=hidden, unknown=one.has_unknown)
        results.append(check_json(one.settings, findings, counted, one.availability, one.resolutions))
    data = part.json(results, [as_text(*each) for each in shown]) if part else one_or_several(results)
    print_json(data, indent=None)


def _as_sarif(shown: Sequence[Shown], code: int, _: Part | None) -> None:
    from onelist.reports.sarif import SarifInput, sarif

    place = from_root(os.environ)
    judgements = [
        SarifInput(path=place(str(one.path)), source=one.source, findings=findings) for one, findings in shown
    ]
    print_json(sarif(judgements, code, place))


def _as_github(shown: Sequence[Shown], _: int, _part: Part | None) -> None:
    """Print annotations, and write the rest into the summary of the job, where there is one."""
    from onelist.reports import github, github_summary

    place = from_root(os.environ)
    sys.stdout.write(github.annotate([finding for _, findings in shown for finding in findings], place))
    for one, findings in shown:
        sys.stdout.write(github.remark(text.summary_text(str(one.path), findings, len(one.findings) - len(findings))))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        worst_first = sorted(shown, key=lambda each: -each[0].exit_code(each[1]))
        reports = (
            github_summary.report(str(one.path), findings, one.settings, one.availability, one.resolutions or ())
            for one, findings in worst_first
        )
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(github_summary.together(reports))
        except OSError as error:
            sys.stderr.write(f"onelist: the summary of the job could not be written: {error.strerror}.\n")


WHOLE = {"json": _as_json, "github": _as_github, "sarif": _as_sarif}
"""How to print all files at once, with the exit code and the shard that they are."""
