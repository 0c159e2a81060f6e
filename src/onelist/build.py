"""One project -> its artifacts and their manifest, as content."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from onelist.addresses import redact
from onelist.artifacts import registry
from onelist.artifacts.interface import CONDA_KINDS, Kind, Order
from onelist.described import SCHEMA_VERSION, settings_json
from onelist.model import Artifact, Requirement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from onelist.outcomes import Outcome

MANIFEST = "manifest.json"


def build(order: Order, kinds: Collection[Kind]) -> tuple[list[Artifact], dict[str, Any]]:
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
    if Kind.CONDA_FORGE in kinds and not order.project.settings.sdist_url:
        kinds = {*kinds, Kind.SDIST}  # the recipe points to the file beside it
    artifacts = registry.build(order, kinds)
    return artifacts, _manifest(order, artifacts)


def manifest_artifact(manifest: dict[str, Any]) -> Artifact:
    """Return the manifest as a file."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Artifact(kind="manifest", path=MANIFEST, content=text.encode())


def _manifest(order: Order, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    kinds = [Kind(artifact.kind) for artifact in artifacts]
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": {
            **settings_json(order.project.settings),
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


def _became(outcome: Outcome, kinds: Sequence[Kind]) -> dict[str, Any]:
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
