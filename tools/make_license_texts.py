"""Make src/onelist/data/license_texts.tsv and the texts of the licences that ``onelist init --with license`` writes.

    pip install pychoosealicense
    python tools/make_license_texts.py [--date 2026-11-28]

The texts are those of choosealicense.com, which GitHub offers for new repositories. The package pychoosealicense has
them as files, each with a header that ends with ``---``.
"""

from __future__ import annotations

import argparse
import datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

DATA = Path(__file__).parents[1] / "src/onelist/data"
PACKAGE = "pychoosealicense"
NAMES = {
    "Apache-2.0": "apache-2.0",
    "BSD-3-Clause": "bsd-3-clause",
    "GPL-2.0-only": "gpl-2.0",
    "GPL-2.0-or-later": "gpl-2.0",
    "GPL-3.0-only": "gpl-3.0",
    "GPL-3.0-or-later": "gpl-3.0",
    "MIT": "mit",
}
"""The SPDX names of the licences that init names, and those whose text is the same; each with its file."""


def source() -> Path:
    """Return the folder of the package with the texts."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"Install it first: pip install {PACKAGE}")
    return Path(spec.submodule_search_locations[0]) / "_licenses"


def table(date: str) -> str:
    """Return the text of the table."""
    head = (
        "# The texts of licences that onelist init writes, in the folder license_texts.",
        f"# date: {date}",
        f"# source: choosealicense.com, as version {metadata.version(PACKAGE)} of {PACKAGE} has it",
        "# renew: python tools/make_license_texts.py",
        "license\tfile",
    )
    return "\n".join((*head, *(f"{name}\t{file}.txt" for name, file in NAMES.items()))) + "\n"


def main() -> None:
    """Write the table and the texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="the date in the table (default: today)")
    texts = DATA / "license_texts"
    texts.mkdir(exist_ok=True)
    (DATA / "license_texts.tsv").write_text(table(parser.parse_args().date), encoding="utf-8", newline="\n")
    for file in sorted(set(NAMES.values())):
        _, _, text = (source() / f"{file}.txt").read_text(encoding="utf-8").split("---\n", 2)
        (texts / f"{file}.txt").write_text(text.lstrip("\n"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
