"""The index of the pages of several lists, from the JSON reports of their shards.

A report can come from anywhere: every value is checked. One that is not as ``docs/schemas/check.json`` says raises a
:class:`ValueError`, TypeError, KeyError or AttributeError. The page of a list is not made from its report, which has no
sizes, no dependencies and no text of the settings: the shard writes it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name, is_normalized_name

from onelist.analysis.resolving.verdict import Verdict
from onelist.core.findings import Severity
from onelist.core.installers import INSTALLERS
from onelist.reports.page.index import IndexCell, IndexRow, index_cell
from onelist.reports.page.states import PageState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""The name that a requirement for pip (PEP 508) or for conda (MatchSpec) begins with."""


def name_of_result(data: Mapping[str, Any]) -> str | None:
    """Return the normalised name of a list; None where its settings have mistakes."""
    if data["settings"] is None:
        return None
    name = _text(data["settings"]["name"])
    if not is_normalized_name(name):
        raise ValueError(name)
    return name


def row_of_result(data: Mapping[str, Any], page: str) -> IndexRow:
    """Return what the index says of one list.

    Args:
        data: Its result in a JSON report.
        page: The file name of its page; ``""`` for none.
    """
    settings = data["settings"]
    cells = tuple(_cell(data["resolutions"] or (), installer) for installer in INSTALLERS)
    if settings is None:
        cells = (IndexCell(PageState.ABSENT, "mistakes in the settings"),) * len(INSTALLERS)
    counts = Counter(Severity(finding["severity"]) for finding in data["findings"])
    return IndexRow(
        page=page,
        name=_text(settings["name"] if settings else data["file"]),
        version=_text(settings["version"]) if settings else "",
        cells=cells,
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        requirements=tuple(sorted(set(_names(settings)))) if settings else (),
    )


def _cell(resolutions: Iterable[Mapping[str, Any]], installer: str) -> IndexCell:
    rows = (one for one in resolutions if one["installer"] == installer and one["priority"] != "strict")
    return index_cell([_verdict(row) for row in rows])


def _verdict(row: Mapping[str, Any]) -> Verdict:
    if row["state"] == "resolved":
        return Verdict.BUILDS if row["builds"] else Verdict.INSTALLS
    return {"clash": Verdict.FAILS, "unknown": Verdict.UNKNOWN}[row["state"]]


def _names(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each requirement, as the index of one run has it."""
    lists = [settings[key] for key in ("requirements", "pip_requirements", "conda_requirements")]
    for text in (one for group in (*lists, *settings["extras"].values()) for one in group):
        if match := _NAME.match(_text(text)):
            yield canonicalize_name(match[0])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
