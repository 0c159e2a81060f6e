"""install.sh and install.ps1: the scripts that bring a machine from nothing into the state that the list asks for."""

from __future__ import annotations

import re
import shlex
from importlib import resources
from typing import TYPE_CHECKING

from onelist.core.model import EXPORT_FILES, EXPORT_HEADER, Artifact, Export
from onelist.translation.outcomes import CondaOnly, Translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.core.model import Project, Requirement
    from onelist.translation.plan import Plan

_BOM = "\ufeff"
"""Windows PowerShell 5.1 reads a script without it in the code page of the machine (about_Character_Encoding)."""
_POWERSHELL_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""What PowerShell takes for a single quotation mark (PowerShell's language specification, 2.3.5.2)."""


def install_sh(project: Project, plan: Plan) -> str:
    """Return the script for macOS and Linux; it runs in bash 3.2 and newer.

    Args:
        project: The list.
        plan: What each requirement becomes for conda.
    """
    lines = []
    for name, value in _data(project, plan).items():
        if isinstance(value, str):
            lines.append(f"{name}={shlex.quote(value)}")
        else:
            lines += [f"{name}=(", *(f"    {shlex.quote(item)}" for item in value), ")"]
    return _filled("install.sh", lines)


def install_ps1(project: Project, plan: Plan) -> str:
    """Return the script for Windows PowerShell 5.1 and PowerShell 7.

    Args:
        project: The list.
        plan: What each requirement becomes for conda.
    """
    lines = []
    for name, value in _data(project, plan).items():
        variable = "$" + "".join(part.title() for part in name.split("_"))
        if isinstance(value, str):
            lines.append(f"{variable} = {_in_powershell(value)}")
        else:
            lines += [f"{variable} = @(", *(f"    {_in_powershell(_argument(item))}" for item in value), ")"]
    return _BOM + _filled("install.ps1", lines)


def installer(project: Project, plan: Plan) -> tuple[Artifact, ...]:
    """Return both scripts.

    Args:
        project: The list.
        plan: What each requirement becomes for conda.
    """
    texts = install_sh(project, plan), install_ps1(project, plan)
    return tuple(
        Artifact(kind=Export.INSTALLER, path=path, content=text.encode())
        for path, text in zip(EXPORT_FILES[Export.INSTALLER], texts, strict=True)
    )


def _data(project: Project, plan: Plan) -> dict[str, str | list[str]]:
    """Return what the scripts know of the list, by the name of the variable.

    The first channel is the list's own one, to which ``publish`` uploads it.
    The checks are what the program ``imports.txt`` imports: ``conda:`` and the name of a conda package, or ``pip:`` and
    the name of a distribution, with the marker if the requirement has one.
    """
    settings = project.settings
    conda = [one.spec.split()[0] for one in plan.outcomes if isinstance(one, Translated | CondaOnly)]
    rest = _pip_checks(plan.pip_only if settings.has_conda else ())
    listed = _pip_checks((*settings.requirements, *settings.pip_requirements))
    return {
        "LIST": settings.name,
        "LOWEST_PYTHON": settings.python_floor,
        "PIP_NAME": settings.name,
        "META": plan.name,
        "CHANNELS": list(dict.fromkeys(filter(None, (settings.conda_user, *settings.conda_channels)))),
        "PIP_ONLY": [str(item.pep508) for item in plan.pip_only],
        "CONDA_CHECKS": list(dict.fromkeys([*(f"conda:{name}" for name in conda), *rest]))
        if settings.has_conda
        else [],
        "PIP_CHECKS": list(dict.fromkeys(listed)),
    }


def _pip_checks(requirements: tuple[Requirement, ...]) -> Iterator[str]:
    for item in requirements:
        marker = item.pep508.marker
        yield f"pip:{item.name}" + (f"; {marker}" if marker else "")


def _filled(template: str, data: list[str]) -> str:
    """Return a script: its template, with each mark alone on its line replaced."""
    marks = {
        "#@header@": [f"# {EXPORT_HEADER}{Export.INSTALLER}"],
        "#@data@": data,
        "#@imports@": _template("imports.txt").splitlines(),
    }
    return "\n".join(line for mark in _template(template).splitlines() for line in marks.get(mark, [mark])) + "\n"


def _template(name: str) -> str:
    return resources.files("onelist.data").joinpath("installer", name).read_text(encoding="utf-8")


def _in_powershell(text: str) -> str:
    """Return a string of PowerShell that means this text, whatever is in it."""
    return "'" + _POWERSHELL_QUOTES.sub(lambda mark: mark[0] * 2, text) + "'"


def _argument(text: str) -> str:
    """Return a requirement without double quotation marks, which Windows PowerShell 5.1 loses in arguments of programs.

    A marker means the same with the other kind (PEP 508).
    """
    return text if "'" in text else text.replace('"', "'")
