"""Every kind of artifact and its builder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.artifacts import recipes
from onelist.artifacts.interface import CONDA_KINDS, Kind
from onelist.exceptions import RefusedError
from onelist.plan import code_left_out, refusals

if TYPE_CHECKING:
    from collections.abc import Collection

    from onelist.artifacts.interface import Builder, Order
    from onelist.model import Artifact, Project, Settings
    from onelist.plan import Plan


def _conda(order: Order) -> Artifact:
    from onelist.artifacts import conda_package

    return conda_package.build(order)


BUILDERS: dict[Kind, Builder] = {
    Kind.WHEEL: lambda order: order.wheel,
    Kind.SDIST: lambda order: order.sdist,
    Kind.CONDA: _conda,
    Kind.CONDA_FORGE: recipes.conda_forge,
}


def build(order: Order, kinds: Collection[Kind]) -> list[Artifact]:
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
    return [BUILDERS[kind](order) for kind in Kind if kind in kinds]


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
