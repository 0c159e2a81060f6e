"""`onelist explain NAME`: the story of one requirement, in sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

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


def test_the_story_of_a_requirement_of_both(explain: Callable[..., Ran]) -> None:
    ran = explain("Graphviz")
    assert ran.code == 0
    assert ran.out == (
        "settings.ini:11:16 lists graphviz in requirements: for pip and conda.\n"
        "On the package index it is called graphviz.\n"
        "On conda it is looked for as python-graphviz: onelist's table of names, of 2026-08, says so; conda's "
        "graphviz is something else.\n"
        "\n"
        f"{MACHINES}\n"
        "  The package index (HOST):\n"
        "    on every platform and Python: 0.21, there since 2025-06-15\n"
        "  FORGE:\n"
        "    on every platform and Python: 0.21, there since 2025-06-16\n"
        "\n"
        "With pip install course-meta: everybody gets it.\n"
        "With mamba install -c FORGE course-meta: everybody gets it.\n"
        "\n"
        "There is nothing to mend.\n"
    )


def test_the_story_of_what_is_listed_for_pip_alone(explain: Callable[..., Ran]) -> None:
    ran = explain("sentencepiece")
    assert ran.code == 0
    assert ran.out == (
        "settings.ini:12:20 lists sentencepiece in pip_requirements: for pip alone.\n"
        "On the package index it is called sentencepiece.\n"
        "On conda it is looked for as sentencepiece: onelist's table of names, of 2026-08, says so.\n"
        "\n"
        f"{MACHINES}\n"
        "  The package index (HOST):\n"
        "    on every platform and Python: 0.2.1, there since 2024-03-02\n"
        "  FORGE:\n"
        "    with Python 3.12 to 3.14: 0.2.0, there since 2026-06-01\n"
        "    with Python 3.15: has sentencepiece, but no build for this Python and platform\n"
        "\n"
        "With pip install course-meta: everybody gets it.\n"
        "With mamba install -c FORGE course-meta: nobody gets it, since the list has it for pip alone.\n"
        "\n"
        "warning D001: sentencepiece is listed for pip only, so conda and mamba users do not get it. But FORGE has "
        "sentencepiece since 2026-06-01, in version 0.2.0 with Python 3.12 to 3.14.\n"
        "    Move sentencepiece from pip_requirements (line 12) to requirements (line 11).\n"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("young", "On conda it is looked for as young: conda_names says so (line 15)."),
        (
            "young",
            "With pip install course-meta: those with Python 3.12, 3.14 and 3.15 get it; those with Python 3.13 do not.",
        ),
        ("young", "because"),
        ("program", "settings.ini:13:22 lists program in conda_requirements: for conda alone."),
        ("program", "On conda it is called program: names in conda_requirements are conda's own."),
        ("program", "With pip install course-meta: nobody gets it, since the list has it for conda alone."),
        ("dev", "lists dev in dev_requirements: for those who ask pip for course-meta[dev]."),
        ("dev", "conda has no part in it."),
        ("dev", "With pip install course-meta[dev]: everybody gets it."),
    ],
)
def test_what_else_is_said(explain: Callable[..., Ran], name: str, expected: str) -> None:
    if expected == "because":
        assert "nobody gets it, since conda cannot carry it as it is written." in explain(name).out
    else:
        assert expected in explain(name).out


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sentencepiece-x", "Should you add it? No: nobody could install the list any more. Look at the spelling."),
        (
            "pip-alone",
            "Should you add it? If the course needs it, write pip-alone in pip_requirements: conda users go without.",
        ),
        (
            "huggingface_hub",
            "Should you add it? Yes: huggingface-hub in requirements, and huggingface-hub=huggingface-hub in conda_names.",
        ),
        ("plain", "Should you add it? Yes: write plain in requirements, and both sides get it."),
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
    assert "(careful: program there does not depend on Python, so it may be something else)" in ran.out
    assert ran.out.endswith("Should you add it? If it is what you mean, write program in conda_requirements.\n")


def test_what_is_not_known_is_not_advised(explain: Callable[..., Ran]) -> None:
    ran = explain("plain", "--channel", "http://127.0.0.1:9/x")
    assert ran.code == 3
    assert "    on every platform and Python: unknown: it could not be reached (connection refused)\n" in ran.out
    assert "With mamba install -c http://127.0.0.1:9/x course-meta: it is not known who gets it.\n" in ran.out
    assert ran.out.endswith("Should you add it? That cannot be said before all have answered.\n")


def test_a_conda_name_leads_to_what_is_called_so(explain: Callable[..., Ran]) -> None:
    assert explain("python-graphviz").out.startswith("settings.ini:11:16 lists graphviz in requirements")


def test_only_what_is_needed_is_asked(explain: Callable[..., Ran], index: Server) -> None:
    before = len(index.requests)
    explain("graphviz")
    assert [request.path for request in index.requests[before:]] == ["/simple/graphviz/"]


@pytest.mark.parametrize("name", ["a b", "x @ https://example.org/x.whl", "", "-e ."])
def test_a_name_must_be_one(explain: Callable[..., Ran], name: str) -> None:
    ran = explain(name)
    assert ran.code == 2
