"""The records of one version of a conda package -> its builds; and the records that were there on a day."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import TYPE_CHECKING, cast

from onelist.sources.conda.record_form import form_of
from onelist.sources.conda.records import Build, Extras, RecordForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import rattler

    from onelist.sources.cutoff import Cutoff

    Versions = Mapping[str, Sequence[rattler.RepoDataRecord]]

_DECIDING = re.compile(r"(?:python|cpython|python_abi|__\w+)(?![\w.-])")
"""How a dependency begins that decides for which Python and machine a build is."""
_EPOCH = datetime.date(1970, 1, 1)


def appeared(record: rattler.RepoDataRecord) -> datetime.date | None:
    """Return the day (UTC) on which a record appeared; None if it says none, or none that Python can read.

    As for rattler's solver, that is when the channel indexed it; if the record does not say so, when it was built.
    """
    try:
        indexed = record.indexed_timestamp
        time = record.timestamp if indexed is None else indexed
    except (ValueError, OverflowError):  # before the year 1
        return None
    if time is None:
        return None
    # py-rattler returns the number 0 for the time 0, against its annotation
    return _EPOCH if cast("object", time) == 0 else time.astimezone(datetime.UTC).date()


def split(name: str, versions: Versions, cutoff: Cutoff) -> tuple[Versions, Versions, int]:
    """Return the records that count as of a day.

    Args:
        name: The conda name.
        versions: All records, by version.
        cutoff: The day.

    Returns:
        The records with a day that counts; these with those that say no day; and the number of the latter.
    """
    dated: dict[str, list[rattler.RepoDataRecord]] = {}
    every: dict[str, list[rattler.RepoDataRecord]] = {}
    undated = 0
    for version, records in versions.items():
        for record in records:
            day = appeared(record)
            undated += day is None
            if day is not None and cutoff.admits(name, version, day):
                dated.setdefault(version, []).append(record)
            if day is None or cutoff.admits(name, version, day):
                every.setdefault(version, []).append(record)
    return dated, every, undated


def builds_of(records: Iterable[rattler.RepoDataRecord]) -> tuple[Build, ...]:
    """Return the builds of one version; builds that fit the same Pythons and machines are one."""
    groups: dict[tuple[str, RecordForm, tuple[str, ...], Extras], list[datetime.date]] = {}
    for record in records:
        depends = record.depends
        requires = tuple(bare for spec in depends if _decides(bare := _bare(spec)))
        build = str(record.build) if record.file_name.startswith("python") else ""
        form = form_of(record, depends)
        days = groups.setdefault((build, form, requires, _extras(record) if form is RecordForm.V3 else ()), [])
        if record.timestamp:
            days.append(record.timestamp.date())
    return tuple(
        Build(
            build=build,
            form=form,
            requires=requires,
            first=min(days, default=None),
            last=max(days, default=None),
            extras=extras,
        )
        for (build, form, requires, extras), days in groups.items()
    )


def _extras(record: rattler.RepoDataRecord) -> Extras:
    return tuple((name, tuple(specs)) for name, specs in sorted(record.extra_depends.items()))


@cache
def _bare(spec: str) -> str:
    """Return a dependency without spaces around it and without a channel; most are the same few strings."""
    return spec.strip().rpartition("::")[2]


@cache
def _decides(spec: str) -> bool:
    """Tell whether a dependency is on Python, its ABI or the machine; most are the same few strings."""
    return _DECIDING.match(spec) is not None
