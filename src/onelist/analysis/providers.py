"""Which conda package provides a requirement, where no channel has its conda name, or the name proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.core.status import Absent, Cause
from onelist.sources.faults import SourceError
from onelist.translation import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.queries import CondaQuery
    from onelist.sources.conda.records import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A conda package that provides a requirement under another name than the one that was looked up.

    Attributes:
        channel: The channel.
        name: The conda name.
    """

    channel: str
    name: str


def find_provider(availability: ListAvailability, entry: ListedRequirement) -> Provider | None:
    """Return the package that provides a requirement whose conda name is in no channel.

    Args:
        availability: The answers.
        entry: The requirement.

    Returns:
        The first in the order of channels and names; None when a channel has the conda name itself, when a channel
        could not answer, or when no package provides it.
    """
    conda = entry.query.conda
    if conda is None or not availability.channels or not _is_in_no_channel(availability, entry):
        return None
    for channel in availability.channels:
        for other in conda.others:
            if _is_python_package(all_builds(availability, channel, other)):
                return Provider(channel=channel, name=other)
    return None


def is_trusted(availability: ListAvailability, channel: str, conda: CondaQuery) -> bool:
    """Tell whether a conda package is the Python package that is meant, and not something else of the same name.

    A name from the user or from the table of names is enough. A name that is only the same as on the package index
    needs a package that depends on Python.
    """
    if conda.origin is not names.Origin.SAME:
        return True
    return _is_python_package(all_builds(availability, channel, conda.name))


def all_builds(availability: ListAvailability, channel: str, name: str) -> Iterator[Build]:
    """Yield the builds of a name in a channel for all platforms of the list; none where the channel did not answer."""
    platforms = dict.fromkeys(target.platform for target in availability.targets)
    found = (availability.lookup.records(channel, platform, name) for platform in platforms)
    for records in found:
        if not isinstance(records, SourceError):
            for package in records:
                yield from package.all_builds()


def _is_in_no_channel(availability: ListAvailability, entry: ListedRequirement) -> bool:
    states = [result.status for result in availability.priority_results(entry)]
    return all(isinstance(status, Absent) and status.cause is Cause.NO_NAME for status in states)


def _is_python_package(found: Iterator[Build]) -> bool:
    from onelist.sources.conda.candidates import is_python_package

    return is_python_package(found)
