"""The real tools build, test, resolve and install the artifacts, from a real local channel."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
import rattler
from rattler.package_streaming import extract
from rattler_build import Package, Stage0Recipe, ToolConfiguration, VariantConfig

from tests.channels import Package as FakePackage
from tests.channels import write_channel
from tests.conda_channel import MINOR, SUBDIR, VERSION, make_channel
from tests.helpers import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the local channel has a Python only for linux-64"),
]

MEMBERS = {"pandas": "pandas", "python-graphviz": "graphviz", "requests": "requests", "nodejs": "not-from-an-index"}
TEXT = (
    SETTINGS.replace("min_python = 3.11", f"min_python = {MINOR}")
    .replace("requests>=2,<3", "requests>=2")
    .replace("description = What the course needs", 'description = 1: "all" {{ x }} ${{ y }} # [win] 🐍 [and]')
    .replace("nodejs>=20", "nodejs>=9")
)


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A channel, and a separate package cache, because its python is not a real python package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATTLER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield make_channel(tmp_path_factory.mktemp("channel"), MEMBERS)


@pytest.fixture
def built(folder: Path, onelist: Callable[..., Ran], request: pytest.FixtureRequest) -> Path:
    text = TEXT if getattr(request, "param", None) != "all by conda" else TEXT.replace("pip_requirements", "# none")
    (folder / "settings.ini").write_text(text.replace("sdist_url", "# sdist_url"), encoding="utf-8")
    assert onelist("build", "--verify", "--index").code == 0
    assert onelist("sync").code == 0
    return folder


def rattler_build(recipe: Path, channel: str, output: Path) -> Package:
    (variant,) = Stage0Recipe.from_file(recipe).render(VariantConfig({"python_min": ["3.11"]}))
    result = variant.run_build(ToolConfiguration(test_strategy="skip"), output_dir=output, channels=[channel])
    (path,) = result.packages
    return Package.from_file(path)


RUN = [f"python >={MINOR}", "pandas", "python-graphviz >=0.20", "requests >=2", "nodejs >=9"]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        pytest.param("recipe/recipe.yaml", ("generic", 1), id="own-channel recipe"),
        pytest.param("dist/conda-forge/recipes/course-meta/recipe.yaml", ("python", 2), id="conda-forge recipe"),
    ],
)
@pytest.mark.parametrize("built", ["with a pip-only member", "all by conda"], indirect=True)
def test_rattler_build_builds_and_tests_both_v1_recipes(
    built: Path, channel: str, tmp_path: Path, recipe: str, expected: tuple[str, int]
) -> None:
    package = rattler_build(built / recipe, channel, tmp_path / "out")
    assert package.depends == RUN
    noarch, tests = expected
    if noarch == "generic":  # the file has one name, whichever tool builds it
        assert (package.build_string, package.build_number) == ("0", 0)
        assert [path.name for path in (tmp_path / "out/noarch").glob("*.conda")] == ["course-meta-0.1.0-0.conda"]
    assert (package.noarch, package.license) == (noarch, "MIT")
    results = package.run_tests(channel=[channel])
    assert [result.success for result in results] == [True] * tests


def test_a_wrong_lowest_python_fails_the_test_of_the_own_channel_recipe(
    built: Path, channel: str, tmp_path: Path
) -> None:
    recipe = built / "recipe/recipe.yaml"
    recipe.write_text(recipe.read_text().replace(f"({MINOR.replace('.', ', ')})", "(3, 99)"))
    results = rattler_build(recipe, channel, tmp_path / "out").run_tests(channel=[channel])
    assert [result.success for result in results] == [False]


def test_the_conda_package_passes_the_test_in_it(built: Path, channel: str) -> None:
    package = Package.from_file(built / "dist/conda/noarch/course-meta-0.1.0-0.conda")
    assert (package.depends, package.build_string, package.noarch) == (RUN, "0", "generic")
    assert [result.success for result in package.run_tests(channel=[channel])] == [True]


@pytest.mark.parametrize("built", ["all by conda"], indirect=True)
def test_the_list_is_installed_from_the_indexed_folder(built: Path, channel: str, tmp_path: Path) -> None:
    own = (built / "dist/conda").as_uri()
    prefix = tmp_path / "prefix"

    async def install() -> list[str]:
        records = await rattler.solve(
            [rattler.Channel(own), rattler.Channel(channel)],
            [rattler.MatchSpec("course-meta")],
            platforms=[SUBDIR, "noarch"],
        )
        await rattler.install(records, target_prefix=prefix)
        await asyncio.sleep(0.01)
        return sorted(f"{record.name.normalized} {record.version}" for record in records)

    assert asyncio.run(install()) == [
        "course-meta 0.1.0",
        "nodejs 9.0",
        "pandas 9.0",
        f"python {VERSION}",
        "python-graphviz 9.0",
        "requests 9.0",
    ]
    listed = subprocess.run(
        [prefix / "bin/python", "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
    )
    installed = {item["name"] for item in json.loads(listed.stdout)}
    assert {"pandas", "graphviz", "requests"} <= installed


def installed_files(prefix: Path, name: str) -> list[str]:
    """Return the files of a package, from its record in conda-meta."""
    (record,) = (prefix / "conda-meta").glob(f"{name}-0.1.0-*.json")
    files: list[str] = json.loads(record.read_bytes())["files"]
    return files


def test_two_lists_in_one_environment_share_no_file(folder: Path, tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """The metadata of a package, below info/, is not installed (CEP 34), so the lists cannot overwrite each other."""
    names = ("course-meta", "other-meta")
    for name in names:
        text = TEXT.replace("sdist_url", "# sdist_url").replace("course-meta", name).replace("course_meta", name)
        (folder / "settings.ini").write_text(text, encoding="utf-8")
        assert onelist("build", "--only", "conda", "--index", "-o", str(tmp_path / name)).code == 0
    members = [
        FakePackage("python", VERSION, SUBDIR, (), files=(("bin/python", "x\n"),)),
        *(FakePackage(conda, "9.0", files=((f"share/{conda}", "x\n"),)) for conda in MEMBERS),
    ]
    channels = [str(tmp_path / name / "conda") for name in names]
    channels.append(str(write_channel(tmp_path / "members", members, [SUBDIR])))
    prefix = tmp_path / "prefix"

    async def install(wanted: list[str]) -> None:
        specs = [rattler.MatchSpec(name) for name in wanted]
        records = await rattler.solve(
            [rattler.Channel(channel) for channel in channels], specs, platforms=[SUBDIR, "noarch"]
        )
        await rattler.install(records, target_prefix=prefix, cache_dir=tmp_path / "packages", show_progress=False)

    asyncio.run(install(list(names)))
    assert [installed_files(prefix, name) for name in names] == [[], []]
    files = sorted(path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file())
    assert not [file for file in files if file.startswith("info/")]
    asyncio.run(install(["other-meta"]))
    left = sorted(path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file())
    assert set(files) - set(left) == {"conda-meta/course-meta-0.1.0-0.json"}
    assert "share/pandas" in left


def test_info_of_the_conda_package_holds_what_the_builders_write(built: Path, tmp_path: Path) -> None:
    """CEP 34 and the habit of rattler-build: the recipe as it is committed, the test, the licence, no variants."""
    root = tmp_path / "extracted"
    extract(built / "dist/conda/noarch/course-meta-0.1.0-0.conda", root)
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == [
        "info/about.json",
        "info/hash_input.json",
        "info/index.json",
        "info/licenses/LICENSE",
        "info/paths.json",
        "info/recipe/LICENSE",
        "info/recipe/recipe.yaml",
        "info/tests/tests.yaml",
    ]
    assert json.loads((root / "info/paths.json").read_bytes()) == {"paths": [], "paths_version": 1}
    assert json.loads((root / "info/hash_input.json").read_bytes()) == {}
    assert (root / "info/recipe/recipe.yaml").read_bytes() == (built / "recipe/recipe.yaml").read_bytes()
    about = json.loads((root / "info/about.json").read_bytes())
    assert about["extra"] == {"recipe-maintainers": ["teacher"]}
    assert about["dev_url"] == "https://example.org/teacher/course-meta"


def test_the_members_of_the_conda_package_have_no_second_size_in_their_headers(built: Path) -> None:
    """A zip64 field (APPNOTE 4.5.3) that stays from before a member was written anew has another size."""
    with zipfile.ZipFile(built / "dist/conda/noarch/course-meta-0.1.0-0.conda") as package:
        info = next(member for member in package.infolist() if member.filename.startswith("info-"))
        assert info.extra == b""
        assert info.file_size == len(package.read(info))
        assert info.compress_type == zipfile.ZIP_STORED


def test_the_recipe_in_the_conda_package_builds_the_same_package(built: Path, channel: str, tmp_path: Path) -> None:
    original = Package.from_file(built / "dist/conda/noarch/course-meta-0.1.0-0.conda")
    extract(built / "dist/conda/noarch/course-meta-0.1.0-0.conda", tmp_path / "extracted")
    again = rattler_build(tmp_path / "extracted/info/recipe/recipe.yaml", channel, tmp_path / "out")
    for field in ("name", "version", "build_string", "build_number", "noarch", "license", "depends"):
        assert getattr(again, field) == getattr(original, field)


@pytest.mark.conda_build
@pytest.mark.skipif(not shutil.which("conda-build"), reason="conda-build is not on PATH")
def test_conda_build_renders_and_builds_meta_yaml(built: Path, channel: str, tmp_path: Path) -> None:
    command = [
        "conda-build",
        "--override-channels",
        "-c",
        channel,
        "--output-folder",
        str(tmp_path / "out"),
        str(built),
    ]
    subprocess.run(command, check=True, timeout=600)
    (path,) = (tmp_path / "out/noarch").glob("course-meta-0.1.0-*")
    assert Package.from_file(path).depends == RUN
