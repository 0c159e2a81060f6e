"""The commands that fix something in the environment that was looked at, so that they work as typed."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.machine.facts import Facts

_CONDAS = ("mamba", "conda", "micromamba")


def typed(words: Sequence[str]) -> str:
    """Return a command as people type it in the shell of their system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def new_environment(facts: Facts) -> str:
    """Return a folder for a new virtual environment."""
    return str(Path(facts.home, "venvs", facts.wanted or "course"))


def pip_install(facts: Facts, *what: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the commands that install packages from the index.

    Args:
        facts: What was found.
        *what: The packages.
        options: Options of ``pip install``.

    Returns:
        The commands: into a new virtual environment where the system owns the Python (PEP 668).
    """
    python, words = facts.python, ("install", *options, *what)
    if python.externally_managed:
        folder = new_environment(facts)
        program = Path(folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")
        return (f"{facts.python_name} -m venv {typed([folder])}", f"{typed([str(program)])} -m pip {typed(words)}")
    if facts.installed("pip"):
        return (f"{facts.python_name} -m pip {typed(words)}",)
    if facts.program("uv"):
        return (f"uv pip install --python {typed([python.executable])} {typed([*options, *what])}",)
    first = conda_install(facts, "pip") if python.is_conda else (f"{facts.python_name} -m ensurepip --upgrade",)
    return (*first, f"{facts.python_name} -m pip {typed(words)}")


def conda_install(facts: Facts, *what: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the command that installs conda packages into the environment."""
    program = next((name for name in _CONDAS if facts.program(name)), "conda")
    channels = [word for channel in facts.channels for word in ("-c", channel)]
    return (typed([program, "install", "-p", facts.python.prefix, *channels, *options, *what]),)


def install_list(facts: Facts) -> tuple[str, ...]:
    """Return the commands that install the list, the way that it is installed there already."""
    if facts.wanted in facts.conda or (facts.python.is_conda and facts.channels):
        return conda_install(facts, facts.wanted)
    return pip_install(facts, facts.wanted)
