"""Several files -> one list: each package once, without pins, and what the files disagree about."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from onelist.core.targets import listed
from onelist.core.text import redact
from onelist.importing.model import MARKER_BY_SYSTEM, Named, Namespace, Place, Remark
from onelist.importing.python_bounds import lowest_python
from onelist.importing.remarks import doubts, for_pythons, from_addresses, not_for_everybody, told_same_modules
from onelist.translation.import_names import is_in_python, known_beginning, project_of, same_modules
from onelist.translation.names import has_distribution, pypi_name, table_entry
from onelist.translation.specifiers import is_pin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from onelist.importing.model import NamedPackage, ReadFile

_PIP_OF_CONDA = frozenset({"pip"})
"""Conda packages that an environment.yml lists only to have pip."""
_KNOWN_CHANNELS = frozenset({"conda-forge", "defaults", "nodefaults", "main", "anaconda"})
"""Channels whose packages have the names of conda-forge."""
_CODE = frozenset({"notebook", "Python file", "script"})
"""Formats that use packages, and that are no list of them."""


class Renamed(NamedTuple):
    """A name that is another one in the list.

    Attributes:
        written: The name in the file.
        name: The name in the list.
        place: Where it stands.
    """

    written: str
    name: str
    place: Place


class Difference(NamedTuple):
    """Bounds of one package that differ between places.

    Attributes:
        name: The package.
        versions: The versions at each place, as written.
        kept: What the list says, ``""`` for all versions.
    """

    name: str
    versions: tuple[tuple[Place, str], ...]
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedList:
    """The list that the files make, and a report of how.

    Attributes:
        requirements: Requirements for pip and conda (PEP 508), in the order of the files.
        pip_requirements: Those of which the table says that no conda package exists.
        conda_requirements: conda packages that hold no Python distribution.
        extras: Each extra with its requirements.
        channels: conda channels.
        platforms: conda subdirs.
        min_python: The lowest Python; None if no file says one that can be used.
        keys: Values of other keys of settings.ini.
        counts: Each file, its format, and how many packages it asks for.
        renamed: Names that are others in the list.
        dropped: Versions that the list does not have, as ``numpy==1.26``, each with its place.
        differences: Packages with different bounds.
        missing: For each list of packages, what other lists have and it has not.
        only_used: Packages that code uses and no list has.
        left_out: What is not taken over.
        decisions: What a person must decide.
    """

    requirements: tuple[str, ...]
    pip_requirements: tuple[str, ...]
    conda_requirements: tuple[str, ...]
    extras: Mapping[str, tuple[str, ...]]
    channels: tuple[str, ...]
    platforms: tuple[str, ...]
    min_python: tuple[int, int] | None
    keys: Mapping[str, str]
    counts: tuple[tuple[str, str, int], ...]
    renamed: tuple[Renamed, ...]
    dropped: tuple[Remark, ...]
    differences: tuple[Difference, ...]
    missing: Mapping[str, tuple[str, ...]]
    only_used: tuple[str, ...]
    left_out: tuple[Remark, ...]
    decisions: tuple[Remark, ...]


def combine(files: Sequence[ReadFile], groups: Collection[str] = ()) -> ImportedList:
    """Make one list from files.

    Args:
        files: What each file says, the most important one first.
        groups: Groups and extras that count as if they were for everybody.

    Returns:
        The list and the report.
    """
    decisions = [remark for file in files for remark in file.decisions]
    left_out = [remark for file in files for remark in file.left_out]
    main: list[Named] = []
    extras: dict[str, list[Named]] = {}
    pythons = [remark for file in files for remark in file.pythons]
    for file in files:
        chosen, remarks = _without_groups(file, groups)
        decisions += remarks
        for item in chosen:
            if item.name.lower() == "python" and item.namespace is Namespace.CONDA:
                pythons.append(Remark(item.place, item.versions))
            elif item.namespace is Namespace.PYPI and is_in_python(item.name):
                left_out.append(Remark(item.place, f"{item.name} is a part of Python. A list does not need it."))
            elif named := _named(item, file.file):
                group = item.group if item.group in file.optional_groups.difference(groups) else ""
                (extras.setdefault(group, []) if group else main).append(named)
    min_python, remarks = lowest_python(pythons)
    left_out += remarks
    main, remarks = for_pythons(_without_same_modules(main, extras.values()), min_python)
    left_out += remarks
    for group in list(extras):
        extras[group], remarks = for_pythons(extras[group], min_python)
        left_out += remarks
    extras = {group: items for group, items in extras.items() if items}
    by_name = _grouped(named for named in main if not named.is_conda_only)
    only_conda = _grouped(named for named in main if named.is_conda_only)
    decisions += [*doubts(only_conda), *_other_channels(files)]
    everything = [*main, *(named for items in extras.values() for named in items)]
    decisions += from_addresses(everything)
    decisions += told_same_modules(everything)
    marked = {name: marker for name, items in by_name.items() if (marker := _marker(items))}
    only_pip = [name for name in by_name if name in marked or _is_pip_only(name)]
    decisions += [
        not_for_everybody(name, by_name[name], marker) for name, marker in marked.items() if not _is_pip_only(name)
    ]
    listing = (file for file in files if file.format not in _CODE)
    lists = [file.file for file in listing if any(_named(item, file.file) for item in file.items)]
    return ImportedList(
        requirements=tuple(_requirement(name, by_name[name]) for name in by_name if name not in only_pip),
        pip_requirements=tuple(_requirement(name, by_name[name]) for name in only_pip),
        conda_requirements=tuple(only_conda),
        extras={
            group: tuple(_requirement(*pair) for pair in _grouped(items).items()) for group, items in extras.items()
        },
        channels=tuple(dict.fromkeys(channel for file in files for channel in file.channels)),
        platforms=tuple(dict.fromkeys(platform for file in files for platform in file.platforms)),
        min_python=min_python,
        keys=_keys(files),
        counts=tuple((file.file, file.format, len(file.items)) for file in files),
        renamed=tuple(_renamed(everything)),
        dropped=tuple(_dropped(everything)),
        differences=tuple(_differences(by_name, lists)),
        missing=_missing(by_name, lists, _mentioned(files)),
        only_used=tuple(_only_used(by_name, lists)),
        left_out=tuple(dict.fromkeys(left_out)),
        decisions=tuple(dict.fromkeys(decisions)),
    )


def _without_groups(file: ReadFile, groups: Collection[str]) -> tuple[list[NamedPackage], list[Remark]]:
    """Return the items that everybody gets and the extras; the other groups are for those who work on the project.

    A file that has only groups has no other list, so all of them count.
    """
    known = {"", *groups, *file.optional_groups}
    chosen = [item for item in file.items if item.group in known]
    if not any(not item.group for item in file.items):
        return list(file.items), []
    by_group: dict[str, list[NamedPackage]] = defaultdict(list)
    for item in file.items:
        if item.group not in known:
            by_group[item.group].append(item)
    return chosen, [
        Remark(
            items[0].place,
            f"The group {group} is left out, because it is not for everybody: "
            f"{' '.join(dict.fromkeys(item.name for item in items))}. --group {group} takes it.",
        )
        for group, items in by_group.items()
    ]


def _named(item: NamedPackage, file: str) -> Named | None:
    """Return an item with its name in the list; None for Python, its parts, and the pip of an environment.yml."""
    if item.name.lower() == "python":
        return None
    if item.namespace is Namespace.MODULE:
        project = project_of(item.name)
        return Named(item, file, project, is_conda_only=False) if project else None
    if item.namespace is Namespace.CONDA:
        conda = item.name.lower()
        if conda in _PIP_OF_CONDA:
            return None
        project = pypi_name(conda) if has_distribution(conda) else None
        return Named(item, file, project or conda, is_conda_only=project is None)
    try:
        name = canonicalize_name(item.name, validate=True)
    except InvalidName:
        return None
    return Named(item, file, name, is_conda_only=False)


def _without_same_modules(main: Sequence[Named], extras: Iterable[Sequence[Named]]) -> list[Named]:
    """Return items without imports of modules that another listed package brings, such as opencv-python-headless."""
    everything = (*main, *(named for items in extras for named in items))
    listed = {named.name for named in everything if named.item.namespace is not Namespace.MODULE}
    return [
        named
        for named in main
        if named.item.namespace is not Namespace.MODULE
        or named.name in listed
        or listed.isdisjoint(same_modules(named.name))
    ]


def _grouped(items: Iterable[Named]) -> dict[str, list[Named]]:
    """Return the items by their names in the list."""
    found: dict[str, list[Named]] = {}
    for named in items:
        found.setdefault(named.name, []).append(named)
    return found


def _is_pip_only(name: str) -> bool:
    entry = table_entry(name)
    return entry is not None and entry.conda == "-"


def _requirement(name: str, items: Sequence[Named]) -> str:
    """Return the requirement for the list: all extras, and the lower bounds.

    A marker is kept only if every place that lists the package has the same one.
    """
    extras = sorted({extra for named in items for extra in named.item.extras})
    written = next((one.item.name for one in items if one.item.namespace is Namespace.PYPI), name)
    inside = f"[{','.join(extras)}]" if extras else ""
    text = f"{written}{inside}{_kept(items)}"
    marker = _marker(items)
    return f"{text}; {marker}" if marker else text


def _marker(items: Iterable[Named]) -> str:
    """Return the marker that every place has; of several operating systems (pixi's targets), those together."""
    markers = {named.item.marker for named in items if named.item.namespace is not Namespace.MODULE}
    if len(markers) == 1:
        return markers.pop()
    return " or ".join(sorted(markers)) if markers < set(MARKER_BY_SYSTEM.values()) else ""


def _kept(items: Iterable[Named]) -> str:
    """Return the exclusions of all places and the highest lower bound: the lowest, if each is for other machines."""
    clauses = {clause for named in items for clause in _clauses(named.item.versions) if not is_pin(clause.operator)}
    has_markers = len({named.item.marker for named in items}) > 1
    bounds = sorted((one for one in clauses if one.operator in {">=", ">"}), key=_version_of, reverse=not has_markers)
    excluded = sorted(str(one) for one in clauses if one.operator == "!=")
    return ",".join([*map(str, bounds[:1]), *excluded])


def _version_of(clause: Specifier) -> tuple[Version, str]:
    return Version(clause.version), clause.operator


def _clauses(versions: str) -> list[Specifier]:
    """Return those clauses of versions, of pip or conda, that are valid in a list (PEP 440)."""
    found = []
    for text in versions.split(","):
        try:
            clause = Specifier(text.strip())
            Version(clause.version.removesuffix(".*"))  # Python makes no number of thousands of digits
            found.append(clause)
        except (InvalidSpecifier, ValueError):
            continue
    return found


def _other_channels(files: Sequence[ReadFile]) -> Iterable[Remark]:
    """Yield that the table of names does not know the programs of other channels than conda-forge."""
    for file in files:
        others = [one for one in file.channels if re.fullmatch(r"\w[\w.-]*", one) and one not in _KNOWN_CHANNELS]
        if others:
            yield Remark(
                Place(file.file),
                f"It names {redact(listed(others))}, and onelist knows the names of conda-forge only. A program of "
                "such a channel may have the name of another project on the package index. Move it to "
                "conda_requirements.",
            )


def _keys(files: Sequence[ReadFile]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for file in reversed(files):
        keys |= file.keys
    return keys


def _renamed(items: Iterable[Named]) -> Iterable[Renamed]:
    """Yield the names that are others in the list; spellings of the same name are not."""
    seen = set()
    for named in items:
        written = named.item.name
        top = known_beginning(written) if named.item.namespace is Namespace.MODULE else written
        if canonicalize_name(top.replace(".", "-")) != canonicalize_name(named.name) and (top, named.name) not in seen:
            seen.add((top, named.name))
            yield Renamed(top, named.name, named.item.place)


def _dropped(items: Iterable[Named]) -> Iterable[Remark]:
    """Yield the versions that the list does not have, as written."""
    for named in items:
        versions = named.item.versions
        if versions and versions != "*" and not versions.startswith("@"):
            kept = {str(clause) for clause in _clauses(versions) if not is_pin(clause.operator)}
            if {clause.strip() for clause in versions.split(",")} - kept:
                yield Remark(named.item.place, f"{named.item.name}{_joined(versions)}")


def _joined(versions: str) -> str:
    return versions if versions[0] in "<>=!~" else f" {versions}"


def _differences(by_name: Mapping[str, Sequence[Named]], lists: Sequence[str]) -> Iterable[Difference]:
    """Yield the packages for which two lists have other versions."""
    for name, items in by_name.items():
        listed = [one for one in items if one.file in lists]
        versions = dict.fromkeys((one.item.place, one.item.versions) for one in listed)
        by_file = {file: {one.item.versions for one in listed if one.file == file} for file in lists}
        if len({frozenset(texts) for texts in by_file.values() if texts}) > 1:
            yield Difference(name, tuple(versions), _kept(items))


def _mentioned(files: Iterable[ReadFile]) -> Mapping[str, frozenset[str]]:
    """Return for each file all that it asks for, also in groups that are left out."""
    return {file.file: frozenset(one.name for item in file.items if (one := _named(item, file.file))) for file in files}


def _missing(
    by_name: Mapping[str, Sequence[Named]], lists: Sequence[str], mentioned: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """Return for each list what another list has and it has not."""
    if len(set(lists)) < 2:  # noqa: PLR2004 - two lists can differ
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for file in dict.fromkeys(lists):
        names = [
            name
            for name, items in by_name.items()
            if any(one.file in lists for one in items) and name not in mentioned[file]
        ]
        if names:
            found[file] = tuple(names)
    return found


def _only_used(by_name: Mapping[str, Sequence[Named]], lists: Sequence[str]) -> list[str]:
    if not lists:
        return []
    return [name for name, items in by_name.items() if all(one.file not in lists for one in items)]
