"""Wheel and sdist, built by hatchling from a temporary folder that holds only the list.

hatchling gets its configuration in memory. The sdist's pyproject.toml holds the same data, so anyone can build the
same wheel from the sdist with hatchling only.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelist.build.request import BUILD_BACKEND
from onelist.core.errors import UsageError
from onelist.core.model import Artifact, ArtifactKind
from onelist.core.system.temporary import temporary_folder
from onelist.settings.project import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hatchling.metadata.core import ProjectMetadata

    from onelist.build.request import BuildRequest
    from onelist.core.model import Project, Requirement, TextFile


def build_wheel(request: BuildRequest) -> Artifact:
    """Return the wheel: metadata (Core Metadata 2.4) and licence, no module.

    Raises:
        UsageError: hatchling refuses the metadata, or a file cannot be written.
    """
    return build_distributions(request, [ArtifactKind.WHEEL])[ArtifactKind.WHEEL]


def build_sdist(request: BuildRequest) -> Artifact:
    """Return the sdist: settings.ini, README, LICENSE and a static pyproject.toml.

    Raises:
        UsageError: hatchling refuses the metadata, or a file cannot be written.
    """
    return build_distributions(request, [ArtifactKind.SDIST])[ArtifactKind.SDIST]


def build_distributions(request: BuildRequest, kinds: Iterable[ArtifactKind]) -> dict[ArtifactKind, Artifact]:
    """Return the wheel, the sdist, or both; both share the folder with the sources and the validated metadata.

    Args:
        request: The project, its plan and the time to write into artifacts.
        kinds: ``ArtifactKind.WHEEL``, ``ArtifactKind.SDIST`` or both.

    Raises:
        UsageError: hatchling refuses the metadata, or a file cannot be written.
    """
    from hatchling.metadata.core import ProjectMetadata

    config = pyproject(request.project)
    text = pyproject_text(config)
    # a .gitignore above the temporary folder must not leave files out of the sdist
    config["tool"]["hatch"]["build"]["ignore-vcs"] = True
    with temporary_folder() as folder, _epoch(request.epoch):
        root = folder / "source"
        _stage(request.project, root, text)
        metadata: ProjectMetadata[Any] = ProjectMetadata(str(root), None, config)
        return {kind: _build(kind, metadata, config, folder) for kind in kinds}


def pyproject(project: Project) -> dict[str, Any]:
    """Return the pyproject.toml of the sdist as data (PEP 621, PEP 639 and hatchling's own table)."""
    settings = project.settings
    files = [SETTINGS_NAME, *(file.name for file in (project.readme, project.license) if file)]
    table: dict[str, Any] = {
        "name": settings.name,
        "version": str(settings.version),
        "description": settings.description,
        "readme": _readme(project.readme),
        "requires-python": f">={settings.python_floor}",
        "license": settings.license or "",
        "license-files": [project.license.name] if project.license else [],
        "keywords": list(settings.keywords),
        "authors": _authors(settings.author, settings.author_emails),
        "classifiers": list(settings.classifiers),
        "dependencies": _texts((*settings.requirements, *settings.pip_requirements)),
        "optional-dependencies": {extra: _texts(group) for extra, group in settings.extras.items()},
        "urls": {
            label: url
            for label, url in (
                ("Homepage", settings.homepage),
                ("Repository", settings.git_url),
                ("Documentation", settings.doc_url),
            )
            if url
        },
    }
    wanted = {"license-files", "dependencies"}
    hatch: dict[str, Any] = {
        "build": {
            "targets": {
                "sdist": {"core-metadata-version": "2.4", "only-include": files},
                "wheel": {"core-metadata-version": "2.4", "bypass-selection": True},
            }
        }
    }
    if any(requirement.pep508.url for requirement in settings.pip_side()):
        hatch["metadata"] = {"allow-direct-references": True}
    return {
        "build-system": {"requires": ["".join(BUILD_BACKEND)], "build-backend": "hatchling.build"},
        "project": {key: value for key, value in table.items() if value or key in wanted},
        "tool": {"hatch": hatch},
    }


def pyproject_text(config: dict[str, Any]) -> str:
    """Return the pyproject.toml of the sdist as text."""
    import tomli_w

    note = "# Written by onelist from settings.ini; this package holds requirements and no code.\n\n"
    return note + tomli_w.dumps(config)


def _readme(readme: TextFile | None) -> str | dict[str, str]:
    """Return the README for the project table; without a suffix it needs a content type (PEP 621), plain text."""
    if readme is None:
        return ""
    if readme.name.endswith((".md", ".rst", ".txt")):
        return readme.name
    return {"file": readme.name, "content-type": "text/plain"}


def _texts(requirements: Sequence[Requirement]) -> list[str]:
    return list(dict.fromkeys(str(requirement.pep508) for requirement in requirements))


def _authors(author: str, emails: tuple[str, ...]) -> list[dict[str, str]]:
    first = {"name": author, "email": emails[0] if emails else ""}
    authors = [
        {key: value for key, value in first.items() if value},
        *({"email": email} for email in emails[1:]),
    ]
    return [entry for entry in authors if entry]


def _build(kind: ArtifactKind, metadata: ProjectMetadata[Any], config: dict[str, Any], output: Path) -> Artifact:
    """Build one kind with hatchling from the folder of ``metadata``."""
    builder = _builder(kind)(metadata.root, config=config, metadata=metadata)
    try:
        (built,) = builder.build(directory=str(output))
    except ValueError as error:
        raise UsageError(f"hatchling refuses to build the {kind}: {error}") from error
    path = Path(built)
    return Artifact(kind=kind, path=path.name, content=path.read_bytes())


def _builder(kind: ArtifactKind) -> Callable[..., Any]:
    if kind is ArtifactKind.WHEEL:
        from hatchling.builders.wheel import WheelBuilder

        return WheelBuilder
    from hatchling.builders.sdist import SdistBuilder

    return SdistBuilder


def _stage(project: Project, root: Path, text: str) -> None:
    root.mkdir()
    (root / SETTINGS_NAME).write_bytes(project.raw)
    (root / "pyproject.toml").write_text(text, encoding="utf-8", newline="\n")
    for file in (project.readme, project.license):
        if file:
            (root / file.name).write_bytes(file.content)


@contextmanager
def _epoch(seconds: int) -> Iterator[None]:
    """Set SOURCE_DATE_EPOCH, which is the only way to give hatchling a time, and restore it afterwards."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(seconds)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
