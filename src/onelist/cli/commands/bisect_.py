"""onelist bisect: since which day, and by which release, a list no longer installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Mapping, Sequence

    from onelist.analysis.bisection import Bisection, BisectOptions
    from onelist.analysis.lists import LoadedList
    from onelist.analysis.progress import Progress
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
        help="a day (UTC) on which the list installed, such as 2026-11-01 (default: look back 1, 2, 4, ... days)",
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

    from onelist.analysis.lists import load_list
    from onelist.cli.shared import print_json, print_line, progress_on_stderr
    from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN
    from onelist.reports.bisection import bisection_json, explanation_lines, sentences
    from onelist.settings.project import find_single, load_project

    path = find_single(Path(arguments.path))
    one = load_list(load_project(path))
    settings = one.project.settings
    options = _options(arguments, invocation, settings.name)
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        found = _found(one, options, arguments, invocation, progress)
    if arguments.format == "json":
        print_json(bisection_json(found, settings, str(path)))
    else:
        for text in (*(explanation_lines(found) if arguments.verbose else ()), *sentences(found, settings)):
            print_line(text)
    if found.failures:
        return FINDINGS
    return UNKNOWN if found.undecided else CLEAN


def _options(arguments: argparse.Namespace, invocation: Invocation, name: str) -> BisectOptions:
    """Return where to look.

    Raises:
        UsageError: A day has not begun, or the days are in the wrong order.
    """
    from onelist.analysis.bisection import BisectOptions
    from onelist.cli.options import stop_in_future
    from onelist.core.errors import UsageError

    stop_in_future("--good", arguments.good, invocation)
    stop_in_future("--bad", arguments.bad, invocation)
    bad: datetime.date = arguments.bad or invocation.today
    if arguments.good and arguments.good >= bad:
        raise UsageError(f"The day of --good, {arguments.good}, is not before {bad}.", "Name an earlier day.")
    return BisectOptions(bad=bad, good=arguments.good, likely=_likely(arguments, name), builds=arguments.builds)


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


def _found(
    one: LoadedList, options: BisectOptions, arguments: argparse.Namespace, invocation: Invocation, progress: Progress
) -> Bisection:
    """Ask what there is today, and search.

    Raises:
        UsageError: A target is not one of the list, an address cannot be used, or the index is not known.
    """
    from onelist.analysis.bisection import bisect
    from onelist.analysis.lists import availability_of, stop_at_unknown_target
    from onelist.analysis.resolving.requests import TargetFilter, resolve_requests
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.core.installers import INSTALLERS
    from onelist.sources.session import SourceSession

    stop_at_unknown_target(arguments.target, [one])
    session = SourceSession(network_options(arguments, invocation, cache_policy_of(arguments)))
    channels: Sequence[str] = tuple(dict.fromkeys(arguments.channel))
    (availability,) = availability_of({one.project.folder: one}, session, channels=channels, progress=progress).values()
    installers = (arguments.installer,) if arguments.installer else INSTALLERS
    wanted = TargetFilter(targets=frozenset(arguments.target), installers=installers)
    progress.begin("resolving")
    return bisect(resolve_requests(availability, wanted), session, options, progress.tell)
