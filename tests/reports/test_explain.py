"""`onelist explain NAME`: what is known about one requirement, in sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import onelist
from onelist.checks.run import CheckOptions
from onelist.sources.config import NetworkOptions
from tests.analysis.test_progress import Terminal
from tests.channels import Package, compiled, interpreters, write_channel
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    projects = {
        "graphviz": [wheel("graphviz", "0.21", uploaded="2025-06-15T00:00:00Z")],
        "sentencepiece": [wheel("sentencepiece", "0.2.1"), wheel("sentencepiece", "0.1", requires_python="<3.13")],
        "young": [wheel("young", "2.0", requires_python=">=3.14"), wheel("young", "1.0", requires_python="<3.13")],
        "pip-alone": [sdist("pip-alone", "1.0")],
        "huggingface-hub": [wheel("huggingface-hub", "1.0")],
        "dev": [wheel("dev", "1.0")],
        "plain": [wheel("plain", "1.0")],
    }
    with index_server(projects) as server:
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(),
        Package("python-graphviz", "0.21", day="2025-06-16"),
        *compiled("sentencepiece", "0.2.0", pythons=["3.12", "3.13", "3.14"]),
        Package("young", "2.0"),
        Package("program", "7.0", depends=()),
        Package("plain", "1.0", depends=()),
        Package("huggingface-hub", "1.0"),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


@pytest.fixture
def explain(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Explain a name of a list with one requirement of each kind; the channel is called FORGE."""
    keys = WELL | {
        "conda_channels": str(forge),
        "requirements": "graphviz young[x] young",
        "pip_requirements": "sentencepiece",
        "conda_requirements": "program",
        "dev_requirements": "dev",
        "conda_names": "young=young",
    }
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")

    def run(name: str, *arguments: str) -> Ran:
        ran = onelist("explain", name, "--index-url", f"{index.url}/simple/", *arguments)
        host = index.url.removeprefix("http://")
        return ran.__class__(code=ran.code, out=ran.out.replace(str(forge), "FORGE").replace(host, "HOST"), err=ran.err)

    return run


MACHINES = "Python 3.12 to 3.15 on Linux (linux-64) and macOS 14 and newer on Apple silicon (osx-arm64):"


def test_a_requirement_for_pip_and_conda(explain: Callable[..., Ran]) -> None:
    ran = explain("Graphviz")
    assert ran.code == 0
    assert ran.out == (
        "settings.ini:11:16 lists graphviz in requirements: for pip and conda.\n"
        "Its name on the package index is graphviz.\n"
        "Its name on conda is python-graphviz: onelist's table of names of 2026-08 says so; conda's "
        "graphviz is something else.\n"
        "\n"
        f"{MACHINES}\n"
        "  The package index (HOST):\n"
        "    on every platform and Python: 0.21, since 2025-06-15\n"
        "  FORGE:\n"
        "    on every platform and Python: 0.21, since 2025-06-16\n"
        "\n"
        "pip install course-meta: finds it on every platform and Python.\n"
        "mamba install -c FORGE course-meta: finds it on every platform and Python.\n"
        "onelist check says whether the whole list can be installed.\n"
        "\n"
        "Nothing to fix.\n"
    )


def test_a_requirement_that_is_listed_only_for_pip(explain: Callable[..., Ran]) -> None:
    ran = explain("sentencepiece")
    assert ran.code == 0
    assert ran.out == (
        "settings.ini:12:20 lists sentencepiece in pip_requirements: only for pip.\n"
        "Its name on the package index is sentencepiece.\n"
        "Its name on conda is sentencepiece: onelist's table of names of 2026-08 says so.\n"
        "\n"
        f"{MACHINES}\n"
        "  The package index (HOST):\n"
        "    on every platform and Python: 0.2.1, since 2024-03-02\n"
        "  FORGE:\n"
        "    with Python 3.12 to 3.14: 0.2.0, since 2026-06-01\n"
        "    with Python 3.15: has sentencepiece, but no build for this Python and platform\n"
        "\n"
        "pip install course-meta: finds it on every platform and Python.\n"
        "mamba install -c FORGE course-meta: does not install it: the list has it only for pip.\n"
        "onelist check says whether the whole list can be installed.\n"
        "\n"
        "warning D001: sentencepiece is listed for pip only, so the list does not bring it to conda and mamba users. But FORGE has "
        "sentencepiece since 2026-06-01, in version 0.2.0 with Python 3.12 to 3.14.\n"
        "    Move sentencepiece from pip_requirements (line 12) to requirements (line 11).\n"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("young", "Its name on conda is young: conda_names says so (line 15)."),
        (
            "young",
            "pip install course-meta: finds it with Python 3.12, 3.14 and 3.15; cannot install it with Python 3.13.",
        ),
        ("young", "does not install it: conda cannot express the requirement as it is written."),
        ("program", "settings.ini:13:22 lists program in conda_requirements: only for conda."),
        ("program", "Its name on conda is program: conda_requirements holds conda names."),
        ("program", "pip install course-meta: does not install it: the list has it only for conda."),
        ("dev", "lists dev in dev_requirements: only for pip install course-meta[dev]."),
        ("dev", "conda does not install it."),
        ("dev", "pip install course-meta[dev]: finds it on every platform and Python."),
    ],
)
def test_a_sentence_of_the_explanation(explain: Callable[..., Ran], name: str, expected: str) -> None:
    assert expected in explain(name).out


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        (
            "sentencepiece-x",
            "Should you add it? No: then neither pip nor conda could install the list. Check the spelling.",
        ),
        (
            "pip-alone",
            "Should you add it? If the course needs it, write pip-alone in pip_requirements. The list then does not bring it to conda users.",
        ),
        (
            "huggingface_hub",
            "Should you add it? Yes: write huggingface_hub in requirements, and huggingface_hub=huggingface-hub in conda_names.",
        ),
        ("plain", "Should you add it? Yes: write plain in requirements. Then pip and conda install it."),
    ],
)
def test_a_name_that_is_not_listed(explain: Callable[..., Ran], name: str, advice: str) -> None:
    ran = explain(name)
    assert ran.code == 0
    assert re.match(r"[\w-]+ is not listed in settings\.ini\.\n", ran.out)
    assert ran.out.endswith(advice + "\n")


def test_a_program_that_only_conda_has(tmp_path: Path, explain: Callable[..., Ran], forge: Path) -> None:
    keys = WELL | {"conda_channels": str(forge), "requirements": "graphviz"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    ran = explain("program")
    assert "(careful: program there does not depend on Python; it may be another package)" in ran.out
    assert ran.out.endswith(
        "Should you add it? If this is the package that you mean, write program in conda_requirements.\n"
    )


def test_no_advice_without_an_answer(explain: Callable[..., Ran]) -> None:
    ran = explain("plain", "--channel", "http://127.0.0.1:9/x")
    assert ran.code == 3
    assert "    on every platform and Python: unknown: could not be reached (connection refused)\n" in ran.out
    assert "mamba install -c http://127.0.0.1:9/x course-meta: unknown on every platform and Python.\n" in ran.out
    assert ran.out.endswith("Should you add it? Unknown: a package index or channel gave no usable answer.\n")


def test_a_conda_name_finds_the_requirement(explain: Callable[..., Ran]) -> None:
    assert explain("python-graphviz").out.startswith("settings.ini:11:16 lists graphviz in requirements")


def test_only_one_project_is_looked_up(explain: Callable[..., Ran], index: Server) -> None:
    before = len(index.requests)
    explain("graphviz")
    assert [request.path for request in index.requests[before:]] == ["/simple/graphviz/"]


@pytest.mark.parametrize("name", ["a b", "x @ https://example.org/x.whl", "", "-e ."])
def test_a_name_must_be_one(explain: Callable[..., Ran], name: str) -> None:
    ran = explain(name)
    assert ran.code == 2


LISTED = "settings.ini:11:16 lists graphviz in requirements: for pip and conda.\n"


def test_versions_are_part_of_the_question(explain: Callable[..., Ran]) -> None:
    """It said what the list's graphviz without a bound gets."""
    ran = explain("graphviz==0.1")
    assert ran.out == (
        "graphviz==0.1 is not listed in settings.ini; line 11 lists graphviz in requirements.\n"
        "Its name on the package index is graphviz.\n"
        "Its name on conda is python-graphviz: onelist's table of names of 2026-08 says so; conda's "
        "graphviz is something else.\n"
        "\n"
        f"{MACHINES}\n"
        "  The package index (HOST):\n"
        "    on every platform and Python: has no graphviz==0.1; its newest version is 0.21\n"
        "  FORGE:\n"
        "    on every platform and Python: has no python-graphviz ==0.1; its newest version is 0.21\n"
        "\n"
        "pip install course-meta: could not install it on any platform.\n"
        "mamba install -c FORGE course-meta: could not install it on any platform.\n"
        "\n"
        "error A002: pip cannot install graphviz==0.1 on any platform: the package index has no graphviz==0.1; its "
        "newest version is 0.21.\n"
        "    Write graphviz instead of your own graphviz==0.1.\n"
        "error A006: conda cannot install graphviz==0.1 on any platform: FORGE has no python-graphviz ==0.1; its newest "
        "version is 0.21.\n"
        "    Write graphviz instead of your own graphviz==0.1.\n"
        "warning P001: graphviz is pinned by ==0.1: the list cannot be installed beside a package that needs another "
        "version.\n"
        "    Write only graphviz. If you need the bound for a time, write graphviz=2027-11-01 in allow_pins.\n"
        "Should you write it instead of graphviz? No: then neither pip nor conda could install the list.\n"
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            "graphviz>=0.20",
            "Should you write it instead of graphviz? Only if the course needs it: write graphviz>=0.20 in "
            "requirements. Then pip and conda install it.\n",
            id="versions",
        ),
        pytest.param(
            "graphviz[dev]",
            "Should you write it instead of graphviz? If the course needs it, write graphviz[dev] in "
            "pip_requirements. The list then does not bring it to conda users.\n",
            id="an extra that conda does not have",
        ),
        pytest.param(
            'graphviz; sys_platform == "win32"',
            "Should you write it instead of graphviz? No: its marker is false on all of these platforms and Pythons.\n",
            id="a marker that is never true",
        ),
        pytest.param(
            "plain[x]",
            "Should you add it? If the course needs it, write plain[x] in pip_requirements. The list then does not "
            "bring it to conda users.\n",
            id="an extra of a name that is not listed",
        ),
        pytest.param(
            "sentencepiece>=0.2",
            "Should you write it instead of sentencepiece? Only if the course needs it: write sentencepiece>=0.2 in "
            "requirements. Then pip and conda install it where the lines above say so.\n",
            id="in part",
        ),
    ],
)
def test_the_advice_is_about_the_requirement_as_it_is_asked_for(
    explain: Callable[..., Ran], asked: str, expected: str
) -> None:
    assert explain(asked).out.endswith(expected)


def test_the_same_requirement_is_found_in_another_spelling(explain: Callable[..., Ran]) -> None:
    assert explain("Young [X]").out.startswith("settings.ini:11:25 lists young[x] in requirements")
    assert explain("young").out.count(" lists young") == 2
    assert explain("graphviz").out.startswith(LISTED)


def test_an_extra_has_its_conda_package(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """``explain 'ray[tune]'`` recommended ray."""
    forge = write_channel(tmp_path / "rays", [*interpreters(), Package("plain", "1.0"), Package("ray-tune", "2.0")])
    (tmp_path / "settings.ini").write_text(
        settings_text(**WELL | {"requirements": "plain", "conda_channels": str(forge)}), encoding="utf-8"
    )
    with index_server({"ray": [wheel("ray", "2.0")]}) as other:
        ran = onelist("explain", "ray[tune]", "--index-url", f"{other.url}/simple/")
    assert ran.out.startswith("ray[tune] is not listed in settings.ini.\n")
    assert "Its name on conda is ray-tune: " in ran.out
    assert ran.out.endswith("Should you add it? Yes: write ray[tune] in requirements. Then pip and conda install it.\n")


def test_findings_have_colours_where_they_are_wanted(
    explain: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = explain("sentencepiece").out
    monkeypatch.setenv("TERM", "xterm-16color")
    monkeypatch.delenv("COLORTERM", raising=False)
    colored = explain("sentencepiece", "--color", "always").out
    assert "\x1b[33mwarning\x1b[0m \x1b[1mD001\x1b[0m: " in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_the_library_clears_its_line_of_progress(
    explain: Callable[..., Ran], tmp_path: Path, index: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    explain("dev")
    options = CheckOptions(network=NetworkOptions(index_url=f"{index.url}/simple/"))
    onelist.explain("dev", tmp_path, options, progress=(stream := Terminal()))
    assert "\r\x1b[Klooking up: " in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
