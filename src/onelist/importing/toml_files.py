"""pyproject.toml (PEP 621, PEP 735, Poetry, nbdev 3, pixi) and pixi.toml -> what they ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onelist.core.targets import PLATFORMS
from onelist.importing.conda_files import read_match_spec
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.importing.requirements_txt import read_line
from onelist.settings.pyproject import joined_keywords

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = Mapping[str, Any]
_PIXI_DEPENDENCIES = ("dependencies", "host-dependencies", "run-dependencies")
_LOCAL = frozenset({"path", "git", "url", "editable", "workspace"})
"""Keys of a dependency that is not from an index or a channel."""


def parse_toml(text: str) -> Table:
    """Parse TOML.

    Raises:
        ValueError: It is not TOML; the message names the line.
    """
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"it is not TOML: {error}") from error


def read_pyproject(file: str, text: str) -> ReadFile:
    """Read a pyproject.toml.

    Args:
        file: The name of the file, for places.
        text: Its content.

    Returns:
        What it asks for.

    Raises:
        ValueError: It is not TOML, or has none of the tables that are read.
    """
    document = parse_toml(text)
    tools = _table(document, "tool")
    found = [
        _pep621(file, _table(document, "project")),
        _groups(file, _table(document, "dependency-groups")),
        _poetry(file, _table(tools, "poetry")),
        _pixi(file, _table(tools, "pixi"), "tool.pixi."),
    ]
    merged = _merged(file, "pyproject.toml", [one for one in found if one])
    if merged is None:
        raise ValueError("it has no [project], [dependency-groups], [tool.poetry] or [tool.pixi]")
    return merged


def read_pixi(file: str, text: str) -> ReadFile:
    """Read a pixi.toml (https://pixi.sh/latest/reference/pixi_manifest/).

    Raises:
        ValueError: It is not TOML, or has no dependencies.
    """
    found = _pixi(file, parse_toml(text), "")
    if found is None:
        raise ValueError("it has no [workspace], [project] or [dependencies]")
    return found


def _merged(file: str, name: str, parts: list[ReadFile]) -> ReadFile | None:
    if not parts:
        return None
    keys: dict[str, str] = {}
    for part in reversed(parts):
        keys |= part.keys
    return ReadFile(
        file=file,
        format=name,
        items=tuple(item for part in parts for item in part.items),
        optional_groups=frozenset(group for part in parts for group in part.optional_groups),
        channels=next((part.channels for part in parts if part.channels), ()),
        platforms=next((part.platforms for part in parts if part.platforms), ()),
        pythons=tuple(one for part in parts for one in part.pythons),
        keys=keys,
        left_out=tuple(one for part in parts for one in part.left_out),
        decisions=tuple(one for part in parts for one in part.decisions),
    )


def _table(table: object, key: str) -> Table:
    value = table.get(key) if isinstance(table, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _texts(table: Table, key: str) -> list[str]:
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _split(found: list[NamedPackage | Remark]) -> tuple[tuple[NamedPackage, ...], tuple[Remark, ...]]:
    items = tuple(one for one in found if isinstance(one, NamedPackage))
    return items, tuple(one for one in found if isinstance(one, Remark))


def _pep621(file: str, project: Table) -> ReadFile | None:
    """Read ``[project]`` (PEP 621)."""
    if not project:
        return None
    place = Place(file, "[project]")
    found = [read_line(text, place) for text in _texts(project, "dependencies")]
    optional = _table(project, "optional-dependencies")
    for group in optional:
        found += [read_line(text, place, group) for text in _texts(optional, group)]
    items, decisions = _split(found)
    python = project.get("requires-python")
    return ReadFile(
        file=file,
        format="pyproject.toml",
        items=items,
        optional_groups=frozenset(optional),
        pythons=(Remark(place, python),) if isinstance(python, str) else (),
        keys=_project_keys(project),
        left_out=tuple(
            Remark(place, f'The keyword "{word}" becomes several, because settings.ini separates keywords by commas.')
            for word in _texts(project, "keywords")
            if len(_keywords(word)) > 1
        ),
        decisions=decisions,
    )


def _keywords(text: str) -> list[str]:
    """Return the keywords in one of a pyproject.toml, where a comma may be left from another file."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _project_keys(project: Table) -> dict[str, str]:
    """Return the values of ``[project]`` that settings.ini has a key for."""
    keys = {
        key: value
        for key, name in (("lib_name", "name"), ("version", "version"), ("description", "description"))
        if isinstance(value := project.get(name), str)
    }
    license_ = project.get("license")
    text = license_.get("text") if isinstance(license_, Mapping) else license_
    if isinstance(text, str):
        keys["license"] = text
    words = [part for word in _texts(project, "keywords") for part in _keywords(word)]
    if words:
        keys["keywords"] = joined_keywords(words)
    listed = project.get("authors")
    authors = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    for key, name in (("author", "name"), ("author_email", "email")):
        if values := [str(one[name]) for one in authors if one.get(name)]:
            keys[key] = ", ".join(values)
    return keys | _addresses(_table(project, "urls"))


def _addresses(urls: Table) -> dict[str, str]:
    """Return ``git_url``, ``doc_host`` and ``user`` from ``[project.urls]`` (well-known labels, PEP 753)."""
    by_label = {re.sub(r"[\W_]", "", str(label).lower()): str(url) for label, url in urls.items()}
    keys: dict[str, str] = {}
    for label in ("repository", "source", "sourcecode", "github", "homepage"):
        if label in by_label:
            keys["git_url"] = by_label[label]
            break
    documentation = next((by_label[label] for label in ("documentation", "docs") if label in by_label), "")
    if documentation:
        keys["doc_host"] = documentation
    owner = re.match(r"https://github\.com/([A-Za-z0-9-]+)/", keys.get("git_url", "") + "/")
    return keys | ({"user": owner[1]} if owner else {})


def _groups(file: str, groups: Table) -> ReadFile | None:
    """Read ``[dependency-groups]`` (PEP 735)."""
    if not groups:
        return None
    found: list[NamedPackage | Remark] = []
    for name in groups:
        place = Place(file, f"[dependency-groups] {name}")
        found += [read_line(text, place, name) for text in _texts(groups, name)]
    items, decisions = _split(found)
    return ReadFile(file=file, format="pyproject.toml", items=items, decisions=decisions)


def _poetry(file: str, poetry: Table) -> ReadFile | None:
    """Read ``[tool.poetry]`` (Poetry's "The pyproject.toml file")."""
    if not poetry:
        return None
    parts = {"": _table(poetry, "dependencies"), "dev": _table(poetry, "dev-dependencies")}
    for name, group in _table(poetry, "group").items():
        parts[name] = _table(group, "dependencies") if isinstance(group, Mapping) else {}
    found: list[NamedPackage | Remark] = []
    pythons: list[Remark] = []
    for group, table in parts.items():
        place = Place(file, f"[tool.poetry.{f'group.{group}.' if group else ''}dependencies]")
        for name, value in table.items():
            if name == "python":
                pythons.append(Remark(place, _poetry_versions(str(value))))
            else:
                found.append(_with_options(Namespace.PYPI, name, value, place, group))
    items, decisions = _split(found)
    items = tuple(replace(item, versions=_poetry_versions(item.versions)) for item in items)
    keys = {
        key: value
        for key, name in (
            ("lib_name", "name"),
            ("version", "version"),
            ("description", "description"),
            ("license", "license"),
            ("git_url", "repository"),
        )
        if isinstance(value := poetry.get(name), str)
    }
    return ReadFile(
        file=file, format="pyproject.toml", items=items, pythons=tuple(pythons), keys=keys, decisions=decisions
    )


def _poetry_versions(text: str) -> str:
    """Return Poetry's ``^1.2`` as its lower bound; ``~1.2`` as well, and a bare version as an exact one."""
    text = text.strip()
    if text.startswith(("^", "~")) and not text.startswith("~="):
        return ">=" + text[1:].strip()
    return f"=={text}" if re.match(r"\d", text) else "" if text == "*" else text


def _pixi(file: str, pixi: Table, prefix: str) -> ReadFile | None:
    """Read a pixi manifest."""
    workspace = _table(pixi, "workspace") or _table(pixi, "project")
    if not workspace and not _table(pixi, "dependencies"):
        return None
    found: list[NamedPackage | Remark] = []
    pythons: list[Remark] = []
    for path, table, group in _pixi_parts(pixi):
        for key, namespace in (
            *((key, Namespace.CONDA) for key in _PIXI_DEPENDENCIES),
            ("pypi-dependencies", Namespace.PYPI),
        ):
            place = Place(file, f"[{prefix}{path}{key}]")
            for name, value in _table(table, key).items():
                item = _with_options(namespace, name, value, place, group)
                if isinstance(item, NamedPackage) and item.name == "python":
                    pythons.append(Remark(place, item.versions))
                else:
                    found.append(item)
    items, decisions = _split(found)
    platforms = _texts(workspace, "platforms")
    left_out = [
        Remark(Place(file), f"onelist does not know the platform {one}.") for one in platforms if one not in PLATFORMS
    ]
    return ReadFile(
        file=file,
        format="pixi.toml",
        items=items,
        channels=tuple(_texts(workspace, "channels")),
        platforms=tuple(one for one in platforms if one in PLATFORMS),
        pythons=tuple(pythons),
        keys={
            key: value
            for key, name in (("lib_name", "name"), ("version", "version"), ("description", "description"))
            if isinstance(value := workspace.get(name), str)
        },
        left_out=tuple(left_out),
        decisions=decisions,
    )


def _pixi_parts(pixi: Table) -> Iterator[tuple[str, Table, str]]:
    """Yield each table with dependencies: its path, the table, and the feature that it belongs to."""
    yield "", pixi, ""
    for platform, table in _table(pixi, "target").items():
        yield f"target.{platform}.", table, ""
    for feature, table in _table(pixi, "feature").items():
        yield f"feature.{feature}.", table, feature
        for platform, inner in _table(table, "target").items():
            yield f"feature.{feature}.target.{platform}.", inner, feature


def _with_options(namespace: Namespace, name: str, value: object, place: Place, group: str) -> NamedPackage | Remark:
    """Read a dependency that is a version, or a table with a version and options."""
    options: Table = value if isinstance(value, Mapping) else {"version": value}
    if not _LOCAL.isdisjoint(options):
        return Remark(place, f"{name} does not come from an index or a channel. Add it if others can install it.")
    version = str(options.get("version") or "").strip()
    versions = "" if version == "*" else version
    if namespace is Namespace.CONDA:
        return read_match_spec(f"{name} {versions}".strip(), place, group)
    marker = options.get("markers") or options.get("env-markers")
    return NamedPackage(
        namespace=namespace,
        name=name,
        place=place,
        extras=frozenset(_texts(options, "extras")),
        versions=versions,
        marker=marker if isinstance(marker, str) else "",
        group=group,
    )
