"""onelist bisect: since which day, and by which release, a list no longer installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Mapping

    from onelist.analysis.bisection import BisectOptions
    from onelist.cli.invocation import Invocation

HELP = "find the day since which a list no longer installs, and the release that did it"
EXAMPLES = (
    ("onelist bisect", "look back from today until the list in this folder installs, then halve"),
    ("onelist bisect --good 2026-11-01 --installer pip", "look between this day and today, with pip only"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--good",
        metavar="DATE",
        type=shared_arguments.day,
        help="a day (UTC) on which the list installed, such as 2026-11-01 (default: look for one)",
    )
    parser.add_argument(
        "--bad",
        metavar="DATE",
        type=shared_arguments.day,
        help="a day (UTC) on which the list does not install (default: today)",
    )
    parser.add_argument(
        "--builds",
        action="store_true",
        help="count the list as failing, too, where pip builds a part of it from source",
    )
    parser.add_argument(
        "--history", metavar="FILE", help="try first the last day on which it installed, by the file of check --history"
    )
    shared_arguments.add_targets(parser)
    shared_arguments.add_network(parser)
    shared_arguments.add_format(parser)
    shared_arguments.add_verbose(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Search, and print since when the list fails."""
    from pathlib import Path

    from onelist.analysis.bisection import bisect
    from onelist.cli.shared import print_answer, print_json, progress_on_stderr
    from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN
    from onelist.reports.answers.bisection import bisection_json, explanation_lines, sentences
    from onelist.settings.project import find_single, load_project

    path = find_single(Path(arguments.path))
    options = _options(arguments, invocation, load_project(path).settings.name)
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        found = bisect(path, options, progress=progress)
    if arguments.format == "json":
        print_json(bisection_json(found, str(path)))
    else:
        print_answer((*(explanation_lines(found) if arguments.verbose else ()), *sentences(found)))
    if found.failures:
        return FINDINGS
    return UNKNOWN if found.undecided else CLEAN


def _options(arguments: argparse.Namespace, invocation: Invocation, name: str) -> BisectOptions:
    from onelist.analysis.bisection import BisectOptions
    from onelist.analysis.lists import ResolveOptions
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.core.installers import INSTALLERS

    return BisectOptions(
        good=arguments.good,
        bad=arguments.bad,
        likely=_likely(arguments, name),
        builds=arguments.builds,
        resolve=ResolveOptions(
            targets=tuple(arguments.target),
            installers=(arguments.installer,) if arguments.installer else INSTALLERS,
        ),
        channels=tuple(dict.fromkeys(arguments.channel)),
        network=network_options(arguments, invocation, cache_policy_of(arguments)),
    )


def _likely(arguments: argparse.Namespace, name: str) -> Mapping[tuple[str, str], datetime.date]:
    """Return the last day on which the list installed, by installer and target, as the file of ``--history`` says.

    Raises:
        UsageError: The file cannot be read, or is no history.
    """
    if not arguments.history:
        return {}
    from pathlib import Path

    from onelist.cli.history import read_history
    from onelist.reports.page.states import PageState

    good = {PageState.FOUND} if arguments.builds else {PageState.FOUND, PageState.SOURCE}
    return {
        key: look.time.date()
        for look in read_history(Path(arguments.history))
        for one in look.lists
        if one.name == name
        for key, install in one.installs.items()
        if install.state in good
    }
