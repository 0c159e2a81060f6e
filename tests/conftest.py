"""Fixtures: small projects, the command line in this process, the real settings files where they exist."""

from __future__ import annotations

import datetime
import gc
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from onelist.cli.main import main
from onelist.sources.installers import uv_program
from tests.helpers import ROOT, SETTINGS, Ran
from tests.warm_server import warm_onelist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHARED = ROOT.parent / "shared"
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
"""The time in every test: findings about Pythons and pins depend on it."""
# A busy machine is slow, which is not a fault of the product. In CI, each run tries the same examples.
hypothesis.settings.register_profile("onelist", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.register_profile(
    "few",  # for the fuzz targets, each of which the nightly workflow runs for a minute
    hypothesis.settings.get_profile("onelist"),
    max_examples=6,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("onelist")
# The programs that tests start keep their bytecode, as they do for a user; else each of hundreds compiles the source.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Tests of findings see all of them with all of their lines; those of the default screen delete the variable.
os.environ["ONELIST_VERBOSE"] = "1"
# On a busy machine, a run can last so long that its log has a line about its progress.
os.environ["ONELIST_QUIET"] = "1"
# The processes of the suite and the programs that they start keep the memory that they have freed. To return it to the
# system and to take it again is a tenth of the CPU time (glibc's mallopt(3); other systems ignore it).
os.environ.update({
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": f"{1 << 25}",
    "MALLOC_TOP_PAD_": f"{1 << 25}",
    "MALLOC_TRIM_THRESHOLD_": f"{1 << 30}",
})  # fmt: skip

# Each client of rattler and each uv reads the trusted certificates: one file in place of the 300 of a folder.
_CERTIFICATES = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
if _CERTIFICATES and Path(_CERTIFICATES).is_file():
    os.environ["SSL_CERT_FILE"] = _CERTIFICATES
    os.environ.pop("SSL_CERT_DIR", None)

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder there that nobody else can read
_ROOM = 2 << 30


def _has_room(folder: Path) -> bool:
    """Tell whether a folder has room for what the tests write, which is 0.1 GB at a time, and may hold programs."""
    try:
        found = os.statvfs(folder)
    except (AttributeError, OSError):  # Windows has no statvfs
        return False
    return found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)


# The tests write 90,000 small files. In memory that takes a fifth less of the system's time, and no time of a disk.
if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _has_room(_MEMORY):
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small settings.ini, a README and a LICENSE."""
    (tmp_path / "settings.ini").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "README.md").write_text("# Course\n", encoding="utf-8")
    (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def onelist(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Run the command line in this process, in ``tmp_path``, at a fixed time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def run(*arguments: str | Path, now: datetime.datetime = NOW) -> Ran:
        code = main([str(argument) for argument in arguments], now=now)
        out, err = capsys.readouterr()
        return Ran(code=code, out=out, err=err)

    return run


@pytest.fixture(scope="session")
def started_onelist() -> Iterator[Sequence[str]]:
    """The command of an onelist that is already loaded, for tests that start it many times."""
    with warm_onelist() as command:
        yield command


def real_settings() -> list[Path]:
    """Return the real settings files; an empty list where the folder does not exist."""
    return sorted((SHARED / "data/settings").glob("*.ini"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize each test that takes ``real_file`` with every real settings file, or skip it with the reason."""
    if "real_file" not in metafunc.fixturenames:
        return
    files = real_settings()
    if files:
        metafunc.parametrize("real_file", files, ids=[path.stem for path in files])
    else:
        reason = "the real settings files are not beside this checkout (../shared/data/settings)"
        metafunc.parametrize("real_file", [pytest.param(Path(), marks=pytest.mark.skip(reason=reason))])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first; the others keep their order."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection() -> None:
    """Look for no garbage while tests are collected: nearly all that is made then stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector leave the thousands of collected tests alone, and look less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session")
def python_known_to_uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of uv that knows this Python, so that uv need not start it in each test to ask what it is."""
    cache = tmp_path_factory.mktemp("uv-cache")
    command = [uv_program(), "pip", "compile", "-", "--no-config", "--python", sys.executable, "--quiet"]
    subprocess.run(command, input=b"", env={**os.environ, "UV_CACHE_DIR": str(cache)}, check=True)
    return cache


@pytest.fixture
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python_known_to_uv: Path) -> None:
    """Give a test its own cache, and hide the user's configuration."""
    monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path / "onelist-cache"))
    shutil.copytree(python_known_to_uv, tmp_path / "onelist-cache/uv-pip")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
