"""S: the warnings of the parser, and what is missing beside settings.ini. G: the generated files."""

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


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield the findings about settings.ini itself."""
    settings = given.project.settings
    file = settings.source.file
    yield from settings.warnings
    yield from code_left_out(given.project)
    if settings.license and not given.project.license:
        yield rules.NO_LICENSE_FILE.at(file, span=settings.spans["license"], license=settings.license)
    if not settings.sdist_url:
        yield rules.NO_SDIST_URL.at(file, span=None)
    elif unquote(urlsplit(settings.sdist_url).path).rpartition("/")[2] != settings.sdist_name:
        yield rules.OTHER_SDIST.at(file, span=settings.spans["sdist_url"], sdist=settings.sdist_name)


def check_generated(given: CheckInput) -> Iterator[Finding]:
    """Yield a finding for each generated file that is missing or out of date.

    A folder without recipes does not keep them, so it has no findings. A settings file with another name has none
    either: the recipes belong to the settings.ini beside it.
    """
    project = given.project
    kept = project.committed.keys() & set(GENERATED_NAMES)
    if given.plan.refused or not kept or PurePath(project.settings.source.file).name != SETTINGS_NAME:
        return
    for artifact in generated(project, given.plan):
        path = str(project.folder / artifact.path)
        match compare(project, artifact):
            case FileStatus.MISSING:
                yield rules.MISSING_FILE.at(path, span=None, path=path)
            case FileStatus.STALE:
                yield rules.STALE_FILE.at(path, span=None, path=path)
            case FileStatus.FRESH:
                pass
