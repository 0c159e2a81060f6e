"""onelist publish: upload this version where it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.variables import add_variable

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from onelist.cli.invocation import Invocation
    from onelist.core.findings import Finding
    from onelist.publish.results import PublishResult

HELP = "publish this version on the index and on conda channels, where it is missing"
EXAMPLES = (
    ("onelist publish --dry-run", "do everything except the upload"),
    ("onelist publish --to anaconda:fastchan", "publish the conda package only, on the channel fastchan"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--to",
        action="append",
        metavar="DESTINATION",
        default=[],
        help="pypi, anaconda:OWNER[/LABEL], prefix:CHANNEL, quetz:https://SERVER/CHANNEL or folder:PATH; repeatable "
        "(default: pypi, and anaconda: with conda_user of settings.ini)",
    )
    parser.add_argument("--dry-run", action="store_true", help="do everything except the upload")
    wait = parser.add_argument(
        "--wait",
        type=shared_arguments.seconds,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait until a destination shows what was sent (default: 300)",
    )
    add_variable(wait, "ONELIST_WAIT", values=shared_arguments.SECONDS_IN_WORDS)
    shared_arguments.add_sources(parser)
    shared_arguments.add_timeout(parser, "how long to wait for one answer, or one upload", 120)
    shared_arguments.add_quiet(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Publish the list, and say what happened to each file and which install lines work."""
    from onelist.core.system.temporary import temporary_files_together

    with temporary_files_together():
        return _run(arguments, invocation)


def _run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    from dataclasses import replace
    from pathlib import Path

    from onelist import api
    from onelist.build.request import source_date_epoch
    from onelist.cli.options import network_options
    from onelist.cli.shared import print_blocks, print_differences, print_line, print_note, progress_on_stderr
    from onelist.core.errors import CLEAN
    from onelist.publish.destination import parse_destination
    from onelist.publish.install_lines import check_install_lines
    from onelist.publish.publisher import PublishOptions
    from onelist.publish.results import check_exit_code, table
    from onelist.reports.lines import table_of
    from onelist.settings.project import find_single, load_project

    path = find_single(Path(arguments.path))
    options = PublishOptions(
        network=network_options(arguments, invocation),
        destinations=tuple(dict.fromkeys(map(parse_destination, arguments.to))),
        channels=tuple(arguments.channel),
        dry_run=arguments.dry_run,
        wait=arguments.wait,
        epoch=source_date_epoch(invocation.environment),
    )
    with progress_on_stderr(quiet=arguments.quiet) as progress:

        def warn(findings: tuple[Finding, ...]) -> None:
            progress.clear()
            for finding in findings:
                print_note(f"onelist: {finding.message} {finding.hint}")

        result = api.upload(path, replace(options, warn=warn), progress=progress)
    if not options.destinations and not load_project(path).settings.has_conda:
        print_note("onelist: Only to the package index, because settings.ini says conda_channels = none.")
    print_differences(result.differences)
    if check_exit_code(result.check) != CLEAN:
        _print_check(result, path)
        return result.exit_code
    print_blocks([table_of(table(result.files))])
    for hint in result.hints:
        print_note(f"onelist: {hint}")
    if options.dry_run or not result.is_complete:
        return result.exit_code
    lines = []
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        progress.begin("trying the install commands")
        for line in check_install_lines(load_project(path), options.network, result):
            progress.clear()
            print_line(str(line))
            lines.append(line)
    return replace(result, install_lines=tuple(lines)).exit_code


def _print_check(result: PublishResult, path: Path) -> None:
    """Print the findings that stopped the release."""
    import sys

    from onelist.cli.shared import print_findings, print_note
    from onelist.core.findings import Severity
    from onelist.reports import text
    from onelist.settings.project import load_project

    source = load_project(path).settings.source
    errors = tuple(one for one in result.check.findings if one.severity is Severity.ERROR)
    unknown = tuple(one for one in result.check.findings if one.severity is Severity.UNKNOWN)
    print_findings(errors or unknown, source, sys.stderr)
    if errors:
        print_note(f"onelist: Nothing was sent: {text.summary_text(source.file, errors)}")
    else:
        print_note("onelist: Nothing was sent, because the check could not tell whether the list installs.")
