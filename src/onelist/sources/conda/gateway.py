"""The one place that calls rattler about channels: names to addresses, queries of repodata, and versions compared.

rattler is a 0.x library; tests/sources/conda/test_gateway.py holds each call that is made here.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

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
from onelist.core.text import redact
from onelist.core.version import __version__
from onelist.sources.cache import CachePolicy
from onelist.sources.conda.records import NOARCH, Build, PackageRecords
from onelist.sources.conda.threads import wait_at_exit
from onelist.sources.faults import SourceError, SourceErrorKind, of_status

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

Action = Literal["cache-or-fetch", "no-cache", "force-cache-only"]
_ACTIONS: Mapping[CachePolicy, Action] = {
    CachePolicy.NORMAL: "cache-or-fetch",
    CachePolicy.OFFLINE: "force-cache-only",
    CachePolicy.REFRESH: "no-cache",
}
_TABLES = frozenset({"packages", "packages.conda"})
_STATUS = re.compile(r"\((\d{3})(?: [^)]*)?\) for url \((\S+)\)")
_DECIDING = re.compile(r"(?:python|cpython|python_abi|__\w+)(?![\w.-])")
"""How dependencies begin that decide on which Python and machine a build can be used."""
_KINDS = (
    (r"no usable repodata cache|is not in the cache", SourceErrorKind.NOT_CACHED),
    (r"failed to create|[Pp]ermission denied|[Rr]ead-only file system|[Nn]o space left", SourceErrorKind.NO_CACHE),
    (r"too many redirects", SourceErrorKind.REDIRECTS),
    (r"certificate|UnknownIssuer", SourceErrorKind.CERTIFICATE),
    (r"dns error|tcp connect error|unreachable", SourceErrorKind.UNREACHABLE),
    (r"timed out", SourceErrorKind.TIMED_OUT),
    (r"reading a body|connection error|connection closed|SendRequest", SourceErrorKind.CUT),
    (r"error sending request", SourceErrorKind.UNREACHABLE),
)
"""What is in rattler's messages; whatever else it says comes of content that cannot be read."""
_RETRIES = 3
_DETAILS = (("dns error", "no such host"), ("Connection refused", "connection refused"))


def _has_tables(folder: str) -> bool:
    written = [path for path in Path(folder).glob("*.json") if not path.name.endswith(".info.json")]
    return all(_TABLES & set(json.loads(path.read_bytes())) for path in written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One channel as rattler understands it.

    Attributes:
        address: Its address, perhaps with a token: never to be shown.
        mirrors: The addresses that rattler's configuration puts in its place.
    """

    address: str
    mirrors: tuple[str, ...] = ()

    def files(self, subdir: str, name: str) -> tuple[str, ...]:
        """Return where a file of a platform may be had."""
        return tuple(f"{base.rstrip('/')}/{subdir}/{name}" for base in self.mirrors or (self.address,))


class Channels:
    """Channels, asked through rattler with the settings that pixi and rattler-build have as well.

    A query answers with builds or with a Fault; it never raises for what a server does.
    """

    def __init__(self, cache_policy: CachePolicy, folder: Path) -> None:
        """Read rattler's configuration (mirrors, proxies, certificates, credentials).

        Args:
            cache_policy: What earlier answers are good for.
            folder: Where repodata is kept.

        Raises:
            UsageError: A configuration file cannot be read.
        """
        try:
            self._config = rattler.Config.load_from_default_locations("onelist")
        except ConfigError as error:
            files = [str(path) for path, _ in rattler.Config.config_search_paths("onelist") if path.exists()]
            place = re.search(r"line \d+, column \d+", str(error))  # and no more, for the line may hold a password
            raise UsageError(
                f"rattler's configuration ({', '.join(files)}) cannot be read{': ' + place[0] if place else ''}.",
                "Mend that file.",
            ) from error
        wait_at_exit()
        self._normal = _ACTIONS[cache_policy]
        self._folder = folder
        self._gateways: dict[tuple[Action, int], rattler.Gateway] = {}

    def place(self, channel: str) -> Place:
        """Return where a channel is.

        Raises:
            UsageError: It is no channel.
        """
        hint = "Name one such as conda-forge, an address with https://, or a folder."
        if not channel.strip():
            raise UsageError("A channel must have a name.", hint)
        try:
            address = rattler.Channel(channel).base_url
        except InvalidChannelError as error:
            raise UsageError(f"{redact(channel)} is not a channel.", hint) from error
        mirrors = next(
            (tuple(others) for of, others in self._config.mirrors.items() if of.rstrip("/") == address.rstrip("/")), ()
        )
        return Place(address=address, mirrors=mirrors)

    @property
    def uses_shards(self) -> bool:
        """Whether rattler's configuration lets it read sharded repodata (CEP 16)."""
        return not self._config.repodata_config.get("disable-sharded")

    async def query(
        self, place: Place, subdir: str, names: Sequence[str], *, fresh: bool = False, retries: int = 0
    ) -> Mapping[str, PackageRecords] | SourceError:
        """Ask what a channel has for a platform.

        Args:
            place: The channel.
            subdir: The platform, or ``noarch``.
            names: conda names.
            fresh: Ask the server for everything anew, and heal what is damaged in the cache.
            retries: How often rattler itself repeats a request that failed; it does not heed Retry-After.

        Returns:
            The builds of each name that has any. A platform that is missing altogether has none (except noarch: that
            is a fault), so an empty answer proves nothing by itself.
        """
        gateway = self._gateway("no-cache" if fresh else self._normal, retries)
        try:
            (records,) = await gateway.query(
                [rattler.Channel(place.address)],
                [to_subdir(subdir)],
                list(names),
                recursive=False,
                channel_relations="disabled",
            )
            return _shelved(records, frozenset(names))
        except GatewayError as error:
            return fault_of(str(error))

    async def names(self, place: Place, subdir: str, *, fresh: bool = False) -> frozenset[str] | SourceError:
        """Return the names of all packages that a channel has for a platform, or a fault."""
        gateway = self._gateway("no-cache" if fresh else self._normal, 0)
        try:
            found = await gateway.names(
                [rattler.Channel(place.address)], [to_subdir(subdir)], channel_relations="disabled"
            )
        except GatewayError as error:
            return fault_of(str(error))
        return frozenset(name.normalized for name in found)

    async def hashes(self, place: Place, subdir: str, name: str) -> Mapping[str, str] | SourceError:
        """Return the files that a channel lists of a name, and the SHA-256 of each in hexadecimal; past all caches."""
        self.forget(place, subdir)
        gateway = self._gateway("no-cache", 0)
        try:
            (records,) = await gateway.query(
                [rattler.Channel(place.address)],
                [to_subdir(subdir)],
                [name],
                recursive=False,
                channel_relations="disabled",
            )
        except GatewayError as error:
            return fault_of(str(error))
        return {record.file_name: record.sha256.hex() if record.sha256 else "" for record in records}

    async def is_listing(self, place: Place, subdir: str) -> bool:
        """Tell whether a repodata.json is one (any object can be read as one without packages), or there is none."""
        with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
            try:
                await rattler.fetch_repo_data(
                    channels=[rattler.Channel(place.address)],
                    platforms=[to_subdir(subdir)],
                    cache_path=folder,
                    callback=None,
                    client=self.client(),
                )
                return _has_tables(folder)
            except FetchRepoDataError as error:
                return fault_of(str(error)).kind is SourceErrorKind.NO_SUCH
            except (OSError, ValueError):  # what rattler and json say of what is no JSON
                return False

    @property
    def retrying_gateway(self) -> rattler.Gateway:
        """The gateway that repeats requests by itself, for whoever asks for many packages at once."""
        return self._gateway(self._normal, _RETRIES)

    def client(self, retries: int = 0) -> rattler.Client:
        """Return a client with the configuration of rattler."""
        try:
            return rattler.Client.from_config(self._config, max_retries=retries, user_agent=f"onelist/{__version__}")
        except AuthenticationStorageError as error:
            raise UsageError(
                "rattler's store of passwords for channels cannot be read.",
                "Mend the file that RATTLER_AUTH_FILE names, or log in anew with pixi auth login.",
            ) from error

    def forget(self, place: Place, subdir: str) -> None:
        """Free the memory that a platform's repodata takes; it stays in the cache on disk."""
        for gateway in self._gateways.values():
            gateway.clear_repodata_cache(rattler.Channel(place.address), [to_subdir(subdir)])

    def _gateway(self, action: Action, retries: int) -> rattler.Gateway:
        if (action, retries) not in self._gateways:
            options = self._config.repodata_config
            per_channel = {key: _source(value, action) for key, value in options.items() if isinstance(value, dict)}
            self._gateways[action, retries] = rattler.Gateway(
                cache_dir=self._folder,
                default_config=_source(options, action),
                per_channel_config=per_channel,
                max_concurrent_requests=self._config.concurrency_downloads,
                client=self.client(retries),
            )
        return self._gateways[action, retries]


def _source(options: Mapping[str, Any], action: Action) -> rattler.SourceConfig:
    return rattler.SourceConfig(
        zstd_enabled=not options.get("disable-zstd"),
        bz2_enabled=not options.get("disable-bzip2"),
        sharded_enabled=not options.get("disable-sharded"),
        cache_action=action,
    )


def _shelved(records: Iterable[rattler.RepoDataRecord], wanted: frozenset[str]) -> Mapping[str, PackageRecords]:
    """Put records on shelves by name, each sorted by version; of most records nothing more is ever asked.

    A record's file name is ``name-version-build.conda`` (https://conda.org/learn/ceps/cep-0026), and reading it costs
    a tenth of reading the whole record: a name may have thousands.
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
        for record in alike:  # a file of another name, as few channels have them
            own = names.setdefault(record.name.normalized, {})
            own.setdefault(str(record.version), []).append(record)
    return {
        name: PackageRecords(versions=tuple(newest_first(kept)), read=_reader(kept)) for name, kept in names.items()
    }


def _reader(kept: Mapping[str, Sequence[rattler.RepoDataRecord]]) -> Callable[[str], tuple[Build, ...]]:
    return cache(lambda version: _reduced(kept[version]))


def _reduced(records: Iterable[rattler.RepoDataRecord]) -> tuple[Build, ...]:
    """Put builds of one version together that are alike in all that decides where they fit."""
    groups: dict[tuple[str, tuple[str, ...]], list[datetime.date]] = {}
    for record in records:
        requires = tuple(bare for spec in record.depends if _decides(bare := _bare(spec)))
        days = groups.setdefault((str(record.build) if record.file_name.startswith("python") else "", requires), [])
        if record.timestamp:
            days.append(record.timestamp.date())
    return tuple(
        Build(build=build, requires=requires, first=min(days, default=None), last=max(days, default=None))
        for (build, requires), days in groups.items()
    )


@cache
def _bare(spec: str) -> str:
    """Return a dependency without blanks around it and a channel in front of it; most are the same few strings."""
    return spec.strip().rpartition("::")[2]


@cache
def _decides(spec: str) -> bool:
    """Tell whether a dependency is one on Python, its ABI or the machine; most are the same few strings."""
    return _DECIDING.match(spec) is not None


def fault_of(message: str) -> SourceError:
    """Return what a message of rattler's gateway comes to."""
    status = _STATUS.search(message)
    if "could not find subdir 'noarch'" in message:
        return SourceError(kind=SourceErrorKind.NO_SUCH)
    if status:
        return of_status(int(status[1]), address=status[2])
    kind = next((kind for pattern, kind in _KINDS if re.search(pattern, message)), SourceErrorKind.NOT_A_CHANNEL)
    return SourceError(kind=kind, detail=next((said for word, said in _DETAILS if word in message), ""))


def newest_first(versions: Iterable[str]) -> list[str]:
    """Return conda's versions in their order (https://conda.org/learn/ceps/cep-0033), the newest first."""
    return sorted(versions, key=_version, reverse=True)


def version_matches(clauses: str, version: str) -> bool:
    """Tell whether a version fits the version part of a MatchSpec; ``""`` fits everything."""
    return not clauses or _version_spec(clauses).matches(_version(version))


def build_matches(spec: str, name: str, version: str, build: str) -> bool:
    """Tell whether a dependency, as a channel writes it, is met by a package."""
    parsed = _match_spec(spec)
    return parsed is not None and parsed.matches(_record(name, version, build))


def to_subdir(name: str) -> rattler.Subdir:
    """Return a platform as rattler has it."""
    return rattler.Subdir(cast("Any", name))  # its literals are those of conda, which targets.py has as well


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
    """Return a dependency; None for one that nobody can read, which then is met by nothing, as when solving."""
    try:
        return rattler.MatchSpec(text)
    except InvalidMatchSpecError:
        return None


@cache
def _record(name: str, version: str, build: str) -> rattler.PackageRecord:
    return rattler.PackageRecord(
        name=name, version=version, build=rattler.package.BuildString(build), build_number=0, subdir=NOARCH
    )
