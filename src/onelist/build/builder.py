"""Every kind of artifact and its builder."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from onelist.build import recipes
from onelist.build.request import BuildRequest
from onelist.core.errors import RefusedError
from onelist.core.model import CONDA_KINDS, SCHEMA_VERSION, Artifact, ArtifactKind, Requirement, settings_to_json
from onelist.core.text import redact
from onelist.settings.project import code_left_out
from onelist.translation.plan import refusals

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from onelist.build.request import Builder, BuildRequest
    from onelist.core.model import Project, Settings
    from onelist.translation.outcomes import Outcome
    from onelist.translation.plan import Plan


def _conda(order: BuildRequest) -> Artifact:
    from onelist.build import conda_package

    return conda_package.build(order)


BUILDERS: dict[ArtifactKind, Builder] = {
    ArtifactKind.WHEEL: lambda order: order.wheel,
    ArtifactKind.SDIST: lambda order: order.sdist,
    ArtifactKind.CONDA: _conda,
    ArtifactKind.CONDA_FORGE: recipes.conda_forge,
}


def build_artifacts(order: BuildRequest, kinds: Collection[ArtifactKind]) -> list[Artifact]:
    """Build artifacts; all that are asked for, or none.

    Args:
        order: The project and its plan.
        kinds: What to build.

    Returns:
        The artifacts in the order of ``Kind``.

    Raises:
        RefusedError: There is code that no artifact would hold; or a conda artifact is asked for, and conda cannot
            carry a requirement.
        UsageError: A builder refuses, or a temporary file cannot be written.
    """
    stop_if_code_is_lost(order.project)
    if CONDA_KINDS.intersection(kinds):
        stop_if_refused(order.project.settings, order.plan)
    return [BUILDERS[kind](order) for kind in ArtifactKind if kind in kinds]


def stop_if_code_is_lost(project: Project) -> None:
    """Raise when code lies beside settings.ini and settings.ini does not say that the package shall not hold it.

    Raises:
        RefusedError: With the finding.
    """
    if findings := code_left_out(project):
        source = project.settings.source
        raise RefusedError(
            message=f"Nothing was built: {source.file} lies beside code that the package would not hold.",
            hint="Say in settings.ini that this is meant: meta_package = true",
            findings=findings,
            source=source,
        )


def stop_if_refused(settings: Settings, plan: Plan) -> None:
    """Raise when conda cannot carry a requirement.

    Raises:
        RefusedError: With a finding for each such requirement.
    """
    refused = refusals(settings, plan)
    if refused:
        count = "one requirement" if len(refused) == 1 else f"{len(refused)} requirements"
        raise RefusedError(
            message=f"Nothing was built: conda cannot carry {count} of {settings.source.file}.",
            hint="Mend that first, or build for pip alone with --only wheel sdist.",
            findings=refused,
            source=settings.source,
        )


MANIFEST = "manifest.json"


def build(order: BuildRequest, kinds: Collection[ArtifactKind]) -> tuple[list[Artifact], dict[str, Any]]:
    """Build a project.

    Args:
        order: The project, its plan and the time to write into artifacts.
        kinds: What to build.

    Returns:
        The artifacts, and the manifest (docs/schemas/manifest.json) as data.

    Raises:
        RefusedError: A conda artifact is asked for, and conda cannot carry a requirement.
        UsageError: A builder refuses, or a temporary file cannot be written.
    """
    if ArtifactKind.CONDA_FORGE in kinds and not order.project.settings.sdist_url:
        kinds = {*kinds, ArtifactKind.SDIST}  # the recipe points to the file beside it
    artifacts = build_artifacts(order, kinds)
    return artifacts, _manifest(order, artifacts)


def manifest_artifact(manifest: dict[str, Any]) -> Artifact:
    """Return the manifest as a file."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Artifact(kind="manifest", path=MANIFEST, content=text.encode())


def _manifest(order: BuildRequest, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    kinds = [ArtifactKind(artifact.kind) for artifact in artifacts]
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": {
            **settings_to_json(order.project.settings),
            "file": PurePath(order.project.settings.source.file).name,
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
        "run": list(order.plan.run),
        "requirements": [_became(outcome, kinds) for outcome in order.plan.outcomes],
    }


def _became(outcome: Outcome, kinds: Sequence[ArtifactKind]) -> dict[str, Any]:
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
