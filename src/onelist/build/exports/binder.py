"""The files for Binder: ``binder/environment.yml``, and ``binder/postBuild`` for requirements with an address.

repo2docker reads them (its documentation, "Configuration Files"). It updates an environment of its own with
environment.yml, by ``mamba env update``. That environment has the Python of environment.yml only if it is written with
``=``; otherwise it has the oldest one that repo2docker still offers.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from onelist.build.exports.places import header, place_content
from onelist.build.yaml import dump
from onelist.core.model import EXPORT_FILES, Artifact, Export

if TYPE_CHECKING:
    from onelist.build.exports.places import PlaceContent
    from onelist.build.yaml import Node
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


IDLE = f"#!/bin/bash\n# {header(Export.BINDER)}\nset -e\n"
"""A postBuild that has nothing to do. It is only written where an earlier list had something for it to do."""


def binder(project: Project, plan: Plan) -> tuple[Artifact, ...]:
    """Return the files for Binder.

    A requirement with an address is in postBuild. repo2docker installs environment.yml before it copies the repository,
    and keeps the result as long as the file stays the same. It runs postBuild for each commit.

    Args:
        project: The project.
        plan: What each requirement becomes for conda.

    Returns:
        The files. The content of the second one is ``IDLE`` where no requirement has an address.

    Raises:
        UsageError: A channel is a folder.
    """
    content = place_content(project, plan, Export.BINDER)
    environment, script = EXPORT_FILES[Export.BINDER]
    return (
        Artifact(kind=Export.BINDER, path=environment, content=_environment_yml(plan.name, content).encode()),
        Artifact(kind=Export.BINDER, path=script, content=_post_build(content).encode(), executable=True),
    )


def _environment_yml(name: str, content: PlaceContent) -> str:
    """Return the environment.yml; without channels, those of Binder's own environment bring Python and pip."""
    dependencies: list[Node] = list(content.conda)
    if content.named:
        dependencies += [*([] if content.channels else ["pip"]), {"pip": list(content.named)}]
    document: dict[str, Node] = {"name": name}
    if content.channels:
        document["channels"] = [*content.channels, "nodefaults"]
    document["dependencies"] = dependencies
    return dump(document, header=[header(Export.BINDER)], spaced=False)


def _post_build(content: PlaceContent) -> str:
    if not content.addressed:
        return IDLE
    command = " \\\n    ".join(["python -m pip install --no-cache-dir", *map(shlex.quote, content.addressed)])
    return f"{IDLE}{command}\n"
