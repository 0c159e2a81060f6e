"""Where the index is: from the settings of the real pip and the real uv."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UsageError
from onelist.sources import installers
from onelist.sources.installers import Index, find_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings of this machine."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_CONFIG_FILE", "UV_NO_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def addresses(*arguments: object) -> list[str]:
    return [index.address for index in find_indexes(*(arguments or (None, []))).indexes]  # type: ignore[arg-type]


def test_an_index_in_the_call_replaces_all_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    found = addresses("https://a.example/simple/", ["https://b.example/", "https://a.example/simple"])
    assert found == ["https://a.example/simple/", "https://b.example/"]


@pytest.mark.parametrize("file", ["/dev/null", "/nowhere/pip.conf"])
def test_pips_environment_has_priority(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", file)
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:word@pip.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://one.example/ https://two.example/")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    found = addresses()
    assert found[0] == "https://user:word@pip.example/simple"
    assert found[-2:] == ["https://one.example/", "https://two.example/"]


def test_pips_file_is_read_and_its_install_section_has_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pip.conf"
    text = "[install]\nindex-url = https://install.example/\n[global]\nindex-url = https://global.example/\ncert = /c\n"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    assert addresses()[0] == "https://install.example/"
    assert find_indexes(None, []).certificates == "/c"


@pytest.mark.parametrize("first", ["user", "named"])
def test_of_two_files_of_pip_the_one_with_priority_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """pip lists the settings in the order of the names of the files, and PIP_CONFIG_FILE goes before the user's file."""
    user, named = (tmp_path / "a", tmp_path / "b") if first == "user" else (tmp_path / "b", tmp_path / "a")
    for folder, place in ((user / "pip", "user"), (named, "named")):
        folder.mkdir(parents=True)
        text = f"[global]\nindex-url = https://{place}.example/\nextra-index-url =\n  https://one.{place}.example/\n"
        (folder / "pip.conf").write_text(f"{text}  https://two.{place}.example/\ncert = /{place}\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(named / "pip.conf"))
    found = find_indexes(None, [])
    expected = ["https://named.example/", "https://one.named.example/", "https://two.named.example/"]
    assert [index.address for index in found.indexes] == expected
    assert found.certificates == "/named"


def test_pip_is_asked_only_where_it_reads_files_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("INDEX_URL", "https://a.example/'x'\\y"), ("Extra_Index_URL", "https://b/"), ("CERT", "/c")):
        monkeypatch.setenv(f"PIP_{name}", value)
    commands: list[Sequence[str]] = []
    real = installers.run

    def run(command: Sequence[str], *more: Mapping[str, str] | None) -> str:
        commands.append(command)
        return real(command, *more)

    monkeypatch.setattr(installers, "run", run)
    without_pip = find_indexes(None, [])
    assert not any("config" in command for command in commands)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/nowhere/pip.conf")
    assert find_indexes(None, []) == without_pip
    assert any("config" in command for command in commands)
    assert [index.address for index in without_pip.indexes[:2]] == ["https://a.example/'x'\\y", "https://b/"]
    assert without_pip.certificates == "/c"


def test_uvs_index_is_used_if_pip_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    monkeypatch.setenv("UV_INDEX", "https://more.example/simple")
    assert addresses()[0] == "https://uv.example/simple"
    assert "https://more.example/simple" in addresses()


def test_uvs_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text(
        '[[index]]\nurl = "https://file.example/simple"\ndefault = true\n', encoding="utf-8"
    )
    assert addresses()[0] == "https://file.example/simple"


def test_without_settings_the_index_is_the_one_that_uv_prints() -> None:
    command = [installers.uv_program(), "pip", "compile", "-", "--emit-index-url", "--no-header", "--quiet"]
    printed = subprocess.run(command, input="", capture_output=True, text=True, check=True).stdout.split()
    assert addresses()[0] == printed[printed.index("--index-url") + 1]


def test_extra_indexes_in_the_call_come_after_those_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    assert addresses(None, ["https://mine.example/"])[-1] == "https://mine.example/"


def test_pip_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installers, "find_spec", lambda _: None)
    real = installers.run
    monkeypatch.setattr(installers, "run", lambda command, *more: "" if "config" in command else real(command, *more))
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    assert addresses() == ["https://uv.example/simple"]


def test_without_any_index_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installers, "run", lambda *_: "")
    with pytest.raises(UsageError) as caught:
        find_indexes(None, [])
    assert caught.value.message == "Neither pip nor uv has the address of a package index."


@pytest.mark.parametrize("address", ["example.org/simple", "ftp://example.org/", "https//x", ""])
def test_an_invalid_address_is_an_error(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_indexes(address, [])
    assert "is not the address of a package index" in caught.value.message


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://user:word@host.example:8443/token/simple/", "host.example:8443"),
        ("https://token@host.example/simple", "host.example"),
        ("file:///srv/index/simple/", "/srv/index/simple"),
    ],
)
def test_a_label_has_no_secret(address: str, label: str) -> None:
    assert Index(address=address).label == label
