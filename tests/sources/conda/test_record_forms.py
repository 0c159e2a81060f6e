"""Records that only some clients read (CEP 43, 44, 45, 48): the answer is the same however the channel is served."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from onelist.core.system.event_loop import run_async
from onelist.core.targets import Target
from onelist.publish import install_lines
from onelist.sources.config import NetworkOptions
from onelist.sources.session import SourceSession
from onelist.sources.solution import NoSolution, Solved
from tests import helpers
from tests.channels import Package, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import settings_text
from tests.servers import channel_server, index_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

WELL = helpers.WELL | {"platforms": "linux-64"}
MEMBERS = [
    *interpreters(pythons=["3.12", "3.13", "3.14"]),
    Package("mix", "1.0"),
    Package("same", "1.0"),
    Package("cond", "2.0", depends=("python", 'mix >=1[when="__unix"]')),
    Package("cond", "1.0"),
    Package("only", "1.0", depends=("python", 'mix >=1[when="__unix"]')),
    Package("needs-cond", "1.0", depends=("python", "cond >=2")),
    Package("needs-wheel", "1.0", depends=("python", "wheel-only")),
    Package("with-extra", "1.0", depends=("python", "mix[extras=[a]]")),
    Package("for-windows", "1.0", depends=("python", 'python >=3.14[when="__win"]')),
    Package("plain", "1.0"),
]
WHEELS = (("mix", "2.0"), ("same", "1.0"), ("wheel-only", "1.0"))


def wheel_record(name: str, version: str) -> dict[str, Any]:
    """Return the record of a wheel; rattler's indexer makes none."""
    return {
        "name": name,
        "version": version,
        "build": "py3_none_any_0",
        "build_number": 0,
        "depends": ["python"],
        "subdir": "noarch",
        "noarch": "python",
        "md5": "0" * 32,
        "sha256": "a" * 64,
        "size": 5,
        "timestamp": 1780272000000,
        "url": f"https://files.example.org/{name}-{version}-py3-none-any.whl",
    }


def packed_message(value: Any) -> bytes:
    """Return plain data as MessagePack, in its 32-bit forms (https://github.com/msgpack/msgpack/blob/master/spec.md)."""
    match value:
        case bool() | None:
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case int():
            return b"\xd3" + struct.pack(">q", value)
        case str():
            raw = value.encode()
            return b"\xdb" + struct.pack(">I", len(raw)) + raw
        case bytes():
            return b"\xc6" + struct.pack(">I", len(value)) + value
        case list():
            return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(packed_message, value))
    pairs = (packed_message(key) + packed_message(content) for key, content in value.items())
    return b"\xdf" + struct.pack(">I", len(value)) + b"".join(pairs)


def write_shards(folder: Path, repodata: dict[str, Any]) -> None:
    """Write the sharded form of repodata (CEP 16)."""
    shards: dict[str, dict[str, Any]] = {}

    def shard(record: dict[str, Any]) -> dict[str, Any]:
        return shards.setdefault(record["name"], {"packages": {}, "packages.conda": {}, "removed": [], "v3": {}})

    def binary(record: dict[str, Any]) -> dict[str, Any]:
        return record | {key: bytes.fromhex(record[key]) for key in ("md5", "sha256")}

    for key, record in repodata["packages.conda"].items():
        shard(record)["packages.conda"][key] = binary(record)
    for form, records in repodata["v3"].items():
        for key, record in records.items():
            shard(record)["v3"].setdefault(form, {})[key] = binary(record)
    shutil.rmtree(folder / "shards", ignore_errors=True)
    (folder / "shards").mkdir()
    hashes = {}
    for name, content in shards.items():
        packed = zstandard.compress(packed_message(content))
        hashes[name] = hashlib.sha256(packed).digest()
        (folder / "shards" / f"{hashes[name].hex()}.msgpack.zst").write_bytes(packed)
    info = {"subdir": "noarch", "base_url": "./", "shards_base_url": "./shards/", "created_at": "2026-06-01T00:00:00Z"}
    index = packed_message({"version": 1, "info": info, "shards": hashes})
    (folder / "repodata_shards.msgpack.zst").write_bytes(zstandard.compress(index))


@dataclass(frozen=True)
class Served:
    """The same channel, served in one of three ways."""

    sharded: Server
    compressed: Server
    flat: Server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    sharded = write_channel(tmp_path_factory.mktemp("forms") / "sharded", MEMBERS, ["linux-64"])
    noarch = sharded / "noarch"
    repodata = json.loads((noarch / "repodata.json").read_bytes())
    repodata["v3"]["whl"] = {
        f"{name}-{version}-py3_none_any_0": wheel_record(name, version) for name, version in WHEELS
    }
    raw = json.dumps(repodata).encode()
    (noarch / "repodata.json").write_bytes(raw)
    (noarch / "repodata.json.zst").write_bytes(zstandard.compress(raw))
    write_shards(noarch, repodata)
    compressed = shutil.copytree(sharded, sharded.parent / "compressed", ignore=shutil.ignore_patterns("*shards*"))
    flat = shutil.copytree(compressed, sharded.parent / "flat", ignore=shutil.ignore_patterns("*.zst"))
    with channel_server(sharded) as first, channel_server(compressed) as second, channel_server(flat) as third:
        yield Served(sharded=first, compressed=second, flat=third)


@pytest.fixture
def check(tmp_path: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Check for conda what a channel has."""

    def run(server: Server, listed: str, *arguments: str) -> Ran:
        (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
        keys = WELL | {"conda_channels": server.url, "conda_requirements": listed}
        (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        more = ("--ignore", "S,H1,G,D,F,P,A101", "--installer", "conda", "--index-url")
        with index_server({}) as index:
            return onelist("check", *arguments, *more, f"{index.url}/simple/", now=NOW)

    return run


def answer(ran: Ran) -> tuple[Any, ...]:
    """Return the states, the versions and the codes of a report."""
    report = json.loads(ran.out)
    states = [(one["target"], one["state"], one["version"]) for one in report["answers"] if one["channel"] != "pip"]
    rows = [(one["target"], one["state"], one["versions"]) for one in report["resolutions"]]
    return ran.code, states, rows, [one["code"] for one in report["findings"] if one["code"] != "A102"]


@pytest.mark.parametrize(
    "listed",
    ["mix", "mix>=2", "same", "cond", "cond>=2", "only", "needs-cond", "needs-wheel", "wheel-only", "with-extra plain"],
)
def test_the_answer_is_the_same_however_the_channel_is_served(
    check: Callable[..., Ran], served: Served, listed: str
) -> None:
    answers = [
        answer(check(server, listed, "--format", "json")) for server in (served.sharded, served.compressed, served.flat)
    ]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("listed", "version"), [("mix", "1.0"), ("same", "1.0"), ("cond", "2.0"), ("only", "1.0"), ("with-extra", "1.0")]
)
def test_a_wheel_is_not_taken_and_the_new_form_is(
    check: Callable[..., Ran], served: Served, listed: str, version: str
) -> None:
    report = json.loads(check(served.sharded, listed, "--format", "json").out)
    for row in report["resolutions"][:3]:
        assert row["state"] == "resolved"
        assert row["versions"][listed] == version
        assert row["versions"].get("mix", "1.0") == "1.0"


def test_a_newer_version_in_the_new_form_is_marked(check: Callable[..., Ran], served: Served) -> None:
    ran = check(served.flat, "cond")
    assert ran.code == 0
    assert (
        f"info A102: Only pixi, and conda with the rattler solver, see cond 2.0 on {served.flat.url} on Linux with "
        "Python 3.12 to 3.14. mamba takes 1.0.\n"
    ) in ran.out
    assert "with mamba:" not in ran.out
    answers = json.loads(check(served.flat, "cond", "--format", "json").out)["answers"]
    assert {one["reason"] for one in answers if one["state"] == "found"} == {
        "pixi, and conda with the rattler solver, see it; mamba does not, and takes 1.0"
    }


def test_what_has_only_the_new_form_is_a_warning(check: Callable[..., Ran], served: Served) -> None:
    ran = check(served.flat, "only")
    assert (
        f"warning A013: Only pixi, and conda with the rattler solver, see only 1.0 on {served.flat.url} on Linux with "
        "Python 3.12 to 3.14. mamba does not, and there is no other version for it.\n"
    ) in ran.out
    assert "  with mamba: cannot be installed with Python 3.12 to 3.14: it does not see only\n" in ran.out
    assert "R009" not in ran.out
    assert "error" not in ran.out


def test_a_dependency_that_has_only_the_new_form_is_a_warning(check: Callable[..., Ran], served: Served) -> None:
    ran = check(served.flat, "needs-cond")
    assert (
        ": warning R009: mamba, and conda with its default solver, cannot install the list with Python 3.12 to "
        "3.14: they do not see the versions of cond that it needs.\n"
    ) in ran.out
    assert "error" not in ran.out


def test_a_wheel_in_shards_is_named(check: Callable[..., Ran], served: Served) -> None:
    ran = check(served.sharded, "wheel-only")
    assert (
        "error A005: mamba, and conda with its default solver, cannot install wheel-only on any platform: "
        f"{served.sharded.url} has wheel-only 1.0 as a wheel: pixi, and conda with the rattler solver, see it; mamba does not.\n"
    ) in ran.out
    assert "    Tell learners to use pixi, or conda with the rattler solver.\n" in ran.out


def test_a_condition_for_another_machine_is_no_bound(check: Callable[..., Ran], served: Served) -> None:
    """The record is found for the Pythons that its condition does not concern."""
    report = json.loads(check(served.flat, "for-windows", "--format", "json").out)
    states = {one["target"]: one["state"] for one in report["answers"] if one["channel"] != "pip"}
    assert [states[f"linux-64/{python}"] for python in ("3.12", "3.13", "3.14")] == ["found"] * 3
    assert [row["state"] for row in report["resolutions"][:3]] == ["resolved"] * 3


def test_a_line_for_mamba_is_about_what_mamba_sees(
    check: Callable[..., Ran], served: Served, onelist: Callable[..., Ran]
) -> None:
    """explain said that mamba finds what only pixi sees, and publish that the line for mamba works with it."""
    check(served.flat, "only cond")
    line = f"mamba install -c {served.flat.url} course-meta: "
    with index_server({}) as index:
        arguments = ("--index-url", f"{index.url}/simple/")
        only = onelist("explain", "only", *arguments, now=NOW).out
        cond = onelist("explain", "cond", *arguments, now=NOW).out
    assert f"\n{line}cannot install it on Linux with Python 3.12 to 3.15.\n" in only
    assert f"\n{line}finds it with Python 3.12 to 3.14; cannot install it with Python 3.15.\n" in cond
    session = SourceSession(NetworkOptions(environment=os.environ))
    target = Target(platform="linux-64", python=(3, 12))
    lines = [
        run_async(install_lines._resolve_with_rattler(spec, (served.flat.url,), session, target))  # noqa: SLF001
        for spec in ("needs-cond", "cond")
    ]
    assert [type(one) for one in lines] == [NoSolution, Solved]
