"""Each call that reports a finding gives a value to each field of its message and its hint."""

from __future__ import annotations

import ast
import string
from typing import TYPE_CHECKING, NamedTuple

import pytest

from onelist.core import rules
from tests.helpers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.core.rules import Rule

SOURCE = ROOT / "src/onelist"
_OF_RULE = {"at", "for_requirement"}
_OF_CONTEXT = {"report", "report_requirement"}
_COMPUTED = {
    ("settings/keys.py", "BAD_EXTENSION_KEY"): {"", "defaults", "local", "package", "part", "address"},
    ("checks/resolution.py", "HELD_BACK"): {"", "own_bound", "dependencies", "others", "several"},
    ("settings/ini.py", "INTERPOLATION"): {"too_long", "too_deep"},
}
"""The variants that are possible where a call computes them, if those are not all variants of the rule."""
_OWN = {"span", "variant", "advice", "requirement", "detail", "because", "edit"}


class Call(NamedTuple):
    """One call that makes a finding of a known rule."""

    place: str
    rule: str
    texts: tuple[ast.expr, ...]
    given: frozenset[str]


def calls_in(text: str, file: str = "x.py") -> Iterator[Call]:
    """Yield the calls whose rule is named in the call and whose fields are all written out."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method = node.func.attr
        if method not in _OF_RULE | _OF_CONTEXT or any(keyword.arg is None for keyword in node.keywords):
            continue
        subject = node.func.value if method in _OF_RULE else node.args[0]
        known = {"here"} | ({"name", "item", "asked"} if method in {"for_requirement", "report_requirement"} else set())
        given = known | {keyword.arg for keyword in node.keywords if keyword.arg} - _OWN
        texts = [keyword.value for keyword in node.keywords if keyword.arg in {"variant", "advice"}]
        if method in _OF_CONTEXT:
            texts += node.args[2 if method == "report_requirement" else 1 :]
        for part in ast.walk(subject):
            if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "rules":
                yield Call(f"{file}:{node.lineno}", part.attr, tuple(texts), frozenset(given))


def missing(call: Call) -> set[str]:
    """Return the fields of a call that have no value, for every wording that it may choose."""
    rule: Rule = getattr(rules, call.rule)
    constants = [
        {part.value for part in ast.walk(text) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        for text in call.texts
    ]
    names = set().union(*constants) & {"", *rule.variants}
    if any(not found for found in constants):  # computed somewhere else
        names = _COMPUTED.get((call.place.partition(":")[0], call.rule), {"", *rule.variants} - {"manifest"})
    elif not call.texts:
        names = {""}
    wanted = {
        field
        for name in names
        for template in ((rule.variants[name].message, rule.variants[name].hint) if name else (rule.message, rule.hint))
        for field in fields(template if template is not None else "")
    }
    return wanted - call.given


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_each_field_of_each_call_has_a_value() -> None:
    calls = [
        call
        for path in sorted(SOURCE.rglob("*.py"))
        for call in calls_in(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).as_posix())
    ]
    assert len({call.rule for call in calls}) > 60
    assert {f"{call.place} {call.rule}": lacking for call in calls if (lacking := missing(call))} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules.BAD_NAME.at(file, span=None, name=n)", set()),
        ("rules.BAD_NAME.at(file, span=None)", {"name"}),
        ("rules.BAD_NAME.at(file, span=None, variant='extra', name=n)", {"key"}),
        ("rules.PINNED.for_requirement(file, item, bounds=b)", {"date", "unpinned"}),
        ("parsing.report(rules.MISSING_KEY, 'empty' if x else '', key=k)", {"sample"}),
        ("parsing.report(rules.BAD_PYTHON, variant, version=v, default=d)", {"suggestion"}),
        ("(rules.BAD_NAME if x else rules.BAD_NAME).at(file, span=None)", {"name"}),
    ],
)
def test_a_field_without_a_value_is_seen(text: str, expected: set[str]) -> None:
    assert set().union(*map(missing, calls_in(text))) == expected
