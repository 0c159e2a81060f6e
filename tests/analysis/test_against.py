"""`onelist check --against`: what the install line changes where packages are installed already, and what it breaks."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

import onelist as library
from onelist.importing.image import parse_image, read_image
from onelist.sources.conda.solving.solver import own_platform
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.schemas import validate
from tests.servers import File, index_server, sdist, wheel, wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


def releases(name: str, **versions: tuple[str, ...]) -> list[File]:
    """Return wheels of a project; the versions are written as ``v1_0``, each with what it requires."""
    return [wheel(name, one.removeprefix("v").replace("_", "."), depends=needs) for one, needs in versions.items()]


PROJECTS = {
    "frame": releases("frame", v1_0=("numbers>=1",), v2_0=("numbers>=2", "extra-part")),
    "numbers": releases("numbers", v1_0=(), v1_5=(), v2_0=(), v2_1=()),
    "extra-part": releases("extra-part", v1_0=()),
    "learn": releases("learn", v1_0=("numbers<2",), v2_0=("numbers>=2",)),
    "old": releases("old", v1_0=("numbers>=3", "missing", "never; python_version<'3'")),
    "ipykernel": releases("ipykernel", v1_0=(), v2_0=()),
    "tool": [wheel("tool", "1.0", depends=("numbers[fast]>=1",)), wheel("tool", "2.0", yanked=True)],
    "early": [wheel("early", "1.0"), wheel("early", "2.0rc1")],
    "narrow": [wheel("narrow", "1.0"), wheel("narrow", "2.0", requires_python=">=3.99")],
    "apart": releases("apart", v1_0=("learn<2", "frame>=2")),
    "user": releases("user", v1_0=("pip", "setuptools; python_version<'3.12'")),
    "built": [sdist("built", "1.0")],
}


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


@pytest.fixture
def against(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Compare a list with what is installed."""

    def run(requirements: str, installed: str, *arguments: str, **keys: str) -> Ran:
        text = settings_text(**WELL | {"requirements": requirements, "lib_name": "my-course"} | keys)
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        (tmp_path / "image.txt").write_text(installed, encoding="utf-8")
        url = f"{index.url}/simple/"
        return onelist("check", "--against", "image.txt", "--index-url", url, *arguments)

    return run


HEADER = "# image: linux-64/3.12, 2026-11-28\n# imported: numbers\n"


def test_pip_keeps_what_nothing_excludes(against: Callable[..., Ran]) -> None:
    ran = against("numbers frame", HEADER + "numbers==1.0\nframe==1.0\n")
    assert ran.out.splitlines() == [
        "settings.ini against image.txt of 2026-11-28 (2 packages) on linux-64/3.12: "
        "0 new, 0 upgrades, 0 downgrades; 0 broken, 0 unknown"
    ]
    assert ran.code == 0


def test_what_it_replaces_and_breaks_and_why(against: Callable[..., Ran]) -> None:
    ran = against("frame>=2", HEADER + "numbers==1.0\nframe==1.0\nlearn==1.0\n")
    assert ran.out.splitlines() == [
        "error: the install line breaks learn 1.0",
        "    It requires numbers<2, and gets 2.1.",
        "    learn 1.0 cannot be installed beside the list.",
        "note: upgrade of frame: 1.0 -> 2.0, because the list requires frame>=2",
        "note: upgrade of numbers: 1.0 -> 2.1, because frame 2.0 requires numbers>=2",
        "note: new: extra-part 1.0",
        "warning: restart the kernel after the install line: it replaces numbers",
        "    A fresh kernel has imported that already, and keeps the old version until it is restarted.",
        "settings.ini against image.txt of 2026-11-28 (3 packages) on linux-64/3.12: "
        "1 new, 2 upgrades, 0 downgrades; 1 broken, 0 unknown",
    ]
    assert ran.code == 1


def test_a_line_that_keeps_what_would_break_is_named(against: Callable[..., Ran]) -> None:
    ran = against("numbers>1", HEADER + "numbers==1.0\nlearn==1.0\n")
    assert "error: the install line breaks learn 1.0\n    It requires numbers<2, and gets 2.1.\n" in ran.out
    assert '    This line keeps what can be kept: pip install my-course "learn==1.0"\n' in ran.out
    assert ran.code == 1


def test_what_was_broken_before_is_told_apart(against: Callable[..., Ran]) -> None:
    ran = against("numbers>=2", HEADER + "numbers==1.0\nlearn==2.0\nold==1.0\n", "--format", "json")
    report = json.loads(ran.out)
    validate(report, "against")
    assert (report["state"], report["broken"]) == ("fine", [])
    assert [(one["package"], one["requires"], one["found"]) for one in report["broken_before"]] == [
        ("old", "numbers>=3", "2.1"),
        ("old", "missing", None),
    ]
    assert [(one["package"], one["requires"], one["found"]) for one in report["repaired"]] == [
        ("learn", "numbers>=2", "1.0")
    ]
    assert report["changes"] == [
        {
            "package": "numbers",
            "kind": "upgrade",
            "before": "1.0",
            "after": "2.1",
            "because": ["the list requires numbers>=2"],
            "imported_by_kernel": True,
        }
    ]
    assert report["restart"] == ["numbers"]
    assert ran.code == 0


def test_a_downgrade_is_one(against: Callable[..., Ran]) -> None:
    ran = against("learn<2", HEADER + "numbers==2.0\n")
    assert "note: downgrade of numbers: 2.0 -> 1.5, because learn 1.0 requires numbers<2\n" in ran.out
    assert ran.code == 0


def test_a_local_version_is_installed_with_that_version_and_its_requirements_are_unknown(
    against: Callable[..., Ran],
) -> None:
    ran = against("numbers>=2", HEADER + "numbers==2.0+cu124\nframe==2.0+own\nmine @ file:///mine-1.0.tar.gz\n")
    assert ran.out.splitlines()[:6] == [
        "unknown: the requirements of numbers 2.0+cu124: the package index does not have this version",
        "    They could stop working. The output of pip inspect has their requirements.",
        "note: the requirements of frame 2.0+own: the package index does not have this version",
        "    Nothing that is installed is replaced, so they stay as they are.",
        "note: the requirements of mine 1.0: the package index does not have it",
        "    Nothing that is installed is replaced, so they stay as they are.",
    ]
    assert ran.code == 3  # the list depends on numbers


def test_a_package_of_which_nothing_is_known_is_never_fine(against: Callable[..., Ran]) -> None:
    ran = against("numbers>=2", HEADER + "numbers==1.0\nmine==1.0\n", "--format", "json")
    report = json.loads(ran.out)
    validate(report, "against")
    assert (report["state"], report["broken"]) == ("unknown", [])
    assert report["unread"] == [
        {"package": "mine 1.0", "reason": "the package index does not have it", "matters": True}
    ]
    assert ran.code == 3


def test_what_pip_cannot_install_there_is_an_error(against: Callable[..., Ran]) -> None:
    ran = against("frame>=2 numbers<2", HEADER + "numbers==1.0\n")
    assert ran.out.splitlines() == [
        "error: pip cannot install my-course there",
        "    the list requires numbers<2",
        "    frame 2.0 requires numbers>=2",
        "settings.ini against image.txt of 2026-11-28 (1 package) on linux-64/3.12: cannot be installed",
    ]
    assert ran.code == 1


def test_a_list_for_a_newer_python_cannot_be_installed_there(against: Callable[..., Ran]) -> None:
    ran = against("numbers", HEADER + "numbers==1.0\n", min_python="3.14")
    assert ran.out.startswith("error: pip cannot install my-course there: it needs Python 3.14 or newer\n")
    assert ran.code == 1


def test_without_an_index_the_answer_is_unknown(against: Callable[..., Ran]) -> None:
    ran = against("numbers>=2", HEADER + "numbers==1.0\n", "--offline", "--format", "json")
    report = json.loads(ran.out)
    validate(report, "against")
    assert (report["state"], report["changes"]) == ("unknown", None)
    assert report["reason"] == "the package index was not asked, and the cache has no response of it"
    assert ran.code == 3


def test_the_python_comes_from_the_call_the_file_or_a_default_that_is_said(against: Callable[..., Ran]) -> None:
    kernel = "ipykernel==1.0\nnumbers==1.0\n"
    ran = against("ipykernel>1", kernel)
    assert ran.out.splitlines()[1:] == [
        "warning: restart the kernel after the install line: it replaces ipykernel",
        "    A fresh kernel has imported that already, and keeps the old version until it is restarted.",
        "note: the file does not say which Python and platform it is of",
        "    This answer is for linux-64/3.12, as Colab in 2026-04. Name another one with --target.",
        "note: the file does not say what a fresh kernel has imported; a table of onelist does",
        "settings.ini against image.txt (2 packages) on linux-64/3.12: "
        "0 new, 1 upgrade, 0 downgrades; 0 broken, 0 unknown",
    ]
    ran = against("numbers", HEADER + kernel, "--target", "win-64/3.13")
    assert "on win-64/3.13: 0 new" in ran.out
    ran = against("numbers", HEADER + kernel, "--target", "moon/3.13")
    assert ran.err.startswith("onelist: moon/3.13 is not a target for which onelist can ask pip.")
    assert ran.code == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--settings-only"], "--settings-only says nothing about packages that are installed already."),
        (["--as-of", "2026-11-01"], "--as-of says nothing about packages that are installed already."),
        (["--installer", "conda"], "--against is about pip, and --installer conda is not."),
        (["--format", "sarif"], "--against prints text or JSON."),
        (["--target", "linux-64/3.12", "--target", "linux-64/3.13"], "--against compares one list with one machine."),
    ],
)
def test_options_that_do_not_fit_are_refused(against: Callable[..., Ran], more: list[str], message: str) -> None:
    ran = against("numbers", "numbers==1.0\n", *more)
    assert message in ran.err
    assert ran.code == 2


def test_what_is_installed_can_come_from_standard_input(
    tmp_path: Path, index: Server, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(**WELL | {"requirements": "numbers"}), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((HEADER + "numbers==1.0\n").encode())))
    ran = onelist("check", "--against", "-", "--index-url", f"{index.url}/simple/")
    assert ran.out.startswith("settings.ini against standard input of 2026-11-28 (1 package) on linux-64/3.12: 0 new")
    assert ran.code == 0


def test_a_version_that_the_file_does_not_say_makes_the_answer_unknown(against: Callable[..., Ran]) -> None:
    installed = HEADER + "numbers @ file:///home/conda/build_artifacts/numbers_1706/work\nlearn==1.0\n"
    ran = against("numbers>=2", installed)
    assert ran.out.splitlines()[:2] == [
        "unknown: the requirements of numbers: the file does not say its version",
        "    They could stop working. The output of pip inspect has their requirements.",
    ]
    assert ran.code == 3


@pytest.mark.parametrize("requirement", ["numbers>=99", "nowhere"])
def test_what_the_index_does_not_have_is_told_as_that(against: Callable[..., Ran], requirement: str) -> None:
    ran = against(requirement, HEADER + "numbers==1.0\n")
    assert ran.out.splitlines()[:2] == [
        "error: pip cannot install my-course there",
        f"    the list requires {requirement}, and the package index has no such release for that machine",
    ]
    assert ran.code == 1


def test_nothing_is_certain_beside_a_package_whose_version_is_not_known(against: Callable[..., Ran]) -> None:
    work = "numbers @ file:///home/conda/work\n"
    ran = against("numbers>=2", HEADER + work + "stranger==1.0\n")
    assert "unknown: the requirements of stranger 1.0: the package index does not have it\n" in ran.out
    assert "stay as they are" not in ran.out
    assert ran.out.endswith("0 broken, 2 unknown\n")
    ran = against("early", HEADER + work + "stranger==1.0\n")  # which does not ask for numbers
    assert "Nothing that is installed is replaced, so they stay as they are.\n" in ran.out
    assert ran.code == 0


def test_pip_freeze_leaves_out_pip_which_is_installed_all_the_same(against: Callable[..., Ran]) -> None:
    ran = against("numbers", HEADER + "numbers==1.0\nuser==1.0\n", "--format", "json")
    assert json.loads(ran.out)["broken_before"] == []
    older = ("--target", "linux-64/3.11")
    ran = against("numbers", "numbers==1.0\nuser==1.0\n", "--format", "json", *older, min_python="3.11")
    assert json.loads(ran.out)["broken_before"] == []
    (row,) = json.loads(against("numbers", '[{"name": "user", "version": "1.0"}]', "--format", "json").out)[
        "broken_before"
    ]
    assert row["requires"] == "pip"
    ran = against("user pip>=20", HEADER + "numbers==1.0\n")
    assert ran.out.startswith("unknown: the requirements of pip: the file does not say its version\n")
    assert ran.code == 3


def test_the_cell_of_the_document_writes_what_the_command_reads(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/howto/preinstalled.md").read_text(encoding="utf-8")
    cell = text.partition("<!-- cell: image -->\n```python\n")[2].partition("```\n")[0]
    colors = os.environ | {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}  # as in a kernel
    subprocess.run([sys.executable, "-c", f"import packaging.tags\n{cell}"], cwd=tmp_path, env=colors, check=True)
    image = read_image(tmp_path / "colab.json")
    assert image.target is not None
    assert image.target.python == sys.version_info[:2]
    assert image.loaded is not None
    assert "packaging" in image.loaded
    assert {"onelist", "packaging", "pip"} <= {one.key for one in image.packages}
    assert "py-rattler" not in image.loaded


def test_the_library_does_the_same(tmp_path: Path, index: Server) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(**WELL | {"requirements": "frame"}), encoding="utf-8")
    (tmp_path / "image.json").write_text('[{"name": "numbers", "version": "1.0"}]', encoding="utf-8")
    network = library.NetworkOptions(index_url=f"{index.url}/simple/")
    result = library.check_against(tmp_path / "image.json", tmp_path, network, target="osx-arm64/3.12")
    assert result.changes is not None
    assert [(one.name, one.after) for one in result.changes.changes] == [
        ("numbers", "2.1"),
        ("extra-part", "1.0"),
        ("frame", "2.0"),
    ]


CASES = (
    ("numbers frame early tool[x] narrow", "numbers==1.0 learn==1.0 early==2.0rc1"),
    ("apart numbers[fast]", "numbers==1.0+local learn==1.0 frame==1.0"),  # which is impossible
    ("learn numbers>=2 frame<2 tool", "learn==1.0 numbers==1.0+local frame==2.0 tool==2.0"),
)
"""Lists, each with what is installed: pip and onelist have to change the same."""


@pytest.mark.slow
def test_pip_itself_changes_the_same(tmp_path: Path, index: Server) -> None:
    depends = {tuple(one.name.split("-")[:2]): one.depends for files in PROJECTS.values() for one in files}
    url = f"{index.url}/simple/"
    for number, (requirements, installed) in enumerate(CASES):
        folder = tmp_path / str(number)
        packages = []
        for name, version in (one.split("==") for one in installed.split()):
            needs = list(depends.get((name, version), ()))
            packages.append({"metadata": {"name": name, "version": version, "requires_dist": needs}})
            place = folder / f"site/{name}-{version}.dist-info"
            place.mkdir(parents=True)
            text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            text += "".join(f"Requires-Dist: {one}\n" for one in needs)
            (place / "METADATA").write_text(text, encoding="utf-8")
            (place / "RECORD").touch()
        course = "my_course-1.0-py3-none-any.whl"
        (folder / course).write_bytes(wheel_bytes(course, requirements.split()))
        keys = WELL | {"requirements": requirements, "min_python": "3.11"}
        (folder / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        result = library.check_against(
            parse_image(json.dumps({"installed": packages}).encode(), "image.json"),
            folder,
            library.NetworkOptions(index_url=url),
            target=f"{own_platform()}/3.{sys.version_info[1]}",
        )
        changes = result.changes and {one.name: one.after for one in result.changes.changes}
        assert changes == _changes_of_pip(folder / course, folder / "site", url)


def _changes_of_pip(course: Path, site: Path, url: str) -> dict[str, str] | None:
    """Return what pip would install where a folder holds what is installed; None if it finds no solution."""
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", "--no-cache-dir"]
    environment = {"PYTHONPATH": str(site), "PATH": "", "PIP_CONFIG_FILE": os.devnull}
    ran = subprocess.run(
        [*pip, "--index-url", url, str(course)], env=environment, capture_output=True, text=True, check=False
    )
    if "ResolutionImpossible" in ran.stderr:
        return None
    rows = [row["metadata"] for row in json.loads(ran.stdout)["install"]]
    return {str(canonicalize_name(row["name"])): row["version"] for row in rows if row["name"] != "my_course"}
