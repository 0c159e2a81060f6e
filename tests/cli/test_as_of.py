"""check --as-of: the whole proof as the installers would have answered at the end of a day, with real uv and rattler."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import NO_CHANNEL, WELL, settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

ONE = {"platforms": "linux-64", "min_python": "3.15"}


def written(folder: Path, **keys: str) -> Path:
    """Write a list for one platform and one Python."""
    path = folder / "settings.ini"
    path.write_text(settings_text(**(WELL | ONE | {"conda_channels": NO_CHANNEL} | keys)), encoding="utf-8")
    return path


def write_repodata(folder: Path, *records: tuple[str, str, str | None, tuple[str, ...]]) -> Path:
    """Write a channel of noarch records: name, version, day of the build or None, dependencies."""
    for subdir in ("noarch", "linux-64"):
        (folder / subdir).mkdir(parents=True, exist_ok=True)
    table = {}
    for name, version, day, depends in records:
        record: dict[str, Any] = {"name": name, "version": version, "build": "0", "build_number": 0, "size": 1}
        record |= {"depends": list(depends), "subdir": "noarch", "noarch": "generic", "sha256": "0" * 64}
        if day:
            moment = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
            record["timestamp"] = int(moment.timestamp() * 1000)
        table[f"{name}-{version}-0.conda"] = record
    for subdir, packages in (("noarch", table), ("linux-64", {})):
        data = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


PYTHON = (("python", "3.15.0", "2025-01-01", ()), ("python_abi", "3.15", "2025-01-01", ()))


def report(onelist: Callable[..., Ran], server: Server, day: str | None, installer: str) -> dict[str, Any]:
    """Return the report of a check for one installer, and keep only the answers that it uses; None for today."""
    index = f"{server.url}/simple/"
    as_of = ("--as-of", day) if day else ()
    ran = onelist("check", "--index-url", index, *as_of, "--format", "json", "--installer", installer)
    assert ran.out, ran.err
    data: dict[str, Any] = json.loads(ran.out)
    data["answers"] = [one for one in data["answers"] if (one["channel"] == "pip") == (installer == "pip")]
    return data


@pytest.fixture(scope="module")
def empty() -> Iterator[Server]:
    """A package index that has nothing of the lists."""
    with index_server({}) as server:
        yield server


def test_pip_installs_what_the_index_had_at_the_end_of_the_day(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="aa")
    files = {
        "aa": [
            wheel("aa", "1.0", uploaded="2026-05-01T00:00:00Z", depends=("bb",)),
            wheel("aa", "2.0", uploaded="2026-06-01T23:59:59.999Z", depends=("bb",)),
        ],
        "bb": [
            wheel("bb", "1.0", uploaded="2026-05-01T00:00:00Z"),
            wheel("bb", "2.0", uploaded="2026-06-02T00:00:00Z"),
        ],
    }
    with index_server(files) as server:
        found = {
            day: report(onelist, server, day, "pip") for day in ("2026-04-30", "2026-05-31", "2026-06-01", "2026-06-02")
        }
    assert {day: one["resolutions"][0]["versions"] for day, one in found.items()} == {
        "2026-04-30": None,
        "2026-05-31": {"aa": "1.0", "bb": "1.0"},
        "2026-06-01": {"aa": "2.0", "bb": "1.0"},
        "2026-06-02": {"aa": "2.0", "bb": "2.0"},
    }
    assert [one["answers"][0]["version"] for one in found.values()] == [None, "1.0", "2.0", "2.0"]
    assert found["2026-04-30"]["resolutions"][0]["state"] == "clash"
    assert {one["as_of"] for one in found.values()} == set(found)


def test_conda_installs_what_the_channel_had_at_the_end_of_the_day(
    onelist: Callable[..., Ran], tmp_path: Path, empty: Server
) -> None:
    channel = write_repodata(
        tmp_path / "channel",
        *PYTHON,
        ("aa", "1.0", "2026-05-01", ("bb",)),
        ("aa", "2.0", "2026-06-01", ("bb",)),
        ("bb", "1.0", "2026-05-01", ()),
        ("bb", "2.0", "2026-06-02", ()),
    )
    written(tmp_path, conda_requirements="aa", conda_channels=str(channel))
    found = {
        day: report(onelist, empty, day, "conda") for day in ("2026-04-30", "2026-05-31", "2026-06-01", "2026-06-02")
    }
    versions = {day: one["resolutions"][0]["versions"] for day, one in found.items()}
    assert {day: one and {"aa": one["aa"], "bb": one["bb"]} for day, one in versions.items()} == {
        "2026-04-30": None,
        "2026-05-31": {"aa": "1.0", "bb": "1.0"},
        "2026-06-01": {"aa": "2.0", "bb": "1.0"},
        "2026-06-02": {"aa": "2.0", "bb": "2.0"},
    }


def test_files_without_a_day_are_unknown_where_the_answer_depends_on_them(
    onelist: Callable[..., Ran], tmp_path: Path
) -> None:
    files = {
        "aa": [wheel("aa", "1.0", uploaded="2026-05-01T00:00:00Z"), wheel("aa", "2.0", uploaded=None)],
        "bb": [wheel("bb", "2.0", uploaded="2026-05-01T00:00:00Z"), wheel("bb", "1.0", uploaded=None)],
        "cc": [wheel("cc", "1.0", uploaded="2026-05-01T00:00:00Z", depends=("dd",))],
        "dd": [wheel("dd", "1.0", uploaded=None), wheel("dd", "2.0", uploaded=None)],
        "ff": [wheel("ff", "1.0", uploaded=None), wheel("ff", "2.0", uploaded="2026-06-02T00:00:00Z")],
        "ee": [wheel("ee", "1.0", uploaded="2026-05-01T00:00:00Z", depends=("bb>=3",))],
    }
    reason = "does not say of all files or records when they appeared, so its state on that day is not known"
    with index_server(files) as server:
        found = {}
        for name in ("aa", "bb", "cc", "ee", "ff"):
            written(tmp_path, requirements=name)
            data = report(onelist, server, "2026-06-01", "pip")
            answer, resolution = data["answers"][0], data["resolutions"][0]
            found[name] = answer["state"], answer["reason"], resolution["state"], resolution["reason"]
    newer = "there may have been a newer version: 1 file of aa without a day"
    assert found["aa"] == ("found", newer, "resolved", None)
    assert found["bb"] == ("found", None, "resolved", None)
    assert found["cc"] == ("found", None, "unknown", f"{reason} (2 files of dd)")
    assert found["ee"][:3] == ("found", None, "clash")
    assert found["ff"] == ("unknown", f"{reason} (1 file of ff)", "unknown", f"{reason} (1 file of ff)")


def test_records_without_a_day_are_unknown_where_the_answer_depends_on_them(
    onelist: Callable[..., Ran], tmp_path: Path, empty: Server
) -> None:
    channel = write_repodata(
        tmp_path / "channel",
        *PYTHON,
        ("aa", "1.0", "2026-05-01", ()),
        ("aa", "2.0", None, ()),
        ("bb", "2.0", "2026-05-01", ()),
        ("bb", "1.0", None, ()),
        ("cc", "1.0", "2026-05-01", ("dd",)),
        ("dd", "1.0", None, ()),
        ("dd", "2.0", None, ()),
        ("ff", "1.0", None, ()),
        ("ff", "2.0", "2026-06-02", ()),
        ("ee", "1.0", "2026-05-01", ("bb >=3",)),
    )
    reason = "does not say of all files or records when they appeared, so its state on that day is not known"
    found = {}
    for name in ("aa", "bb", "cc", "ee", "ff"):
        written(tmp_path, conda_requirements=name, conda_channels=str(channel))
        data = report(onelist, empty, "2026-06-01", "conda")
        answer, resolution = data["answers"][0], data["resolutions"][0]
        found[name] = answer["state"], answer["reason"], resolution["state"], resolution["reason"]
    newer = "there may have been a newer version: 1 record of aa without a day"
    assert found["aa"] == ("found", newer, "resolved", None)
    assert found["bb"] == ("found", None, "resolved", None)
    assert found["cc"] == ("found", None, "unknown", f"{reason} (2 records of dd)")
    assert found["ee"][:3] == ("found", None, "clash")
    assert found["ff"] == ("unknown", f"{reason} (1 record of ff)", "unknown", f"{reason} (1 record of ff)")


def test_when_a_channel_indexed_a_record_counts_before_when_it_was_built(
    onelist: Callable[..., Ran], tmp_path: Path, empty: Server
) -> None:
    channel = write_repodata(tmp_path / "channel", *PYTHON, ("aa", "1.0", "2026-05-01", ()))
    path = channel / "noarch/repodata.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    late = int(datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC).timestamp() * 1000)
    data["packages.conda"]["aa-1.0-0.conda"]["indexed_timestamp"] = late
    path.write_text(json.dumps(data), encoding="utf-8")
    written(tmp_path, conda_requirements="aa", conda_channels=str(channel))
    found = [report(onelist, empty, day, "conda") for day in ("2026-06-30", "2026-07-01")]
    assert [one["answers"][0]["state"] for one in found] == ["absent", "found"]
    assert [one["resolutions"][0]["state"] for one in found] == ["clash", "resolved"]


def test_a_name_of_a_later_day_does_not_count_for_strict_channel_priority(
    onelist: Callable[..., Ran], tmp_path: Path, empty: Server
) -> None:
    first = write_repodata(tmp_path / "first", ("bb", "1.0", "2026-06-02", ()))
    second = write_repodata(
        tmp_path / "second", *PYTHON, ("aa", "1.0", "2026-05-01", ("bb >=2",)), ("bb", "2.0", "2026-05-01", ())
    )
    written(tmp_path, conda_requirements="aa", conda_channels=f"{first} {second}")
    found = [report(onelist, empty, day, "conda") for day in ("2026-06-01", "2026-06-02")]
    states = [[(one["priority"], one["state"]) for one in data["resolutions"]] for data in found]
    assert states == [[("flexible", "resolved")], [("flexible", "resolved"), ("strict", "clash")]]


def test_every_format_says_as_of_which_day(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    written(tmp_path, requirements="aa")
    with index_server({"aa": [wheel("aa", "1.0", uploaded="2026-05-01T00:00:00Z")]}) as server:
        shared = ("--installer", "pip", "--index-url", f"{server.url}/simple/", "--as-of", "2026-06-01", "--format")
        found = {form: onelist("check", *shared, form).out for form in ("text", "github", "html", "sarif")}
    line = "As of the end of 2026-06-01 (UTC): what appeared later does not count."
    assert line in found["text"]
    assert "onelist check settings.ini --index-url" in found["text"]
    assert "--as-of 2026-06-01" in found["text"]
    assert "As of 2026-06-01." in found["github"]
    assert line in found["html"]
    assert ", as of 1 June 2026, checked 25 November 2026 12:00 UTC." in found["html"]
    assert "proved as of 2026-06-01" in found["html"]
    assert json.loads(found["sarif"])["runs"][0]["properties"] == {"asOf": "2026-06-01"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--as-of", "2026-11-26"], "The day of --as-of, 2026-11-26, has not begun."),
        (["--as-of", "2026-02-30"], "2026-02-30 is not a day such as 2026-11-27"),
        (["--as-of", "20261101"], "20261101 is not a day such as 2026-11-27"),
        (["--as-of", "2026-W48-5"], "2026-W48-5 is not a day such as 2026-11-27"),
        (["--as-of", "2026-11-25", "--settings-only"], "--as-of is about what servers have"),
        (["--as-of", "2026-11-25", "--history", "h"], "--history keeps what is found today"),
    ],
)
def test_a_day_that_cannot_be_looked_at_is_a_wrong_call(
    onelist: Callable[..., Ran], tmp_path: Path, options: list[str], message: str
) -> None:
    written(tmp_path, requirements="aa")
    ran = onelist("check", *options)
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.parametrize(("time", "state"), [(0, "found"), (-1, "found"), (-62135596800001, "unknown")])
def test_times_that_nobody_would_write_end_in_an_answer(
    onelist: Callable[..., Ran], tmp_path: Path, empty: Server, time: int, state: str
) -> None:
    channel = write_repodata(tmp_path / "channel", *PYTHON, ("aa", "1.0", None, ()))
    path = channel / "noarch/repodata.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["packages.conda"]["aa-1.0-0.conda"]["indexed_timestamp"] = time
    path.write_text(json.dumps(data), encoding="utf-8")
    written(tmp_path, conda_requirements="aa", conda_channels=str(channel))
    assert report(onelist, empty, "2026-06-01", "conda")["answers"][0]["state"] == state
