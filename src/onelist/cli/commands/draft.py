"""What makes a first recipe for a package that no conda channel has: draft."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.shared import CLEAN, shown
from onelist.core.errors import UsageError
from onelist.core.text import printable, shortened
from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    import argparse

_WARNING = """\
grayskull will download {name} from the package index and run its setup.py: code of whoever made it, on this machine,
with all that you may do. Go on only if you trust {name}.
"""


def draft(arguments: argparse.Namespace) -> int:
    """Write a draft into a folder of its own."""
    from onelist.core import files
    from onelist.publish import draft as drafts

    wanted = parse_requirement(arguments.name)
    if wanted is None or str(wanted) != wanted.name:
        raise UsageError(
            f"{shortened(arguments.name)} is not the name of a package.", "Write one name, such as pandas."
        )
    folder = Path(arguments.output or Path("draft") / wanted.name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already, and nothing in it is touched.", "Name another folder with -o.")
    if not arguments.yes:
        _agree(wanted.name)
    made = drafts.make_draft(wanted.name, arguments.timeout)
    files.write_all(folder, [made])
    text = made.content.decode()
    sys.stdout.write(printable(f"wrote {shown(folder / made.path)}, a draft. Before it is used, look at this:") + "\n")
    for point in drafts.points_to_look_at(text):
        sys.stdout.write(printable(f"- {point}") + "\n")
    return CLEAN


def _agree(name: str) -> None:
    """Ask whether code of others may be run.

    Raises:
        UsageError: There is nobody to ask, or the answer was no.
    """
    sys.stderr.write(_WARNING.format(name=name))
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("Nobody is there who could agree to that.", "Add --yes if you do.")
    sys.stderr.write("Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("Nothing was run and nothing was written.")
