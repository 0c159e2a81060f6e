"""Names of modules, conda packages and parts of Python in place of names of projects: each has one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.channels import compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

OFFLINE = [
    # what is listed, the code, the message, the hint, the list after fix (with --select for S207)
    ("cv2", "warning S120", "cv2 is the name of a module. The package index calls it opencv-python.", "opencv-python"),
    ("PIL", "warning S120", "PIL is the name of a module. The package index calls it pillow.", "pillow"),
    (
        "sklearn",
        "warning S120",
        "sklearn is the name of a module. The package index calls it scikit-learn.",
        "scikit-learn",
    ),
    (
        "skimage",
        "warning S120",
        "skimage is the name of a module. The package index calls it scikit-image.",
        "scikit-image",
    ),
    ("yaml>=5", "warning S120", "yaml is the name of a module. The package index calls it pyyaml.", "pyyaml"),
    ("pytorch", "warning S120", "pytorch is the name of a conda package. The package index calls it torch.", "torch"),
    (
        "python-graphviz",
        "warning S120",
        "python-graphviz is the name of a conda package. The package index calls it graphviz.",
        "graphviz",
    ),
    (
        "py-opencv",
        "warning S120",
        "py-opencv is the name of a conda package. The package index calls it opencv-python.",
        "opencv-python",
    ),
    ("os", "warning S120", "os is a part of Python, and nothing has to be installed.", ""),
    ("json", "warning S120", "json is a part of Python, and nothing has to be installed.", ""),
    (
        "bs4",
        "info S207",
        "bs4 is the name of a module, which the package index calls beautifulsoup4. But it has another project with the "
        "name bs4.",
        "beautifulsoup4",
    ),
    (
        "dotenv",
        "info S207",
        "dotenv is the name of a module, which the package index calls python-dotenv. But it has another project with "
        "the name dotenv.",
        "python-dotenv",
    ),
    (
        "fitz",
        "warning S120",
        "fitz is the name of a module, which the package index calls pymupdf. The project fitz of the package index is "
        "something else.",
        "pymupdf",
    ),
    (
        "pathlib",
        "warning S120",
        "pathlib is a part of Python. The project pathlib of the package index is something else, or a copy for old "
        "Pythons.",
        "",
    ),
    (
        "matplotlib.pyplot",
        "warning S120",
        "matplotlib.pyplot is the name of a module. The package index calls it matplotlib.",
        "matplotlib",
    ),
    ("PIL.Image", "warning S120", "PIL.Image is the name of a module. The package index calls it pillow.", "pillow"),
    (
        "tensorflow-gpu",
        "warning S120",
        "tensorflow-gpu is the name of a project that pip can no longer install. The package index calls it tensorflow.",
        "tensorflow",
    ),
    ("os.path", "warning S120", "os.path is a part of Python, and nothing has to be installed.", ""),
]


@pytest.mark.parametrize("case", OFFLINE, ids=[case[0] for case in OFFLINE])
def test_a_name_that_means_another_project(
    tmp_path: Path, onelist: Callable[..., Ran], case: tuple[str, str, str, str]
) -> None:
    listed, code, message, meant = case
    file = tmp_path / "settings.ini"
    file.write_text(settings_text(requirements=f"fastai {listed}"), encoding="utf-8")
    ran = onelist("check", "--settings-only", "--select", "S120,S207,S010,S108")
    assert f"settings.ini:5:23: {code}" in ran.out
    assert f": {message}\n" in ran.out
    assert ran.out.count("settings.ini:5:") == 1
    ran = onelist("fix", "--select", code.split()[1], "--offline")
    assert f"requirements = fastai{' ' if meant else ''}{meant}\n" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "scikit-learn",
            "opencv-python",
            "beautifulsoup4",
            "graphviz",
            "torch",
            "fastai",
            "ray",
            "importlib-metadata",
            "ruamel.yaml",
            "google.cloud.storage",
            "backports.zoneinfo",
            "svg.py",
            "keyrings.alt",
            "keyrings.cryptfile",
            "discord.py",
            "zope.interface",
            "tensorflow-gpu==2.10",
        ),
        'dataclasses; python_version < "3.7"',
    ],
)
def test_a_right_name_has_no_finding(tmp_path: Path, onelist: Callable[..., Ran], name: str) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements=name), encoding="utf-8")
    assert "no problems" in onelist("check", "--settings-only", "--select", "S120,S207").out


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server({"pillow": [wheel("pillow", "1.0")], "jwt": [wheel("jwt", "1.0")]}) as server:
        yield server


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = [*interpreters(["linux-64"], ["3.15"]), *compiled("pillow", platforms=["linux-64"])]
    return write_channel(tmp_path_factory.mktemp("channel"), packages, ["linux-64"])


ASKED = [
    # what is listed, the first line of the only finding, its hint
    (
        "cv2",
        "error A001 [*]: pip cannot install cv2 on any platform: the package index has nothing named cv2.",
        "Write opencv-python: cv2 is the name of a module.",
    ),
    (
        "pillow PIL",
        "error A001 [*]: pip cannot install PIL on any platform: the package index has nothing named pil.",
        "Delete PIL, the name of a module: pillow is already listed.",
    ),
    (
        "os",
        "error A001 [*]: pip cannot install os on any platform: the package index has nothing named os.",
        "Delete it: os is a part of Python, and nothing has to be installed.",
    ),
]


@pytest.mark.parametrize("case", ASKED, ids=[case[0] for case in ASKED])
def test_the_finding_about_a_name_that_is_not_there_names_the_right_one(
    tmp_path: Path, index: Server, channel: Path, onelist: Callable[..., Ran], case: tuple[str, str, str]
) -> None:
    listed, finding, hint = case
    text = settings_text(requirements=listed, min_python="3.15", platforms="linux-64", conda_channels=str(channel))
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--no-resolve", "--select", "A,S120,S207,D")
    assert f": {finding}\n" in ran.out
    assert f"    {hint}\n" in ran.out
    assert ran.out.count("\nsettings.ini:5:") == 1


def test_the_last_lines_do_not_ask_to_change_a_name_that_may_be_right(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(requirements="thop fitz"), encoding="utf-8")
    ran = onelist("check", "--settings-only", "--verbose", "--select", "S120,S207")
    assert "info S207: thop is the name of a module" in ran.out
    assert "To fix 1, which needs your decision: onelist fix settings.ini --select S120 --settings-only\n" in ran.out
