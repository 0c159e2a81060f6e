"""What stays in the cache names no secret, and only the user can read it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.trial.trial import _packages as packages_folder
from onelist.core.system.temporary import remove_lasting_folder
from onelist.core.text import secrets_in
from onelist.sources.cache import prepare_cache
from onelist.sources.config import NetworkOptions
from onelist.sources.session import SourceSession
from tests.channels import Package, interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import HTML_TYPE, Answer, Server, index_server, wheel, wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")

HIDDEN = "sup3rs3cret"
"""Part of every secret here."""
PROJECTS = {"pandas": [wheel("pandas", "1.0", depends=("numpy",))], "numpy": [wheel("numpy", "1.0")]}


@pytest.fixture(scope="module")
def channel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(("linux-64",), ("3.14",)), Package("pandas", depends=("numpy",)), Package("numpy")]
    return write_channel(tmp_path_factory.mktemp("channel"), packages, ("linux-64",))


@pytest.fixture(scope="module", params=["shards", "whole files"])
def channel(channel_folder: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A channel that answers with and without a token (``/t/TOKEN/``) in the address."""

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        before, slash, after = path.partition("/t/")
        found = channel_folder / (after.partition("/")[2] if slash else before.lstrip("/"))
        hidden = request.param != "shards" and "shards" in found.name
        return Answer(found.read_bytes()) if found.is_file() and not hidden else None

    with Server(answer) as server:
        yield server


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


def with_login(url: str) -> str:
    return url.replace("://", f"://alice:{HIDDEN}@")


def with_user(url: str) -> str:
    return url.replace("://", f"://{HIDDEN}@")


def with_token(url: str) -> str:
    return f"{url}/t/{HIDDEN}-token" if url.count("/") == 2 else url


def with_query(url: str) -> str:
    return f"{url}?access_token={HIDDEN}"


def without(url: str) -> str:
    return url


def check(folder: Path, index: str, channel: str) -> list[str]:
    keys = {"platforms": "linux-64", "min_python": "3.14", "requirements": "pandas", "conda_channels": "conda-forge"}
    (folder / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    return ["check", "--index-url", index, "--channel", channel, "--timeout", "60"]


def naming(folder: Path) -> list[str]:
    """Return the files below a folder whose name or content has a secret."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if HIDDEN in path.name or (path.is_file() and any(HIDDEN.encode() in form for form in forms(path.read_bytes())))
    ]


def forms(content: bytes) -> Iterator[bytes]:
    """Yield the content of a file, and what is compressed in it (zlib): all of it, or what follows its first line."""
    yield content
    for part in (content, content.partition(b"\n")[2]):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(part)


@pytest.mark.parametrize("secret", [with_login, with_user, with_token, with_query, without])
def test_no_secret_of_an_address_stays_in_the_cache(
    tmp_path: Path, onelist: Callable[..., Ran], index: Server, channel: Server, secret: Callable[[str], str]
) -> None:
    call = check(tmp_path, secret(f"{index.url}/simple/"), secret(channel.url))
    for _ in range(2):  # the second run reads what the first one has stored
        ran = onelist(*call, "--format", "json")
        remove_lasting_folder()
        assert ('"unknown": false' in ran.out) is (secret is not with_query)  # no server here has such addresses
        assert HIDDEN not in ran.out + ran.err
        assert naming(tmp_path / "onelist-cache") == []
    cache = tmp_path / "onelist-cache"
    assert bool(list((cache / "repodata").rglob("*"))) is (secret is without)
    if sys.platform != "win32":
        assert modes(cache) == {0o700}  # also of a folder that is new in the cache


def test_a_project_page_with_secrets_in_its_links_is_not_stored(
    tmp_path: Path, onelist: Callable[..., Ran], channel_folder: Path
) -> None:
    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        name = path.strip("/").rpartition("/")[2]
        if path.startswith("/files/"):
            return Answer(wheel_bytes(name.partition("?")[0]))
        links = f'<a href="/files/{name}-1.0-py3-none-any.whl?token={HIDDEN}">{name}-1.0-py3-none-any.whl</a>'
        return Answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), HTML_TYPE)

    with Server(answer) as server:
        ran = onelist(*check(tmp_path, f"{server.url}/simple/", str(channel_folder)))
        assert server.asked("/files/pandas.*token=")
        assert "H001" not in ran.out
    assert HIDDEN not in ran.out + ran.err
    assert naming(tmp_path / "onelist-cache") == []
    assert list((tmp_path / "onelist-cache/uv-pip").rglob("*.rkyv"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_what_rattler_stores_of_a_private_channel_is_removed_at_the_end(
    tmp_path: Path, index: Server, channel: Server
) -> None:
    (tmp_path / "temporary").mkdir()
    call = check(tmp_path, f"{index.url}/simple/", with_login(channel.url))
    command = [sys.executable, "-m", "onelist", *call, "--installer", "conda"]
    variables = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    ran = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode in {0, 1}, ran.stderr
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(("secret", "kept"), [(without, True), (with_login, False), (with_token, False)])
def test_packages_of_a_private_channel_are_not_kept(
    tmp_path: Path, secret: Callable[[str], str], *, kept: bool
) -> None:
    """rattler writes the address of a package beside it."""
    session = SourceSession(NetworkOptions(environment={"ONELIST_CACHE_DIR": str(tmp_path / "cache")}))
    locations = [session.channels.locate(one) for one in ("https://example.org", secret("https://example.com"))]
    folder = packages_folder(locations, session)
    assert (folder == tmp_path / "cache/packages") is kept
    assert folder.is_dir()
    remove_lasting_folder()
    assert folder.is_dir() is kept


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir()) if path.is_dir()}


@posix
def test_only_the_user_can_read_the_cache(tmp_path: Path) -> None:
    prepare_cache(tmp_path / "new/cache")
    assert modes(tmp_path / "new/cache") == {0o700}


@posix
def test_the_rights_of_others_to_a_cache_are_taken_away(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for folder in (cache, cache / "pages", cache / "uv-pip", cache / "repodata"):
        folder.mkdir(mode=0o755)
    (cache / "requirements.json").write_text("{}", encoding="utf-8")
    prepare_cache(cache)
    assert modes(cache) == {0o700}


@posix
def test_a_folder_with_other_files_keeps_its_rights(tmp_path: Path) -> None:
    cache = tmp_path / "home"
    (cache / "notes").mkdir(parents=True)
    (cache / "pages").mkdir()
    prepare_cache(cache)
    assert (cache.stat().st_mode & 0o777, (cache / "notes").stat().st_mode & 0o777) == (0o755, 0o755)
    assert (cache / "pages").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("https://example.org/simple/", ()),
        ("https://alice:p%40ss@example.org/", ("alice:p%40ss", "alice:p@ss", "p%40ss", "p@ss")),
        ("https://abcd@example.org/", ("abcd",)),
        ("https://example.org/t/abcdefgh/channel", ("abcdefgh",)),
        ("https://example.org/?token=abcdefgh&x=1", ("abcdefgh",)),
        ("https://a:b@example.org/", ()),
    ],
)
def test_the_secrets_of_an_address_are_known(address: str, secrets: tuple[str, ...]) -> None:
    assert secrets_in(address) == secrets
