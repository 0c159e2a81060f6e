"""The tables of facts that age: each has a date, a source and a way to renew it."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

import onelist
from onelist.core.baselines import conda_forge_python_min
from onelist.core.data import read_heading, read_rows, read_table
from tests.helpers import ROOT

FOLDER = Path(onelist.__file__).parent / "data"
TABLES = sorted(path.name for path in FOLDER.glob("*.tsv"))
MONTHS = 12


def last_day(date: str) -> datetime.date:
    """Return the last day on which facts of this day or month count as fresh."""
    year, month, day = (*map(int, date.split("-")), 28)[:3]
    return datetime.date(year + MONTHS // 12, month, min(day, 28))


def complaint(name: str, today: datetime.date) -> str | None:
    """Return what to do about a table that is too old; None for one that is fresh."""
    heading = read_heading(name)
    if today <= last_day(heading.date):
        return None
    return f"{name} is of {heading.date}, more than {MONTHS} months ago. To renew it: {heading.renew}"


def test_the_tables_are_these() -> None:
    assert [
        *(
            "baselines.tsv",
            "conda_forge.tsv",
            "conda_forge_names.tsv",
            "cpython.tsv",
            "images.tsv",
            "import_names.tsv",
            "kernel_imports.tsv",
            "license_texts.tsv",
            "licenses.tsv",
            "names.tsv",
            "pypi_names.tsv",
            "refusals.tsv",
        ),
        "reserved_names.tsv",
        "same_modules.tsv",
    ] == TABLES


@pytest.mark.parametrize("name", TABLES)
def test_no_table_is_older_than_twelve_months(name: str) -> None:
    # The one test that reads the clock, and on purpose: facts age without a commit.
    today = datetime.datetime.now(tz=datetime.UTC).date()
    assert complaint(name, today) is None


@pytest.mark.parametrize("name", TABLES)
def test_each_table_says_where_its_facts_come_from_and_how_to_renew_it(name: str) -> None:
    heading = read_heading(name)
    assert last_day(heading.date) > datetime.date(2027, 1, 1)
    assert len(heading.source.split()) > 3
    assert len(heading.renew.split()) > 1


@pytest.mark.parametrize("name", TABLES)
def test_the_command_that_renews_a_table_exists(name: str) -> None:
    words = read_heading(name).renew.split()
    if words[0] == "python":
        assert (ROOT / words[1]).is_file()
        assert name in (ROOT / words[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_each_row_has_a_cell_for_each_column(name: str) -> None:
    columns = next(line for line in read_table(name).splitlines() if not line.startswith("#")).split("\t")
    rows = read_rows(name)
    assert rows
    assert [row for row in rows if len(row) != len(columns)] == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (datetime.date(2027, 11, 27), None),
        (
            datetime.date(2027, 11, 28),
            "licenses.tsv is of 2026-11-27, more than 12 months ago. To renew it: python tools/make_licenses.py",
        ),
    ],
)
def test_a_table_that_is_too_old_is_named_with_its_command(today: datetime.date, expected: str | None) -> None:
    assert complaint("licenses.tsv", today) == expected


def test_a_table_with_a_month_is_fresh_until_that_month_ends_for_february_too() -> None:
    assert last_day("2026-02") == datetime.date(2027, 2, 28)


def test_the_script_makes_the_very_licences_that_are_bundled(tmp_path: Path) -> None:
    script = tmp_path / "tools/make_licenses.py"
    target = tmp_path / "src/onelist/data/licenses.tsv"
    for path in (script, target):
        path.parent.mkdir(parents=True)
    script.write_bytes((ROOT / "tools/make_licenses.py").read_bytes())
    subprocess.run([sys.executable, str(script), "--date", read_heading("licenses.tsv").date], check=True)
    made = [line for line in target.read_text(encoding="utf-8").splitlines() if not line.startswith("# source")]
    bundled = [line for line in read_table("licenses.tsv").splitlines() if not line.startswith("# source")]
    assert set(made) >= set(bundled)


def test_conda_forges_oldest_python_is_the_one_of_the_table() -> None:
    assert conda_forge_python_min() == (3, 11)
    assert ["python_min", "3.11", "2026-08-31"] in read_rows("conda_forge.tsv")
