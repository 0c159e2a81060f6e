"""What an extra brings for which no conda package is known, from the metadata of the release that pip installs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.analysis.extra_content import read_extras
from onelist.core import rules
from onelist.core.installers import PIP
from onelist.core.model import Requirement
from onelist.core.status import Found
from onelist.core.system.event_loop import run_async
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.translation.outcomes import Untranslatable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.extra_content import ExtraContent
    from onelist.analysis.listed import ListedRequirement
    from onelist.core.findings import RequirementId
    from onelist.sources.session import SourceSession

Key = TypeVar("Key")


def with_extras(lists: Mapping[Key, ListAvailability], session: SourceSession) -> dict[Key, ListAvailability]:
    """Ask the package index what extras bring for which no conda package is known (C001): one file for each release.

    Args:
        lists: The answers for several lists.
        session: The clients that ask. Nothing is asked where no list has such an extra.

    Returns:
        The same answers with what the extras bring, or why it is not known.

    Raises:
        UsageError: Neither pip nor uv names an index, or an address is not valid.
    """
    wanted = {key: dict(_wanted(availability)) for key, availability in lists.items()}
    releases = sorted({release for entries in wanted.values() for release in entries.values()})
    if not releases:
        return dict(lists)
    from onelist.sources.pip.release_metadata import read_releases

    texts = run_async(read_releases(releases, session))
    return {
        key: replace(
            availability,
            extras={
                entry.id: _content(entry, release, texts[release])
                for entry in availability.requirements
                if (release := wanted[key].get(entry.id))
            },
        )
        for key, availability in lists.items()
    }


def _wanted(availability: ListAvailability) -> Iterator[tuple[RequirementId, tuple[str, Version]]]:
    """Yield the requirements whose extras have no known conda package, each with its newest release for pip."""
    for entry in availability.requirements:
        outcome = entry.translation
        if not isinstance(outcome, Untranslatable) or outcome.finding is not rules.NO_EXTRAS:
            continue
        if "others" not in outcome.fields:  # with others, each extra has a known conda package
            versions = [Version(one.status.version) for one in entry.answers_of(PIP) if isinstance(one.status, Found)]
            if versions and entry.query.pip:
                yield entry.id, (entry.query.pip.name, max(versions))


def _content(
    entry: ListedRequirement, release: tuple[str, Version], text: bytes | SourceError
) -> ExtraContent | SourceError:
    item = entry.requirement
    if isinstance(text, SourceError) or not isinstance(item, Requirement):
        return text if isinstance(text, SourceError) else SourceError(kind=SourceErrorKind.NOT_FOUND)
    extras = frozenset(str(canonicalize_name(extra)) for extra in item.pep508.extras)
    found = (answer for answer in entry.answers_of(PIP) if isinstance(answer.status, Found))
    try:
        return read_extras(text, release, extras, tuple(answer.target for answer in found))
    except ValueError:  # the errors of packaging
        detail = f"{release[0]} {release[1]}: a marker in its metadata cannot be evaluated"
        return SourceError(kind=SourceErrorKind.PIP_STOPS, detail=detail)
