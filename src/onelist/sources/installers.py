"""Find the package indexes in the settings of pip and uv, so that this code names no address.

pip's settings come first, because learners type ``pip install``. If pip has no setting, uv tells its index; without
any setting, that is the public index, which pip uses too.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist.core.errors import UsageError
from onelist.core.system.programs import run_program
from onelist.core.text import redact, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SECONDS = 60
"""The time limit for one program."""
_SETTINGS = frozenset({"cert", "extra-index-url", "index-url"})
"""The settings of pip that are used here."""
_SECTIONS = ("global", "install", ":env:")
"""The sections of pip's settings for ``pip install``; later ones override earlier ones
(https://pip.pypa.io/en/stable/topics/configuration/)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One package index.

    Attributes:
        address: The address of its simple API (PEP 503), perhaps with user and password: it must never be shown.
    """

    address: str

    @property
    def label(self) -> str:
        """The part of the address that may be shown: the host, or the folder of a local index."""
        parts = urlsplit(self.address)
        host = parts.netloc.rpartition("@")[2]
        return host or redact(parts.path.rstrip("/")) or "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """The indexes that ``pip install`` uses.

    Attributes:
        indexes: The main index, then the extra ones.
        certificates: The file of trusted certificates in pip's settings; ``""`` for none.
    """

    indexes: tuple[Index, ...]
    certificates: str = ""


def find_indexes(index_url: str | None, extra_index_urls: Sequence[str]) -> Indexes:
    """Return the package indexes.

    Args:
        index_url: The index of this call; None for the settings of pip and uv.
        extra_index_urls: Extra indexes of this call. With ``index_url``, the settings of pip and uv are not read.

    Returns:
        The indexes, each one once.

    Raises:
        UsageError: Neither pip nor uv names an index, or an address is not valid.
    """
    if index_url is not None:
        named = _distinct([index_url, *extra_index_urls])
        needs = any(_scheme(index.address) == "https" for index in named)
        return Indexes(indexes=named, certificates=find_certificates() if needs else "")
    pip_settings = _pip_settings()
    uv_main, uv_extra = _uv_settings()
    main = pip_settings.get("index-url", "") or uv_main
    if not main:
        raise UsageError(
            "Neither pip nor uv has the address of a package index.",
            "Give the address with --index-url, or set index-url in pip's settings.",
        )
    extra = [*pip_settings.get("extra-index-url", "").split(), *uv_extra, *extra_index_urls]
    return Indexes(indexes=_distinct([main, *extra]), certificates=_certificates(pip_settings))


def find_certificates() -> str:
    """Return the file of trusted certificates in pip's settings; ``""`` for none."""
    return _certificates(_pip_settings())


def _certificates(pip_settings: Mapping[str, str]) -> str:
    return pip_settings.get("cert", "")


def _distinct(addresses: Iterable[str]) -> tuple[Index, ...]:
    found: dict[str, Index] = {}
    for address in addresses:
        if _scheme(address) not in {"http", "https", "file"}:
            raise UsageError(
                f"{shortened(address)} is not the address of a package index.",
                "Begin it with https:// or http://, or with file:// for a folder.",
            )
        found.setdefault(address.rstrip("/"), Index(address=address))
    return tuple(found.values())


def _scheme(address: str) -> str:
    """Return the scheme of an address; ``""`` if it is not a valid address."""
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""


def _pip_settings() -> Mapping[str, str]:
    """Return pip's settings for ``pip install`` from ``pip config list``; no settings without pip."""
    if os.environ.get("PIP_CONFIG_FILE") == os.devnull and find_spec("pip"):
        return _pip_variables()
    commands = [[sys.executable, "-P", "-m", "pip"], [shutil.which("pip") or ""]]  # -P: ignore a pip.py in this folder
    for command in filter(lambda one: one[0], commands):
        if printed := run([*command, "config", "list"]):
            return _settings_of(printed, command)
    return {}


def _settings_of(printed: str, command: Sequence[str]) -> Mapping[str, str]:
    """Return the settings that ``pip config list`` has printed.

    pip prints the settings of several files in the order of the names of the files, which does not tell the one that
    has priority. pip is asked again for a setting that two files have.

    Args:
        printed: What pip printed.
        command: How to call pip.

    Returns:
        The setting of each name.
    """
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in printed.splitlines():
        key, _, written = line.partition("=")
        section, _, name = key.rpartition(".")
        try:
            value = str(ast.literal_eval(written))
        except (ValueError, SyntaxError):  # not a setting
            continue
        known = found.get(section, {})
        if name in _SETTINGS and known.get(name, value) != value:
            value = run([*command, "config", "get", key]).rstrip("\n")
        known[name] = value
    return {name: value for section in _SECTIONS for name, value in found[section].items()}


def _pip_variables() -> Mapping[str, str]:
    """Return pip's settings in environment variables: all that it has with ``os.devnull`` as its configuration file.

    Source: https://pip.pypa.io/en/stable/topics/configuration, "Environment Variables" and "PIP_CONFIG_FILE".
    """
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
    }


def default_index() -> str:
    """Return uv's own index, without any settings: ``uv publish`` uploads to it."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    return _uv_settings("--no-config", environment=bare)[0]


def _uv_settings(*options: str, environment: Mapping[str, str] | None = None) -> tuple[str, tuple[str, ...]]:
    """Return uv's main index and its extra ones, from ``uv pip compile --emit-index-url``."""
    command = [uv_program(), "pip", "compile", "-", "--emit-index-url", "--no-header", "--quiet", "--offline", *options]
    printed = [line.split() for line in run([*command, "--python", sys.executable], environment).splitlines()]
    values = [(words[0], words[1]) for words in printed if len(words) == 2]  # noqa: PLR2004 - an option and its value
    main = next((value for option, value in values if option == "--index-url"), "")
    return main, tuple(value for option, value in values if option == "--extra-index-url")


def uv_program() -> str:
    """Return the path of the uv that was installed with onelist."""
    from uv import find_uv_bin

    return find_uv_bin()


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return the output of a program; ``""`` if it fails or does not exist."""
    try:
        ran = run_program(command, seconds=_SECONDS, environment=environment)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout if ran.returncode == 0 else ""
