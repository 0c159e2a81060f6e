"""Every export that ``sync`` keeps in step with settings.ini: its function, and the files of it that stand there."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.build.exports.binder import IDLE, binder
from onelist.build.exports.containers import devcontainer, docker
from onelist.build.exports.installer import installer
from onelist.build.exports.lists import environment_yml, pixi_toml, pyproject_toml, requirements_txt
from onelist.build.exports.notebook import cell, notebook
from onelist.core.model import EXPORT_FILES, Artifact, Export
from onelist.settings.exported import export_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from onelist.core.model import Project
    from onelist.translation.plan import Plan

_LISTS: Mapping[Export, Callable[[Project, Plan], str]] = MappingProxyType(
    {
        Export.ENVIRONMENT: environment_yml,
        Export.REQUIREMENTS: requirements_txt,
        Export.PIXI: pixi_toml,
        Export.PYPROJECT: pyproject_toml,
    }
)
_FILES: Mapping[Export, Callable[[Project, Plan], tuple[Artifact, ...]]] = MappingProxyType(
    {
        Export.BINDER: binder,
        Export.COLAB: notebook,
        Export.DEVCONTAINER: devcontainer,
        Export.DOCKER: docker,
        Export.INSTALLER: installer,
    }
)


def export_files(export: Export, project: Project, plan: Plan) -> tuple[Artifact, ...]:
    """Return the files of an export.

    Args:
        export: Which one.
        project: The project.
        plan: What each requirement becomes for conda.

    Returns:
        The files, with the paths of ``EXPORT_FILES``. The kind of each is the name of the export.

    Raises:
        UsageError: The format cannot express the list.
    """
    return tuple(file for file in _all_files(export, project, plan) if file.content != IDLE.encode())


def export_text(export: Export, project: Project, plan: Plan) -> str:
    """Return an export as one text, to print it.

    Args:
        export: Which one.
        project: The project.
        plan: What each requirement becomes for conda.

    Returns:
        The text of its file; for Colab that of the cell. Where there are several files, each comes after a line with
        its path, in the form in which ``head`` prints several files.

    Raises:
        UsageError: The format cannot express the list.
    """
    if export == Export.COLAB:
        return cell(project)
    files = export_files(export, project, plan)
    if len(files) == 1:
        return files[0].content.decode()
    return "\n".join(f"==> {file.path} <==\n{file.content.decode()}" for file in files)


def kept_exports(project: Project, plan: Plan) -> list[Artifact]:
    """Return the exports that ``sync`` keeps in step with settings.ini.

    Args:
        project: The project, with the exports that stand in its folder.
        plan: What each requirement becomes for conda.

    Returns:
        The files that the key ``exports`` names, and the others with the header, with paths relative to the folder of
        settings.ini. The kind of each is the name of its export.

    Raises:
        UsageError: A format cannot express the list.
    """
    return [file for export in kept_names(project) for file in kept_files(export, project, plan)]


def kept_names(project: Project) -> list[Export]:
    """Return which exports ``sync`` keeps: those of the key ``exports``, then the others that stand in the folder."""
    found = filter(None, map(export_of, project.exported.values()))
    return list(dict.fromkeys([*project.settings.exports, *found]))


def kept_files(export: Export, project: Project, plan: Plan) -> list[Artifact]:
    """Return the files of one export that ``sync`` keeps; see :func:`kept_exports`.

    A file is the one with its name. A file of an export with several, which has another name, is left alone.
    """
    made = {file.path: file for file in _all_files(export, project, plan)}
    kept = dict(made) if export in project.settings.exports else {}
    by_name = {path.rpartition("/")[2]: file for path, file in made.items()}
    for path, content in project.exported.items():
        if export_of(content) != export or path in kept:
            continue
        file = next(iter(made.values())) if len(made) == 1 else by_name.get(path.rpartition("/")[2])
        if file and path not in _named_for_others(export, project):
            kept[path] = replace(file, path=path)
    return [file for path, file in kept.items() if file.content != IDLE.encode() or path in project.exported]


def kept_paths(export: Export, project: Project) -> list[str]:
    """Return where the files of a kept export are or will be, also where they cannot be made."""
    named = EXPORT_FILES[export] if export in project.settings.exports else ()
    found = (path for path, content in project.exported.items() if export_of(content) == export)
    return list(dict.fromkeys([*named, *found]))


def is_written_by_hand(project: Project, path: str) -> bool:
    """Tell whether there is a file at the place of an export that onelist has not written."""
    content = project.exported.get(path)
    return content is not None and export_of(content) is None


def _named_for_others(export: Export, project: Project) -> frozenset[str]:
    """Return the places that the key ``exports`` gives to other exports; what stands there becomes one of them."""
    others = (other for other in project.settings.exports if other != export)
    return frozenset(path for other in others for path in EXPORT_FILES[other])


def _all_files(export: Export, project: Project, plan: Plan) -> tuple[Artifact, ...]:
    if export in _FILES:
        return _FILES[export](project, plan)
    (path,) = EXPORT_FILES[export]
    return (Artifact(kind=export, path=path, content=_LISTS[export](project, plan).encode()),)
