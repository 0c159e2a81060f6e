"""Which settings of pip, uv, conda and pixi send them elsewhere; their secrets are stars."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from onelist.machine.settings import find_settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the files have other places elsewhere")


def found(home: Path, *channels: str, **variables: str) -> list[str]:
    """Return the settings of a home folder; those of this machine are left out."""
    settings = find_settings(str(home / "env"), variables, str(home), channels)
    return [f"{one.program} {one.name} {one.value}" for one in settings if not one.origin.startswith("/etc/")]


@pytest.mark.parametrize(
    ("file", "text", "settings"),
    [
        (
            ".config/pip/pip.conf",
            "[global]\nindex-url = https://ana:geheim@mirror.example/simple\n[list]\nformat = json\n",
            ["pip index-url https://**********@mirror.example/simple"],
        ),
        ("env/pip.conf", "[install]\nno_index = true\n", ["pip no_index true"]),
        (".pip/pip.conf", "[global\nindex-url = x\n", []),
        (
            ".config/uv/uv.toml",
            '[[index]]\nurl = "https://tok3ntok3n@mirror.example/simple"\n[pip]\nno-index = true\n',
            ["uv index https://**********@mirror.example/simple", "uv no-index True"],
        ),
        (".config/uv/uv.toml", "[[index]\n", []),
        (".config/uv/uv.toml", f"offline = {'9' * 5000}\n", []),
        (
            ".condarc",
            "channels: [teacher, conda-forge]\nauto_activate_base: false\n",
            ["conda channels teacher, conda-forge"],
        ),
        (".condarc", "channels: [conda-forge]\nchannel_priority: flexible\n", []),
        (".condarc", "channels: [*x\n", []),
        (".pixi/config.toml", 'default-channels = ["teacher"]\n', ["pixi default-channels teacher"]),
        (".pixi/config.toml", 'default-channels = ["conda-forge"]\n', []),
    ],
)
def test_a_file_in_the_home_folder(tmp_path: Path, file: str, text: str, settings: list[str]) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert found(tmp_path) == settings


def test_variables_and_files_that_they_name(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("offline = true\n", encoding="utf-8")
    variables = {"PIP_EXTRA_INDEX_URL": "https://a.example/?token=geheim", "UV_CONFIG_FILE": str(tmp_path / "x.toml")}
    assert found(tmp_path, **variables) == [
        "pip PIP_EXTRA_INDEX_URL https://a.example/?token=******",
        "uv offline True",
    ]


def test_a_file_of_conda_with_the_channels_of_the_install_line_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("channels: [teacher, conda-forge]\n", encoding="utf-8")
    assert found(tmp_path, "teacher", "conda-forge") == []
