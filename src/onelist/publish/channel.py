"""A conda channel on a server: asked through its repodata, filled by rattler-build's own uploads."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.event_loop import run_async
from onelist.publish.destination import (
    IDENTITY,
    OF_THE_MACHINE,
    Destination,
    DestinationKind,
    Identical,
    Login,
    Missing,
    NotKnown,
    RemoteStatus,
    compare,
)
from onelist.publish.upload import upload
from onelist.sources.conda.records import NOARCH
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.publish.destination import PackageFile
    from onelist.sources.conda.gateway import Channels

_UPLOAD = """
import json, os, sys
import rattler_build
call = json.load(sys.stdin)
key = os.environ.get(call["key"], "").strip() or None
try:
    getattr(rattler_build, call["function"])(*call["arguments"], api_key=key, **call["options"])
except BaseException as error:  # what Rust calls a panic is no Exception
    sys.exit(str(error))
"""
"""What uploads, in a process of its own: rattler-build lets nothing else run meanwhile, and Ctrl-C does not end it."""
_ABSENT = frozenset({SourceErrorKind.NO_SUCH, SourceErrorKind.NO_NOARCH, SourceErrorKind.EMPTY})
"""What a server says of a channel into which nothing has been uploaded yet."""
_SERVERS = {
    DestinationKind.ANACONDA: ("ANACONDA_SERVER_URL", "ANACONDA_API_KEY"),
    DestinationKind.PREFIX: ("PREFIX_SERVER_URL", "PREFIX_API_KEY"),
    DestinationKind.QUETZ: ("", "QUETZ_API_KEY"),
}
"""The variables that rattler-build's command line takes a server of one's own and the key from."""
_PREFIX = "https://prefix.dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRepository:
    """A conda channel.

    Attributes:
        aim: Which one.
        name: The conda name of the package.
        channels: Who asks channels.
        environment: The environment variables: servers of one's own, and keys.
        seconds: How long an upload may take.
    """

    aim: Destination
    name: str
    channels: Channels = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    seconds: float

    @property
    def address(self) -> str:
        """The channel as an install line names it."""
        match self.aim.kind:
            case DestinationKind.PREFIX:
                server = self.environment.get("PREFIX_SERVER_URL") or "https://repo.prefix.dev"
                return f"{server.rstrip('/')}/{self.aim.where}"
            case DestinationKind.QUETZ:
                return f"{self.aim.label.rstrip('/')}/get/{self.aim.where}"
            case _:
                label = self.aim.label
                return self.aim.where if label in {"", "main"} else f"{self.aim.where}/label/{label}"

    @property
    def login(self) -> Login:
        """Where the credentials come from."""
        _, key = _SERVERS[self.aim.kind]
        if self.environment.get(key):
            return Login(origin=key)
        if self.aim.kind is DestinationKind.PREFIX and IDENTITY in self.environment:
            return OF_THE_MACHINE
        has_file = "RATTLER_AUTH_FILE" in self.environment or Path("~/.rattler/credentials.json").expanduser().exists()
        return Login(origin=f"what rattler-build has stored, for {key} is not set", is_missing=not has_file)

    def remote_status(self, parcel: PackageFile) -> RemoteStatus:
        """Say what it has of a file, past all caches.

        A label of an anaconda server is a name for files of the owner, who has each file once: so the files without a
        label are looked at as well.
        """
        found = self._holding(self.address, parcel)
        if (
            self.address == self.aim.where
            or self.aim.kind is not DestinationKind.ANACONDA
            or not isinstance(found, Missing)
        ):
            return found
        beside = self._holding(self.aim.where, parcel)
        if isinstance(beside, Identical):
            label = self.aim.label
            return NotKnown(
                reason=f"the same file is there without the label {label}, which only its web page can give"
            )
        return beside

    def _holding(self, address: str, parcel: PackageFile) -> RemoteStatus:
        found = run_async(self._hashes(address))
        if isinstance(found, SourceError):
            return Missing() if found.kind in _ABSENT else NotKnown(reason=found.reason)
        try:
            if not found and not run_async(self._is_listing(address)):
                return NotKnown(reason=SourceErrorKind.NOT_A_CHANNEL.clause)
        except TimeoutError:
            return NotKnown(reason=SourceErrorKind.TIMED_OUT.clause)
        if found.get(parcel.name) == "":
            return NotKnown(reason="lists the file and names no SHA-256 of it")
        return compare(found.get(parcel.name), parcel)

    async def _is_listing(self, address: str) -> bool:
        async with asyncio.timeout(self.seconds):
            return await self.channels.is_listing(self.channels.place(address), NOARCH)

    async def _hashes(self, address: str) -> Mapping[str, str] | SourceError:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.channels.hashes(self.channels.place(address), NOARCH, self.name)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)

    def send(self, parcels: Sequence[PackageFile]) -> None:
        """Upload files."""
        call = self._call([str(parcel.path) for parcel in parcels])
        upload([sys.executable, "-P", "-c", _UPLOAD], self.environment, self.seconds, json.dumps(call))

    def _call(self, files: Sequence[str]) -> dict[str, object]:
        variable, key = _SERVERS[self.aim.kind]
        server = self.environment.get(variable) or None
        match self.aim.kind:
            case DestinationKind.ANACONDA:
                function, arguments = "upload_package_to_anaconda", [files, self.aim.where]
                options: dict[str, object] = {"channel": [self.aim.label or "main"], "url": server}
            case DestinationKind.PREFIX:
                function, arguments = "upload_package_to_prefix", [files, server or _PREFIX, self.aim.where]
                options = {}
            case _:
                function, arguments, options = "upload_package_to_quetz", [files, self.aim.label, self.aim.where], {}
        return {"function": function, "arguments": arguments, "options": options, "key": key}
