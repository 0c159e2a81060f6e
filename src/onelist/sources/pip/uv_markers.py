"""A marker (PEP 508) -> a marker that uv evaluates as pip evaluates the first one.

A marker consists of atoms, such as ``python_version < "3.12"``, with ``and``, ``or`` and parentheses. pip's library
``packaging`` compares two texts where a version is invalid; uv repairs the version, or ignores the atom. So each atom
that they could read differently is replaced: by its value if it depends on the Python only, else by an atom that both
read alike. Each kind was found by asking both; ``tests/sources/pip/test_metadata.py`` asks them again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import canonicalize_name

from onelist.core.targets import LATEST_PATCH, MACOS, python_words

if TYPE_CHECKING:
    from collections.abc import Collection

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_ATOM = re.compile(
    rf"(?P<left>{_QUOTED}|\b[a-z_]+)\s(?P<op>===|<=|>=|==|!=|~=|<|>|not in|in)\s(?P<right>{_QUOTED}|[a-z_]+)"
)
"""An atom in the text that ``str(Marker)`` makes."""
_EXTRA = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A normalised name that pip and uv accept for an extra."""
_ORDERING = re.compile(r"\d{1,9}(\.\d{1,9})*")
_EQUALITY = re.compile(r"\d{1,9}(\.\d{1,9})*(\.\*)?")
_PLAIN_VERSIONS = {
    **dict.fromkeys(("<", "<=", ">", ">="), _ORDERING),
    **dict.fromkeys(("==", "!="), _EQUALITY),
    "~=": re.compile(r"\d{1,9}(\.\d{1,9})+"),
}
"""The versions that pip and uv read alike, for each operator."""
_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})
"""The variables that a Python decides."""
_ALIKE = frozenset({"==", "!=", "in", "not in"})
"""The operators that pip and uv read alike for texts."""
_MOST_EXTRAS = 64
"""For how many extras a marker with an odd atom about extras is written out: metadata of strangers must end in time."""
_TRUE, _FALSE = 'python_version >= "0"', 'python_version < "0"'
_DARWIN = 9
"""The kernel of macOS 14 is Darwin 23 (until macOS 15, the difference is 9)."""
_RELEASES = {"linux": "6.8.0-generic", "darwin": f"{MACOS[0] + _DARWIN}.0.0", "win32": "10"}
"""``platform_release`` of a machine, by ``sys_platform``. What Linux has is not a version for packaging."""


class _Atom(NamedTuple):
    """An atom of a marker: the operands are variables, or quoted texts."""

    left: str
    op: str
    right: str

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"

    @property
    def variable(self) -> str:
        """The variable that decides how the atom is read: the left operand if it is one, as in packaging."""
        return self.right if _is_text(self.left) else self.left

    @property
    def value(self) -> str:
        """The text with which the variable is compared; ``""`` if there are two variables."""
        text = self.left if _is_text(self.left) else self.right
        return text[1:-1] if _is_text(text) else ""

    @property
    def is_comparison(self) -> bool:
        """Whether a variable is compared with a text."""
        return _is_text(self.left) != _is_text(self.right)


class UndefinedMarkerError(ValueError):
    """pip ends with an error at such a marker."""


@lru_cache(maxsize=8192)
def rewrite(marker: str, python: tuple[int, int], extras: tuple[str, ...]) -> str | None:
    """Return a marker for uv.

    Args:
        marker: The marker, as ``str(Marker)`` writes it.
        python: The Python, as (major, minor).
        extras: The normalised extras that the metadata declares.

    Returns:
        The marker, or the same text if uv reads it as pip does; None if it is never true.

    Raises:
        UndefinedMarkerError: pip ends with an error at the marker.
    """
    atoms = [_Atom(**match.groupdict()) for match in _ATOM.finditer(marker)]
    if all(_is_plain(atom, extras) for atom in atoms):
        return marker
    about_extras = (atom for atom in atoms if atom.variable == "extra")
    if all(_is_plain(atom, extras) or _is_undeclared(atom, extras) for atom in about_extras):
        return _if_possible(_substituted(marker, python, extras, None))
    parts = [_if_possible(_substituted(marker, python, extras, ""))]
    for extra in extras[:_MOST_EXTRAS]:
        part = _if_possible(_substituted(marker, python, extras, extra))
        parts.append(f'extra == "{extra}" and ({part})' if part else None)
    return " or ".join(f"({part})" for part in parts if part) or None


def _is_text(operand: str) -> bool:
    return operand[0] in "\"'"


def _is_plain(atom: _Atom, extras: Collection[str]) -> bool:
    """Tell whether pip and uv read an atom alike."""
    if not atom.is_comparison:
        return False
    if atom.variable == "extra":
        name = canonicalize_name(atom.value)
        return name in extras if atom.op == "==" else atom.op == "!=" and _EXTRA.fullmatch(name) is not None
    if atom.variable in _VERSIONS:
        pattern = _PLAIN_VERSIONS.get(atom.op)
        return _is_text(atom.right) and pattern is not None and pattern.fullmatch(atom.value) is not None
    return atom.op in _ALIKE and atom.variable not in {"platform_release", "extras", "dependency_groups"}


def _is_undeclared(atom: _Atom, extras: Collection[str]) -> bool:
    """Tell whether an atom asks for an extra that the metadata does not declare, so that no one gets it."""
    return atom.op == "==" and atom.is_comparison and atom.value != "" and canonicalize_name(atom.value) not in extras


def _substituted(marker: str, python: tuple[int, int], extras: tuple[str, ...], context: str | None) -> str:
    """Return a marker with each atom in words for uv.

    Args:
        marker: The marker.
        python: The Python.
        extras: The extras that the metadata declares.
        context: The value of ``extra``; None to keep it as a variable.
    """

    def replaced(match: re.Match[str]) -> str:
        atom = _Atom(**match.groupdict())
        if atom.variable == "extra":
            if context is None:
                return str(atom) if _is_plain(atom, extras) else _FALSE
            return _constant(_evaluate(atom, python, extra=context))
        if _is_plain(atom, extras):
            return str(atom)
        return _for_uv(atom, python)

    return _ATOM.sub(replaced, marker)


def _for_uv(atom: _Atom, python: tuple[int, int]) -> str:
    """Return an atom that is not plain and not about an extra in words for uv."""
    if atom.variable in _VERSIONS:
        return _constant(_evaluate(atom, python))
    if atom.variable == "platform_release":
        systems = [key for key, value in _RELEASES.items() if _evaluate(atom, python, platform_release=value)]
        if len(systems) in {0, len(_RELEASES)}:
            return _constant(bool(systems))
        return "(" + " or ".join(f'sys_platform == "{system}"' for system in systems) + ")"
    _evaluate(atom, python)  # raises what pip raises
    if atom.op in {"<", ">"}:
        return _FALSE
    right = atom.right if _is_text(atom.left) or _is_text(atom.right) else f'"{atom.right}"'
    return str(_Atom(atom.left, atom.op if atom.op in _ALIKE else "==", right))


def _evaluate(atom: _Atom, python: tuple[int, int], **values: str) -> bool:
    full = f"{python_words(python)}.{LATEST_PATCH}"
    environment = {"python_version": python_words(python), "python_full_version": full, "implementation_version": full}
    try:
        return _parsed(str(atom)).evaluate({**environment, **values})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise UndefinedMarkerError(str(error)) from None


@lru_cache(maxsize=256)
def _parsed(atom: str) -> Marker:
    return Marker(atom)


def _constant(value: bool) -> str:  # noqa: FBT001 - the value is all there is
    return _TRUE if value else _FALSE


def _if_possible(marker: str) -> str | None:
    """Return a marker; None if it is false whatever its other atoms are.

    Markers have no ``not``: if it is false while all other atoms are true, it is always false.
    """
    if marker == _FALSE or _FALSE not in marker:
        return None if marker == _FALSE else marker
    best = _ATOM.sub(lambda match: _FALSE if match[0] == _FALSE else _TRUE, marker)
    return marker if Marker(best).evaluate() else None
