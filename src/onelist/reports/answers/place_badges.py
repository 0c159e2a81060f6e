"""The lines with badges for the README: one click opens the list at a place to run."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from onelist.core.model import EXPORT_FILES, Export

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_USUAL_BRANCH = "main"
_GITHUB_NAME = re.compile(r"[A-Za-z0-9_.-]+")


class Repository(NamedTuple):
    """The address of a repository, and its parts.

    Attributes:
        address: The address without a query.
        host: Its host name, in lower case.
        path: The path without ``/`` at its ends and without ``.git``.
        branch: The branch; ``""`` for the default one.
    """

    address: str
    host: str
    path: str
    branch: str

    @property
    def is_on_github(self) -> bool:
        """Whether it is ``github.com/OWNER/NAME``."""
        parts = self.path.split("/")
        return self.host == "github.com" and len(parts) == 2 and all(map(_GITHUB_NAME.fullmatch, parts))  # noqa: PLR2004


def place_badges(export: Export, address: str, branch: str) -> list[str]:
    """Return the badges of a place, as lines of Markdown.

    Args:
        export: The place.
        address: The address of the repository, ``""`` when not known.
        branch: The branch that they open; ``""`` for the default one.

    Returns:
        The lines; none where the place cannot open the repository.
    """
    if not address:
        return []
    parts = urlsplit(address)
    path = parts.path.strip("/").removesuffix(".git")
    address = parts._replace(query="", fragment="").geturl()
    repository = Repository(address, (parts.hostname or "").removeprefix("www."), path, branch)
    return _BADGES[export](repository) if export in _BADGES and path else []


def _binder(repository: Repository) -> list[str]:
    """Return the badge of mybinder.org (BinderHub's documentation, "Repository providers")."""
    if repository.is_on_github:
        place = f"gh/{repository.path}"
    elif repository.host == "gitlab.com":
        place = f"gl/{_quoted(repository.path)}"
    else:
        place = f"git/{_quoted(repository.address)}"
    target = f"https://mybinder.org/v2/{place}/{_quoted(repository.branch or 'HEAD')}"
    return [_badge("Binder", "https://mybinder.org/badge_logo.svg", target)]


def _colab(repository: Repository) -> list[str]:
    """Return the badges of Colab and Kaggle, which open notebooks on GitHub only, and of a branch that is named."""
    if not repository.is_on_github:
        return []
    (notebook,) = EXPORT_FILES[Export.COLAB]
    file = f"{repository.path}/blob/{_quoted_path(repository.branch or _USUAL_BRANCH)}/{notebook}"
    colab, kaggle = "https://colab.research.google.com", "https://kaggle.com"
    return [
        _badge("Open in Colab", f"{colab}/assets/colab-badge.svg", f"{colab}/github/{file}"),
        _badge(
            "Open in Kaggle",
            f"{kaggle}/static/images/open-in-kaggle.svg",
            f"{kaggle}/kernels/welcome?src=https://github.com/{file}",
        ),
    ]


def _devcontainer(repository: Repository) -> list[str]:
    """Return the badge of GitHub Codespaces, which opens repositories on GitHub only."""
    if not repository.is_on_github:
        return []
    tree = f"/tree/{_quoted_path(repository.branch)}" if repository.branch else ""
    target = f"https://codespaces.new/{repository.path}{tree}"
    return [_badge("Open in GitHub Codespaces", "https://github.com/codespaces/badge.svg", target)]


def _badge(text: str, picture: str, target: str) -> str:
    return f"[![{text}]({picture})]({target})"


def _quoted(text: str) -> str:
    """Return a text as one part of a path, without characters that end a link in Markdown."""
    return quote(text, safe="", errors="surrogateescape")


def _quoted_path(text: str) -> str:
    """Return the same for a text in which ``/`` stays."""
    return quote(text, errors="surrogateescape")


_BADGES: Mapping[Export, Callable[[Repository], list[str]]] = MappingProxyType(
    {Export.BINDER: _binder, Export.COLAB: _colab, Export.DEVCONTAINER: _devcontainer}
)
