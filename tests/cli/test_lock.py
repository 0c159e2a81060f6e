"""`onelist export lock`: pylock.toml, pixi.lock and explicit files, and the programs that read them."""

from __future__ import annotations

import asyncio
import base64
import importlib.metadata
import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import rattler
import rattler.explicit_environment
from packaging.pylock import Pylock
from packaging.version import Version
from uv import find_uv_bin

from tests.channels import Package, runnable_python, with_module, write_channel
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import File, channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


class SourceWithHash(File):
    """A source distribution whose page has a hash; no one asks for the file."""

    @property
    def entry(self) -> dict[str, Any]:
        return File(self.name).entry | {"hashes": {"sha256": "ab" * 32}}


PROJECTS: dict[str, list[File]] = {
    "frame": [
        wheel("frame", "2.0", is_hashed=True, depends=("numbers>=1", "only-there; sys_platform == 'win32'")),
        wheel("frame", "1.0", is_hashed=True),
    ],
    "numbers": [
        wheel("numbers", "2.0", "cp315-cp315-manylinux_2_28_x86_64", is_hashed=True),
        wheel("numbers", "2.0", "cp315-cp315-win_amd64", is_hashed=True),
        wheel("numbers", "2.0", "cp314-cp314-win_amd64", is_hashed=True),
        wheel("numbers", "1.0", is_hashed=True),
    ],
    "only-there": [wheel("only-there", "1.0", is_hashed=True)],
    "odd": [
        wheel("odd", "1.0", is_hashed=True),
        wheel("odd", "1.0", "x-py3-none-any", is_hashed=True),
        wheel("odd", "1.0", "py3-none", is_hashed=True),
    ],
    "without-hash": [wheel("without-hash", "1.0")],
    "built": [SourceWithHash("built-1.0.tar.gz")],
    "course-helpers": [wheel("course-helpers", "1.0", is_hashed=True)],
}
LOGIN = f"Basic {base64.b64encode(b'ada:hunter22').decode()}"
TOKEN = "abcdefgh12345678"  # noqa: S105 - a stand-in


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a channel below another one, as in the address of a channel with a token."""
    subdir = str(rattler.Subdir.current())
    members = [
        runnable_python(subdir),
        with_module("tiny-dep", "tiny_dep", "X = 1\n", subdir),
        Package("python", "3.15.2", "win-64"),
        Package("tiny-dep", "1.0", "win-64", ("python",)),
    ]
    folder = tmp_path_factory.mktemp("channel")
    write_channel(folder / "t" / TOKEN / "mine", members, (subdir, "win-64"))
    return folder


def write(folder: Path, **keys: str) -> None:
    (folder / "settings.ini").write_text(settings_text(**WELL | {"lib_name": "my-course"} | keys), encoding="utf-8")


def test_pylock_has_the_files_of_each_machine_with_their_hashes(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    write(
        tmp_path,
        requirements="frame",
        pip_requirements="course-helpers",
        min_python="3.15",
        platforms="linux-64 win-64",
    )
    targets = ("--target", "linux-64/3.15", "--target", "win-64/3.15")
    ran = onelist("export", "lock", "-o", "pylock.toml", *targets, "--index-url", f"{index.url}/simple/")
    assert (ran.code, ran.out) == (0, "wrote pylock.toml\n")
    text = (tmp_path / "pylock.toml").read_text(encoding="utf-8")
    heading, again = text.splitlines()[:2]
    assert heading == "# A snapshot by onelist: the packages of one day, not the list."
    assert again.endswith("onelist export lock --format pylock --target linux-64/3.15 --target win-64/3.15")
    lock = Pylock.from_dict(tomllib.loads(text))
    assert [(one.name, str(one.version)) for one in lock.packages] == [
        ("course-helpers", "1.0"),
        ("frame", "2.0"),
        ("numbers", "2.0"),
        ("only-there", "1.0"),
    ]
    numbers, there = lock.packages[2:]
    assert numbers.marker is None
    assert [one.filename for one in numbers.wheels or ()] == [
        "numbers-2.0-cp315-cp315-manylinux_2_28_x86_64.whl",
        "numbers-2.0-cp315-cp315-win_amd64.whl",
    ]
    assert str(there.marker) == ('python_version == "3.15" and sys_platform == "win32" and platform_machine == "AMD64"')


def test_a_source_distribution_is_locked_where_pip_builds_it_and_odd_names_are_left_out(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, requirements="odd built", min_python="3.15", platforms="linux-64")
    ran = onelist("export", "lock", "--index-url", f"{index.url}/simple/")
    assert ran.code == 0, ran.err
    built, odd = Pylock.from_dict(tomllib.loads(ran.out)).packages
    assert built.sdist is not None
    assert (built.sdist.filename, built.wheels) == ("built-1.0.tar.gz", None)
    assert [one.filename for one in odd.wheels or ()] == ["odd-1.0-py3-none-any.whl"]


def test_pip_and_uv_install_the_lock(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> None:
    minor = f"3.{sys.version_info[1]}"
    platform = str(rattler.Subdir.current())
    write(tmp_path, requirements="frame<2 course-helpers", min_python="3.11", platforms=platform)
    ran = onelist(
        "export", "lock", "-o", "pylock.toml", "--target", f"{platform}/{minor}", "--index-url", f"{index.url}/simple/"
    )
    assert ran.code == 0
    uv = [find_uv_bin(), "pip", "sync", "pylock.toml", "--no-config", "--no-cache", "--target", "site"]
    done = subprocess.run([*uv, "--python", sys.executable], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "site").glob("*.dist-info")) == [
        "course_helpers-1.0.dist-info",
        "frame-1.0.dist-info",
    ]
    if Version(importlib.metadata.version("pip")) < Version("26.1"):
        return  # it does not read locks
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", "--no-deps"]
    done = subprocess.run(
        [*pip, "--ignore-installed", "-r", "pylock.toml"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    names = sorted(row["metadata"]["name"] for row in json.loads(done.stdout)["install"])
    assert names == ["course_helpers", "frame"]


def test_a_login_of_the_index_is_in_no_lock(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, requirements="frame", min_python="3.15", platforms="linux-64")
    with index_server(PROJECTS, login=LOGIN) as server:
        url = f"{server.url}/simple/".replace("http://", "http://ada:hunter22@")
        ran = onelist("export", "lock", "--index-url", url)
    assert ran.code == 0
    assert "frame-2.0-py3-none-any.whl" in ran.out
    assert "hunter22" not in ran.out + ran.err
    assert "ada" not in ran.out


def test_what_cannot_be_locked_gives_a_sentence(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> None:
    url = ("--index-url", f"{index.url}/simple/")
    write(tmp_path, requirements="frame numbers<1", min_python="3.15", platforms="linux-64")
    ran = onelist("export", "lock", "-q", *url)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "onelist: pip cannot install the list on linux-64/3.15, so there is nothing to lock.\n"
        "    onelist check says what prevents it.\n"
    )
    write(tmp_path, requirements="without-hash", min_python="3.15", platforms="linux-64")
    ran = onelist("export", "lock", "-q", *url)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[0] == (
        "onelist: Could not lock the list for linux-64/3.15: the package index has no SHA-256 of a file, and a lock needs "
        "it (without_hash-1.0-py3-none-any.whl)."
    )


def test_rattler_installs_a_pixi_lock_and_no_token_is_in_it(
    tmp_path: Path, channel: Path, onelist: Callable[..., Ran]
) -> None:
    subdir, minor = str(rattler.Subdir.current()), f"3.{sys.version_info[1]}"
    with channel_server(channel) as server:
        write(tmp_path, requirements="tiny-dep", pip_requirements="course-helpers", min_python="3.11", platforms=subdir)
        place = ("--target", f"{subdir}/{minor}", "--channel", f"{server.url}/t/{TOKEN}/mine")
        ran = onelist("export", "lock", "-q", "-o", "pixi.lock", *place)
        assert ran.code == 0, ran.err
        assert ran.err == "Not in this lock, because only pip installs them: course-helpers\n"
        text = (tmp_path / "pixi.lock").read_text(encoding="utf-8")
        assert text.startswith("# A snapshot by onelist: the packages of one day, not the list.\n")
        assert TOKEN not in text
        environment = rattler.LockFile.from_path(tmp_path / "pixi.lock").default_environment()
        assert environment is not None
        records = environment.conda_repodata_records()[subdir]
        assert {one.name.normalized for one in records} == {"python", "tiny-dep"}
        assert all(one.sha256 for one in records)
        for one in records:
            one.url = one.url.replace("/mine/", f"/t/{TOKEN}/mine/")  # pixi would get it from its keyring
        asyncio.run(_install(records, tmp_path / "prefix", tmp_path / "packages"))
    code = "import tiny_dep; print(tiny_dep.X)"
    python = tmp_path / "prefix/bin/python"
    if sys.platform != "win32":
        assert subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout == "1\n"


async def _install(records: list[rattler.RepoDataRecord], prefix: Path, packages: Path) -> None:
    await rattler.install(records, prefix, cache_dir=packages, show_progress=False)
    await asyncio.sleep(0.01)


def test_an_explicit_file_has_each_address_with_its_hash(
    tmp_path: Path, channel: Path, onelist: Callable[..., Ran]
) -> None:
    write(
        tmp_path, requirements="tiny-dep", min_python="3.15", platforms="win-64",
        conda_channels=str(channel / "t" / TOKEN / "mine"),
    )  # fmt: skip
    ran = onelist("export", "lock", "-q", "--format", "explicit", "--target", "win-64/3.15")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[2:4] == ["# platform: win-64", "@EXPLICIT"]
    assert all(len(line.partition("#")[2]) == 32 for line in lines[4:])
    spec = rattler.explicit_environment.ExplicitEnvironmentSpec.from_str(ran.out)
    assert [one.url.rpartition("/")[2].partition("-")[0] for one in spec.packages] == ["python", "tiny"]
    ran = onelist(
        "export", "lock", "-q", "--format", "explicit", "--target", "win-64/3.15", "--target", "linux-64/3.15"
    )
    assert ran.code == 2


def test_the_format_and_the_machines_have_to_fit(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, requirements="frame", min_python="3.14", platforms="linux-64 win-64")
    two = ("--target", "linux-64/3.14", "--target", "linux-64/3.15")
    ran = onelist("export", "lock", "--format", "pixi", *two)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: A lock for pixi has one Python.")
    two = ("--target", "linux-64/3.14", "--target", "win-64/3.14")
    ran = onelist("export", "lock", "--format", "explicit", *two)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: An explicit file is for one platform.")
    write(tmp_path, requirements="frame", conda_channels="none", min_python="3.15")
    ran = onelist("export", "lock", "-o", "pixi.lock", "--target", "linux-64/3.15")
    assert ran.code == 2
    assert "Lock it for pip with --format pylock." in ran.err
    assert not (tmp_path / "pixi.lock").exists()


@pytest.mark.parametrize("name", ["conda-lock.yml", "my.toml", "pylock.a.b.toml", "pylock"])
def test_a_name_with_which_pip_and_uv_read_no_lock_is_refused(
    tmp_path: Path, name: str, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, requirements="frame", min_python="3.15")
    ran = onelist("export", "lock", "-o", name)
    assert ran.code == 2
    assert ran.err.splitlines()[0] == (
        f"onelist: {name} is not a name for a pylock file: pip and uv read only pylock.toml and pylock.NAME.toml."
    )
    assert not (tmp_path / name).exists()


def test_sync_does_not_keep_a_lock_and_init_makes_no_list_of_it(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, requirements="frame", min_python="3.15", platforms="linux-64")
    assert onelist("export", "lock", "-o", "pylock.toml", "--index-url", f"{index.url}/simple/").code == 0
    before = (tmp_path / "pylock.toml").read_bytes()
    write(tmp_path, requirements="numbers", min_python="3.15", platforms="linux-64")
    assert onelist("sync").code == 0
    assert (tmp_path / "pylock.toml").read_bytes() == before
    (tmp_path / "renamed.toml").write_bytes(before)
    for name in ("pylock.toml", "renamed.toml"):
        ran = onelist("init", "new", "--from", name)
        assert ran.code == 2
        assert ran.err.splitlines() == [
            f"onelist: {name} is a lock: it names each package of one day, and a list names what the course uses.",
            "    Name the file from which it was made, such as pixi.toml or pyproject.toml.",
        ]
