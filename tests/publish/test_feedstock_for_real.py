"""rattler-build builds and tests the recipes that `onelist feedstock` has updated, from a real local channel."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from rattler_build import Package, Stage0Recipe, ToolConfiguration, VariantConfig

from tests.conda_channel import MINOR, make_channel
from tests.helpers import settings_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.skipif(sys.platform != "linux", reason="the local channel has a Python only for linux-64"),
]

MEMBERS = {"pandas": "pandas", "python-graphviz": "graphviz", "pillow": "pillow", "flit-core": "flit-core"}

USUAL = """\
schema_version: 1

context:
  version: "1.0"

package:
  name: demo
  version: ${{ version }}

source:
  url: https://example.org/demo-${{ version }}.tar.gz
  sha256: "0000000000000000000000000000000000000000000000000000000000000000"

build:
  number: 3
  noarch: python
  script: ${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation

requirements:
  host:
    - python ${{ python_min }}.*
    - pip
    - hatchling
  run:
    - python >=${{ python_min }}
    - pandas
    - gone

tests:
  - python:
      imports: []
      pip_check: true
      python_version: ${{ python_min }}.*
  - script:
      - python -c "from importlib.metadata import version; assert version('demo') == '1.0'"

about:
  license: MIT
  summary: Old

extra:
  recipe-maintainers:
    - grace
"""
START, END = USUAL.index("  host:"), USUAL.index("  run:")
SCRIPT = "  script: ${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation\n"
GENERIC = """\
context:
  version: 1.0

package:
  name: demo
  version: ${{ version }}

build:
  number: 3
  string: "3"
  noarch: generic

requirements:
  run:
    - python >=3.8  # the course
    - gone

about:
  license: MIT
  summary: Old
"""
PEOPLES = """\
    - pandas >=1,<99  # pandas 99 breaks a lesson
    # in one of two ways
    - if: unix
      then: python-graphviz
      else: graphviz
    - python >=${{ python_min }},<4
    - ${{ pin_compatible('pip', upper_bound=None) }}
"""
RECIPES = {
    "noarch python": USUAL,
    "a package without files": GENERIC,
    "no schema_version": USUAL.removeprefix("schema_version: 1\n\n"),
    "the former backend, no Python and no pip": USUAL[:START] + "  host:\n    - flit-core >=3.2\n" + USUAL[END:],
    "a backend that is too old, in one line": USUAL[:START]
    + '  host: ["python ${{ python_min }}.*", pip, "hatchling <1.20"]\n'
    + USUAL[END:],
    "no host, no script": (USUAL[:START] + USUAL[END:]).replace(SCRIPT, ""),
    "setup.py in a list of commands": USUAL.replace(SCRIPT, "  script:\n    - ${{ PYTHON }} setup.py install\n"),
    "what people wrote": USUAL.replace("    - python >=${{ python_min }}\n    - pandas\n", PEOPLES),
    "line ends of Windows": USUAL.replace("\n", "\r\n"),
}


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A channel, and a separate package cache, because its python is not a real python package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATTLER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield make_channel(tmp_path_factory.mktemp("channel"), MEMBERS)


def build_and_test(tmp_path: Path, channel: str) -> Package:
    """Build the recipe of the clone; its sdist comes from a file, because rattler-build would block a server in here."""
    file = tmp_path / "clone/recipe/recipe.yaml"
    sdist = (tmp_path / "dist/demo-1.1.tar.gz").as_uri()
    text = re.sub(r"http://127\.0\.0\.1:\d+/demo-\$\{\{ version \}\}\.tar\.gz", sdist, file.read_bytes().decode())
    file.write_bytes(text.encode())
    recipe = Stage0Recipe.from_file(file)
    (variant,) = recipe.render(VariantConfig({"python_min": [MINOR]}))
    tools = ToolConfiguration(test_strategy="skip")
    (path,) = variant.run_build(tools, output_dir=tmp_path / "out", channels=[channel]).packages
    package = Package.from_file(path)
    assert [result.success for result in package.run_tests(channel=[channel])] == [True] * package.test_count
    return package


@pytest.mark.parametrize("kind", RECIPES)
def test_an_updated_recipe_builds_and_passes_its_tests(
    tmp_path: Path, server: Server, channel: str, onelist: Callable[..., Ran], kind: str
) -> None:
    keys = {"lib_name": "demo", "version": "1.1", "license": "apache2", "description": "d", "min_python": MINOR}
    text = settings_text(**keys, requirements="pandas graphviz", sdist_url=f"{server.url}/demo-%(version)s.tar.gz")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    (tmp_path / "clone/recipe").mkdir(parents=True)
    shutil.copy(tmp_path / "LICENSE", tmp_path / "clone/recipe")
    (tmp_path / "clone/recipe/recipe.yaml").write_bytes(RECIPES[kind].encode())
    assert onelist("build", "--only", "sdist").code == 0
    ran = onelist("feedstock", "clone", "--timeout", "5")
    assert ran.code == 0, ran.err
    package = build_and_test(tmp_path, channel)
    assert (str(package.version), package.build_number, package.license) == ("1.1", 0, "Apache-2.0")
    assert package.noarch == ("generic" if kind == "a package without files" else "python")
    assert {"pandas", "python-graphviz"} <= {spec.split()[0] for spec in package.depends}
    assert "gone" not in package.depends
