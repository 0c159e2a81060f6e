"""The parser of the command line: every command with its arguments; nothing but argparse is loaded here."""

from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli.arguments import EXIT_CODES, add_command
from onelist.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

    from _typeshed import SupportsWrite

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "init": "onelist.cli.commands.init",
        "check": "onelist.cli.commands.check",
        "fix": "onelist.cli.commands.fix",
        "build": "onelist.cli.commands.build",
        "try": "onelist.cli.commands.try_",
        "publish": "onelist.cli.commands.publish",
        "sync": "onelist.cli.commands.sync",
        "export": "onelist.cli.commands.export",
        "doctor": "onelist.cli.commands.doctor",
        "bisect": "onelist.cli.commands.bisect_",
        "explain": "onelist.cli.commands.explain",
        "suggest": "onelist.cli.commands.suggest",
        "unlisted": "onelist.cli.commands.unlisted",
        "badge": "onelist.cli.commands.badge",
        "rule": "onelist.cli.commands.rule",
        "bump": "onelist.cli.commands.bump",
        "draft": "onelist.cli.commands.draft",
        "feedstock": "onelist.cli.commands.feedstock",
        "matrix": "onelist.cli.commands.matrix",
        "merge": "onelist.cli.commands.merge",
        "completion": "onelist.cli.commands.completion",
    }
)
"""Each command and its module, in the order of use. A command module has ``HELP``, one line; ``EXAMPLES``, pairs of a
command and what it does; ``add_arguments(parser)``; and ``run(arguments, invocation)``, which returns the exit code."""


class Parser(argparse.ArgumentParser):
    """A parser whose help is an output like any other: a help that cannot be written is an error.

    Attributes:
        commands: The parser of each command.
    """

    commands: Mapping[str, argparse.ArgumentParser] = MappingProxyType({})

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print a text; argparse itself passes over an output that cannot be written, and ends with 0."""
        is_output = file is sys.stdout
        if is_output:
            sys.stdout.write(message)
            sys.stdout.flush()
        else:
            super()._print_message(message, file)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments of a call.

    Args:
        argv: The arguments without the name of the program.

    Returns:
        The arguments, with those of the command.

    Raises:
        SystemExit: Nothing is to be run: help was printed, or what is wrong.
    """
    parser = make_parser(argv[0] if argv else None)
    if not argv:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        meant = _meant(argv[0], COMMANDS)
        parser.error(f"there is no command {_shown(argv[0])}.{meant} All commands: onelist --help")
    arguments, rest = parser.parse_known_args(argv)
    if rest:
        of_command = parser.commands[arguments.command]
        meant = _meant(rest[0], re.findall(r"--[a-z-]+", of_command.format_help()))
        of_command.error(f"unrecognized arguments: {' '.join(map(_shown, rest))}.{meant}")
    return arguments


def _meant(written: str, known: Iterable[str]) -> str:
    """Return which known word was perhaps meant, as a sentence after a blank; ``""`` for none."""
    import difflib

    close = difflib.get_close_matches(written.partition("=")[0], list(dict.fromkeys(known)), 1)
    return f" Did you mean {close[0]}?" if close else ""


def _shown(text: str) -> str:
    """Return an argument as it can be shown."""
    from onelist.core.text import printable, shortened

    return printable(shortened(text))


def command_module(name: str) -> ModuleType:
    """Return the module of a command."""
    return import_module(COMMANDS[name])


def make_parser(command: str | None = None) -> Parser:
    """Return the parser of the command line.

    Args:
        command: The command that is called: the parser then has only this one, and loads no other module. With None,
            and with a name that is not a command, it has all commands.

    Returns:
        The parser.
    """
    parser = Parser(
        prog="onelist",
        description="One settings.ini, every channel: onelist builds a dependency-only meta-package for pip and conda, "
        "and tells you what cannot be installed and how to fix it.",
        epilog=EXIT_CODES,
    )
    parser.set_defaults(format="text")  # for commands that have no --format
    parser.add_argument("--version", action="version", version=f"onelist {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    names = [command] if command is not None and command in COMMANDS else list(COMMANDS)
    for name in names:
        module = command_module(name)
        module.add_arguments(add_command(commands, name, module.HELP, module.EXAMPLES))
    parser.commands = commands.choices
    return parser
