"""The three conda recipes: the own-channel recipe as meta.yaml and recipe.yaml, and the conda-forge recipe.

The own-channel recipe is noarch generic and has no source. It depends only on settings.ini, and on whether there is a
licence file beside it. The conda-forge recipe is noarch python, builds from the published sdist, and uses
conda-forge's python_min (CFEP-25). The order of keys is that of conda-smithy's linter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from onelist.build.request import BUILD_BACKEND
from onelist.build.yaml import BRACE, Template, dump, meta_yaml_string, recipe_yaml_string
from onelist.core import rules
from onelist.core.baselines import conda_forge_python_min
from onelist.core.model import Artifact, ArtifactKind
from onelist.settings.project import GENERATED_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onelist.build.request import BuildRequest
    from onelist.build.yaml import Node
    from onelist.core.findings import Finding
    from onelist.core.model import Project, Settings
    from onelist.translation.plan import Plan


CONDA_FORGE_PYTHON_MIN = conda_forge_python_min()
"""conda-forge's global python_min; a recipe that needs a newer Python sets its own."""


BUILD_STRING = "0"
"""There are no variants, so build number and build string are the same. conda-build writes this by itself, and
rattler-build would write a hash."""


def meta_yaml(project: Project, plan: Plan) -> str:
    """Return the own-channel recipe for conda-build: the top-level meta.yaml.

    ``include_recipe: false`` keeps conda-build from packing the whole folder of the recipe into ``info/recipe``. That
    folder is the repository, with everything that lies in it untracked.
    """
    settings = project.settings
    document: dict[str, Node] = {
        "package": {"name": plan.name, "version": Quoted(str(settings.version))},
        "build": {"number": 0, "noarch": "generic", "include_recipe": False},
        "requirements": {"run": list(plan.run)},
        "test": {"commands": [python_floor_test(project)]},
        "about": _about(project, plan, homepage="home"),
        **extra(project),
    }
    return dump(document, quote=_quoting(meta_yaml_string), header=_header(project, plan))


def recipe_yaml(project: Project, plan: Plan) -> str:
    """Return the own-channel recipe for rattler-build: recipe/recipe.yaml."""
    settings = project.settings
    document: dict[str, Node] = {
        "schema_version": 1,
        "package": {"name": plan.name, "version": Quoted(str(settings.version))},
        "build": {"number": 0, "string": Quoted(BUILD_STRING), "noarch": "generic"},
        "requirements": {"run": list(plan.run)},
        "tests": [{"script": [python_floor_test(project)]}],
        "about": _about(project, plan, homepage="homepage"),
        **extra(project),
    }
    return _dump_v1(document, _header(project, plan))


def conda_forge(request: BuildRequest, sdist: Artifact) -> Artifact:
    """Return the conda-forge recipe, ``conda-forge/recipes/NAME/recipe.yaml``.

    Args:
        request: The project and its plan.
        sdist: The sdist, whose hash goes into the recipe.

    Returns:
        The recipe.
    """
    project, plan = request.project, request.plan
    settings = project.settings
    version = str(settings.version)
    context: dict[str, Node] = {"version": Quoted(version)}
    if settings.min_python > CONDA_FORGE_PYTHON_MIN:
        context["python_min"] = Quoted(settings.python_floor)
    document: dict[str, Node] = {
        "schema_version": 1,
        "context": context,
        "package": {"name": plan.name, "version": Template("${{ version }}")},
        "source": _source(project.settings, sdist),
        "build": {
            "number": 0,
            "noarch": "python",
            "script": Template("${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation"),
        },
        "requirements": {
            "host": [Template("python ${{ python_min }}.*"), "pip", " ".join(BUILD_BACKEND)],
            "run": [Template("python >=${{ python_min }}"), *plan.run[1:]],
        },
        "tests": _conda_forge_tests(settings.name, version, plan),
        "about": {
            **_about(project, plan, homepage="homepage"),
            **({"repository": settings.git_url} if settings.git_url else {}),
            **({"documentation": settings.doc_url} if settings.doc_url else {}),
        },
        **extra(project),
    }
    text = _dump_v1(document, _missing(project))
    path = f"conda-forge/recipes/{plan.name}/recipe.yaml"
    return Artifact(kind=ArtifactKind.CONDA_FORGE, path=path, content=text.encode())


def python_floor_test(project: Project) -> str:
    """Return the test of the own-channel recipe: there is no module to import, so it checks the version of Python."""
    major, minor = project.settings.min_python
    return f'python -c "import sys; assert sys.version_info >= ({major}, {minor})"'


def description(plan: Plan) -> str:
    """Return what a conda user has to know and the run list cannot say; ``""`` when there is nothing."""
    if not plan.pip_only:
        return ""
    names = ", ".join(str(item.pep508) for item in plan.pip_only)
    return f"Not among the conda packages of this list, to be installed by pip: {names}"


_CONDA_BUILD_BOOLEANS = frozenset({"y", "on", "true", "yes", "n", "no", "false", "off"})
"""What conda-build reads as true or false in any text value, after YAML and so in quotes too, whatever its case
(``conda_build.metadata.TRUES``, ``FALSES`` and ``MetaData.get_value``). No way of writing helps."""


def read_as_booleans(settings: Settings, plan: Plan) -> tuple[Finding, ...]:
    """Return a finding for each text of meta.yaml that conda-build does not read as text."""
    file, spans, text, name = settings.source.file, settings.spans, settings.description, plan.name
    found = []
    if text.lower() in _CONDA_BUILD_BOOLEANS:
        found.append(rules.READ_AS_BOOLEAN.at(file, span=spans["description"], text=text))
    if name.lower() in _CONDA_BUILD_BOOLEANS:
        lib_name = settings.lib_name
        found.append(
            rules.READ_AS_BOOLEAN.at(file, span=spans["lib_name"], variant="name", text=name, lib_name=lib_name)
        )
    return tuple(found)


class Quoted(str):
    """A string that is always written in quotes, such as a version that a YAML parser would read as a number."""

    __slots__ = ()


def _quoting(quote: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: f'"{text}"' if isinstance(text, Quoted) else quote(text)


def _dump_v1(document: Mapping[str, Node], header: Sequence[str]) -> str:
    """Return a v1 recipe as text, with ``brace`` in its context if a string needs it (``onelist.build.yaml``)."""
    text = dump(document, quote=_quoting(recipe_yaml_string), header=header)
    context = document.get("context", {})
    if BRACE not in text or not isinstance(context, Mapping):
        return text
    start = {"schema_version": document["schema_version"], "context": {**context, "brace": Quoted("{")}}
    return dump(start | dict(document) | start, quote=_quoting(recipe_yaml_string), header=header)


def _about(project: Project, plan: Plan, *, homepage: str) -> dict[str, Node]:
    settings = project.settings
    about = {
        homepage: settings.homepage,
        "license": settings.license or "",
        "license_file": project.license.name if project.license else "",
        "summary": settings.description,
        "description": description(plan),
    }
    return {key: value for key, value in about.items() if value}


def extra(project: Project) -> Mapping[str, Node]:
    """Return what a recipe has beside its sections: ``extra`` with the maintainers, if there are any."""
    maintainers = project.settings.conda_maintainers
    return {"extra": {"recipe-maintainers": list(maintainers)}} if maintainers else {}


def _header(project: Project, plan: Plan) -> list[str]:
    return [
        "Written by onelist from settings.ini: change that file, then run: onelist sync",
        *_notes(project),
        *(["Some requirements are for pip alone: see description."] if plan.pip_only else []),
    ]


def _missing(project: Project) -> list[str]:
    """Return what a submission to conda-forge still needs; a recipe that is ready has no comment at its top."""
    lines = _notes(project)
    if not project.settings.sdist_url:
        lines.append(
            "source is the sdist beside this folder: conda-forge needs its address, sdist_url in settings.ini."
        )
    return lines


def _notes(project: Project) -> list[str]:
    lines = []
    if not project.license:
        lines.append("license_file is missing: put the text of the licence into LICENSE beside settings.ini.")
    if not project.settings.license:
        lines.append("license is missing: name one in settings.ini.")
    return lines


def _source(settings: Settings, sdist: Artifact) -> dict[str, Node]:
    digest = hashlib.sha256(sdist.content).hexdigest()
    url, version = settings.sdist_url, str(settings.version)
    if not url:
        return {"path": f"../../../{sdist.path}", "sha256": digest}
    if "." in version and "{" not in url:
        return {"url": Template(url.replace(version, "${{ version }}")), "sha256": digest}
    return {"url": url, "sha256": digest}


def _conda_forge_tests(name: str, version: str, plan: Plan) -> list[Node]:
    """Return the tests of the conda-forge recipe: there is no module to import, so they read the installed metadata.

    ``pip check`` fails where conda lacks something that the wheel requires, so it runs only where conda has everything.
    """
    code = f"from importlib.metadata import version; assert version('{name}') == '{version}'"
    pythons = [Template("${{ python_min }}.*"), "*"]
    return [
        {"python": {"imports": [], "pip_check": plan.is_whole, "python_version": pythons}},
        {
            "script": [f'python -c "{code}"'],
            "requirements": {"run": [Template("python ${{ python_min }}.*")]},
        },
    ]


class FileStatus(Enum):
    """The state of a committed file."""

    FRESH = "up to date"
    STALE = "out of date"
    MISSING = "missing"


def generated(project: Project, plan: Plan) -> list[Artifact]:
    """Return the files that ``sync`` writes, with paths relative to the folder of settings.ini."""
    texts = (meta_yaml(project, plan), recipe_yaml(project, plan))
    files = [
        Artifact(kind="recipe", path=path, content=text.encode())
        for path, text in zip(GENERATED_NAMES, texts, strict=True)
    ]
    if project.license:
        path = f"recipe/{project.license.name}"
        files.append(Artifact(kind="license", path=path, content=project.license.content))
    return files


def compare(project: Project, artifact: Artifact) -> FileStatus:
    """Compare a committed file with the generated one; line ends do not count, because git may change them."""
    committed = _standing(project, artifact)
    if committed is None:
        return FileStatus.MISSING
    return FileStatus.FRESH if _unix(committed) == _unix(artifact.content) else FileStatus.STALE


def diff(project: Project, artifact: Artifact) -> str:
    """Return a unified diff from a committed file to the generated one."""
    import difflib

    path = project.folder / artifact.path
    return "\n".join(
        difflib.unified_diff(
            _lines(_standing(project, artifact) or b""),
            _lines(artifact.content),
            fromfile=str(path),
            tofile=f"{path} (from {project.settings.source.file})",
            lineterm="",
        )
    )


def _standing(project: Project, artifact: Artifact) -> bytes | None:
    return project.committed.get(artifact.path, project.exported.get(artifact.path))


def _lines(content: bytes) -> list[str]:
    return _unix(content).decode("utf-8", errors="replace").splitlines()


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
