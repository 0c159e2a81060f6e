"""onelist matrix: divide many lists among the jobs of a GitHub Actions matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "divide many lists among the jobs of a GitHub Actions matrix: print the jobs as JSON"
EXAMPLES = (
    ("onelist matrix lists --shards 4", "print at most four jobs of about the same work"),
    ("onelist check lists --shard 2/4 --format json", "what the second of these jobs runs"),
)
MAX_SHARDS = 256
"""How many jobs a matrix can have (https://docs.github.com/en/actions/reference/limits, jobs for each workflow run)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_paths(parser)
    parser.add_argument("--shards", type=_shards, required=True, metavar="N", help="the largest number of jobs")


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print the matrix; it holds no text of a path or a list."""
    from pathlib import Path

    from onelist.cli.shards import read_files
    from onelist.cli.shared import print_json
    from onelist.core.errors import CLEAN
    from onelist.reports import shards
    from onelist.settings.project import find_settings

    files = read_files(find_settings(map(Path, arguments.paths)))
    count = min(arguments.shards, len(files))
    include = [
        {"shard": str(shards.Shard(index=index, count=count)), "index": index, "files": len(share)}
        for index, share in enumerate(shards.shares([one.work for one in files.values()], count), start=1)
    ]
    print_json({"include": include}, indent=None)
    return CLEAN


def _shards(text: str) -> int:
    import argparse

    from onelist.core.text import shortened

    if text not in map(str, range(1, MAX_SHARDS + 1)):
        raise argparse.ArgumentTypeError(f"{shortened(text)} is not a number of jobs between 1 and {MAX_SHARDS}")
    return int(text)
