"""The input of every builder: a project, its plan, and the time to write into artifacts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from onelist.core.errors import UsageError
from onelist.core.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.core.model import Project, Settings
    from onelist.translation.plan import Plan

FIXED_EPOCH = 1580601600
"""The time in artifacts when SOURCE_DATE_EPOCH is not set, in seconds since 1970: 2 February 2020, which is also
hatchling's own fixed date."""
EARLIEST_EPOCH = 315532800
"""1 January 1980 in seconds since 1970: the earliest time that a zip file can hold."""
_LATEST_EPOCH = 2**32 - 1
"""The last second that gzip can write (RFC 1952): in February 2106."""
BUILD_BACKEND = ("hatchling", ">=1.27")
"""What builds the sdist, and the first version that writes Core Metadata 2.4 (licence expressions, PEP 639)."""


class BuildRequest(NamedTuple):
    """What to build.

    Attributes:
        project: The project.
        plan: The conda form of each requirement.
        epoch: The time to write into artifacts, in seconds since 1970.
    """

    project: Project
    plan: Plan
    epoch: int = FIXED_EPOCH


def stop_if_only_pip(settings: Settings, advice: str) -> None:
    """Raise where something is wanted for conda of a list that only pip installs.

    Args:
        settings: The list.
        advice: What to do instead, as a sentence.

    Raises:
        UsageError: ``conda_channels`` is ``none``.
    """
    if not settings.has_conda:
        raise UsageError(
            f"{settings.source.file} says conda_channels = none: only pip installs the list.",
            f"{advice} Or name the channels for conda users in conda_channels.",
        )


def source_date_epoch(environment: Mapping[str, str]) -> int:
    """Return SOURCE_DATE_EPOCH, or the fixed time (https://reproducible-builds.org/specs/source-date-epoch/).

    Args:
        environment: The environment variables.

    Returns:
        Seconds since 1970, at least ``EARLIEST_EPOCH``.

    Raises:
        UsageError: The variable does not hold a time that gzip can write.
    """
    value = environment.get("SOURCE_DATE_EPOCH", "").strip()
    if not value:
        return FIXED_EPOCH
    if not (re.fullmatch(r"[0-9]{1,10}", value) and int(value) <= _LATEST_EPOCH):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {shortened(value)!r}, which is not a time in seconds since 1970.",
            "Unset it, or set it to a number.",
        )
    return max(int(value), EARLIEST_EPOCH)
