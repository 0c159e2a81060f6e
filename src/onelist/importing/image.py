"""What is installed in an image: the output of ``pip freeze``, ``pip list --format json`` or ``pip inspect``.

The formats are those of pip's documentation (``pip freeze``, ``pip list``, "pip inspect JSON output specification").
Two comments of a freeze say more about the image; the cell in docs/howto/preinstalled.md writes them::

    # image: linux-64/3.12, 2026-11-28
    # imported: ipykernel numpy
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from onelist.core.errors import UsageError
from onelist.core.image import Image, InstalledPackage
from onelist.core.system.regular_files import read_regular
from onelist.core.targets import PLATFORMS, Target
from onelist.core.text import printable, shortened
from onelist.importing.requirements_txt import name_in_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BYTES = 1 << 25
"""The largest file that is read: 32 MiB. ``pip inspect`` writes the descriptions of all packages."""
MOST_PACKAGES = 20_000
MOST_UNREAD = 200
_PYTHON = re.compile(r"3\.(\d{1,2})(?:\.\d+\S*)?")
_TARGET = re.compile(r"(?P<platform>[a-z0-9-]{1,20})/3\.(?P<minor>\d{1,2})")
_IMAGE = re.compile(r"#\s*image:\s*(?P<target>\S+?)(?:\s*,\s*(?P<day>\d{4}-\d\d-\d\d))?\s*", re.ASCII)
_IMPORTED = re.compile(r"#\s*imported:(?P<names>.*)")
_EDITABLE = re.compile(r"#\s*Editable .*\((?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s()]+)\)\s*")
"""What ``pip freeze`` writes before the path of an editable installation that comes from no repository."""
_EXACT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*===?\s*(?P<version>[^\s;#]+)\s*(?:[;#].*)?"
)
_AT = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*@\s*(?P<address>\S+).*")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
"""A colour of a terminal (ECMA-48, section 8.3.117): in a notebook, pip inspect writes them into a file, too."""
_WHAT = "Make one with: pip freeze > image.txt, or: pip inspect > image.json"


def read_image(path: Path) -> Image:
    """Read a file that says what is installed; see :func:`parse_image`.

    Raises:
        UsageError: It cannot be read, or says nothing of that kind.
    """
    try:
        content = read_regular(path, MOST_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", "Name a file that you may read.") from error
    return parse_image(content, str(path))


def parse_image(content: bytes, file: str) -> Image:
    """Read what is installed.

    Args:
        content: The output of pip, perhaps with the byte order mark of PowerShell.
        file: The name of the file, for messages.

    Returns:
        The packages, and what else the file says.

    Raises:
        UsageError: It is none of the formats, or too large.
    """
    if len(content) > MOST_BYTES:
        raise UsageError(f"{file} has more than {MOST_BYTES >> 20} MiB.", _WHAT)
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text.", _WHAT) from None
    text = _COLOR.sub("", text)
    image = _from_json(text, file) if text.lstrip()[:1] in {"[", "{"} else _from_freeze(text)
    if not image.packages:
        raise UsageError(f"{file} names no installed package.", _WHAT)
    if len(image.packages) > MOST_PACKAGES:
        raise UsageError(f"{file} names more than {MOST_PACKAGES} packages.", _WHAT)
    return image


def parse_target(text: str) -> Target | None:
    """Return a platform and a Python that are written as ``linux-64/3.12``; None for any other text."""
    match = _TARGET.fullmatch(text)
    if match is None or match["platform"] not in PLATFORMS:
        return None
    return Target(platform=match["platform"], python=(3, int(match["minor"])))


def _from_freeze(text: str) -> Image:
    packages: list[InstalledPackage] = []
    unread: list[str] = []
    target, day, loaded = None, "", None
    editable: InstalledPackage | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            if match := _IMAGE.fullmatch(line):
                target, day = parse_target(match["target"]), match["day"] or ""
            elif match := _IMPORTED.fullmatch(line):
                loaded = frozenset(map(canonicalize_name, match["names"].split()))
            elif match := _EDITABLE.fullmatch(line):
                editable = _package(match["name"], match["version"])
            continue
        found = _from_line(line, editable) if line else None
        if found:
            packages.append(found)
        elif line and len(unread) < MOST_UNREAD:
            unread.append(shortened(line))
        editable = None if line else editable
    return Image(
        packages=_once(packages), target=target, day=day, loaded=loaded, unread=tuple(unread), without_tools=True
    )


def _from_line(line: str, editable: InstalledPackage | None) -> InstalledPackage | None:
    """Return the package of a line of ``pip freeze``.

    Args:
        line: The line.
        editable: The package that the comment before it names.
    """
    if line.startswith("-e"):
        name = name_in_address(line.removeprefix("-e").strip())
        return editable or (_package(name, "") if name else None)
    if match := _EXACT.fullmatch(line):
        return _package(match["name"], match["version"])
    if match := _AT.fullmatch(line):
        return _package(match["name"], _version_in_address(match["address"]))
    return None


def _version_in_address(address: str) -> str:
    """Return the version in the name of a wheel or a source distribution at the end of an address; ``""`` for none."""
    last = re.split(r"[?#]", address)[0].rpartition("/")[2].replace("%2B", "+").replace("%2b", "+")
    for parse in (parse_wheel_filename, parse_sdist_filename):
        try:
            return str(parse(last)[1])
        except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
            continue
    return ""


def _from_json(text: str, file: str) -> Image:
    """Return what JSON of pip says.

    Raises:
        UsageError: It is no such JSON.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{file} begins like JSON, and is not JSON.", _WHAT) from None
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, dict)]
        found = [_package(str(row["name"]), _text(row.get("version"))) for row in rows if _is_name(row.get("name"))]
        return Image(packages=_once(found))
    installed = data.get("installed")
    if not isinstance(installed, list):
        raise UsageError(f"{file} is JSON of another kind.", _WHAT)
    environment = data.get("environment")
    loaded = data.get("imported")
    return Image(
        packages=_once(filter(None, map(_inspected, installed))),
        target=_target_of(environment) if isinstance(environment, dict) else None,
        day=_text(data.get("day"))[:10],
        loaded=frozenset(canonicalize_name(one) for one in loaded if isinstance(one, str))
        if isinstance(loaded, list)
        else None,
    )


def _inspected(row: object) -> InstalledPackage | None:
    """Return a package of ``pip inspect``."""
    metadata = row.get("metadata") if isinstance(row, dict) else None
    if not isinstance(metadata, dict) or not _is_name(metadata.get("name")):
        return None
    requires = metadata.get("requires_dist", [])
    if not isinstance(requires, list) or not all(isinstance(one, str) for one in requires):
        return _package(metadata["name"], _text(metadata.get("version")))
    return _package(metadata["name"], _text(metadata.get("version")), tuple(requires))


def _target_of(environment: dict[str, Any]) -> Target | None:
    """Return the target with some environment markers (PEP 508); None if none has them."""
    python = _PYTHON.fullmatch(_text(environment.get("python_version")))
    system, machine = environment.get("sys_platform"), environment.get("platform_machine")
    platforms = [one.subdir for one in PLATFORMS.values() if (one.system, one.machine) == (system, machine)]
    return Target(platform=platforms[0], python=(3, int(python[1]))) if python and platforms else None


def _package(name: str, version: str, requires: tuple[str, ...] | None = None) -> InstalledPackage:
    return InstalledPackage(
        name=printable(name), key=canonicalize_name(name), version=printable(version), requires=requires
    )


def _once(packages: Iterable[InstalledPackage]) -> tuple[InstalledPackage, ...]:
    """Return each package once; of several with one name the first, which comes first on ``sys.path``."""
    found: dict[str, InstalledPackage] = {}
    for one in packages:
        found.setdefault(one.key, one)
    return tuple(found.values())


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
