"""A: what cannot be had, for whom, and what to do; asked of a real index and real channels."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from tests.asking import ask
from tests.channels import Package, compiled, interpreters, write_channel
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.asking import Asked
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

MANY = "manylinux2014_x86_64"
PROJECTS = {
    "fine": [wheel("fine", "2.2")],
    "old-only": [wheel("old-only", "1.0", f"cp312-cp312-{MANY}")],
    "linux-only": [wheel("linux-only", "1", f"cp3{minor}-cp3{minor}-{MANY}") for minor in range(11, 16)],
    "young": [wheel("young", "2", requires_python=">=3.13")],
    "not-yet": [wheel("not-yet", "1", f"cp3{minor}-cp3{minor}-{where}") for minor in range(11, 15) for where in
                (MANY, "macosx_11_0_arm64")],
    "source": [sdist("source", "2.0"), wheel("source", "1.0", f"cp312-cp312-{MANY}")],
    "half-source": [sdist("half-source", "2"), *(wheel("half-source", "2", f"cp3{minor}-cp3{minor}-{where}")
                    for minor in range(11, 15) for where in (MANY, "macosx_11_0_arm64"))],
    "withdrawn": [wheel("withdrawn", "1", yanked=True)],
    "no-files": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(pythons=["3.12", "3.13", "3.14"]),
        *(Package(name) for name in PROJECTS if name != "linux-only"),
        Package("versions", "22"),
        *compiled("linux-only", pythons=["3.12", "3.13", "3.14"], platforms=["linux-64"]),
        *compiled("not-for-314", pythons=["3.12", "3.13"]),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


def said(asked: Asked, letter: str = "A") -> list[str]:
    """Return the findings about availability, each as ``CODE severity MESSAGE | HINT``."""
    return [
        f"{finding.code} {finding.severity} {finding.message} | {finding.hint}"
        for finding in asked.findings
        if finding.code.startswith(letter) and finding.code != "A101"
    ]


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        pytest.param("fine", [], id="all is well"),
        pytest.param(
            "nowhere",
            [
                "A001 error pip cannot install nowhere on any platform: the package index has nothing named "
                "nowhere. | Check the spelling. If it is not a Python package but a program or library that conda "
                "has, list it in conda_requirements."
            ],
            id="A001",
        ),
        pytest.param(
            "fine>=9",
            [
                "A002 error pip cannot install fine>=9 on any platform: the package index has no fine>=9; its newest "
                "version is 2.2. | Write fine instead of your own fine>=9."
            ],
            id="A002 version",
        ),
        pytest.param(
            "withdrawn",
            [
                "A002 error pip cannot install withdrawn on any platform: the package index has withdrawn only in "
                "versions that its maintainers have withdrawn (yanked). | Leave withdrawn out, or ask its "
                "maintainers for a version that fits."
            ],
            id="A002 yanked",
        ),
        pytest.param(
            "no-files",
            [
                "A002 error pip cannot install no-files on any platform: the package index lists no-files, but without any file "
                "that pip installs from. | Leave no-files out, or ask its maintainers for a version that fits."
            ],
            id="A002 no files",
        ),
        pytest.param(
            "young",
            [
                "A003 warning pip cannot install young with Python 3.12: the package index has young 2 for Python "
                ">=3.13 only. | Write min_python = 3.13, unless the course needs an older Python."
            ],
            id="A003 an older Python",
        ),
        pytest.param(
            "linux-only",
            [
                "A003 warning pip cannot install linux-only on macOS on Apple silicon: the package index has "
                "linux-only 1 as a wheel for other machines or Pythons, and no source to build it from. | If no "
                "learner uses macOS on Apple silicon (osx-arm64), set platforms to the other ones. "
                "Otherwise tell those learners."
            ],
            id="A003 a platform",
        ),
        pytest.param(
            "old-only",
            [
                "A003 warning pip cannot install old-only on Linux with Python 3.13 to 3.15, and on macOS on Apple "
                "silicon: the package index has old-only 1.0 as a wheel for other machines or Pythons, and no "
                "source to build it from. | The list is fine. Tell pip users, or ask the package's maintainers."
            ],
            id="A003 newer Pythons",
        ),
        pytest.param(
            "source",
            [
                "A004 warning pip must build source 2.0 from source on every platform and Python, which may need a "
                "compiler: the package index has no wheel (a package that is ready to install) of it there. | To learn "
                "whether it needs one, run: onelist check --installer pip"
            ],
            id="A004",
        ),
    ],
)
def test_what_pip_cannot_install(index: Server, folder: Path, requirement: str, expected: list[str]) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements=requirement)
    assert said(asked) == expected


def test_what_an_extra_lacks_is_a_warning(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="fine", dev_requirements="nowhere young")
    assert said(asked) == [
        "A010 warning pip cannot install nowhere of dev_requirements on any platform: the package index has nothing named nowhere. "
        "| Check the spelling. If it is not a Python package but a program or library that conda has, list it in "
        "conda_requirements.",
        "A010 warning pip cannot install young of dev_requirements with Python 3.12: the package index has young 2 "
        "for Python >=3.13 only. | Leave young out, or ask its maintainers for a version that fits.",
    ]


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        pytest.param("fine", [], id="all is well"),
        pytest.param(
            "nowhere",
            [
                "A005 error conda cannot install nowhere on any platform: no channel has anything named nowhere. | "
                "Check the spelling, and check that its channel is in conda_channels."
            ],
            id="A005",
        ),
        pytest.param(
            "versions=18",
            [
                "A006 error conda cannot install versions=18 on any platform: {forge} has no versions 18.*; its newest version is "
                "22. | Write versions instead of your own versions=18."
            ],
            id="A006",
        ),
        pytest.param(
            "linux-only",
            [
                "A007 warning conda cannot install linux-only on macOS on Apple silicon: no channel has anything "
                "named linux-only. | If no learner uses macOS on Apple silicon (osx-arm64), set platforms to "
                "the other ones. Otherwise tell those learners."
            ],
            id="A007 a platform",
        ),
        pytest.param(
            "not-for-314",
            [
                "A007 warning conda cannot install not-for-314 with Python 3.14: {forge} has not-for-314, but no "
                "build for this Python and platform. | The list is fine. Tell conda users, or ask the package's "
                "maintainers."
            ],
            id="A007 a Python",
        ),
    ],
)
def test_what_conda_cannot_install(index: Server, folder: Path, requirement: str, expected: list[str]) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), conda_requirements=requirement)
    assert said(asked) == [text.format(forge=folder) for text in expected]


def test_what_no_conda_channel_has_can_be_drafted(index: Server, folder: Path) -> None:
    (text,) = (text for text in said(ask(index=index.url, conda_channels=str(folder), requirements="nowhere"), "A005"))
    assert text.endswith("To bring it to conda, begin with: onelist draft nowhere")


def test_a_python_that_no_channel_has_is_said_once(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="fine young", min_python="3.10")
    assert [text for text in said(asked) if text.startswith("A0") and "conda" in text] == [
        "A009 warning conda cannot install anything with Python 3.10 and 3.11: no channel of the list has that "
        "Python there. | Write min_python = 3.12, unless the course needs an older Python."
    ]


def test_what_is_not_there_yet_for_a_new_python_is_one_note(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="fine not-yet half-source")
    assert asked.messages("A101") == [
        "Python 3.15 is new, and some packages are not available for it yet: with pip: not-yet and half-source "
        "(without a compiler); with conda: Python itself. | Nothing to do: this usually takes less than a year. "
        "Until then, learners use an older Python."
    ]


def test_a_year_later_it_is_a_warning(index: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.asking.TODAY", datetime.date(2027, 10, 2))
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="not-yet")
    assert [text[:50] for text in said(asked, "A003")] == ["A003 warning pip cannot install not-yet with Pytho"]
    assert asked.messages("A101") == []


def test_the_first_channel_hides_the_later_ones(index: Server, folder: Path, tmp_path: Path) -> None:
    own = write_channel(tmp_path / "own", [Package("fine", "0.9"), *compiled("source", "3.0", pythons=["3.12"])])
    asked = ask(index=index.url, conda_channels=f"{own} {folder}", requirements="fine", conda_requirements="source")
    assert said(asked, "A008") == [
        f"A008 warning conda users get an older fine on every platform and Python: {own} has 0.9, but {folder} has "
        f"1.0. conda, mamba and pixi prefer the earlier channel, whatever its version is. | Put {folder} before {own} in "
        f"conda_channels, or ask the maintainers of {own} to update it.",
        f"A008 warning pixi users do not get source with Python 3.13 and 3.14: {own} has source, but no build for "
        f"this Python and platform. {folder} has 1.0. conda and mamba look there, too, but pixi uses only the first "
        f"channel that has the name. | Put {folder} before {own} in conda_channels, or ask the maintainers of {own} to "
        "update it.",
    ]
    turned = ask(index=index.url, conda_channels=f"{folder} {own}", requirements="fine", conda_requirements="source")
    assert said(turned, "A008") == [
        f"A008 warning conda users get an older source with Python 3.12: {folder} has 1.0, but {own} has 3.0. conda, "
        f"mamba and pixi prefer the earlier channel, whatever its version is. | Put {own} before {folder} in "
        f"conda_channels, or ask the maintainers of {folder} to update it."
    ]


def test_where_a_marker_does_not_hold_nothing_is_asked_for(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="linux-only;sys_platform=='linux' fine")
    assert said(asked) == []
    assert {target.partition("/")[0] for target in asked.states("linux-only")} == {"linux-64"}


def test_an_address_is_nobodys_question(index: Server, folder: Path) -> None:
    asked = ask(
        index=index.url,
        conda_channels=str(folder),
        pip_requirements="tool @ https://example.org/tool-1-py3-none-any.whl",
    )
    assert asked.states("tool") == {}
    assert not index.asked("/tool/")


def test_several_indexes_are_one_as_with_pip(index: Server, folder: Path) -> None:
    with index_server({"fine": [wheel("fine", "3.0")], "more": [wheel("more", "1")]}) as second:
        further = (f"{second.url}/simple/",)
        asked = ask(index=index.url, extra_indexes=further, conda_channels=str(folder), pip_requirements="fine more")
    assert set(asked.states("fine").values()) == {"found 3.0"}
    assert set(asked.states("more").values()) == {"found 1"}


def test_what_a_silent_index_may_have_is_not_absent(index: Server, folder: Path) -> None:
    nobody = ("http://127.0.0.1:9/simple/",)
    asked = ask(
        index=index.url, extra_indexes=nobody, conda_channels=str(folder), pip_requirements="fine nowhere fine2"
    )
    assert set(asked.states("fine").values()) == {"found 2.2"}
    assert set(asked.states("nowhere").values()) == {"unknown: 127.0.0.1:9 could not be reached (connection refused)"}
    assert "A001" not in asked.codes()


def test_an_index_in_a_folder_is_read_as_pip_reads_it(tmp_path: Path, folder: Path) -> None:
    page = tmp_path / "simple/fine/index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="../../fine-5.0-py3-none-any.whl">fine-5.0-py3-none-any.whl</a>', encoding="utf-8")
    asked = ask(index=tmp_path.as_uri(), conda_channels=str(folder), pip_requirements="fine nowhere")
    assert set(asked.states("fine").values()) == {"found 5.0"}
    assert set(asked.states("nowhere").values()) == {"absent: no such package"}
    gone = ask(index=(tmp_path / "gone").as_uri(), conda_channels=str(folder), pip_requirements="fine")
    assert "H002" in gone.codes()


def test_each_name_is_asked_for_once(index: Server, folder: Path) -> None:
    before = len(index.requests)
    ask(index=index.url, conda_channels=str(folder), requirements="fine young", dev_requirements="fine young>=1")
    assert len(index.requests) - before == 2
