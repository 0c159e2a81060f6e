"""S: the warnings of the parser, and what is missing beside settings.ini. G: the generated files."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from onelist.build.exports.registry import is_written_by_hand, kept_files, kept_names, kept_paths
from onelist.build.recipes import FileStatus, compare, generated, read_as_booleans
from onelist.core import rules
from onelist.core.errors import UsageError
from onelist.core.model import PLACES, Export
from onelist.settings.project import GENERATED_NAMES, SETTINGS_NAME, code_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Artifact, Project


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield the findings about settings.ini itself."""
    settings = given.project.settings
    file = settings.source.file
    yield from settings.warnings
    yield from code_left_out(given.project)
    if settings.has_conda:
        yield from read_as_booleans(settings, given.plan)
    if settings.license and not given.project.license:
        span = settings.spans["license"]
        yield rules.NO_LICENSE_FILE.at(file, span=span, settings=file, license=settings.license)
    if not settings.sdist_url and settings.has_conda:
        yield rules.NO_SDIST_URL.at(file, span=None)
    elif settings.sdist_url and unquote(urlsplit(settings.sdist_url).path).rpartition("/")[2] != settings.sdist_name:
        yield rules.OTHER_SDIST.at(file, span=settings.spans["sdist_url"], sdist=settings.sdist_name)


def check_generated(given: CheckInput) -> Iterator[Finding]:
    """Yield a finding for each generated file that is missing or out of date.

    A folder without recipes does not keep them, so it has no findings about them. A settings file with another name has
    none either: the generated files belong to the settings.ini beside or above them.
    """
    project = given.project
    if given.plan.refused or PurePath(project.settings.source.file).name != SETTINGS_NAME:
        return
    if project.settings.has_conda and project.committed.keys() & set(GENERATED_NAMES):
        for artifact in generated(project, given.plan):
            yield from _compared(project, artifact)
    for export in kept_names(project):
        yield from _kept_export(given, export)


def _kept_export(given: CheckInput, export: Export) -> Iterator[Finding]:
    """Yield the findings about the files of one export; one finding where it cannot be made at all."""
    project = given.project
    try:
        files = kept_files(export, project, given.plan)
    except UsageError as error:  # pixi.toml cannot say everything that pip understands
        path = str(project.folder / kept_paths(export, project)[0])
        yield rules.STALE_FILE.at(
            path, span=None, variant="impossible", path=path, reason=error.message, remedy=error.hint
        )
        return
    for artifact in files:
        if is_written_by_hand(project, artifact.path):
            path = str(project.folder / artifact.path)
            yield rules.WRITTEN_BY_HAND.at(path, span=None, path=path, export=artifact.kind)
        else:
            yield from _compared(project, artifact)


def _compared(project: Project, artifact: Artifact) -> Iterator[Finding]:
    path = str(project.folder / artifact.path)
    is_export, here = artifact.kind in list(Export), rules.here(project.settings.source.file)
    match compare(project, artifact):
        case FileStatus.MISSING:
            yield rules.MISSING_FILE.at(path, span=None, variant="export" if is_export else "", path=path, here=here)
        case FileStatus.STALE:
            by_itself = is_export and artifact.kind not in PLACES
            yield rules.STALE_FILE.at(
                path, span=None, variant="export" if by_itself else "", path=path, export=artifact.kind, here=here
            )
        case FileStatus.FRESH:
            pass
