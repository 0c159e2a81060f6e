"""Sentences that were false for some lists: for each of them a list, and the sentence that is true for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement as Pep508

from onelist.checks.partial import platform_names
from onelist.core.targets import Target
from onelist.sources.pip.resolver import _brought
from tests.asking import ask
from tests.channels import PYTHONS, Package, compiled, interpreters, write_channel
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

OLD, NEW = "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
LINUX, MAC = "manylinux_2_17_x86_64", "macosx_11_0_arm64"


def binary(name: str, version: str, machines: str, minors: range, *depends: str) -> list[object]:
    """Return wheels for some machines and Pythons."""
    return [
        wheel(name, version, f"cp3{minor}-cp3{minor}-{machine}", uploaded=NEW, depends=depends)
        for minor in minors
        for machine in machines.split()
    ]


PROJECTS = {
    "plain": [wheel("plain", "1.0")],
    "modern": [wheel("modern", "2.0", requires_python=">=3.13"), wheel("modern", "1.0")],
    "not-yet": binary("not-yet", "1.0", f"{LINUX} {MAC}", range(11, 15)),
    "mac-later": [
        wheel("mac-later", "1.0"),
        *binary("mac-later", "2.0", LINUX, range(11, 16)),
        *binary("mac-later", "2.0", MAC, range(13, 16)),
    ],
    "two-worlds": [
        *binary("two-worlds", "1.0", f"{LINUX} {MAC}", range(11, 13)),
        *binary("two-worlds", "1.9", LINUX, range(13, 16)),
        *binary("two-worlds", "2.0", MAC, range(13, 16)),
    ],
    "lib": [wheel("lib", "3.0", uploaded=NEW), wheel("lib", "2.0", uploaded=OLD), wheel("lib", "1.0", uploaded=OLD)],
    "needs-old-lib-on-new": [wheel("needs-old-lib-on-new", "1.0", depends=("lib<2; python_version >= '3.15'",))],
    "needs-old-lib": [
        wheel("needs-old-lib", "1.0", depends=("lib<2; python_version < '3.14'", "lib<3; python_version >= '3.14'"))
    ],
    "needs-old-lib-too": [wheel("needs-old-lib-too", "1.0", depends=("lib<3; python_version < '3.13'",))],
    **{name: [wheel(name, "1.0", depends=(f"w!={number}",))] for number, name in enumerate("abc", start=1)},
    "capped": [wheel("capped", "2.0"), *binary("capped", "1.0", f"{LINUX} {MAC}", range(11, 15))],
    "source": [wheel("source", "2.0"), sdist("source", "1.0")],
    "linux-only": binary("linux-only", "1.0", LINUX, range(11, 16)),
    "late-on-mac": [
        *binary("late-on-mac", "1.0", LINUX, range(11, 16)),
        *binary("late-on-mac", "1.0", MAC, range(11, 15)),
    ],
    "w": [wheel("w", "1"), wheel("w", "2"), wheel("w", "3")],
}


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def check(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., list[str]]:
    """Check a list with these keys for pip; return each finding as ``CODE message | hint``."""

    def run(*arguments: str, **keys: str) -> list[str]:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL | keys), encoding="utf-8")
        ran = onelist(
            *("check", "--index-url", f"{index.url}/simple/", "--installer", "pip", "--ignore", "S,H,G"), *arguments
        )
        found = re.findall(r"(?m)^settings\.ini\S* \w+ (\w\d{3})(?: \[\*\])?: (.*)$((?:\n    .*$)*)", ran.out)
        return [f"{code} {message} | {lines.strip().splitlines()[-1].strip()}" for code, message, lines in found]

    return run


def test_platforms_that_no_learner_may_use_are_alternatives() -> None:
    assert platform_names(["linux-aarch64", "osx-64", "win-64"]) == (
        "Linux on ARM (linux-aarch64), macOS on Intel (osx-64) or Windows (win-64)"
    )


def test_f002_newer_pythons_with_which_the_list_cannot_be_installed(check: Callable[..., list[str]]) -> None:
    """It said "with Python 3.13 and newer, all learners get the newest ones"; with 3.15 they get nothing."""
    assert check("--select", "F002", requirements="modern not-yet") == [
        "F002 With Python 3.12, pip silently installs older releases: modern 1.0 instead of 2.0. It installs the newer "
        "ones with Python 3.13 and 3.14. | If the course needs the newer releases, write min_python = 3.13."
    ]


def test_f002_an_older_release_on_one_platform_only(check: Callable[..., list[str]]) -> None:
    assert check("--select", "F002", requirements="mac-later") == [
        "F002 With Python 3.12, pip silently installs older releases: mac-later 1.0 instead of 2.0 (on macOS on Apple "
        "silicon). It installs the newer ones on Linux, and on macOS on Apple silicon with Python 3.13 to 3.15. | If "
        "the course needs the newer releases, write min_python = 3.13."
    ]


def test_f002_platforms_that_have_different_newest_releases(check: Callable[..., list[str]]) -> None:
    assert check("--select", "F002", requirements="two-worlds") == [
        "F002 With Python 3.12, pip silently installs older releases: two-worlds 1.0 instead of 1.9 (on Linux) and "
        "two-worlds 1.0 instead of 2.0 (on macOS on Apple silicon). It installs the newer ones with Python 3.13 to "
        "3.15. | If the course needs the newer releases, write min_python = 3.13."
    ]


def test_r002_three_that_exclude_each_other_are_not_both(check: Callable[..., list[str]]) -> None:
    assert check("--select", "R", requirements="a b c") == [
        "R002 pip cannot install a, b and c together on any platform. | Leave one of them out, or ask their maintainers."
    ]


def test_r005_is_silent_about_a_python_that_is_new(check: Callable[..., list[str]]) -> None:
    assert check("--select", "R", requirements="lib needs-old-lib-on-new") == []


def test_r005_a_list_for_a_new_python_only(check: Callable[..., list[str]]) -> None:
    (found,) = check("--select", "R", requirements="lib needs-old-lib-on-new", min_python="3.15")
    assert found.startswith("R005 pip installs lib 1.0 on every platform and Python, although 3.0 exists: ")


def test_r005_versions_that_differ_by_python(check: Callable[..., list[str]]) -> None:
    (found,) = check("--select", "R", requirements="lib needs-old-lib")
    assert found.startswith(
        "R005 pip installs lib 1.0 to 2.0 on every platform and Python, although 3.0 exists: needs-old-lib holds it "
        "back. | "
    )


def test_r005_names_what_holds_back_where_it_does(check: Callable[..., list[str]]) -> None:
    """It named the holders of the first target for all targets."""
    found = check("--select", "R", requirements="lib needs-old-lib-on-new needs-old-lib-too")
    assert found == [
        "R005 pip installs lib 2.0 with Python 3.12, although 3.0 exists: needs-old-lib-too holds it back. | Leave one "
        "of them out, or ask their maintainers."
    ]


def test_r005_where_the_list_cannot_be_installed_with_every_python(check: Callable[..., list[str]]) -> None:
    """It said "on every platform and Python", and meant: of those with which the list can be installed."""
    (found,) = check("--select", "R", requirements="lib not-yet needs-old-lib")
    assert found.startswith("R005 pip installs lib 1.0 to 2.0 with Python 3.12 to 3.14, although 3.0 exists: ")


def test_s013_a_platform_that_conda_knows_and_onelist_does_not(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(**WELL | {"platforms": "emscripten-wasm32"}), encoding="utf-8")
    ran = onelist("check", "--settings-only")
    assert "S013: emscripten-wasm32 is not a platform that onelist can check.\n" in ran.out


def test_bump_does_not_say_that_an_index_refuses_an_older_version(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    """An index takes every version that it does not have, and a channel takes all."""
    (tmp_path / "settings.ini").write_text(settings_text(**WELL), encoding="utf-8")
    ran = onelist("bump", "0.0.9")
    assert ran.code == 2
    assert ran.err == (
        "onelist: 0.0.9 is not newer than 0.1.0, the version of the list.\n    pip, conda and mamba install the newest "
        "version, so learners would not get this one.\n"
    )


def test_a004_a_list_that_does_not_take_the_newest_version(index: Server) -> None:
    """It said that the index has no wheel "of the newest version", which has one."""
    (found,) = ask(index=index.url, requirements="source==1.0").messages("A004")
    assert found.startswith(
        "pip must build source 1.0 from source on every platform and Python, which may need a compiler: the package "
        "index has no wheel (a package that is ready to install) of it there. | "
    )


def test_a003_a_platform_that_conda_serves_need_not_be_left_out(index: Server, tmp_path: Path) -> None:
    forge = write_channel(tmp_path / "forge", [*interpreters(), Package("linux-only", "1.0")])
    asked = ask(index=index.url, requirements="linux-only", conda_channels=str(forge))
    assert [found.partition(" | ")[2] for found in asked.messages("A003")] == [
        "conda has it there. Tell those learners to use conda, or ask the package's maintainers."
    ]
    asked = ask(index=index.url, pip_requirements="linux-only", conda_channels=str(forge))
    assert [found.partition(" | ")[2] for found in asked.messages("A003")] == [
        "If no learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones. Otherwise "
        "tell those learners."
    ]


def test_a007_a_platform_that_pip_serves_need_not_be_left_out(index: Server, tmp_path: Path) -> None:
    forge = write_channel(tmp_path / "forge", [*interpreters(), *compiled("plain", "1.0", platforms=["linux-64"])])
    asked = ask(index=index.url, requirements="plain", conda_channels=str(forge))
    assert [found.partition(" | ")[2] for found in asked.messages("A007")] == [
        "pip has it there. Tell those learners to use pip, or ask the package's maintainers."
    ]


def test_a006_a_name_without_versions_is_not_advised_to_be_written_without_versions(
    index: Server, tmp_path: Path
) -> None:
    forge = write_channel(tmp_path / "forge", [*interpreters(), *compiled("plain", "1.0", pythons=["3.10"])])
    (found,) = ask(index=index.url, requirements="plain", conda_channels=str(forge)).messages("A006")
    assert found.endswith(" | Move it to pip_requirements, or ask the maintainers for a build.")


def test_a101_names_the_platform_that_lacks_a_package_for_the_new_python(index: Server) -> None:
    (found,) = ask(index=index.url, requirements="late-on-mac").messages("A101")
    assert "with pip: late-on-mac on macOS on Apple silicon." in found


def test_d001_versions_that_differ_by_platform(index: Server, tmp_path: Path) -> None:
    members = [
        *interpreters(),
        *compiled("plain", "1.0", platforms=["linux-64"]),
        *compiled("plain", "0.9", platforms=["osx-arm64"]),
    ]
    forge = write_channel(tmp_path / "forge", members)
    (found,) = ask(index=index.url, pip_requirements="plain", conda_channels=str(forge)).messages("D001")
    assert "in versions up to 1.0 on every platform and Python." in found


def test_p005_is_silent_where_not_everything_was_resolved(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """conda needs the bound; a check for pip only said that "the installers" do not."""
    members = [*interpreters(), Package("lib", "3.0", depends=("gone",)), Package("lib", "1.0"), Package("plain")]
    forge = write_channel(tmp_path / "forge", members)
    keys = WELL | {"requirements": "lib<4 plain", "allow_pins": "lib=2027-01-01", "conda_channels": str(forge)}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    arguments = ("check", "--index-url", f"{index.url}/simple/", "--select", "P005")
    assert "P005" in onelist(*arguments).out
    assert "P005" not in onelist(*arguments, "--installer", "pip").out
    assert "P005" not in onelist(*arguments, "--target", "linux-64/3.13").out


WAIT = (
    "Try capped without an upper bound: a newer version may support that Python. For the others there is nothing to do: "
    "this usually takes less than a year."
)


def test_f101_and_a101_do_not_say_wait_where_the_list_itself_holds_the_version(
    check: Callable[..., list[str]], index: Server
) -> None:
    (found,) = check("--select", "F101", requirements="capped<2 not-yet")
    assert found.endswith(f" | {WAIT}")
    (found,) = check("--select", "F101", requirements="not-yet")
    assert found.endswith(
        " | Nothing to do: this usually takes less than a year. Until then, learners use an older Python."
    )
    (found,) = ask(index=index.url, requirements="capped<2 not-yet").messages("A101")
    assert found.endswith(f" | {WAIT}")


@pytest.mark.parametrize(
    ("root", "expected"),
    [("scipy", {"scipy", "numpy"}), ("scipy[doc]", {"scipy", "numpy", "matplotlib", "pillow"}), ("other", set())],
)
def test_r007_an_extra_that_no_one_asks_for_brings_nothing(root: str, expected: set[str]) -> None:
    """It said that scipy needs pillow, which only the documentation of scipy needs."""
    texts = {
        "scipy": ["numpy", "matplotlib; extra == 'doc'", "pywin32; sys_platform == 'win32'"],
        "matplotlib": ["pillow", "scipy"],
    }
    needs = {name: [Pep508(text) for text in texts.get(name, [])] for name in ("numpy", "pillow", "pywin32", *texts)}
    assert _brought(Pep508(root), needs, Target(platform="linux-64", python=(3, 12))) == expected


def test_r103_a_newer_release_that_cannot_be_installed_is_not_held_back_by_others(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    """The newer release needs a package that does not exist, so nothing else of the list holds it back."""
    new = wheel("tool", "2.0", uploaded=NEW, depends=("gone",))
    with index_server({"tool": [new, wheel("tool", "1.0", uploaded=OLD)]}) as server:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="tool"), encoding="utf-8")
        ran = onelist("check", "--index-url", f"{server.url}/simple/", "--installer", "pip", "--select", "R")
    assert (
        "R103: pip installs tool 1.0 on every platform and Python, although 2.0 exists: that cannot be installed there, "
        "not even without the other requirements.\n"
    ) in ran.out


PINS = {
    "frozen": [
        *binary("frozen", "2.0", f"{LINUX} {MAC}", range(11, 16)),
        *binary("frozen", "1.0", f"{LINUX} {MAC}", range(11, 13)),
    ],
    "old-only": [wheel("old-only", "1.0", requires_python="<3")],
    "lib": [wheel("lib", "2.0", uploaded=NEW), wheel("lib", "1.0", uploaded=OLD)],
    "wants-old": [wheel("wants-old", "1.0", depends=("lib<2",))],
    "wants-new": [wheel("wants-new", "2.0", depends=("lib>=2",)), wheel("wants-new", "1.0", depends=("gone",))],
    "wants-gone": [wheel("wants-gone", "1.0", depends=("gone",))],
}


@pytest.fixture(scope="module")
def pins_index() -> Iterator[Server]:
    with index_server(PINS) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def check_pins(tmp_path: Path, pins_index: Server, onelist: Callable[..., Ran]) -> Callable[..., list[str]]:
    """Check a list with own version bounds for pip; return each finding as ``CODE message | hint``."""

    def run(requirements: str) -> list[str]:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements=requirements), encoding="utf-8")
        ran = onelist("check", "--index-url", f"{pins_index.url}/simple/", "--installer", "pip", "--select", "A,R")
        found = re.findall(r"(?m)^settings\.ini\S* \w+ (\w\d{3})(?: \[\*\])?: (.*)$((?:\n    .*$)*)", ran.out)
        return [f"{code} {message} | {lines.strip().splitlines()[-1].strip()}" for code, message, lines in found]

    return run


R001 = "a package that it needs is not available there, or two packages that it needs exclude each other."


def test_r001_names_the_own_version_that_cannot_be_installed(check_pins: Callable[..., list[str]]) -> None:
    """It said that wants-new cannot be installed, and to leave it out; its newest version can be installed."""
    assert check_pins("wants-new==1.0") == [
        f"R001 pip cannot install wants-new==1.0 on any platform: {R001} | Write wants-new instead of your own "
        "wants-new==1.0."
    ]
    assert check_pins("wants-gone>=1") == [
        f"R001 pip cannot install wants-gone>=1 on any platform: {R001} | Leave wants-gone out, or ask its maintainers."
    ]


def test_r002_names_the_own_versions_that_conflict(check_pins: Callable[..., list[str]]) -> None:
    """It advised to try lib without an upper bound, which helped only by chance; a lower bound was never blamed."""
    assert check_pins("lib<2 wants-new>=2") == [
        "R002 pip cannot install lib<2 and wants-new>=2 together on any platform. | Write lib instead of your own "
        "lib<2, or leave one of them out."
    ]
    assert check_pins("lib>=2 wants-old") == [
        "R002 pip cannot install lib>=2 and wants-old together on any platform. | Write lib instead of your own lib>=2, "
        "or leave one of them out."
    ]


def test_r005_names_the_own_version_that_holds_back(check_pins: Callable[..., list[str]]) -> None:
    assert check_pins("lib wants-old<2") == [
        "R005 pip installs lib 1.0 on every platform and Python, although 2.0 exists: wants-old<2 holds it back. | Leave "
        "one of them out, or ask their maintainers."
    ]


def test_a002_and_a003_blame_own_versions_only_where_others_can_be_installed(
    check_pins: Callable[..., list[str]],
) -> None:
    """It advised to write only old-only, which no Python of the list can install in any version."""
    assert check_pins("old-only>=9") == [
        "A002 pip cannot install old-only>=9 on any platform: the package index has no old-only>=9; its newest version "
        "is 1.0. | Leave old-only out, or ask its maintainers for a version that fits."
    ]
    (found,) = check_pins('frozen==1.0;python_version>="3.13"')
    assert found.startswith("A002 pip cannot install frozen==1.0 with Python 3.13 to 3.15: ")
    assert found.endswith(" | Write frozen instead of your own frozen==1.0.")
    found = check_pins("frozen<2")[0]
    assert found.startswith("A003 pip cannot install frozen<2 with Python 3.13 to 3.15: ")
    assert found.endswith(" | Write frozen instead of your own frozen<2.")


def test_a006_a_package_that_pip_does_not_have_is_not_advised_for_pip(index: Server, tmp_path: Path) -> None:
    forge = write_channel(tmp_path / "forge", [*interpreters(), *compiled("tool", "1.0", pythons=["3.10"])])
    asked = ask(index=index.url, requirements="plain", conda_requirements="tool", conda_channels=str(forge))
    (found,) = asked.messages("A006")
    assert found.endswith(" | Leave tool out, or ask its maintainers for a build.")


def test_a006_blames_own_versions_only_where_others_can_be_installed(index: Server, tmp_path: Path) -> None:
    members = [*interpreters(), *compiled("plain", "1.0", pythons=["3.10"]), *compiled("lib", "1.0")]
    forge = write_channel(tmp_path / "forge", members)
    asked = ask(index=index.url, requirements="plain<2 lib>=2", conda_channels=str(forge))
    plain, lib = asked.messages("A006")
    assert plain.endswith(" | Move it to pip_requirements, or ask the maintainers for a build.")
    assert lib == (
        f"conda cannot install lib>=2 on any platform: {forge} has no lib >=2; its newest version is 1.0. | Write lib "
        "instead of your own lib>=2."
    )


def test_f001_names_what_prevents_each_older_python(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """It named what prevents the Python just below; "because of near" was false for Python 3.11 and 3.12."""
    projects = {
        "near": [wheel("near", "1.0", requires_python="!=3.13.*")],
        "far": [wheel("far", "1.0", requires_python=">=3.13")],
        "nearer": [wheel("nearer", "1.0", requires_python=">=3.12,!=3.13.*")],
    }
    with index_server(projects) as server:
        found = []
        for requirements in ("near far", "near far nearer"):
            keys = WELL | {"requirements": requirements, "min_python": "3.11"}
            (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
            found.append(onelist("check", "--index-url", f"{server.url}/simple/", "--installer", "pip").out)
    sentence = "pip cannot install the list with a Python older than 3.14, because of near and far."
    assert f"F001: {sentence} But min_python allows 3.11.\n" in found[0]
    sentence = "pip cannot install the list with a Python older than 3.14, because of near, nearer and far."
    assert f"F001: {sentence} But min_python allows 3.11.\n" in found[1]


def test_f001_names_a_python_that_no_channel_has(index: Server, tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    members = [*interpreters(pythons=PYTHONS[1:]), *compiled("plain", "1.0", pythons=PYTHONS[2:])]
    forge = write_channel(tmp_path / "forge", members)
    keys = WELL | {"requirements": "plain", "min_python": "3.11", "conda_channels": str(forge)}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--installer", "conda", "--select", "F001")
    assert (
        "F001: conda cannot install the list with a Python older than 3.13, because of plain and Python itself. But "
        "min_python allows 3.11.\n"
    ) in ran.out


def test_r001_a_release_whose_metadata_pip_refuses(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """It said that a package that it needs is missing; and uv complained about a version that onelist had made up."""
    projects = {"refused": [wheel("refused", "1.6.5", depends=("plain (>=5.1.*)",))], "plain": [wheel("plain", "6.0")]}
    with index_server(projects) as server:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="refused"), encoding="utf-8")
        ran = onelist("check", "--index-url", f"{server.url}/simple/", "--installer", "pip", "--select", "R")
    assert (
        "R001: pip cannot install refused on any platform: pip does not accept the metadata of the releases.\n"
    ) in ran.out
    assert "\n      (refused 1.6.5: pip refuses a requirement in its metadata (" in ran.out
    assert "could not be parsed" not in ran.out


def test_r103_the_newest_releases_of_two_that_exclude_each_other(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """It said that the newest one does not fit; with it, pip would install an older release of the other one."""
    projects = {
        "left": [wheel("left", "2.0", uploaded=NEW, depends=("mid<2",)), wheel("left", "1.0", uploaded=OLD)],
        "right": [wheel("right", "2.0", uploaded=NEW, depends=("mid>=2",)), wheel("right", "1.0", uploaded=OLD)],
        "mid": [wheel("mid", "2.0"), wheel("mid", "1.0")],
    }
    with index_server(projects) as server:
        (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="left right"), encoding="utf-8")
        ran = onelist("check", "--index-url", f"{server.url}/simple/", "--installer", "pip", "--select", "R")
    assert re.search(
        r"R103: pip installs (left|right) 1\.0 on every platform and Python, although 2\.0 exists: with that, it would "
        r"install other packages in older releases\.\n",
        ran.out,
    )


def test_f101_and_a101_blame_a_bound_only_if_a_newer_release_supports_the_python(
    check: Callable[..., list[str]], index: Server
) -> None:
    """It advised to try not-yet without an upper bound; there is no release that the bound leaves out."""
    wait = "Nothing to do: this usually takes less than a year. Until then, learners use an older Python."
    (found,) = check("--select", "F101", requirements="not-yet<9")
    assert found.endswith(f" | {wait}")
    (found,) = ask(index=index.url, requirements="not-yet<9").messages("A101")
    assert found.endswith(f" | {wait}")


def test_a004_says_how_to_learn_whether_a_compiler_is_needed(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """With --installer conda, the resolver of pip is not asked, and no one knows whether a compiler is needed."""
    (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="source==1.0"), encoding="utf-8")
    arguments = ("check", "--index-url", f"{index.url}/simple/", "--select", "A004", "--installer")
    assert (
        "\n    To learn whether it needs one, run: onelist check --installer pip\n" in onelist(*arguments, "conda").out
    )
    assert " A004: " not in onelist(*arguments, "pip").out


def test_a009_channels_without_any_python(index: Server, tmp_path: Path) -> None:
    """It said that the list is fine, and to take another Python."""
    own = write_channel(tmp_path / "own", [Package("plain", "1.0")])
    (found,) = ask(index=index.url, requirements="plain", conda_channels=str(own)).messages("A009")
    assert found == (
        "conda cannot install anything on any platform: no channel of the list has a Python that fits. | Add a channel "
        "that has Python, such as conda-forge, to conda_channels."
    )
    half = write_channel(tmp_path / "half", [*interpreters(platforms=["linux-64"]), Package("plain", "1.0")])
    (found,) = ask(index=index.url, requirements="plain", conda_channels=str(half)).messages("A009")
    assert found.startswith(
        "conda cannot install anything on macOS on Apple silicon: no channel of the list has a Python there. | "
    )


def test_a009_a_platform_without_python_is_not_advised_to_take_another_one(index: Server, tmp_path: Path) -> None:
    """It advised conda users on Windows to take another Python; there is none."""
    forge = write_channel(tmp_path / "forge", [*interpreters(["linux-64"], PYTHONS[2:]), Package("plain", "1.0")])
    asked = ask(index=index.url, requirements="plain", conda_channels=str(forge))
    assert asked.messages("A009") == [
        "conda cannot install anything on Linux with Python 3.12: no channel of the list has that Python there. | Write "
        "min_python = 3.13, unless someone on another platform needs an older Python.",
        "conda cannot install anything on macOS on Apple silicon: no channel of the list has a Python there. | If no "
        "learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones. Otherwise tell "
        "those learners.",
    ]


def test_a004_a_marker_that_leaves_only_some_pythons(index: Server) -> None:
    """It said "on every platform and Python" of those for which the marker holds."""
    (found,) = ask(index=index.url, requirements='source==1.0;python_version>="3.14"').messages("A004")
    assert found.startswith("pip must build source 1.0 from source with Python 3.14 and 3.15, ")


def test_a002_and_explain_where_other_versions_can_be_installed_in_part(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """It advised to leave not-yet out; without the bound, every Python but the newest can install it."""
    asked = ask(index=index.url, requirements="not-yet>=2")
    assert [found.partition(" | ")[2] for found in asked.messages("A002")] == [
        "Write not-yet instead of your own not-yet>=2."
    ]
    (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="plain"), encoding="utf-8")
    forge = write_channel(tmp_path / "forge", [*interpreters(), *compiled("tool", "1.0", pythons=["3.12"])])
    explain = ("explain", "--index-url", f"{index.url}/simple/", "--channel", str(forge))
    assert onelist(*explain, "tool").out.endswith(
        "If this is the package that you mean, write tool in conda_requirements. conda then installs it where the lines "
        "above say so.\n"
    )
    assert onelist(*explain, "linux-only").out.endswith(
        "If the course needs it, write linux-only in pip_requirements. pip then installs it where the lines above say "
        "so. The list then does not bring it to conda users.\n"
    )


def test_r008_does_not_say_that_newer_packages_are_needed(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """It advised to put "the channel that has the newer packages" first; the list needs an older one."""
    app = Package("app", "1.0", depends=("python", "lib <2"))
    first = write_channel(tmp_path / "first", [*interpreters(), Package("lib", "2.0"), app])
    second = write_channel(tmp_path / "second", [Package("lib", "1.0")])
    keys = WELL | {"requirements": "app", "conda_channels": f"{first} {second}"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--installer", "conda", "--select", "R")
    assert "R008: pixi, and conda with strict channel priority, cannot install app on any platform: " in ran.out
    assert (
        "\n    Put the channel that has the versions that are needed first in conda_channels, or tell pixi users to set "
        'channel-priority = "disabled".\n'
    ) in ran.out


def test_a006_versions_that_have_builds_only_for_other_pythons(index: Server, tmp_path: Path) -> None:
    """It said that the channel has lib, but no build for this Python; it has one of lib 2.0."""
    members = [*interpreters(), *compiled("lib", "2.0"), *compiled("lib", "1.0", pythons=["3.10"])]
    forge = write_channel(tmp_path / "forge", members)
    (found,) = ask(index=index.url, requirements="lib<2", conda_channels=str(forge)).messages("A006")
    assert found == (
        f"conda cannot install lib<2 on any platform: {forge} has lib <2, but no build for this Python and platform. | "
        "Write lib instead of your own lib<2."
    )


def test_d102_a_name_that_no_index_has(index: Server, tmp_path: Path) -> None:
    """It said that program may not be "the program of the package index", which has none."""
    members = [*interpreters(), Package("program", depends=()), Package("plain", depends=())]
    forge = write_channel(tmp_path / "forge", members)
    (found,) = ask(index=index.url, requirements="program plain", conda_channels=str(forge)).messages("D102")
    assert found.startswith(f"plain on {forge} does not depend on Python, so it may not be the plain of the package ")


def test_what_conda_cannot_carry_is_said_in_the_words_of_each_command(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    """export and sync said that nothing was built, and advised an option that only build has."""
    (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="a[x]"), encoding="utf-8")
    because = "conda cannot carry one requirement of settings.ini.\n"
    assert onelist("export", "pixi").err.endswith(
        f"onelist: Nothing was exported: {because}    Fix that first, or export for pip: onelist export requirements.\n"
    )
    assert onelist("sync").err.endswith(f"onelist: Nothing was written: {because}    Fix that first.\n")
    assert onelist("build").err.endswith(
        f"onelist: Nothing was built: {because}    Fix that first, or build only for pip with --only wheel sdist.\n"
    )


def test_explain_a_package_that_is_listed_apart_for_pip_and_conda(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    """It said that the conda name is the same, because the table of names has no other."""
    forge = write_channel(tmp_path / "forge", [*interpreters(), *compiled("python-graphviz", "0.20")])
    keys = {"pip_requirements": "graphviz", "conda_requirements": "python-graphviz", "conda_channels": str(forge)}
    (tmp_path / "settings.ini").write_text(settings_text(**WELL | keys), encoding="utf-8")
    told = onelist("explain", "--index-url", f"{index.url}/simple/", "graphviz").out
    assert "\nIts name on conda is python-graphviz: conda_requirements lists it under this name.\n" in told


def test_r007_and_r003_do_not_promise_a_newer_python_with_which_the_platform_has_nothing(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    """They said that a newer Python helps; on that platform the list cannot be installed with it for another reason."""
    projects = {
        "built": [
            sdist("built", "1.0"),
            *binary("built", "1.0", LINUX, range(11, 16)),
            *binary("built", "1.0", MAC, range(14, 16)),
        ],
        "block": [*binary("block", "1.0", LINUX, range(11, 16)), *binary("block", "1.0", MAC, range(11, 14))],
        "part": [*binary("part", "1.0", LINUX, range(11, 16)), *binary("part", "1.0", MAC, range(14, 16))],
        "needs-part": [wheel("needs-part", "1.0", depends=("part",))],
    }
    outs = []
    with index_server(projects) as server:  # type: ignore[arg-type]
        for requirements in ("built block", "needs-part block"):
            (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements=requirements), encoding="utf-8")
            arguments = ("check", "--index-url", f"{server.url}/simple/", "--installer", "pip", "--select", "R")
            outs.append(onelist(*arguments).out)
    assert "R007: pip builds built 1.0 from source on macOS on Apple silicon with Python 3.12 and 3.13: " in outs[0]
    assert "\n    Tell pip users, or ask the package's maintainers to publish wheels.\n" in outs[0]
    assert "R003: pip cannot install needs-part on macOS on Apple silicon with Python 3.12 and 3.13: " in outs[1]
    assert "\n    The list is fine. Tell pip users, or ask the package's maintainers.\n" in outs[1]


def test_f101_and_a101_leave_out_what_an_older_python_lacks_on_the_platform_too(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    """They said that a package which has left a platform needs only some months for the new Python."""
    projects = {
        "leaver": [*binary("leaver", "1.0", LINUX, range(11, 16)), *binary("leaver", "1.0", MAC, range(11, 13))],
        "later": binary("later", "1.0", f"{LINUX} {MAC}", range(11, 15)),
    }
    outs = []
    with index_server(projects) as server:  # type: ignore[arg-type]
        (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="leaver later"), encoding="utf-8")
        for more in (["--installer", "pip"], ["--no-resolve"]):
            arguments = ("check", "--index-url", f"{server.url}/simple/", "--select", "A003,A101,F101,R", *more)
            outs.append(onelist(*arguments).out)
    missing = "A003: pip cannot install leaver on macOS on Apple silicon with Python 3.13 to 3.15: "
    assert missing in outs[0]
    assert missing in outs[1]
    assert (
        "F101: Python 3.15 is new, and the list cannot be installed with it on at least one platform yet. What "
        in outs[0]
    )
    assert "prevents it: with pip: later.\n" in outs[0]
    assert "A101: Python 3.15 is new, and some packages are not available for it yet: with pip: later.\n" in outs[1]
