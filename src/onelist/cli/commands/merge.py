"""onelist merge: merge the reports of all shards into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.variables import add_variable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.cli.invocation import Invocation
    from onelist.reports.shards import Report, Result

HELP = "merge the JSON reports of check --shard into one"
EXAMPLES = (
    ("onelist merge report-*.json", "print the text and return the exit code of one run over all lists"),
    ("onelist merge report-*.json --format json", "print its JSON report"),
    ("onelist merge report-*.json --format html -o site", "write the index of the pages that the shards wrote there"),
)
_MAX_BYTES = 512 * 1024 * 1024
"""The largest report that is read: one of 200 lists with all answers has about 50 MB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("reports", nargs="+", metavar="FILE", help="the reports of all shards, in any order")
    form = parser.add_argument(
        "--format",
        choices=(*shared_arguments.FORMATS[:2], "html"),
        default="text",
        help="for people, for programs, or the index of the pages of all lists",
    )
    add_variable(form, "ONELIST_FORMAT", passed_over=shared_arguments.FORMATS[2:])
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="with --format html: the folder with the pages, which gets the index",
    )


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print the merged report, and return the exit code of a single run."""
    import sys
    from pathlib import Path

    from onelist.cli.shared import one_or_several, print_json
    from onelist.core.errors import UsageError
    from onelist.core.text import harmless
    from onelist.reports.shards import merge

    if (arguments.format == "html") != bool(arguments.output):
        raise UsageError("--format html and --output belong together.", "Use both of them, or none.")
    results, code = merge([_read(name) for name in arguments.reports])
    if arguments.format == "html":
        _write_index(results, Path(arguments.output))
        return code
    if arguments.format == "json":
        print_json(one_or_several([dict(result.data) for result in results]), indent=None)
        return code
    for result in results:
        # A report may come from elsewhere, so its lines are made as harmless as ours are.
        sys.stdout.write("\n".join(map(harmless, result.text.split("\n"))))
    return code


def _write_index(results: Sequence[Result], folder: Path) -> None:
    """Write the index of the pages of all lists; a list whose page is not in the folder has no link.

    Raises:
        UsageError: A report is damaged, or the file cannot be written.
    """
    from onelist.cli.shared import print_note
    from onelist.core.errors import UsageError
    from onelist.core.system.files import write_output
    from onelist.reports.page.index import INDEX, page_names
    from onelist.reports.page.merged import name_of_result, row_of_result
    from onelist.reports.page.render import render_rows

    try:
        names = page_names((result.file, name_of_result(result.data)) for result in results)
        pages = [name if (folder / name).is_file() else "" for name in names]
        rows = [row_of_result(result.data, page) for result, page in zip(results, pages, strict=True)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            "A report does not have the form of a report of onelist check.", "Use the files without changes."
        ) from error
    index = folder / INDEX
    write_output(index, render_rows(rows, None).encode())
    lacking = pages.count("")
    without = f" {lacking} of them {'has' if lacking == 1 else 'have'} no page there." if lacking else ""
    print_note(f"The index of {len(rows)} lists is {index}.{without}")


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
