"""onelist completion: print a completion script for a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from onelist.cli.invocation import Invocation

_FILES = frozenset({"DIR", "FEEDSTOCK", "FILE", "PATH"})
"""The metavars of arguments that are paths."""
HELP = "print a completion script for a shell"
EXAMPLES = (
    (
        "onelist completion bash > ~/.local/share/bash-completion/completions/onelist",
        "complete commands and options in bash",
    ),
    ("onelist completion zsh > ~/.zfunc/_onelist", "the same in zsh, where ~/.zfunc is in fpath"),
    ("onelist completion fish > ~/.config/fish/completions/onelist.fish", "the same in fish"),
    (
        "onelist completion powershell > onelist.ps1",
        "the same in PowerShell, where $PROFILE has a line with a dot, a space and the path of this file",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "powershell", "tcsh"), help="the shell")


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print the script."""
    import sys

    import shtab

    from onelist.core.errors import CLEAN

    parser = invocation.make_parser()
    for action in _of_files(parser):
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    sys.stdout.write(shtab.complete(parser, shell=arguments.shell) + "\n")
    sys.stdout.flush()
    return CLEAN


def _of_files(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of all commands that are paths, by their metavar."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to them
        if isinstance(action.choices, dict):
            for command in action.choices.values():
                yield from _of_files(command)
        elif action.metavar in _FILES and not action.choices:
            yield action
