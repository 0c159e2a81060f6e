"""The file of ``check --history``: read before a check, and one line longer after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.system.files import write_output
from onelist.core.system.regular_files import read_regular, stop_if_output_outside
from onelist.reports import history
from onelist.reports.page.looks import Look

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from onelist.checks.run import CheckResult


def read_history(path: Path) -> tuple[Look, ...]:
    """Return the earlier runs; none where the file does not exist yet.

    Raises:
        SettingsError: It lies in the current folder by its name, but links on its path lead out of that folder.
        UsageError: It cannot be read, or is no history.
    """
    stop_if_output_outside(path, [Path.cwd()])
    return history.parse_history(str(path), _content(path))


def add_look(path: Path, results: Sequence[CheckResult], now: datetime.datetime) -> Look:
    """Add a line about a run to the file.

    The file is read again, because another run may have added a line while this one checked.

    Args:
        path: The file; it is made where it does not exist.
        results: What the run found; a list whose settings have mistakes is left out.
        now: When it was.

    Returns:
        What the line says.

    Raises:
        UsageError: The file cannot be read or written.
    """
    lists = tuple(
        history.list_look(one.settings, one.findings, one.availability, one.resolutions)
        for one in results
        if one.settings
    )
    look = Look(time=now, lists=lists)
    write_output(path, history.with_line(_content(path), history.line_of(look)))
    return look


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, 2 * history.MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", "Name another file.") from error
