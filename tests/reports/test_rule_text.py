"""Rules as people and other programs read them, and findings that fix can fix."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest

from onelist.core.findings import Edit, Replace, Severity
from onelist.core.rules import RULES
from onelist.reports.finding_lines import is_fixable
from onelist.reports.lines import plain
from onelist.reports.rule_text import plain_explanation, rule_table, rule_text, standalone_markdown
from onelist.reports.sarif import SarifInput, sarif
from onelist.reports.text import findings_text
from tests.helpers import parse, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

each_rule = pytest.mark.parametrize("code", RULES)


def test_one_rule_as_text() -> None:
    assert rule_text(RULES["A101"]) == (
        "A101 (info): Some packages are not available for the newest Python yet\n"
        "\n"
        "    Python 3.15 is new, and some packages are not available for it yet: with pip: torch; with conda:\n"
        "    Python itself.\n"
        "\n"
        "What\n"
        "    The packages that pip or conda does not have yet for a Python that is less than a year old. One\n"
        "    note lists all of them.\n"
        "\n"
        "Why\n"
        "    You know what happens to learners who use that Python. Your list is fine.\n"
        "\n"
        "Usual causes\n"
        "    Every package must be built again for a new Python, which takes the maintainers some months.\n"
        "\n"
        "What to do\n"
        "    Nothing. After a year it becomes A003, A004, A007 or A009.\n"
        "\n"
        "This rule needs the package index or the conda channels. It is left out where F101 is reported for\n"
        "the whole list. It exists since onelist 0.1.0.\n"
    )


def test_rules_that_make_one_superfluous_stand_in_one_sentence() -> None:
    text = " ".join(rule_text(RULES["A005"]).split())
    assert "It is left out where A012 or D003 is reported for the same requirement. It exists" in text


def test_the_numbers_of_each_letter_rise() -> None:
    codes = list(RULES)
    letters = list(dict.fromkeys(code[0] for code in codes))
    assert codes == sorted(codes, key=lambda code: (letters.index(code[0]), code))


@each_rule
def test_a_rule_fits_a_terminal_and_has_no_links(code: str) -> None:
    text = rule_text(RULES[code])
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "](" not in text + plain_explanation(RULES[code]) + standalone_markdown(RULES[code])


def test_the_table_has_a_line_for_each_rule(onelist: Callable[..., Ran]) -> None:
    ran = onelist("rule")
    assert (ran.code, ran.out) == (0, plain([rule_table(RULES.values())]))
    assert "A005  error    No conda channel has a requirement\n" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()] == list(RULES)


@pytest.mark.parametrize("code", ["A005", "a005"])
def test_a_rule_is_printed_by_its_code(code: str, onelist: Callable[..., Ran]) -> None:
    ran = onelist("rule", code)
    assert (ran.code, ran.out) == (0, rule_text(RULES["A005"]))


def test_a_code_without_a_rule_is_a_wrong_call(onelist: Callable[..., Ran]) -> None:
    ran = onelist("rule", "A999")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "onelist: No rule has the code A999.\n    List all rules with: onelist rule\n"


def test_explain_shows_a_rule(onelist: Callable[..., Ran]) -> None:
    ran = onelist("explain", "A005")
    assert ran.code == 0
    assert ran.out.startswith("A005 is the code of a rule")
    assert ran.out.endswith(rule_text(RULES["A005"]))


@each_rule
def test_sarif_has_help_for_each_rule(code: str) -> None:
    finding = RULES[code].at(
        "settings.ini",
        span=None,
        variant="",
        advice=None,
        requirement=None,
        edit=None,
        **dict.fromkeys(_fields(code), "x"),
    )
    log = sarif([SarifInput(path="settings.ini", source=None, findings=(finding,))], 1, str)
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"].startswith("**What** ")
    assert [line.partition(": ")[0] for line in rule["help"]["text"].splitlines()[:4]] == [
        "What",
        "Why",
        "Usual causes",
        "What to do",
    ]
    assert rule["fullDescription"]["text"].endswith(".")


def _fields(code: str) -> set[str]:
    rule = RULES[code]
    return {name for text in (rule.message, rule.hint) for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_finding_that_fix_can_fix_has_a_mark(onelist: Callable[..., Ran], tmp_path: Path) -> None:
    text = settings_text(requirements="pandas==2 numpy", codna_requirements="x")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    out = onelist("check", "--settings-only", "--select", "P,S101,S104").out
    lines = [line for line in out.splitlines() if line.startswith("settings.ini:")]
    assert ["P001 [*]: " in line for line in lines if " P001" in line] == [True]
    assert ["S101: " in line for line in lines if " S101" in line] == [True]
    assert out.endswith(
        "\nTo fix 1 of them: onelist fix settings.ini --settings-only\n"
        "To fix 1 more, which needs your decision: onelist fix settings.ini --select S101 --settings-only\n"
        "To check it again after your edits: onelist check settings.ini --select P,S101,S104 --settings-only\n"
    )
    fixed = onelist("fix", "--settings-only", "--select", "P")
    assert ": fixed P001: " in fixed.out
    out = onelist("check", "--settings-only", "--select", "P,S101,S104").out
    assert "\nTo fix 1, which needs your decision: onelist fix settings.ini --select S101 --settings-only\n" in out


def test_what_comes_from_a_reference_has_no_mark() -> None:
    """A program cannot edit it: the text is somewhere else."""
    source = parse(settings_text(base="pandas==2", requirements="%(base)s")).source
    item = parse(source.text).requirements[0]
    edit = Edit(changes=(Replace(span=item.span, text="pandas"),))
    fields = {"unpinned": "pandas", "name": "pandas", "bounds": "==2", "date": "2027-01-01"}
    finding = RULES["P001"].at(source.file, span=item.span, edit=edit, **fields)
    assert "[*]" not in findings_text([finding], source)
    assert not is_fixable(finding, source, unsafe=False)


def test_a_check_without_such_findings_says_nothing_about_fix() -> None:
    finding = RULES["S104"].at("settings.ini", span=None)
    assert finding.severity is Severity.WARNING
    assert not is_fixable(finding, None, unsafe=False)
