"""The reports of shards -> one report; pure. Every value of a report is checked, because a file can hold anything."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from onelist.core.errors import FAIL_ON, UsageError, exit_code_of, exit_code_of_all
from onelist.core.findings import Severity
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_AGAIN = "Use the files that onelist check --shard I/N --format json printed, without changes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result for one settings file in a report.

    Attributes:
        file: The file, as the run names it.
        exit_code: Its exit code.
        data: The whole result, as it was printed.
        text: The same as text for a terminal.
    """

    file: str
    exit_code: int
    data: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of one shard.

    Attributes:
        origin: Where it was read from, for messages.
        shard: Which shard it is.
        run: The run that it belongs to.
        results: Its results.
    """

    origin: str
    shard: Shard
    run: Run
    results: tuple[Result, ...]


def parse_report(origin: str, raw: bytes) -> Report:
    """Return the report in a file.

    Args:
        origin: The name of the file.
        raw: Its content.

    Returns:
        The report; every value that is used has been checked.

    Raises:
        UsageError: It is not a report of a shard, or comes from another version of onelist.
    """
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_number, parse_float=_float)
    except (ValueError, RecursionError):
        _refuse(origin, "is not a report of onelist check: it is not JSON, or it is cut off")
    if not isinstance(data, dict) or "schema_version" not in data:
        _refuse(origin, "is not a report of onelist check")
    _demand_version(origin, data)
    if "shard" not in data:
        _refuse(origin, "is the report of a whole run or of another command, not of one shard")
    shard, run, fail_on = _shard(origin, data["shard"])
    results, texts = _list(origin, data, "results"), _list(origin, data, "texts")
    if len(results) != len(texts) or not all(isinstance(text, str) for text in texts):
        _refuse(origin, "is incomplete: it does not have a text for each result")
    pairs = zip(results, texts, strict=True)
    return Report(
        origin=origin, shard=shard, run=run, results=tuple(_result(origin, one, text, fail_on) for one, text in pairs)
    )


def merge(reports: Sequence[Report]) -> tuple[tuple[Result, ...], int]:
    """Merge the reports of all shards of one run.

    Args:
        reports: One or more reports, in any order.

    Returns:
        The results in the order of a single run, and its exit code.

    Raises:
        UsageError: They are not exactly the shards of one run.
    """
    first = reports[0]
    seen: dict[int, Report] = {}
    for report in reports:
        if (report.run, report.shard.count) != (first.run, first.shard.count):
            raise UsageError(
                f"{report.origin} and {first.origin} belong to different runs: the files, their content, the options, "
                "the version of onelist or the number of shards differ.",
                "Merge the reports of one run, in which all jobs had the same paths and options.",
            )
        if report.shard.index in seen:
            raise UsageError(
                f"{report.origin} and {seen[report.shard.index].origin} are both shard {report.shard}.",
                "Name the report of each shard once.",
            )
        seen[report.shard.index] = report
    missing = [str(Shard(index=i, count=first.shard.count)) for i in range(1, first.shard.count + 1) if i not in seen]
    if missing:
        raise UsageError(
            f"The reports of these shards are missing: {', '.join(missing)}.",
            "Look at the logs of their jobs, and name their reports too.",
        )
    results = _in_order(first.run, [result for report in reports for result in report.results])
    return results, exit_code_of_all(result.exit_code for result in results)


def _in_order(run: Run, results: Sequence[Result]) -> tuple[Result, ...]:
    by_file = {result.file: result for result in results}
    if len(by_file) != len(results) or set(by_file) != set(run.files):
        raise UsageError("The reports do not contain each file of the run exactly once.", _AGAIN)
    return tuple(by_file[file] for file in run.files)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _refuse(origin: str, what: str) -> NoReturn:
    raise UsageError(f"{origin} {what}.", _AGAIN)


def _demand_version(origin: str, data: dict[str, Any]) -> None:
    version = data.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise UsageError(
            f"{origin} is from a version of onelist with another form of report (schema_version is not "
            f"{SCHEMA_VERSION}).",
            "Use the same version of onelist for the shards and for merge.",
        )


def _shard(origin: str, data: object) -> tuple[Shard, Run, str]:
    if not isinstance(data, dict):
        _refuse(origin, "does not say which shard it is")
    index, count = _count(origin, data, "index"), _count(origin, data, "count")
    if not index <= count <= MOST_SHARDS:
        _refuse(origin, "does not say which shard it is")
    files = _list(origin, data, "files")
    if not files or not all(isinstance(one, str) for one in files) or len(set(files)) != len(files):
        _refuse(origin, "does not name each file of its run once")
    fail_on = _text(origin, data, "fail_on")
    if fail_on not in FAIL_ON:
        _refuse(origin, "does not say which findings count")
    return Shard(index=index, count=count), Run(files=tuple(files), digest=_text(origin, data, "run")), fail_on


def _result(origin: str, data: object, text: str, fail_on: str) -> Result:
    if not isinstance(data, dict):
        _refuse(origin, "has an invalid result")
    _demand_version(origin, data)
    settings, unknown = data.get("settings", ""), data.get("unknown")
    if not (settings is None or isinstance(settings, dict)) or not isinstance(unknown, bool):
        _refuse(origin, "has an invalid result: settings or unknown is missing, or has the wrong type")
    severities = [_severity(origin, one) for one in _list(origin, data, "findings")]
    return Result(
        file=_text(origin, data, "file"),
        exit_code=exit_code_of(severities, FAIL_ON[fail_on], readable=settings is not None, unknown=unknown),
        data=data,
        text=text,
    )


def _severity(origin: str, finding: object) -> Severity:
    if not isinstance(finding, dict) or finding.get("severity") not in list(Severity):
        _refuse(origin, "has an invalid finding")
    return Severity(finding["severity"])


def _text(origin: str, data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else _refuse(origin, f"is incomplete: its {key} is not a text")


def _count(origin: str, data: dict[str, Any], key: str) -> int:
    value = data.get(key)
    if type(value) is int and value >= 1:
        return value
    _refuse(origin, f"is incomplete: its {key} is not a number from 1 up")


def _list(origin: str, data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else _refuse(origin, f"is incomplete: its {key} is not a list")


MOST_SHARDS = 256
"""The most jobs in a matrix (https://docs.github.com/en/actions/reference/limits, jobs for each workflow run)."""
LEAST_WORK = 1
"""The work for a file with mistakes: it is reported, and no query is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One part of a run.

    Attributes:
        index: Its number, from 1.
        count: The number of shards.
    """

    index: int
    count: int

    def __str__(self) -> str:
        """Return it as ``--shard`` takes it."""
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all shards of one run have in common.

    Attributes:
        files: All settings files of the run, as a single run names them and in its order.
        digest: SHA-256, in hexadecimal, of the names and contents of the files and of the options; shards of different
            runs have different ones.
    """

    files: tuple[str, ...]
    digest: str


def parse_shard(text: str) -> Shard:
    """Return the shard of a text such as ``2/4``.

    Raises:
        UsageError: The text is not a shard.
    """
    match = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
    shard = Shard(index=int(match[1]), count=int(match[2])) if match else None
    if shard is None or not 1 <= shard.index <= shard.count <= MOST_SHARDS:
        raise UsageError(
            f"{shortened(text)} is not a shard.",
            f"Write its number and the number of shards, such as 2/4; at most {MOST_SHARDS}. See: onelist matrix",
        )
    return shard


def work(names: int, targets: int) -> int:
    """Return the work for a list.

    Args:
        names: The number of distinct names in it.
        targets: The number of its targets (a platform and a Python).

    Returns:
        The number of answers to find, plus one for each target, for which the whole list is resolved.
    """
    return max((names + 1) * targets, LEAST_WORK)


def shares(works: Sequence[int], count: int) -> tuple[tuple[int, ...], ...]:
    """Divide work, longest processing time first (R. L. Graham, Bounds on multiprocessing timing anomalies, 1969).

    The largest item goes first, and each item goes to the share with the least work; of equal shares, to the first.
    So the largest share is at most 4/3 of the best possible one.

    Args:
        works: The work for each item.
        count: The number of shares, 1 or more.

    Returns:
        The positions of the items of each share, in order. With fewer items than shares the last ones are empty.
    """
    found: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for item in sorted(range(len(works)), key=lambda position: (-works[position], position)):
        least = min(range(count), key=lambda share: (loads[share], len(found[share]), share))
        found[least].append(item)
        loads[least] += works[item]
    return tuple(tuple(sorted(share)) for share in found)


def digest(contents: Mapping[str, Mapping[str, bytes]], call: Mapping[str, object]) -> str:
    """Return a hash that differs between different runs.

    Args:
        contents: For each settings file, in order, its content and that of the files beside it that a check reads, by
            name; empty for a file that cannot be read.
        call: The options that the results depend on, as plain data without secrets.

    Returns:
        A SHA-256 in hexadecimal.
    """
    files = [
        (file, {name: hashlib.sha256(raw).hexdigest() for name, raw in beside.items()})
        for file, beside in contents.items()
    ]
    return hashlib.sha256(json.dumps([files, call], sort_keys=True).encode()).hexdigest()
