"""Target: the reports of shards that merge reads, which may come from anywhere."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from onelist.cli.main import main
from tests.fuzz.inputs import damaged_json, hostile
from tests.fuzz.settings_files import assert_harmless
from tests.fuzz.target import Target


def _report(index: int, file: str, severity: str) -> dict[str, Any]:
    finding = {
        "code": "A001",
        "severity": severity,
        "message": "m",
        "file": file,
        "line": 1,
        "column": None,
        "length": None,
        "requirement": None,
        "hint": "h",
        "detail": None,
    }
    result = {"schema_version": 1, "file": file, "settings": {"name": "a"}, "unknown": False, "findings": [finding]}
    shard = {"index": index, "count": 2, "run": "00", "files": ["a.ini", "b.ini"], "fail_on": "warning"}
    return {"schema_version": 1, "shard": shard, "results": [result], "texts": [f"{file}: one line\n"]}


FIRST, SECOND = _report(1, "a.ini", "error"), _report(2, "b.ini", "info")
ENDS = frozenset({0, 1, 2, 3})


def check_reports(first: bytes, second: bytes, text: str) -> None:
    """Reports are merged or refused in one sentence; no line of them is a command; no error of one is lost."""
    with contextlib.suppress(ValueError, TypeError, KeyError, LookupError, RecursionError):
        data = json.loads(second)
        data["texts"] = [text for _ in data["texts"]]
        second = json.dumps(data).encode()
    with tempfile.TemporaryDirectory() as name:
        names = [str(Path(name) / file) for file in ("first.json", "second.json")]
        for path, content in zip(names, (first, second), strict=True):
            Path(path).write_bytes(content)
        for more in ((), ("--format", "json")):
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(["merge", *names, *more])
            said = err.getvalue()
            assert code in ENDS
            assert "report it in the issues" not in said, said
            assert_harmless(said)
            if more:
                json.loads(out.getvalue() or "{}", parse_constant=_no_number)
            else:
                assert_harmless(out.getvalue().replace("hunter2", ""))
            if first == json.dumps(FIRST).encode():
                assert code in {1, 2}


def _no_number(text: str) -> None:
    raise AssertionError(text)


TARGETS = (
    Target(
        name="merged-reports",
        inputs={
            "first": st.just(json.dumps(FIRST).encode()) | damaged_json(FIRST),
            "second": damaged_json(SECOND),
            "text": st.just("b.ini: one line\n") | hostile,
        },
        check=check_reports,
    ),
)
