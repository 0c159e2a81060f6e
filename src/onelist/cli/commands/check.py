"""onelist check: check lists against the package index, the channels and the resolvers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.variables import add_variable

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from onelist.checks.run import CheckOptions
    from onelist.cli.invocation import Invocation
    from onelist.cli.shards import Part
    from onelist.reports.page.looks import Look

HELP = "check a list: its settings, what the index and each channel have of it, and whether it installs"
EXAMPLES = (
    ("onelist check", "check the list in this folder, for every platform and Python"),
    ("onelist check --format html -o report.html", "write a page for a browser"),
    ("onelist check --as-of 2026-11-27", "check as the installers would have answered at the end of that day"),
    ("onelist check --against colab.json", "say what the install line changes and breaks in Colab"),
    ("onelist check --settings-only lists", "check settings.ini of all lists below lists, and send no request"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_paths(parser)
    shared_arguments.add_settings_only(parser, "check only settings.ini and the committed recipes; send no request")
    parser.add_argument(
        "--shard", metavar="I/N", help="check only this part of the files, such as 2/4; onelist matrix prints the parts"
    )
    shared_arguments.add_network(parser)
    shared_arguments.add_resolve(parser)
    parser.add_argument(
        "--as-of",
        metavar="DATE",
        type=shared_arguments.day,
        help="check as the installers would have answered at the end of this day (UTC), such as 2026-11-27",
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        help="say what pip install of the list would change and break where packages are installed already: FILE is "
        "the output of pip freeze, pip list --format json or pip inspect there, or - for standard input",
    )
    form = parser.add_argument(
        "--format",
        choices=shared_arguments.FORMATS,
        default="text",
        help="for people, for programs, as annotations of a GitHub workflow with a summary of the job, as SARIF, or as "
        "a page for a browser",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="with --format html: write the page into this file; for several lists a folder, which gets an index too",
    )
    parser.add_argument(
        "--history",
        metavar="FILE",
        help="add a line about this run to this file; the page of --format html then shows what has changed",
    )
    fail_on = parser.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="warning",
        help="which findings give exit code 1: only errors, or warnings too (default)",
    )
    select = parser.add_argument(
        "--select",
        metavar="CODES",
        default="",
        help="show only findings of these codes: beginnings separated by commas, such as P,C001",
    )
    ignore = parser.add_argument(
        "--ignore", metavar="CODES", default="", help="do not show findings of these codes, in the same form"
    )
    add_variable(form, "ONELIST_FORMAT")
    add_variable(fail_on, "ONELIST_FAIL_ON")
    add_variable(select, "ONELIST_SELECT")
    add_variable(ignore, "ONELIST_IGNORE")
    shared_arguments.add_verbose(parser)
    shared_arguments.add_color(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Check, and print the results in the format that is asked for."""
    if arguments.against:
        from onelist.cli.against import run_against

        return run_against(arguments, invocation)
    from pathlib import Path

    from onelist.analysis.lists import read_lists
    from onelist.checks.run import check_lists
    from onelist.cli import output
    from onelist.cli.options import check_options
    from onelist.cli.shared import progress_on_stderr
    from onelist.core.errors import exit_code_of_all
    from onelist.settings.project import find_settings

    options = check_options(arguments, invocation, ignore=arguments.ignore, fail_on=arguments.fail_on)
    paths = find_settings(map(Path, arguments.paths))
    _stop_if_unfit(arguments, paths)
    history = Path(arguments.history) if arguments.history else None
    earlier = _earlier(history)
    part = _read_part(paths, arguments.shard, options)
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        results = check_lists(
            part.lists if part else read_lists(paths),
            options,
            other_shards=part.other_shards if part else (),
            progress=progress,
        )
    code = exit_code_of_all(result.exit_code for result in results)
    look = None
    if history:
        from onelist.cli.history import add_look

        look = add_look(history, results, invocation.now)
    match arguments.format:
        case "json":
            output.print_json_report(results, part, arguments)
        case "sarif":
            output.print_sarif(results, code, invocation.environment)
        case "github":
            output.print_github(results, invocation.environment)
        case "html":
            pages = [output.page_of(result, invocation.now, earlier, look) for result in results]
            place = Path(arguments.output) if arguments.output else None
            if part and place:
                output.write_pages_of_shard(pages, part, place)
            elif place and len(pages) > 1:
                output.write_pages(pages, place)
            else:
                output.write_page(pages[0], place)
        case _:
            output.print_text(results, arguments, invocation.environment)
    return code


def _stop_if_unfit(arguments: argparse.Namespace, paths: list[Path]) -> None:
    """Stop before anything is asked if the format does not fit the other arguments.

    Raises:
        UsageError: It does not.
    """
    from onelist.core.errors import UsageError

    if arguments.history and arguments.settings_only:
        raise UsageError("--history is about what servers answer, and --settings-only asks none.", "Use one of them.")
    if arguments.as_of and arguments.settings_only:
        raise UsageError("--as-of is about what servers have, and --settings-only asks none.", "Use one of them.")
    if arguments.as_of and arguments.history:
        raise UsageError("--history keeps what is found today, and --as-of looks at another day.", "Use one of them.")
    if arguments.format != "html":
        if arguments.output:
            raise UsageError("--output is for the page of --format html.", "Add --format html, or leave out --output.")
        return
    if (len(paths) > 1 or arguments.shard) and not arguments.output:
        noun = "a shard" if arguments.shard else f"{len(paths)} lists"
        raise UsageError(f"The pages of {noun} need a folder.", "Name one with --output.")


def _earlier(history: Path | None) -> tuple[Look, ...]:
    """Return the earlier runs of the file that ``--history`` names; none where it names none."""
    if history is None:
        return ()
    from onelist.cli.history import read_history

    return read_history(history)


def _read_part(paths: list[Path], shard: str | None, options: CheckOptions) -> Part | None:
    """Return the shard that ``--shard`` names; None for all lists."""
    if shard is None:
        return None
    from onelist.cli.shards import read_part

    return read_part(paths, shard, options)
