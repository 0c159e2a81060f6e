"""The committed files that are made from settings.ini: what they should hold, and whether they do."""

from __future__ import annotations

import difflib
from enum import Enum
from typing import TYPE_CHECKING

from onelist.artifacts.recipes import meta_yaml, recipe_yaml
from onelist.model import Artifact
from onelist.project import GENERATED_NAMES

if TYPE_CHECKING:
    from onelist.model import Project
    from onelist.plan import Plan


class State(Enum):
    """How a committed file compares with what it should hold."""

    FRESH = "up to date"
    STALE = "out of date"
    MISSING = "missing"


def generated(project: Project, plan: Plan) -> list[Artifact]:
    """Return the files that ``sync`` keeps, with paths relative to the folder of settings.ini."""
    texts = (meta_yaml(project, plan), recipe_yaml(project, plan))
    files = [
        Artifact(kind="recipe", path=path, content=text.encode())
        for path, text in zip(GENERATED_NAMES, texts, strict=True)
    ]
    if project.license:
        path = f"recipe/{project.license.name}"
        files.append(Artifact(kind="license", path=path, content=project.license.content))
    return files


def compare(project: Project, artifact: Artifact) -> State:
    """Compare a committed file with what it should hold; line ends do not count, for git may change them."""
    committed = project.committed.get(artifact.path)
    if committed is None:
        return State.MISSING
    return State.FRESH if _unix(committed) == _unix(artifact.content) else State.STALE


def diff(project: Project, artifact: Artifact) -> str:
    """Return a unified diff from a committed file to what it should hold."""
    path = project.folder / artifact.path
    return "\n".join(
        difflib.unified_diff(
            _lines(project.committed.get(artifact.path, b"")),
            _lines(artifact.content),
            fromfile=str(path),
            tofile=f"{path} (from settings.ini)",
            lineterm="",
        )
    )


def _lines(content: bytes) -> list[str]:
    return _unix(content).decode("utf-8", errors="replace").splitlines()


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
