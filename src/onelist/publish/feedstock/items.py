"""The run and host lists of a feedstock's recipe -> the lists of settings.ini, with what people have added; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.publish.feedstock.recipe_edits import ItemEdit, with_items
from onelist.publish.feedstock.recipe_text import REFERENCE, data, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yaml import Node

    from onelist.publish.feedstock.recipe_text import RecipeText

_ITEM = re.compile(r"([A-Za-z0-9_.-]+)\s*(.*)")
_PIN = re.compile(r"pin_(?:compatible|subpackage)\(\s*['\"]([^'\"]+)['\"]")
_SPECIAL = re.compile(r"[\[\]|]|(?<![<>=!~,\s])\s+[^\s<>=!~,]")
"""A build string or alternatives behind a name: more than versions."""
_BACKENDS = re.compile(
    r"(?:cython|flit(?:-core|-scm)?|hatch-.*|hatchling|maturin|meson-python|nbdev|pbr|pdm-(?:backend|pep517)"
    r"|poetry(?:-core|-dynamic-versioning)?|scikit-build(?:-core)?|setuptools(?:-.*)?|uv-build|versioneer|wheel)"
)
"""What builds packages in Python, by its conda name with hyphens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUpdate:
    """A recipe with another list.

    Attributes:
        recipe: The recipe.
        added: New items.
        removed: Items that are gone.
        notes: What a person has to look at.
    """

    recipe: RecipeText
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Edit:
    """What happens to the items of a list; ``settings`` is the name of the settings file, for notes."""

    settings: str
    replaced: dict[int, str] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def reference_of(written: object) -> str:
    """Return the key of ``context`` to which a value refers; ``""`` if it is not a reference and nothing else."""
    found = REFERENCE.fullmatch(written.strip()) if isinstance(written, str) else None
    return found[1] if found and not found[2] else ""


def with_run(recipe: RecipeText, wanted: Sequence[str], settings: str) -> ListUpdate:
    """Return a recipe whose run list has these items.

    Args:
        recipe: A recipe that has a run list.
        wanted: The items of settings.ini.
        settings: The name of that file, for notes.

    Returns:
        The recipe. An item that changes is edited where it stands. Upper bounds, exclusions, ``pin_compatible``,
        conditions and comments that people have added stay, and are among the notes.
    """
    nodes: Sequence[Node] = recipe.find("requirements", "run").value  # type: ignore[union-attr]
    context = recipe.value("context") or {}
    by_name = {_name(item): item for item in wanted}
    edit = _Edit(settings=settings)
    for number, node in enumerate(nodes):
        item = data(node)
        if isinstance(item, str) and not _PIN.search(item):
            _merge_item(edit, recipe, (number, node, resolved(item, context)), by_name)
        else:
            _keep_expression(edit, item, by_name)
    missing = [item for name, item in by_name.items() if name not in edit.covered]
    changed = with_items(
        recipe,
        ("requirements", "run"),
        ItemEdit(
            replaced=tuple(edit.replaced.items()),
            removed=tuple(edit.removed),
            first=tuple(item for item in missing if _name(item) == "python"),
            last=tuple(item for item in missing if _name(item) != "python"),
        ),
    )
    return ListUpdate(recipe=changed, added=(*edit.added, *missing), removed=tuple(edit.gone), notes=tuple(edit.notes))


def _merge_item(edit: _Edit, recipe: RecipeText, at: tuple[int, Node, str], by_name: Mapping[str, str]) -> None:
    """Decide what happens to one item that is a text."""
    number, node, item = at
    written, name = str(node.value), _name(item)
    if name in edit.covered and _is_only_bounds(item):
        edit.notes.append(f'run: "{written}" stays, because people wrote it.')
        return
    if name not in by_name or name in edit.covered:
        _remove(edit, recipe, (number, node), written)
        return
    edit.covered.add(name)
    if _is_special(item) or ("${{" in item and name != "python"):
        edit.notes.append(f'run: "{written}" stays; {edit.settings} says "{by_name[name]}".')
        return
    text, notes = _merged(item, by_name[name], edit.settings)
    edit.notes += notes
    if _clauses(text) != _clauses(item) and _clauses(text) != _clauses(written):
        edit.replaced[number] = text
        edit.gone.append(written)
        edit.added.append(text)


def _remove(edit: _Edit, recipe: RecipeText, at: tuple[int, Node], written: str) -> None:
    """Remove an item, and name the comments that people wrote at it."""
    number, node = at
    name, clauses = _clauses(written)
    edit.removed.append(number)
    edit.gone.append(written)
    if name in edit.covered:
        edit.notes.append(f'run: "{written}" is removed: {name} is in the list a second time.')
    elif _is_special(written) or any(clause.startswith(("<", "!=")) for clause in clauses):
        edit.notes.append(f'run: "{written}" is removed: {edit.settings} does not list {name or "it"}.')
    if comment := recipe.comment_at(node):
        edit.notes.append(f'run: "{written}" is removed together with its comment: {comment}')
    above = recipe.lines[recipe.place(node.start_mark)[0] - 1].strip()
    if above.startswith("#"):
        edit.notes.append(f'run: "{written}" is removed, and the comment above it stays: {above}')


def _keep_expression(edit: _Edit, item: Any, by_name: Mapping[str, str]) -> None:  # noqa: ANN401 - any item
    """Keep an item that is more than a text: what it names is not added a second time."""
    names = [name for name in _names_in(item) if name in by_name]
    written = f"if: {item['if']}" if isinstance(item, dict) and "if" in item else _one_line(item)
    edit.notes.append(f'run: "{written}" stays, because people wrote it.')
    for name in names:
        if isinstance(item, dict) or _clauses(by_name[name]) == (name, frozenset()):
            edit.covered.add(name)
            edit.notes.append(f'run: "{by_name[name]}" is not added, because "{written}" has {name}.')


def _one_line(item: Any) -> str:  # noqa: ANN401 - any item
    return item if isinstance(item, str) else ", ".join(f"{key}: {value}" for key, value in item.items())


def _names_in(item: Any) -> list[str]:  # noqa: ANN401 - any item
    """Return the names of the packages in an item with its conditions."""
    if isinstance(item, list):
        return [name for one in item for name in _names_in(one)]
    if isinstance(item, dict):
        branches = [value for key, value in item.items() if key in {"then", "else", "pin_compatible", "name"}]
        return [name for value in branches for name in _names_in(value)]
    found = _PIN.search(item)
    return [found[1] if found else _name(item)]


def _name(item: str) -> str:
    """Return the name of a package in an item; ``""`` if an expression makes it."""
    found = _ITEM.match(item.rpartition("::")[2].strip())
    return found[1].lower() if found else ""


def _is_special(item: str) -> bool:
    """Return whether an item has a channel, a build string or alternatives, besides a name and versions."""
    plain = re.sub(r"\$\{\{.*?\}\}", "0", item)
    return bool(_SPECIAL.search(plain.removeprefix(_name(item)).strip()) or "::" in plain)


def _is_only_bounds(item: str) -> bool:
    """Return whether an item only limits the versions of a package that another item requires."""
    _, clauses = _clauses(item)
    return bool(clauses) and all(clause.startswith(("<", "!=")) for clause in clauses) and not _is_special(item)


def _clauses(item: str) -> tuple[str, frozenset[str]]:
    """Return the name and the conditions on its version, without spaces."""
    name = _name(item)
    rest = re.sub(r"\s", "", item[len(name) :])
    return name, frozenset(clause for clause in rest.split(",") if clause and clause != "*")


def _merged(item: str, wanted: str, settings: str) -> tuple[str, list[str]]:
    """Return an item of settings.ini with the upper bounds and exclusions that the recipe has besides, and notes."""
    name, have = _clauses(item)
    _, want = _clauses(wanted)
    added = sorted(clause for clause in have - want if clause.startswith(("<", "!=")))
    kept = [clause for clause in added if _fits(clause, want)]
    lost = [clause for clause in added if clause not in kept]
    notes = [f'run: "{name} {clause}" stays: {settings} does not have {clause}.' for clause in kept]
    reason = f'{settings} says "{wanted}"' if _has_upper_bound(want) else f'it does not fit "{wanted}"'
    notes += [f'run: "{name} {clause}" is gone: {reason}.' for clause in lost]
    notes += [
        f'run: "{name} {clause}" is gone: {settings} says "{wanted}".'
        for clause in sorted(have - want)
        if clause.startswith(("=", "~")) or clause[0].isdigit()
    ]
    if not kept:
        return wanted, notes
    return (f"{wanted},{','.join(kept)}" if want else f"{name} {','.join(kept)}"), notes


def _fits(clause: str, wanted: frozenset[str]) -> bool:
    """Return whether an upper bound or exclusion can stand beside the versions of settings.ini."""
    if any(one.startswith(("=", "~")) or one[0].isdigit() for one in wanted):
        return False
    if clause.startswith("!="):
        return True
    if _has_upper_bound(wanted):
        return False
    floors = [one.lstrip(">=") for one in wanted if one.startswith(">")]
    return all(_is_below(floor, clause.lstrip("<=")) for floor in floors)


def _has_upper_bound(clauses: frozenset[str]) -> bool:
    return any(one.startswith("<") for one in clauses)


def _is_below(floor: str, bound: str) -> bool:
    from rattler import Version

    if "${{" in floor or "${{" in bound:
        return True
    try:
        return bool(Version(floor) < Version(bound))
    except Exception:  # noqa: BLE001 - py-rattler raises its own kinds for what is no version
        return False


def with_host(recipe: RecipeText, wanted: Sequence[str], *, is_noarch: bool) -> ListUpdate:
    """Return a recipe whose host list has what the sdist needs.

    Args:
        recipe: A recipe that has a host list.
        wanted: Python, pip, and the build backend of the sdist.
        is_noarch: Whether the package is noarch, so that conda-forge's lowest Python builds it (CFEP-25).

    Returns:
        The recipe, with a note for each build backend that the sdist does not need.
    """
    nodes: Sequence[Node] = recipe.find("requirements", "host").value  # type: ignore[union-attr]
    items = [data(node) for node in nodes]
    by_name = {_name(item): item for item in wanted}
    here = {name for item in items for name in _names_in(item)}
    builders = " and ".join(sorted(set(by_name) - {"python"}))
    notes = [
        f'host: "{item}" stays, but the sdist does not need it: {builders} build it.'
        for item in items
        if isinstance(item, str) and _is_former_backend(_name(item), by_name)
    ]
    replaced: dict[int, str] = {}
    for number, item in enumerate(items):
        if isinstance(item, str) and _name(item) == "python" and is_noarch and "python_min" not in item:
            replaced[number] = by_name["python"]
            notes.append(f'host: "{item}" is now "{by_name["python"]}".')
        elif isinstance(item, str) and _name(item) in set(by_name) - {"python"} and _limits(item):
            _raise_backend(number, item, by_name[_name(item)], replaced, notes)
    missing = [item for name, item in by_name.items() if name not in here]
    changed = with_items(
        recipe,
        ("requirements", "host"),
        ItemEdit(
            replaced=tuple(replaced.items()),
            first=tuple(item for item in missing if _name(item) == "python"),
            last=tuple(item for item in missing if _name(item) != "python"),
        ),
    )
    notes += [f'host: "{item}" is new, because the sdist needs it.' for item in missing]
    return ListUpdate(recipe=changed, added=tuple(missing), notes=tuple(notes))


def _raise_backend(number: int, item: str, needed: str, replaced: dict[int, str], notes: list[str]) -> None:
    """Write the versions of a build tool that the sdist needs; an upper bound that fits them stays."""
    if _is_special(item) or "${{" in item:
        notes.append(f'host: "{item}" stays, but the sdist needs "{needed}".')
        return
    text, _ = _merged(item, needed, "")
    if _clauses(needed)[1] and _clauses(text) != _clauses(item):
        replaced[number] = text
        notes.append(f'host: "{item}" is now "{text}", because the sdist needs "{needed}".')


def _limits(item: str) -> bool:
    """Return whether an item does not take the newest version."""
    return any(clause.startswith(("<", "=", "~")) or clause[0].isdigit() for clause in _clauses(item)[1])


def _is_former_backend(name: str, needed: Mapping[str, str]) -> bool:
    return name not in needed and bool(_BACKENDS.fullmatch(canonicalize_name(name)))
