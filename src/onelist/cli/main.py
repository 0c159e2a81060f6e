"""The entry point: runs a command, and turns every error into text and an exit code."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from onelist.cli.interruptions import Interruptions
from onelist.cli.watcher import watch
from onelist.core.system.temporary import remove_lasting_folder, remove_own

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Sequence

_FROM_SIGNAL = 128
"""The exit code after a signal is higher by this than its number, as shells have it."""
INTERRUPTED = 130
"""The exit code after Ctrl-C: that of SIGINT."""
_GARBAGE = 200_000
"""After how many new objects Python looks for garbage. A run makes many, and keeps nearly all of them to its end."""
_DISK_HINTS = {
    errno.EACCES: "Check its permissions and those of its folder.",
    errno.EPERM: "Check its permissions and those of its folder.",
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.ENOSPC: "Free some space on the disk.",
    errno.EDQUOT: "Free some space on the disk.",
}
"""What to do after an error of the operating system, by its number."""


def main(argv: Sequence[str] | None = None, *, now: datetime.datetime | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the name of the program; None for those of the process.
        now: The time in UTC; None for the real one.

    Returns:
        The exit code.
    """
    try:
        from onelist.cli.parser import parse

        return _run(parse(sys.argv[1:] if argv is None else argv), now)
    except KeyboardInterrupt:
        return _interrupted()
    except RuntimeError as error:
        if _comes_from_interruption(error):
            return _interrupted()
        raise
    except SystemExit as stop:  # argparse has printed what is wrong
        return stop.code if isinstance(stop.code, int) else 2
    except OSError as error:  # the reader of our output has gone, as with ``| head``, or the output cannot be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else _failed(error)


def _run(arguments: argparse.Namespace, now: datetime.datetime | None) -> int:
    """Run one command; its errors become text and exit codes here and nowhere else."""
    import datetime

    from onelist.cli.invocation import Invocation
    from onelist.cli.parser import command_module, make_parser
    from onelist.cli.shared import print_error, print_errors
    from onelist.cli.variables import stop_at_unusable_variables
    from onelist.core.errors import OnelistError

    as_json = arguments.format == "json"
    invocation = Invocation(now=now or datetime.datetime.now(tz=datetime.UTC), make_parser=make_parser)
    try:
        stop_at_unusable_variables(arguments)
        return int(command_module(arguments.command).run(arguments, invocation))
    except OnelistError as error:
        return print_errors([error], as_json=as_json)
    except BrokenPipeError:
        raise
    except OSError as error:  # a temporary folder that is full or gone; outputs have messages of their own
        return _failed(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a fault of onelist itself, or a panic of rattler
        if _comes_from_interruption(error):
            raise KeyboardInterrupt from error
        return print_error(error, as_json=as_json)


def _failed(error: OSError) -> int:
    """Print which file or output cannot be read or written, and return the exit code."""
    from onelist.cli.shared import print_errors
    from onelist.core.errors import UsageError

    place = error.filename or "The output or a temporary file"
    hint = _DISK_HINTS.get(error.errno or 0, "Check the disk.")
    found = UsageError(f"{place} cannot be read or written: {error.strerror or error}.", hint)
    if not error.filename and _is_here_gone():
        found = UsageError("The folder in which you are does not exist any more.", "Go to another one first, with cd.")
    try:
        return print_errors([found], as_json=False)
    except OSError:  # nothing can be written at all
        return 1


def _is_here_gone() -> bool:
    """Tell whether the current folder was removed; ``.`` still leads to it then."""
    try:
        os.getcwd()  # noqa: PTH109 - a removed folder has no path
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _comes_from_interruption(error: BaseException) -> bool:
    """Tell whether an exception took the place of a KeyboardInterrupt, as where one comes while a class is created."""
    before: BaseException | None = error
    while before and not isinstance(before, KeyboardInterrupt):
        before = before.__cause__ or before.__context__
    return before is not None


def run() -> NoReturn:
    """Run the command line and leave the process.

    rattler's threads can crash an interpreter that shuts down, after all work is done. To leave at once, with both
    streams flushed, keeps the exit code what it is.
    """
    _leave_if_watching()
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed by the caller
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a name or a path that the terminal's encoding lacks must not end in a traceback
            reconfigure(errors="backslashreplace")
    interruptions = Interruptions()
    interruptions.watch()
    gc.set_threshold(_GARBAGE)
    code = main()
    try:
        interruptions.wait_for_late()
    except KeyboardInterrupt:
        code = _interrupted()
    remove_lasting_folder()
    if code == INTERRUPTED:
        _end_programs()
        remove_own()
        code = _FROM_SIGNAL + (interruptions.signal or signal.SIGINT)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


def _leave_if_watching() -> None:
    """Leave this process if another one did the work; that one returns at once."""
    try:
        ended = watch(sys.argv[1:])
    except KeyboardInterrupt:
        ended = _interrupted()
    if ended is not None:
        os._exit(ended)


def _end_programs() -> None:
    from onelist.core.system.programs import end_programs

    end_programs()


def _interrupted() -> int:
    if "asyncio" in sys.modules:
        import logging

        # Where a program ends after the event loop that waits for it, a thread of asyncio warns of that (Python 3.11).
        logging.getLogger("asyncio").disabled = True
    sys.stderr.write("\nonelist: interrupted.\n")
    return INTERRUPTED
