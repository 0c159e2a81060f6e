"""What brings a new version into a conda-forge feedstock: feedstock."""

from __future__ import annotations

import datetime
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.build.request import FIXED_EPOCH, BuildRequest
from onelist.cli.shared import CLEAN, FINDINGS, single
from onelist.core import files
from onelist.core.errors import UnavailableError, UsageError
from onelist.core.model import ArtifactKind
from onelist.core.text import printable
from onelist.publish import feedstock as recipes
from onelist.sources.faults import SourceError
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse

    from onelist.publish.feedstock import Update

_OK = 200


def feedstock(arguments: argparse.Namespace) -> int:
    """Write the recipe of this version into a clone of the feedstock; say what to type next."""
    folder = Path(arguments.feedstock)
    path = _recipe(folder)
    project = single(arguments.path)
    order = BuildRequest(project=project, plan=make_plan(project.settings), epoch=FIXED_EPOCH)
    if not project.settings.sdist_url:
        raise UsageError(
            "sdist_url is not set, and conda-forge builds from the published sdist alone.",
            "Add sdist_url = https://... with the address of the published .tar.gz file to settings.ini.",
        )
    before = path.read_bytes()
    update = recipes.update(_text(path, before), _ours(order), str(path))
    if not update.is_needed:
        _say(f"{path} is of version {update.version} already, with the same list: nothing to do.")
        return CLEAN
    if not _is_published(order, arguments.timeout):
        return FINDINGS
    files.write_over(path, before, update.text.encode())
    _tell(path, update, order.plan.name, folder)
    return CLEAN


def _recipe(folder: Path) -> Path:
    path = folder / "recipe" / "recipe.yaml"
    if path.is_file():
        return path
    if (folder / "recipe" / "meta.yaml").is_file():
        raise UsageError(
            f"The recipe of {folder} is a meta.yaml, the older form, which onelist does not write into.",
            "Have it converted first: conda-forge's documentation tells how, under recipe.yaml.",
        )
    raise UsageError(f"{folder} is no clone of a feedstock: it has no recipe/recipe.yaml.", "Name the clone's folder.")


def _text(path: Path, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8.", "Look at the file.") from None


def _ours(order: BuildRequest) -> str:
    from onelist.build import builder

    builder.stop_if_refused(order.project.settings, order.plan)
    (artifact,) = [
        one for one in builder.build_artifacts(order, [ArtifactKind.CONDA_FORGE]) if one.path.endswith("recipe.yaml")
    ]
    return artifact.content.decode()


def _is_published(order: BuildRequest, seconds: float) -> bool:
    """Tell whether the sdist of this version lies at its address, with the same bytes.

    Raises:
        UnavailableError: That could not be found out.
    """
    from onelist.build.python_package import build_sdist
    from onelist.sources.cache import CachePolicy
    from onelist.sources.config import NetworkOptions
    from onelist.sources.session import SourceSession

    now = datetime.datetime.now(tz=datetime.UTC)
    network = NetworkOptions(environment=os.environ, cache_policy=CachePolicy.REFRESH, deadline=seconds, now=now)
    url = order.project.settings.sdist_url
    page = SourceSession(network).http().get(url, "*/*")
    if isinstance(page, SourceError):
        raise UnavailableError(
            f"Whether {url} is published is not known: the server {page.reason}.", "Try again later."
        )
    if page.status != _OK:
        _say(f"{url} is not there: this version is not published yet.", "Publish it first: onelist publish")
        return False
    if hashlib.sha256(page.content).digest() == hashlib.sha256(build_sdist(order).content).digest():
        return True
    _say(
        f"{url} has other bytes than what settings.ini makes now, so it is another list.",
        "Count the version up (onelist bump patch), publish it, and try again.",
    )
    return False


def _say(message: str, hint: str = "") -> None:
    sys.stdout.write(printable(message) + "\n" + (f"    {printable(hint)}\n" if hint else ""))


def _tell(path: Path, update: Update, name: str, folder: Path) -> None:
    _say(f"{path}: version {update.before} is now {update.version}, build number {update.number}.")
    for sign, items in (("+", update.added), ("-", update.removed)):
        for item in items:
            _say(f"  run {sign} {item}")
    _say("Next, after a look at git diff:")
    for command in recipes.commands(str(folder), update, name):
        _say(f"    {command}")
