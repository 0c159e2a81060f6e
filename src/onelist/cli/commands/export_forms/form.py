"""What a form of onelist export is: its help, its arguments, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from onelist.cli.invocation import Invocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form in which a list is exported: ``onelist export NAME``.

    Attributes:
        help: What it writes, in one line.
        examples: Pairs of a command and what it does.
        add_arguments: Adds the arguments of the form.
        run: Writes the export, and returns the exit code.
    """

    help: str
    examples: tuple[tuple[str, str], ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Invocation], int]
