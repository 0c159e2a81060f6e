"""Each call of rattler that onelist makes. rattler is a 0.x library, and these tests show when it changes."""

from __future__ import annotations

import asyncio
import datetime
import inspect
from typing import TYPE_CHECKING, Any

import pytest
import rattler

from onelist.core.errors import UsageError
from onelist.sources.cache import CachePolicy
from onelist.sources.conda import gateway
from onelist.sources.conda.gateway import Channels
from onelist.sources.conda.location import ChannelLocation
from onelist.sources.conda.messages import error_of_message
from onelist.sources.faults import SourceError, SourceErrorKind
from tests.channels import Package, compiled, interpreters, write_channel
from tests.servers import Server, channel_server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onelist.sources.conda.records import PackageRecords

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (rattler.Gateway, ["cache_dir", "default_config", "per_channel_config", "max_concurrent_requests", "client"]),
        (rattler.Gateway.query, ["sources", "platforms", "specs", "recursive", "channel_relations"]),
        (rattler.Gateway.names, ["sources", "platforms", "channel_relations"]),
        (rattler.Gateway.clear_repodata_cache, ["channel", "subdirs"]),
        (rattler.SourceConfig, ["zstd_enabled", "bz2_enabled", "sharded_enabled", "cache_action"]),
        (rattler.Client.from_config, ["config", "max_retries", "user_agent"]),
        (rattler.Config.load_from_default_locations, ["tool"]),
        (rattler.PackageRecord, ["name", "version", "build", "build_number", "subdir"]),
        (rattler.VersionSpec.matches, ["version"]),
        (rattler.MatchSpec.matches, ["record"]),
    ],
)
def test_rattlers_functions_have_the_parameters_that_are_used(function: Any, names: list[str]) -> None:
    assert set(names) <= set(inspect.signature(function).parameters)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        *interpreters(["linux-64"], ["3.12"]),
        *compiled("pandas", "2.1", pythons=["3.12"], platforms=["linux-64"], day="2025-01-01"),
        *compiled("pandas", "2.10", pythons=["3.12"], platforms=["linux-64"]),
        Package("pandas", "2.10", "linux-64", ("python >=3.12,<3.13.0a0", "python_abi 3.12.* *_cp312", "six"), "b_1"),
    ]
    return write_channel(tmp_path_factory.mktemp("channel"), packages, ["linux-64"])


def query(
    location: ChannelLocation, names: list[str], tmp_path: Path, *, subdir: str = "linux-64", **more: Any
) -> Mapping[str, PackageRecords] | SourceError:
    async def ask() -> Mapping[str, PackageRecords] | SourceError:
        return await Channels(CachePolicy.NORMAL, tmp_path / "repodata").query(location, subdir, names, **more)

    return asyncio.run(ask())


def test_builds_for_the_same_targets_are_one_and_versions_are_sorted(folder: Path, tmp_path: Path) -> None:
    found = query(ChannelLocation(address=folder.as_uri()), ["pandas", "python", "six"], tmp_path)
    assert not isinstance(found, SourceError)
    assert set(found) == {"pandas", "python"}
    package = found["pandas"]
    assert package.versions == ("2.10", "2.1")
    (build,) = package.builds("2.10")
    assert build.requires == ("python >=3.12,<3.13.0a0", "python_abi 3.12.* *_cp312")
    assert (build.first, build.last) == (datetime.date(2026, 6, 1), datetime.date(2026, 6, 1))
    assert package.builds("9") == ()
    assert [str(one.first) for one in package.all_builds()] == ["2026-06-01", "2025-01-01"]
    assert [one.build for one in found["python"].all_builds()] == ["h1_0_cp312"]


def test_a_missing_platform_and_a_missing_name_give_the_same_result(folder: Path, tmp_path: Path) -> None:
    """So channel.py has to find out which of the two is missing."""
    location = ChannelLocation(address=folder.as_uri())
    assert query(location, ["pandas"], tmp_path, subdir="win-64") == {}
    assert query(location, ["nothing"], tmp_path) == {}
    assert query(ChannelLocation(address=f"{folder.as_uri()}/x"), ["pandas"], tmp_path) == {}
    missing = query(ChannelLocation(address=f"{folder.as_uri()}/x"), ["pandas"], tmp_path, subdir="noarch")
    assert missing == SourceError(kind=SourceErrorKind.NOT_FOUND)


def test_the_names_of_a_platform(folder: Path, tmp_path: Path) -> None:
    async def ask() -> object:
        channels = Channels(CachePolicy.NORMAL, tmp_path / "repodata")
        found = await channels.names(ChannelLocation(address=folder.as_uri()), "linux-64")
        channels.forget(ChannelLocation(address=folder.as_uri()), "linux-64")
        return found

    assert asyncio.run(ask()) == {"pandas", "python"}


def test_sharded_repodata_is_read_shard_by_shard(folder: Path, tmp_path: Path) -> None:
    with channel_server(folder) as server:
        query(ChannelLocation(address=server.url), ["pandas"], tmp_path)
        assert len(server.asked("shards/")) == 1
        assert not server.asked("repodata.json")


@pytest.mark.parametrize("setting", ["disable-sharded", "disable-zstd"])
def test_rattlers_own_settings_are_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    write_config(
        tmp_path,
        monkeypatch,
        f"[repodata-config]\ndisable-sharded = true\n{setting} = true\n".replace(
            "disable-sharded = true\ndisable-sharded = true", "disable-sharded = true"
        ),
    )
    with channel_server(folder) as server:
        query(ChannelLocation(address=server.url), ["pandas"], tmp_path)
        assert not server.asked("shards")
        assert bool(server.asked("json.zst")) is (setting != "disable-zstd")
    assert not Channels(CachePolicy.NORMAL, tmp_path).uses_shards


def write_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "config/rattler").mkdir(parents=True)
    (tmp_path / "config/rattler/config.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_mirror_replaces_a_channel(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = rattler.Channel("some-channel").base_url.rstrip("/")
    with channel_server(folder) as server:
        write_config(tmp_path, monkeypatch, f'[mirrors]\n"{base}" = ["{server.url}"]\n')
        location = Channels(CachePolicy.NORMAL, tmp_path).locate("some-channel")
        assert location.files("noarch", "x") == (f"{server.url}/noarch/x",)
        found = query(location, ["pandas"], tmp_path)
        assert not isinstance(found, SourceError)
        assert found["pandas"].versions[0] == "2.10"


def test_a_broken_configuration_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_config(tmp_path, monkeypatch, 'mirrors = "https://ada:lovelace@h"')
    with pytest.raises(UsageError) as caught:
        Channels(CachePolicy.NORMAL, tmp_path)
    file = tmp_path / "config/rattler/config.toml"
    assert caught.value.message == f"rattler's configuration ({file}) cannot be read: line 1, column 11."


@pytest.mark.parametrize("name", ["ht!tp://x", "a::b", "conda-forge::", "::x", "a b", "a[x]", "https://"])
def test_a_name_that_is_not_a_channel_is_in_the_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Channels(CachePolicy.NORMAL, tmp_path).locate(name)
    assert caught.value.message == f"{name} is not a channel."


def test_credentials_that_rattler_has_stored_are_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with channel_server(folder) as served:
        open_answer = served.answer

        def answer(path: str, headers: Mapping[str, str]) -> Any:
            return open_answer(path, headers) if headers.get("authorization") == "Bearer open-sesame" else None

        with Server(answer) as server:
            host = server.url.removeprefix("http://")
            (tmp_path / "auth.json").write_text(f'{{"{host}": {{"BearerToken": "open-sesame"}}}}', encoding="utf-8")
            location = ChannelLocation(address=server.url)
            assert query(location, ["pandas"], tmp_path, subdir="noarch") == SourceError(kind=SourceErrorKind.NOT_FOUND)
            monkeypatch.setenv("RATTLER_AUTH_FILE", str(tmp_path / "auth.json"))
            assert not isinstance(query(location, ["pandas"], tmp_path), SourceError)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "HTTP status client error (401 Unauthorized) for url (http://h/noarch/repodata.json)",
            SourceErrorKind.ACCESS_DENIED,
        ),
        (
            "HTTP status client error (403 Forbidden) for url (http://h/t/SECRET/noarch/x)",
            SourceErrorKind.ACCESS_DENIED,
        ),
        ("HTTP status client error (404 Not Found) for url (http://h/shards/x)", SourceErrorKind.UNEXPECTED_RESPONSE),
        ("HTTP status client error (429 Too Many Requests) for url (http://h/x)", SourceErrorKind.RATE_LIMITED),
        ("HTTP status server error (500 Internal Server Error) for url (http://h/x)", SourceErrorKind.SERVER_ERROR),
        ("could not find subdir 'noarch' in channel 'http://h/'\nCaused by: HTTP (404)", SourceErrorKind.NOT_FOUND),
        ("no usable repodata cache for http://h/linux-64/", SourceErrorKind.NOT_CACHED),
        ("the shard for package 'python' is not in the cache", SourceErrorKind.NOT_CACHED),
        ("error following redirect for url (http://h/x)\nCaused by: too many redirects", SourceErrorKind.REDIRECT_LOOP),
        ("client error (Connect)\nCaused by: dns error\nCaused by: failed to lookup", SourceErrorKind.UNREACHABLE),
        (
            "client error (Connect)\nCaused by: tcp connect error\nCaused by: Connection refused",
            SourceErrorKind.UNREACHABLE,
        ),
        (
            "client error (SendRequest)\nCaused by: connection error\nCaused by: reset by peer",
            SourceErrorKind.CONNECTION_CLOSED,
        ),
        (
            "error decoding response body\nCaused by: error reading a body from connection",
            SourceErrorKind.CONNECTION_CLOSED,
        ),
        ("invalid peer certificate: UnknownIssuer", SourceErrorKind.CERTIFICATE),
        ("operation timed out", SourceErrorKind.TIMED_OUT),
        (
            "failed to decode zstd shard from 'x'\nCaused by: Unknown frame descriptor",
            SourceErrorKind.UNEXPECTED_RESPONSE,
        ),
        ("failed to parse repodata.json\nCaused by: EOF while parsing", SourceErrorKind.UNEXPECTED_RESPONSE),
        ("IO error while reading data: unexpected end of file", SourceErrorKind.UNEXPECTED_RESPONSE),
        ("received unexpected status code (304 Not Modified) when fetching x", SourceErrorKind.UNEXPECTED_RESPONSE),
        ("something new", SourceErrorKind.UNEXPECTED_RESPONSE),
    ],
)
def test_each_message_of_the_gateway_has_a_kind_of_error(message: str, kind: SourceErrorKind) -> None:
    found = error_of_message(message)
    assert found.kind is kind
    assert "SECRET" not in f"{found} {found.reason}"


@pytest.mark.parametrize(
    ("spec", "name", "version", "build", "expected"),
    [
        ("python >=3.9,<3.13.0a0", "python", "3.12.4", "0_cpython", True),
        ("python >=3.9,<3.13.0a0", "python", "3.13.0", "0_cpython", False),
        ("python", "python", "3.12.4", "x", True),
        ("python 3.12.* *_cpython", "python", "3.12.4", "0_cpython", True),
        ("python_abi 3.12.* *_cp312", "python_abi", "3.12", "8_cp312", True),
        ("python_abi 3.12.* *_cp312", "python_abi", "3.12", "8_cp312t", False),
        ("python[version='>=3.9']", "python", "3.12.4", "x", True),
        ("__glibc >=2.17,<3.0.a0", "__glibc", "2.28", "0", True),
        ("python >=3.12 a b c", "python", "3.12.4", "x", False),
        ("python [", "python", "3.12.4", "x", False),
    ],
)
def test_whether_a_dependency_is_met(spec: str, name: str, version: str, build: str, expected: bool) -> None:  # noqa: FBT001
    assert gateway.build_matches(spec, name, version, build) is expected


def test_versions_are_compared_as_conda_does() -> None:
    assert gateway.newest_first(["1.9", "1.10", "1.10rc1", "2022a", "2022c", "1!0.1"]) == [
        *("1!0.1", "2022c", "2022a", "1.10", "1.10rc1", "1.9")
    ]
    assert gateway.version_matches("", "1.0")
    assert gateway.version_matches(">=1.2,<2", "1.10")
    assert not gateway.version_matches("1.2.*", "1.20")
