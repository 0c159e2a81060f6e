"""What every builder of an artifact gets, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from onelist.core.model import Artifact, Project
    from onelist.translation.plan import Plan

FIXED_EPOCH = 1580601600
"""The time that is written into artifacts when SOURCE_DATE_EPOCH is not set, in seconds since 1970: 2 February
2020, hatchling's own fixed date."""


EARLIEST_EPOCH = 315532800
"""1 January 1980 in seconds since 1970: zip files know no earlier time, and some of the builders fail at one."""
BUILD_BACKEND = ("hatchling", ">=1.27")
"""What builds the sdist, and since when it writes Core Metadata 2.4 (licence expressions, PEP 639)."""


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """What is to be built.

    Attributes:
        project: The project.
        plan: What becomes of each requirement.
        epoch: The time to write into artifacts, in seconds since 1970.
    """

    project: Project
    plan: Plan
    epoch: int = FIXED_EPOCH

    @cached_property
    def wheel(self) -> Artifact:
        """The wheel."""
        from onelist.build import python_package

        return python_package.build_wheel(self)

    @cached_property
    def sdist(self) -> Artifact:
        """The sdist, whose hash the conda-forge recipe needs."""
        from onelist.build import python_package

        return python_package.build_sdist(self)


if TYPE_CHECKING:
    Builder = Callable[[BuildRequest], Artifact]
