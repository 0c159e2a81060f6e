"""Many lists on many machines: shards of about the same work, and one report of theirs as a single run has it."""

from __future__ import annotations

import functools
import json
import os
import random
import re
import shutil
import subprocess
import sys
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import pytest
import rattler

from onelist.cli import shards as part_of_run
from onelist.cli.commands import matrix
from onelist.core.errors import FAIL_ON, UsageError, exit_code_of, exit_code_of_all
from onelist.core.findings import Severity
from onelist.reports import shards
from tests.channels import Package, compiled, interpreters, write_channel
from tests.conftest import SHARED, real_settings
from tests.helpers import ROOT, settings_text
from tests.schemas import validate
from tests.servers import JSON_TYPE, Answer, Server, channel_server, index_server, project_json, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran

SNAPSHOT = SHARED / "data/channel/conda-forge"
MANY = 200


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A tree of seven lists: of different sizes, one without settings, one that is no text."""
    texts = {f"list{number}": "pandas torch==1 " + " ".join(f"n{i}" for i in range(number * 4)) for number in range(5)}
    for name, items in texts.items():
        (tmp_path / "lists" / name).mkdir(parents=True)
        text = settings_text(lib_name=name, requirements=items)
        (tmp_path / "lists" / name / "settings.ini").write_text(text, encoding="utf-8")
    for name, raw in (("broken", b"no settings\n"), ("binary", b"[DEFAULT]\n\0")):
        (tmp_path / "lists" / name).mkdir()
        (tmp_path / "lists" / name / "settings.ini").write_bytes(raw)
    return tmp_path / "lists"


def sharded(onelist: Callable[..., Ran], folder: Path, count: int, *arguments: str | Path) -> list[Path]:
    """Run each shard of a check; return the reports."""
    reports = []
    for index in range(1, count + 1):
        ran = onelist("check", *arguments, "--format", "json", "--shard", f"{index}/{count}")
        assert ran.err == ""
        report = folder / f"report-{count}-{index}.json"
        report.write_text(ran.out, encoding="utf-8")
        assert onelist_code(json.loads(ran.out)) == ran.code
        reports.append(report)
    return reports


def onelist_code(data: dict[str, Any]) -> int:
    """Return the exit code that a report stands for, by what its schema says of it."""
    codes = set()
    for one in data["results"]:
        matters = any(finding["severity"] in {"error", "warning"} for finding in one["findings"])
        codes.add(2 if one["settings"] is None else 1 if matters else 3 if one["unknown"] else 0)
    return next((code for code in (2, 1, 3) if code in codes), 0)


class Single:
    """A check in a single run, with which the merged reports of its shards are compared."""

    def __init__(self, onelist: Callable[..., Ran], *arguments: str | Path) -> None:
        self._onelist, self._arguments = onelist, arguments
        self.report = onelist("check", *arguments, "--format", "json")
        self.text = onelist("check", *arguments).out

    def demand_equal(self, folder: Path, count: int) -> list[Path]:
        """Demand that the reports of so many shards, merged, are the single run; return them in the order of the shards."""
        reports = sharded(self._onelist, folder, count, *self._arguments)
        mixed = random.Random(count).sample(reports, count)  # noqa: S311 - the order of arguments must not matter
        merged = self._onelist("merge", *mixed, "--format", "json")
        assert (merged.out, merged.code, merged.err) == (self.report.out, self.report.code, "")
        assert self._onelist("merge", *mixed).out == self.text
        return reports


def demand_equal(onelist: Callable[..., Ran], folder: Path, count: int, *arguments: str | Path) -> Ran:
    """Demand that the merged report is the one of a single run; return that run."""
    single = Single(onelist, *arguments)
    single.demand_equal(folder, count)
    return single.report


@pytest.mark.parametrize("count", [1, 2, 3, 7, 9])
def test_merged_is_as_a_single_run(lists: Path, onelist: Callable[..., Ran], count: int) -> None:
    single = demand_equal(onelist, lists.parent, count, "lists", "--settings-only")
    assert single.code == 2
    assert len(json.loads(single.out)["results"]) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="Slurm runs on Linux")
def test_shards_write_their_pages_and_merge_writes_the_index_of_them(
    lists: Path, tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    single = onelist("check", lists, "--settings-only", "--format", "html", "-o", "single")
    assert single.code == 2
    for index in (1, 2):
        shard = ("--settings-only", "--shard", f"{index}/2")
        ran = onelist("check", lists, *shard, "--format", "html", "-o", "pages")
        assert re.fullmatch(
            r"The pages of \d lists are in pages. onelist merge --format html writes their index.\n", ran.err
        )
    (tmp_path / "pages/list3.html").unlink()
    merged = onelist(
        "merge", *sharded(onelist, tmp_path, 2, lists, "--settings-only"), "--format", "html", "-o", "pages"
    )
    assert (merged.code, merged.out) == (2, "")
    assert merged.err == "The index of 7 lists is pages/index.html. 1 of them has no page there.\n"
    pages, expected = (
        {path.name: path.read_text() for path in (tmp_path / name).iterdir()} for name in ("pages", "single")
    )
    assert expected.pop("list3.html")
    assert pages.keys() == expected.keys()
    rows, wanted = (re.findall(r"(?s)<tr class=\"list\".*?</tr>", one.pop("index.html")) for one in (pages, expected))
    assert pages == expected
    assert rows == [row.replace('<a href="list3.html">list3</a>', "list3") for row in wanted]


@pytest.mark.parametrize("arguments", [["--format", "html"], ["-o", "x"]])
def test_the_index_needs_a_folder(reports: list[Path], onelist: Callable[..., Ran], arguments: list[str]) -> None:
    ran = onelist("merge", *reports, *arguments)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: --format html and --output belong together.")


def test_the_script_for_slurm_works_as_the_page_shows_it(lists: Path, onelist: Callable[..., Ran]) -> None:
    """A loop stands in for sbatch, with two tasks in place of 16; the second one has a list with mistakes."""
    text = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "SBATCH" in block]
    (tasks,) = re.findall(r"#SBATCH --array=1-(\d+)\n", script)
    assert script.count(tasks) == 2, "the array and --shard have the same number"
    shutil.rmtree(lists / "binary")
    program = lists.parent / "bin/onelist"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m onelist "$@" --settings-only\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    for task in ("1", "2"):
        command = ["sh", "-c", script.replace(tasks, "2")]
        subprocess.run(command, cwd=lists.parent, env={**environment, "SLURM_ARRAY_TASK_ID": task}, check=True)
    (merge,) = re.findall(r"`onelist (merge report-\*\.json)` makes the report", text)
    names = sorted(path.name for path in lists.parent.glob(merge.split()[1]))
    assert names == ["report-1.json", "report-2.json"]
    merged = onelist("merge", *names)
    single = onelist("check", "lists", "--settings-only")
    assert (merged.code, merged.out) == (single.code, single.out) == (2, merged.out)


@pytest.mark.parametrize("options", [["--ignore", "P,S,C"], ["--select", "P"]], ids=" ".join)
def test_what_is_not_shown_is_counted(lists: Path, onelist: Callable[..., Ran], options: list[str]) -> None:
    paths = ["lists/list3", "lists/list0", "lists/list1"]
    single = demand_equal(onelist, lists.parent, 2, *paths, "--settings-only", *options)
    assert single.code == (0 if "--ignore" in options else 1)
    results = json.loads(single.out)["results"]
    assert [result["file"] for result in results] == [f"{path}/settings.ini" for path in paths]
    assert all(result["hidden"] for result in results)


def test_lines_are_those_of_the_run_wherever_they_are_merged(lists: Path, onelist: Callable[..., Ran]) -> None:
    reports = sharded(onelist, lists.parent, 3, "lists", "--settings-only", "--ignore", "S10")
    single = onelist("check", "lists", "--settings-only", "--ignore", "S10")
    shutil.rmtree(lists)
    merged = onelist("merge", *reports)
    assert (merged.out, merged.code) == (single.out, 2)
    assert " | requirements = pandas torch==1" in merged.out


def test_lines_of_somebody_else_do_nothing(lists: Path, onelist: Callable[..., Ran]) -> None:
    (report,) = sharded(onelist, lists.parent, 1, "lists/list0", "--settings-only")
    data = json.loads(report.read_text(encoding="utf-8"))
    data["texts"] = [
        "::error::forged\n  ::warning::forged\n##[error]forged\n\x1b[2Jforged\r::error::\ud800\u2028::error::x\n"
    ]
    report.write_text(json.dumps(data), encoding="utf-8")
    merged = onelist("merge", report)
    assert merged.out == (
        ": :error::forged\n  : :warning::forged\n##(error]forged\n\\x1b[2Jforged\\x0d::error::\\xd800\\x2028::error::x\n"
    )
    data["texts"] = []
    report.write_text(json.dumps(data), encoding="utf-8")
    assert onelist("merge", report).code == 2


def test_matrix_and_check_agree(lists: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("matrix", "lists", "--shards", "3")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    jobs = json.loads(ran.out)["include"]
    assert [job["shard"] for job in jobs] == ["1/3", "2/3", "3/3"]
    reports = sharded(onelist, lists.parent, 3, "lists", "--settings-only")
    counts = [len(json.loads(report.read_text(encoding="utf-8"))["results"]) for report in reports]
    assert counts == [job["files"] for job in jobs]
    assert sum(counts) == 7


@pytest.mark.usefixtures("lists")
def test_fewer_lists_than_shards_are_fewer_jobs(onelist: Callable[..., Ran]) -> None:
    jobs = json.loads(onelist("matrix", "lists", "--shards", "200").out)["include"]
    assert jobs == [{"shard": f"{index}/7", "index": index, "files": 1} for index in range(1, 8)]


def test_no_name_goes_into_the_matrix(lists: Path, onelist: Callable[..., Ran]) -> None:
    shutil.move(lists / "list0", lists / "$(touch x) ${{ github.token }}")
    out = onelist("matrix", "lists", "--shards", "2").out
    assert set(out) <= set('{"include": [{"shard": "/", "index": 0, "files": }]}\n123456789')
    demand_equal(onelist, lists.parent, 2, "lists", "--settings-only")


def test_what_cannot_be_read_is_a_finding_of_its_own_shard_alone(lists: Path, onelist: Callable[..., Ran]) -> None:
    (lists / "list2/README.md").write_bytes(b"\xff")
    assert onelist("check", "lists", "--settings-only").code == 2
    assert json.loads(onelist("matrix", "lists", "--shards", "7").out)["include"]
    ran = [onelist("check", "lists", "--settings-only", "--shard", f"{index}/7") for index in range(1, 8)]
    assert [one.err for one in ran] == [""] * 7
    (wrong,) = [one for one in ran if "list2/README.md:1:1: error S014: " in one.out]
    assert wrong.code == 2
    assert sum("no problems" in one.out or ": " in one.out for one in ran) == 7


@pytest.mark.usefixtures("own_caches")
def test_a_target_of_another_shard_is_one_of_the_run(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    for name, platform in (("a", "linux-64"), ("b", "win-64")):
        (tmp_path / name).mkdir()
        text = settings_text(lib_name=name, platforms=platform, min_python="3.12", requirements="six")
        (tmp_path / name / "settings.ini").write_text(text, encoding="utf-8")
    asking = ("a", "b", "--offline", "--target", "win-64/3.12", "--index-url", "http://127.0.0.1:9/simple/")
    assert demand_equal(onelist, tmp_path, 2, *asking).code in {1, 3}


def demand_older_reports_are_merged(onelist: Callable[..., Ran], reports: list[Path]) -> None:
    """Merge reports of a version that did not say what pip builds."""
    for report in reports:
        data = json.loads(report.read_text(encoding="utf-8"))
        for row in [row for result in data["results"] for row in result["resolutions"] or ()]:
            del row["builds"]
        report.write_text(json.dumps(data), encoding="utf-8")
    ran = onelist("merge", *reports, "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    validate(json.loads(ran.out), "check")


@pytest.mark.usefixtures("own_caches")
def test_with_answers_and_resolvers(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """What the index and a channel say, and what they do not, comes through a merge with its exit code."""
    platforms = ["linux-64"]
    members = [*interpreters(platforms), Package("six", "1.0"), *compiled("young", "1.0", platforms=platforms)]
    channel = write_channel(tmp_path / "channel", members, platforms)
    for name, items in (("a", "six"), ("b", "six young"), ("c", "absent")):
        (tmp_path / name).mkdir()
        text = settings_text(lib_name=name, platforms="linux-64", min_python="3.12", requirements=items)
        (tmp_path / name / "settings.ini").write_text(text, encoding="utf-8")
    projects = {"six": [wheel("six", "1.0")], "young": [sdist("young", "1.0")]}
    with index_server(projects) as index, channel_server(channel) as server:
        asking = ("--index-url", f"{index.url}/simple/", "--channel", server.url, "--target", "linux-64/3.12")
        single = demand_equal(onelist, tmp_path, 2, "a", "b", "c", *asking)
    assert single.code == 1
    results = json.loads(single.out)["results"]
    assert all(result["answers"] and result["resolutions"] for result in results)
    by_pip = [next(row for row in result["resolutions"] if row["installer"] == "pip") for result in results]
    young = {"name": "young", "version": "1.0", "compiler": "no"}
    assert [row["builds"] for row in by_pip] == [[], [young], None]
    demand_older_reports_are_merged(onelist, [tmp_path / f"report-2-{index}.json" for index in (1, 2)])
    quiet = ("--select", "P", "--offline", "--no-resolve", "--index-url", "http://127.0.0.1:9/simple/")
    unknown = demand_equal(onelist, tmp_path, 2, "a", "b", *quiet)
    assert unknown.code == 3  # not shown, and counted all the same
    assert [result["findings"] for result in json.loads(unknown.out)["results"]] == [[], []]


def test_a_shard_is_what_the_schema_says(lists: Path, onelist: Callable[..., Ran]) -> None:
    for report in sharded(onelist, lists.parent, 9, "lists", "--settings-only"):
        validate(json.loads(report.read_text(encoding="utf-8")), "check")


@pytest.fixture
def reports(lists: Path, onelist: Callable[..., Ran]) -> list[Path]:
    """The reports of two shards."""
    return sharded(onelist, lists.parent, 2, "lists", "--settings-only")


def test_a_missing_shard_is_refused(reports: list[Path], onelist: Callable[..., Ran]) -> None:
    ran = onelist("merge", reports[1])
    assert (ran.code, ran.out) == (2, "")
    assert "The reports of these shards are missing: 1/2." in ran.err


def test_a_shard_given_twice_is_refused(reports: list[Path], onelist: Callable[..., Ran]) -> None:
    ran = onelist("merge", *reports, reports[0])
    assert (ran.code, ran.out) == (2, "")
    assert "are both shard 1/2." in ran.err


@pytest.mark.parametrize("change", ["options", "content", "recipe", "export", "files", "count"])
def test_reports_of_different_runs_are_refused(
    lists: Path, reports: list[Path], onelist: Callable[..., Ran], change: str
) -> None:
    arguments = ["lists", "--settings-only", "--shard", "2/3" if change == "count" else "2/2"]
    if change == "options":
        arguments += ["--ignore", "P"]
    if change == "content":
        (lists / "list4/settings.ini").write_text(settings_text(requirements="six"), encoding="utf-8")
    if change == "recipe":
        (lists / "list4/meta.yaml").write_text("package:\n", encoding="utf-8")
    if change == "export":
        export = onelist("export", "requirements", "lists/list4").out
        (lists / "list4/pip").mkdir()
        (lists / "list4/pip/needed.txt").write_text(export, encoding="utf-8")
    if change == "files":
        shutil.rmtree(lists / "binary")
    reports[1].write_text(onelist("check", *arguments, "--format", "json").out, encoding="utf-8")
    ran = onelist("merge", *reports)
    assert (ran.code, ran.out) == (2, "")
    assert "belong to different runs" in ran.err


@pytest.mark.usefixtures("lists", "own_caches")
def test_no_secret_comes_into_a_report(onelist: Callable[..., Ran]) -> None:
    login = ("--index-url", "http://ada:hush-hush@127.0.0.1:9/simple/", "--offline", "--no-resolve")
    ran = onelist("check", "lists/list0", *login, "--shard", "1/1", "--format", "json")
    assert json.loads(ran.out)["shard"]["count"] == 1
    assert "hush-hush" not in ran.out + ran.err


HOSTILE = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b"\xff",
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "a long number": b'{"schema_version": ' + b"9" * 10_000 + b"}",
    "NaN": b'{"schema_version": NaN}',
    "infinite": b'{"schema_version": 1, "x": 1e999}',
    "a list": b"[]",
    "null": b"null",
    "another object": b"{}",
    "another version": b'{"schema_version": 2, "shard": {}, "results": []}',
    "true as version": b'{"schema_version": true, "shard": {}, "results": []}',
    "a whole run": b'{"schema_version": 1, "results": []}',
    "no shard": b'{"schema_version": 1, "shard": null, "results": []}',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_report_is_refused(tmp_path: Path, onelist: Callable[..., Ran], raw: bytes) -> None:
    (tmp_path / "x.json").write_bytes(raw)
    ran = onelist("merge", "x.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("onelist: x.json is ") or ran.err.startswith("onelist: x.json does not ")
    assert "stumbled" not in ran.err


def places(data: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of each value of a report that merge looks at."""
    children: dict[Any, Any] = {}
    if isinstance(data, dict):
        children = data if at[-1:] != ("settings",) else {}
        children = {"severity": data["severity"]} if at[2:3] == ("findings",) else children
    elif isinstance(data, list):
        children = dict(enumerate(data[:2]))
    for key, value in children.items():
        yield (*at, key)
        yield from places(value, (*at, key))


def test_wrong_types_anywhere_end_in_a_sentence(lists: Path, onelist: Callable[..., Ran]) -> None:
    (report,) = sharded(onelist, lists.parent, 1, "lists/list0", "lists/broken", "--settings-only")
    text = report.read_text(encoding="utf-8")
    unread = {"as_of", "answers", "resolutions", "floors", "hidden"}
    wrongs: list[object] = [[{}], {"a": []}, -1, 1.5, "\ud800\0", True]
    refused = 0
    for at in places(json.loads(text)):
        for wrong in wrongs:
            data = json.loads(text)
            inner = data
            for key in at[:-1]:
                inner = inner[key]
            inner[at[-1]] = wrong
            report.write_text(json.dumps(data), encoding="utf-8")
            ran = onelist("merge", report)
            assert "stumbled" not in ran.err
            assert ran.code in {1, 2}, (at, wrong)
            if not isinstance(wrong, str | dict | bool) and at[-1] not in unread:
                assert ran.err, (at, wrong)
                refused += 1
    assert refused > 90


def test_a_file_that_is_not_there(onelist: Callable[..., Ran]) -> None:
    for name in ("nowhere.json", ".", "a\0b"):
        ran = onelist("merge", name)
        assert ran.code == 2
        assert "cannot be read: " in ran.err
        assert "stumbled" not in ran.err


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1", "1/257", "-1/2", "1/2/3", "a/b", "\u0661/2", "1/2\n"])
def test_what_is_no_shard_is_refused(lists: Path, onelist: Callable[..., Ran], text: str) -> None:
    assert lists.is_dir()
    ran = onelist("check", "lists", "--settings-only", f"--shard={text}")
    assert (ran.code, ran.out) == (2, "")
    assert "is not a shard." in ran.err
    with pytest.raises(UsageError):
        shards.parse_shard(text)


@pytest.mark.parametrize("number", ["0", "257", "-1", "x", "1.5", "9" * 5000])
def test_a_matrix_has_1_to_256_jobs(lists: Path, onelist: Callable[..., Ran], number: str) -> None:
    assert lists.is_dir()
    ran = onelist("matrix", "lists", f"--shards={number}")
    assert (ran.code, ran.out) == (2, "")
    assert "is not a number of jobs between 1 and 256" in ran.err


def test_every_item_is_in_one_share() -> None:
    dice = random.Random(7)  # noqa: S311 - the same cases always
    for _ in range(300):
        works = [dice.randint(1, 500) for _ in range(dice.randint(0, 60))]
        count = dice.randint(1, 20)
        found = shards.shares(works, count)
        assert sorted(item for share in found for item in share) == list(range(len(works)))
        assert all(first < second for share in found for first, second in pairwise(share))
        assert len(found) == count
        heaviest = max(sum(works[item] for item in share) for share in found)
        assert heaviest <= -(-sum(works) // count) + max(works, default=0)


def test_shares_are_within_a_third_of_the_best() -> None:
    """Graham's bound, against the best of all ways to share a few items out."""
    dice = random.Random(11)  # noqa: S311 - the same cases always
    for _ in range(60):
        works = [dice.randint(1, 50) for _ in range(7)]
        count = dice.randint(2, 3)
        best = min(
            max(sum(work for work, to in zip(works, way, strict=True) if to == share) for share in range(count))
            for way in product(range(count), repeat=len(works))
        )
        heaviest = max(sum(works[item] for item in share) for share in shards.shares(works, count))
        assert 3 * count * heaviest <= (4 * count - 1) * best


def test_shares_are_what_they_were() -> None:
    """Another deal would part the reports of jobs that are on their way."""
    assert shards.shares([5, 5, 4, 3, 3], 2) == ((0, 2), (1, 3, 4))
    assert shards.shares([1, 1], 4) == ((0,), (1,), (), ())


@pytest.mark.parametrize(
    ("severities", "readable", "unknown", "code"),
    [
        ((), True, False, 0),
        ((Severity.INFO,), True, False, 0),
        ((Severity.INFO,), True, True, 3),
        ((Severity.WARNING,), True, True, 1),
        ((Severity.ERROR,), True, False, 1),
        ((Severity.ERROR,), False, False, 2),
        ((), False, True, 2),
    ],
)
def test_exit_codes(severities: tuple[Severity, ...], readable: bool, unknown: bool, code: int) -> None:  # noqa: FBT001
    assert exit_code_of(severities, FAIL_ON["warning"], readable=readable, unknown=unknown) == code


def test_warnings_need_not_count() -> None:
    assert exit_code_of([Severity.WARNING], FAIL_ON["error"], readable=True, unknown=False) == 0
    assert exit_code_of([Severity.WARNING], FAIL_ON["error"], readable=True, unknown=True) == 3
    assert exit_code_of([Severity.ERROR], FAIL_ON["error"], readable=True, unknown=True) == 1


def test_exit_codes_of_several() -> None:
    assert [exit_code_of_all(codes) for codes in ((), (0, 0), (0, 3), (3, 1), (3, 1, 2))] == [0, 0, 3, 1, 2]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Two hundred real settings files, some of them under two names."""
    files = real_settings()
    if not files:
        pytest.skip("the real settings files are not beside this checkout (../shared/data/settings)")
    for number in range(MANY):
        folder = tmp_path / "many" / f"{number:03}-{files[number % len(files)].stem}"
        folder.mkdir(parents=True)
        shutil.copy(files[number % len(files)], folder / "settings.ini")
    return tmp_path / "many"


@pytest.mark.slow
def test_real_files_merged_are_as_a_single_run_and_are_shared_out_evenly(
    many: Path, onelist: Callable[..., Ran]
) -> None:
    single = Single(onelist, "many", "--settings-only")
    assert single.report.code == 2
    assert len(json.loads(single.report.out)["results"]) == MANY
    for count in (1, 4, 16):
        reports = single.demand_equal(many.parent, count)
        demand_even_shares([json.loads(report.read_text(encoding="utf-8")) for report in reports])


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all shards of a test share the files that were read; the test above lets each shard read them itself."""
    monkeypatch.setattr(part_of_run, "read_file", functools.cache(part_of_run.read_file))


@pytest.mark.slow
@pytest.mark.usefixtures("own_caches", "read_once")
@pytest.mark.skipif(
    not SNAPSHOT.is_dir(), reason="the partial conda-forge is not beside this checkout (../shared/data/channel)"
)
def test_real_files_with_answers_merged_are_as_a_single_run(many: Path, onelist: Callable[..., Ran]) -> None:
    for folder in sorted(many.iterdir())[MANY // 2 :]:  # so that no file is left twice
        shutil.rmtree(folder)

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        name = path.removeprefix("/simple/").removesuffix("/")
        page = Answer(project_json(name, [wheel(name, "1000.0")]), JSON_TYPE, {"Cache-Control": "max-age=600"})
        return page if "/" not in name else None

    base = rattler.Channel("conda-forge").base_url.rstrip("/")
    with channel_server(SNAPSHOT, caching="max-age=600") as forge, Server(answer) as index:
        config = many.parent / "config/rattler/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[mirrors]\n"{base}" = ["{forge.url}"]\n', encoding="utf-8")
        asking = ("many", "--channel", "conda-forge", "--index-url", f"{index.url}/simple/", "--no-resolve")
        single = onelist("check", *asking, "--format", "json")
        results = json.loads(single.out)["results"]
        assert len(results) == MANY // 2
        read = [result for result in results if result["settings"]]
        keys = ("requirements", "pip_requirements", "conda_requirements", "extras")
        assert len(read) > 75
        assert all(bool(one["answers"]) == any(one["settings"][key] for key in keys) for one in read)
        assert sum(bool(one["answers"]) for one in read) > 50
        for count in (1, 4, 16):
            merged = onelist("merge", *sharded(onelist, many.parent, count, *asking), "--format", "json")
            assert merged.code == single.code
            assert merged.out == single.out


def demand_even_shares(reports: list[dict[str, Any]]) -> None:
    """Demand that all shards have about the same work: items times Pythons times platforms.

    A list is never divided, so one list may be most of a shard.
    """
    loads = []
    heaviest = 0
    for report in reports:
        lists = [one["settings"] for one in report["results"] if one["settings"]]
        keys = ("requirements", "pip_requirements", "conda_requirements")
        pythons = [15 - int(one["min_python"].split(".")[1]) + 1 for one in lists]
        items = [len({item for key in keys for item in one[key]}) for one in lists]
        works = [a * b * len(one["platforms"]) for a, b, one in zip(items, pythons, lists, strict=True)]
        loads.append(sum(works))
        heaviest = max(heaviest, *works)
    mean = sum(loads) / len(loads)
    assert max(loads) < max(1.25 * mean, 1.1 * heaviest)
    rest = [load for load in loads if load < heaviest]
    assert not rest or max(rest) < 1.5 * sum(rest) / len(rest)


def test_the_limit_of_jobs_is_the_same_everywhere() -> None:
    assert matrix.MAX_SHARDS == shards.MOST_SHARDS  # the command line starts without the core
