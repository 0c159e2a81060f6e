"""A draft of a conda recipe for a package that no channel has, written by grayskull and marked as a draft.

grayskull runs the ``setup.py`` of a package to find its dependencies. So it runs in a separate process with a time
limit, and only after the user has agreed. What it prints about channels is not used, because it reports a network
error as "missing".
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import UnavailableError, UsageError
from onelist.core.model import Artifact
from onelist.core.system import files
from onelist.core.system.programs import run_program
from onelist.core.system.temporary import temporary_folder
from onelist.core.text import shortened
from onelist.settings.tokens import parse_requirement
from onelist.sources.http import access
from onelist.sources.installers import find_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECIPE = "meta.yaml"
INSTALL = "python -m pip install 'onelist[draft]'"
_CERTIFICATES = "REQUESTS_CA_BUNDLE"
"""The variable from which requests, with which grayskull downloads, takes the file of trusted certificates."""
_PLACEHOLDER = "AddYourGitHubIdHere"
"""The maintainer in a recipe of grayskull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOptions:
    """Which recipe to draft.

    Attributes:
        name: The name of the package on the package index.
        environment: The environment variables for grayskull.
        output: The folder to create; None for ``draft/NAME`` in the current folder.
        timeout: The time limit for grayskull, in seconds.
    """

    name: str
    environment: Mapping[str, str]
    output: Path | None = None
    timeout: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTarget:
    """A valid name, and a folder that a draft can be written to.

    Attributes:
        name: The name of the package.
        folder: The folder.
    """

    name: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft that was written.

    Attributes:
        path: The recipe.
        points: What a person must check before the recipe is used, one sentence each.
    """

    path: Path
    points: tuple[str, ...]


def draft_target(options: DraftOptions) -> DraftTarget:
    """Check the options, so that a mistake is found before the user is asked to agree.

    Raises:
        UsageError: The name is not the name of a package, or the folder is not empty.
    """
    requirement = parse_requirement(options.name)
    if requirement is None or str(requirement) != requirement.name:
        raise UsageError(f"{shortened(options.name)} is not the name of a package.", "Write one name, such as pandas.")
    folder = options.output or Path("draft") / requirement.name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} already exists, so nothing was written.", "Name another folder with -o.")
    return DraftTarget(name=requirement.name, folder=folder)


def write_draft(options: DraftOptions) -> Draft:
    """Let grayskull write a recipe into a new folder. It downloads the package and runs its setup.py.

    Args:
        options: Which recipe, and where.

    Returns:
        The recipe and what to check in it.

    Raises:
        UsageError: An option is not valid, grayskull is not installed, or the folder cannot be written.
        UnavailableError: grayskull did not end in time, or wrote no recipe.
    """
    target = draft_target(options)
    recipe = make_draft(target.name, options.timeout, options.environment)
    files.write_all(target.folder, [recipe])
    return Draft(path=target.folder / recipe.path, points=points_to_check(recipe.content.decode()))


def make_draft(name: str, seconds: float, environment: Mapping[str, str]) -> Artifact:
    """Let grayskull write a recipe. It downloads the package and runs its setup.py.

    Args:
        name: The name of the package on the package index.
        seconds: The time limit.
        environment: The environment variables.

    Returns:
        The recipe, which begins with a list of what to check.

    Raises:
        UsageError: grayskull is not installed.
        UnavailableError: grayskull did not end in time, or wrote no recipe.
    """
    if importlib.util.find_spec("grayskull") is None:
        raise UsageError("onelist draft needs grayskull, which is not installed.", f"Install it with: {INSTALL}")
    with temporary_folder() as folder:
        last_line = _run_grayskull(name, folder, seconds, environment)
        path = next(folder.glob(f"*/{RECIPE}"), None)
        if path is None:
            raise UnavailableError(
                f"grayskull wrote no recipe for {name}. Its last line was: {last_line or '(nothing)'}",
                "Check the name and the network, then try again. grayskull cannot read every package.",
            )
        recipe = path.read_text(encoding="utf-8")
    head = [
        f"# DRAFT of a conda recipe for {name}, not ready for any channel.",
        "# Made by onelist draft with grayskull. Before it is used, look at this:",
        *(f"# - {point}" for point in points_to_check(recipe)),
        "",
    ]
    return Artifact(kind="draft", path=RECIPE, content=("\n".join(head) + "\n" + recipe.strip() + "\n").encode())


def points_to_check(recipe: str) -> tuple[str, ...]:
    """Return what a person must check in a recipe that grayskull wrote.

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
    elif "compiler(" in recipe:
        yield "requirements/build: the package is compiled, so it needs compilers here, and a build for each platform."
    else:
        yield "build: this makes a package for each platform; write noarch: python if it is the same for all of them."
    yield "requirements/run: the names are grayskull's guesses; ask onelist explain NAME for each, and drop pins."
    yield "requirements/host: list the build backend beside pip: the one of pyproject.toml, or else setuptools."
    yield "source: open the url, and compare the sha256 with the index."
    yield "test: imports and commands must work without a network."
    yield "recipe.yaml is the newer format of recipes: convert it before a submission to conda-forge, if you can."


def _run_grayskull(name: str, folder: Path, seconds: float, environment: Mapping[str, str]) -> str:
    """Run grayskull, and return the last line of its output.

    Raises:
        UnavailableError: It did not end in time.
    """
    command = [sys.executable, "-P", "-m", "grayskull", "pypi", "--no-use-v1-format", name, "-o", str(folder)]
    try:
        printed = run_program(
            command, seconds=seconds, environment=_with_certificates(environment), together=True
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"grayskull did not finish the recipe for {name} within {seconds:g} seconds.",
            "Try again, or allow more time with --timeout.",
        ) from error
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _with_certificates(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for grayskull, with the certificates that pip's settings name."""
    certificates = access(environment, find_certificates()).certificates
    return {**({_CERTIFICATES: certificates} if certificates else {}), **environment}
