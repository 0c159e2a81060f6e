"""Make src/onelist/data/names.tsv from a folder of facts about the names on PyPI and conda-forge.

    python tools/make_names.py FOLDER [--date 2026-08]

FOLDER holds four tables, tab-separated with a header line (the project carries none of them):

- pypi_to_conda_forge.tsv: pypi, conda_claimants, same_named_conda_packages, claimant_is_exact. A conda package
  claims a name when it contains that distribution's metadata.
- same_name_other_thing.tsv: pypi, conda_claimants. The conda package of the same name is something else.
- important_names.tsv: pypi, conda_forge, ..., note. Names that were looked at one by one.
- conda_forge_names.txt: every package name of the channel.

What comes out has one line for each name that differs or must be warned of; every other name is itself.

The choice among several claimants, in this order: a known exception; the exact name, even if its package claims
several; of two spellings the one that is alive, which is written down among the names looked at, for these tables hold
no dates; else, without those that bundle other people's distributions, python-x, x-python or pyx before libx, -impl,
-base, -core, -cpu, -gpu. Never a package only because its name is equal, and never one that the channel does not have.
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
"""A conda package that claims this many names bundles other people's distributions."""

EXCEPTIONS = {
    "build": ("python-build", "conda's build stopped at 0.7.0; python-build is the one that lives"),
    "pyqt5": ("pyqt", "pyqt carries the metadata of several distributions and is the one to install"),
    "amrex": ("pyamrex", "impactx and warpx carry a copy of its metadata"),
    "evalml": ("evalml-core", "evaml-core is a misspelt build of it"),
    "mathicsscript": ("mathics3-frontend-cli", "mathic3-frontend-cli is a misspelt build of it"),
    "pyside6-qtads": ("pyside6qtads", "pyside2qtads is for the older Qt"),
    "attr": ("python-attr", "dry-attr is another distribution that carries the same name"),
}
"""Choices that the rules below would get wrong, each with its reason."""

NO_NAMES = frozenset({"unknown"})
"""What a distribution is called when its build went wrong; it says nothing about the package."""

EXTRAS = {
    "black[jupyter]": ("black-jupyter", "the package with the dependencies of the extra"),
    "dask[complete]": ("dask", "conda's dask is complete; dask-core is the bare one"),
    "uvicorn[standard]": ("uvicorn-standard", "the package with the dependencies of the extra"),
}
"""Names with an extra for which conda has a package of its own."""

RAY_EXTRAS = ("adag", "air", "all", "client", "data", "default", "llm", "rllib", "serve", "train", "tune")

GOOD = (r"python-{}", r"{}-python", r"py{}", r"py-{}", r"{}-py")
POOR = (r"^lib", r"-impl$", r"-base$", r"-core$", r"-cpu$", r"-gpu$", r"-minimal$", r"-no-\w+$")


@dataclass(frozen=True, slots=True)
class PublishResult:
    """One line of the table: what a name is called on conda, why, what to know, and who else claims the name."""

    pypi: str
    conda: str
    source: str
    note: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceData:
    """The four tables."""

    claims: dict[str, list[str]]
    other_thing: frozenset[str]
    looked_at: dict[str, tuple[str, str]]
    channel: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> SourceData:
        """Read the tables of a folder."""
        looked_at = {row["pypi"]: (row["conda_forge"], row["note"]) for row in rows(folder / "important_names.tsv")}
        claims = rows(folder / "pypi_to_conda_forge.tsv")
        others = rows(folder / "same_name_other_thing.tsv")
        return cls(
            claims={row["pypi"]: row["conda_claimants"].split(",") for row in (*claims, *others)},
            other_thing=frozenset(row["pypi"] for row in others),
            looked_at=looked_at,
            channel=frozenset((folder / "conda_forge_names.txt").read_text(encoding="utf-8").split()),
        )


def rows(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def folded(name: str) -> str:
    """Return a name without regard to its separators, which conda tells apart and PyPI does not."""
    return re.sub(r"[-_.]+", "-", name.lower())


def badness(name: str, conda: str) -> tuple[int, int, int, str]:
    """Return a sort key: the smaller, the likelier ``conda`` is what somebody wants who asks for ``name``."""
    bare = folded(name)
    same = folded(conda) == bare
    good = any(folded(conda) == pattern.format(bare) for pattern in GOOD)
    poor = any(re.search(pattern, conda) for pattern in POOR)
    return (0 if same else 1 if good else 3 if poor else 2, len(conda), conda.count("_"), conda)


def choose(name: str, facts: SourceData, counts: Counter[str]) -> str | None:
    """Choose among the conda packages that claim a name; None when none of them is in the channel."""
    claimants = [conda for conda in facts.claims[name] if conda in facts.channel]
    if name in claimants:
        return name
    own = [conda for conda in claimants if counts[conda] < MANY] or claimants
    return min(own, key=lambda conda: badness(name, conda), default=None)


def other_claimants(name: str, chosen: str, facts: SourceData, counts: Counter[str]) -> tuple[str, ...]:
    """Return the other conda packages that claim a name and bundle little else, the likeliest first."""
    claimants = {conda for conda in facts.claims.get(name, ()) if conda in facts.channel and counts[conda] < MANY}
    return tuple(sorted(claimants - {chosen}, key=lambda conda: badness(name, conda))[:MOST_OTHERS])


def row(name: str, facts: SourceData, counts: Counter[str]) -> PublishResult | None:
    """Return the line for a name, or None when it is itself and there is nothing to say."""
    chosen = choose_row(name, facts, counts)
    others = other_claimants(name, chosen.conda if chosen else name, facts, counts)
    if chosen:
        return replace(chosen, others=others)
    return PublishResult(name, name, "claims", "", others) if others else None


def choose_row(name: str, facts: SourceData, counts: Counter[str]) -> PublishResult | None:
    """Return the line for a name without its other claimants, or None when it is itself and nothing is to be said."""
    trap = f"conda's {name} is something else" if name in facts.other_thing else ""
    if name in EXCEPTIONS:
        conda, note = EXCEPTIONS[name]
        return PublishResult(name, conda, "exception", note)
    if name in facts.looked_at:
        conda, note = facts.looked_at[name]
        if conda == name and not trap:
            return None
        return PublishResult(name, conda, "looked-at", trap or tidy(note) if conda != "-" else "not on conda-forge")
    conda_name = choose(name, facts, counts)
    if conda_name is None or (conda_name == name and not trap):
        return None
    return PublishResult(name, conda_name, "claims", trap)


def tidy(note: str) -> str:
    """Keep of a note what helps whoever reads it in a message."""
    note = re.sub(r"^(claims: .*|separator|two spellings.*|PyPI stub.*)$", "", note)
    return note.replace("`", "").removeprefix("TRAP: ").removeprefix("TRAP").strip()


def table(facts: SourceData) -> list[PublishResult]:
    """Return all lines, sorted by name."""
    counts = Counter(conda for claimants in facts.claims.values() for conda in set(claimants))
    names = (set(facts.claims) | set(facts.looked_at) | set(EXCEPTIONS)) - NO_NAMES
    found = [line for name in names if (line := row(name, facts, counts))]
    extras = {**EXTRAS, **{f"ray[{extra}]": (f"ray-{extra}", "") for extra in RAY_EXTRAS}}
    found += [
        PublishResult(name, conda, "extra", note) for name, (conda, note) in extras.items() if conda in facts.channel
    ]
    wrong = [line for line in found if line.conda != "-" and line.conda not in facts.channel]
    if wrong:
        raise SystemExit(f"not in the channel: {wrong}")
    unmapped = [line for line in found if line.pypi in facts.other_thing and line.conda == line.pypi]
    if unmapped:
        raise SystemExit(f"the same name is something else, and no other was found: {unmapped}")
    return sorted(found, key=lambda line: line.pypi)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--date", default="2026-08", help="when the facts were collected")
    arguments = parser.parse_args()
    lines = table(SourceData.read(arguments.folder))
    target = Path(__file__).parents[1] / "src/onelist/data/names.tsv"
    head = [
        "# What a PyPI name is called on conda-forge, where that differs or must be warned of.",
        f"# date: {arguments.date}",
        "# source: the metadata inside conda-forge's packages (claims), names looked at one by one (looked-at),",
        "#   and what tools/make_names.py writes down with its reasons (exception, extra)",
        "# made by: tools/make_names.py; conda '-' means that conda-forge had none; others are further conda packages",
        "#   that contain the same distribution, to be looked at where conda is not in a channel",
        "pypi\tconda\tsource\tnote\tothers",
    ]
    body = ["\t".join((line.pypi, line.conda, line.source, line.note, " ".join(line.others))) for line in lines]
    target.write_text("\n".join([*head, *body]) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(lines)} names written to {target.name}")


if __name__ == "__main__":
    main()
