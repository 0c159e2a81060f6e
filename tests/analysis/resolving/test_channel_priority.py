"""Which channel a package comes from: with the defaults of conda and mamba (flexible), and of pixi (strict)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import rattler

from onelist.analysis.resolving import resolve
from onelist.sources.conda.solving.resolver import CondaResolver
from tests.channels import PYTHONS, Package, compiled, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import WELL, settings_text
from tests.servers import index_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from onelist.core.targets import Target
    from onelist.sources.solution import SolveResult
    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        *interpreters(),
        Package("num", "2.0"),
        Package("app", "1.0", depends=("num >=2", "python")),
        Package("plain", "1.0"),
        Package("lib", "2.0", depends=("python", "num")),
        *compiled("built", "1.0"),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), packages)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        Package("num", "1.0"),
        Package("tool", "1.0", depends=("num", "python")),
        *compiled("built", "0.5", pythons=["3.12"]),
    ]
    return write_channel(tmp_path_factory.mktemp("own"), packages)


@pytest.fixture
def check(tmp_path: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Check for conda what these channels have."""

    def run(command: str, *arguments: str, **keys: str) -> Ran:
        (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
        (tmp_path / "settings.ini").write_text(settings_text(**WELL | keys), encoding="utf-8")
        more = ("--ignore", "S,H,G,D,F,P", "--installer", "conda") if command == "check" else ()
        with index_server({}) as index:
            return onelist(command, *arguments, "--index-url", f"{index.url}/simple/", *more, now=NOW)

    return run


def rows(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.out)["resolutions"]
    return found


def priorities(ran: Ran) -> dict[str, list[tuple[str, str]]]:
    """Return the priority and the state of each row, by target."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows(ran):
        found.setdefault(row["target"], []).append((row["priority"], row["state"]))
    return found


def test_strict_priority_is_not_solved_for_what_the_other_solution_proves(
    check: Callable[..., Ran], own: Path, forge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    solve = rattler.solve

    async def noted(channels: Any, specs: list[str], **options: Any) -> Any:
        if options["channel_priority"] == rattler.ChannelPriority.Strict:
            asked.append(sorted({spec.split()[0] for spec in specs}))
        return await solve(channels, specs, **options)

    monkeypatch.setattr(rattler, "solve", noted)
    keys = {"min_python": PYTHONS[-2], "platforms": "linux-64", "conda_channels": f"{own} {forge}"}
    ran = check("check", "--format", "json", **keys, conda_requirements="app plain")
    assert [row["clash"] for row in rows(ran) if row["priority"] == "strict"] == [[["app"]], [["app"]]]
    assert asked == [["app", "plain", "python"], ["app", "python"], ["app", "python"]]


def test_of_many_requests_one_platform_is_solved_after_the_other(
    check: Callable[..., Ran], forge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the records of only one of them are in memory."""
    noted: list[str] = []
    solve, forget = CondaResolver.solve, CondaResolver.forget

    async def solve_and_note(self: CondaResolver, specs: Sequence[str], target: Target) -> SolveResult:
        noted.append(f"solve {target.platform}")
        return await solve(self, specs, target)

    def forget_and_note(self: CondaResolver, platform: str) -> None:
        noted.append(f"forget {platform}")
        forget(self, platform)

    monkeypatch.setattr(CondaResolver, "solve", solve_and_note)
    monkeypatch.setattr(CondaResolver, "forget", forget_and_note)
    monkeypatch.setattr(resolve, "_MANY", 2)
    keys = {"min_python": PYTHONS[-2], "platforms": "linux-64 win-64", "conda_channels": str(forge)}
    assert len(rows(check("check", "--format", "json", **keys, conda_requirements="app"))) == 4
    assert list(dict.fromkeys(noted)) == ["solve linux-64", "forget linux-64", "solve win-64", "forget win-64"]
    assert noted.index("forget linux-64") > max(at for at, one in enumerate(noted) if one == "solve linux-64")


def test_what_only_a_later_channel_can_satisfy_is_installed_by_conda_and_not_by_pixi(
    check: Callable[..., Ran], own: Path, forge: Path
) -> None:
    keys = {"conda_channels": f"{own} {forge}", "conda_requirements": "app plain"}
    ran = check("check", **keys)
    assert "  with conda: can be installed on every platform and Python (" in ran.out
    assert "  with pixi (strict channel priority): cannot be installed on any platform\n" in ran.out
    assert (
        ": warning R008: pixi, and conda with strict channel priority, cannot install app on any platform: for each "
        "package they use only the first channel that has its name. conda and mamba with their defaults can.\n"
    ) in ran.out
    assert "error" not in ran.out
    assert check("check", "--fail-on", "error", **keys).code == 0
    report = check("check", "--format", "json", **keys)
    assert priorities(report)["linux-64/3.12"] == [("flexible", "resolved"), ("strict", "clash")]
    flexible, strict = rows(report)[:2]
    assert flexible["versions"]["num"] == "2.0"
    assert strict["clash"] == [["app"]]
    assert "strict channel priority" in strict["reason"]


@pytest.mark.parametrize("wanted", ["plain", "tool", "num", "tool num", "lib"])
def test_there_is_no_second_row_where_both_priorities_choose_the_same(
    check: Callable[..., Ran], own: Path, forge: Path, wanted: str
) -> None:
    ran = check("check", "--format", "json", conda_channels=f"{own} {forge}", conda_requirements=wanted)
    assert set(priorities(ran)["linux-64/3.12"]) == {("flexible", "resolved")}
    assert len(rows(ran)) == len(priorities(ran))


def test_one_channel_has_one_row_for_a_target(check: Callable[..., Ran], forge: Path) -> None:
    ran = check("check", "--format", "json", conda_channels=str(forge), conda_requirements="app")
    assert {row["priority"] for row in rows(ran)} == {"flexible"}
    assert len(rows(ran)) == len(priorities(ran))


def test_other_versions_are_one_line_and_no_finding(check: Callable[..., Ran], tmp_path: Path, forge: Path) -> None:
    mine = write_channel(tmp_path / "mine", [Package("app", "0.1"), Package("num", "1.0")])
    first = write_channel(tmp_path / "first", [Package("pair", "2.0", depends=("num >=2",)), Package("pair", "1.0")])
    keys = {"conda_channels": f"{first} {mine} {forge}", "conda_requirements": "pair"}
    ran = check("check", **keys)
    assert "  with pixi (strict channel priority): installs other versions on every platform and Python\n" in ran.out
    assert ran.code == 0
    flexible, strict = rows(check("check", "--format", "json", **keys))[:2]
    assert (flexible["versions"]["pair"], flexible["versions"]["num"]) == ("2.0", "2.0")
    assert (strict["priority"], strict["versions"]["pair"]) == ("strict", "1.0")


def test_a_requirement_of_which_the_first_channel_has_no_build_is_installed_from_the_next(
    check: Callable[..., Ran], own: Path, forge: Path
) -> None:
    keys = {"conda_channels": f"{own} {forge}", "conda_requirements": "built"}
    ran = check("check", "--format", "json", **keys)
    found = {row["target"]: row["versions"]["built"] for row in rows(ran) if row["priority"] == "flexible"}
    assert (found["linux-64/3.12"], found["linux-64/3.13"]) == ("0.5", "1.0")
    assert priorities(ran)["linux-64/3.13"] == [("flexible", "resolved"), ("strict", "clash")]
    text = check("check", **keys).out
    assert ": warning A008: pixi users do not get built with Python 3.13 to 3.15: " in text
    assert "R008" not in text
    assert "A006" not in text
    assert "A007" not in text


def test_versions_that_only_a_later_channel_has_are_found(check: Callable[..., Ran], own: Path, forge: Path) -> None:
    keys = {"conda_channels": f"{own} {forge}", "conda_requirements": "num>=2"}
    text = check("check", **keys).out
    assert "A006" not in text
    assert ": warning A008: pixi users do not get num>=2 on any platform: " in text
    assert "  with conda: can be installed on every platform and Python (" in text
    told = check("explain", "num", **keys).out
    assert f"mamba install -c {own} -c {forge} course-meta: finds it on every platform and Python.\n" in told
    assert f"  {own} comes before {forge} in the channels: pixi does not look at {forge} with 2.0.\n" in told


def test_what_another_requirement_makes_conda_take_from_the_later_channel_is_not_called_older(
    check: Callable[..., Ran], own: Path, forge: Path
) -> None:
    keys = {"conda_channels": f"{own} {forge}"}
    assert "A008" in check("check", conda_requirements="num", **keys).out
    assert "A008" not in check("check", conda_requirements="num app", **keys).out


def test_a_python_that_only_a_later_channel_has_is_named_once(
    check: Callable[..., Ran], tmp_path: Path, forge: Path
) -> None:
    first = write_channel(tmp_path / "first", interpreters(pythons=["3.12"]))
    keys = {"conda_channels": f"{first} {forge}", "conda_requirements": "plain lib"}
    text = check("check", **keys).out
    assert text.count("R008") == 1
    assert (
        ": warning R008: pixi, and conda with strict channel priority, cannot install anything with Python 3.13 to "
        "3.15: the first channel that has Python does not have this one. conda and mamba with their defaults look at "
        "the other channels, too.\n"
    ) in text
    assert all(target == "3.12" or len(found) == 2 for target, found in _by_python(check, keys).items())


def _by_python(check: Callable[..., Ran], keys: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    found = priorities(check("check", "--format", "json", **keys))
    return {target.partition("/")[2]: states for target, states in found.items()}


def test_a_list_that_conda_cannot_install_has_one_row_and_the_errors_of_conda(
    check: Callable[..., Ran], own: Path, forge: Path
) -> None:
    keys = {"conda_channels": f"{own} {forge}", "conda_requirements": "app num<2"}
    ran = check("check", "--format", "json", **keys)
    assert set(map(tuple, priorities(ran).values())) == {(("flexible", "clash"),)}
    assert [finding["code"] for finding in json.loads(ran.out)["findings"]] == ["R002"]


def test_the_pythons_of_a_list_are_those_of_conda_by_default(
    check: Callable[..., Ran], tmp_path: Path, forge: Path
) -> None:
    """A Python that only pixi cannot use does not raise min_python."""
    first = write_channel(tmp_path / "first", interpreters(pythons=PYTHONS[2:]))
    ran = check("check", "--format", "json", conda_channels=f"{first} {forge}", conda_requirements="plain")
    assert json.loads(ran.out)["floors"]["conda"]["hard"] == "3.12"
