"""What a resolver explains about a conflict -> one sentence, where its words have a form that is known.

uv writes sentences (its derivation tree, as PubGrub does), rattler writes a tree (its conflict graph). Both are texts
for people and not an interface: where a text has another form, there is no sentence, and the finding says enough.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST = 200
"""How many characters a sentence has at most: a longer one lists versions that no one reads."""
_MOST_LINES = 200
_UV = re.compile(r"Because ([^\n]+?),? we can conclude that ")
_DEPENDS = re.compile(r"(?P<some>(?:all of: |all versions of )?\S+(?: \S+)*?) depends? on ")
_NO_WHEEL = re.compile(
    r"(?:Because |and )(?P<spec>(?P<name>[\w.-]+)\S*) has no wheels with a matching (?P<tag>Python|platform)"
)
_TREE = re.compile(r"([│├└─ ]*)(\S.*)")
_REQUIRES = " would require"
_CONFLICTS = ", which conflicts with the versions reported above"
_MISSING = ", for which no candidates were found"


class _Node(NamedTuple):
    """One line of rattler's tree.

    Attributes:
        depth: How far it is indented.
        text: The rest of the line.
    """

    depth: int
    text: str


def one_sentence(explanation: str) -> str | None:
    """Return why requirements cannot be installed together, in one sentence without a full stop; None if not known."""
    found = _of_uv(explanation) if explanation.startswith("Because ") else _of_rattler(explanation)
    return found if found and len(found) <= _LONGEST else None


def _of_uv(explanation: str) -> str | None:
    """Return the first step of uv's derivation, if it is about dependencies.

    uv lists which versions exist, and each version that depends on something by itself. Of each package, the first
    dependency says enough.
    """
    found = _UV.match(explanation[: 20 * _LONGEST])
    if not found:
        return None
    if missing := _NO_WHEEL.search(found[0]):
        return _of_missing_wheel(missing, explanation[: 20 * _LONGEST])
    kept: dict[str, str] = {}
    for clause in re.split(r" and (?=all of: |only |you require |\S+ depends? on |all versions )", found[1]):
        if depends := _DEPENDS.match(clause):
            some = " and ".join(depends["some"].removeprefix("all of: ").split(" ")) if "all of: " in clause else ""
            name = re.split(r"[<>=!~ ]", depends["some"].removeprefix("all of: ").removeprefix("all versions of "))[0]
            kept.setdefault(name, f"{some}{clause[depends.end('some') :]}" if some else clause)
        elif clause.startswith("you require "):
            kept[""] = clause
    return " and ".join(kept.values()) if any(kept) else None


def _of_missing_wheel(missing: re.Match[str], explanation: str) -> str:
    """Return that there is no wheel for this machine, and what requires that package, if uv says it."""
    sentence = f"{missing['spec']} has no wheel for this {missing['tag']}"
    needed = rf"depends? on {re.escape(missing['name'])}(?![\w.-])[^\s,]*"
    found = re.search(rf"(?:[Bb]ecause |and )((?:all versions of )?[^\s,]+ {needed})", explanation)
    return f"{found[1]}, and {sentence}" if found else sentence


def _of_rattler(explanation: str) -> str | None:
    """Return what the last line of rattler's tree is about: a missing package, or two that need different versions."""
    nodes = [
        _Node(depth=len(found[1]), text=found[2])
        for line in explanation.splitlines()[:_MOST_LINES]
        if (found := _TREE.fullmatch(line))
    ]
    if not nodes:
        return None
    needs = list(_needs(nodes))
    last = nodes[-1].text
    if _MISSING in last and needs:
        who, spec = needs[-1]
        return f"{who} requires {spec}, of which no channel has a version that fits"
    if _CONFLICTS not in last or not needs:
        return None
    who, spec = needs[-1]
    for other, other_spec in needs[:-1]:
        if _name(other_spec) == _name(spec) and other != who:
            return f"{other} requires {other_spec}, and {who} requires {spec}"
    return None


def _needs(nodes: Sequence[_Node]) -> Iterator[tuple[str, str]]:
    """Yield each package of a tree that has a dependency, and the first one that it has."""
    for node, child in pairwise(nodes):
        if node.text.endswith(_REQUIRES) and child.depth > node.depth:
            yield node.text.removesuffix(_REQUIRES), child.text.split(", ")[0].removesuffix(" *")


def _name(spec: str) -> str:
    return spec.partition(" ")[0]
