"""A project -> its artifacts, and the manifest that describes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from onelist.build.recipes import conda_forge, read_as_booleans
from onelist.build.request import stop_if_only_pip
from onelist.core.errors import RefusedError
from onelist.core.model import CONDA_KINDS, SCHEMA_VERSION, Artifact, ArtifactKind, Requirement, settings_to_json
from onelist.core.system import files
from onelist.core.text import redact
from onelist.settings.project import code_left_out
from onelist.translation.plan import refusals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from onelist.build.request import BuildRequest
    from onelist.build.verify import Difference
    from onelist.core.model import Project, Settings
    from onelist.translation.outcomes import Outcome
    from onelist.translation.plan import Plan

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build makes, and then writes.

    Attributes:
        folder: The output folder.
        request: What was built.
        artifacts: The artifacts, in the order of ``ArtifactKind``.
        differences: The differences between the artifacts that a rule allows; None when they were not compared.
    """

    folder: Path
    request: BuildRequest
    artifacts: tuple[Artifact, ...]
    differences: tuple[Difference, ...] | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest as data (docs/schemas/manifest.json)."""
        return make_manifest(self.request, self.artifacts)


def build(request: BuildRequest, kinds: Collection[ArtifactKind], folder: Path, *, verify: bool = False) -> BuildResult:
    """Build artifacts and write them into a folder, with their manifest: all of them, or none.

    Args:
        request: The project, its plan and the time to write into artifacts.
        kinds: What to build.
        folder: The output folder; it is created if it does not exist.
        verify: Whether to read all artifacts back and compare them before they get their places. This needs all kinds.

    Returns:
        What was written.

    Raises:
        RefusedError: No artifact would hold the project's code, or conda cannot carry a requirement.
        SettingsError: A link in the folder leads out of it.
        UsageError: A builder refuses the project, or a file cannot be written.
        OnelistError: The artifacts differ where no rule allows it.
    """
    return write(make(request, kinds, folder), verify=verify)


def make(request: BuildRequest, kinds: Collection[ArtifactKind], folder: Path, *, index: bool = False) -> BuildResult:
    """Build artifacts in memory; :func:`write` writes them.

    Args:
        request: The project, its plan and the time to write into artifacts.
        kinds: What to build.
        folder: The output folder.
        index: Whether a channel is made of it.

    Returns:
        What is to be written.

    Raises:
        RefusedError: No artifact would hold the project's code, or conda cannot carry a requirement.
        SettingsError: A link in the folder leads out of it.
        UsageError: A builder refuses the project, or only pip installs the list and something is for conda.
    """
    if index:
        stop_if_only_pip(request.project.settings, "Leave out --index.")
    artifacts = build_artifacts(request, with_companions(kinds, request.project.settings))
    files.stop_if_any_outside(folder, [*(artifact.path for artifact in artifacts), MANIFEST])
    return BuildResult(folder=folder, request=request, artifacts=artifacts)


def write(made: BuildResult, *, verify: bool = False) -> BuildResult:
    """Write what :func:`make` returned, all of it or nothing.

    Args:
        made: The artifacts.
        verify: Whether to read all artifacts back and compare them before they get their places. This needs all kinds.

    Returns:
        What was written.

    Raises:
        SettingsError: A link in the folder leads out of it.
        UsageError: A file cannot be written.
        OnelistError: The artifacts differ where no rule allows it.
    """
    request, artifacts = made.request, made.artifacts
    differences: list[Difference] = []

    def compare(staging: Path) -> None:
        from onelist.build.verify import verify as verify_artifacts

        differences.extend(verify_artifacts(request, artifacts, staging))

    manifest = manifest_artifact(make_manifest(request, artifacts))
    files.write_all(made.folder, [*artifacts, manifest], before=compare if verify else None)
    return replace(made, differences=tuple(differences)) if verify else made


def build_artifacts(request: BuildRequest, kinds: Collection[ArtifactKind]) -> tuple[Artifact, ...]:
    """Build artifacts in memory.

    Args:
        request: The project, its plan and the time to write into artifacts.
        kinds: What to build.

    Returns:
        The artifacts, in the order of ``ArtifactKind``.

    Raises:
        RefusedError: No artifact would hold the project's code, or conda cannot carry a requirement.
        UsageError: A builder refuses the project, or a temporary file cannot be written.
    """
    stop_if_code_is_lost(request.project)
    if CONDA_KINDS.intersection(kinds):
        stop_if_only_pip(request.project.settings, "Build only for pip with --only wheel sdist.")
        stop_if_no_conda(request.project.settings, request.plan)
    return tuple(_build_each(request, frozenset(kinds)))


def _build_each(request: BuildRequest, kinds: frozenset[ArtifactKind]) -> Iterator[Artifact]:
    """Yield the artifacts in the order of ``ArtifactKind``; the conda-forge recipe needs the hash of the sdist."""
    needed = kinds | {ArtifactKind.SDIST} if ArtifactKind.CONDA_FORGE in kinds else kinds
    distributions: dict[ArtifactKind, Artifact] = {}
    if python_kinds := [kind for kind in (ArtifactKind.WHEEL, ArtifactKind.SDIST) if kind in needed]:
        from onelist.build.python_package import build_distributions

        distributions = build_distributions(request, python_kinds)
        yield from (artifact for kind, artifact in distributions.items() if kind in kinds)
    if ArtifactKind.CONDA in kinds:
        from onelist.build.conda_package import build_conda_package

        yield build_conda_package(request)
    if ArtifactKind.CONDA_FORGE in kinds:
        yield conda_forge(request, distributions[ArtifactKind.SDIST])


def with_companions(kinds: Collection[ArtifactKind], settings: Settings) -> frozenset[ArtifactKind]:
    """Return the kinds to write.

    Without ``sdist_url`` the conda-forge recipe refers to the sdist beside it. Of a list that only pip installs, all
    kinds are those for pip.
    """
    if not settings.has_conda and frozenset(kinds) == frozenset(ArtifactKind):
        return frozenset(kinds) - CONDA_KINDS
    if ArtifactKind.CONDA_FORGE in kinds and not settings.sdist_url:
        return frozenset({*kinds, ArtifactKind.SDIST})
    return frozenset(kinds)


def stop_if_code_is_lost(project: Project) -> None:
    """Raise when there is Python code beside settings.ini, and settings.ini does not allow the package to omit it.

    Raises:
        RefusedError: With the finding.
    """
    if findings := code_left_out(project):
        source = project.settings.source
        raise RefusedError(
            message=f"Nothing was built: the package would not hold the code beside {source.file}.",
            hint=f"If this is what you want, write meta_package = true into {source.file}.",
            findings=findings,
            source=source,
        )


def stop_if_refused(settings: Settings, plan: Plan, *, done: str = "built", other: str = "") -> None:
    """Raise when conda cannot carry a requirement.

    Args:
        settings: The list.
        plan: What each requirement becomes for conda.
        done: What is not done because of it, as a participle.
        other: What can be done all the same; ``""`` for nothing.

    Raises:
        RefusedError: With a finding for each such requirement.
    """
    refused = refusals(settings, plan)
    if refused:
        count = "one requirement" if len(refused) == 1 else f"{len(refused)} requirements"
        raise RefusedError(
            message=f"Nothing was {done}: conda cannot carry {count} of {settings.source.file}.",
            hint=f"Fix that first{other}.",
            findings=refused,
            source=settings.source,
        )


def stop_if_no_conda(settings: Settings, plan: Plan, *, done: str = "built", other: str = "") -> None:
    """Raise when conda cannot carry a requirement, or conda-build would not read a text of meta.yaml as text.

    Args:
        settings: The list.
        plan: What each requirement becomes for conda.
        done: What is not done because of it, as a participle.
        other: What can be done all the same; ``""`` for nothing.

    Raises:
        RefusedError: With a finding for each such requirement or text.
    """
    stop_if_refused(settings, plan, done=done, other=other)
    if settings.has_conda and (findings := read_as_booleans(settings, plan)):
        source = settings.source
        raise RefusedError(
            message=f"Nothing was {done}: conda-build would read a text of {source.file} as true or false.",
            hint=f"Fix that first{other}.",
            findings=findings,
            source=source,
        )


def manifest_artifact(manifest: dict[str, Any]) -> Artifact:
    """Return the manifest as a file."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Artifact(kind="manifest", path=MANIFEST, content=text.encode())


def make_manifest(request: BuildRequest, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """Return the manifest as data (docs/schemas/manifest.json).

    Args:
        request: What was built.
        artifacts: The artifacts.

    Returns:
        The settings, each artifact with its size in bytes and its SHA-256, and the form of each requirement in each.
    """
    kinds = [ArtifactKind(artifact.kind) for artifact in artifacts]
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": {
            **settings_to_json(request.project.settings),
            "file": PurePath(request.project.settings.source.file).name,
        },
        "artifacts": [
            {
                "kind": artifact.kind,
                "path": artifact.path,
                "size": len(artifact.content),
                "sha256": hashlib.sha256(artifact.content).hexdigest(),
            }
            for artifact in artifacts
        ],
        "run": list(request.plan.run),
        "requirements": [_requirement_forms(outcome, kinds) for outcome in request.plan.outcomes],
    }


def _requirement_forms(outcome: Outcome, kinds: Sequence[ArtifactKind]) -> dict[str, Any]:
    """Return a requirement with its form in each kind of artifact."""
    requirement = outcome.requirement
    pip = redact(str(requirement.pep508)) if isinstance(requirement, Requirement) else None
    return {
        "requirement": redact(requirement.text),
        "list": requirement.key,
        "line": requirement.span.line,
        "column": requirement.span.column,
        "rule": outcome.rule,
        "note": outcome.note,
        "artifacts": {kind.value: outcome.spec if kind in CONDA_KINDS else pip for kind in kinds},
    }
