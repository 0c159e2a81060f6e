"""The interface to rattler for channels: locate a channel, query its repodata, compare versions.

rattler is a 0.x library; tests/sources/conda/test_gateway.py tests each call that is made here.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urljoin

import rattler
import rattler.package
from rattler.exceptions import (
    AuthenticationStorageError,
    ConfigError,
    FetchRepoDataError,
    GatewayError,
    InvalidChannelError,
    InvalidMatchSpecError,
    InvalidVersionError,
)

from onelist.core.errors import UsageError
from onelist.core.system.temporary import lasting_folder, temporary_folder
from onelist.core.text import redact
from onelist.core.version import __version__
from onelist.settings.keys import is_channel, no_channel
from onelist.sources.cache import CachePolicy
from onelist.sources.conda.builds import builds_of, split
from onelist.sources.conda.location import ChannelLocation
from onelist.sources.conda.messages import error_of_message
from onelist.sources.conda.records import NOARCH, PackageRecords, RelatedChannel, Relation
from onelist.sources.conda.threads import wait_at_exit
from onelist.sources.faults import SourceError, SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from onelist.sources.cutoff import Cutoff


Action = Literal["cache-or-fetch", "no-cache", "force-cache-only"]
_ACTIONS: Mapping[CachePolicy, Action] = {
    CachePolicy.NORMAL: "cache-or-fetch",
    CachePolicy.OFFLINE: "force-cache-only",
    CachePolicy.REFRESH: "no-cache",
}
_TABLES = frozenset({"packages", "packages.conda"})
SOLVER_RETRIES = 3
"""How often the retrying gateway repeats a request."""


def _is_repodata(folder: Path) -> bool:
    """Tell whether each JSON file that rattler fetched into a folder has a table of packages."""
    fetched = [path for path in folder.glob("*.json") if not path.name.endswith(".info.json")]
    return all(_TABLES & set(json.loads(path.read_bytes())) for path in fetched)


class Channels:
    """Channels, queried through rattler, with the configuration that pixi and rattler-build use too.

    A query returns data or a SourceError. It never raises an exception for what a server does.
    """

    def __init__(self, cache_policy: CachePolicy, folder: Path) -> None:
        """Read rattler's configuration (mirrors, proxies, certificates, credentials).

        Args:
            cache_policy: When cached responses are used.
            folder: The folder of cached repodata.

        Raises:
            UsageError: A configuration file cannot be read.
        """
        try:
            self._config = rattler.Config.load_from_default_locations("onelist")
        except ConfigError as error:
            files = [str(path) for path, _ in rattler.Config.config_search_paths("onelist") if path.exists()]
            position = re.search(r"line \d+, column \d+", str(error))  # not the line itself, which may hold a password
            raise UsageError(
                f"rattler's configuration ({', '.join(files)}) cannot be read{': ' + position[0] if position else ''}.",
                "Correct that file.",
            ) from error
        wait_at_exit()
        self._normal = _ACTIONS[cache_policy]
        self._folder = folder
        self._gateways: dict[tuple[Action, int, bool], rattler.Gateway] = {}
        self._clients: dict[int, rattler.Client] = {}

    def locate(self, channel: str) -> ChannelLocation:
        """Return where a channel is.

        Raises:
            UsageError: This is not the name or address of a channel.
        """
        hint = "Name one such as conda-forge, an address with https://, or a folder."
        if not channel.strip():
            raise UsageError("The name of a channel is empty.", hint)
        bare = channel.strip().rstrip("/")
        if no_channel(bare) == "local":
            raise UsageError(f"{channel} is not a channel: it means what was built on your own machine.", hint)
        if no_channel(bare) or bare.lower() == "nodefaults":
            raise UsageError(
                f"{channel} is not a channel: each reader has other default channels.",
                "Name the channels themselves, such as conda-forge or pkgs/main.",
            )
        if not is_channel(channel.strip()):
            raise UsageError(f"{redact(channel)} is not a channel.", hint)
        try:
            address = rattler.Channel(channel).base_url
        except InvalidChannelError as error:
            raise UsageError(f"{redact(channel)} is not a channel.", hint) from error
        mirrors = next(
            (tuple(others) for of, others in self._config.mirrors.items() if of.rstrip("/") == address.rstrip("/")), ()
        )
        return ChannelLocation(address=address, mirrors=mirrors)

    @property
    def is_offline(self) -> bool:
        """Whether nothing is fetched."""
        return self._normal == _ACTIONS[CachePolicy.OFFLINE]

    @property
    def uses_shards(self) -> bool:
        """Whether rattler's configuration lets it read sharded repodata (CEP 16)."""
        return not self._config.repodata_config.get("disable-sharded")

    async def query(
        self, location: ChannelLocation, subdir: str, names: Sequence[str], *, refresh: bool = False, retries: int = 0
    ) -> Mapping[str, PackageRecords] | SourceError:
        """Return the packages that a channel has in a subdir.

        Args:
            location: The channel.
            subdir: The subdir.
            names: The conda names.
            refresh: Fetch everything again, which also replaces damaged files in the cache.
            retries: How often rattler repeats a failed request; it ignores Retry-After.

        Returns:
            The records of each name that has any. A missing subdir has none either (a missing noarch is an error), so
            an empty result proves nothing.
        """
        gateway = self._gateway("no-cache" if refresh else self._normal, retries, private=location.is_private)
        try:
            (records,) = await gateway.query(
                [rattler.Channel(location.address)],
                [to_subdir(subdir)],
                list(names),
                recursive=False,
                channel_relations="disabled",
            )
            return _by_name(records, frozenset(names))
        except GatewayError as error:
            return error_of_message(str(error))

    async def names(self, location: ChannelLocation, subdir: str) -> frozenset[str] | SourceError:
        """Return the names of all packages that a channel has in a subdir."""
        gateway = self._gateway(self._normal, 0, private=location.is_private)
        try:
            found = await gateway.names(
                [rattler.Channel(location.address)], [to_subdir(subdir)], channel_relations="disabled"
            )
        except GatewayError as error:
            return error_of_message(str(error))
        return frozenset(name.normalized for name in found)

    async def relations(self, location: ChannelLocation, subdir: str) -> Mapping[Relation, RelatedChannel]:
        """Return other channels that a subdir declares; none if it cannot be read.

        After a query the answer is in memory.
        """
        gateway = self._gateway(self._normal, 0, private=location.is_private)
        try:
            found = await gateway.channel_relations(rattler.Channel(location.address), to_subdir(subdir))
        except GatewayError:
            return {}
        declared = {Relation.BASE: found.base, Relation.OVERRIDES: found.overrides} if found else {}
        start = location.address.rstrip("/") + "/"
        return {
            kind: _related(urljoin(start, other))
            for kind, other in declared.items()
            if other and other.startswith("../")
        }

    async def hashes(self, location: ChannelLocation, subdir: str, name: str) -> Mapping[str, str] | SourceError:
        """Return the file names of a package in a subdir, each with its SHA-256 in hexadecimal; without any cache."""
        self.forget(location, subdir)
        gateway = self._gateway("no-cache", 0, private=location.is_private)
        try:
            (records,) = await gateway.query(
                [rattler.Channel(location.address)],
                [to_subdir(subdir)],
                [name],
                recursive=False,
                channel_relations="disabled",
            )
        except GatewayError as error:
            return error_of_message(str(error))
        return {record.file_name: record.sha256.hex() if record.sha256 else "" for record in records}

    async def is_listing(self, location: ChannelLocation, subdir: str) -> bool:
        """Tell whether repodata.json is repodata or does not exist; rattler accepts any JSON object as repodata."""
        with temporary_folder() as folder:
            try:
                await rattler.fetch_repo_data(
                    channels=[rattler.Channel(location.address)],
                    platforms=[to_subdir(subdir)],
                    cache_path=folder,
                    callback=None,
                    client=self.client(),
                )
                return _is_repodata(folder)
            except FetchRepoDataError as error:
                return error_of_message(str(error)).kind is SourceErrorKind.NOT_FOUND
            except (OSError, ValueError):  # the errors of rattler and json for what is not JSON
                return False

    def retrying_gateway(self, locations: Iterable[ChannelLocation]) -> rattler.Gateway:
        """Return the gateway that repeats failed requests itself; the solver fetches many packages with it."""
        return self._gateway(self._normal, SOLVER_RETRIES, private=any(one.is_private for one in locations))

    def client(self, retries: int = 0) -> rattler.Client:
        """Return the HTTP client of rattler with this number of retries, and with its configuration.

        To make one takes 4 ms, most of it to read the certificates.

        Raises:
            UsageError: The credentials that rattler has stored cannot be read.
        """
        if retries not in self._clients:
            self._clients[retries] = self._new_client(retries)
        return self._clients[retries]

    def _new_client(self, retries: int) -> rattler.Client:
        try:
            return rattler.Client.from_config(self._config, max_retries=retries, user_agent=f"onelist/{__version__}")
        except AuthenticationStorageError as error:
            raise UsageError(
                "The passwords for channels that rattler has stored cannot be read.",
                "Correct the file that RATTLER_AUTH_FILE names, or log in again with pixi auth login.",
            ) from error

    def forget(self, location: ChannelLocation, subdir: str) -> None:
        """Free the memory of a subdir's repodata. It stays in the cache on disk."""
        for gateway in self._gateways.values():
            gateway.clear_repodata_cache(rattler.Channel(location.address), [to_subdir(subdir)])

    def _gateway(self, action: Action, retries: int, *, private: bool) -> rattler.Gateway:
        """Return a gateway; what a private one stores is removed at the end of the program."""
        if (action, retries, private) not in self._gateways:
            options = self._config.repodata_config
            per_channel = {key: _source(value, action) for key, value in options.items() if isinstance(value, dict)}
            self._gateways[action, retries, private] = rattler.Gateway(
                cache_dir=lasting_folder() if private else self._folder,
                default_config=_source(options, action),
                per_channel_config=per_channel,
                max_concurrent_requests=self._config.concurrency_downloads,
                client=self.client(retries),
            )
        return self._gateways[action, retries, private]


def _related(address: str) -> RelatedChannel:
    """Return a channel with its short name, where that stands for the same address."""
    address = address.rstrip("/")
    name = address.rpartition("/")[2]
    try:
        is_short = rattler.Channel(name).base_url.rstrip("/") == address
    except InvalidChannelError:
        is_short = False
    return RelatedChannel(name=name if is_short else address, address=address)


def _source(options: Mapping[str, Any], action: Action) -> rattler.SourceConfig:
    return rattler.SourceConfig(
        zstd_enabled=not options.get("disable-zstd"),
        bz2_enabled=not options.get("disable-bzip2"),
        sharded_enabled=not options.get("disable-sharded"),
        cache_action=action,
    )


def _by_name(records: Iterable[rattler.RepoDataRecord], wanted: frozenset[str]) -> Mapping[str, PackageRecords]:
    """Group records by name and version. Most records are never read further.

    The file name of a record is ``name-version-build.conda`` (https://conda.org/learn/ceps/cep-0026). Reading the file
    name takes a tenth of the time of reading the whole record, and a package may have thousands of them.
    """
    stems: dict[str, list[rattler.RepoDataRecord]] = {}
    for record in records:
        stems.setdefault(record.file_name.rpartition("-")[0], []).append(record)
    names: dict[str, dict[str, list[rattler.RepoDataRecord]]] = {}
    for stem, alike in stems.items():
        name, _, version = stem.rpartition("-")
        if name in wanted and _is_version(version):
            names.setdefault(name, {})[version] = alike
            continue
        for record in alike:  # a file with another name; few channels have any
            own = names.setdefault(record.name.normalized, {})
            own.setdefault(str(record.version), []).append(record)
    return {name: _package(name, versions) for name, versions in names.items()}


def _package(name: str, versions: Mapping[str, Sequence[rattler.RepoDataRecord]]) -> PackageRecords:
    def until(cutoff: Cutoff) -> PackageRecords:
        dated, every, undated = split(name, versions, cutoff)
        return replace(_package(name, dated), with_undated=_package(name, every), undated=undated)

    return PackageRecords(
        versions=tuple(newest_first(versions)),
        read=cache(lambda version: builds_of(versions[version])),
        until=until,
        subdir=next((some[0].subdir for some in versions.values()), ""),
    )


def newest_first(versions: Iterable[str]) -> list[str]:
    """Return conda versions in their order (https://conda.org/learn/ceps/cep-0033), the newest first."""
    return sorted(versions, key=_version, reverse=True)


def version_matches(clauses: str, version: str) -> bool:
    """Tell whether a version matches the version part of a MatchSpec; each version matches ``""``."""
    return not clauses or _version_spec(clauses).matches(_version(version))


def build_matches(spec: str, name: str, version: str, build: str) -> bool:
    """Tell whether a package matches a dependency as a channel writes it."""
    parsed = _match_spec(spec)
    return parsed is not None and parsed.matches(_record(name, version, build))


def condition(spec: str) -> str | None:
    """Return the condition of a dependency (``when``, CEP 43); None if it has none, or is not valid."""
    parsed = _match_spec(spec) if "when" in spec else None
    return parsed.condition if parsed else None


def to_subdir(name: str) -> rattler.Subdir:
    """Return the subdir as an object of rattler."""
    return rattler.Subdir(cast("Any", name))  # rattler's literals are conda's names, as in targets.py


@cache
def _version(text: str) -> rattler.Version:
    return rattler.Version(text)


def _is_version(text: str) -> bool:
    try:
        _version(text)
    except InvalidVersionError:
        return False
    return True


@cache
def _version_spec(text: str) -> rattler.VersionSpec:
    return rattler.VersionSpec(text)


@cache
def _match_spec(text: str) -> rattler.MatchSpec | None:
    """Return a dependency; None if it is not valid. No package matches it then, as in the solver."""
    try:
        return rattler.MatchSpec(text)
    except InvalidMatchSpecError:
        return None


@cache
def _record(name: str, version: str, build: str) -> rattler.PackageRecord:
    return rattler.PackageRecord(
        name=name, version=version, build=rattler.package.BuildString(build), build_number=0, subdir=NOARCH
    )
