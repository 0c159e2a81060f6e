"""The verdict about a list, and what pip builds of it, in one line."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.resolving.resolution import Conflict, ConflictKind, Resolved, Unsatisfiable
from onelist.analysis.resolving.verdict import Verdict, builds_text, verdict
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.reports.json_report import resolution_json
from onelist.reports.lines import plain
from onelist.reports.table import whole_blocks
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import Compiler, NoSolution, ResolvedPackage, Solved
from tests.helpers import settings
from tests.resolutions import member, package, resolution
from tests.schemas import validator

if TYPE_CHECKING:
    from onelist.analysis.resolving.resolution import ResolutionStatus
    from onelist.core.status import Status
    from onelist.sources.solution import SolveResult

WHEEL, BUILT = package("numpy", "2.3.1"), package("docopt", "0.6.2", Compiler.NO)
NO = Unsatisfiable(conflicts=(Conflict(members=(), kind=ConflictKind.UNAVAILABLE, explanation="x"),))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Resolved(packages=()), Verdict.INSTALLS),
        (Resolved(packages=(WHEEL,)), Verdict.INSTALLS),
        (Resolved(packages=(WHEEL, BUILT)), Verdict.BUILDS),
        (Solved(packages=(WHEEL,)), Verdict.INSTALLS),
        (Solved(packages=(WHEEL, BUILT)), Verdict.BUILDS),
        (Found(version="1"), Verdict.INSTALLS),
        (Found(version="1", source_only=True), Verdict.BUILDS),
        (NO, Verdict.FAILS),
        (NoSolution(explanation="x"), Verdict.FAILS),
        (Absent(cause=Cause.NO_NAME, reason="x"), Verdict.FAILS),
        (Unknown(reason="x"), Verdict.UNKNOWN),
        (SourceError(kind=SourceErrorKind.TIMED_OUT), Verdict.UNKNOWN),
    ],
)
def test_every_kind_of_answer_has_one_verdict(
    outcome: ResolutionStatus | SolveResult | Status, expected: Verdict
) -> None:
    assert verdict(outcome) is expected


def test_only_two_verdicts_mean_that_it_can_be_installed() -> None:
    assert [one for one in Verdict if one.installs] == [Verdict.INSTALLS, Verdict.BUILDS]


@pytest.mark.parametrize(
    ("builds", "expected"),
    [
        ([], ""),
        ([[]], ""),
        ([[BUILT]], "pip builds Docopt 0.6.2 from source"),
        ([[BUILT], [BUILT]], "pip builds Docopt 0.6.2 from source"),
        ([[BUILT], [package("docopt", "0.5", Compiler.NO)]], "pip builds Docopt 0.6.2 or 0.5 from source"),
        (
            [[BUILT, package("b", "1", Compiler.LIKELY)], [BUILT]],
            "pip builds Docopt 0.6.2 and b 1 from source (which of them depends on the platform and Python)",
        ),
        (
            [[package(name, "1", Compiler.NO) for name in "abcd"]],
            "pip builds a 1, b 1, c 1 and 1 more package from source",
        ),
        (
            [[package(name, "1", Compiler.NO) for name in "abcdefg"]],
            "pip builds a 1, b 1, c 1 and 4 more packages from source",
        ),
    ],
)
def test_what_pip_builds_fits_into_one_line(builds: list[list[ResolvedPackage]], expected: str) -> None:
    assert builds_text(builds, {"docopt": "Docopt"}) == expected


def test_the_text_has_a_line_for_each_verdict() -> None:
    docopt = member("Docopt")
    states: tuple[ResolutionStatus, ...] = (
        Resolved(packages=(WHEEL,)),
        Resolved(packages=(BUILT,)),
        NO,
        Unknown(reason="x"),
    )
    rows = [
        resolution(f"linux-64/3.1{number}", state, members=(docopt,)) for number, state in enumerate(states, start=1)
    ]
    assert plain(whole_blocks(rows, settings(requirements="Docopt"))).splitlines() == [
        "Installing the whole list:",
        "  with pip: can be installed with Python 3.11 (1 package)",
        "  with pip: can be installed with Python 3.12 (1 package); pip builds Docopt 0.6.2 from source",
        "  with pip: cannot be installed with Python 3.13",
        "  with pip: could not be checked with Python 3.14",
    ]


def test_the_json_says_what_is_built_and_null_where_nothing_is_resolved() -> None:
    schema = validator("check").evolve(
        schema={"$ref": "#/$defs/resolution", "$defs": validator("check").schema["$defs"]}
    )
    some = [BUILT, package("b", "1", Compiler.LIKELY), package("c", "2", Compiler.UNKNOWN)]
    expected: dict[ResolutionStatus, list[dict[str, str]] | None] = {
        Resolved(packages=(WHEEL,)): [],
        Resolved(packages=(WHEEL, *some)): [
            {"name": "docopt", "version": "0.6.2", "compiler": "no"},
            {"name": "b", "version": "1", "compiler": "likely"},
            {"name": "c", "version": "2", "compiler": "unknown"},
        ],
        NO: None,
        Unknown(reason="x"): None,
    }
    for status, builds in expected.items():
        row = resolution_json(resolution("linux-64/3.12", status))
        schema.validate(row)
        assert row["builds"] == builds
        older = {key: value for key, value in row.items() if key != "builds"}
        schema.validate(older)


def test_the_order_of_packages_does_not_matter() -> None:
    for some in itertools.permutations([WHEEL, BUILT]):
        assert verdict(Resolved(packages=some)) is Verdict.BUILDS
