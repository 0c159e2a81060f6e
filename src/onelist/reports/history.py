"""What earlier checks found: one JSON line for each run, so that a page can say what has changed since.

docs/schemas/history.json describes a line. The file has an end: the oldest lines are left out.
"""

from __future__ import annotations

import datetime
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from onelist.analysis.availability import newest_found
from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.analysis.resolving.verdict import verdict
from onelist.core.errors import UsageError
from onelist.core.installers import PIP
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import redact
from onelist.core.version import __version__
from onelist.reports.page.looks import CellLook, InstallLook, ListLook, Look
from onelist.reports.page.matrix import columns_of, state_of_answers
from onelist.reports.page.states import PageState, state_of_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.findings import Finding
    from onelist.core.model import Settings

MOST_RUNS = 400
"""How many lines a history has: more than a year with one run a day."""
_LARGEST = 1 << 60
"""The largest number of packages or bytes that a history can have; a larger one is no float."""
MOST_BYTES = 16 * 1024 * 1024
"""How large a history is; one run over 200 lists has about 1 MB."""


def list_look(
    settings: Settings,
    findings: Sequence[Finding],
    availability: ListAvailability | None,
    resolutions: Sequence[Resolution] | None,
) -> ListLook:
    """Return what a check found about one list.

    Args:
        settings: The settings.
        findings: All findings, shown or not.
        availability: The answers of the index and the channels; None when they were not asked.
        resolutions: The results of the resolvers; None when they were not asked.
    """
    return ListLook(
        name=settings.name,
        version=str(settings.version),
        cells=MappingProxyType(dict(_cells(availability) if availability else ())),
        installs=MappingProxyType(dict(_installs(resolutions or ()))),
        findings=frozenset((finding.code, redact(finding.requirement or "")) for finding in findings),
    )


def _cells(availability: ListAvailability) -> Iterator[tuple[tuple[str, str], CellLook]]:
    for entry in availability.requirements:
        for column in columns_of(availability):
            if statuses := [answer.status for answer in entry.answers_of(column)]:
                newest = newest_found(statuses, pip=column == PIP)
                yield (redact(entry.requirement.text), redact(column)), CellLook(state_of_answers(statuses), newest)


def _installs(resolutions: Sequence[Resolution]) -> Iterator[tuple[tuple[str, str], InstallLook]]:
    for installer, some in by_installer(resolutions):
        for one in some:
            state = state_of_verdict(verdict(one.status))
            look = InstallLook(state)
            if isinstance(one.status, Resolved):
                look = InstallLook(state, len(one.status.packages), one.status.download)
            yield (installer, f"{one.target}"), look


def line_of(look: Look) -> str:
    """Return a run as one line of JSON, without a line end."""
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "time": f"{look.time:%Y-%m-%dT%H:%M:%SZ}",
            "onelist": __version__,
            "lists": [_list_json(one) for one in look.lists],
        },
        separators=(",", ":"),
    )


def _list_json(look: ListLook) -> dict[str, Any]:
    requirements: dict[str, dict[str, list[str | None]]] = {}
    for (requirement, channel), cell in look.cells.items():
        requirements.setdefault(requirement, {})[channel] = [cell.state.value, cell.version]
    installs: dict[str, dict[str, list[str | int | None]]] = {}
    for (installer, target), one in look.installs.items():
        installs.setdefault(installer, {})[target] = [one.state.value, one.packages, one.size]
    return {
        "name": look.name,
        "version": look.version,
        "requirements": requirements,
        "installs": installs,
        "findings": sorted(map(list, look.findings)),
    }


def with_line(raw: bytes, line: str) -> bytes:
    """Return the content of a history with one more line; the oldest lines are left out where there are too many.

    Args:
        raw: The content before; empty for a new file.
        line: The new line.

    Returns:
        At most ``MOST_RUNS`` lines and ``MOST_BYTES`` bytes; always the new line.
    """
    lines = [one for one in raw.splitlines() if one.strip()][-(MOST_RUNS - 1) :]
    kept = [line.encode()]
    size = len(kept[0]) + 1
    for one in reversed(lines):
        size += len(one) + 1
        if size > MOST_BYTES:
            break
        kept.append(one)
    return b"".join(one + b"\n" for one in reversed(kept))


def parse_history(origin: str, raw: bytes) -> tuple[Look, ...]:
    """Return the runs of a history, in the order of the file.

    Args:
        origin: The name of the file, for messages.
        raw: Its content.

    Raises:
        UsageError: A line is no line of a history.
    """
    looks = []
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            try:
                looks.append(_look(json.loads(line)))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                _refuse(origin, number, error)
    return tuple(looks)


def _refuse(origin: str, number: int, error: Exception) -> NoReturn:
    raise UsageError(
        f"{origin} is not a history of onelist: line {number} does not have its form.",
        "Name another file. This one was not changed.",
    ) from error


def _look(data: dict[str, Any]) -> Look:
    """Return a run from plain data, which may come from anywhere.

    Raises:
        ValueError: It has another form; or TypeError, KeyError or AttributeError.
    """
    if data["schema_version"] != SCHEMA_VERSION:
        raise ValueError(data["schema_version"])
    time = datetime.datetime.strptime(data["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    return Look(time=time, lists=tuple(_list_look(one) for one in data["lists"]))


def _list_look(data: dict[str, Any]) -> ListLook:
    cells = {
        (requirement, channel): CellLook(PageState(state), None if version is None else _text(version))
        for requirement, channels in data["requirements"].items()
        for channel, (state, version) in channels.items()
    }
    installs = {
        (installer, target): InstallLook(PageState(state), _number(packages), _number(size))
        for installer, targets in data["installs"].items()
        for target, (state, packages, size) in targets.items()
    }
    return ListLook(
        name=_text(data["name"]),
        version=_text(data["version"]),
        cells=MappingProxyType(cells),
        installs=MappingProxyType(installs),
        findings=frozenset((_text(code), _text(requirement)) for code, requirement in data["findings"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: object) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value <= _LARGEST):
        raise TypeError(value)
    return value
