"""A recipe.yaml as text and as nodes: values are read as text, and an edit changes no other character.

rattler-build reads every value as text and makes a number or a truth value of it only where the format wants one:
``version: 1.10`` is version 1.10. A YAML library would make it the number 1.1, so this module takes no value from it,
only where the values stand (YAML 1.1, as PyYAML composes it).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from onelist.build.yaml import dump, yaml_string
from onelist.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yaml import MappingNode, Node

_STEP = 2
"""How many columns one level is indented."""

_TEMPLATE = re.compile(r"(?=[A-Za-z$])[\w ./:$<>=!*,{}|()'~+-]*\$\{\{[\w ./:$<>=!*,{}|()'~+-]*[\w/.}*]")
"""A text with a template that needs no quotes in YAML, as conda-forge's own recipes write it."""

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
REFERENCE = re.compile(r"\$\{\{\s*(\w+)\s*(?:\|\s*(lower)\s*)?\}\}")
"""A reference to a key of ``context``, as most feedstocks write it."""


class Plain(str):
    """A value that the recipe has without quotes, and that is written without quotes."""

    __slots__ = ()


class Quoted(str):
    """A value that the recipe has in quotes, and that is written in quotes unless it has a template."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeText:
    """A recipe.

    Attributes:
        text: Its text, with line ends of Unix.
        file: Its path, for messages.
        root: Its nodes.
    """

    text: str
    file: str
    root: MappingNode = field(compare=False)

    @property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.split("\n")

    def with_text(self, text: str) -> RecipeText:
        """Return the recipe with another text."""
        return read(text, self.file)

    def find(self, *keys: str | int) -> Node | None:
        """Return the node below these keys and numbers of items; None if there is none."""
        node: Node | None = self.root
        for key in keys:
            node = child(node, key)
        return node

    def value(self, *keys: str | int) -> Any:  # noqa: ANN401 - any part of a recipe
        """Return what stands below these keys: dictionaries, lists and strings; None if there is nothing."""
        node = self.find(*keys)
        return None if node is None else data(node)

    def raw(self, *keys: str | int) -> Any:  # noqa: ANN401 - any part of a recipe
        """Return the same as ``value``, but each text as it is written in the file, with its quotes and escapes."""
        node = self.find(*keys)
        return None if node is None else self._raw(node)

    def _raw(self, node: Node) -> Any:  # noqa: ANN401 - any part of a recipe
        from yaml import MappingNode, SequenceNode

        if isinstance(node, MappingNode):
            return {Plain(key.value): self._raw(value) for key, value in node.value}
        if isinstance(node, SequenceNode):
            return [self._raw(value) for value in node.value]
        return Plain(self.text[node.start_mark.index : node.end_mark.index])

    def last_line(self, node: Node) -> int:
        """Return the number of the last line of a node, counted from 0, without comments behind it."""
        from yaml import MappingNode, SequenceNode

        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and node.value:
            last = node.value[-1]
            return max(map(self.last_line, last)) if isinstance(last, tuple) else self.last_line(last)
        whole = self.text[node.start_mark.index : node.end_mark.index]
        return int(node.start_mark.line) + whole.rstrip().count("\n")

    def comment_at(self, node: Node | None) -> str:
        """Return the comment behind a value in its last line; ``""`` if there is none."""
        if node is None:
            return ""
        line = self.lines[self.last_line(node)]
        behind = line[node.end_mark.column :] if node.end_mark.line == self.last_line(node) else ""
        return behind.strip() if behind.strip().startswith("#") else ""


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


def child(node: Node | None, key: str | int) -> Node | None:
    """Return the value of a key of a mapping, or an item of a list; None if there is none."""
    from yaml import MappingNode, SequenceNode

    if isinstance(node, SequenceNode) and isinstance(key, int):
        item: Node = node.value[key]
        return item
    if not isinstance(node, MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def data(node: Node) -> Any:  # noqa: ANN401 - any part of a recipe
    """Return a node as dictionaries, lists and strings; a value is ``Plain`` or ``Quoted``."""
    from yaml import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, MappingNode):
        return {Plain(key.value): data(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [data(value) for value in node.value]
    is_plain = isinstance(node, ScalarNode) and not node.style
    return Plain(node.value) if is_plain else Quoted(node.value)


def read(text: str, file: str) -> RecipeText:
    """Read a recipe of one package.

    Args:
        text: Its text, with line ends of Unix.
        file: Its path, for messages.

    Returns:
        The recipe.

    Raises:
        UsageError: It is not a recipe of schema version 1 with one package.
    """
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        anchor = next((token.value for token in yaml.scan(text) if isinstance(token, yaml.AnchorToken)), "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{file}{where} is not YAML.", "Correct the file at this line.") from None
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply to be read.", "Correct the file.") from None
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{file} is not a recipe of schema_version 1.", "Name a clone whose recipe is a recipe.yaml.")
    if anchor:
        raise UsageError(
            f"{file} has the YAML anchor &{anchor}, and rattler-build reads no anchors.", "Write the value twice."
        )
    recipe = RecipeText(text=text, file=file, root=root)
    _refuse_other_formats(recipe)
    return recipe


def _refuse_other_formats(recipe: RecipeText) -> None:
    """Refuse what is not the recipe of one package (rattler-build, "recipe file": schema_version defaults to 1)."""
    file, document = recipe.file, data(recipe.root)
    if document.get("schema_version", "1") != "1":
        raise UsageError(f"{file} is not a recipe of schema_version 1.", "Name a clone whose recipe is a recipe.yaml.")
    if "outputs" in document:
        raise UsageError(
            f"{file} has several outputs, and onelist updates only recipes of one package.",
            "Write the new version by hand.",
        )
    parts = [document.get(key, {}) for key in ("package", "context", "build", "requirements", "about", "extra")]
    whole = all(isinstance(part, dict) for part in parts) and isinstance(document.get("tests", []), list)
    whole = whole and {"name", "version"} <= set(document.get("package", ()))
    whole = whole and all(isinstance(one, list) for part in parts[3:] for one in _lists(part))
    if not whole:
        raise UsageError(f"{file} is not the recipe of one package with a name and a version.", "Correct the file.")


def _lists(part: Mapping[str, object]) -> Sequence[object]:
    """Return the values in a part of a recipe that must be lists."""
    return [part[key] for key in ("host", "run", "recipe-maintainers") if key in part]


def resolved(text: str, context: Mapping[str, Any]) -> str:
    """Return a text with its references to ``context`` replaced, as rattler-build does it: each value once, in order.

    Args:
        text: The text.
        context: The names and values of ``context``.

    Returns:
        The text. Where it has another expression, rattler-build evaluates it; if that cannot, the expression stays.
    """
    values: dict[str, str] = {}
    for name, written in context.items():
        value = _replaced(str(written), values)
        if value is None:
            return _evaluated(text, context)
        values[name] = value
    result = _replaced(text, values)
    return _evaluated(text, context) if result is None else result


def _replaced(text: str, values: Mapping[str, str]) -> str | None:
    """Return a text with its references replaced; None if it has another expression."""

    def value_of(found: re.Match[str]) -> str:
        return values[found[1]].lower() if found[2] else values[found[1]]

    references = (REFERENCE.fullmatch(one) for one in _EXPRESSION.findall(text))
    if not all(found and found[1] in values for found in references):
        return None
    return REFERENCE.sub(value_of, text)


def _evaluated(text: str, context: Mapping[str, Any]) -> str:
    """Return a text as rattler-build renders it in a recipe with the same context; unchanged if it cannot."""
    from rattler_build import RattlerBuildError, Stage0Recipe

    if "${{" not in text:
        return text
    about = {"description": Quoted(text)}
    document = {"context": context, "package": {"name": "x", "version": Quoted("0")}, "about": about}
    with TemporaryDirectory() as folder:  # from_yaml would leave a folder of its own behind
        path = Path(folder, "recipe.yaml")
        path.write_text(dump(document, quote=scalar), encoding="utf-8")
        try:
            (rendered,) = Stage0Recipe.from_file(path).render()
        except (RattlerBuildError, ValueError):
            return text
    return str(rendered.recipe.to_dict()["about"].get("description", text))


def scalar(value: str) -> str:
    """Return a string as YAML, in quotes where it needs them."""
    is_template = _TEMPLATE.fullmatch(value) and ": " not in value
    if isinstance(value, Plain) or is_template:
        return str(value)
    return (
        json.dumps(value, ensure_ascii=False) if isinstance(value, Quoted) and _is_simple(value) else yaml_string(value)
    )


def _is_simple(text: str) -> bool:
    """Return whether a text needs no escapes, so that quotes are all that YAML needs."""
    return text.isascii() and text.isprintable()


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
    if part.flow_style:
        at = part.end_mark.index - 1
        comma = ", " if part.value else ""
        return recipe.with_text(f"{recipe.text[:at]}{comma}{key}: {flow(value)}{recipe.text[at:]}")
    column = 0 if part is recipe.root else part.start_mark.column
    block = dump({Plain(key): value}, quote=scalar, spaced=False).rstrip("\n").split("\n")
    block = [" " * column + line for line in block]
    lines = recipe.lines
    later = set(order[order.index(key) + 1 :] if key in order else ())
    following = next((name for name, _ in part.value if name.value in later), None)
    spaced = [""] if not above else []
    if following is None:
        number = recipe.last_line(part) + 1
        return recipe.with_text("\n".join([*lines[:number], *spaced, *block, *lines[number:]]).rstrip("\n") + "\n")
    number = int(following.start_mark.line)
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
    if not number:  # the comment at the top of the file is about the whole of it
        number = int(following.start_mark.line)
    return recipe.with_text("\n".join([*lines[:number], *block, *spaced, *lines[number:]]))


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
    start, end = pair[0].start_mark.line, recipe.last_line(pair[1]) + 1
    return recipe.with_text("\n".join([*recipe.lines[:start], *recipe.lines[end:]]))


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
    lines, column = recipe.lines, node.start_mark.column
    dashes = [_dash(lines, int(item.start_mark.line), column) for item in items]
    gone = {line for number in edit.removed for line in range(dashes[number], recipe.last_line(items[number]) + 1)}
    kept = [number for number in range(len(items)) if number not in edit.removed]
    for number, text in edit.replaced:
        start, end = items[number].start_mark, items[number].end_mark
        lines[start.line] = lines[start.line][: start.column] + scalar(text) + lines[end.line][end.column :]
        gone |= set(range(start.line + 1, end.line + 1))
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
