"""The codes of doctor: the document of the JSON report has each of them, and no other."""

from __future__ import annotations

import re

from tests.helpers import ROOT

_WRITTEN = re.compile(
    r"""(?:code=|code, message = |_MISSING = )\(?\s*(?:PIP_ONLY_MISSING if \w+ else )?"([a-z_]+)"(?: if .+? else "([a-z_]+)")?"""
)
_COMPOSED = {
    *(f"{name}_of_another_python" for name in ("pip", "ipython", "jupyter")),
    *("pythonpath", "pythonhome"),
}
"""Codes that are made from the name of a program or of a variable."""


def test_the_document_has_each_code() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src/onelist/machine").glob("*trouble*.py")]
    written = {code for text in sources for found in _WRITTEN.findall(text) for code in found if code}
    document = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    table = document.partition("The codes:")[2].partition("\nThe list")[0]
    documented = {code for row in table.splitlines() for code in re.findall(r"`([a-z_]+)`", row)} - {"code"}
    assert documented == written | _COMPOSED
