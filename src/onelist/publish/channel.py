"""A conda channel on a server: read through its repodata, and uploaded to by rattler-build."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist.core.status import Unknown
from onelist.core.system.event_loop import run_async
from onelist.publish.destination import DestinationKind
from onelist.publish.repository import (
    GITHUB_IDENTITY,
    TRUSTED_PUBLISHING,
    Identical,
    Login,
    Missing,
    RemoteStatus,
    compare,
)
from onelist.publish.upload import run_uploader
from onelist.sources.conda.records import NOARCH
from onelist.sources.faults import SourceError, SourceErrorKind, unexpected_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.publish.destination import Destination
    from onelist.publish.repository import PackageFile
    from onelist.sources.conda.gateway import Channels

_UPLOAD = """
import json, os, sys
import rattler_build
call = json.load(sys.stdin)
key = os.environ.get(call["key"], "").strip() or None
try:
    getattr(rattler_build, call["function"])(*call["arguments"], api_key=key, **call["options"])
except BaseException as error:  # a panic of Rust is not an Exception
    sys.exit(str(error))
"""
"""Uploads in a separate process: rattler-build blocks the interpreter, and Ctrl-C does not end it."""
_ABSENT = frozenset({SourceErrorKind.NOT_FOUND, SourceErrorKind.NO_NOARCH, SourceErrorKind.EMPTY})
"""What a server reports for a channel that has no package yet."""
_SERVERS = {
    DestinationKind.ANACONDA: ("ANACONDA_SERVER_URL", "ANACONDA_API_KEY"),
    DestinationKind.PREFIX: ("PREFIX_SERVER_URL", "PREFIX_API_KEY"),
    DestinationKind.QUETZ: ("", "QUETZ_API_KEY"),
}
"""The variables from which the command line of rattler-build takes another server and the key."""
_PREFIX_SERVER = "https://prefix.dev"


@dataclass(slots=True, kw_only=True)
class ChannelRepository:
    """A conda channel.

    Attributes:
        destination: The channel.
        name: The conda name of the package.
        channels: The client that reads channels.
        environment: The environment variables, with other servers and with keys.
        seconds: The time limit for one query or one upload.
    """

    destination: Destination
    name: str
    channels: Channels = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    seconds: float

    @property
    def channel(self) -> str:
        """The channel as an install line names it."""
        match self.destination.kind:
            case DestinationKind.PREFIX:
                server = self.environment.get("PREFIX_SERVER_URL") or "https://repo.prefix.dev"
                return f"{server.rstrip('/')}/{self.destination.name}"
            case DestinationKind.QUETZ:
                return f"{self.destination.server.rstrip('/')}/get/{self.destination.name}"
            case _:
                name, label = self.destination.name, self.destination.label
                return name if label in {"", "main"} else f"{name}/label/{label}"

    @property
    def login(self) -> Login:
        """Where the credentials come from."""
        _, key = _SERVERS[self.destination.kind]
        if self.environment.get(key):
            return Login(source=key)
        if self.destination.kind is DestinationKind.PREFIX and GITHUB_IDENTITY in self.environment:
            return TRUSTED_PUBLISHING
        has_file = "RATTLER_AUTH_FILE" in self.environment or Path("~/.rattler/credentials.json").expanduser().exists()
        source = f"those that rattler-build has stored, because {key} is not set"
        return Login(source=source, is_missing=not has_file)

    def remote_status(self, file: PackageFile) -> RemoteStatus:
        """Return the status of a file in the channel; caches are not used.

        On an anaconda server an owner has each file once, and labels refer to files. So a file that the label does not
        have may be there without the label.
        """
        status = self._status_in(self.channel, file)
        if (
            self.channel == self.destination.name
            or self.destination.kind is not DestinationKind.ANACONDA
            or not isinstance(status, Missing)
        ):
            return status
        without_label = self._status_in(self.destination.name, file)
        if isinstance(without_label, Identical):
            label = self.destination.label
            return Unknown(
                reason=f"the same file is there without the label {label}; add the label on the server's web page"
            )
        return without_label

    def has_package(self, name: str) -> bool:
        """Tell whether the channel lists a package with another conda name; False where it gave no answer."""
        hashes = run_async(self._hashes(self.channel, name))
        return not isinstance(hashes, SourceError) and bool(hashes)

    def _status_in(self, channel: str, file: PackageFile) -> RemoteStatus:
        hashes = run_async(self._hashes(channel, self.name))
        if isinstance(hashes, SourceError):
            return Missing() if hashes.kind in _ABSENT else Unknown(reason=hashes.reason)
        try:
            if not hashes and not run_async(self._has_repodata(channel)):
                return Unknown(reason=SourceErrorKind.UNEXPECTED_RESPONSE.clause)
        except TimeoutError:
            return Unknown(reason=SourceErrorKind.TIMED_OUT.clause)
        if hashes.get(file.name) == "":
            return Unknown(reason="lists the file without a SHA-256")
        return compare(hashes.get(file.name), file)

    async def _has_repodata(self, channel: str) -> bool:
        async with asyncio.timeout(self.seconds):
            return await self.channels.is_listing(self.channels.locate(channel), NOARCH)

    async def _hashes(self, channel: str, name: str) -> Mapping[str, str] | SourceError:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.channels.hashes(self.channels.locate(channel), NOARCH, name)
        except TimeoutError:
            return SourceError(kind=SourceErrorKind.TIMED_OUT)
        except BaseException as error:  # noqa: BLE001 - a panic of rattler
            return unexpected_error(error)

    def upload(self, files: Sequence[PackageFile], output: Path) -> None:
        """Upload files."""
        call = self._call([str(file.path) for file in files])
        command = [sys.executable, "-P", "-c", _UPLOAD]
        run_uploader(command, self.environment, self.seconds, stdin=json.dumps(call), output=output)

    def _call(self, files: Sequence[str]) -> dict[str, object]:
        variable, key = _SERVERS[self.destination.kind]
        server = self.environment.get(variable) or None
        match self.destination.kind:
            case DestinationKind.ANACONDA:
                function, arguments = "upload_package_to_anaconda", [files, self.destination.name]
                options: dict[str, object] = {"channel": [self.destination.label or "main"], "url": server}
            case DestinationKind.PREFIX:
                function, arguments = (
                    "upload_package_to_prefix",
                    [files, server or _PREFIX_SERVER, self.destination.name],
                )
                options = {"generate_attestation": self.login == TRUSTED_PUBLISHING and _takes_attestations(server)}
            case _:
                function, options = "upload_package_to_quetz", {}
                arguments = [files, self.destination.server, self.destination.name]
        return {"function": function, "arguments": arguments, "options": options, "key": key}


def _takes_attestations(server: str | None) -> bool:
    """Tell whether a server stores who built a package, signed with the identity of the runner (Sigstore, CEP 27)."""
    host = urlsplit(server or _PREFIX_SERVER).hostname or ""
    return f".{host}".endswith(".prefix.dev")
