"""onelist badge: a badge that says whether a list installs with pip and with conda."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from onelist.cli.invocation import Invocation

HELP = "make a badge that says whether a list installs with pip and with conda"
EXAMPLES = (
    ("onelist badge -o badge.svg", "check the list in this folder, and write an SVG"),
    ("onelist badge --report report.json --installer conda", "make the badge for conda from a report of check"),
    ("onelist badge --report report.json --format endpoint", "print the JSON that shields.io reads"),
)
_MAX_BYTES = 512 * 1024 * 1024
"""The largest report that is read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--report", metavar="FILE", help="make it from this JSON report of check or merge, and check nothing"
    )
    shared_arguments.add_installer(parser, "only this installer (default: those of the list)")
    parser.add_argument(
        "--format", choices=("svg", "endpoint"), default="svg", help="an SVG, or the JSON that shields.io reads"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it into this file, and not to standard output")
    shared_arguments.add_network(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Make the badge; what it says does not change the exit code."""
    import json
    import sys
    from pathlib import Path

    from onelist.core.system.files import write_output
    from onelist.reports.answers import badge

    results = _read(Path(arguments.report)) if arguments.report else [_checked(arguments, invocation)]
    made = badge.make_badge(results, (arguments.installer,) if arguments.installer else None)
    text = badge.svg(made) if arguments.format == "svg" else json.dumps(badge.endpoint_json(made)) + "\n"
    if arguments.output:
        write_output(Path(arguments.output), text.encode())
    else:
        sys.stdout.write(text)
    return 0


def _read(path: Path) -> tuple[dict[str, Any], ...]:
    """Return the results of the report that ``--report`` names.

    Raises:
        UsageError: It cannot be read, or is no report.
    """
    from onelist.core.errors import UsageError
    from onelist.core.system.regular_files import read_regular
    from onelist.reports.answers.badge import parse_results

    try:
        raw = read_regular(path, _MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", "Name a report of check.") from error
    return parse_results(str(path), raw)


def _checked(arguments: argparse.Namespace, invocation: Invocation) -> dict[str, Any]:
    """Check the list, and return the result as plain data."""
    from pathlib import Path

    from onelist.analysis.lists import ResolveOptions, read_list
    from onelist.checks.run import CheckOptions, check_lists
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.cli.shared import progress_on_stderr
    from onelist.core.installers import INSTALLERS
    from onelist.reports.json_report import FileTotals, check_json
    from onelist.settings.project import find_single

    installers = (arguments.installer,) if arguments.installer else INSTALLERS
    options = CheckOptions(
        channels=tuple(dict.fromkeys(arguments.channel)),
        network=network_options(arguments, invocation, cache_policy_of(arguments)),
        resolve=ResolveOptions(installers=installers),
    )
    path = find_single(Path(arguments.path))
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        (result,) = check_lists({path: read_list(path)}, options, progress=progress)
    totals = FileTotals(file=str(path), unknown=result.has_unknown)
    return check_json(result.settings, result.shown, totals, result.availability, result.resolutions)
