"""Results as JSON: written in pieces, and the same as in one piece."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from onelist.cli.shared import print_encoded, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize("elements", [[], [{"a": 1}], [{"a": "é"}, {"b": [None, True]}, {}]])
def test_encoded_elements_are_printed_as_json_prints_the_whole(
    elements: Sequence[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    print_json({"schema_version": 1, "results": elements, "texts": ["x"]}, indent=None)
    expected = capsys.readouterr().out
    print_encoded({"schema_version": 1, "results": [], "texts": ["x"]}, {"results": list(map(json.dumps, elements))})
    assert capsys.readouterr().out == expected
