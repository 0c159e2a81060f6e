"""Commands in cells, scripts and Dockerfiles -> what they install with pip, conda and apt."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.text import printable
from onelist.importing.conda_files import read_match_spec
from onelist.importing.model import NamedPackage, Place, Remark
from onelist.importing.requirements_txt import read_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from onelist.importing.model import ReadFile

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_MAGIC = re.compile(r"^\s*(?:[\w.,][\w., \t]*=\s*)?[!%]{1,2}\s*")
"""What stands before a command in a notebook: ``!``, ``%`` or ``output = !``."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")
_PYTHON = re.compile(r"python[\d.]*|\{sys\.executable\}|\$\{?(?:sys\.executable|PYTHON)\}?|uv|py")
_BEFORE = frozenset("RUN sudo exec time env then do else if { ( ! nohup command".split())
"""Words of a shell and of a Dockerfile that stand before a command."""
_PIP = frozenset({"pip", "pip3"})
_CONDA = frozenset({"conda", "mamba", "micromamba"})
_APT = frozenset({"apt", "apt-get"})
_TOOLS = frozenset({"pip", "setuptools", "wheel", "conda", "mamba"})
"""What people only bring up to date before they install what they want."""
_OPTIONS_WITH_VALUE = frozenset(
    "-C -P -c -f -i -n -o -p -r -t --abi --cache-dir --cert --channel --client-cert --config-settings --constraint "
    "--default-index --exclude-newer --exists-action --extra-index-url --file --find-links --global-option "
    "--implementation --index --index-strategy --index-url --link-mode --log --name --no-binary --only-binary "
    "--platform --prefix --prerelease --progress-bar --proxy --python --python-version --report --repodata-fn "
    "--requirement --resolution --retries --root --root-user-action --solver --src --target --timeout "
    "--torch-backend --trusted-host --upgrade-package --upgrade-strategy --use-deprecated --use-feature".split()
)
"""Options of pip, uv and conda behind which a value stands."""
MOST_CHARACTERS = 10_000
"""A longer line is no command that a person wrote."""
_REQUIREMENTS = frozenset({"-r", "--requirement"})


class Installed(NamedTuple):
    """What commands install.

    Attributes:
        packages: The packages, in order.
        remarks: What a person must decide.
        channels: The conda channels that they name.
    """

    packages: list[NamedPackage]
    remarks: list[Remark]
    channels: list[str]


def read_commands(text: str, place: Place, include: Callable[[str], ReadFile | None]) -> Installed:
    """Read commands.

    Args:
        text: The text of a cell, a script or a Dockerfile; lines that are no commands do not count.
        place: Where it is.
        include: Reads the file that ``pip install -r`` names.

    Returns:
        What its commands install.
    """
    found = Installed([], [], [])
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if " install" in line and len(line) <= MOST_CHARACTERS:
            for command in _commands(_COMMENT.sub("", _MAGIC.sub("", line)).strip()):
                _read(command, place, include, found)
    return found


def debian_remark(names: Sequence[str], place: Place) -> Remark:
    """Return what is to be decided about packages of Debian, which neither pip nor conda installs."""
    return Remark(
        place,
        f"{' '.join(map(printable, names))}: these are packages of Debian. If a conda channel has them, add them to "
        "conda_requirements.",
    )


def _commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each command of a line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for word in lexer:
            if word.strip(";&|"):
                words.append(word)
            else:
                yield words
                words = []
    except ValueError:  # a quote has no end: the line may be no command
        words = re.sub("[\"']", " ", line).split()
    yield words


def _read(words: list[str], place: Place, include: Callable[[str], ReadFile | None], found: Installed) -> None:
    """Read one command."""
    tool, rest = _tool(words)
    options = _before_install(rest)
    if options is None:
        return
    arguments = rest[len(options) + 1 :]
    if tool in _APT:
        if names := [word for word in arguments if not word.startswith("-")]:
            found.remarks.append(debian_remark(names, place))
        return
    option = ""
    for word in arguments:
        if option in {"-c", "--channel"} and tool in _CONDA:
            found.channels.append(word)
        elif tool in _PIP and (name := _included(option, word)):
            _add_file(name, place, include, found)
        elif not option and not word.startswith("-"):
            _add(read_line(word, place) if tool in _PIP else read_match_spec(word, place), found)
        option = word if word in _OPTIONS_WITH_VALUE and not option else ""


def _tool(words: list[str]) -> tuple[str, list[str]]:
    """Return the name of the tool of a command, and the words behind it."""
    rest = list(words)
    while rest and (
        rest[0] in _BEFORE or _ASSIGNMENT.fullmatch(rest[0]) or (rest[0].startswith("-") and rest != words)
    ):
        rest.pop(0)
    if rest and _PYTHON.fullmatch(_last_part(rest[0])):
        rest.pop(0)
        if rest[:1] == ["-m"]:
            rest.pop(0)
    tool = _last_part(rest[0]) if rest else ""
    return (tool, rest[1:]) if tool in _PIP | _CONDA | _APT else ("", [])


def _last_part(word: str) -> str:
    return word.rpartition("/")[2]


def _before_install(words: list[str]) -> list[str] | None:
    """Return the options before ``install``; None for another command."""
    for number, word in enumerate(words):
        if word == "install":
            return words[:number]
        if not word.startswith("-"):
            break
    return None


def _included(option: str, word: str) -> str:
    """Return the file that ``-r FILE``, ``-rFILE`` or ``--requirement=FILE`` names; ``""`` for another word."""
    if option in _REQUIREMENTS:
        return word
    attached = re.fullmatch(r"(?:-r|--requirement=)(.+)", word)
    return attached[1] if attached and not option else ""


def _add_file(name: str, place: Place, include: Callable[[str], ReadFile | None], found: Installed) -> None:
    other = include(name)
    if other is None:
        _add(read_line(f"-r {name}", place), found)
    else:
        found.packages.extend(other.items)
        found.remarks.extend(other.decisions)


def _add(one: NamedPackage | Remark, found: Installed) -> None:
    if isinstance(one, Remark):
        found.remarks.append(one)
    elif one.name.lower() not in _TOOLS:
        found.packages.append(one)
