"""Which files onelist touches: regular files inside one folder, up to a size; a link must not lead out of the folder.

What lies beside settings.ini comes from a repository, so from everybody who may propose a change. Git stores links,
and a link can lead to any file of the machine: to ``/proc/self/environ`` with the keys of a release, or to a named pipe
that nobody writes to.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any

from onelist.core import rules
from onelist.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES = 1024 * 1024
"""The largest file that is read beside settings.ini, and the largest settings.ini, in bytes."""
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
"""What a path may be that is no regular file (POSIX, ``<sys/stat.h>``)."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""How a file is opened: to open a pipe must not wait for a writer."""


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether links on a path lead out of a folder.

    Args:
        path: A path in the folder, by its name; the file need not exist.
        folder: The folder, which itself may be a link.

    Returns:
        Whether it is outside once all links are resolved.
    """
    root, place = os.path.realpath(folder), os.path.realpath(path)
    return place != root and not place.startswith(root.rstrip(os.sep) + os.sep)


def stop_if_outside(path: Path, folder: Path) -> None:
    """Raise if links on a path lead out of a folder.

    Args:
        path: A path in the folder, by its name.
        folder: The folder.

    Raises:
        SettingsError: With the finding.
    """
    if leads_out(path, folder):
        raise _unusable(path, "", folder="this folder" if str(folder) == "." else folder)


def stop_if_output_outside(output: Path, folders: Iterable[Path]) -> None:
    """Raise if an output lies in a folder by its name, but links on its path lead out of that folder.

    A path that names another place is fine: whoever typed it means that place.

    Args:
        output: The file or folder to write to.
        folders: The folder of settings.ini, and the current folder.

    Raises:
        SettingsError: With the finding.
    """
    named = os.path.abspath(output)  # noqa: PTH100 - pathlib has no function that leaves links as they are
    for folder in folders:
        root = os.path.abspath(folder)  # noqa: PTH100
        if named != root and named.startswith(root.rstrip(os.sep) + os.sep):
            stop_if_outside(output, folder)


def read_inside(path: Path, folder: Path, *, limit: int = MAX_BYTES) -> bytes | None:
    """Return the content of a file in a folder.

    Args:
        path: The file.
        folder: The folder out of which no link on the path may lead.
        limit: The largest size in bytes.

    Returns:
        The content; None if there is no file with this name.

    Raises:
        SettingsError: The file cannot be used, with the finding. Nothing was read then.
    """
    if path.parent == folder and not os.path.lexists(path):  # most names that are looked for; this is fast
        return None
    stop_if_outside(path, folder)
    try:
        return read_regular(path, limit)
    except IsADirectoryError:
        return None
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.islink(path):  # noqa: PTH114 - Path.is_symlink raises for some names
            raise _unusable(path, "no_target") from error
        return None
    except _TooLargeError as error:
        raise _unusable(path, "too_large", size=_in_words(limit)) from error
    except _NotRegularError as error:
        raise _unusable(path, "not_regular", kind=str(error)) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise _unusable(path, "unreadable", reason=error.strerror or error) from error


def read_regular(path: Path, limit: int) -> bytes:
    """Return the content of a regular file, wherever it lies; this never waits for another program.

    Args:
        path: The file, or a link to it.
        limit: The largest size in bytes.

    Returns:
        The content.

    Raises:
        OSError: It does not exist, is not a regular file, is too large, or cannot be read.
    """
    _stop_if_not_regular(path.stat())  # first, because to open a device may change it
    handle = os.open(path, _FLAGS)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _stop_if_not_regular(status)
        content = file.read(limit + 1) if status.st_size <= limit else None
    if content is None or len(content) > limit:
        raise _TooLargeError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


class _TooLargeError(OSError):
    """A file has more bytes than the limit."""


class _NotRegularError(OSError):
    """A path is no regular file; the text says what it is."""

    def __str__(self) -> str:
        return str(self.strerror)


def _stop_if_not_regular(status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "no file")
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise _NotRegularError(errno.EINVAL, kind)


def _in_words(limit: int) -> str:
    return f"{limit // MAX_BYTES} MiB" if limit >= MAX_BYTES else f"{limit} bytes"


def _unusable(path: Path, variant: str, **fields: Any) -> SettingsError:  # noqa: ANN401 - fields of a message
    finding = rules.UNUSABLE_FILE.at(str(path), span=None, variant=variant, path=path, **fields)
    return SettingsError(message=f"{path} cannot be used.", findings=(finding,))
