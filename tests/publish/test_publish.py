"""`onelist publish` to real servers on loopback: the first time, again, after failures, and installed from there."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rattler
import rattler_build
import trustme

from onelist.analysis.progress import Step
from onelist.core.errors import UsageError
from onelist.publish import index as upload_to_index
from onelist.publish import upload
from onelist.publish.channel import ChannelRepository
from onelist.publish.destination import parse_destination
from onelist.publish.repository import PackageFile
from onelist.publish.upload import redact_output
from onelist.sources.cache import CachePolicy
from onelist.sources.conda.gateway import Channels
from onelist.sources.installers import default_index, uv_program
from tests.channels import Package, interpreters, write_channel
from tests.helpers import settings_text
from tests.processes import children, ends, name_of
from tests.servers import Gate, wheel_bytes
from tests.upload_servers import (
    IDENTITY,
    KEY,
    MINTED,
    PASSWORD,
    REQUEST,
    USER,
    CondaServer,
    FaultyProxy,
    package_index,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.helpers import Ran

pytestmark = [
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.skipif(sys.platform != "linux", reason="the conda packages of these tests are for Linux"),
]
WHEEL, SDIST, CONDA = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-1.0-0.conda"


class Scene:
    """A list, and an index and a conda server that accept uploads."""

    def __init__(self, folder: Path, index: str, conda: CondaServer, onelist: Callable[..., Ran]) -> None:
        self.folder, self.index, self.conda, self._onelist = folder, index, conda, onelist
        self.files = folder / "index"

    @property
    def to(self) -> tuple[str, ...]:
        return ("--to", "pypi", "--to", "anaconda:ada")

    def publish(self, *arguments: str) -> Ran:
        ran = self._onelist("publish", "--wait", "3", "--timeout", "60", *(arguments or self.to))
        for secret in (PASSWORD, KEY):
            assert secret not in ran.out + ran.err
        return ran

    def rows(self, ran: Ran) -> dict[str, str]:
        """Return the result of each destination and file in the table."""
        lines = re.findall(r"(?m)^(\S.*?)  +(demo\S+)  +(.+)$", ran.out)
        return {f"{place} {file}": said for place, file, said in lines}

    def published(self) -> tuple[list[str], list[str]]:
        """Return the files of the version on both sides."""
        noarch = self.conda.channel("ada") / "noarch"
        listed = json.loads((noarch / "repodata.json").read_bytes())["packages.conda"] if noarch.exists() else {}
        return sorted(path.name for path in self.files.glob("demo-*")), sorted(listed)

    def write(self, **keys: str) -> None:
        """Write the list."""
        keys = {"lib_name": "demo", "version": "1.0", "license": "apache2", "description": "d"} | keys
        keys = {
            "requirements": "tiny-dep",
            "min_python": "3.14",
            "platforms": "linux-64",
        } | keys  # few Pythons to resolve for
        text = settings_text(**{"conda_channels": str(self.folder / "forge"), "conda_user": "ada"} | keys)
        (self.folder / "settings.ini").write_text(text, encoding="utf-8")


@pytest.fixture
def scene(tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
    (tmp_path / "index").mkdir()
    (tmp_path / "index/tiny_dep-1.0-py3-none-any.whl").write_bytes(wheel_bytes("tiny_dep-1.0-py3-none-any.whl"))
    write_channel(tmp_path / "forge", [*interpreters(), Package("tiny-dep", "1.0", depends=("python",))])
    with (
        package_index(tmp_path / "index", "--hash-algo", "sha256") as index,
        CondaServer(tmp_path / "conda") as conda,
    ):
        (tmp_path / "conda").mkdir()
        base = rattler.Channel("ada").base_url.rstrip("/")
        config = tmp_path / "config/rattler/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[mirrors]\n"{base}" = ["{conda.url}/ada"]\n', encoding="utf-8")
        for name, value in {
            "UV_PUBLISH_URL": f"{index}/",
            "UV_PUBLISH_CHECK_URL": f"{index}/simple/",
            "UV_PUBLISH_USERNAME": USER,
            "UV_PUBLISH_PASSWORD": PASSWORD,
            "UV_HTTP_RETRIES": "0",
            "ANACONDA_SERVER_URL": conda.url,
            "ANACONDA_API_KEY": KEY,
            "PREFIX_SERVER_URL": conda.url,
            "PREFIX_API_KEY": KEY,
            "QUETZ_API_KEY": KEY,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{index}/simple/")
        made = Scene(tmp_path, index, conda, onelist)
        made.write()
        yield made


EVERYTHING = ([WHEEL, SDIST], [CONDA])


def test_the_second_run_uploads_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.write(min_python="3.11")  # this Python installs it
    printed: list[str] = []

    def run_and_keep(command: list[str], environment: Mapping[str, str], seconds: float, *, output: Path) -> None:
        upload.run_uploader(command, environment, seconds, output=output)
        printed.append(output.read_text(encoding="utf-8"))

    monkeypatch.setattr(upload_to_index, "run_uploader", run_and_keep)
    ran = scene.publish()
    assert ran.code == 0, ran.out + ran.err
    assert re.findall(r"(?m)^Uploading (\S+) ", printed[0]) == [WHEEL, SDIST]  # what the progress line reads
    assert scene.rows(ran) == {
        f"pypi {WHEEL}": "sent and listed",
        f"pypi {SDIST}": "sent and listed",
        f"anaconda:ada {CONDA}": "sent and listed",
    }
    assert scene.published() == EVERYTHING
    assert "pip install demo: works (2 packages)\n" in ran.out
    assert re.search(r"mamba install -c ada -c \S+ demo: works \(3 packages\)\n", ran.out)
    again = scene.publish()
    assert again.code == 0, again.out + again.err
    assert set(scene.rows(again).values()) == {"already published, identical"}
    assert scene.conda.uploads == 1


def test_the_progress_of_an_upload_counts_the_bytes_of_whole_files(tmp_path: Path) -> None:
    files = [PackageFile(path=tmp_path / name, sha256="") for name in (WHEEL, SDIST)]
    for size, file in enumerate(files, start=1):
        file.path.write_bytes(b"x" * 1000 * size)
    output = tmp_path / "output.txt"
    nothing = Step(done=0, total=3000, verb="sent", in_bytes=True)
    assert upload.uploaded(files, output) == nothing
    output.write_text(f"Publishing 2 files\nUploading {WHEEL} (1.0KiB)\n", encoding="utf-8")
    assert upload.uploaded(files, output) == nothing
    output.write_text(f"Uploading {WHEEL} (1.0KiB)\nUploading {SDIST} (2.0KiB)\n", encoding="utf-8")
    assert upload.uploaded(files, output) == nothing._replace(done=1000)


def test_pip_uv_and_rattler_install_what_was_published(scene: Scene, tmp_path: Path) -> None:
    scene.write(min_python="3.11")  # this Python installs it
    assert scene.publish().code == 0
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "PIP_", "PYTHON"))}
    address = f"{scene.index}/simple/"
    for name in ("pip", "uv"):
        python = tmp_path / name / "bin/python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / name)], check=True)
        install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--index-url", address]
        if name == "uv":
            install = [uv_program(), "pip", "install", "-q", "--python", str(python), "--default-index", address]
        environment = clean | {"UV_CACHE_DIR": str(tmp_path / "fresh"), "PIP_CONFIG_FILE": os.devnull}
        subprocess.run([*install, "demo"], check=True, env=environment)
        code = "from importlib.metadata import version; print(version('demo'), version('tiny-dep'))"
        ran = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
        assert ran.stdout.split() == ["1.0", "1.0"]
    found = _installed_by_rattler(tmp_path, [f"{scene.conda.url}/ada", str(tmp_path / "forge")])
    assert found == {"demo": "1.0", "tiny-dep": "1.0"}


def _installed_by_rattler(folder: Path, channels: list[str]) -> dict[str, str]:
    """Install the published package into a new environment; return the versions in it."""
    import asyncio

    async def install() -> None:
        records = await rattler.solve(channels, ["demo"], platforms=["linux-64", "noarch"])
        await rattler.install(records, folder / "prefix", cache_dir=folder / "packages", show_progress=False)

    asyncio.run(install())
    metas = [json.loads(path.read_bytes()) for path in (folder / "prefix/conda-meta").glob("*.json")]
    return {meta["name"]: meta["version"] for meta in metas if meta["name"] in {"demo", "tiny-dep"}}


def test_a_different_file_of_the_same_version_stops_the_release(scene: Scene) -> None:
    assert scene.publish("--to", "pypi").code == 0
    scene.write(description="another")
    ran = scene.publish()
    assert ran.code == 1
    assert scene.rows(ran)[f"pypi {WHEEL}"].startswith("exists with different bytes: SHA-256 ")
    assert scene.rows(ran)[f"anaconda:ada {CONDA}"] == "not sent"
    assert scene.conda.uploads == 0
    assert "Raise the version: onelist bump patch" in ran.err


def test_a_dry_run_uploads_nothing(scene: Scene) -> None:
    ran = scene.publish(*scene.to, "--dry-run")
    assert ran.code == 0, ran.out + ran.err
    assert set(scene.rows(ran).values()) == {"would be sent"}
    assert scene.published() == ([], [])


def test_a_package_of_another_spelling_is_named_before_the_release(scene: Scene) -> None:
    earlier = [Package("the_list", "0.9", depends=("python",)), Package("tiny-dep", "1.0", depends=("python",))]
    write_channel(scene.folder / "forge", [*interpreters(), *earlier])
    scene.write(lib_name="the_list")
    ran = scene.publish(*scene.to, "--dry-run")
    assert ran.code == 0, ran.out + ran.err
    assert (
        "has the conda package the_list, and onelist builds the-list. Those who have the_list get no update. If the_list "
        "is an earlier release of this list, keep its name: write the_list=the_list in conda_names." in ran.err
    )
    scene.write(lib_name="the_list", conda_names="the_list=the_list")
    ran = scene.publish(*scene.to, "--dry-run")
    assert "the_list-1.0-0.conda" in ran.out
    assert "keep its name" not in ran.err


def test_a_package_of_another_spelling_is_named_before_anything_is_uploaded(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            if "keep its name: write the_list=the_list in conda_names." in text:
                told.append(scene.conda.uploads)
            return super().write(text)

    write_channel(scene.conda.channel("ada"), [Package("the_list", "0.9", depends=("python",))])
    scene.write(lib_name="the_list", requirements="", conda_requirements="tiny-dep")
    monkeypatch.setattr(sys, "stderr", Watched())
    ran = scene.publish("--to", "anaconda:ada")
    assert ran.code == 0, ran.out
    assert (told, scene.conda.uploads) == ([0], 1)


def test_each_destination_with_a_package_of_another_spelling_is_named_once(scene: Scene) -> None:
    """Neither destination is a channel of the list; check asks the one of conda_user, publish asks both."""
    earlier = [Package("the_list", "0.9", depends=("python",))]
    folders = [str(write_channel(folder, earlier)) for folder in (scene.conda.channel("ada"), scene.folder / "other")]
    scene.write(lib_name="the_list")
    ran = scene.publish("--to", "anaconda:ada", "--to", f"folder:{folders[1]}", "--dry-run")
    assert ran.code == 0, ran.out + ran.err
    assert re.findall(r"onelist: (\S+) has the conda package the_list, and onelist builds the-list\.", ran.err) == [
        "ada",
        folders[1],
    ]


def test_a_list_with_an_error_is_not_uploaded(scene: Scene) -> None:
    scene.write(requirements="tiny-dep never-there")
    ran = scene.publish()
    assert ran.code == 1
    assert "error A001" in ran.err
    assert "onelist: Nothing was sent: " in ran.err
    assert scene.published() == ([], [])


def test_a_list_that_cannot_be_checked_is_not_uploaded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PUBLISH_CHECK_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    ran = scene.publish("--timeout", "5", *scene.to)
    assert ran.code == 3
    assert "Nothing was sent, because the check could not tell" in ran.err
    assert scene.published() == ([], [])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (("/stage/", 401), "refused"),
        (("/stage/", 409), "refused"),
        (("/stage/", 500), ""),
        (("/s3", "cut"), ""),
    ],
)
def test_after_a_failure_of_the_channel_the_next_run_finishes(
    scene: Scene, fault: tuple[str, int | str], said: str
) -> None:
    scene.conda.faults += [fault] * (1 if said else 9)
    ran = scene.publish()
    assert scene.rows(ran)[f"pypi {WHEEL}"] == "sent and listed"
    assert ran.code == 3, ran.out + ran.err
    assert scene.rows(ran)[f"anaconda:ada {CONDA}"].startswith("refused")
    assert "Files that are published are not sent again." in ran.err
    scene.conda.faults.clear()
    again = scene.publish()
    assert again.code == 0, again.out + again.err
    assert scene.rows(again)[f"pypi {WHEEL}"] == "already published, identical"
    assert scene.rows(again)[f"anaconda:ada {CONDA}"] == "sent and listed"
    assert scene.published() == EVERYTHING


@pytest.fixture
def between(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """Put a proxy that can fail between the scene and its index."""
    with FaultyProxy(scene.index) as server:
        monkeypatch.setenv("UV_PUBLISH_URL", f"{server.url}/")
        monkeypatch.setenv("UV_PUBLISH_CHECK_URL", f"{server.url}/simple/")
        yield server


@pytest.mark.parametrize("fault", [401, 409, 500, "cut"])
@pytest.mark.parametrize("first", [True, False], ids=["the first file", "the second file"])
def test_after_a_failure_of_the_index_the_next_run_finishes(
    scene: Scene, between: FaultyProxy, fault: int | str, *, first: bool
) -> None:
    if not first:
        assert scene.publish("--to", "pypi").code == 0
        (scene.files / SDIST).unlink()
    between.faults = [fault] * 9
    ran = scene.publish()
    assert ran.code == 3, ran.out + ran.err
    assert scene.rows(ran)[f"pypi {SDIST}"].startswith("refused: ")
    assert scene.published()[1] == []
    between.faults = []
    again = scene.publish()
    assert again.code == 0, again.out + again.err
    assert scene.published() == EVERYTHING
    assert scene.conda.uploads == 1


SIGNER = """
import hashlib, json, os, pathlib, sys
assert sys.argv[1] == "sign" and os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
if os.environ.get("SIGNER_IS_DOWN"):
    sys.exit("the signing service does not answer " + os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
for name in sys.argv[2:]:
    digest = hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()
    pathlib.Path(name + ".publish.attestation").write_text(json.dumps({"signed": digest}))
"""
"""Replaces pypi-attestations, whose signing service cannot be reached on loopback."""


@pytest.fixture
def identity(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """Remove the password, and set the variables of a runner that has an identity; uv sends it only over TLS."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    for name in ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with FaultyProxy(scene.index, context) as server:
        for name, value in {
            "UV_PUBLISH_URL": f"{server.url}/",
            "UV_PUBLISH_CHECK_URL": f"{server.url}/simple/",
            "PIP_CERT": str(tmp_path / "authority.pem"),
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/identity?version=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST,
        }.items():
            monkeypatch.setenv(name, value)
        yield server


def assert_no_secret(ran: Ran) -> None:
    assert not [secret for secret in (REQUEST, IDENTITY, MINTED) if secret in ran.out + ran.err]


@pytest.mark.usefixtures("identity")
def test_trusted_publishing_needs_no_password(scene: Scene) -> None:
    ran = scene.publish()
    assert ran.code == 0, ran.out + ran.err
    assert scene.rows(ran)[f"pypi {WHEEL}"] == "sent and listed"
    assert_no_secret(ran)
    assert scene.published() == EVERYTHING


def test_an_identity_that_the_index_does_not_trust_is_refused(
    scene: Scene, identity: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST[::-1])
    ran = scene.publish()
    assert ran.code == 3, ran.out
    assert scene.rows(ran)[f"pypi {WHEEL}"].startswith("refused: ")
    assert REQUEST[::-1] not in ran.out + ran.err
    assert scene.published() == ([], [])
    assert not identity.attestations


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "signing/pypi_attestations").mkdir(parents=True)
    (tmp_path / "signing/pypi_attestations/__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "signing/pypi_attestations/__main__.py").write_text(SIGNER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "signing")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "signing"))


@pytest.mark.usefixtures("signer")
def test_files_are_signed_and_the_attestations_are_uploaded(scene: Scene, identity: FaultyProxy) -> None:
    ran = scene.publish()
    assert ran.code == 0, ran.out + ran.err
    assert_no_secret(ran)
    assert scene.published() == EVERYTHING
    assert identity.attestations == {
        name: [{"signed": hashlib.sha256((scene.files / name).read_bytes()).hexdigest()}] for name in (WHEEL, SDIST)
    }


@pytest.mark.usefixtures("signer")
def test_without_its_attestation_no_file_is_uploaded(
    scene: Scene, identity: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNER_IS_DOWN", "1")
    ran = scene.publish()
    assert ran.code == 3
    assert scene.rows(ran)[f"pypi {WHEEL}"] == "refused: the signing service does not answer ***"
    assert scene.published() == ([], [])
    monkeypatch.delenv("SIGNER_IS_DOWN")
    assert scene.publish().code == 0
    assert set(identity.attestations) == {WHEEL, SDIST}
    assert scene.published() == EVERYTHING


@pytest.mark.usefixtures("signer", "between")
def test_with_a_password_nothing_is_signed(scene: Scene, between: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{between.url}/identity?version=1")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST)
    assert scene.publish().code == 0
    assert not between.attestations


def test_it_waits_for_an_index_that_lists_files_late(scene: Scene, between: FaultyProxy) -> None:
    between.hides = 3
    ran = scene.publish(*scene.to, "--wait", "60")
    assert ran.code == 0, ran.out + ran.err
    assert scene.rows(ran)[f"pypi {WHEEL}"] == "sent and listed"
    assert between.hidden == 0
    assert set(scene.rows(scene.publish()).values()) == {"already published, identical"}
    assert scene.published() == EVERYTHING


def test_a_wrong_password_is_reported_and_nothing_is_published(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", "wrong-and-secret-too")
    ran = scene.publish()
    assert ran.code == 3
    assert "wrong-and-secret-too" not in ran.out + ran.err
    assert "onelist: Credentials for pypi: UV_PUBLISH_PASSWORD.\n" in ran.err
    assert scene.rows(ran)[f"pypi {WHEEL}"].startswith("refused: ")
    assert scene.published() == ([], [])
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", PASSWORD)
    assert scene.publish().code == 0
    assert scene.published() == EVERYTHING


def test_credentials_stored_by_a_keyring_and_by_rattler_are_used(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_PUBLISH_PASSWORD")
    monkeypatch.delenv("ANACONDA_API_KEY")
    assert scene.publish().code == 3
    keyring = tmp_path / "tools/keyring"
    keyring.parent.mkdir()
    keyring.write_text(f'#!/bin/sh\n[ "$1" = get ] && [ "$3" = {USER} ] && echo {PASSWORD}\n', encoding="utf-8")
    keyring.chmod(0o755)
    monkeypatch.setenv("PATH", f"{keyring.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("UV_KEYRING_PROVIDER", "subprocess")
    stored = {"127.0.0.1": {"CondaToken": KEY}}
    (tmp_path / "stored.json").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setenv("RATTLER_AUTH_FILE", str(tmp_path / "stored.json"))
    ran = scene.publish()
    assert ran.code == 0, ran.out + ran.err
    assert scene.published() == EVERYTHING


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("pypi", "UV_PUBLISH_URL or the netrc file, because UV_PUBLISH_TOKEN is not set"),
        ("anaconda:ada", "those that rattler-build has stored, because ANACONDA_API_KEY is not set"),
    ],
)
def test_without_credentials_it_says_which_variable_is_not_set(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    for name in ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD", "ANACONDA_API_KEY"):
        monkeypatch.delenv(name)
    ran = scene.publish("--to", place)
    assert ran.code == 3
    assert f"onelist: Credentials for {place}: {said}.\n" in ran.err
    assert scene.published() == ([], [])


def test_it_waits_for_a_channel_that_lists_files_late(scene: Scene) -> None:
    scene.conda.listed_after = 2
    ran = scene.publish(*scene.to, "--wait", "60")
    assert ran.code == 0, ran.out + ran.err
    assert scene.rows(ran)[f"anaconda:ada {CONDA}"] == "sent and listed"
    assert scene.published() == EVERYTHING


def test_a_channel_that_lists_files_too_late_is_finished_by_the_next_run(scene: Scene) -> None:
    scene.conda.listed_after = None
    ran = scene.publish(*scene.to, "--wait", "1")
    assert ran.code == 3
    assert scene.rows(ran)[f"anaconda:ada {CONDA}"] == "sent, but not listed yet"
    scene.conda.list_now()
    again = scene.publish()
    assert again.code == 0
    assert scene.conda.uploads == 1
    assert scene.published() == EVERYTHING


def test_a_run_that_is_killed_after_the_first_destination_is_finished_by_the_next_run(scene: Scene) -> None:
    scene.conda.listed_after = None
    command = [sys.executable, "-m", "onelist", "publish", *scene.to, "--wait", "60"]
    with subprocess.Popen(command, cwd=scene.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        until = time.monotonic() + 60
        while scene.conda.uploads == 0 and time.monotonic() < until:
            arguments = _arguments_of_all_processes()
            assert KEY not in arguments
            assert PASSWORD not in arguments
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        assert run.stdout
        said = run.stdout.read().decode()
    assert KEY not in said
    assert scene.conda.uploads == 1
    assert scene.published()[0] == [WHEEL, SDIST]
    scene.conda.listed_after = 0
    again = scene.publish()
    assert again.code == 0, again.out + again.err
    assert scene.rows(again)[f"pypi {WHEEL}"] == "already published, identical"
    assert scene.published() == EVERYTHING


@pytest.mark.skipif(sys.platform != "linux", reason="the children of a process are read in /proc")
def test_sigterm_ends_an_upload_and_its_program(scene: Scene, tmp_path: Path) -> None:
    scene.conda.gate = Gate(None)
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "onelist", "publish", "--to", "anaconda:ada", "--timeout", "3600"]
    variables = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(
        command, cwd=scene.folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        scene.conda.gate.wait_for(1)
        below = children(run.pid)
        assert {name_of(child)[:6] for child in below} == {
            "python",
            "sh",
        }  # the shell ends it with a process that is killed
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate()
    scene.conda.gate.open()
    assert (run.returncode, err) == (128 + signal.SIGTERM, b"\nonelist: interrupted.\n")
    assert all(map(ends, below))
    assert list((tmp_path / "temporary").iterdir()) == []


def _arguments_of_all_processes() -> str:
    """Return the arguments of all processes of this machine, which all its users can read."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_text(encoding="utf-8", errors="replace"))
    return "\n".join(found)


@pytest.mark.parametrize("place", ["prefix:course", "quetz:{url}/course"])
def test_prefix_and_quetz_servers_work_too(scene: Scene, place: str) -> None:
    to = ("--to", place.format(url=scene.conda.url))
    ran = scene.publish(*to)
    assert ran.code == 0, ran.out + ran.err
    assert set(scene.rows(ran).values()) == {"sent and listed"}
    assert set(scene.rows(scene.publish(*to)).values()) == {"already published, identical"}
    assert scene.conda.uploads == 1


def test_trusted_publishing_works_with_a_prefix_server(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFIX_API_KEY")
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{scene.conda.url}/identity?version=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST[::-1],
    }.items():
        monkeypatch.setenv(name, value)
    refused = scene.publish("--to", "prefix:course")
    assert refused.code == 3
    assert "Credentials for prefix:course: the identity of this machine (trusted publishing)." in refused.err
    assert REQUEST[::-1] not in refused.out + refused.err
    assert scene.conda.uploads == 0
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST)
    ran = scene.publish("--to", "prefix:course")
    assert ran.code == 0, ran.out + ran.err
    assert_no_secret(ran)
    assert scene.conda.uploads == 1


@pytest.mark.parametrize(
    ("variables", "signed"),
    [
        pytest.param({"ACTIONS_ID_TOKEN_REQUEST_URL": "x"}, True, id="the identity of a runner"),
        pytest.param({"ACTIONS_ID_TOKEN_REQUEST_URL": "x", "PREFIX_API_KEY": "key"}, False, id="a key"),
        pytest.param({}, False, id="no identity"),
        pytest.param(
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "x", "PREFIX_SERVER_URL": "https://example.org"},
            False,
            id="another server",
        ),
        pytest.param(
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "x", "PREFIX_SERVER_URL": "https://notprefix.dev"},
            False,
            id="a similar name",
        ),
        pytest.param(
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "x", "PREFIX_SERVER_URL": "https://beta.prefix.dev"},
            True,
            id="its test server",
        ),
    ],
)
def test_a_package_on_prefix_dev_is_signed_with_the_identity_of_the_runner(
    tmp_path: Path, variables: dict[str, str], *, signed: bool
) -> None:
    repository = ChannelRepository(
        destination=parse_destination("prefix:course"),
        name="demo",
        channels=Channels(CachePolicy.NORMAL, tmp_path),
        environment=variables,
        seconds=1,
    )
    assert repository._call([])["options"] == {"generate_attestation": signed}  # noqa: SLF001


def test_rattler_build_uploads_nothing_that_it_was_asked_to_sign_and_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    write_channel(tmp_path, [Package("demo")])
    package = str(tmp_path / "noarch/demo-1.0-0.conda")
    with pytest.raises(rattler_build.RattlerBuildError, match="attestation requested but trusted publishing is not"):
        rattler_build.upload_package_to_prefix([package], "http://127.0.0.1:9", "course", generate_attestation=True)


def test_a_folder_keeps_its_other_packages(scene: Scene, tmp_path: Path) -> None:
    target = tmp_path / "own channel"
    write_channel(target, [Package("older", "1.0")])
    ran = scene.publish("--to", f"folder:{target}")
    assert ran.code == 0, ran.out + ran.err
    listed = json.loads((target / "noarch/repodata.json").read_bytes())["packages.conda"]
    assert {name.split("-")[0] for name in listed} == {"older", "demo"}
    assert set(scene.rows(scene.publish("--to", f"folder:{target}")).values()) == {"already published, identical"}
    scene.write(description="another")
    assert scene.publish("--to", f"folder:{target}").code == 1


def test_an_index_without_hashes_is_compared_by_the_file_itself(
    tmp_path: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with package_index(tmp_path / "index", "--hash-algo", "off") as index:
        monkeypatch.setenv("UV_PUBLISH_URL", f"{index}/")
        monkeypatch.setenv("UV_PUBLISH_CHECK_URL", f"{index}/simple/")
        assert scene.publish("--to", "pypi").code == 0
        ran = scene.publish("--to", "pypi")
        assert set(scene.rows(ran).values()) == {"already published, identical"}
        scene.write(description="another")
        assert scene.publish("--to", "pypi").code == 1


def test_before_the_first_release_the_own_channel_need_not_exist(scene: Scene, tmp_path: Path) -> None:
    text = (scene.folder / "settings.ini").read_text(encoding="utf-8")
    text = text.replace(f"conda_channels = {tmp_path}/forge", f"conda_channels = ada {tmp_path}/forge")
    assert "conda_channels = ada " in text
    (scene.folder / "settings.ini").write_text(text, encoding="utf-8")
    ran = scene.publish()
    assert ran.code == 0, ran.out + ran.err
    assert scene.published() == EVERYTHING
    assert scene.publish().code == 0


def test_an_unlisted_file_in_a_folder_is_not_overwritten(scene: Scene, tmp_path: Path) -> None:
    target = tmp_path / "own"
    (target / "noarch").mkdir(parents=True)
    (target / "noarch" / CONDA).write_bytes(b"of somebody else")
    assert scene.publish("--to", f"folder:{target}").code == 1
    assert (target / "noarch" / CONDA).read_bytes() == b"of somebody else"


def test_a_url_without_an_index_is_not_an_empty_index(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = scene.publish("--index-url", f"{scene.index}/nowhere/", *scene.to)
    assert ran.code in {1, 3}
    assert scene.published() == ([], [])
    monkeypatch.setenv("UV_PUBLISH_CHECK_URL", f"{scene.index}/nowhere/")
    assert scene.publish().code in {1, 3}
    assert scene.published() == ([], [])


def test_it_uploads_the_same_files_as_build(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scene.publish().code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert scene.publish("--dry-run", *scene.to).code == 1


@pytest.mark.parametrize("place", ["anaconda:ada", "pypi"])
def test_a_github_runner_without_credentials_uploads_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ANACONDA_API_KEY", "" if place != "pypi" else KEY)
    for name in ("NETRC", "RATTLER_AUTH_FILE", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)
    if place == "pypi":
        monkeypatch.delenv("UV_PUBLISH_PASSWORD")
    monkeypatch.setenv("HOME", str(scene.folder))
    ran = scene.publish()
    assert ran.code == 2
    assert f"onelist: Credentials for {place}: " in ran.err
    assert scene.published() == ([], [])
    assert scene.publish(*scene.to, "--dry-run").code == 0


@pytest.mark.parametrize("variable", ["UV_PUBLISH_CHECK_URL", "--index-url"])
def test_the_queried_index_must_be_the_one_to_upload_to(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("UV_PUBLISH_URL")
    named: tuple[str, ...] = ()
    if variable == "--index-url":
        monkeypatch.delenv("UV_PUBLISH_CHECK_URL")
        named = ("--index-url", f"{scene.index}/simple/")
    ran = scene.publish("--to", "pypi", *named)
    assert (ran.code, ran.out) == (2, "")
    assert f"{variable} names the index to query, but the URL to upload to is not known." in ran.err
    assert scene.publish("--to", f"folder:{scene.folder}/own", *named).code == 0


def test_the_default_index_of_uv_ignores_its_settings(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{scene.index}/simple/")
    found = default_index()
    assert found.startswith("https://")
    assert scene.index not in found


JSON = "application/vnd.pypi.simple.v1+json"
ODD_PAGES = {
    "a login page": ("text/html", b"<html><h1>Please sign in</h1><form></form></html>"),
    "nothing": ("text/html", b""),
    "another version of the API": (JSON, b'{"meta": {"api-version": "2.0"}, "name": "demo", "files": []}'),
    "another project": (JSON, b'{"meta": {"api-version": "1.0"}, "name": "other", "files": []}'),
    "deep": (JSON, b"[" * 200_000),
    **{
        f"a file with {wrong.decode()}": (
            JSON,
            b'{"meta": {"api-version": "1.0"}, "name": "demo", "files": [{"filename": "demo-1.0.tar.gz", %s}]}' % wrong,
        )
        for wrong in (
            b'"url": "x", "hashes": null',
            b'"url": "x", "hashes": [1]',
            b'"url": "x", "hashes": {"sha256": 5}',
            b'"url": "x", "hashes": {"sha256": "::error::"}',
            b'"hashes": {}',
            b'"url": 5, "hashes": {}',
            b'"url": "http://[::1", "hashes": {}',
        )
    },
}


@pytest.mark.parametrize("name", ODD_PAGES)
def test_an_answer_that_is_not_a_project_page_gives_unknown(scene: Scene, between: FaultyProxy, name: str) -> None:
    between.instead["/simple/demo/"] = ODD_PAGES[name]
    ran = scene.publish("--to", f"folder:{scene.folder}/own", "--to", "pypi")
    assert ran.code == 3, ran.out + ran.err
    assert scene.rows(ran)[f"pypi {SDIST}"].startswith("status unknown: ")
    assert scene.published() == ([], [])
    assert not (scene.folder / "own").exists()


def test_a_list_for_other_platforms_is_resolved_for_them(scene: Scene) -> None:
    packages = [*interpreters(["win-64"]), Package("tiny-dep", "1.0", depends=("python",))]
    write_channel(scene.folder / "windows", packages, ["win-64"])
    scene.write(platforms="win-64", min_python="3.11")
    text = (scene.folder / "settings.ini").read_text(encoding="utf-8").replace("/forge", "/windows")
    (scene.folder / "settings.ini").write_text(text, encoding="utf-8")
    ran = scene.publish("--to", f"folder:{scene.folder}/own channel", "--to", "pypi")
    assert ran.code == 0, ran.out + ran.err
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"pip install demo: works on win-64/{own} (2 packages)" in ran.out
    assert f"mamba install -c '{scene.folder}/own channel' -c {scene.folder}/windows demo: works on win-64/" in ran.out


def test_files_under_another_label_are_found(scene: Scene, tmp_path: Path) -> None:
    config = tmp_path / "config/rattler/config.toml"
    base = rattler.Channel("ada/label/dev").base_url.rstrip("/")
    with config.open("a", encoding="utf-8") as file:
        file.write(f'"{base}" = ["{scene.conda.url}/ada-dev"]\n')
    assert scene.publish("--to", "anaconda:ada").code == 0
    to = ("--to", "pypi", "--to", "anaconda:ada/dev")
    same = scene.publish(*to)
    assert same.code == 3
    assert (
        "the same file is there without the label dev; add the label on the server's web page"
        in scene.rows(same)[f"anaconda:ada/dev {CONDA}"]
    )
    scene.write(description="another")
    other = scene.publish(*to)
    assert other.code == 1
    assert scene.rows(other)[f"anaconda:ada/dev {CONDA}"].startswith("exists with different bytes: ")
    assert scene.published()[0] == []


def test_a_channel_without_hashes_gives_unknown(scene: Scene) -> None:
    assert scene.publish("--to", "anaconda:ada").code == 0
    repodata = scene.conda.channel("ada") / "noarch/repodata.json"
    data = json.loads(repodata.read_bytes())
    for record in data["packages.conda"].values():
        del record["sha256"]
        record["md5"] = "0" * 32
    for path in repodata.parent.glob("repodata*"):
        path.unlink()
    repodata.write_text(json.dumps(data), encoding="utf-8")
    ran = scene.publish("--to", "anaconda:ada")
    assert ran.code == 3
    assert scene.rows(ran)[f"anaconda:ada {CONDA}"] == ("status unknown: lists the file without a SHA-256")


def test_an_answer_that_is_not_repodata_gives_unknown(scene: Scene) -> None:
    noarch = scene.conda.channel("ada") / "noarch"
    noarch.mkdir(parents=True)
    for content, code in (
        (b'{"error": "maintenance"}', 3),
        (b'{"packages": {}, "x": "\xff"}', 3),
        (b"<html>", 3),
        (b'{"packages": {}, "packages.conda": {}}', 0),
    ):
        (noarch / "repodata.json").write_bytes(content)
        ran = scene.publish("--to", "anaconda:ada")
        assert ran.code == code, ran.out + ran.err
        status = "status unknown: " if code else "sent and listed"
        assert scene.rows(ran)[f"anaconda:ada {CONDA}"].startswith(status)
        assert scene.conda.uploads == (not code)


def test_a_folder_with_a_broken_index_gets_a_new_one(scene: Scene, tmp_path: Path) -> None:
    target = tmp_path / "own"
    assert scene.publish("--to", f"folder:{target}").code == 0
    for odd in ('{"packages.conda": 3}', "[" * 200_000):
        (target / "noarch/repodata.json").write_text(odd, encoding="utf-8")
        ran = scene.publish("--to", f"folder:{target}")
        assert ran.code == 0, ran.out + ran.err
        assert set(scene.rows(ran).values()) == {"sent and listed"}
    ran = scene.publish("--to", "folder:~nobody-here/x", "--dry-run")
    assert (ran.code, set(scene.rows(ran).values())) == (0, {"would be sent"})


def test_a_folder_that_cannot_be_written_gets_no_partial_file(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "own/noarch" / CONDA / "x").mkdir(parents=True)
    ran = scene.publish("--to", f"folder:{tmp_path}/own")
    assert ran.code == 3
    assert [path.name for path in (tmp_path / "own/noarch").iterdir()] == [CONDA]
    assert "Credentials" not in ran.err


def test_a_list_that_only_pip_installs_goes_to_the_index_alone(scene: Scene) -> None:
    scene.write(requirements="tiny-dep", conda_channels="none", conda_user="")
    ran = scene.publish("--dry-run")
    assert ran.code == 0, ran.err
    assert ran.err.startswith("onelist: Only to the package index, because settings.ini says conda_channels = none.\n")
    assert scene.rows(ran) == {
        "pypi demo-1.0-py3-none-any.whl": "would be sent",
        "pypi demo-1.0.tar.gz": "would be sent",
    }
    ran = scene.publish("--to", "pypi", "--to", "anaconda:ada")
    assert (ran.code, ran.err) == (
        2,
        "onelist: settings.ini says conda_channels = none: only pip installs the list.\n"
        "    Publish it with --to pypi. Or name the channels for conda users in conda_channels.\n",
    )
    scene.write(requirements="tiny-dep", conda_channels="", conda_user="")  # a forgotten line is no decision
    ran = scene.publish("--dry-run")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "onelist: settings.ini does not say to which conda channel the list is published.\n"
        "    Add a line conda_user = with the name of your channel. For a list that only pip installs, write "
        "conda_channels = none. Or name a destination, such as --to pypi.\n"
    )


def test_destinations_and_their_settings_must_be_complete(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = scene.publish("--to", "somewhere")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: somewhere is not a destination to publish to.")
    monkeypatch.delenv("UV_PUBLISH_CHECK_URL")
    ran = scene.publish()
    assert ran.code == 2
    assert "UV_PUBLISH_URL names the index to upload to, but not the URL of its project pages." in ran.err
    text = (scene.folder / "settings.ini").read_text(encoding="utf-8")
    (scene.folder / "settings.ini").write_text(text.replace("conda_user = ada\n", ""), encoding="utf-8")
    ran = scene._onelist("publish")  # noqa: SLF001
    assert ran.code == 2
    assert "Add a line conda_user = " in ran.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pypi", "pypi"),
        ("anaconda:fastchan", "anaconda:fastchan"),
        ("anaconda:fastchan/dev", "anaconda:fastchan/dev"),
        ("prefix:fastchan", "prefix:fastchan"),
        ("quetz:https://example.org/fastchan", "quetz:https://example.org/fastchan"),
        ("folder:some where", "folder:some where"),
    ],
)
def test_a_destination_is_shown_as_it_is_written(text: str, shown: str) -> None:
    assert str(parse_destination(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("anaconda:..", "anaconda:../..", "anaconda:a/b/c", "anaconda:a?b", "prefix:..", "prefix:a/b", "folder: "),
        *(
            "quetz:http://h?a=b/c",
            "quetz:http://h#b/c",
            "quetz:http://[::1/x",
            "quetz:http://x:99999/y",
            "quetz:http://",
        ),
        *("quetz:http://ada:hush@h/c", "pypi:x", ""),
    ],
)
def test_a_text_that_is_not_a_destination_is_refused_without_showing_passwords(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_destination(text)
    assert "hush" not in caught.value.message


def test_secrets_of_the_environment_are_removed_from_output() -> None:
    environment = {"ANACONDA_API_KEY": "abcd1234", "HOME": "/home/ada", "UV_PUBLISH_TOKEN": "tok-en-77"}
    said = redact_output(
        "HTTP 401 for abcd1234\n at /home/ada with tok-en-77 and https://u:pw@example.org/", environment
    )
    assert said == "HTTP 401 for *** at /home/ada with *** and https://****@example.org/"
    overlapping = {"A_TOKEN": "abcd", "B_TOKEN": "abcdefgh", "C_TOKEN": "with-newline\n"}
    assert redact_output("abcdefgh with-newline", overlapping) == "*** ***"
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert (
        redact_output(f"bad auth Basic {login}, and Bearer abcdefgh.ijkl", {}) == "bad auth Basic ***, and Bearer ***"
    )
