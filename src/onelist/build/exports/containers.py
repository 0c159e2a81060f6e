"""A Dockerfile, and a development container: ``.devcontainer/devcontainer.json`` with a Dockerfile of its own.

The images: micromamba's for conda, in whose environment ``base`` everything is installed (micromamba-docker's
documentation, "Advanced Usages"); for pip, Docker's official image of Python, which has git and compilers, and the
image of Python for development containers. Each is named by the part of its tag that brings only compatible news.
"""

from __future__ import annotations

import json
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from onelist.build.exports.places import header, place_content
from onelist.core.model import EXPORT_FILES, Artifact, Export

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.build.exports.places import PlaceContent
    from onelist.core.model import Project
    from onelist.translation.plan import Plan

_CONDA_IMAGE = "mambaorg/micromamba:2"
_PYTHON_IMAGES: Mapping[Export, str] = MappingProxyType(
    {Export.DOCKER: "python", Export.DEVCONTAINER: "mcr.microsoft.com/devcontainers/python"}
)
_GIT_FEATURE = "ghcr.io/devcontainers/features/git:1"
"""Installs git into a development container (https://containers.dev/features)."""
_EXTENSIONS = ("ms-python.python", "ms-toolsai.jupyter")
"""What VS Code needs to run notebooks."""
_DEBIAN_PACKAGES: Mapping[str, str] = MappingProxyType(
    {"git": "git", "hg": "mercurial", "svn": "subversion", "bzr": "brz"}
)
"""By the beginning of an address, the Debian package with the program that pip runs for it (pip's "VCS Support")."""


def docker(project: Project, plan: Plan) -> tuple[Artifact, ...]:
    """Return the Dockerfile.

    Args:
        project: The project.
        plan: What each requirement becomes for conda.

    Raises:
        UsageError: A channel is a folder.
    """
    (path,) = EXPORT_FILES[Export.DOCKER]
    return (Artifact(kind=Export.DOCKER, path=path, content=_dockerfile(project, plan, Export.DOCKER).encode()),)


def devcontainer(project: Project, plan: Plan) -> tuple[Artifact, ...]:
    """Return devcontainer.json and its Dockerfile (https://containers.dev/implementors/json_reference).

    Args:
        project: The project.
        plan: What each requirement becomes for conda.

    Raises:
        UsageError: A channel is a folder.
    """
    configuration, dockerfile = EXPORT_FILES[Export.DEVCONTAINER]
    document: dict[str, Any] = {"name": plan.name, "build": {"dockerfile": "Dockerfile"}}
    if project.settings.has_conda:  # micromamba's image has no git; that for pip has it
        document["features"] = {_GIT_FEATURE: {}}
    document["customizations"] = {"vscode": {"extensions": list(_EXTENSIONS)}}
    text = f"// {header(Export.DEVCONTAINER)}\n{json.dumps(document, indent=2)}\n"
    return (
        Artifact(kind=Export.DEVCONTAINER, path=configuration, content=text.encode()),
        Artifact(
            kind=Export.DEVCONTAINER,
            path=dockerfile,
            content=_dockerfile(project, plan, Export.DEVCONTAINER).encode(),
        ),
    )


def _dockerfile(project: Project, plan: Plan, export: Export) -> str:
    content = place_content(project, plan, export)
    lines = [f"# {header(export)}"]
    if content.channels:
        lines += _for_conda(content)
    else:
        lines.append(f"FROM {_PYTHON_IMAGES[export]}:{project.settings.python_floor}")
        if content.pip:
            lines += _run("pip install --no-cache-dir", content.pip)
    return "\n".join(lines) + "\n"


def _for_conda(content: PlaceContent) -> Iterator[str]:
    """Yield the lines for a list with conda channels; pip needs an active environment and a program for git."""
    yield f"FROM {_CONDA_IMAGE}"
    if packages := _programs(content.addressed):
        install = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
        yield "USER root"
        yield f"RUN {install} && rm -rf /var/lib/apt/lists/*"
        yield "USER $MAMBA_USER"
    channels = " ".join(f"-c {shlex.quote(channel)}" for channel in content.channels)
    yield from _run(f"micromamba install -y -n base {channels}", content.conda, "micromamba clean --all --yes")
    if content.pip:
        yield "ARG MAMBA_DOCKERFILE_ACTIVATE=1"
        yield from _run("pip install --no-cache-dir", content.pip)


def _run(command: str, items: Sequence[str], after: str = "") -> list[str]:
    """Return a RUN instruction with one quoted item a line.

    Docker gives the whole text to the shell, after it has joined the lines that end with a backslash (Dockerfile
    reference, "Shell form"). It replaces no variables in it.
    """
    lines = [f"RUN {command}", *(f"    {shlex.quote(item)}" for item in items), *([f"    && {after}"] if after else [])]
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _programs(addresses: Sequence[str]) -> list[str]:
    """Return the Debian packages that pip needs for some requirements with an address, sorted."""
    urls = (text.partition(" @ ")[2] for text in addresses)
    kinds = {url.partition("+")[0] for url in urls if "+" in url.partition("://")[0]}
    return sorted(_DEBIAN_PACKAGES[kind] for kind in kinds)
