"""Which conda clients can read a record, from what it holds (https://conda.org/learn/ceps/cep-0048)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from onelist.sources.conda.records import RecordForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import rattler

_NEWER_KEY = re.compile(r"[\[,]\s*(?:when|extras|flags)\s*=")
"""The keys of a MatchSpec that only some clients read (CEP 43, 44, 45)."""


def form_of(record: rattler.RepoDataRecord, depends: Sequence[str]) -> RecordForm:
    """Return which clients can read a record.

    Args:
        record: The record.
        depends: Its dependencies; reading them again would take most of the time.
    """
    if record.file_name.endswith(".whl"):
        return RecordForm.WHEEL
    is_newer = record.extra_depends or record.flags or any(map(_has_newer_key, depends))
    return RecordForm.V3 if is_newer else RecordForm.CONDA


@cache
def _has_newer_key(spec: str) -> bool:
    return _NEWER_KEY.search(spec) is not None
