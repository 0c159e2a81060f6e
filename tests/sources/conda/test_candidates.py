"""What conda takes: the decision is compared with rattler's solver, on a real channel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import rattler

from onelist.core.status import Found
from onelist.core.targets import PLATFORMS
from tests.asking import ask
from tests.channels import PYTHONS, Package, compiled, interpreters, write_channel

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.core.targets import Target

pytestmark = pytest.mark.usefixtures("own_caches")


def conditional(name: str, spec: str) -> list[Package]:
    """Return a package whose newer version has a conditional dependency (CEP 43)."""
    return [Package(name, "2.0", depends=("python", spec)), Package(name, "1.0")]


MEMBERS = [
    *compiled("compiled", "1.0"),
    *compiled("compiled", "2.0", pythons=["3.12", "3.13"], day="2026-07-01"),
    Package("pure", "1.0", depends=("python >=3.10",)),
    Package("pure", "2.0", depends=("python >=3.13",)),
    Package("capped", "1.0", depends=("python >=3.10,<3.14",)),
    Package("without-python", "1.0", depends=()),
    Package("both", "1.0"),
    Package("both", "1.1", "linux-64"),
    Package("both", "1.10", "osx-arm64"),
    Package("glibc", "1.0", "linux-64", ("__glibc >=2.17,<3.0.a0", "python")),
    Package("glibc", "2.0", "linux-64", ("__glibc >=2.35", "python")),
    Package("mac", "1.0", "osx-arm64", ("__osx >=11.0",)),
    Package("mac", "2.0", "osx-arm64", ("__osx >=15.0",)),
    Package("unix", "1.0", "noarch", ("__unix",)),
    Package("windows", "1.0", "noarch", ("__win",)),
    Package("cuda", "1.0", "linux-64", ("__cuda",)),
    Package("cuda", "0.9", "linux-64", ()),
    Package("free-threaded", "1.0", "linux-64", ("python_abi 3.13.* *_cp313t",)),
    Package("abi3", "1.0", depends=("python >=3.10",)),
    Package("abi3", "2.0", depends=("python", "cpython >=3.13")),
    Package("spaced", "1.0", depends=(" python >=3.13",)),
    *(Package("cpython", f"{python}.5", depends=(f"python {python}.*",)) for python in PYTHONS),
    Package("unreadable", "1.0", depends=("python >=3.12 a b c",)),
    Package("odd-version", "2022c", depends=()),
    Package("odd-version", "2022a", depends=()),
    *conditional("for-windows", 'python >=3.14[when="__win"]'),
    *conditional("for-unix", 'python[version=">=3.14",when="__unix"]'),
    *conditional("for-mac-or-313", 'python >=3.14[when="__osx or python >=3.13"]'),
    *conditional("for-both", 'python >=3.14[when="(__osx or __win) and (python <3.13 or __linux)"]'),
    *conditional("for-old-glibc", 'python >=3.14[when="__glibc <2.17"]'),
    *conditional("for-other", 'python >=3.14[when="pure >=2"]'),
    *conditional("machine", '__cuda[when="python >=3.13"]'),
    *conditional("abi", 'python_abi 3.13.* *_cp313[when="__linux and python >=3.13"]'),
    *conditional("stable-abi", 'cpython >=3.14[when="__osx"]'),
    *(Package("python", "3.13.9", subdir, (), "h1_0_cp313t") for subdir in ("linux-64", "osx-arm64")),
    Package("python_abi", "3.13", "noarch", (), "8_cp313t"),
]
SPECS = (
    "compiled compiled>=2 compiled<2 pure pure>=2 pure!=2.0 capped without-python both both>=1.2 glibc mac unix "
    "windows cuda free-threaded abi3 abi3<2 spaced unreadable odd-version "
    "for-windows for-windows>=2 for-unix for-unix>=2 for-mac-or-313 for-mac-or-313>=2 for-both for-old-glibc for-other "
    "machine abi stable-abi"
).split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_channel(tmp_path_factory.mktemp("channel"), [*interpreters(), *MEMBERS])


def solved(channel: Path, spec: str, target: Target) -> str | None:
    """Return the version that rattler installs together with a Python; None if there is no solution."""
    name = spec.partition(" ")[0]
    python = f"{target.python[0]}.{target.python[1]}"
    abi = f"python_abi {python}.* *_cp{python.replace('.', '')}"
    machine = [
        rattler.GenericVirtualPackage(
            rattler.PackageName(virtual), rattler.Version(version), rattler.package.BuildString(build)
        )
        for virtual, version, build in PLATFORMS[target.platform].virtual_packages
    ]

    async def solve() -> str | None:
        try:
            records = await rattler.solve(
                [rattler.Channel(str(channel))],
                [rattler.MatchSpec(text) for text in (spec, f"python {python}.* *_cp{python.replace('.', '')}", abi)],
                platforms=[rattler.Subdir(target.platform), rattler.Subdir("noarch")],
                virtual_packages=machine,
            )
        except rattler.exceptions.SolverError:
            return None
        return next((str(record.version) for record in records if record.name.normalized == name), None)

    return asyncio.run(solve())


@pytest.mark.slow
@pytest.mark.parametrize("requirement", SPECS)
def test_the_best_candidate_is_the_version_that_the_solver_installs(folder: Path, requirement: str) -> None:
    """These packages depend only on Python and a machine, so each result must be that of the solver."""
    asked = ask(conda_channels=str(folder), requirements=requirement)
    (entry,) = asked.availability.requirements
    assert entry.query.conda
    spec = f"{entry.query.conda.name} {','.join(entry.query.conda.clauses)}".strip()
    said = {
        str(answer.target): answer.status.version if isinstance(answer.status, Found) else None
        for answer in asked.answers(str(folder))
    }
    assert said == {str(target): solved(folder, spec, target) for target in asked.availability.targets}


def states(folder: Path, requirement: str) -> dict[str, str]:
    asked = ask(conda_channels=str(folder), requirements=requirement, min_python="3.13", platforms="linux-64 win-64")
    (entry,) = asked.availability.requirements
    return asked.states(entry.requirement.name, str(folder))


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("nothing", ["absent: no such package"] * 3),
        ("pure>=9", ["absent: no matching version"] * 3),
        ("compiled>=2", ["found 2.0", "absent: no build", "absent: no build"]),
        ("capped", ["found 1.0", "absent: no build", "absent: no build"]),
        ("odd-version", ["found 2022c"] * 3),
    ],
)
def test_why_there_is_none(folder: Path, requirement: str, expected: list[str]) -> None:
    found = states(folder, requirement)
    assert [found[f"linux-64/{python}"] for python in ("3.13", "3.14", "3.15")] == expected


def test_without_a_channel_with_this_python_nothing_can_be_installed(folder: Path) -> None:
    found = states(folder, "without-python")
    assert {status for target, status in found.items() if target.startswith("win-64")} == {"absent: no Python"}


def test_the_day_is_the_one_of_the_newest_version(folder: Path) -> None:
    asked = ask(conda_channels=str(folder), requirements="compiled")
    days = {str(one.target): one.status.since for one in asked.answers(str(folder)) if isinstance(one.status, Found)}
    assert str(days["linux-64/3.12"]) == "2026-07-01"
    assert str(days["linux-64/3.14"]) == "2026-06-01"


def test_pythons_may_come_from_another_channel(tmp_path: Path, folder: Path) -> None:
    own = write_channel(tmp_path / "own", [Package("mine")])
    asked = ask(conda_channels=f"{own} {folder}", requirements="mine")
    assert set(asked.states("mine", str(own)).values()) == {"found 1.0"}


def test_without_the_channel_with_the_pythons_it_is_unknown_whether_a_build_fits(tmp_path: Path) -> None:
    own = write_channel(tmp_path / "own", [Package("mine")])
    asked = ask(conda_channels=f"{own} http://127.0.0.1:9/x", requirements="mine")
    assert set(asked.states("mine", str(own)).values()) == {
        "unknown: has mine, but a channel that may have this Python gave no data"
    }
