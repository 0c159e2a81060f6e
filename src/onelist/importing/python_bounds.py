"""What files say about Python's version -> the lowest Python of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onelist.core.targets import DEFAULT_MIN_PYTHON, newest_python
from onelist.importing.model import Remark

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOWEST = re.compile(r"(?P<operator>>=|>|===?|=|~=|\^|~|)\s*v?(?P<major>\d+)(?:\.(?P<minor>\d{1,9}))?")
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
