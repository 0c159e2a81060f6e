"""The keys of a settings.ini in a pyproject.toml, and back: nbdev 3 reads pyproject.toml and refuses settings.ini.

``[project]`` (PEP 621) has what is about the package, ``[tool.nbdev]`` what nbdev 3 has a key for, and
``[tool.onelist]`` the rest. The migration of nbdev itself drops the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from onelist.settings.editing.template import NewSettings
from onelist.settings.keys import NO_CONDA
from onelist.settings.parser import STATUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.core.model import Settings

Table = Mapping[str, Any]
_CLASSIFIERS = (
    ("Development Status :: ", "status"),
    ("Intended Audience :: ", "audience"),
    ("Natural Language :: ", "language"),
)
_PLAIN = ("user", "sdist_url", "conda_user", "doc_host")
"""Keys with one word."""
_LISTS = ("conda_maintainers", "exports")
"""Keys with several words."""
_PAIRS = ("conda_names", "allow_pins")
"""Keys with items such as ``name=value``."""


def tool_tables(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return ``[tool.nbdev]`` and ``[tool.onelist]``.

    Args:
        settings: The settings.

    Returns:
        The tables by their names, with only those keys that are set or that differ from a default.
    """
    pip_only = [str(item.pep508) for item in settings.pip_requirements]
    both = [str(item.pep508) for item in settings.requirements]
    own: dict[str, Any] = {
        "lib_name": settings.lib_name if settings.lib_name != settings.name else "",
        "author": settings.author,
        "user": settings.user,
        "sdist_url": settings.sdist_url,
        "requirements": both if set(both) & set(pip_only) else [],  # else they are the other dependencies
        "pip_requirements": pip_only,
        "conda_requirements": [item.text for item in settings.conda_requirements],
        "conda_user": settings.conda_user,
        "conda_channels": list(settings.conda_channels) or [NO_CONDA],
        "platforms": list(settings.platforms),
        "conda_names": dict(settings.conda_names),
        "conda_maintainers": list(settings.conda_maintainers),
        "allow_pins": {one.name: one.until.isoformat() for one in settings.allow_pins},
        "exports": [str(export) for export in settings.exports],
        "meta_package": settings.meta_package,
    }
    nbdev = {"lib_path": settings.lib_path, "branch": settings.branch}
    return {
        "nbdev": {key: value for key, value in nbdev.items() if value},
        "onelist": {key: value for key, value in own.items() if value},
    }


def from_pyproject(document: Table) -> NewSettings | None:
    """Return the settings.ini from which a pyproject.toml was written.

    Args:
        document: The whole file.

    Returns:
        What the settings.ini says; None if the file has no ``[tool.onelist]``, so that it was written by others.
    """
    tools = _table(document, "tool")
    if not isinstance(tools.get("onelist"), Mapping):
        return None
    project, own, nbdev = _table(document, "project"), _table(tools, "onelist"), _table(tools, "nbdev")
    pip_only = tuple(_texts(own, "pip_requirements"))
    others = [text for text in _texts(project, "dependencies") if text not in pip_only]
    optional = _table(project, "optional-dependencies")
    return NewSettings(
        name=_text(own, "lib_name") or _text(project, "name"),
        version=_text(project, "version"),
        description=_text(project, "description"),
        license=_text(project, "license"),
        min_python=_lowest_python(_text(project, "requires-python")),
        requirements=tuple(_texts(own, "requirements") or others),
        pip_requirements=pip_only,
        conda_requirements=tuple(_texts(own, "conda_requirements")),
        extras=MappingProxyType({extra: tuple(_texts(optional, extra)) for extra in optional}),
        channels=tuple(_texts(own, "conda_channels")),
        platforms=tuple(_texts(own, "platforms")),
        others=MappingProxyType(_others(project, own, nbdev)),
    )


def _others(project: Table, own: Table, nbdev: Table) -> dict[str, str]:
    """Return the values of the keys that NewSettings has no field for, as settings.ini writes them."""
    urls = _table(project, "urls")
    authors = [one for one in project.get("authors") or () if isinstance(one, Mapping)]
    found = {
        "keywords": joined_keywords(_texts(project, "keywords")),
        "author": _text(own, "author"),
        "author_email": ", ".join(_text(one, "email") for one in authors if _text(one, "email")),
        "git_url": _text(urls, "Repository"),
        "doc_host": _text(urls, "Documentation"),
        **of_classifiers(_texts(project, "classifiers")),
        **{key: _text(own, key) for key in _PLAIN if _text(own, key)},
        **{key: " ".join(_texts(own, key)) for key in _LISTS},
        **{key: " ".join(f"{name}={value}" for name, value in _table(own, key).items()) for key in _PAIRS},
        "meta_package": "true" if own.get("meta_package") is True else "",
        "lib_path": _text(nbdev, "lib_path"),
        "branch": _text(nbdev, "branch"),
    }
    return {key: value for key, value in found.items() if value}


def joined_keywords(words: list[str]) -> str:
    """Return keywords as the parser reads them: at commas if there are any, else at blanks; one has no comma itself."""
    has_blanks = any(" " in word for word in words)
    return ", ".join(words) + ("," if len(words) == 1 else "") if has_blanks else " ".join(words)


def of_classifiers(classifiers: Sequence[str]) -> dict[str, str]:
    """Return ``status``, ``audience`` and ``language`` from trove classifiers."""
    numbers = {value: number for number, value in STATUS.items()}
    return {
        key: numbers.get(text.removeprefix(prefix), text.removeprefix(prefix))
        for text in classifiers
        for prefix, key in _CLASSIFIERS
        if text.startswith(prefix)
    }


def _lowest_python(text: str) -> str:
    try:
        bounds = [clause.version for clause in SpecifierSet(text) if clause.operator == ">="]
    except InvalidSpecifier:
        return text
    return bounds[0] if bounds else text


def _table(table: Table, key: str) -> Table:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(table: Table, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _texts(table: Table, key: str) -> list[str]:
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
