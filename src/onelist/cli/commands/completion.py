"""onelist completion: print a completion script for a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "print a completion script for a shell"
EXAMPLES = (
    (
        "onelist completion bash > ~/.local/share/bash-completion/completions/onelist",
        "complete commands and options in bash",
    ),
    ("onelist completion zsh > ~/.zfunc/_onelist", "the same in zsh, where ~/.zfunc is in fpath"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print the script."""
    import sys

    import shtab

    from onelist.core.errors import CLEAN

    sys.stdout.write(shtab.complete(invocation.make_parser(), shell=arguments.shell) + "\n")
    sys.stdout.flush()
    return CLEAN
