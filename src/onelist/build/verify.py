"""Does every artifact say the same? Reads the files back and compares them; the proof behind ``build --verify``.

What is compared is what was written, read by other code than wrote it: packaging for wheel and sdist, rattler for
the .conda, rattler-build for the v1 recipes, PyYAML and tomllib for the rest. Version bounds are compared by their
meaning, over sample versions on either side of every bound, since PEP 440 and conda write them differently.
"""

from __future__ import annotations

import hashlib
import tarfile
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from onelist.build import readback
from onelist.build.exports import EXPORTS, FILE_NAMES, Export
from onelist.build.recipes import CONDA_FORGE_PYTHON_MIN, generated
from onelist.core.errors import OnelistError, UsageError
from onelist.core.model import ArtifactKind
from onelist.translation import names
from onelist.translation.outcomes import CondaOnly, MarkerNeverTrue, Substituted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.build.readback import ArtifactMetadata
    from onelist.build.request import BuildRequest
    from onelist.core.model import Artifact, Project, Requirement, Settings
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where two artifacts do not say the same.

    Attributes:
        rule: The name of the rule that allows it, as docs/translation.md lists them; None when it is a bug.
        subject: The requirement or field.
        detail: What one says and what the other says.
    """

    rule: str | None
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the files of one project lie.

    Attributes:
        wheel: The wheel.
        sdist: The sdist.
        conda: The .conda package.
        meta_yaml: Form A for conda-build.
        recipe_yaml: Form A for rattler-build.
        conda_forge: Form B.
        environment: The environment.yml.
        pixi: The pixi.toml; None where the list cannot be one.
    """

    wheel: Path
    sdist: Path
    conda: Path
    meta_yaml: Path
    recipe_yaml: Path
    conda_forge: Path
    environment: Path
    pixi: Path | None


def compare(files: Files, project: Project, plan: Plan) -> list[Difference]:
    """Read the files back and compare what they say.

    Args:
        files: The files.
        project: What was asked for: which requirements are for one side alone, and what is copied as it is.
        plan: What became of each requirement: which rule is said to allow a difference.

    Returns:
        Every difference; one without a rule is a bug.
    """
    settings = project.settings
    wheel, sdist = readback.wheel(files.wheel), readback.sdist(files.sdist)
    conda = readback.conda(files.conda)
    recipes = [
        readback.meta_yaml(files.meta_yaml),
        readback.recipe(files.recipe_yaml),
        readback.recipe(files.conda_forge),
    ]
    exports = [readback.environment(files.environment)]
    if files.pixi:
        exports.append(readback.pixi(files.pixi))
    differences = [*_fields([wheel, sdist, conda, *recipes, *exports], plan), *_recipe_fields(conda, recipes, settings)]
    differences += _sdist_files(files, project)
    wanted = _wanted(settings)
    for pip_side in (wheel, sdist):
        if pip_side.pip != wanted:
            differences.append(_bug("requirements", f"{pip_side.kind} has {pip_side.pip}, the settings {wanted}"))
    for other in (*recipes, *exports):
        differences += _run_lists(conda, other)
    for_pip = readback.pip_set(item.pep508 for item in plan.pip_only)
    for other in exports:
        if for_pip != other.pip:
            differences.append(_bug("pip", f"{other.kind} has {other.pip}, conda leaves {for_pip} to pip"))
    differences += _pip_and_conda(wheel, conda, settings, plan)
    return differences


def _wanted(settings: Settings) -> tuple[str, ...]:
    """Return every requirement that the wheel must have, those of extras with the marker that says so."""
    wanted = [item.pep508 for item in (*settings.requirements, *settings.pip_requirements)]
    for extra in settings.extras:
        for item in _group(settings, extra, frozenset()):
            copy = Pep508(str(item.pep508))
            own = f"({copy.marker}) and " if copy.marker else ""
            copy.marker = Marker(f'{own}extra == "{extra}"')
            wanted.append(copy)
    return readback.pip_set(wanted)


def _group(settings: Settings, extra: str, seen: frozenset[str]) -> Iterator[Requirement]:
    """Yield the requirements of an extra; where it asks for another extra of the list itself, those of that one."""
    for item in settings.extras.get(extra, ()):
        if item.name != settings.name:
            yield item
            continue
        for other in map(canonicalize_name, item.pep508.extras - seen):
            yield from _group(settings, other, seen | {extra, other})


def _sdist_files(files: Files, project: Project) -> Iterator[Difference]:
    """Compare what the sdist holds besides its metadata: pip builds from its pyproject.toml."""
    settings = project.settings
    with tarfile.open(files.sdist) as archive:
        contents = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
        read = {name: file.read() for name, file in contents.items() if file}
    table = tomllib.loads(read["pyproject.toml"].decode())["project"]
    groups = {"": table["dependencies"], **table.get("optional-dependencies", {})}
    listed = {"": (*settings.requirements, *settings.pip_requirements), **settings.extras}
    for name in groups.keys() | listed.keys():
        have = readback.pip_set(map(Pep508, groups.get(name, ())))
        want = readback.pip_set(item.pep508 for item in listed.get(name, ()))
        if have != want:
            yield _bug("pyproject.toml", f"it has {have}, the settings {want}")
    if (table["name"], table["version"]) != (settings.name, str(settings.version)):
        yield _bug("pyproject.toml", f"it is {table['name']} {table['version']}")
    if table["requires-python"] != f">={settings.python_floor}":
        yield _bug("pyproject.toml", f"it asks for Python {table['requires-python']}")
    if read["settings.ini"] != project.raw:
        yield _bug("settings.ini", "the sdist has another one")
    digest = hashlib.sha256(files.sdist.read_bytes()).hexdigest()
    if digest not in files.conda_forge.read_text(encoding="utf-8"):
        yield _bug("sha256", "the conda-forge recipe has the hash of another sdist")


def _recipe_fields(
    conda: ArtifactMetadata, recipes: Iterable[ArtifactMetadata], settings: Settings
) -> Iterator[Difference]:
    """Compare what conda's files alone have."""
    for statement in (conda, *recipes):
        noarch = "python" if statement.kind == "conda-forge" else "generic"
        if (statement.fields["noarch"], statement.fields["number"]) != (noarch, "0"):
            yield _bug("build", f"{statement.kind} is noarch {statement.fields['noarch']}")
        if statement.fields["description"] != conda.fields["description"]:
            yield _bug("description", f"{statement.kind} has another description than the .conda")
    told = conda.fields["description"]
    listed = {spec.partition(" ")[0] for spec in conda.run or ()}
    for item in settings.pip_requirements:
        mapped = names.conda_name(item.name, frozenset(item.pep508.extras), settings.conda_names)
        if str(item.pep508) not in told and not (mapped and mapped.name in listed):
            yield _bug(item.text, "conda users are not told that it is left to pip")


def _bug(subject: str, detail: str) -> Difference:
    return Difference(rule=None, subject=subject, detail=detail)


def _fields(statements: Iterable[ArtifactMetadata], plan: Plan) -> Iterator[Difference]:
    """Compare the fields; the conda name of the package itself may differ from the one on the index."""
    first, *others = statements
    for other in others:
        for field, value in other.fields.items():
            if field not in first.fields:
                continue
            expected = first.fields[field]
            if field == "name" and other.kind not in {"wheel", "sdist"} and plan.name != expected:
                yield Difference(
                    rule="renamed" if value == plan.name else None,
                    subject=expected,
                    detail=f"{value} in {other.kind}",
                )
            elif value != expected:
                yield _bug(field, f"{first.kind} says {expected!r}, {other.kind} says {value!r}")


def _run_lists(conda: ArtifactMetadata, other: ArtifactMetadata) -> Iterator[Difference]:
    ours, theirs = conda.run or (), other.run or ()
    if ours == theirs or (other.kind == "environment" and other.pip and theirs == tuple(s for s in ours if s != "pip")):
        return
    if other.kind == "conda-forge" and ours[1:] == theirs[1:]:
        floor = "python >=" + ".".join(map(str, CONDA_FORGE_PYTHON_MIN))
        lower = _floor(ours[0]) < CONDA_FORGE_PYTHON_MIN
        rule = "python-floor" if lower and theirs[0] == floor else None
        yield Difference(rule=rule, subject="python", detail=f"{ours[0]} is {theirs[0]} on conda-forge")
        return
    yield _bug("run", f"conda has {ours}, {other.kind} has {theirs}")


def _floor(spec: str) -> tuple[int, ...]:
    return tuple(int(part) for part in spec.removeprefix("python >=").split("."))


def _pip_and_conda(
    wheel: ArtifactMetadata, conda: ArtifactMetadata, settings: Settings, plan: Plan
) -> Iterator[Difference]:
    """Compare what pip gets with what conda gets, requirement by requirement."""
    left = {spec.partition(" ")[0]: spec.partition(" ")[2] for spec in conda.run or ()}
    floor = left.pop("python", "")
    if floor != wheel.fields["python"]:
        yield _bug("python", f"wheel says {wheel.fields['python']}, conda says {floor}")
    uncarried = {
        outcome.requirement.id: outcome
        for outcome in plan.outcomes
        if isinstance(outcome, Substituted | MarkerNeverTrue)
    }
    by_conda: dict[str, list[Requirement]] = {}
    for requirement in settings.requirements:
        outcome = uncarried.get(requirement.id)
        if outcome is not None:
            rule = "covered" if isinstance(outcome, Substituted) else "never-true"
            yield Difference(rule=rule, subject=requirement.text, detail="pip's own form is not in conda")
            continue
        mapped = names.conda_name(requirement.pep508.name, frozenset(requirement.pep508.extras), settings.conda_names)
        name = mapped.name if mapped else ""
        by_conda.setdefault(name, []).append(requirement)
        if name != requirement.name:
            yield Difference(rule="renamed", subject=requirement.text, detail=f"{name} in conda")
    yield from _one_sided(settings, plan)
    yield from _conda_list(left, by_conda, settings, plan)


def _one_sided(settings: Settings, plan: Plan) -> Iterator[Difference]:
    pip_only = {item.id for item in plan.pip_only}
    for requirement in settings.pip_requirements:
        rule = "pip-only" if requirement.id in pip_only else "paired"
        yield Difference(rule=rule, subject=requirement.text, detail=f"{rule} in pip_requirements")
    for extra, group in settings.extras.items():
        yield Difference(rule="extra", subject=extra, detail=f"{len(group)} requirements, pip alone")


def _conda_list(
    left: dict[str, str], by_conda: Mapping[str, list[Requirement]], settings: Settings, plan: Plan
) -> Iterator[Difference]:
    alone = {outcome.requirement.name for outcome in plan.outcomes if isinstance(outcome, CondaOnly) and outcome.alone}
    own = {item.name: item for item in settings.conda_requirements}
    for name in own:
        if name not in left:
            yield _bug(name, "it is in conda_requirements and not in the run list")
        elif name in alone:
            yield Difference(rule="conda-only", subject=name, detail="in conda alone")
    for name in by_conda.keys() | own.keys():
        if name not in left:
            if name in by_conda:
                yield _bug(name, "it is not in the run list")
            continue
        requirements = by_conda.get(name, [])
        clauses = [clause for item in settings.conda_requirements if item.name == name for clause in item.clauses]
        if where := _disagreement(requirements, clauses, left[name]):
            asked = [item.text for item in requirements] + clauses
            yield _bug(name, f"{left[name]!r} in the run list and {asked} differ at {where}")
    for name in left.keys() - by_conda.keys() - own.keys():
        yield _bug(name, "it is in the run list, and nobody asked for it")


def _disagreement(requirements: Iterable[Requirement], clauses: Sequence[str], conda: str) -> str | None:
    """Return a version that those who ask take and the run list does not, or the other way round; None for none."""
    from rattler import Version as CondaVersion
    from rattler import VersionSpec

    specifiers = [specifier for item in requirements for specifier in item.pep508.specifier]
    own = [VersionSpec(clause) for clause in clauses]
    spec = VersionSpec(conda or "*")
    bounds = [specifier.version for specifier in specifiers] + [clause.lstrip("<>=!") for clause in clauses]
    for version in sorted(set(_samples(bounds))):
        asked = CondaVersion(str(version))
        wanted = all(specifier.contains(version, prereleases=True) for specifier in specifiers)
        if (wanted and all(bound.matches(asked) for bound in own)) != spec.matches(asked):
            return str(version)
    return None


def _samples(bounds: Sequence[str]) -> Iterator[Version]:
    """Yield final releases on and around each bound, and a bound that stands alone.

    Pre- and post-releases beside another bound are left out: there the deliberate deviations of docs/translation.md
    begin (conda's ``<2`` admits 2.0rc1, its ``>1.2`` admits 1.2.post1).
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


def verify(order: BuildRequest, artifacts: Sequence[Artifact], folder: Path) -> list[Difference]:
    """Compare the artifacts that lie in a folder with one another and with the generated files.

    Args:
        order: What was built: the project and its plan.
        artifacts: All kinds of artifacts.
        folder: Where they lie; what else is needed is written below it, into a folder that is left for the caller
            to delete.

    Returns:
        The differences, each with the rule that allows it.

    Raises:
        OnelistError: A difference that no rule allows.
    """
    project, plan = order.project, order.plan
    side = folder / _SIDE
    for file in generated(project, plan):
        path = side / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    written = {}
    for export in (Export.ENVIRONMENT, Export.PIXI):
        try:
            content = EXPORTS[export](project, plan)
        except UsageError:  # pixi.toml has no place for some lists; whoever asks for one is told
            continue
        written[export] = side / FILE_NAMES[export]
        written[export].write_text(content, encoding="utf-8", newline="\n")
    paths = {artifact.kind: folder / artifact.path for artifact in artifacts}
    files = Files(
        wheel=paths[ArtifactKind.WHEEL],
        sdist=paths[ArtifactKind.SDIST],
        conda=paths[ArtifactKind.CONDA],
        meta_yaml=side / "meta.yaml",
        recipe_yaml=side / "recipe/recipe.yaml",
        conda_forge=paths[ArtifactKind.CONDA_FORGE],
        environment=written[Export.ENVIRONMENT],
        pixi=written.get(Export.PIXI),
    )
    try:
        differences = compare(files, project, plan)
    except Exception as error:  # the readers are several libraries, and their errors have no base in common
        raise OnelistError(f"An artifact cannot be read back, so nothing was written: {error}") from error
    bugs = [difference for difference in differences if difference.rule is None]
    if bugs:
        said = "; ".join(f"{bug.subject}: {bug.detail}" for bug in bugs)
        raise OnelistError(f"The artifacts do not say the same, so nothing was written: {said}")
    return differences
