"""What `onelist fix` does without a code: no edit takes the list away from anybody who can install it now."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from onelist.analysis.lists import LoadedList
from onelist.analysis.resolving.resolution import Resolved, Unsatisfiable
from onelist.checks import fix, python
from onelist.checks.base import CheckInput
from onelist.checks.fix import is_fixed
from onelist.checks.run import check_lists
from onelist.core.targets import all_targets
from onelist.translation.plan import make_plan
from tests.asking import TODAY
from tests.channels import PYTHONS, Package, compiled, interpreters, write_channel
from tests.helpers import project, settings_text
from tests.resolutions import resolution
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from onelist.analysis.resolving.resolution import ResolutionStatus
    from onelist.checks.run import CheckOptions, CheckResult
    from onelist.core.errors import SettingsError
    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    names = ("everywhere", "old", "early", "half-old", "huggingface-hub")
    with index_server({name: [wheel(name, "1.0")] for name in names}) as server:
        yield server


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(),
        *compiled("everywhere"),
        *compiled("old"),
        *compiled("early", pythons=PYTHONS[2:]),
        *compiled("half-old", pythons=["3.12"], platforms=["linux-64"]),
        *compiled("half-old", pythons=PYTHONS, platforms=["osx-arm64"]),
        Package("huggingface-hub", "1.0"),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


@pytest.mark.parametrize(
    "name",
    [
        "everywhere",
        "early",  # conda users with Python 3.12 would lose the list
        "half-old",  # those on Linux with Python 3.13, too
        "huggingface_hub",  # the channel has it under another name
    ],
)
def test_what_conda_lacks_for_some_pythons_is_moved_only_on_request(
    index: Server, channel: Path, tmp_path: Path, onelist: Callable[..., Ran], name: str
) -> None:
    is_moved = name in {"everywhere", "huggingface_hub"}
    file = tmp_path / "settings.ini"
    keys = {"platforms": "linux-64", "conda_channels": str(channel), "requirements": "old", "pip_requirements": name}
    file.write_text(settings_text(**keys), encoding="utf-8")
    asking = ("fix", "--installer", "conda", "--index-url", f"{index.url}/simple/")
    ran = onelist(*asking)
    assert (f"requirements = old {name}\n" in file.read_text(encoding="utf-8")) is is_moved
    assert (f"Not moved: {name}. " in ran.out) is not is_moved
    onelist(*asking, "--select", "D001")
    assert f"requirements = old {name}\n" in file.read_text(encoding="utf-8")


def floor(pip: int, conda: int | None, **keys: str) -> dict[str, bool]:
    """Return by installer whether `fix` raises min_python, with the lowest Python 3.x that each one can use."""
    course = project(min_python="3.11", platforms="linux-64", requirements="numpy", **keys)
    given = CheckInput(project=course, plan=make_plan(course.settings), today=TODAY)
    rows = []
    for installer, lowest in (("pip", pip), ("conda", conda)):
        for target in all_targets(("linux-64",), (3, 11)) if lowest else ():
            fits = target.python >= (3, lowest or 0)
            status: ResolutionStatus = Resolved(packages=()) if fits else Unsatisfiable(conflicts=())
            rows.append(resolution(str(target), status, installer=installer))
    found = [one for one in python.check(given, rows) if one.code == "F001"]
    assert all(is_fixed(one, ("F001",)) for one in found)
    return {one.message.split()[0]: is_fixed(one, ()) for one in found}


def test_min_python_is_raised_only_as_far_as_no_installer_goes_below() -> None:
    assert floor(13, 13) == {"pip": True, "conda": True}
    assert floor(13, 11) == {"pip": False}
    assert floor(12, 14) == {"pip": True, "conda": False}
    assert floor(13, None) == {"pip": False}  # nobody asked conda
    assert floor(13, None, conda_channels="none") == {"pip": True}


def test_a_pin_of_an_extra_stays_until_its_code_is_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    keys = {"requirements": "pandas<3", "dev_requirements": "ruff==0.6 mypy<2", "allow_pins": "mypy=2026-01-01"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")

    def pinned() -> list[str]:
        text = (tmp_path / "settings.ini").read_text(encoding="utf-8")
        return [item for item in ("pandas<3", "ruff==0.6", "mypy<2") if item in text]

    now = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    onelist("fix", "--settings-only", now=now)
    assert pinned() == ["ruff==0.6", "mypy<2"]
    onelist("fix", "--settings-only", "--select", "P", now=now)
    assert pinned() == ["ruff==0.6", "mypy<2"]
    onelist("fix", "--settings-only", "--select", "P101", now=now)
    assert pinned() == ["mypy<2"]
    onelist("fix", "--settings-only", "--select", "P003", now=now)
    assert pinned() == []


def test_a_second_item_goes_only_if_the_first_one_requires_as_much(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = settings_text(requirements="pandas pandas>=2", pip_requirements="tools", plots_requirements="tools")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    onelist("fix", "--settings-only")
    left = (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert "requirements = pandas pandas>=2\n" in left
    assert "plots_requirements = tools\n" in left


def test_a_move_that_costs_conda_users_the_list_is_undone(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """tool is on the channel for every Python, but needs an older lib than the list."""
    members = [Package("lib", "1.0"), Package("lib", "2.0"), Package("tool", "1.0", depends=("python", "lib <2"))]
    forge = write_channel(tmp_path / "forge", [*interpreters(["linux-64"], ["3.15"]), *members, Package("well")])
    keys = {"platforms": "linux-64", "min_python": "3.15", "conda_channels": str(forge), "requirements": "lib>=2"}
    file = tmp_path / "settings.ini"
    file.write_text(settings_text(**keys, pip_requirements="tool well"), encoding="utf-8")
    with index_server(
        {"lib": [wheel("lib", "2.0")], "tool": [wheel("tool", "1.0")], "well": [wheel("well", "1.0")]}
    ) as i:
        asking = ("fix", "--index-url", f"{i.url}/simple/")
        ran = onelist(*asking)
        assert "\nrequirements = lib>=2 well\npip_requirements = tool\n" in file.read_text(encoding="utf-8")
        assert (
            "\nChanged: well moved to requirements.\n"
            "Not moved: tool. The list could then not be installed where it can be now.\n"
            f"To move it all the same: onelist fix settings.ini --select D001 --index-url {i.url}/simple/\n"
            "settings.ini: 1 edit made, "
        ) in ran.out
        onelist(*asking, "--select", "D001")
    assert "\nrequirements = lib>=2 well tool\npip_requirements =\n" in file.read_text(encoding="utf-8")


def test_the_resolvers_do_not_judge_pins_that_go_anyway(
    index: Server, tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[bool, bool]] = []

    def check(
        lists: Mapping[Path, LoadedList | SettingsError], options: CheckOptions, **others: Any
    ) -> tuple[CheckResult, ...]:
        (one,) = lists.values()
        assert isinstance(one, LoadedList)
        judged.append((options.settings_only, b"==" in one.project.raw))
        return check_lists(lists, options, **others)

    monkeypatch.setattr(fix, "check_lists", check)
    keys = {"platforms": "linux-64", "min_python": "3.15", "requirements": "old==0.5"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    ran = onelist("fix", "--installer", "pip", "--index-url", f"{index.url}/simple/")
    assert "P001" in ran.out
    assert judged == [(True, True), (True, False), (False, False)]
