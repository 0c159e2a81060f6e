"""What a place to run installs: the requirements of the list, divided between conda and pip.

A place installs the requirements themselves, and not the meta-package. So it works before the package is published, and
the place of a branch has the list of that branch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.errors import UsageError
from onelist.core.model import EXPORT_HEADER
from onelist.core.text import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement as Pep508

    from onelist.core.model import Export, Project
    from onelist.translation.plan import Plan

_FOLDER = re.compile(r"(?:[./~]|[A-Za-z]:[/\\]|\\\\|file:).*", re.IGNORECASE)
"""A channel that is a folder of this machine."""


class PlaceContent(NamedTuple):
    """What a place installs.

    Attributes:
        channels: The conda channels in order; none for a list that only pip installs.
        conda: The conda requirements, with the Python of the place; for a list without channels only the Python.
        named: What pip installs from the package index.
        addressed: What pip installs from an address, which may give something new without a change of the list.
    """

    channels: tuple[str, ...]
    conda: tuple[str, ...]
    named: tuple[str, ...]
    addressed: tuple[str, ...]

    @property
    def pip(self) -> tuple[str, ...]:
        """All that pip installs."""
        return (*self.named, *self.addressed)


def header(export: Export) -> str:
    """Return the comment at the top of each file of an export, without the sign that begins a comment."""
    return f"{EXPORT_HEADER}{export}"


def place_content(project: Project, plan: Plan, export: Export) -> PlaceContent:
    """Return what a place installs.

    The Python of the place is ``min_python``, the lowest of the course: what runs there runs for every learner.

    Args:
        project: The project.
        plan: What each requirement becomes for conda.
        export: The place, for the message.

    Raises:
        UsageError: A channel is a folder, which is not at that place.
    """
    settings = project.settings
    python = f"python ={settings.python_floor}"
    if not settings.has_conda:
        both = (*settings.requirements, *settings.pip_requirements)
        return PlaceContent((), (python,), *_divided(item.pep508 for item in both))
    for channel in settings.conda_channels:
        if _FOLDER.fullmatch(channel):
            raise UsageError(
                f"{export} cannot use the channel {redact(channel)}: a folder of this machine is not there.",
                "Publish the channel, and name its address in conda_channels.",
            )
    conda = [python, *plan.run[1:]]
    if plan.pip_only and all(spec.partition(" ")[0] != "pip" for spec in conda):
        conda.append("pip")
    return PlaceContent(settings.conda_channels, tuple(conda), *_divided(item.pep508 for item in plan.pip_only))


def _divided(requirements: Iterable[Pep508]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the requirements with a name only, and those with an address, each once."""
    texts = {str(requirement): requirement.url is not None for requirement in requirements}
    return (
        tuple(text for text, has_address in texts.items() if not has_address),
        tuple(text for text, has_address in texts.items() if has_address),
    )
