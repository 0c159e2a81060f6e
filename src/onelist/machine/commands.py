"""The commands that fix something in the environment that was looked at, so that they work as typed."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.machine.facts import Facts

_CONDAS = ("mamba", "conda", "micromamba")


def typed(words: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """Return a command as people type it in the shell of their system.

    Args:
        words: The words.
        windows: Whether that is PowerShell or ``cmd``: both take double quotes, and both read ``>`` outside of them.
    """
    if not windows:
        return shlex.join(words)
    return " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)


_PLAIN = re.compile(r"[\w%+=:./\\~-]+")


def typed_program(path: str, variables: Mapping[str, str], *, windows: bool = os.name == "nt") -> str:
    """Return the path of a program as people type it to start it.

    PowerShell takes a path in quotes for a text, unless ``&`` is in front of it (about_Operators, "Call operator"),
    which ``cmd`` does not know. Only PowerShell adds a folder of the user to ``PSModulePath`` (about_PSModulePath).
    """
    word = typed([path], windows=windows)
    in_powershell = len(variables.get("PSModulePath", "").split(";")) >= _LEAST_FOLDERS
    return f"& {word}" if windows and word.startswith('"') and in_powershell else word


_LEAST_FOLDERS = 3


def new_environment(facts: Facts) -> str:
    """Return a folder for a new virtual environment: in the home folder, or here if nothing can be written there."""
    home = facts.home if os.access(facts.home, os.W_OK | os.X_OK) else ""
    return str(Path(home, "venvs", facts.wanted or "course"))


def pip_install(facts: Facts, *what: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the commands that install packages from the index.

    Args:
        facts: What was found.
        *what: The packages.
        options: Options of ``pip install``.

    Returns:
        The commands: into a new virtual environment, with the whole list, where pip cannot install into this Python.
    """
    python, words = facts.python, ("install", *options, *what)
    if is_pixi(facts):
        return (typed(["pixi", "add", "--pypi", *what]),)
    if python.is_closed:
        listed = [facts.wanted_text] if facts.wanted else []
        return in_new_environment(facts, ("install", *dict.fromkeys([*listed, *what])))
    if facts.installed("pip"):
        return (f"{facts.python_command} -m pip {typed(words)}",)
    if facts.program("uv"):
        return (f"uv pip install --python {typed([python.executable])} {typed([*options, *what])}",)
    before = conda_install(facts, "pip") if python.is_conda else (f"{facts.python_command} -m ensurepip --upgrade",)
    return (*before, f"{facts.python_command} -m pip {typed(words)}")


def in_new_environment(facts: Facts, words: Sequence[str]) -> tuple[str, ...]:
    """Return the commands that make a virtual environment, and run pip in it with these words."""
    folder = new_environment(facts)
    program = Path(folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")
    # only Debian splits it off
    first = () if facts.python.can_make_environments else ("sudo apt install python3-venv",)
    # venv does not replace the links of an environment that is broken
    is_broken = os.path.isfile(Path(folder, "pyvenv.cfg")) and not program.exists()  # noqa: PTH113 - text
    made = f"{facts.python_command} -m venv {'--clear ' if is_broken else ''}{typed([folder])}"
    return (*first, made, f"{typed_program(str(program), facts.variables)} -m pip {typed(words)}")


def is_pixi(facts: Facts) -> bool:
    """Tell whether pixi made the environment, which changes it only through its own list (``.pixi/envs/NAME``)."""
    return Path(facts.python.prefix).parent.parts[-2:] == (".pixi", "envs")


def conda_install(facts: Facts, *what: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the command that installs conda packages into the environment; into a new one where nobody may write."""
    if is_pixi(facts):
        return ("pixi reinstall",) if options else (typed(["pixi", "add", *what]),)
    program = next((name for name in _CONDAS if facts.program(name)), "conda")
    channels = [word for channel in facts.channels for word in ("-c", channel)]
    if not facts.python.can_write:
        options, what = (), tuple(dict.fromkeys([*([facts.wanted] if facts.wanted else []), *what]))
    return (typed([program, *conda_verb(facts), *channels, *options, *what]),)


def conda_verb(facts: Facts) -> tuple[str, ...]:
    """Return the words that tell conda what to do with an environment: a new one has a name, and is made first."""
    if facts.python.can_write:
        return ("install", "-p", facts.python.prefix)
    return ("create", "-n", facts.wanted or "course")


def install_list(facts: Facts) -> tuple[str, ...]:
    """Return the commands that install the list, the way that it is installed there already."""
    if facts.wanted in facts.conda or (facts.python.is_conda and facts.channels):
        return conda_install(facts, facts.wanted)
    return pip_install(facts, facts.wanted_text)
