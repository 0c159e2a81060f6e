"""What each command does: reads, calls the core, shows. The command line's other half, loaded when needed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.shared import report
from onelist.core.errors import OnelistError, UnavailableError, UsageError

if TYPE_CHECKING:
    import argparse

COMMANDS = {
    "build": "build",
    "sync": "build",
    "export": "build",
    "init": "build",
    "check": "check",
    "explain": "check",
    "rule": "rule",
    "fix": "fix",
    "bump": "fix",
    "try": "try_",
    "draft": "draft",
    "publish": "publish",
    "feedstock": "feedstock",
    "matrix": "shards",
    "merge": "shards",
}
"""Each command and the module that has a function of its name."""
_FUNCTIONS = {"try": "try_out"}
"""The functions of commands whose names are words of Python's own."""


def run(arguments: argparse.Namespace) -> int:
    """Run a command; the one place where errors become text and exit codes."""
    as_json = getattr(arguments, "format", "text") == "json"
    try:
        module = import_module(f"onelist.cli.commands.{COMMANDS[arguments.command]}")
        return int(getattr(module, _FUNCTIONS.get(arguments.command, arguments.command))(arguments))
    except OnelistError as error:
        return report([error], as_json=as_json)
    except BrokenPipeError:
        raise
    except OSError as error:  # a temporary folder that is full or gone; outputs have sentences of their own
        place = error.filename or "A temporary file"
        failure = UsageError(f"{place} cannot be read or written: {error.strerror or error}.", "Look at the disk.")
        return report([failure], as_json=False)
    except Exception as error:  # noqa: BLE001 - a fault of onelist itself; its text may hold a password, so it is not shown
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
        fault = UnavailableError(
            f"onelist stumbled over something that it does not know ({type(error).__name__} at {place}).",
            "Nothing is known of your list by that. Please tell those who make onelist, with the settings.ini.",
        )
        return report([fault], as_json=as_json)
