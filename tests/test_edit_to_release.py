"""From start to end: a folder with one settings.ini, an edit that breaks it, the fix, the release, the installation."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import rattler

from tests.channels import interpreters, runnable_python, with_module, write_channel
from tests.helpers import settings_text
from tests.runner import LIST, Runner
from tests.servers import wheel_bytes
from tests.upload_servers import KEY, PASSWORD, USER, CondaServer, package_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the workflows run on Linux"),
    pytest.mark.slow,
]


@pytest.fixture
def conda(tmp_path: Path) -> Iterator[CondaServer]:
    (tmp_path / "conda").mkdir()
    with CondaServer(tmp_path / "conda") as server:
        yield server


@pytest.fixture
def runner(
    tmp_path: Path, conda: CondaServer, monkeypatch: pytest.MonkeyPatch, started_onelist: Sequence[str]
) -> Iterator[Runner]:
    """A machine that reaches an index and a conda server on loopback, both of which take uploads."""
    for name in ("UV_CACHE_DIR", "UV_PUBLISH_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    members = [runnable_python("linux-64"), with_module("tiny-dep", "tiny_dep", "X = 1\n", "linux-64")]
    write_channel(tmp_path / "forge", [*interpreters(), *members])
    (tmp_path / "index").mkdir()
    (tmp_path / "index/tiny_dep-1.0-py3-none-any.whl").write_bytes(wheel_bytes("tiny_dep-1.0-py3-none-any.whl"))
    config = tmp_path / "config/rattler/config.toml"
    config.parent.mkdir(parents=True)
    base = rattler.Channel("ada").base_url.rstrip("/")
    config.write_text(f'[mirrors]\n"{base}" = ["{conda.url}/ada"]\n', encoding="utf-8")
    with package_index(tmp_path / "index", "--hash-algo", "sha256") as index:
        made = Runner(
            tmp_path / "github",
            {
                "ONELIST_CACHE_DIR": str(tmp_path / "cache"),
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_INDEX_URL": f"{index}/simple/",
                "UV_PUBLISH_URL": f"{index}/",
                "UV_PUBLISH_CHECK_URL": f"{index}/simple/",
                "UV_PUBLISH_USERNAME": USER,
                "UV_PUBLISH_PASSWORD": PASSWORD,
                "ANACONDA_SERVER_URL": conda.url,
            },
            onelist=started_onelist,
        )
        made.workflows = made.work / ".github/workflows"
        yield made


def test_from_an_edit_in_the_web_page_to_a_release(runner: Runner, conda: CondaServer, tmp_path: Path) -> None:
    def a_list(**keys: str) -> str:
        return settings_text(**LIST | {"conda_user": "ada", "conda_channels": str(tmp_path / "forge")} | keys)

    # A fresh folder with one settings.ini.
    (runner.work / "settings.ini").write_text(a_list(), encoding="utf-8")
    assert runner.steps([{"run": "onelist init --github"}], "x", {}).code == 0
    runner.commit("A list", {})
    assert runner.job("check.yml", "check").code == 0

    # An edit that breaks the list: shown at its line, and nothing is released.
    runner.commit("Edit settings.ini", {"settings.ini": a_list(requirements="\n tiny-dep==9", version="1.1")})
    text = (runner.work / "settings.ini").read_text(encoding="utf-8")
    line = text.split("\n").index(" tiny-dep==9") + 1
    checked = runner.job("check.yml", "check")
    assert checked.code == 1
    assert (
        f"::error file=settings.ini,line={line},col=2,endColumn=12,title=A002::pip cannot install tiny-dep==9 on any platform: "
        in checked.out
    )
    assert "- **Error** A002, line " in checked.summary
    assert runner.job("release.yml", "prepare").code != 0

    # The daily check offers the fix as a pull request, which is merged.
    assert runner.job("watch.yml", "check").code == 0
    assert runner.job("watch.yml", "issue").code == 0
    assert runner.job("watch.yml", "fix").code == 0
    assert [one["head"] for one in runner.gh["pr"]] == ["onelist-fix"]
    runner.git(runner.work, "checkout", "-q", "main")
    runner.git(runner.work, "merge", "-q", "onelist-fix")
    runner.git(runner.work, "push", "-q", "origin", "main")
    assert (runner.work / "settings.ini").read_text(encoding="utf-8") == text.replace("tiny-dep==9", "tiny-dep")
    assert runner.job("check.yml", "check").code == 0
    assert runner.job("sync.yml", "sync").code == 0

    # A release on both sides, once.
    assert runner.job("release.yml", "prepare").code == 0
    assert runner.needs["prepare.release"] == "true"
    published = runner.job("release.yml", "publish", ANACONDA_API_KEY=KEY)
    assert published.code == 0, published.out
    assert not {KEY, PASSWORD} & set(published.out.split())
    assert runner.job("release.yml", "prepare").code == 0
    assert runner.needs["prepare.release"] == "false"
    assert conda.uploads == 1

    # The list has no problems again, and the issue is closed.
    looked = runner.job("watch.yml", "check")
    assert looked.code == 0
    assert re.findall(r"(?m)^ *(with \w+), Python .* installed in ", looked.out) == ["with pip", "with conda"]
    assert looked.out.count("can be imported: tiny_dep") == 1
    assert runner.job("watch.yml", "issue").code == 0
    assert [one["state"] for one in runner.gh["issue"]] == ["CLOSED"]

    # pip and rattler install it.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv/bin/python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--index-url"]
    pip += [runner.environment["PIP_INDEX_URL"], "demo"]
    subprocess.run(pip, check=True, env=os.environ | {"PIP_CONFIG_FILE": os.devnull})
    code = "from importlib.metadata import version; print(version('demo'), version('tiny-dep'))"
    ran = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["1.1", "1.0"]
    assert asyncio.run(_by_rattler([f"{conda.url}/ada", str(tmp_path / "forge")], tmp_path)) == {"1.1"}


async def _by_rattler(channels: list[str], folder: Path) -> set[str]:
    records = await rattler.solve(channels, ["demo"], platforms=["linux-64", "noarch"])
    await rattler.install(records, folder / "prefix", cache_dir=folder / "packages", show_progress=False)
    metas = [json.loads(path.read_bytes()) for path in (folder / "prefix/conda-meta").glob("demo-*.json")]
    return {meta["version"] for meta in metas}
