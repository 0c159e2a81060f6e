"""`onelist try`: real installations into fresh environments, with pip and conda (rattler)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.sources.installers import find_indexes
from tests.channels import Package, runnable_python, with_module, write_channel
from tests.helpers import settings_text
from tests.misbehaviour import WAYS
from tests.servers import LOGIN, Fault, channel_server, index_server, sdist, wheel
from tests.sources.metadata.archives import OLD, tar_gz

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = [pytest.mark.usefixtures("own_caches"), pytest.mark.slow]

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PROJECTS = {
    "good": [wheel("good", "1.0", depends=("helper",), modules=(("goodness/__init__.py", "import helper\n"),))],
    "helper": [wheel("helper", "1.0", modules=(("helper.py", "X = 1\n"), ("_private.py", "1 / 0\n")))],
    "bad": [wheel("bad", "1.0", modules=(("bad.py", "import nowhere_to_be_found\n"),))],
    "dies": [wheel("dies", "1.0", modules=(("dies.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"),))],
    "empty": [wheel("empty", "1.0")],
    "clash": [wheel("clash", "1.0", depends=("helper>=2",))],
    "gone": [wheel("gone", "1.0", depends=("never-published",))],
}
BACKEND = """
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    {first}
    name = "{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as archive:
        folder = "{name}-1.0.dist-info/"
        archive.writestr("{name}.py", "X = 1")
        archive.writestr(folder + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        archive.writestr(folder + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(folder + "RECORD", "")
    return name
"""
"""A build backend that needs nothing but Python (PEP 517)."""
FOOTER = r"with pip, Python {}: (\d+) packages? installed in \d+\.\d s, \d+(?:\.\d)? [kM]B on disk\n"


@pytest.fixture
def tried(tmp_path: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Try a list with these keys."""

    def run(*arguments: str, **keys: str) -> Ran:
        (tmp_path / "settings.ini").write_text(settings_text(min_python="3.8", **keys), encoding="utf-8")
        return onelist("try", *arguments)

    return run


def with_pip(server: Server) -> tuple[str, ...]:
    return ("--installer", "pip", "--index-url", f"{server.url}/simple/", "--timeout", "60")


def test_pip_installs_the_list_and_its_modules_are_imported(tmp_path: Path, tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), requirements="good", pip_requirements="helper empty good>=0 empty")
    assert ran.code == 0, ran.out + ran.err
    assert re.fullmatch(
        FOOTER.format(re.escape(PYTHON)) + "  can be imported: goodness, helper\n  nothing to import: empty\n", ran.out
    )
    assert re.search(r": 4 packages", ran.out)  # the list itself among them
    assert sorted(path.name for path in tmp_path.iterdir()) == ["onelist-cache", "settings.ini"]


def test_pip_a_failed_import_is_shown_with_its_error(tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), requirements="good bad dies")
    assert ran.code == 1
    assert "  can be imported: goodness\n" in ran.out
    assert (
        "  cannot be imported: bad (from bad): ModuleNotFoundError: No module named 'nowhere_to_be_found'\n" in ran.out
    )
    if sys.platform != "win32":
        assert "  cannot be imported: dies (from dies): signal 9 ended the Python process\n" in ran.out


def test_pip_without_imports_or_without_dependencies(tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), "--no-import", requirements="bad")
        assert re.fullmatch(FOOTER.format(re.escape(PYTHON)), ran.out)
        ran = tried(*with_pip(server), "--no-deps", requirements="good")
    assert ran.code == 0
    assert re.search(r": 2 packages installed", ran.out)


def source_of(name: str, first: str = "pass") -> bytes:
    """Return a source distribution that builds itself; ``first`` is the first line of its build."""
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "pyproject.toml": project,
        "backend.py": BACKEND.format(name=name, first=first),
        "PKG-INFO": OLD.format(name=name, version="1.0"),
    }
    return tar_gz(files, root=f"{name}-1.0/")


def with_sources(server: Server, **firsts: str) -> Server:
    """Let an index serve source distributions, each with the first line of its build."""
    for name, first in firsts.items():
        server.instead[f"/files/{name}-1.0.tar.gz"] = source_of(name, first)
    return server


def test_pip_builds_what_has_no_wheel_and_says_so_again_from_its_cache(tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS | {"pure": [sdist("pure", "1.0")]}) as server:
        with_sources(server, pure="pass")
        for _ in range(2):
            ran = tried(*with_pip(server), requirements="Pure empty")
            assert ran.code == 0, ran.out + ran.err
            assert re.search(r": 3 packages installed in .* on disk; pip builds pure 1\.0 from source\n", ran.out)
            assert "  can be imported: pure\n" in ran.out


def test_pip_a_build_that_fails_is_the_lists_fault_and_no_unknown(tried: Callable[..., Ran]) -> None:
    with index_server({"native": [sdist("native", "1.0")]}) as server:
        with_sources(server, native="raise SystemExit('gcc: command not found')")
        ran = tried(*with_pip(server), requirements="native")
    assert ran.code == 1
    assert ran.out.startswith(f"with pip, Python {PYTHON}: cannot be installed:\n")
    assert "gcc: command not found" in ran.out


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.UNAUTHORIZED, "requires a password or token, or rejects the one that it got"),
        (Fault.FORBIDDEN, "requires a password or token, or rejects the one that it got"),
        (Fault.INTERNAL, "has an internal error"),
        (Fault.WRONG_TYPE, "sent an unexpected response, perhaps a login page"),
    ],
)
def test_pip_a_page_that_does_not_come_is_unknown_and_not_absent(
    tried: Callable[..., Ran], fault: Fault, words: str
) -> None:
    with index_server(PROJECTS) as server:
        server.fail("/simple/helper/", fault)
        ran = tried(*with_pip(server), requirements="good")
    assert (ran.code, ran.out) == (3, f"with pip, Python {PYTHON}: unknown: the package index {words}\n")


@pytest.mark.parametrize("content", [LOGIN, bytes(3000), b"[[["], ids=["login page", "zeros", "brackets"])
def test_pip_something_else_in_place_of_a_wheel_is_unknown(tried: Callable[..., Ran], content: bytes) -> None:
    with index_server(PROJECTS) as server:
        server.instead["/files/good-1.0-py3-none-any.whl"] = content
        ran = tried(*with_pip(server), requirements="good")
    words = "the package index sent an unexpected response, perhaps a login page"
    assert (ran.code, ran.out) == (3, f"with pip, Python {PYTHON}: unknown: {words}\n")


def test_pip_heeds_no_settings_of_this_machine(
    tmp_path: Path, tried: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nonly-binary = :all:\nno-deps = true\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "target"))
    with index_server(PROJECTS | {"pure": [sdist("pure", "1.0")]}) as server:
        with_sources(server, pure="pass")
        ran = tried(*with_pip(server), "--no-import", requirements="good pure")
    assert ran.code == 0, ran.out + ran.err
    assert ": 4 packages installed in " in ran.out


def test_pip_explains_why_a_list_cannot_be_installed(tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), requirements="good clash")
        assert ran.code == 1
        assert ran.out.startswith(f"with pip, Python {PYTHON}: cannot be installed:\n  ERROR: ")
        assert "helper>=2 (from clash)" in ran.out


def test_pip_an_unreachable_index_gives_unknown(tried: Callable[..., Ran]) -> None:
    ran = tried("--installer", "pip", "--index-url", "http://127.0.0.1:9/simple/", requirements="good")
    assert ran.code == 3
    assert ran.out == f"with pip, Python {PYTHON}: unknown: the package index could not be reached\n"


def test_the_running_python_need_not_be_on_path(
    tmp_path: Path, tried: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), requirements="good")
    assert ran.code == 0, ran.out + ran.err


def test_the_lowest_python_of_the_list_is_the_default_if_it_is_newer(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(min_python="3.99", requirements="good"), encoding="utf-8")
    ran = onelist("try", "--installer", "pip", "--index-url", "http://127.0.0.1:9/simple/")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: There is no Python 3.99 on this machine.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--python", "3.99"), "There is no Python 3.99 on this machine."),
        (("--python", PYTHON, "--python", "3.99"), "There is no Python 3.99 on this machine."),
        (("--python", "3.7"), "Python 3.7 is lower than min_python, which is 3.8."),
        (("--python", "new"), "new is not a Python version."),
    ],
)
def test_a_python_that_is_not_valid_or_not_installed_is_a_usage_error(
    tried: Callable[..., Ran], arguments: tuple[str, ...], said: str
) -> None:
    with index_server(PROJECTS) as server:
        ran = tried(*with_pip(server), *arguments, requirements="good")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"onelist: {said}\n")
    assert server.requests == []  # nothing was installed before all Pythons were found


@pytest.mark.index
def test_pip_installs_small_packages_of_the_real_index(tried: Callable[..., Ran]) -> None:
    from urllib.request import urlopen

    address = find_indexes(None, []).indexes[0].address
    try:
        urlopen(address.rstrip("/") + "/six/", timeout=10).close()  # noqa: S310 - the installers' own
    except OSError:
        pytest.skip("the package index cannot be reached")
    ran = tried("--installer", "pip", requirements="six pyyaml", pip_requirements="packaging")
    if ran.code == 3:
        pytest.skip("the package index cannot be reached by uv")
    assert ran.code == 0, ran.out
    assert "  can be imported: six, yaml, packaging\n" in ran.out


def test_the_password_of_an_index_is_not_shown(tried: Callable[..., Ran]) -> None:
    with index_server(PROJECTS, login="nobody") as server:
        address = server.url.replace("//", "//ada:lovel4ce@") + "/simple/"
        ran = tried("--installer", "pip", "--index-url", address, requirements="good")
    assert ran.code in {1, 3}
    assert "lovel4ce" not in ran.out + ran.err


# --- conda ---------------------------------------------------------------------------------------------------


@pytest.fixture
def forge(tmp_path: Path) -> Path:
    """Create a channel with a Python that runs."""
    if sys.platform == "win32":
        pytest.skip("the program in place of Python is a shell script")
    from onelist.sources.conda.solving.solver import task_for_this_machine

    subdir = task_for_this_machine((), (), 1).subdir
    packages = [
        runnable_python(subdir),
        with_module("good", "goodness", "X = 1\n", subdir),
        with_module("bad", "badness", "import nowhere_to_be_found\n", subdir),
        Package("program", "1.0", subdir, (), files=(("share/program", "x\n"),)),
        Package("gone", "1.0", depends=("never-published",)),
    ]
    return write_channel(tmp_path / "forge", packages, [subdir])


def test_conda_installs_the_list_and_its_modules_are_imported(forge: Path, tried: Callable[..., Ran]) -> None:
    ran = tried("--installer", "conda", "--channel", str(forge), requirements="good", conda_requirements="program")
    assert ran.code == 0, ran.out + ran.err
    assert re.fullmatch(
        rf"with conda, Python {re.escape(PYTHON)}: 4 packages installed in \d+\.\d s, \S+ kB on disk\n"
        r"  can be imported: goodness\n  nothing to import: program\n",
        ran.out,
    )
    ran = tried("--installer", "conda", "--channel", str(forge), requirements="good bad")
    assert ran.code == 1
    assert (
        "  cannot be imported: badness (from bad): ModuleNotFoundError: No module named 'nowhere_to_be_found'\n"
        in ran.out
    )
    ran = tried("--installer", "conda", "--channel", str(forge), "--no-deps", requirements="good")
    assert ran.code == 0
    assert ": 2 packages installed in " in ran.out


def test_conda_explains_why_a_list_cannot_be_installed(forge: Path, tried: Callable[..., Ran]) -> None:
    ran = tried("--installer", "conda", "--channel", str(forge), requirements="gone")
    assert ran.code == 1
    assert ran.out.startswith(f"with conda, Python {PYTHON}: cannot be installed:\n")
    assert "never-published" in ran.out


def test_conda_a_failed_download_gives_unknown(forge: Path, tried: Callable[..., Ran]) -> None:
    with channel_server(forge) as server:
        server.fail(r"/good-1\.0", Fault.NOT_FOUND)
        ran = tried("--installer", "conda", "--channel", server.url, requirements="good")
    assert ran.code == 3
    assert "unknown: a channel " in ran.out


def test_conda_a_panic_of_rattler_gives_unknown(forge: Path, tried: Callable[..., Ran]) -> None:
    with channel_server(forge) as server:
        server.fail("shards|zst", Fault.NOT_FOUND)
        server.fail("json$", WAYS["304 unasked"])
        ran = tried("--installer", "conda", requirements="good", conda_channels=server.url)
    assert ran.code == 3
    assert f"with conda, Python {PYTHON}: unknown: a channel could not be read, because of an error inside" in ran.out


def test_conda_an_unreachable_channel_gives_unknown(tried: Callable[..., Ran]) -> None:
    ran = tried("--installer", "conda", "--channel", "http://127.0.0.1:9/x", "--timeout", "5", requirements="good")
    assert ran.code == 3


def test_a_channel_that_is_none_is_refused_before_pip_installs(tried: Callable[..., Ran]) -> None:
    ran = tried("--index-url", "http://127.0.0.1:9/simple/", "--channel", "defaults", requirements="good")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "onelist: defaults is not a channel: each reader has other default channels.\n"
        "    Name the channels themselves, such as conda-forge or pkgs/main.\n"
    )
