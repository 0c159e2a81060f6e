"""Target: recipes of conda-forge feedstocks, brought to a new version."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from onelist.core.errors import OnelistError
from onelist.publish.feedstock.parts import Surroundings
from onelist.publish.feedstock.recipe import update_recipe
from tests.fuzz.inputs import HOSTILE, damaged_text
from tests.fuzz.settings_files import assert_error_is_harmless
from tests.fuzz.target import Target
from tests.publish.test_feedstock import RECIPE

GENERATED = """\
schema_version: 1
context:
  name: demo
  version: "2.0"
package:
  name: ${{ name }}
  version: ${{ version }}
source:
  url: https://example.org/demo-${{ version }}.tar.gz
  sha256: "1111111111111111111111111111111111111111111111111111111111111111"
build:
  number: 0
  noarch: python
  script: ${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation
requirements:
  host:
    - python ${{ python_min }}.*
    - pip
    - hatchling >=1.27
  run:
    - python >=${{ python_min }}
    - pandas >=2
    - added
tests:
  - python:
      imports: []
      pip_check: true
about:
  homepage: https://example.org/demo
  license: Apache-2.0
  license_file: LICENSE
  summary: What the course needs
extra:
  recipe-maintainers:
    - ada
"""
_AROUND = Surroundings(
    sdist_url="https://example.org/demo-2.0.tar.gz",
    sha256="1" * 64,
    maintainers=("ada",),
    python_floor="3.11",
    files=frozenset({"LICENSE"}),
    settings="settings.ini",
    builds_by_script=False,
)
_WORDS = (
    *("&a ", "*a", "<<: *a", "!!python/object:x ", "? ", "- ", "{", "[", "]", "}", "|\n", ">-\n    ", "---\n", "...\n"),
    *(
        "'",
        '"',
        "# c",
        "\t",
        "\r\n",
        "if: win",
        "then:",
        "else:",
        "${{ x }}",
        "${{",
        "pin_compatible('a')",
        "null",
        "~",
    ),
    *(
        "run:\n",
        "context:\n",
        "source: []",
        "number: 1",
        "number: ${{ n }}",
        "string: x",
        "outputs:\n",
        "cache:\n",
        "1.0",
    ),
    *HOSTILE,
)


def check_recipe(recipe: str) -> None:
    """A recipe is updated or refused; one that was updated is up to date, and keeps its comments."""
    try:
        update = update_recipe(recipe, GENERATED, "recipe.yaml", _AROUND)
    except OnelistError as error:
        assert_error_is_harmless(error)
        return
    again = update_recipe(update.text, GENERATED, "recipe.yaml", _AROUND)
    assert not again.is_needed, update.text
    assert again.text == update.text
    comment = "# A test that people wrote."
    assert re.findall(f"(?m)^ *{comment}$", update.text) == re.findall(f"(?m)^ *{comment}$", recipe)


TARGETS = (
    Target(
        name="recipes",
        inputs={"recipe": damaged_text(RECIPE, _WORDS) | damaged_text(GENERATED, _WORDS) | st.text(max_size=20)},
        check=check_recipe,
    ),
)
