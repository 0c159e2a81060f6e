"""onelist bisect: the day since which a list fails, and the release that did it, with real uv and rattler."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import onelist
from tests.cli.test_as_of import PYTHON, write_repodata, written
from tests.conftest import NOW
from tests.schemas import validate
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

OLD = "2025-01-01T00:00:00Z"
NEW = "2026-06-02T10:00:00Z"
LIST = "course-meta 0.1.0"
WHERE = "on Linux with Python 3.15"
FILES = {
    "aa": [wheel("aa", "1.0", uploaded=OLD, depends=("bb", "cc"))],
    "bb": [wheel("bb", "1.0b1", uploaded=OLD), wheel("bb", "1.0", uploaded=NEW, depends=("gone",))],
    "cc": [wheel("cc", "1.0", uploaded=OLD), wheel("cc", "2.0", uploaded=NEW)],
    "dd": [wheel("dd", "1.0", uploaded="2026-06-04T10:00:00Z", depends=("gone",)), wheel("dd", "1.0a1", uploaded=OLD)],
    "ff": [wheel("ff", "1.0", uploaded=OLD), sdist("ff", "2.0", uploaded=NEW)],
    "gg": [wheel("gg", "1.0", uploaded=None)],
    "hh": [wheel("hh", "1.0", uploaded=OLD, depends=("gg>=1", "gone")), wheel("hh", "0.1", uploaded=None)],
}
"""pip takes a pre-release as long as there is no final release. So the first final release can make a list fail."""


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(FILES) as server:
        yield server


@pytest.fixture
def bisect(onelist: Callable[..., Ran], index: Server) -> Callable[..., Ran]:
    return lambda *more: onelist("bisect", "--index-url", f"{index.url}/simple/", *more)


def test_the_release_that_made_pip_fail_is_named_with_its_day(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="aa")
    with index_server(FILES) as server:
        ran = onelist("bisect", "--index-url", f"{server.url}/simple/", "--installer", "pip", "--bad", "2026-06-09")
        asked = Counter(one.path for one in server.asked("/simple/.+/"))
    *explained, last = ran.out.splitlines()
    assert ran.code == 1
    assert explained[0] == "pip as of 2026-06-02:"
    assert last == (
        f"{LIST} no longer installs with pip {WHERE} since 2 June 2026, because of bb 1.0 of that day: without it, the "
        "list installs."
    )
    assert asked == {f"/simple/{name}/": 1 for name in ("aa", "bb", "cc", "gone")}


def test_the_report_for_programs_says_the_same(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="aa dd ff")
    ran = bisect("--installer", "pip", "--format", "json", "--good", "2026-05-30", "--bad", "2026-06-10")
    report = json.loads(ran.out)
    validate(report, "bisect")
    (failure,) = report["failures"]
    assert ran.code == 1
    assert (failure["day"], failure["releases"]) == ("2026-06-02", [{"name": "bb", "version": "1.0"}])
    assert failure["targets"] == ["linux-64/3.15"]
    assert "gone was not found in the package registry" in failure["reason"]
    assert report["undecided"] == []
    assert report["bad"] == "2026-06-10"
    assert report["solves"] < 15


def test_a_list_that_installs_today_has_no_such_day(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="cc")
    ran = bisect("--installer", "pip")
    assert ran.code == 0
    assert ran.out == f"{LIST} installs with pip {WHERE} as of 25 November 2026, so there is no day to look for.\n"


def test_a_list_that_never_installed_is_no_finding(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    channel = write_repodata(tmp_path / "channel", *PYTHON, ("ee", "1.0", "2025-01-01", ("gone",)))
    written(tmp_path, conda_requirements="ee", conda_channels=str(channel))
    ran = bisect("--installer", "conda")
    assert ran.code == 3
    assert ran.out == (
        f"{LIST} does not install with conda {WHERE}, and did not on any day that was tried, back to 17 April 2021. "
        "Perhaps it never did: what was removed or withdrawn since then cannot be seen.\n"
    )
    ran = bisect("--installer", "conda", "--good", "2026-11-01")
    assert (ran.code, "back to 1 November 2026." in ran.out) == (3, True)


def test_where_a_file_has_no_day_it_is_not_known_since_when(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="hh")
    ran = bisect("--installer", "pip")
    assert ran.code == 3
    assert ran.out == (
        f"Whether {LIST} installs with pip {WHERE} is not known: the package index does not say of all files or records "
        "when they appeared, so its state on that day is not known (1 file of gg, 1 file of hh).\n"
    )


def test_a_release_without_a_wheel_counts_if_builds_do(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="ff")
    assert bisect("--installer", "pip").code == 0
    ran = bisect("--installer", "pip", "--builds", "--good", "2026-05-30", "--bad", "2026-06-05")
    assert ran.code == 1
    assert ran.out == (
        f"{LIST} no longer installs with pip {WHERE} without a build from source since 2 June 2026, because of ff 2.0 of "
        "that day: without it, the list installs.\n"
    )


def test_the_history_says_where_to_begin(bisect: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="aa")
    line = {
        "schema_version": 1,
        "time": "2026-06-01T06:00:00Z",
        "onelist": "1",
        "lists": [
            {
                "name": "course-meta",
                "version": "1",
                "requirements": {},
                "installs": {"pip": {"linux-64/3.15": ["found", 1, 1]}},
                "findings": [],
            }
        ],
    }
    (tmp_path / "history.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    ran = bisect("--installer", "pip", "--format", "json", "--history", "history.jsonl", "--bad", "2026-06-05")
    report = json.loads(ran.out)
    assert report["failures"][0]["day"] == "2026-06-02"
    assert report["solves"] == 6  # the bad day, that of the history, two between them, twice without the release


def test_a_name_that_a_channel_gets_is_found_for_strict_channel_priority(
    bisect: Callable[..., Ran], tmp_path: Path
) -> None:
    first = write_repodata(
        tmp_path / "first",
        ("bb", "1.0", "2026-06-02", ()),
        ("zz", "1.0", "2026-06-02", ()),
        ("zz", "0.1", "2025-01-01", ()),
    )
    second = write_repodata(
        tmp_path / "second", *PYTHON, ("aa", "1.0", "2025-05-01", ("bb >=2", "zz")), ("bb", "2.0", "2025-05-01", ())
    )
    written(tmp_path, conda_requirements="aa", conda_channels=f"{first} {second}")
    ran = bisect("--installer", "conda")
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == (
        f"{LIST} no longer installs with pixi (strict channel priority) {WHERE} since 2 June 2026, because of bb 1.0 of "
        "that day: without it, the list installs."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--good", "2026-11-26"], "The good day, 2026-11-26, has not begun."),
        (["--bad", "2026-11-26"], "The bad day, 2026-11-26, has not begun."),
        (["--good", "2026-11-25"], "The good day, 2026-11-25, is not before the bad day, 2026-11-25."),
        (["--target", "linux-64/2.7"], "linux-64/2.7 is not a target of the list."),
    ],
)
def test_days_and_targets_that_do_not_fit_are_a_wrong_call(
    bisect: Callable[..., Ran], tmp_path: Path, options: list[str], message: str
) -> None:
    written(tmp_path, requirements="aa")
    ran = bisect(*options)
    assert ran.code == 2
    assert message in ran.err


def test_the_library_gives_the_same_as_data(tmp_path: Path, index: Server) -> None:
    path = written(tmp_path, requirements="ff")
    options = onelist.BisectOptions(
        good=datetime.date(2026, 6, 1),
        bad=datetime.date(2026, 6, 2),
        builds=True,
        resolve=onelist.ResolveOptions(installers=("pip",)),
        network=onelist.NetworkOptions(index_url=f"{index.url}/simple/", now=NOW),
    )
    found = onelist.bisect(path, options)
    (failure,) = found.failures
    assert (failure.day, failure.releases) == (datetime.date(2026, 6, 2), (("ff", "2.0"),))
    assert (found.undecided, found.name, found.bad) == ((), "course-meta", datetime.date(2026, 6, 2))
