"""The command ``draft``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.shared import CLEAN, shown
from onelist.core.errors import UsageError
from onelist.core.text import printable
from onelist.publish.draft import DraftOptions, draft_target, write_draft

if TYPE_CHECKING:
    import argparse

_WARNING = """\
grayskull will download {name} from the package index and run its setup.py. That is code of the package's authors, and
it can do on this machine everything that you can do. Continue only if you trust {name}.
"""


def draft(arguments: argparse.Namespace) -> int:
    """Write a draft into a new folder."""
    options = DraftOptions(
        name=arguments.name,
        environment=os.environ,
        output=Path(arguments.output) if arguments.output else None,
        timeout=arguments.timeout,
    )
    target = draft_target(options)
    if not arguments.yes:
        _confirm(target.name)
    made = write_draft(options)
    sys.stdout.write(printable(f"wrote {shown(made.path)}, a draft. Before you use it, check this:") + "\n")
    for point in made.points:
        sys.stdout.write(printable(f"- {point}") + "\n")
    return CLEAN


def _confirm(name: str) -> None:
    """Ask whether code of other people may run.

    Raises:
        UsageError: There is no terminal to ask, or the answer is no.
    """
    sys.stderr.write(_WARNING.format(name=name))
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("Cannot ask for confirmation: this is not a terminal.", "Add --yes if you agree.")
    sys.stderr.write("Continue? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("You did not agree, so nothing was run and nothing was written.")
