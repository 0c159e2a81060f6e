"""S: what the parser has seen, and what is missing beside settings.ini."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from onelist.build.recipes import FileStatus, compare, generated
from onelist.core import rules
from onelist.settings.project import GENERATED_NAMES, SETTINGS_NAME, code_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding


def check(subject: CheckInput) -> Iterator[Finding]:
    """Yield the findings about settings.ini as such."""
    settings = subject.project.settings
    file = settings.source.file
    yield from settings.warnings
    yield from code_left_out(subject.project)
    if settings.license and not subject.project.license:
        yield rules.NO_LICENSE_FILE.at(
            file,
            "There is no licence file beside settings.ini, so none goes into what is built.",
            span=settings.spans["license"],
            hint=f"Put the text of {settings.license} into a file LICENSE in the same folder.",
        )
    if not settings.sdist_url:
        yield rules.NO_SDIST_URL.at(
            file,
            "sdist_url is not set, so the recipe for conda-forge points to a file and not to an address.",
            span=None,
            hint="Before a submission add sdist_url = https://... with the address of the published .tar.gz file.",
        )
    elif unquote(urlsplit(settings.sdist_url).path).rpartition("/")[2] != settings.sdist_name:
        yield rules.OTHER_SDIST.at(
            file,
            f"sdist_url does not end in {settings.sdist_name}, which is the name of the sdist of this version.",
            span=settings.spans["sdist_url"],
            hint=f"Let it end in /{settings.sdist_name}.",
        )


def check_generated(subject: CheckInput) -> Iterator[Finding]:
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
            case FileStatus.MISSING:
                yield rules.MISSING_FILE.at(path, f"{path} is missing.", span=None, hint="Run: onelist sync")
            case FileStatus.STALE:
                yield rules.STALE_FILE.at(
                    path, f"{path} is not what settings.ini makes of it.", span=None, hint="Run: onelist sync"
                )
            case FileStatus.FRESH:
                pass
