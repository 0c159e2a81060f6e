"""Write the tables of docs/settings.md from the table of keys.

    python tools/make_settings_page.py

What is between ``<!-- begin: GROUP -->`` and ``<!-- end -->`` is a table of the keys of a group. A test compares. Run
this after a change of src/onelist/settings/key_table.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from onelist.settings.key_table import KEYS, Key, KeyGroup

DOCUMENT = Path(__file__).parents[1] / "docs/settings.md"
_PART = re.compile(r"(?s)(<!-- begin: (\w+) -->\n).*?(<!-- end -->\n)")
_EXTRA = "any other key that ends in `_requirements`"
_WHO = "only pip users who ask for that extra"


def settings_document(text: str) -> str:
    """Return docs/settings.md with its tables as the program has them now."""
    return _PART.sub(lambda part: part[1] + _table(KeyGroup(part[2])) + part[3], text)


def _table(group: KeyGroup) -> str:
    is_list = group is KeyGroup.LISTS
    head = "| Key | Who gets it | Names | Default |\n" if is_list else "| Key | What it means | Form | Default |\n"
    rows = [_row(key) for key in KEYS if key.group is group]
    if is_list:
        rows.append(f"| {_EXTRA} | {_WHO} | names that pip knows | empty |\n")
    return f"{head}|---|---|---|---|\n{''.join(rows)}"


def _row(key: Key) -> str:
    name = f"[`{key.name}`](#{key.name})" if key.group is KeyGroup.OWN else f"`{key.name}`"
    return f"| {name} | {key.meaning} | {key.form} | {key.default} |\n"


def main() -> int:
    """Write the document."""
    DOCUMENT.write_text(settings_document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
