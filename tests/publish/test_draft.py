"""`onelist draft NAME`: grayskull writes a first recipe after the user has agreed, and it is marked as a draft."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UnavailableError
from onelist.publish import draft
from onelist.sources.installers import find_indexes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

RECIPE = """\
package:
  name: x
build:
  noarch: python
about:
  license: MIT
  license_file: LICENSE
extra:
  recipe-maintainers:
    - AddYourGitHubIdHere
"""


@pytest.fixture
def grayskull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace grayskull with a program that does what the test needs."""
    package = tmp_path / "fake/grayskull"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(package.parent))

    def install(code: str) -> None:
        (package / "__main__.py").write_text(
            f"import sys\nname, folder = sys.argv[3], sys.argv[5]\n{code}", encoding="utf-8"
        )

    return install


WRITES = (
    "from pathlib import Path\nPath(folder, name).mkdir(parents=True)\n"
    f"Path(folder, name, 'meta.yaml').write_text({RECIPE!r})\nprint('fastai is RED: not available')\n"
)


def test_the_draft_is_written_into_a_new_folder_and_marked_as_a_draft(
    tmp_path: Path, onelist: Callable[..., Ran], grayskull: Callable[[str], None]
) -> None:
    grayskull(WRITES)
    ran = onelist("draft", "x", "--yes")
    assert ran.code == 0
    text = (tmp_path / "draft/x/meta.yaml").read_text(encoding="utf-8")
    assert text.startswith("# DRAFT of a conda recipe for x, not ready for any channel.\n")
    assert text.endswith(RECIPE)
    assert [path.name for path in (tmp_path / "draft/x").iterdir()] == ["meta.yaml"]
    points = [line for line in ran.out.splitlines() if line.startswith("- ")]
    assert points[0] == "- extra/recipe-maintainers: write GitHub names of people in place of AddYourGitHubIdHere."
    assert all(f"# {point}" in text for point in points)
    assert "RED" not in ran.out + ran.err + text


def test_without_agreement_no_code_of_the_package_runs(
    tmp_path: Path, onelist: Callable[..., Ran], grayskull: Callable[[str], None]
) -> None:
    grayskull(WRITES)
    ran = onelist("draft", "x")
    assert ran.code == 2
    assert ran.err.startswith(
        "grayskull will download x from the package index and, if it has a setup.py, run that. It is code of the package's\n"
    )
    assert ran.err.endswith(
        "onelist: Cannot ask for confirmation: this is not a terminal.\n    Add --yes if you agree.\n"
    )
    assert not (tmp_path / "draft").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 2), (b"\n", 2)])
@pytest.mark.usefixtures("grayskull")
def test_it_asks_for_agreement_on_a_terminal(
    tmp_path: Path, grayskull: Callable[[str], None], answer: bytes, code: int
) -> None:
    if sys.platform == "win32":
        return
    import pty

    grayskull(WRITES)
    leader, follower = pty.openpty()
    os.write(leader, answer)
    command = [sys.executable, "-m", "onelist", "draft", "x"]
    ran = subprocess.run(command, cwd=tmp_path, stdin=follower, capture_output=True, text=True, timeout=60, check=False)
    os.close(follower)
    os.close(leader)
    assert ran.returncode == code, ran.stderr
    assert "Continue? [y/N] " in ran.stderr
    assert (tmp_path / "draft/x/meta.yaml").exists() is (code == 0)


def test_a_folder_that_is_not_empty_is_left_unchanged(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/meta.yaml").write_text("mine", encoding="utf-8")
    ran = onelist("draft", "x", "--yes", "-o", "mine")
    assert ran.code == 2
    assert ran.err.startswith("onelist: mine already exists, so nothing was written.\n")
    assert (tmp_path / "mine/meta.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["x>=1", "x[y]", "-o", "a b", "x @ https://example.org/x.whl", "../x"])
def test_only_the_name_of_a_package_is_accepted(tmp_path: Path, onelist: Callable[..., Ran], name: str) -> None:
    assert onelist("draft", "--yes", "--", name).code == 2
    assert list(tmp_path.iterdir()) == []


def test_after_the_time_limit_grayskull_and_its_processes_are_stopped(grayskull: Callable[[str], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        child = f"import socket, time; c = socket.create_connection({server.getsockname()}); time.sleep(600)"
        grayskull(f"import subprocess, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(600)\n")
        for seconds in (1, 5, 25, 100):  # a busy machine needs longer to start two programs
            with pytest.raises(UnavailableError) as caught:
                draft.make_draft("x", seconds, os.environ)
            assert caught.value.message == f"grayskull did not finish the recipe for x within {seconds} seconds."
            with suppress(BlockingIOError):
                connection, _ = server.accept()
                break
        else:
            raise AssertionError("the child was never started")
    with connection, suppress(ConnectionResetError):
        connection.settimeout(60)
        assert connection.recv(1) == b""  # the connection ends with the child


@pytest.mark.parametrize(("own", "told"), [(None, "/pip's.pem"), ("/mine.pem", "/mine.pem")])
def test_grayskull_trusts_the_certificates_that_pip_trusts(
    grayskull: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, own: str | None, told: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    if own is not None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", own)
    monkeypatch.setenv("PIP_CERT", "/pip's.pem")
    grayskull("import os\nprint(os.environ['REQUESTS_CA_BUNDLE'])")
    with pytest.raises(UnavailableError) as caught:
        draft.make_draft("x", 60, os.environ)
    assert caught.value.message == f"grayskull wrote no recipe for x. Its last line was: {told}"


def test_without_a_recipe_the_result_is_unknown(onelist: Callable[..., Ran], grayskull: Callable[[str], None]) -> None:
    """grayskull ends with 0 when it did not find the package, and also when there is no network."""
    grayskull("print('Package seems to be missing.\\nhttps://ada:lovelace@host/ gave up\\n')")
    ran = onelist("draft", "x", "--yes")
    assert ran.code == 3
    assert ran.err.startswith("onelist: grayskull wrote no recipe for x. Its last line was: https://")
    assert "lovelace" not in ran.err


def test_without_grayskull_the_message_says_what_to_install(
    onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    ran = onelist("draft", "x", "--yes")
    assert ran.code == 2
    assert "Install it with: python -m pip install 'onelist[draft]'" in ran.err


def test_the_points_to_check_depend_on_the_recipe() -> None:
    compiled = RECIPE.replace("noarch: python", "number: 0").replace("license_file", "x").replace("license: MIT", "")
    points = draft.points_to_check(compiled)
    assert "about/license_file is missing: name the file with the licence, which must be in the source." in points
    assert "about/license is missing: write an SPDX expression, such as MIT." in points
    assert (
        "build: this makes a package for each platform; write noarch: python if it is the same for all of them."
        in points
    )
    assert not any("so it needs compilers" in point for point in points)
    with_compiler = compiled + "requirements:\n  build:\n    - {{ compiler('c') }}\n"
    assert any("so it needs compilers" in point for point in draft.points_to_check(with_compiler))
    assert not any("so it needs compilers" in point for point in draft.points_to_check(RECIPE))


def test_every_point_to_check_of_a_recipe() -> None:
    assert draft.points_to_check(RECIPE) == (
        "extra/recipe-maintainers: write GitHub names of people in place of AddYourGitHubIdHere.",
        "about/license: compare MIT with the source; it must be an SPDX expression.",
        "build/noarch: python is right only if nothing in the package is compiled or differs by platform.",
        "requirements/run: the names are grayskull's guesses; ask onelist explain NAME for each, and drop pins.",
        "requirements/host: list the build backend beside pip: the one of pyproject.toml, or else setuptools.",
        "source: open the url, and compare the sha256 with the index.",
        "test: imports and commands must work without a network.",
        "recipe.yaml is the newer format of recipes: convert it before a submission to conda-forge, if you can.",
    )


@pytest.mark.index
@pytest.mark.slow
def test_grayskull_itself_drafts_a_real_package(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    address = find_indexes(None, []).indexes[0].address
    import urllib.request

    try:
        urllib.request.urlopen(address.rstrip("/") + "/fastbook/", timeout=10).close()  # noqa: S310 - the installers' own
    except OSError:
        pytest.skip("the package index cannot be reached")
    ran = onelist("draft", "fastbook", "--yes")
    if "Max retries exceeded" in ran.err:
        pytest.skip("grayskull cannot reach its page of the package, which not every index has")
    assert ran.code == 0, ran.err
    text = (tmp_path / "draft/fastbook/meta.yaml").read_text(encoding="utf-8")
    assert "fastai >=2.6" in text
    assert "python-graphviz" in text
