"""The reports of shards as they were printed -> the one report of all; pure, and trusts nothing that it is given."""

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


_AGAIN = "Take the files that onelist check --shard I/N --format json has printed, as they are."


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a report says of one settings file.

    Attributes:
        file: The file, as the run names it.
        exit_code: The exit code for it.
        data: All of it, as it was printed.
        text: The same as lines for people.
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
        shard: Which one it is.
        run: What it is a part of.
        results: What it says.
    """

    origin: str
    shard: Shard
    run: Run
    results: tuple[Result, ...]


def parse_report(origin: str, raw: bytes) -> Report:
    """Return the report that a file holds.

    Args:
        origin: The name of the file.
        raw: Its content.

    Returns:
        The report; every value that is used has been looked at.

    Raises:
        UsageError: It is no report of a shard, or one of another version of onelist.
    """
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_number, parse_float=_float)
    except (ValueError, RecursionError):
        _refuse(origin, "is no report of onelist check: it is not JSON, or only a part of it")
    if not isinstance(data, dict) or "schema_version" not in data:
        _refuse(origin, "is no report of onelist check")
    _demand_version(origin, data)
    if "shard" not in data:
        _refuse(origin, "is a report of a whole run, or of another command, and not of one shard")
    shard, run, fail_on = _shard(origin, data["shard"])
    results, texts = _list(origin, data, "results"), _list(origin, data, "texts")
    if len(results) != len(texts) or not all(isinstance(text, str) for text in texts):
        _refuse(origin, "is not whole: it does not have a text for each result")
    pairs = zip(results, texts, strict=True)
    return Report(
        origin=origin, shard=shard, run=run, results=tuple(_result(origin, one, text, fail_on) for one, text in pairs)
    )


def merge(reports: Sequence[Report]) -> tuple[tuple[Result, ...], int]:
    """Put the reports of all shards of one run together.

    Args:
        reports: The reports in any order, at least one.

    Returns:
        The results in the order of a single run, and its exit code.

    Raises:
        UsageError: They are not all shards of one run, each once.
    """
    first = reports[0]
    seen: dict[int, Report] = {}
    for report in reports:
        if (report.run, report.shard.count) != (first.run, first.shard.count):
            raise UsageError(
                f"{report.origin} and {first.origin} are not of the same run: the files, their content, the options, "
                "the version of onelist or the number of shards differ.",
                "Merge what the jobs of one run have printed, all with the same paths and options.",
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
            f"Of {first.shard.count} shards there is no report of {', '.join(missing)}.",
            "Look at what the job of that shard said, and name its report too.",
        )
    results = _in_order(first.run, [result for report in reports for result in report.results])
    return results, exit_code_of_all(result.exit_code for result in results)


def _in_order(run: Run, results: Sequence[Result]) -> tuple[Result, ...]:
    by_file = {result.file: result for result in results}
    if len(by_file) != len(results) or set(by_file) != set(run.files):
        raise UsageError("The reports do not have each file of the run once.", _AGAIN)
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
            f"{origin} is a report of a version of onelist that writes reports in another way (schema_version is not "
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
        _refuse(origin, "has a result that is none")
    _demand_version(origin, data)
    settings, unknown = data.get("settings", ""), data.get("unknown")
    if not (settings is None or isinstance(settings, dict)) or not isinstance(unknown, bool):
        _refuse(origin, "has a result that is none: settings or unknown is missing, or of another kind")
    severities = [_severity(origin, one) for one in _list(origin, data, "findings")]
    return Result(
        file=_text(origin, data, "file"),
        exit_code=exit_code_of(severities, FAIL_ON[fail_on], readable=settings is not None, unknown=unknown),
        data=data,
        text=text,
    )


def _severity(origin: str, finding: object) -> Severity:
    if not isinstance(finding, dict) or finding.get("severity") not in list(Severity):
        _refuse(origin, "has a finding that is none")
    return Severity(finding["severity"])


def _text(origin: str, data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else _refuse(origin, f"is not whole: its {key} is no text")


def _count(origin: str, data: dict[str, Any], key: str) -> int:
    value = data.get(key)
    if type(value) is int and value >= 1:
        return value
    _refuse(origin, f"is not whole: its {key} is no number from 1 on")


def _list(origin: str, data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else _refuse(origin, f"is not whole: its {key} is no list")


MOST_SHARDS = 256
"""How many jobs a matrix can have (https://docs.github.com/en/actions/reference/limits, jobs for each workflow run)."""
LEAST_WORK = 1
"""The work of a file that cannot be read as settings: it is reported, and nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Which part of how many.

    Attributes:
        index: Which one, from 1.
        count: How many there are.
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
        digest: SHA-256, in hexadecimal, of these names, of what is in the files, and of what the call asks for; no
            two shards with different ones belong together.
    """

    files: tuple[str, ...]
    digest: str


def parse_shard(text: str) -> Shard:
    """Return the shard that a text such as ``2/4`` names.

    Raises:
        UsageError: It names none.
    """
    match = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
    shard = Shard(index=int(match[1]), count=int(match[2])) if match else None
    if shard is None or not 1 <= shard.index <= shard.count <= MOST_SHARDS:
        raise UsageError(
            f"{shortened(text)} is no part of a run.",
            f"Write which part of how many, such as 2/4, at most {MOST_SHARDS}; onelist matrix prints them.",
        )
    return shard


def work(names: int, targets: int) -> int:
    """Return how much work a list is.

    Args:
        names: How many distinct names it has.
        targets: For how many targets (a platform and a Python) each of them is looked at.

    Returns:
        The number of answers to find, and one for each target, on which the whole list is resolved.
    """
    return max((names + 1) * targets, LEAST_WORK)


def shares(works: Sequence[int], count: int) -> tuple[tuple[int, ...], ...]:
    """Share work out, longest processing time first (R. L. Graham, Bounds on multiprocessing timing anomalies, 1969).

    The heaviest item goes first, each to where there is least so far; with equals the first one. So the largest share
    is at most 4/3 of the best there is.

    Args:
        works: How much work each item is.
        count: How many shares, at least one.

    Returns:
        The positions of each share's items, in order. With fewer items than shares the last ones are empty.
    """
    found: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for item in sorted(range(len(works)), key=lambda position: (-works[position], position)):
        least = min(range(count), key=lambda share: (loads[share], len(found[share]), share))
        found[least].append(item)
        loads[least] += works[item]
    return tuple(tuple(sorted(share)) for share in found)


def digest(contents: Mapping[str, Mapping[str, bytes]], call: Mapping[str, object]) -> str:
    """Return what tells two runs apart.

    Args:
        contents: Of each settings file, in order, what is in it and in the files beside it that it is judged with, by
            their names; of one that cannot be read, nothing.
        call: What else the answers depend on, as plain data without secrets.

    Returns:
        A SHA-256 in hexadecimal.
    """
    files = [
        (file, {name: hashlib.sha256(raw).hexdigest() for name, raw in beside.items()})
        for file, beside in contents.items()
    ]
    return hashlib.sha256(json.dumps([files, call], sort_keys=True).encode()).hexdigest()
