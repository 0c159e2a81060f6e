"""onelist merge: merge the reports of all shards into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation
    from onelist.reports.shards import Report

HELP = "merge the JSON reports of check --shard into one"
EXAMPLES = (
    ("onelist merge report-*.json", "print the text and return the exit code of one run over all lists"),
    ("onelist merge report-*.json --format json", "print its JSON report"),
)
_MAX_BYTES = 512 * 1024 * 1024
"""The largest report that is read: one of 200 lists with all answers has about 50 MB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("reports", nargs="+", metavar="FILE", help="the reports of all shards, in any order")
    shared_arguments.add_format(parser)


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print the merged report, and return the exit code of a single run."""
    import sys

    from onelist.cli.shared import one_or_several, print_json
    from onelist.core.text import harmless
    from onelist.reports.shards import merge

    results, code = merge([_read(name) for name in arguments.reports])
    if arguments.format == "json":
        print_json(one_or_several([dict(result.data) for result in results]), indent=None)
        return code
    for result in results:
        # A report may come from elsewhere, so its lines are made as harmless as ours are.
        sys.stdout.write("\n".join(map(harmless, result.text.split("\n"))))
    return code


def _read(name: str) -> Report:
    from pathlib import Path

    from onelist.core.errors import UsageError
    from onelist.reports.shards import parse_report

    path = Path(name)
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "its name is not valid"
        raise UsageError(f"{path} cannot be read: {reason}.", "Name the reports of the shards.") from error
    if len(raw) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than 512 MiB, so it is not a report.", "Name the reports of the shards.")
    return parse_report(str(path), raw)
