"""A channel in a folder: its other packages stay, and its index is written again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import SettingsError, UsageError
from onelist.core.status import Unknown
from onelist.core.system.files import PUBLIC, write_atomically
from onelist.core.system.regular_files import leads_out, read_regular
from onelist.core.system.temporary import remove_leftovers
from onelist.publish.repository import Identical, Missing, RemoteStatus, UploadError, compare
from onelist.sources.conda.local import index
from onelist.sources.conda.records import NOARCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.publish.destination import Destination
    from onelist.publish.repository import PackageFile

_MAX_BYTES = 1024**3
"""The largest file that is read in a channel, in bytes: the index of a large channel has 400 MB."""
_LEADS_OUT = "is a link that leads out of the folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRepository:
    """A folder.

    Attributes:
        destination: The folder.
        platforms: The platforms that get an index, even without packages.
    """

    destination: Destination
    platforms: tuple[str, ...]

    @property
    def channel(self) -> str:
        """The channel as an install line names it."""
        return os.path.abspath(os.path.expanduser(self.destination.name))  # noqa: PTH100, PTH111 - pathlib's raises for ~nobody

    @property
    def login(self) -> None:
        """None, because a folder needs no credentials."""
        return

    def remote_status(self, file: PackageFile) -> RemoteStatus:
        """Return the status of a file in the folder."""
        folder = Path(self.channel) / NOARCH
        if leads_out(folder / file.name, Path(self.channel)):
            return Unknown(reason=_LEADS_OUT)
        try:
            content = read_regular(folder / file.name, _MAX_BYTES)
        except FileNotFoundError:
            return Missing()
        except OSError as error:
            return Unknown(reason=f"cannot be read ({error.strerror})")
        status = compare(hashlib.sha256(content).hexdigest(), file)
        return Missing() if isinstance(status, Identical) and not _is_listed(folder, file) else status

    def has_package(self, name: str) -> bool:
        """Tell whether the folder lists a package with another conda name; False where its index cannot be read."""
        folder = Path(self.channel) / NOARCH
        records = [*_listed(folder).values(), *_listed(folder, "packages").values()]
        return any(record.get("name") == name for record in records)

    def upload(self, files: Sequence[PackageFile], output: Path) -> None:  # noqa: ARG002 - it takes no time
        """Copy files, each completely or not at all, and write the index."""
        folder = Path(self.channel) / NOARCH
        if leads_out(folder, Path(self.channel)):
            raise UploadError(_LEADS_OUT)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder)
            for file in files:
                write_atomically(folder / file.name, file.path.read_bytes(), mode=PUBLIC)
            index(Path(self.channel), self.platforms)
        except OSError as error:
            raise UploadError(f"cannot be written: {error.strerror}") from None
        except (SettingsError, UsageError) as error:
            raise UploadError(f"{error.message} {error.hint}".rstrip()) from None


def _is_listed(folder: Path, file: PackageFile) -> bool:
    """Tell whether the index of a folder lists a file; an interrupted run may have copied a file without listing it."""
    return file.name in _listed(folder)


def _listed(folder: Path, key: str = "packages.conda") -> Mapping[str, Mapping[str, object]]:
    """Return the records of the packages in the index of a folder; none where it cannot be read."""
    try:
        found = json.loads(read_regular(folder / "repodata.json", _MAX_BYTES))[key]
        return {name: record for name, record in found.items() if isinstance(record, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
