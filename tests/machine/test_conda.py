"""onelist doctor in environments of conda: who has installed what, from which channel, and what only pip has."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from onelist.machine.commands import conda_install
from onelist.machine.facts import CondaPackage
from onelist.machine.look import DoctorOptions, diagnose, install_channels
from onelist.machine.python_trouble import python_troubles
from tests.machine.environments import LIST, Home, codes, install, only, site_packages

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are made as on Linux and macOS")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(folder=tmp_path)


def install_conda(prefix: Path, name: str, version: str = "1.0", info: Path | None = None, **record: object) -> None:
    """Write what conda writes about a package, with the metadata of a distribution as its only file."""
    file = prefix / "conda-meta" / f"{name}-{version}-py_0.json"
    file.parent.mkdir(exist_ok=True)
    files = [(info / "METADATA").relative_to(prefix).as_posix()] if info else []
    file.write_text(json.dumps({"name": name, "version": version, "files": files, **record}), encoding="utf-8")


def test_what_conda_has_installed_alone_is_well_also_where_its_metadata_says_pip(home: Home) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, info=install(prefix, LIST, "1.0", requires=["alpha"], files={}))
    install_conda(prefix, "alpha", "2.0", install(prefix, "alpha", "2.0", installer="pip"))
    assert codes(home.look(prefix, CONDA_PREFIX=str(prefix))) == []


@pytest.mark.parametrize("version", ["2.0", "3.0"], ids=["the same version", "another version"])
def test_a_package_of_conda_and_of_pip_is_removed_and_installed_by_conda_again(home: Home, version: str) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, info=install(prefix, LIST, "1.0", requires=["alpha"], files={}))
    install_conda(prefix, "alpha", "2.0", install(prefix, "alpha", "2.0") if version != "2.0" else None)
    install(prefix, "alpha", version)
    trouble = only(home.look(prefix, CONDA_PREFIX=str(prefix)))
    assert trouble.message == f"alpha is installed by conda (2.0) and by pip ({version}). Their files are mixed."
    assert trouble.commands[0] == "python -m pip uninstall -y alpha"
    assert trouble.commands[-1] == f"conda install -p {prefix} --force-reinstall alpha"


def test_files_that_conda_has_left_out_of_its_package_are_not_lost_and_those_of_its_record_are(home: Home) -> None:
    prefix = home.environment()
    alpha = install(prefix, "alpha", "2.0", installer="conda")
    record = alpha / "RECORD"
    record.write_text(
        record.read_text(encoding="utf-8") + "alpha-2.0.dist-info/direct_url.json,,\nx,y\n", encoding="utf-8"
    )
    install_conda(prefix, LIST, info=install(prefix, LIST, "1.0", requires=["alpha"], files={}))
    install_conda(prefix, "alpha", "2.0", alpha)
    assert codes(home.look(prefix, CONDA_PREFIX=str(prefix))) == []
    install_conda(prefix, "alpha", "2.0", alpha, files=["lib/libalpha.so"])
    trouble = only(home.look(prefix, CONDA_PREFIX=str(prefix)))
    assert trouble.message == "alpha has lost 1 of its files: lib/libalpha.so."
    assert trouble.commands == (f"conda install -p {prefix} --force-reinstall alpha",)


def test_where_conda_may_not_write_the_list_goes_into_an_environment_of_its_own(home: Home) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, info=install(prefix, LIST, "1.0", files={}))
    facts = home.look(prefix, CONDA_PREFIX=str(prefix)).facts
    closed = replace(facts, python=replace(facts.python, can_write=False, can_write_user=False), channels=("ada", "b"))
    (trouble,) = (one for one in python_troubles(closed) if one.code == "no_write_permission")
    assert trouble.commands == ("conda create -n course-meta -c ada -c b course-meta",)
    assert conda_install(closed, "alpha", options=("--force-reinstall",)) == (
        "conda create -n course-meta -c ada -c b course-meta alpha",
    )


def test_a_conda_environment_on_path_that_is_not_active_is_a_note(home: Home) -> None:
    prefix = home.course()
    install_conda(prefix, "python", "3.11.7")
    trouble = only(home.look(prefix))
    assert (trouble.weight, trouble.code) == ("note", "conda_environment_not_active")
    assert trouble.commands == (f"conda activate {prefix}",)


def test_conda_and_mamba_that_are_functions_of_the_shell_are_found_through_their_variables(home: Home) -> None:
    prefix = home.course()
    install_conda(prefix, "python", "3.11.7")
    site = site_packages(prefix)
    (site / "beta-1.0.dist-info/RECORD").unlink()
    (site / "beta-1.0.dist-info/INSTALLER").write_text("conda\n", encoding="utf-8")
    (site / "beta/__init__.py").write_text("raise ValueError\n", encoding="utf-8")
    found = home.look(prefix, CONDA_PREFIX=str(prefix), MAMBA_EXE="/opt/bin/micromamba")
    assert only(found).commands == (f"micromamba install -p {prefix} --force-reinstall beta",)


def test_an_environment_of_pixi_is_changed_through_pixi(home: Home) -> None:
    prefix = home.environment("work/.pixi/envs/default")
    install_conda(prefix, "python", "3.11.7")
    trouble = only(home.look(prefix, CONDA_PREFIX=str(prefix)))
    assert trouble.commands == ("pixi add --pypi course-meta",)


@pytest.mark.parametrize(
    ("channel", "names"),
    [
        ("https://conda.channels.org/teacher/noarch", ("teacher",)),
        ("https://conda.channels.org/teacher", ("teacher",)),
        ("https://conda.channels.org/teacher/linux-64/", ("teacher",)),
        ("https://example.org/channel/osx-arm64", ("https://example.org/channel",)),
        ("https://example.org/t/********/channel", ()),
    ],
)
def test_the_channels_of_the_install_line_come_from_the_record_of_the_list(
    channel: str, names: tuple[str, ...]
) -> None:
    package = CondaPackage(name=LIST, version="1.0", build="py_0", record="", channel=channel)
    assert install_channels({LIST: package}, LIST) == names
    assert install_channels({}, LIST) == ()


def test_what_the_package_of_conda_depends_on_is_compared_with_what_is_there(home: Home) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, depends=["alpha >=2", "zeta", "beta 1.*", "omega ??", "__glibc >=2.17"])
    for name in ("alpha", "beta", "omega"):
        install_conda(prefix, name, "1.5")
    found = home.look(prefix, CONDA_PREFIX=str(prefix))
    assert codes(found) == ["problem conda_missing", "unknown conda_unknown", "unknown pip_only_unknown"]
    assert found.troubles[0].message == (
        "conda's package course-meta is incomplete. It depends on alpha >=2 (1.5 is installed), zeta (nothing is "
        "installed)."
    )
    assert found.troubles[0].commands == (f"conda install -p {prefix} 'alpha>=2' zeta",)


def test_what_only_pip_has_is_unknown_where_the_index_was_not_asked(home: Home) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, depends=["alpha"])
    install_conda(prefix, "alpha", info=install(prefix, "alpha", "1.0"))
    found = home.look(prefix, CONDA_PREFIX=str(prefix))
    assert only(found).message == (
        "It is unknown whether something that only pip has is missing: the package index was not asked (--offline)."
    )
    assert found.exit_code == 3


@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [
        (
            {"success": True, "actions": {"LINK": [{"name": "zeta", "version": "1.0"}]}},
            0,
            "note: The install line would work. It would install 1 package: zeta 1.0.",
        ),
        (
            {"success": False, "solver_problems": ["nothing provides zeta"]},
            1,
            "problem: The install line would fail: nothing provides zeta",
        ),
        (
            {"success": False, "message": "CondaHTTPError: HTTP 000 CONNECTION FAILED"},
            1,
            "unknown: It is unknown whether the install line would work: there is no connection to the packages.",
        ),
    ],
)
def test_conda_says_what_it_would_do_with_a_cache_of_its_own(
    home: Home, answer: object, code: int, expected: str
) -> None:
    prefix = home.environment()
    install_conda(prefix, LIST, depends=["zeta"], channel="https://conda.channels.org/teacher/noarch")
    calls = home.folder / "calls"
    conda = prefix / "bin/conda"
    conda.write_text(
        f"#!/bin/sh\necho \"$@\" >>'{calls}'\ntest -d \"$CONDA_PKGS_DIRS\" || exit 9\necho '{json.dumps(answer)}'\nexit {code}\n",
        encoding="utf-8",
    )
    conda.chmod(0o755)
    variables = home.variables(prefix, CONDA_PREFIX=str(prefix), PATH=f"{prefix}/bin:/usr/bin:/bin")
    found = diagnose(DoctorOptions(wanted=LIST, environment=variables, folder=str(home.folder), seconds=20))
    assert expected in [f"{one.weight}: {one.message}" for one in found.troubles]
    assert calls.read_text(encoding="utf-8") == (f"install -p {prefix} -c teacher --dry-run --json -y course-meta\n")
