"""The settings of pip, uv, conda and pixi that change where they look for packages: their files and variables.

The files are read here, and not by the installers: pip takes a third of a second to print its own.
"""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.system.regular_files import read_regular
from onelist.core.text import redact
from onelist.machine.facts import Setting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_PIP = frozenset({"index-url", "extra-index-url", "no-index", "find-links", "proxy", "target", "prefix", "constraint"})
"""The settings of pip that change what it finds, or where it puts it."""
_UV = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_OFFLINE")
_UV_KEYS = ("index", "index-url", "extra-index-url", "no-index", "find-links", "offline")
"""The settings of uv in its files that change what it finds; source: https://docs.astral.sh/uv/reference/settings."""
_PIXI_KEYS = ("default-channels", "mirrors", "pypi-config")
"""The settings of pixi that change what it finds; source: https://pixi.sh/latest/reference/pixi_configuration."""
_CONDA = ("channels", "default_channels", "channel_alias", "offline", "channel_priority")
"""The settings of conda that change what it finds."""
_USUAL = {"channels": (["defaults"], ["conda-forge"]), "channel_priority": ("flexible", "true")}
"""Values that change nothing: those of conda and of Miniforge."""
_LARGEST = 1 << 18
"""A larger file is not read, in bytes."""


def find_settings(prefix: str, variables: Mapping[str, str], home: str, channels: Sequence[str]) -> tuple[Setting, ...]:
    """Return the settings that change where installers look.

    Args:
        prefix: The folder of the environment.
        variables: The environment variables.
        home: The home folder.
        channels: The channels of the install line; a file of conda that has the same channels changes nothing.

    Returns:
        The settings, without secrets.
    """
    return (
        *_pip_settings(prefix, variables, home),
        *(_of_variable("uv", name, variables[name]) for name in _UV if variables.get(name)),
        *_toml_settings("uv", _uv_files(variables, home), _UV_KEYS),
        *_conda_settings(prefix, variables, home, channels),
        *_toml_settings("pixi", _pixi_files(variables, home), _PIXI_KEYS),
    )


def _of_variable(program: str, name: str, value: str) -> Setting:
    return Setting(program=program, name=name, value=redact(value), origin=f"the variable {name}")


def _pip_settings(prefix: str, variables: Mapping[str, str], home: str) -> Iterator[Setting]:
    """Yield pip's settings; source: https://pip.pypa.io/en/stable/topics/configuration."""
    for name in sorted(_PIP):
        variable = f"PIP_{name.upper().replace('-', '_')}"
        if variables.get(variable):
            yield _of_variable("pip", variable, variables[variable])
    for file in _pip_files(prefix, variables, home):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(_read(file))
        except configparser.Error:
            continue
        for section in ("global", "install"):
            for name, value in parser.items(section) if parser.has_section(section) else ():
                if name.replace("_", "-") in _PIP and value.strip():
                    words = " ".join(value.split())
                    yield Setting(program="pip", name=name, value=redact(words), origin=str(file))


def _pip_files(prefix: str, variables: Mapping[str, str], home: str) -> Iterator[Path]:
    chosen = variables.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return
    if sys.platform == "win32":
        yield Path(variables.get("PROGRAMDATA", "C:/ProgramData"), "pip/pip.ini")
        yield from (Path(variables.get("APPDATA", home), "pip/pip.ini"), Path(home, "pip/pip.ini"))
    else:
        yield from (Path("/etc/pip.conf"), Path("/etc/xdg/pip/pip.conf"))
        if sys.platform == "darwin":
            yield from (
                Path("/Library/Application Support/pip/pip.conf"),
                Path(home, "Library/Application Support/pip/pip.conf"),
            )
        yield Path(variables.get("XDG_CONFIG_HOME") or Path(home, ".config"), "pip/pip.conf")
        yield Path(home, ".pip/pip.conf")
    yield Path(prefix, "pip.ini" if sys.platform == "win32" else "pip.conf")
    if chosen:
        yield Path(chosen)


def _read(file: Path) -> str:
    try:
        return read_regular(file, _LARGEST).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


def _uv_files(variables: Mapping[str, str], home: str) -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(variables.get("PROGRAMDATA", "C:/ProgramData"), "uv/uv.toml")
        yield Path(variables.get("APPDATA", home), "uv/uv.toml")
    else:
        yield Path("/etc/uv/uv.toml")
        yield Path(variables.get("XDG_CONFIG_HOME") or Path(home, ".config"), "uv/uv.toml")
    if variables.get("UV_CONFIG_FILE"):
        yield Path(variables["UV_CONFIG_FILE"])


def _pixi_files(variables: Mapping[str, str], home: str) -> Iterator[Path]:
    if sys.platform != "win32":
        yield Path("/etc/pixi/config.toml")
    yield Path(variables.get("XDG_CONFIG_HOME") or Path(home, ".config"), "pixi/config.toml")
    yield Path(variables.get("PIXI_HOME") or Path(home, ".pixi"), "config.toml")


def _toml_settings(program: str, files: Iterable[Path], keys: Collection[str]) -> Iterator[Setting]:
    """Yield settings of files in TOML; those of uv may stand in its table ``pip``, too."""
    for file in files:
        try:
            content = tomllib.loads(_read(file))
        except (ValueError, RecursionError):  # ValueError also for a number with thousands of digits
            continue
        for table in (content, content.get("pip")):
            for name, value in table.items() if isinstance(table, dict) else ():
                if name in keys and value not in ([], "", False, ["conda-forge"]):
                    yield Setting(program=program, name=name, value=redact(_words(value)), origin=str(file))


def _words(value: object) -> str:
    """Return the texts in a value, with commas between them."""
    if isinstance(value, dict):
        return ", ".join(_words(one) for one in value.values())
    return ", ".join(map(_words, value)) if isinstance(value, list) else str(value)


def _conda_settings(prefix: str, variables: Mapping[str, str], home: str, channels: Sequence[str]) -> Iterator[Setting]:
    """Yield conda's settings; source: https://docs.conda.io/projects/conda, "Searching for .condarc"."""
    for variable in ("CONDA_CHANNELS", "CONDA_CHANNEL_ALIAS", "CONDA_OFFLINE", "CONDA_CHANNEL_PRIORITY"):
        if variables.get(variable):
            yield _of_variable("conda", variable, variables[variable])
    for file in _conda_files(prefix, variables, home):
        text = _read(file)
        for name, value in _mapping(text).items() if text else ():
            same = _USUAL.get(name, ())
            if name in _CONDA and value not in (*same, list(channels), None, False):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                yield Setting(program="conda", name=name, value=redact(shown), origin=str(file))


def _mapping(text: str) -> Mapping[str, object]:
    import yaml  # on need: few learners have such a file

    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def _conda_files(prefix: str, variables: Mapping[str, str], home: str) -> Iterator[Path]:
    system = (
        Path(variables.get("PROGRAMDATA", "C:/ProgramData"), "conda") if sys.platform == "win32" else Path("/etc/conda")
    )
    folders = (
        system,
        Path(prefix),
        Path(variables.get("XDG_CONFIG_HOME") or Path(home, ".config"), "conda"),
        Path(home, ".conda"),
    )
    yield from (folder / name for folder in folders for name in (".condarc", "condarc"))
    yield Path(home, ".condarc")
    if variables.get("CONDARC"):
        yield Path(variables["CONDARC"])
