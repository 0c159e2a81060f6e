"""onelist draft: write a first conda recipe for a package that no conda channel has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "write a first conda recipe for a package that no conda channel has"
EXAMPLES = (
    (
        "onelist draft sentencepiece",
        "write draft/sentencepiece/meta.yaml, after you agree that grayskull runs its setup.py",
    ),
    ("onelist draft sentencepiece -o recipes --yes", "write into recipes, and do not ask"),
)
_WARNING = """\
grayskull will download {name} from the package index and, if it has a setup.py, run that. It is code of the package's
authors, and it can do on this machine everything that you can do. Continue only if you trust {name}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="its name on the package index")
    parser.add_argument("-o", "--output", metavar="DIR", help="the new folder to write to (default: draft/NAME)")
    parser.add_argument(
        "--yes", action="store_true", help="agree that grayskull runs the setup.py of the package, if it has one"
    )
    shared_arguments.add_timeout(parser, "how long it may take", 300)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Write a draft into a new folder."""
    from pathlib import Path

    from onelist.cli.shared import print_line, shortest
    from onelist.core.errors import CLEAN
    from onelist.publish.draft import DraftOptions, draft_target, write_draft

    options = DraftOptions(
        name=arguments.name,
        environment=invocation.environment,
        output=Path(arguments.output) if arguments.output else None,
        timeout=arguments.timeout,
    )
    target = draft_target(options)
    if not arguments.yes:
        _confirm(target.name)
    made = write_draft(options)
    print_line(f"wrote {shortest(made.path)}, a draft. Before you use it, check this:")
    for point in made.points:
        print_line(f"- {point}")
    return CLEAN


def _confirm(name: str) -> None:
    """Ask whether code of other people may run.

    Raises:
        UsageError: There is no terminal to ask, or the answer is no.
    """
    import sys

    from onelist.core.errors import UsageError

    sys.stderr.write(_WARNING.format(name=name))
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("Cannot ask for confirmation: this is not a terminal.", "Add --yes if you agree.")
    sys.stderr.write("Continue? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("You did not agree, so nothing was run and nothing was written.")
