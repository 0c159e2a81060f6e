"""A requirements.txt or the output of pip freeze -> what it asks for (pip's "Requirements File Format")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from onelist.core.text import redact
from onelist.importing.conda_export import MOST_BUILT, export_remark, read_built
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION_OF_LINE = re.compile(r"\s-.*$")
"""What stands behind a requirement: pip takes everything from the first word that begins with ``-`` for options."""
_INCLUDE = re.compile(r"(?:-r\s*|--requirement[= ]\s*)(?P<file>.+)")
_EDITABLE = re.compile(r"(?:-e\s*|--editable[= ]\s*)(?P<target>.+)")
_ADDRESS = re.compile(r"(?:[a-z]+\+)?[a-z]+://\S+|\S+\.(?:whl|tar\.gz|zip)")
_FOLDER = re.compile(r"\.{1,2}(?:[/\\].*)?|[/~].*|[A-Za-z]:[/\\].*")
_FROZEN = re.compile(r"[\w.-]+(?:==[^,*\s]+| @ \S+)|-e .+")
"""A line of pip freeze."""
MOST_CHOSEN = 30
"""People seldom choose more packages than this. A longer file of exact versions is the output of pip freeze."""


def read_requirements(file: str, text: str, include: Callable[[str], ReadFile | None]) -> ReadFile:
    """Read a requirements.txt.

    Args:
        file: The name of the file, for places.
        text: Its content.
        include: Reads the file that ``-r`` names, relative to this one; returns None if it cannot be read.

    Returns:
        What it asks for.
    """
    items: list[NamedPackage] = []
    left_out: list[Remark] = []
    decisions: list[Remark] = []
    pythons: list[Remark] = []
    lines = list(_logical_lines(text))
    for number, line in lines:
        place = Place(file, str(number))
        if line.startswith("-"):
            included = _INCLUDE.fullmatch(line)
            other = include(included["file"].strip()) if included else None
            if other is not None:
                items += other.items
                left_out += other.left_out
                decisions += other.decisions
                continue
        found = read_built(line, place) or read_line(line, place)
        if line.startswith("_"):  # such as _libgcc_mutex, which no person asks for
            continue
        if isinstance(found, NamedPackage) and found.namespace is Namespace.CONDA and found.name == "python":
            pythons.append(Remark(place, found.versions))
        elif isinstance(found, NamedPackage):
            items.append(found)
        else:
            (left_out if is_option(line) else decisions).append(found)
    if _looks_like_freeze([line for _, line in lines]):
        decisions.append(
            Remark(
                Place(file),
                f"All {len(lines)} packages have an exact version, as pip freeze writes them. It also lists what they "
                "only need themselves. Delete the names that your course does not use itself.",
            )
        )
    if sum(item.namespace is Namespace.CONDA for item in items) >= MOST_BUILT:
        decisions.append(export_remark(file))
    return ReadFile(
        file=file,
        format="requirements.txt",
        items=tuple(items),
        pythons=tuple(pythons),
        left_out=tuple(left_out),
        decisions=tuple(decisions),
    )


def _looks_like_freeze(lines: list[str]) -> bool:
    """Tell whether this is more likely the output of pip freeze than a list that a person has made."""
    return len(lines) > MOST_CHOSEN and all(map(_FROZEN.fullmatch, lines))


def is_option(line: str) -> bool:
    """Tell whether a line is an option for pip that a list does not need; a file that is missing is a decision."""
    return line.startswith("-") and not re.match(r"-r|--requirement|-e|--editable", line)


def read_line(line: str, place: Place, group: str = "") -> NamedPackage | Remark:
    """Read one requirement as pip does, or say why it is none.

    Args:
        line: The requirement, without a comment.
        place: Where it stands.
        group: The extra or the group that it belongs to.

    Returns:
        The package, or what is to be decided.
    """
    editable = _EDITABLE.fullmatch(line)
    text = _COMMENT.sub("", editable["target"] if editable else line).strip()
    text = _unquoted(text if text.startswith("-") else _OPTION_OF_LINE.sub("", text).strip())
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return _not_a_requirement(text, place, group)
    return NamedPackage(
        namespace=Namespace.PYPI,
        name=requirement.name,
        place=place,
        extras=frozenset(requirement.extras),
        versions=_address(requirement.url) if requirement.url else str(requirement.specifier),
        marker=str(requirement.marker or ""),
        group=group,
    )


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _not_a_requirement(text: str, place: Place, group: str) -> NamedPackage | Remark:
    name = name_in_address(text)
    if name:
        return NamedPackage(namespace=Namespace.PYPI, name=name, place=place, versions=_address(text), group=group)
    if text.startswith("-"):
        option, _, value = re.sub(r"[= ]+", " ", text).partition(" ")
        if option in {"-r", "--requirement"}:
            return Remark(
                place, f"{redact(value)} is not in this folder. If you have the file, name it with --from too."
            )
        return Remark(place, f"The option {option} is for pip. A list names no index and no file of versions.")
    if _FOLDER.fullmatch(text):
        return Remark(place, f"{redact(text)} is a folder of this machine. Name the package that is in it.")
    guess = re.search(r"/([A-Za-z0-9._-]+?)(?:\.git)?(?:[@#?].*)?/?$", text) if _ADDRESS.match(text) else None
    hint = f"If the package index has {guess[1]}, add this name." if guess else "Name the package."
    return Remark(place, f"{redact(text)} is not a requirement. {hint}")


def _address(address: str) -> str:
    """Return an address as versions; of a file of conda's own machines, which pip freeze names, only its version."""
    if not address.startswith("file:"):
        return f"@ {redact(address)}"
    try:
        return f"=={parse_wheel_filename(unquote(urlsplit(address).path).rpartition('/')[2])[1]}"
    except InvalidWheelFilename:
        return ""


def name_in_address(text: str) -> str:
    """Return the name of the package in an address or a file name, ``""`` for none."""
    match = _ADDRESS.match(text)
    if match is None:
        return ""
    parts = urlsplit(match[0])
    egg = re.search(r"(?:^|&)egg=([A-Za-z0-9._-]+)", parts.fragment)
    if egg:
        return egg[1]
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    for parse in (parse_wheel_filename, parse_sdist_filename):
        try:
            return str(parse(last)[0])
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
    return ""


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is not empty with its number; a backslash at its end joins it with the next one."""
    joined, first = "", 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        first = first or number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            joined += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", joined + line).strip()
        if whole:
            yield first, whole
        joined, first = "", 0
    if joined.strip():
        yield first, joined.strip()
