"""A shard whose bytes do not match the hash that names it is unknown, also if it is an older shard of the package."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import zstandard

from onelist.sources.cache import CachePolicy, ResponseCache
from onelist.sources.conda.gateway import Channels
from onelist.sources.conda.shard_checks import ShardChecks
from onelist.sources.conda.shard_hashes import WRONG_HASH, ShardHashes
from onelist.sources.conda.solving.missing_candidates import MissingCandidates
from onelist.sources.conda.solving.solver import Task, solve
from onelist.sources.http import Access, HttpClient, Limits
from onelist.sources.solution import Solved
from tests.asking import ask
from tests.channels import Package, interpreters, write_channel
from tests.servers import channel_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onelist.sources.solution import SolveResult
    from tests.servers import Answer, Handler, Server

pytestmark = pytest.mark.usefixtures("own_caches")

UNKNOWN = (
    "sent something else in place of a shard, the file with the records of one package (its SHA-256 is not the one "
    "that the channel lists for it), so what it has of deep is not known."
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a channel, and the same channel of an earlier day."""

    def channel(name: str, version: str) -> Path:
        packages = [
            *interpreters(["linux-64"], ["3.15"]),
            Package("app", "1.0", "noarch", ("deep >=2",)),
            Package("content", "1.0", "noarch", ("deep",)),
            Package("growing", "1.0", "noarch", ("python",)),
            Package("growing", "3.0", "noarch", ("deep >=2",)),
            Package("deep", version, "noarch", ("python",)),
        ]
        return write_channel(tmp_path_factory.mktemp(name), packages, ["linux-64"])

    return channel("new", "2.0"), channel("old", "1.0")


@pytest.fixture
def server(folders: tuple[Path, Path]) -> Iterator[Server]:
    with channel_server(folders[0]) as server:
        yield server


def unpacked(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=1 << 20)


def shard_of(folder: Path, name: str) -> Path:
    stem = f"{name}-".encode()
    return next(path for path in sorted(folder.glob("noarch/shards/*")) if stem in unpacked(path.read_bytes()))


def send_older(server: Server, folders: tuple[Path, Path]) -> str:
    """Send the shard of an earlier day in place of that of ``deep``; return its path."""
    path = f"/noarch/shards/{shard_of(folders[0], 'deep').name}"
    server.instead[path] = shard_of(folders[1], "deep").read_bytes()
    return path


def check(address: str, policy: CachePolicy = CachePolicy.NORMAL) -> tuple[set[str], list[str]]:
    asked = ask(
        cache_policy=policy,
        conda_channels=address,
        conda_requirements="deep",
        min_python="3.15",
        platforms="linux-64",
    )
    messages = [text for text in asked.messages("H001") if text.startswith(address)]
    return {state.partition(":")[0] for state in asked.states("deep", address).values()}, messages


def test_an_older_shard_of_a_requirement_is_unknown(server: Server, folders: tuple[Path, Path]) -> None:
    send_older(server, folders)
    for policy in (CachePolicy.NORMAL, CachePolicy.NORMAL, CachePolicy.REFRESH, CachePolicy.OFFLINE):
        states, messages = check(server.url, policy)
        assert states == {"unknown"}, policy
        assert [message.partition(" | ")[0] for message in messages] == [f"{server.url} {UNKNOWN}"]


def test_an_older_shard_in_the_cache_is_replaced(server: Server, folders: tuple[Path, Path]) -> None:
    path = send_older(server, folders)
    assert check(server.url)[0] == {"unknown"}
    del server.instead[path]
    assert check(server.url) == ({"found 2.0"}, [])
    assert check(server.url, CachePolicy.OFFLINE) == ({"found 2.0"}, [])


def test_a_shard_that_was_right_is_not_fetched_again(server: Server) -> None:
    assert check(server.url)[0] == {"found 2.0"}
    assert len(server.asked(r"/noarch/shards/.*")) > 0
    server.requests.clear()
    assert check(server.url)[0] == {"found 2.0"}
    assert server.asked(r"/shards/") == []


def test_a_server_that_sends_shards_only_to_rattler_is_believed(server: Server) -> None:
    """rattler has passwords that onelist has not; then there is nothing to compare."""

    def refuse(handler: Handler, normal: Answer) -> None:
        if handler.headers["Accept-Encoding"] == "identity":
            handler.begin(403, {"Content-Length": "0"})
        else:
            handler.reply(normal)

    server.fail("/shards/", refuse)
    assert check(server.url) == ({"found 2.0"}, [])
    assert len(server.asked("/noarch/shards/")) > len({request.path for request in server.asked("/noarch/shards/")})


@pytest.mark.parametrize("base", ["{url}/noarch/shards", "{url}/noarch/shards/" + "x/../" * 60, "../noarch/shards/"])
def test_the_index_says_where_the_shards_are(server: Server, folders: tuple[Path, Path], base: str) -> None:
    named = base.format(url=server.url).encode()
    size = len(named).to_bytes(2, "big")
    head = b"\xda" + size if size[0] else b"\xd9" + size[1:] if size[1] > 31 else bytes([0xA0 | size[1]])
    index = unpacked((folders[0] / "noarch/repodata_shards.msgpack.zst").read_bytes())
    changed = index.replace(b"\xa9./shards/", head + named)
    assert changed != index
    server.instead["/noarch/repodata_shards.msgpack.zst"] = zstandard.compress(changed)
    send_older(server, folders)
    assert check(server.url)[0] == {"unknown"}


def test_a_private_channel_is_compared_and_leaves_nothing(
    server: Server, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    send_older(server, folders)
    address = server.url.replace("//", "//ada:hunter2@")
    asked = ask(channels=(address,), conda_requirements="deep", min_python="3.15", platforms="linux-64")
    assert any(UNKNOWN in message for message in asked.messages("H001"))
    kept = [path for path in (tmp_path / "onelist-cache").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"hunter2" in path.read_bytes() or path.name.endswith("-shards.json")]


def _http(folder: Path) -> HttpClient:
    return HttpClient(limits=Limits(deadline=20), access=Access(), cache=ResponseCache(folder / "pages"))


def resolve(server: Server, cache: Path, spec: str) -> SolveResult:
    """Resolve a package that may need ``deep``, which no list names."""
    channels = Channels(CachePolicy.NORMAL, cache / "repodata")
    checks = ShardChecks(channels, ShardHashes(cache / "repodata", cache / "channels", _http(cache)))
    task = Task(
        locations=[channels.locate(server.url)],
        subdir="linux-64",
        specs=[spec, "python 3.15.*"],
        machine=[("__unix", "0", "0")],
        seconds=20,
    )
    return asyncio.run(solve(channels, task, MissingCandidates(channels, checks)))


@pytest.mark.parametrize("name", ["app", "content"])
def test_an_older_shard_of_a_dependency_is_unknown(
    server: Server, folders: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    """With the older one, ``app`` has no solution, and ``content`` has one with an older version."""
    path = send_older(server, folders)
    assert resolve(server, tmp_path, name) == WRONG_HASH
    assert resolve(server, tmp_path, name) == WRONG_HASH, "with the older shard in the cache"
    del server.instead[path]
    found = resolve(server, tmp_path, name)
    assert isinstance(found, Solved)
    assert {("deep", "2.0"), (name, "1.0")} <= {(package.name, package.version) for package in found.packages}
    server.requests.clear()
    assert isinstance(resolve(server, tmp_path, name), Solved)
    assert server.asked(r"/shards/") == []


def test_an_older_shard_of_a_package_that_is_not_taken_is_no_reason_against_a_newer_release(
    server: Server, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """The solution is one, whatever ``deep`` is. Why it has an old release is asked by requiring the new one."""
    path = send_older(server, folders)
    found = resolve(server, tmp_path, "growing")
    assert isinstance(found, Solved)
    assert "deep" not in {package.name for package in found.packages}
    assert resolve(server, tmp_path, "growing ==3.0") == WRONG_HASH
    del server.instead[path]
    assert isinstance(resolve(server, tmp_path, "growing ==3.0"), Solved)


def test_a_shard_of_a_mirror_is_compared(
    server: Server, folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config/rattler/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[mirrors]\n"https://forge.example.org/own" = ["{server.url}"]\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    send_older(server, folders)
    assert check("https://forge.example.org/own")[0] == {"unknown"}
