"""onelist explain: explain one requirement, or a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from onelist.cli.invocation import Invocation
    from onelist.reports.answers.explain import Explanation
    from onelist.reports.lines import Line

HELP = "explain one requirement: where it is available, for whom, and what to change"
EXAMPLES = (
    ("onelist explain sentencepiece", "show who has sentencepiece, and who of the learners gets it"),
    ("onelist explain 'ray[tune]>=2' my-list", "the same for exactly this, beside the list in my-list"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="a requirement, listed or not: a name, perhaps with versions")
    shared_arguments.add_path(parser)
    shared_arguments.add_network(parser)
    shared_arguments.add_color(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print the explanation of each item with this name; of a rule, if it is the code of one."""
    import sys

    from onelist import api
    from onelist.checks.run import CheckOptions
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.cli.shared import print_line, progress_on_stderr, width_of_names
    from onelist.cli.terminal import show
    from onelist.core.errors import CLEAN, UNKNOWN
    from onelist.core.rules import RULES
    from onelist.reports.answers.explain import has_unknown, story_lines
    from onelist.reports.rule_text import rule_text

    if arguments.name.upper() in RULES:
        code = arguments.name.upper()
        print_line(f"{code} is the code of a rule, not a package. The same is shown by: onelist rule {code}")
        sys.stdout.write("\n" + rule_text(RULES[code], width_of_names()))
        return CLEAN

    def blocks_of(explanation: Explanation) -> Callable[[int], Iterator[Line]]:
        return lambda _width: story_lines(explanation)

    options = CheckOptions(
        channels=tuple(dict.fromkeys(arguments.channel)),
        network=network_options(arguments, invocation, cache_policy_of(arguments)),
    )
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        explanations = api.explain(arguments.name, arguments.path, options, progress=progress)
    show(map(blocks_of, explanations), arguments.color, invocation.environment)
    return UNKNOWN if any(map(has_unknown, explanations)) else CLEAN
