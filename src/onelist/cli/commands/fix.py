"""onelist fix: make the edits that the findings of check propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from onelist.checks.fix import FixResult
    from onelist.cli.invocation import Invocation
    from onelist.cli.next_steps import Commands
    from onelist.core.findings import Finding
    from onelist.reports.lines import Line

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
    import os
    import sys
    from pathlib import Path

    from onelist.checks.fix import fix_file
    from onelist.cli.options import check_options
    from onelist.cli.shared import color_choice, print_diff, progress_on_stderr
    from onelist.cli.terminal import show
    from onelist.settings.project import find_single

    options = check_options(arguments, invocation)
    path = find_single(Path(arguments.path))
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        result = fix_file(path, options, dry_run=arguments.dry_run, progress=progress)
    if arguments.dry_run:
        print_diff(result.before, result.after, path)
    stream = sys.stderr if arguments.dry_run else sys.stdout
    show([lambda width: _blocks(result, arguments, width)], color_choice(), os.environ, stream)
    return result.left.exit_code


_MOST_CHANGES = 10
"""How many changes the summary names."""


def _shortened(changes: Sequence[str]) -> str:
    """Return what was changed, each thing once; of many, the first."""
    each = list(dict.fromkeys(changes))
    more = len(each) - _MOST_CHANGES
    return "; ".join(each[:_MOST_CHANGES]) + (f"; and {more} more" if more > 0 else "")


def _blocks(result: FixResult, arguments: argparse.Namespace, width: int) -> Iterator[Line]:
    """Yield what was changed, what is left to the user, and what to do next."""
    from onelist.cli.next_steps import Commands
    from onelist.core.findings import Severity
    from onelist.core.rules import here
    from onelist.reports.lines import Piece, Style, line
    from onelist.reports.screen import made_lines, step_lines

    dry_run = arguments.dry_run
    commands = Commands(arguments=arguments, result=result.left, is_single=True)
    yield from made_lines(result.made, "would fix" if dry_run else "fixed")
    left = [finding for finding in result.left.shown if finding.severity is not Severity.INFO]
    if left and result.made:
        yield line()
    if left:
        yield from _left(result, left, commands, width)
    if result.changes:
        yield line(f"{'Would change' if dry_run else 'Changed'}: {_shortened(result.changes)}.")
    if result.held:
        names = ", ".join(str(finding.requirement) for finding in result.held)
        codes = ",".join(sorted({finding.code for finding in result.held}))
        yield line(f"Not moved: {names}. The list could then not be installed where it can be now.")
        yield line("To move it all the same: ", Piece(commands.fix(codes), Style.COMMAND))
    count = len(result.made)
    noun = "edit" if count == 1 else "edits"
    edits = f"{count} {noun} {'to make' if dry_run else 'made'}" if count else "no edit to make"
    summary = f"{result.path}: {edits}, {len(left)} left to you."
    yield line(Piece(summary, Style.HEAD if left else Style.GOOD))
    if result.made and not dry_run:
        yield line("If you commit recipes or exports: ", Piece(f"onelist sync{here(str(result.path))}", Style.COMMAND))
    yield from step_lines(commands.after_fix(is_made=bool(count), dry_run=dry_run))


def _left(result: FixResult, left: Sequence[Finding], commands: Commands, width: int) -> Iterator[Line]:
    """Yield the findings that are left to the user."""
    from onelist.reports.lines import Piece, Style, line
    from onelist.reports.screen import Screen, left_blocks

    yield line(Piece("Left to you:", Style.HEAD))
    screen = Screen(
        file=str(result.path),
        source=result.left.source,
        findings=left,
        hidden=0,
        verbose=False,
        next_steps=(),
        show_all=commands.show_all,
        fix=commands.fix,
    )
    yield from left_blocks(screen, width)
