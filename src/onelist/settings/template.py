"""The files of a new list: the text of its settings.ini, and workflows for its repository on GitHub."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from onelist.core.targets import DEFAULT_MIN_PYTHON
from onelist.core.version import __version__

PYTHON = "3.12"
"""The Python with which the workflows run onelist."""
_WITHOUT_HASHES = "# pip checks no hashes here: docs/github.md of onelist describes how to add them.\n"
_WITH_HASHES = "# pip installs only what is listed here, and checks the hash of each file.\n"
DEPENDABOT = "dependabot.yml"
"""The configuration of Dependabot, which lies beside the folder of the workflows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettings:
    """What a new settings.ini says.

    Attributes:
        name: The name of the package.
        requirements: PyPI names.
        description: One sentence.
        user: The owner of the GitHub repository, ``""`` for none.
        license: One of nbdev's short names or an SPDX expression.
        min_python: The lowest Python.
        channels: conda channels in the order of the install line.
    """

    name: str
    requirements: tuple[str, ...]
    description: str = ""
    user: str = ""
    license: str = "apache2"
    min_python: str = ".".join(map(str, DEFAULT_MIN_PYTHON))
    channels: tuple[str, ...] = ("conda-forge",)


def settings_ini(new: NewSettings) -> str:
    """Return the text of a settings.ini; the parser tells whether it is valid."""
    lines = [
        "[DEFAULT]",
        f"lib_name = {_value(new.name)}",
        "version = 0.1.0",
    ]
    if new.description:
        lines.append(f"description = {_value(new.description)}")
    if new.user:
        lines.append(f"user = {_value(new.user)}")
        lines.append("git_url = https://github.com/%(user)s/%(lib_name)s")
    lines += [
        f"license = {_value(new.license)}",
        f"min_python = {_value(new.min_python)}",
        "",
        "# What the course needs, by the names on the Python package index. Write no versions.",
        f"requirements = {_value(' '.join(new.requirements))}",
        "# What conda must leave to pip, and what pip must leave to conda:",
        "# pip_requirements =",
        "# conda_requirements =",
        "",
        "# In the order of the install line: mamba install -c ...",
        f"conda_channels = {_value(' '.join(new.channels))}",
    ]
    return "\n".join(lines) + "\n"


def _value(text: str) -> str:
    """Return a value on one line, with ``%`` doubled as configparser's interpolation needs it."""
    return " ".join(text.split()).replace("%", "%%")


def github_files() -> dict[str, str]:
    """Return the files for a repository on GitHub: path below ``.github``, with ``/``, to content.

    These are the workflows, the versions of the programs that they install, and what has a bot raise those versions.
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
    return f"workflows/{name}" if name.endswith(".yml") and name != DEPENDABOT else name
