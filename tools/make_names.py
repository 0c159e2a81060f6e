"""Make src/onelist/data/names.tsv from a folder of facts about the names on PyPI and conda-forge.

    python tools/make_names.py FOLDER [--date 2026-08]

FOLDER has four tables, tab-separated with a header line (they are not part of the project):

- pypi_to_conda_forge.tsv: pypi, conda_claimants, same_named_conda_packages, claimant_is_exact. A conda package
  provides a PyPI name if it contains the metadata of that distribution.
- same_name_other_thing.tsv: pypi, conda_claimants. The conda package of the same name is another package.
- important_names.tsv: pypi, conda_forge, ..., note. Names that a person has checked one by one.
- conda_forge_names.txt: every package name of the channel.

The result has one line for each name that differs or needs a warning. Every other name is the same on conda.

If several conda packages provide a name, the program chooses in this order:

1. a known exception;
2. the package of the same name, even if it provides several names;
3. of two spellings the one that is maintained, as the names checked by a person say (the tables have no dates);
4. among the packages that do not bundle other distributions: python-x, x-python or pyx before libx, -impl, -base,
   -core, -cpu, -gpu.

It never chooses a package only because the names are equal, and never one that the channel does not have.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

MOST_OTHERS = 3
MANY = 4
"""A conda package that provides this many names bundles other distributions."""

EXCEPTIONS = {
    "build": ("python-build", "conda's build stopped at 0.7.0; python-build is the one that lives"),
    "pyqt5": ("pyqt", "pyqt carries the metadata of several distributions and is the one to install"),
    "amrex": ("pyamrex", "impactx and warpx carry a copy of its metadata"),
    "evalml": ("evalml-core", "evaml-core is a misspelt build of it"),
    "mathicsscript": ("mathics3-frontend-cli", "mathic3-frontend-cli is a misspelt build of it"),
    "pyside6-qtads": ("pyside6qtads", "pyside2qtads is for the older Qt"),
    "attr": ("python-attr", "dry-attr is another distribution that carries the same name"),
}
"""Names for which the rules below choose the wrong package, each with its reason."""

NO_NAMES = frozenset({"unknown"})
"""The name of a distribution after a failed build; it says nothing about the package."""

EXTRAS = {
    "black[jupyter]": ("black-jupyter", "the package with the dependencies of the extra"),
    "dask[complete]": ("dask", "conda's dask is complete; dask-core is the bare one"),
    "uvicorn[standard]": ("uvicorn-standard", "the package with the dependencies of the extra"),
}
"""Names with an extra that has its own conda package."""

RAY_EXTRAS = ("adag", "air", "all", "client", "data", "default", "llm", "rllib", "serve", "train", "tune")

GOOD = (r"python-{}", r"{}-python", r"py{}", r"py-{}", r"{}-py")
POOR = (r"^lib", r"-impl$", r"-base$", r"-core$", r"-cpu$", r"-gpu$", r"-minimal$", r"-no-\w+$")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the conda name, where it comes from, a note, and the other providers of the name."""

    pypi: str
    conda: str
    source: str
    note: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The four tables."""

    providers: dict[str, list[str]]
    other_thing: frozenset[str]
    looked_at: dict[str, tuple[str, str]]
    channel: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> Tables:
        """Read the tables of a folder."""
        looked_at = {row["pypi"]: (row["conda_forge"], row["note"]) for row in rows(folder / "important_names.tsv")}
        claims = rows(folder / "pypi_to_conda_forge.tsv")
        others = rows(folder / "same_name_other_thing.tsv")
        return cls(
            providers={row["pypi"]: row["conda_claimants"].split(",") for row in (*claims, *others)},
            other_thing=frozenset(row["pypi"] for row in others),
            looked_at=looked_at,
            channel=frozenset((folder / "conda_forge_names.txt").read_text(encoding="utf-8").split()),
        )


def rows(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def folded(name: str) -> str:
    """Return a name with ``-`` for all separators, which are different for conda and equal for PyPI."""
    return re.sub(r"[-_.]+", "-", name.lower())


def badness(name: str, conda: str) -> tuple[int, int, int, str]:
    """Return a sort key: the smaller it is, the more likely ``conda`` is the package for ``name``."""
    bare = folded(name)
    same = folded(conda) == bare
    good = any(folded(conda) == pattern.format(bare) for pattern in GOOD)
    poor = any(re.search(pattern, conda) for pattern in POOR)
    return (0 if same else 1 if good else 3 if poor else 2, len(conda), conda.count("_"), conda)


def choose(name: str, tables: Tables, counts: Counter[str]) -> str | None:
    """Choose among the conda packages that provide a name; None if none of them is in the channel."""
    providers = [conda for conda in tables.providers[name] if conda in tables.channel]
    if name in providers:
        return name
    own = [conda for conda in providers if counts[conda] < MANY] or providers
    return min(own, key=lambda conda: badness(name, conda), default=None)


def other_providers(name: str, chosen: str, tables: Tables, counts: Counter[str]) -> tuple[str, ...]:
    """Return the other conda packages that provide a name and bundle little else, the most likely first."""
    providers = {conda for conda in tables.providers.get(name, ()) if conda in tables.channel and counts[conda] < MANY}
    return tuple(sorted(providers - {chosen}, key=lambda conda: badness(name, conda))[:MOST_OTHERS])


def row(name: str, tables: Tables, counts: Counter[str]) -> Row | None:
    """Return the line for a name, or None if the conda name is the same and there is nothing to say."""
    chosen = choose_row(name, tables, counts)
    others = other_providers(name, chosen.conda if chosen else name, tables, counts)
    if chosen:
        return replace(chosen, others=others)
    return Row(name, name, "claims", "", others) if others else None


def choose_row(name: str, tables: Tables, counts: Counter[str]) -> Row | None:
    """Return the line for a name without its other providers, or None if the conda name is the same without a note."""
    other = f"conda's {name} is something else" if name in tables.other_thing else ""
    if name in EXCEPTIONS:
        conda, note = EXCEPTIONS[name]
        return Row(name, conda, "exception", note)
    if name in tables.looked_at:
        conda, note = tables.looked_at[name]
        if conda == name and not other:
            return None
        source = "looked-at" if name in tables.providers or conda in {"-", name} else "stand-in"
        return Row(name, conda, source, other or tidy(note) if conda != "-" else "not on conda-forge")
    conda_name = choose(name, tables, counts)
    if conda_name is None or (conda_name == name and not other):
        return None
    return Row(name, conda_name, "claims", other)


def tidy(note: str) -> str:
    """Return the part of a note that helps the reader of a message."""
    note = re.sub(r"^(claims: .*|separator|two spellings.*|PyPI stub.*)$", "", note)
    return note.replace("`", "").removeprefix("TRAP: ").removeprefix("TRAP").strip()


def table(tables: Tables) -> list[Row]:
    """Return all lines, sorted by name."""
    counts = Counter(conda for providers in tables.providers.values() for conda in set(providers))
    names = (set(tables.providers) | set(tables.looked_at) | set(EXCEPTIONS)) - NO_NAMES
    found = [line for name in names if (line := row(name, tables, counts))]
    extras = {**EXTRAS, **{f"ray[{extra}]": (f"ray-{extra}", "") for extra in RAY_EXTRAS}}
    found += [Row(name, conda, "extra", note) for name, (conda, note) in extras.items() if conda in tables.channel]
    wrong = [line for line in found if line.conda != "-" and line.conda not in tables.channel]
    if wrong:
        raise SystemExit(f"not in the channel: {wrong}")
    unmapped = [line for line in found if line.pypi in tables.other_thing and line.conda == line.pypi]
    if unmapped:
        raise SystemExit(f"the same name is something else, and no other was found: {unmapped}")
    return sorted(found, key=lambda line: line.pypi)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--date", default="2026-08", help="when the facts were collected")
    arguments = parser.parse_args()
    lines = table(Tables.read(arguments.folder))
    target = Path(__file__).parents[1] / "src/onelist/data/names.tsv"
    head = [
        "# The conda-forge names of PyPI names, where they differ or need a warning.",
        f"# date: {arguments.date}",
        "# source: the metadata inside conda-forge's packages (claims), names that a person has checked (looked-at),",
        "#   and exceptions in tools/make_names.py, each with its reason (exception, extra); stand-in: looked",
        "#   at, and no conda package carries the distribution",
        "# renew: python tools/make_names.py FOLDER",
        "# conda '-' means that conda-forge had none; others are more conda packages that",
        "#    contain the same distribution, for channels that do not have the package in the column conda",
        "pypi\tconda\tsource\tnote\tothers",
    ]
    body = ["\t".join((line.pypi, line.conda, line.source, line.note, " ".join(line.others))) for line in lines]
    target.write_text("\n".join([*head, *body]) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(lines)} names written to {target.name}")


if __name__ == "__main__":
    main()
