"""onelist bump: write the next version into settings.ini."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "write the next version into settings.ini"
EXAMPLES = (
    ("onelist bump patch", "0.1.0 becomes 0.1.1"),
    ("onelist bump calver --dry-run", "show how the version of today, such as 2026.11.25, would be written"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "to",
        metavar="major|minor|patch|calver|VERSION",
        help="the part to raise, calver for the version of today (such as 2026.11.25), or a version",
    )
    shared_arguments.add_path(parser)
    shared_arguments.add_dry_run(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Raise the version; with ``--dry-run`` only show the change."""
    from pathlib import Path

    from onelist import api
    from onelist.cli.shared import print_diff, print_line
    from onelist.core.errors import CLEAN
    from onelist.settings.project import find_single

    path = find_single(Path(arguments.path))
    result = api.bump(path, arguments.to, today=invocation.today, dry_run=arguments.dry_run)
    if arguments.dry_run:
        print_diff(result.before, result.after, path)
    else:
        print_line(f"{path}: version {result.old_version} is now {result.new_version}.")
    return CLEAN
