"""``[tool.poetry]`` of a pyproject.toml -> what it asks for (Poetry, "Dependency specification")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from onelist.core.text import redact
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.importing.project_keys import addresses, keywords, people
from onelist.settings.pyproject import of_classifiers

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = Mapping[str, Any]
_NOT_IN_AN_EXTRA = "optional"
"""The group of a dependency that is optional and in no extra: nobody gets it."""
_KEYS = (("lib_name", "name"), ("version", "version"), ("description", "description"), ("license", "license"))
_CLAUSE = re.compile(r"(?P<operator>\^|~(?!=)|[<>=!~]=|===|<|>|=|)\s*v?(?P<version>\d[\w.*+!-]*)")


def read_poetry(file: str, poetry: Table) -> ReadFile | None:
    """Read ``[tool.poetry]``.

    Args:
        file: The name of the file, for places.
        poetry: The table.

    Returns:
        What it asks for; None if the file has no such table.
    """
    if not poetry:
        return None
    groups = {"": _table(poetry, "dependencies"), "dev": _table(poetry, "dev-dependencies")}
    for name, group in _table(poetry, "group").items():
        groups[name] = {**groups.get(name, {}), **_table(group, "dependencies")}
    extras = {
        extra: {_normal(name) for name in names if isinstance(name, str)}
        for extra, names in _table(poetry, "extras").items()
        if isinstance(names, list)
    }
    found: list[NamedPackage | Remark] = []
    pythons: list[Remark] = []
    for group, table in groups.items():
        place = Place(file, f"[tool.poetry.{f'group.{group}.' if group else ''}dependencies]")
        for name, value in table.items():
            if name == "python":
                pythons.append(Remark(place, versions_of(str(value))))
                continue
            for options in _alternatives(value):
                inside = _groups_of(name, options, group, extras)
                found += [_dependency(name, options, place, one) for one in inside]
    sources = poetry.get("source")
    return ReadFile(
        file=file,
        format="pyproject.toml",
        items=tuple(one for one in found if isinstance(one, NamedPackage)),
        optional_groups=frozenset(extras),
        pythons=tuple(pythons),
        keys=_keys(poetry),
        left_out=tuple(_index_remarks(file, sources if isinstance(sources, list) else [])),
        decisions=tuple(one for one in found if isinstance(one, Remark)),
    )


def _table(table: object, key: str) -> Table:
    value = table.get(key) if isinstance(table, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _texts(table: Table, key: str) -> list[str]:
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _alternatives(value: object) -> list[Table]:
    """Return the options of a dependency: a version, a table, or several tables for different machines."""
    values = value if isinstance(value, list) else [value]
    return [one if isinstance(one, Mapping) else {"version": str(one)} for one in values]


def _groups_of(name: str, options: Table, group: str, extras: Mapping[str, set[str]]) -> list[str]:
    """Return the group of a dependency; of one that is optional, each extra that has it."""
    if group or options.get("optional") is not True:
        return [group]
    return [extra for extra, names in extras.items() if _normal(name) in names] or [_NOT_IN_AN_EXTRA]


def _dependency(name: str, options: Table, place: Place, group: str) -> NamedPackage | Remark:
    if {"path", "file"} & set(options):
        return Remark(place, f"{name} is a folder of this machine. Add it if others can install it.")
    address = options.get("git") or options.get("url")
    versions = f"@ {redact(str(address))}" if address else versions_of(str(options.get("version") or ""))
    return NamedPackage(
        namespace=Namespace.PYPI,
        name=name,
        place=place,
        extras=frozenset(_texts(options, "extras")),
        versions=versions,
        marker=_marker(options),
        group=group,
    )


def _marker(options: Table) -> str:
    """Return the marker of a dependency: its ``markers``, ``python`` and ``platform``."""
    parts = []
    if isinstance(written := options.get("markers"), str):
        parts.append(f"({written})" if " or " in written else written)
    if isinstance(python := options.get("python"), str) and "|" not in python:
        parts += [
            f'python_version {match["operator"]} "{match["version"].removesuffix(".*")}"'
            for clause in versions_of(python).split(",")
            if (match := _CLAUSE.fullmatch(clause)) and "*" not in clause
        ]
    if isinstance(platform := options.get("platform"), str):
        parts.append(f'sys_platform == "{platform}"')
    return " and ".join(parts)


def versions_of(text: str) -> str:
    """Return versions as pip writes them: ``^1.2`` is ``>=1.2,<2``, ``~1.2`` is ``>=1.2,<1.3``, ``1.2`` is ``==1.2``.

    Alternatives (``^1.2 || ^2.0``) stay as they are: pip has none.
    """
    text = text.strip()
    if "|" in text:
        return text
    clauses = [_clause(clause) for clause in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", text)]
    return ",".join(clause for clause in clauses if clause not in {"", "*", "latest", "@latest"})


def _clause(text: str) -> str:
    match = _CLAUSE.fullmatch(text.removeprefix("@").strip())
    if match is None:
        return text
    operator, version = match["operator"], match["version"]
    if operator in {"^", "~"}:
        try:
            return f">={version},<{_next(Version(version).release, is_caret=operator == '^')}"
        except (InvalidVersion, ValueError):  # such as ^1.* or a number of thousands of digits
            return f">={version.removesuffix('.*')}"
    return f"{'==' if operator in {'', '='} else operator}{version}"


def _next(release: tuple[int, ...], *, is_caret: bool) -> str:
    """Return the first version that ``^`` or ``~`` keeps out: ``^0.3`` is below 0.4, ``~1`` is below 2."""
    place = next((place for place, part in enumerate(release) if part), len(release) - 1) if is_caret else 1
    place = min(place, len(release) - 1)
    return ".".join(map(str, (*release[:place], release[place] + 1)))


def _index_remarks(file: str, sources: list[object]) -> Iterator[Remark]:
    for source in sources:
        if isinstance(source, Mapping) and isinstance(url := source.get("url"), str):
            yield Remark(
                Place(file, "[[tool.poetry.source]]"), f"A list names no index, so it does not have {redact(url)}."
            )


def _keys(poetry: Table) -> dict[str, str]:
    keys = {key: value for key, name in _KEYS if isinstance(value := poetry.get(name), str)}
    urls = {label: poetry.get(label.lower()) for label in ("Homepage", "Repository", "Documentation")}
    return {
        **keys,
        **people(_texts(poetry, "authors")),
        **keywords(_texts(poetry, "keywords")),
        **of_classifiers(_texts(poetry, "classifiers")),
        **addresses({**_table(poetry, "urls"), **{label: url for label, url in urls.items() if isinstance(url, str)}}),
    }
