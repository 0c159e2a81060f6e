"""G: whether the committed files are what settings.ini makes of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from onelist import catalogue
from onelist.project import SETTINGS_NAME
from onelist.sync import State, compare, generated

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from pathlib import Path

    from onelist.model import Finding, Project
    from onelist.plan import Plan


def check(project: Project, plan: Plan, today: datetime.date) -> Iterator[Finding]:  # noqa: ARG001 - the signature of every check
    """Yield a finding for each generated file that is missing or out of date.

    A folder in which none of them lies does not keep them, and nothing is said of it.
    """
    if plan.refused or not _is_kept(project):
        return
    for artifact in generated(project, plan):
        path: Path = project.folder / artifact.path
        match compare(path, artifact):
            case State.MISSING:
                yield catalogue.MISSING_FILE.at(str(path), f"{path} is missing.", span=None, hint="Run: onelist sync")
            case State.STALE:
                yield catalogue.STALE_FILE.at(
                    str(path),
                    f"{path} is not what settings.ini makes of it.",
                    span=None,
                    hint="Run: onelist sync",
                )
            case State.FRESH:
                pass


def _is_kept(project: Project) -> bool:
    if PurePath(project.settings.source.file).name != SETTINGS_NAME:
        return False
    return any((project.folder / name).exists() for name in ("meta.yaml", "recipe/recipe.yaml"))
