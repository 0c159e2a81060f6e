"""A text in which somebody names a package -> the name, or why it is none; no server is asked."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from packaging.utils import InvalidName, canonicalize_name

from onelist.settings.tokens import parse_requirement
from onelist.translation.import_names import NameKind, is_in_python, meant_project
from onelist.translation.refused_projects import refusal

_LONGEST = 200
"""Characters of a name; no project has a longer one."""
_LONGEST_TEXT = 2000
"""Characters of a text in which names are looked for."""


class NameProblem(Enum):
    """Why a text is not the name of a package that can be looked up."""

    EMPTY = "nothing is written"
    SEVERAL = "several names"
    NOT_A_NAME = "not a name"
    MORE_THAN_A_NAME = "a name with an extra, versions or a marker"
    PYTHON = "a part of Python"
    MODULE = "the name of a module"
    CONDA = "the name of a conda package"


class SuggestedName(NamedTuple):
    """What a text names.

    Attributes:
        name: The name as it is written, in letters, digits, ``-``, ``_`` and ``.`` only (PEP 508); ``""`` for none.
        problem: Why it cannot be looked up; None if it can.
        instead: The project that is meant instead; ``""`` if none is known.
        has_namesake: Whether the package index also has a project with the name itself.
    """

    name: str = ""
    problem: NameProblem | None = None
    instead: str = ""
    has_namesake: bool = False


def suggested_name(text: str) -> SuggestedName:
    """Return what a text names.

    Args:
        text: Any text.

    Returns:
        The name, and what is wrong with it. A text that is not a name by PEP 508 is in no part of the result.
    """
    text = text.strip()
    if not text:
        return SuggestedName(problem=NameProblem.EMPTY)
    words = text.replace(",", " ").split() if len(text) <= _LONGEST_TEXT else []
    if len(words) > 1 and all(map(is_name, words)):
        return SuggestedName(problem=NameProblem.SEVERAL)
    if is_name(text):
        return _meant(text)
    parsed = parse_requirement(text) if len(text) <= _LONGEST and text.isascii() else None
    if parsed and not parsed.url and is_name(parsed.name):
        return SuggestedName(name=parsed.name, problem=NameProblem.MORE_THAN_A_NAME)
    return SuggestedName(problem=NameProblem.NOT_A_NAME)


def is_name(text: str) -> bool:
    """Tell whether a text is the name of a project and nothing else (PEP 508, "Names")."""
    if len(text) > _LONGEST or not text.isascii():
        return False
    try:
        canonicalize_name(text, validate=True)
    except InvalidName:
        return False
    return True


def _meant(name: str) -> SuggestedName:
    """Return a name, with the project that is meant if it is known as another name."""
    known = meant_project(name)
    if is_in_python(name.lower().replace("-", "_")) or (known and known.kind is NameKind.PYTHON):
        return SuggestedName(name=name, problem=NameProblem.PYTHON)
    if known is None:
        return SuggestedName(name=name)
    problem = NameProblem.MODULE if known.kind is NameKind.MODULE else NameProblem.CONDA
    refused = refusal(canonicalize_name(name))  # sklearn exists only to say that scikit-learn is meant
    has_namesake = known.has_namesake and not (refused and refused.instead == known.project)
    return SuggestedName(name=name, problem=problem, instead=known.project, has_namesake=has_namesake)
