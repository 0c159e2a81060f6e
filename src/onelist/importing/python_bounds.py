"""What files say about Python's version -> the lowest Python of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from onelist.core.targets import DEFAULT_MIN_PYTHON, newest_python
from onelist.importing.model import Remark

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOWEST = re.compile(r"(?P<operator>>=|>|===?|=|~=|\^|~|)\s*v?(?P<major>\d+)(?:\.(?P<minor>\d{1,9}))?")
_ABOUT_PYTHON = re.compile(r"python_version\s*(?P<operator>[<>=!~]=?)\s*[\"'](?P<version>3\.\d{1,3})[\"']")
_HOLDS_BACK = re.compile(r"<|~=|(?<![<>!])=(?!$)(?<!>=)|\*$")
"""What keeps newer Pythons out."""


def lowest_python(pythons: Sequence[Remark]) -> tuple[tuple[int, int] | None, list[Remark]]:
    """Return the lowest Python that all files allow.

    Args:
        pythons: What each file says, with its place.

    Returns:
        The Python, None if no file says one that can be used; and what of the files the list does not say.
    """
    lowest = {remark: found for remark in pythons if (found := _lowest(remark.text))}
    if not lowest:
        return None, []
    chosen = min(max(*lowest.values(), DEFAULT_MIN_PYTHON), newest_python())
    words = ".".join(map(str, chosen))
    return chosen, [
        Remark(remark.place, f"{_python(remark.text)} becomes min_python = {words}. {_why(remark.text, found, chosen)}")
        for remark, found in lowest.items()
        if found != chosen or _HOLDS_BACK.search(remark.text)
    ]


def holds(marker: str, lowest: tuple[int, int] | None) -> bool | None:
    """Tell whether a marker that is only about Python's version holds for the Pythons of a list.

    Args:
        marker: The marker (PEP 508).
        lowest: The lowest Python of the list; None for the usual one.

    Returns:
        True if it holds for all of them, False for none; None for some of them, and for another marker.
    """
    match = _ABOUT_PYTHON.fullmatch(marker)
    if match is None:
        return None
    first, newest = lowest or DEFAULT_MIN_PYTHON, newest_python()
    try:
        versions = SpecifierSet(match["operator"] + match["version"])
    except InvalidSpecifier:
        return None
    found = {versions.contains(f"3.{minor}") for minor in range(first[1], newest[1] + 1)}
    return found.pop() if len(found) == 1 else None


def _python(versions: str) -> str:
    text = versions.strip()
    return f"python{text}" if text[0] in "<>=!~^" else f"python {text}"


def _why(versions: str, found: tuple[int, int], chosen: tuple[int, int]) -> str:
    if found < chosen == DEFAULT_MIN_PYTHON:
        return "Older Pythons get no updates any more."
    if found != chosen:
        return "Another file asks for it."
    return f"A list takes every newer Python, so it does not say {_python(versions)}."


def _lowest(text: str) -> tuple[int, int] | None:
    found = []
    for clause in re.split(r"[,|]| (?=[<>=!~^])", " ".join(text.split())):
        match = _LOWEST.match(clause.strip())
        if match and match["major"] == "3" and match["minor"]:
            found.append((3, int(match["minor"])))
    return max(found, default=None)
