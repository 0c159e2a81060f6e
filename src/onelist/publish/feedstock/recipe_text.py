"""A recipe.yaml as text and as nodes: values are read as text, and an edit changes no other character.

rattler-build reads every value as text and makes a number or a truth value of it only where the format wants one:
``version: 1.10`` is version 1.10. A YAML library would make it the number 1.1, so this module takes no value from it,
only where the values stand (YAML 1.1, as PyYAML composes it).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from onelist.build.yaml import dump, yaml_string
from onelist.core.errors import UsageError
from onelist.core.system.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from yaml import MappingNode, Mark, Node

_NO_LINE_ENDS = dict.fromkeys([0x85, 0x2028, 0x2029], "\ue000")
"""What ends a line in YAML 1.1, and not in YAML 1.2 (section 5.4), which rattler-build reads; as long as before."""

_TABS = re.compile(r"[ \t]*\t[ \t]*(?=#|$)", re.MULTILINE)
"""Tabs before a comment and at the end of a line (YAML 1.2, section 6.2), which PyYAML does not read."""

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

    def place(self, mark: Mark) -> tuple[int, int]:
        """Return the line and the column of a place, counted from 0 in ``lines``."""
        return self.text.count("\n", 0, mark.index), mark.index - self.text.rfind("\n", 0, mark.index) - 1

    def last_line(self, node: Node) -> int:
        """Return the number of the last line of a node, counted from 0, without comments behind it."""
        from yaml import MappingNode, SequenceNode

        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and node.value:
            last = node.value[-1]
            return max(map(self.last_line, last)) if isinstance(last, tuple) else self.last_line(last)
        whole = self.text[node.start_mark.index : node.end_mark.index]
        return self.place(node.start_mark)[0] + whole.rstrip().count("\n")

    def comment_at(self, node: Node | None) -> str:
        """Return the comment behind a value in its last line; ``""`` if there is none."""
        if node is None:
            return ""
        number, column = self.place(node.end_mark)
        behind = self.lines[number][column:] if number == self.last_line(node) else ""
        return behind.strip() if behind.strip().startswith("#") else ""


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
        composed = _TABS.sub(lambda found: " " * len(found[0]), text.translate(_NO_LINE_ENDS))
        root = yaml.compose(composed, Loader=yaml.SafeLoader)
        tokens = yaml.scan(composed)
        anchor = next((token.value for token in tokens if isinstance(token, yaml.AnchorToken)), "")
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
    for mapping in _mappings(root):
        _refuse_odd_keys(mapping, file)
    recipe = RecipeText(text=text, file=file, root=root)
    _refuse_other_formats(recipe)
    return recipe


def _mappings(node: Node) -> Iterator[MappingNode]:
    """Yield every mapping of a document, except those inside keys."""
    from yaml import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            yield from _mappings(value)


def _refuse_odd_keys(mapping: MappingNode, file: str) -> None:
    """Refuse a mapping with a key that is no text, or that it has a second time.

    Raises:
        UsageError: It has one.
    """
    from yaml import ScalarNode

    seen = set()
    for key, _ in mapping.value:
        if not isinstance(key, ScalarNode):
            raise UsageError(
                f"{file}:{key.start_mark.line + 1} has a list or a mapping as a key, and rattler-build reads no such "
                "file.",
                "Write a text as the key.",
            )
        if key.value in seen:
            raise UsageError(
                f"{file}:{key.start_mark.line + 1} has the key {key.value} a second time, and rattler-build reads no "
                "such file.",
                "Keep one of them.",
            )
        seen.add(key.value)


def is_empty(value: object) -> bool:
    """Return whether a key has no value: ``run:`` and nothing behind it, which is null in YAML."""
    return isinstance(value, Plain) and value in {"", "~", "null"}


def unreadable(recipe: RecipeText) -> list[str]:
    """Return a sentence if rattler-build cannot read a recipe."""
    from rattler_build import RattlerBuildError, Stage0Recipe

    with temporary_folder() as folder:
        path = folder / "recipe.yaml"
        path.write_text(recipe.text, encoding="utf-8")
        try:
            Stage0Recipe.from_file(path)
        except (RattlerBuildError, ValueError) as error:
            return [f"rattler-build cannot read the recipe: {' '.join(str(error).split())}"]
    return []


def _refuse_other_formats(recipe: RecipeText) -> None:
    """Refuse what is not the recipe of one package (rattler-build, "recipe file": schema_version defaults to 1)."""
    file, document = recipe.file, {key: value for key, value in data(recipe.root).items() if not is_empty(value)}
    if document.get("schema_version", "1") != "1":
        raise UsageError(f"{file} is not a recipe of schema_version 1.", "Name a clone whose recipe is a recipe.yaml.")
    if "outputs" in document:
        raise UsageError(
            f"{file} has a section outputs, and onelist updates only recipes of one package.",
            "Write the new version by hand.",
        )
    parts = [document.get(key, {}) for key in ("package", "context", "build", "requirements", "about", "extra")]
    whole = all(isinstance(part, dict) for part in parts) and isinstance(document.get("tests", []), list)
    if not whole or not {"name", "version"} <= set(document.get("package", ())):
        raise UsageError(f"{file} is not the recipe of one package with a name and a version.", "Correct the file.")
    for key in (key for part in parts[3:] for key in _no_lists(part)):
        raise UsageError(f"{file}: {key} is not a list, and conda-forge takes only lists there.", "Make it a list.")


def _no_lists(part: Mapping[str, object]) -> Sequence[str]:
    """Return the keys in a part of a recipe that must have lists (rattler-build, conda-smithy's linter), and do not."""
    found = {key: part[key] for key in ("host", "run", "recipe-maintainers") if key in part}
    return [key for key, value in found.items() if not (is_empty(value) or isinstance(value, list))]


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
    with temporary_folder() as folder:  # from_yaml would leave a folder of its own behind
        path = folder / "recipe.yaml"
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
