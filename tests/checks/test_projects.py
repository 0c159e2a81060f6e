"""Projects that are locked, that no one maintains, or that refuse to be installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from onelist.checks.projects import _place
from onelist.sources.pypi.indexes import IndexData
from tests.asking import ask
from tests.channels import Package, interpreters, write_channel
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import File, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

PROJECTS = {
    "evil": [],
    "odd": [wheel("odd", "1.0")],
    "still": [wheel("still", "1.0")],
    "past": [wheel("past", "1.0")],
    "well": [wheel("well", "1.0")],
    "scikit-learn": [wheel("scikit-learn", "1.7")],
    "sklearn": [sdist("sklearn", "0.0.post12"), sdist("sklearn", "0.0")],
    "azure": [sdist("azure", "5.0.0")],
    "pytorch": [sdist("pytorch", "3.0")],
    "skimage": [wheel("skimage", "0.0")],
}
STATUSES = {
    "evil": {"status": "quarantined"},
    "odd": {"status": "quarantined", "reason": "looks like a typing error"},
    "still": {"status": "archived", "reason": "use well\n::error::\x1b[31m"},
    "past": {"status": "deprecated"},
    "well": {"status": "active", "reason": "all is well"},
}


@pytest.fixture(scope="module", params=[False, True], ids=["JSON", "HTML"])
def index(request: pytest.FixtureRequest) -> Iterator[Server]:
    with index_server(PROJECTS, statuses=STATUSES, as_html=request.param) as server:
        yield server


def test_a_locked_project_is_an_error_that_says_what_it_means(index: Server) -> None:
    asked = ask(index=index.url, requirements="evil")
    assert [code for code in asked.codes() if code[0] == "A"] == ["A011"]
    assert asked.messages("A011") == [
        "The package index has quarantined evil: the index considers it unsafe, for instance because of malware. No "
        "one can install it from there. | Check the spelling. If the name is right, leave evil out until the index "
        "unlocks it, and tell people who installed it before."
    ]
    assert {answer.status.reason for answer in asked.answers()} == {"has quarantined evil, and offers no file of it"}  # type: ignore[union-attr]


def test_a_locked_project_with_files_is_not_said_to_be_impossible_to_install(index: Server) -> None:
    assert ask(index=index.url, requirements="odd").messages("A011") == [
        "The package index has quarantined odd: the index considers it unsafe, for instance because of malware. But "
        "pip still finds it on every platform and Python. The reason that it gives: looks like a typing error | Leave "
        "odd out, unless you know where pip gets it from and trust that place."
    ]


def test_a_project_that_no_one_maintains_is_a_warning_with_the_reason(index: Server) -> None:
    asked = ask(index=index.url, requirements="still past well")
    assert asked.messages("H004") == [
        "The package index says that still is archived: its maintainers do not expect to update it again. The reason "
        "that it gives: use well ::error::\x1b[31m | Look for a project that is maintained.",
        "The package index says that past is deprecated: it is obsolete, and another project may replace it. | "
        "Look for the project that replaces it.",
    ]


def test_a_reason_cannot_command_the_terminal(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(**WELL, requirements="still"), encoding="utf-8")
    for output in ("text", "github"):
        ran = onelist("check", "--index-url", f"{index.url}/simple/", "--select", "H004", "--format", output)
        assert "use well ::error::\\x1b[31m" in ran.out
        assert not any(line.startswith("::error::\x1b") for line in ran.out.splitlines())
        assert "\x1b" not in ran.out


def test_the_status_costs_no_further_request(index: Server) -> None:
    before = len(index.requests)
    ask(index=index.url, requirements="still evil")
    asked = [request.path for request in index.requests[before:] if request.method == "GET"]
    assert sorted(asked) == ["/simple/evil/", "/simple/still/"]


def test_a_name_that_refuses_to_be_installed_names_the_right_package(index: Server) -> None:
    asked = ask(index=index.url, requirements="well sklearn>=0.0", dev_requirements="azure")
    assert [code for code in asked.codes() if code[0] == "A"] == ["A012", "A012"]
    assert asked.messages("A012") == [
        "pip cannot install sklearn on any platform: its installation always ends with an error. The right package is "
        "scikit-learn. | Write scikit-learn instead of sklearn.",
        "pip cannot install azure on any platform: its installation always ends with an error. | Leave azure out. "
        "Write the packages of the services that you use, such as azure-storage-blob.",
    ]


@pytest.mark.parametrize("item", ["sklearn==0.0", "pytorch", "skimage"])
def test_another_version_or_a_wheel_of_such_a_name_is_not_refused(index: Server, item: str) -> None:
    """An old version can be installed, and a name may be used for something else one day, or on another index."""
    assert ask(index=index.url, requirements=item).messages("A012") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("well sklearn", "well scikit-learn"),
        ("well sklearn>=0.0.post5", "well scikit-learn"),
        ("sklearn scikit-learn", "scikit-learn"),
        ("well \"sklearn; sys_platform != 'x'\" past", 'well scikit-learn; sys_platform != "x" past'),
    ],
)
def test_fix_writes_the_right_package(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran], before: str, after: str
) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(settings_text(**WELL, requirements=before), encoding="utf-8")
    onelist("fix", "--index-url", f"{index.url}/simple/", "--select", "A012")
    assert f"requirements = {after}\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sklearn", "No: write scikit-learn instead."),
        ("azure", "No. Write the packages of the services that you use, such as azure-storage-blob."),
        ("evil", "No: the package index has locked the project, because it considers it unsafe."),
    ],
)
def test_such_a_name_is_not_recommended(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran], name: str, advice: str
) -> None:
    forge = write_channel(tmp_path / "forge", [*interpreters(), Package("scikit-learn"), Package(name)])
    text = settings_text(**WELL | {"requirements": "well", "conda_channels": str(forge)})
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("explain", name, "--index-url", f"{index.url}/simple/")
    assert ran.out.endswith(f"Should you add it? {advice}\n")


def test_a_platform_for_which_nothing_resolves_is_a_note_and_not_unknown(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    keys = WELL | {"platforms": "linux-64 linux-armv7l", "min_python": "3.14"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys, requirements="well"), encoding="utf-8")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--installer", "pip", "--select", "A,R,F")
    assert "  with pip: not checked on Linux on ARMv7\n" in ran.out
    assert (
        "info R102: onelist does not check whether pip can install the whole list on Linux on ARMv7: no resolver knows "
        "this platform.\n" in ran.out
    )
    assert "R006" not in ran.out


@dataclass(frozen=True)
class Hashed(File):
    """A file whose page tells its hash."""

    digest: str = "a" * 64

    @property
    def entry(self) -> dict[str, Any]:
        return super().entry | {"hashes": {"sha256": self.digest}}


def hashed(name: str, version: str, digest: str = "a") -> File:
    return Hashed(f"{name}-{version}-py3-none-any.whl", digest=digest * 64)


@pytest.mark.parametrize(
    ("second", "found"),
    [
        pytest.param([hashed("tool", "9.0", "b")], True, id="a higher version"),
        pytest.param([hashed("tool", "1.0", "b")], True, id="another file of the same name"),
        pytest.param([wheel("tool", "1.0")], True, id="no hash"),
        pytest.param([hashed("tool", "1.0"), hashed("tool", "2.0")], False, id="a copy"),
        pytest.param([hashed("tool", "1.0")], False, id="a copy of a part"),
        pytest.param([hashed("tool", "1.0"), hashed("tool", "2.0"), hashed("tool", "3.0")], False, id="a larger copy"),
        pytest.param(None, False, id="no project of this name"),
    ],
)
def test_a_name_that_several_indexes_have_is_named_with_them(second: list[File] | None, *, found: bool) -> None:
    first = {"tool": [hashed("tool", "1.0"), hashed("tool", "2.0")], "other": [wheel("other", "1.0")]}
    others = {"beside": [wheel("beside", "1.0")], **({"tool": second} if second else {})}
    with index_server(first) as main, index_server(others) as extra:
        asked = ask(index=main.url, extra_indexes=(f"{extra.url}/simple/",), requirements="tool other")
        requests = [request.path for server in (main, extra) for request in server.requests]
    places = [server.url.removeprefix("http://") for server in (main, extra)]
    assert (
        asked.messages("A014")
        == [
            f"tool is on several package indexes, with different files: {places[0]} and {places[1]}. pip takes the highest "
            "version from any of them. | Find out who owns tool on each index. Then use one index that serves every name "
            "from one place."
        ]
        * found
    )
    assert sorted(path for path in requests if path.count("/") > 2) == ["/simple/other/"] * 2 + ["/simple/tool/"] * 2


def test_indexes_of_one_server_are_told_apart() -> None:
    indexes = [IndexData(label="example.org", projects={}) for _ in range(3)] + [IndexData(label="b", projects={})]
    assert [_place(number, indexes) for number in range(4)] == [
        "example.org (the main index)",
        "example.org (extra index 1)",
        "example.org (extra index 2)",
        "b",
    ]
