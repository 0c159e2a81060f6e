"""`onelist feedstock` writes a new version into a clone of a feedstock and keeps everything that people have added."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rattler_build import RattlerBuildError, Stage0Recipe, VariantConfig

from tests.helpers import settings_text
from tests.servers import Fault, Server

if TYPE_CHECKING:
    from collections.abc import Callable
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
        .replace("https://example.org/demo-1.0.tar.gz", f"{server.url}/demo-${{{{ version }}}}.tar.gz")
        .replace("0" * 64, digest)
        .replace("number: 3", "number: 0")
        .replace("    - gone\n", "    - python-graphviz\n")
        .replace("    - ada\n", "    - ada\n    - babbage\n")
        .replace("Written by people", "d")
        .replace("== '1.0'", "== '1.1'")
    )
    assert text == expected
    assert "clone/recipe/recipe.yaml: version 1.0 is now 1.1, build number 0.\n" in ran.out
    assert "  run + python-graphviz\n  run - gone\n" in ran.out


@pytest.mark.parametrize(
    ("content", "own", "said"),
    [
        ("python_min:\n- '3.12'\n", None, []),
        (
            "a:\n- b\npython_min:\n- '3.99'\ntarget_os:\n- linux\n",
            None,
            [
                "context: conda-forge builds only for Python 3.99 and newer, so its package will need that. min_python in "
                "settings.ini is 3.12."
            ],
        ),
        ("python_min:\n- '3.10'\n", "3.12", []),
        ("python_min:\n- high\n", "3.12", []),
    ],
    ids=["as settings.ini", "newer", "older", "no version"],
)
def test_the_lowest_python_that_conda_smithy_wrote_into_the_clone_goes_before_the_table(
    tmp_path: Path, feed: Callable[..., Ran], content: str, own: str | None, said: list[str]
) -> None:
    (tmp_path / "clone/.ci_support").mkdir(parents=True)
    (tmp_path / "clone/.ci_support/linux_64_.yaml").write_text(content, encoding="utf-8")
    (tmp_path / "clone/.ci_support/win_arm64_.yaml").write_text("python_min:\n- '3.98'\n", encoding="utf-8")
    looked = look_at(feed())
    assert yaml.safe_load(text_of(tmp_path))["context"].get("python_min") == own
    assert [line for line in looked if line.startswith("context: ")] == said


def test_a_link_out_of_the_clone_and_a_value_of_its_own_say_nothing_about_conda_forge(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    (tmp_path / "elsewhere").write_text("python_min:\n- '3.99'\n", encoding="utf-8")
    (tmp_path / "clone/.ci_support").mkdir(parents=True)
    (tmp_path / "clone/.ci_support/linux_64_.yaml").symlink_to(tmp_path / "elsewhere")
    assert feed().code == 0
    assert yaml.safe_load(text_of(tmp_path))["context"]["python_min"] == "3.12"
    (tmp_path / "clone/.ci_support/linux_64_.yaml").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "clone/.ci_support/linux_64_.yaml")
    (tmp_path / "clone/recipe/conda_build_config.yaml").write_text("python_min:\n- '3.99'\n", encoding="utf-8")
    assert feed().code == 0
    assert yaml.safe_load(text_of(tmp_path))["context"]["python_min"] == "3.12"


def test_the_same_version_again_changes_nothing_and_another_list_raises_the_build_number(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    file = tmp_path / "clone/recipe/recipe.yaml"
    feed()
    once = file.read_bytes()
    ran = feed(recipe=None)
    assert (ran.code, file.read_bytes()) == (0, once)
    assert "nothing to do" in ran.out
    ran = feed(recipe=None, requirements="pandas")
    assert ran.code == 0
    assert "clone/recipe/recipe.yaml: still version 1.1, build number 1.\n" in ran.out  # it said "1.1 is now 1.1"
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
        "    - python >=${{ python_min }}\n    # pandas: see PR 7\n    - pandas  # at pandas\n    - python-graphviz\n",
    ),
    "a comment at what goes last, and one behind it": (
        RUN,
        "    # by hand\n    - pandas\n    - gone  # at gone\n    # behind\n",
        "    - python >=${{ python_min }}\n    # by hand\n    - pandas\n    - python-graphviz\n    # behind\n",
    ),
    "nothing stays": (
        RUN,
        "    - gone\n",
        "    - python >=${{ python_min }}\n    - pandas\n    - python-graphviz\n",
    ),
    "a selector": (
        RUN,
        "    - pandas\n    - if: win\n      then: pywin32\n      else:\n        - x\n",
        "    - python >=${{ python_min }}\n    - pandas\n    - if: win\n      then: pywin32\n      else:\n        - x\n"
        "    - python-graphviz\n",
    ),
    "a selector in a selector, last": (
        RUN,
        "    - pandas\n    - if: win\n      then:\n        - if: arm\n          then: x\n          else: y\n        - z\n",
        "        - z\n    - python-graphviz\n",
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


def test_an_anchor_is_refused_because_rattler_build_reads_none(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = RECIPE.replace("  host:\n", "  host: &both\n").replace(f"  run:\n{RUN}", "  run: *both\n")
    ran = feed(recipe=recipe)
    assert (ran.code, ran.err) == (
        2,
        "onelist: clone/recipe/recipe.yaml has the YAML anchor &both, and rattler-build reads no anchors.\n"
        "    Write the value twice.\n",
    )
    with pytest.raises(RattlerBuildError, match="anchor"):
        Stage0Recipe.from_file(tmp_path / "clone/recipe/recipe.yaml")


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
        ("version: ${{ version }}", "version: ${{ release | replace('-', '_') }}", "which onelist cannot read"),
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
        (
            RECIPE.replace("  run:\n", "  run: none\n  x:\n"),
            "recipe.yaml: run is not a list, and conda-forge takes only",
        ),
        (
            RECIPE.replace("  recipe-maintainers:\n    - Grace\n    - ada\n", "  recipe-maintainers: Grace\n"),
            "recipe.yaml: recipe-maintainers is not a list, and conda-forge takes only lists there.",
        ),
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


def rendered(tmp_path: Path) -> dict[str, Any]:
    """Return the recipe of the clone as rattler-build renders it with conda-forge's python_min."""
    recipe = Stage0Recipe.from_file(tmp_path / "clone/recipe/recipe.yaml")
    (variant,) = recipe.render(VariantConfig({"python_min": ["3.11"]}))
    return dict(variant.recipe.to_dict())


def text_of(tmp_path: Path) -> str:
    """Return the recipe of the clone."""
    return (tmp_path / "clone/recipe/recipe.yaml").read_text(encoding="utf-8")


def look_at(ran: Ran) -> list[str]:
    """Return the list at the end of the output."""
    assert ran.code == 0, ran.err
    _, _, listed = ran.out.partition("Look at this:\n")
    return [line.removeprefix("  - ") for line in listed.splitlines()]


def replaced(*pairs: tuple[str, str], recipe: str = RECIPE) -> str:
    """Return a recipe with other texts, each of which it must have."""
    for old, new in pairs:
        assert old in recipe, old
        recipe = recipe.replace(old, new, 1)
    return recipe


SETUPTOOLS = """\
  host:
    - python >=3.8
    - setuptools >=61  # the former backend
    - wheel
    - numpy
"""
HOST = """\
  host:
    - python ${{ python_min }}.*
    - pip
    - hatchling  # theirs
"""


def test_host_gets_what_the_sdist_needs_and_the_former_backend_is_named(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    script = ("script: ${{ PYTHON }} -m pip install . -vv\n", "script: python setup.py install\n")
    looked = look_at(feed(recipe=replaced((HOST, SETUPTOOLS), script)))
    assert rendered(tmp_path)["requirements"]["host"] == [
        "python 3.12.*",
        "setuptools >=61",
        "wheel",
        "numpy",
        "pip",
        "hatchling >=1.27",
    ]
    assert "    - setuptools >=61  # the former backend\n" in text_of(tmp_path)
    assert "  script: ${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation\n" in text_of(tmp_path)
    assert looked[:6] == [
        'build: the script "python setup.py install" is now "${{ PYTHON }} -m pip install . -vv --no-deps'
        ' --no-build-isolation": the sdist has no setup.py.',
        'host: "setuptools >=61" stays, but the sdist does not need it: hatchling and pip build it.',
        'host: "wheel" stays, but the sdist does not need it: hatchling and pip build it.',
        'host: "python >=3.8" is now "python ${{ python_min }}.*".',
        'host: "pip" is new, because the sdist needs it.',
        'host: "hatchling >=1.27" is new, because the sdist needs it.',
    ]


@pytest.mark.parametrize(
    ("theirs", "now"),
    [
        ("hatchling >=1,<1.20", "hatchling >=1.27"),
        ("hatchling 1.25.*", "hatchling >=1.27"),
        ("hatchling ==1.25", "hatchling >=1.27"),
        ("hatchling >=1.20,<2", "hatchling >=1.27,<2"),
    ],
)
def test_a_backend_that_is_too_old_is_replaced_where_it_stands(
    tmp_path: Path, feed: Callable[..., Ran], theirs: str, now: str
) -> None:
    looked = look_at(feed(recipe=replaced(("    - hatchling  # theirs\n", f"    - {theirs}  # theirs\n"))))
    assert looked[0] == f'host: "{theirs}" is now "{now}", because the sdist needs "hatchling >=1.27".'
    assert f"    - {now}  # theirs\n" in text_of(tmp_path)


@pytest.mark.parametrize("theirs", ["pip <26", "pip 25.*", "hatchling >=1.20", "hatchling >=1.27,<2"])
def test_versions_of_build_tools_that_fit_stay(tmp_path: Path, feed: Callable[..., Ran], theirs: str) -> None:
    line = "    - pip\n" if theirs.startswith("pip") else "    - hatchling  # theirs\n"
    looked = look_at(feed(recipe=replaced((line, f"    - {theirs}\n"))))
    assert f"    - {theirs}\n" in text_of(tmp_path)
    assert not [note for note in looked if note.startswith("host:")]


@pytest.mark.parametrize(
    "script",
    [
        "  script:\n    - python setup.py install  # old\n    - echo theirs\n",
        "  script:\n    content:\n      - python setup.py install\n      - echo theirs\n",
        "  script:\n    content: python setup.py install\n",
        "  script: [python setup.py install, echo theirs]\n",
    ],
)
def test_a_command_of_setup_py_is_replaced_wherever_it_stands(
    tmp_path: Path, feed: Callable[..., Ran], script: str
) -> None:
    looked = look_at(feed(recipe=replaced(("  script: ${{ PYTHON }} -m pip install . -vv\n", script))))
    pip = "${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation"
    expected = yaml.safe_load(script.replace("python setup.py install", "PIP"))["script"]
    written = str(yaml.safe_load(text_of(tmp_path))["build"]["script"])
    assert written == str(expected).replace("PIP", pip)
    said = f'build: the script "python setup.py install" is now "{pip}": the sdist has no setup.py.'
    assert [note for note in looked if note.startswith("build:")] == [said]


def test_a_host_list_that_fits_is_not_touched(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    looked = look_at(feed())
    assert HOST in text_of(tmp_path)
    assert not [note for note in looked if note.startswith(("host:", "build:"))]


GENERIC = """\
context:
  version: "1.0"

package:
  name: demo
  version: ${{ version }}

build:
  noarch: generic
  number: 2

requirements:
  run:
    - python >=3.10  # the course
    - pandas

about:
  summary: Old
  license: MIT
  license_file: LICENSE

extra:
  recipe-maintainers:
    - grace
"""


@pytest.mark.parametrize("form", ["context", "literal", "source"])
def test_a_package_without_files_stays_one(tmp_path: Path, feed: Callable[..., Ran], form: str) -> None:
    recipe = GENERIC
    if form == "literal":
        recipe = replaced(('context:\n  version: "1.0"\n\n', ""), ("${{ version }}", "1.0"), recipe=GENERIC)
    if form == "source":
        source = "source:\n  url: https://example.org/demo-1.0.tar.gz\n  sha256: aa\n\nbuild:\n"
        recipe = replaced(("build:\n", source), recipe=GENERIC)
    (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    (tmp_path / "clone/recipe").mkdir(parents=True)
    (tmp_path / "clone/recipe/LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    ran = feed(recipe=recipe, publish=form == "source")
    looked = look_at(ran)
    written = rendered(tmp_path)
    assert written["package"] == {"name": "demo", "version": "1.1"}
    assert (written["build"]["noarch"], written["build"]["number"]) == ("generic", 0)
    assert "script" not in written["build"]
    assert written["requirements"] == {"run": ["python >=3.12", "pandas", "python-graphviz"]}
    assert ("source" in written) is (form == "source")
    assert "    - python >=3.12  # the course\n" in text_of(tmp_path)
    keys = list(yaml.safe_load(text_of(tmp_path)))
    order = "context package source build requirements tests about extra".split()
    assert keys == [key for key in order if key in keys]
    assert "tests" in keys
    assert "pip" not in text_of(tmp_path)
    assert looked == [
        'about: license "MIT" is now "Apache-2.0", as in settings.ini.',
        'about: summary "Old" is now "d", as in settings.ini.',
    ]
    assert "nothing to do" in feed(recipe=None, publish=False).out


def test_the_recipe_that_sync_writes_is_updated_to_the_recipe_that_sync_writes(
    tmp_path: Path, feed: Callable[..., Ran], onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    feed(recipe=GENERIC, publish=False, version="1.0", requirements="pandas tqdm>=4", min_python="3.11")
    assert onelist("sync").code == 0
    shutil.copytree(tmp_path / "recipe", tmp_path / "clone/recipe", dirs_exist_ok=True)
    looked = look_at(feed(recipe=None, publish=False, requirements="pandas tqdm"))
    assert looked == []
    assert onelist("sync").code == 0
    assert text_of(tmp_path) == (tmp_path / "recipe/recipe.yaml").read_text(encoding="utf-8")


def test_a_missing_schema_version_is_1_and_stays_missing(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    assert feed(recipe=replaced(("schema_version: 1\n", ""))).code == 0
    assert "schema_version" not in text_of(tmp_path)
    assert rendered(tmp_path)["package"]["version"] == "1.1"


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (
            RECIPE + "outputs:\n  - package:\n      name: demo\n",
            "onelist: clone/recipe/recipe.yaml has a section outputs, and onelist updates only recipes of one package.\n"
            "    Write the new version by hand.\n",
        ),
        (
            RECIPE.replace("schema_version: 1", "schema_version: 2"),
            "onelist: clone/recipe/recipe.yaml is not a recipe of schema_version 1.\n"
            "    Name a clone whose recipe is a recipe.yaml.\n",
        ),
    ],
)
def test_other_formats_are_refused_with_their_reason(feed: Callable[..., Ran], recipe: str, said: str) -> None:
    ran = feed(recipe=recipe, publish=False)
    assert (ran.code, ran.err) == (2, said)


def test_for_a_meta_yaml_the_converters_are_named(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    (tmp_path / "clone/recipe").mkdir(parents=True)
    (tmp_path / "clone/recipe/meta.yaml").write_text("package:\n", encoding="utf-8")
    ran = feed(recipe=None, publish=False)
    assert (ran.code, ran.err) == (
        2,
        "onelist: The recipe of clone is a meta.yaml, the older format, which onelist cannot update.\n"
        "    Convert it first: feedrattler converts a feedstock, and conda-recipe-manager convert a meta.yaml.\n",
    )


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("1.0", "1.1", 0),
        ("1.9", "1.10", 0),
        ("1.0", "1.0.0", 4),
        ("1.1.0", "1.1", 4),
        ("1.0rc1", "1.0", 0),
        ("1.0", "1.0.post1", 0),
        ("2024", "2024.1", 0),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_the_build_number_is_counted_right_in_every_spelling_of_the_version(  # noqa: PLR0913 - the parameters of a case
    tmp_path: Path, feed: Callable[..., Ran], *, old: str, new: str, number: int, quote: str
) -> None:
    """Conda takes 1.0 and 1.0.0 for one version, so the build number decides which package is newer."""
    assert feed(recipe=replaced(('"1.0"', f"{quote}{old}{quote}")), version=new).code == 0
    written = rendered(tmp_path)
    assert written["package"]["version"] == new
    assert written["build"]["number"] == number


@pytest.mark.parametrize(
    ("old", "new"), [("1.10", "1.9"), ("1.10", "1.1"), ("2_0", "1.0"), ("1.0", "1.0rc1"), ("1.0.post1", "1.0")]
)
def test_a_downgrade_is_refused_however_the_version_is_written(
    tmp_path: Path, feed: Callable[..., Ran], old: str, new: str
) -> None:
    recipe = replaced(('"1.0"', old))
    ran = feed(recipe=recipe, version=new, publish=False)
    said = f"onelist: clone/recipe/recipe.yaml is of version {old}, which is newer than {new} in settings.ini.\n"
    assert (ran.code, ran.err) == (2, said + "    Bring the clone and settings.ini up to date.\n")
    assert text_of(tmp_path) == recipe


@pytest.mark.parametrize(("written", "now"), [("010", 11), ("'3'", 4), ('"07"', 8), ("+3", 4)])
def test_a_build_number_is_read_as_rattler_build_reads_it(
    tmp_path: Path, feed: Callable[..., Ran], written: str, now: int
) -> None:
    feed()
    file = tmp_path / "clone/recipe/recipe.yaml"
    file.write_text(replaced(("number: 0", f"number: {written}"), recipe=text_of(tmp_path)), encoding="utf-8")
    assert rendered(tmp_path)["build"]["number"] == now - 1
    assert feed(recipe=None, requirements="pandas").code == 0
    assert rendered(tmp_path)["build"]["number"] == now


@pytest.mark.parametrize(
    ("string", "now"), [('"0"', '"1"'), ("0", '"1"'), ("${{ hash }}_0", "${{ hash }}_0"), ("mine_0", "mine_0")]
)
def test_a_build_string_that_is_the_number_follows_it(
    tmp_path: Path, feed: Callable[..., Ran], string: str, now: str
) -> None:
    """The recipe that sync writes has one; with the former string, a new build would have the name of the old one."""
    feed()
    file = tmp_path / "clone/recipe/recipe.yaml"
    with_string = ("number: 0\n", f"number: 0\n  string: {string}  # theirs\n")
    file.write_text(replaced(with_string, recipe=text_of(tmp_path)), encoding="utf-8")
    looked = look_at(feed(recipe=None, requirements="pandas"))
    assert f"  number: 1\n  string: {now}  # theirs\n" in text_of(tmp_path)
    said = 'build: string "mine_0" stays. See whether this build gets a file name of its own.'
    assert (said in looked) is (string == "mine_0")


def test_an_unreadable_build_number_is_refused(feed: Callable[..., Ran]) -> None:
    ran = feed(recipe=replaced(("number: 3", "number: 0x10")), publish=False)
    assert (ran.code, ran.err) == (
        2,
        "onelist: clone/recipe/recipe.yaml writes the build number as 0x10, which onelist cannot read.\n"
        "    Write a number.\n",
    )


OTHERS = """\
    - tqdm >=4.66  # progress bars
    - python >=${{ python_min }},<3.14
    # numpy 2 breaks the second lesson
    - numpy >=1.20,<2
    - scipy !=1.11.0
    - requests <2
    - ${{ pin_compatible('pillow') }}
    - pytorch * cuda*
    - if: win
      then: pywin32  # they need it
    - gone >=1  # nobody knows
    # about the next one
    - gone-too
    - Pandas>=1.0
"""


def test_the_run_list_follows_settings_and_keeps_what_people_have_written(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    names = "numpy>=1.26 scipy requests>=2.28 pillow torch tqdm pandas>=1.0 pywin32 graphviz"
    ran = feed(recipe=replaced((RUN, OTHERS)), requirements=names)
    looked = look_at(ran)
    text = text_of(tmp_path)
    after = text[text.index("  run:\n") : text.index("\ntests:")]
    assert after == (
        "  run:\n"
        "    - tqdm  # progress bars\n"
        "    - python >=${{ python_min }},<3.14\n"
        "    # numpy 2 breaks the second lesson\n"
        "    - numpy >=1.26,<2\n"
        "    - scipy !=1.11.0\n"
        "    - requests >=2.28\n"
        "    - ${{ pin_compatible('pillow') }}\n"
        "    - pytorch * cuda*\n"
        "    - if: win\n"
        "      then: pywin32  # they need it\n"
        "    # about the next one\n"
        "    - Pandas>=1.0\n"
        "    - python-graphviz\n"
    )
    assert looked[:-1] == [
        'run: "python <3.14" stays: settings.ini does not have <3.14.',
        'run: "numpy <2" stays: settings.ini does not have <2.',
        'run: "scipy !=1.11.0" stays: settings.ini does not have !=1.11.0.',
        'run: "requests <2" is gone: it does not fit "requests >=2.28".',
        "run: \"${{ pin_compatible('pillow') }}\" stays, because people wrote it.",
        'run: "pillow" is not added, because "${{ pin_compatible(\'pillow\') }}" has pillow.',
        'run: "pytorch * cuda*" stays; settings.ini says "pytorch".',
        'run: "if: win" stays, because people wrote it.',
        'run: "pywin32" is not added, because "if: win" has pywin32.',
        'run: "gone >=1" is removed together with its comment: # nobody knows',
        'run: "gone-too" is removed, and the comment above it stays: # about the next one',
    ]
    assert "  run + tqdm\n" in ran.out
    assert "  run - tqdm >=4.66\n" in ran.out
    once = text_of(tmp_path)
    again = feed(recipe=None, requirements=names)
    assert "nothing to do" in again.out
    assert look_at(again)[0] == 'run: "python <3.14" stays: settings.ini does not have <3.14.'
    assert text_of(tmp_path) == once


def test_a_flow_list_is_edited_in_its_line(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = replaced((f"  run:\n{RUN}", '  run: [pandas, "gone >=1,<2"]  # theirs\n'))
    assert feed(recipe=recipe, requirements="pandas numpy>=1,<3").code == 0
    assert '  run: ["python >=${{ python_min }}", pandas, "numpy >=1,<3"]  # theirs\n' in text_of(tmp_path)
    assert rendered(tmp_path)["requirements"]["run"] == ["python >=3.12", "pandas", "numpy >=1,<3"]


def test_a_list_at_the_column_of_its_key_is_edited(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = replaced((RUN, "  - pandas  # theirs\n  - gone\n"))
    assert feed(recipe=recipe).code == 0
    assert "  run:\n  - python >=${{ python_min }}\n  - pandas  # theirs\n  - python-graphviz\n\n" in text_of(tmp_path)


def test_maintainers_are_never_added_from_user(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    assert feed(conda_maintainers="", user="an-organisation").code == 0
    assert yaml.safe_load(text_of(tmp_path))["extra"]["recipe-maintainers"] == ["Grace", "ada"]
    looked = look_at(feed(recipe=RECIPE[: RECIPE.index("extra:")], conda_maintainers="", user="an-organisation"))
    assert looked[-1] == "extra: recipe-maintainers is missing: conda-forge asks for the GitHub names of people."
    assert "an-organisation" not in text_of(tmp_path)


def test_licence_summary_and_homepage_follow_settings(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    keys = {"license": "mit", "description": "A course: two [win]", "git_url": "https://example.org/ours"}
    looked = look_at(feed(**keys, recipe=replaced(("  summary: Written", "  summary: |\n    Written"))))
    assert rendered(tmp_path)["about"] == {
        "homepage": "https://example.org/ours",
        "license": "MIT",
        "summary": "A course: two [win]",
        "repository": "https://example.org/ours",
    }
    assert looked == [
        'about: homepage "https://example.org/theirs" is now "https://example.org/ours", as in settings.ini.',
        'about: license "Apache-2.0" is now "MIT", as in settings.ini.',
        'about: summary "Written by people" is now "A course: two [win]", as in settings.ini.',
    ]


def test_the_notes_name_the_settings_file_that_was_given(
    tmp_path: Path, feed: Callable[..., Ran], onelist: Callable[..., Ran]
) -> None:
    odd = replaced((RUN, ODD_ITEMS), ("context:\n", 'context:\n  scipy_pin: ">=1.7"\n'))
    feed(recipe=odd, requirements="pandas numpy>=1.20 pillow")
    (tmp_path / "settings.ini").rename(tmp_path / "course.ini")
    (tmp_path / "clone/recipe/recipe.yaml").write_text(odd, encoding="utf-8")
    ran = onelist("feedstock", "clone", "course.ini", "--timeout", "5")
    assert 'run: "pandas 1.*" is gone: course.ini says "pandas".' in look_at(ran)
    assert "settings.ini" not in ran.out + ran.err


def test_what_no_longer_holds_is_named(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    recipe = replaced(
        ("imports: []", "imports: [demo.core, gone, pandas]"),
        ("  license: Apache-2.0\n", "  license: Apache-2.0\n  license_file:\n    - LICENSE\n    - NOTICE.txt\n"),
        ("  number: 3\n", "  number: 3\n  python:\n    entry_points:\n      - demo = demo:main\n"),
        (
            "  # A test that people wrote.\n",
            "  - package_contents:\n      site_packages:\n        - demo/core.py\n        - demo-*.dist-info/METADATA\n"
            "      bin: [demo]\n      files:\n        exists: [etc/demo.conf]\n      strict: false\n",
        ),
    )
    assert look_at(feed(recipe=recipe))[1:] == [
        "tests: the import of demo.core fails, unless a requirement brings it: the list has no module.",
        "tests: see whether a requirement of the list still brings gone, which is imported.",
        "build: python: entry_points names programs, and the list has none.",
        "about: license_file NOTICE.txt is neither in the sdist nor beside the recipe.",
        *(
            f"tests: package_contents expects {path}, and the list has no module and no program."
            for path in ("demo/core.py", "demo", "etc/demo.conf")
        ),
    ]


@pytest.mark.parametrize("written", ["      pip_check: true\n", ""])
def test_a_pip_check_that_cannot_pass_is_switched_off(tmp_path: Path, feed: Callable[..., Ran], written: str) -> None:
    recipe = replaced(("      pip_check: true\n", written), ("      - echo theirs\n", "      - pip check\n"))
    looked = look_at(feed(recipe=recipe, pip_requirements="only-on-pip"))
    assert rendered(tmp_path)["tests"][0]["python"]["pip_check"] is False
    assert looked[0] == "tests: pip_check is now false: the conda packages do not bring all that the wheel requires."
    assert 'tests: "pip check" stays in a script, although pip_check is false.' in looked


def test_the_tests_of_other_packages_keep_their_versions(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    line = "python -c \\\"from importlib.metadata import version; assert version('{}') == '1.0'\\\""
    own, other = (f'      - "{line.format(name)}"\n' for name in ("demo", "pandas"))
    assert feed(recipe=replaced(("      - echo theirs\n", own + other))).code == 0
    assert own.replace("1.0", "1.1") + other in text_of(tmp_path)


def test_without_noarch_the_package_stays_one_for_each_platform(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = replaced(("  noarch: python\n", ""), (HOST, "  host:\n    - python\n    - pip\n"))
    looked = look_at(feed(recipe=replaced(("    - python >=${{ python_min }}\n", "    - python\n"), recipe=recipe)))
    written = yaml.safe_load(text_of(tmp_path))
    assert "noarch" not in written["build"]
    assert written["requirements"]["host"][:2] == ["python", "pip"]
    assert written["requirements"]["run"] == ["python", "pandas", "python-graphviz"]
    assert (
        looked[0] == "build: noarch is not set, so conda-forge builds the list for each platform and Python of its own."
    )


def test_missing_sections_are_added_at_their_places(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = "package:\n  name: demo\n  version: '1.0'\n\n# by hand\nextra:\n  recipe-maintainers: [grace]\n"
    assert feed(recipe=recipe).code == 0
    keys = list(yaml.safe_load(text_of(tmp_path)))
    assert keys == ["context", "package", "source", "build", "requirements", "tests", "about", "extra"]
    assert "\n\n# by hand\nextra:\n  recipe-maintainers: [grace, ada, babbage]\n" in text_of(tmp_path)
    assert not re.search(r"\n\n\n|\n\n\Z", text_of(tmp_path))


def test_expressions_are_evaluated_by_rattler_build(tmp_path: Path, feed: Callable[..., Ran], server: Server) -> None:
    """An address with an expression stays as people wrote it, when it is the address of settings.ini."""
    url = f"{server.url}/${{{{ (name | lower)[:2] }}}}${{{{ name[2:] | lower }}}}-${{{{ version }}}}.tar.gz"
    recipe = replaced(
        ("https://example.org/demo-1.0.tar.gz", url),
        ("  name: demo\n", "  name: Demo\n"),
        ("  name: ${{ name }}\n", "  name: ${{ name | lower | trim }}\n"),
        ("  version: ${{ version }}\n", "  version: ${{ version | replace('-', '_') }}\n"),
    )
    assert feed(recipe=recipe).code == 0
    assert f"  url: {url}\n" in text_of(tmp_path)
    assert rendered(tmp_path)["package"] == {"name": "demo", "version": "1.1"}
    (source,) = rendered(tmp_path)["source"]
    assert source["url"] == f"{server.url}/demo-1.1.tar.gz"


def test_a_version_of_several_parts_is_refused(feed: Callable[..., Ran]) -> None:
    recipe = replaced(('  version: "1.0"', "  major: 1"), ("  version: ${{ version }}", "  version: ${{ major }}.0"))
    ran = feed(recipe=recipe, publish=False)
    assert (ran.code, ran.err) == (
        2,
        "onelist: clone/recipe/recipe.yaml writes the version as ${{ major }}.0, which onelist cannot change.\n"
        "    Write ${{ version }} with version in context.\n",
    )


ODD_ITEMS = """\
    - python
    - pandas 1.*
    - numpy >= 1.20, < 3
    - numpy !=1.25
    - tqdm
    - tqdm
    - scipy ${{ scipy_pin }}
    - conda-forge::pillow
    - graphviz
    - lost <3
"""


def test_items_in_every_spelling_are_understood(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    ran = feed(
        recipe=replaced((RUN, ODD_ITEMS), ("context:\n", 'context:\n  scipy_pin: ">=1.7"\n')),
        requirements="pandas numpy>=1.20 tqdm scipy>=1.7 pillow",
        conda_requirements="graphviz",
    )
    assert look_at(ran)[:-1] == [
        'run: "pandas 1.*" is gone: settings.ini says "pandas".',
        'run: "numpy <3" stays: settings.ini does not have <3.',
        'run: "numpy !=1.25" stays, because people wrote it.',
        'run: "tqdm" is removed: tqdm is in the list a second time.',
        'run: "conda-forge::pillow" stays; settings.ini says "pillow".',
        'run: "lost <3" is removed: settings.ini does not list lost.',
    ]
    assert rendered(tmp_path)["requirements"]["run"] == [
        "python >=3.12",
        "pandas",
        "numpy >=1.20,<3",
        "numpy !=1.25",
        "tqdm",
        "scipy >=1.7",
        "conda-forge::pillow",
        "graphviz",
    ]
    assert "    - numpy >= 1.20, < 3\n" in text_of(tmp_path)


def test_a_floor_that_conda_forge_has_anyway_goes(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    bumped = '  version: "1.0"  # bumped by the bot\n'
    recipe = replaced((bumped, bumped + '  python_min: "3.10"  # see PR 4\n'))
    looked = look_at(feed(recipe=recipe, min_python="3.11"))
    assert "python_min:" not in text_of(tmp_path)
    assert looked[0] == (
        "context: python_min 3.10 is gone: the lowest Python of conda-forge is enough. Its comment was: # see PR 4"
    )


def test_hostile_text_of_a_recipe_is_escaped(feed: Callable[..., Ran]) -> None:
    ran = feed(recipe=replaced(("    - gone\n", '    - "gone <1\\e[31m\\u202e"\n')))
    assert ran.code == 0, ran.err
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


@pytest.mark.parametrize("flow", [False, True])
@pytest.mark.parametrize("text", ["Words # [win]", "Use ${{ name }} and \\", "a, b: {c} [d]", "caf\u00e9 \U0001f40d"])
def test_words_are_written_as_in_the_recipe_that_onelist_makes(
    tmp_path: Path, feed: Callable[..., Ran], onelist: Callable[..., Ran], *, text: str, flow: bool
) -> None:
    start, end = RECIPE.index("about:"), RECIPE.index("extra:")
    about = "about: {summary: old, license: MIT}\n\n" if flow else RECIPE[start:end]
    recipe = RECIPE[:start] + about + RECIPE[end:]
    assert look_at(feed(recipe=recipe, description=text))
    assert rendered(tmp_path)["about"]["summary"] == text
    assert onelist("build", "--only", "conda-forge").code == 0
    made = (tmp_path / "dist/conda-forge/recipes/demo/recipe.yaml").read_text(encoding="utf-8")
    (line,) = (line.strip() for line in made.splitlines() if line.startswith("  summary:"))
    assert line in text_of(tmp_path) or flow
    assert not [note for note in look_at(feed(recipe=None, description=text)) if "summary" in note]


def test_other_line_ends_in_a_comment_move_no_edit(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    recipe = replaced(
        ("# conda-forge's reviewers", "# two \u2028 three \u0085 conda-forge's reviewers"),
        ("    - pandas\n", "    - pandas >=1  # at \u2028 pandas\n"),
    )
    assert feed(recipe=recipe).code == 0
    text = text_of(tmp_path)
    assert "    - pandas  # at \u2028 pandas\n    - python-graphviz\n\ntests:\n" in text
    assert text.startswith(
        "# two \u2028 three \u0085 conda-forge's reviewers asked for this comment.\nschema_version: 1\n"
    )


@pytest.mark.parametrize("odd", ["? [a]\n  : b", "{a: b}: c"])
def test_a_key_that_is_no_text_is_refused_because_rattler_build_reads_no_such_file(
    tmp_path: Path, feed: Callable[..., Ran], odd: str
) -> None:
    ran = feed(recipe=replaced(("  number: 3\n", f"  {odd}\n  number: 3\n")), publish=False)
    assert (ran.code, ran.err) == (
        2,
        "onelist: clone/recipe/recipe.yaml:17 has a list or a mapping as a key, and rattler-build reads no such file.\n"
        "    Write a text as the key.\n",
    )
    with pytest.raises(RattlerBuildError):
        Stage0Recipe.from_file(tmp_path / "clone/recipe/recipe.yaml")


def test_a_second_key_of_one_name_is_refused_because_rattler_build_reads_no_such_file(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    ran = feed(recipe=replaced(("  number: 3\n", "  number: 3\n  number: 4\n")), publish=False)
    assert (ran.code, ran.err) == (
        2,
        "onelist: clone/recipe/recipe.yaml:18 has the key number a second time, and rattler-build reads no such"
        " file.\n    Keep one of them.\n",
    )
    with pytest.raises(RattlerBuildError, match="Duplicate key"):
        Stage0Recipe.from_file(tmp_path / "clone/recipe/recipe.yaml")


def test_what_else_rattler_build_cannot_read_is_named(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    looked = look_at(feed(recipe=replaced(("  number: 3\n", "  number: 3\n  colour: blue\n"))))
    assert looked[-1].startswith("rattler-build cannot read the recipe: ")
    assert "colour" in looked[-1]
    with pytest.raises(RattlerBuildError, match="colour"):
        Stage0Recipe.from_file(tmp_path / "clone/recipe/recipe.yaml")


@pytest.mark.parametrize(
    ("usual", "empty"),
    [
        (f"  run:\n{RUN}", "  run:\n"),
        (HOST, "  host:  # nothing yet\n"),
        ("  number: 3\n", "  number:\n"),
        ("  script: ${{ PYTHON }} -m pip install . -vv\n", "  script: ~\n"),
        ("  recipe-maintainers:\n    - Grace\n    - ada\n", "  recipe-maintainers: null\n"),
        (RECIPE[RECIPE.index("about:\n") : RECIPE.index("extra:")], "about:\n\n"),
        (RECIPE[RECIPE.index("tests:\n") : RECIPE.index("about:")], "tests:\n\n"),
    ],
)
def test_a_key_without_a_value_is_as_missing(tmp_path: Path, feed: Callable[..., Ran], usual: str, empty: str) -> None:
    assert feed(recipe=replaced((usual, empty))).code == 0
    completed = text_of(tmp_path)
    assert feed(recipe=replaced((usual, ""))).code == 0
    assert yaml.safe_load(completed) == yaml.safe_load(text_of(tmp_path))
    assert rendered(tmp_path)["requirements"]["run"] == ["python >=3.12", "pandas", "python-graphviz"]


def test_tabs_behind_a_value_are_read_and_stay(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    """YAML 1.2 and rattler-build take them between a value and its comment; YAML 1.1 does not."""
    recipe = replaced(("    - pandas\n", "    - pandas\t# theirs\n"), ("number: 3\n", "number: 3\t \n"))
    assert feed(recipe=recipe).code == 0
    assert "    - pandas\t# theirs\n" in text_of(tmp_path)
    assert "  number: 0\t \n" in text_of(tmp_path)
    assert rendered(tmp_path)["build"]["number"] == 0


def test_the_line_ends_of_most_lines_are_those_of_the_file(tmp_path: Path, feed: Callable[..., Ran]) -> None:
    (tmp_path / "clone/recipe").mkdir(parents=True)
    file = tmp_path / "clone/recipe/recipe.yaml"
    file.write_bytes(RECIPE.replace("\n", "\r\n", 3).encode())
    assert feed(recipe=None).code == 0
    assert b"\r" not in file.read_bytes()


def test_a_list_of_addresses_stays_if_it_has_the_sdist_and_is_named_if_not(
    tmp_path: Path, feed: Callable[..., Ran], server: Server
) -> None:
    usual = "  url: https://example.org/demo-1.0.tar.gz\n"
    mirrors = (
        f"  url:\n    - https://example.org/${{{{ version }}}}\n    - {server.url}/demo-${{{{ version }}}}.tar.gz\n"
    )
    assert feed(recipe=replaced((usual, mirrors))).code == 0
    assert mirrors in text_of(tmp_path)
    others = "  url:\n    - https://example.org/a-1.0\n    - https://example.org/b-1.0\n"
    looked = look_at(feed(recipe=replaced((usual, others))))
    assert looked[0] == "source: the URL https://example.org/b-1.0 is gone: sdist_url replaces it."
    assert rendered(tmp_path)["source"][0]["url"] == f"{server.url}/demo-1.1.tar.gz"


def test_an_upper_bound_of_settings_takes_the_place_of_another_one(feed: Callable[..., Ran]) -> None:
    looked = look_at(feed(recipe=replaced(("    - gone\n", "    - numpy <2.5\n")), requirements="pandas numpy>=2,<3"))
    assert looked[0] == 'run: "numpy <2.5" is gone: settings.ini says "numpy >=2,<3".'


def test_new_sections_of_a_recipe_between_brackets_stand_at_their_places(
    tmp_path: Path, feed: Callable[..., Ran]
) -> None:
    """The linter asks for this order (R-001), in JSON too."""
    recipe = (
        '{"package": {"name": "demo", "version": "1.0"}, "build": {"noarch": "generic"},\n'
        ' "requirements": {"run": ["python >=3.8"]}, "about": {"license": "MIT", "summary": "x"},\n'
        ' "extra": {"recipe-maintainers": ["grace"]}}\n'
    )
    assert feed(recipe=recipe).code == 0
    written = yaml.safe_load(text_of(tmp_path))
    assert list(written) == ["package", "build", "requirements", "tests", "about", "extra"]
    assert list(written["build"]) == ["number", "noarch"]
    assert rendered(tmp_path)["requirements"]["run"] == ["python >=3.12", "pandas", "python-graphviz"]
