"""onelist check --against: what the install line changes in an image, and what it breaks there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.against import check_against
from onelist.cli.options import cache_policy_of, network_options
from onelist.cli.shared import print_answer, print_json, progress_on_stderr
from onelist.core.errors import UsageError
from onelist.importing.image import MOST_BYTES, parse_image, read_image
from onelist.reports.answers.against import against_json, against_lines

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation
    from onelist.core.image import Image

_UNUSED = {
    "settings_only": "--settings-only",
    "shard": "--shard",
    "as_of": "--as-of",
    "history": "--history",
    "output": "--output",
    "channel": "--channel",
    "no_resolve": "--no-resolve",
}
"""The options of check that say nothing about an image."""
_STANDARD_INPUT = "-"


def run_against(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Compare a list with an image, and print the result.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: Options contradict each other, or a file cannot be used.
    """
    _stop_if_unfit(arguments)
    network = network_options(arguments, invocation, cache_policy_of(arguments))
    name = "standard input" if arguments.against == _STANDARD_INPUT else arguments.against
    image = _read(arguments.against, name)
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        result = check_against(
            image, (arguments.paths or ["."])[0], network, target="".join(arguments.target), progress=progress
        )
    if arguments.format == "json":
        print_json(against_json(result, name))
    else:
        print_answer(against_lines(result, name, verbose=arguments.verbose))
    return result.exit_code


def _read(path: str, name: str) -> Image:
    if path != _STANDARD_INPUT:
        return read_image(Path(path))
    if sys.stdin is None:
        raise UsageError("There is no standard input.", "Name a file with --against.")
    return parse_image(sys.stdin.buffer.read(MOST_BYTES + 1), name)


def _stop_if_unfit(arguments: argparse.Namespace) -> None:
    """Stop where other options do not fit.

    Raises:
        UsageError: One does not.
    """
    unused = next((option for key, option in _UNUSED.items() if getattr(arguments, key)), None)
    if unused:
        raise UsageError(f"{unused} says nothing about packages that are installed already.", "Leave it out.")
    if arguments.installer == "conda":
        raise UsageError("--against is about pip, and --installer conda is not.", "Use one of them.")
    if arguments.format not in {"text", "json", "github"}:  # ONELIST_FORMAT is github in workflows
        raise UsageError("--against prints text or JSON.", "Use --format json, or leave out --format.")
    if len(arguments.paths) > 1 or len(arguments.target) > 1:
        raise UsageError("--against compares one list with one machine.", "Name one of each.")
