"""Where the package index is: from the installers' own settings, so that no address is written here.

pip's word goes first, since ``pip install`` is what learners type; where pip has no setting, uv says which index it
takes, which is also the public one that both take when nobody has set anything.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onelist.core.errors import UsageError
from onelist.core.text import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SECONDS = 60
_SECTIONS = ("global", "install", ":env:")
"""The parts of pip's settings that hold for ``pip install``, the stronger ones last
(https://pip.pypa.io/en/stable/topics/configuration/)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One package index.

    Attributes:
        address: Where its project pages are (PEP 503), perhaps with user and password: never to be shown.
    """

    address: str

    @property
    def label(self) -> str:
        """What may be shown of it: the host, or the folder of one on this disk."""
        parts = urlsplit(self.address)
        host = parts.netloc.rpartition("@")[2]
        return host or redact(parts.path.rstrip("/")) or "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """What ``pip install`` would look at.

    Attributes:
        indexes: The index and the further ones.
        certificates: A file of certificates to trust, from pip's settings; ``""`` for none.
    """

    indexes: tuple[Index, ...]
    certificates: str = ""


def find_indexes(index_url: str | None, extra_index_urls: Sequence[str]) -> Indexes:
    """Return the indexes to ask.

    Args:
        index_url: The index that the call names; None for the installers' own settings.
        extra_index_urls: Further ones that the call names; with ``index_url`` they are all there is.

    Returns:
        The indexes, each once.

    Raises:
        UsageError: No installer says where the index is, or an address cannot be used.
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
            "Neither pip nor uv says where the package index is.",
            "Name it with --index-url, or set index-url in pip's settings.",
        )
    extra = [*pip_settings.get("extra-index-url", "").split(), *uv_extra, *extra_index_urls]
    return Indexes(indexes=_distinct([main, *extra]), certificates=_certificates(pip_settings))


def find_certificates() -> str:
    """Return the file of certificates that pip's settings name, ``""`` for none."""
    return _certificates(_pip_settings())


def _certificates(pip_settings: Mapping[str, str]) -> str:
    return pip_settings.get("cert", "")


def _distinct(addresses: Iterable[str]) -> tuple[Index, ...]:
    found: dict[str, Index] = {}
    for address in addresses:
        if _scheme(address) not in {"http", "https", "file"}:
            raise UsageError(
                f"{redact(address)} is not the address of a package index.",
                "Write it with http://, https:// or, for a folder, file://.",
            )
        found.setdefault(address.rstrip("/"), Index(address=address))
    return tuple(found.values())


def _scheme(address: str) -> str:
    """Return how an address begins; ``""`` for one that cannot be read."""
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""


def _pip_settings() -> Mapping[str, str]:
    """Return pip's settings for ``pip install``, as ``pip config list`` prints them; none where there is no pip."""
    commands = [[sys.executable, "-P", "-m", "pip"], [shutil.which("pip") or ""]]  # -P: no pip.py of this folder
    printed = next(filter(None, (run([*command, "config", "list"]) for command in commands if command[0])), "")
    found: dict[tuple[str, str], str] = {}
    for line in printed.splitlines():
        key, _, written = line.partition("=")
        section, _, name = key.rpartition(".")
        try:
            found[section, name] = str(ast.literal_eval(written))
        except (ValueError, SyntaxError):  # a line that is no setting
            continue
    return {name: value for part in _SECTIONS for (section, name), value in found.items() if section == part}


def default_index() -> str:
    """Return the index that uv has by itself, whatever its settings say: the one to which ``uv publish`` uploads."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    return _uv_settings("--no-config", environment=bare)[0]


def _uv_settings(*options: str, environment: Mapping[str, str] | None = None) -> tuple[str, tuple[str, ...]]:
    """Return uv's index and its further ones, as ``uv pip compile --emit-index-url`` prints them."""
    command = [uv_program(), "pip", "compile", "-", "--emit-index-url", "--no-header", "--quiet", "--offline", *options]
    printed = [line.split() for line in run([*command, "--python", sys.executable], environment).splitlines()]
    values = [(words[0], words[1]) for words in printed if len(words) == 2]  # noqa: PLR2004 - an option and its value
    main = next((value for option, value in values if option == "--index-url"), "")
    return main, tuple(value for option, value in values if option == "--extra-index-url")


def uv_program() -> str:
    """Return the path of the uv that was installed along with onelist."""
    from uv import find_uv_bin

    return find_uv_bin()


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a program prints, ``""`` when it fails or there is no such program."""
    try:
        ran = subprocess.run(  # noqa: S603 - the installers beside us, with fixed arguments
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout if ran.returncode == 0 else ""
