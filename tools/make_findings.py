"""Write docs/findings.md from the rules.

    python tools/make_findings.py

A test compares the file with the rules. Run this after a change of a rule.
"""

from __future__ import annotations

import sys
from pathlib import Path

from onelist.core.rules import RULES
from onelist.reports.rules_document import findings_document

DOCUMENT = Path(__file__).parents[1] / "docs/findings.md"


def main() -> int:
    """Write the document."""
    DOCUMENT.write_text(findings_document(list(RULES.values())), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
