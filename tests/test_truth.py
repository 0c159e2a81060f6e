"""onelist and real pip about small lists on loopback indexes, one for each kind in which resolvers differ."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = ROOT / "benchmarks/truth"
FAST = (
    "only a source 2|a compiled source 1|a source as zip 1|metadata that pip refuses [14]|"
    "Requires-Python that cannot be read 1|upper bound of Requires-Python 3|a yanked release [25]|a pre-release [14]|"
    "extras that are not declared 1|markers with versions that are none 1|several indexes 2"
)
"""One or two of each kind; benchmarks/truth has their siblings."""
NEW_PIP = (24, 1)


@pytest.mark.slow
def test_verdicts_versions_and_builds_are_those_of_the_pip_of_this_environment(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, str(TRUTH / "truth.py"), "--cache", str(tmp_path / "cache"), "--parts", "kinds"]
    ran = subprocess.run(
        [*command, "--own-pip", "--kinds", FAST, "--json", str(report)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    cases = json.loads(report.read_text(encoding="utf-8"))
    differing = [one for one in cases if not (one["same_versions"] and one["same_builds"])]
    assert [one["case"] for one in cases if not one["outcome"].startswith("right: ")] == []
    assert [one["case"] for one in differing if one["outcome"] == "right: installs"] == []
    assert len(cases) >= 10  # the others need a newer pip than this environment may have


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(TRUTH))
    return importlib.import_module("answers")


@pytest.mark.parametrize(
    ("said", "real", "outcome"),
    [
        ("installs", "installs", "right: installs"),
        ("cannot", "cannot", "right: cannot be installed"),
        ("cannot", "breaks", "right: cannot be installed"),
        ("installs", "cannot", "FALSE GREEN"),
        ("installs", "breaks", "FALSE GREEN"),
        ("cannot", "installs", "FALSE RED"),
        ("unknown", "installs", "unknown"),
        ("unknown", "breaks", "pip stops"),
        ("installs", "unknown", "no oracle"),
    ],
)
def test_a_verdict_is_false_where_the_oracle_says_the_other(answers: Any, said: str, real: str, outcome: str) -> None:
    one, other = answers.Answer(verdict=said), answers.Answer(verdict=real)
    assert answers.Comparison(oracle="pip", case="x", target="y", said=one, real=other).outcome == outcome


def test_a_build_that_fails_is_no_false_green_where_onelist_said_that_it_may_need_a_compiler(answers: Any) -> None:
    real = answers.Answer(verdict="breaks")
    for compiler, outcome in (("likely", "pip stops"), ("unknown", "pip stops"), ("no", "FALSE GREEN")):
        said = answers.Answer(verdict="installs", builds=("a",), compilers={"a": compiler})
        assert answers.Comparison(oracle="pip", case="x", target="y", said=said, real=real).outcome == outcome


def test_versions_are_compared_as_versions_and_names_as_names(answers: Any) -> None:
    said = answers.Answer(verdict="installs", versions={"A_b": "1.0", "c": "2"})
    real = answers.Answer(verdict="installs", versions={"a-b": "1", "c": "2.0.0"})
    compared = answers.Comparison(oracle="pip", case="x", target="y", said=said, real=real)
    assert compared.same_versions
    other = answers.Answer(verdict="installs", versions={"a-b": "1", "d": "2"})
    assert not answers.Comparison(oracle="pip", case="x", target="y", said=said, real=other).same_versions


def test_an_answer_is_asked_for_once_and_an_unknown_one_again(answers: Any, tmp_path: Path) -> None:
    cache, asked = answers.AnswerCache(tmp_path), []

    def ask(verdict: str) -> Any:
        asked.append(verdict)
        return answers.Answer(verdict=verdict, builds=("a",))

    assert cache.answer(["q"], lambda: ask("unknown")).verdict == "unknown"
    assert not cache.has(["q"])
    first = cache.answer(["q"], lambda: ask("installs"))
    assert cache.answer(["q"], lambda: ask("cannot")) == first
    assert asked == ["unknown", "installs"]
    assert cache.has(["q"])


def test_every_kind_has_three_siblings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TRUTH))
    cases = list(importlib.import_module("kinds").all_cases())
    kinds = {case.kind: [one for one in cases if one.kind == case.kind] for case in cases}
    assert [kind for kind, some in kinds.items() if len(some) < 4] == []
    assert len({case.slug for case in cases}) == len(cases)
