"""Every export that ``sync`` keeps in step with settings.ini: its function, and the files of it that stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.build.exports.lists import environment_yml, pixi_toml, pyproject_toml, requirements_txt
from onelist.core.model import EXPORT_FILES, Artifact, Export
from onelist.settings.exported import export_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from onelist.core.model import Project
    from onelist.translation.plan import Plan

EXPORTS: dict[Export, Callable[[Project, Plan], str]] = {
    Export.ENVIRONMENT: environment_yml,
    Export.REQUIREMENTS: requirements_txt,
    Export.PIXI: pixi_toml,
    Export.PYPROJECT: pyproject_toml,
}


def kept_exports(project: Project, plan: Plan) -> list[Artifact]:
    """Return the exports that ``sync`` keeps in step with settings.ini.

    Args:
        project: The project, with the exports that stand in its folder.
        plan: What each requirement becomes for conda.

    Returns:
        The files that the key ``exports`` names, then the others with the header, with paths relative to the folder of
        settings.ini. The kind of each is the name of its export.

    Raises:
        UsageError: A format cannot express the list.
    """
    kinds = {EXPORT_FILES[export]: export for export in project.settings.exports}
    for path, content in project.exported.items():
        if export := export_of(content):
            kinds.setdefault(path, export)
    return [
        Artifact(kind=export, path=path, content=EXPORTS[export](project, plan).encode())
        for path, export in kinds.items()
    ]


def is_written_by_hand(project: Project, path: str) -> bool:
    """Tell whether there is a file at the place of an export that onelist has not written."""
    content = project.exported.get(path)
    return content is not None and export_of(content) is None
