"""The schemas of the reports in docs/schemas; tests/test_documents.py checks the schemas themselves, once."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from tests.helpers import ROOT


@cache
def validator(name: str) -> Any:
    """Return what validates a report, or a part of it."""
    schema = json.loads((ROOT / f"docs/schemas/{name}.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def validate(report: object, name: str) -> None:
    """Raise if a report is not what its schema says.

    Raises:
        ValidationError: It is not.
    """
    validator(name).validate(report)
