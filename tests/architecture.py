"""Where code may lie and what it may import: the rooms as data, and functions that read modules without running them.

Every function takes source text, so a test can give it a violation and see that it is found.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FLOORS = (
    ("data",),
    ("core",),
    ("translation",),
    ("settings",),
    ("sources", "build", "importing"),
    ("analysis", "machine"),
    ("checks", "publish", "reports"),
    ("api",),
    ("onelist",),
    ("cli",),
    ("__main__",),
)
"""The rooms, from the ground up. A room imports from itself and from the floors below it, and from nothing else.

``data`` holds tables and no code; ``onelist`` is ``__init__.py``, which offers what ``api`` has; ``api`` and ``__main__``
are one module each.
"""
FILES = frozenset({"__init__.py", "__main__.py", "api.py", "py.typed"})
"""What lies in ``src/onelist`` itself. Everything else lies in a room."""
MOST_LINES = 420
"""A longer module holds two nouns."""
_MUTABLE = frozenset({
    *("dict", "list", "set", "bytearray", "defaultdict", "OrderedDict", "Counter", "deque"),
    *("MutableMapping", "MutableSequence", "MutableSet", "Dict", "List", "Set"),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Import:
    """One import of a module of onelist.

    Attributes:
        importer: The module that imports.
        imported: The module that it imports; ``?`` where the source text does not tell.
        line: The line of the import, from 1.
    """

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def read_tree(folder: Path) -> dict[str, str]:
    """Return the source text of each module under a folder named ``onelist``, by the module's dotted name."""
    names = {path: path.relative_to(folder.parent).with_suffix("").parts for path in sorted(folder.rglob("*.py"))}
    names = {path: parts for path, parts in names.items() if parts[1:3] != ("data", "doctor")}  # it runs elsewhere
    return {
        ".".join(parts[:-1] if parts[-1] == "__init__" else parts): path.read_text(encoding="utf-8")
        for path, parts in names.items()
    }


def room_of(module: str) -> str:
    """Return the room of a module: ``core`` for ``onelist.core.text``, ``onelist`` for the package itself."""
    return [*module.split("."), "onelist"][1]


def all_imports(modules: Mapping[str, str]) -> list[Import]:
    """Return every import between the modules: at the top, in functions, for type checkers only, and by name.

    Args:
        modules: The source text of each module, by its dotted name.
    """
    known = frozenset(modules)
    return sorted({one for name, text in modules.items() for one in _imports(name, text, known)})


def _imports(name: str, text: str, known: frozenset[str]) -> Iterator[Import]:
    nodes = list(ast.walk(ast.parse(text)))
    package = name if any(other.startswith(f"{name}.") for other in known) else name.rpartition(".")[0]
    strings = {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    for node in nodes:
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(package, "." * node.level + (node.module or ""))
            targets = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        elif isinstance(node, ast.Call) and _name_of(node.func) in {"import_module", "__import__"} and node.args:
            targets = _imported_by_name(node.args[0], package, strings, known)
        for target in targets:
            if target == "?" or target.split(".")[0] == "onelist":
                yield Import(importer=name, imported=target, line=getattr(node, "lineno", 0))


def _absolute(package: str, target: str) -> str:
    """Resolve a relative name: one dot is the package itself, each further dot is one package above it."""
    dots = len(target) - len(target.lstrip("."))
    if not dots:
        return target
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - dots + 1], *filter(None, [target[dots:]])])


def _imported_by_name(argument: ast.expr, package: str, strings: set[str], known: frozenset[str]) -> list[str]:
    """Return the modules that a call of ``import_module`` may load.

    A literal is the name itself. In an f-string, and for a variable, each string of the module is tried: where a table
    drives the import, its entries are such strings. If none of them names a module, nobody can tell: ``?``.
    """
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [_absolute(package, argument.value)]
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    texts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else None for part in parts]
    pattern = re.compile("".join("(.+)" if text is None else text for text in texts))
    holes = texts.count(None)
    found = []
    for module in sorted(known):
        match = pattern.fullmatch(module)
        if match and holes and all(text in strings for text in match.groups()):
            found.append(module)
    return found or ["?"]


def _name_of(node: ast.expr) -> str:
    """Return the last name of an expression: ``field`` for ``dataclasses.field``, ``dict`` for ``dict[str, int]``."""
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def wrong_direction(imports: Sequence[Import]) -> list[str]:
    """Return the imports that do not run down from floor to floor, and those that cannot be read."""
    floors = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    wrong = []
    for one in imports:
        importer, imported = room_of(one.importer), room_of(one.imported)
        if one.imported == "?" or (importer != imported and floors[importer] <= floors[imported]):
            wrong.append(str(one))
    return wrong


def circles(imports: Sequence[Import]) -> list[list[str]]:
    """Return the import circles between modules: each the sorted names of modules that all import each other.

    This is Tarjan's algorithm for strongly connected components (SIAM Journal on Computing 1, 1972, 146-160).
    """
    graph: dict[str, set[str]] = {}
    for one in imports:
        graph.setdefault(one.importer, set()).add(one.imported)
        graph.setdefault(one.imported, set())
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == index[module]:
            members = stack[stack.index(module) :]
            del stack[-len(members) :]
            if len(members) > 1 or module in graph[module]:
                found.append(sorted(members))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return sorted(found)


def mentions(text: str, names: frozenset[str]) -> list[str]:
    """Return where code (not a comment, not a docstring) mentions one of some dotted names, as ``line: name``.

    A name is found as ``import argparse``, ``from sys import stdout``, ``sys.stdout`` and ``print``.
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        used: list[str] = []
        if isinstance(node, ast.Import):
            used = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            used = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used = [f"{node.value.id}.{node.attr}"]
        elif isinstance(node, ast.Name):
            used = [node.id]
        found += [(getattr(node, "lineno", 0), name) for name in used if name in names]
    return [f"{line}: {name}" for line, name in sorted(set(found))]


def calls(text: str, names: frozenset[str]) -> list[str]:
    """Return which functions or methods with some names a module calls, each once: ``read_text`` for ``x.read_text()``."""
    found = {_name_of(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
    return sorted(found & names)


def mutable_in_frozen(text: str) -> list[str]:
    """Return what could change in each frozen dataclass of a module, as ``line: Class.field``.

    That is a field whose type or default is a dictionary, list, set or the like, and a ``cached_property``, which
    writes into an instance that promises not to change.
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and any(map(_freezes, node.decorator_list)):
            found += [f"{line}: {node.name}.{name}" for line, name in _mutable_members(node)]
    return found


def _freezes(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and _name_of(decorator.func) == "dataclass"
        and any(
            keyword.arg == "frozen" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            for keyword in decorator.keywords
        )
    )


def _mutable_members(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            if _is_class_variable(item.annotation):
                continue
            if _names_mutable(item.annotation) or (item.value and _makes_mutable(item.value)):
                yield item.lineno, item.target.id
        elif isinstance(item, ast.FunctionDef) and "cached_property" in map(_name_of, item.decorator_list):
            yield item.lineno, item.name


def _is_class_variable(annotation: ast.expr) -> bool:
    return _name_of(annotation) == "ClassVar"


def _names_mutable(node: ast.expr) -> bool:
    """Tell whether a type names a mutable collection anywhere, as ``tuple[dict[str, int], ...]`` does."""
    return any(isinstance(part, (ast.Name, ast.Attribute)) and _name_of(part) in _MUTABLE for part in ast.walk(node))


def _makes_mutable(node: ast.expr) -> bool:
    """Tell whether a default is a mutable collection: a literal, a call, or the factory of ``field``."""
    if isinstance(node, ast.Call) and _name_of(node.func) == "field":
        return any(
            _names_mutable(keyword.value) or isinstance(keyword.value, (ast.Dict, ast.List, ast.Set))
            for keyword in node.keywords
            if keyword.arg in {"default", "default_factory"}
        )
    return isinstance(node, (ast.Dict, ast.List, ast.Set)) or (
        isinstance(node, ast.Call) and _name_of(node) in _MUTABLE
    )
