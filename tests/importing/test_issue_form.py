"""The field of an issue form, from the event of a workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from onelist.core.errors import UsageError
from onelist.importing.issue_form import PACKAGE_FIELD, package_field, read_package_field
from onelist.settings.editing.template import github_files

if TYPE_CHECKING:
    from pathlib import Path

HEAD = f"### {PACKAGE_FIELD}\n\n"


def test_the_form_asks_for_the_field_that_is_read_and_the_workflow_waits_for_it() -> None:
    files = github_files()
    form = yaml.safe_load(files["ISSUE_TEMPLATE/suggest-package.yml"])
    fields = [one["attributes"]["label"] for one in form["body"] if one["type"] != "markdown"]
    assert fields[0] == PACKAGE_FIELD
    assert files["workflows/suggest.yml"].count(f"'### {PACKAGE_FIELD}'") == 2


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (f"{HEAD}pandas\n\n### Why does the course need it?\n\n### {PACKAGE_FIELD}\n\nother", "pandas"),
        (f"{HEAD}pandas", "pandas"),
        (f"{HEAD}pandas\n\n### Why".replace("\n", "\r\n"), "pandas"),
        (f"{HEAD}_No response_\n\n### Why", ""),
        (HEAD, ""),
        (f"{HEAD}two\nlines\n### Why", "two\nlines"),
        (f"### {PACKAGE_FIELD}s\n\npandas", None),
        (f"x\n{HEAD}pandas", None),
        (f"\ufeff{HEAD}pandas", None),
        ("It does not work.", None),
        ("", None),
        (None, None),
        (["pandas"], None),
    ],
)
def test_the_answer_is_what_stands_below_the_first_label(body: Any, answer: str | None) -> None:
    assert package_field(body) == answer


def test_an_event_is_read(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"issue": {"body": f"{HEAD}pandas"}}), encoding="utf-8")
    assert read_package_field(event) == "pandas"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a file in JSON."),
        (b"\xff", "is not a file in JSON."),
        ("[" * 100_000, "is not a file in JSON."),
        ("[]", "is not the event of an issue."),
        ('{"issue": 3}', "is not the event of an issue."),
        (None, "cannot be read: No such file or directory."),
        (b" " * (8 * 1024 * 1024 + 1), "cannot be read: File too large."),
    ],
)
def test_another_file_is_a_wrong_call(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    event = tmp_path / "event.json"
    if content is not None:
        event.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UsageError) as raised:
        read_package_field(event)
    assert str(raised.value) == f"{event} {message}"
