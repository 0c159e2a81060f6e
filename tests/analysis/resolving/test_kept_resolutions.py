"""A second look: what was proved stands exactly as long as nothing that the resolver read has changed."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import rattler

from onelist.analysis.resolving.resolution import Conflict, ConflictKind, Resolution, Resolved, Unsatisfiable
from onelist.analysis.resolving.resolution_data import from_data, to_data
from onelist.analysis.resolving.solves import PendingAnswer, Precedents
from onelist.sources.pip import uv
from tests.conftest import NOW
from tests.helpers import settings_text
from tests.resolutions import member, package, resolution
from tests.servers import Answer, File, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

    Repodata = dict[str, dict[str, Any]]

pytestmark = pytest.mark.usefixtures("own_caches")

LISTS = 100
NEXT_DAY = NOW + datetime.timedelta(days=1)
WELL = {"description": "d", "license": "mit", "min_python": "3.14", "platforms": "linux-64"}
PYTHONS = ("3.14", "3.15")


def record(name: str, version: str, *depends: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": list(depends),
        "subdir": "noarch",
        "sha256": "00" * 32,
        "size": 1,
    }


def channel(number: int) -> list[dict[str, Any]]:
    """Return a small channel: in some of them, two packages exclude each other, or one lacks what it needs."""
    chosen = random.Random(number)  # noqa: S311 - the same channels in each run
    app, tool = (f"lib {chosen.choice(['>=1', '>=2', '<2'])}" for _ in range(2))
    needs = ["base"] if chosen.random() < 0.8 else ["gone"]
    return [
        *(record("python", f"{python}.1") for python in PYTHONS),
        *(record("lib", version, *needs) for version in ("1.0", "2.0")),
        record("base", "1.0"),
        record("app", "1.0", app),
        record("app", "2.0", app, *(["python <3.15"] if chosen.random() < 0.3 else [])),
        record("tool", "1.0", tool),
        record("tool", "1.1", tool),
        record("other", "1.0", "elsewhere"),
    ]


def changed_channel(number: int, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the channel with one record added, removed or changed."""
    chosen = random.Random(number)  # noqa: S311 - the same changes in each run
    names = [one["name"] for one in records]
    match number % 5:
        case 0:
            return [*records, record("lib", "3.0", "base")]
        case 1:
            gone = chosen.choice([place for place, name in enumerate(names) if name in {"app", "tool", "lib"}])
            return [one for place, one in enumerate(records) if place != gone]
        case 2:
            place = chosen.choice([place for place, name in enumerate(names) if name in {"app", "tool"}])
            changed = records[place] | {"depends": ["lib ==2.0"]}
            return [changed if other == place else one for other, one in enumerate(records)]
        case 3:
            return [*records, record("gone", "1.0")]
    return [one | {"depends": ["base"]} if one["name"] == "other" else one for one in records]


def write(folder: Path, records: list[dict[str, Any]]) -> None:
    for subdir in ("noarch", "linux-64"):
        packages = {f"{one['name']}-{one['version']}-0.conda": one for one in records if subdir == "noarch"}
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        repodata = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(repodata), encoding="utf-8")


@pytest.fixture
def solves(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each solve: the resolvers are the real ones."""
    asked: list[str] = []
    real_solve, real_compile = rattler.solve, uv.compile_requirements

    async def solve(sources: list[rattler.Channel], specs: list[str], **options: Any) -> object:
        asked.append(sources[0].base_url)
        return await real_solve(sources, specs, **options)

    async def compile_requirements(call: uv.UvCall) -> object:
        asked.append(" ".join(call.requirements))
        return await real_compile(call)

    monkeypatch.setattr(rattler, "solve", solve)
    monkeypatch.setattr(uv, "compile_requirements", compile_requirements)
    return asked


def results(ran: Ran) -> list[dict[str, Any]]:
    data = json.loads(ran.out)
    return list(data.get("results", [data]))


def rows(ran: Ran, *, explained: bool = True) -> list[list[dict[str, Any]]]:
    """Return the resolutions of each list, without the day."""
    left_out = {"proved"} if explained else {"proved", "reason"}
    return [
        [{key: value for key, value in row.items() if key not in left_out} for row in result["resolutions"]]
        for result in results(ran)
    ]


def days(ran: Ran) -> list[set[str | None]]:
    return [{row["proved"] for row in result["resolutions"]} for result in results(ran)]


@pytest.fixture
def forget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take another cache from now on."""
    return lambda: monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path / "another-cache"))


@pytest.mark.slow
def test_after_one_change_in_each_of_a_hundred_channels_all_is_as_in_a_fresh_run(
    tmp_path: Path, onelist: Callable[..., Ran], solves: list[str], forget: Callable[[], None]
) -> None:
    channels = {number: channel(number) for number in range(LISTS)}
    for number, records in channels.items():
        folder = tmp_path / f"many/{number:03}"
        write(folder / "channel", records)
        text = settings_text(**WELL, requirements="app tool", conda_channels=str(folder / "channel"))
        (folder / "settings.ini").write_text(text, encoding="utf-8")
    look = ("check", "many", "--installer", "conda", "--index-url", "http://127.0.0.1:9/simple/", "--format", "json")
    first = onelist(*look)
    states = [row["state"] for found in rows(first) for row in found]
    assert min(states.count(state) for state in ("resolved", "clash")) > LISTS // 4

    solves.clear()
    second = onelist(*look, now=NEXT_DAY)
    assert solves == []
    assert rows(second) == rows(first)
    assert days(second) == [{f"{NOW:%Y-%m-%d}"}] * LISTS

    for number, records in channels.items():
        write(tmp_path / f"many/{number:03}/channel", changed_channel(number, records))
    changed = onelist(*look, now=NEXT_DAY)
    proved_again = {number for number in range(LISTS) if days(changed)[number] == {None}}
    assert len(solves) > 0
    assert {number for number in range(LISTS) if number % 5 == 4} & proved_again == set()  # nothing that takes part
    assert proved_again >= {number for number in range(LISTS) if number % 5 in {0, 1, 2}}
    forget()
    fresh = onelist(*look, now=NEXT_DAY)
    assert days(fresh) == [{None}] * LISTS
    assert rows(changed) == rows(fresh)
    assert rows(changed) != rows(first)


PROJECTS: dict[str, list[File]] = {
    "app": [wheel("app", "1.0", depends=("lib",), is_hashed=True)],
    "lib": [wheel("lib", "1.0", is_hashed=True)],
    "tool": [wheel("tool", "1.0", depends=("lib<2",), is_hashed=True)],
    "alone": [wheel("alone", "1.0", is_hashed=True)],
    "loose": [wheel("loose", "1.0")],
}


@pytest.fixture
def projects() -> dict[str, list[File]]:
    return dict(PROJECTS)


@pytest.fixture
def index(projects: dict[str, list[File]]) -> Iterator[Server]:
    with index_server(projects) as server:
        yield server


@pytest.fixture
def look(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Check one list for pip; its name is what it requires."""

    def check(requirements: str, *arguments: str, now: datetime.datetime = NOW, **keys: str) -> Ran:
        text = settings_text(**WELL, requirements=requirements, conda_channels=str(tmp_path / "none"), **keys)
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        asking = ("--index-url", f"{index.url}/simple/", "--installer", "pip", "--format", "json")
        return onelist("check", *asking, *arguments, now=now)

    return check


@pytest.mark.parametrize(
    "change",
    [
        ("lib", [wheel("lib", "2.0", is_hashed=True), *PROJECTS["lib"]]),
        ("lib", [wheel("lib", "1.0", is_hashed=True, yanked=True)]),
        ("lib", [wheel("lib", "1.0", is_hashed=True, requires_python="<3.15")]),
        ("tool", [wheel("tool", "1.0", is_hashed=True, depends=("lib>=2",))]),
        ("app", []),
    ],
)
def test_a_page_that_changes_is_resolved_again_as_in_a_fresh_run(
    look: Callable[..., Ran],
    projects: dict[str, list[File]],
    solves: list[str],
    forget: Callable[[], None],
    change: tuple[str, list[File]],
) -> None:
    first = look("app tool")
    assert {row["state"] for row in rows(first)[0]} == {"resolved"}
    solves.clear()
    assert rows(look("app tool", now=NEXT_DAY)) == rows(first)
    projects["alone"] = [wheel("alone", "2.0", is_hashed=True)]
    assert days(look("app tool", now=NEXT_DAY)) == [{f"{NOW:%Y-%m-%d}"}]
    assert solves == []
    name, projects[change[0]] = change
    changed = look("app tool", now=NEXT_DAY)
    assert days(changed) == [{None}]
    assert solves != [] or name == "app"
    forget()
    assert rows(changed, explained=False) == rows(look("app tool", now=NEXT_DAY), explained=False)


def test_a_missing_dependency_that_appears_is_seen(
    look: Callable[..., Ran], projects: dict[str, list[File]], solves: list[str]
) -> None:
    projects["needs"] = [wheel("needs", "1.0", depends=("late",), is_hashed=True)]
    assert {row["state"] for row in rows(look("needs"))[0]} == {"clash"}
    solves.clear()
    assert {row["state"] for row in rows(look("needs", now=NEXT_DAY))[0]} == {"clash"}
    assert solves == []
    projects["late"] = [wheel("late", "1.0", is_hashed=True)]
    assert {row["state"] for row in rows(look("needs", now=NEXT_DAY))[0]} == {"resolved"}


def test_a_file_without_a_hash_is_resolved_again(look: Callable[..., Ran], solves: list[str]) -> None:
    """Its content can change, and its page would not show it."""
    look("loose")
    solves.clear()
    assert days(look("loose", now=NEXT_DAY)) == [{None}]
    assert solves != []


def test_refresh_proves_again(look: Callable[..., Ran], solves: list[str]) -> None:
    look("app")
    solves.clear()
    assert days(look("app", "--refresh", now=NEXT_DAY)) == [{None}]
    assert solves != []


@pytest.mark.parametrize("content", [b"", b"x" * 99, b"x\x9c\xab\x56\x4a", None])
def test_a_damaged_file_costs_only_time(
    look: Callable[..., Ran], solves: list[str], tmp_path: Path, content: bytes | None
) -> None:
    first = look("app")
    (file,) = (tmp_path / "onelist-cache/resolutions").iterdir()
    file.write_bytes(file.read_bytes()[:-9] if content is None else content)
    solves.clear()
    assert rows(look("app", now=NEXT_DAY)) == rows(first)
    assert solves != []


def test_what_is_unknown_is_never_kept(look: Callable[..., Ran], index: Server, tmp_path: Path) -> None:
    index.instead["/files/lib-1.0-py3-none-any.whl"] = b"<html>Log in</html>"
    assert {row["state"] for row in rows(look("app"))[0]} == {"unknown"}
    assert list(tmp_path.glob("onelist-cache/resolutions/*")) == []
    index.instead.clear()
    assert {row["state"] for row in rows(look("app"))[0]} == {"resolved"}


def test_a_source_that_no_longer_answers_makes_the_list_unknown(look: Callable[..., Ran], index: Server) -> None:
    look("app")
    index.answer = lambda *_: Answer(b"no", "text/plain", status=403)
    assert {row["state"] for row in rows(look("app", now=NEXT_DAY))[0]} == {"unknown"}


def test_the_text_says_of_which_day_it_is(look: Callable[..., Ran], onelist: Callable[..., Ran], index: Server) -> None:
    look("app")
    asking = ("check", "--index-url", f"{index.url}/simple/", "--installer", "pip")
    assert " answers are of " not in onelist(*asking).out
    assert (
        "  All 2 answers are of 2026-11-25. Nothing that they depend on has changed since. --refresh asks again.\n"
    ) in onelist(*asking, now=NEXT_DAY).out


def test_a_changed_question_is_another_question(look: Callable[..., Ran], solves: list[str]) -> None:
    look("app tool")
    solves.clear()
    assert days(look("app tool>=1", now=NEXT_DAY)) == [{None}]
    assert solves != []
    assert days(look("app tool", now=NEXT_DAY)) == [{f"{NOW:%Y-%m-%d}"}]


def test_a_file_that_nobody_needs_is_removed(look: Callable[..., Ran], tmp_path: Path) -> None:
    look("app")
    (old,) = (tmp_path / "onelist-cache/resolutions").iterdir()
    os.utime(old, (0, 0))
    look("alone")
    assert not old.exists()
    assert len(list((tmp_path / "onelist-cache/resolutions").iterdir())) == 1


def test_what_failed_with_strict_priority_for_an_earlier_python_is_a_part_of_the_question() -> None:
    """The search with strict priority begins with it, so another one may lead to another set."""
    course = member("app", installer="conda")
    default = resolution("linux-64/3.14", Resolved(packages=()), members=(course,), installer="conda")
    conflict = Conflict(members=(course,), kind=ConflictKind.NOT_INSTALLABLE, explanation="x")
    strict = Resolution(request=default.request.strictly, status=Unsatisfiable(conflicts=(conflict,)))

    async def key(*earlier: Resolution) -> str:
        answer = PendingAnswer()
        answer.set(earlier)
        return await Precedents([answer]).key(default.request)

    assert asyncio.run(key(default)) != asyncio.run(key(default, strict))
    assert asyncio.run(key(default, strict)) == asyncio.run(key(default, strict))


def test_what_each_package_depends_on_is_kept() -> None:
    requires = {"app": ("lib", "base"), "lib": ("base", "not-installed"), "base": ()}
    packages = tuple(replace(package(name, "1"), requires=names) for name, names in requires.items())
    status = Resolved(packages=packages)
    one = resolution("linux-64/3.15", status, members=(member("app"),))
    data = to_data(one)
    assert data is not None
    again = from_data(json.loads(json.dumps(data)), one.request, None).status
    assert isinstance(again, Resolved)
    assert again == status
    assert [one.requires for one in again.packages] == [("lib", "base"), ("base",), ()]
