"""Environment variables that set the default of an option."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from onelist.cli.parser import make_parser
from onelist.cli.variables import add_variable, stop_at_unusable_variables
from onelist.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran


def parsed(*arguments: str) -> argparse.Namespace:
    """Return the arguments of a parser with one option with choices, one flag and one text."""
    parser = argparse.ArgumentParser()
    add_variable(parser.add_argument("--tone", choices=("high", "low"), default="low", help="h"), "TEST_TONE")
    add_variable(parser.add_argument("--loud", action="store_true", help="h"), "TEST_LOUD")
    add_variable(parser.add_argument("--words", default="", help="h"), "TEST_WORDS")
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("variables", "arguments", "expected"),
    [
        ({}, [], {"tone": "low", "loud": False}),
        ({"TEST_WORDS": "A, b"}, [], {"tone": "low", "loud": False, "words": "A, b"}),
        ({"TEST_WORDS": "A, b"}, ["--words", ""], {"tone": "low", "loud": False}),
        ({"TEST_TONE": "high", "TEST_LOUD": "1"}, [], {"tone": "high", "loud": True}),
        ({"TEST_TONE": "High", "TEST_LOUD": "no"}, [], {"tone": "high", "loud": False}),
        ({"TEST_TONE": "", "TEST_LOUD": ""}, [], {"tone": "low", "loud": False}),
        ({"TEST_TONE": "high"}, ["--tone", "low"], {"tone": "low", "loud": False}),
        ({"TEST_TONE": "shrill"}, ["--tone", "low"], {"tone": "low", "loud": False}),
    ],
)
def test_a_variable_sets_the_default_and_the_command_line_goes_first(
    variables: dict[str, str], arguments: list[str], expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = parsed(*arguments)
    stop_at_unusable_variables(found)
    assert vars(found) == {"words": ""} | expected


def test_a_value_without_a_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TONE", "shrill")
    with pytest.raises(UsageError) as one:
        stop_at_unusable_variables(parsed())
    assert one.value.message == "The environment variable TEST_TONE is shrill, which has no meaning."
    assert one.value.hint == "Set it to one of high, low. Or unset it."


def test_a_value_without_a_meaning_stops_the_command_and_not_the_help(
    folder: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONELIST_VERBOSE", "perhaps")
    ran = onelist("check", "--settings-only", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "onelist: The environment variable ONELIST_VERBOSE is perhaps, which has no meaning.\n"
        "    Set it to one of 1, true, yes, on, 0, false, no, off. Or unset it.\n"
    )
    assert onelist("check", "--help").code == 0


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("ONELIST_FORMAT=xml", "Set it to one of text, json, github, sarif, html. Or unset it."),
        ("ONELIST_FAIL_ON=note", "Set it to one of error, warning. Or unset it."),
        ("ONELIST_OFFLINE=maybe", "Set it to one of 1, true, yes, on, 0, false, no, off. Or unset it."),
        ("ONELIST_TIMEOUT=soon", "Set it to a number of seconds above 0 and up to 86400. Or unset it."),
        ("ONELIST_TIMEOUT=-1", "Set it to a number of seconds above 0 and up to 86400. Or unset it."),
        ("ONELIST_INSTALLER=mamba", "Set it to one of pip, conda. Or unset it."),
        ("ONELIST_REFRESH=maybe", "Set it to one of 1, true, yes, on, 0, false, no, off. Or unset it."),
        ("ONELIST_TIMEOUT=nan", "Set it to a number of seconds above 0 and up to 86400. Or unset it."),
    ],
)
def test_each_variable_of_check_is_refused_by_its_name(
    folder: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, setting: str, hint: str
) -> None:
    name, _, value = setting.partition("=")
    monkeypatch.setenv(name, value)
    ran = onelist("check", "--settings-only", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"onelist: The environment variable {name} is {value}, which has no meaning.\n    {hint}\n"


def test_variables_for_ci_have_their_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORMAT": "sarif", "FAIL_ON": "error", "OFFLINE": "1", "TIMEOUT": "7.5"}.items():
        monkeypatch.setenv(f"ONELIST_{name}", value)
    found = make_parser("check").parse_args(["check"])
    assert (found.format, found.fail_on, found.offline, found.timeout) == ("sarif", "error", True, 7.5)
    assert make_parser("build").parse_args(["build"]).format == "text"  # build has no SARIF
    assert make_parser("try").parse_args(["try"]).timeout == 1800  # a step of try takes longer than one answer
    more = {"SELECT": "P,D001", "IGNORE": "S", "INSTALLER": "PIP", "NO_RESOLVE": "yes", "REFRESH": "0", "WAIT": "9"}
    for name, value in (more | {"SETTINGS_ONLY": "1"}).items():
        monkeypatch.setenv(f"ONELIST_{name}", value)
    found = make_parser("check").parse_args(["check", "--ignore", "C"])
    assert (found.select, found.ignore, found.installer) == ("P,D001", "C", "pip")
    assert (found.no_resolve, found.refresh, found.settings_only) == (True, False, True)
    fix = make_parser("fix").parse_args(["fix"])
    assert (fix.select, fix.settings_only) == ("", True)  # what check shows is no leave to make unsafe edits
    assert make_parser("publish").parse_args(["publish"]).wait == 9
    monkeypatch.setenv("ONELIST_FORMAT", "json")
    assert make_parser("build").parse_args(["build"]).format == "json"
