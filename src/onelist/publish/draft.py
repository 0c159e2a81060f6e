"""A first conda recipe for a package that no channel has: grayskull's, marked as a draft, with what must be looked at.

grayskull finds out what a package depends on by running its ``setup.py``; so it runs in a process of its own, with a
time limit, and only for somebody who has agreed. What it says about whether a channel has something is not used: it
calls a dead network "missing".
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UnavailableError, UsageError
from onelist.core.model import Artifact
from onelist.sources.http import access
from onelist.sources.installers import find_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPE = "meta.yaml"
INSTALL = "python -m pip install 'onelist[draft]'"
_CERTIFICATES = "REQUESTS_CA_BUNDLE"
"""The variable in which requests, which grayskull downloads with, looks for a file of certificates to trust."""
_PLACEHOLDER = "AddYourGitHubIdHere"


def make_draft(name: str, seconds: float) -> Artifact:
    """Have grayskull write a recipe, which downloads the package and runs its setup.py.

    Args:
        name: The project on the package index.
        seconds: After how long to give up.

    Returns:
        The recipe, marked as a draft, with the list of what must be looked at on its first lines.

    Raises:
        UsageError: grayskull is not installed.
        UnavailableError: It did not finish in time, or made no recipe.
    """
    if importlib.util.find_spec("grayskull") is None:
        raise UsageError("A draft is made by grayskull, which is not installed.", f"Install it with: {INSTALL}")
    with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
        said = _run_grayskull(name, Path(folder), seconds)
        found = next(Path(folder).glob(f"*/{RECIPE}"), None)
        if found is None:
            raise UnavailableError(
                f"grayskull made no recipe for {name}. The last that it said: {said or 'nothing'}",
                "Look at the spelling and at the network, then try again; some packages it cannot read at all.",
            )
        recipe = found.read_text(encoding="utf-8")
    head = [
        f"# DRAFT of a conda recipe for {name}, not ready for any channel.",
        "# Made by onelist draft with grayskull. Before it is used, look at this:",
        *(f"# - {point}" for point in points_to_look_at(recipe)),
        "",
    ]
    return Artifact(kind="draft", path=RECIPE, content=("\n".join(head) + "\n" + recipe.strip() + "\n").encode())


def points_to_look_at(recipe: str) -> tuple[str, ...]:
    """Return what a person must look at in a recipe that grayskull wrote.

    Args:
        recipe: The text of a meta.yaml.

    Returns:
        One sentence for each point.
    """
    return tuple(_points(recipe))


def _points(recipe: str) -> Iterator[str]:
    if _PLACEHOLDER in recipe:
        yield f"extra/recipe-maintainers: write GitHub names of people in place of {_PLACEHOLDER}."
    if re.search(r"(?m)^\s*-?\s*license_file:", recipe) is None:
        yield "about/license_file is missing: name the file with the licence, which must be in the source."
    license_found = re.search(r"(?m)^\s*license:[ \t]*(\S.*)$", recipe)
    yield (
        f"about/license: compare {license_found[1].strip()} with the source; it must be an SPDX expression."
        if license_found
        else "about/license is missing: write an SPDX expression, such as MIT."
    )
    if "noarch: python" in recipe:
        yield "build/noarch: python is right only if nothing in the package is compiled or differs by platform."
    else:
        yield "requirements/build: the package is compiled, so it needs compilers here, and a build for each platform."
    yield "requirements/run: the names are grayskull's guesses; ask onelist explain NAME for each, and drop pins."
    yield "requirements/host: the package's build backend (see its pyproject.toml) must be listed beside pip."
    yield "source: open the url, and compare the sha256 with the index."
    yield "test: imports and commands must work without a network."
    yield "conda-forge takes new recipes in the newer format (recipe.yaml): convert it before a submission."


def _run_grayskull(name: str, folder: Path, seconds: float) -> str:
    """Run grayskull; return the last line that it printed.

    Raises:
        UnavailableError: It did not finish in time.
    """
    command = [sys.executable, "-P", "-m", "grayskull", "pypi", "--no-use-v1-format", name, "-o", str(folder)]
    with subprocess.Popen(  # noqa: S603 - a fixed program; the name is a parsed requirement's
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=_environment(),
        start_new_session=True,  # so that what setup.py starts can be ended as well
    ) as process:
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(
                f"grayskull was not done with {name} after {seconds:g} seconds, and was stopped.",
                "Try again, or give it longer with --timeout.",
            ) from error
        finally:
            _end(process)
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _environment() -> dict[str, str]:
    """Return the environment for grayskull: where pip alone is told which certificates to trust, it is told as well."""
    found = access(os.environ, find_certificates()).certificates
    return {**({_CERTIFICATES: found} if found else {}), **os.environ}


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
