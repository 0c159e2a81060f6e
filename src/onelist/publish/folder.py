"""A channel that is a folder: what lies there stays, and its index is written anew."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.core.files import _put
from onelist.publish.destination import Identical, Missing, NotKnown, RemoteStatus, SendError, compare
from onelist.sources.conda.local import index
from onelist.sources.conda.records import NOARCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.publish.destination import Destination, PackageFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRepository:
    """A folder.

    Attributes:
        aim: Which one.
        platforms: The platforms that get an index, though there may be nothing for them.
    """

    aim: Destination
    platforms: tuple[str, ...]

    @property
    def address(self) -> str:
        """The channel as an install line names it."""
        return os.path.abspath(os.path.expanduser(self.aim.where))  # noqa: PTH100, PTH111 - pathlib's raises for ~nobody

    @property
    def login(self) -> None:
        """Nothing, since a folder needs none."""
        return

    def remote_status(self, parcel: PackageFile) -> RemoteStatus:
        """Say what it has of a file."""
        folder = Path(self.address) / NOARCH
        try:
            content = (folder / parcel.name).read_bytes()
        except FileNotFoundError:
            return Missing()
        except OSError as error:
            return NotKnown(reason=f"cannot be read ({error.strerror})")
        found = compare(hashlib.sha256(content).hexdigest(), parcel)
        return Missing() if isinstance(found, Identical) and not _is_listed(folder, parcel) else found

    def send(self, parcels: Sequence[PackageFile]) -> None:
        """Copy files, each wholly or not at all, and write the index."""
        folder = Path(self.address) / NOARCH
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for parcel in parcels:
                _put(parcel.path.read_bytes(), folder / parcel.name)
            index(Path(self.address), self.platforms)
        except OSError as error:
            raise SendError(f"cannot be written: {error.strerror}") from None
        except UsageError as error:
            raise SendError(f"{error.message} {error.hint}") from None


def _is_listed(folder: Path, parcel: PackageFile) -> bool:
    """Tell whether the index of a folder lists a file; one that a run which broke off has copied may not be."""
    try:
        return parcel.name in json.loads((folder / "repodata.json").read_bytes())["packages.conda"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
