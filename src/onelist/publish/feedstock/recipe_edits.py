"""Edits of a recipe.yaml as text: each returns the recipe with one change, and no other character changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onelist.build.yaml import dump, yaml_string
from onelist.publish.feedstock.recipe_text import Plain, data, is_empty, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yaml import Node

    from onelist.publish.feedstock.recipe_text import RecipeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEdit:
    """What changes in a list.

    Attributes:
        replaced: The numbers of items and their new texts; each is edited where it stands, and keeps its comment.
        removed: The numbers of items that go, each with the comment in its line.
        first: New items for the beginning.
        last: New items for the end.
    """

    replaced: tuple[tuple[int, str], ...] = ()
    removed: tuple[int, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


def flow(value: Any) -> str:  # noqa: ANN401 - any part of a recipe
    """Return a value as YAML in one line, as it stands between brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, Plain) and value.startswith('"'):
        return str(value)
    quoted = yaml_string(str(value))
    if set(value) & set(",[]{}"):
        return quoted if quoted.startswith('"') else f'"{quoted}"'
    return scalar(value)


def with_value(recipe: RecipeText, keys: Sequence[str | int], value: str) -> RecipeText:
    """Return a recipe with another value at existing keys; its comment stays."""
    node = recipe.find(*keys)
    if node is None:
        return with_key(recipe, keys, value)
    start, end = node.start_mark.index, node.end_mark.index
    old = recipe.text[start:end]
    behind = old[len(old.rstrip()) :]
    ahead = "" if recipe.text[start - 1 : start].isspace() else " "
    is_inside = any(getattr(recipe.find(*keys[:number]), "flow_style", False) for number in range(len(keys)))
    new = flow(value) if is_inside else scalar(value)
    return recipe.with_text(recipe.text[:start] + ahead + new + behind + recipe.text[end:])


def with_key(recipe: RecipeText, keys: Sequence[str | int], value: Any, order: Sequence[str] = ()) -> RecipeText:  # noqa: ANN401
    """Return a recipe with a new key.

    Args:
        recipe: The recipe.
        keys: The keys above it, and the new key itself.
        value: Dictionaries, lists and strings.
        order: In which order the keys of the part stand; without it the new key is the last.

    Returns:
        The recipe.
    """
    *above, key = keys
    part: Any = recipe.find(*above)
    if part is None:
        return with_key(recipe, above, {Plain(key): value}, order)
    later = set(order[order.index(key) + 1 :] if key in order else ())
    following = next((name for name, _ in part.value if name.value in later), None)
    if part.flow_style:
        return _with_flow_key(recipe, part, following, f"{key}: {flow(value)}")
    column = 0 if part is recipe.root else recipe.place(part.start_mark)[1]
    block = dump({Plain(key): value}, quote=scalar, spaced=False).rstrip("\n").split("\n")
    block = [" " * column + line for line in block]
    lines = recipe.lines
    spaced = [""] if not above else []
    if following is None:
        number = recipe.last_line(part) + 1
        return recipe.with_text("\n".join([*lines[:number], *spaced, *block, *lines[number:]]).rstrip("\n") + "\n")
    number = recipe.place(following.start_mark)[0]
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
    if not number:  # the comment at the top of the file is about the whole of it
        number = recipe.place(following.start_mark)[0]
    return recipe.with_text("\n".join([*lines[:number], *block, *spaced, *lines[number:]]))


def _with_flow_key(recipe: RecipeText, part: Node, following: Node | None, pair: str) -> RecipeText:
    """Write a key and its value between brackets: before another key, or behind all."""
    text, at = recipe.text, part.end_mark.index - 1
    if following is not None:
        at = following.start_mark.index
        return recipe.with_text(f"{text[:at]}{pair}, {text[at:]}")
    return recipe.with_text(f"{text[:at]}{', ' if part.value else ''}{pair}{text[at:]}")


def without_key(recipe: RecipeText, keys: Sequence[str | int]) -> RecipeText:
    """Return a recipe without a key; comments above it stay."""
    *above, key = keys
    part: Any = recipe.find(*above)
    pair = next((pair for pair in getattr(part, "value", ()) if pair[0].value == key), None)
    if part is None or pair is None:
        return recipe
    if part.flow_style:
        rest = {name.value: data(value) for name, value in part.value if name.value != key}
        at, end = part.start_mark.index, part.end_mark.index
        return recipe.with_text(recipe.text[:at] + flow(rest) + recipe.text[end:])
    start, end = recipe.place(pair[0].start_mark)[0], recipe.last_line(pair[1]) + 1
    return recipe.with_text("\n".join([*recipe.lines[:start], *recipe.lines[end:]]))


def without_empty(recipe: RecipeText) -> RecipeText:
    """Return a recipe without the parts that onelist writes and that have no value (``run:``), which are as missing."""
    sections = ("context", "source", "build", "requirements", "tests", "about", "extra")
    below = [("build", "number"), ("build", "script"), ("requirements", "host"), ("requirements", "run")]
    for keys in [*below, ("extra", "recipe-maintainers"), *((section,) for section in sections)]:
        if is_empty(recipe.value(*keys)):
            recipe = without_key(recipe, keys)
    return recipe


def with_items(recipe: RecipeText, keys: Sequence[str | int], edit: ItemEdit) -> RecipeText:
    """Return a recipe with other items in a list.

    Args:
        recipe: The recipe.
        keys: The keys above the list.
        edit: What changes.

    Returns:
        The recipe.
    """
    node: Any = recipe.find(*keys)
    if not (edit.replaced or edit.removed or edit.first or edit.last):
        return recipe
    items = node.value
    if node.flow_style:
        return _with_flow_items(recipe, node, edit)
    lines, column = recipe.lines, recipe.place(node.start_mark)[1]
    dashes = [_dash(lines, recipe.place(item.start_mark)[0], column) for item in items]
    gone = {line for number in edit.removed for line in range(dashes[number], recipe.last_line(items[number]) + 1)}
    kept = [number for number in range(len(items)) if number not in edit.removed]
    for number, text in edit.replaced:
        start, column_in_line = recipe.place(items[number].start_mark)
        end, behind = recipe.place(items[number].end_mark)
        lines[start] = lines[start][:column_in_line] + scalar(text) + lines[end][behind:]
        gone |= set(range(start + 1, end + 1))
    begin = next((line for line in range(dashes[0], 0, -1) if _is_above(lines[line - 1])), dashes[0])
    end = recipe.last_line(items[kept[-1]]) if kept else dashes[0] - 1
    added = {begin: edit.first, end + 1: edit.last} if begin != end + 1 else {begin: [*edit.first, *edit.last]}
    result = []
    for number, line in enumerate([*lines, None]):
        result += [" " * column + f"- {scalar(item)}" for item in added.get(number, ())]
        result += [line] if line is not None and number not in gone else []
    return recipe.with_text("\n".join(result))


def _is_above(line: str) -> bool:
    """Return whether a line is the key of a list: neither blank nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _dash(lines: Sequence[str], line: int, column: int) -> int:
    """Return the line of the dash of an item, which may stand above the item."""
    while lines[line][column : column + 1] != "-":
        line -= 1
    return line


def _with_flow_items(recipe: RecipeText, node: Any, edit: ItemEdit) -> RecipeText:  # noqa: ANN401
    replaced = dict(edit.replaced)
    middle = [
        flow(replaced[number]) if number in replaced else recipe.text[item.start_mark.index : item.end_mark.index]
        for number, item in enumerate(node.value)
        if number not in edit.removed
    ]
    whole = "[" + ", ".join([*map(flow, edit.first), *middle, *map(flow, edit.last)]) + "]"
    return recipe.with_text(recipe.text[: node.start_mark.index] + whole + recipe.text[node.end_mark.index :])
