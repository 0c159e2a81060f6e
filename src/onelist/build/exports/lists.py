"""environment.yml, requirements.txt, pixi.toml and pyproject.toml: the list in other forms."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from onelist.build.python_package import pyproject
from onelist.build.request import stop_if_only_pip
from onelist.build.yaml import dump
from onelist.core.errors import UsageError
from onelist.core.model import EXPORT_HEADER, Export
from onelist.core.text import redact
from onelist.settings.pyproject import tool_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.requirements import Requirement as Pep508

    from onelist.build.yaml import Node
    from onelist.core.model import Project
    from onelist.translation.plan import Plan


def environment_yml(project: Project, plan: Plan) -> str:
    """Return an environment.yml; requirements that are only for pip go under ``pip:``.

    ``nodefaults`` keeps the reader's default channels out (CEP 24). conda and mamba would add them otherwise, and so
    install another environment than the one that ``check`` resolves.
    """
    stop_if_only_pip(project.settings, "Export requirements.txt.")
    dependencies: list[Node] = list(plan.run)
    if plan.pip_only:
        lists_pip = any(spec.partition(" ")[0] == "pip" for spec in plan.run)
        dependencies += [*([] if lists_pip else ["pip"]), {"pip": [str(item.pep508) for item in plan.pip_only]}]
    document: dict[str, Node] = {
        "name": plan.name,
        "channels": [*project.settings.conda_channels, "nodefaults"],
        "dependencies": dependencies,
    }
    return dump(document, header=[EXPORT_HEADER + Export.ENVIRONMENT], spaced=False)


def requirements_txt(project: Project, plan: Plan) -> str:  # noqa: ARG001 - one signature for all exports
    """Return a requirements.txt: the requirements of the wheel."""
    settings = project.settings
    texts = (str(item.pep508) for item in (*settings.requirements, *settings.pip_requirements))
    return "\n".join([f"# {EXPORT_HEADER}{Export.REQUIREMENTS}", *dict.fromkeys(texts)]) + "\n"


def pixi_toml(project: Project, plan: Plan) -> str:
    """Return a pixi.toml; requirements that are only for pip go under ``pypi-dependencies``."""
    import tomli_w

    settings = project.settings
    stop_if_only_pip(settings, "Export requirements.txt.")
    document: dict[str, object] = {
        "workspace": {
            "name": plan.name,
            "version": str(settings.version),
            "channels": list(settings.conda_channels),
            "platforms": list(settings.platforms),
        },
        "dependencies": {name: version or "*" for name, version in _split(plan)},
    }
    if plan.pip_only:
        document["pypi-dependencies"] = _pypi([item.pep508 for item in plan.pip_only])
    return f"# {EXPORT_HEADER}{Export.PIXI}\n\n" + tomli_w.dumps(document)


def pyproject_toml(project: Project, plan: Plan) -> str:  # noqa: ARG001 - one signature for all exports
    """Return a pyproject.toml for nbdev 3, from which ``init --from`` makes the same settings.ini again."""
    import tomli_w

    document = pyproject(project)
    document["tool"] |= tool_tables(project.settings)
    return f"# {EXPORT_HEADER}{Export.PYPROJECT}\n\n" + tomli_w.dumps(document)


def _split(plan: Plan) -> Iterator[tuple[str, str]]:
    for spec in plan.run:
        name, _, version = spec.partition(" ")
        yield name, version


def _pypi(requirements: list[Pep508]) -> dict[str, object]:
    entries: dict[str, object] = {}
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name in entries:
            raise UsageError(
                f"pixi.toml can list a name only once, and pip_requirements lists {name} more than once.",
                "Write it once, with all extras and version limits.",
            )
        entries[name] = _pypi_entry(requirement)
    return entries


def _pypi_entry(requirement: Pep508) -> str | Mapping[str, object]:
    """Return one entry of pixi's ``pypi-dependencies`` (https://pixi.sh/latest/reference/pixi_manifest/)."""
    version = str(requirement.specifier) or "*"
    entry: dict[str, object] = _location(requirement) if requirement.url else {"version": version}
    if requirement.extras:
        entry["extras"] = sorted(requirement.extras)
    if requirement.marker:
        entry["env-markers"] = str(requirement.marker)
    return version if entry == {"version": version} else entry


_GIT_SCHEMES = frozenset({"https", "http", "ssh"})
"""What pixi's installer, uv, takes for git (``GitUrl`` in its crate uv-git-types); also files, which no list has."""


def _location(requirement: Pep508) -> dict[str, object]:
    """Return the place of a direct reference in pixi's words, as pip reads it (pip's "VCS Support").

    pip takes what follows the last ``@`` of the path for the revision, and ``egg`` and ``subdirectory`` from the
    fragment. ``egg`` only repeats the name.
    """
    parts = urlsplit(requirement.url or "")
    control, plus, scheme = parts.scheme.rpartition("+")
    fragments = [text for text in parts.fragment.split("&") if text and not text.startswith("egg=")]
    folders = [text.removeprefix("subdirectory=") for text in fragments if text.startswith("subdirectory=")]
    rest = [text for text in fragments if not text.startswith("subdirectory=")]
    folder: dict[str, object] = {"subdirectory": folders[0]} if any(folders) else {}
    if not plus:
        return {"url": urlunsplit(parts._replace(fragment="&".join(rest))), **folder}
    if control != "git" or scheme not in _GIT_SCHEMES or not parts.netloc or rest:
        raise UsageError(
            f"pixi.toml cannot express the address of {requirement.name}: {redact(requirement.url or '')}",
            "pixi installs from git addresses such as git+https://example.org/tools@v1#subdirectory=python, and from "
            "files. Export requirements.txt or environment.yml.",
        )
    path, at, revision = parts.path.rpartition("@")
    address = urlunsplit((scheme, parts.netloc, path if at else parts.path, parts.query, ""))
    return {"git": address, **({"rev": revision} if at and revision else {}), **folder}
