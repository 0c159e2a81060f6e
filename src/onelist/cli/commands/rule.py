"""onelist rule: explain one rule, or list all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "explain one rule of check, or list all rules"
EXAMPLES = (
    ("onelist rule D001", "explain what D001 means, its usual causes, and what to do"),
    ("onelist rule", "list all rules with their severities"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="the code of the rule, such as A005 (default: all)")


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print one rule, or a table of all rules."""
    import sys

    from onelist.core.errors import CLEAN, UsageError
    from onelist.core.rules import RULES
    from onelist.core.text import shortened
    from onelist.reports.rule_text import rule_table, rule_text

    if arguments.code is None:
        sys.stdout.write(rule_table(RULES.values()))
        return CLEAN
    rule = RULES.get(arguments.code.upper())
    if rule is None:
        raise UsageError(f"No rule has the code {shortened(arguments.code)}.", "List all rules with: onelist rule")
    sys.stdout.write(rule_text(rule))
    return CLEAN
