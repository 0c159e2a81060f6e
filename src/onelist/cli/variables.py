"""Environment variables that set the default of an option; nothing heavy is loaded here."""

from __future__ import annotations

import argparse
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FLAGS: Mapping[str, bool] = MappingProxyType(
    {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
)
"""What the value of a variable for an option without a value means."""


class _Unusable(NamedTuple):
    """The default of an option whose variable has a value that means nothing.

    Attributes:
        variable: The name of the variable.
        value: What it is set to.
        possible: The values that it can have, in words.
    """

    variable: str
    value: str
    possible: str


def add_variable(action: argparse.Action, variable: str, passed_over: Collection[str] = (), values: str = "") -> None:
    """Let an environment variable set the default of an option, and say so in the help of the option.

    An empty variable counts as one that is not set. What is typed on the command line goes first.

    Args:
        action: The option, as ``add_argument`` returns it: one with choices, with a type or with a text, or one without
            a value (a flag).
        variable: The name of the variable.
        passed_over: Values that mean something to other commands only: they leave the default as it is.
        values: What the values of an option with a type are, in words.
    """
    action.help = f"{action.help} (environment variable: {variable})"
    value = os.environ.get(variable, "")
    if not value or value.lower() in passed_over:
        return
    meanings: Mapping[str, object]
    meanings = _FLAGS if action.nargs == 0 else {choice: choice for choice in action.choices or ()}
    if not meanings and action.type is None:  # any text
        action.default = value
        return
    try:
        action.default = action.type(value) if callable(action.type) else meanings[value.lower()]
    except (KeyError, ValueError, argparse.ArgumentTypeError):
        possible = values or f"one of {', '.join(dict.fromkeys((*meanings, *passed_over)))}"
        action.default = _Unusable(variable=variable, value=value, possible=possible)


def stop_at_unusable_variables(arguments: argparse.Namespace) -> None:
    """Stop if an option has its value from a variable that is set to something without a meaning.

    Raises:
        UsageError: That is so.
    """
    from onelist.core.errors import UsageError  # not at the top: --help needs neither
    from onelist.core.text import shortened

    for default in vars(arguments).values():
        if isinstance(default, _Unusable):
            raise UsageError(
                f"The environment variable {default.variable} is {shortened(default.value)}, which has no meaning.",
                f"Set it to {default.possible}. Or unset it.",
            )
