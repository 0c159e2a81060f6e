"""Make src/onelist/data/names.tsv from public facts about the names on PyPI and conda-forge.

    python tools/make_names.py MAPPING CHANNEL [CHANNEL ...] [--date 2026-08]

- MAPPING is the public file that says which distributions are in each conda package, as JSON:
  ``{"pytorch": ["torch"], "graphviz": null}``. A conda package carries a PyPI name if it contains the metadata of that
  distribution. It is the file ``conda_to_pypi_mapping.json``.
- CHANNEL tells what the channel has: a ``repodata.json``, a folder with such files in any depth, or a text file with
  one name on each line. From repodata comes also what each package depends on.
- ``tools/names_choices.tsv`` has the names for which a person has decided, each with its reason.

The result has one line for each name that differs or needs a warning. Every other name is the same on conda.

If several conda packages carry a name, the program chooses in this order:

1. the choice of a person;
2. the package of the same name, even if it carries several names, or if it only brings one that carries the name;
3. among the packages that do not bundle other distributions: python-x, x-python or pyx before libx, -impl, -base,
   -core, -cpu, -gpu.

It never chooses a package only because the names are equal, and never one that the channel does not have.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = Path(__file__).parent
MOST_OTHERS = 3
MANY = 4
"""A conda package that carries this many names bundles other distributions."""

NO_NAMES = frozenset({"unknown"})
"""The name of a distribution after a failed build; it says nothing about the package."""

GOOD = (r"python-{}", r"{}-python", r"py{}", r"py-{}", r"{}-py")
POOR = (r"^lib", r"-impl$", r"-base$", r"-core$", r"-cpu$", r"-gpu$", r"-minimal$", r"-no-\w+$")
AFFIX = re.compile(r"^(?:python-|py-?|lib)|-(?:python|py|impl|base|core|cpu|gpu|mini|minimal|all|full|no-\w+)$")


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the choices."""

    conda: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        pypi: The PyPI name, perhaps with an extra.
        conda: The conda name.
        source: Where it comes from.
        note: A remark for users.
        others: The other packages that carry the name.
    """

    pypi: str
    conda: str
    source: str
    note: str = ""
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line of the file."""
        return "\t".join((self.pypi, self.conda, self.source, self.note, " ".join(self.others)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files say.

    Attributes:
        mapping: The PyPI names that each conda package carries.
        carriers: The conda packages that carry each PyPI name.
        channel: The names in the channel.
        depends: The names that each package depends on, as far as the files say it.
        choices: What a person has decided, by PyPI name or name with an extra.
    """

    mapping: dict[str, list[str]]
    carriers: dict[str, list[str]]
    channel: frozenset[str]
    depends: dict[str, set[str]] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)

    def is_meta_package(self, name: str) -> bool:
        """Whether the conda package of this name only brings one that carries the name, such as vtk and vtk-base."""
        chosen = self.choices.get(name)
        if chosen is not None:
            return chosen.source == "meta-package"
        brings = self.depends.get(name, set()).intersection(self.carriers.get(name, ()))
        return bool(brings) and not any(folded(conda) == name for conda in brings)

    def is_other_thing(self, name: str) -> bool:
        """Whether the conda package of this name is something else, such as graphviz, which is a program."""
        carriers = self.carriers.get(name, [])
        spelled = name in carriers or any(folded(conda) == name for conda in carriers)
        return bool(carriers) and name in self.channel and not spelled and not self.is_meta_package(name)


def read_choices(path: Path) -> dict[str, Choice]:
    """Read the choices of a person."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["pypi"]: Choice(row["conda"], row["source"], row["note"]) for row in rows}


def read_channel(paths: list[Path]) -> tuple[frozenset[str], dict[str, set[str]]]:
    """Return the names in a channel, and what each package depends on where repodata says it."""
    names: set[str] = set()
    depends: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        for file in sorted(path.rglob("repodata.json")) if path.is_dir() else [path]:
            text = file.read_text(encoding="utf-8")
            if file.suffix != ".json":
                names |= set(text.split())
                continue
            data = json.loads(text)
            for record in (*data.get("packages", {}).values(), *data.get("packages.conda", {}).values()):
                names.add(record["name"])
                depends[record["name"]] |= {re.split(r"[ =<>!~\[]", spec, maxsplit=1)[0] for spec in record["depends"]}
    return frozenset(names), dict(depends)


def read(mapping_file: Path, channel_files: list[Path]) -> Facts:
    """Read all files."""
    mapping = {conda: names or [] for conda, names in json.loads(mapping_file.read_text(encoding="utf-8")).items()}
    carriers: defaultdict[str, list[str]] = defaultdict(list)
    for conda, names in mapping.items():
        for name in names:
            carriers[name].append(conda)
    channel, depends = read_channel(channel_files)
    return Facts(mapping, dict(carriers), channel, depends, read_choices(TOOLS / "names_choices.tsv"))


def folded(name: str) -> str:
    """Return a name with ``-`` for all separators, which are different for conda and equal for PyPI."""
    return re.sub(r"[-_.]+", "-", name.lower())


def related(name: str, conda: str) -> bool:
    """Whether a conda name contains a PyPI name, or the other way round, whatever the separators and affixes.

    A package with another name bundles the distribution: lxml is in inkscape, and pip in nsight-compute.
    """
    one, other = folded(name).replace("-", ""), folded(conda).replace("-", "")
    return one in other or other in one or AFFIX.sub("", folded(conda)).replace("-", "") in one


def own_names(conda: str, carried: list[str]) -> frozenset[str]:
    """Return the names that a conda package is about, among those that it carries.

    A package that bears one of the names, with or without a prefix or an ending, bundles the others: mypy carries
    tomli, and pysr carries numpy.
    """
    bare = folded(conda)
    for own in (bare, AFFIX.sub("", bare)):
        if own in carried:
            return frozenset({own})
    return frozenset(carried) if len(carried) < MANY else frozenset()


def badness(name: str, conda: str) -> tuple[int, int, int, str]:
    """Return a sort key: the smaller it is, the more likely ``conda`` is the package for ``name``."""
    bare = folded(name)
    same = folded(conda) == bare
    good = any(folded(conda) == pattern.format(bare) for pattern in GOOD)
    poor = any(re.search(pattern, conda) for pattern in POOR)
    return (0 if same else 1 if good else 3 if poor else 2, len(conda), conda.count("_"), conda)


def choose(name: str, facts: Facts) -> str | None:
    """Choose among the conda packages that carry a name; None if none of them is in the channel."""
    carriers = [conda for conda in facts.carriers[name] if conda in facts.channel]
    if name in carriers or (carriers and facts.is_meta_package(name)):
        return name
    own = [conda for conda in carriers if len(facts.mapping[conda]) < MANY] or carriers
    return min(own, key=lambda conda: badness(name, conda), default=None)


def other_carriers(name: str, chosen: str, facts: Facts) -> tuple[str, ...]:
    """Return the other conda packages that carry a name and are about it, the most likely first."""
    carriers = {conda for conda in facts.carriers.get(name, ()) if conda in facts.channel and related(name, conda)}
    others = {conda for conda in carriers - {chosen} if name in own_names(conda, facts.mapping[conda])}
    return tuple(sorted(others, key=lambda conda: badness(name, conda))[:MOST_OTHERS])


def row(name: str, facts: Facts) -> Row | None:
    """Return the line for a name, or None if the conda name is the same and there is nothing to say."""
    conda, source, note = chosen = choose_row(name, facts)
    if conda == "-":
        return Row(name, *chosen)
    if not carries(name, conda, facts):
        return Row(name, conda, "stand-in", note)
    line = Row(name, conda, source, note, other_carriers(name, conda, facts))
    return line if line.others or conda != name else None


def carries(name: str, conda: str, facts: Facts) -> bool:
    """Whether a conda package carries a name, or brings one that does; True where the mapping does not have it."""
    if conda not in facts.mapping or conda in facts.carriers.get(name, ()):
        return True
    return conda == name and facts.is_meta_package(name)


def choose_row(name: str, facts: Facts) -> tuple[str, str, str]:
    """Return the conda name, its source and the note for a name."""
    other = f"conda's {name} is something else" if facts.is_other_thing(name) else ""
    chosen = facts.choices.get(name)
    if chosen:
        return chosen.conda, chosen.source, other if other and chosen.source != "exception" else chosen.note
    return choose(name, facts) or name, "claims", other


def table(facts: Facts) -> list[Row]:
    """Return all lines, sorted by name."""
    extras = {name: chosen for name, chosen in facts.choices.items() if chosen.source == "extra"}
    names = (set(facts.carriers) | set(facts.choices)) - NO_NAMES - set(extras)
    found = [line for name in names if (line := row(name, facts))]
    found += [Row(name, chosen.conda, chosen.source, chosen.note) for name, chosen in extras.items()]
    wrong = [line for line in found if line.conda != "-" and line.conda not in facts.channel]
    if wrong:
        raise SystemExit(f"not in the channel: {wrong}")
    unmapped = [line for line in found if line.conda == line.pypi and facts.is_other_thing(line.pypi)]
    if unmapped:
        raise SystemExit(f"the same name is something else, and no other was found: {unmapped}")
    return sorted(found, key=lambda line: line.pypi)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mapping", type=Path, metavar="MAPPING")
    parser.add_argument("channel", type=Path, nargs="+", metavar="CHANNEL")
    parser.add_argument("--date", default="2026-08", help="when the facts were collected")
    arguments = parser.parse_args()
    lines = table(read(arguments.mapping, arguments.channel))
    target = TOOLS.parent / "src/onelist/data/names.tsv"
    head = [
        "# The conda-forge names of PyPI names, where they differ or need a warning.",
        f"# date: {arguments.date}",
        "# source: the metadata inside conda-forge's packages (claims), and the choices in tools/names_choices.tsv",
        "#   (looked-at, exception, meta-package, extra), each with its reason there; stand-in: a person has chosen",
        "#   it, and it does not carry the distribution",
        "# renew: python tools/make_names.py MAPPING CHANNEL",
        "# conda '-' means that conda-forge had none; others are more conda packages that contain the same",
        "#   distribution, for channels that do not have the package in the column conda",
        "pypi\tconda\tsource\tnote\tothers",
    ]
    target.write_text("\n".join([*head, *(line.text for line in lines)]) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(lines)} names written to {target.name}")


if __name__ == "__main__":
    main()
