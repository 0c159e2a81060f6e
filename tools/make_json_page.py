"""Write the generated parts of docs/json.md from the schemas.

    python tools/make_json_page.py

What is between ``<!-- begin: SCHEMA NAME -->`` and ``<!-- end -->`` is a table of the keys of an object: one of
``$defs``, or the whole. A test
compares. Run this after a change of a schema.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENT = DOCS / "json.md"
_PART = re.compile(r"(?s)(<!-- begin: (\w+) (\w+) -->\n).*?(<!-- end -->\n)")


def json_document(text: str) -> str:
    """Return docs/json.md with the generated parts as the schemas have them now."""
    return _PART.sub(lambda part: part[1] + _table(part[2], part[3]) + part[4], text)


def _table(schema: str, name: str) -> str:
    """Return the keys of an object as a table."""
    data = json.loads((DOCS / f"schemas/{schema}.json").read_text(encoding="utf-8"))
    found = data["$defs"].get(name, data)
    rows = []
    for key, value in found["properties"].items():
        text = value.get("description", "")
        if key not in found.get("required", ()):
            text = f"{text} Not always present.".strip()
        rows.append(f"| `{key}` | {_kind(value)} | {text} |\n".replace("<", "&lt;"))
    return "| key | value | what it means |\n|---|---|---|\n" + "".join(rows)


def _kind(value: dict[str, Any]) -> str:
    """Return what a value is, in words."""
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{'null' if one is None else one}`" for one in value["enum"])
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2].replace("strings", "list of strings")
    if "anyOf" in value or "oneOf" in value:
        return " or ".join(_kind(one) for one in value.get("anyOf") or value["oneOf"])
    kinds = value.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds and "items" in value:
        return f"list of {_kind(value['items'])}"
    return " or ".join(kinds)


def main() -> int:
    """Write the document."""
    DOCUMENT.write_text(json_document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
