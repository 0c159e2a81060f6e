"""The files of a build, and those made from the same settings elsewhere, laid out for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist import equality
from onelist.artifacts.exports import EXPORTS, FILE_NAMES, Export
from onelist.artifacts.interface import Kind
from onelist.exceptions import OnelistError, UsageError
from onelist.sync import generated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.artifacts.interface import Order
    from onelist.equality import Difference
    from onelist.model import Artifact

_SIDE = ".verify"


def verify(order: Order, artifacts: Sequence[Artifact], folder: Path) -> list[Difference]:
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
    files = equality.Files(
        wheel=paths[Kind.WHEEL],
        sdist=paths[Kind.SDIST],
        conda=paths[Kind.CONDA],
        meta_yaml=side / "meta.yaml",
        recipe_yaml=side / "recipe/recipe.yaml",
        conda_forge=paths[Kind.CONDA_FORGE],
        environment=written[Export.ENVIRONMENT],
        pixi=written.get(Export.PIXI),
    )
    try:
        differences = equality.compare(files, project, plan)
    except Exception as error:  # the readers are several libraries, and their errors have no base in common
        raise OnelistError(f"An artifact cannot be read back, so nothing was written: {error}") from error
    bugs = [difference for difference in differences if difference.rule is None]
    if bugs:
        said = "; ".join(f"{bug.subject}: {bug.detail}" for bug in bugs)
        raise OnelistError(f"The artifacts do not say the same, so nothing was written: {said}")
    return differences
