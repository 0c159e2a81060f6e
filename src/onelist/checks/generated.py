"""G: whether the committed files are what settings.ini makes of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from onelist import catalogue
from onelist.project import GENERATED_NAMES, SETTINGS_NAME
from onelist.sync import State, compare, generated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.interface import Subject
    from onelist.model import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each generated file that is missing or out of date.

    A folder in which no recipe lies does not keep them, and nothing is said of it; nor of a settings file of another
    name, for the recipes belong to the settings.ini beside it.
    """
    project = subject.project
    kept = project.committed.keys() & set(GENERATED_NAMES)
    if subject.plan.refused or not kept or PurePath(project.settings.source.file).name != SETTINGS_NAME:
        return
    for artifact in generated(project, subject.plan):
        path = str(project.folder / artifact.path)
        match compare(project, artifact):
            case State.MISSING:
                yield catalogue.MISSING_FILE.at(path, f"{path} is missing.", span=None, hint="Run: onelist sync")
            case State.STALE:
                yield catalogue.STALE_FILE.at(
                    path, f"{path} is not what settings.ini makes of it.", span=None, hint="Run: onelist sync"
                )
            case State.FRESH:
                pass
