"""A damaged shard or record makes one name unknown, not the channel, and the message says which file or record it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.asking import Asked, ask
from tests.channels import Package, compiled, interpreters, write_channel
from tests.servers import LOGIN, Answer, Fault, Server, channel_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Handler

pytestmark = pytest.mark.usefixtures("own_caches")

SHARD = "a shard, the file with the records of one package"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("stays", platforms=["linux-64"]), Package("gone")]
    return write_channel(tmp_path_factory.mktemp("channel"), packages, ["linux-64"])


@pytest.fixture
def channel(folder: Path) -> Iterator[Server]:
    with channel_server(folder) as server:
        yield server


def unpacked(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=1 << 20)


def shard(folder: Path, name: str = "gone") -> Path:
    """Return the shard of a package; each record has its name."""
    return next(path for path in sorted(folder.glob("noarch/shards/*")) if name.encode() in unpacked(path))


def address(folder: Path, file: Path) -> str:
    return f"/{file.relative_to(folder).as_posix()}"


def check(channel: Server, deadline: float = 20) -> Asked:
    return ask(
        deadline=deadline,
        conda_channels=channel.url,
        conda_requirements="gone stays",
        min_python="3.15",
        platforms="linux-64",
    )


def state(channel: Server, asked: Asked) -> str:
    """Return the answer about the package that suffers; the other one is found."""
    (gone,) = set(asked.states("gone", channel.url).values())
    assert set(asked.states("stays", channel.url).values()) == {"found 1.0"}
    return gone


def message(channel: Server, asked: Asked) -> str:
    (found,) = [text.partition(" | ")[0] for text in asked.messages("H001") if text.startswith(channel.url)]
    return found.removeprefix(f"{channel.url} ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda _: LOGIN, f"sent something else in place of {SHARD} (HASH...)"),
        (lambda _: b"", f"sent something else in place of {SHARD} (HASH...)"),
        (lambda folder: zstandard.compress(unpacked(shard(folder))[:-20]), "has a record that cannot be read"),
        (
            lambda folder: shard(folder, "python_abi").read_bytes(),
            f"sent something else in place of {SHARD} (it has no record of this package)",
        ),
        (
            lambda folder: zstandard.compress(unpacked(shard(folder)).replace(b"\xa7version", b"\xa7versiom")),
            "has a record that cannot be read (missing field `version`)",
        ),
        (
            lambda folder: zstandard.compress(unpacked(shard(folder)).replace(b"\xa3" + b"1.0", b"\xa3" + b"1.!")),
            "has a record that cannot be read (malformed version string '1.!'",
        ),
    ],
    ids=["login page", "nothing", "cut off", "that of another package", "no version", "a bad version"],
)
def test_a_shard_that_is_not_what_it_should_be(
    folder: Path, channel: Server, content: Callable[[Path], bytes], said: str
) -> None:
    place = shard(folder)
    channel.instead[address(folder, place)] = content(folder)
    asked = check(channel)
    assert state(channel, asked).startswith("unknown: ")
    found = message(channel, asked)
    assert found.startswith(said.replace("HASH", place.name[:12]))
    assert found.endswith(", so what it has of gone is not known.")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.NOT_FOUND, f"does not have {SHARD.replace(',', ' that it lists,')} (HASH...)"),
        (Fault.FORBIDDEN, "requires a password or token, or rejects the one that it got (HTTP status 403)"),
        (Fault.HANG, "did not answer in time"),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
def test_a_shard_that_does_not_come(folder: Path, channel: Server, fault: Fault, said: str) -> None:
    place = shard(folder)
    channel.fail(address(folder, place), fault)
    asked = check(channel, deadline=2)
    assert state(channel, asked).startswith("unknown: ")
    assert message(channel, asked) == f"{said.replace('HASH', place.name[:12])}, so what it has of gone is not known."


def test_a_shard_that_is_cut_off_costs_one_name_even_before_it_is_known_that_there_are_shards(
    folder: Path, channel: Server
) -> None:
    """rattler reads them before the question of onelist is answered, and does not say that the error is in a shard."""
    gate = channel.hold("/noarch/repodata_shards", methods="HEAD")

    def cut_off(handler: Handler, _: Answer) -> None:
        handler.reply(Answer(zstandard.compress(unpacked(shard(folder))[:-20])))
        handler.server.owner.closing.wait(0.1)
        gate.open()

    channel.fail(address(folder, shard(folder)), cut_off)
    asked = check(channel)
    assert state(channel, asked).startswith("unknown: ")
    assert message(channel, asked) == "has a record that cannot be read, so what it has of gone is not known."


@pytest.mark.parametrize("packed", [False, True], ids=["json", "zst"])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'"version":', b'"versiom":', "missing field `version`"),
        (b'"depends":[', b'"depends":7,"x":[', "invalid type: integer `7`, expected a sequence"),
    ],
)
def test_one_broken_record_of_repodata(  # noqa: PLR0913 - what differs between the cases
    folder: Path, channel: Server, before: bytes, after: bytes, said: str, *, packed: bool
) -> None:
    channel.fail("shards", Fault.NOT_FOUND)
    if not packed:
        channel.fail(r"\.json\.zst", Fault.NOT_FOUND)
    content = (folder / "noarch/repodata.json").read_bytes()
    start = content.index(b"{", content.index(b'"gone-1.0-0.conda"'))
    broken = content[:start] + content[start:].replace(before, after, 1)
    channel.instead["/noarch/repodata.json"] = broken
    channel.instead["/noarch/repodata.json.zst"] = zstandard.compress(broken)
    asked = check(channel)
    assert state(channel, asked).startswith("unknown: ")
    assert message(channel, asked) == f"has a record that cannot be read ({said}), so what it has of gone is not known."


def test_a_damaged_shard_that_rattler_has_kept_is_fetched_again(folder: Path, channel: Server) -> None:
    path = address(folder, shard(folder))
    channel.instead[path] = shard(folder, "python_abi").read_bytes()
    assert state(channel, check(channel)).startswith("unknown: ")
    del channel.instead[path]
    assert state(channel, check(channel)) == "found 1.0"


def test_a_channel_without_any_shard_is_unknown(channel: Server) -> None:
    channel.fail("/shards/", Fault.NOT_FOUND)
    asked = check(channel)
    assert message(channel, asked).endswith("...), so what it has is not known.")
    assert len(channel.asked("/shards/")) < 20


def test_the_repodata_of_another_platform_is_unknown(tmp_path: Path) -> None:
    """A proxy may send the file of another address. Its builds are not for this platform."""
    platforms = ["linux-64", "osx-arm64"]
    packages = [*interpreters(platforms, ["3.15"]), *compiled("stays", "1.0", platforms=platforms)]
    folder = write_channel(tmp_path / "two", packages, platforms)
    with channel_server(folder) as server:
        server.fail(r"repodata_shards|\.zst", Fault.NOT_FOUND)
        server.instead["/linux-64/repodata.json"] = (folder / "osx-arm64/repodata.json").read_bytes()
        asked = ask(
            conda_channels=server.url, conda_requirements="stays", min_python="3.15", platforms=" ".join(platforms)
        )
    reason = "unknown: sent an unexpected response, perhaps a login page (the packages of osx-arm64)"
    assert asked.states("stays", server.url) == {"linux-64/3.15": reason, "osx-arm64/3.15": "found 1.0"}
