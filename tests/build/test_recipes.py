"""The recipes keep every rule of conda-smithy, conda-build and rattler-build that can be checked without them."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import ruamel.yaml
import yaml
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import _spdx, canonicalize_license_expression
from rattler_build import Stage0Recipe, VariantConfig

from onelist.build.python_package import build_sdist
from onelist.build.recipes import conda_forge, meta_yaml, recipe_yaml
from onelist.build.request import BuildRequest
from onelist.build.yaml import dump, meta_yaml_string, recipe_yaml_string, yaml_string
from onelist.settings.keys import spdx
from onelist.translation.plan import make_plan
from tests.helpers import project

if TYPE_CHECKING:
    from onelist.core.model import Project

V0_ORDER = "package source build requirements test app outputs about extra".split()
V1_ORDER = "schema_version context package source build requirements tests about extra".split()
SELECTOR = re.compile(r"(.+?)\s*(#.*)?\[([^\[\]]+)\](?(2)[^()]*)$")
"""conda-build's own pattern for a line with a selector (conda_build.metadata.sel_pat)."""
SMITHY_SELECTOR = re.compile(r"(.+?)\s*(#.*)?\[([^\[\]]+)\](?(2).*)$")
"""conda-smithy's pattern for the same (conda_smithy.linter.utils.sel_pat)."""
REQUIREMENT = re.compile(r"[a-z0-9_][a-z0-9_.-]*( [<>=!]*[0-9][^ ,]*(,[<>=!]*[0-9][^ ,]*)*)?")

HOSTILE = [
    "plain words",
    "quotes \" and ' and \\ backslash",
    "{{ jinja }} and {% raw %} and {# comment #}",
    "${{ jinja }} and ${{ 'x' }}",
    "${{",
    "}} ${{ 1 + 1 }} \\u0041 $ %}",
    "ends like a selector # [win]",
    "ends like a selector [and]",
    "# [osx] begins like one",
    "Foo: bar",
    "- a list",
    "yes",
    "1.0",
    "null",
    "@at `tick` |pipe >fold &anchor *alias !tag %directive ?key",
    "emoji 🐍 ünïcödé 漢字",
    "trailing colon:",
    "a # comment",
]


def documents(asked: Project) -> tuple[str, str, str]:
    plan = make_plan(asked.settings)
    request = BuildRequest(project=asked, plan=plan)
    recipe = conda_forge(request, build_sdist(request))
    return meta_yaml(asked, plan), recipe_yaml(asked, plan), recipe.content.decode()


def conda_build_reads(text: str) -> Any:
    """Do to meta.yaml what conda-build does before it reads YAML, and see that nothing changes."""
    assert not [line for line in text.splitlines() if SELECTOR.match(line)]
    environment = jinja2.Environment(keep_trailing_newline=True, undefined=jinja2.StrictUndefined)  # noqa: S701 - no HTML
    assert environment.from_string(text).render() == text
    return yaml.safe_load(text)


def rattler_build_reads(text: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:  # from_yaml would leave one of its own behind at every call
        path = Path(folder, "recipe.yaml")
        path.write_text(text, encoding="utf-8")
        (rendered,) = Stage0Recipe.from_file(path).render(VariantConfig({"python_min": ["3.11"]}))
        return dict(rendered.recipe.to_dict())


def smithy_reads(text: str) -> Any:
    """Do to a v1 recipe what conda-smithy's linter does: look for selectors, then render the whole dump with Jinja."""
    found = map(SMITHY_SELECTOR.match, text.splitlines())
    assert not [match[0] for match in found if match and match[2]]
    parser = ruamel.yaml.YAML(typ="rt")
    parser.preserve_quotes = True
    parser.width = 100_000
    document = parser.load(text)
    environment = jinja2.Environment(variable_start_string="${{", undefined=jinja2.DebugUndefined)  # noqa: S701 - no HTML
    stream = io.StringIO()
    parser.dump(document, stream)
    variables = {"python_min": "3.11", "PYTHON": "python", **document.get("context", {})}
    return yaml.safe_load(environment.from_string(stream.getvalue()).render(variables))


def assert_common(text: str, document: Any, order: list[str]) -> None:
    keys = list(yaml.safe_load(text))
    assert keys == [key for key in order if key in keys]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search(r"(?<!\$)\{\{[^ ]|[^ ]\}\}", text)
    assert re.fullmatch(r"[a-z0-9_.-]+", document["package"]["name"])
    assert isinstance(document["package"]["version"], str)
    assert "-" not in document["package"]["version"]
    assert re.search(r'version: "', text)
    assert document["build"]["number"] == 0
    assert document["build"]["noarch"] in {"generic", "python"}
    for spec in document["requirements"]["run"]:
        assert REQUIREMENT.fullmatch(spec), spec
    assert document.get("test") or document["tests"]
    about = document["about"]
    assert about["license"] == canonicalize_license_expression(about["license"])
    assert about["summary"]
    assert about["license_file"] in ("LICENSE", ["LICENSE"])
    assert about.get("home") or about["homepage"]
    assert document["extra"]["recipe-maintainers"] == ["teacher"]


FULL = {
    "description": "What the course needs",
    "license": "apache2",
    "git_url": "https://example.org/course",
    "user": "teacher",
    "requirements": "pandas graphviz>=0.20 numpy==1.2.* requests!=2.1.*,>=2",
}


@pytest.mark.parametrize("extra", [{}, {"sdist_url": "https://example.org/a-%(version)s.tar.gz"}], ids=["path", "url"])
@pytest.mark.parametrize("pip", [{}, {"pip_requirements": "sentencepiece[x]>=1"}], ids=["conda has all", "pip-only"])
def test_every_rule_that_can_be_checked_without_the_linters_is_kept(extra: dict[str, str], pip: dict[str, str]) -> None:
    v0, v1, recipe = documents(project(**FULL, **extra, **pip))
    assert_common(v0, conda_build_reads(v0), V0_ORDER)
    assert_common(v1, rattler_build_reads(v1), V1_ORDER)
    assert_common(recipe, rattler_build_reads(recipe), V1_ORDER)


def test_the_own_channel_recipe_is_noarch_generic_without_source_and_with_a_literal_floor() -> None:
    v0, v1, _ = documents(project(**FULL))
    for document in (conda_build_reads(v0), rattler_build_reads(v1)):
        assert document["build"]["noarch"] == "generic"
        assert "source" not in document
        assert document["requirements"] == {
            "run": ["python >=3.11", "pandas", "python-graphviz >=0.20", "numpy 1.2.*", "requests >=2,!=2.1.*"]
        }
    assert "${{" not in v1


def test_the_conda_forge_recipe_follows_cfep_25() -> None:
    recipe = documents(project(**FULL, min_python="3.12"))[2]
    raw = yaml.safe_load(recipe)
    assert raw["context"] == {"version": "0.1.0", "python_min": "3.12"}
    assert raw["requirements"]["host"] == ["python ${{ python_min }}.*", "pip", "hatchling >=1.27"]
    assert raw["requirements"]["run"][0] == "python >=${{ python_min }}"
    assert raw["build"]["noarch"] == "python"
    assert raw["about"]["repository"] == "https://example.org/course"
    assert raw["tests"] == [
        {"python": {"imports": [], "pip_check": True, "python_version": ["${{ python_min }}.*", "*"]}},
        {
            "script": [
                "python -c \"from importlib.metadata import version; assert version('course-meta') == '0.1.0'\""
            ],
            "requirements": {"run": ["python ${{ python_min }}.*"]},
        },
    ]


@pytest.mark.parametrize(("floor", "own"), [("3.8", None), ("3.10", None), ("3.11", None), ("3.12", "3.12")])
def test_the_conda_forge_recipe_sets_python_min_only_above_that_of_conda_forge(floor: str, own: str | None) -> None:
    recipe = documents(project(**FULL, min_python=floor))[2]
    assert yaml.safe_load(recipe)["context"].get("python_min") == own
    assert rattler_build_reads(recipe)["requirements"]["run"][0] == f"python >={own or '3.11'}"


def test_the_conda_forge_recipe_says_what_a_submission_still_needs() -> None:
    recipe = documents(project(**FULL))[2]
    assert (
        "# source is the sdist beside this folder: conda-forge needs its address, sdist_url in settings.ini." in recipe
    )
    with_url = documents(project(**FULL, sdist_url="https://example.org/0.1.0/a-0.1.0.tar.gz"))[2]
    assert "conda-forge needs its address" not in with_url
    assert yaml.safe_load(with_url)["source"]["url"] == "https://example.org/${{ version }}/a-${{ version }}.tar.gz"
    assert rattler_build_reads(with_url)["source"][0]["url"] == "https://example.org/0.1.0/a-0.1.0.tar.gz"


def test_pip_only_requirements_are_named_in_the_description_and_turn_pip_check_off() -> None:
    asked = project(**FULL, pip_requirements="sentencepiece torch>=2 pandas")
    v0, v1, recipe = documents(asked)
    expected = "Not among the conda packages of this list, to be installed by pip: sentencepiece, torch>=2"
    for document in (conda_build_reads(v0), rattler_build_reads(v1), rattler_build_reads(recipe)):
        assert document["about"]["description"] == expected
        assert not [spec for spec in document["requirements"]["run"] if spec.startswith(("sentencepiece", "torch"))]
    assert yaml.safe_load(recipe)["tests"][0]["python"]["pip_check"] is False


def test_pip_check_is_off_where_conda_has_something_else() -> None:
    for extra in ({"requirements": "jax[k8s]", "conda_requirements": "jax"}, {"pip_requirements": "torch>=2"}):
        recipe = documents(project(**FULL | extra))[2]
        assert yaml.safe_load(recipe)["tests"][0]["python"]["pip_check"] is False
    paired = documents(project(**FULL, pip_requirements="torch>=2", conda_requirements="pytorch>=2"))[2]
    assert yaml.safe_load(paired)["tests"][0]["python"]["pip_check"] is True


@pytest.mark.parametrize(
    "keys",
    [
        {"requirements": "bs4"},
        {"requirements": "sklearn"},
        {"requirements": "cupy-cuda12x"},
        {"requirements": "rdkit-pypi"},
        {"requirements": "pandas cmake"},
        {"requirements": "psycopg2-binary", "conda_names": "psycopg2-binary=psycopg2"},
        {"requirements": "tensorflow-probability tfp-nightly"},
        {"requirements": "pandas", "pip_requirements": "sklearn", "conda_requirements": "scikit-learn"},
    ],
    ids=lambda keys: " ".join(keys.values()),
)
def test_pip_check_is_off_where_the_conda_package_does_not_carry_the_distribution(keys: dict[str, str]) -> None:
    recipe = documents(project(**FULL | keys))[2]
    assert yaml.safe_load(recipe)["tests"][0]["python"]["pip_check"] is False


def test_pip_check_stays_on_where_only_the_name_differs() -> None:
    keys = {"requirements": "torch graphviz Scikit_Learn opencv-python huggingface-hub vtk lumen"}
    recipe = documents(project(**FULL | keys))[2]
    assert yaml.safe_load(recipe)["tests"][0]["python"]["pip_check"] is True


def test_without_a_licence_file_the_recipes_say_so(folder: Path) -> None:
    from onelist.settings.project import load_project

    (folder / "LICENSE").unlink()
    for text in documents(load_project(folder / "settings.ini")):
        assert "license_file:" not in text
        assert "# license_file is missing: put the text of the licence into LICENSE beside settings.ini.\n" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives_every_reader(text: str) -> None:
    keys = FULL | {"description": text.replace("%", "%%")}
    v0, v1, recipe = documents(project(**keys))
    assert conda_build_reads(v0)["about"]["summary"] == text
    assert rattler_build_reads(v1)["about"]["summary"] == text
    assert rattler_build_reads(recipe)["about"]["summary"] == text
    assert [smithy_reads(v1)["about"]["summary"], smithy_reads(recipe)["about"]["summary"]] == [text, text]


def test_words_and_numbers_that_yaml_knows_stay_text() -> None:
    """conda-build makes a Boolean of some of them all the same, in quotes too: S016 refuses them."""
    words = "yes No on OFF true False y N null Null ~ 1.0 1e3 0x1F 0o7 1_000 12:30:45 2024-01-01 .inf .NaN nan inf = << 7 -1"
    for text in words.split():
        assert conda_build_reads(f"a: {meta_yaml_string(text)}\n") == {"a": text}
        recipe = f"package: {{name: a, version: '1'}}\nabout:\n  summary: {recipe_yaml_string(text)}\n"
        assert rattler_build_reads(recipe)["about"]["summary"] == text
        assert smithy_reads(recipe)["about"]["summary"] == text


def test_only_a_recipe_whose_text_looks_like_jinja_has_a_brace_in_its_context() -> None:
    _, v1, recipe = documents(project(**FULL | {"description": "${{ x }} and {%% y"}))
    assert 'summary: "$${{ brace }}{ x }} and ${{ brace }}% y"\n' in v1
    assert 'schema_version: 1\n\ncontext:\n  brace: "{"\n\npackage:\n' in v1
    assert 'context:\n  version: "0.1.0"\n  brace: "{"\n' in recipe
    assert "brace" not in "".join(documents(project(**FULL | {"description": "{{ x }} and } %%} $"})))


def test_an_address_with_a_template_is_no_selector_for_the_linter() -> None:
    url = "https://example.org/a#[win]/d-%(version)s.tar.gz"
    recipe = documents(project(**FULL, sdist_url=url))[2]
    assert "/a\\x23[win]/d-${{ version }}.tar.gz" in recipe
    assert rattler_build_reads(recipe)["source"][0]["url"] == "https://example.org/a#[win]/d-0.1.0.tar.gz"
    assert smithy_reads(recipe)["source"]["url"] == "https://example.org/a#[win]/d-0.1.0.tar.gz"


def test_recipes_are_written_in_plain_scalars_as_people_write_them() -> None:
    v0, v1, recipe = documents(project(**FULL, sdist_url="https://example.org/%(version)s/a-%(version)s.tar.gz"))
    floor = '- python -c "import sys; assert sys.version_info >= (3, 11)"\n'
    assert f"  commands:\n    {floor}" in v0
    assert f"  - script:\n      {floor}" in v1
    for line in (
        "  version: ${{ version }}",
        "  url: https://example.org/${{ version }}/a-${{ version }}.tar.gz",
        "  script: ${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation",
        "    - python ${{ python_min }}.*",
        "    - python >=${{ python_min }}",
        "        - ${{ python_min }}.*",
        "  summary: What the course needs",
    ):
        assert f"{line}\n" in recipe
    assert re.search(r"^  sha256: [0-9a-f]{64}$", recipe, re.MULTILINE)
    assert {line.strip() for line in recipe.splitlines() if line.endswith('"') and "python -c" not in line} == {
        'version: "0.1.0"',
        '- "*"',
    }


def test_a_hash_that_yaml_would_read_as_a_number_is_quoted() -> None:
    for digest in ("1" * 64, "1" * 32 + "e" + "1" * 31):
        assert recipe_yaml_string(digest) == f'"{digest}"'
    assert recipe_yaml_string("1a" * 32) == "1a" * 32


def test_a_recipe_that_is_ready_for_conda_forge_begins_without_a_comment() -> None:
    ready = FULL | {"sdist_url": "https://example.org/a-%(version)s.tar.gz", "pip_requirements": "sentencepiece"}
    v0, v1, recipe = documents(project(**ready))
    assert recipe.startswith("schema_version: 1\n")
    assert not [line for line in recipe.splitlines() if line.lstrip().startswith("#")]
    for text in (v0, v1):
        assert text.startswith("# Written by onelist from settings.ini: change that file, then run: onelist sync\n")


def test_the_own_channel_recipes_build_one_file_name_and_pack_no_folder() -> None:
    v0, v1, recipe = documents(project(**FULL))
    assert yaml.safe_load(v0)["build"] == {"number": 0, "noarch": "generic", "include_recipe": False}
    assert yaml.safe_load(v1)["build"] == {"number": 0, "string": "0", "noarch": "generic"}
    assert rattler_build_reads(v1)["build"]["string"] == "0"
    assert "string" not in yaml.safe_load(recipe)["build"]


def test_line_breaks_in_a_description_become_blanks() -> None:
    v0 = documents(project(**FULL | {"description": "one\n  two\n\tthree"}))[0]
    assert conda_build_reads(v0)["about"]["summary"] == "one two three"


readable = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff"), min_size=1, max_size=40
).filter(lambda text: text == " ".join(text.split()))
hostile = st.lists(
    st.sampled_from(["{{", "}}", "${{", "{%", "#", " [win]", "]", '"', "\\", "a", " b", ": "]), min_size=1
)


@given(readable | hostile.map("".join).map(str.strip).filter(bool))
def test_any_text_survives_every_reader(text: str) -> None:
    assert yaml.safe_load(yaml_string(text)) == text
    assert conda_build_reads(f"a: {meta_yaml_string(text)}\n") == {"a": text}
    summary = f"about:\n  summary: {recipe_yaml_string(text)}\n"
    recipe = "context: {brace: '{'}\npackage: {name: a, version: '1'}\n" + summary
    assert rattler_build_reads(recipe)["about"]["summary"] == text
    assert smithy_reads(recipe)["about"]["summary"] == text


@pytest.mark.parametrize("char", ["\x7f", "\ufffe", "\uffff"])
def test_what_yaml_does_not_take_is_escaped(char: str) -> None:
    assert yaml.safe_load(yaml_string(f"a{char}b")) == f"a{char}b"
    assert yaml.safe_load(dump({char: char})) == {char: char}


nodes = st.recursive(
    readable | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(readable, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(readable, nodes, min_size=1, max_size=4))
def test_plain_data_comes_back_from_yaml(document: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(document, header=["a note"])) == document


def test_rattler_build_takes_every_licence_that_settings_may_name(tmp_path: Path) -> None:
    names = [entry["id"] for entry in _spdx.LICENSES.values()]
    texts = [*names, *(f"{name}+" for name in names), *(f"MIT WITH {e['id']}" for e in _spdx.EXCEPTIONS.values())]
    accepted = [expression for expression in map(spdx, texts) if expression]
    assert len(accepted) > len(names)  # most names, and most of them with a +
    recipe = tmp_path / "recipe.yaml"
    refused = []
    for expression in accepted:
        recipe.write_text(
            'schema_version: 1\npackage: {name: a, version: "1"}\nbuild: {noarch: generic}\n'
            f"about: {{license: {expression}}}\n",
            encoding="utf-8",
        )
        try:
            Stage0Recipe.from_file(recipe).render(VariantConfig({}))
        except Exception as error:  # noqa: BLE001 - whatever it says
            refused.append((expression, str(error)))
    assert refused == []
