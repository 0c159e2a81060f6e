"""Rules as text for a terminal: one with its explanation, or a table of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core.text import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onelist.core.rules import Rule


def rule_text(rule: Rule) -> str:
    """Return one rule as lines for people."""
    return f"{rule.code} ({rule.severity}): {rule.title}\n"


def rule_table(rules: Iterable[Rule]) -> str:
    """Return all rules as a table: code, severity, title."""
    rows = [(rule.code, rule.severity.value, rule.title) for rule in rules]
    return "".join(f"{line}\n" for line in aligned(rows))
