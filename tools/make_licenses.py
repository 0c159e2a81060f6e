"""Make src/onelist/data/licenses.tsv: the names of licences that SPDX has withdrawn.

    python tools/make_licenses.py [--date 2026-11-27]

The names come from the SPDX list inside the installed packaging. packaging accepts withdrawn names and rattler-build
refuses them, so onelist must know them.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from packaging.licenses import _spdx

TARGET = Path(__file__).parents[1] / "src/onelist/data/licenses.tsv"


def text(date: str) -> str:
    """Return the text of the table."""
    withdrawn = (entry["id"] for entry in _spdx.LICENSES.values() if entry["deprecated"])
    head = (
        "# Names of licences that SPDX has withdrawn: packaging accepts them, rattler-build refuses them.",
        f"# date: {date}",
        f"# source: version {_spdx.VERSION} of the SPDX licence list, as packaging has it",
        "# renew: python tools/make_licenses.py",
        "license",
    )
    return "\n".join((*head, *sorted(withdrawn, key=str.lower))) + "\n"


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="the date in the table (default: today)")
    TARGET.write_text(text(parser.parse_args().date), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
