"""The command ``feedstock``."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.shared import single
from onelist.core.text import printable
from onelist.publish.feedstock import FeedstockOptions, FeedstockStatus, update_feedstock
from onelist.sources.config import NetworkOptions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from onelist.publish.feedstock import FeedstockResult


def feedstock(arguments: argparse.Namespace) -> int:
    """Write a version into a clone of its feedstock."""
    now = datetime.datetime.now(tz=datetime.UTC)
    options = FeedstockOptions(
        feedstock=Path(arguments.feedstock),
        network=NetworkOptions(environment=os.environ, deadline=arguments.timeout, now=now),
    )
    result = update_feedstock(single(arguments.path), options)
    sys.stdout.write("".join(printable(line) + "\n" for line in _lines(result)))
    return result.exit_code


def _lines(result: FeedstockResult) -> Iterator[str]:
    update = result.update
    match result.status:
        case FeedstockStatus.UP_TO_DATE:
            yield f"{result.path} already has version {update.version} with the same list: nothing to do."
        case FeedstockStatus.NOT_PUBLISHED:
            yield f"There is no file at {result.sdist_url}: this version is not published yet."
            yield "    Publish it first: onelist publish"
        case FeedstockStatus.DIFFERENT:
            yield f"The file at {result.sdist_url} differs from the sdist of settings.ini, so the list was changed."
            yield "    Raise the version (onelist bump patch), publish it, and try again."
        case FeedstockStatus.UPDATED:
            versions = f"version {update.old_version} is now {update.version}"
            yield f"{result.path}: {versions}, build number {update.build_number}."
            yield from (f"  run + {item}" for item in update.added)
            yield from (f"  run - {item}" for item in update.removed)
            yield "Look at git diff, then type:"
            yield from (f"    {command}" for command in result.commands)
