"""The next version of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from onelist.exceptions import UsageError
from onelist.parsing import shortened

if TYPE_CHECKING:
    import datetime

PARTS = ("major", "minor", "patch")
CALVER = "calver"


def next_version(current: Version, to: str, today: datetime.date) -> Version:
    """Return the version that comes after one.

    Args:
        current: The version now.
        to: ``major``, ``minor`` or ``patch``: which number to count up; ``calver`` for the day; or a version (PEP 440).
        today: The day.

    Returns:
        A newer version. A pre-release goes to its own release where that is what is asked for.

    Raises:
        UsageError: ``to`` is none of these, or its version is not newer.
    """
    if to in PARTS:
        return _counted(current, PARTS.index(to))
    if to == CALVER:
        return _dated(current, today)
    try:
        wanted = Version(to)
    except ValueError:
        raise UsageError(
            f"{shortened(to)} is no version.", "Write major, minor, patch, calver or a version such as 1.2.0."
        ) from None
    if wanted <= current:
        raise UsageError(
            f"{wanted} is not newer than {current}, which settings.ini has.",
            "The index and the channels take a newer version only.",
        )
    return wanted


def _counted(current: Version, part: int) -> Version:
    numbers = [*current.release, 0, 0, 0][: max(len(current.release), part + 1, 3)]
    if current.is_prerelease and not any(numbers[part + 1 :]):
        return Version(_joined(current, numbers))
    counted = [*numbers[:part], numbers[part] + 1, *([0] * (len(numbers) - part - 1))]
    return Version(_joined(current, counted))


def _dated(current: Version, today: datetime.date) -> Version:
    """Return the version of a day; a second one on the same day gets a number behind it."""
    version = Version(f"{today.year}.{today.month}.{today.day}")
    if version > current:
        return version
    if current.release[:3] == version.release:
        behind = current.release[3] + 1 if len(current.release) > len(version.release) else 1
        return Version(f"{version}.{behind}")
    raise UsageError(
        f"{version} is not newer than {current}, which settings.ini has.", "Write major, minor, patch or a version."
    )


def _joined(current: Version, numbers: list[int]) -> str:
    return (f"{current.epoch}!" if current.epoch else "") + ".".join(map(str, numbers))
