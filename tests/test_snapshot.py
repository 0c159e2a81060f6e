"""Real data: a partial conda-forge of real records, served under its own name, and real settings files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import rattler
from rattler.exceptions import SolverError

from onelist.sources.installers import find_indexes
from tests.asking import ask
from tests.conftest import SHARED, real_settings
from tests.schemas import validate
from tests.servers import JSON_TYPE, Answer, Server, channel_server, project_json, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran

SNAPSHOT = SHARED / "data/channel/conda-forge"
FASTBOOK = SHARED / "data/settings/fastai__course20.ini"
pytestmark = [
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.skipif(
        not (SNAPSHOT.is_dir() and FASTBOOK.is_file()),
        reason="the partial conda-forge is not beside this checkout (../shared/data/channel)",
    ),
]


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Server]:
    """Serve the snapshot as conda-forge: a mirror setting of rattler puts it in the place of the real one."""
    base = rattler.Channel("conda-forge").base_url.rstrip("/")
    with channel_server(SNAPSHOT) as server:
        config = tmp_path / "config/rattler/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[mirrors]\n"{base}" = ["{server.url}"]\n', encoding="utf-8")
        yield server


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    """An index that has, for every project, one wheel for all Pythons and platforms."""

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        match = re.fullmatch(r"/simple/([a-z0-9-]+)/", path)
        return Answer(project_json(match[1], [wheel(match[1], "1000.0")]), JSON_TYPE) if match else None

    with Server(answer) as server:
        yield server


def test_fastbook_is_checked_against_the_snapshot(
    tmp_path: Path, forge: Server, index: Server, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "settings.ini").write_bytes(FASTBOOK.read_bytes())
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--select", "A,D,H", "--no-resolve")
    assert ran.code == 1
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line and line[0].isalpha()}
    assert re.fullmatch(r"graphviz +1000\.0 +0\.21 as python-graphviz", rows["graphviz"])
    assert re.fullmatch(r"ipywidgets<8 +no matching version +7\.\d+\.\d+", rows["ipywidgets<8"])
    assert re.fullmatch(r"sentencepiece +1000\.0 +0\.2\.0 \(in part\) \*", rows["sentencepiece"])
    assert (
        "settings.ini:20:20: warning D001 [*]: sentencepiece is listed for pip only, so the list does not bring it to "
        "conda and mamba users. But conda-forge has sentencepiece since 2024-12-31, " in ran.out
    )
    assert "    Move sentencepiece from pip_requirements (line 20) to requirements (line 18).\n" in ran.out
    assert (
        "settings.ini:11:14: warning A009: conda cannot install anything on Linux with Python 3.7 and 3.8, and"
        in ran.out
    )
    assert all(
        request.path.split("/")[1] in {"noarch", "linux-64", "linux-aarch64", "osx-arm64", "win-64"}
        for request in forge.requests
    )


def test_fastbook_is_resolved_as_a_whole(
    tmp_path: Path, forge: Server, index: Server, onelist: Callable[..., Ran]
) -> None:
    """In the snapshot, the list can be resolved on three platforms for Python 3.10 to 3.13."""
    (tmp_path / "settings.ini").write_bytes(FASTBOOK.read_bytes())
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--installer", "conda")
    assert ran.code == 1
    assert forge.requests
    assert (
        "\nInstalling the whole list:\n  with conda: can be installed on Linux, macOS on Apple silicon and Windows with "
        "Python 3.10 to 3.13 ("
    ) in ran.out
    assert (
        "\n"
        "settings.ini:11:14: error F001: conda cannot install the list with a Python older than 3.10, because of "
        "pandas, fastai, transformers, datasets, ipywidgets and Python itself. But min_python allows 3.7.\n"
    ) in ran.out
    assert "\nsettings.ini:11:14: warning F003: Python 3.7 has had no security updates since 2023-06-27," in ran.out
    assert (
        "\n"
        "settings.ini:19:22: warning C008 [*]: python-graphviz need not be listed for conda: graphviz in requirements "
        "(line 18) already brings it.\n"
    ) in ran.out
    assert (
        "warning R003: conda cannot install fastai>=2.6 on Linux, macOS on Apple silicon and Windows with Python 3.14, "
        "and on Linux on ARM: a package that it needs is not available there, or two packages that it needs exclude "
        "each other.\n"
    ) in ran.out
    assert "A009" not in ran.out  # F001 says it
    assert "info A101: Python 3.15 is new" in ran.out  # not F101: with Python 3.14, no platform can install the list


def test_explain_shows_fastai_in_the_snapshot(
    tmp_path: Path, forge: Server, index: Server, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "settings.ini").write_bytes(FASTBOOK.read_bytes())
    ran = onelist("explain", "fastai", "--index-url", f"{index.url}/simple/")
    assert ran.code == 0
    assert forge.requests
    assert "settings.ini:18:16 lists fastai>=2.6 in requirements: for pip and conda.\n" in ran.out
    assert re.search(
        r"  conda-forge:\n(    .*\n)+\npip install fastbook: finds it on every platform and Python\.\n", ran.out
    )


@pytest.mark.parametrize(
    ("requirement", "target", "expected"),
    [
        ("fastai", "linux-64/3.12", "found"),
        ("fastai", "linux-64/3.15", "absent: no Python"),
        ("pandas<2", "linux-64/3.12", "absent: no build"),
        ("pandas<2", "linux-64/3.13", "absent: no build"),
        ("pandas", "linux-64/3.13", "found"),
        ("numpy<2", "linux-64/3.13", "absent: no build"),
        ("numpy<2", "linux-64/3.12", "found"),
        ("torch", "linux-64/3.12", "found"),
        ("sentencepiece", "win-64/3.13", "found"),
        ("sentencepiece", "win-64/3.14", "absent: no build"),
    ],
)
def test_requirements_have_the_known_status_in_the_snapshot(
    forge: Server, requirement: str, target: str, expected: str
) -> None:
    asked = ask(conda_channels="conda-forge", requirements=requirement, platforms="linux-64 win-64", deadline=30)
    (entry,) = asked.availability.requirements
    assert asked.states(entry.requirement.name, "conda-forge")[target].startswith(expected)
    assert forge.requests


@pytest.mark.slow
def test_all_real_files_are_checked_in_one_call(forge: Server, index: Server, onelist: Callable[..., Ran]) -> None:
    files = real_settings()
    before = len(index.requests)
    ran = onelist(
        *("check", *files, "--channel", "conda-forge"),
        *("--index-url", f"{index.url}/simple/", "--format", "json", "--no-resolve"),
    )
    assert ran.err == ""
    assert ran.code == 2  # some of them have mistakes
    data = json.loads(ran.out)
    validate(data, "check")
    read = [result for result in data["results"] if result["settings"]]
    assert len(data["results"]) == len(files)
    assert len(read) > 120
    names = {answer["name"] for result in read for answer in result["answers"] if answer["channel"] == "pip"}
    paths = [request.path for request in index.requests[before:]]
    pages = [path for path in paths if path.startswith("/simple/")]
    assert len(paths) == len(set(paths))
    assert len(pages) == len(names)
    assert len(forge.requests) < 60
    assert not [answer for result in read for answer in result["answers"] if answer["state"] == "unknown"]


@pytest.mark.index
@pytest.mark.slow
def test_the_real_index_answers_as_expected(forge: Server) -> None:
    """With the settings of pip and uv, as for a new user."""
    assert find_indexes(None, []).indexes
    asked = ask(
        index=None, conda_channels="conda-forge", pip_requirements="requests sentencepiece this-is-not-a-project-zz"
    )
    if asked.messages("H001"):
        pytest.skip("the package index cannot be reached")
    assert forge.requests
    assert set(asked.states("this-is-not-a-project-zz").values()) == {"absent: no such package"}
    assert {status.split()[0] for status in asked.states("requests").values()} == {"found"}
    days = {answer.status.since for answer in asked.answers() if answer.name == "requests"}  # type: ignore[union-attr]
    assert len(days) >= 1


@pytest.fixture
def solve_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rattler solve each problem once: its answer to the same problem on the same snapshot is the same."""
    real = rattler.solve
    known: dict[str, Any] = {}

    async def solve(sources: list[rattler.Channel], specs: list[str], **options: Any) -> object:
        machine = [(one.name.normalized, str(one.version), one.build_string) for one in options["virtual_packages"]]
        key = str(([one.base_url for one in sources], specs, [str(one) for one in options["platforms"]], machine))
        if key not in known:
            try:
                known[key] = await real(sources, specs, **options)
            except SolverError as error:
                if re.search("timed? ?out|cancelled", str(error), re.IGNORECASE):
                    raise
                known[key] = error
        if isinstance(known[key], Exception):
            raise known[key]
        return known[key]

    monkeypatch.setattr(rattler, "solve", solve)


@pytest.mark.slow
@pytest.mark.usefixtures("solve_once")
@pytest.mark.parametrize("path", real_settings()[::6], ids=lambda path: path.stem)
def test_what_is_fixed_stays_fixed(
    tmp_path: Path, forge: Server, index: Server, onelist: Callable[..., Ran], path: Path
) -> None:
    """With channels and resolvers: a second check has none of the findings that fix can fix.

    Two platforms are enough for each kind of edit, and take half of the time of all.
    """
    file = tmp_path / "settings.ini"
    before = path.read_bytes().replace(b"[DEFAULT]", b"[DEFAULT]\nplatforms = linux-64 win-64", 1)
    file.write_bytes(before)
    asking = ("--index-url", f"{index.url}/simple/", "--channel", "conda-forge", "--installer", "conda")
    # The codes of all safe edits, and the whole code of one that needs a decision, as nobody asked pip.
    fixing = ("fix", "--select", "A,C,D,F,H,P,R,S,F001", *asking)
    first = onelist(*fixing)
    assert first.out
    assert forge.requests or first.code == 2
    once = file.read_bytes()
    checked = onelist("check", "--format", "json", *asking)
    result = json.loads(checked.out)
    fixed = {(code, text) for code, text in re.findall(r": fixed ([A-Z]\d+): (.*)", first.out)}
    assert bool(fixed) is (once != before)
    left = {(finding["code"], finding["message"]) for finding in result["findings"]}
    assert not fixed & left
    assert not {"D001", "C008", "F001", "P005"} & {code for code, _ in left}
    again = onelist(*fixing)
    assert ": no edit to make, " in again.out or again.code == 2
    assert file.read_bytes() == once
