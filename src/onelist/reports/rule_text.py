"""Rules as text for a terminal and as Markdown: one with its explanation, or a table of all."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from onelist.core.rules import RULES, Evidence
from onelist.core.targets import listed
from onelist.reports.lines import STYLES, Style, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onelist.core.rules import Rule

_WIDTH = 100
_INDENT = "    "
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def rule_text(rule: Rule, width: int = _WIDTH) -> str:
    """Return one rule as lines of a width for a terminal."""
    lines = [f"{rule.code} ({rule.severity}): {rule.title}", ""]
    lines += [*_wrapped(rule.example_message, width), ""]
    for heading, text in _parts(rule):
        lines += [heading, *_wrapped(_without_links(text), width), ""]
    if rule.ini:
        lines += ["Example", *(_INDENT + line for line in rule.ini.splitlines()), ""]
    lines += textwrap.wrap(_background(rule), width)
    return "\n".join(lines) + "\n"


def rule_table(rules: Iterable[Rule]) -> Table:
    """Return rules as a table: code, severity, title."""
    listed = list(rules)
    return Table(
        rows=tuple((rule.code, rule.severity.value, rule.title) for rule in listed),
        styles=tuple((Style.CODE, STYLES[rule.severity], Style.PLAIN) for rule in listed),
    )


def rule_markdown(rule: Rule) -> Iterator[str]:
    """Yield the paragraphs of the explanation of a rule as Markdown, each on one line or a block of code."""
    for heading, text in _parts(rule):
        yield f"**{heading}** {text}"
    if rule.ini:
        yield f"```ini\n{rule.ini}```"
    yield _background(rule)


def standalone_markdown(rule: Rule) -> str:
    """Return the explanation of a rule as Markdown without links, for a place outside of this repository."""
    return "\n\n".join(_LINK.sub(r"`docs/\1`", part) for part in rule_markdown(rule))


def plain_explanation(rule: Rule) -> str:
    """Return the explanation of a rule as plain text, one paragraph a line."""
    parts = [f"{heading}: {_without_links(text)}" for heading, text in _parts(rule)]
    return "\n".join([*parts, *([rule.ini.rstrip()] if rule.ini else []), _background(rule)])


def _parts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the headings and the texts of an explanation, without the line breaks of the source."""
    for heading, text in (
        ("What", rule.what),
        ("Why", rule.why),
        ("Usual causes", rule.causes),
        ("What to do", rule.what_to_do),
    ):
        yield heading, " ".join(text.split())


def _background(rule: Rule) -> str:
    """Return what the rule needs, where it is left out, and since when it exists."""
    sentences = [f"This rule needs {rule.evidence.words}."]
    by_scope: dict[str, list[str]] = {}
    for other in RULES.values():
        for superseded in other.supersedes:
            if superseded.code == rule.code:
                by_scope.setdefault(superseded.scope.value, []).append(other.code)
    sentences += [
        f"It is left out where {listed(codes, 'or')} is reported for {scope}." for scope, codes in by_scope.items()
    ]
    if rule.fallback_for is not None:
        sentences.append(f"It is left out where onelist knows {_KNOWLEDGE[rule.fallback_for]}.")
    return " ".join([*sentences, f"It exists since onelist {rule.since}."])


_KNOWLEDGE = {
    Evidence.SETTINGS: "the settings",
    Evidence.AVAILABILITY: "what the package index and the channels have",
    Evidence.RESOLUTION: "the answers of the resolvers",
}


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _without_links(text: str) -> str:
    """Return Markdown without links and emphasis; code keeps its marks, so that names stand out."""
    return re.sub(r"(?<!\*)\*(\w+)\*(?!\*)", r"\1", _LINK.sub(r"docs/\1", text))
