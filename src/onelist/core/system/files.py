"""The only place that writes files: each file is written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.system.regular_files import read_inside, stop_if_output_outside, stop_if_outside
from onelist.core.system.temporary import making, remove_leftovers, temporary_folder, temporary_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onelist.core.model import Artifact

PRIVATE = 0o600
"""The permissions of a file that only the user may read and write."""
PUBLIC = 0o644
"""The permissions of a file that every user may read, and its owner may write."""
_ALL_READ = 0o444


def write_atomically(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Write a file so that no program ever reads a half-written one.

    The content goes to a temporary file in the same folder, which then replaces the file (POSIX ``rename``).

    Args:
        path: The file; its folder must exist.
        content: The new content.
        mode: The permissions.

    Raises:
        OSError: The file cannot be written. The former file is unchanged, and no temporary file is left.
    """
    prefix = temporary_prefix(path.parent)
    with making:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    temporary = Path(name)
    with _removed_on_error(temporary):
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if mode != PRIVATE:  # mkstemp's own permissions
            temporary.chmod(mode)
        temporary.replace(path)


def stop_if_any_outside(folder: Path, paths: Iterable[str]) -> None:
    """Raise if a link in a folder leads out of it on the way to one of the files that are to be written.

    Args:
        folder: The folder.
        paths: The files, relative to the folder.

    Raises:
        SettingsError: With the finding.
    """
    for path in paths:
        stop_if_outside(folder / path, folder)


def write_all(folder: Path, artifacts: Iterable[Artifact], *, before: Callable[[Path], None] | None = None) -> None:
    """Write a set of files below a folder.

    All files are first written to a hidden folder beside their places. Then each one is renamed into its place. After
    an error or an interruption, each former file is either unchanged or replaced by a whole new one. A link stays a
    link, and its target in the folder is replaced.

    Args:
        folder: The folder; it is made when it does not exist.
        artifacts: The files.
        before: Called with the hidden folder when it holds all files and none is in its place; may raise to stop.

    Raises:
        SettingsError: A link in the folder leads out of it. Nothing was written.
        UsageError: The folder cannot be written, or is a file, or the disk is full.
    """
    artifacts = list(artifacts)
    stop_if_any_outside(folder, (artifact.path for artifact in artifacts))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} already exists and is not a folder.", "Name another folder with -o.")
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        with temporary_folder(folder) as staging:
            for artifact in artifacts:
                path = staging / artifact.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(artifact.content)
                if artifact.executable:  # for everyone who may read it
                    path.chmod(_mode(path) | (_mode(path) & _ALL_READ) >> 2)
            if before:
                before(staging)
            for artifact in artifacts:
                target = Path(os.path.realpath(folder / artifact.path))
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists() and not target.is_file():
                    raise UsageError(f"{target} already exists and is not a file.", "Name another folder with -o.")
                (staging / artifact.path).replace(target)


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet.

    Args:
        path: The file; its folder is made when it does not exist.
        text: The content.

    Raises:
        UsageError: The file exists, or it cannot be written.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{path} cannot be written: an answer has characters that are not text.", "Write the answer in UTF-8."
        ) from None
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.open("xb").close()  # takes the name, with the permissions that new files have here
        except FileExistsError:
            raise UsageError(
                f"{path} already exists and was not changed.", "Edit that file, or name another folder."
            ) from None
        remove_leftovers(path.parent)
        with _removed_on_error(path):
            write_atomically(path, content, mode=_mode(path))


def write_output(path: Path, content: bytes) -> None:
    """Write a report into a file that the user names; a former report with this name is replaced.

    Args:
        path: The file, or a link to it; its folder is made when it does not exist.
        content: The content.

    Raises:
        SettingsError: It lies in the current folder by its name, but links on its path lead out of that folder.
        UsageError: It is a folder or a device, or it cannot be written.
    """
    stop_if_output_outside(path, [Path.cwd()])
    with _explained(path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise UsageError(f"{path} already exists and is not a file.", "Name another file.")
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent)
        write_atomically(target, content, mode=_mode(target) if target.exists() else PUBLIC)


def write_over(path: Path, before: bytes, after: bytes, *, folder: Path | None = None) -> None:
    """Replace the content of a file; its permissions stay.

    Args:
        path: The file, or a link to it.
        before: The content that was read.
        after: The new content.
        folder: The folder out of which no link on the path may lead; None for the one of the file.

    Raises:
        SettingsError: A link leads out of the folder.
        UsageError: The content has changed since it was read, or the file cannot be written.
    """
    with _explained(path):
        current = read_inside(path, folder or path.parent)
        target = path.resolve()
        if current != before:
            raise UsageError(f"{path} was changed by another program in the meantime.", "Run the command again.")
        remove_leftovers(target.parent)
        write_atomically(target, after, mode=_mode(target))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror or error}.",
            "Check the permissions and the free space on the disk, or write to another folder. No existing file is "
            "damaged.",
        ) from error
