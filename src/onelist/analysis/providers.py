"""Which conda package holds a requirement, when its conda name is on no channel or the name alone proves nothing."""

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
    """A conda package that holds a requirement, under another name than it was looked for.

    Attributes:
        channel: The channel.
        name: The conda name.
    """

    channel: str
    name: str


def find_provider(availability: ListAvailability, entry: ListedRequirement) -> Provider | None:
    """Return who holds a requirement of which no channel has the conda name.

    Args:
        availability: The answers.
        entry: The requirement.

    Returns:
        The first in the order of channels and names; None when the conda name itself is somewhere, when that could
        not be found out, or when nobody holds it.
    """
    conda = entry.query.conda
    if conda is None or not availability.channels or not _is_nowhere(availability, entry):
        return None
    for channel in availability.channels:
        for other in conda.others:
            if _is_python_package(all_builds(availability, channel, other)):
                return Provider(channel=channel, name=other)
    return None


def is_trusted(availability: ListAvailability, channel: str, conda: CondaQuery) -> bool:
    """Tell whether a conda package is the Python package that is meant, and not something else of the same name.

    The user's word and the table's are enough; a name that is merely the same needs a package that depends on Python.
    """
    if conda.origin is not names.Origin.SAME:
        return True
    return _is_python_package(all_builds(availability, channel, conda.name))


def all_builds(availability: ListAvailability, channel: str, name: str) -> Iterator[Build]:
    """Yield what a channel has of a name on all platforms of the list; what is not known counts as nothing."""
    platforms = dict.fromkeys(target.platform for target in availability.targets)
    found = (availability.lookup.records(channel, platform, name) for platform in platforms)
    for records in found:
        if not isinstance(records, SourceError):
            for package in records:
                yield from package.all()


def _is_nowhere(availability: ListAvailability, entry: ListedRequirement) -> bool:
    states = [result.status for result in availability.priority_results(entry)]
    return all(isinstance(status, Absent) and status.cause is Cause.NO_NAME for status in states)


def _is_python_package(found: Iterator[Build]) -> bool:
    from onelist.sources.conda.candidates import is_python_package

    return is_python_package(found)
