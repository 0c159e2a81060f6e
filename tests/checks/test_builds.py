"""What pip builds from source: what is said of it, and what it never makes out of a list."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.python_range import python_range
from onelist.analysis.resolving.resolution import Conflict, ConflictKind, Resolved, Unsatisfiable, lags
from onelist.analysis.resolving.resolve import _state as state_of
from onelist.analysis.resolving.solves import Precedents
from onelist.checks import builds, python, resolution
from onelist.checks.base import CheckInput
from onelist.core.findings import RaisePython
from onelist.core.status import Absent, Cause, Found, Unknown
from onelist.core.targets import all_targets
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import Compiler, NoSolution, ResolvedPackage, Solved
from onelist.translation.plan import make_plan
from tests.helpers import brief, project
from tests.resolutions import member, package
from tests.resolutions import resolution as answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onelist.analysis.resolving.resolution import Resolution, ResolutionStatus, RootRequirement
    from onelist.core.findings import Finding
    from onelist.core.targets import Target
    from onelist.sources.solution import Solve, SolveResult

TODAY = datetime.date(2026, 11, 25)
SOURCE = Found(version="1.0", source_only=True)
ITEMS = "docopt numpy"
LINUX, BOTH = "linux-64", "linux-64 win-64"


def given(**keys: str) -> CheckInput:
    one = project(**{"requirements": ITEMS, "platforms": LINUX, "min_python": "3.12"} | keys)
    return CheckInput(project=one, plan=make_plan(one.settings), today=TODAY)


def members(of: CheckInput, **statuses: Found | Absent) -> tuple[RootRequirement, ...]:
    """Return the requirements of a list as pip gets them; a wheel of each, unless a status is given."""
    items = of.project.settings.requirements
    return tuple(member(item.text, statuses.get(item.name), requirement=item) for item in items)


def answers(of: CheckInput, status: Callable[[Target], ResolutionStatus], installer: str = "pip") -> list[Resolution]:
    """Return an answer for each target of a list."""
    settings = of.project.settings
    targets = all_targets(settings.platforms, settings.min_python)
    statuses = {"docopt": SOURCE}
    return [
        answer(str(target), status(target), members=members(of, **statuses), installer=installer) for target in targets
    ]


def installed(*packages: ResolvedPackage) -> Resolved:
    return Resolved(packages=packages)


def every_finding(of: CheckInput, resolutions: Sequence[Resolution]) -> list[Finding]:
    return [finding for check in (resolution.check, builds.check, python.check) for finding in check(of, resolutions)]


def said(of: CheckInput, resolutions: Sequence[Resolution]) -> list[str]:
    return [f"{finding.severity} {brief(finding)}" for finding in every_finding(of, resolutions)]


NUMPY = package("numpy", "2.3.1")


def test_without_a_compiler_it_is_a_note() -> None:
    course = given()
    resolutions = answers(course, lambda _: installed(NUMPY, package("docopt", "0.6.2", Compiler.NO)))
    assert said(course, resolutions) == [
        "info R101 5:16 pip builds docopt 0.6.2 from source on Linux with Python 3.12 to 3.15: the package index has "
        "no wheel (a package that is ready to install) of this version there. The build needs no compiler. | Nothing "
        "to do: the installation takes a moment longer."
    ]


@pytest.mark.parametrize(("compiler", "words"), [(Compiler.LIKELY, "probably needs"), (Compiler.UNKNOWN, "may need")])
def test_with_a_compiler_it_is_a_warning_for_those_platforms(compiler: Compiler, words: str) -> None:
    course = given(requirements="mysqlclient numpy", platforms=BOTH)

    def status(target: Target) -> Resolved:
        return installed(NUMPY, package("mysqlclient", "2.2.7", compiler if target.platform == LINUX else None))

    assert said(course, answers(course, status)) == [
        "warning R007 5:16 pip builds mysqlclient 2.2.7 from source on Linux: the package index has no wheel (a package "
        f"that is ready to install) of this version there. The build {words} a compiler. | Tell pip users, or ask the "
        "package's maintainers to publish wheels."
    ]


def test_the_advice_is_conda_where_conda_has_it_and_never_to_leave_a_platform() -> None:
    course = given(requirements="mysqlclient numpy", platforms=BOTH)

    def by_pip(target: Target) -> Resolved:
        return installed(NUMPY, package("mysqlclient", "2.2.7", Compiler.LIKELY if target.platform == LINUX else None))

    def by_conda(*packages: ResolvedPackage) -> list[Resolution]:
        return answers(course, lambda _: installed(*packages), "conda")

    with_it = by_conda(NUMPY, package("mysqlclient", "2.2.7"))
    (finding,) = builds.check(course, [*answers(course, by_pip), *with_it])
    assert finding.hint == (
        "conda installs it without a compiler. Tell pip users to use conda, or to install a compiler first."
    )
    (without,) = builds.check(course, [*answers(course, by_pip), *by_conda(NUMPY)])
    assert without.hint == "Tell pip users, or ask the package's maintainers to publish wheels."
    assert finding.edit is None


def test_a_newer_python_that_needs_no_compiler_is_advice_and_no_edit() -> None:
    course = given()

    def status(target: Target) -> Resolved:
        old = target.python < (3, 13)
        return installed(NUMPY, package("docopt", "0.6.2", Compiler.LIKELY if old else None))

    (finding,) = builds.check(course, answers(course, status))
    assert (
        finding.hint
        == "With Python 3.13 and newer, pip needs no compiler for it. Tell pip users who have an older Python."
    )
    assert finding.edit is None


@pytest.mark.parametrize(("compiler", "code"), [(Compiler.NO, "R101"), (Compiler.LIKELY, "R007")])
def test_an_indirect_dependency_has_the_place_of_the_requirement_that_brings_it(compiler: Compiler, code: str) -> None:
    course = given(requirements="docopt Num-Py")
    deep = ResolvedPackage(name="antlr4", version="4.9.3", compiler=compiler, needed_by=("num-py",))
    (finding,) = builds.check(course, answers(course, lambda _: installed(deep)))
    assert (finding.code, finding.requirement) == (code, "Num-Py")
    assert finding.message.startswith("pip builds antlr4 4.9.3, which Num-Py needs, from source on Linux")


@pytest.mark.parametrize(("compiler", "code"), [(Compiler.NO, "R101"), (Compiler.LIKELY, "R007")])
def test_an_indirect_dependency_whose_root_is_unknown_has_no_place(compiler: Compiler, code: str) -> None:
    course = given()
    resolutions = answers(course, lambda _: installed(NUMPY, package("antlr4", "4.9.3", compiler)))
    (finding,) = builds.check(course, resolutions)
    assert (finding.code, finding.span, finding.requirement) == (code, None, None)
    assert finding.message.startswith("pip builds antlr4 4.9.3, a dependency of the list, from source")


def test_one_package_is_one_finding_though_its_versions_differ() -> None:
    course = given()

    def status(target: Target) -> Resolved:
        return installed(NUMPY, package("docopt", "0.6.2" if target.python > (3, 12) else "0.5", Compiler.NO))

    (finding,) = builds.check(course, answers(course, status))
    assert finding.message.startswith("pip builds docopt 0.5 or 0.6.2 from source on Linux with Python 3.12 to 3.15: ")


def test_a_new_python_without_wheels_is_one_note_about_all() -> None:
    course = given(requirements="docopt numpy torch")

    def status(target: Target) -> Resolved:
        compiler = Compiler.LIKELY if target.python == (3, 15) else None
        return installed(
            package("numpy", "2.3.1", compiler), package("torch", "2", compiler), package("x", "1", compiler)
        )

    assert said(course, answers(course, status)) == [
        "info R101 - Python 3.15 is new, and pip builds some packages from source with it, for which it may need a "
        "compiler: numpy, torch and x. | Nothing to do: this usually takes less than a year. Until then, learners use an "
        "older Python."
    ]


def test_names_are_shown_as_the_list_writes_them() -> None:
    course = given(requirements="DocOpt numpy")
    (finding,) = builds.check(course, answers(course, lambda _: installed(package("docopt", "1", Compiler.NO))))
    assert finding.message.startswith("pip builds DocOpt 1 from source")


def test_where_all_is_a_wheel_nothing_is_said() -> None:
    course = given()
    assert said(course, answers(course, lambda _: installed(NUMPY, package("docopt", "0.6.2")))) == []


def old_list(status_from_37: ResolutionStatus) -> tuple[CheckInput, list[Resolution]]:
    """A list with min_python = 3.6, whose member docopt has only its source, and whose member numpy needs 3.7."""
    course = given(min_python="3.6")
    numpy = members(course)[1]
    conflict = Conflict(members=(numpy,), kind=ConflictKind.NOT_INSTALLABLE, explanation="numpy needs Python >=3.7")

    def status(target: Target) -> ResolutionStatus:
        return Unsatisfiable(conflicts=(conflict,)) if target.python < (3, 7) else status_from_37

    return course, answers(course, status)


F001 = (
    "pip cannot install the list with a Python older than 3.7, because of numpy. But min_python allows 3.6. | Write "
    "min_python = 3.7."
)


def test_a_python_for_which_there_is_only_a_release_candidate_is_not_the_better_one() -> None:
    course = given()

    def status(target: Target) -> ResolutionStatus:
        return installed(package("numpy", "2.4rc1" if target.python == (3, 15) else "2.3.1"))

    found = python_range("pip", answers(course, status))
    assert (found.minimum, found.minimum_for_latest, found.older_releases) == ((3, 12), (3, 12), ())
    assert not [one for one in python.check(course, answers(course, status)) if one.code == "F002"]


def test_a_single_requirement_is_never_said_to_be_installed_together() -> None:
    course = given(platforms=BOTH)
    conflict = Conflict(members=members(course)[1:], kind=ConflictKind.INCOMPATIBLE, explanation="")

    def status(target: Target) -> ResolutionStatus:
        return Unsatisfiable(conflicts=(conflict,)) if target.platform == "win-64" else installed(NUMPY)

    (found,) = resolution.check(course, answers(course, status))
    assert (found.code, found.requirement) == ("R003", "numpy")
    assert found.message.startswith("pip cannot install numpy on Windows: ")


@pytest.mark.parametrize("compiler", list(Compiler))
def test_min_python_is_still_checked_beside_a_member_that_is_built(compiler: Compiler) -> None:
    course, resolutions = old_list(installed(NUMPY, package("docopt", "0.6.2", compiler)))
    found = every_finding(course, resolutions)
    (floor,) = (finding for finding in found if finding.code == "F001")
    assert brief(floor) == f"F001 4:14 {F001}"
    assert floor.edit
    assert floor.edit.changes == (RaisePython(python=(3, 7)),)
    assert {finding.code for finding in found if finding.edit} == {"F001"}


def test_min_python_is_still_checked_beside_a_member_whose_dependencies_are_unknown() -> None:
    course, resolutions = old_list(Unknown(reason="has a source whose dependencies are not known"))
    assert python_range("pip", resolutions).minimum is None
    assert [brief(finding) for finding in python.check(course, resolutions)] == [f"F001 4:14 {F001}"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("no no yes yes yes", (3, 13)),
        ("no no ? yes yes", (3, 13)),
        ("no no ? ? no", (3, 13)),
        ("no no ? no no", None),
        ("no no no no ?", None),
        ("no no no no yes", (3, 15)),
        ("no no no no no", None),
        ("? no no no no", (3, 11)),
        ("? yes yes yes yes", (3, 11)),
        ("yes yes yes yes yes", (3, 11)),
    ],
)
def test_the_lowest_python_that_is_possible(words: str, expected: tuple[int, int] | None) -> None:
    states: dict[str, ResolutionStatus] = {
        "yes": installed(NUMPY),
        "no": Unsatisfiable(conflicts=()),
        "?": Unknown(reason="did not answer"),
    }
    rows = [answer(f"linux-64/3.{11 + number}", states[word]) for number, word in enumerate(words.split())]
    found = python_range("pip", rows)
    assert found.lowest_possible == expected
    assert found.minimum in {None, expected}


def test_an_old_release_is_not_told_because_of_a_missing_wheel() -> None:
    """docopt 3.0 has only its source; nothing holds it back, so a resolver that takes 1.0 says nothing about the list."""
    course = given()
    status = Found(version="3.0", source_only=True)
    request = answer("linux-64/3.12", installed(), members=members(course, docopt=status)).request

    async def solve(specs: Sequence[str], _: Target) -> SolveResult:
        version = "3.0" if "docopt==3.0" in specs else "1.0"
        return Solved(packages=(NUMPY, package("docopt", version)))

    found = asyncio.run(state_of(request, solve, Precedents()))
    assert isinstance(found, Resolved)
    assert found.held_back == ()


def test_an_old_release_is_told_where_another_member_holds_back_what_pip_would_build() -> None:
    course = given()
    status = Found(version="3.0", source_only=True)
    request = answer("linux-64/3.12", installed(), members=members(course, docopt=status)).request

    async def solve(specs: Sequence[str], _: Target) -> SolveResult:
        if "docopt==3.0" in specs and "numpy" in specs:
            return NoSolution(explanation="numpy needs docopt<2")
        return Solved(packages=(NUMPY, package("docopt", "1.0")))

    found = asyncio.run(state_of(request, solve, Precedents()))
    assert isinstance(found, Resolved)
    ((held,),) = (found.held_back,)
    assert (held.package.version, held.newest, [one.name for one in held.by]) == ("1.0", "3.0", ["numpy"])


def test_what_is_built_is_neither_old_nor_behind() -> None:
    course = given(platforms=BOTH)

    def status(target: Target) -> Resolved:
        return installed(package("docopt", "1.0", Compiler.NO if target.platform == LINUX else None))

    assert list(lags(answers(course, status))) == []


def unknown_docopt(rest: SolveResult) -> Solve:
    """A resolver that cannot read the dependencies of docopt."""

    async def solve(specs: Sequence[str], _: Target) -> SolveResult:
        return SourceError(kind=SourceErrorKind.METADATA_UNKNOWN, detail="docopt 1.0") if "docopt" in specs else rest

    return solve


def test_unknown_dependencies_make_the_answer_unknown_with_the_reason() -> None:
    request = answers(given(), lambda _: installed())[0].request
    found = asyncio.run(state_of(request, unknown_docopt(Solved(packages=(NUMPY,))), Precedents()))
    assert found == Unknown(
        reason="has a source distribution whose dependencies are not known without running its code (docopt 1.0)"
    )


def test_what_fails_without_the_unknown_member_fails_with_it() -> None:
    request = answers(given(), lambda _: installed())[0].request
    found = asyncio.run(
        state_of(request, unknown_docopt(NoSolution(explanation="numpy needs Python >=3.7")), Precedents())
    )
    assert isinstance(found, Unsatisfiable)
    assert [[one.name for one in conflict.members] for conflict in found.conflicts] == [["numpy"]]


@pytest.mark.parametrize("kind", [kind for kind in SourceErrorKind if kind is not SourceErrorKind.METADATA_UNKNOWN])
def test_another_error_of_a_resolver_stays_unknown(kind: SourceErrorKind) -> None:
    request = answers(given(), lambda _: installed())[0].request

    async def solve(specs: Sequence[str], _: Target) -> SolveResult:
        return SourceError(kind=kind) if "docopt" in specs else NoSolution(explanation="x")

    assert isinstance(asyncio.run(state_of(request, solve, Precedents())), Unknown)


def test_a_member_that_has_only_its_source_is_available() -> None:
    course = given()
    docopt, numpy = members(course, docopt=SOURCE, numpy=Absent(cause=Cause.NO_NAME, reason="has nothing named numpy"))
    assert (docopt.unavailable, numpy.unavailable) == (None, "has nothing named numpy")
