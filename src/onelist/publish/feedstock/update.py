"""Writes a published version into a clone of its conda-forge feedstock."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from shlex import quote
from typing import TYPE_CHECKING

from onelist.build.builder import build_artifacts
from onelist.build.recipes import recipe_yaml
from onelist.build.request import BuildRequest
from onelist.core import rules
from onelist.core.baselines import conda_forge_python_min
from onelist.core.errors import CLEAN, FINDINGS, SettingsError, UnavailableError, UsageError
from onelist.core.model import ArtifactKind
from onelist.core.system import files
from onelist.core.system.regular_files import read_inside
from onelist.publish.feedstock.parts import Surroundings, is_generic
from onelist.publish.feedstock.recipe import update_recipe
from onelist.publish.feedstock.recipe_text import read
from onelist.sources.cache import CachePolicy
from onelist.sources.faults import SourceError
from onelist.sources.http import OK
from onelist.sources.session import SourceSession
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.core.model import Project
    from onelist.publish.feedstock.recipe import RecipeUpdate
    from onelist.sources.config import NetworkOptions

_PYTHON_MIN = re.compile(r"(?m)^python_min:\r?\n- ['\"]?(\d{1,2})\.(\d{1,3})['\"]?\r?$")
_MOST_VARIANTS = 16
"""How many files of conda-smithy are read; a package without a platform has one."""
_RERENDER = "@conda-forge-admin, please rerender"
"""The words in a pull request that make conda-forge's bot write its files again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedstockOptions:
    """Which feedstock to update.

    Attributes:
        feedstock: The folder of a clone of the feedstock.
        network: How to download the published sdist; cached responses are not used.
    """

    feedstock: Path
    network: NetworkOptions


class FeedstockStatus(Enum):
    """What happened to the recipe of a feedstock."""

    UPDATED = "updated"
    UP_TO_DATE = "up to date"
    NOT_PUBLISHED = "not published"
    """There is no file at sdist_url, so the recipe was not written."""
    DIFFERENT = "different"
    """The file at sdist_url has other content than the sdist of settings.ini, so the recipe was not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedstockResult:
    """The outcome.

    Attributes:
        status: What happened.
        path: The recipe.
        sdist_url: The URL of the sdist.
        update: The new recipe, and how it differs from the old one.
        settings: The name of the settings file.
        commands: What to type next, for a pull request; empty if nothing was written.
    """

    status: FeedstockStatus
    path: Path
    sdist_url: str
    update: RecipeUpdate
    settings: str
    commands: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return CLEAN if self.status in {FeedstockStatus.UPDATED, FeedstockStatus.UP_TO_DATE} else FINDINGS


def update_feedstock(project: Project, options: FeedstockOptions) -> FeedstockResult:
    """Write the version in settings.ini into the recipe of a clone, if its sdist is published.

    Args:
        project: The list.
        options: The clone, and how to download the sdist.

    Returns:
        What happened, and what to type next.

    Raises:
        RefusedError: The list cannot be built.
        SettingsError: The recipe cannot be used: it is a link out of the clone, or no regular file.
        UsageError: The folder is not such a clone, or sdist_url is not set.
        UnavailableError: The server of the sdist did not answer.
    """
    path = _recipe_path(options.feedstock)
    before = read_inside(path, options.feedstock) or b""
    current = _decoded(path, before)
    recipe = read(current.replace("\r\n", "\n"), str(path))
    needs_sdist = not is_generic(recipe) or recipe.find("source") is not None
    settings = project.settings
    if needs_sdist and not settings.sdist_url:
        raise UsageError(
            "sdist_url is not set, and conda-forge builds only from the published sdist.",
            f"Add sdist_url = https://... with the URL of the published .tar.gz file to {settings.source.file}.",
        )
    request = BuildRequest(project=project, plan=make_plan(settings))
    sdist, generated = build_artifacts(request, [ArtifactKind.SDIST, ArtifactKind.CONDA_FORGE])
    text = recipe_yaml(project, request.plan) if is_generic(recipe) else generated.content.decode()
    around = _surroundings(project, path.parent, sdist.content)
    update = update_recipe(current, text, str(path), replace(around, python_min=_python_min(options.feedstock)))
    result = FeedstockResult(
        status=FeedstockStatus.UP_TO_DATE,
        path=path,
        sdist_url=settings.sdist_url,
        update=update,
        settings=settings.source.file,
    )
    if not update.is_needed:
        return result
    if needs_sdist and (obstacle := _obstacle(settings.sdist_url, sdist.content, options.network)):
        return replace(result, status=obstacle)
    files.write_over(path, before, update.text.encode(), folder=options.feedstock)
    commands = _pull_request_commands(options.feedstock, update, request.plan.name)
    return replace(result, status=FeedstockStatus.UPDATED, commands=commands)


def _surroundings(project: Project, folder: Path, sdist: bytes) -> Surroundings:
    """Return what an update has to know besides the recipes.

    ``conda_maintainers`` stands for ``user`` where it is not set, and that may be an organisation (CF-001).
    """
    settings = project.settings
    is_guessed = any(warning.code == rules.MAINTAINER_GUESSED.code for warning in settings.warnings)
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    beside = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return Surroundings(
        sdist_url=settings.sdist_url,
        sha256=hashlib.sha256(sdist).hexdigest(),
        maintainers=() if is_guessed else settings.conda_maintainers,
        python_floor=settings.python_floor,
        files=frozenset(members | beside if settings.sdist_url else beside),
        settings=settings.source.file,
        builds_by_script=bool({"build.sh", "bld.bat", "build.bat"} & beside),
    )


def _python_min(clone: Path) -> tuple[int, int]:
    """Return conda-forge's lowest Python where a clone says that it is newer than that of onelist's table, else (0, 0).

    conda-smithy writes conda-forge's ``python_min`` into ``.ci_support`` whenever it renders a feedstock, and
    conda-forge only raises it. A package without a platform is built on linux_64. A feedstock with a value of its own
    (conda_build_config.yaml) says nothing about conda-forge's.
    """
    found = [(0, 0)]
    if not (clone / "recipe/conda_build_config.yaml").exists():
        for path in sorted((clone / ".ci_support").glob("linux_64_*.yaml"))[:_MOST_VARIANTS]:
            with suppress(SettingsError):  # a link out of the clone, or no regular file
                content = read_inside(path, clone) or b""
                matches = _PYTHON_MIN.findall(content.decode(errors="replace"))
                found += [(int(major), int(minor)) for major, minor in matches]
    return max(found) if max(found) > conda_forge_python_min() else (0, 0)


def _recipe_path(clone: Path) -> Path:
    path = clone / "recipe" / "recipe.yaml"
    if read_inside(path, clone) is not None:
        return path
    if (clone / "recipe" / "meta.yaml").is_file():
        raise UsageError(
            f"The recipe of {clone} is a meta.yaml, the older format, which onelist cannot update.",
            "Convert it first: feedrattler converts a feedstock, and conda-recipe-manager convert a meta.yaml.",
        )
    raise UsageError(
        f"{clone} is not a clone of a feedstock: it has no recipe/recipe.yaml.", "Name the folder of the clone."
    )


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8.", "Save the file in UTF-8.") from None


def _obstacle(url: str, sdist: bytes, network: NetworkOptions) -> FeedstockStatus | None:
    """Compare the published sdist with the one that was built.

    Returns:
        NOT_PUBLISHED or DIFFERENT; None if both are the same.

    Raises:
        UnavailableError: The server did not answer.
    """
    session = SourceSession(replace(network, cache_policy=CachePolicy.REFRESH))
    page = session.http().get(url, "*/*")
    if isinstance(page, SourceError):
        message = f"Could not tell whether {url} is published: the server {page.reason}."
        raise UnavailableError(message, "Try again later.")
    if page.status != OK:
        return FeedstockStatus.NOT_PUBLISHED
    is_same = hashlib.sha256(page.content).digest() == hashlib.sha256(sdist).digest()
    return None if is_same else FeedstockStatus.DIFFERENT


def _pull_request_commands(clone: Path, update: RecipeUpdate, name: str) -> tuple[str, ...]:
    """Return what to type in the clone: a branch, a commit, and the pull request on conda-forge."""
    branch = f"onelist-{update.version}-{update.build_number}"
    title = f"{name} {update.version}"
    repository = f"conda-forge/{name}-feedstock"
    return (
        f"cd {quote(str(clone))}",
        f"git checkout -b {quote(branch)}",
        "git add recipe/recipe.yaml",
        f"git commit -m {quote(title)}",
        f"git push -u origin {quote(branch)}",
        f"gh pr create --repo {quote(repository)} --title {quote(title)} --body {quote(_RERENDER)}",
    )
