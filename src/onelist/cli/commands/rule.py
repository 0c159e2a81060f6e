"""onelist rule: explain one rule, or list all of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from onelist.core.errors import CLEAN, UsageError
from onelist.core.rules import RULES
from onelist.core.text import printable, shortened
from onelist.reports.rule_text import rule_table, rule_text

if TYPE_CHECKING:
    import argparse


def rule(arguments: argparse.Namespace) -> int:
    """Print one rule, or a table of all rules.

    Args:
        arguments: ``code`` is the code of the rule in any case, or None for all rules.

    Returns:
        The exit code.

    Raises:
        UsageError: No rule has this code.
    """
    sys.stdout.write(text_of(arguments.code) if arguments.code else rule_table(RULES.values()))
    return CLEAN


def is_rule(name: str) -> bool:
    """Tell whether a word is the code of a rule, in any case."""
    return name.upper() in RULES


def text_of(code: str) -> str:
    """Return the explanation of a rule.

    Raises:
        UsageError: No rule has this code.
    """
    found = RULES.get(code.upper())
    if found is None:
        raise UsageError(printable(f"No rule has the code {shortened(code)}."), "List all rules with: onelist rule")
    return rule_text(found)
