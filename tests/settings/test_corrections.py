"""What people write in place of a list of names: each line has one finding, with the list that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import SettingsError
from onelist.core.findings import Severity, Source
from onelist.core.text import find_secret
from onelist.settings.editing import edits
from tests.conftest import SHARED
from tests.helpers import mistakes, parse, settings_text

if TYPE_CHECKING:
    from onelist.core.findings import Finding

COMMAND = "it is a command, and only the names of the packages belong here"
TYPOGRAPHY = "it has quotes, hyphens or commas that a word processor or another keyboard makes"
BULLET = "a list has no bullets or numbers"
BRACKETS = "the names have no brackets or quotes around them"
KEY = "the name of the key stands only in front of the ="
SEPARATOR = "only spaces separate names"
SPACES = "a requirement has no spaces or brackets in front of its versions and extras"
LOOSE = "it has a version without a comparison, or a sign without a version"
IMPORT = "it is an import, and only the names of the packages belong here"
PYTHON = "min_python says which Python the list needs"
ONE_WORD = "the name of the package is one word"
OPEN = "a bracket is not closed, or not opened"
WORD = "it has a word or a number that is no name"

LINES = [
    # a line of requirements, what is wrong with it, what was meant
    ("pip install pandas", COMMAND, "pandas"),
    ("!pip install pandas", COMMAND, "pandas"),
    ("%pip install -U pandas numpy", COMMAND, "pandas numpy"),
    ("python -m pip install pandas", COMMAND, "pandas"),
    ("pip3 install pandas --index-url https://example.org/simple", COMMAND, "pandas"),
    ("conda install -c conda-forge pandas", COMMAND, "pandas"),
    ("mamba install pandas=2 numpy", COMMAND, "pandas==2 numpy"),
    ("uv add pandas", COMMAND, "pandas"),
    ("!poetry add pandas numpy", COMMAND, "pandas numpy"),
    ("pixi add pandas", COMMAND, "pandas"),
    ("pipenv install pandas", COMMAND, "pandas"),
    ("sudo apt-get -y install graphviz", "it is a command that installs no Python packages", ""),
    ("brew install ffmpeg", "it is a command that installs no Python packages", ""),
    ("[", BRACKETS, ""),
    ("]", BRACKETS, ""),
    ("pandas==latest", LOOSE, "pandas"),
    ("%pandas", LOOSE, "pandas"),
    ("import pandas as pd, numpy", IMPORT, "pandas numpy"),
    ("from sklearn import svm", IMPORT, "scikit-learn"),
    ("\u201cpandas\u201d", TYPOGRAPHY, "pandas"),
    ("\u2018pandas\u2019 \u2018numpy\u2019", TYPOGRAPHY, "pandas numpy"),
    ("pandas \u2013 numpy", TYPOGRAPHY, "pandas numpy"),
    ("scikit\u2013learn", TYPOGRAPHY, "scikit-learn"),
    ("pandas\uff0cnumpy", TYPOGRAPHY, "pandas numpy"),
    ("pandas>=\uff12\uff0e\uff11", TYPOGRAPHY, "pandas>=2.1"),
    ("Scikit Learn", ONE_WORD, "scikit-learn"),
    ("pandas open  CV>=4 numpy", ONE_WORD, "pandas opencv-python>=4 numpy"),
    ("beautiful soup 4", ONE_WORD, "beautifulsoup4"),
    ("ray [tune, default]>=2, numpy", SPACES, "ray[tune,default]>=2 numpy"),
    ("pandas[", OPEN, "pandas"),
    ("numpy pandas]", OPEN, "numpy pandas"),
    ("pandas[all", OPEN, "pandas[all]"),
    ("ray[tune,default numpy", OPEN, "ray[tune,default] numpy"),
    ("pandas\u3001numpy", TYPOGRAPHY, "pandas numpy"),
    ("pandas\uff1e\uff1d2", TYPOGRAPHY, "pandas>=2"),
    ("pandas\u22652", TYPOGRAPHY, "pandas>=2"),
    ("pandas\u200b", TYPOGRAPHY, "pandas"),
    ("pandas&gt;=2", "it has the code of a web page, such as &gt; for >", "pandas>=2"),
    ("\u2022 pandas", BULLET, "pandas"),
    ("- pandas", BULLET, "pandas"),
    ("* pandas>=2", BULLET, "pandas>=2"),
    ("1. pandas", BULLET, "pandas"),
    ("[pandas, numpy]", BRACKETS, "pandas numpy"),
    ("(pandas)", BRACKETS, "pandas"),
    ('["pandas", "numpy>=2"]', BRACKETS, "pandas numpy>=2"),
    ("requirements: pandas", KEY, "pandas"),
    ("== pandas", KEY, "pandas"),
    ("pandas; numpy", SEPARATOR, "pandas numpy"),
    ("pandas & numpy", SEPARATOR, "pandas numpy"),
    ("pandas | numpy", SEPARATOR, "pandas numpy"),
    ("pandas+numpy", SEPARATOR, "pandas numpy"),
    ("pandas/numpy", SEPARATOR, "pandas numpy"),
    ("pandas...", LOOSE, "pandas"),
    ("pandas==", LOOSE, "pandas"),
    ("pandas*", LOOSE, "pandas"),
    ("pandas 2.0", LOOSE, "pandas>=2.0"),
    ("pandas v2 numpy", LOOSE, "pandas>=2 numpy"),
    ("fastapi [all]", SPACES, "fastapi[all]"),
    ("numpy (>=2)", SPACES, "numpy>=2"),
    ("numpy >= 2 , < 3", SPACES, "numpy>=2,<3"),
    ("numpy>2.0<3", SPACES, "numpy>2.0,<3"),
    ("pandas-2.0-py3-none-any.whl", "it has the name of a file", "pandas"),
    ("https://example.org/project/pandas/", "it has the address of a web page", "pandas"),
    ("https://example.org/simple/pandas", "it has the address of a web page", "pandas"),
    ("pandas and numpy", WORD, "pandas numpy"),
    ("pandas latest", WORD, "pandas"),
    ("pandas etc", WORD, "pandas"),
    ("install", WORD, ""),
    ("pandas>=2 and <3", SPACES, "pandas>=2,<3"),
    ("pandas >=2 & < 3 numpy", SPACES, "pandas>=2,<3 numpy"),
    ("numpy ~=2", SPACES, "numpy~=2.0"),
    ("pandas>=2.x", LOOSE, "pandas>=2"),
    ("pandas numpy>= 1.x", SPACES, "pandas numpy>=1"),
    ("pandas (2.0)", SPACES, "pandas>=2.0"),
    ("pandas    2.0.3", LOOSE, "pandas>=2.0.3"),
    ("Python 3.9", PYTHON, ""),
    ("python 3.9 pandas", PYTHON, "pandas"),
    ("pandas Python 3.9+", PYTHON, "pandas"),
    ("and", WORD, ""),
    ("2.0", WORD, ""),
]


def errors(text: str) -> list[Finding]:
    """Return the errors of a settings.ini."""
    try:
        parse(text)
    except SettingsError as error:
        return [found for found in error.findings if found.severity is Severity.ERROR]
    return []


def fixed(text: str, found: Finding) -> str:
    """Return a settings.ini after the edit of a finding."""
    assert found.edit
    source, skipped = edits.apply(Source(file="settings.ini", text=text), [found.edit])
    assert not skipped or skipped == (found.edit,)
    return source.text


@pytest.mark.parametrize(("line", "reason", "meant"), LINES)
def test_a_line_has_one_finding_with_the_list_that_was_meant(line: str, reason: str, meant: str) -> None:
    text = settings_text(requirements=line)
    (found,) = errors(text)
    assert found.message == f"{line} is not a list of names: {reason}."
    assert found.hint == (f"Write {meant}" if meant else "Delete it.")
    assert found.span
    assert (found.span.line, found.span.column, found.span.length) == (5, 16, len(line))
    assert [item.text for item in parse(fixed(text, found)).requirements] == meant.split()


@pytest.mark.parametrize(
    ("item", "floor"), [("python>=3.13", (3, 13)), ("python>=3.9", (3, 11)), ("python<4", (3, 11)), ("Python", (3, 11))]
)
def test_python_in_a_list_becomes_min_python(item: str, floor: tuple[int, int]) -> None:
    text = settings_text(requirements=f"{item} pandas", min_python="3.11")
    (found,) = errors(text)
    settings = parse(fixed(text, found))
    assert ([one.text for one in settings.requirements], settings.min_python) == (["pandas"], floor)


def test_python_in_a_list_without_min_python_has_no_certain_edit() -> None:
    (found,) = errors("[DEFAULT]\nlib_name = a\nversion = 1\nrequirements = python>=3.9 pandas\n")
    assert found.edit is None


SEVERAL = [
    # lines of requirements, what is wrong with all of them, what was meant
    (["- pandas", "- numpy", "- scipy>=1"], BULLET, "pandas numpy scipy>=1"),
    (["1. pandas", "2. numpy"], BULLET, "pandas numpy"),
    (["[pandas]", "[numpy]"], BRACKETS, "pandas numpy"),
    (["pip install pandas", "pip install -U numpy"], COMMAND, "pandas numpy"),
    (["import pandas as pd", "import numpy as np"], IMPORT, "pandas numpy"),
    (["pandas;", "numpy;"], SEPARATOR, "pandas numpy"),
    (["pandas    2.0.3", "numpy    1.26.0"], LOOSE, "pandas>=2.0.3 numpy>=1.26.0"),
    (["\u2022 pandas", "numpy"], BULLET, "pandas"),
]


@pytest.mark.parametrize(("lines", "reason", "meant"), SEVERAL)
def test_lines_with_the_same_mistake_have_one_finding(lines: list[str], reason: str, meant: str) -> None:
    text = settings_text(requirements="".join(f"\n    {line}" for line in lines))
    (found,) = errors(text)
    more = {"numpy": ""}.get(lines[1], f" and {len(lines) - 1} more line{'s' if lines[2:] else ''}")
    verb = "are not lists" if more else "is not a list"
    assert found.message == f"{lines[0]}{more} {verb} of names: {reason}."
    assert found.hint == f"Write {meant}"
    assert found.span
    assert (found.span.line, found.span.column) == (6, 5)
    assert [item.text for item in parse(fixed(text, found)).requirements][: len(meant.split())] == meant.split()


def test_brackets_on_lines_of_their_own_have_one_finding() -> None:
    text = settings_text(requirements='[\n    "pandas",\n    "numpy"\n    ]')
    (found,) = errors(text)
    assert found.message == f"[ and 1 more line are not lists of names: {BRACKETS}."
    assert found.hint == "Delete them."
    assert [item.text for item in parse(fixed(text, found)).requirements] == ["pandas", "numpy"]


def test_a_long_list_is_not_shown_whole_in_a_hint() -> None:
    (found,) = errors(settings_text(requirements="".join(f"\n    - package-{number}" for number in range(99))))
    assert found.hint
    assert found.hint.startswith("Write package-0 package-1 ")
    assert found.hint.endswith(" ...")
    assert len(found.hint) < 320


RIGHT = [
    "pandas numpy>=2 fastapi[all]",
    'tomli; python_version < "3.12"',
    "pandas, numpy,\n    scipy",
    "tools @ https://example.org/tools.zip",
    "install-jdk command-not-found and-then",
    "pandas>=2.0,<3 numpy==1.26.*",
    "pip conda",
]


@pytest.mark.parametrize("value", RIGHT)
def test_a_list_of_names_is_not_corrected(value: str) -> None:
    assert errors(settings_text(requirements=value)) == []


@pytest.mark.parametrize("value", ["@pandas", "npm:pandas", "tensorflow (GPU)", "pan das!", "$pandas"])
def test_what_is_not_certain_is_not_corrected(value: str) -> None:
    found = errors(settings_text(requirements=value))
    assert found
    assert all("is not a list of names" not in one.message for one in found)


def test_a_long_line_takes_no_long_time() -> None:
    """A search that tries each part of the line would take hours."""
    blanks = " " * 200_000
    for value in (f"pandas{blanks}&{blanks}numpy", f"pip{blanks}pip{blanks}x!", "pandas&" * 20_000, "(" * 200_000):
        assert errors(settings_text(requirements=value))


VALUES = [
    # key, value, the value that was meant
    ("version", '"1.0"', "1.0"),
    ("version", "1.0 # the first", "1.0"),
    ("version", "1.0,", "1.0"),
    ("min_python", '"3.12"', "3.12"),
    ("min_python", "3.12 # or newer", "3.12"),
    ("min_python", ">= 3.12", "3.12"),
    ("min_python", "3.12+", "3.12"),
    ("min_python", "Python 3.12.4", "3.12"),
    ("min_python", "3.12 or newer", "3.12"),
    ("min_python", "3.1", "3.10"),
    ("lib_name", "'course'", "course"),
    ("lib_name", "course # mine", "course"),
    ("lib_name", "my course", "my-course"),
    ("license", '"mit"', "MIT"),
    ("license", "mit # free", "MIT"),
]


@pytest.mark.parametrize(("key", "value", "meant"), VALUES)
def test_a_value_has_one_finding_with_the_value_that_was_meant(key: str, value: str, meant: str) -> None:
    text = settings_text(requirements="pandas", **{"license": "mit", "min_python": "3.12", key: value})
    (found,) = errors(text)
    assert found.hint == f"Did you mean {meant}?"
    assert f"{key} = {meant}\n" in fixed(text, found)
    assert errors(fixed(text, found)) == []


FILES = [
    # what the file begins with in place of [DEFAULT], the message, the hint
    ("[settings]", "The keys are in [settings], which onelist and nbdev do not read.", "Write [DEFAULT] instead."),
    ("[default]", "[default] is not the header of the file.", "Write [DEFAULT]"),
    ("DEFAULT", "DEFAULT is not the header of the file.", "Write [DEFAULT]"),
    ("[DEFAULT", "[DEFAULT is not the header of the file.", "Write [DEFAULT]"),
    ("[project]", "The keys are in [project], which onelist and nbdev do not read.", "Write [DEFAULT] instead."),
]


@pytest.mark.parametrize(("header", "message", "hint"), FILES)
def test_a_wrong_header_is_one_finding(header: str, message: str, hint: str) -> None:
    right = settings_text(requirements="pandas", license="mit", min_python="3.12")
    text = right.replace("[DEFAULT]", header, 1)
    (found,) = errors(text)
    assert (found.message, found.hint) == (message, hint)
    assert fixed(text, found) == right


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "  \n; another\n"])
def test_an_empty_file_is_one_finding(text: str) -> None:
    (found,) = mistakes(text)
    assert (found.code, found.message) == ("S002", "The file is empty.")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name: x\nchannels:\n  - conda-forge\ndependencies:\n  - pandas\n", "environment.yml"),
        ('[project]\nname = "x"\ndependencies = ["pandas"]\n', "pyproject.toml"),
        ("# the course\npandas>=2  # tables\n-r more.txt\nnumpy\n", "requirements.txt"),
    ],
)
def test_another_file_with_the_name_of_a_settings_file_is_one_finding(text: str, kind: str) -> None:
    (found,) = mistakes(text)
    assert found.message == f"The file is not a settings.ini. It looks like {kind}."
    assert found.hint == f"Rename it to {kind}, and make a list from it: onelist init --from {kind}"


def test_a_file_that_is_no_settings_file_has_no_findings_about_keys() -> None:
    assert {one.code for one in mistakes('{"requirements": ["pandas"]}\n')} == {"S002"}


def test_a_list_that_is_not_indented_is_one_finding_with_an_edit() -> None:
    text = settings_text(requirements="") + "pandas\nnumpy scipy\n"
    (found,) = [one for one in mistakes(text) if one.code not in {"S104", "S105", "S106", "S205"}]
    assert found.message == "Lines 6 to 7 begin in the first column, so requirements does not include them."
    assert fixed(text, found) == text.replace("pandas\nnumpy", "    pandas\n    numpy")
    codes = [(one.code, one.span and one.span.line) for one in mistakes(settings_text() + "numpy>=2\nscipy==1.17\n")]
    assert [one for one in codes if one[0] in {"S002", "S112"}] == [("S002", 5), ("S002", 6)]
    text = settings_text(requirements="scipy") + "pandas\nThis is a sentence, not a list.\n"
    assert [one.edit for one in mistakes(text) if one.code == "S002"] == [None, None]


def test_a_wrong_version_is_not_reported_again_where_an_address_has_it() -> None:
    text = settings_text(version="0.1.0 # first", sdist_url="https://example.org/x-%(version)s.tar.gz")
    assert [one.code for one in errors(text)] == ["S008"]


@pytest.mark.parametrize("key", ["requirments", "dependencies", "install_requires"])
def test_a_wrong_key_of_the_list_is_not_reported_again_as_an_empty_list(key: str) -> None:
    found = [one for one in parse(settings_text() + f"{key} = pandas\n").warnings if one.code in {"S101", "S112"}]
    assert [(one.code, one.hint) for one in found] == [("S101", "Did you mean requirements?")]


@pytest.mark.parametrize(
    ("items", "is_wrong"),
    [
        ("numpy<2 numpy>=2", True),
        ("numpy==1.* numpy>1.9,>=2", True),
        ("numpy~=1.4.5 numpy>=1.5", True),
        ("numpy>1 numpy<1.1", False),
        ("numpy>=2 numpy!=2", False),
        ("numpy<2 numpy", False),
        ("numpy===2 numpy<2", False),
        ("numpy<2; sys_platform == 'win32' numpy>=2; sys_platform != 'win32'", False),
    ],
)
def test_two_items_that_exclude_each_other_are_one_error(items: str, is_wrong: bool) -> None:  # noqa: FBT001
    text = settings_text(requirements=items)
    found = mistakes(text) if is_wrong else ()
    assert [(one.code, one.hint) for one in found if one.severity is Severity.ERROR] == (
        [("S010", "Delete one of the two.")] if is_wrong else []
    )
    assert is_wrong or parse(text).requirements


@pytest.mark.parametrize("indent", ["", "    "])
def test_the_markers_of_a_conflict_inside_a_list_are_one_finding(indent: str) -> None:
    lines = ["    a", "<<<<<<< HEAD", "    b", "=======", "    c", ">>>>>>> other", "    d"]
    text = settings_text(requirements="") + "".join(
        f"{indent}{line.strip()}\n" if line[0] in "<=>" else f"{line}\n" for line in lines
    )
    (found,) = mistakes(text)
    assert found.message == "git left both versions of a conflict here, from line 7 to line 11."


def test_the_markers_of_a_conflict_are_one_finding() -> None:
    conflict = "<<<<<<< HEAD\nrequirements = pandas\n=======\nrequirements = numpy\n>>>>>>> other\n"
    (found,) = mistakes(settings_text() + conflict)
    assert found.message == "git left both versions of a conflict here, from line 5 to line 9."


def test_a_colon_after_a_key_is_one_finding() -> None:
    right = settings_text(requirements="pandas", license="mit", min_python="3.12")
    text = right.replace("requirements =", "requirements:", 1)
    (found,) = errors(text)
    assert (found.message, found.hint) == (
        "A colon stands after requirements, in place of an =.",
        "Write requirements =",
    )
    assert fixed(text, found) == right


MOST_USED = SHARED / "data/names/most_used_pypi_names.txt"


@pytest.mark.skipif(not MOST_USED.is_file(), reason="the names of the most used projects are not beside the repository")
def test_no_name_of_a_project_is_taken_for_a_mistake_or_a_password() -> None:
    """Each name is parsed as a requirement, and looked for in every other key; every tenth is parsed there, too."""
    names = [name for name in MOST_USED.read_text(encoding="utf-8").split() if name.lower() != "python"]
    assert len(names) > 10_000
    for start in range(0, len(names), 1000):
        some = names[start : start + 1000]
        parse(settings_text(requirements="\n  ".join(some)))
        for line in (
            *(
                "requirements = {}==1.0",
                "conda_requirements = {}>=1.0",
                "conda_names = {}={}",
                "allow_pins = {}=2027-01-01",
            ),
            *("lib_name = {}", "description = {}", "keywords = {}", "user = {}", "conda_channels = {}", "path/{}/file"),
        ):
            assert not [name for name in some if find_secret(line.replace("{}", name))]
    some = names[::10]
    lower = [name.lower() for name in some]
    parse(
        settings_text(
            requirements="\n  ".join(f"{name}==1.0" for name in some),
            conda_requirements="\n  ".join(f"{name}>=1.0" for name in lower),
            dev_requirements="\n  ".join(some),
            conda_names="\n  ".join(f"{name}={other}" for name, other in zip(some, lower, strict=True)),
            allow_pins="\n  ".join(f"{name}=2027-01-01" for name in some),
        )
    )
    for name in some[::10]:
        parse(settings_text(lib_name=name, description=name, keywords=name, author=name, conda_channels=name))
