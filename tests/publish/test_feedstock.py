"""`onelist feedstock` writes a new version into a clone of a feedstock and keeps everything that people have added."""

from __future__ import annotations

import difflib
import hashlib
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helpers import settings_text
from tests.servers import Answer, Fault, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran

GIT, BASH = (shutil.which(name) or name for name in ("git", "bash"))
pytestmark = pytest.mark.usefixtures("own_caches")

RECIPE = """\
# conda-forge's reviewers asked for this comment.
schema_version: 1

context:
  name: demo
  version: "1.0"  # bumped by the bot

package:
  name: ${{ name }}
  version: ${{ version }}

source:
  url: https://example.org/demo-1.0.tar.gz
  sha256: "0000000000000000000000000000000000000000000000000000000000000000"

build:
  number: 3
  noarch: python
  script: ${{ PYTHON }} -m pip install . -vv

requirements:
  host:
    - python ${{ python_min }}.*
    - pip
    - hatchling  # theirs
  run:
    - python >=${{ python_min }}
    - pandas
    - gone

tests:
  - python:
      imports: []
      pip_check: true
  - script:
      - python -c "from importlib.metadata import version; assert version('demo') == '1.0'"
  # A test that people wrote.
  - script:
      - echo theirs

about:
  homepage: https://example.org/theirs
  license: Apache-2.0
  summary: Written by people

extra:
  recipe-maintainers:
    - Grace
    - ada
  feedstock-name: demo
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Serve the sdist that was built last."""

    def answer(path: str, _: Mapping[str, str]) -> Answer | None:
        file = tmp_path / "dist" / path.lstrip("/")
        return Answer(file.read_bytes(), "application/gzip") if file.is_file() else None

    with Server(answer) as started:
        yield started


@pytest.fixture
def feed(tmp_path: Path, server: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Build a version, publish its sdist, and write it into the clone."""

    def run(*, publish: bool = True, recipe: str | None = RECIPE, **keys: str) -> Ran:
        keys = {"lib_name": "demo", "version": "1.1", "license": "apache2", "conda_maintainers": "ada babbage"} | keys
        keys = {"description": "d", "requirements": "pandas graphviz", "min_python": "3.12"} | keys
        text = settings_text(**keys, sdist_url=f"{server.url}/demo-{keys['version']}.tar.gz")
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        if publish:
            assert onelist("build", "--only", "sdist").code == 0
        (tmp_path / "clone/recipe").mkdir(parents=True, exist_ok=True)
        if recipe is not None:
            (tmp_path / "clone/recipe/recipe.yaml").write_text(recipe, encoding="utf-8")
        return onelist("feedstock", "clone", "--timeout", "5")

    return run


def test_a_new_version_keeps_everything_that_people_have_added(
    tmp_path: Path, feed: Callable[..., Ran], server: Server
) -> None:
    ran = feed()
    assert ran.code == 0, ran.err
    text = (tmp_path / "clone/recipe/recipe.yaml").read_text(encoding="utf-8")
    digest = hashlib.sha256((tmp_path / "dist/demo-1.1.tar.gz").read_bytes()).hexdigest()
    expected = (
        RECIPE.replace('"1.0"  #', '"1.1"  #')
        .replace("  # bumped by the bot\n", '  # bumped by the bot\n  python_min: "3.12"\n')
        .replace("https://example.org/demo-1.0.tar.gz", f'"{server.url}/demo-${{{{ version }}}}.tar.gz"')
        .replace("0" * 64, digest)
        .replace("number: 3", "number: 0")
        .replace("    - gone\n", "    - python-graphviz\n")
        .replace("    - ada\n", "    - ada\n    - babbage\n")
    )
    normal = yaml.safe_load(text)
    assert normal == yaml.safe_load(expected.replace("== '1.0'", "== '1.1'")) | {"tests": normal["tests"]}
    assert [test.get("script") for test in normal["tests"]][1:] == [
        ["python -c \"from importlib.metadata import version; assert version('demo') == '1.1'\""],
        ["echo theirs"],
    ]
    for kept in ("# conda-forge's reviewers asked for this comment.", "# bumped by the bot", "hatchling  # theirs"):
        assert kept in text
    assert "# A test that people wrote." in text
    changed = [line for line in difflib.ndiff(RECIPE.splitlines(), text.splitlines()) if line[0] in "+-"]
    assert len(changed) <= 17, changed
    assert "clone/recipe/recipe.yaml: version 1.0 is now 1.1, build number 0.\n" in ran.out
    assert "  run + python-graphviz\n  run - gone\n" in ran.out


def test_the_same_version_again_changes_nothing_and_another_list_raises_the_build_number(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    file = tmp_path / "clone/recipe/recipe.yaml"
    feed()
    once = file.read_bytes()
    ran = feed(recipe=None)
    assert (ran.code, file.read_bytes()) == (0, once)
    assert "nothing to do" in ran.out
    assert feed(recipe=None, requirements="pandas").code == 0
    assert yaml.safe_load(file.read_bytes())["build"]["number"] == 1


RUN = """\
    - python >=${{ python_min }}
    - pandas
    - gone
"""
ODD = {
    "a comment above what stays, below what goes": (
        RUN,
        "    - gone  # needed by foo\n    # pandas: see PR 7\n    - pandas  # at pandas\n",
        "    # pandas: see PR 7\n    - pandas  # at pandas\n    - python >=${{ python_min }}\n    - python-graphviz\n",
    ),
    "a comment at what goes last, and one behind it": (
        RUN,
        "    # by hand\n    - pandas\n    - gone  # at gone\n    # behind\n",
        "    # by hand\n    - pandas\n    - python >=${{ python_min }}\n    - python-graphviz\n    # behind\n",
    ),
    "nothing stays": (
        RUN,
        "    - gone\n",
        "    - python >=${{ python_min }}\n    - pandas\n    - python-graphviz\n",
    ),
    "a selector": (
        RUN,
        "    - pandas\n    - if: win\n      then: pywin32\n      else:\n        - x\n",
        "    - pandas\n    - if: win\n      then: pywin32\n      else:\n        - x\n"
        "    - python >=${{ python_min }}\n    - python-graphviz\n",
    ),
    "a selector in a selector, last": (
        RUN,
        "    - pandas\n    - if: win\n      then:\n        - if: arm\n          then: x\n          else: y\n        - z\n",
        "        - z\n    - python >=${{ python_min }}\n    - python-graphviz\n",
    ),
    "a Python floor that is there": (
        '  version: "1.0"  # bumped by the bot\n',
        '  version: "1.0"  # bumped by the bot\n  python_min: "3.10"\n',
        '  version: "1.1"  # bumped by the bot\n  python_min: "3.12"\n\npackage:\n',
    ),
    "a name in small letters": ("  name: ${{ name }}\n", "  name: ${{ name|lower }}\n", "  name: ${{ name|lower }}\n"),
    "a tag": ("  feedstock-name: demo\n", "  feedstock-name: !odd demo\n", "  feedstock-name: !odd demo\n"),
    "a script that is one line": (
        "      - python -c \"from importlib.metadata import version; assert version('demo') == '1.0'\"\n",
        " python -c \"from importlib.metadata import version; assert version('demo') == '1.0'\"\n",
        " python -c \"from importlib.metadata import version; assert version('demo') == '1.1'\"\n",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_unusual_recipes_keep_everything_that_people_have_added(
    tmp_path: Path, feed: Callable[..., Ran], name: str
) -> None:
    usual, theirs, after = ODD[name]
    recipe = RECIPE.replace(usual, theirs)
    if name == "a script that is one line":
        recipe = recipe.replace("  - script:\n python", "  - script: python")
    assert recipe != RECIPE
    ran = feed(recipe=recipe)
    assert ran.code == 0, ran.err
    file = tmp_path / "clone/recipe/recipe.yaml"
    assert after in file.read_text(encoding="utf-8")
    assert "{'if'" not in ran.out
    once = file.read_bytes()
    assert "nothing to do" in feed(recipe=None).out
    assert file.read_bytes() == once


def test_a_build_number_in_context_is_raised_there(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = RECIPE.replace("number: 3", "number: ${{ build }}").replace("context:\n", "context:\n  build: 3\n")
    assert feed(recipe=recipe).code == 0
    file = tmp_path / "clone/recipe/recipe.yaml"
    written = yaml.safe_load(file.read_bytes())
    assert (written["build"]["number"], written["context"]["build"]) == ("${{ build }}", 0)
    file.write_bytes(file.read_bytes().replace(b"build: 0", b"build: 4"))
    assert feed(recipe=None, requirements="pandas").code == 0
    assert yaml.safe_load(file.read_bytes())["context"]["build"] == 5
    file.write_bytes(file.read_bytes().replace(b"${{ build }}", b"${{ build + 1 }}"))
    ran = feed(recipe=None, requirements="pandas numpy")
    assert (ran.code, "writes the build number as ${{ build + 1 }}" in ran.err) == (2, True)


def test_a_list_that_two_parts_share_becomes_two_lists(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    ran = feed(recipe=RECIPE.replace("  host:\n", "  host: &both\n").replace(f"  run:\n{RUN}", "  run: *both\n"))
    assert ran.code == 0, ran.err
    written = yaml.safe_load((tmp_path / "clone/recipe/recipe.yaml").read_bytes())["requirements"]
    assert written["host"] == ["python ${{ python_min }}.*", "pip", "hatchling"]
    assert written["run"] == ["python >=${{ python_min }}", "pandas", "python-graphviz"]


def test_line_ends_of_windows_are_kept(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    (tmp_path / "clone/recipe").mkdir(parents=True)
    file = tmp_path / "clone/recipe/recipe.yaml"
    file.write_bytes(RECIPE.replace("\n", "\r\n").encode())
    assert feed(recipe=None).code == 0
    content = file.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 40


SECOND = """\
source:
  - url: https://example.org/demo-1.0.tar.gz
    sha256: "0000000000000000000000000000000000000000000000000000000000000000"
  - url: https://example.org/more.tar.gz
    sha256: aa
"""


def test_only_the_sdist_changes_among_several_sources(tmp_path: Path, feed: Callable[..., Ran], server: Server) -> None:
    start, end = RECIPE.index("source:"), RECIPE.index("build:")
    recipe = RECIPE[:start] + SECOND + "    target_directory: more\n\n" + RECIPE[end:]
    assert feed(recipe=recipe).code == 0
    first, second = yaml.safe_load((tmp_path / "clone/recipe/recipe.yaml").read_bytes())["source"]
    assert first["url"].startswith(server.url)
    assert second == {"url": "https://example.org/more.tar.gz", "sha256": "aa", "target_directory": "more"}
    ran = feed(recipe=recipe.replace("    target_directory: more\n", ""))
    assert ran.code == 2
    assert "Cannot tell which source of " in ran.err


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("  git: https://example.org/demo\n  tag: v1.0\n  depth: 1\n", 0),
        ("  path: ../src\n", 0),
        ("  if: unix\n  then:\n    url: https://example.org/x.tar.gz\n", 2),
        ("  foo\n", 2),
    ],
)
def test_the_sdist_replaces_a_checkout_and_other_sources_are_refused(
    tmp_path: Path, feed: Callable[..., Ran], source: str, code: int
) -> None:
    start, end = RECIPE.index("source:"), RECIPE.index("build:")
    ran = feed(recipe=f"{RECIPE[:start]}source:\n{source}\n{RECIPE[end:]}")
    assert ran.code == code, ran.err
    if not code:
        written = yaml.safe_load((tmp_path / "clone/recipe/recipe.yaml").read_bytes())["source"]
        assert set(written) == {"url", "sha256"}


OWN_LINE = "python -c \"from importlib.metadata import version; assert version('demo') == '1.0'\""


@pytest.mark.parametrize(
    "script",
    [
        f"  - script: |\n      echo a\n      {OWN_LINE}\n      echo b\n",
        f"  - script:\n      - cd x && {OWN_LINE} && demo --help\n",
        f"  - script:\n      content:\n        - {OWN_LINE}\n",
        f"  - if: unix\n    then:\n      script:\n        - {OWN_LINE}\n",
    ],
)
def test_only_the_version_changes_in_tests(tmp_path: Path, feed: Callable[..., Ran], script: str) -> None:
    start, end = RECIPE.index("tests:"), RECIPE.index("about:")
    recipe = f"{RECIPE[:start]}tests:\n{script}\n{RECIPE[end:]}"
    assert feed(recipe=recipe).code == 0
    written = yaml.safe_load((tmp_path / "clone/recipe/recipe.yaml").read_bytes())
    wanted = yaml.safe_load(recipe.replace("== '1.0'", "== '1.1'"))
    assert written["tests"] == wanted["tests"]


def test_comments_stay_next_to_their_keys(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = (
        RECIPE.replace("  name: demo\n  version:", "  name: demo\n  # keep in step\n  version:", 1)
        .replace("  license: Apache-2.0\n  summary: Written by people\n", "  # the licence\n  license: Apache-2.0\n")
        .replace("  number: 3\n", "")
    )
    assert feed(recipe=recipe).code == 0
    text = (tmp_path / "clone/recipe/recipe.yaml").read_text(encoding="utf-8")
    assert "  # keep in step\n  version:" in text
    assert "  # the licence\n  license:" in text
    assert re.search(r"\n\nrequirements:\n", text)
    assert yaml.safe_load(text)["build"]["number"] == 0


@pytest.mark.parametrize(
    ("usual", "theirs", "said"),
    [
        ("version: ${{ version }}", "version: ${{ version | replace('-', '_') }}", "which onelist cannot read"),
        ("extra:\n", "deep: " + "[" * 9000 + "]" * 9000 + "\nextra:\n", "is nested too deeply to be read"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_refused(feed: Callable[..., Ran], usual: str, theirs: str, said: str) -> None:
    ran = feed(recipe=RECIPE.replace(usual, theirs))
    assert ran.code == 2
    assert said in ran.err


def test_the_commands_work_in_bash_with_git(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    clone, remote = tmp_path / "clone", tmp_path / "remote.git"
    subprocess.run([GIT, "init", "-q", "--bare", str(remote)], check=True)
    subprocess.run([GIT, "init", "-q", str(clone)], check=True)
    subprocess.run([GIT, "-C", str(clone), "remote", "add", "origin", str(remote)], check=True)
    out = feed().out
    lines = [line.strip() for line in out.splitlines() if re.match(r"    (?:cd|git|gh) ", line)]
    assert shlex.split(lines[-1])[:5] == ["gh", "pr", "create", "--repo", "conda-forge/demo-feedstock"]
    identity = "git config user.name ada && git config user.email ada@example.org"
    script = " && ".join([lines[0], identity, *lines[1:-1]])
    subprocess.run([BASH, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    heads = subprocess.run([GIT, "-C", str(remote), "branch"], check=True, capture_output=True, text=True).stdout
    assert heads.split() == ["onelist-1.1-0"]


def test_a_version_that_is_not_published_is_not_written(
    tmp_path: Path, feed: Callable[..., Ran], server: Server
) -> None:
    ran = feed(publish=False)
    assert ran.code == 1
    assert (
        ": this version is not published yet, or sdist_url is wrong.\n    Publish it first: onelist publish\n"
        in ran.out
    )
    feed(requirements="pandas", recipe=None)
    (tmp_path / "clone/recipe/recipe.yaml").write_text(RECIPE, encoding="utf-8")
    ran = feed(publish=False)
    assert ran.code == 1
    assert "differs from the sdist of settings.ini." in ran.out
    server.fail("/", Fault.INTERNAL)
    ran = feed()
    assert ran.code == 3
    assert " is published: the server has an internal error" in ran.err
    assert (tmp_path / "clone/recipe/recipe.yaml").read_text(encoding="utf-8") == RECIPE


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (RECIPE.replace("name: demo", "name: other", 1), "is a recipe for other, not for demo."),
        (RECIPE.replace('"1.0"', '"2.0"', 1), "is of version 2.0, which is newer than 1.1 in settings.ini."),
        ("a: [", "recipe.yaml:1:5 is not YAML."),
        ("- a\n", "is not a recipe of schema_version 1."),
        ("schema_version: 1\npackage: demo\n", "is not the recipe of one package with a name and a version."),
        (RECIPE.replace("  run:\n", "  run: none\n  x:\n"), "is not the recipe of one package"),
        (re.sub(r"(?s)tests:\n.*?\nabout", "tests: none\n\nabout", RECIPE), "is not the recipe of one package"),
    ],
)
def test_a_recipe_of_another_package_or_format_is_refused(feed: Callable[..., Ran], recipe: str, said: str) -> None:
    ran = feed(recipe=recipe)
    assert ran.code == 2
    assert said in ran.err


def test_an_almost_empty_recipe_is_completed(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    assert feed(recipe="schema_version: 1\npackage: {name: demo, version: '1.0'}\n").code == 0
    recipe = yaml.safe_load((tmp_path / "clone/recipe/recipe.yaml").read_bytes())
    assert recipe["package"]["version"] == "${{ version }}"
    assert recipe["requirements"]["run"] == ["python >=${{ python_min }}", "pandas", "python-graphviz"]
    assert recipe["extra"] == {"recipe-maintainers": ["ada", "babbage"]}
    assert len(recipe["tests"]) == 2


def test_a_folder_without_a_recipe_and_the_older_format_have_their_own_messages(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    ran = feed(recipe=None)
    assert ran.code == 2
    assert ran.err.startswith("onelist: clone is not a clone of a feedstock: it has no recipe/recipe.yaml.\n")
    (tmp_path / "clone/recipe/meta.yaml").write_text("package:\n", encoding="utf-8")
    assert "is a meta.yaml, the older format" in feed(recipe=None).err
