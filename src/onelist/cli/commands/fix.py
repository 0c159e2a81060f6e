"""onelist fix: make the edits that the findings of check propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import TextIO

    from onelist.checks.fix import FixResult
    from onelist.cli.invocation import Invocation

HELP = "fix what check finds: make the edits of settings.ini that it proposes"
EXAMPLES = (
    ("onelist fix --dry-run", "show as a diff what would change in settings.ini"),
    ("onelist fix --select P,D001", "remove pins, and move what conda channels have by now"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    shared_arguments.add_dry_run(parser)
    parser.add_argument(
        "--select",
        metavar="CODES",
        default="",
        help="fix only findings of these codes: beginnings separated by commas, such as P,D001; a whole code also "
        "makes unsafe edits, which you have to weigh",
    )
    shared_arguments.add_settings_only(parser, "fix only what shows in settings.ini itself; send no request")
    shared_arguments.add_network(parser)
    shared_arguments.add_resolve(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Make the edits, and say what is fixed and what is left."""
    import sys
    from pathlib import Path

    from onelist.checks.fix import fix_file
    from onelist.cli.options import check_options
    from onelist.cli.shared import print_diff, progress_on_stderr
    from onelist.settings.project import find_single

    options = check_options(arguments, invocation)
    path = find_single(Path(arguments.path))
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        result = fix_file(path, options, dry_run=arguments.dry_run, progress=progress)
    if arguments.dry_run:
        print_diff(result.before, result.after, path)
    _print_summary(result, sys.stderr if arguments.dry_run else sys.stdout, dry_run=arguments.dry_run)
    return result.left.exit_code


_MOST_CHANGES = 10
"""How many changes the summary names."""


def _shortened(changes: Sequence[str]) -> str:
    """Return what was changed, each thing once; of many, the first."""
    each = list(dict.fromkeys(changes))
    more = len(each) - _MOST_CHANGES
    return "; ".join(each[:_MOST_CHANGES]) + (f"; and {more} more" if more > 0 else "")


def _print_summary(result: FixResult, stream: TextIO, *, dry_run: bool) -> None:
    import shlex
    from dataclasses import replace

    from onelist.cli.shared import print_findings
    from onelist.core.findings import Severity
    from onelist.core.text import printable

    for finding in result.made:
        place = f"{finding.file}:{finding.span.line}:{finding.span.column}" if finding.span else finding.file
        done = "would fix" if dry_run else "fixed"
        stream.write(printable(f"{place}: {done} {finding.code}: {finding.message}") + "\n")
    left = [replace(finding, detail=None) for finding in result.left.shown if finding.severity is not Severity.INFO]
    if left:
        stream.write("\nLeft to you:\n" if result.made else "Left to you:\n")
        print_findings(left, result.left.source, stream)
    if result.changes:
        stream.write(printable(f"{'Would change' if dry_run else 'Changed'}: {_shortened(result.changes)}.") + "\n")
    if result.held:
        names = ", ".join(str(finding.requirement) for finding in result.held)
        codes = ",".join(sorted({finding.code for finding in result.held}))
        command = f"onelist fix {shlex.quote(str(result.path))} --select {codes}"
        stream.write(printable(f"Not moved: {names}. The list could then not be installed where it can be now.") + "\n")
        stream.write(printable(f"To move it all the same: {command}") + "\n")
    count = len(result.made)
    noun = "edit" if count == 1 else "edits"
    edits = f"{count} {noun} {'to make' if dry_run else 'made'}" if count else "no edit to make"
    stream.write(printable(f"{result.path}: {edits}, {len(left)} left to you.") + "\n")
    if result.made and not dry_run:
        stream.write("Next: onelist sync, if you commit recipes or exports.\n")
