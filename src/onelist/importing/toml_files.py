"""pyproject.toml (PEP 621, PEP 735, Poetry, nbdev 3, pixi) and pixi.toml -> what they ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onelist.core.targets import PLATFORMS
from onelist.core.text import redact
from onelist.importing.conda_files import read_match_spec
from onelist.importing.model import MARKER_BY_SYSTEM, NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.importing.poetry import read_poetry
from onelist.importing.project_keys import addresses, keywords, split_keyword
from onelist.importing.requirements_txt import read_line
from onelist.settings.pyproject import of_classifiers

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = Mapping[str, Any]
_PIXI_DEPENDENCIES = ("dependencies", "host-dependencies", "run-dependencies")
_ELSEWHERE = ("git", "url", "path", "workspace")
"""Keys of a dependency of uv with the address that it comes from."""
_MOST_IN_EXTRAS = 10_000
"""How many requirements extras may have in which the project names itself."""
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
    uv = _table(tools, "uv")
    groups = {"dev": uv.get("dev-dependencies") or [], **_table(document, "dependency-groups")}
    found = [
        _pep621(file, _table(document, "project")),
        _groups(file, groups),
        read_poetry(file, _table(tools, "poetry")),
        _pixi(file, _table(tools, "pixi"), "tool.pixi."),
    ]
    merged = _merged(file, "pyproject.toml", [one for one in found if one])
    if merged is None:
        raise ValueError("it has no [project], [dependency-groups], [tool.poetry] or [tool.pixi]")
    return _from_other_places(merged, _table(uv, "sources"))


def _from_other_places(read: ReadFile, sources: Table) -> ReadFile:
    """Return what a file says, with the addresses from which uv takes packages (uv, "Dependency sources")."""
    addresses_by_name = {}
    for name, written in sources.items():
        for source in written if isinstance(written, list) else [written]:
            where = (
                next((_words_of_source(key, source[key]) for key in _ELSEWHERE if source.get(key)), "")
                if isinstance(source, Mapping)
                else ""
            )
            if where:
                addresses_by_name[_normal(name)] = "@ " + redact(where)
    items = (replace(item, versions=addresses_by_name.get(_normal(item.name), item.versions)) for item in read.items)
    return replace(read, items=tuple(items)) if addresses_by_name else read


def _words_of_source(key: str, value: object) -> str:
    return "the workspace of uv" if key == "workspace" else str(value)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


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
    items, decisions = _split(_without_own_name(found, str(project.get("name") or "")))
    python = project.get("requires-python")
    dynamic = Remark(place, "The version stands in another place (dynamic). Write it into settings.ini.")
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
            if len(split_keyword(word)) > 1
        )
        + ((dynamic,) if "version" in _texts(project, "dynamic") else ()),
        decisions=decisions,
    )


def _without_own_name(found: list[NamedPackage | Remark], name: str) -> list[NamedPackage | Remark]:
    """Return items with what the extras hold that the project names itself, as ``name[a,b]`` in an extra ``all``.

    Raises:
        ValueError: The extras name each other so often that the list would be very long.
    """
    by_group: dict[str, list[NamedPackage]] = {}
    own: list[NamedPackage] = []
    plain: list[NamedPackage | Remark] = []
    for item in found:
        if isinstance(item, NamedPackage):
            by_group.setdefault(_normal(item.group), []).append(item)
        if isinstance(item, NamedPackage) and _normal(item.name) == _normal(name):
            own.append(item)
        else:
            plain.append(item)
    for group in dict.fromkeys(item.group for item in own):
        waiting = [group]
        for one_group in waiting:  # it grows
            for item in by_group.get(_normal(one_group), []):
                if _normal(item.name) == _normal(name):
                    waiting += (extra for extra in sorted(item.extras) if extra not in waiting)
                elif one_group != group:
                    plain.append(replace(item, group=group))
                if len(plain) > _MOST_IN_EXTRAS:
                    raise ValueError("its extras name each other too often")
    return plain


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
    keys |= keywords(_texts(project, "keywords"))
    listed = project.get("authors")
    authors = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    for key, name in (("author", "name"), ("author_email", "email")):
        if values := [str(one[name]) for one in authors if one.get(name)]:
            keys[key] = ", ".join(values)
    return keys | of_classifiers(_texts(project, "classifiers")) | addresses(_table(project, "urls"))


def _groups(file: str, groups: Table) -> ReadFile | None:
    """Read ``[dependency-groups]`` (PEP 735)."""
    found: list[NamedPackage | Remark] = []
    for name in groups:
        place = Place(file, f"[dependency-groups] {name}")
        found += [read_line(text, place, name) for text in _texts_of_group(groups, name)]
    items, decisions = _split(found)
    return ReadFile(file=file, format="pyproject.toml", items=items, decisions=decisions) if found else None


def _texts_of_group(groups: Table, name: str) -> list[str]:
    """Return the requirements of a group, with those of the groups that it includes."""
    written = {_normal(group): group for group in groups}
    waiting: list[object] = [{"include-group": name}]
    seen: set[str] = set()
    found: dict[str, None] = {}
    for element in waiting:  # it grows
        included = element.get("include-group") if isinstance(element, Mapping) else None
        if isinstance(element, str):
            found[element] = None
        elif isinstance(included, str) and _normal(included) not in seen:
            seen.add(_normal(included))
            elements = groups.get(written.get(_normal(included), ""))
            waiting += elements if isinstance(elements, list) else []
    return list(found)


def _pixi(file: str, pixi: Table, prefix: str) -> ReadFile | None:
    """Read a pixi manifest."""
    workspace = _table(pixi, "workspace") or _table(pixi, "project")
    if not workspace and not _table(pixi, "dependencies"):
        return None
    found: list[NamedPackage | Remark] = []
    pythons: list[Remark] = []
    for path, table, group, system in _pixi_parts(pixi):
        for key, namespace in (
            *((key, Namespace.CONDA) for key in _PIXI_DEPENDENCIES),
            ("pypi-dependencies", Namespace.PYPI),
        ):
            place = Place(file, f"[{prefix}{path}{key}]")
            for name, value in _table(table, key).items():
                item = _with_options(namespace, name, value, place, group)
                if isinstance(item, NamedPackage) and item.name == "python":
                    pythons.append(Remark(place, item.versions))
                elif isinstance(item, NamedPackage) and not item.marker:
                    found.append(replace(item, marker=system))
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
        channels=_channels(workspace),
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


def _pixi_parts(pixi: Table) -> Iterator[tuple[str, Table, str, str]]:
    """Yield each table with dependencies: its path, the table, the feature that it belongs to, and its marker."""
    parts = [("", pixi, ""), *((f"feature.{name}.", one, name) for name, one in _table(pixi, "feature").items())]
    for path, table, feature in parts:
        yield path, table, feature, ""
        for platform, inner in _table(table, "target").items():
            system = MARKER_BY_SYSTEM.get(platform.partition("-")[0], "")
            yield f"{path}target.{platform}.", inner, feature, system


def _channels(workspace: Table) -> tuple[str, ...]:
    """Return the channels, of which each is a name or a table with a priority."""
    listed = workspace.get("channels")
    names = (
        [one.get("channel") if isinstance(one, Mapping) else one for one in listed] if isinstance(listed, list) else []
    )
    return tuple(name for name in names if isinstance(name, str))


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
