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


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print one rule, or a table of all rules."""
    import sys

    from onelist.cli.shared import color_choice, width_of_names
    from onelist.cli.terminal import show
    from onelist.core.errors import CLEAN, UsageError
    from onelist.core.rules import RULES
    from onelist.core.text import shortened
    from onelist.reports.rule_text import rule_table, rule_text

    if arguments.code is None:
        show([lambda _width: [rule_table(RULES.values())]], color_choice(), invocation.environment)
        return CLEAN
    rule = RULES.get(arguments.code.upper())
    if rule is None:
        raise UsageError(f"No rule has the code {shortened(arguments.code)}.", "List all rules with: onelist rule")
    sys.stdout.write(rule_text(rule, width_of_names()))
    return CLEAN
