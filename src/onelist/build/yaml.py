"""Plain data -> YAML text, byte-stable, with every string written so that all tools read the same string.

Recipes pass through more than a YAML parser. conda-build first removes lines by selectors (``# [win]``, and any line
that ends in ``[word]``) and renders the text with Jinja; rattler-build renders each value with Jinja. conda-smithy's
linter looks for selectors in the lines, and renders a whole v1 recipe as one Jinja template. A YAML library does not
escape for these steps, so this module writes the strings: plain where that is safe, as conda-forge's own recipes are
written, else in double quotes with the escapes of JSON, which YAML 1.2 shares (section 10.2). Characters that a later
step would interpret are escaped too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Node: TypeAlias = str | int | bool | Sequence["Node"] | Mapping[str, "Node"]

_PLAIN = re.compile(
    r"""
    [A-Za-z][A-Za-z0-9._-]*                                     # a name ...
    (?:[ ][<>=!]*[0-9][0-9A-Za-z.*!_,<>=]*)?                    # ... and versions
    | https?://[A-Za-z0-9._/-]*[A-Za-z0-9_/-]                   # an address without anything unusual
    | (?:[A-Za-z][A-Za-z0-9.+_-]*)(?:[ ](?:AND|OR|WITH)[ ][A-Za-z][A-Za-z0-9.+_-]*)*  # a licence
    """,
    re.VERBOSE,
)
_PLAIN_IN_RECIPES = re.compile(
    r"""
    [A-Za-z][A-Za-z0-9 ,.()/'"+_=<>!;&-]*[A-Za-z0-9,.()/'"+_!-]  # a sentence, or a command
    | (?=.*[abcdf])[0-9a-f]{64}                                 # a SHA-256 that is not a number to YAML
    """,
    re.VERBOSE,
)
"""What needs no quotes in a recipe (YAML 1.2, section 7.3.3), beside what needs none anywhere."""
_PLAIN_TEMPLATE = re.compile(r"(?!.*:(?: |$))[A-Za-z$][A-Za-z0-9 .,_~*<>=${}/:%?&+@-]*[A-Za-z0-9_}*/-]")
_SPECIAL_WORDS = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf)")
_UNPRINTABLE = {0x7F: "\\x7f", 0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""Characters that JSON does not escape and YAML does not allow (section 5.1)."""
_CONDA_BUILD = str.maketrans({"{": "\\x7b", "[": "\\x5b", "#": "\\x23"})
_JINJA = re.compile(r"\$\{\{|\{%|\{#")
"""What begins Jinja in a v1 recipe."""
_OPENING_BRACE = re.compile(r"\{(?=[{%#])")
"""The braces to escape in a text that has one of these: rattler-build then reads ``{{`` as Jinja too."""
BRACE = "${{ brace }}"
"""What stands for such a brace; the recipe then says ``brace: "{"`` in its context. A Jinja string would need quotes,
which the linter escapes by a backslash before it renders the recipe; Jinja stops there."""


class Template(str):
    """A string with a Jinja expression for rattler-build, which is written unchanged."""

    __slots__ = ()


def yaml_string(text: str) -> str:
    """Return ``text`` as one YAML scalar, for a file that only a YAML parser reads."""
    if _PLAIN.fullmatch(text) and not _SPECIAL_WORDS.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False).translate(_UNPRINTABLE)


def meta_yaml_string(text: str) -> str:
    """Return ``text`` as one YAML scalar for conda-build's meta.yaml.

    ``{``, ``[`` and ``#`` are escaped inside the quotes, so that neither Jinja nor the selectors of conda-build
    (``conda_build.metadata.select_lines``) match anything.
    """
    quoted = _recipe_string(text)
    return quoted.translate(_CONDA_BUILD) if quoted.startswith('"') else quoted


def recipe_yaml_string(text: str) -> str:
    """Return ``text`` as one YAML scalar for rattler-build's recipe.yaml.

    In a text that Jinja would read as its own, each opening brace becomes ``BRACE``. ``#`` is escaped where a bracket
    could make it a selector for conda-smithy's linter (``lint_no_comment_selectors``).
    """
    if isinstance(text, Template):
        quoted = text if _PLAIN_TEMPLATE.fullmatch(text) else yaml_string(text)
    else:
        quoted = _recipe_string(_OPENING_BRACE.sub(BRACE, text) if _JINJA.search(text) else text)
    return quoted.replace("#", "\\x23") if "[" in quoted else quoted


def _recipe_string(text: str) -> str:
    is_plain = _PLAIN_IN_RECIPES.fullmatch(text) and not _SPECIAL_WORDS.fullmatch(text)
    return text if is_plain else yaml_string(text)


def dump(
    document: Mapping[str, Node],
    *,
    quote: Callable[[str], str] = yaml_string,
    header: Sequence[str] = (),
    spaced: bool = True,
) -> str:
    """Return YAML text: block style, two spaces a level, one newline at the end.

    Args:
        document: Mappings with string keys, lists, strings, whole numbers and booleans, in the order of the output.
        quote: Turns a string into a scalar.
        header: Comment lines for the top, without ``#``.
        spaced: Whether to write a blank line between the top-level keys.

    Returns:
        The text.
    """
    head = [f"# {line}" for line in header]
    blocks = ["\n".join(_mapping({key: value}, 0, quote)) for key, value in document.items()]
    return "\n".join([*head, ("\n\n" if spaced else "\n").join(blocks)]) + "\n"


def _mapping(mapping: Mapping[str, Node], depth: int, quote: Callable[[str], str]) -> Iterator[str]:
    indent = "  " * depth
    for key, value in mapping.items():
        if isinstance(value, (str, int)):
            yield f"{indent}{quote(key)}: {_scalar(value, quote)}"
        elif not value:
            yield f"{indent}{quote(key)}: {'{}' if isinstance(value, Mapping) else '[]'}"
        else:
            yield f"{indent}{quote(key)}:"
            yield from _lines(value, depth + 1, quote)


def _list(items: Iterable[Node], depth: int, quote: Callable[[str], str]) -> Iterator[str]:
    indent = "  " * depth
    for item in items:
        if isinstance(item, (str, int)):
            yield f"{indent}- {_scalar(item, quote)}"
        else:
            lines = list(_lines(item, depth + 1, quote))
            yield f"{indent}- {lines[0].lstrip()}"
            yield from lines[1:]


def _lines(node: Sequence[Node] | Mapping[str, Node], depth: int, quote: Callable[[str], str]) -> Iterator[str]:
    return _mapping(node, depth, quote) if isinstance(node, Mapping) else _list(node, depth, quote)


def _scalar(value: str | int, quote: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else str(value)
