"""onelist unlisted: what notebooks and scripts import, and the list does not bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "find what notebooks and scripts import, and the list does not bring"
EXAMPLES = (
    ("onelist unlisted notebooks", "compare all notebooks below notebooks with the list in this folder"),
    ("onelist unlisted lesson.ipynb --settings my-list", "compare one notebook with the list in my-list"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "programs",
        nargs="+",
        metavar="PROGRAM",
        help="notebooks (.ipynb), Python files (.py), and folders: all of them in it and below",
    )
    parser.add_argument(
        "--settings", metavar="PATH", default=".", help="a settings.ini, or a folder that holds one (default: this one)"
    )
    parser.add_argument(
        "--target",
        metavar="PLATFORM/PYTHON",
        default="",
        help="resolve for this machine, such as linux-64/3.12 (default: this platform, and the newest Python that is "
        "at least a year old)",
    )
    shared_arguments.add_indexes(parser)
    shared_arguments.add_answers(parser)
    shared_arguments.add_format(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Compare, and print the result."""
    from onelist.analysis.unlisted import unlisted
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.cli.shared import print_answer, print_json, progress_on_stderr
    from onelist.reports.answers.unlisted import unlisted_json, unlisted_lines

    network = network_options(arguments, invocation, cache_policy_of(arguments))
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        progress.begin("resolving the list and reading its packages")
        result = unlisted(arguments.programs, arguments.settings, network, target=arguments.target)
    if arguments.format == "json":
        print_json(unlisted_json(result))
    else:
        print_answer(unlisted_lines(result))
    return result.exit_code
