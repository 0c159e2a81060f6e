"""onelist doctor asks the installer that the learner has what the install line would do, and changes nothing."""

from __future__ import annotations

import importlib.metadata
import json
import stat
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from onelist.machine.facts import DryRun
from onelist.machine.list_trouble import list_troubles
from onelist.machine.look import DoctorOptions, diagnose
from tests.machine.environments import LIST, Home, codes, install, site_packages
from tests.servers import File, index_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onelist.machine.look import Diagnosis
    from tests.servers import Server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are made as on Linux and macOS")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    def project(name: str, version: str = "1.0", depends: tuple[str, ...] = ()) -> list[File]:
        return [File(f"{name.replace('-', '_')}-{version}-py3-none-any.whl", depends=depends)]

    projects = {
        LIST: project(LIST, "1.0", ("alpha>=2", "beta", "never; sys_platform == 'plan9'")),
        "alpha": project("alpha", "2.0"),
        "beta": project("beta"),
        "impossible": project("impossible", "1.0", ("alpha>=9",)),
    }
    with index_server(projects) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(folder=tmp_path)


def link_pip(prefix: Path) -> None:
    """Let an environment have the pip of this one."""
    found = importlib.metadata.distribution("pip")
    for name in ("pip", f"pip-{found.version}.dist-info"):
        (site_packages(prefix) / name).symlink_to(str(found.locate_file(name)))


def look(home: Home, prefix: Path, url: str, wanted: str = LIST) -> Diagnosis:
    """Look at an environment, with an index that the installer may ask."""
    variables = home.variables(prefix, PIP_INDEX_URL=url)
    return diagnose(DoctorOptions(wanted=wanted, environment=variables, folder=str(home.folder), seconds=30))


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return each file and folder below a folder, with its size and the time of its last change, without the links."""
    found = [(path, path.lstat()) for path in (folder, *folder.rglob("*"))]
    return {str(path): (one.st_size, one.st_mtime_ns) for path, one in found if not stat.S_ISLNK(one.st_mode)}


def test_pip_says_what_it_would_install_and_nothing_is_changed(home: Home, index: Server) -> None:
    prefix = home.environment()
    link_pip(prefix)
    before = state(home.folder)
    found = look(home, prefix, f"{index.url}/simple/")
    assert codes(found) == ["problem not_installed", "note install_would_work", "note other_source"]
    assert found.troubles[1].message == (
        "The install line would work. It would install 3 packages: alpha 2.0, beta 1.0, course-meta 1.0."
    )
    assert state(home.folder) == before


def test_pip_says_why_the_install_line_would_fail(home: Home, index: Server) -> None:
    prefix = home.environment()
    link_pip(prefix)
    found = look(home, prefix, f"{index.url}/simple/", "impossible")
    assert codes(found) == ["problem not_installed", "problem install_would_fail", "problem other_source"]
    assert "alpha>=9" in found.troubles[1].message


def test_without_a_connection_it_is_unknown_whether_the_install_line_would_work(home: Home) -> None:
    prefix = home.environment()
    link_pip(prefix)
    found = look(home, prefix, "http://127.0.0.1:9/simple/")
    assert codes(found) == ["problem not_installed", "unknown install_unknown", "note other_source"]
    assert found.troubles[1].message == (
        "It is unknown whether the install line would work: there is no connection to the packages."
    )


def test_what_has_an_address_needs_a_connection_too(home: Home) -> None:
    prefix = home.course()
    link_pip(prefix)
    requires = ["beta", "gone @ http://127.0.0.1:9/gone-1.0-py3-none-any.whl"]
    install(prefix, LIST, "1.0", requires=requires, files={})
    assert codes(look(home, prefix, "http://127.0.0.1:9/simple/"))[:2] == [
        "problem requirement_missing",
        "unknown install_unknown",
    ]


def test_an_install_line_that_would_install_nothing_is_told(home: Home, index: Server) -> None:
    prefix = home.course()
    link_pip(prefix)
    install(prefix, LIST, "1.0", requires=["alpha[plot]"], files={})
    install(
        prefix, "alpha", "2.0", requires=['helper; extra == "plot"']
    )  # pip passes over an extra that is not declared
    found = look(home, prefix, f"{index.url}/simple/")
    assert found.troubles[1].message == "The install line would work, but it would install nothing."


def test_what_only_pip_has_is_found_missing_where_conda_has_installed_the_list(home: Home, index: Server) -> None:
    prefix = home.environment()
    link_pip(prefix)
    install(prefix, "alpha", "2.0", installer="conda")
    (prefix / "conda-meta").mkdir()
    for name in (f"{LIST}-1.0", "alpha-2.0"):
        record = {"depends": ["alpha >=2", "__unix"], "files": []}
        (prefix / f"conda-meta/{name}-py_0.json").write_text(json.dumps(record), encoding="utf-8")
    found = look(home, prefix, f"{index.url}/simple/")
    assert codes(found)[0] == "problem pip_only_missing"
    assert found.troubles[0].message == (
        "course-meta is incomplete: beta is not installed. conda has installed course-meta, but conda cannot install "
        "what only pip has."
    )
    assert found.troubles[0].commands == ("python -m pip install beta",)
    assert found.facts.dry_run is not None
    assert found.facts.dry_run.would_install == ("beta 1.0",)


def test_a_line_that_fails_comes_with_the_one_that_makes_its_environment(home: Home) -> None:
    facts = home.look(home.environment()).facts
    facts = replace(facts, python=replace(facts.python, externally_managed=True))
    folder = home.folder / "venvs/course-meta"
    line = f"{folder}/bin/python -m pip install course-meta"
    facts = replace(facts, dry_run=DryRun(command=line, error="no release"))
    (failed,) = (one for one in list_troubles(facts) if one.code == "install_would_fail")
    assert failed.commands == (f"python -m venv {folder}", line)
