"""What is installed in the environment of a Python: distributions, their files, and the records of conda."""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import replace
from importlib.metadata import DistributionFinder, MetadataPathFinder, PathDistribution
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.core.modules import declared_modules, is_by_mistake, is_imported, listed_modules, shipped_modules
from onelist.core.system.regular_files import read_regular
from onelist.core.text import redact
from onelist.machine.facts import CondaPackage, Distribution, Files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_LARGEST = 1 << 24
"""A larger RECORD or record of conda is not read, in bytes."""
_BLANK_LINE = re.compile(r"\n\r?\n")


def find_distributions(path: Sequence[str]) -> Mapping[str, tuple[Distribution, ...]]:
    """Return what is installed on a path, by normalised name.

    Args:
        path: The folders where a Python looks for modules.

    Returns:
        The distributions of each name, that which Python uses first.
    """
    found: dict[str, dict[str, Distribution]] = {}
    for one in MetadataPathFinder.find_distributions(DistributionFinder.Context(path=list(dict.fromkeys(path)))):
        place = getattr(one, "_path", None)  # nothing public tells it
        described = _described(_Bounded(Path(str(place)))) if place else None
        if described:
            found.setdefault(described.name, {}).setdefault(os.path.realpath(described.info), described)
    return MappingProxyType({name: tuple(some.values()) for name, some in found.items()})


class _Bounded(PathDistribution):
    """Metadata of which only regular files up to a size are read: nothing waits for a pipe."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """Return the text of a file, of METADATA without the description; None if there is none that can be read."""
        try:
            text = read_regular(self.path / filename, _LARGEST).decode("utf-8", errors="replace")
        except (OSError, ValueError):
            return None
        return _BLANK_LINE.split(text, maxsplit=1)[0] if filename in {"METADATA", "PKG-INFO"} else text


def _described(found: _Bounded) -> Distribution | None:
    info = str(found.path)
    try:
        metadata = found.metadata
        name, version = str(metadata["Name"] or ""), str(metadata["Version"] or "")
        requires = tuple(found.requires or ())
        declared = tuple(str(line) for line in metadata.get_all("Import-Name") or ())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):  # no METADATA, or one that nobody can read
        metadata, version, requires, declared = None, "", (), ()
        name = Path(info).name.partition("-")[0]
    name = name or Path(info).name.partition("-")[0]
    if name.startswith("~"):  # what pip leaves of an installation that was interrupted
        return None
    return Distribution(
        name=canonicalize_name(name),
        version=version,
        info=info,
        installer=(found.read_text("INSTALLER") or "").strip(),
        requires=requires,
        extras=frozenset(
            canonicalize_name(str(one)) for one in (metadata.get_all("Provides-Extra") if metadata else None) or ()
        ),
        declared=declared_modules(declared),
        tops=frozenset((found.read_text("top_level.txt") or "").split()),
        is_editable='"editable": true' in (found.read_text("direct_url.json") or ""),
    )


def leftovers(path: Sequence[str]) -> tuple[str, ...]:
    """Return the folders that pip leaves when its work is interrupted: their names begin with ``~``."""
    found = []
    for folder in dict.fromkeys(path):
        try:
            found += [str(Path(folder, name)) for name in os.listdir(folder) if name.startswith("~")]  # noqa: PTH208
        except OSError:
            continue
    return tuple(sorted(found))


def read_files(distribution: Distribution) -> Files:
    """Return what RECORD says of the files of a distribution.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages, "The RECORD file".
    """
    info = Path(distribution.info)
    try:
        text = read_regular(info / "RECORD", _LARGEST).decode("utf-8", errors="replace")
        rows = list(csv.reader(text.splitlines()))
    except (OSError, csv.Error):
        return Files(has_record=False, is_whole=False, missing=(), modules=_named_modules(distribution, ()))
    whole = [row[0] for row in rows if len(row) == 3]  # noqa: PLR2004 - path, hash and size
    can_be_read = len(whole) == len([row for row in rows if row])
    lists_itself = f"{info.name}/METADATA" in whole and f"{info.name}/RECORD" in whole
    missing = tuple(one for one in whole if not one.endswith(".pyc") and not os.path.lexists(info.parent / one))
    return Files(
        has_record=True,
        is_whole=can_be_read and lists_itself,
        missing=missing,
        modules=_named_modules(distribution, whole),
    )


def files_of_conda(files: Files, conda: CondaPackage, prefix: str) -> Files:
    """Return the files of a distribution that conda owns: its record tells them, for RECORD is that of the build.

    Args:
        files: What RECORD says.
        conda: The package of conda.
        prefix: The folder of the environment.

    Returns:
        The same modules, with the files that the record of conda lists and that are gone (CEP 34, "files").
    """
    listed = _read_record(Path(conda.record)).get("files")
    if not isinstance(listed, list):
        return files
    paths = [str(one) for one in listed if not str(one).endswith(".pyc")]
    missing = tuple(path for path in paths if not os.path.lexists(os.path.join(prefix, path)))  # noqa: PTH118
    return replace(files, has_record=True, is_whole=True, missing=missing)


def _named_modules(distribution: Distribution, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the modules of a distribution: those that it declares, else those of its files."""
    if distribution.declared:
        return _public(distribution.declared)
    return _public(listed_modules(shipped_modules(paths) or _beside(distribution), distribution.tops))


def _beside(distribution: Distribution) -> set[str]:
    """Return the module with the name of the distribution, if there is one: RECORD does not tell the modules."""
    name = distribution.name.replace("-", "_")
    places = (Path(distribution.folder, name), Path(distribution.folder, f"{name}.py"))
    return {name} if any(place.exists() for place in places) else set()


def _public(names: Iterable[str]) -> tuple[str, ...]:
    """Return the modules that users import; where there are none, those that only other packages import."""
    found = [
        name
        for name in dict.fromkeys(names)
        if all(part.isidentifier() and not part.startswith("__") for part in name.split("."))
        and not is_by_mistake(name)
    ]
    return tuple(filter(is_imported, found)) or tuple(found)


def with_owners(found: Sequence[Distribution], conda: CondaPackage) -> tuple[Distribution, ...]:
    """Return distributions of one name, with conda as the installer of what its record lists.

    ``INSTALLER`` says it in newer packages only: older ones have what pip wrote when the package was made.
    """
    if len(found) == 1 and found[0].installer == "conda":
        return tuple(found)
    files = _read_record(Path(conda.record)).get("files")
    listed = {Path(str(file)).parent.name for file in files} if isinstance(files, list) else set()
    return tuple(replace(one, installer="conda") if Path(one.info).name in listed else one for one in found)


def find_conda(prefix: str, wanted: Collection[str]) -> Mapping[str, CondaPackage]:
    """Return what conda installed in an environment, by name.

    Args:
        prefix: The folder of the environment.
        wanted: The packages whose records are read.

    Returns:
        The packages; empty for an environment that conda did not make. The names of the records say name and version
        (CEP 34, "conda-meta").
    """
    found: dict[str, CondaPackage] = {}
    for file in sorted(Path(prefix, "conda-meta").glob("*.json")):
        match = re.fullmatch(r"(.+)-([^-]+)-([^-]+)\.json", file.name)
        if match:
            found[match[1]] = _conda_package(file, match, is_read=match[1] in wanted)
    return MappingProxyType(found)


def _conda_package(file: Path, match: re.Match[str], *, is_read: bool) -> CondaPackage:
    record = _read_record(file) if is_read else {}
    depends = record.get("depends")
    return CondaPackage(
        name=match[1],
        version=match[2],
        build=match[3],
        record=str(file),
        channel=redact(str(record.get("channel", ""))),
        depends=tuple(map(str, depends)) if isinstance(depends, list) else (),
    )


def _read_record(file: Path) -> Mapping[str, Any]:
    """Return what conda has written about a package; empty if nobody can read it."""
    try:
        content = json.loads(read_regular(file, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def local_modules(folder: str) -> Iterator[str]:
    """Yield the modules in a folder: they hide installed ones when Python is started there."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name, dot, suffix = entry.name.partition(".")
                if dot and suffix == "py" and name.isidentifier():
                    yield name
    except OSError:
        return
