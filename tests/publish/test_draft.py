"""`onelist draft NAME`: a first recipe, made by grayskull when somebody agrees, and marked as what it is."""

from __future__ import annotations

import subprocess
import sys
import time
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
    """Put a program in grayskull's place that does what the real one will not do on command."""
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


def test_it_is_written_into_a_folder_of_its_own_and_marked(
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


def test_nobody_runs_code_of_others_without_agreeing(
    tmp_path: Path, onelist: Callable[..., Ran], grayskull: Callable[[str], None]
) -> None:
    grayskull(WRITES)
    ran = onelist("draft", "x")
    assert ran.code == 2
    assert ran.err.startswith(
        "grayskull will download x from the package index and run its setup.py: code of whoever made it, on this machine,\n"
    )
    assert ran.err.endswith("onelist: Nobody is there who could agree to that.\n    Add --yes if you do.\n")
    assert not (tmp_path / "draft").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 2), (b"\n", 2)])
@pytest.mark.usefixtures("grayskull")
def test_it_asks_at_a_terminal(tmp_path: Path, grayskull: Callable[[str], None], answer: bytes, code: int) -> None:
    if sys.platform == "win32":
        return
    import os
    import pty

    grayskull(WRITES)
    leader, follower = pty.openpty()
    os.write(leader, answer)
    command = [sys.executable, "-m", "onelist", "draft", "x"]
    ran = subprocess.run(command, cwd=tmp_path, stdin=follower, capture_output=True, text=True, timeout=60, check=False)
    os.close(follower)
    os.close(leader)
    assert ran.returncode == code, ran.stderr
    assert "Go on? [y/N] " in ran.stderr
    assert (tmp_path / "draft/x/meta.yaml").exists() is (code == 0)


def test_what_is_there_already_is_not_touched(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/meta.yaml").write_text("mine", encoding="utf-8")
    ran = onelist("draft", "x", "--yes", "-o", "mine")
    assert ran.code == 2
    assert ran.err.startswith("onelist: mine is there already, and nothing in it is touched.\n")
    assert (tmp_path / "mine/meta.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["x>=1", "x[y]", "-o", "a b", "x @ https://example.org/x.whl", "../x"])
def test_a_name_must_be_one(tmp_path: Path, onelist: Callable[..., Ran], name: str) -> None:
    assert onelist("draft", "--yes", "--", name).code == 2
    assert list(tmp_path.iterdir()) == []


def test_what_takes_too_long_is_stopped_with_all_that_it_started(
    tmp_path: Path, grayskull: Callable[[str], None]
) -> None:
    sign = tmp_path / "still-alive"
    child = f"import time; time.sleep(2.5); open({str(sign)!r}, 'w').close()"
    grayskull(f"import subprocess, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)\n")
    began = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        draft.make_draft("x", 1)
    assert time.monotonic() - began < 2.4
    assert caught.value.message == "grayskull was not done with x after 1 seconds, and was stopped."
    time.sleep(2.5)
    assert not sign.exists()


@pytest.mark.parametrize(("own", "told"), [(None, "/pip's.pem"), ("/mine.pem", "/mine.pem")])
def test_grayskull_trusts_what_pip_trusts(
    grayskull: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, own: str | None, told: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    if own is not None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", own)
    monkeypatch.setenv("PIP_CERT", "/pip's.pem")
    grayskull("import os\nprint(os.environ['REQUESTS_CA_BUNDLE'])")
    with pytest.raises(UnavailableError) as caught:
        draft.make_draft("x", 60)
    assert caught.value.message == f"grayskull made no recipe for x. The last that it said: {told}"


def test_no_recipe_is_no_answer(onelist: Callable[..., Ran], grayskull: Callable[[str], None]) -> None:
    """grayskull ends with 0 when it did not find the package, and also when there is no network."""
    grayskull("print('Package seems to be missing.\\nhttps://ada:lovelace@host/ gave up\\n')")
    ran = onelist("draft", "x", "--yes")
    assert ran.code == 3
    assert ran.err.startswith("onelist: grayskull made no recipe for x. The last that it said: https://")
    assert "lovelace" not in ran.err


def test_without_grayskull_it_says_what_to_install(
    onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    ran = onelist("draft", "x", "--yes")
    assert ran.code == 2
    assert "Install it with: python -m pip install 'onelist[draft]'" in ran.err


def test_what_must_be_looked_at_depends_on_the_recipe() -> None:
    compiled = RECIPE.replace("noarch: python", "number: 0").replace("license_file", "x").replace("license: MIT", "")
    points = draft.points_to_look_at(compiled)
    assert "about/license_file is missing: name the file with the licence, which must be in the source." in points
    assert "about/license is missing: write an SPDX expression, such as MIT." in points
    assert any("so it needs compilers" in point for point in points)
    assert not any("so it needs compilers" in point for point in draft.points_to_look_at(RECIPE))


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
