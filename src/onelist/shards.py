"""Many lists -> parts of about the same work for as many machines; pure, nothing is read or started here."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.exceptions import UsageError
from onelist.parsing import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
