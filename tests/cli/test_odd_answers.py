"""One odd answer, and one error inside onelist, never costs the rest of the report."""

from __future__ import annotations

import re
from asyncio import CancelledError
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import REPORT
from tests.channels import Package, compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import HTML_TYPE, Answer, Server, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")

PROJECTS = {"pandas": [wheel("pandas", "2.2")], "requests": [wheel("requests", "2.31")]}
KEYS = {"min_python": "3.15", "platforms": "linux-64", "requirements": "pandas requests"}
ROW = re.compile(r"(?m)^(pandas|requests) +(.*?) +(.*?)$")


@pytest.fixture(scope="module")
def folder_of_channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("pandas", "2.2", platforms=["linux-64"])]
    return write_channel(tmp_path_factory.mktemp("channel"), [*packages, Package("requests", "2.31")], ["linux-64"])


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


def write(folder: Path, **keys: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "settings.ini").write_text(settings_text(**KEYS | keys), encoding="utf-8")
    return folder


@pytest.fixture
def check(tmp_path: Path, folder_of_channel: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Check lists in folders of these names, on the index and the channel."""

    def run(*names: str) -> Ran:
        lists = [write(tmp_path / name, conda_channels=str(folder_of_channel)) for name in names]
        return onelist("check", *lists, "--index-url", f"{index.url}/simple/", "--no-resolve", "--select", "A,H")

    return run


def rows(ran: Ran) -> dict[str, tuple[str, str]]:
    return {name: (pip, conda) for name, pip, conda in ROW.findall(ran.out)}


@pytest.mark.parametrize(
    "page",
    [
        b"<![x[",
        b'<!DOCTYPE html><html><![x[ <a href="/files/pandas-2.2-py3-none-any.whl">pandas-2.2-py3-none-any.whl</a></html>',
        b'<a href="http://[x">pandas-2.2-py3-none-any.whl</a>',
        b'<a href="&#99999999999;">x</a>',
    ],
)
def test_html_that_its_parser_refuses_is_unknown_and_the_rest_is_reported(
    tmp_path: Path, folder_of_channel: Path, onelist: Callable[..., Ran], page: bytes
) -> None:
    with index_server(PROJECTS, as_html=True) as server:
        normal = server.answer

        def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
            return Answer(page, HTML_TYPE) if path == "/simple/pandas/" else normal(path, headers)

        server.answer = answer
        write(tmp_path, conda_channels=str(folder_of_channel))
        ran = onelist("check", "--index-url", f"{server.url}/simple/", "--no-resolve", "--select", "A,H")
    assert rows(ran) == {"pandas": ("unknown", "2.2"), "requests": ("2.31", "2.31")}
    assert "sent an unexpected response, perhaps a login page, so what it has of pandas is not known." in ran.out
    assert ran.code == 3


def test_a_panic_of_rattler_is_unknown_and_the_rest_is_reported(
    tmp_path: Path, folder_of_channel: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """rattler panics where a server that was never asked before answers that nothing has changed."""
    with channel_server(folder_of_channel) as channel:
        normal = channel.answer

        def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
            if re.search(r"shards|\.zst", path):
                return None
            return Answer(b"", status=304) if path.endswith("repodata.json") else normal(path, headers)

        channel.answer = answer
        write(tmp_path, conda_channels=channel.url)
        ran = onelist("check", "--index-url", f"{index.url}/simple/", "--select", "A,H,R")
    assert rows(ran) == {"pandas": ("2.2", "unknown"), "requests": ("2.31", "unknown")}
    assert re.search(
        rf"H001: {channel.url} could not be read, because of an error inside onelist or rattler \(RustPanic at .*\), so "
        r"what it has is not known\.",
        ran.out,
    )
    assert REPORT in ran.out
    assert "with pip: can be installed on Linux with Python 3.15" in ran.out
    assert ran.code == 3


class Panic(BaseException):
    """What a library in Rust raises in Python is no subclass of Exception (pyo3's PanicException)."""


@pytest.mark.parametrize("error", [KeyError, MemoryError, Panic, CancelledError])
def test_an_error_in_one_list_does_not_cost_the_others(
    check: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def broken(given: CheckInput, _: object) -> Iterator[Finding]:
        if given.project.folder.name == "bad":
            raise error
        return iter(())

    monkeypatch.setattr("onelist.checks.health.check", broken)
    ran = check("bad", "good")
    assert ran.code == 3
    assert re.findall(r"(?m)(\w+)/settings\.ini: (1 unknown|no problems)", ran.out) == [
        ("bad", "1 unknown"),
        ("good", "no problems"),
    ]
    assert f"({error.__name__} at test_odd_answers.py:" in ran.out
    assert REPORT in ran.out


@pytest.mark.parametrize("error", [KeyError, Panic, CancelledError])
@pytest.mark.parametrize("place", ["pypi.indexes.fetch", "pypi.indexes.parse", "conda.channel.ChannelClient._ask"])
def test_an_error_in_one_source_does_not_cost_the_others(
    check: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, place: str, error: type[BaseException]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error("https://ada:lovelace@host/")

    monkeypatch.setattr(f"onelist.sources.{place}", broken)
    ran = check("course")
    assert rows(ran)["pandas"] == (("2.2", "unknown") if "conda" in place else ("unknown", "2.2"))
    assert f"({error.__name__} at test_odd_answers.py:" in ran.out
    assert "lovelace" not in ran.out
    assert ran.code == 3


def _no_text(folder: Path) -> None:
    (folder / "README.md").write_bytes(b"\xff")


def _no_access(folder: Path) -> None:
    (folder / "settings.ini").unlink()
    (folder / "settings.ini").symlink_to("/proc/self/mem")


def _long_name(folder: Path) -> None:
    write(folder, lib_name="a" * 250)


def _long_path(folder: Path) -> None:
    write(folder, lib_path="a" * 300)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_no_text, "README.md:1:1: error S014: "),
        (_no_access, "settings.ini: error S014: "),
        (_long_name, "settings.ini:2:12: error S007: "),
        (_long_path, "settings.ini: no problems"),
    ],
)
def test_a_list_that_cannot_be_read_does_not_cost_the_others(
    tmp_path: Path, onelist: Callable[..., Ran], spoil: Callable[[Path], None], said: str
) -> None:
    good, bad = write(tmp_path / "good"), write(tmp_path / "bad")
    spoil(bad)
    ran = onelist("check", "--settings-only", "--select", "A,S0", bad, good)
    assert ran.err == ""
    assert f"bad/{said}" in ran.out
    assert "good/settings.ini: no problems" in ran.out
    assert ran.code == (0 if "no problems" in said else 2)
