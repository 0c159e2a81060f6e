"""The metadata of a wheel -> what pip reads in it, and the same metadata in words that uv understands as pip does.

pip reads metadata with ``email`` and ``packaging`` (``pip._internal.metadata``); a release whose metadata it refuses
does not exist for it (``MetadataInvalid`` and ``MetadataInconsistent`` in ``resolution/resolvelib/candidates.py``). uv
repairs what it can, and ignores other mistakes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core.text import printable
from onelist.sources.pip.uv_markers import UndefinedMarkerError, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message

_LONGEST_SHOWN = 120
"""How much of a stranger's text a reason shows, in characters."""
_CLAUSE = r"(?:==|!=|<=|>=|<|>|~=)\s*[\w.!+*-]+"
_CLAUSES = rf"{_CLAUSE}(?:\s*,\s*{_CLAUSE})*"
_PLAIN = re.compile(
    rf"(?!UNKNOWN\b)[A-Za-z0-9][\w.-]*\s*(?:\[[\w\s,.-]+\])?\s*(?:\(\s*{_CLAUSES}\s*\)|{_CLAUSES})?\s*(?:;.*)?"
)
"""A requirement that pip and uv read alike, if pip accepts it, apart from its marker."""
_HUGE = re.compile(r"\d{20,}")
_HUGEST = "9999999999999999999"
"""uv has no number in a version with more than 64 bits."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NO_VERSION = "<0.dev0"
"""In place of an address without a scheme: pip fails only where it needs the requirement, uv refuses all metadata."""
REFUSED = b"Metadata-Version: 2.1\nName: refused\nVersion: not a version at all\n"
"""Metadata that uv and pip refuse; both go on to the next version.

uv ends at a name that is not that of the file, and pip at a version that is none. But uv reads the version first, and
pip the name.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMetadata:
    """Metadata that pip accepts.

    Attributes:
        requires_dist: The requirements (PEP 508) that count, in words for uv.
        requires_python: Requires-Python; ``""`` if there is none, or one that pip cannot read.
        provides_extra: The normalised names of the extras.
        text: The metadata for uv, in which each of uv's decisions is that of pip; the bytes that were given if they
            need no change.
    """

    requires_dist: tuple[str, ...]
    requires_python: str
    provides_extra: tuple[str, ...]
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMetadata:
    """Metadata that pip refuses.

    Attributes:
        reason: A clause with the file as its subject: "its metadata is about x 1.0".
        fatal: Whether pip ends with an error at this release; otherwise it takes another one.
    """

    reason: str
    fatal: bool = False


def judge(text: bytes, *, name: str, version: str, python: tuple[int, int]) -> JudgedMetadata | RefusedMetadata:
    """Read metadata as pip does.

    Args:
        text: The METADATA file of a wheel.
        name: The name of the project, from the file name.
        version: The version, from the file name.
        python: The Python for which markers are evaluated.

    Returns:
        The metadata, or why pip refuses it.
    """
    try:
        message = HeaderParser().parsestr(text.decode("utf-8"))
    except UnicodeDecodeError:
        return RefusedMetadata(reason="its metadata is not UTF-8", fatal=True)
    refused = _identity(message, name, version)
    if refused:
        return refused
    declared = [canonicalize_name(extra) for extra in message.get_all("Provides-Extra", [])]
    extras = tuple(extra for extra in dict.fromkeys(declared) if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", extra))
    raw = [requirement.strip() for requirement in message.get_all("Requires-Dist", [])]
    try:
        requires = tuple(filter(None, (_for_uv(requirement, python, extras) for requirement in raw)))
    except InvalidRequirement as error:
        reason = " ".join(str(error).splitlines()[0].split())[:_LONGEST_SHOWN]
        return RefusedMetadata(reason=f"pip refuses a requirement in its metadata ({printable(reason)})")
    except (UndefinedMarkerError, ValueError) as error:  # ValueError: a number with thousands of digits
        reason = printable(str(error)[:_LONGEST_SHOWN])
        return RefusedMetadata(reason=f"pip cannot evaluate a marker in its metadata ({reason})", fatal=True)
    python_text = message.get("Requires-Python", "")
    requires_python = python_text if _is_specifier(python_text) else ""
    judged = JudgedMetadata(requires_dist=requires, requires_python=requires_python, provides_extra=extras, text=text)
    if list(requires) == raw and requires_python == python_text and not message.defects:
        return judged
    return replace(judged, text=_render(name, version, judged))


def _identity(message: Message, name: str, version: str) -> RefusedMetadata | None:
    """Return why metadata is not that of the file (``MetadataInconsistent``); None if it is."""
    own_name, own_version = message.get("Name"), message.get("Version")
    if own_name is None:
        return RefusedMetadata(reason="its metadata has no name", fatal=True)
    shown = printable(" ".join(f"{own_name} {own_version}".split())[:_LONGEST_SHOWN])
    if canonicalize_name(own_name) != canonicalize_name(name):
        return RefusedMetadata(reason=f"its metadata is about {shown}, another project")
    if own_version is None:
        return RefusedMetadata(reason="its metadata has no version", fatal=True)
    try:
        is_same = _version(own_version) == _version(version)
    except ValueError:  # InvalidVersion, and the error for numbers with thousands of digits
        return RefusedMetadata(reason=f"its metadata is about {shown}, which is not a version", fatal=True)
    return None if is_same else RefusedMetadata(reason=f"its metadata is about {shown}, another version")


@lru_cache(maxsize=4096)
def _version(text: str) -> Version:
    return Version(text)


@lru_cache(maxsize=4096)
def _is_specifier(text: str) -> bool:
    """Tell whether pip can read Requires-Python; it takes what it cannot read for "all Pythons"."""
    try:
        SpecifierSet(text)
    except ValueError:  # InvalidSpecifier, and the error for numbers with thousands of digits
        return False
    return True


class _Parsed(NamedTuple):
    """A requirement: what stands before the marker, in words for uv; the marker; whether uv reads the first as pip."""

    head: str
    marker: str
    is_plain: bool


@lru_cache(maxsize=8192)
def _parse(text: str) -> _Parsed:
    """Parse a requirement.

    Raises:
        InvalidRequirement: pip refuses it.
    """
    requirement = Requirement(text)
    marker = str(requirement.marker) if requirement.marker else ""
    if _PLAIN.fullmatch(text) and not _HUGE.search(text):
        return _Parsed(text.partition(";")[0].strip(), marker, is_plain=True)
    requirement.marker = None
    head = _HUGE.sub(_HUGEST, str(requirement))
    if requirement.url and not _SCHEME.match(requirement.url):
        head = f"{requirement.name}{_NO_VERSION}"
    return _Parsed(head.lower() if requirement.name == "UNKNOWN" else head, marker, is_plain=False)


@lru_cache(maxsize=8192)
def _for_uv(text: str, python: tuple[int, int], extras: tuple[str, ...]) -> str | None:
    """Return a requirement in words for uv, the same text if uv reads it as pip does; None if it never counts."""
    head, marker, is_plain = _parse(text)
    rewritten = rewrite(marker, python, extras) if marker else ""
    if rewritten is None:
        return None
    if rewritten == marker and is_plain:
        return text
    return f"{head} ; {rewritten}" if rewritten else head


def _render(name: str, version: str, judged: JudgedMetadata) -> bytes:
    fields: Iterable[tuple[str, str]] = (
        ("Metadata-Version", "2.1"),
        ("Name", name),
        ("Version", version),
        *([("Requires-Python", judged.requires_python)] if judged.requires_python else []),
        *(("Provides-Extra", extra) for extra in judged.provides_extra),
        *(("Requires-Dist", requirement) for requirement in judged.requires_dist),
    )
    return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in fields).encode()
