"""The first cell for Colab and Kaggle, and a notebook that begins with it, which a badge can open.

The cell installs the meta-package by its name, unlike the other places. People copy it into notebooks that lie
elsewhere, and a copy of the list in each of them would soon be another list.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from onelist.build.exports.places import header
from onelist.core.errors import UsageError
from onelist.core.model import EXPORT_FILES, Artifact, Export
from onelist.core.text import redact

if TYPE_CHECKING:
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


def cell(project: Project, *, requirements: bool = False) -> str:
    """Return the cell.

    pip is not quiet: Colab reads its line ``Successfully installed``, and offers to restart the session if one of these
    packages is already imported (``google.colab._pip``).

    Args:
        project: The project.
        requirements: Whether to install the requirements in place of the package.

    Raises:
        UsageError: IPython would change a requirement.
    """
    words = _words(project) if requirements else [project.settings.name]
    return (
        '# Colab: if it then shows "Restart session", press that, and go on with the next cell.\n'
        "# Kaggle: first switch on Internet in the settings of the notebook.\n"
        f"%pip install {' '.join(words)}\n"
    )


def _words(project: Project) -> list[str]:
    """Return the requirements for pip as words of a shell.

    Raises:
        UsageError: A requirement has ``$`` or a brace: before it runs a magic command, IPython replaces ``$name`` and
            ``{expression}`` by their values (its ``InteractiveShell.var_expand``).
    """
    settings = project.settings
    items = dict.fromkeys(str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements))
    for item in items:
        if re.search(r"[${}]", item):
            raise UsageError(
                f"A cell cannot install {redact(item)}: IPython replaces $ and braces by values.",
                "Write %24, %7B and %7D in the address.",
            )
    return [shlex.quote(item) for item in items]


def notebook(project: Project, plan: Plan) -> tuple[Artifact, ...]:  # noqa: ARG001 - one signature for all exports
    """Return the notebook (nbformat 4.5)."""
    (path,) = EXPORT_FILES[Export.COLAB]
    document: dict[str, Any] = {
        "metadata": {
            "onelist": header(Export.COLAB),
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": [f"# {project.settings.lib_name}"]},
            {
                "cell_type": "code",
                "id": "install",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": cell(project).rstrip("\n").splitlines(keepends=True),
            },
        ],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"  # as Jupyter writes notebooks
    return (Artifact(kind=Export.COLAB, path=path, content=text.encode()),)
