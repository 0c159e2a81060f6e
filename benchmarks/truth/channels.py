"""The conda part: rattler with both priorities, on lists of one channel and of two."""

from __future__ import annotations

import json
import random
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import rattler
import said
from answers import Comparison
from others import PRIORITIES, by_rattler
from pages import Served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from answers import Answer

TARGETS = ("linux-64/3.10", "linux-64/3.13", "osx-arm64/3.12", "win-64/3.11")
FORGE = "conda-forge"
GOOD = "fastai pandas requests transformers datasets ipywidgets sentencepiece numpy scipy matplotlib pillow".split()
"""Names that the snapshot has, for good lists. Real files have many names that it lacks."""
BAD = ("pytorch=2.8", "pandas<2", "numpy<2", "transformers<4.45")
"""Requirements that are known not to resolve in the snapshot, on some Pythons."""
OWN: Mapping[str, Mapping[str, Sequence[str]]] = {
    "pandas": {"1.0": ("numpy",), "99.0": ("nothing-has-this",)},
    "requests": {"2.0": (), "3.0": ("urllib3 <1",)},
    "numpy": {"1.0": ()},
    "scipy": {"0.1": ("numpy <1.5",)},
    "matplotlib": {"99.1": ("pandas >=99",)},
    "tqdm": {"1.0": (), "99.0": ()},
    "packaging": {"16.0": ()},
    "own-tool": {"1.0": ("pandas >=2",), "0.9": ("pandas",)},
    "own-other": {"1.0": ("requests", "pillow")},
}
"""A small channel of a user, before or after the large one: name, version, dependencies. Some hide usable versions."""


def write_channel(folder: Path, packages: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Write a channel of noarch packages: name, version, dependencies."""
    records = {
        f"{name}-{version}-0.conda": {
            "name": name,
            "version": version,
            "build": "0",
            "build_number": 0,
            "depends": list(depends),
            "noarch": "python",
            "subdir": "noarch",
            "timestamp": 1_700_000_000_000,
            "sha256": "0" * 64,
            "size": 1000,
        }
        for name, versions in packages.items()
        for version, depends in versions.items()
    }
    for subdir in ("noarch", *dict.fromkeys(target.partition("/")[0] for target in TARGETS)):
        (folder / subdir).mkdir(parents=True)
        held = records if subdir == "noarch" else {}
        data = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": held, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(data), encoding="utf-8")


def made_lists(folder: Path, number: int) -> list[Path]:
    """Write lists of names that the snapshot has; every second list has a requirement that is known not to resolve."""
    chosen = random.Random(7)  # noqa: S311 - the same lists every time
    found = []
    for count in range(number):
        items = chosen.sample(GOOD, chosen.randint(2, 6))
        bad = (chosen.choice(BAD),) if count % 2 else ()
        found.append(said.write_list(folder / f"made-{count}.ini", items, bad))
    return found


def two_channel_lists(folder: Path, number: int) -> list[Path]:
    """Write lists of names that both channels have, or only one."""
    chosen = random.Random(8)  # noqa: S311 - the same lists every time
    bounds = ("", "", "", " >=2", " <2", " >=99", " <0.5")
    found = []
    for count in range(number):
        items = chosen.sample([*OWN, "pillow", "ipywidgets"], chosen.randint(1, 3))
        specs = [f"{item}{chosen.choice(bounds)}" for item in items]
        found.append(said.write_list(folder / f"two-{count}.ini", (), [spec.replace(" ", "") for spec in specs]))
    return found


@contextmanager
def forge_mirror(snapshot: Path | None) -> Iterator[dict[str, str]]:
    """Serve a partial conda-forge in place of the real one; give the mirrors for rattler: none without a snapshot."""
    if snapshot is None:
        yield {}
        return
    with Served(snapshot) as forge:
        yield {rattler.Channel(FORGE).base_url.rstrip("/"): forge.address}


async def conda_part(folder: Path, snapshot: Path | None, real: Sequence[Path]) -> Iterator[Comparison]:
    """Return lists of one channel, and of two in both orders, with both priorities."""
    write_channel(folder / "own", OWN)
    found: list[Comparison] = []
    with forge_mirror(snapshot) as mirrors, Served(folder / "own") as own:
        environment = said.environment_of(folder, mirrors)
        gateway = rattler.Gateway.from_config(rattler.Config.from_toml(said.mirrors_toml(mirrors)))
        few = two_channel_lists(folder, 40)
        groups = (
            ("one channel", [*made_lists(folder, 30), *real], (FORGE,)),
            ("own channel first", few, (own.address, FORGE)),
            ("own channel last", few, (FORGE, own.address)),
        )
        for title, files, channels in groups:
            packages = {path: package for path in files if (package := said.built(path, folder, "conda"))}
            depends = {str(path): said.conda_requirements(package) for path, package in packages.items()}
            options = ["--installer", "conda", *(part for one in channels for part in ("--channel", one))]
            options += [part for target in TARGETS for part in ("--target", target)]
            answers = said.said(list(packages), options, environment) if packages else {}
            names = {file: f"the-list-{number}" for number, file in enumerate(depends)}
            place = folder / title
            write_channel(place, {names[file]: {"1": listed} for file, listed in depends.items()})
            with Served(place) as lists:
                asked = {file: (f"{name}: {', '.join(depends[file])}", name) for file, name in names.items()}
                found += await _compared(gateway, title, (lists.address, *channels), asked, answers)
    return iter(found)


async def _compared(
    gateway: rattler.Gateway,
    title: str,
    channels: Sequence[str],
    asked: Mapping[str, tuple[str, str]],
    answers: Mapping[said.Row, Answer],
) -> list[Comparison]:
    """Compare each list and target; a row for strict exists only where strict differs from flexible.

    rattler installs a package that has the dependencies of the list, as people do. It would not look at the records
    that do not fit a requirement that it is given itself, and so strict priority would not see them.
    Only the verdict counts: which of several solutions rattler finds depends on the order of the requirements.
    """
    found = []
    for (file, target, priority), answer in answers.items():
        if priority == "strict":
            continue
        name, package = asked[file]
        for wanted in PRIORITIES:
            told = answers.get((file, target, "strict"), answer) if wanted == "strict" else answer
            real = await by_rattler(gateway, channels, [package], target, wanted)
            versions = {key: version for key, version in real.versions.items() if key != package}
            found.append(
                Comparison(
                    oracle=f"rattler, {wanted}, {title}",
                    case=f"{file.rpartition('/')[2]}, {name}",
                    target=target,
                    said=told,
                    real=replace(real, versions=versions),
                    versions_count=False,
                )
            )
    return found
