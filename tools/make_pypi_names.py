"""Make src/onelist/data/pypi_names.tsv: the project of the package index whose distribution is in a conda package.

    python tools/make_pypi_names.py MAPPING PROJECTS OTHERS --date 2026-08

- MAPPING is the public file that says which distributions are in each conda package, as JSON:
  ``{"pytorch": ["torch"], "graphviz": null}``.
- PROJECTS is a text file with well-known projects of the package index, the most used one first.
- OTHERS is a table whose first column has the names that are something else on the package index.

names.tsv, which is the table in the other direction, must be up to date. A line is written where the names differ. Of
several distributions in a package, it is the one with the name of the package without ``-base``, ``-core``, ``-cpu``,
``-gpu``, ``-minimal``, ``py-`` and the like; else one that names.tsv has for this package; else the most used one.

``-`` stands for a package without any distribution: most are libraries in C and packages of other languages. Where all
names with the same beginning have none, one line stands for them, such as ``r-*``. The third column says ``yes`` where
the package index in pip's settings has a project of the same name, and nobody has compared the two.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from make_import_names import Index
from packaging.utils import canonicalize_name

from onelist.translation.names import STAND_IN, table

TARGET = Path(__file__).parents[1] / "src/onelist/data/pypi_names.tsv"
MANY = 12
"""How many names one line with a ``*`` must stand for."""
AFFIX = re.compile(r"^(?:python|py)-|-(?:python|base|core|cpu|gpu|minimal|all|full|novec)$")
CHOICES = {"opencv": "opencv-python"}
"""Meta-packages for which a person has decided."""
BROKEN = frozenset({"unknown", "pip", "setuptools", "wheel"})
"""What metadata in a package says after a failed build, or because the package bundles a whole environment."""


def project(conda: str, carried: list[str], mapped: list[str], rank: dict[str, int]) -> str:
    """Return the project for a conda package; ``-`` for none."""
    own = str(canonicalize_name(conda))
    if own in mapped or own in {str(canonicalize_name(name)) for name in carried}:
        return own
    found = [str(canonicalize_name(name)) for name in carried if name not in BROKEN]
    if not found:
        return min(mapped, key=lambda name: rank.get(name, len(rank)), default="-")
    bare = str(canonicalize_name(AFFIX.sub("", conda)))
    if bare in found:
        return bare
    both = [name for name in found if name in mapped] or found
    return min(both, key=lambda name: (rank.get(name, len(rank)), name))


def rows(mapping: dict[str, list[str] | None], rank: dict[str, int]) -> dict[str, str]:
    """Return conda name -> project, where they differ.

    A package without metadata whose name differs only in its spelling from one with metadata is the same program.
    """
    known = {pypi: entry for pypi, entry in table().items() if "[" not in pypi}
    mapped: dict[str, list[str]] = defaultdict(list)
    for pypi, entry in known.items():
        if entry.source != STAND_IN:
            mapped[entry.conda].append(pypi)
    found = {conda: project(conda, carried or [], mapped[conda], rank) for conda, carried in mapping.items()}
    spelled = {pypi for pypi, entry in known.items() if canonicalize_name(entry.conda) == pypi}
    none = {conda for conda, pypi in found.items() if pypi == "-" and canonicalize_name(conda) not in spelled}
    by_prefix: dict[str, set[str]] = defaultdict(set)
    for conda in mapping:
        if "-" in conda:
            by_prefix[conda.partition("-")[0] + "-"].add(conda)
    whole = {prefix for prefix, names in by_prefix.items() if len(names) >= MANY and names <= none}
    rest = {conda for conda in none if "-" not in conda or conda.partition("-")[0] + "-" not in whole}
    differ = {conda: pypi for conda, pypi in found.items() if pypi not in {"-", canonicalize_name(conda)}}
    none_of_many = {f"{prefix}*": "-" for prefix in whole}
    return dict(sorted((differ | dict.fromkeys(rest, "-") | none_of_many | CHOICES).items()))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mapping", type=Path)
    parser.add_argument("projects", type=Path)
    parser.add_argument("others", type=Path)
    parser.add_argument("--date", required=True, help="the month of the mapping, such as 2026-08")
    options = parser.parse_args()
    projects = options.projects.read_text(encoding="utf-8").split()
    rank = {str(canonicalize_name(name)): place for place, name in reversed(list(enumerate(projects)))}
    others = {line.split("\t")[0] for line in options.others.read_text(encoding="utf-8").splitlines()}
    found = rows(json.loads(options.mapping.read_text(encoding="utf-8")), rank)
    doubtful = [conda for conda in found if "*" not in conda and conda not in others]
    index = Index()
    with ThreadPoolExecutor(24) as threads:
        namesakes = {conda for conda, has in zip(doubtful, threads.map(index.has_files, doubtful), strict=True) if has}
    head = (
        "# The project of the package index whose distribution is in a package of conda-forge, where the names differ.",
        f"# date: {options.date}",
        "# source: the metadata inside conda-forge's packages",
        "# renew: python tools/make_pypi_names.py MAPPING PROJECTS OTHERS --date YYYY-MM",
        "# pypi '-': the package holds no distribution; * at the end of a name stands for all names that begin so;",
        "# namesake: the package index has a project of this name, nobody has compared it with the package",
        "conda\tpypi\tnamesake",
    )
    lines = [f"{conda}\t{pypi}\t{'yes' if conda in namesakes else ''}" for conda, pypi in found.items()]
    TARGET.write_text("\n".join((*head, *lines)) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
