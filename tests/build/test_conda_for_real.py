"""What is built is built, tested, resolved and installed by the real tools, from a real local channel."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import rattler
from rattler_build import Package, Stage0Recipe, ToolConfiguration, VariantConfig

from tests.conda_channel import MINOR, SUBDIR, VERSION, make_channel
from tests.helpers import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the local channel holds a Python for linux-64 alone"),
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
    """A channel, and a package cache of its own: its python has the name of real ones and is none of them."""
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
        pytest.param("recipe/recipe.yaml", ("generic", 1), id="form A"),
        pytest.param("dist/conda-forge/recipes/course-meta/recipe.yaml", ("python", 2), id="form B"),
    ],
)
@pytest.mark.parametrize("built", ["with a pip-only member", "all by conda"], indirect=True)
def test_rattler_build_builds_and_tests_both_v1_recipes(
    built: Path, channel: str, tmp_path: Path, recipe: str, expected: tuple[str, int]
) -> None:
    package = rattler_build(built / recipe, channel, tmp_path / "out")
    assert package.depends == RUN
    noarch, tests = expected
    assert (package.noarch, package.license) == (noarch, "MIT")
    results = package.run_tests(channel=[channel])
    assert [result.success for result in results] == [True] * tests


def test_a_false_floor_fails_the_test_of_form_a(built: Path, channel: str, tmp_path: Path) -> None:
    recipe = built / "recipe/recipe.yaml"
    recipe.write_text(recipe.read_text().replace(f"({MINOR.replace('.', ', ')})", "(3, 99)"))
    results = rattler_build(recipe, channel, tmp_path / "out").run_tests(channel=[channel])
    assert [result.success for result in results] == [False]


def test_the_conda_package_passes_the_test_that_it_carries(built: Path, channel: str) -> None:
    package = Package.from_file(built / "dist/conda/noarch/course-meta-0.1.0-0.conda")
    assert (package.depends, package.build_string, package.noarch) == (RUN, "0", "generic")
    assert [result.success for result in package.run_tests(channel=[channel])] == [True]


@pytest.mark.parametrize("built", ["all by conda"], indirect=True)
def test_the_indexed_folder_is_a_channel_from_which_the_list_is_installed(
    built: Path, channel: str, tmp_path: Path
) -> None:
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
