"""Make src/onelist/data/reserved_names.tsv: the names that the public package index keeps for modules of Python.

    pip install stdlib-list
    python tools/make_reserved_names.py [--date 2026-11-28]

The index takes the modules of every Python from the library stdlib-list, strips ``-``, ``_`` and ``.`` at both ends,
and normalises them (Warehouse, ``STDLIB_PROHIBITED`` in ``warehouse/packaging/services.py``).
"""

from __future__ import annotations

import argparse
import datetime
from importlib import import_module, metadata
from pathlib import Path

from packaging.utils import canonicalize_name

TARGET = Path(__file__).parents[1] / "src/onelist/data/reserved_names.tsv"


def text(date: str) -> str:
    """Return the text of the table."""
    library = import_module("stdlib_list")
    modules = {module for python in library.short_versions for module in library.stdlib_list(python)}
    names = {str(canonicalize_name(module.strip("-_."))) for module in modules}
    pythons = f"Python {library.short_versions[0]} to {library.short_versions[-1]}"
    head = (
        "# Names that the public package index keeps for modules of Python.",
        f"# date: {date}",
        f"# source: stdlib-list {metadata.version('stdlib-list')}, which the index uses, for {pythons}",
        "# renew: python tools/make_reserved_names.py",
        "normalised name",
    )
    return "\n".join((*head, *sorted(names))) + "\n"


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="the date in the table (default: today)")
    TARGET.write_text(text(parser.parse_args().date), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
