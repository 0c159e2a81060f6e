"""Compares the artifacts of one project with each other, and with settings.ini: ``build --verify``.

The files are read back by other libraries than the ones that wrote them: packaging for wheel and sdist, rattler for the
.conda, rattler-build for the v1 recipes, PyYAML and tomllib for the rest. PEP 440 and conda write version bounds
differently, so bounds are compared by the versions that they accept: sample versions on both sides of every bound.
"""

from __future__ import annotations

import hashlib
import tarfile
import tomllib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from onelist.build.exports.registry import export_files
from onelist.build.read_artifact import (
    normalized_requirements,
    read_conda_package,
    read_environment,
    read_meta_yaml,
    read_pixi,
    read_recipe,
    read_sdist,
    read_wheel,
)
from onelist.build.recipes import CONDA_FORGE_PYTHON_MIN, generated
from onelist.core.errors import OnelistError, UsageError
from onelist.core.model import ArtifactKind, Export
from onelist.translation import names
from onelist.translation.outcomes import CondaOnly, MarkerNeverTrue, Substituted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.build.read_artifact import ArtifactMetadata
    from onelist.build.request import BuildRequest
    from onelist.core.model import Artifact, Project, Requirement, Settings
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference between two artifacts.

    Attributes:
        allowed_by: The rule that allows it, as docs/translation.md lists them; None for a bug in onelist.
        subject: The requirement or field.
        detail: The values in both.
    """

    allowed_by: str | None
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactPaths:
    """The paths of the files of one project.

    Attributes:
        wheel: The wheel.
        sdist: The sdist.
        conda: The .conda package.
        meta_yaml: The own-channel recipe for conda-build.
        recipe_yaml: The own-channel recipe for rattler-build.
        conda_forge: The conda-forge recipe.
        environment: The environment.yml.
        pixi: The pixi.toml; None for a list that cannot be written as one.
    """

    wheel: Path
    sdist: Path
    conda: Path
    meta_yaml: Path
    recipe_yaml: Path
    conda_forge: Path
    environment: Path
    pixi: Path | None


def compare(files: ArtifactPaths, project: Project, plan: Plan) -> list[Difference]:
    """Read the files back and compare them.

    Args:
        files: The files.
        project: The project that they were built from.
        plan: The conda form of each requirement, with the rule that allows a difference.

    Returns:
        Every difference.
    """
    settings = project.settings
    wheel, sdist = read_wheel(files.wheel), read_sdist(files.sdist)
    conda = read_conda_package(files.conda)
    recipes = [read_meta_yaml(files.meta_yaml), read_recipe(files.recipe_yaml), read_recipe(files.conda_forge)]
    exports = [read_environment(files.environment)]
    if files.pixi:
        exports.append(read_pixi(files.pixi))
    differences = [*_fields([wheel, sdist, conda, *recipes, *exports], plan), *_recipe_fields(conda, recipes, settings)]
    differences += _distributions((wheel, sdist), files.sdist, project)
    if hashlib.sha256(files.sdist.read_bytes()).hexdigest() not in files.conda_forge.read_text(encoding="utf-8"):
        differences.append(_bug("sha256", "the conda-forge recipe has the hash of another sdist"))
    for other in (*recipes, *exports):
        differences += _run_lists(conda, other)
    pip_only = normalized_requirements(item.pep508 for item in plan.pip_only)
    for other in exports:
        if pip_only != other.pip:
            differences.append(_bug("pip", f"{other.kind} has {other.pip}, conda leaves {pip_only} to pip"))
    differences += _pip_and_conda(wheel, conda, settings, plan)
    return differences


def _expected_requirements(settings: Settings) -> tuple[str, ...]:
    """Return every requirement that the wheel must have, those of extras with the marker of the extra."""
    expected = [item.pep508 for item in (*settings.requirements, *settings.pip_requirements)]
    for extra in settings.extras:
        for item in _group(settings, extra, frozenset()):
            copy = Pep508(str(item.pep508))
            own = f"({copy.marker}) and " if copy.marker else ""
            copy.marker = Marker(f'{own}extra == "{extra}"')
            expected.append(copy)
    return normalized_requirements(expected)


def _group(settings: Settings, extra: str, seen: frozenset[str]) -> Iterator[Requirement]:
    """Yield the requirements of an extra, with those of other extras of the same list that it names."""
    for item in settings.extras.get(extra, ()):
        if item.name != settings.name:
            yield item
            continue
        for other in map(canonicalize_name, item.pep508.extras - seen):
            yield from _group(settings, other, seen | {extra, other})


def compare_distributions(wheel: Path, sdist: Path, project: Project, plan: Plan) -> list[Difference]:
    """Read wheel and sdist back and compare them, for a list that only pip installs.

    Args:
        wheel: The wheel.
        sdist: The sdist.
        project: The project that they were built from.
        plan: What becomes of each requirement.

    Returns:
        Every difference.
    """
    read = read_wheel(wheel), read_sdist(sdist)
    return [*_fields(read, plan), *_distributions(read, sdist, project)]


def _distributions(read: Sequence[ArtifactMetadata], sdist: Path, project: Project) -> Iterator[Difference]:
    """Compare wheel and sdist, which are read already, with the settings."""
    yield from _sdist_files(sdist, project)
    expected = _expected_requirements(project.settings)
    for artifact in read:
        if artifact.pip != expected:
            yield _bug("requirements", f"{artifact.kind} has {artifact.pip}, the settings {expected}")


def _sdist_files(sdist: Path, project: Project) -> Iterator[Difference]:
    """Compare the other files of the sdist: pip builds from its pyproject.toml."""
    settings = project.settings
    with tarfile.open(sdist) as archive:
        contents = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
        read = {name: file.read() for name, file in contents.items() if file}
    table = tomllib.loads(read["pyproject.toml"].decode())["project"]
    groups = {"": table["dependencies"], **table.get("optional-dependencies", {})}
    listed = {"": (*settings.requirements, *settings.pip_requirements), **settings.extras}
    for name in groups.keys() | listed.keys():
        have = normalized_requirements(map(Pep508, groups.get(name, ())))
        want = normalized_requirements(item.pep508 for item in listed.get(name, ()))
        if have != want:
            yield _bug("pyproject.toml", f"it has {have}, the settings {want}")
    if (table["name"], table["version"]) != (settings.name, str(settings.version)):
        yield _bug("pyproject.toml", f"it is {table['name']} {table['version']}")
    if table["requires-python"] != f">={settings.python_floor}":
        yield _bug("pyproject.toml", f"it asks for Python {table['requires-python']}")
    if read["settings.ini"] != project.raw:
        yield _bug("settings.ini", "the sdist has another one")


def _recipe_fields(
    conda: ArtifactMetadata, recipes: Iterable[ArtifactMetadata], settings: Settings
) -> Iterator[Difference]:
    """Compare the fields that only conda's files have."""
    for other in (conda, *recipes):
        noarch = "python" if other.kind == "conda-forge" else "generic"
        if (other.fields["noarch"], other.fields["number"]) != (noarch, "0"):
            yield _bug("build", f"{other.kind} is noarch {other.fields['noarch']}")
        if other.fields["description"] != conda.fields["description"]:
            yield _bug("description", f"{other.kind} has another description than the .conda")
    description = conda.fields["description"]
    listed = {spec.partition(" ")[0] for spec in conda.run or ()}
    for item in settings.pip_requirements:
        mapped = names.conda_name(item.name, frozenset(item.pep508.extras), settings.conda_names)
        if str(item.pep508) not in description and not (mapped and mapped.name in listed):
            yield _bug(item.text, "the description does not tell conda users that pip must install it")


def _bug(subject: str, detail: str) -> Difference:
    return Difference(allowed_by=None, subject=subject, detail=detail)


def _fields(artifacts: Iterable[ArtifactMetadata], plan: Plan) -> Iterator[Difference]:
    """Compare the fields; the conda name of the package itself may differ from its name on PyPI."""
    first, *others = artifacts
    for other in others:
        for field, value in other.fields.items():
            if field not in first.fields:
                continue
            expected = first.fields[field]
            if field == "name" and other.kind not in {"wheel", "sdist"} and plan.name != expected:
                yield Difference(
                    allowed_by="renamed" if value == plan.name else None,
                    subject=expected,
                    detail=f"{value} in {other.kind}",
                )
            elif value != expected:
                yield _bug(field, f"{first.kind} says {expected!r}, {other.kind} says {value!r}")


def _run_lists(conda: ArtifactMetadata, other: ArtifactMetadata) -> Iterator[Difference]:
    run, other_run = conda.run or (), other.run or ()
    without_pip = tuple(spec for spec in run if spec != "pip")
    if run == other_run or (other.kind == "environment" and other.pip and other_run == without_pip):
        return
    if other.kind == "conda-forge" and run[1:] == other_run[1:]:
        floor = "python >=" + ".".join(map(str, CONDA_FORGE_PYTHON_MIN))
        is_lower = _min_python(run[0]) < CONDA_FORGE_PYTHON_MIN
        rule = "python-floor" if is_lower and other_run[0] == floor else None
        yield Difference(allowed_by=rule, subject="python", detail=f"{run[0]} is {other_run[0]} on conda-forge")
        return
    yield _bug("run", f"conda has {run}, {other.kind} has {other_run}")


def _min_python(spec: str) -> tuple[int, ...]:
    return tuple(int(part) for part in spec.removeprefix("python >=").split("."))


def _pip_and_conda(
    wheel: ArtifactMetadata, conda: ArtifactMetadata, settings: Settings, plan: Plan
) -> Iterator[Difference]:
    """Compare the requirements for pip with those for conda, one by one."""
    run = {spec.partition(" ")[0]: spec.partition(" ")[2] for spec in conda.run or ()}
    floor = run.pop("python", "")
    if floor != wheel.fields["python"]:
        yield _bug("python", f"wheel says {wheel.fields['python']}, conda says {floor}")
    not_carried = {
        outcome.requirement.id: outcome
        for outcome in plan.outcomes
        if isinstance(outcome, Substituted | MarkerNeverTrue)
    }
    by_conda: dict[str, list[Requirement]] = {}
    for requirement in settings.requirements:
        outcome = not_carried.get(requirement.id)
        if outcome is not None:
            rule = "covered" if isinstance(outcome, Substituted) else "never-true"
            yield Difference(allowed_by=rule, subject=requirement.text, detail="pip's own form is not in conda")
            continue
        mapped = names.conda_name(requirement.pep508.name, frozenset(requirement.pep508.extras), settings.conda_names)
        name = mapped.name if mapped else ""
        by_conda.setdefault(name, []).append(requirement)
        if name != requirement.name:
            yield Difference(allowed_by="renamed", subject=requirement.text, detail=f"{name} in conda")
    yield from _one_sided(settings, plan)
    yield from _conda_list(run, by_conda, settings, plan)


def _one_sided(settings: Settings, plan: Plan) -> Iterator[Difference]:
    pip_only = {item.id for item in plan.pip_only}
    for requirement in settings.pip_requirements:
        rule = "pip-only" if requirement.id in pip_only else "paired"
        yield Difference(allowed_by=rule, subject=requirement.text, detail=f"{rule} in pip_requirements")
    for extra, group in settings.extras.items():
        yield Difference(allowed_by="extra", subject=extra, detail=f"{len(group)} requirements, only for pip")


def _conda_list(
    run: dict[str, str], by_conda: Mapping[str, list[Requirement]], settings: Settings, plan: Plan
) -> Iterator[Difference]:
    conda_only = {
        outcome.requirement.name for outcome in plan.outcomes if isinstance(outcome, CondaOnly) and outcome.alone
    }
    own = {item.name for item in settings.conda_requirements}
    for name in own:
        if name not in run:
            yield _bug(name, "it is in conda_requirements and not in the run list")
        elif name in conda_only:
            yield Difference(allowed_by="conda-only", subject=name, detail="only in conda")
    for name in by_conda.keys() | own:
        if name not in run:
            if name in by_conda:
                yield _bug(name, "it is not in the run list")
            continue
        requirements = by_conda.get(name, [])
        clauses = [clause for item in settings.conda_requirements if item.name == name for clause in item.clauses]
        if version := _different_version(requirements, clauses, run[name]):
            asked = [item.text for item in requirements] + clauses
            yield _bug(name, f"{run[name]!r} in the run list and {asked} differ at {version}")
    for name in run.keys() - by_conda.keys() - own:
        yield _bug(name, f"it is in the run list, and no list of {settings.source.file} has it")


def _different_version(requirements: Iterable[Requirement], clauses: Sequence[str], conda: str) -> str | None:
    """Return a version that only the settings or only the run list accepts; None if there is none."""
    from rattler import Version as CondaVersion
    from rattler import VersionSpec

    specifiers = [specifier for item in requirements for specifier in item.pep508.specifier]
    conda_specs = [VersionSpec(clause) for clause in clauses]
    run_spec = VersionSpec(conda or "*")
    bounds = [specifier.version for specifier in specifiers] + [clause.lstrip("<>=!") for clause in clauses]
    for version in sorted(set(_samples(bounds))):
        conda_version = CondaVersion(str(version))
        is_accepted = all(specifier.contains(version, prereleases=True) for specifier in specifiers)
        is_accepted = is_accepted and all(spec.matches(conda_version) for spec in conda_specs)
        if is_accepted != run_spec.matches(conda_version):
            return str(version)
    return None


def _samples(bounds: Sequence[str]) -> Iterator[Version]:
    """Yield final releases on and around each bound, and the bound itself if it is the only one.

    Pre-releases and post-releases next to another bound are left out, because docs/translation.md allows differences
    there: conda's ``<2`` accepts 2.0rc1, and its ``>1.2`` accepts 1.2.post1.
    """
    yield from (Version("0"), Version("99999"))
    for bound in bounds:
        try:
            version = Version(bound.removesuffix(".*"))
        except InvalidVersion:
            continue
        prefix = f"{version.epoch}!" if version.epoch else ""
        release = version.release
        if len(bounds) == 1 or not (version.is_prerelease or version.is_postrelease):
            yield version
        for index, part in enumerate(release):
            for step in (-1, 0, 1):
                if part + step >= 0:
                    yield Version(prefix + ".".join(map(str, (*release[:index], part + step))))
        yield Version(prefix + ".".join(map(str, (*release, 1))))


_SIDE = ".verify"


def verify(request: BuildRequest, artifacts: Sequence[Artifact], folder: Path) -> list[Difference]:
    """Compare the artifacts in a folder with each other and with the generated files.

    Args:
        request: What was built.
        artifacts: All kinds of artifacts.
        folder: Where they are. The other files are written into a folder below it, which the caller deletes.

    Returns:
        The differences, each with the rule that allows it.

    Raises:
        OnelistError: There is a difference that no rule allows, or an artifact cannot be read.
    """
    project, plan = request.project, request.plan
    paths = {artifact.kind: folder / artifact.path for artifact in artifacts}
    if project.settings.has_conda:
        files = _all_paths(request, paths, folder / _SIDE)
        reading = partial(compare, files, project, plan)
    else:
        reading = partial(compare_distributions, paths[ArtifactKind.WHEEL], paths[ArtifactKind.SDIST], project, plan)
    try:
        differences = reading()
    except Exception as error:  # the errors of the libraries that read have no common base
        raise OnelistError(f"An artifact cannot be read back, so nothing was written: {error}") from error
    bugs = [difference for difference in differences if difference.allowed_by is None]
    if bugs:
        details = "; ".join(f"{bug.subject}: {bug.detail}" for bug in bugs)
        raise OnelistError(f"The artifacts differ from each other, so nothing was written: {details}")
    return differences


def _all_paths(request: BuildRequest, paths: Mapping[str, Path], side: Path) -> ArtifactPaths:
    """Write the recipes and exports into a folder, and return the paths of all files."""
    project, plan = request.project, request.plan
    for file in generated(project, plan):
        path = side / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    written = {}
    for export in (Export.ENVIRONMENT, Export.PIXI):
        try:
            (file,) = export_files(export, project, plan)
        except UsageError:  # some lists cannot be a pixi.toml: the command that exports one says so
            continue
        written[export] = side / file.path
        written[export].write_bytes(file.content)
    return ArtifactPaths(
        wheel=paths[ArtifactKind.WHEEL],
        sdist=paths[ArtifactKind.SDIST],
        conda=paths[ArtifactKind.CONDA],
        meta_yaml=side / "meta.yaml",
        recipe_yaml=side / "recipe/recipe.yaml",
        conda_forge=paths[ArtifactKind.CONDA_FORGE],
        environment=written[Export.ENVIRONMENT],
        pixi=written.get(Export.PIXI),
    )
