"""`onelist check` about the whole list: what it says of each way in which a list cannot be installed."""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.channels import Package, compiled, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import WELL, settings_text
from tests.schemas import validate
from tests.servers import Fault, channel_server, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from onelist.core.targets import Target
    from onelist.sources.solution import SolveResult
    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

NEW = "2026-01-01T00:00:00Z"
MACHINES = ("manylinux_2_17_x86_64", "macosx_11_0_arm64")
PROJECTS = {
    "app": [
        wheel("app", "2.0", depends=("lib>=2",), uploaded=NEW),
        wheel("app", "1.0", depends=("lib",), requires_python="<3.20"),
    ],
    "lib": [wheel("lib", "2.0", uploaded=NEW), wheel("lib", "1.0")],
    "old": [wheel("old", "1.0", depends=("lib<2",))],
    "plain": [wheel("plain", "1.0")],
    "broken": [wheel("broken", "1.0", depends=("gone",))],
    "yanked": [wheel("yanked", "1.0", yanked=True)],
    "ring": [wheel("ring", "1.0", depends=("round",))],
    "round": [wheel("round", "1.0", depends=("ring",))],
    "posix": [wheel("posix", "1.0", f"cp3{minor}-cp3{minor}-manylinux_2_17_x86_64") for minor in range(11, 16)],
    "deep": [wheel("deep", "1.0", depends=("posix",))],
    "modern": [wheel("modern", "2.0", requires_python=">=3.13"), wheel("modern", "1.0")],
    "recent": [wheel("recent", "1.0", depends=("modern>=2",))],
    "behind": [
        *(
            wheel("behind", "2.0", f"cp3{minor}-cp3{minor}-manylinux_2_17_x86_64", uploaded=NEW)
            for minor in range(11, 16)
        ),
        wheel("behind", "1.0", uploaded="2021-01-01T00:00:00Z"),
    ],
    "not-yet": [wheel("not-yet", "1.0", f"cp3{minor}-cp3{minor}-{tag}") for minor in range(11, 15) for tag in MACHINES],
    "needs-it": [wheel("needs-it", "1.0", depends=("not-yet",))],
    "one-hole": [wheel("one-hole", "1.0", depends=("hole; python_version == '3.13' and sys_platform == 'darwin'",))],
    "old-hole": [wheel("old-hole", "1.0", depends=("hole; python_version < '3.13' and sys_platform == 'darwin'",))],
    "most-holes": [wheel("most-holes", "1.0", depends=("hole; python_version < '3.15' and sys_platform == 'darwin'",))],
    "capped": [wheel("capped", "1.0", requires_python="<3.13")],
    "built": [sdist("built", "2.0", uploaded=NEW), wheel("built", "1.0", uploaded="2021-01-01T00:00:00Z")],
    "opaque": [sdist("opaque", "1.0")],
    "seven": [wheel("seven", "1.0", requires_python=">=3.7")],
    "new-kept": [wheel("new-kept", "2.0", uploaded=NEW), wheel("new-kept", "1.0")],
    "keeper": [
        wheel("keeper", "1.0", depends=("new-kept<2",)),
        wheel("keeper", "0.9", depends=("far @ https://example.org/far-1.0-py3-none-any.whl",)),
    ],
    "late": [wheel("late", "1.0", depends=("posix",)), wheel("late", "0.9", requires_python="<3.15")],
}


EVERYWHERE = (
    *("plain", "yanked", "one-hole", "recent", "posix", "deep", "broken"),
    *("built", "behind", "not-yet", "needs-it", "old-hole", "most-holes", "capped"),
)
"""What the channel has for every machine."""


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        server.instead["/files/opaque-1.0.tar.gz"] = b"not an archive"
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [
        *interpreters(),
        Package("app", "2.0", depends=("lib >=2", "python >=3.10")),
        Package("app", "1.0", depends=("lib", "python >=3.10")),
        Package("lib", "2.0"),
        Package("lib", "1.0", day="2020-01-01"),
        Package("old", "1.0", depends=("lib <2", "python")),
        *(Package(name, "1.0") for name in EVERYWHERE),
        *compiled("modern", "1.0"),
        Package("ring", "1.0", depends=("round", "python")),
        Package("round", "1.0", depends=("ring", "python")),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), packages)


@pytest.fixture
def check(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Check a list with these keys."""

    def run(*arguments: str, now: datetime.datetime = NOW, **keys: str) -> Ran:
        (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
        text = settings_text(**WELL | {"conda_channels": str(forge)} | keys)
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        return onelist("check", "--index-url", f"{index.url}/simple/", "--ignore", "S,H102,G", *arguments, now=now)

    return run


def findings(ran: Ran) -> list[str]:
    """Return the first lines of the findings."""
    return re.findall(r"(?m)^settings\.ini(?::\d+:\d+)?: (?:error|warning|unknown|info) .*$", ran.out)


def hint(ran: Ran, code: str) -> str:
    """Return what to do about the first finding of a kind."""
    found = re.search(
        rf"(?m)^settings\.ini\S* \w+ {code}(?: \[\*\])?: .*\n(?:     .*\n| +\d+ \| .*\n)*    (\S.*)$", ran.out
    )
    assert found, ran.out
    return found[1]


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ("old-hole", "Write min_python = 3.13, unless someone on another platform needs an older Python."),
        (
            "old-hole capped",
            "If no learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones. "
            "Otherwise tell those learners.",
        ),
        ("most-holes", "The list is fine. Tell pip users, or ask the package's maintainers."),
    ],
)
def test_min_python_is_raised_to_where_all_is_well_and_not_to_a_new_python(
    check: Callable[..., Ran], requirements: str, said: str
) -> None:
    assert hint(check("--installer", "pip", requirements=requirements), "R003") == said


def test_what_can_be_installed_is_proved_on_both_sides(check: Callable[..., Ran]) -> None:
    ran = check(requirements="app plain ring")
    assert ran.code == 0, ran.out
    assert (
        "\n"
        "Installing the whole list:\n"
        "  with pip: can be installed on every platform and Python (5 packages)\n"
        "  with conda: can be installed on every platform and Python (6 packages, "
    ) in ran.out
    assert findings(ran) == []


def test_two_that_clash_are_named_with_their_lines(check: Callable[..., Ran]) -> None:
    ran = check(requirements="plain app>=2\n ring\n old")
    assert ran.code == 1
    assert findings(ran) == [
        "settings.ini:11:22: error R002: pip cannot install app>=2 and old together on any platform (lines 11 and 13).",
        "settings.ini:11:22: error R002: conda cannot install app>=2 and old together on any platform (lines 11 and "
        "13).",
    ]
    assert "\n      Because " in ran.out
    assert hint(ran, "R002") == "Write app instead of your own app>=2, or leave one of them out."


def test_an_upper_bound_is_the_first_to_blame(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "conda", requirements="app>=2 lib<2")
    assert "error R002: conda cannot install app>=2 and lib<2 together on any platform." in ran.out
    assert hint(ran, "R002") == "Write lib instead of your own lib<2, or leave one of them out."


def test_one_whose_needs_are_missing_is_named_alone(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="plain broken app")
    assert findings(ran) == [
        "settings.ini:11:22: error R001: pip cannot install broken on any platform: a package that it needs is "
        "not available there, or two packages that it needs exclude each other."
    ]
    assert "\n      Because gone was not found in the package registry" in ran.out


def test_what_the_index_has_withdrawn_is_a_finding_of_availability_alone(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="plain yanked")
    assert [line.split()[2] for line in findings(ran)] == ["A002:"]
    assert ("\n  with pip: cannot be installed on any platform\n") in ran.out


def test_the_rest_is_tried_without_what_is_missing(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="yanked app>=2 old")
    assert [line.split(":")[3].split()[-1] for line in findings(ran)] == ["A002", "R002"]
    assert "pip cannot install app>=2 and old together" in ran.out


def test_a_platform_for_which_a_need_has_no_wheel(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="deep plain")
    assert findings(ran) == [
        "settings.ini:11:16: warning R003: pip cannot install deep on macOS on Apple silicon: a package that it "
        "needs is not available there, or two packages that it needs exclude each other."
    ]
    assert "  with pip: can be installed on Linux (3 packages)\n" in ran.out
    assert hint(ran, "R003") == (
        "If no learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones. "
        "Otherwise tell those learners."
    )


def test_one_target_of_many_is_named(check: Callable[..., Ran]) -> None:
    ran = check(requirements="one-hole plain")
    assert ran.code == 1
    assert findings(ran) == [
        "settings.ini:11:16: warning R003: pip cannot install one-hole on macOS on Apple silicon with Python 3.13: "
        "a package that it needs is not available there, or two packages that it needs exclude each other."
    ]
    assert "Because there are no versions of hole{" in ran.out
    assert "  with pip: cannot be installed on macOS on Apple silicon with Python 3.13\n" in ran.out


def test_a_clash_on_one_target_is_no_error(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="app>=2 old; sys_platform == 'darwin' and python_version == '3.14'")
    assert [line for line in findings(ran) if " R" in line] == [
        "settings.ini:11:16: warning R004: pip cannot install app>=2 and old; sys_platform == 'darwin' and python_version "
        "== '3.14' together on macOS on Apple silicon with Python 3.14."
    ]


def test_a_name_with_no_wheel_for_windows(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="posix plain", platforms="linux-64 win-64")
    assert [line for line in findings(ran) if "pip cannot" in line] == [
        "settings.ini:11:16: warning A003: pip cannot install posix on Windows: the package index has posix 1.0 as a wheel "
        "for other machines or Pythons, and no source to build it from."
    ]
    assert hint(ran, "A003") == (
        "If no learner uses Windows (win-64), set platforms to the other ones. Otherwise tell those learners."
    )


@pytest.mark.parametrize("requirement", ["not-yet", "needs-it"])
def test_the_newest_python_is_not_held_against_a_list_while_it_is_new(
    check: Callable[..., Ran], requirement: str
) -> None:
    ran = check(requirements=f"{requirement} plain")
    assert ran.code == 0
    assert re.findall(r"(?m)^settings\.ini: (.*)$", ran.out)[0] == (
        "info F101: Python 3.15 is new, and the list cannot be installed with it on at least one platform yet. "
        f"What prevents it: with pip: {requirement}."
    )
    data = json.loads(check("--format", "json", requirements=f"{requirement} plain").out)
    assert data["floors"]["pip"] == {
        "hard": "3.12",
        "fresh": "3.12",
        "ceiling": "3.15",
        "held_back_by": [requirement],
    }
    assert data["floors"]["conda"]["ceiling"] is None
    a_year_later = datetime.datetime(2027, 11, 25, tzinfo=datetime.UTC)
    ran = check("--installer", "pip", requirements=f"{requirement} plain", now=a_year_later)
    assert ran.code == 1
    assert [line.split()[2] for line in findings(ran)] == ["H003:", "A003:" if requirement == "not-yet" else "R003:"]
    assert "with Python 3.15: " in findings(ran)[1]


def test_the_hard_floor_is_an_error(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="recent plain")
    assert findings(ran) == [
        "settings.ini:4:14: error F001: pip cannot install the list with a Python older than 3.13, because of "
        "recent. But min_python allows 3.12."
    ]
    assert hint(ran, "F001") == "Write min_python = 3.13."


def test_the_fresh_floor_is_a_warning(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="modern plain")
    assert findings(ran) == [
        "settings.ini:4:14: warning F002: With Python 3.12, pip silently installs older releases: modern 1.0 "
        "instead of 2.0. It installs the newer ones with Python 3.13 to 3.15."
    ]


def test_an_old_release_is_named_with_what_holds_it_back(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "conda", requirements="lib old")
    assert findings(ran) == [
        "settings.ini:11:16: warning R005: conda installs lib 1.0 on every platform and Python, although 2.0 "
        "exists: old holds it back."
    ]


def test_what_is_not_known_of_a_part_leaves_the_verdict_about_the_list_as_it_is(check: Callable[..., Ran]) -> None:
    """To learn who holds new-kept back, the resolver meets keeper 0.9, which requires a file at an address."""
    ran = check("--installer", "pip", "--format", "json", requirements="new-kept keeper")
    report = json.loads(ran.out)
    assert {row["state"] for row in report["resolutions"]} == {"resolved"}
    assert {tuple(row["versions"].items()) for row in report["resolutions"]} == {
        (("keeper", "1.0"), ("new-kept", "1.0")),
    }
    assert {one["code"] for one in report["findings"]}.isdisjoint({"R005", "R103", "R006"})


def test_a_clash_stays_a_clash_where_nothing_is_known_of_the_parts(
    check: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from onelist.sources.faults import SourceError, SourceErrorKind
    from onelist.sources.pip.resolver import PipResolver

    real = PipResolver.solve

    async def whole_lists_only(self: PipResolver, requirements: Sequence[str], target: Target) -> SolveResult:
        if len(requirements) < 2:
            return SourceError(kind=SourceErrorKind.REQUIRES_ADDRESS, detail="far")
        return await real(self, requirements, target)

    monkeypatch.setattr(PipResolver, "solve", whole_lists_only)
    ran = check("--installer", "pip", requirements="app>=2 old")
    assert findings(ran) == [
        "settings.ini:11:16: error R002: pip cannot install app>=2 and old together on any platform."
    ]


def test_a_platform_that_lags_behind_is_named(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="behind plain")
    assert findings(ran) == [
        "settings.ini:11:16: warning R005: pip installs behind 1.0 on macOS on Apple silicon, although 2.0 exists "
        "for other platforms. Its maintainers have published nothing newer that fits there."
    ]
    assert hint(ran, "R005").startswith(
        "If no learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones."
    )


def test_what_pip_builds_is_not_called_old(check: Callable[..., Ran]) -> None:
    ran = check("--installer", "pip", requirements="built")
    assert findings(ran) == [
        "settings.ini:11:16: info R101: pip builds built 2.0 from source on every platform and Python: the package index "
        "has no wheel (a package that is ready to install) of this version there. The build needs no compiler."
    ]
    assert "; pip builds built 2.0 from source\n" in ran.out


@pytest.mark.parametrize("source", ["built", "opaque"])
def test_a_member_without_a_wheel_does_not_silence_min_python(check: Callable[..., Ran], source: str) -> None:
    """Also where nobody can know what the source needs: the other member alone shows that Python 3.6 is too old."""
    ran = check("--installer", "pip", pip_requirements=f"{source} seven", min_python="3.6", platforms="linux-64")
    assert [line for line in findings(ran) if " error " in line] == [
        "settings.ini:4:14: error F001: pip cannot install the list with a Python older than 3.7, because of seven. "
        "But min_python allows 3.6."
    ]
    codes = {line.split()[2].rstrip(":") for line in findings(ran)}
    assert codes & {"A004", "R001", "R003", "R005", "R006", "R101", "F002"} == (
        {"R101"} if source == "built" else {"R006", "A004"}
    )


def test_an_allowed_pin_that_changes_nothing_can_go(check: Callable[..., Ran]) -> None:
    ran = check(requirements="lib<3 plain", allow_pins="lib=2027-01-01")
    assert findings(ran) == [
        "settings.ini:11:16: warning P005 [*]: allow_pins allows lib<3, but the installers choose the same packages "
        "without this bound."
    ]
    assert hint(ran, "P005") == "Write lib, and delete lib from allow_pins."
    assert findings(check("--installer", "pip", requirements="lib<2 plain", allow_pins="lib=2027-01-01")) == []


def test_a_channel_that_vanishes_in_between_is_unknown(
    tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    import onelist.analysis.resolving.resolve as proving

    real = proving.resolve
    with channel_server(forge) as server:
        (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
        text = settings_text(**WELL | {"conda_channels": server.url, "requirements": "app"})
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")

        def resolve(*arguments: Any) -> Any:
            server.fail("/", Fault.FORBIDDEN)
            return real(*arguments)

        monkeypatch.setattr(proving, "resolve", resolve)
        arguments = ("--index-url", f"{index.url}/simple/", "--ignore", "S,H102,G", "--installer", "conda", "--refresh")
        ran = onelist("check", *arguments)
    assert ran.code == 3
    assert findings(ran) == [
        "settings.ini: unknown R006: Could not tell whether conda can install the whole list: a channel requires a "
        "password or token, or rejects the one that it got (HTTP status 403)."
    ]
    assert "  with conda: could not be checked on any platform\n" in ran.out


def test_what_could_not_be_asked_for_is_not_resolved(check: Callable[..., Ran]) -> None:
    ran = check(requirements="app", conda_channels="http://127.0.0.1:9/x")
    assert ran.code == 3
    assert [line.split()[2] for line in findings(ran)] == ["H001:"]
    assert (
        "  with pip: can be installed on every platform and Python (2 packages)\n"
        "  with conda: could not be checked on any platform\n"
    ) in ran.out


def test_the_work_can_be_narrowed(check: Callable[..., Ran]) -> None:
    ran = check("--target", "linux-64/3.13", "--installer", "pip", "--format", "json", requirements="recent plain")
    (one,) = json.loads(ran.out)["resolutions"]
    assert (one["target"], one["installer"], one["state"]) == ("linux-64/3.13", "pip", "resolved")
    assert "F001" not in ran.out  # a floor is for all targets
    ran = check("--no-resolve", "--format", "json", requirements="app>=2 old")
    assert ran.code == 0
    assert json.loads(ran.out)["resolutions"] is json.loads(ran.out)["floors"] is None
    ran = check("--target", "linux-64/3.8", requirements="app")
    assert ran.code == 2
    assert ran.err.startswith("onelist: linux-64/3.8 is not a target of the list.\n    The targets are linux-64/3.12, ")


def test_the_json_holds_every_resolution(check: Callable[..., Ran]) -> None:
    ran = check("--format", "json", requirements="app>=2 old plain", platforms="linux-64")
    data = json.loads(ran.out)
    validate(data, "check")
    assert len(data["resolutions"]) == 8
    for one in data["resolutions"]:
        assert one["state"] == "clash"
        assert one["clash"] == [["app>=2", "old"]]
        assert one["versions"] is one["packages"] is one["download_bytes"] is None
        assert "lib" in one["reason"]
    data = json.loads(check("--format", "json", requirements="modern plain", platforms="linux-64").out)
    validate(data, "check")
    pip = [one for one in data["resolutions"] if one["installer"] == "pip"]
    assert [one["versions"]["modern"] for one in pip] == ["1.0", "2.0", "2.0", "2.0"]
    assert {one["packages"] for one in pip} == {2}
    assert data["floors"]["pip"] == {"hard": "3.12", "fresh": "3.13", "ceiling": None, "held_back_by": []}
    assert data["floors"]["conda"] == {"hard": "3.12", "fresh": "3.12", "ceiling": None, "held_back_by": []}


def test_an_extra_and_an_address_are_not_part_of_the_question(check: Callable[..., Ran]) -> None:
    keys = {
        "requirements": "app",
        "pip_requirements": "far @ https://127.0.0.1:9/far-1.0-py3-none-any.whl",
        "dev_requirements": "broken",
    }
    ran = check("--installer", "pip", "--format", "json", **keys)
    states = {one["state"] for one in json.loads(ran.out)["resolutions"]}
    assert states == {"resolved"}
    assert (
        "  with pip: can be installed on every platform and Python (2 packages)\n"
        "  not checked: far, which pip installs from a URL\n"
    ) in check("--installer", "pip", **keys).out


def test_an_old_python_is_a_warning_without_asking_anybody(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="x", min_python="3.9"), encoding="utf-8")
    ran = onelist("check", "--settings-only", "--select", "F")
    assert ran.code == 1
    assert findings(ran) == [
        "settings.ini:4:14: warning F003: Python 3.9 has had no security updates since 2025-10-31, and fewer and "
        "fewer packages support it: conda-forge builds only for Python 3.11 and newer."
    ]
    assert hint(ran, "F003") == "Write min_python = 3.11."
