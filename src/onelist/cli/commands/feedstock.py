"""onelist feedstock: write this version into the recipe of a conda-forge feedstock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from onelist.cli.invocation import Invocation
    from onelist.publish.feedstock.update import FeedstockResult

HELP = "write this version into the recipe of a conda-forge feedstock"
EXAMPLES = (
    ("onelist feedstock ../course-meta-feedstock", "update the recipe in a clone of the feedstock"),
    ("onelist feedstock ../a-feedstock lists/a", "the same for the list in lists/a"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("feedstock", metavar="FEEDSTOCK", help="the folder of a clone of the feedstock")
    shared_arguments.add_path(parser)
    shared_arguments.add_timeout(parser, "how long to wait for the published sdist", 120)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Write the version into the clone, and print what to type next."""
    from pathlib import Path

    from onelist.cli.shared import load_single, print_line
    from onelist.publish.feedstock.update import FeedstockOptions, update_feedstock
    from onelist.sources.config import NetworkOptions

    options = FeedstockOptions(
        feedstock=Path(arguments.feedstock),
        network=NetworkOptions(environment=invocation.environment, deadline=arguments.timeout, now=invocation.now),
    )
    result = update_feedstock(load_single(arguments.path), options)
    for line in _lines(result):
        print_line(line)
    return result.exit_code


def _lines(result: FeedstockResult) -> Iterator[str]:
    from onelist.publish.feedstock.update import FeedstockStatus

    update = result.update
    match result.status:
        case FeedstockStatus.UP_TO_DATE:
            yield f"{result.path} already has version {update.version} with the same list: nothing to do."
        case FeedstockStatus.NOT_PUBLISHED:
            yield f"There is no file at {result.sdist_url}: this version is not published yet, or sdist_url is wrong."
            yield "    Publish it first: onelist publish"
        case FeedstockStatus.DIFFERENT:
            yield f"The file at {result.sdist_url} differs from the sdist of {result.settings}."
            yield "    Raise the version (onelist bump patch), publish it, and try again."
        case FeedstockStatus.UPDATED:
            is_new = update.old_version != update.version
            change = (
                f"version {update.old_version} is now {update.version}" if is_new else f"still version {update.version}"
            )
            yield f"{result.path}: {change}, build number {update.build_number}."
            yield from (f"  run + {item}" for item in update.added)
            yield from (f"  run - {item}" for item in update.removed)
            yield "Look at git diff, then type:"
            yield from (f"    {command}" for command in result.commands)
    if update.notes and result.status in {FeedstockStatus.UP_TO_DATE, FeedstockStatus.UPDATED}:
        yield "Look at this:"
        yield from (f"  - {note}" for note in update.notes)
