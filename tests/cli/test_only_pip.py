"""A list that only pip installs: ``conda_channels = none``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from onelist.settings.editing.template import settings_ini
from onelist.settings.pyproject import from_pyproject
from tests.helpers import brief, mistakes, parse, plan, settings, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

ONLY_PIP = "onelist: settings.ini says conda_channels = none: only pip installs the list.\n"
ELSE = "Or name the channels for conda users in conda_channels.\n"
ODD = 'fastapi[all] own @ https://example.org/own-1.0.tar.gz ; python_version < "3.13" numpy'
"""What conda cannot express."""


@pytest.fixture
def only_pip(tmp_path: Path) -> Path:
    keys = {"description": "d", "license": "mit", "git_url": "https://example.org/x", "conda_channels": "none"}
    text = settings_text(**keys | {"requirements": ODD, "plots_requirements": "seaborn"})
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")
    return tmp_path


def test_only_the_word_none_says_it() -> None:
    assert settings(conda_channels="none").conda_channels == settings(conda_channels="NONE").conda_channels == ()
    for text in ("", "conda-forge"):
        assert settings(conda_channels=text).has_conda
    assert settings().has_conda
    assert settings(conda_channels="https://example.org/none").has_conda


def test_what_contradicts_it_is_an_error() -> None:
    text = settings_text(conda_channels="none", conda_user="ada", conda_requirements="nodejs", requirements="numpy")
    assert [brief(one) for one in mistakes(text) if one.code == "S013"] == [
        "S013 6:1 conda_user is for conda, but conda_channels = none says that only pip installs the list. | "
        "Delete one of the two.",
        "S013 7:1 conda_requirements is for conda, but conda_channels = none says that only pip installs the list. | "
        "Delete one of the two.",
    ]
    text = settings_text(conda_channels="conda-forge none", requirements="numpy")
    assert [brief(one) for one in mistakes(text) if one.code == "S013"] == [
        "S013 5:30 none means that only pip installs the list, so no channel can be beside it. | "
        "Delete it, or delete the channels. A channel with this name needs its address."
    ]


def test_pip_gets_everything_and_conda_nothing() -> None:
    made = plan(requirements=ODD, conda_channels="none")
    assert made.refused == ()
    assert made.run == ("python >=3.11",)


def test_no_finding_is_about_conda(only_pip: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("check", "--settings-only", only_pip, "--ignore", "S109")  # of the address
    assert ran.code == 0
    assert ran.out.startswith(f"{only_pip}/settings.ini: no problems (1 not shown, by --select or --ignore).\n")
    assert "To check also what the index has: " in ran.out


def test_it_is_built_and_compared_without_conda(only_pip: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "--verify", "--format", "json")
    assert ran.code == 0, ran.err
    made = json.loads(ran.out)
    assert [one["kind"] for one in made["artifacts"]] == ["wheel", "sdist"]
    assert made["settings"]["conda_channels"] == []
    assert not (only_pip / "dist/conda").exists()


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (["build", "--only", "wheel", "conda"], "Build only for pip with --only wheel sdist."),
        (["build", "--only", "conda-forge"], "Build only for pip with --only wheel sdist."),
        (["build", "--index"], "Leave out --index."),
        (["export", "environment"], "Export requirements.txt."),
        (["export", "pixi"], "Export requirements.txt."),
        (["try", "--installer", "conda"], "Leave out --installer conda."),
        (["check", "--installer", "conda"], "Leave out --installer conda."),
        (["badge", "--installer", "conda"], "Leave out --installer conda."),
    ],
)
def test_what_is_for_conda_is_refused(
    only_pip: Path, onelist: Callable[..., Ran], command: list[str], advice: str
) -> None:
    ran = onelist(*command)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{ONLY_PIP}    {advice} {ELSE}")
    assert not (only_pip / "dist").exists()


def test_sync_writes_no_recipe(only_pip: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("sync")
    assert (ran.code, ran.out) == (
        0,
        "Nothing to write: a list that only pip installs has no recipes, and it has no exports.\n",
    )
    assert sorted(path.name for path in only_pip.iterdir()) == ["LICENSE", "settings.ini"]


def test_pyproject_toml_keeps_it(only_pip: Path, onelist: Callable[..., Ran]) -> None:
    import tomllib

    new = from_pyproject(tomllib.loads(onelist("export", "pyproject").out))
    assert new is not None
    text = settings_ini(new)
    assert "\n# Only pip installs the list.\nconda_channels = none\n" in text
    assert (
        parse(text).requirements[1].text == parse((only_pip / "settings.ini").read_text("utf-8")).requirements[1].text
    )


def test_init_says_it_and_asks_for_no_channel_of_your_own(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("init", "--name", "x", "--require", "numpy", "--channel", "none")
    assert ran.code == 0
    assert not parse((tmp_path / "settings.ini").read_text(encoding="utf-8")).has_conda
