"""The files of a new list: the text of its settings.ini, and workflows for its repository on GitHub."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.core.targets import DEFAULT_MIN_PYTHON
from onelist.core.version import __version__
from onelist.settings.keys import NO_CONDA

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = "3.12"
"""The Python with which the workflows run onelist."""
_WITHOUT_HASHES = "# pip checks no hashes here: docs/github.md of onelist describes how to add them.\n"
_WITH_HASHES = "# pip installs only what is listed here, and checks the hash of each file.\n"
DEPENDABOT = "dependabot.yml"
"""The configuration of Dependabot, which lies beside the folder of the workflows."""
SUGGESTION = "suggest-package.yml"
"""The issue form for suggestions, which lies in a folder of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettings:
    """What a new settings.ini says.

    Attributes:
        name: The name of the package.
        requirements: Requirements for pip and conda (PEP 508).
        pip_requirements: Requirements only for pip.
        conda_requirements: conda names, only for conda.
        extras: Each extra with its requirements.
        version: The version (PEP 440).
        description: One sentence.
        user: The owner of the GitHub repository, ``""`` for none.
        license: One of nbdev's short names or an SPDX expression, ``""`` for none.
        min_python: The lowest Python.
        channels: conda channels in the order of the install line.
        platforms: conda subdirs; none for those that onelist checks by default.
        others: Values of further keys, such as ``author``.
    """

    name: str
    requirements: tuple[str, ...]
    pip_requirements: tuple[str, ...] = ()
    conda_requirements: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    version: str = "0.1.0"
    description: str = ""
    user: str = ""
    license: str = "apache2"
    min_python: str = ".".join(map(str, DEFAULT_MIN_PYTHON))
    channels: tuple[str, ...] = ("conda-forge",)
    platforms: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def with_conda_user(new: NewSettings, owner: str) -> NewSettings:
    """Return new settings with the owner of the conda channel of the list, ``""`` for none."""
    others = {key: value for key, value in new.others.items() if key != "conda_user"}
    return replace(new, others=MappingProxyType(others | ({"conda_user": owner} if owner else {})))


def is_only_pip(new: NewSettings) -> bool:
    """Tell whether only pip installs the list."""
    return [channel.lower() for channel in new.channels] == [NO_CONDA]


def settings_ini(new: NewSettings) -> str:
    """Return the text of a settings.ini; the parser tells whether it is valid."""
    lines = [
        "[DEFAULT]",
        f"lib_name = {_value(new.name)}",
        f"version = {_value(new.version)}",
    ]
    if new.description:
        lines.append(f"description = {_value(new.description)}")
    lines += [f"{key} = {_value(value)}" for key, value in new.others.items() if key not in _PLACED]
    if new.user:
        lines.append(f"user = {_value(new.user)}")
    if address := new.others.get("git_url") or ("" if not new.user else _GITHUB):
        lines.append(f"git_url = {address if address == _GITHUB else _value(address)}")
    if new.license:
        lines.append(f"license = {_value(new.license)}")
    lines += [
        f"min_python = {_value(new.min_python)}",
        "",
        "# What the course needs, by the names on the Python package index. Write no versions.",
        *(_list("requirements", new.requirements) or ["requirements ="]),
        "# What conda must leave to pip, and what pip must leave to conda:",
        *(_list("pip_requirements", new.pip_requirements) if new.pip_requirements else ["# pip_requirements ="]),
        *(
            _list("conda_requirements", new.conda_requirements)
            if new.conda_requirements
            else ["# conda_requirements ="]
        ),
        *(line for extra, items in new.extras.items() for line in _list(f"{extra}_requirements", items)),
        "",
        "# Only pip installs the list."
        if is_only_pip(new)
        else "# In the order of the install line: mamba install -c ...",
        f"conda_channels = {_value(' '.join(new.channels))}",
    ]
    if owner := new.others.get("conda_user"):
        lines += ["# Your own conda channel, where onelist publish uploads to:", f"conda_user = {_value(owner)}"]
    if new.platforms:
        lines.append(f"platforms = {_value(' '.join(new.platforms))}")
    return "\n".join(lines) + "\n"


_PLACED = frozenset({"git_url", "conda_user"})
"""Further keys that have a place of their own."""
_GITHUB = "https://github.com/%(user)s/%(lib_name)s"
_WIDTH = 100
"""A list of names that is longer gets lines of its own."""


def _list(key: str, items: tuple[str, ...]) -> list[str]:
    """Return a key with its list, on one line or several; nothing for an empty list."""
    words = [_value(item) for item in items]
    key = "".join(key.split())  # a break in it would begin another key
    line = f"{key} = {' '.join(words)}"
    if not words or len(line) <= _WIDTH:
        return [line] if words else []
    lines = [f"{key} ="]
    for word in words:
        if len(lines) > 1 and len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"    {word}")
    return lines


def _value(text: str) -> str:
    """Return a value on one line, with ``%`` doubled as configparser's interpolation needs it."""
    return " ".join(text.split()).replace("%", "%%")


def github_files() -> dict[str, str]:
    """Return the files for a repository on GitHub: path below ``.github``, with ``/``, to content.

    These are the workflows, the form that one of them answers, the versions of the programs that they install, and what
    has a bot raise those versions.
    """
    folder = resources.files("onelist.data").joinpath("github")
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    return {_place(name): texts[name].replace("{version}", __version__) for name in sorted(texts)}


def pinned(content: str) -> str:
    """Return the requirements of a file of :func:`github_files`, without its comments."""
    return "".join(line for line in content.splitlines(keepends=True) if not line.startswith("#"))


def locked(content: str, lines: str) -> str:
    """Return a file of :func:`github_files` with everything that it installs.

    Args:
        content: The file, with one requirement.
        lines: All requirements, with hashes.
    """
    comments = content.removesuffix(pinned(content)).replace(_WITHOUT_HASHES, _WITH_HASHES)
    return comments + lines


def _place(name: str) -> str:
    if name == SUGGESTION:
        return f"ISSUE_TEMPLATE/{name}"
    return f"workflows/{name}" if name.endswith(".yml") and name != DEPENDABOT else name
