"""The only place that writes files: whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onelist.core.model import Artifact


def write_all(folder: Path, artifacts: Iterable[Artifact], *, before: Callable[[Path], None] | None = None) -> None:
    """Write files below a folder, each whole.

    All are first written to a hidden folder beside their places; then each is renamed into its place. An error or
    an interruption in between leaves every former file as it was or replaced by a whole new one.

    Args:
        folder: Where to; it is made when it does not exist.
        artifacts: The files.
        before: Called with the hidden folder when all are in it and none is in its place; may raise to stop.

    Raises:
        UsageError: The folder cannot be written, or the disk is full.
    """
    artifacts = list(artifacts)
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".onelist-", dir=folder) as name:
            staging = Path(name)
            for artifact in artifacts:
                path = staging / artifact.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(artifact.content)
            if before:
                before(staging)
            for artifact in artifacts:
                target = folder / artifact.path
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists() and not target.is_file():
                    raise UsageError(f"{target} is there already and is not a file.", "Write elsewhere with -o.")
                (staging / artifact.path).replace(target)


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet.

    Raises:
        UsageError: It exists, or it cannot be written.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("There is something among the answers that is no text.", "Write it in UTF-8.") from None
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file, _removed_on_error(path):
                file.write(text)
                file.flush()
        except FileExistsError:
            raise UsageError(
                f"{path} exists already and is left as it is.", "Edit it, or name another folder."
            ) from None


def write_over(path: Path, before: bytes, after: bytes) -> None:
    """Give a file other content, wholly or not at all; its permissions stay.

    Args:
        path: The file.
        before: What was read of it.
        after: What to write.

    Raises:
        UsageError: Somebody else has changed it since, or it cannot be written.
    """
    target = path.resolve()
    with _explained(path):
        if target.read_bytes() != before:
            raise UsageError(f"{path} was changed by somebody else in the meantime.", "Run it again.")
        with tempfile.NamedTemporaryFile(prefix=".onelist-", dir=target.parent, delete=False) as file:
            staged = Path(file.name)
            with _removed_on_error(staged):
                file.write(after)
                file.close()
                shutil.copymode(target, staged)
                staged.replace(target)


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
            "Look at the permissions and the space on the disk, or write elsewhere with -o. Nothing that was there "
            "before is damaged.",
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of the cache so that nobody ever reads half of it.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _put(content: bytes, path: Path) -> None:
    """Write a file wholly or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".onelist-", delete=False) as file:
        beside = Path(file.name)
        try:
            file.write(content)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    try:
        beside.chmod(0o644)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
